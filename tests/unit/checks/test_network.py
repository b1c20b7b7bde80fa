# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules for the input of role network."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.dataai.platform.plugins.module_utils.checks.network import problems

GOOD: dict[str, Any] = {
    "aws_region": "eu-central-2",
    "network_vpc_cidr": "10.0.0.0/16",
    "network_az_count": 3,
    "network_availability_zones": ["eu-central-2a", "eu-central-2b", "eu-central-2c"],
    "network_public_subnet_cidrs": ["10.0.1.0/24", "10.0.2.0/24", "10.0.3.0/24"],
    "network_private_subnet_cidrs": ["10.0.11.0/24", "10.0.12.0/24", "10.0.13.0/24"],
    "network_isolated_subnet_cidrs": ["10.0.21.0/24", "10.0.22.0/24", "10.0.23.0/24"],
    "network_nat_gateways": "per_az",
    "network_public_ingress_ports": [80, 443],
    "network_denied_ports": [22, 3389],
    "network_log_retention_days": 365,
    "network_interface_endpoints": ["kms", "bedrock-runtime"],
    "network_endpoint_trusted_organization": "",
    "network_endpoint_policies": {"kms": {}, "s3": {}},
    "network_kms_key_cloudwatch_logs_arn": "arn:aws:kms:eu-central-2:123456789012:key/1234abcd-12ab",
}


def test_good_input_and_missing_input_have_no_problem() -> None:
    """Neither the whole nor any part of it, nor what is only known after apply, is wrong."""
    assert list(problems(GOOD)) == []
    assert list(problems({})) == []
    for name in GOOD:
        assert list(problems({key: value for key, value in GOOD.items() if key != name})) == [], name
    unknown = {"network_kms_key_cloudwatch_logs_arn": "(known after apply)", "network_vpc_cidr": "(known after apply)"}
    assert list(problems({**GOOD, **unknown})) == []


def test_a_vpc_too_small_for_subnets_to_follow_from_it_is_told_by_name() -> None:
    small = {"network_vpc_cidr": "192.168.2.0/24", "network_public_subnet_cidrs": ["192.168.2.0/28"] * 3}
    found = [text for text in problems(small) if "too small" in text]
    assert len(found) == 2
    for text, tier in zip(found, ("private", "isolated"), strict=True):
        assert text.startswith(f"network_vpc_cidr is 192.168.2.0/24, too small for network_{tier}_subnet_cidrs")
        assert "take a /23 or more" in text
    assert not [text for text in problems({"network_vpc_cidr": "192.168.2.0/23"}) if "too small" in text]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"network_az_count": 1}, "network_az_count is 1; it must be 2 or 3"),
        ({"network_nat_gateways": "two"}, "network_nat_gateways is 'two'"),
        ({"network_vpc_cidr": "10.0.0.1/16"}, "network_vpc_cidr has '10.0.0.1/16', which is no IPv4 network"),
        ({"network_vpc_cidr": "10.0.0.1/16"}, "has host bits set; write 10.0.0.0/16"),
        ({"network_vpc_cidr": "10.0.0.0/8"}, "/16 to /28"),
        ({"network_private_subnet_cidrs": ["10.0.11.0/24", "10.0.12.0/24"]}, "network_private_subnet_cidrs has 2"),
        (
            {"network_private_subnet_cidrs": ["10.0.1.128/25", "10.0.12.0/24", "10.0.13.0/24"]},
            "network_public_subnet_cidrs has 10.0.1.0/24, which overlaps 10.0.1.128/25 of network_private_subnet_cidrs",
        ),
        (
            {"network_isolated_subnet_cidrs": ["10.0.21.0/24", "10.0.22.0/24", "10.1.23.0/24"]},
            "network_isolated_subnet_cidrs has 10.1.23.0/24, which lies outside network_vpc_cidr 10.0.0.0/16",
        ),
        ({"network_availability_zones": ["eu-central-2a"]}, "network_availability_zones has 1 zones"),
        ({"network_availability_zones": ["eu-central-2a"] * 3}, "names a zone twice"),
        (
            {"network_availability_zones": ["eu-central-1a", "eu-central-2b", "eu-central-2c"]},
            "network_availability_zones has 'eu-central-1a'",
        ),
        ({"network_public_ingress_ports": [0]}, "network_public_ingress_ports has 0"),
        ({"network_denied_ports": [65536]}, "network_denied_ports has 65536"),
        ({"network_public_ingress_ports": [22]}, "port 22 is in network_public_ingress_ports and in"),
        ({"network_denied_ports": list(range(20, 29))}, "a network ACL holds 20 entries"),
        ({"network_log_retention_days": 31}, "network_log_retention_days is 31"),
        ({"network_interface_endpoints": ["kms", "kms", "s3"]}, "names 'kms' twice"),
        ({"network_interface_endpoints": ["kms", "rds"]}, "'rds', which role network_endpoints manages"),
        ({"network_interface_endpoints": ["kms", "s3"]}, "has 's3'"),
        ({"network_interface_endpoints": ["com.amazonaws.x", "kms"]}, "named like kms"),
        ({"network_endpoint_policies": {"sts": {}}}, "network_endpoint_policies has 'sts'"),
        ({"network_endpoint_trusted_organization": "acme"}, "network_endpoint_trusted_organization is 'acme'"),
        ({"network_kms_key_cloudwatch_logs_arn": "alias/logs"}, "network_kms_key_cloudwatch_logs_arn is 'alias/logs'"),
    ],
)
def test_wrong_input_is_named(change: dict[str, Any], words: str) -> None:
    """Each sentence names the variable and what is wrong."""
    assert any(words in text for text in problems({**GOOD, **change})), list(problems({**GOOD, **change}))


def test_all_problems_are_told_at_once() -> None:
    """One does not hide another."""
    wrong = {"network_az_count": 4, "network_log_retention_days": 31, "network_denied_ports": [0]}
    assert len(list(problems({**GOOD, **wrong}))) >= len(wrong)
