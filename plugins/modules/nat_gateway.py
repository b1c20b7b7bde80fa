#!/usr/bin/python
# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Written by tools/kind_files.py from plugins/module_utils/kinds/nat_gateway.py.

from __future__ import annotations

DOCUMENTATION = r"""
module: nat_gateway
short_description: Manage public NAT gateways with their Elastic IPs
version_added: 1.0.0
description:
  - Creates and deletes public NAT gateways, each with an Elastic IP of its own, which is released after the gateway.
  - Both are found by their tag C(Name). An address that an interrupted run left behind is used again.
  - A gateway that fails ends the task with AWS's reason. The next one deletes it and makes another with the same
    address. What failed before is in C(failure), in the diff too.
  - Uses C(ec2:DescribeNatGateways), C(ec2:DescribeAddresses), C(ec2:AllocateAddress), C(ec2:CreateNatGateway),
    C(ec2:DeleteNatGateway), C(ec2:ReleaseAddress), C(ec2:CreateTags) and C(ec2:DeleteTags).
author:
  - dataai.platform authors (@dataai)
options:
  items:
    description:
      - Several NAT gateways in one task. Mutually exclusive with O(name).
    type: list
    elements: dict
    suboptions: &item
      name:
        description: Name of the gateway, kept in its tag C(Name), at most 255 characters.
        type: str
      subnet_id:
        description: Id of the public subnet that it stands in, fixed once it exists. Needed to create it.
        type: str
      tags:
        description: Tags to set. The tag C(Name) is always C(name).
        type: dict
  wait_timeout:
    description: Seconds to wait at most.
    type: int
    default: 900
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
- name: A NAT gateway
  dataai.platform.nat_gateway:
    name: nat-acme-app-prod-euc2-a
    subnet_id: subnet-0123456789abcdef0
"""

RETURN = r"""
changes:
  description: What was changed, or in check mode would be.
  returned: always
  type: list
  elements: dict
resources:
  description: The NAT gateways by O(name), as they are after the task (in check mode as they will be).
  returned: success
  type: dict
  sample:
    nat-acme-app-prod-euc2-a:
      id: nat-0123456789abcdef0
      public_ip: 198.51.100.7
      allocation_id: eipalloc-0123456789abcdef0
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
from ansible_collections.dataai.platform.plugins.module_utils.kinds.nat_gateway import NatGateway


def main():
    run(NatGateway)


if __name__ == "__main__":
    main()
