#!/usr/bin/python
# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Written by tools/kind_files.py from plugins/module_utils/kinds/s3_bucket.py.

from __future__ import annotations

DOCUMENTATION = r"""
module: s3_bucket
short_description: Manage S3 buckets with encryption, protection and lifecycle
version_added: 1.0.0
description:
  - Creates, changes and deletes buckets with versioning, default encryption, public access block, object ownership,
    lifecycle rules, access logging and tags. The bucket policy is M(dataai.platform.s3_bucket_policy).
  - Only management calls are made, so that a policy that denies data access from here does no harm. Only
    O(force_destroy) lists and deletes objects.
  - A bucket of another account under the wanted name is refused, never taken for absent.
  - S3 replaces a setting as a whole. What no option stands for, such as the types of encryption that the bucket
    blocks, is written as it was.
  - Uses C(s3:GetBucketLocation), C(s3:ListAllMyBuckets), C(s3:CreateBucket), C(s3:DeleteBucket), and the reading and
    writing actions for C(BucketVersioning), C(EncryptionConfiguration), C(BucketPublicAccessBlock),
    C(BucketOwnershipControls), C(LifecycleConfiguration), C(BucketLogging) and C(BucketTagging); for O(force_destroy)
    also C(s3:ListBucketVersions), C(s3:ListBucketMultipartUploads), C(s3:AbortMultipartUpload), C(s3:DeleteObject)
    and C(s3:DeleteObjectVersion).
author:
  - dataai.platform authors (@dataai)
options:
  items:
    description:
      - Several buckets in one task. Mutually exclusive with O(name).
    type: list
    elements: dict
    suboptions: &item
      name:
        description: Name of the bucket, 3-63 lower-case letters, digits, dots and hyphens, unique in the world.
        type: str
      versioning:
        description: Keep old versions of objects. Switching it off suspends versioning; old versions stay.
        type: bool
      encryption:
        description: How new objects are encrypted by default.
        type: str
        choices: [AES256, 'aws:kms']
      kms_key_arn:
        description: ARN of the key for V(aws:kms), which it implies. Applies to new objects.
        type: str
      bucket_key_enabled:
        description: Use a bucket key, which spares most calls of KMS.
        type: bool
      public_access_block:
        description: The four protections against public access.
        type: dict
        suboptions:
          block_public_acls:
            description: Refuse public ACLs.
            type: bool
            default: true
          ignore_public_acls:
            description: Ignore public ACLs that are there.
            type: bool
            default: true
          block_public_policy:
            description: Refuse a public bucket policy.
            type: bool
            default: true
          restrict_public_buckets:
            description: Restrict access through a public policy to the account and AWS services.
            type: bool
            default: true
      object_ownership:
        description: Who owns new objects. V(BucketOwnerEnforced) switches ACLs off.
        type: str
        choices: [BucketOwnerEnforced, BucketOwnerPreferred, ObjectWriter]
      lifecycle_rules:
        description: All lifecycle rules of the bucket; an empty list removes them.
        type: list
        elements: dict
        suboptions:
          id:
            description: Name of the rule.
            type: str
            required: true
          enabled:
            description: Whether the rule is in force.
            type: bool
            default: true
          prefix:
            description: Keys that the rule applies to begin with this; all where it is empty.
            type: str
            default: ''
          transitions:
            description: Changes of the storage class.
            type: list
            elements: dict
            suboptions:
              days:
                description: Days after creation; at least 30 for the classes for infrequent access.
                type: int
                required: true
              storage_class:
                description: The class. V(GLACIER) and V(DEEP_ARCHIVE) must be restored before they can be read.
                type: str
                required: true
                choices: [STANDARD_IA, INTELLIGENT_TIERING, ONEZONE_IA, GLACIER_IR, GLACIER, DEEP_ARCHIVE]
          expiration_days:
            description: Days after creation until the current version expires.
            type: int
          expired_object_delete_marker:
            description: Remove delete markers that have no versions left below them.
            type: bool
          noncurrent_transitions:
            description: Changes of the storage class of noncurrent versions.
            type: list
            elements: dict
            suboptions:
              days:
                description: Days since the version is noncurrent; at least 30 for the classes for infrequent access.
                type: int
                required: true
              storage_class:
                description: The class. V(GLACIER) and V(DEEP_ARCHIVE) must be restored before they can be read.
                type: str
                required: true
                choices: [STANDARD_IA, INTELLIGENT_TIERING, ONEZONE_IA, GLACIER_IR, GLACIER, DEEP_ARCHIVE]
          noncurrent_expiration_days:
            description: Days after which a noncurrent version is deleted.
            type: int
          noncurrent_versions_kept:
            description: Noncurrent versions that stay whatever their age, 1 to 100.
            type: int
          abort_incomplete_multipart_upload_days:
            description: Days after which an unfinished upload is aborted.
            type: int
      transition_minimum_size:
        description:
          - Which small objects the lifecycle rules leave where they are. V(all_storage_classes_128K) leaves all below
            128 KiB, V(varies_by_storage_class) only those on their way to the classes for infrequent access.
          - It is sent with every change of the rules, since S3 would reset it.
        type: str
        choices: [all_storage_classes_128K, varies_by_storage_class]
      logging:
        description: Where access is logged; an empty dictionary switches logging off.
        type: dict
        suboptions:
          target_bucket:
            description: Bucket that receives the logs. Its policy must let C(logging.s3.amazonaws.com) write.
            type: str
          target_prefix:
            description: Begin of the keys of the logs.
            type: str
      force_destroy:
        description: With O(state=absent), delete all objects with all their versions first.
        type: bool
      tags:
        description: Tags to set.
        type: dict
  wait_timeout:
    description: Seconds to wait at most.
    type: int
    default: 600
  <<: *item
extends_documentation_fragment:
  - dataai.platform.resource
  - dataai.platform.resource.batch
  - dataai.platform.resource.tags
  - dataai.platform.resource.prune
  - dataai.platform.resource.stateful
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: A private, encrypted bucket
  dataai.platform.s3_bucket:
    name: acme-app-data-1a2b3c4d
    versioning: true
    kms_key_arn: arn:aws:kms:eu-central-2:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab
    bucket_key_enabled: true
    public_access_block: {}
    object_ownership: BucketOwnerEnforced
    lifecycle_rules:
      - id: archive
        transitions:
          - days: 30
            storage_class: STANDARD_IA
          - days: 90
            storage_class: GLACIER
    transition_minimum_size: all_storage_classes_128K
"""

RETURN = r"""
changes:
  description: What was changed, or in check mode would be.
  returned: always
  type: list
  elements: dict
resources:
  description: The buckets by O(name), as they are after the task (in check mode as they will be).
  returned: success
  type: dict
  sample:
    acme-app-data-1a2b3c4d:
      arn: arn:aws:s3:::acme-app-data-1a2b3c4d
      region: eu-central-2
      domain_name: acme-app-data-1a2b3c4d.s3.eu-central-2.amazonaws.com
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
from ansible_collections.dataai.platform.plugins.module_utils.kinds.s3_bucket import S3Bucket


def main():
    run(S3Bucket)


if __name__ == "__main__":
    main()
