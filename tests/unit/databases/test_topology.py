# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Clusters and replication groups as AWS describes them: what is read from that, and what is asked for next."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ansible_collections.dataai.platform.plugins.module_utils.aws import aurora, redis
from ansible_collections.dataai.platform.plugins.module_utils.aws.aurora import Topology
from ansible_collections.dataai.platform.plugins.module_utils.aws.database import (
    chunks,
    final_snapshot_name,
    is_reached,
    known_names,
)
from ansible_collections.dataai.platform.plugins.module_utils.core.errors import Failure
from ansible_collections.dataai.platform.plugins.module_utils.core.kind import Delta, Live, PhaseName
from ansible_collections.dataai.platform.plugins.module_utils.core.values import UNKNOWN
from ansible_collections.dataai.platform.plugins.module_utils.kinds.db_cluster import DbCluster
from ansible_collections.dataai.platform.plugins.module_utils.kinds.replication_group import ReplicationGroup

# --- versions and names ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "actual", "reached"),
    [
        ("14.19", "14.19", True),
        ("14.19", "14.20", True),
        ("14.9", "14.19", True),
        ("14.19", "14.9", False),
        ("14.19", "15.12", False),
        ("15.12", "14.19", False),
        ("7.1", "7.1.0", True),
        ("14", "14.19", True),
        ("", "14.19", False),
    ],
)
def test_a_later_minor_version_is_as_wanted(wanted: str, actual: str, reached: bool) -> None:
    """Numbers are compared, not letters, and never across major versions."""
    assert is_reached(wanted, actual) is reached


def test_the_last_snapshot_has_a_name_of_its_own() -> None:
    """It ends with the time and fits the service's length without a double hyphen."""
    name = final_snapshot_name("redis-acme-app-staging-euc2-with-a-long-id-final", longest=50)
    assert len(name) <= 50
    assert re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*-20\d{12}", name)


def test_parameters_travel_in_portions() -> None:
    """A call names 20 at most, and none is lost."""
    assert [len(part) for part in chunks(list(range(45)))] == [20, 20, 5]
    assert list(chunks([])) == []


def test_names_that_are_not_known_are_not_looked_for() -> None:
    """AWS stores names in lower case."""
    assert known_names([{"name": "Main"}, {"name": UNKNOWN}], "name") == {"main": "Main"}


# --- the Aurora cluster ---------------------------------------------------------------------------------------------


def instance(name: str, status: str = "available", **more: Any) -> dict[str, Any]:
    """Return an entry of DescribeDBInstances."""
    return {"DBInstanceIdentifier": name, "DBInstanceStatus": status, "DBInstanceClass": "db.r6g.large", **more}


def cluster(*instances: dict[str, Any], writer: str = "main-1", **more: Any) -> Topology:
    """Return a cluster with these instances."""
    members = [
        {
            "DBInstanceIdentifier": entry["DBInstanceIdentifier"],
            "IsClusterWriter": entry["DBInstanceIdentifier"] == writer,
        }
        for entry in instances
    ]
    described = {
        "DBClusterIdentifier": "main",
        "DBClusterArn": "arn",
        "Status": "available",
        "DBClusterMembers": members,
    }
    return Topology({**described, "Engine": "aurora-postgresql", "EngineVersion": "14.19", **more}, instances)


THREE = (instance("main-1"), instance("main-2"), instance("main-10"))


@pytest.mark.parametrize(
    ("writer", "count", "names"),
    [
        ("main-1", 3, ["main-1", "main-2", "main-10"]),
        ("main-1", 2, ["main-1", "main-2"]),
        ("main-10", 2, ["main-1", "main-10"]),
        ("main-2", 1, ["main-2"]),
        ("main-1", 0, []),
        ("main-1", 5, ["main-1", "main-2", "main-3", "main-4", "main-10"]),
    ],
)
def test_readers_leave_before_the_writer(writer: str, count: int, names: list[str]) -> None:
    """The highest number leaves first; free numbers are used first."""
    assert cluster(*THREE, writer=writer).with_count(count) == names


