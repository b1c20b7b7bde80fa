#!/usr/bin/python
# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Written by tools/kind_files.py from plugins/module_utils/kinds/cache_user.py.

from __future__ import annotations

DOCUMENTATION = r"""
module: cache_user
short_description: Manage users of Amazon ElastiCache
version_added: 1.0.0
description:
  - Creates, changes and deletes users of role-based access.
  - A password is neither an option nor a result. M(dataai.platform.secret_values) sets it from a secret, and tags the
    user with the version of that.
  - Makes the service-linked role of ElastiCache first, where the account has none; it stays when all else is deleted.
  - Uses C(iam:GetRole), C(iam:CreateServiceLinkedRole), C(elasticache:DescribeUsers),
    C(elasticache:ListTagsForResource), C(elasticache:CreateUser), C(elasticache:ModifyUser),
    C(elasticache:AddTagsToResource), C(elasticache:RemoveTagsFromResource) and C(elasticache:DeleteUser).
author:
  - dataai.platform authors (@dataai)
options:
  items:
    description:
      - Several cache users in one task. Mutually exclusive with O(user_id).
    type: list
    elements: dict
    suboptions: &item
      user_id:
        description: Id of the user, 40 characters at most. AWS stores it in lower case.
        type: str
      user_name:
        description: The name with which it logs in, fixed once it exists. Needed to create it.
        type: str
      engine:
        description: The engine of the groups that it logs in to.
        type: str
        choices: [redis, valkey]
      access_string:
        description:
          - Whether it may log in (V(on), V(off)), and which commands, keys and channels it may use.
          - Needed to create it.
        type: str
      authentication:
        description:
          - How it logs in. With V(password) it is created with a random one that nobody knows, so that nobody can log
            in until M(dataai.platform.secret_values) sets another.
        type: str
        choices: [password, iam, no-password-required]
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
- name: Somebody who logs in, and nobody who comes without a name
  dataai.platform.cache_user:
    items:
      - user_id: acme-app-prod-euc2-redis
        user_name: application
        engine: redis
        access_string: on ~* &* +@all
        authentication: password
      - user_id: acme-app-prod-euc2-guest
        user_name: default
        engine: redis
        access_string: "off -@all"
        authentication: password
"""

RETURN = r"""
changes:
  description: What was changed, or in check mode would be.
  returned: always
  type: list
  elements: dict
resources:
  description: The cache users by O(user_id), as they are after the task (in check mode as they will be).
  returned: success
  type: dict
  sample:
    acme-app-prod-euc2-redis:
      arn: arn:aws:elasticache:eu-central-2:123456789012:user:acme-app-prod-euc2-redis
      status: active
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
from ansible_collections.dataai.platform.plugins.module_utils.kinds.cache_user import CacheUser


def main():
    run(CacheUser)


if __name__ == "__main__":
    main()
