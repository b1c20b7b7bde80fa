# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The S3 bucket under the common rhythm."""

from __future__ import annotations

from typing import Any

from ansible_collections.dataai.platform.plugins.module_utils.kinds.s3_bucket import S3Bucket

from .case import Case, Item

NAME = "acme-app-test-data"
ALL = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")


def case(account: Any) -> Case:
    """Return the case for an empty account."""
    s3 = account.client("s3")
    key = account.client("kms").create_key()["KeyMetadata"]["Arn"]
    region = {"LocationConstraint": "eu-central-2"}
    s3.create_bucket(Bucket="acme-app-test-logs", CreateBucketConfiguration=region, ObjectOwnership="ObjectWriter")
    grantee = {"Type": "Group", "URI": "http://acs.amazonaws.com/groups/s3/LogDelivery"}
    owner = s3.get_bucket_acl(Bucket="acme-app-test-logs")["Owner"]
    grants = [{"Grantee": grantee, "Permission": right} for right in ("WRITE", "READ_ACP")]
    s3.put_bucket_acl(Bucket="acme-app-test-logs", AccessControlPolicy={"Owner": owner, "Grants": grants})

    def drift() -> None:
        s3.put_bucket_versioning(Bucket=NAME, VersioningConfiguration={"Status": "Suspended"})
        s3.delete_public_access_block(Bucket=NAME)
        s3.delete_bucket_lifecycle(Bucket=NAME)
        s3.delete_bucket_encryption(Bucket=NAME)

    def verify(item: Item) -> None:
        assert s3.get_bucket_location(Bucket=NAME)["LocationConstraint"] == "eu-central-2"
        assert s3.get_bucket_versioning(Bucket=NAME)["Status"] == "Enabled"
        (rule,) = s3.get_bucket_encryption(Bucket=NAME)["ServerSideEncryptionConfiguration"]["Rules"]
        assert rule["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
        assert rule["BucketKeyEnabled"] is True
        blocks = s3.get_public_access_block(Bucket=NAME)["PublicAccessBlockConfiguration"]
        assert blocks == dict.fromkeys(ALL, True)
        (controls,) = s3.get_bucket_ownership_controls(Bucket=NAME)["OwnershipControls"]["Rules"]
        assert controls["ObjectOwnership"] == "BucketOwnerEnforced"
        rules = {rule["ID"]: rule for rule in s3.get_bucket_lifecycle_configuration(Bucket=NAME)["Rules"]}
        wanted = {rule["id"]: rule for rule in item["lifecycle_rules"]}
        assert set(rules) == set(wanted)
        steps = [(step["Days"], step["StorageClass"]) for step in rules["archive"]["Transitions"]]
        assert steps == [(step["days"], step["storage_class"]) for step in wanted["archive"]["transitions"]]
        uploads = rules["uploads"]["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"]
        assert uploads == wanted["uploads"]["abort_incomplete_multipart_upload_days"]
        target = s3.get_bucket_logging(Bucket=NAME).get("LoggingEnabled", {}).get("TargetBucket")
        assert target == item["logging"].get("target_bucket")
        assert {tag["Key"]: tag["Value"] for tag in s3.get_bucket_tagging(Bucket=NAME)["TagSet"]} == item["tags"]

    def archive(*steps: tuple[int, str]) -> dict[str, Any]:
        return {"id": "archive", "transitions": [{"days": days, "storage_class": name} for days, name in steps]}

    create = {
        "name": NAME,
        "versioning": True,
        "kms_key_arn": key,
        "bucket_key_enabled": True,
        "public_access_block": {
            "block_public_acls": True,
            "ignore_public_acls": True,
            "block_public_policy": True,
            "restrict_public_buckets": True,
        },
        "object_ownership": "BucketOwnerEnforced",
        "lifecycle_rules": [
            archive((30, "STANDARD_IA"), (90, "GLACIER")),
            {"id": "uploads", "abort_incomplete_multipart_upload_days": 7},
        ],
        "transition_minimum_size": "all_storage_classes_128K",
        "logging": {},
        "force_destroy": True,
        "tags": {"Purpose": "data"},
    }
    old = {
        "id": "old",
        "prefix": "in/",
        "noncurrent_transitions": [{"days": 30, "storage_class": "STANDARD_IA"}],
        "noncurrent_expiration_days": 365,
        "expired_object_delete_marker": True,
    }
    other_order = [{**rule, "enabled": True, "prefix": ""} for rule in reversed(create["lifecycle_rules"])]
    return Case(
        kind=S3Bucket,
        create=create,
        update={
            **create,
            "lifecycle_rules": [
                archive((60, "STANDARD_IA"), (120, "GLACIER_IR")),
                {"id": "uploads", "abort_incomplete_multipart_upload_days": 3},
                old,
            ],
            "logging": {"target_bucket": "acme-app-test-logs", "target_prefix": "data/"},
            "tags": {"Purpose": "all-data", "Owner": "team"},
        },
        drift=drift,
        verify=verify,
        missing=(
            ({**create, "name": "Acme"}, "name"),
            ({**create, "encryption": "AES256"}, "aws:kms"),
            ({**create, "lifecycle_rules": [archive((10, "STANDARD_IA"))]}, "STANDARD_IA after 10 days"),
            ({**create, "lifecycle_rules": [archive((60, "STANDARD_IA"), (30, "GLACIER"))]}, "too soon"),
            ({**create, "logging": {"target_prefix": "data/"}}, "target_bucket"),
            ({**create, "lifecycle_rules": []}, "transition_minimum_size"),
        ),
        unchanged=({**create, "lifecycle_rules": other_order},),
    )
