# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Amazon Managed Grafana: workspaces, authentication, configuration."""

from __future__ import annotations

import json
import secrets as random_source
from typing import Any

from .. import state
from ..call import AwsError, Call, page
from ..provisioning import Phase
from ..registry import gate, operation
from .common import GONE, check_security_groups, key_arn, now, role, subnets, sweep

REGIONS = (
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "eu-central-1",
    "eu-west-1",
    "eu-west-2",
    "us-east-1",
    "us-east-2",
    "us-west-2",
)
VERSIONS = ("8.4", "9.4", "10.4", "12.4")
_DEFAULT_VERSION = "10.4"


@gate("grafana")
def check_region(call: Call) -> None:
    """Refuse every call in a region without the service: AWS has no endpoint there at all.

    Raises:
        AwsError: UnknownEndpoint.
    """
    if call.region not in REGIONS:
        raise AwsError("UnknownEndpoint", f"Amazon Managed Grafana has no endpoint in {call.region}", 404)


def _table(call: Call) -> dict[str, Any]:
    records = state.store("grafana", call.account, call.region)["workspaces"]
    sweep(records)
    return records


def _invalid(message: str) -> AwsError:
    return AwsError("ValidationException", message, 400)


def _workspace(call: Call, usable: bool = False) -> dict[str, Any]:
    workspace_id = call.params["workspaceId"]
    record: dict[str, Any] | None = _table(call).get(workspace_id)
    if record is None:
        raise AwsError("ResourceNotFoundException", f"Workspace {workspace_id} not found", 404)
    # What failed can be tried again; a workspace that could not be made can be deleted and no more.
    fine = ("CREATION_FAILED", "DELETION_FAILED") if call.operation == "DeleteWorkspace" else ()
    status = record["phase"].status
    if usable and status not in ("ACTIVE", "UPDATE_FAILED", "UPGRADE_FAILED", "VERSION_UPDATE_FAILED", *fine):
        raise AwsError("ConflictException", f"Workspace {workspace_id} is in state {status}", 409)
    return record


def _show(record: dict[str, Any], status: str | None = None) -> dict[str, Any]:
    return record["values"] | {
        "status": status or record["phase"].status,
        "tags": record["tags"],
        "authentication": {"providers": record["providers"], **_saml_status(record)},
    }


def _saml_status(record: dict[str, Any]) -> dict[str, str]:
    if "SAML" not in record["providers"]:
        return {}
    return {"samlConfigurationStatus": "CONFIGURED" if record["saml"] else "NOT_CONFIGURED"}


def _check_network(call: Call, values: dict[str, Any]) -> None:
    vpc = values.get("vpcConfiguration")
    if vpc:
        found = subnets(call, vpc["subnetIds"], "ValidationException")
        if len({item.availability_zone for item in found}) < 2:
            raise _invalid("The subnets of vpcConfiguration must be in at least two Availability Zones")
        check_security_groups(call, vpc["securityGroupIds"], found[0].vpc_id)
    if values.get("workspaceRoleArn") and role(call, values["workspaceRoleArn"]) is None:
        raise _invalid(f"The role {values['workspaceRoleArn']} does not exist or cannot be assumed")


_NAMES = {
    "accountAccessType": "accountAccessType",
    "organizationRoleName": "organizationRoleName",
    "permissionType": "permissionType",
    "stackSetName": "stackSetName",
    "workspaceDataSources": "dataSources",
    "workspaceDescription": "description",
    "workspaceName": "name",
    "workspaceNotificationDestinations": "notificationDestinations",
    "workspaceRoleArn": "workspaceRoleArn",
    "workspaceOrganizationalUnits": "organizationalUnits",
    "vpcConfiguration": "vpcConfiguration",
    "networkAccessControl": "networkAccessControl",
    "ipAddressType": "ipAddressType",
}


@operation("grafana", "CreateWorkspace")
def create(call: Call) -> Any:
    """Create a workspace."""
    params = call.params
    if params["permissionType"] == "CUSTOMER_MANAGED" and not params.get("workspaceRoleArn"):
        raise _invalid("workspaceRoleArn is required for the permission type CUSTOMER_MANAGED")
    version = params.get("grafanaVersion", _DEFAULT_VERSION)
    if version not in VERSIONS:
        raise _invalid(f"Unsupported Grafana version {version}")
    _check_network(call, params)
    workspace_id = f"g-{random_source.token_hex(5)}"
    phase = Phase("grafana", "ACTIVE")
    phase.begin("CREATING")
    values = {target: params[name] for name, target in _NAMES.items() if params.get(name) is not None}
    values |= {
        "id": workspace_id,
        "created": now(),
        "modified": now(),
        "grafanaVersion": version,
        "freeTrialConsumed": False,
        "endpoint": f"{workspace_id}.grafana-workspace.{call.region}.amazonaws.com",
        "kmsKeyId": key_arn(call, params["kmsKeyId"], "ValidationException") if params.get("kmsKeyId") else None,
    }
    record = {
        "phase": phase,
        "values": values,
        "tags": dict(params.get("tags") or {}),
        "saml": None,
        "providers": params["authenticationProviders"],
        "configuration": params.get("configuration") or "{}",
    }
    _table(call)[workspace_id] = record
    return {"workspace": _show(record, phase.started)}


