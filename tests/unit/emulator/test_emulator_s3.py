# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""S3: policies with conditions, lifecycle rules, logging."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

BUCKET = "application-data"
ARN = f"arn:aws:s3:::{BUCKET}"
VPCE = "vpce-0123456789abcdef0"
VPC_ONLY = {
    "Sid": "VpcOnly",
    "Effect": "Deny",
    "Principal": "*",
    "Resource": [ARN, f"{ARN}/*"],
    "Action": ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:ListBucket"],
    "Condition": {"StringNotEquals": {"aws:SourceVpce": VPCE}, "BoolIfExists": {"aws:PrincipalIsAWSService": "false"}},
}
HTTPS = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Resource": [ARN, f"{ARN}/*"],
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}


@pytest.fixture
def s3(client: Any) -> Any:
    made = client("s3")
    made.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-2"})
    return made


@contextmanager
def _header(s3: Any, name: str, value: str) -> Iterator[None]:
    def add(request: Any, **kwargs: Any) -> None:
        request.headers[name] = value

    s3.meta.events.register("before-send.s3", add)
    try:
        yield
    finally:
        s3.meta.events.unregister("before-send.s3", add)


def _policy(s3: Any, *statements: Any) -> None:
    s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps({"Version": "2012-10-17", "Statement": list(statements)}))


def test_data_only_through_the_endpoint(s3: Any, refused: Any) -> None:
    s3.put_object(Bucket=BUCKET, Key="before", Body=b"x")
    _policy(s3, VPC_ONLY, HTTPS)
    for call in (
        lambda: s3.put_object(Bucket=BUCKET, Key="k", Body=b"x"),
        lambda: s3.get_object(Bucket=BUCKET, Key="before"),
        lambda: s3.list_objects_v2(Bucket=BUCKET),
        lambda: s3.delete_object(Bucket=BUCKET, Key="before"),
    ):
        with refused("AccessDenied"):
            call()
    assert (
        s3.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": "before"}]})["Errors"][0]["Code"] == "AccessDenied"
    )
    assert s3.get_bucket_encryption(Bucket=BUCKET)
    with _header(s3, "x-emulator-source-vpce", VPCE):
        s3.put_object(Bucket=BUCKET, Key="k", Body=b"x")
        assert s3.list_objects_v2(Bucket=BUCKET)["KeyCount"] == 2
    with _header(s3, "x-emulator-source-vpce", "vpce-other"), refused("AccessDenied"):
        s3.get_object(Bucket=BUCKET, Key="k")


def test_plain_http_is_denied(s3: Any, refused: Any) -> None:
    _policy(s3, HTTPS)
    s3.put_object(Bucket=BUCKET, Key="k", Body=b"x")
    with _header(s3, "x-emulator-insecure", "1"), refused("AccessDenied"):
        s3.get_object(Bucket=BUCKET, Key="k")


def test_deleting_the_policy_opens_the_bucket_again(s3: Any) -> None:
    _policy(s3, VPC_ONLY)
    s3.delete_bucket_policy(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key="k", Body=b"x")
    assert s3.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": "k"}]})["Deleted"] == [{"Key": "k"}]


def test_only_protected_objects_of_a_batch_stay(s3: Any) -> None:
    for key in ("kept", "gone"):
        s3.put_object(Bucket=BUCKET, Key=key, Body=b"x")
    _policy(s3, {"Effect": "Deny", "Principal": "*", "Action": "s3:DeleteObject", "Resource": f"{ARN}/kept"})
    answer = s3.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": "kept"}, {"Key": "gone"}]})
    assert [item["Key"] for item in answer["Deleted"]] == ["gone"]
    assert [item["Key"] for item in answer["Errors"]] == ["kept"]


@pytest.mark.parametrize(
    "statement",
    [
        {"Effect": "Deny", "Action": "s3:*", "Resource": ARN},
        {"Effect": "Perhaps"} | {"Principal": "*"},
        VPC_ONLY | {"Resource": "arn:aws:s3:::another"},
        VPC_ONLY | {"Action": "ec2:RunInstances"},
    ],
)
def test_malformed_policies_are_refused(s3: Any, refused: Any, statement: Any) -> None:
    with refused("MalformedPolicy"):
        _policy(s3, statement)


def test_a_deny_for_everyone_is_not_public(s3: Any, refused: Any) -> None:
    block = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)
    s3.put_public_access_block(Bucket=BUCKET, PublicAccessBlockConfiguration=block)
    _policy(s3, VPC_ONLY)
    with refused("AccessDenied"):
        _policy(s3, {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"{ARN}/*"})


def _lifecycle(s3: Any, *rules: Any, **params: Any) -> None:
    filled = [
        {"ID": f"r{number}", "Status": "Enabled", "Filter": {"Prefix": ""}} | rule for number, rule in enumerate(rules)
    ]
    s3.put_bucket_lifecycle_configuration(Bucket=BUCKET, LifecycleConfiguration={"Rules": filled}, **params)


def _transitions(*items: tuple[int, str]) -> dict[str, Any]:
    return {"Transitions": [{"Days": days, "StorageClass": name} for days, name in items]}


def test_lifecycle_keeps_the_minimum_size(s3: Any) -> None:
    rule = _transitions((30, "STANDARD_IA"), (90, "GLACIER")) | {
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7}
    }
    noncurrent = {"NoncurrentVersionExpiration": {"NoncurrentDays": 90}}
    _lifecycle(s3, rule | noncurrent, TransitionDefaultMinimumObjectSize="varies_by_storage_class")
    shown = s3.get_bucket_lifecycle_configuration(Bucket=BUCKET)
    assert shown["TransitionDefaultMinimumObjectSize"] == "varies_by_storage_class"
    assert [item["Days"] for item in shown["Rules"][0]["Transitions"]] == [30, 90]
    _lifecycle(s3, rule)
    shown = s3.get_bucket_lifecycle_configuration(Bucket=BUCKET)
    assert shown["TransitionDefaultMinimumObjectSize"] == "all_storage_classes_128K"


@pytest.mark.parametrize(
    "rule",
    [
        _transitions((10, "STANDARD_IA")),
        _transitions((30, "STANDARD_IA"), (40, "GLACIER")),
        _transitions((90, "STANDARD_IA"), (30, "GLACIER")),
        _transitions((30, "STANDARD_IA")) | {"Expiration": {"Days": 20}},
    ],
)
def test_rules_out_of_order_are_refused(s3: Any, refused: Any, rule: Any) -> None:
    with refused("InvalidArgument"):
        _lifecycle(s3, rule)


def test_a_rule_without_an_action_is_refused(s3: Any, refused: Any) -> None:
    with refused("InvalidRequest"):
        _lifecycle(s3, {})


def test_logging_to_a_bucket_of_the_region(s3: Any, client: Any, refused: Any) -> None:
    assert "LoggingEnabled" not in s3.get_bucket_logging(Bucket=BUCKET)
    wanted = {"LoggingEnabled": {"TargetBucket": BUCKET, "TargetPrefix": "access/"}}
    s3.put_bucket_logging(Bucket=BUCKET, BucketLoggingStatus=wanted)
    assert s3.get_bucket_logging(Bucket=BUCKET)["LoggingEnabled"] == wanted["LoggingEnabled"]
    with refused("InvalidTargetBucketForLogging"):
        s3.put_bucket_logging(
            Bucket=BUCKET, BucketLoggingStatus={"LoggingEnabled": {"TargetBucket": "none", "TargetPrefix": ""}}
        )
    s3.put_bucket_logging(Bucket=BUCKET, BucketLoggingStatus={})
    assert "LoggingEnabled" not in s3.get_bucket_logging(Bucket=BUCKET)


def test_settings_of_a_bucket_come_back(s3: Any, key: str) -> None:
    rule = {
        "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key},
        "BucketKeyEnabled": True,
    }
    s3.put_bucket_encryption(Bucket=BUCKET, ServerSideEncryptionConfiguration={"Rules": [rule]})
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    s3.put_bucket_ownership_controls(
        Bucket=BUCKET, OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    )
    s3.put_bucket_tagging(Bucket=BUCKET, Tagging={"TagSet": [{"Key": "a", "Value": "b"}]})
    assert s3.get_bucket_encryption(Bucket=BUCKET)["ServerSideEncryptionConfiguration"]["Rules"] == [rule]
    assert s3.get_bucket_versioning(Bucket=BUCKET)["Status"] == "Enabled"
    assert s3.get_bucket_tagging(Bucket=BUCKET)["TagSet"] == [{"Key": "a", "Value": "b"}]
    s3.put_object(Bucket=BUCKET, Key="k", Body=b"x")
    assert s3.list_object_versions(Bucket=BUCKET)["Versions"][0]["Key"] == "k"
