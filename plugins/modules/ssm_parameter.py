#!/usr/bin/python
# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Written by tools/kind_files.py from plugins/module_utils/kinds/ssm_parameter.py.

from __future__ import annotations

DOCUMENTATION = r"""
module: ssm_parameter
short_description: Manage plain parameters of SSM Parameter Store
version_added: 1.0.0
description:
  - Creates, changes and deletes parameters of type String and StringList. Secrets belong in Secrets Manager.
  - A new version keeps the pattern, the tier and the policies of the parameter.
  - A batch is read with one call for ten values and one for fifty descriptions, and one for the tags of each.
  - Uses C(ssm:GetParameters), C(ssm:DescribeParameters), C(ssm:ListTagsForResource), C(ssm:PutParameter),
    C(ssm:DeleteParameter), C(ssm:AddTagsToResource) and C(ssm:RemoveTagsFromResource).
author:
  - dataai.platform authors (@dataai)
options:
  items:
    description:
      - Several parameters in one task. Mutually exclusive with O(name).
    type: list
    elements: dict
    suboptions: &item
      name:
        description: Name of the parameter, such as C(/acme/app/prod/infrastructure/vpc_id).
        type: str
      value:
        description: The value, 4096 bytes at most; entries of a V(StringList) are separated by commas.
        type: str
      type:
        description: The type, fixed once the parameter exists.
        type: str
        choices: [String, StringList]
        default: String
      description:
        description: What the value is.
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
- name: Publish two facts
  dataai.platform.ssm_parameter:
    items:
      - name: /acme/app/prod/infrastructure/vpc_id
        value: vpc-0a1b2c3d4e5f60718
      - name: /acme/app/prod/infrastructure/private_subnet_ids
        type: StringList
        value: subnet-0a1b2c3d4e5f60718,subnet-0a1b2c3d4e5f60719
"""

RETURN = r"""
changes:
  description: What was changed, or in check mode would be.
  returned: always
  type: list
  elements: dict
resources:
  description: The parameters by O(name), as they are after the task (in check mode as they will be).
  returned: success
  type: dict
  sample:
    /acme/app/prod/infrastructure/vpc_id:
      arn: arn:aws:ssm:eu-central-2:123456789012:parameter/acme/app/prod/infrastructure/vpc_id
      value: vpc-0a1b2c3d4e5f60718
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
from ansible_collections.dataai.platform.plugins.module_utils.kinds.ssm_parameter import SsmParameter


def main():
    run(SsmParameter)


if __name__ == "__main__":
    main()
