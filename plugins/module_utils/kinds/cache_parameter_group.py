# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Parameter groups of ElastiCache."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..aws import service_roles
from ..aws.parameter_groups import ParameterGroup, Words
from ..aws.session import Aws
from ..aws.tags import ELASTICACHE
from ..core.kind import Deviation, Manual


class CacheParameterGroup(ParameterGroup):
    """A parameter group. ``parameters`` is all that differs from the defaults of its family."""

    type = "cache_parameter_group"
    noun = "cache parameter group"
    aws_type = "AWS::ElastiCache::ParameterGroup"
    words = Words(
        service="elasticache",
        groups=("describe_cache_parameter_groups", "CacheParameterGroups"),
        name="CacheParameterGroupName",
        family="CacheParameterGroupFamily",
        arn="ARN",
        listing="describe_cache_parameters",
        defaults="describe_engine_default_parameters",
        create="create_cache_parameter_group",
        modify="modify_cache_parameter_group",
        reset="reset_cache_parameter_group",
        delete="delete_cache_parameter_group",
        parameters="ParameterNameValues",
        missing="CacheParameterGroupNotFound",
        state="InvalidCacheParameterGroupState",
        booleans=("no", "yes"),
        tags=ELASTICACHE,
    )
    fields = ParameterGroup.declared(
        words.booleans, example="redis7", name=words.name, family=words.family, parameters="Properties"
    )
    deviations = (Deviation("description", "immutable", "ModifyCacheParameterGroup takes no description"),)

    def made(self, aws: Aws, call: Callable[[], Any]) -> Any:
        """ElastiCache makes nothing without its role."""
        return service_roles.linked(aws, service_roles.ELASTICACHE, call)


MANUAL = Manual(
    short="Manage parameter groups of Amazon ElastiCache",
    about=(
        "Creates, changes and deletes cache parameter groups.",
        (
            "The values in effect are compared, so that a value that equals the family's default "
            "is no change. Names and values that AWS would refuse are refused before the group is "
            "made."
        ),
        (
            "Makes the service-linked role of ElastiCache first, where the account has none; it "
            "stays when all else is deleted."
        ),
        (
            "Uses C(iam:GetRole), C(iam:CreateServiceLinkedRole), "
            "C(elasticache:DescribeCacheParameterGroups), C(elasticache:DescribeCacheParameters), "
            "C(elasticache:DescribeEngineDefaultParameters), C(elasticache:ListTagsForResource), "
            "C(elasticache:CreateCacheParameterGroup), C(elasticache:ModifyCacheParameterGroup), "
            "C(elasticache:ResetCacheParameterGroup), C(elasticache:AddTagsToResource), "
            "C(elasticache:RemoveTagsFromResource) and C(elasticache:DeleteCacheParameterGroup)."
        ),
    ),
    examples="""
- name: Forget the least recently used keys first
  dataai.platform.cache_parameter_group:
    name: param-group-acme-app-prod-euc2-redis
    family: redis7
    description: Redis of acme
    parameters:
      maxmemory-policy: allkeys-lru
""",
    sample={
        "param-group-acme-app-prod-euc2-redis": {
            "arn": "arn:aws:elasticache:eu-central-2:123456789012:parametergroup:param-group-acme-app-prod-euc2-redis",
            "family": "redis7",
            "parameters": {"maxmemory-policy": "allkeys-lru"},
        }
    },
)
