#!/usr/bin/python
# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Written by tools/kind_files.py from plugins/module_utils/kinds/cache_parameter_group.py.

from __future__ import annotations

DOCUMENTATION = r"""
module: cache_parameter_group
short_description: Manage parameter groups of Amazon ElastiCache
version_added: 1.0.0
description:
  - Creates, changes and deletes cache parameter groups.
  - The values in effect are compared, so that a value that equals the family's default is no change. Names and values
    that AWS would refuse are refused before the group is made.
  - Makes the service-linked role of ElastiCache first, where the account has none; it stays when all else is deleted.
  - Uses C(iam:GetRole), C(iam:CreateServiceLinkedRole), C(elasticache:DescribeCacheParameterGroups),
    C(elasticache:DescribeCacheParameters), C(elasticache:DescribeEngineDefaultParameters),
    C(elasticache:ListTagsForResource), C(elasticache:CreateCacheParameterGroup),
    C(elasticache:ModifyCacheParameterGroup), C(elasticache:ResetCacheParameterGroup),
    C(elasticache:AddTagsToResource), C(elasticache:RemoveTagsFromResource) and
    C(elasticache:DeleteCacheParameterGroup).
author:
  - dataai.platform authors (@dataai)
options:
  items:
    description:
      - Several cache parameter groups in one task. Mutually exclusive with O(name).
    type: list
    elements: dict
    suboptions: &item
      name:
        description: Name of the group. AWS stores it in lower case.
        type: str
      family:
        description: Family of the parameters, such as C(redis7). Needed to create the group, fixed afterwards.
        type: str
      description:
        description: What the group is for. Needed to create it, fixed afterwards.
        type: str
      parameters:
        description:
          - All parameters that are to differ from the defaults of the family, by name.
          - Those set in AWS and not named here return to their defaults.
          - Values are spelt as AWS keeps them. V(true), V(on) and V(yes) are the same.
        type: dict
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
- name: Forget the least recently used keys first
  dataai.platform.cache_parameter_group:
    name: param-group-acme-app-prod-euc2-redis
    family: redis7
    description: Redis of acme
    parameters:
      maxmemory-policy: allkeys-lru
"""

RETURN = r"""
changes:
  description: What was changed, or in check mode would be.
  returned: always
  type: list
  elements: dict
resources:
  description: The cache parameter groups by O(name), as they are after the task (in check mode as they will be).
  returned: success
  type: dict
  sample:
    param-group-acme-app-prod-euc2-redis:
      arn: arn:aws:elasticache:eu-central-2:123456789012:parametergroup:param-group-acme-app-prod-euc2-redis
      family: redis7
      parameters:
        maxmemory-policy: allkeys-lru
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
from ansible_collections.dataai.platform.plugins.module_utils.kinds.cache_parameter_group import CacheParameterGroup


def main():
    run(CacheParameterGroup)


if __name__ == "__main__":
    main()
