# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ElastiCache replication groups as the API reference describes them."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.provisioning import settings

GROUP = "redis-one"
SLOW_LOG = {
    "LogType": "slow-log",
    "DestinationType": "cloudwatch-logs",
    "LogFormat": "json",
    "DestinationDetails": {"CloudWatchLogsDetails": {"LogGroup": "/slow"}},
}


@pytest.fixture
def cache(client: Any) -> Any:
    return client("elasticache")


@pytest.fixture
def request_(cache: Any, client: Any, network: Any, key: str) -> dict[str, Any]:
    """A valid request for a replication group, whose subnet and parameter groups exist."""
    client("logs").create_log_group(logGroupName="/slow")
    cache.create_cache_subnet_group(
        CacheSubnetGroupName="Isolated", CacheSubnetGroupDescription="d", SubnetIds=network["subnets"]
    )
    cache.create_cache_parameter_group(
        CacheParameterGroupName="tuned", CacheParameterGroupFamily="redis7", Description="d"
    )
    return {
        "ReplicationGroupId": "Redis-One",
        "ReplicationGroupDescription": "d",
        "Engine": "redis",
        "EngineVersion": "7.1",
        "CacheNodeType": "cache.r7g.large",
        "NumCacheClusters": 2,
        "AutomaticFailoverEnabled": True,
        "MultiAZEnabled": True,
        "CacheParameterGroupName": "tuned",
        "CacheSubnetGroupName": "isolated",
        "SecurityGroupIds": [network["group"]],
        "Port": 6380,
        "TransitEncryptionEnabled": True,
        "TransitEncryptionMode": "required",
        "AtRestEncryptionEnabled": True,
        "KmsKeyId": key,
        "SnapshotRetentionLimit": 5,
        "SnapshotWindow": "03:00-05:00",
        "PreferredMaintenanceWindow": "Sun:05:00-Sun:07:00",
        "LogDeliveryConfigurations": [SLOW_LOG],
    }


def _group(cache: Any) -> Any:
    return cache.describe_replication_groups(ReplicationGroupId=GROUP)["ReplicationGroups"][0]


def _modify(cache: Any, **params: Any) -> Any:
    return cache.modify_replication_group(ReplicationGroupId=GROUP, ApplyImmediately=True, **params)


def test_a_group_has_its_member_clusters(cache: Any, request_: Any, network: Any, key: str) -> None:
    assert cache.create_replication_group(**request_)["ReplicationGroup"]["Status"] == "creating"
    shown = _group(cache)
    assert (shown["Status"], shown["MemberClusters"]) == ("available", ["redis-one-001", "redis-one-002"])
    assert (shown["MultiAZ"], shown["AutomaticFailover"], shown["KmsKeyId"]) == ("enabled", "enabled", key)
    assert shown["NodeGroups"][0]["PrimaryEndpoint"]["Port"] == 6380
    assert "ConfigurationEndpoint" not in shown
    assert not {"EngineVersion", "CacheParameterGroup", "SecurityGroups", "CacheSubnetGroupName"} & set(shown)
    clusters = cache.describe_cache_clusters(ShowCacheNodeInfo=True)["CacheClusters"]
    member = clusters[0]
    assert (member["EngineVersion"], member["CacheParameterGroup"]["CacheParameterGroupName"]) == ("7.1.0", "tuned")
    assert (member["CacheSubnetGroupName"], member["PreferredMaintenanceWindow"]) == ("isolated", "sun:05:00-sun:07:00")
    assert member["SecurityGroups"] == [{"SecurityGroupId": network["group"], "Status": "active"}]
    assert member["CacheNodes"][0]["Endpoint"]["Port"] == 6380
    assert [item["PreferredAvailabilityZone"] for item in clusters] == ["eu-central-2a", "eu-central-2b"]
    assert shown["LogDeliveryConfigurations"] == [SLOW_LOG | {"Status": "active"}]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"ReplicationGroupId": "a" * 41}, "InvalidParameterValue"),
        ({"ReplicationGroupId": "a--b"}, "InvalidParameterValue"),
        ({"ReplicationGroupId": "a-"}, "InvalidParameterValue"),
        ({"NumCacheClusters": 1}, "InvalidParameterCombination"),
        ({"NumCacheClusters": 7}, "InvalidParameterValue"),
        ({"EngineVersion": "7.9"}, "InvalidParameterValue"),
        ({"AutomaticFailoverEnabled": False}, "InvalidParameterCombination"),
        ({"EngineVersion": "6.2"}, "InvalidParameterCombination"),
        ({"CacheNodeType": "cache.z9.huge"}, "InvalidParameterValue"),
        ({"CacheSubnetGroupName": "none"}, "CacheSubnetGroupNotFoundFault"),
        ({"SnapshotRetentionLimit": 36}, "InvalidParameterValue"),
        ({"CacheParameterGroupName": "none"}, "CacheParameterGroupNotFound"),
        ({"KmsKeyId": "none"}, "InvalidKMSKeyFault"),
        ({"SnapshotWindow": "05:30-06:30"}, "InvalidParameterValue"),
        ({"AuthToken": "short"}, "InvalidParameterValue"),
        ({"AtRestEncryptionEnabled": False}, "InvalidParameterCombination"),
        ({"UserGroupIds": ["none"]}, "UserGroupNotFound"),
        ({"TransitEncryptionEnabled": False}, "InvalidParameterCombination"),
        ({"SecurityGroupIds": ["sg-0"]}, "InvalidParameterValue"),
        ({"SnapshotWindow": "03:00-03:30"}, "InvalidParameterValue"),
    ],
)
def test_bad_groups_are_refused(cache: Any, request_: Any, refused: Any, change: Any, code: str) -> None:
    with refused(code):
        cache.create_replication_group(**request_ | change)
    assert cache.describe_replication_groups()["ReplicationGroups"] == []


