#!/usr/bin/python
# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Written by tools/kind_files.py from plugins/module_utils/kinds/iam_role.py.

from __future__ import annotations

DOCUMENTATION = r"""
module: iam_role
short_description: Manage IAM roles with all of their policies
version_added: 1.0.0
description:
  - Creates, changes and deletes roles with their trust policy, inline policies and attached managed policies.
  - Policies are compared by meaning. The inline and the attached policies of an item are exclusive, each where given.
  - Uses C(iam:GetRole), C(iam:ListRoles), C(iam:ListRolePolicies), C(iam:GetRolePolicy),
    C(iam:ListAttachedRolePolicies), C(iam:CreateRole), C(iam:UpdateRole), C(iam:UpdateAssumeRolePolicy),
    C(iam:PutRolePolicy), C(iam:DeleteRolePolicy), C(iam:AttachRolePolicy), C(iam:DetachRolePolicy),
    C(iam:PutRolePermissionsBoundary), C(iam:DeleteRolePermissionsBoundary), C(iam:ListInstanceProfilesForRole),
    C(iam:RemoveRoleFromInstanceProfile), C(iam:DeleteRole), C(iam:TagRole) and C(iam:UntagRole).
author:
  - dataai.platform authors (@dataai)
options:
  items:
    description:
      - Several roles in one task. Mutually exclusive with O(name).
    type: list
    elements: dict
    suboptions: &item
      name:
        description: Name of the role, 1-64 letters, digits or C(_+=,.@-).
        type: str
      path:
        description: Path of the role, beginning and ending with a slash. Fixed once the role exists; C(/) by default.
        type: str
      description:
        description: What the role is for.
        type: str
      assume_role_policy:
        description: The trust policy. Needed to create the role.
        type: dict
      managed_policy_arns:
        description: ARNs of the managed policies to attach; all others are detached. An empty list detaches all.
        type: list
        elements: str
      inline_policies:
        description: Inline policies, name to document; all others are deleted. An empty dictionary deletes all.
        type: dict
      max_session_duration:
        description: Longest session in seconds, 3600 to 43200.
        type: int
      permissions_boundary:
        description: ARN of the policy that bounds the permissions. An empty text removes the boundary.
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
- name: A role for enhanced monitoring
  dataai.platform.iam_role:
    name: role-acme-monitoring
    assume_role_policy:
      Version: "2012-10-17"
      Statement:
        - Effect: Allow
          Principal:
            Service: monitoring.rds.amazonaws.com
          Action: sts:AssumeRole
    managed_policy_arns:
      - arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole
"""

RETURN = r"""
changes:
  description: What was changed, or in check mode would be.
  returned: always
  type: list
  elements: dict
resources:
  description: The roles by O(name), as they are after the task (in check mode as they will be).
  returned: success
  type: dict
  sample:
    role-acme-monitoring:
      arn: arn:aws:iam::123456789012:role/role-acme-monitoring
      role_id: AROADBQP57FF2AEXAMPLE
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
from ansible_collections.dataai.platform.plugins.module_utils.kinds.iam_role import IamRole


def main():
    run(IamRole)


if __name__ == "__main__":
    main()