def test_instances_of_others_are_not_ours() -> None:
    """Replicas that autoscaling made stay, and an instance that is going does not count but keeps its name."""
    found = cluster(instance("application-autoscaling-1"), instance("main-1"), instance("main-2", "deleting"))
    assert list(found.ours) == ["main-1"]
    assert found.with_count(2) == ["main-1", "main-3"]


def test_what_is_pending_counts_as_made() -> None:
    """A change that waits for the maintenance window is not asked for twice."""
    found = cluster(
        instance("main-1", PendingModifiedValues={"DBInstanceClass": "db.r6g.xlarge"}),
        PendingModifiedValues={
            "EngineVersion": "14.20",
            "BackupRetentionPeriod": 14,
            "IAMDatabaseAuthenticationEnabled": True,
            "PendingCloudwatchLogsExports": {"LogTypesToEnable": ["instance"], "LogTypesToDisable": ["postgresql"]},
        },
        EnabledCloudwatchLogsExports=["postgresql"],
        BackupRetentionPeriod=7,
    ).values()
    assert found["instance_class"] == "db.r6g.xlarge"
    assert found["engine_version"] == "14.20"
    assert found["backup_retention_days"] == 14
    assert found["iam_authentication"] is True
    assert found["log_exports"] == ["instance"]


def test_instances_that_differ_are_a_difference() -> None:
    """One value stands for all only where all have it."""
    found = cluster(instance("main-1"), instance("main-2", DBInstanceClass="db.r6g.xlarge")).values()
    assert found["instance_class"] == "db.r6g.large, db.r6g.xlarge"


@pytest.mark.parametrize(
    ("topology", "phase", "word"),
    [
        (cluster(*THREE), PhaseName.READY, ""),
        (cluster(*THREE, Status="modifying"), PhaseName.BUSY, "cluster main is modifying"),
        (cluster(instance("main-1", "creating")), PhaseName.BUSY, "instance main-1 is creating"),
        (cluster(instance("main-1", "deleting")), PhaseName.BUSY, "instance main-1 is deleting"),
        (cluster(instance("main-1", "incompatible-parameters")), PhaseName.BROKEN, "incompatible-parameters"),
        (cluster(Status="inaccessible-encryption-credentials-recoverable"), PhaseName.BROKEN, "inaccessible"),
        (cluster(instance("main-1", "storage-full")), PhaseName.BROKEN, "storage-full: its storage is full"),
        (cluster(Status="migration-failed"), PhaseName.BROKEN, "delete it"),
        (cluster(instance("main-1", "storage-optimization")), PhaseName.READY, ""),
        (cluster(instance("main-1", "stopped"), Status="stopped"), PhaseName.READY, ""),
        (cluster(instance("main-1", "stopped"), Status="stopping"), PhaseName.BUSY, "stopping"),
        (cluster(instance("main-1", "stopped"), Status="available"), PhaseName.BUSY, "main-1 is stopped"),
        (cluster(MasterUserSecret={"SecretStatus": "creating"}), PhaseName.BUSY, "secret is creating"),
        (cluster(MasterUserSecret={"SecretStatus": "impaired"}), PhaseName.BROKEN, "impaired"),
        (cluster(MasterUserSecret={"SecretStatus": "active"}), PhaseName.READY, ""),
    ],
)
def test_a_cluster_is_ready_when_all_of_it_is(topology: Topology, phase: PhaseName, word: str) -> None:
    """The cluster, every instance and the secret of the master password."""
    found = topology.phase()
    assert found.name is phase
    assert word in found.reason


def live(topology: Topology) -> Live:
    """Return the cluster as the engine sees it."""
    return Live(topology.values(), topology.tags(), topology.phase(), topology)


WANT = {"name": "main", "master_username": "dbadmin", "manage_master_user_password": False, "subnet_group": "isolated"}
SAME = {"name": "main", "engine_version": "14.19", "instance_count": 3, "instance_class": "db.r6g.large"}


