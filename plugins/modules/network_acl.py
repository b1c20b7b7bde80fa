#!/usr/bin/python
# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Written by tools/kind_files.py from plugins/module_utils/kinds/network_acl.py.

from __future__ import annotations

DOCUMENTATION = r"""
module: network_acl
short_description: Manage network ACLs, their entries and subnets
version_added: 1.0.0
description:
  - Creates, changes and deletes network ACLs. An ACL is found by its tag C(Name) in its VPC.
  - ACLs are stateless, so what answers to allowed traffic has to be allowed too.
  - The one named V(default) is the VPC's default ACL. It can be closed by empty lists, unless it guards subnets,
    which that would cut off; AWS alone makes and deletes it.
  - An ACL that guards subnets is deleted where the item names them all, and then they go to the default one.
    Otherwise it stays, and so do they.
  - Uses C(ec2:DescribeNetworkAcls), C(ec2:DescribeSubnets), C(ec2:CreateNetworkAcl), C(ec2:CreateNetworkAclEntry),
    C(ec2:ReplaceNetworkAclEntry), C(ec2:DeleteNetworkAclEntry), C(ec2:ReplaceNetworkAclAssociation),
    C(ec2:DeleteNetworkAcl), C(ec2:CreateTags) and C(ec2:DeleteTags).
author:
  - dataai.platform authors (@dataai)
options:
  items:
    description:
      - Several network ACLs in one task. Mutually exclusive with O(name).
    type: list
    elements: dict
    suboptions: &item
      name:
        description: Name of the ACL, kept in its tag C(Name), at most 255 characters; or V(default).
        type: str
      vpc_id:
        description: Id of the VPC. Needed to create it; without it the name is looked for in every VPC of the region.
        type: str
      ingress:
        description: What may come in. The list is the whole truth; AWS denies the rest.
        type: list
        elements: dict
        suboptions:
          rule_number:
            description: Place of the rule, 1-32766; lower ones are looked at first.
            type: int
            required: true
          action:
            description: What happens to the traffic.
            type: str
            choices: [allow, deny]
            default: allow
          protocol:
            description: Protocol, C(tcp), C(udp), C(icmp), C(icmpv6), a number, or C(-1) for all.
            type: str
            default: tcp
          cidr:
            description: The network at the other end, IPv4 or IPv6, without host bits.
            type: str
            required: true
          from_port:
            description: Lowest port (0-65535). C(to_port) where left out.
            type: int
          to_port:
            description: Highest port (0-65535). C(from_port) where left out.
            type: int
          icmp_type:
            description: ICMP type, all where left out.
            type: int
          icmp_code:
            description: ICMP code, all where left out.
            type: int
      egress:
        description: What may go out. The list is the whole truth; AWS denies the rest.
        type: list
        elements: dict
        suboptions:
          rule_number:
            description: Place of the rule, 1-32766; lower ones are looked at first.
            type: int
            required: true
          action:
            description: What happens to the traffic.
            type: str
            choices: [allow, deny]
            default: allow
          protocol:
            description: Protocol, C(tcp), C(udp), C(icmp), C(icmpv6), a number, or C(-1) for all.
            type: str
            default: tcp
          cidr:
            description: The network at the other end, IPv4 or IPv6, without host bits.
            type: str
            required: true
          from_port:
            description: Lowest port (0-65535). C(to_port) where left out.
            type: int
          to_port:
            description: Highest port (0-65535). C(from_port) where left out.
            type: int
          icmp_type:
            description: ICMP type, all where left out.
            type: int
          icmp_code:
            description: ICMP code, all where left out.
            type: int
      subnet_ids:
        description:
          - Ids of the subnets that it guards, the whole truth.
          - A subnet that is left out afterwards goes back to the VPC's default ACL.
        type: list
        elements: str
      tags:
        description: Tags to set. The tag C(Name) is always C(name), but for the default ACL, where it is yours.
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
- name: Isolated subnets talk to the VPC alone
  dataai.platform.network_acl:
    name: nacl-acme-app-prod-euc2-isolated
    vpc_id: vpc-0123456789abcdef0
    ingress:
      - {rule_number: 100, protocol: "-1", cidr: 10.0.0.0/16}
    egress:
      - {rule_number: 100, protocol: "-1", cidr: 10.0.0.0/16}
    subnet_ids: [subnet-0123456789abcdef0]
"""

RETURN = r"""
changes:
  description: What was changed, or in check mode would be.
  returned: always
  type: list
  elements: dict
resources:
  description: The network ACLs by O(name), as they are after the task (in check mode as they will be).
  returned: success
  type: dict
  sample:
    nacl-acme-app-prod-euc2-isolated:
      id: acl-0123456789abcdef0
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
from ansible_collections.dataai.platform.plugins.module_utils.kinds.network_acl import NetworkAcl


def main():
    run(NetworkAcl)


if __name__ == "__main__":
    main()
