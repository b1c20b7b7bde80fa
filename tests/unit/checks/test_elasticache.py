# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules of role elasticache."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.dataai.platform.plugins.module_utils.checks import elasticache
from ansible_collections.dataai.platform.plugins.module_utils.core.errors import Denied
from ansible_collections.dataai.platform.plugins.module_utils.core.values import UNKNOWN

GOOD: dict[str, Any] = {
    "enable_elasticache": True,
    "elasticache_engine": "redis",
    "elasticache_engine_version": "7.1",
    "elasticache_parameter_group_family": "redis7",
    "elasticache_node_type": "cache.r7g.large",
    "elasticache_num_cache_nodes": 2,
    "elasticache_automatic_failover_enabled": True,
    "elasticache_multi_az_enabled": True,
    "elasticache_cluster_mode_enabled": False,
    "elasticache_num_node_groups": 2,
    "elasticache_replicas_per_node_group": 1,
    "elasticache_port": 6380,
    "elasticache_snapshot_window": "02:00-03:00",
    "elasticache_snapshot_retention_days": 7,
    "elasticache_maintenance_window": "sun:05:00-sun:06:00",
    "elasticache_transit_encryption_mode": "required",
    "elasticache_user_group_ids": [],
    "elasticache_auth_token_secret_arn": "",
    "elasticache_log_retention_days": 365,
    "elasticache_ingress_source": "private_subnets",
    "elasticache_private_subnet_cidrs": ["10.0.11.0/24"],
}
ONE_NODE = {"elasticache_num_cache_nodes": 1}
NO_FAILOVER = {"elasticache_automatic_failover_enabled": False}
SHARDS = {"elasticache_cluster_mode_enabled": True}
USERS = {"enable_elasticache_users": True}

BAD = [
    ({**ONE_NODE, "elasticache_multi_az_enabled": False}, "elasticache_automatic_failover_enabled is true with"),
    (NO_FAILOVER, "multi-AZ needs automatic failover"),
    ({"elasticache_num_cache_nodes": 7}, "elasticache_num_cache_nodes is 7; it must be 1 to 6"),
    ({"elasticache_num_cache_nodes": None}, "elasticache_num_cache_nodes is empty; give it a value, such as 2"),
    ({"elasticache_port": 80}, "elasticache_port is 80"),
    ({"elasticache_port": None}, "elasticache_port is empty"),
    ({"elasticache_node_type": ""}, "elasticache_node_type is empty"),
    ({"elasticache_node_type": None}, "elasticache_node_type is empty"),
    ({"elasticache_engine_version": None}, "elasticache_engine_version is empty"),
    ({"elasticache_parameter_group_family": ""}, "elasticache_parameter_group_family is empty"),
    ({"elasticache_snapshot_window": ""}, "elasticache_snapshot_window is an empty text"),
    ({"elasticache_subnet_ids": ["subnet-1"]}, "elasticache_subnet_ids names 1 subnets; elasticache_multi_az_enabled"),
    ({"elasticache_parameters": {"timeout": [[1]]}}, "elasticache_parameters: timeout must be a text, a number"),
    (
        {
            "elasticache_engine_version": "6.2",
            "elasticache_parameter_group_family": "redis6.x",
            "elasticache_transit_encryption_mode": "preferred",
        },
        "elasticache_transit_encryption_mode is preferred, which elasticache_engine_version 7.0.5 and later have",
    ),
    (
        {"elasticache_engine_version": "7.0.4", "elasticache_transit_encryption_mode": "preferred"},
        "elasticache_transit_encryption_mode is preferred",
    ),
    ({**SHARDS, "elasticache_num_node_groups": None}, "elasticache_num_node_groups is empty"),
    ({"elasticache_snapshot_retention_days": 36}, "elasticache_snapshot_retention_days is 36"),
    ({"elasticache_snapshot_window": "05:30-06:30"}, "elasticache_snapshot_window 05:30-06:30 overlaps"),
    ({"elasticache_snapshot_window": "02:00-02:30"}, "lasts 30 minutes; it must last at least 60"),
    ({"elasticache_maintenance_window": "sun:05:00-tue:06:00"}, "lasts longer than a day"),
    ({"elasticache_log_retention_days": 31}, "elasticache_log_retention_days is 31"),
    ({"elasticache_node_type": "r7g.large"}, "elasticache_node_type is 'r7g.large'"),
    ({"elasticache_wait_timeout": -5}, "elasticache_wait_timeout is -5; it must be at least 1 second"),
    ({"elasticache_engine_version": "5.0.6"}, "elasticache_engine_version 5.0.6 of redis needs redis5.0"),
    ({"elasticache_parameter_group_family": "redis6.x"}, "elasticache_engine_version 7.1 of redis needs redis7"),
    ({"elasticache_engine": "valkey", "elasticache_engine_version": "8.0"}, "valkey needs valkey8"),
    ({"elasticache_parameters": {"cluster-enabled": "yes"}}, "set elasticache_cluster_mode_enabled instead"),
    ({"elasticache_user_group_ids": ["a", "b"]}, "elasticache_user_group_ids names 2 groups"),
    ({"elasticache_user_group_ids": ["a"], "elasticache_auth_token_secret_arn": "arn"}, "exclude each other"),
    ({**USERS, "elasticache_user_group_ids": ["a"]}, "elasticache_user_group_ids and enable_elasticache_users exclude"),
    ({**USERS, "elasticache_auth_token_secret_arn": "a"}, "elasticache_auth_token_secret_arn and enable_elasticache"),
    ({**USERS, "elasticache_user_name": "default"}, "elasticache_user_name is default"),
    ({**USERS, "elasticache_user_access_string": "+@all"}, "elasticache_user_access_string is '+@all'"),
    (
        {**USERS, "elasticache_engine_version": "5.0.6", "elasticache_parameter_group_family": "redis5.0"},
        "enable_elasticache_users needs elasticache_engine_version 6.0 or later, not 5.0.6",
    ),
    ({"elasticache_private_subnet_cidrs": []}, "elasticache_private_subnet_cidrs is empty"),
    ({**SHARDS, "elasticache_num_node_groups": 0}, "elasticache_num_node_groups is 0"),
    ({**SHARDS, "elasticache_replicas_per_node_group": 0}, "it needs a replica at least"),
]