def test_replicas_come_and_go(cache: Any, request_: Any, refused: Any) -> None:
    cache.create_replication_group(**request_)

    def change(verb: str, count: int, immediately: bool = True) -> None:
        getattr(cache, f"{verb}_replica_count")(
            ReplicationGroupId=GROUP, NewReplicaCount=count, ApplyImmediately=immediately
        )

    change("increase", 3)
    assert len(_group(cache)["MemberClusters"]) == 4
    with refused("NoOperationFault"):
        change("increase", 3)
    with refused("InvalidParameterValue"):
        change("increase", 6)
    with refused("InvalidParameterValue", "not currently supported"):
        change("decrease", 1, immediately=False)
    with refused("InvalidParameterValue", "at least one replica"):
        change("decrease", 0)
    change("decrease", 1)
    _modify(cache, MultiAZEnabled=False, AutomaticFailoverEnabled=False)
    change("decrease", 0)
    shown = _group(cache)
    assert shown["MemberClusters"] == ["redis-one-001"]
    assert shown["NodeGroups"][0]["NodeGroupMembers"][0]["CurrentRole"] == "primary"
    with refused("InvalidParameterCombination"):
        _modify(cache, AutomaticFailoverEnabled=True)


def test_a_change_of_nothing_is_refused(cache: Any, request_: Any, refused: Any) -> None:
    cache.create_replication_group(**request_)
    with refused("InvalidParameterCombination", "No modifications were requested"):
        _modify(cache)
    with refused("InvalidParameterCombination", "No modifications were requested"):
        _modify(cache, SnapshotRetentionLimit=5, EngineVersion="7.1")


def test_a_refused_change_changes_nothing(cache: Any, request_: Any, refused: Any) -> None:
    cache.create_replication_group(**request_)
    with refused("InvalidParameterValue"):
        _modify(cache, AutoMinorVersionUpgrade=False, MultiAZEnabled=False, SnapshotWindow="05:30-06:30")
    assert (_group(cache)["MultiAZ"], _group(cache)["AutoMinorVersionUpgrade"]) == ("enabled", True)


def test_log_delivery_is_removed_by_type(cache: Any, request_: Any) -> None:
    cache.create_replication_group(**request_)
    _modify(cache, LogDeliveryConfigurations=[{"LogType": "slow-log", "Enabled": False}])
    assert _group(cache)["LogDeliveryConfigurations"] == []
    missing = SLOW_LOG | {"DestinationDetails": {"CloudWatchLogsDetails": {"LogGroup": "/none"}}}
    _modify(cache, LogDeliveryConfigurations=[missing])
    assert _group(cache)["LogDeliveryConfigurations"][0]["Status"] == "error"


