# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The replication group with its nodes under the common rhythm."""

from __future__ import annotations

from typing import Any

from ansible_collections.dataai.platform.plugins.module_utils.kinds.replication_group import ReplicationGroup

from .case import Case, Item

NAME = "redis-acme-test"

#: Options that DescribeReplicationGroups answers under another name, in the same form.
REPORTED = {
    "description": "Description",
    "node_type": "CacheNodeType",
    "at_rest_encryption": "AtRestEncryptionEnabled",
    "kms_key_arn": "KmsKeyId",
    "transit_encryption": "TransitEncryptionEnabled",
    "transit_encryption_mode": "TransitEncryptionMode",
    "snapshot_window": "SnapshotWindow",
    "snapshot_retention_days": "SnapshotRetentionLimit",
    "auto_minor_version_upgrade": "AutoMinorVersionUpgrade",
    "user_group_ids": "UserGroupIds",
}


def surroundings(account: Any) -> dict[str, Any]:
    """Make what a group needs and return its references."""
    ec2, cache, logs = account.client("ec2"), account.client("elasticache"), account.client("logs")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{n}.0/24", AvailabilityZone=f"eu-central-2{zone}")["Subnet"]
        for n, zone in enumerate("ab")
    ]
    for name in ("isolated", "other"):
        cache.create_cache_subnet_group(
            CacheSubnetGroupName=name,
            CacheSubnetGroupDescription=name,
            SubnetIds=[subnet["SubnetId"] for subnet in subnets],
        )
    for name in ("first", "second"):
        cache.create_cache_parameter_group(
            CacheParameterGroupName=name, CacheParameterGroupFamily="redis7", Description=name
        )
    for name in ("/acme/slow", "/acme/engine"):
        logs.create_log_group(logGroupName=name)
    cache.create_user(
        UserId="acme-default", UserName="default", Engine="redis", AccessString="off -@all", NoPasswordRequired=True
    )
    cache.create_user_group(UserGroupId="acme", Engine="redis", UserIds=["acme-default"])
    return {
        "groups": [
            ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"] for name in ("one", "two")
        ],
        "key": account.client("kms").create_key()["KeyMetadata"]["Arn"],
    }


