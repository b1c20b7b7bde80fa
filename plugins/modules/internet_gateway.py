#!/usr/bin/python
# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Written by tools/kind_files.py from plugins/module_utils/kinds/internet_gateway.py.

from __future__ import annotations

DOCUMENTATION = r"""
module: internet_gateway
short_description: Manage internet gateways
version_added: 1.0.0
description:
  - Creates, attaches and deletes internet gateways. A gateway is found by its tag C(Name).
  - A gateway that is attached to another VPC is never taken from it.
  - Uses C(ec2:DescribeInternetGateways), C(ec2:CreateInternetGateway), C(ec2:AttachInternetGateway),
    C(ec2:DetachInternetGateway), C(ec2:DeleteInternetGateway), C(ec2:CreateTags) and C(ec2:DeleteTags).
author:
  - dataai.platform authors (@dataai)
options:
  items:
    description:
      - Several internet gateways in one task. Mutually exclusive with O(name).
    type: list
    elements: dict
    suboptions: &item
      name:
        description: Name of the gateway, kept in its tag C(Name), at most 255 characters.
        type: str
      vpc_id:
        description: Id of the VPC that it is attached to. Needed to create it.
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
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: A way to the internet
  dataai.platform.internet_gateway:
    name: igw-acme-app-prod-euc2
    vpc_id: vpc-0123456789abcdef0
"""

RETURN = r"""
changes:
  description: What was changed, or in check mode would be.
  returned: always
  type: list
  elements: dict
resources:
  description: The internet gateways by O(name), as they are after the task (in check mode as they will be).
  returned: success
  type: dict
  sample:
    igw-acme-app-prod-euc2:
      id: igw-0123456789abcdef0
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
from ansible_collections.dataai.platform.plugins.module_utils.kinds.internet_gateway import InternetGateway


def main():
    run(InternetGateway)


if __name__ == "__main__":
    main()