def test_what_is_not_reported_is_no_difference() -> None:
    """An endpoint that does not tell of Performance Insights is not asked again and again."""
    want = {**SAME, "performance_insights": True, "engine_lifecycle_support": "open-source-rds-extended-support"}
    assert DbCluster().differences(want, live(cluster(*THREE))) == {}


def test_fewer_instances_are_named_in_the_plan() -> None:
    """A plan tells which instance goes."""
    found = DbCluster().differences({**SAME, "instance_count": 2}, live(cluster(*THREE)))
    assert found["instances"] == (["main-1", "main-2", "main-10"], ["main-1", "main-2"])


def test_parameters_that_wait_for_a_reboot() -> None:
    """They are reported, and a difference only where a reboot is wanted; readers go before the writer."""
    members = [
        {"DBInstanceIdentifier": name, "IsClusterWriter": name == "main-1", "DBClusterParameterGroupStatus": status}
        for name, status in (("main-1", "pending-reboot"), ("main-2", "pending-reboot"), ("main-10", "in-sync"))
    ]
    topology = cluster(*THREE, DBClusterMembers=members)
    assert topology.values()["pending_reboot"] == ["main-2", "main-1"]
    assert DbCluster().differences(SAME, live(topology)) == {}
    found = DbCluster().differences({**SAME, "reboot_when_required": True}, live(topology))
    assert found == {"pending_reboot": (["main-2", "main-1"], [])}


def test_a_password_outside_secrets_manager_is_refused() -> None:
    """An existing cluster without a managed password may stay without one."""
    kind = DbCluster()
    assert any("manage_master_user_password" in text for text in kind.blockers(WANT, None, absent=False))
    unmanaged = live(cluster(*THREE))
    assert list(kind.blockers(WANT, unmanaged, absent=False)) == []
    managed = live(cluster(*THREE, MasterUserSecret={"SecretArn": "arn", "SecretStatus": "active"}))
    assert any("manage_master_user_password" in text for text in kind.blockers(WANT, managed, absent=False))


def test_a_major_upgrade_takes_its_parameter_group_along() -> None:
    """AWS wants both in one call."""
    want = {**SAME, "engine_version": "15.12", "parameter_group": "fifteen", "allow_major_version_upgrade": True}
    delta = Delta({"engine_version": ("14.19", "15.12")})
    assert aurora.modification(want, cluster(*THREE), delta) == {
        "EngineVersion": "15.12",
        "AllowMajorVersionUpgrade": True,
        "DBClusterParameterGroupName": "fifteen",
    }


def test_only_the_instance_that_differs_is_changed() -> None:
    """An instance that has what is wanted gets no request."""
    want = {**SAME, "monitoring_interval": 60, "monitoring_role_arn": "arn:role"}
    entry = instance("main-1", MonitoringInterval=60, MonitoringRoleArn="arn:role", PromotionTier=1)
    assert aurora.member_modification(want, entry, 1) == {}
    drifted = {**entry, "MonitoringInterval": 0, "MonitoringRoleArn": None}
    request = {"MonitoringInterval": 60, "MonitoringRoleArn": "arn:role"}
    assert aurora.member_modification(want, drifted, None) == request
    assert aurora.member_modification({**want, "monitoring_interval": 0}, entry, 0) == {
        "MonitoringInterval": 0,
        "PromotionTier": 0,
    }


# --- the replication group ------------------------------------------------------------------------------------------


def group(**more: Any) -> dict[str, Any]:
    """Return an entry of DescribeReplicationGroups."""
    described = {"ReplicationGroupId": "cache", "ARN": "arn", "Status": "available", "ClusterEnabled": False}
    return {**described, "MemberClusters": ["cache-001", "cache-002"], "AutomaticFailover": "enabled", **more}


