# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes that replace a whole setting keep what no option stands for."""

from __future__ import annotations

import json
from typing import Any

from ansible_collections.dataai.platform.plugins.module_utils.aws.session import Aws
from ansible_collections.dataai.platform.plugins.module_utils.core.kind import Kind
from ansible_collections.dataai.platform.plugins.module_utils.core.plan import Options
from ansible_collections.dataai.platform.plugins.module_utils.core.reconcile import reconcile
from ansible_collections.dataai.platform.plugins.module_utils.core.report import Report
from ansible_collections.dataai.platform.plugins.module_utils.kinds.event_rule import EventRule
from ansible_collections.dataai.platform.plugins.module_utils.kinds.grafana_workspace import GrafanaWorkspace
from ansible_collections.dataai.platform.plugins.module_utils.kinds.iam_role import IamRole
from ansible_collections.dataai.platform.plugins.module_utils.kinds.lambda_function import LambdaFunction
from ansible_collections.dataai.platform.plugins.module_utils.kinds.prometheus_workspace import PrometheusWorkspace
from ansible_collections.dataai.platform.plugins.module_utils.kinds.s3_bucket import S3Bucket
from ansible_collections.dataai.platform.plugins.module_utils.kinds.ssm_parameter import SsmParameter

from .conftest import EmbeddedAws, ModuleTwin
from .kinds import lambda_function

BUCKET = "acme-kept"


def run(kind: type[Kind[Any]], aws: Aws, item: dict[str, Any], **options: Any) -> Report:
    """Reconcile one item without an error, and see that a further run changes nothing."""
    report = reconcile(kind(), aws, [item], Options(timeout=30, **options))
    assert not report.errors, report.errors
    again = reconcile(kind(), aws, [item], Options(timeout=30, **options))
    assert [step.fields for step in again.steps if step.fields] == []
    return report


def encryption(account: EmbeddedAws) -> dict[str, Any]:
    """Return the rule of the bucket's encryption."""
    answer = account.client("s3").get_bucket_encryption(Bucket=BUCKET)
    rule: dict[str, Any] = answer["ServerSideEncryptionConfiguration"]["Rules"][0]
    return rule


def test_blocked_types_of_encryption_stay_blocked(aws: Aws, account: EmbeddedAws) -> None:
    """A new bucket refuses keys of customers, and so it does after every write of its encryption."""
    key = account.client("kms").create_key()["KeyMetadata"]["Arn"]
    run(S3Bucket, aws, {"name": BUCKET, "kms_key_arn": key, "bucket_key_enabled": True})
    assert encryption(account)["BlockedEncryptionTypes"] == {"EncryptionType": ["SSE-C"]}
    rule = {**encryption(account), "BlockedEncryptionTypes": {"EncryptionType": ["NONE"]}}
    account.client("s3").put_bucket_encryption(Bucket=BUCKET, ServerSideEncryptionConfiguration={"Rules": [rule]})
    run(S3Bucket, aws, {"name": BUCKET, "kms_key_arn": key, "bucket_key_enabled": False})
    assert encryption(account)["BlockedEncryptionTypes"] == {"EncryptionType": ["NONE"]}
    assert encryption(account)["BucketKeyEnabled"] is False
    run(S3Bucket, aws, {"name": BUCKET, "encryption": "AES256"})
    assert encryption(account) == {
        "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"},
        "BlockedEncryptionTypes": {"EncryptionType": ["NONE"]},
    }


def test_rules_and_logging_of_a_bucket_keep_what_options_cannot_say(aws: Aws, account: EmbeddedAws) -> None:
    s3 = account.client("s3")
    run(S3Bucket, aws, {"name": "acme-kept-logs"})
    run(S3Bucket, aws, {"name": BUCKET})
    rule = {
        "ID": "tagged",
        "Status": "Enabled",
        "Filter": {"Tag": {"Key": "keep", "Value": "no"}},
        "Expiration": {"Days": 1},
    }
    s3.put_bucket_lifecycle_configuration(Bucket=BUCKET, LifecycleConfiguration={"Rules": [rule]})
    run(S3Bucket, aws, {"name": BUCKET, "transition_minimum_size": "varies_by_storage_class"})
    assert s3.get_bucket_lifecycle_configuration(Bucket=BUCKET)["Rules"][0]["Filter"] == rule["Filter"]
    form = {"PartitionedPrefix": {"PartitionDateSource": "EventTime"}}
    target = {"TargetBucket": "acme-kept-logs", "TargetPrefix": "a/", "TargetObjectKeyFormat": form}
    s3.put_bucket_logging(Bucket=BUCKET, BucketLoggingStatus={"LoggingEnabled": target})
    run(S3Bucket, aws, {"name": BUCKET, "logging": {"target_bucket": "acme-kept-logs", "target_prefix": "b/"}})
    assert s3.get_bucket_logging(Bucket=BUCKET)["LoggingEnabled"] == {**target, "TargetPrefix": "b/"}


def test_a_function_keeps_its_levels_its_dual_stack_and_its_architecture(aws: Aws, account: EmbeddedAws) -> None:
    item = lambda_function.case(account).create
    run(LambdaFunction, aws, item)
    functions = account.client("lambda")
    functions.update_function_configuration(
        FunctionName=item["name"],
        LoggingConfig={"LogFormat": "JSON", "LogGroup": "/acme/test", "ApplicationLogLevel": "DEBUG"},
        VpcConfig={
            "SubnetIds": item["subnet_ids"],
            "SecurityGroupIds": item["security_group_ids"],
            "Ipv6AllowedForDualStack": True,
        },
    )
    named = {name: item[name] for name in ("name", "security_group_ids", "log_format")}
    code = {**item["code"], "files": {"other.py": "x = 1\n"}}
    run(LambdaFunction, aws, {**named, "log_group": "/acme/other", "subnet_ids": item["subnet_ids"][:1], "code": code})
    found = functions.get_function(FunctionName=item["name"])["Configuration"]
    assert found["LoggingConfig"]["ApplicationLogLevel"] == "DEBUG"
    assert found["VpcConfig"]["Ipv6AllowedForDualStack"] is True
    assert found["Architectures"] == ["arm64"]


