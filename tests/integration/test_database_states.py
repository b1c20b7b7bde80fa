# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Databases and caches where AWS is not ready: an account without their roles, what lags, failed or stands still."""

from __future__ import annotations

import importlib
import re
import time
from typing import Any

import pytest

from ansible_collections.dataai.platform.plugins.module_utils.aws.session import Aws
from ansible_collections.dataai.platform.plugins.module_utils.core.errors import Refused
from ansible_collections.dataai.platform.plugins.module_utils.core.plan import Action, Options
from ansible_collections.dataai.platform.plugins.module_utils.core.reconcile import reconcile
from ansible_collections.dataai.platform.plugins.module_utils.core.report import Report

from .conftest import EmbeddedAws
from .kinds.case import Case, Item

RDS, ELASTICACHE = "AWSServiceRoleForRDS", "AWSServiceRoleForElastiCache"
WITH_ROLE = {
    "db_subnet_group": RDS,
    "db_cluster": RDS,
    "cache_subnet_group": ELASTICACHE,
    "cache_parameter_group": ELASTICACHE,
    "replication_group": ELASTICACHE,
}


def make(kind: str, account: EmbeddedAws) -> Case:
    """Return a kind's case, with what it refers to in AWS."""
    found: Case = importlib.import_module(f"{__package__}.kinds.{kind}").case(account)
    return found


def attempt(case: Case, aws: Aws, item: Item | None = None, **options: Any) -> Report:
    """Reconcile the case's item, or another."""
    wanted = Options(timeout=60, **{**case.options, **options})
    return reconcile(case.kind(), aws, [item or case.create], wanted)


def run(case: Case, aws: Aws, item: Item | None = None, **options: Any) -> Report:
    """Reconcile without a failure."""
    report = attempt(case, aws, item, **options)
    assert not report.errors, report.errors
    return report


def gone(case: Case) -> dict[str, Any]:
    """Return the options that delete the case's resource."""
    return {"absent": True, "acknowledged": [case.create[case.kind.key]]}


def fresh(account: EmbeddedAws) -> None:
    """Make the account one in which neither service has been used."""
    account.admin("PUT", "settings", {"fresh_account": True})


def fault(account: EmbeddedAws, operation: str, code: str, message: str = "", times: int | None = 2) -> None:
    """Let an operation be refused so many times."""
    service, _, name = operation.partition(":")
    rule = {"service": service, "operation": name, "kind": "access_denied", "code": code, "status": 400}
    account.admin("POST", "faults", [{**rule, "message": message or code, "times": times}])


def status(account: EmbeddedAws, service: str, resource: str, value: str) -> None:
    """Put a resource into a status that no call leads to."""
    account.admin("PUT", "status", {"service": service, "resource": resource, "status": value})


# --- the roles of the services --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "role"), WITH_ROLE.items())
def test_a_fresh_account_gets_the_roles_first(kind: str, role: str, account: EmbeddedAws, aws: Aws) -> None:
    """Each kind alone works in an account that has never seen its service, and makes the role once."""
    case = make(kind, account)
    fresh(account)
    account.forget_calls()
    run(case, aws)
    assert account.writes().count("iam:CreateServiceLinkedRole") == 1
    assert account.client("iam").get_role(RoleName=role)["Role"]["Path"].startswith("/aws-service-role/")
    account.forget_calls()
    run(case, aws)
    assert account.writes() == []


def test_a_role_that_is_there_is_used(account: EmbeddedAws, aws: Aws) -> None:
    """Whether the caller may look at it or not."""
    case = make("cache_subnet_group", account)
    fresh(account)
    account.client("iam").create_service_linked_role(AWSServiceName="elasticache.amazonaws.com")
    fault(account, "iam:GetRole", "AccessDenied", times=None)
    run(case, aws)


