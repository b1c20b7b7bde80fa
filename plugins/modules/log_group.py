#!/usr/bin/python
# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Written by tools/kind_files.py from plugins/module_utils/kinds/log_group.py.

from __future__ import annotations

DOCUMENTATION = r"""
module: log_group
short_description: Manage CloudWatch Logs log groups
version_added: 1.0.0
description:
  - Creates, changes and deletes log groups with their key and retention. One listing serves a whole batch.
  - Named in O(acknowledge), a log group is deleted although somebody gave it deletion protection.
  - Uses C(logs:DescribeLogGroups), C(logs:ListTagsForResource), C(logs:CreateLogGroup), C(logs:PutRetentionPolicy),
    C(logs:AssociateKmsKey), C(logs:TagResource), C(logs:UntagResource), C(logs:PutLogGroupDeletionProtection) and
    C(logs:DeleteLogGroup).
author:
  - dataai.platform authors (@dataai)
options:
  items:
    description:
      - Several log groups in one task. Mutually exclusive with O(name).
    type: list
    elements: dict
    suboptions: &item
      name:
        description: Name of the log group, 1-512 letters, digits and any of C(.-_/#).
        type: str
      kms_key_arn:
        description:
          - ARN of the key that encrypts the events. Its policy must let C(logs.REGION.amazonaws.com) use it.
          - A new key applies to new events only.
        type: str
      retention_days:
        description: Days to keep events, one of the periods that CloudWatch Logs offers.
        type: int
        choices: [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288,
          3653]
      log_group_class:
        description: The class, fixed once the group exists.
        type: str
        choices: [STANDARD, INFREQUENT_ACCESS]
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
- name: An encrypted log group that keeps events for a year
  dataai.platform.log_group:
    name: /acme/app/prod/api
    kms_key_arn: arn:aws:kms:eu-central-2:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab
    retention_days: 365
    tags:
      Purpose: api-logs
"""

RETURN = r"""
changes:
  description: What was changed, or in check mode would be.
  returned: always
  type: list
  elements: dict
resources:
  description: The log groups by O(name), as they are after the task (in check mode as they will be).
  returned: success
  type: dict
  sample:
    /acme/app/prod/api:
      arn: arn:aws:logs:eu-central-2:123456789012:log-group:/acme/app/prod/api
      retention_days: 365
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
from ansible_collections.dataai.platform.plugins.module_utils.kinds.log_group import LogGroup


def main():
    run(LogGroup)


if __name__ == "__main__":
    main()
