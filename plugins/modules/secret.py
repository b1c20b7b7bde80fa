#!/usr/bin/python
# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Written by tools/kind_files.py from plugins/module_utils/kinds/secret.py.

from __future__ import annotations

DOCUMENTATION = r"""
module: secret
short_description: Manage Secrets Manager secrets without their values
version_added: 1.0.0
description:
  - Creates secrets empty, changes their description, key and tags, and deletes them. Values are neither read nor
    written; M(dataai.platform.secret_values) seeds them.
  - A secret that is pending deletion is restored, with the value that it had, where its tags prove whose it is.
  - A secret that an AWS service or another region manages, or whose tags name another owner, is refused. Where
    secrets are deleted, such a one stays and is told, and the others go. So does one that O(owner_tags) do not prove
    ours.
  - A secret is deleted with its replicas in other regions, as AWS wants them gone first.
  - Uses C(secretsmanager:DescribeSecret), C(secretsmanager:ListSecrets) (for O(prune)),
    C(secretsmanager:CreateSecret), C(secretsmanager:UpdateSecret), C(secretsmanager:RestoreSecret),
    C(secretsmanager:TagResource), C(secretsmanager:UntagResource), C(secretsmanager:RemoveRegionsFromReplication) and
    C(secretsmanager:DeleteSecret).
author:
  - dataai.platform authors (@dataai)
options:
  items:
    description:
      - Several secrets in one task. Mutually exclusive with O(name).
    type: list
    elements: dict
    suboptions: &item
      name:
        description: Name of the secret, 1-512 letters, digits and any of C(/_+=.@-).
        type: str
      description:
        description: What the secret is for, up to 2048 characters.
        type: str
      kms_key_arn:
        description:
          - ARN of the key that encrypts the values.
          - A new key re-encrypts the values that are there where the caller may encrypt with it.
        type: str
      recovery_window_days:
        description:
          - For how long a deleted secret can be restored, 7-30 days; V(0) deletes at once and for good.
          - AWS takes 30 days where it is left out.
        type: int
      owner_tags:
        description: Tags that tell whose secret it is. A secret with one of these keys and another value is refused,
          and one pending deletion is restored, and any deleted, only where all of them are there.
        type: dict
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
- name: Two empty secrets under one key
  dataai.platform.secret:
    items:
      - name: rabbitmq-password-chat
        description: Password of the chat's message broker
        kms_key_arn: arn:aws:kms:eu-central-2:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab
        tags:
          product:Environment: prod
      - name: redis-host
        kms_key_arn: arn:aws:kms:eu-central-2:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab

- name: Delete one, with a week to think better of it
  dataai.platform.secret:
    name: rabbitmq-password-chat
    recovery_window_days: 7
    state: absent
    acknowledge: [rabbitmq-password-chat]
"""

RETURN = r"""
changes:
  description: What was changed, or in check mode would be.
  returned: always
  type: list
  elements: dict
resources:
  description: The secrets by O(name), as they are after the task (in check mode as they will be).
  returned: success
  type: dict
  sample:
    redis-host:
      arn: arn:aws:secretsmanager:eu-central-2:123456789012:secret:redis-host-AbCdEf
      description: Host of the Redis group
      kms_key_arn: arn:aws:kms:eu-central-2:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab
      pending_deletion: false
      replica_regions: []
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
from ansible_collections.dataai.platform.plugins.module_utils.kinds.secret import Secret


def main():
    run(Secret)


if __name__ == "__main__":
    main()
