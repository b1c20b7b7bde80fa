# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""One environment for each account and region: who else has what is wanted is said in one sentence, before a write."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.dataai.platform.plugins.module_utils.aws.session import Aws
from ansible_collections.dataai.platform.plugins.module_utils.checks import occupancy
from ansible_collections.dataai.platform.plugins.module_utils.checks.secrets import names

from .conftest import EmbeddedAws
from .kinds.invocation_logging import GROUP as OTHER_GROUP
from .kinds.invocation_logging import make_role

ROLES = ("common", "secrets", "bedrock")
STAGING = {
    "product": "chat",
    "environment_name": "staging",
    "common_names": {"bedrock_log_group": "/acme/chat/staging/bedrock/model-invocations"},
    "enable_bedrock_logging": True,
    "bedrock_adopt_logging": False,
    "postgresql_databases": {"chat": "chat"},
}
DEV = {"product:Id": "chat", "product:Environment": "dev"}
TAGS = [{"Key": key, "Value": value} for key, value in DEV.items()]
GROUP = "/acme/chat/dev/bedrock/model-invocations"


def ask(aws: Aws, **changes: Any) -> tuple[list[str], list[str]]:
    """Return problems and warnings of a deployment of ``staging``."""
    warnings: list[str] = []
    return list(occupancy.api_problems(aws, ROLES, {**STAGING, **changes}, warnings)), warnings


def deploy_secrets(account: EmbeddedAws, tags: list[dict[str, str]]) -> None:
    """Make the secrets of an environment."""
    for name in names(STAGING):
        account.client("secretsmanager").create_secret(Name=name, Tags=tags)


def deploy_logging(account: EmbeddedAws) -> None:
    """Let Bedrock log to the group of environment ``dev``."""
    account.client("logs").create_log_group(logGroupName=GROUP, tags=DEV)
    role = make_role(account)
    rights = account.client("iam").get_role_policy(RoleName="bedrock-logging", PolicyName="write")["PolicyDocument"]
    document = str(rights).replace(OTHER_GROUP, GROUP).replace("'", '"')
    account.client("iam").put_role_policy(RoleName="bedrock-logging", PolicyName="dev", PolicyDocument=document)
    config = {"cloudWatchConfig": {"logGroupName": GROUP, "roleArn": role}}
    account.client("bedrock").put_model_invocation_logging_configuration(loggingConfig=config)


def test_an_empty_account_and_ones_own_have_room(aws: Aws, account: EmbeddedAws) -> None:
    assert ask(aws) == ([], [])
    deploy_secrets(account, [TAGS[0], {"Key": "product:Environment", "Value": "staging"}])
    account.client("secretsmanager").delete_secret(SecretId="psql-host", RecoveryWindowInDays=7)
    account.forget_calls()
    assert ask(aws) == ([], [])
    assert [call["operation"] for call in account.calls() if call["service"] == "secretsmanager"] == ["ListSecrets"]


def test_another_environment_is_named_in_one_sentence(aws: Aws, account: EmbeddedAws) -> None:
    deploy_secrets(account, TAGS)
    deploy_logging(account)
    account.forget_calls()
    ((problem,), warnings) = ask(aws)
    assert problem.startswith("environment staging has no room in account 123456789012 and region eu-central-2")
    assert "environment dev of product chat has the 26 secrets (azure-openai-endpoint-definitions, " in problem
    assert f"and Bedrock's invocation logging (to log group {GROUP}) there since 20" in problem
    assert "use another account or region, or take environment dev of product chat down first" in problem
    assert (account.writes(), warnings) == ([], [])


def test_secrets_that_are_pending_deletion_still_hold_their_names(aws: Aws, account: EmbeddedAws) -> None:
    deploy_secrets(account, TAGS)
    for name in names(STAGING):
        account.client("secretsmanager").delete_secret(SecretId=name, RecoveryWindowInDays=7)
    ((problem,), _warnings) = ask(aws)
    assert "environment dev of product chat has the names of 26 secrets" in problem
    assert "pending deletion (dated 20" in problem
    assert "destroy.yml of environment dev of product chat and secrets_recovery_window_days: 0" in problem


def test_logging_alone_can_be_left_or_taken_over(aws: Aws, account: EmbeddedAws) -> None:
    deploy_logging(account)
    ((problem,), _warnings) = ask(aws)
    assert "set enable_bedrock_logging: false to leave it to its owner, or bedrock_adopt_logging: true" in problem
    assert ask(aws, enable_bedrock_logging=False) == ([], [])
    assert ask(aws, bedrock_adopt_logging=True) == ([], [])
    assert ask(aws, common_names={"bedrock_log_group": GROUP}) == ([], [])


def test_what_no_tag_names_and_what_a_service_manages_is_told_too(aws: Aws, account: EmbeddedAws) -> None:
    secrets = account.client("secretsmanager")
    secrets.create_secret(Name="psql-host")
    secrets.delete_secret(SecretId="psql-host", RecoveryWindowInDays=7)
    abroad = account.client("secretsmanager", "eu-west-1")
    abroad.create_secret(Name="psql-port", AddReplicaRegions=[{"Region": "eu-central-2"}])
    problems, _warnings = ask(aws)
    assert len(problems) == 2
    assert any("somebody whom no tag names has the names of 1 secret (psql-host)" in text for text in problems)
    assert any("it is a replica of the secret in eu-west-1" in text and "(psql-port)" in text for text in problems)


@pytest.mark.parametrize("operation", ["ListSecrets", "*"])
def test_who_may_not_list_asks_for_each_and_who_may_not_look_is_warned(
    aws: Aws, account: EmbeddedAws, operation: str
) -> None:
    deploy_secrets(account, TAGS)
    account.admin(
        "POST", "faults", {"service": "secretsmanager", "operation": operation, "kind": "access_denied", "rate": 1.0}
    )
    problems, warnings = ask(aws)
    if operation == "*":
        assert problems == []
        assert "whether the names of the secrets are free was not checked" in warnings[0]
    else:
        assert "the 26 secrets" in problems[0]
