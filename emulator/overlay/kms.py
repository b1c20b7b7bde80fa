# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""KMS: rotation periods, and what a key that waits for its deletion refuses."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from moto.kms.models import kms_backends

from .. import policy, state
from ..call import AwsError, Call
from ..registry import gate, operation
from .common import now

_REFUSED_WHILE_PENDING = (
    "CreateAlias",
    "CreateGrant",
    "Decrypt",
    "DisableKey",
    "DisableKeyRotation",
    "EnableKey",
    "EnableKeyRotation",
    "Encrypt",
    "GenerateDataKey",
    "GenerateDataKeyWithoutPlaintext",
    "PutKeyPolicy",
    "ScheduleKeyDeletion",
    "TagResource",
    "UntagResource",
    "UpdateAlias",
    "UpdateKeyDescription",
)


def _key(call: Call) -> Any:
    backend = kms_backends[call.account][call.region]
    given = call.params.get("KeyId") or call.params.get("TargetKeyId") or ""
    alias = given[given.find("alias/") :] if "alias/" in given else None
    key_id = backend.get_key_id_from_alias(alias) if alias else given.split("/")[-1]
    return backend.keys.get(key_id)


@gate("kms")
def refuse_pending(call: Call) -> None:
    """Refuse to use or change a key that waits for its deletion.

    Raises:
        AwsError: KMSInvalidStateException.
    """
    if call.operation == "EnableKey" and (key := _key(call)) is not None and key.key_state == "PendingImport":
        raise AwsError("KMSInvalidStateException", f"{key.arn} is pending import.", 400)
    if call.operation in _REFUSED_WHILE_PENDING:
        key = _key(call)
        if key is not None and key.key_state == "PendingDeletion":
            raise AwsError("KMSInvalidStateException", f"{key.arn} is pending deletion.", 400)


@operation("kms", "ScheduleKeyDeletion")
def schedule_deletion(call: Call) -> Any:
    """Schedule a deletion in 7 to 30 days."""
    if not 7 <= call.params.get("PendingWindowInDays", 30) <= 30:
        raise AwsError("ValidationException", "PendingWindowInDays must be between 7 and 30.", 400)
    return call.pass_through()


@operation("kms", "EnableKeyRotation")
def enable_rotation(call: Call) -> Any:
    """Turn rotation on, with a period of a year unless another is given."""
    response = call.pass_through()
    if response.status < 300:
        rotations = state.store("kms", call.account, call.region)["rotation"]
        rotations[_key(call).id] = {"days": call.params.get("RotationPeriodInDays", 365), "since": now()}
    return response


@operation("kms", "GetKeyRotationStatus")
def rotation_status(call: Call) -> Any:
    """Show rotation with its period; of a key whose material KMS did not make there is none."""
    if (key := _key(call)) is not None and key.origin != "AWS_KMS":
        raise AwsError("UnsupportedOperationException", f"{key.arn} origin is {key.origin} which is not valid.", 400)
    result = call.forward()
    key = _key(call)
    record = state.store("kms", call.account, call.region)["rotation"].get(key.id)
    result["KeyId"] = key.arn
    if result.get("KeyRotationEnabled") and record:
        result["RotationPeriodInDays"] = record["days"]
        result["NextRotationDate"] = record["since"] + timedelta(days=record["days"])
    return result


@operation("kms", "CreateKey", "PutKeyPolicy")
def check_policy(call: Call) -> Any:
    """Refuse a policy that is malformed, or that would lock the account out of its key."""
    text = call.params.get("Policy")
    if text is None:
        return _made(call)
    try:
        statements = policy.load(text)
    except json.JSONDecodeError as error:
        raise AwsError("MalformedPolicyDocumentException", "The policy is not valid JSON.", 400) from error
    if any(not {"Effect", "Principal", "Action", "Resource"} <= set(item) for item in statements) or not statements:
        raise AwsError(
            "MalformedPolicyDocumentException", "Policy contains a statement with one or more invalid elements.", 400
        )
    root = f"arn:{call.partition}:iam::{call.account}:root"
    names = [root, call.account, f"arn:{call.partition}:iam::{call.account}:user/moto"]
    if not call.params.get("BypassPolicyLockoutSafetyCheck") and (
        policy.decide(statements, names, "kms:PutKeyPolicy", "*", {"kms:CallerAccount": call.account}) != "Allow"
    ):
        raise AwsError(
            "MalformedPolicyDocumentException",
            "The new key policy will not allow you to update the key policy in the future.",
            400,
        )
    return _made(call)


def _made(call: Call) -> Any:
    """Let moto do it. A key for material from elsewhere waits for that."""
    response = call.pass_through()
    if call.params.get("Origin") == "EXTERNAL" and response.status < 300:
        key = kms_backends[call.account][call.region].keys[call.decode(response)["KeyMetadata"]["KeyId"]]
        key.key_state, key.enabled = "PendingImport", False
    return response