def cached(member: dict[str, Any] | None = None, **more: Any) -> Live:
    """Return the group as the engine sees it."""
    described = group(**more)
    values = {**redis.group_values(described, member or {}), "auth_token_secret_arn": None}
    return Live(values, {}, redis.phase(described), described)


def test_users_take_the_place_of_a_token_in_one_step() -> None:
    """AWS has either; and the users go as they came."""
    wish = {"replication_group_id": "cache", "user_group_ids": ["users"]}
    delta = Delta({"user_group_ids": ([], ["users"])})
    assert ReplicationGroup._settings(wish, cached(), delta) == {"UserGroupIdsToAdd": ["users"]}
    assert ReplicationGroup._settings(wish, cached(AuthTokenEnabled=True), delta) == {
        "UserGroupIdsToAdd": ["users"],
        "AuthTokenUpdateStrategy": "DELETE",
    }
    none = ReplicationGroup._settings({**wish, "user_group_ids": []}, cached(UserGroupIds=["users"]), delta)
    assert none == {"UserGroupIdsToRemove": ["users"]}


@pytest.mark.parametrize(
    ("described", "phase", "word"),
    [
        (group(), PhaseName.READY, ""),
        (group(Status="snapshotting"), PhaseName.BUSY, "snapshotting"),
        (group(Status="create-failed"), PhaseName.BROKEN, "create-failed: AWS could not make it"),
        (group(Status="modifying", MemberStatus="incompatible-network"), PhaseName.BROKEN, "incompatible-network"),
        (group(LogDeliveryConfigurations=[{"LogType": "slow-log", "Status": "enabling"}]), PhaseName.BUSY, "log"),
        (
            group(LogDeliveryConfigurations=[{"LogType": "slow-log", "Status": "error", "Message": "no log group"}]),
            PhaseName.BROKEN,
            "slow-log: no log group",
        ),
    ],
)
def test_a_group_is_ready_when_its_logs_flow(described: dict[str, Any], phase: PhaseName, word: str) -> None:
    """A log delivery in error is told with AWS's reason."""
    found = redis.phase(described)
    assert found.name is phase
    assert word in found.reason


def test_states_on_the_way_count_as_reached() -> None:
    """``enabling`` is as wanted, and pending values win."""
    values = cached(
        {"PendingModifiedValues": {"CacheNodeType": "cache.r7g.xlarge", "EngineVersion": "7.1"}},
        AutomaticFailover="enabling",
        MultiAZ="enabling",
        CacheNodeType="cache.r7g.large",
        PendingModifiedValues={"TransitEncryptionMode": "required"},
    ).values
    assert (values["automatic_failover"], values["multi_az"]) == (True, True)
    assert (values["node_type"], values["engine_version"]) == ("cache.r7g.xlarge", "7.1")
    assert values["transit_encryption_mode"] == "required"


def due(want: dict[str, Any], found: Live) -> list[str]:
    """Return the operations for a change, in their order."""
    kind = ReplicationGroup()
    delta = Delta(kind.differences(want, found))
    return [operation for operation, _request in kind._due(want, found, delta)]


def test_growing_comes_before_what_needs_it() -> None:
    """Multi-AZ needs the replica first."""
    found = cached(MemberClusters=["cache-001"], AutomaticFailover="disabled", MultiAZ="disabled")
    want = {"replication_group_id": "cache", "num_cache_clusters": 2, "automatic_failover": True, "multi_az": True}
    assert due(want, found) == ["increase_replica_count", "modify_replication_group"]


def test_shrinking_comes_after_what_needed_it() -> None:
    """Multi-AZ and failover are turned off before the last replica goes."""
    found = cached(MultiAZ="enabled")
    want = {"replication_group_id": "cache", "num_cache_clusters": 1, "automatic_failover": False, "multi_az": False}
    assert due(want, found) == ["modify_replication_group", "decrease_replica_count"]


