# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The S3 bucket policy under the common rhythm."""

from __future__ import annotations

import json
from typing import Any

from ansible_collections.dataai.platform.plugins.module_utils.kinds.s3_bucket_policy import S3BucketPolicy

from .case import Case, Item

NAME = "acme-app-test-data"


def deny(*actions: str, **condition: Any) -> dict[str, Any]:
    """Return a policy that denies actions on the bucket and its objects."""
    statement = {
        "Sid": "Deny",
        "Effect": "Deny",
        "Principal": "*",
        "Action": list(actions),
        "Resource": [f"arn:aws:s3:::{NAME}", f"arn:aws:s3:::{NAME}/*"],
        "Condition": condition,
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


def case(account: Any) -> Case:
    """Return the case for an account that has the bucket."""
    s3 = account.client("s3")
    s3.create_bucket(Bucket=NAME, CreateBucketConfiguration={"LocationConstraint": "eu-central-2"})

    def drift() -> None:
        s3.put_bucket_policy(Bucket=NAME, Policy=json.dumps(deny("s3:GetObject", Null={"aws:SourceVpce": "true"})))

    def verify(item: Item) -> None:
        assert json.loads(s3.get_bucket_policy(Bucket=NAME)["Policy"]) == item["policy"]

    plain = {"aws:SecureTransport": "false"}
    create = {"bucket": NAME, "policy": deny("s3:*", Bool=plain)}
    outside = {"aws:SourceVpce": "vpce-0a1b2c3d4e5f60718"}
    spelling = deny("S3:*", Bool={"aws:securetransport": [False]})
    spelling["Statement"][0] |= {"Principal": {"AWS": "*"}}
    return Case(
        kind=S3BucketPolicy,
        create=create,
        update={"bucket": NAME, "policy": deny("s3:GetObject*", "s3:ListBucket*", StringNotEquals=outside)},
        drift=drift,
        verify=verify,
        missing=(({"bucket": NAME}, "policy"),),
        unchanged=({**create, "policy": spelling},),
    )
