# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The cache parameter group under the common rhythm."""

from __future__ import annotations

from typing import Any

from ansible_collections.dataai.platform.plugins.module_utils.kinds.cache_parameter_group import CacheParameterGroup

from .case import Case, Item

NAME = "param-group-acme-test"


def case(account: Any) -> Case:
    """Return the case for an empty account."""
    cache = account.client("elasticache")

    def drift() -> None:
        parameter = {"ParameterName": "maxmemory-policy", "ParameterValue": "noeviction"}
        cache.modify_cache_parameter_group(CacheParameterGroupName=NAME, ParameterNameValues=[parameter])

    def verify(item: Item) -> None:
        (group,) = cache.describe_cache_parameter_groups(CacheParameterGroupName=NAME)["CacheParameterGroups"]
        assert group["CacheParameterGroupFamily"] == item["family"]
        entries = cache.describe_cache_parameters(CacheParameterGroupName=NAME)["Parameters"]
        in_effect = {entry["ParameterName"]: entry for entry in entries}
        found = {name: in_effect[name]["ParameterValue"] for name in item["parameters"]}
        assert found == {name: str(value) for name, value in item["parameters"].items()}
        assert {name for name, entry in in_effect.items() if entry["Source"] == "user"} <= set(found)
        tags = cache.list_tags_for_resource(ResourceName=group["ARN"])["TagList"]
        assert {tag["Key"]: tag["Value"] for tag in tags} == item["tags"]

    create = {
        "name": NAME,
        "family": "redis7",
        "description": "Redis of acme",
        # The first is the default of the family: AWS does not mark it as the user's.
        "parameters": {"maxmemory-policy": "volatile-lru", "timeout": 300, "activedefrag": "yes"},
        "tags": {"Purpose": "cache"},
    }
    changed = {"maxmemory-policy": "allkeys-lru", "slowlog-log-slower-than": 20000}
    return Case(
        kind=CacheParameterGroup,
        create=create,
        update={**create, "parameters": changed, "tags": {"Purpose": "caches", "Owner": "team"}},
        drift=drift,
        verify=verify,
        missing=(
            ({"name": NAME, "description": "Redis"}, "family"),
            ({**create, "parameters": {"maxmemory": 1}}, "maxmemory is not a parameter of redis7"),
            ({**create, "parameters": {"appendonly": True}}, "appendonly cannot be changed"),
            ({**create, "parameters": {"timeout": 10}}, "timeout is '10'; AWS accepts 0,20-"),
        ),
        immutable=(({**create, "family": "redis6.x"}, "family"),),
        unchanged=(
            {**create, "parameters": {"timeout": "300", "maxmemory-policy": "Volatile-LRU", "activedefrag": True}},
            {"name": NAME.upper()},
        ),
    )