@pytest.mark.parametrize("may_look", [True, False])
def test_a_missing_right_is_said_with_its_name(may_look: bool, account: EmbeddedAws, aws: Aws) -> None:
    """Who may not make the role is told which one, for what, and how to have it made; nothing was written."""
    case = make("cache_subnet_group", account)
    fresh(account)
    fault(account, "iam:CreateServiceLinkedRole", "AccessDenied", times=None)
    if not may_look:
        fault(account, "iam:GetRole", "AccessDenied", times=None)
        fault(account, "elasticache:CreateCacheSubnetGroup", "AccessDenied", "iam:CreateServiceLinkedRole", times=None)
    (error,) = attempt(case, aws).errors.values()
    assert "iam:CreateServiceLinkedRole" in str(error)
    if may_look:
        assert "aws iam create-service-linked-role --aws-service-name elasticache.amazonaws.com" in str(error)
    assert account.client("elasticache").describe_cache_subnet_groups()["CacheSubnetGroups"] == []


@pytest.mark.parametrize("kind", ["cache_parameter_group", "cache_subnet_group", "replication_group"])
def test_a_service_without_its_role_is_not_an_empty_one(kind: str, account: EmbeddedAws, aws: Aws) -> None:
    """``ServiceLinkedRoleNotFoundFault`` at a deletion does not say that the resource is gone."""
    case = make(kind, account)
    run(case, aws)
    fresh(account)
    (error,) = attempt(case, aws, **gone(case)).errors.values()
    assert "ServiceLinkedRoleNotFoundFault" in str(error)
    assert "iam:CreateServiceLinkedRole" in str(error)


# --- what passes by itself ------------------------------------------------------------------------------------------

NEW = [
    (
        "db_subnet_group",
        "rds:CreateDBSubnetGroup",
        {"InvalidParameterValue": "Some input subnets in :[a] are invalid."},
    ),
    ("cache_subnet_group", "elasticache:CreateCacheSubnetGroup", {"InvalidSubnet": ""}),
    ("db_cluster_parameter_group", "rds:ModifyDBClusterParameterGroup", {"DBParameterGroupNotFound": ""}),
    ("cache_parameter_group", "elasticache:ModifyCacheParameterGroup", {"CacheParameterGroupNotFound": ""}),
    (
        "db_cluster",
        "rds:CreateDBCluster",
        {
            "DBSubnetGroupNotFoundFault": "",
            "DBClusterParameterGroupNotFound": "",
            "KMSKeyNotAccessibleFault": "",
            "InvalidParameterValue": "Invalid security group , groupId= sg-1",
        },
    ),
    ("db_cluster", "rds:CreateDBInstance", {"DBClusterNotFoundFault": ""}),
    (
        "replication_group",
        "elasticache:CreateReplicationGroup",
        {"CacheSubnetGroupNotFoundFault": "", "CacheParameterGroupNotFound": "", "InvalidKMSKeyFault": ""},
    ),
]
CHANGED = [
    ("db_cluster_parameter_group", "rds:ModifyDBClusterParameterGroup", "InvalidDBParameterGroupState"),
    ("db_cluster_parameter_group", "rds:ResetDBClusterParameterGroup", "InvalidDBParameterGroupState"),
    ("cache_parameter_group", "elasticache:ModifyCacheParameterGroup", "InvalidCacheParameterGroupState"),
    ("cache_parameter_group", "elasticache:ResetCacheParameterGroup", "InvalidCacheParameterGroupState"),
]
LEFT = [
    ("db_cluster_parameter_group", "rds:DeleteDBClusterParameterGroup", "InvalidDBParameterGroupState"),
    ("db_subnet_group", "rds:DeleteDBSubnetGroup", "InvalidDBSubnetGroupStateFault"),
    ("cache_parameter_group", "elasticache:DeleteCacheParameterGroup", "InvalidCacheParameterGroupState"),
    ("cache_subnet_group", "elasticache:DeleteCacheSubnetGroup", "CacheSubnetGroupInUse"),
]


@pytest.mark.parametrize(("kind", "operation", "refusals"), NEW)
def test_what_was_made_a_moment_ago_is_waited_for(
    kind: str, operation: str, refusals: dict[str, str], account: EmbeddedAws, aws: Aws
) -> None:
    """``NotFound`` of what a resource refers to passes, of one reference after the other."""
    case = make(kind, account)
    for code, message in refusals.items():
        fault(account, operation, code, message, times=1)
    run(case, aws)
    case.verify(case.create)