def case(account: Any) -> Case:
    """Return the case for an empty account."""
    cache, around = account.client("elasticache"), surroundings(account)

    def drift() -> None:
        cache.modify_replication_group(
            ReplicationGroupId=NAME,
            SnapshotRetentionLimit=0,
            LogDeliveryConfigurations=[{"LogType": "engine-log", "Enabled": False}],
            ApplyImmediately=True,
        )

    def verify(item: Item) -> None:
        (group,) = cache.describe_replication_groups(ReplicationGroupId=NAME)["ReplicationGroups"]
        for option, member in REPORTED.items():
            assert group[member] == item[option], option
        assert group["AutomaticFailover"] == ("enabled" if item["automatic_failover"] else "disabled")
        assert group["MultiAZ"] == ("enabled" if item["multi_az"] else "disabled")
        assert len(group["MemberClusters"]) == item["num_cache_clusters"]
        assert group["NodeGroups"][0]["PrimaryEndpoint"]["Port"] == item["port"]
        deliveries = {entry["LogType"]: entry for entry in group["LogDeliveryConfigurations"]}
        assert set(deliveries) == {entry["log_type"] for entry in item["log_delivery"]}
        for entry in item["log_delivery"]:
            found = deliveries[entry["log_type"]]
            assert found["DestinationDetails"]["CloudWatchLogsDetails"]["LogGroup"] == entry["destination"]
            assert found["LogFormat"] == "json"
        for name in group["MemberClusters"]:
            verify_member(name, item)
        tags = cache.list_tags_for_resource(ResourceName=group["ARN"])["TagList"]
        assert {tag["Key"]: tag["Value"] for tag in tags} == item["tags"]

    def verify_member(name: str, item: Item) -> None:
        (member,) = cache.describe_cache_clusters(CacheClusterId=name)["CacheClusters"]
        assert member["EngineVersion"].startswith(item["engine_version"])
        assert member["CacheParameterGroup"]["CacheParameterGroupName"] == item["parameter_group"]
        assert [group["SecurityGroupId"] for group in member["SecurityGroups"]] == item["security_group_ids"]
        assert member["PreferredMaintenanceWindow"] == item["maintenance_window"]
        assert member["CacheSubnetGroupName"] == item["subnet_group"]

    slow = {"log_type": "slow-log", "destination": "/acme/slow"}
    create = {
        "replication_group_id": NAME,
        "description": "Redis of acme",
        "engine": "redis",
        "engine_version": "7.0",
        "node_type": "cache.r7g.large",
        "num_cache_clusters": 1,
        "automatic_failover": False,
        "multi_az": False,
        "port": 6380,
        "subnet_group": "isolated",
        "security_group_ids": around["groups"][:1],
        "parameter_group": "first",
        "at_rest_encryption": True,
        "kms_key_arn": around["key"],
        "transit_encryption": True,
        "transit_encryption_mode": "preferred",
        "user_group_ids": [],
        "log_delivery": [slow],
        "snapshot_window": "02:00-03:00",
        "snapshot_retention_days": 0,
        "maintenance_window": "sun:04:00-sun:05:00",
        "auto_minor_version_upgrade": True,
        "tags": {"Name": NAME, "Purpose": "cache"},
    }
    update = {
        **create,
        "description": "Redis of all",
        "engine_version": "7.1",
        "node_type": "cache.r7g.xlarge",
        "num_cache_clusters": 3,
        "automatic_failover": True,
        "multi_az": True,
        "security_group_ids": around["groups"][1:],
        "parameter_group": "second",
        "transit_encryption_mode": "required",
        "user_group_ids": ["acme"],
        "log_delivery": [slow, {"log_type": "engine-log", "destination": "/acme/engine", "log_format": "json"}],
        "snapshot_window": "00:30-01:30",
        "snapshot_retention_days": 7,
        "maintenance_window": "sat:04:00-sat:06:00",
        "auto_minor_version_upgrade": False,
        "tags": {"Name": NAME, "Purpose": "caches", "Owner": "team"},
    }
    secret = "arn:aws:secretsmanager:eu-central-2:123456789012:secret:token-AbCdEf"
    return Case(
        kind=ReplicationGroup,
        create=create,
        update=update,
        drift=drift,
        verify=verify,
        missing=(
            ({**create, "node_type": None}, "node_type"),
            ({**create, "port": 80}, "port"),
            ({**create, "security_group_ids": []}, "security_group_ids is empty"),
            ({**create, "multi_az": True, "automatic_failover": True}, "multi_az"),
            ({**create, "automatic_failover": True}, "automatic_failover"),
            ({**create, "num_cache_clusters": 7}, "num_cache_clusters"),
            ({**create, "num_node_groups": 2}, "num_node_groups"),
            ({**create, "snapshot_retention_days": 36}, "snapshot_retention_days"),
            ({**create, "snapshot_window": "23:30-00:30", "maintenance_window": "mon:00:00-mon:01:00"}, "overlaps"),
            ({**create, "user_group_ids": ["a"], "auth_token_secret_arn": secret}, "exclude"),
        ),
        immutable=(
            ({**create, "port": 6379}, "port"),
            ({**create, "at_rest_encryption": False, "kms_key_arn": None}, "at_rest_encryption"),
            ({**create, "subnet_group": "other"}, "subnet_group"),
            ({**create, "engine_version": "6.2", "transit_encryption_mode": None}, "earlier version"),
            ({**create, "num_cache_clusters": None, "num_node_groups": 2}, "cluster mode"),
            ({**create, "user_group_ids": None, "auth_token_secret_arn": secret}, "AUTH token"),
        ),
        unchanged=(
            {**create, "replication_group_id": NAME.upper(), "maintenance_window": "Sun:04:00-Sun:05:00"},
            {**create, "engine_version": "7.0.7"},
            {**create, "kms_key_arn": around["key"].rsplit("/", 1)[-1], "subnet_group": "Isolated"},
        ),
    )