def test_the_defaults_are_fine() -> None:
    """Nothing is wrong with the production values, nor with nothing at all."""
    assert list(elasticache.problems(GOOD)) == []
    assert list(elasticache.problems({})) == []
    assert list(elasticache.problems({**GOOD, **SHARDS})) == []


def test_unknown_values_are_passed_over() -> None:
    """A plan knows no ids of a layer that is not built yet."""
    unknown = {"elasticache_private_subnet_cidrs": [UNKNOWN], "elasticache_kms_key_arn": UNKNOWN}
    assert list(elasticache.problems({**GOOD, **unknown})) == []


@pytest.mark.parametrize(("change", "words"), BAD, ids=lambda value: str(value)[:60])
def test_each_mistake_is_one_sentence(change: dict[str, Any], words: str) -> None:
    """The sentence names the variable, its value and what would be right."""
    (found,) = elasticache.problems({**GOOD, **change})
    assert words in found


def test_one_node_takes_neither_failover_nor_multi_az() -> None:
    """Both variables are named."""
    found = " ".join(elasticache.problems({**GOOD, **ONE_NODE}))
    assert "elasticache_multi_az_enabled is true with elasticache_num_cache_nodes 1" in found
    assert "elasticache_automatic_failover_enabled is true with elasticache_num_cache_nodes 1" in found


def test_nothing_is_checked_when_switched_off() -> None:
    """What is not built needs no input."""
    assert list(elasticache.problems({**GOOD, "elasticache_port": 1, "enable_elasticache": False})) == []


class Aws:
    """AWS with the engine versions of ElastiCache."""

    region = "eu-central-2"

    def __init__(self, denied: bool = False) -> None:
        self.denied = denied

    def service(self, _name: str) -> Aws:
        """Return itself, the only service."""
        return self

    def pages(self, operation: str, _result: str, **_query: Any) -> list[dict[str, str]]:
        """Answer the listing that the check makes."""
        if self.denied:
            raise Denied(operation, "not allowed")
        return [{"EngineVersion": version} for version in ("6.2", "7.0", "7.1")]

    def describe_engine_default_parameters(self, **query: str) -> dict[str, Any]:
        """Answer with the parameters of a family."""
        assert query == {"CacheParameterGroupFamily": "redis7"}
        listed = {"ParameterName": "timeout", "DataType": "integer", "AllowedValues": "0,20-"}
        return {"EngineDefaults": {"Parameters": [listed]}}


def test_a_version_that_aws_does_not_offer_is_named_with_those_it_does() -> None:
    """Versions are compared by major and minor number."""
    assert elasticache.api_problems(Aws(), GOOD, []) == []  # type: ignore[arg-type]
    wrong = {**GOOD, "elasticache_engine_version": "7.9"}
    (found,) = elasticache.api_problems(Aws(), wrong, [])  # type: ignore[arg-type]
    assert "elasticache_engine_version is 7.9" in found
    assert "it offers 6.2, 7.0, 7.1" in found


def test_without_permission_it_warns() -> None:
    """A caller that may not look is told so, and goes on."""
    warnings: list[str] = []
    assert elasticache.api_problems(Aws(denied=True), GOOD, warnings) == []  # type: ignore[arg-type]
    assert "was not checked" in warnings[0]


def test_parameters_that_aws_would_refuse_are_named() -> None:
    """Before the group is made without them, and beside a wrong version."""
    wrong = {**GOOD, "elasticache_engine_version": "7.9", "elasticache_parameters": {"timeout": 5, "timeouts": 1}}
    found = elasticache.api_problems(Aws(), wrong, [])  # type: ignore[arg-type]
    assert [text.split(" is ")[0] for text in found] == [
        "elasticache_engine_version", "elasticache_parameters: timeout", "elasticache_parameters: timeouts",
    ]  # fmt: skip