@pytest.mark.parametrize(("kind", "operation", "code"), CHANGED)
def test_pending_changes_of_parameters_are_waited_for(
    kind: str, operation: str, code: str, account: EmbeddedAws, aws: Aws
) -> None:
    """A parameter group takes its next change when the last one is through."""
    case = make(kind, account)
    run(case, aws)
    fault(account, operation, code, "Parameter group has pending changes")
    run(case, aws, case.update)
    case.verify(case.update)


@pytest.mark.parametrize(("kind", "operation", "code"), LEFT)
def test_what_used_a_group_lets_go_of_it(kind: str, operation: str, code: str, account: EmbeddedAws, aws: Aws) -> None:
    """A group counts as in use for a while after what used it is gone."""
    case = make(kind, account)
    run(case, aws)
    fault(account, operation, code, "is still in use")
    run(case, aws, **gone(case))
    assert [step.action for step in run(case, aws, check=True, **gone(case)).steps] == [Action.NONE]


@pytest.mark.parametrize("kind", ["db_cluster_parameter_group", "cache_parameter_group"])
def test_who_may_not_see_the_defaults_of_a_family_still_has_its_values(
    kind: str, account: EmbeddedAws, aws: Aws
) -> None:
    """The group itself tells how its parameters are spelt and when they apply."""
    case = make(kind, account)
    service = "rds" if kind.startswith("db") else "elasticache"
    fault(account, f"{service}:DescribeEngineDefault*", "AccessDenied", times=None)
    run(case, aws)
    case.verify(case.create)


def test_parameters_apply_when_they_can(account: EmbeddedAws, aws: Aws) -> None:
    """Dynamic ones at once; one of AWS's own may be named with the value that it has."""
    case = make("db_cluster_parameter_group", account)
    item = {**case.create, "parameters": {**case.create["parameters"], "archive_timeout": "5min"}}
    run(case, aws, item)
    run(case, aws, item, check=True)
    pages = account.client("rds").get_paginator("describe_db_cluster_parameters")
    listed = pages.paginate(DBClusterParameterGroupName=item["name"])
    methods = {entry["ParameterName"]: entry["ApplyMethod"] for page in listed for entry in page["Parameters"]}
    assert (methods["rds.force_ssl"], methods["autovacuum_max_workers"]) == ("immediate", "pending-reboot")


# --- what stands still, and what failed -----------------------------------------------------------------------------


def test_a_stopped_cluster_is_started_before_it_is_changed_or_deleted(account: EmbeddedAws, aws: Aws) -> None:
    """A plan says so, as a change of its status; then all goes on as ever."""
    case, rds = make("db_cluster", account), account.client("rds")
    name = case.create["name"]
    run(case, aws)
    account.admin("PUT", "settings", {"provisioning_seconds": 0.5})
    rds.stop_db_cluster(DBClusterIdentifier=name)
    for _status in ("stopping", "stopped"):
        (step,) = run(case, aws, check=True).steps
        assert (step.action, step.fields) == (Action.UPDATE, ["status"])
        _until(rds, name, "stopped")
    account.forget_calls()
    run(case, aws)
    assert account.writes() == ["rds:StartDBCluster"]

    rds.stop_db_cluster(DBClusterIdentifier=name)
    account.forget_calls()
    run(case, aws, {**case.create, "backup_retention_days": 9})
    assert account.writes() == ["rds:StartDBCluster", "rds:ModifyDBCluster"]

    rds.stop_db_cluster(DBClusterIdentifier=name)
    run(case, aws, {**case.create, "skip_final_snapshot": True}, **gone(case))
    assert rds.describe_db_clusters()["DBClusters"] == []


def _until(rds: Any, name: str, wanted: str) -> None:
    for _ in range(50):
        (cluster,) = rds.describe_db_clusters(DBClusterIdentifier=name)["DBClusters"]
        if cluster["Status"] == wanted:
            return
        time.sleep(0.1)
    raise AssertionError(cluster["Status"])


@pytest.mark.parametrize("check", [True, False])
def test_a_cluster_without_its_key_is_one_sentence(check: bool, account: EmbeddedAws, aws: Aws) -> None:
    """A plan tells it as a run does, with what to do first; nothing is written."""
    case = make("db_cluster", account)
    run(case, aws)
    status(account, "rds", case.create["name"], "inaccessible-encryption-credentials-recoverable")
    account.forget_calls()
    with pytest.raises(Refused, match="enable the key and let RDS use it, then start the cluster"):
        attempt(case, aws, case.update, check=check)
    assert account.writes() == []


