# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""CloudWatch Logs, Managed Prometheus and Managed Grafana."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.provisioning import settings

GRAFANA_REGION = "eu-central-1"


@pytest.fixture
def logs(client: Any) -> Any:
    return client("logs")


@pytest.fixture
def amp(client: Any) -> Any:
    return client("amp")


@pytest.fixture
def grafana(client: Any) -> Any:
    return client("grafana", GRAFANA_REGION)


def _group(logs: Any, name: str = "/one") -> Any:
    return logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"][0]


def test_a_key_is_associated_and_taken_away(logs: Any, key: str) -> None:
    logs.create_log_group(logGroupName="/one", kmsKeyId=key)
    shown = _group(logs)
    assert shown["kmsKeyId"] == key
    assert shown["arn"] == shown["logGroupArn"] + ":*"
    logs.disassociate_kms_key(logGroupName="/one")
    assert "kmsKeyId" not in _group(logs)
    logs.associate_kms_key(logGroupName="/one", kmsKeyId=key)
    assert _group(logs)["kmsKeyId"] == key


def test_a_protected_group_stays(logs: Any, refused: Any) -> None:
    """Until it is no longer protected."""
    logs.create_log_group(logGroupName="/a", deletionProtectionEnabled=True)
    assert logs.describe_log_groups()["logGroups"][0]["deletionProtectionEnabled"] is True
    with refused("ValidationException", "deletion protection"):
        logs.delete_log_group(logGroupName="/a")
    logs.put_log_group_deletion_protection(logGroupIdentifier="/a", deletionProtectionEnabled=False)
    logs.delete_log_group(logGroupName="/a")
    assert logs.describe_log_groups()["logGroups"] == []


def test_a_key_that_logs_may_not_use_is_refused(logs: Any, client: Any, refused: Any) -> None:
    plain = client("kms").create_key()["KeyMetadata"]["Arn"]
    with refused("InvalidParameterException"):
        logs.create_log_group(logGroupName="/one", kmsKeyId=plain)
    logs.create_log_group(logGroupName="/one")
    with refused("InvalidParameterException"):
        logs.associate_kms_key(logGroupName="/one", kmsKeyId=plain)
    with refused("ResourceNotFoundException"):
        logs.associate_kms_key(logGroupName="/none", kmsKeyId=plain)


@pytest.mark.parametrize("days", [0, 2, 31, 4000])
def test_only_listed_retentions(logs: Any, refused: Any, days: int) -> None:
    logs.create_log_group(logGroupName="/one")
    with refused("InvalidParameterException"):
        logs.put_retention_policy(logGroupName="/one", retentionInDays=days)
    logs.put_retention_policy(logGroupName="/one", retentionInDays=365)
    assert _group(logs)["retentionInDays"] == 365


def _log_group_arn(logs: Any) -> str:
    logs.create_log_group(logGroupName="/prometheus")
    return str(_group(logs, "/prometheus")["arn"])


def test_a_workspace_keeps_its_key_and_logging(amp: Any, logs: Any, key: str, refused: Any) -> None:
    created = amp.create_workspace(alias=" one ", kmsKeyArn=key, tags={"a": "b"})
    assert created["status"]["statusCode"] == "CREATING"
    workspace, arn = created["workspaceId"], _log_group_arn(logs)
    shown = amp.describe_workspace(workspaceId=workspace)["workspace"]
    assert (shown["alias"], shown["kmsKeyArn"], shown["status"]["statusCode"]) == ("one", key, "ACTIVE")
    with refused("ResourceNotFoundException"):
        amp.describe_logging_configuration(workspaceId=workspace)
    with refused("ValidationException"):
        amp.create_logging_configuration(workspaceId=workspace, logGroupArn=arn.removesuffix(":*"))
    amp.create_logging_configuration(workspaceId=workspace, logGroupArn=arn)
    with refused("ConflictException"):
        amp.create_logging_configuration(workspaceId=workspace, logGroupArn=arn)
    assert amp.describe_logging_configuration(workspaceId=workspace)["loggingConfiguration"]["logGroupArn"] == arn
    amp.update_workspace_configuration(workspaceId=workspace, retentionPeriodInDays=30)
    configuration = amp.describe_workspace_configuration(workspaceId=workspace)["workspaceConfiguration"]
    assert configuration["retentionPeriodInDays"] == 30


