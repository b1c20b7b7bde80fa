# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A bucket's life beyond the common rhythm: policies that shut us out, other owners, and what is in it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.dataai.platform.plugins.module_utils.aws import s3 as helpers
from ansible_collections.dataai.platform.plugins.module_utils.aws.buckets import (
    deny_data_outside_endpoint,
    document,
)
from ansible_collections.dataai.platform.plugins.module_utils.aws.session import Aws
from ansible_collections.dataai.platform.plugins.module_utils.core.errors import Denied, Failure, Refused
from ansible_collections.dataai.platform.plugins.module_utils.core.kind import Kind
from ansible_collections.dataai.platform.plugins.module_utils.core.plan import Options
from ansible_collections.dataai.platform.plugins.module_utils.core.reconcile import reconcile
from ansible_collections.dataai.platform.plugins.module_utils.kinds.s3_bucket import S3Bucket
from ansible_collections.dataai.platform.plugins.module_utils.kinds.s3_bucket_policy import S3BucketPolicy

from ..clock import StillClock
from .conftest import EmbeddedAws
from .operator import play_tasks

NAME = "acme-app-test-data"
WANT = {"name": NAME, "versioning": True, "tags": {"Purpose": "data"}}
POLICY = {"bucket": NAME, "policy": document(deny_data_outside_endpoint(NAME, "vpce-0a1b2c3d4e5f60718"))}
GONE = {"absent": True, "acknowledged": ["all"]}


def run(aws: Aws, item: dict[str, Any], kind: Kind[Any] | None = None, **options: Any) -> Any:
    """Reconcile one bucket (or what ``kind`` says)."""
    return reconcile(kind or S3Bucket(), aws, [item], Options(timeout=30, **options))


def fault(account: EmbeddedAws, **settings: Any) -> None:
    """Make the embedded AWS fail."""
    account.admin("POST", "faults", [{"service": "s3", "rate": 1.0, **settings}])


def test_a_vpc_only_bucket_is_managed_from_outside(aws: Aws, account: EmbeddedAws) -> None:
    """With the policy attached data is denied from here, and a later run still reads and changes all settings."""
    run(aws, WANT)
    run(aws, POLICY, S3BucketPolicy())
    with pytest.raises(account.client("s3").exceptions.ClientError):
        account.client("s3").put_object(Bucket=NAME, Key="x", Body=b"x")
    account.forget_calls()
    assert run(aws, WANT).result(S3Bucket())["changed"] is False
    assert run(aws, POLICY, S3BucketPolicy()).result(S3BucketPolicy())["changed"] is False
    assert account.writes() == []
    report = run(aws, {**WANT, "versioning": False, "tags": {"Purpose": "more"}})
    assert not report.errors
    assert account.client("s3").get_bucket_versioning(Bucket=NAME)["Status"] == "Suspended"


def test_a_bucket_of_another_account_is_refused(aws: Aws, account: EmbeddedAws) -> None:
    """A name that somebody else owns is neither absent nor ours: nothing is written, and the reason is named."""
    fault(account, operation="GetBucketLocation", kind="access_denied")
    account.forget_calls()
    for options in ({"check": True}, {}, GONE):
        with pytest.raises(Refused, match="another account owns the name"):
            run(aws, WANT, **options)
    assert account.writes() == []


def test_a_policy_that_cannot_be_read_is_not_absent(aws: Aws, account: EmbeddedAws) -> None:
    """A denied read fails the run instead of attaching or forgetting a policy."""
    run(aws, WANT)
    fault(account, operation="GetBucketPolicy", kind="access_denied")
    account.forget_calls()
    for options in ({"check": True}, {}, GONE):
        with pytest.raises(Denied, match="GetBucketPolicy"):
            run(aws, POLICY, S3BucketPolicy(), **options)
    assert account.writes() == []


def test_a_bucket_in_another_region_is_refused(aws: Aws, account: EmbeddedAws) -> None:
    """A bucket does not move."""
    region = {"LocationConstraint": "eu-west-1"}
    account.client("s3", "eu-west-1").create_bucket(Bucket=NAME, CreateBucketConfiguration=region)
    with pytest.raises(Refused, match="is in eu-west-1"):
        run(aws, WANT)


