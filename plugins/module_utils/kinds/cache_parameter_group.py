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
from ..core.kind import Deviation


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
    fields = ParameterGroup.declared(words.booleans, name=words.name, family=words.family, parameters="Properties")
    deviations = (Deviation("description", "immutable", "ModifyCacheParameterGroup takes no description"),)

    def made(self, aws: Aws, call: Callable[[], Any]) -> Any:
        """ElastiCache makes nothing without its role."""
        return service_roles.linked(aws, service_roles.ELASTICACHE, call)
