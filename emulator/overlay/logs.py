# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""CloudWatch Logs: encryption keys of log groups, and the checks that moto leaves out."""

from __future__ import annotations

from typing import Any

from moto.logs.models import logs_backends

from .. import policy, state
from ..call import AwsError, Call
from ..registry import operation
from .common import key_arn

RETENTIONS = (
    1,
    3,
    5,
    7,
    14,
    30,
    60,
    90,
    120,
    150,
    180,
    365,
    400,
    545,
    731,
    1096,
    1827,
    2192,
    2557,
    2922,
    3288,
    3653,
)
_NEEDED = ("kms:Encrypt", "kms:Decrypt", "kms:ReEncryptTo", "kms:GenerateDataKey", "kms:DescribeKey")


def _groups(call: Call) -> dict[str, Any]:
    groups: dict[str, Any] = logs_backends[call.account][call.region].groups
    return groups


def _group(call: Call, name: str) -> Any:
    if name not in _groups(call):
        raise AwsError("ResourceNotFoundException", "The specified log group does not exist.", 400)
    return _groups(call)[name]


def _usable_key(call: Call, key_id: str, group_name: str) -> str:
    """Return the key's ARN if its policy lets CloudWatch Logs use it for this log group."""
    from moto.kms.models import kms_backends

    arn = key_arn(call, key_id, "InvalidParameterException")
    key = kms_backends[call.account][call.region].keys[arn.split("/")[-1]]
    principal = f"logs.{call.region}.amazonaws.com"
    group_arn = call.arn(f"log-group:{group_name}", "logs")
    context = {
        "kms:EncryptionContext:aws:logs:arn": group_arn,
        "aws:SourceArn": group_arn,
        "aws:SourceAccount": call.account,
        "kms:CallerAccount": call.account,
    }
    statements = policy.load(key.policy)
    names = [principal, "logs.amazonaws.com"]
    if any(policy.decide(statements, names, action, arn, context) != "Allow" for action in _NEEDED):
        raise AwsError(
            "InvalidParameterException",
            f"The specified KMS Key Id could not be found or its policy does not allow {principal} to use it: {arn}",
            400,
        )
    return arn


@operation("logs", "CreateLogGroup")
def create(call: Call) -> Any:
    """Create a log group, with a key only if CloudWatch Logs may use it."""
    name = call.params["logGroupName"]
    if call.params.get("kmsKeyId") and name not in _groups(call):
        _usable_key(call, call.params["kmsKeyId"], name)
    response = call.pass_through()
    if response.status < 300:
        _protected(call)[name] = bool(call.params.get("deletionProtectionEnabled"))
    return response


def _protected(call: Call) -> dict[str, bool]:
    """Return by name whether a log group is protected from deletion."""
    protected: dict[str, bool] = state.store("logs", call.account, call.region)["protected"]
    return protected


@operation("logs", "PutLogGroupDeletionProtection")
def protect(call: Call) -> Any:
    """Protect a log group from deletion, or no longer."""
    name = call.params["logGroupIdentifier"].split(":log-group:")[-1].removesuffix(":*")
    _protected(call)[_group(call, name).name] = call.params["deletionProtectionEnabled"]


@operation("logs", "DeleteLogGroup")
def delete(call: Call) -> Any:
    """Delete a log group that is not protected."""
    name = call.params["logGroupName"]
    if _protected(call).get(name) and name in _groups(call):
        raise AwsError("ValidationException", f"The log group {name} has deletion protection enabled.", 400)
    _protected(call).pop(name, None)
    return call.pass_through()


def _target(call: Call) -> Any:
    identifier = call.params.get("logGroupName") or call.params.get("resourceIdentifier") or ""
    return _group(call, identifier.split(":log-group:")[-1].removesuffix(":*"))


@operation("logs", "AssociateKmsKey")
def associate(call: Call) -> Any:
    """Encrypt new events of a log group with a key."""
    group = _target(call)
    group.kms_key_id = _usable_key(call, call.params["kmsKeyId"], group.name)


@operation("logs", "DisassociateKmsKey")
def disassociate(call: Call) -> Any:
    """Return to encryption by the service."""
    _target(call).kms_key_id = None


@operation("logs", "PutRetentionPolicy")
def put_retention(call: Call) -> Any:
    """Set the retention to one of the allowed numbers of days."""
    days = call.params["retentionInDays"]
    if days not in RETENTIONS:
        raise AwsError(
            "InvalidParameterException",
            f"1 validation error detected: Value '{days}' at 'retentionInDays' "
            "failed to satisfy constraint: Member must satisfy enum value set: "
            f"[{', '.join(str(item) for item in RETENTIONS)}]",
            400,
        )
    return call.pass_through()


@operation("logs", "DescribeLogGroups")
def describe(call: Call) -> Any:
    """List log groups with the members that moto leaves out."""
    pattern = call.params.get("logGroupNamePattern")
    if pattern and call.params.get("logGroupNamePrefix"):
        raise AwsError("InvalidParameterException", "Use either a prefix or a pattern.", 400)
    result = call.forward()
    for item in result["logGroups"]:
        item["logGroupClass"] = "STANDARD"
        item["deletionProtectionEnabled"] = _protected(call).get(item["logGroupName"], False)
        if pattern and pattern.lower() not in item["logGroupName"].lower():
            item["logGroupName"] = ""
    result["logGroups"] = [item for item in result["logGroups"] if item["logGroupName"]]
    return result