def test_only_force_empties_a_bucket(aws: Aws, account: EmbeddedAws) -> None:
    """Without force a bucket with objects stays; with it versions, delete markers and uploads go too."""
    run(aws, WANT)
    s3 = account.client("s3")
    for key in ("a", "b"):
        for body in (b"1", b"2"):
            s3.put_object(Bucket=NAME, Key=key, Body=body)
    s3.delete_object(Bucket=NAME, Key="a")
    s3.create_multipart_upload(Bucket=NAME, Key="c")
    report = run(aws, WANT, **GONE)
    assert "force_destroy: true" in str(report.errors[NAME])
    assert len(s3.list_object_versions(Bucket=NAME)["Versions"]) == 4

    report = run(aws, {**WANT, "force_destroy": True}, **GONE)
    assert not report.errors
    assert NAME not in [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]


def test_a_busy_bucket_is_tried_again() -> None:
    """S3's word for a change under way is waited out, for a while; other failures are not."""
    codes = ["OperationAborted", "OperationAborted", ""]

    def call(**params: Any) -> str:
        code = codes.pop(0)
        if code:
            raise Failure("s3:Put", "busy", code=code)
        return str(params["Bucket"])

    assert helpers.settled(call, clock=StillClock(), Bucket=NAME) == NAME
    codes[:] = ["InvalidRequest"]
    with pytest.raises(Failure, match="InvalidRequest"):
        helpers.settled(call, clock=StillClock(), Bucket=NAME)
    codes[:] = ["OperationAborted"] * 1000
    clock = StillClock()
    with pytest.raises(Failure, match="OperationAborted"):
        helpers.settled(call, clock=clock, Bucket=NAME)
    assert clock.time == pytest.approx(helpers.SETTLE_SECONDS)


def test_tags_of_others_stay(aws: Aws, account: EmbeddedAws) -> None:
    """S3 replaces all tags at once; ours do not push out others."""
    run(aws, WANT)
    client = account.client("s3")
    both = [{"Key": "Purpose", "Value": "data"}, {"Key": "Team", "Value": "x"}]
    client.put_bucket_tagging(Bucket=NAME, Tagging={"TagSet": both})
    run(aws, {**WANT, "tags": {"Purpose": "more"}})
    tags = {tag["Key"]: tag["Value"] for tag in client.get_bucket_tagging(Bucket=NAME)["TagSet"]}
    assert tags == {"Purpose": "more", "Team": "x"}
    assert run(aws, {**WANT, "tags": {}}, purge_tags=True).resources[NAME]["tags"] == {}


def test_a_bucket_that_holds_something_keeps_its_policy(account: EmbeddedAws, tmp_path: Path) -> None:
    """The role's destroy deletes the empty bucket, and leaves the other one as it was."""
    kms, s3 = account.client("kms"), account.client("s3")
    variables = {
        "environment_name": "dev",
        "s3_vpc_only_kms_key_arn": kms.create_key()["KeyMetadata"]["Arn"],
        "s3_vpc_only_endpoint_id": "vpce-0a1b2c3d4e5f60718",
        "destroy_acknowledge": ["all"],
    }

    def play(tasks_from: str) -> str:
        task = {"import_role": {"name": "dataai.platform.s3_vpc_only", "tasks_from": tasks_from}}
        return play_tasks(account, tmp_path, [task], variables).text

    assert "failed=0" in play("main.yml")
    held, empty = sorted(bucket["Name"] for bucket in s3.list_buckets()["Buckets"])
    policy = s3.get_bucket_policy(Bucket=held)["Policy"]
    s3.delete_bucket_policy(Bucket=held)
    s3.put_object(Bucket=held, Key="kept", Body=b"kept")
    s3.put_bucket_policy(Bucket=held, Policy=policy)
    told = play("destroy.yml")
    assert "failed=1" in told
    assert "BucketNotEmpty" in told
    assert [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]] == [held]
    assert json.loads(s3.get_bucket_policy(Bucket=held)["Policy"]) == json.loads(policy)
    assert empty not in told.rpartition("BucketNotEmpty")[2]
