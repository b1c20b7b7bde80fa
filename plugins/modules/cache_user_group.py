#!/usr/bin/python
# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Written by tools/kind_files.py from plugins/module_utils/kinds/cache_user_group.py.

from __future__ import annotations

DOCUMENTATION = r"""
module: cache_user_group
short_description: Manage user groups of Amazon ElastiCache
version_added: 1.0.0
description:
  - Creates, changes and deletes groups of users.
  - A group that a replication group uses is deleted once that has let go of it.
  - Makes the service-linked role of ElastiCache first, where the account has none; it stays when all else is deleted.
  - Uses C(iam:GetRole), C(iam:CreateServiceLinkedRole), C(elasticache:DescribeUserGroups),
    C(elasticache:ListTagsForResource), C(elasticache:CreateUserGroup), C(elasticache:ModifyUserGroup),
    C(elasticache:AddTagsToResource), C(elasticache:RemoveTagsFromResource) and C(elasticache:DeleteUserGroup).
author:
  - dataai.platform authors (@dataai)
options:
  items:
    description:
      - Several cache user groups in one task. Mutually exclusive with O(user_group_id).
    type: list
    elements: dict
    suboptions: &item
      user_group_id:
        description: Id of the group, 40 characters at most. AWS stores it in lower case.
        type: str
      engine:
        description: The engine of the replication groups that it is for.
        type: str
        choices: [redis, valkey]
      user_ids:
        description: Ids of the users. A group for V(redis) needs exactly one whose name is C(default). Needed to
          create it.
        type: list
        elements: str
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
- name: Those who may use the cache
  dataai.platform.cache_user_group:
    user_group_id: users-acme-app-prod-euc2
    engine: redis
    user_ids: [acme-app-prod-euc2-redis, acme-app-prod-euc2-guest]
"""

RETURN = r"""
changes:
  description: What was changed, or in check mode would be.
  returned: always
  type: list
  elements: dict
resources:
  description: The cache user groups by O(user_group_id), as they are after the task (in check mode as they will be).
  returned: success
  type: dict
  sample:
    users-acme-app-prod-euc2:
      arn: arn:aws:elasticache:eu-central-2:123456789012:usergroup:users-acme-app-prod-euc2
      status: active
      replication_groups:
        - redis-acme-app-prod-euc2
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
from ansible_collections.dataai.platform.plugins.module_utils.kinds.cache_user_group import CacheUserGroup


def main():
    run(CacheUserGroup)


if __name__ == "__main__":
    main()