def test_backups_need_a_cluster_to_take_them_from(cache: Any, request_: Any, refused: Any) -> None:
    cache.create_replication_group(**request_ | {"SnapshotRetentionLimit": 0})
    with refused("InvalidParameterCombination", "SnapshottingClusterId"):
        _modify(cache, SnapshotRetentionLimit=3)
    _modify(cache, SnapshotRetentionLimit=3, SnapshottingClusterId="redis-one-002")
    assert _group(cache)["SnapshottingClusterId"] == "redis-one-002"


def test_transit_encryption_takes_two_steps(cache: Any, request_: Any, refused: Any) -> None:
    plain = {key: value for key, value in request_.items() if key != "TransitEncryptionMode"}
    cache.create_replication_group(**plain | {"TransitEncryptionEnabled": False})
    with refused("InvalidParameterCombination", "preferred"):
        _modify(cache, TransitEncryptionEnabled=True, TransitEncryptionMode="required")
    _modify(cache, TransitEncryptionEnabled=True, TransitEncryptionMode="preferred")
    _modify(cache, TransitEncryptionMode="required")
    assert _group(cache)["TransitEncryptionMode"] == "required"
    with refused("InvalidParameterCombination"):
        _modify(cache, TransitEncryptionEnabled=False)


def test_engine_moves_forward_only(cache: Any, request_: Any, refused: Any) -> None:
    cache.create_replication_group(**request_)
    with refused("InvalidParameterCombination", "downgrade"):
        _modify(cache, EngineVersion="7.0")
    with refused("InvalidParameterCombination"):
        _modify(cache, Engine="valkey")
    _modify(cache, Engine="valkey", EngineVersion="8.0", CacheParameterGroupName="default.valkey8")
    assert _group(cache)["Engine"] == "valkey"


def test_delayed_changes_show_on_the_members(cache: Any, request_: Any) -> None:
    cache.create_replication_group(**request_)
    cache.modify_replication_group(ReplicationGroupId=GROUP, CacheNodeType="cache.r7g.xlarge", ApplyImmediately=False)
    assert _group(cache)["CacheNodeType"] == "cache.r7g.large"
    member = cache.describe_cache_clusters(CacheClusterId="redis-one-001")["CacheClusters"][0]
    assert member["PendingModifiedValues"] == {"CacheNodeType": "cache.r7g.xlarge"}


def test_busy_groups_refuse_changes(cache: Any, request_: Any, refused: Any) -> None:
    settings.provisioning_seconds = {"elasticache": 30.0}
    arn = cache.create_replication_group(**request_)["ReplicationGroup"]["ARN"]
    assert "NodeGroups" not in _group(cache)
    with refused("InvalidReplicationGroupState"):
        _modify(cache, SnapshotRetentionLimit=6)
    with refused("InvalidReplicationGroupState"):
        cache.add_tags_to_resource(ResourceName=arn, Tags=[{"Key": "a", "Value": "b"}])


def test_deleting_takes_a_last_snapshot_and_frees_the_groups(cache: Any, request_: Any, refused: Any) -> None:
    cache.create_replication_group(**request_)
    with refused("CacheSubnetGroupInUse"):
        cache.delete_cache_subnet_group(CacheSubnetGroupName="isolated")
    with refused("InvalidCacheParameterGroupState"):
        cache.delete_cache_parameter_group(CacheParameterGroupName="tuned")
    cache.create_snapshot(ReplicationGroupId=GROUP, SnapshotName="final")
    with refused("SnapshotAlreadyExistsFault"):
        cache.delete_replication_group(ReplicationGroupId=GROUP, FinalSnapshotIdentifier="final")
    deleted = cache.delete_replication_group(ReplicationGroupId=GROUP, FinalSnapshotIdentifier="final-2")
    assert deleted["ReplicationGroup"]["Status"] == "deleting"
    with refused("ReplicationGroupNotFoundFault"):
        _group(cache)
    assert len(cache.describe_snapshots()["Snapshots"]) == 2
    cache.delete_cache_subnet_group(CacheSubnetGroupName="isolated")
    cache.delete_cache_parameter_group(CacheParameterGroupName="tuned")


