# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""S3: bucket policies with their conditions, lifecycle rules, access logging."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any
from xml.sax.saxutils import escape

from moto.iam.access_control import PermissionResult
from moto.s3.models import FakeBucket, s3_backends

from .. import policy, state
from ..call import AwsError, Call, Response, fresh_environ, run_wsgi
from ..registry import gate, operation


def _leave_to_gate(self: FakeBucket, action: str, resource: str) -> PermissionResult:
    return PermissionResult.NEUTRAL


# moto denies by bucket policy without looking at conditions; the gate below evaluates the whole statement.
FakeBucket.get_permission = _leave_to_gate  # type: ignore[method-assign]

_MINIMUM_SIZE_HEADER = "x-amz-transition-default-minimum-object-size"
_ACTIONS = {
    "CompleteMultipartUpload": "PutObject",
    "CopyObject": "PutObject",
    "CreateMultipartUpload": "PutObject",
    "DeleteBucketCors": "PutBucketCORS",
    "DeleteBucketEncryption": "PutEncryptionConfiguration",
    "DeleteBucketLifecycle": "PutLifecycleConfiguration",
    "DeleteBucketReplication": "PutReplicationConfiguration",
    "DeleteBucketTagging": "PutBucketTagging",
    "DeletePublicAccessBlock": "PutBucketPublicAccessBlock",
    "GetBucketAccelerateConfiguration": "GetAccelerateConfiguration",
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
    "GetBucketNotificationConfiguration": "GetBucketNotification",
    "GetBucketReplication": "GetReplicationConfiguration",
    "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "HeadBucket": "ListBucket",
    "HeadObject": "GetObject",
    "ListBuckets": "ListAllMyBuckets",
    "ListMultipartUploads": "ListBucketMultipartUploads",
    "ListObjectVersions": "ListBucketVersions",
    "ListObjects": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "ListParts": "ListMultipartUploadParts",
    "PutBucketAccelerateConfiguration": "PutAccelerateConfiguration",
    "PutBucketEncryption": "PutEncryptionConfiguration",
    "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
    "PutBucketNotificationConfiguration": "PutBucketNotification",
    "PutBucketReplication": "PutReplicationConfiguration",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
    "UploadPart": "PutObject",
    "UploadPartCopy": "PutObject",
}
_WITH_VERSION = {
    "GetObject",
    "DeleteObject",
    "GetObjectAcl",
    "PutObjectAcl",
    "GetObjectTagging",
    "PutObjectTagging",
    "DeleteObjectTagging",
    "GetObjectAttributes",
}


def _bucket(call: Call, name: str | None = None) -> Any:
    bucket = s3_backends[call.account][call.partition].buckets.get(name or call.params.get("Bucket", ""))
    if bucket is None:
        raise AwsError("NoSuchBucket", "The specified bucket does not exist", 404)
    return bucket


def _action(call: Call) -> str:
    action = _ACTIONS.get(call.operation, call.operation)
    if call.params.get("VersionId") and action in _WITH_VERSION:
        action = action.replace("Object", "ObjectVersion", 1)
    return f"s3:{action}"


def _context(call: Call) -> policy.Context:
    context = {
        "aws:SecureTransport": "false" if call.header("x-emulator-insecure") else "true",
        "aws:PrincipalIsAWSService": "false",
        "aws:PrincipalAccount": call.account,
        "aws:SourceIp": "127.0.0.1",
        "aws:PrincipalArn": _caller(call),
    }
    optional = {
        "aws:SourceVpce": call.header("x-emulator-source-vpce"),
        "s3:prefix": call.params.get("Prefix"),
        "s3:x-amz-server-side-encryption": call.params.get("ServerSideEncryption"),
    }
    return context | {key: value for key, value in optional.items() if value}


def _caller(call: Call) -> str:
    from moto.iam.models import iam_backends

    for user in iam_backends[call.account][call.partition].users.values():
        if any(key.access_key_id == call.access_key_id for key in user.access_keys):
            return str(user.arn)
    return f"arn:{call.partition}:iam::{call.account}:user/moto"


def _denied(call: Call, action: str, resource: str) -> bool:
    bucket = s3_backends[call.account][call.partition].buckets.get(call.params["Bucket"])
    if bucket is None or not bucket.policy:
        return False
    names = [_caller(call), call.account, f"arn:{call.partition}:iam::{call.account}:root"]
    return policy.decide(policy.load(bucket.policy), names, action, resource, _context(call)) == "Deny"


def _refusal(call: Call, action: str, resource: str) -> AwsError:
    return AwsError(
        "AccessDenied",
        f"User: {_caller(call)} is not authorized to perform: {action} on resource: "
        f'"{resource}" with an explicit deny in a resource-based policy',
        403,
    )


@gate("s3")
def enforce_policy(call: Call) -> None:
    """Refuse what the bucket's policy denies.

    Raises:
        AwsError: AccessDenied.
    """
    if not call.params.get("Bucket") or call.operation in ("CreateBucket", "DeleteObjects"):
        return
    key = call.params.get("Key")
    resource = f"arn:{call.partition}:s3:::{call.params['Bucket']}" + (f"/{key}" if key else "")
    action = _action(call)
    if _denied(call, action, resource):
        raise _refusal(call, action, resource)


