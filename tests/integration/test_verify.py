# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An estate that is verified, disturbed, and verified again; and its credentials for S3, rotated."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import Any

import pytest

from .operator import Operator, Outcome

pytestmark = pytest.mark.xdist_group("estate")

PROFILE, MODEL, OTHER_MODEL = (
    "titan-embed-text-v2",
    "amazon.titan-embed-text-v2:0",
    "anthropic.claude-3-haiku-20240307-v1:0",
)
STRINGS = {"app-repository", "chat", "ingestion", "litellm", "scope-management", "theme"}
STALE = {"psql-password", *(f"psql-connection-string-{key}" for key in STRINGS)}


@pytest.fixture(scope="module")
def operator(sandbox: Operator) -> Operator:
    """Return the user of the sandbox, deployed: test_estate.py leaves it so, where it ran just before."""
    if not sandbox.aws.client("rds").describe_db_clusters()["DBClusters"]:
        sandbox.aws.reset()
        sandbox.succeed("site")
    return sandbox


def by_status(outcome: Outcome, status: str) -> dict[str, dict[str, Any]]:
    """Return the checks of a report with a status, by id."""
    return {check["id"]: check for check in outcome.json("verify")["checks"] if check["status"] == status}


def swapped(operator: Operator, outputs: dict[str, Any], model: str) -> str:
    """Make a profile anew under its name and tags, from another model; return its name."""
    bedrock, arn = operator.aws.client("bedrock"), outputs["bedrock_inference_profile_arns"][PROFILE]
    name = f"acme-dai-{operator.environment}-euc2-{PROFILE}"
    found = bedrock.list_inference_profiles(typeEquals="APPLICATION")["inferenceProfileSummaries"]
    arn = next(entry["inferenceProfileArn"] for entry in found if entry["inferenceProfileName"] == name)
    tags = bedrock.list_tags_for_resource(resourceARN=arn)["tags"]
    bedrock.delete_inference_profile(inferenceProfileIdentifier=arn)
    source = f"arn:aws:bedrock:eu-central-2::foundation-model/{model}"
    bedrock.create_inference_profile(inferenceProfileName=name, modelSource={"copyFrom": source}, tags=tags)
    return name


def test_a_sound_estate_passes_unread_and_unwritten(operator: Operator) -> None:
    changes = (operator.build / "changes.json").read_bytes()
    outputs = (operator.build / "outputs.json").read_bytes()
    operator.aws.forget_calls()
    outcome = operator.succeed("verify")
    assert operator.aws.writes() == []
    assert [call for call in operator.aws.calls() if "GetSecretValue" in call["operation"]] == []
    report = outcome.json("verify")
    assert report["summary"]["fail"] == 0
    assert report["summary"]["pass"] == len(by_status(outcome, "pass")) > 100
    assert set(by_status(outcome, "relaxed")) == {"reminder:manual-zitadel-scope-mgmt-pat"}
    skipped = set(by_status(outcome, "skipped"))
    assert "switch:enable_managed_grafana" in skipped
    assert {name.partition(":")[0] for name in skipped} == {"switch"}
    assert set(report["checks"][0]) == {"id", "title", "status", "resource", "expected", "found", "source"}
    assert (outcome.build / "changes.json").read_bytes() == changes
    assert (outcome.build / "outputs.json").read_bytes() == outputs