@pytest.mark.parametrize(
    ("present", "want", "steps"),
    [
        (None, {"transit_encryption": True, "transit_encryption_mode": "required"}, ["preferred", "required"]),
        (None, {"transit_encryption": True}, ["preferred"]),
        ("preferred", {"transit_encryption": True, "transit_encryption_mode": "required"}, ["required"]),
        ("required", {"transit_encryption": True, "transit_encryption_mode": "preferred"}, ["preferred"]),
        ("required", {"transit_encryption": False}, ["preferred", None]),
        ("preferred", {"transit_encryption": False}, [None]),
        ("required", {"transit_encryption": True, "transit_encryption_mode": "required"}, []),
    ],
)
def test_the_way_to_tls_leads_through_preferred(present: str | None, want: dict[str, Any], steps: list[Any]) -> None:
    """AWS takes no other way, in either direction."""
    found = cached(TransitEncryptionEnabled=present is not None, TransitEncryptionMode=present)
    item = {"replication_group_id": "cache", **want}
    delta = Delta(ReplicationGroup().differences(item, found))
    assert [step.get("TransitEncryptionMode") for step in redis.transit_steps(item, found, delta)] == steps


def test_the_first_snapshots_need_a_node_to_take_them_from() -> None:
    """A replica takes them, so that the primary is not slowed down."""
    found = cached(SnapshotRetentionLimit=0)
    want = {"replication_group_id": "cache", "snapshot_retention_days": 7}
    ((_operation, request),) = ReplicationGroup()._due(want, found, Delta({"snapshot_retention_days": (0, 7)}))
    assert request["SnapshottingClusterId"] == "cache-002"


def test_a_group_that_is_being_created_is_no_difference() -> None:
    """It does not tell its port yet, and has been asked for it."""
    want = {"replication_group_id": "cache", "port": 6380, "subnet_group": "isolated", "engine_version": "7.1"}
    assert ReplicationGroup().differences(want, cached(Status="creating")) == {}


# --- the AUTH token -------------------------------------------------------------------------------------------------

SECRET = "arn:aws:secretsmanager:eu-central-2:123456789012:secret:token-AbCdEf"
NOW = datetime(2026, 11, 21, tzinfo=UTC)


class Secrets:
    """Secrets Manager with one secret, standing for all of AWS."""

    def __init__(self, text: str = "", changed: datetime = NOW) -> None:
        self.text, self.changed = text, changed

    def service(self, _name: str) -> Secrets:
        """Return itself, the only service."""
        return self

    def pages(self, _operation: str, _result: str, **_query: Any) -> list[dict[str, Any]]:
        """List the versions, the current one last."""
        old = {"VersionStages": ["AWSPREVIOUS"], "CreatedDate": NOW + timedelta(days=9)}
        return [old, {"VersionStages": ["AWSCURRENT"], "CreatedDate": self.changed}]

    def get_secret_value(self, **_query: Any) -> dict[str, str]:
        """Return the text."""
        return {"SecretString": self.text}


@pytest.mark.parametrize(("age", "current"), [(timedelta(hours=1), True), (timedelta(hours=-1), False)])
def test_a_newer_secret_is_a_difference(age: timedelta, current: bool) -> None:
    """Only dates are compared; the token is not read for that."""
    described = group(AuthTokenEnabled=True, AuthTokenLastModifiedDate=NOW + age)
    found = ReplicationGroup._current_token(Secrets(), described, {"auth_token_secret_arn": SECRET})  # type: ignore[arg-type]
    assert (found == SECRET) is current


@pytest.mark.parametrize(
    "text", ["short", "x" * 129, "with a blank inside it", 'quote"quote"quote', '{"token": "abcdefghijkl"}']
)
def test_a_secret_without_a_token_is_refused_without_showing_it(text: str) -> None:
    """The message names the secret, never what is in it."""
    want = {"replication_group_id": "cache", "auth_token_secret_arn": SECRET}
    with pytest.raises(Failure, match="holds no AUTH token") as refused:
        ReplicationGroup()._token(Secrets(text), want)  # type: ignore[arg-type]
    assert text not in str(refused.value)
