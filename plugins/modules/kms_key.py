#!/usr/bin/python
# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Written by tools/kind_files.py from plugins/module_utils/kinds/kms_key.py.

from __future__ import annotations

DOCUMENTATION = r"""
module: kms_key
short_description: Manage customer managed KMS keys by alias
version_added: 1.0.0
description:
  - Creates, changes and deletes symmetric KMS keys with their alias, policy and rotation.
  - A key that this module has scheduled for deletion is taken up again, with all that is encrypted under it, when a
    key of the same alias is wanted while KMS still keeps it. The tag C(dataai.platform:alias) marks such a key.
  - Deleting schedules the deletion and removes the alias.
  - An alias of a key that cannot encrypt and decrypt, that waits for material or key store, or that KMS cannot rotate
    although O(rotation_enabled=true), is refused.
  - Uses C(kms:DescribeKey), C(kms:GetKeyPolicy), C(kms:GetKeyRotationStatus), C(kms:ListResourceTags),
    C(kms:ListKeys), C(kms:ListAliases), C(kms:CreateKey), C(kms:CreateAlias), C(kms:DeleteAlias),
    C(kms:PutKeyPolicy), C(kms:UpdateKeyDescription), C(kms:EnableKeyRotation), C(kms:DisableKeyRotation),
    C(kms:EnableKey), C(kms:DisableKey), C(kms:ScheduleKeyDeletion), C(kms:CancelKeyDeletion), C(kms:TagResource) and
    C(kms:UntagResource).
author:
  - dataai.platform authors (@dataai)
options:
  items:
    description:
      - Several keys in one task. Mutually exclusive with O(alias).
    type: list
    elements: dict
    suboptions: &item
      alias:
        description: Alias of the key, C(alias/) and letters, digits, C(/ _ -). C(alias/aws/) belongs to AWS.
        type: str
      description:
        description: What the key is for.
        type: str
      policy:
        description:
          - The key policy. It is compared by meaning.
          - Without it a new key gets the default policy of AWS, which leaves access to IAM policies of the account.
        type: dict
      enabled:
        description:
          - Whether the key can be used.
          - Enabling a key whose deletion is pending cancels the deletion.
        type: bool
        default: true
      rotation_enabled:
        description: Whether KMS makes new key material from time to time. Old data stays readable.
        type: bool
      rotation_period_days:
        description: Days between two rotations, 90 to 2560. KMS takes 365 where nothing was ever said.
        type: int
      deletion_window_days:
        description: Days that KMS keeps a deleted key before it is lost, 7 to 30. KMS takes 30 by default.
        type: int
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
- name: A key for data at rest, with yearly rotation
  dataai.platform.kms_key:
    alias: alias/acme-app-prod
    description: Data at rest of the app
    rotation_enabled: true
    tags:
      Purpose: data

- name: Schedule the deletion of the key
  dataai.platform.kms_key:
    alias: alias/acme-app-prod
    deletion_window_days: 7
    state: absent
    acknowledge: [alias/acme-app-prod]
"""

RETURN = r"""
changes:
  description: What was changed, or in check mode would be.
  returned: always
  type: list
  elements: dict
resources:
  description: The keys by O(alias), as they are after the task (in check mode as they will be).
  returned: success
  type: dict
  sample:
    alias/acme-app-prod:
      arn: arn:aws:kms:eu-central-2:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab
      key_id: 1234abcd-12ab-34cd-56ef-1234567890ab
      enabled: true
      rotation_enabled: true
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
remains:
  description: What a deletion has left, such as a snapshot, or until when it can be taken back; one sentence each.
  returned: when a deletion leaves something
  type: list
  elements: str
"""

from ansible_collections.dataai.platform.plugins.module_utils.aws.run import run
from ansible_collections.dataai.platform.plugins.module_utils.kinds.kms_key import KmsKey


def main():
    run(KmsKey)


if __name__ == "__main__":
    main()
