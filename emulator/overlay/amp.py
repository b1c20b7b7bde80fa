# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Amazon Managed Service for Prometheus: workspaces with their logging and configuration."""

from __future__ import annotations

import re
import uuid
from typing import Any

from .. import state
from ..call import AwsError, Call, page
from ..provisioning import Phase
from ..registry import operation
from .common import GONE, key_arn, log_group, now, sweep

_LOG_GROUP = re.compile(r"arn:aws[a-z-]*:logs:([a-z0-9-]+):(\d{12}):log-group:([^:]+):\*")


def _table(call: Call) -> dict[str, Any]:
    records = state.store("amp", call.account, call.region)["workspaces"]
    sweep(records)
    return records


def _invalid(message: str) -> AwsError:
    return AwsError("ValidationException", message, 400)


def _workspace(call: Call, usable: bool = False) -> dict[str, Any]:
    workspace_id = call.params["workspaceId"]
    record: dict[str, Any] | None = _table(call).get(workspace_id)
    if record is None:
        raise AwsError("ResourceNotFoundException", f"Workspace not found: {workspace_id}", 404)
    # A workspace that could not be made can still be deleted.
    fine = ("ACTIVE", "CREATION_FAILED") if call.operation == "DeleteWorkspace" else ("ACTIVE",)
    if usable and record["phase"].status not in fine:
        raise AwsError("ConflictException", f"Workspace is in state {record['phase'].status}", 409)
    return record


def _show(call: Call, record: dict[str, Any], status: str | None = None) -> dict[str, Any]:
    endpoint = f"https://aps-workspaces.{call.region}.amazonaws.com/workspaces/{record['id']}/"
    shown = {
        "workspaceId": record["id"],
        "alias": record["alias"],
        "arn": record["arn"],
        "createdAt": record["created"],
        "status": {"statusCode": status or record["phase"].status},
        "prometheusEndpoint": endpoint,
        "tags": record["tags"],
        "kmsKeyArn": record["kms"],
    }
    return {key: value for key, value in shown.items() if value is not None}


@operation("amp", "CreateWorkspace")
def create(call: Call) -> Any:
    """Create a workspace."""
    params = call.params
    kms = key_arn(call, params["kmsKeyArn"], "ValidationException") if params.get("kmsKeyArn") else None
    workspace_id = f"ws-{uuid.uuid4()}"
    phase = Phase("amp", "ACTIVE")
    phase.begin("CREATING")
    alias = (params.get("alias") or "").strip() or None
    record = {
        "id": workspace_id,
        "alias": alias,
        "arn": call.arn(f"workspace/{workspace_id}", "aps"),
        "created": now(),
        "tags": dict(params.get("tags") or {}),
        "kms": kms,
        "phase": phase,
        "logging": None,
        "query_logging": None,
        "configuration": {"retentionPeriodInDays": 150, "limitsPerLabelSet": []},
        "policy": None,
    }
    _table(call)[workspace_id] = record
    return _show(call, record, phase.started)


@operation("amp", "DescribeWorkspace")
def describe(call: Call) -> Any:
    """Show a workspace."""
    return {"workspace": _show(call, _workspace(call))}


@operation("amp", "ListWorkspaces")
def list_workspaces(call: Call) -> Any:
    """List workspaces; `alias` is a prefix."""
    prefix = call.params.get("alias") or ""
    shown = [_show(call, item) for item in _table(call).values() if (item["alias"] or "").startswith(prefix)]
    for item in shown:
        item.pop("prometheusEndpoint")
    return page(call, shown)


@operation("amp", "UpdateWorkspaceAlias")
def update_alias(call: Call) -> Any:
    """Change the alias."""
    _workspace(call, usable=True)["alias"] = (call.params.get("alias") or "").strip() or None


@operation("amp", "DeleteWorkspace")
def delete(call: Call) -> Any:
    """Delete a workspace with all its data."""
    _workspace(call, usable=True)["phase"].begin("DELETING", GONE)


def _checked_log_group(call: Call, arn: str) -> str:
    found = _LOG_GROUP.fullmatch(arn)
    if not found:
        raise _invalid("The log group ARN must end with :*")
    if found[1] != call.region or log_group(call, found[3]) is None:
        raise _invalid(f"Log group {arn} does not exist in this region")
    return arn


