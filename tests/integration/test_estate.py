# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The life of a sandbox: planned, built, unchanged, drifted, repaired, taken down for good, built again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ..quality.deployer import actions, is_allowed
from .conftest import ROOT, EmbeddedAws
from .environments import EXPECTED, looked_at
from .operator import Operator, Outcome

pytestmark = pytest.mark.xdist_group("estate")

#: The outputs that other tools read, by the names they have always had.
OUTPUTS = {
    "aurora_cluster_arn", "aurora_cluster_database_name", "aurora_cluster_endpoint", "aurora_cluster_id",
    "aurora_cluster_reader_endpoint", "aurora_endpoint_id", "aurora_master_user_secret_arn", "aws_region",
    "bedrock_available_models", "bedrock_inference_profile_arns", "elasticache_configuration_endpoint_address",
    "elasticache_endpoint_id", "elasticache_port", "elasticache_primary_endpoint_address",
    "elasticache_replication_group_id", "postgresql_databases", "prometheus_workspace_arn",
    "prometheus_workspace_endpoint", "prometheus_workspace_id", "psql_connection_string_secret_arns",
    "s3_access_iam_user_name", "s3_bucket_ai_data_arn", "s3_bucket_ai_data_id", "s3_bucket_application_data_arn",
    "s3_bucket_application_data_id", "secret_arns",
}  # fmt: skip


@pytest.fixture(scope="module")
def operator(sandbox: Operator) -> Operator:
    """Return the user of the sandbox, with an empty account."""
    sandbox.aws.reset()
    return sandbox


@pytest.fixture(scope="module")
def first_plan(operator: Operator) -> Outcome:
    """The plan on the empty account, which wrote nothing."""
    operator.aws.forget_calls()
    outcome = operator.succeed("plan")
    assert operator.aws.writes() == []
    return outcome


@pytest.fixture(scope="module")
def planned_changes(first_plan: Outcome) -> set[tuple[str, str, str]]:
    """The changes that the plan named, read before the next run overwrites the file."""
    assert first_plan.json("changes")["mode"] == "plan"
    return first_plan.changes()


@pytest.fixture(scope="module")
def built(operator: Operator, planned_changes: set[tuple[str, str, str]]) -> Outcome:
    """The estate, deployed."""
    assert planned_changes
    return operator.succeed("site")


def test_the_run_changes_exactly_what_the_plan_named(
    built: Outcome, planned_changes: set[tuple[str, str, str]]
) -> None:
    record = built.json("changes")
    assert (record["mode"], record["environment"]) == ("apply", "sbx")
    assert built.changes() == planned_changes
    assert re.search(r"created \d+ secret: \S", built.text)
    assert record["summary"]["create"] == len([entry for entry in record["changes"] if entry["action"] == "create"])


def test_the_example_policies_allow_every_call(built: Outcome, operator: Operator) -> None:
    assert built.code == 0
    calls = {(call["service"], call["operation"]) for call in operator.aws.calls()}
    assert sorted(action for call in calls for action in actions(*call) if not is_allowed(action)) == []


