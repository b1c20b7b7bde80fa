#!/usr/bin/python
# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Written by tools/kind_files.py from plugins/module_utils/kinds/flow_log.py.

from __future__ import annotations

DOCUMENTATION = r"""
module: flow_log
short_description: Manage flow logs of VPCs
version_added: 1.0.0
description:
  - Creates, replaces and deletes flow logs of VPCs that go to CloudWatch Logs. One is found by its tag C(Name).
  - AWS can change nothing of a flow log but its tags.
  - Uses C(ec2:DescribeFlowLogs), C(ec2:CreateFlowLogs), C(ec2:DeleteFlowLogs), C(ec2:CreateTags), C(ec2:DeleteTags)
    and C(iam:PassRole).
author:
  - dataai.platform authors (@dataai)
options:
  items:
    description:
      - Several flow logs in one task. Mutually exclusive with O(name).
    type: list
    elements: dict
    suboptions: &item
      name:
        description: Name of the flow log, kept in its tag C(Name), at most 255 characters.
        type: str
      vpc_id:
        description: Id of the VPC whose traffic is logged. Needed to create it.
        type: str
      log_group_name:
        description: Name of the log group. Needed to create it.
        type: str
      role_arn:
        description: ARN of the role with which C(vpc-flow-logs.amazonaws.com) writes. Needed to create it.
        type: str
      traffic_type:
        description: Which traffic is logged.
        type: str
        choices: [ALL, ACCEPT, REJECT]
        default: ALL
      max_aggregation_interval:
        description: Seconds that one record covers at most.
        type: int
        choices: [60, 600]
      log_format:
        description: The fields of a record, such as V(${version} ${srcaddr}); AWS's own format where left out.
        type: str
      tags:
        description: Tags to set. The tag C(Name) is always C(name).
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
  - dataai.platform.resource.replace
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Log all traffic of a VPC
  dataai.platform.flow_log:
    name: flow-acme-app-prod-euc2
    vpc_id: vpc-0123456789abcdef0
    log_group_name: /acme/app/prod/vpc-flow-logs
    role_arn: arn:aws:iam::123456789012:role/role-acme-app-prod-euc2-flow-logs
    max_aggregation_interval: 60
"""

RETURN = r"""
changes:
  description: What was changed, or in check mode would be.
  returned: always
  type: list
  elements: dict
resources:
  description: The flow logs by O(name), as they are after the task (in check mode as they will be).
  returned: success
  type: dict
  sample:
    flow-acme-app-prod-euc2:
      id: fl-0123456789abcdef0
      vpc_id: vpc-0123456789abcdef0
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
from ansible_collections.dataai.platform.plugins.module_utils.kinds.flow_log import FlowLog


def main():
    run(FlowLog)


if __name__ == "__main__":
    main()