@operation("amp", "CreateLoggingConfiguration", "UpdateLoggingConfiguration")
def put_logging(call: Call) -> Any:
    """Set where rule and alert manager errors are logged."""
    record = _workspace(call, usable=True)
    create_it = call.operation.startswith("Create")
    if create_it and record["logging"]:
        raise AwsError("ConflictException", "The workspace already has a logging configuration", 409)
    if not create_it and not record["logging"]:
        raise AwsError("ResourceNotFoundException", "The workspace has no logging configuration", 404)
    arn = _checked_log_group(call, call.params["logGroupArn"])
    created = now() if create_it else record["logging"]["createdAt"]
    record["logging"] = {
        "status": {"statusCode": "ACTIVE"},
        "workspace": record["id"],
        "logGroupArn": arn,
        "createdAt": created,
        "modifiedAt": now(),
    }
    return {"status": {"statusCode": "CREATING" if create_it else "UPDATING"}}


@operation("amp", "DescribeLoggingConfiguration")
def describe_logging(call: Call) -> Any:
    """Show the logging configuration."""
    record = _workspace(call)
    if not record["logging"]:
        raise AwsError("ResourceNotFoundException", "The workspace has no logging configuration", 404)
    return {"loggingConfiguration": record["logging"]}


@operation("amp", "DeleteLoggingConfiguration")
def delete_logging(call: Call) -> Any:
    """Remove the logging configuration."""
    record = _workspace(call)
    if not record["logging"]:
        raise AwsError("ResourceNotFoundException", "The workspace has no logging configuration", 404)
    record["logging"] = None


@operation("amp", "CreateQueryLoggingConfiguration", "UpdateQueryLoggingConfiguration")
def put_query_logging(call: Call) -> Any:
    """Set where queries are logged."""
    record, destinations = _workspace(call, usable=True), call.params["destinations"]
    if call.operation.startswith("Create") and record["query_logging"]:
        raise AwsError("ConflictException", "The workspace already has a query logging configuration", 409)
    for item in destinations:
        _checked_log_group(call, item["cloudWatchLogs"]["logGroupArn"])
    record["query_logging"] = {
        "status": {"statusCode": "ACTIVE"},
        "workspace": record["id"],
        "createdAt": now(),
        "destinations": destinations,
        "modifiedAt": now(),
    }
    return {"status": {"statusCode": "CREATING"}}


@operation("amp", "DescribeQueryLoggingConfiguration", "DeleteQueryLoggingConfiguration")
def query_logging(call: Call) -> Any:
    """Show or remove the query logging configuration."""
    record = _workspace(call)
    if not record["query_logging"]:
        raise AwsError("ResourceNotFoundException", "The workspace has no query logging configuration", 404)
    if call.operation.startswith("Describe"):
        return {"queryLoggingConfiguration": record["query_logging"]}
    record["query_logging"] = None
    return None


@operation("amp", "DescribeWorkspaceConfiguration")
def describe_configuration(call: Call) -> Any:
    """Show retention and limits."""
    return {"workspaceConfiguration": {"status": {"statusCode": "ACTIVE"}, **_workspace(call)["configuration"]}}


@operation("amp", "UpdateWorkspaceConfiguration")
def update_configuration(call: Call) -> Any:
    """Change retention and limits."""
    record = _workspace(call, usable=True)
    names = ("retentionPeriodInDays", "limitsPerLabelSet", "outOfOrderTimeWindowInSeconds", "ruleQueryOffsetInSeconds")
    record["configuration"] |= {name: call.params[name] for name in names if call.params.get(name) is not None}
    return {"status": {"statusCode": "UPDATING"}}


@operation("amp", "PutResourcePolicy", "DescribeResourcePolicy", "DeleteResourcePolicy")
def resource_policy(call: Call) -> Any:
    """Keep, show or remove the workspace's policy."""
    record = _workspace(call)
    if call.operation.startswith("Put"):
        record["policy"] = {"policyDocument": call.params["policyDocument"], "revisionId": uuid.uuid4().hex}
        return {"policyStatus": "CREATING", "revisionId": record["policy"]["revisionId"]}
    if not record["policy"]:
        raise AwsError("ResourceNotFoundException", "The workspace has no resource policy", 404)
    if call.operation.startswith("Describe"):
        return record["policy"] | {"policyStatus": "ACTIVE"}
    record["policy"] = None
    return None


def _tagged(call: Call) -> dict[str, str]:
    arn = call.params["resourceArn"]
    record = _table(call).get(arn.split("workspace/")[-1])
    if record is None:
        raise AwsError("ResourceNotFoundException", f"Resource not found: {arn}", 404)
    tags: dict[str, str] = record["tags"]
    return tags


@operation("amp", "TagResource")
def tag(call: Call) -> Any:
    """Add or change tags."""
    _tagged(call).update(call.params["tags"])
    return {}


@operation("amp", "UntagResource")
def untag(call: Call) -> Any:
    """Remove tags."""
    tags = _tagged(call)
    for key in call.params["tagKeys"]:
        tags.pop(key, None)
    return {}


@operation("amp", "ListTagsForResource")
def list_tags(call: Call) -> Any:
    """List tags."""
    return {"tags": _tagged(call)}
