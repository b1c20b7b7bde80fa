# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The policy of an S3 bucket, apart from the bucket so that it can come last and go first."""

from __future__ import annotations

from collections.abc import Sequence

from ..aws.forms import BUCKET
from ..aws.policy import document, normal_policy, text
from ..aws.s3 import settled
from ..aws.session import Aws
from ..core.errors import Missing
from ..core.kind import Delta, Field, Item, Kind, Live, Manual


class S3BucketPolicy(Kind[Aws]):
    """A bucket policy, read and written by management calls. A denied read is a failure, never an absence."""

    type = "s3_bucket_policy"
    noun = "S3 bucket policy"
    aws_type = "AWS::S3::BucketPolicy"
    key = "bucket"
    tagged = False
    fields = (
        Field("bucket", "Name of the bucket.", form=BUCKET, min_length=3, max_length=63),
        Field(
            "policy",
            "The policy. Needed with O(state=present).",
            type="dict",
            required=True,
            normalise=normal_policy,
            property="PolicyDocument",
        ),
    )

    def read(self, aws: Aws, items: Sequence[Item], *, everything: bool = False) -> dict[str, Live]:
        """Read the policy of each bucket."""
        s3 = aws.service("s3")
        found = {}
        for item in items:
            try:
                policy = s3.get_bucket_policy(Bucket=item["bucket"], ExpectedBucketOwner=aws.account)["Policy"]
            except Missing:  # no policy, or no bucket yet
                continue
            found[item["bucket"]] = Live({"bucket": item["bucket"], "policy": document(policy)})
        return found

    def create(self, aws: Aws, want: Item) -> None:
        """Attach the policy to a bucket of this account."""
        settled(
            aws.service("s3").put_bucket_policy,
            Bucket=want["bucket"],
            Policy=text(want["policy"]),
            ExpectedBucketOwner=aws.account,
        )

    def update(self, aws: Aws, want: Item, live: Live, delta: Delta) -> None:
        """Put the wanted policy in the place of the other."""
        self.create(aws, want)

    def delete(self, aws: Aws, want: Item, live: Live) -> None:
        """Take the policy off the bucket."""
        try:
            settled(aws.service("s3").delete_bucket_policy, Bucket=want["bucket"], ExpectedBucketOwner=aws.account)
        except Missing:
            return


MANUAL = Manual(
    short="Manage the policies of S3 buckets",
    about=(
        "Attaches, changes and removes the policy of a bucket. Policies are compared by meaning.",
        "A policy that cannot be read because access is denied is a failure, never taken for absent.",
        (
            "Uses C(s3:GetBucketPolicy), C(s3:PutBucketPolicy) and C(s3:DeleteBucketPolicy), and "
            "C(sts:GetCallerIdentity) to make sure that the bucket belongs to the account of the "
            "caller."
        ),
    ),
    examples="""
- name: Allow encrypted transport only
  dataai.platform.s3_bucket_policy:
    bucket: acme-app-data-1a2b3c4d
    policy:
      Version: "2012-10-17"
      Statement:
        - Sid: DenyInsecureTransport
          Effect: Deny
          Principal: "*"
          Action: s3:*
          Resource:
            - arn:aws:s3:::acme-app-data-1a2b3c4d
            - arn:aws:s3:::acme-app-data-1a2b3c4d/*
          Condition:
            Bool:
              aws:SecureTransport: "false"
""",
    sample={"acme-app-data-1a2b3c4d": {"policy": {"Version": "2012-10-17"}}},
    plural="policies",
)
