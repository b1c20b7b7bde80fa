#!/usr/bin/python
# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Written by tools/kind_files.py from plugins/module_utils/kinds/security_group.py.

from __future__ import annotations

DOCUMENTATION = r"""
module: security_group
short_description: Manage security groups and all their rules
version_added: 1.0.0
description:
  - Creates, changes and deletes security groups. Rules are compared by meaning, whatever way they are grouped.
  - The VPC's default group is named V(default). It is adopted, and can be closed by empty lists; AWS alone makes and
    deletes it.
  - A group that is in use is not deleted, and keeps its rules. Interfaces of AWS's services that outlive what they
    belonged to are waited for, those of Lambda for up to 25 minutes. Groups that go together may name each other.
  - Uses C(ec2:DescribeSecurityGroups), C(ec2:DescribeNetworkInterfaces), C(ec2:CreateSecurityGroup),
    C(ec2:DeleteSecurityGroup), C(ec2:AuthorizeSecurityGroupIngress), C(ec2:AuthorizeSecurityGroupEgress),
    C(ec2:RevokeSecurityGroupIngress), C(ec2:RevokeSecurityGroupEgress),
    C(ec2:UpdateSecurityGroupRuleDescriptionsIngress), C(ec2:UpdateSecurityGroupRuleDescriptionsEgress),
    C(ec2:CreateTags) and C(ec2:DeleteTags).
author:
  - dataai.platform authors (@dataai)
options:
  items:
    description:
      - Several security groups in one task. Mutually exclusive with O(name).
    type: list
    elements: dict
    suboptions: &item
      name:
        description: Name of the group, unique in its VPC, or V(default).
        type: str
      vpc_id:
        description: Id of the VPC. Needed to create the group.
        type: str
      description:
        description: What the group is for, at most 255 characters, fixed once it exists. Needed to create the group.
        type: str
      ingress:
        description:
          - What may come in.
          - The list is the whole truth; rules that it does not hold are removed. An empty list allows nothing.
        type: list
        elements: dict
        suboptions:
          protocol:
            description:
              - Protocol, C(tcp), C(udp), C(icmp), C(icmpv6), a number, or C(-1) for all.
              - AWS knows ports of the first two and types and codes of the next two. It admits other protocols whole.
            type: str
            default: tcp
          from_port:
            description: Lowest port (0-65535), C(to_port) where left out; or ICMP type (0-255), all where left out.
            type: int
          to_port:
            description: Highest port (0-65535), C(from_port) where left out; or ICMP code (0-255), all where left
              out.
            type: int
          cidrs:
            description: Networks at the other end, IPv4 or IPv6, without host bits.
            type: list
            elements: str
          source_group_ids:
            description: Ids of security groups at the other end.
            type: list
            elements: str
          prefix_list_ids:
            description: Ids of prefix lists at the other end, such as that of a gateway endpoint.
            type: list
            elements: str
          description:
            description: What the rule is for, at most 255 characters.
            type: str
      egress:
        description:
          - What may go out.
          - The list is the whole truth; rules that it does not hold are removed. An empty list allows nothing.
        type: list
        elements: dict
        suboptions:
          protocol:
            description:
              - Protocol, C(tcp), C(udp), C(icmp), C(icmpv6), a number, or C(-1) for all.
              - AWS knows ports of the first two and types and codes of the next two. It admits other protocols whole.
            type: str
            default: tcp
          from_port:
            description: Lowest port (0-65535), C(to_port) where left out; or ICMP type (0-255), all where left out.
            type: int
          to_port:
            description: Highest port (0-65535), C(from_port) where left out; or ICMP code (0-255), all where left
              out.
            type: int
          cidrs:
            description: Networks at the other end, IPv4 or IPv6, without host bits.
            type: list
            elements: str
          source_group_ids:
            description: Ids of security groups at the other end.
            type: list
            elements: str
          prefix_list_ids:
            description: Ids of prefix lists at the other end, such as that of a gateway endpoint.
            type: list
            elements: str
          description:
            description: What the rule is for, at most 255 characters.
            type: str
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
- name: PostgreSQL from the private subnets, and nothing out
  dataai.platform.security_group:
    name: acme-app-prod-euc2-aurora
    vpc_id: vpc-0123456789abcdef0
    description: PostgreSQL of acme-app-prod-euc2
    ingress:
      - from_port: 5432
        cidrs: [10.0.11.0/24, 10.0.12.0/24]
        description: Private subnets
    egress: []
    tags:
      Name: sg-acme-app-prod-euc2-aurora

- name: Close the default group of the VPC
  dataai.platform.security_group:
    name: default
    vpc_id: vpc-0123456789abcdef0
    ingress: []
    egress: []
"""

RETURN = r"""
changes:
  description: What was changed, or in check mode would be.
  returned: always
  type: list
  elements: dict
resources:
  description: The security groups by O(name), as they are after the task (in check mode as they will be).
  returned: success
  type: dict
  sample:
    acme-app-prod-euc2-aurora:
      id: sg-0123456789abcdef0
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
from ansible_collections.dataai.platform.plugins.module_utils.kinds.security_group import SecurityGroup


def main():
    run(SecurityGroup)


if __name__ == "__main__":
    main()