def test_an_account_may_invoke_a_function(aws: Aws, account: EmbeddedAws) -> None:
    """AWS keeps the account as the ARN of its root."""
    item = lambda_function.case(account).create
    run(LambdaFunction, aws, {**item, "permissions": [{"sid": "partner", "principal": "210987654321"}]})


def test_a_rule_keeps_its_role_its_state_and_the_rest_of_its_targets(aws: Aws, account: EmbeddedAws) -> None:
    events = account.client("events")
    events.put_rule(
        Name="nightly", ScheduleExpression="rate(1 day)", State="ENABLED", RoleArn="arn:aws:iam::123456789012:role/r"
    )
    queue = "arn:aws:sqs:eu-central-2:123456789012:nightly.fifo"
    target = {"Id": "queue", "Arn": queue, "SqsParameters": {"MessageGroupId": "one"}}
    events.put_targets(Rule="nightly", Targets=[target])
    wanted = {"id": "queue", "arn": queue, "maximum_retry_attempts": 3}
    run(EventRule, aws, {"name": "nightly", "schedule": "rate(2 days)", "description": "x", "targets": [wanted]})
    assert events.describe_rule(Name="nightly")["RoleArn"] == "arn:aws:iam::123456789012:role/r"
    (found,) = events.list_targets_by_rule(Rule="nightly")["Targets"]
    assert found["SqsParameters"] == {"MessageGroupId": "one"}
    assert found["RetryPolicy"]["MaximumRetryAttempts"] == 3


def test_a_parameter_keeps_its_pattern_and_its_tier(aws: Aws, account: EmbeddedAws) -> None:
    ssm = account.client("ssm")
    ssm.put_parameter(Name="/acme/port", Value="1", Type="String", AllowedPattern=r"\d+", Tier="Advanced")
    run(SsmParameter, aws, {"name": "/acme/port", "value": "2"})
    (found,) = ssm.describe_parameters()["Parameters"]
    assert (found["AllowedPattern"], found["Tier"], found["Version"]) == (r"\d+", "Advanced", 2)


def test_sign_in_through_saml_survives_another_provider(account: EmbeddedAws) -> None:
    region = "eu-central-1"
    grafana = account.client("grafana", region)
    made = grafana.create_workspace(
        workspaceName="acme",
        accountAccessType="CURRENT_ACCOUNT",
        permissionType="SERVICE_MANAGED",
        authenticationProviders=["SAML"],
    )
    saml = {"idpMetadata": {"url": "https://idp.example.com"}, "roleValues": {"admin": ["ops"]}}
    workspace = made["workspace"]["id"]
    grafana.update_workspace_authentication(
        workspaceId=workspace, authenticationProviders=["SAML"], samlConfiguration=saml
    )
    item = {"name": "acme", "authentication_providers": ["SAML", "AWS_SSO"], "description": ""}
    run(GrafanaWorkspace, Aws(ModuleTwin(account, region)), {**item, "notification_destinations": []})
    found = grafana.describe_workspace_authentication(workspaceId=workspace)["authentication"]
    assert found["saml"]["configuration"] == saml


def test_limits_of_a_prometheus_workspace_stay(aws: Aws, account: EmbeddedAws) -> None:
    amp = account.client("amp")
    limits = [{"limits": {"maxSeries": 5}, "labelSet": {"team": "a"}}]
    workspace = amp.create_workspace(alias="acme")["workspaceId"]
    amp.update_workspace_configuration(workspaceId=workspace, limitsPerLabelSet=limits)
    account.forget_calls()
    run(PrometheusWorkspace, aws, {"alias": "acme", "retention_days": 30})
    configuration = amp.describe_workspace_configuration(workspaceId=workspace)["workspaceConfiguration"]
    assert (configuration["limitsPerLabelSet"], configuration["retentionPeriodInDays"]) == (limits, 30)


def test_numbers_and_booleans_of_policies_and_tags_are_texts(aws: Aws, account: EmbeddedAws) -> None:
    """YAML makes numbers of accounts and booleans of switches; AWS keeps texts of both."""
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": 210987654321},
        "Action": ["sts:AssumeRole", "sts:AssumeRole"],
        "Condition": {"Bool": {"aws:SecureTransport": True}, "NumericLessThan": {"aws:MultiFactorAuthAge": 300}},
    }
    trust = {"Version": "2012-10-17", "Statement": statement}
    tags = {"Cost": 4711, "Shared": True, "Nothing": None, "Rate": 0.5}
    run(IamRole, aws, {"name": "partner", "assume_role_policy": trust, "tags": tags, "managed_policy_arns": []})
    role = account.client("iam").get_role(RoleName="partner")["Role"]
    found = role["AssumeRolePolicyDocument"]["Statement"]
    assert found["Principal"] == {"AWS": "210987654321"}
    assert json.dumps(found["Condition"]) == json.dumps(
        {"Bool": {"aws:SecureTransport": "true"}, "NumericLessThan": {"aws:MultiFactorAuthAge": "300"}}
    )
    assert {tag["Key"]: tag["Value"] for tag in role["Tags"]} == {"Cost": "4711", "Shared": "true", "Rate": "0.5"}