def test_parameter_groups(cache: Any, refused: Any) -> None:
    cache.create_cache_parameter_group(
        CacheParameterGroupName="PG", CacheParameterGroupFamily="redis7", Description="d"
    )

    def modify(name: str, value: str) -> None:
        wanted = [{"ParameterName": name, "ParameterValue": value}]
        cache.modify_cache_parameter_group(CacheParameterGroupName="pg", ParameterNameValues=wanted)

    modify("maxmemory-policy", "allkeys-lru")
    modify("timeout", "300")
    for name, value in (("maxmemory-policy", "sometimes"), ("timeout", "5"), ("nonsense", "1"), ("appendonly", "yes")):
        with refused("InvalidParameterValue"):
            modify(name, value)
    shown = cache.describe_cache_parameters(CacheParameterGroupName="pg", Source="user")["Parameters"]
    assert {item["ParameterName"] for item in shown} == {"maxmemory-policy", "timeout"}
    cache.reset_cache_parameter_group(CacheParameterGroupName="pg", ResetAllParameters=True)
    assert cache.describe_cache_parameters(CacheParameterGroupName="pg", Source="user")["Parameters"] == []
    with refused("InvalidParameterValue"):
        cache.create_cache_parameter_group(
            CacheParameterGroupName="x", CacheParameterGroupFamily="redis7.cluster.on", Description="d"
        )
    with refused("CacheParameterGroupAlreadyExists"):
        cache.create_cache_parameter_group(
            CacheParameterGroupName="pg", CacheParameterGroupFamily="redis7", Description="d"
        )


def test_cluster_mode_is_a_parameter(cache: Any, request_: Any) -> None:
    plain = {key: value for key, value in request_.items() if key != "NumCacheClusters"}
    cache.create_replication_group(
        **plain
        | {"CacheParameterGroupName": "default.redis7.cluster.on", "NumNodeGroups": 2, "ReplicasPerNodeGroup": 1}
    )
    shown = _group(cache)
    assert shown["ClusterEnabled"] is True
    assert shown["ConfigurationEndpoint"]["Port"] == 6380
    assert "PrimaryEndpoint" not in shown["NodeGroups"][0]
    assert len(shown["MemberClusters"]) == 4


def test_users_and_groups(cache: Any, request_: Any, refused: Any) -> None:
    with refused("InvalidParameterValue", "password"):
        cache.create_user(UserId="app", UserName="app", Engine="redis", AccessString="on ~* +@all")
    cache.create_user(UserId="app", UserName="app", Engine="redis", AccessString="on ~* +@all", Passwords=["p" * 16])
    with refused("DefaultUserRequired"):
        cache.create_user_group(UserGroupId="apps", Engine="redis", UserIds=["app"])
    cache.create_user_group(UserGroupId="apps", Engine="redis", UserIds=["app", "default"])
    cache.create_replication_group(**request_, UserGroupIds=["apps"])
    shown = cache.describe_user_groups(UserGroupId="apps")["UserGroups"][0]
    assert (shown["Status"], shown["ReplicationGroups"]) == ("active", [GROUP])
    with refused("InvalidUserGroupState"):
        cache.delete_user_group(UserGroupId="apps")


def test_access_strings_say_what_a_user_begins_with(cache: Any, refused: Any) -> None:
    """As AWS stores them; and a group keeps its default user."""

    def make(user_id: str, name: str, access: str) -> str:
        made = cache.create_user(
            UserId=user_id, UserName=name, Engine="redis", AccessString=access, Passwords=["p" * 16]
        )
        return str(made["AccessString"])

    assert make("reader", "reader", "on ~app:* +@read") == "on ~app:* -@all +@read"
    assert make("app", "app", "on ~* &* +@all") == "on ~* &* +@all"
    assert make("guest", "default", "off -@all") == "off -@all"
    cache.create_user_group(UserGroupId="apps", Engine="redis", UserIds=["app", "guest"])
    with refused("DefaultUserAssociatedToUserGroup"):
        cache.delete_user(UserId="guest")
    cache.delete_user(UserId="app")
    assert cache.describe_user_groups(UserGroupId="apps")["UserGroups"][0]["UserIds"] == ["guest"]


