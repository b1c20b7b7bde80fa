# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The policies around the buckets of the data-and-AI layer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..core.partitions import DOMAINS

Policy = dict[str, Any]
Statement = dict[str, Any]

#: Every action of S3 that reads, writes or lists objects, their versions, tags, locks, annotations and uploads, and
#: none that manages a bucket. The wildcards also cover actions on objects that AWS adds under these names.
DATA_ACTIONS = (
    "s3:AbortMultipartUpload",
    "s3:BypassGovernanceRetention",
    "s3:DeleteObject*",
    "s3:GetObject*",
    "s3:InitiateReplication",
    "s3:ListBucket",
    "s3:ListBucketMultipartUploads",
    "s3:ListBucketVersions",
    "s3:ListMultipartUploadParts",
    "s3:ListObject*",
    "s3:ObjectOwnerOverrideToBucketOwner",
    "s3:PutObject*",
    "s3:Replicate*",
    "s3:RestoreObject",
    "s3:UpdateObject*",
)

#: What a consumer of a bucket does with the bucket and with its objects, multipart uploads included.
CONSUMER_BUCKET_ACTIONS = ("s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads")
CONSUMER_OBJECT_ACTIONS = (
    "s3:AbortMultipartUpload",
    "s3:DeleteObject",
    "s3:GetObject",
    "s3:ListMultipartUploadParts",
    "s3:PutObject",
)
CONSUMER_KEY_ACTIONS = ("kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey")


def bucket_arn(bucket: str, partition: str = "aws") -> str:
    """Return the ARN of a bucket."""
    return f"arn:{partition}:s3:::{bucket}"


def document(*statements: Statement | None) -> Policy:
    """Return a policy of the statements that are there."""
    return {"Version": "2012-10-17", "Statement": [entry for entry in statements if entry]}


