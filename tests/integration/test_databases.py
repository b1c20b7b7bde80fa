# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Databases and caches beyond the common rhythm: up and down, request and settle, snapshots, reboots, tokens."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.dataai.platform.plugins.module_utils.aws.session import Aws
from ansible_collections.dataai.platform.plugins.module_utils.core.plan import Action, Options
from ansible_collections.dataai.platform.plugins.module_utils.core.reconcile import reconcile
from ansible_collections.dataai.platform.plugins.module_utils.core.report import Report
from ansible_collections.dataai.platform.plugins.module_utils.kinds.db_cluster import DbCluster
from ansible_collections.dataai.platform.plugins.module_utils.kinds.replication_group import ReplicationGroup

from .conftest import EmbeddedAws
from .kinds import db_cluster, replication_group

CLUSTER, GROUP = db_cluster.NAME, replication_group.NAME
TOKEN = "not-a-real-token-1234567890"


def run(kind: Any, aws: Aws, item: dict[str, Any], **options: Any) -> Report:
    """Reconcile one item without an error."""
    report = reconcile(kind(), aws, [item], Options(**{"timeout": 60, **options}))
    assert not report.errors, report.errors
    return report


def unchanged(kind: Any, aws: Aws, item: dict[str, Any]) -> None:
    """Assert that nothing is left to do."""
    (step,) = run(kind, aws, item).steps
    assert (step.action, step.fields if step.action is not Action.NONE else []) == (Action.NONE, [])


@pytest.fixture
def cluster(account: EmbeddedAws) -> dict[str, Any]:
    """Return a small cluster as an item, with what it needs around it."""
    db_cluster.surroundings(account)
    return {
        "name": CLUSTER,
        "engine": "aurora-postgresql",
        "engine_version": "14.19",
        "master_username": "dbadmin",
        "manage_master_user_password": True,
        "subnet_group": "isolated",
        "parameter_group": "first",
        "deletion_protection": True,
        "instance_count": 3,
        "instance_class": "db.r6g.large",
        "tags": {"Name": CLUSTER},
    }


@pytest.fixture
def group(account: EmbeddedAws) -> dict[str, Any]:
    """Return a group of three nodes as an item, with what it needs around it."""
    replication_group.surroundings(account)
    return {
        "replication_group_id": GROUP,
        "description": "cache",
        "engine": "redis",
        "engine_version": "7.1",
        "node_type": "cache.r7g.large",
        "num_cache_clusters": 3,
        "automatic_failover": True,
        "multi_az": True,
        "port": 6380,
        "subnet_group": "isolated",
        "transit_encryption": True,
        "skip_final_snapshot": True,
        "tags": {"Name": GROUP},
    }


# --- Aurora ---------------------------------------------------------------------------------------------------------


def members(account: EmbeddedAws) -> dict[str, bool]:
    """Return the instances of the cluster, and which one writes."""
    (described,) = account.client("rds").describe_db_clusters(DBClusterIdentifier=CLUSTER)["DBClusters"]
    return {entry["DBInstanceIdentifier"]: entry["IsClusterWriter"] for entry in described["DBClusterMembers"]}


def test_the_writer_stays_when_instances_go(account: EmbeddedAws, aws: Aws, cluster: dict[str, Any]) -> None:
    """After a failover another instance writes; that one is kept."""
    run(DbCluster, aws, cluster)
    account.client("rds").failover_db_cluster(DBClusterIdentifier=CLUSTER, TargetDBInstanceIdentifier=f"{CLUSTER}-3")
    report = run(DbCluster, aws, {**cluster, "instance_count": 1})
    assert members(account) == {f"{CLUSTER}-3": True}
    assert report.resources[CLUSTER]["instances"] == [f"{CLUSTER}-3"]
    unchanged(DbCluster, aws, {**cluster, "instance_count": 1})
    run(DbCluster, aws, {**cluster, "instance_count": 2})
    assert members(account) == {f"{CLUSTER}-3": True, f"{CLUSTER}-1": False}


def test_each_deletion_leaves_a_snapshot_of_its_own(account: EmbeddedAws, aws: Aws, cluster: dict[str, Any]) -> None:
    """A second life of the cluster ends as the first did: no name is taken already."""
    small = {**cluster, "instance_count": 1}
    run(DbCluster, aws, small)
    run(DbCluster, aws, {"name": CLUSTER}, absent=True, acknowledged=[CLUSTER])
    snapshots = account.client("rds").describe_db_cluster_snapshots()["DBClusterSnapshots"]
    assert [snapshot["DBClusterSnapshotIdentifier"].startswith(f"{CLUSTER}-final-20") for snapshot in snapshots] == [
        True
    ]
    run(DbCluster, aws, small)
    run(DbCluster, aws, {"name": CLUSTER, "final_snapshot_prefix": "last"}, absent=True, acknowledged=[CLUSTER])
    assert len(account.client("rds").describe_db_cluster_snapshots()["DBClusterSnapshots"]) == 2


def test_without_a_snapshot_nothing_stays(account: EmbeddedAws, aws: Aws, cluster: dict[str, Any]) -> None:
    """Where it is declined, none is made."""
    run(DbCluster, aws, {**cluster, "instance_count": 0})
    run(DbCluster, aws, {"name": CLUSTER, "skip_final_snapshot": True}, absent=True, acknowledged=["all"])
    assert account.client("rds").describe_db_cluster_snapshots()["DBClusterSnapshots"] == []


