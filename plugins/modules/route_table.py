#!/usr/bin/python
# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Written by tools/kind_files.py from plugins/module_utils/kinds/route_table.py.

from __future__ import annotations

DOCUMENTATION = r"""
module: route_table
short_description: Manage route tables, their routes and subnets
version_added: 1.0.0
description:
  - Creates, changes and deletes route tables. A table is found by its tag C(Name) in its VPC.
  - Local routes, propagated routes and those of gateway endpoints are left alone.
  - A table that subnets follow is deleted where the item names them all, and then they go to the main one. Otherwise
    it stays, and so do their routes. The main one goes with its VPC.
  - Uses C(ec2:DescribeRouteTables), C(ec2:DescribeSubnets), C(ec2:CreateRouteTable), C(ec2:CreateRoute),
    C(ec2:ReplaceRoute), C(ec2:DeleteRoute), C(ec2:AssociateRouteTable), C(ec2:ReplaceRouteTableAssociation),
    C(ec2:DisassociateRouteTable), C(ec2:DeleteRouteTable), C(ec2:CreateTags) and C(ec2:DeleteTags).
author:
  - dataai.platform authors (@dataai)
options:
  items:
    description:
      - Several route tables in one task. Mutually exclusive with O(name).
    type: list
    elements: dict
    suboptions: &item
      name:
        description: Name of the table, kept in its tag C(Name), at most 255 characters.
        type: str
      vpc_id:
        description: Id of the VPC. Needed to create it; without it the name is looked for in every VPC of the region.
        type: str
      routes:
        description: The routes. The list is the whole truth; an empty one leaves no way out of the VPC.
        type: list
        elements: dict
        suboptions:
          cidr:
            description: Where the traffic goes, IPv4 or IPv6, without host bits.
            type: str
            required: true
          gateway_id:
            description: Id of the internet gateway (or virtual private gateway) that takes it.
            type: str
          nat_gateway_id:
            description: Id of the NAT gateway that takes it.
            type: str
      subnet_ids:
        description:
          - Ids of the subnets that follow the table, the whole truth.
          - A subnet that is left out afterwards follows the VPC's main table.
        type: list
        elements: str
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
- name: Public subnets reach the internet
  dataai.platform.route_table:
    name: rtb-acme-app-prod-euc2-public
    vpc_id: vpc-0123456789abcdef0
    routes:
      - cidr: 0.0.0.0/0
        gateway_id: igw-0123456789abcdef0
    subnet_ids: [subnet-0123456789abcdef0]
"""

RETURN = r"""
changes:
  description: What was changed, or in check mode would be.
  returned: always
  type: list
  elements: dict
resources:
  description: The route tables by O(name), as they are after the task (in check mode as they will be).
  returned: success
  type: dict
  sample:
    rtb-acme-app-prod-euc2-public:
      id: rtb-0123456789abcdef0
      subnet_ids:
        - subnet-0123456789abcdef0
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
from ansible_collections.dataai.platform.plugins.module_utils.kinds.route_table import RouteTable


def main():
    run(RouteTable)


if __name__ == "__main__":
    main()
