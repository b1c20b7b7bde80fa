#!/usr/bin/python
# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Written by tools/kind_files.py from plugins/module_utils/kinds/vpc.py.

from __future__ import annotations

DOCUMENTATION = r"""
module: vpc
short_description: Manage VPCs and their DNS settings
version_added: 1.0.0
description:
  - Creates, changes and deletes VPCs. A VPC is found by its tag C(Name).
  - Uses C(ec2:DescribeNetworkInterfaces), C(ec2:DescribeVpcs), C(ec2:DescribeVpcAttribute), C(ec2:CreateVpc),
    C(ec2:ModifyVpcAttribute), C(ec2:DeleteVpc), C(ec2:CreateTags) and C(ec2:DeleteTags).
author:
  - dataai.platform authors (@dataai)
options:
  items:
    description:
      - Several VPCs in one task. Mutually exclusive with O(name).
    type: list
    elements: dict
    suboptions: &item
      name:
        description: Name of the VPC, kept in its tag C(Name), at most 255 characters.
        type: str
      cidr_block:
        description: IPv4 network, C(/16) to C(/28), fixed once the VPC exists. Needed to create it.
        type: str
      dns_support:
        description: Whether the DNS server of AWS answers inside the VPC. Private DNS names of endpoints need it.
        type: bool
      dns_hostnames:
        description: Whether instances with public addresses get DNS names. Private DNS names of endpoints need it.
        type: bool
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
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: A VPC in which private DNS names of endpoints work
  dataai.platform.vpc:
    name: vpc-acme-app-prod-euc2
    cidr_block: 10.0.0.0/16
    dns_support: true
    dns_hostnames: true
"""

RETURN = r"""
changes:
  description: What was changed, or in check mode would be.
  returned: always
  type: list
  elements: dict
resources:
  description: The VPCs by O(name), as they are after the task (in check mode as they will be).
  returned: success
  type: dict
  sample:
    vpc-acme-app-prod-euc2:
      id: vpc-0123456789abcdef0
      cidr_block: 10.0.0.0/16
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
from ansible_collections.dataai.platform.plugins.module_utils.kinds.vpc import Vpc


def main():
    run(Vpc)


if __name__ == "__main__":
    main()