@operation("s3", "DeleteObjects")
def delete_objects(call: Call) -> Any:
    """Delete several objects; those that the policy protects are reported beside the others."""
    _bucket(call)
    wanted = call.params["Delete"]["Objects"]
    arn = f"arn:{call.partition}:s3:::{call.params['Bucket']}/"
    denied = [
        item
        for item in wanted
        if _denied(call, "s3:DeleteObjectVersion" if item.get("VersionId") else "s3:DeleteObject", arn + item["Key"])
    ]
    if not denied:
        return call.pass_through()
    errors = [
        {"Key": item["Key"], "VersionId": item.get("VersionId"), "Code": "AccessDenied", "Message": "Access Denied"}
        for item in denied
    ]
    allowed = [item for item in wanted if item not in denied]
    result = _delete(call, allowed) if allowed else {}
    return {"Deleted": result.get("Deleted", []), "Errors": errors + result.get("Errors", [])}


def _delete(call: Call, items: list[dict[str, Any]]) -> dict[str, Any]:
    versions = [
        f"<VersionId>{escape(item['VersionId'])}</VersionId>" if item.get("VersionId") else "" for item in items
    ]
    entries = "".join(
        f"<Object><Key>{escape(item['Key'])}</Key>{version}</Object>"
        for item, version in zip(items, versions, strict=True)
    )
    environ = fresh_environ(call.environ, f"<Delete>{entries}</Delete>".encode())
    return call.decode(run_wsgi(call.moto, environ))


@operation("s3", "PutBucketPolicy")
def put_policy(call: Call) -> Any:
    """Set the policy after the checks that S3 makes."""
    bucket, text = _bucket(call), call.params["Policy"]
    try:
        statements = policy.load(text)
    except ValueError as error:
        raise AwsError("MalformedPolicy", "This policy contains invalid Json", 400) from error
    if not statements:
        raise AwsError("MalformedPolicy", "Missing required field Statement", 400)
    arn = f"arn:{call.partition}:s3:::{bucket.name}"
    for item in statements:
        _check_statement(item, arn)
    block = bucket.public_access_block
    if block and str(block.block_public_policy).lower() == "true" and any(_is_public(item) for item in statements):
        raise AwsError(
            "AccessDenied",
            "User is not authorized to perform: s3:PutBucketPolicy because public policies are "
            "prevented by the BlockPublicPolicy setting in S3 Block Public Access.",
            403,
        )
    return call.pass_through()


def _check_statement(item: dict[str, Any], arn: str) -> None:
    if item.get("Effect") not in ("Allow", "Deny"):
        raise AwsError("MalformedPolicy", "Invalid effect", 400)
    for names in (("Principal", "NotPrincipal"), ("Action", "NotAction"), ("Resource", "NotResource")):
        if not any(name in item for name in names):
            raise AwsError("MalformedPolicy", f"Missing required field {names[0]}", 400)
    for action in policy.as_list(item.get("Action")):
        if not re.fullmatch(r"\*|s3:[A-Za-z*?]+|s3-object-lambda:[A-Za-z*?]+", action, re.IGNORECASE):
            raise AwsError("MalformedPolicy", "Policy has invalid action", 400)
    for resource in policy.as_list(item.get("Resource")):
        if resource not in ("*", arn) and not resource.startswith(f"{arn}/"):
            raise AwsError("MalformedPolicy", "Policy has invalid resource", 400)


def _is_public(item: dict[str, Any]) -> bool:
    everyone = item.get("Principal") in ("*", {"AWS": "*"}, {"AWS": ["*"]})
    return item.get("Effect") == "Allow" and everyone and not item.get("Condition")


@operation("s3", "PutBucketEncryption")
def put_encryption(call: Call) -> Any:
    """Replace the encryption, and with it the types of encryption that are blocked."""
    response = call.pass_through()
    if response.status < 300:
        configurations = state.store("s3", call.account, call.partition)["encryption"]
        configurations[call.params["Bucket"]] = call.params["ServerSideEncryptionConfiguration"]
    return response


@operation("s3", "GetBucketEncryption")
def get_encryption(call: Call) -> Any:
    """Show the encryption; a bucket without a setting of its own uses keys of S3 and refuses those of customers."""
    response = call.pass_through()
    stored = state.store("s3", call.account, call.partition)["encryption"].get(call.params["Bucket"])
    if response.status < 300 and stored:
        return {"ServerSideEncryptionConfiguration": stored}
    if response.status != 404 or b"ServerSideEncryptionConfigurationNotFoundError" not in response.body:
        return response
    rule = {
        "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"},
        "BucketKeyEnabled": False,
        "BlockedEncryptionTypes": {"EncryptionType": ["SSE-C"]},
    }
    return {"ServerSideEncryptionConfiguration": {"Rules": [rule]}}


# Lifecycle