def deny_insecure_transport(bucket: str, *, partition: str = "aws") -> Statement:
    """Deny everything over plain HTTP, to AWS services too."""
    arn = bucket_arn(bucket, partition)
    return {
        "Sid": "DenyInsecureTransport",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [arn, f"{arn}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


def deny_data_outside_endpoint(
    bucket: str, endpoint_id: str, exempt_principal_arns: Sequence[str] = (), *, partition: str = "aws"
) -> Statement:
    """Deny data access that does not come through the gateway endpoint.

    A request without the key ``aws:SourceVpce`` matches the negated operator, so everything from outside is denied.
    Services of AWS that write on their own behalf (log delivery) have no endpoint and are left to other statements.

    Args:
        bucket: name of the bucket.
        endpoint_id: id of the S3 gateway endpoint.
        exempt_principal_arns: roles and users that may come from anywhere, in an emergency.
        partition: the partition of AWS.
    """
    arn = bucket_arn(bucket, partition)
    condition: dict[str, Any] = {
        "StringNotEquals": {"aws:SourceVpce": endpoint_id},
        "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
    }
    if exempt_principal_arns:
        condition["ArnNotLike"] = {"aws:PrincipalArn": list(exempt_principal_arns)}
    return {
        "Sid": "DenyDataAccessOutsideVpcEndpoint",
        "Effect": "Deny",
        "Principal": "*",
        "Action": list(DATA_ACTIONS),
        "Resource": [arn, f"{arn}/*"],
        "Condition": condition,
    }


def allow_bedrock_delivery(bucket: str, *, account: str, region: str, prefix: str, partition: str = "aws") -> Statement:
    """Let Bedrock deliver the logs of this account's invocations in this region."""
    folder = f"{prefix.strip('/')}/" if prefix.strip("/") else ""
    return {
        "Sid": "AmazonBedrockLogsWrite",
        "Effect": "Allow",
        "Principal": {"Service": "bedrock.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": f"{bucket_arn(bucket, partition)}/{folder}AWSLogs/{account}/BedrockModelInvocationLogs/*",
        "Condition": {
            "StringEquals": {"aws:SourceAccount": account},
            "ArnLike": {"aws:SourceArn": f"arn:{partition}:bedrock:{region}:{account}:*"},
        },
    }


def allow_log_delivery(bucket: str, sources: Iterable[str], account: str, *, partition: str = "aws") -> Statement:
    """Let S3 write the access logs of the buckets ``sources``."""
    return {
        "Sid": "S3ServerAccessLogsWrite",
        "Effect": "Allow",
        "Principal": {"Service": "logging.s3.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": f"{bucket_arn(bucket, partition)}/*",
        "Condition": {
            "StringEquals": {"aws:SourceAccount": account},
            "ArnLike": {"aws:SourceArn": sorted(bucket_arn(source, partition) for source in sources)},
        },
    }


def consumer(buckets: Iterable[str], key_arn: str, region: str, *, partition: str = "aws") -> Policy:
    """Return the policy of a consumer of buckets whose objects are encrypted with a key.

    Args:
        buckets: names of the buckets.
        key_arn: ARN of the key, and the only one.
        region: of the buckets, which may be another than that in the ARN of a key of several regions.
        partition: the partition of AWS.
    """
    arns = sorted(bucket_arn(bucket, partition) for bucket in buckets)
    objects = [f"{arn}/*" for arn in arns]
    return document(
        _allow("ListBuckets", CONSUMER_BUCKET_ACTIONS, arns),
        _allow("UseObjects", CONSUMER_OBJECT_ACTIONS, objects),
        {
            **_allow("UseKey", CONSUMER_KEY_ACTIONS, [key_arn]),
            "Condition": _through_s3(region, [*arns, *objects], partition),
        },
    )


def _through_s3(region: str, arns: Sequence[str], partition: str) -> dict[str, Any]:
    """Return the condition that a key is used by S3 for objects of these buckets, and never by the caller himself.

    S3 gives the bucket as encryption context where there is a bucket key, else the object.
    """
    return {
        "StringEquals": {"kms:ViaService": f"s3.{region}.{DOMAINS[partition]}"},
        "StringLike": {"kms:EncryptionContext:aws:s3:arn": list(arns)},
    }


def _allow(sid: str, actions: Sequence[str], resources: Sequence[str]) -> Statement:
    return {"Sid": sid, "Effect": "Allow", "Action": list(actions), "Resource": list(resources)}


# --- lifecycle ------------------------------------------------------------------------------------------------------

#: The settings of a bucket's lifecycle: days, 0 for never, and a class.
LIFECYCLE_SETTINGS = (
    "infrequent_access_days",
    "archive_days",
    "archive_class",
    "noncurrent_infrequent_access_days",
    "noncurrent_expiration_days",
    "abort_upload_days",
)


def lifecycle_rules(settings: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the lifecycle rules that settings ask for."""
    current = _steps(
        STANDARD_IA=settings.get("infrequent_access_days"),
        **{str(settings.get("archive_class")): settings.get("archive_days")},
    )
    old = _steps(STANDARD_IA=settings.get("noncurrent_infrequent_access_days"))
    expiration = int(settings.get("noncurrent_expiration_days") or 0)
    abort = int(settings.get("abort_upload_days") or 0)
    rules: list[dict[str, Any]] = []
    if current:
        rules.append({"id": "transitions", "transitions": current})
    if old or expiration:
        rule: dict[str, Any] = {"id": "noncurrent-versions", "noncurrent_transitions": old}
        if expiration:
            # A delete marker is of no use once the versions below it are gone.
            rule.update(noncurrent_expiration_days=expiration, expired_object_delete_marker=True)
        rules.append(rule)
    if abort:
        rules.append({"id": "unfinished-uploads", "abort_incomplete_multipart_upload_days": abort})
    return rules


def _steps(**days: int | None) -> list[dict[str, Any]]:
    return [{"days": int(after), "storage_class": name} for name, after in days.items() if int(after or 0)]
