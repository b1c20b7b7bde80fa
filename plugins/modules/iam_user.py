#!/usr/bin/python
# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Written by tools/kind_files.py from plugins/module_utils/kinds/iam_user.py.

from __future__ import annotations

DOCUMENTATION = r"""
module: iam_user
short_description: Manage IAM users with their inline policies
version_added: 1.0.0
description:
  - Creates, changes and deletes users with their inline policies. Access keys are not made here.
  - Deleting a user deletes its access keys, takes it out of its groups and removes its policies first.
  - Uses C(iam:GetUser), C(iam:ListUsers), C(iam:ListUserPolicies), C(iam:GetUserPolicy), C(iam:CreateUser),
    C(iam:UpdateUser), C(iam:PutUserPolicy), C(iam:DeleteUserPolicy), C(iam:ListAttachedUserPolicies),
    C(iam:DetachUserPolicy), C(iam:PutUserPermissionsBoundary), C(iam:DeleteUserPermissionsBoundary),
    C(iam:ListAccessKeys), C(iam:DeleteAccessKey), C(iam:ListGroupsForUser), C(iam:RemoveUserFromGroup),
    C(iam:DeleteUser), C(iam:TagUser) and C(iam:UntagUser).
author:
  - dataai.platform authors (@dataai)
options:
  items:
    description:
      - Several users in one task. Mutually exclusive with O(name).
    type: list
    elements: dict
    suboptions: &item
      name:
        description: Name of the user, 1-64 letters, digits or C(_+=,.@-).
        type: str
      path:
        description: Path of the user, beginning and ending with a slash. It is part of the ARN.
        type: str
      inline_policies:
        description: Inline policies, name to document; all others are deleted. An empty dictionary deletes all.
        type: dict
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
- name: A service account that reads one bucket
  dataai.platform.iam_user:
    name: iam-user-acme-reader
    path: /service-accounts/
    inline_policies:
      read:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Action: s3:GetObject
            Resource: arn:aws:s3:::acme-data/*
"""

RETURN = r"""
changes:
  description: What was changed, or in check mode would be.
  returned: always
  type: list
  elements: dict
resources:
  description: The users by O(name), as they are after the task (in check mode as they will be).
  returned: success
  type: dict
  sample:
    iam-user-acme-reader:
      arn: arn:aws:iam::123456789012:user/service-accounts/iam-user-acme-reader
      user_id: AIDACKCEVSQ6C2EXAMPLE
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
from ansible_collections.dataai.platform.plugins.module_utils.kinds.iam_user import IamUser


def main():
    run(IamUser)


if __name__ == "__main__":
    main()
