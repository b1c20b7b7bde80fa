# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""IAM, KMS and the tagging API, where moto differs from AWS."""

from __future__ import annotations

import json
from typing import Any

import pytest

from emulator import policy


def test_a_user_leaves_when_nothing_is_left(client: Any, refused: Any) -> None:
    iam = client("iam")
    iam.create_user(UserName="one", Path="/service-accounts/")
    keys = [iam.create_access_key(UserName="one")["AccessKey"]["AccessKeyId"] for _ in range(2)]
    with refused("LimitExceeded"):
        iam.create_access_key(UserName="one")
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_user_policy(UserName="one", PolicyName="p", PolicyDocument=document)
    with refused("DeleteConflict", "access keys"):
        iam.delete_user(UserName="one")
    for item in keys:
        iam.delete_access_key(UserName="one", AccessKeyId=item)
    with refused("DeleteConflict", "policies"):
        iam.delete_user(UserName="one")
    iam.delete_user_policy(UserName="one", PolicyName="p")
    iam.delete_user(UserName="one")


def test_a_role_leaves_when_nothing_is_attached(client: Any, service_role: Any, refused: Any) -> None:
    iam = client("iam")
    service_role("one", "monitoring.rds.amazonaws.com")
    managed = "arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole"
    iam.attach_role_policy(RoleName="one", PolicyArn=managed)
    with refused("DeleteConflict"):
        iam.delete_role(RoleName="one")
    iam.detach_role_policy(RoleName="one", PolicyArn=managed)
    iam.delete_role(RoleName="one")


def test_managed_policies_are_unattached_after_a_reset(client: Any, service_role: Any, admin: Any) -> None:
    managed = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    service_role("one", "ec2.amazonaws.com")
    client("iam").attach_role_policy(RoleName="one", PolicyArn=managed)
    admin("POST", "/reset")
    assert client("iam").get_policy(PolicyArn=managed)["Policy"]["AttachmentCount"] == 0


def test_rotation_has_a_period(client: Any) -> None:
    kms = client("kms")
    key_id = kms.create_key()["KeyMetadata"]["KeyId"]
    assert kms.get_key_rotation_status(KeyId=key_id)["KeyRotationEnabled"] is False
    kms.enable_key_rotation(KeyId=key_id)
    assert kms.get_key_rotation_status(KeyId=key_id)["RotationPeriodInDays"] == 365
    kms.enable_key_rotation(KeyId=key_id, RotationPeriodInDays=90)
    assert kms.get_key_rotation_status(KeyId=key_id)["RotationPeriodInDays"] == 90


def test_a_key_pending_deletion_is_of_no_use(client: Any, refused: Any) -> None:
    kms = client("kms")
    key_id = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName="alias/one", TargetKeyId=key_id)
    with refused("ValidationException"):
        kms.schedule_key_deletion(KeyId=key_id, PendingWindowInDays=6)
    kms.schedule_key_deletion(KeyId=key_id, PendingWindowInDays=7)
    for call in (
        lambda: kms.encrypt(KeyId="alias/one", Plaintext=b"x"),
        lambda: kms.enable_key_rotation(KeyId=key_id),
        lambda: kms.update_alias(AliasName="alias/one", TargetKeyId=key_id),
    ):
        with refused("KMSInvalidStateException"):
            call()
    with refused("InvalidParameterException"):
        client("secretsmanager").create_secret(Name="one", KmsKeyId=key_id)
    kms.cancel_key_deletion(KeyId=key_id)
    kms.enable_key(KeyId=key_id)
    assert kms.encrypt(KeyId="alias/one", Plaintext=b"x")["CiphertextBlob"]


@pytest.mark.parametrize(
    "text",
    [
        "no json",
        '{"Statement": []}',
        json.dumps(
            {
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": {"Service": "logs.amazonaws.com"},
                        "Action": "kms:*",
                        "Resource": "*",
                    }
                ]
            }
        ),
    ],
)
def test_key_policies_that_lock_out_are_refused(client: Any, refused: Any, text: str) -> None:
    with refused("MalformedPolicyDocumentException"):
        client("kms").create_key(Policy=text)


def _decide(statement: dict[str, Any], context: dict[str, str]) -> str | None:
    return policy.decide([statement], ["arn:aws:iam::1:user/u"], "s3:GetObject", "arn:aws:s3:::b/k", context)


@pytest.mark.parametrize(
    ("condition", "context", "expected"),
    [
        ({"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}, {}, "Deny"),
        ({"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}, {"aws:SourceVpce": "vpce-1"}, None),
        ({"StringNotEqualsIfExists": {"aws:SourceVpce": "vpce-1"}}, {}, "Deny"),
        ({"StringEquals": {"aws:SourceVpce": "vpce-1"}}, {}, None),
        ({"StringEqualsIfExists": {"aws:SourceVpce": "vpce-1"}}, {}, "Deny"),
        ({"Bool": {"aws:SecureTransport": "false"}}, {"aws:SecureTransport": "true"}, None),
        ({"Bool": {"aws:SecureTransport": False}}, {"aws:SecureTransport": "false"}, "Deny"),
        ({"Null": {"aws:SourceVpce": "true"}}, {}, "Deny"),
        ({"NumericLessThan": {"s3:max-keys": "10"}}, {"s3:max-keys": "5"}, "Deny"),
        ({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, {"aws:SourceIp": "11.0.0.1"}, None),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:logs:*"}}, {"aws:SourceArn": "arn:aws:logs:eu"}, "Deny"),
    ],
)
def test_conditions(condition: Any, context: Any, expected: str | None) -> None:
    statement = {"Effect": "Deny", "Principal": "*", "Action": "s3:Get*", "Resource": "*", "Condition": condition}
    assert _decide(statement, context) == expected


def test_elements_of_a_statement() -> None:
    base = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::1:user/u"}, "Action": "S3:getobject", "Resource": "*"}
    assert _decide(base, {}) == "Allow"
    assert _decide(base | {"Principal": {"AWS": "arn:aws:iam::1:user/other"}}, {}) is None
    assert (
        _decide({key: value for key, value in base.items() if key != "Action"} | {"NotAction": "s3:Get*"}, {}) is None
    )
    assert _decide(base | {"Resource": "arn:aws:s3:::b"}, {}) is None


def test_tagged_resources_of_every_kind_are_found(client: Any) -> None:
    tag = {"Key": "layer", "Value": "data"}
    client("secretsmanager").create_secret(Name="one", Tags=[tag])
    client("amp").create_workspace(alias="one", tags={"layer": "data"})
    client("kms").create_key(Tags=[{"TagKey": "layer", "TagValue": "data"}])
    tagging = client("resourcegroupstaggingapi")
    found = tagging.get_resources(TagFilters=[{"Key": "layer", "Values": ["data"]}])["ResourceTagMappingList"]
    assert {item["ResourceARN"].split(":")[2] for item in found} == {"secretsmanager", "aps", "kms"}
    only = tagging.get_resources(ResourceTypeFilters=["secretsmanager:secret"])["ResourceTagMappingList"]
    assert [item["Tags"] for item in only] == [[tag]]