def test_subnets_and_tags(cache: Any, request_: Any, network: Any) -> None:
    arn = cache.create_replication_group(**request_, Tags=[{"Key": "a", "Value": "1"}])["ReplicationGroup"]["ARN"]
    cache.add_tags_to_resource(ResourceName=arn, Tags=[{"Key": "b", "Value": "2"}])
    cache.remove_tags_from_resource(ResourceName=arn, TagKeys=["a"])
    member = arn.replace("replicationgroup:redis-one", "cluster:redis-one-001")
    assert cache.list_tags_for_resource(ResourceName=member)["TagList"] == [{"Key": "b", "Value": "2"}]
    changed = cache.modify_cache_subnet_group(CacheSubnetGroupName="isolated", SubnetIds=network["subnets"][:2])
    assert len(changed["CacheSubnetGroup"]["Subnets"]) == 2


def test_engine_versions(cache: Any) -> None:
    found = cache.describe_cache_engine_versions(Engine="redis", CacheParameterGroupFamily="redis7")
    assert [item["EngineVersion"] for item in found["CacheEngineVersions"]] == ["7.0", "7.1"]


def test_only_what_differs_from_the_family_is_the_users(cache: Any, request_: Any) -> None:
    """A parameter that is set to the default of its family stays the system's, with its value."""
    values = {"maxmemory-policy": "volatile-lru", "timeout": "300"}
    cache.modify_cache_parameter_group(
        CacheParameterGroupName="tuned",
        ParameterNameValues=[{"ParameterName": name, "ParameterValue": value} for name, value in values.items()],
    )
    entries = cache.describe_cache_parameters(CacheParameterGroupName="tuned")["Parameters"]
    found = {entry["ParameterName"]: entry for entry in entries}
    assert {name: found[name]["ParameterValue"] for name in values} == values
    assert [found[name]["Source"] for name in values] == ["system", "user"]


def test_without_its_role_elasticache_changes_nothing(cache: Any, request_: Any, client: Any, refused: Any) -> None:
    """Not even a deletion is made."""
    settings.fresh_account = True
    with refused("ServiceLinkedRoleNotFoundFault", "Please create new role"):
        cache.delete_cache_parameter_group(CacheParameterGroupName="tuned")
    assert cache.describe_cache_subnet_groups()["CacheSubnetGroups"]
    client("iam").create_service_linked_role(AWSServiceName="elasticache.amazonaws.com")
    with refused("ServiceLinkedRoleNotFoundFault"):
        cache.create_replication_group(**request_)
    cache.create_replication_group(**request_)


def test_transit_modes_begin_with_a_version(cache: Any, request_: Any, refused: Any) -> None:
    """Earlier ones take none and tell none, until they are upgraded."""
    cache.create_cache_parameter_group(
        CacheParameterGroupName="old", CacheParameterGroupFamily="redis6.x", Description="d"
    )
    older = {**request_, "EngineVersion": "6.2", "CacheParameterGroupName": "old"}
    with refused("InvalidParameterCombination", "TransitEncryptionMode is not supported for engine version 6.2"):
        cache.create_replication_group(**older)
    del older["TransitEncryptionMode"]
    assert "TransitEncryptionMode" not in cache.create_replication_group(**older)["ReplicationGroup"]
    changed = {"EngineVersion": "7.1", "CacheParameterGroupName": "tuned", "ApplyImmediately": True}
    group = cache.modify_replication_group(ReplicationGroupId=GROUP, **changed)["ReplicationGroup"]
    assert group["TransitEncryptionMode"] == "required"


def test_a_version_of_valkey_needs_its_engine(cache: Any, request_: Any, refused: Any) -> None:
    """Without it the version is looked for among those of Redis."""
    for family in ("valkey7", "valkey8"):
        cache.create_cache_parameter_group(
            CacheParameterGroupName=family, CacheParameterGroupFamily=family, Description="d"
        )
    valkey = {"Engine": "valkey", "EngineVersion": "7.2", "CacheParameterGroupName": "valkey7"}
    cache.create_replication_group(**{**request_, **valkey})
    newer = {"EngineVersion": "8.0", "CacheParameterGroupName": "valkey8", "ApplyImmediately": True}
    with refused("InvalidParameterValue", "is not a valid version of redis"):
        cache.modify_replication_group(ReplicationGroupId=GROUP, **newer)
    cache.modify_replication_group(ReplicationGroupId=GROUP, **newer, Engine="valkey")