_CLASSES = ("STANDARD_IA", "INTELLIGENT_TIERING", "ONEZONE_IA", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE")


def _argument(message: str) -> AwsError:
    return AwsError("InvalidArgument", message, 400)


def _check_transitions(items: list[dict[str, Any]], member: str) -> int:
    """Check the order and minimum ages of transitions; returns the last one's days (-1 where there is none)."""
    dated = [item for item in items if item.get(member) is not None]
    for item in dated:
        if item["StorageClass"] in ("STANDARD_IA", "ONEZONE_IA") and item[member] < 30:
            raise _argument(
                f"'Days' in Transition action must be greater than or equal to 30 for storageClass "
                f"'{item['StorageClass']}'"
            )
    ordered = sorted(dated, key=lambda item: _CLASSES.index(item["StorageClass"]))
    for first, second in pairwise(ordered):
        gap = 30 if first["StorageClass"] in ("STANDARD_IA", "ONEZONE_IA") else 1
        if second[member] < first[member] + gap:
            raise _argument(
                f"'Days' in the Transition action for StorageClass '{second['StorageClass']}' must be {gap} "
                f"days more than in the Transition action for StorageClass '{first['StorageClass']}'"
            )
    return int(ordered[-1][member]) if ordered else -1


def _check_rule(rule: dict[str, Any]) -> None:
    actions = (
        "Expiration",
        "Transitions",
        "NoncurrentVersionTransitions",
        "NoncurrentVersionExpiration",
        "AbortIncompleteMultipartUpload",
    )
    if not any(rule.get(name) for name in actions):
        raise AwsError("InvalidRequest", "At least one action needs to be specified in a rule", 400)
    if ("Filter" in rule) == ("Prefix" in rule):
        raise AwsError(
            "MalformedXML",
            "The XML you provided was not well-formed or did not validate against our published schema",
            400,
        )
    last = _check_transitions(rule.get("Transitions") or [], "Days")
    expiration = (rule.get("Expiration") or {}).get("Days")
    if expiration is not None and expiration <= last:
        raise _argument("'Days' in the Expiration action must be greater than 'Days' in the Transition action")
    last = _check_transitions(rule.get("NoncurrentVersionTransitions") or [], "NoncurrentDays")
    expiration = (rule.get("NoncurrentVersionExpiration") or {}).get("NoncurrentDays")
    if expiration is not None and expiration <= last:
        raise _argument(
            "'NoncurrentDays' in the NoncurrentVersionExpiration action must be greater than "
            "'NoncurrentDays' in the NoncurrentVersionTransition action"
        )


def _sizes(call: Call) -> dict[str, str]:
    return state.store("s3", call.account, call.partition)["transition_minimum_size"]


def _set_minimum_size(response: Response, size: str) -> None:
    """Put the header in the place of the constant one that moto sends."""
    response.headers[:] = [entry for entry in response.headers if entry[0].lower() != _MINIMUM_SIZE_HEADER]
    response.headers.append((_MINIMUM_SIZE_HEADER, size))


@operation("s3", "PutBucketLifecycleConfiguration")
def put_lifecycle(call: Call) -> Response:
    """Replace the rules, and the minimum size of objects that transition, as S3 does with every such call."""
    bucket = _bucket(call)
    rules = (call.params.get("LifecycleConfiguration") or {}).get("Rules") or []
    ids = [rule["ID"] for rule in rules if rule.get("ID")]
    if len(set(ids)) < len(ids):
        raise _argument("Rule ID must be unique. Found same ID for more than one rule")
    for rule in rules:
        _check_rule(rule)
    size = call.params.get("TransitionDefaultMinimumObjectSize", "all_storage_classes_128K")
    response = call.pass_through()
    if response.status < 300:
        _sizes(call)[bucket.name] = size
        _set_minimum_size(response, size)
    return response


@operation("s3", "GetBucketLifecycleConfiguration")
def get_lifecycle(call: Call) -> Response:
    """Show the rules with the minimum size."""
    response = call.pass_through()
    if response.status < 300:
        size = _sizes(call).get(call.params["Bucket"], "all_storage_classes_128K")
        _set_minimum_size(response, size)
    return response


# Access logging


@operation("s3", "PutBucketLogging")
def put_logging(call: Call) -> Any:
    """Turn access logging on or off; the target is a bucket in the same region."""
    bucket = _bucket(call)
    wanted = (call.params.get("BucketLoggingStatus") or {}).get("LoggingEnabled")
    if not wanted:
        bucket.logging = {}
        return {}
    target = s3_backends[call.account][call.partition].buckets.get(wanted["TargetBucket"])
    if target is None:
        raise AwsError("InvalidTargetBucketForLogging", "The target bucket for logging does not exist", 400)
    if target.region_name != bucket.region_name:
        raise AwsError("CrossLocationLoggingProhibitted", "Cross S3 location logging not allowed.", 403)
    state.store("s3", call.account, call.partition)["logging"][bucket.name] = wanted
    bucket.logging = dict(wanted)
    return {}


@operation("s3", "GetBucketLogging")
def get_logging(call: Call) -> Any:
    """Show access logging."""
    bucket = _bucket(call)
    stored = state.store("s3", call.account, call.partition)["logging"]
    return {"LoggingEnabled": stored[bucket.name]} if bucket.logging and bucket.name in stored else {}