def test_what_is_wrong_is_named_and_fails_the_run(operator: Operator) -> None:
    outputs = Outcome(0, "", operator.build).json("outputs")
    operator.aws.admin("POST", f"rds/{outputs['aurora_cluster_id']}/rotate")
    operator.aws.client("s3").delete_bucket_policy(Bucket=outputs["s3_bucket_ai_data_id"])
    profile = swapped(operator, outputs, OTHER_MODEL)
    group = f"/acme/dai/{operator.environment}/elasticache"
    kept = operator.aws.client("logs").describe_log_groups(logGroupNamePrefix=group)["logGroups"][0]["retentionInDays"]
    operator.aws.client("logs").put_retention_policy(logGroupName=group, retentionInDays=1)
    started = operator.succeed("rotate_s3_credentials")
    assert started.json("changes")["summary"]["create"] == 1
    operator.aws.forget_calls()
    outcome = operator.play("verify", variables={"s3_access_key_max_age_days": -1})
    assert outcome.code != 0
    assert operator.aws.writes() == []
    assert [call for call in operator.aws.calls() if "GetSecretValue" in call["operation"]] == []
    failed = by_status(outcome, "fail")
    user = outputs["s3_access_iam_user_name"]
    assert {name for name in failed if name.startswith("secret_value:")} == {f"secret_value:{name}" for name in STALE}
    assert {failed[f"secret_value:{name}"]["found"] for name in STALE} == {"stale"}
    assert set(failed) - {f"secret_value:{name}" for name in STALE} == {
        f"s3_bucket_policy:{outputs['s3_bucket_ai_data_id']}",
        f"access_key_age:{user}",
        f"inference_profile:{profile}",
        f"log_group:{group}",
    }
    drifted = failed[f"log_group:{group}"]  # with both values, and the task that wants the one
    assert (drifted["expected"], drifted["found"]) == ({"retention_days": kept}, {"retention_days": 1})
    assert drifted["source"] == "elasticache_log_group"
    refused = failed[f"inference_profile:{profile}"]  # and what comes after it was looked at all the same
    assert (refused["resource"], refused["expected"]["source"]) == (profile, MODEL)
    assert OTHER_MODEL in refused["found"]["source"]
    assert "cannot change source" in refused["found"]["refused"]
    assert by_status(outcome, "relaxed")[f"access_key_rotation:{user}"]["found"] == "overlapping"
    suite = ET.parse(outcome.build / "verify.xml").getroot()  # noqa: S314 - our own file
    assert suite.get("failures") == str(len(failed))
    assert "psql-password" in (outcome.build / "verify.html").read_text()
    operator.aws.client("logs").put_retention_policy(logGroupName=group, retentionInDays=kept)


def test_a_plan_names_what_it_refuses_and_all_else_and_is_broken(operator: Operator) -> None:
    outputs = Outcome(0, "", operator.build).json("outputs")
    plan = operator.play("plan", variables={"plan_exit_code": True})
    assert plan.code == 2
    assert plan.text.count(f"inference profile acme-dai-{operator.environment}-euc2-{PROFILE}: AWS cannot change") == 1
    assert "set it back" in plan.text
    assert "bedrock_replace_profiles: true" in plan.text
    assert ("create", "s3_bucket_policy", outputs["s3_bucket_ai_data_id"]) in plan.changes()
    swapped(operator, outputs, MODEL)


def test_seeding_repairs_the_stale_and_keeps_the_rotation(operator: Operator) -> None:
    iam, user = operator.aws.client("iam"), f"iam-user-acme-dai-{operator.environment}-euc2-s3-access"
    seeded = operator.succeed("seed_secrets")
    assert {name for _action, _kind, name in seeded.changes()} == STALE
    steps = [{"s3_rotation_overlap_minutes": 0}, {}]
    for variables in steps:
        assert len(iam.list_access_keys(UserName=user)["AccessKeyMetadata"]) == 2
        assert operator.succeed("rotate_s3_credentials", variables=variables).changed == 1
    assert len(iam.list_access_keys(UserName=user)["AccessKeyMetadata"]) == 1


def test_what_cannot_be_read_is_a_finding_and_all_else_is_checked(operator: Operator) -> None:
    denied = {"service": "logs", "operation": "DescribeLogGroups", "kind": "access_denied"}
    operator.aws.admin("POST", "faults", denied)
    try:
        outcome = operator.play("verify")
    finally:
        operator.aws.admin("DELETE", "faults")
    assert outcome.code != 0
    failed, passed = by_status(outcome, "fail"), by_status(outcome, "pass")
    assert "run" not in failed
    # The policy is taken away by a test above.
    why = [str(check["found"]) for name, check in failed.items() if not name.startswith("s3_bucket_policy:")]
    assert [text for text in why if "logs:DescribeLogGroups" in text]
    assert [text for text in why if "DescribeLogGroups" not in text and "it needs what failed" not in text] == []
    kinds = {name.partition(":")[0] for name in passed}
    assert {"db_subnet_group", "iam_user", "kms_key", "secret_value", "vpc"} <= kinds


def test_a_verification_that_breaks_off_says_so(operator: Operator) -> None:
    denied = {"service": "ssm", "operation": "GetParametersByPath", "kind": "access_denied"}
    operator.aws.admin("POST", "faults", denied)
    try:
        outcome = operator.play("verify", "--tags", "aurora")
    finally:
        operator.aws.admin("DELETE", "faults")
    assert outcome.code != 0
    assert "run" in by_status(outcome, "fail")
    assert "ssm:GetParametersByPath" in outcome.text
