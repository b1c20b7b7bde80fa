#!/usr/bin/python
# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Written by tools/kind_files.py from plugins/module_utils/kinds/vpc_endpoint.py.

from __future__ import annotations

DOCUMENTATION = r"""
module: vpc_endpoint
short_description: Manage VPC endpoints of AWS services
version_added: 1.0.0
description:
  - Creates, changes and deletes gateway and interface endpoints. Subnets, security groups, route tables, policy and
    private DNS converge.
  - An endpoint is found by its tag C(Name). One of another name that serves the same service in the VPC belongs to
    somebody else; it is refused, or added to where O(adopt) says so. What was not made here is never deleted.
  - To have an endpoint of somebody else managed whole, give it the name in its tag C(Name), for example with C(aws
    ec2 create-tags). From then on its subnets, security groups, route tables, policy and private DNS converge.
  - All services that the region offers no endpoint for are named before anything is made. A subnet in a zone in which
    AWS has no endpoints of the service is left out; where no subnet is left, the task is refused.
  - Uses C(ec2:DescribeVpcEndpoints), C(ec2:DescribeVpcEndpointServices), C(ec2:DescribeSubnets),
    C(ec2:CreateVpcEndpoint), C(ec2:ModifyVpcEndpoint), C(ec2:DeleteVpcEndpoints), C(ec2:CreateTags) and
    C(ec2:DeleteTags).
author:
  - dataai.platform authors (@dataai)
options:
  items:
    description:
      - Several VPC endpoints in one task. Mutually exclusive with O(name).
    type: list
    elements: dict
    suboptions: &item
      name:
        description: Name of the endpoint, kept in its tag C(Name), at most 255 characters.
        type: str
      vpc_id:
        description: Id of the VPC. Needed to create it; without it the name is looked for in every VPC of the region.
        type: str
      service:
        description: The service, such as V(rds), or its full name C(com.amazonaws.REGION.rds). Needed to create it.
        type: str
      endpoint_type:
        description: The type, fixed once the endpoint exists.
        type: str
        choices: [Interface, Gateway]
        default: Interface
      subnet_ids:
        description: Ids of the subnets of an interface endpoint, one in each availability zone. The whole truth.
        type: list
        elements: str
      security_group_ids:
        description:
          - Ids of the security groups of an interface endpoint, at least one. The whole truth.
          - Left out, AWS gives a new endpoint the default group of the VPC.
        type: list
        elements: str
      route_table_ids:
        description: Ids of the route tables of a gateway endpoint. The whole truth.
        type: list
        elements: str
      private_dns_enabled:
        description:
          - Whether the service's usual DNS name leads to the endpoint inside the VPC. A new endpoint has it off.
          - AWS keeps such a name for some minutes after its endpoint was deleted; for that long the task tries again.
        type: bool
      policy:
        description: The endpoint policy, compared by meaning.
        type: dict
      adopt:
        description:
          - What to do with an endpoint of another name that serves the same service in the VPC. Left out, it is
            refused.
          - With V(true) subnets, security groups, route tables and tags that it lacks are added to it. Nothing that
            it has is changed or removed, neither its policy nor its private DNS.
          - With V(false) an endpoint of this name is made beside it. AWS allows one with private DNS for each
            service.
          - With O(state=absent) an endpoint that was not made here is refused, or with V(false) left alone.
        type: bool
      tags:
        description: Tags to set. The tag C(Name) is always C(name).
        type: dict
  wait_timeout:
    description: Seconds to wait at most.
    type: int
    default: 1200
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
- name: An endpoint for the API of RDS
  dataai.platform.vpc_endpoint:
    name: vpce-acme-app-prod-euc2-aurora
    vpc_id: vpc-0123456789abcdef0
    service: rds
    subnet_ids: [subnet-0123456789abcdef0, subnet-0123456789abcdef1]
    security_group_ids: [sg-0123456789abcdef0]
    private_dns_enabled: true
"""

RETURN = r"""
changes:
  description: What was changed, or in check mode would be.
  returned: always
  type: list
  elements: dict
resources:
  description: The VPC endpoints by O(name), as they are after the task (in check mode as they will be).
  returned: success
  type: dict
  sample:
    vpce-acme-app-prod-euc2-aurora:
      id: vpce-0123456789abcdef0
      service: com.amazonaws.eu-central-2.rds
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
from ansible_collections.dataai.platform.plugins.module_utils.kinds.vpc_endpoint import VpcEndpoint


def main():
    run(VpcEndpoint)


if __name__ == "__main__":
    main()