@operation("grafana", "DescribeWorkspace")
def describe(call: Call) -> Any:
    """Show a workspace."""
    return {"workspace": _show(_workspace(call))}


@operation("grafana", "ListWorkspaces")
def list_workspaces(call: Call) -> Any:
    """List workspaces."""
    return page(call, [_show(item) for item in _table(call).values()])


@operation("grafana", "UpdateWorkspace")
def update(call: Call) -> Any:
    """Change a workspace; the permission type can only become customer managed."""
    record, params = _workspace(call, usable=True), call.params
    present = record["values"].get("permissionType")
    if present == "CUSTOMER_MANAGED" and params.get("permissionType") == "SERVICE_MANAGED":
        raise _invalid("The permission type cannot be changed from CUSTOMER_MANAGED to SERVICE_MANAGED")
    for group in (
        ("vpcConfiguration", "removeVpcConfiguration"),
        ("networkAccessControl", "removeNetworkAccessConfiguration"),
    ):
        if params.get(group[0]) and params.get(group[1]):
            raise _invalid(f"{group[0]} and {group[1]} cannot be combined")
        if params.get(group[1]):
            record["values"].pop(group[0], None)
    _check_network(call, params)
    record["values"] |= {target: params[name] for name, target in _NAMES.items() if params.get(name) is not None}
    record["values"]["modified"] = now()
    record["phase"].begin("UPDATING")
    return {"workspace": _show(record, record["phase"].started)}


@operation("grafana", "DeleteWorkspace")
def delete(call: Call) -> Any:
    """Delete a workspace."""
    record = _workspace(call, usable=True)
    record["phase"].begin("DELETING", GONE)
    return {"workspace": _show(record, record["phase"].started)}


def _show_authentication(record: dict[str, Any]) -> dict[str, Any]:
    shown: dict[str, Any] = {"providers": record["providers"]}
    if "SAML" in record["providers"]:
        shown["saml"] = {"status": "CONFIGURED" if record["saml"] else "NOT_CONFIGURED"}
        if record["saml"]:
            shown["saml"]["configuration"] = record["saml"]
    if "AWS_SSO" in record["providers"]:
        shown["awsSso"] = {"ssoClientId": record["values"]["id"]}
    return {"authentication": shown}


@operation("grafana", "DescribeWorkspaceAuthentication")
def describe_authentication(call: Call) -> Any:
    """Show how users log in."""
    return _show_authentication(_workspace(call))


@operation("grafana", "UpdateWorkspaceAuthentication")
def update_authentication(call: Call) -> Any:
    """Replace how users log in."""
    record, params = _workspace(call, usable=True), call.params
    saml = params.get("samlConfiguration")
    if saml and "SAML" not in params["authenticationProviders"]:
        raise _invalid("samlConfiguration needs the authentication provider SAML")
    record["providers"] = params["authenticationProviders"]
    record["saml"] = saml
    return _show_authentication(record)


@operation("grafana", "DescribeWorkspaceConfiguration")
def describe_configuration(call: Call) -> Any:
    """Show the configuration string."""
    record = _workspace(call)
    return {"configuration": record["configuration"], "grafanaVersion": record["values"]["grafanaVersion"]}


@operation("grafana", "UpdateWorkspaceConfiguration")
def update_configuration(call: Call) -> Any:
    """Change the configuration string, or upgrade."""
    record, params = _workspace(call, usable=True), call.params
    try:
        json.loads(params["configuration"])
    except ValueError as error:
        raise _invalid("The configuration is not valid JSON") from error
    version = params.get("grafanaVersion")
    if version:
        present = record["values"]["grafanaVersion"]
        if version not in VERSIONS or VERSIONS.index(version) < VERSIONS.index(present):
            raise _invalid(f"The workspace cannot change from version {present} to {version}")
        record["values"]["grafanaVersion"] = version
    record["configuration"] = params["configuration"]
    record["phase"].begin("UPDATING")
    return {}


@operation("grafana", "ListVersions")
def list_versions(call: Call) -> Any:
    """List the versions that can be chosen, or upgraded to."""
    present = _workspace(call)["values"]["grafanaVersion"] if call.params.get("workspaceId") else None
    first = VERSIONS.index(present) + 1 if present else 0
    return {"grafanaVersions": list(VERSIONS[first:])}


def _tagged(call: Call) -> dict[str, str]:
    arn = call.params["resourceArn"]
    record = _table(call).get(arn.split("workspaces/")[-1])
    if record is None:
        raise AwsError("ResourceNotFoundException", f"Resource not found: {arn}", 404)
    tags: dict[str, str] = record["tags"]
    return tags


@operation("grafana", "TagResource")
def tag(call: Call) -> Any:
    """Add or change tags."""
    _tagged(call).update(call.params["tags"])
    return {}


@operation("grafana", "UntagResource")
def untag(call: Call) -> Any:
    """Remove tags."""
    tags = _tagged(call)
    for key in call.params["tagKeys"]:
        tags.pop(key, None)
    return {}


@operation("grafana", "ListTagsForResource")
def list_tags(call: Call) -> Any:
    """List tags."""
    return {"tags": _tagged(call)}