def test_a_change_for_the_maintenance_window_is_asked_once(aws: Aws, cluster: dict[str, Any]) -> None:
    """A class that waits for the window is as wanted."""
    run(DbCluster, aws, cluster)
    later = {**cluster, "instance_class": "db.r6g.xlarge", "apply_immediately": False}
    run(DbCluster, aws, later)
    unchanged(DbCluster, aws, later)


def test_parameters_that_need_a_reboot(account: EmbeddedAws, aws: Aws, cluster: dict[str, Any]) -> None:
    """They are reported, and applied where a reboot is wanted."""
    run(DbCluster, aws, cluster)
    second = {**cluster, "parameter_group": "second"}
    assert run(DbCluster, aws, second).resources[CLUSTER]["pending_reboot"] != []
    unchanged(DbCluster, aws, second)
    rebooted = run(DbCluster, aws, {**second, "reboot_when_required": True})
    assert rebooted.resources[CLUSTER]["pending_reboot"] == []
    assert account.writes().count("rds:RebootDBInstance") == 3
    unchanged(DbCluster, aws, {**second, "reboot_when_required": True})


def test_asked_first_and_settled_later(account: EmbeddedAws, aws: Aws, cluster: dict[str, Any]) -> None:
    """The request returns at once, what waits for the cluster follows when it is settled, and then all is as wanted."""
    account.admin("PUT", "settings", {"provisioning_seconds": {"rds": 1.5}})
    assert [step.action for step in run(DbCluster, aws, cluster, wait=False).steps] == [Action.CREATE]
    assert members(account) == {}
    settled = run(DbCluster, aws, cluster)
    assert settled.resources[CLUSTER]["status"] == "available"
    assert len(members(account)) == 3
    unchanged(DbCluster, aws, cluster)


# --- Redis ----------------------------------------------------------------------------------------------------------


def test_down_to_one_node_and_up_again(account: EmbeddedAws, aws: Aws, group: dict[str, Any]) -> None:
    """Multi-AZ and failover go before the replicas, and come after them."""
    run(ReplicationGroup, aws, group)
    single = {**group, "num_cache_clusters": 1, "automatic_failover": False, "multi_az": False}
    account.forget_calls()
    run(ReplicationGroup, aws, single)
    assert account.writes() == ["elasticache:ModifyReplicationGroup", "elasticache:DecreaseReplicaCount"]
    unchanged(ReplicationGroup, aws, single)
    account.forget_calls()
    run(ReplicationGroup, aws, group)
    assert account.writes() == ["elasticache:IncreaseReplicaCount", "elasticache:ModifyReplicationGroup"]
    unchanged(ReplicationGroup, aws, group)


def test_cluster_mode(account: EmbeddedAws, aws: Aws, group: dict[str, Any]) -> None:
    """Shards come and go; clients find them by the configuration endpoint, the only one there is."""
    shards = {name: value for name, value in group.items() if name != "num_cache_clusters"}
    shards |= {"parameter_group": "default.redis7.cluster.on", "num_node_groups": 2, "replicas_per_node_group": 1}
    created = run(ReplicationGroup, aws, shards).resources[GROUP]
    assert created["configuration_endpoint_address"].startswith("clustercfg.")
    assert (created["primary_endpoint_address"], created["port"]) == (None, 6380)
    unchanged(ReplicationGroup, aws, shards)
    for count, replicas in ((3, 2), (2, 1)):
        wanted = {**shards, "num_node_groups": count, "replicas_per_node_group": replicas}
        run(ReplicationGroup, aws, wanted)
        unchanged(ReplicationGroup, aws, wanted)
        (described,) = account.client("elasticache").describe_replication_groups()["ReplicationGroups"]
        assert [len(shard["NodeGroupMembers"]) for shard in described["NodeGroups"]] == [replicas + 1] * count


def test_the_token_stays_secret(account: EmbeddedAws, aws: Aws, group: dict[str, Any]) -> None:
    """It goes from the secret to ElastiCache and nowhere else; a newer one is rotated in."""
    secrets = account.client("secretsmanager")
    arn = secrets.create_secret(Name="token", SecretString=TOKEN)["ARN"]
    wanted = {**group, "auth_token_secret_arn": arn}
    created = run(ReplicationGroup, aws, wanted)
    assert TOKEN not in json.dumps(created.result(ReplicationGroup()), default=str)
    (described,) = account.client("elasticache").describe_replication_groups()["ReplicationGroups"]
    assert described["AuthTokenEnabled"] is True
    unchanged(ReplicationGroup, aws, wanted)


def test_a_last_snapshot_on_request(account: EmbeddedAws, aws: Aws, group: dict[str, Any]) -> None:
    """Its name is short enough and ends with the time."""
    run(ReplicationGroup, aws, group)
    gone = {"replication_group_id": GROUP, "skip_final_snapshot": False}
    run(ReplicationGroup, aws, gone, absent=True, acknowledged=[GROUP])
    (snapshot,) = account.client("elasticache").describe_snapshots()["Snapshots"]
    assert snapshot["SnapshotName"].startswith(f"{GROUP}-final-20")


def test_a_log_delivery_in_error_is_told_and_mended(account: EmbeddedAws, aws: Aws, group: dict[str, Any]) -> None:
    """AWS's reason is in the message; when the log group is there, a further run sets the delivery up again."""
    wanted = {**group, "log_delivery": [{"log_type": "slow-log", "destination": "/acme/late"}]}
    report = reconcile(ReplicationGroup(), aws, [wanted], Options(timeout=60))
    assert "slow-log" in str(report.errors[GROUP])
    account.client("logs").create_log_group(logGroupName="/acme/late")
    run(ReplicationGroup, aws, wanted)
    unchanged(ReplicationGroup, aws, wanted)
