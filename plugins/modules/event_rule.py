#!/usr/bin/python
# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Written by tools/kind_files.py from plugins/module_utils/kinds/event_rule.py.

from __future__ import annotations

DOCUMENTATION = r"""
module: event_rule
short_description: Manage EventBridge rules
version_added: 1.1.0
description:
  - Creates, changes and deletes rules of the default event bus with their targets. A target that is a Lambda function
    must allow the rule to invoke it, see O(dataai.platform.lambda_function#module:permissions).
  - What no option stands for, such as the message group of a queue, stays as it is.
  - Uses C(events:DescribeRule), C(events:ListTargetsByRule), C(events:ListTagsForResource), C(events:PutRule),
    C(events:PutTargets), C(events:RemoveTargets), C(events:TagResource), C(events:UntagResource) and
    C(events:DeleteRule).
author:
  - dataai.platform authors (@dataai)
options:
  items:
    description:
      - Several rules in one task. Mutually exclusive with O(name).
    type: list
    elements: dict
    suboptions: &item
      name:
        description: Name of the rule, 1-64 letters, digits or any of C(.-_).
        type: str
      description:
        description: What the rule is for. An empty text is none.
        type: str
      event_pattern:
        description: The events that the rule matches. This or O(schedule) is needed, and both are possible.
        type: dict
      schedule:
        description: When the rule acts, V(cron(0 3 * * ? *\)) or V(rate(1 day\)), in UTC.
        type: str
      enabled:
        description: Whether the rule acts at all.
        type: bool
        default: true
      targets:
        description: What the rule invokes, five at most. These targets are all it has.
        type: list
        elements: dict
        suboptions:
          id:
            description: Id of the target within the rule.
            type: str
            required: true
          arn:
            description: ARN of what is invoked.
            type: str
            required: true
          role_arn:
            description: ARN of the role in which it is invoked, for targets that need one.
            type: str
          input:
            description: What is sent in the place of the event.
            type: dict
          dead_letter_arn:
            description: ARN of the queue for events that could not be delivered.
            type: str
          maximum_retry_attempts:
            description: How often delivery is tried again, 0-185. AWS says 185 where it is left out.
            type: int
          maximum_event_age_seconds:
            description: How long delivery is tried, 60-86400 seconds. AWS says 86400 where it is left out.
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
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Invoke a function once a day
  dataai.platform.event_rule:
    name: nightly
    schedule: cron(0 3 * * ? *)
    targets:
      - id: function
        arn: arn:aws:lambda:eu-central-2:123456789012:function:nightly
        maximum_event_age_seconds: 3600
"""

RETURN = r"""
changes:
  description: What was changed, or in check mode would be.
  returned: always
  type: list
  elements: dict
resources:
  description: The rules by O(name), as they are after the task (in check mode as they will be).
  returned: success
  type: dict
  sample:
    nightly:
      arn: arn:aws:events:eu-central-2:123456789012:rule/nightly
      schedule: cron(0 3 * * ? *)
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
from ansible_collections.dataai.platform.plugins.module_utils.kinds.event_rule import EventRule


def main():
    run(EventRule)


if __name__ == "__main__":
    main()
