# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules for the input of role network_endpoints."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.dataai.platform.plugins.module_utils.checks.network_endpoints import problems

GOOD: dict[str, Any] = {
    "enable_aurora_endpoint": True,
    "enable_elasticache_endpoint": True,
    "network_endpoints_vpc_id": "vpc-0123456789abcdef0",
    "network_endpoints_subnet_ids": ["subnet-0123456789abcdef0", "(known after apply)"],
    "network_endpoints_security_group_ids": ["sg-0123456789abcdef0"],
    "network_endpoints_trusted_organization": "o-a1b2c3d4e5",
    "network_endpoints_policies": {"rds": {}},
    "network_endpoints_wait_timeout": 1200,
}


def test_good_input_and_missing_input_have_no_problem() -> None:
    """Neither the whole nor nothing is wrong, and ids do not matter where there is no endpoint."""
    assert list(problems(GOOD)) == []
    assert list(problems({})) == []
    off = {"enable_aurora_endpoint": False, "enable_elasticache_endpoint": False}
    assert list(problems({**GOOD, **off, "network_endpoints_subnet_ids": []})) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"network_endpoints_vpc_id": "my-vpc"}, "network_endpoints_vpc_id has 'my-vpc'"),
        ({"network_endpoints_subnet_ids": []}, "network_endpoints_subnet_ids is empty"),
        ({"network_endpoints_subnet_ids": ["sg-0123456789abcdef0"]}, "network_endpoints_subnet_ids has 'sg-"),
        ({"network_endpoints_security_group_ids": ["default"]}, "network_endpoints_security_group_ids has 'default'"),
        ({"network_endpoints_trusted_organization": "acme"}, "network_endpoints_trusted_organization is 'acme'"),
        ({"network_endpoints_policies": {"kms": {}}}, "network_endpoints_policies has 'kms'"),
        ({"network_endpoints_wait_timeout": 0}, "network_endpoints_wait_timeout is 0"),
    ],
)
def test_wrong_input_is_named(change: dict[str, Any], words: str) -> None:
    """Each sentence names the variable and what is wrong."""
    assert any(words in text for text in problems({**GOOD, **change}))