def test_aliases_are_found_by_prefix_and_are_not_unique(amp: Any) -> None:
    for alias in ("one", "one", "one-more", "other"):
        amp.create_workspace(alias=alias)
    assert len(amp.list_workspaces(alias="one")["workspaces"]) == 3


def test_a_token_makes_a_workspace_once(amp: Any) -> None:
    first = amp.create_workspace(alias="one", clientToken="token")["workspaceId"]
    assert amp.create_workspace(alias="one", clientToken="token")["workspaceId"] == first


def test_workspaces_are_busy_for_a_while(amp: Any, refused: Any) -> None:
    settings.provisioning_seconds = {"amp": 30.0}
    workspace = amp.create_workspace(alias="one")["workspaceId"]
    with refused("ConflictException"):
        amp.delete_workspace(workspaceId=workspace)
    with refused("ValidationException"):
        amp.create_workspace(kmsKeyArn="arn:aws:kms:eu-central-2:123456789012:key/00000000-0000-0000-0000-000000000000")


def _workspace(grafana: Any, role: str, **changes: Any) -> Any:
    params = {
        "accountAccessType": "CURRENT_ACCOUNT",
        "permissionType": "CUSTOMER_MANAGED",
        "workspaceName": "one",
        "authenticationProviders": ["SAML"],
        "workspaceRoleArn": role,
    }
    return grafana.create_workspace(**params | changes)["workspace"]


def test_grafana_is_not_everywhere(client: Any, refused: Any) -> None:
    with refused("UnknownEndpoint"):
        client("grafana").list_workspaces()


def test_a_grafana_workspace(grafana: Any, service_role: Any, refused: Any) -> None:
    role = service_role("grafana", "grafana.amazonaws.com")
    created = _workspace(grafana, role, tags={"a": "b"})
    assert created["status"] == "CREATING"
    name = {"workspaceId": created["id"]}
    shown = grafana.describe_workspace(**name)["workspace"]
    assert (shown["status"], shown["authentication"]["samlConfigurationStatus"]) == ("ACTIVE", "NOT_CONFIGURED")
    saml = {"idpMetadata": {"url": "https://idp.example/metadata"}, "roleValues": {"admin": ["admins"]}}
    grafana.update_workspace_authentication(**name, authenticationProviders=["SAML"], samlConfiguration=saml)
    authentication = grafana.describe_workspace_authentication(**name)["authentication"]
    assert authentication["saml"] == {"status": "CONFIGURED", "configuration": saml}
    grafana.update_workspace(**name, networkAccessControl={"prefixListIds": [], "vpceIds": ["vpce-0123456789abcdef0"]})
    assert grafana.describe_workspace(**name)["workspace"]["networkAccessControl"]["vpceIds"]
    grafana.update_workspace_configuration(**name, configuration='{"unifiedAlerting": {"enabled": true}}')
    assert "unifiedAlerting" in grafana.describe_workspace_configuration(**name)["configuration"]
    with refused("ValidationException"):
        grafana.update_workspace(**name, permissionType="SERVICE_MANAGED")
    arn = f"arn:aws:grafana:{GRAFANA_REGION}:123456789012:/workspaces/{created['id']}"
    grafana.tag_resource(resourceArn=arn, tags={"c": "d"})
    assert grafana.list_tags_for_resource(resourceArn=arn)["tags"] == {"a": "b", "c": "d"}
    grafana.delete_workspace(**name)
    with refused("ResourceNotFoundException"):
        grafana.describe_workspace(**name)


@pytest.mark.parametrize(
    "changes",
    [
        {"workspaceName": "with space"},
        {"grafanaVersion": "1.0"},
        {"workspaceRoleArn": "arn:aws:iam::123456789012:role/none"},
        {
            "vpcConfiguration": {
                "subnetIds": ["subnet-00000001", "subnet-00000002"],
                "securityGroupIds": ["sg-00000001"],
            }
        },
    ],
)
def test_bad_grafana_workspaces_are_refused(grafana: Any, service_role: Any, refused: Any, changes: Any) -> None:
    role = service_role("grafana", "grafana.amazonaws.com")
    with refused("ValidationException"):
        _workspace(grafana, role, **changes)