def test_outputs_are_complete(built: Outcome) -> None:
    outputs = built.json("outputs")
    described = re.findall(r"^\| `(\w+)` \|", (ROOT / "docs" / "outputs.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert {*outputs, *outputs["infrastructure"]} <= set(described)
    assert set(outputs) >= OUTPUTS
    assert len(outputs["secret_arns"]) == 25
    assert len(outputs["psql_connection_string_secret_arns"]) == 6
    assert len(outputs["bedrock_inference_profile_arns"]) == 8
    empty = [name for name in OUTPUTS if outputs[name] in (None, "", {}, [])]
    assert empty == ["elasticache_configuration_endpoint_address"]


def test_it_is_as_small_as_its_inventory_says(built: Outcome, operator: Operator) -> None:
    assert built.code == 0
    assert looked_at(operator.aws, "sbx") == EXPECTED["sbx"]


def test_every_request_keeps_to_the_service_models(built: Outcome, operator: Operator) -> None:
    assert built.code == 0
    assert operator.aws.violations() == []


def test_a_second_run_changes_and_writes_nothing(built: Outcome, operator: Operator) -> None:
    assert built.code == 0
    operator.aws.forget_calls()
    again = operator.succeed("site")
    read = [call for call in operator.aws.calls() if call["operation"] in ("GetSecretValue", "BatchGetSecretValue")]
    assert (again.changed, operator.aws.writes(), read) == (0, [], [])
    assert again.json("changes")["changes"] == []


def test_outputs_are_written_again_without_a_change(built: Outcome, operator: Operator) -> None:
    before = built.json("outputs")
    (built.build / "outputs.json").unlink()
    operator.aws.forget_calls()
    assert operator.succeed("outputs").json("outputs") == before
    assert operator.aws.writes() == []


def disturb(operator: Operator, outputs: dict[str, Any]) -> None:
    """Change and remove things in several layers behind the project's back."""
    aws = operator.aws
    aws.client("s3").delete_bucket_policy(Bucket=outputs["s3_bucket_ai_data_id"])
    aws.client("logs").delete_retention_policy(logGroupName="/acme/dai/sbx/bedrock/model-invocations")
    profiles = outputs["bedrock_inference_profile_arns"]
    aws.client("bedrock").delete_inference_profile(inferenceProfileIdentifier=profiles["titan-embed-text-v2"])
    groups = aws.client("ec2").describe_security_groups(Filters=[{"Name": "group-name", "Values": ["*-aurora"]}])
    group = groups["SecurityGroups"][0]
    aws.client("ec2").authorize_security_group_ingress(
        GroupId=group["GroupId"], IpProtocol="tcp", FromPort=22, ToPort=22, CidrIp="0.0.0.0/0"
    )
    aws.client("secretsmanager").put_secret_value(SecretId="psql-port", SecretString="1")


def test_a_plan_of_the_finished_estate_names_drift_and_nothing_else(built: Outcome, operator: Operator) -> None:
    disturb(operator, built.json("outputs"))
    operator.aws.forget_calls()
    plan = operator.play("plan", variables={"plan_exit_code": True})
    assert plan.code == 4  # 2 is a plan that is broken
    assert "changes are pending: " in plan.text
    assert operator.aws.writes() == []
    planned = plan.changes()
    assert {(action, kind) for action, kind, _name in planned} == {
        ("update", "log_group"),
        ("create", "inference_profile"),
        ("update", "security_group"),
        ("create", "s3_bucket_policy"),
        ("update", "secret_value"),
    }
    denied = {"service": "bedrock", "operation": "CreateInferenceProfile", "kind": "access_denied", "times": 99}
    operator.aws.admin("POST", "faults", denied)
    failed = operator.play("site")
    operator.aws.admin("DELETE", "faults")
    profile = {change for change in planned if change[1] == "inference_profile"}
    assert failed.code == 2
    assert "bedrock:CreateInferenceProfile" in failed.text.rsplit("TASK [", 1)[-1]
    assert failed.changes() == planned - profile  # also what stands behind all that is built, such as secrets
    assert operator.succeed("site").changes() == profile


def test_a_plan_of_the_finished_estate_is_empty_and_writes_nothing(built: Outcome, operator: Operator) -> None:
    assert built.code == 0
    operator.aws.forget_calls()
    plan = operator.succeed("plan", variables={"plan_exit_code": True})
    assert (plan.changes(), operator.aws.writes()) == (set(), [])


def test_a_part_goes_and_comes_back_alone(built: Outcome, operator: Operator) -> None:
    """By its tag: nothing else is touched or need be acknowledged, and the outputs of the whole stay as they were."""
    before = built.json("outputs")
    named = {"destroy_acknowledge": ["redis-acme-dai-sbx-euc2"]}
    gone = operator.succeed("destroy", "--tags", "elasticache", variables=named).changes()
    assert {name for _action, _kind, name in gone} == {
        "redis-acme-dai-sbx-euc2",
        "param-group-acme-dai-sbx-euc2-redis",
        "subnet-group-acme-dai-sbx-euc2-redis",
        "acme-dai-sbx-euc2-elasticache",
        "/acme/dai/sbx/elasticache",
    }
    back = operator.succeed("site", "--tags", "elasticache")
    assert back.changes() == {("create", kind, name) for _action, kind, name in gone}
    assert back.json("outputs") == before


def test_a_tag_that_selects_nothing_is_told(built: Outcome, operator: Operator) -> None:
    assert built.code == 0
    told = operator.succeed("infrastructure", "--tags", "netwrok")
    assert "nothing was looked at: --tags netwrok selects no part; parts are infrastructure" in " ".join(
        told.text.split()
    )


def test_another_environment_has_no_room_beside_it(built: Outcome, operator: Operator, tmp_path: Path) -> None:
    """One sentence says whose account it is, before the first write; what is taken down is not the other's."""
    assert built.code == 0
    other = Operator(operator.aws, tmp_path, "dev")
    operator.aws.forget_calls()
    refused = other.play("site")
    assert refused.code != 0
    assert "environment dev has no room in account 123456789012 and region eu-central-2" in refused.text
    assert "environment sbx of product data-and-ai has the 31 secrets (" in refused.text
    assert "and Bedrock's invocation logging (to log group /acme/dai/sbx/bedrock/model-invocations)" in refused.text

    fault = {"service": "bedrock", "operation": "ListInferenceProfiles", "kind": "access_denied"}
    operator.aws.admin("POST", "faults", fault)
    taken_down = other.play("destroy", variables={"destroy_acknowledge": ["all"]})
    operator.aws.admin("DELETE", "faults")
    assert taken_down.code != 0
    assert "Deleted were all parts but bedrock" in taken_down.text
    assert "and 26 more: it exists with product:Environment=sbx, so it is not this environment's, and stays" in (
        " ".join(taken_down.text.split())
    )
    assert "Delete the VPC" in taken_down.text
    assert operator.aws.writes() == []


@pytest.fixture(scope="module")
def destroyed(operator: Operator, built: Outcome) -> Iterator[Outcome]:
    """The estate, taken down."""
    assert built.code == 0
    yield operator.succeed("destroy")


def leftovers(aws: EmbeddedAws) -> dict[str, list[str]]:
    """Return what is left of an estate, by service."""
    ec2, rds, cache = aws.client("ec2"), aws.client("rds"), aws.client("elasticache")
    bedrock, iam, kms = aws.client("bedrock"), aws.client("iam"), aws.client("kms")
    live_keys = [
        key["KeyId"]
        for key in kms.list_keys()["Keys"]
        if (about := kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"])["KeyManager"] == "CUSTOMER"
        and about["KeyState"] != "PendingDeletion"
    ]
    found = {
        "vpcs": [vpc["VpcId"] for vpc in ec2.describe_vpcs()["Vpcs"] if not vpc["IsDefault"]],
        "clusters": [entry["DBClusterIdentifier"] for entry in rds.describe_db_clusters()["DBClusters"]],
        "snapshots": [
            entry["DBClusterSnapshotIdentifier"] for entry in rds.describe_db_cluster_snapshots()["DBClusterSnapshots"]
        ],
        "groups": [g["ReplicationGroupId"] for g in cache.describe_replication_groups()["ReplicationGroups"]],
        "buckets": [entry["Name"] for entry in aws.client("s3").list_buckets()["Buckets"]],
        "profiles": [
            entry["inferenceProfileName"]
            for entry in bedrock.list_inference_profiles(typeEquals="APPLICATION")["inferenceProfileSummaries"]
        ],
        "logging": [
            "on" for config in [bedrock.get_model_invocation_logging_configuration()] if config.get("loggingConfig")
        ],
        "workspaces": [entry["workspaceId"] for entry in aws.client("amp").list_workspaces()["workspaces"]],
        "log groups": [group["logGroupName"] for group in aws.client("logs").describe_log_groups()["logGroups"]],
        "users": [user["UserName"] for user in iam.list_users()["Users"]],
        "roles": [r["RoleName"] for r in iam.list_roles()["Roles"] if r["RoleName"].startswith("role-")],
        "keys": live_keys,
        "parameters": [
            p["Name"] for p in aws.client("ssm").describe_parameters()["Parameters"] if "/acme/" in p["Name"]
        ],
        "secrets": [
            entry["Name"]
            for entry in aws.client("secretsmanager").list_secrets(IncludePlannedDeletion=True)["SecretList"]
        ],
    }
    return {service: names for service, names in found.items() if names}


def test_nothing_of_ours_is_left(destroyed: Outcome, operator: Operator) -> None:
    assert destroyed.json("changes")["mode"] == "destroy"
    assert {action for action, _type, _name in destroyed.changes()} == {"delete"}
    assert "deleted 1 vpc: vpc-acme-dai-sbx" in destroyed.text
    keys = re.search(r"KMS key (alias/kms-[^:]*): pending deletion until 2\d\d\d-\d\d-\d\d", destroyed.text)
    assert keys, destroyed.text[-3000:]
    assert len(keys.group(1).split(", ")) == 4
    assert leftovers(operator.aws) == {}


def test_taking_down_twice_changes_nothing(destroyed: Outcome, operator: Operator) -> None:
    assert destroyed.code == 0
    operator.aws.forget_calls()
    again = operator.succeed("destroy")
    assert again.changed == 0
    assert "nothing was left to delete" in again.text
    assert operator.aws.writes() == []


@pytest.fixture(scope="module")
def given(destroyed: Outcome, operator: Operator) -> dict[str, Any]:
    """The ids of a network and keys that were built for something else."""
    assert destroyed.code == 0
    replace(operator, environment="dev").succeed("infrastructure")
    pages = operator.aws.client("ssm").get_paginator("get_parameters_by_path")
    found = [entry for page in pages.paginate(Path="/acme/dai/dev/infrastructure") for entry in page["Parameters"]]
    return {
        entry["Name"].rpartition("/")[2]: entry["Value"].split(",") if "List" in entry["Type"] else entry["Value"]
        for entry in found
    }


def test_it_is_built_again_in_a_network_that_is_given(given: dict[str, Any], operator: Operator) -> None:
    again = operator.succeed("site", variables={"infrastructure": given})
    assert f"network and keys ({given['vpc_id']})" in again.text
    kinds = {kind for action, kind, _name in again.changes() if action == "create"}
    assert kinds & {"vpc", "subnet", "nat_gateway", "kms_key", "route_table"} == set()
    assert "db_cluster" in kinds
    outputs = again.json("outputs")
    assert (len(outputs["secret_arns"]), outputs["infrastructure"]) == (25, given)
    groups = operator.aws.client("rds").describe_db_subnet_groups()["DBSubnetGroups"]
    assert {group["VpcId"] for group in groups} == {given["vpc_id"]}


def test_taking_down_leaves_what_was_given(given: dict[str, Any], operator: Operator) -> None:
    operator.succeed("destroy", variables={"infrastructure": given})
    left = leftovers(operator.aws)
    assert (left.pop("vpcs"), len(left.pop("keys"))) == ([given["vpc_id"]], 4)
    assert {name for names in left.values() for name in names if "sbx" in name} == set()
