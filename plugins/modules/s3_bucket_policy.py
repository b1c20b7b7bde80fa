#!/usr/bin/python
# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Written by tools/kind_files.py from plugins/module_utils/kinds/s3_bucket_policy.py.

from __future__ import annotations

DOCUMENTATION = r"""
module: s3_bucket_policy
short_description: Manage the policies of S3 buckets
version_added: 1.0.0
description:
  - Attaches, changes and removes the policy of a bucket. Policies are compared by meaning.
  - A policy that cannot be read because access is denied is a failure, never taken for absent.
  - Uses C(s3:GetBucketPolicy), C(s3:PutBucketPolicy) and C(s3:DeleteBucketPolicy), and C(sts:GetCallerIdentity) to
    make sure that the bucket belongs to the account of the caller.
author:
  - dataai.platform authors (@dataai)
options:
  items:
    description:
      - Several policies in one task. Mutually exclusive with O(bucket).
    type: list
    elements: dict
    suboptions: &item
      bucket:
        description: Name of the bucket.
        type: str
      policy:
        description: The policy. Needed with O(state=present).
        type: dict
  wait_timeout:
    description: Seconds to wait at most.
    type: int
    default: 600
  <<: *item
extends_documentation_fragment:
  - dataai.platform.resource
  - dataai.platform.resource.batch
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
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
"""

RETURN = r"""
changes:
  description: What was changed, or in check mode would be.
  returned: always
  type: list
  elements: dict
resources:
  description: The policies by O(bucket), as they are after the task (in check mode as they will be).
  returned: success
  type: dict
  sample:
    acme-app-data-1a2b3c4d:
      policy:
        Version: '2012-10-17'
region:
  description: The region that the task worked in.
  returned: success
  type: str
account:
  description: The account of the credentials.
  returned: when something is changed, or in check mode would be, and O(aws_account_id) or its variable is given
  type: str
estate:
  description: The estate that the play's variables describe, by which results of several estates are told apart.
  returned: where these variables are there
  type: str
  sample: 123456789012/eu-central-2/acme-dai-prod
mode:
  description: What the playbooks run as.
  returned: with C(estate)
  type: str
  sample: apply
problems:
  description: Every reason why the task failed, one sentence each; a single one is C(msg).
  returned: failure, where there are several
  type: list
  elements: str
refused:
  description: What a run would refuse to change, each with what is wanted, what is there and why. The playbooks that
    plan and verify go on beyond it.
  returned: in a plan and a verification of the playbooks, where something is refused
  type: list
  elements: dict
"""

from ansible_collections.dataai.platform.plugins.module_utils.aws.run import run
from ansible_collections.dataai.platform.plugins.module_utils.kinds.s3_bucket_policy import S3BucketPolicy


def main():
    run(S3BucketPolicy)


if __name__ == "__main__":
    main()