def test_an_instance_that_failed_is_told_with_what_to_do(account: EmbeddedAws, aws: Aws) -> None:
    """Not with a timeout."""
    case = make("db_cluster", account)
    run(case, aws)
    status(account, "rds", f"{case.create['name']}-2", "incompatible-parameters")
    (error,) = attempt(case, aws).errors.values()
    assert "is incompatible-parameters: it does not start with its parameters" in str(error)


def test_a_group_that_could_not_be_made_is_told_and_deleted(account: EmbeddedAws, aws: Aws) -> None:
    """It takes no change, and has nothing that a last snapshot could keep."""
    case = make("replication_group", account)
    run(case, aws)
    status(account, "elasticache", case.create["replication_group_id"], "create-failed")
    with pytest.raises(Refused, match="create-failed: AWS could not make it and can only delete it"):
        attempt(case, aws, check=True)
    run(case, aws, **gone(case))
    assert account.client("elasticache").describe_replication_groups()["ReplicationGroups"] == []


def test_a_protected_log_group_goes_when_it_is_named(account: EmbeddedAws, aws: Aws) -> None:
    """As a protected cluster does; unnamed it stays."""
    case, logs = make("log_group", account), account.client("logs")
    run(case, aws)
    logs.put_log_group_deletion_protection(logGroupIdentifier=case.create["name"], deletionProtectionEnabled=True)
    with pytest.raises(Refused, match="acknowledge"):
        attempt(case, aws, absent=True)
    run(case, aws, **gone(case))
    assert logs.describe_log_groups()["logGroups"] == []


# --- versions of Redis and Valkey -----------------------------------------------------------------------------------


def older(account: EmbeddedAws, version: str = "6.2") -> tuple[Case, dict[str, Any]]:
    """Return the case with a group of an older version of Redis."""
    case = make("replication_group", account)
    for family in ("redis6.x", "valkey7", "valkey8"):
        account.client("elasticache").create_cache_parameter_group(
            CacheParameterGroupName=family.replace(".", "-"), CacheParameterGroupFamily=family, Description=family
        )
    item = {**case.create, "engine_version": version, "parameter_group": "redis6-x"}
    return case, {**item, "transit_encryption_mode": "required"}


def test_redis_before_modes_is_encrypted_without_one(account: EmbeddedAws, aws: Aws) -> None:
    """It is sent no mode, counts as required, keeps that through an upgrade, and says what it cannot do."""
    case, item = older(account)
    run(case, aws, item)
    account.forget_calls()
    run(case, aws, item)
    assert account.writes() == []
    with pytest.raises(Refused, match=re.escape("transit_encryption cannot be changed before version 7.0.5")):
        attempt(case, aws, {**item, "transit_encryption": False, "transit_encryption_mode": None})
    with pytest.raises(Refused, match=re.escape("transit_encryption_mode is preferred, which engine_version 7.0.5")):
        attempt(case, aws, {**item, "transit_encryption_mode": "preferred"})
    run(case, aws, {**item, "engine_version": "7.1", "parameter_group": "first"})
    assert account.writes() == ["elasticache:ModifyReplicationGroup"]


def test_valkey_is_upgraded_as_valkey(account: EmbeddedAws, aws: Aws) -> None:
    """AWS takes its version only together with its engine, and the engine only together with a version."""
    case, item = older(account)
    item = {**item, "engine_version": "7.1", "parameter_group": "first"}
    run(case, aws, item)
    with pytest.raises(Refused, match="only together with engine_version"):
        attempt(case, aws, {**item, "engine": "valkey", "engine_version": None})
    run(case, aws, {**item, "engine": "valkey", "engine_version": "7.2", "parameter_group": "valkey7"})
    newer = {**item, "engine": "valkey", "engine_version": "8.0", "parameter_group": "valkey8"}
    run(case, aws, newer)
    (group,) = account.client("elasticache").describe_replication_groups()["ReplicationGroups"]
    assert group["Engine"] == "valkey"
    account.forget_calls()
    run(case, aws, {**newer, "engine": None})
    assert account.writes() == []
