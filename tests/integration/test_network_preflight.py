# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is asked of AWS about a network before the first write: zones, endpoints, quotas, and what others made."""

from __future__ import annotations

import re
from typing import Any

import pytest

from ansible_collections.dataai.platform.plugins.module_utils.aws.session import Aws
from ansible_collections.dataai.platform.plugins.module_utils.checks import (
    database_access,
    network,
    network_endpoints,
)

from .conftest import ACCOUNT, REGION, EmbeddedAws

ZONES = [f"{REGION}{letter}" for letter in "abc"]
V: dict[str, Any] = {
    "aws_region": REGION,
    "aws_account_id": ACCOUNT,
    "org_moniker": "acme",
    "product_moniker": "dai",
    "environment_name": "test",
    "network_availability_zones": ZONES,
    "network_az_count": 3,
    "network_nat_gateways": "per_az",
    "network_interface_endpoints": ["kms", "sts"],
}


def asked(aws: Aws, **changes: Any) -> tuple[list[str], list[str]]:
    """Return the problems and warnings of role network."""
    warnings: list[str] = []
    return list(network.api_problems(aws, {**V, **changes}, warnings)), warnings


def asked_for_endpoints(aws: Aws, **changes: Any) -> tuple[list[str], list[str]]:
    """Return the problems and warnings of role network_endpoints."""
    warnings: list[str] = []
    return list(network_endpoints.api_problems(aws, {**V, **changes}, warnings)), warnings


def test_an_empty_account_has_room(aws: Aws, account: EmbeddedAws) -> None:
    """With AWS's default quotas nothing is wrong, and nothing is written."""
    account.forget_calls()
    assert asked(aws) == ([], [])
    assert account.writes() == []


@pytest.mark.parametrize(
    ("quotas", "words"),
    [
        ({"L-F678F1CE": 1}, "1 more VPCs are needed in eu-central-2, where 1 of 1 are in use.*vpc L-F678F1CE"),
        ({"L-0263D0A3": 2}, "3 more Elastic IPs are needed in eu-central-2, where 0 of 2.*network_nat_gateways: one"),
        ({"L-FE5A380F": 0}, "1 more NAT gateways are needed in eu-central-2a, where 0 of 0"),
        ({"L-29B6F2EB": 1}, "2 more interface endpoints are needed in the new VPC, where 0 of 1"),
        ({"L-1B52E74A": 0}, "1 more gateway endpoints are needed in eu-central-2, where 0 of 0"),
    ],
)
def test_what_does_not_fit_is_named(aws: Aws, account: EmbeddedAws, quotas: dict[str, float], words: str) -> None:
    """With the number that is needed, what is in use, and the quota to ask for."""
    account.admin("PUT", "settings", {"quotas": quotas})
    problems, warnings = asked(aws)
    assert warnings == []
    assert [text for text in problems if re.search(words, text)], problems


def test_what_is_there_already_needs_no_quota(aws: Aws, account: EmbeddedAws) -> None:
    """Only what a run adds counts, and only its quotas are asked for."""
    ec2 = account.client("ec2")
    named = {"Key": "Name", "Value": "vpc-acme-dai-test-euc2"}
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=[{"ResourceType": "vpc", "Tags": [named]}])["Vpc"]
    for letter in "abc":
        address = {"Key": "Name", "Value": f"nat-acme-dai-test-euc2-{letter}"}
        ec2.allocate_address(TagSpecifications=[{"ResourceType": "elastic-ip", "Tags": [address]}])
    endpoint = {"Key": "Name", "Value": "vpce-acme-dai-test-euc2-s3"}
    ec2.create_vpc_endpoint(
        VpcId=vpc["VpcId"],
        ServiceName=f"com.amazonaws.{REGION}.s3",
        TagSpecifications=[{"ResourceType": "vpc-endpoint", "Tags": [endpoint]}],
    )
    account.admin("PUT", "settings", {"quotas": {"L-F678F1CE": 0, "L-0263D0A3": 0, "L-1B52E74A": 0}})
    account.forget_calls()
    assert asked(aws) == ([], [])
    assert [call["operation"] for call in account.calls()].count("GetServiceQuota") == 4  # three gateways, endpoints


@pytest.mark.parametrize("kind", ["access_denied", "5xx"])
def test_who_may_not_ask_for_quotas_is_warned(aws: Aws, account: EmbeddedAws, kind: str) -> None:
    """AWS's defaults are taken, and what they would not allow is no failure: the account may have more."""
    fault = {"service": "service-quotas", "kind": kind, "code": "NotImplemented" if kind == "5xx" else None}
    account.admin("POST", "faults", {**fault, "status": 501 if kind == "5xx" else None})
    problems, warnings = asked(aws)
    assert problems == []
    assert [text for text in warnings if "AWS's defaults were taken" in text] == warnings
    ec2 = account.client("ec2")
    for _address in range(3):
        ec2.allocate_address()
    problems, warnings = asked(aws)
    assert problems == []
    assert any("3 more Elastic IPs are needed in eu-central-2, where 3 of 5 are in use" in text for text in warnings)


def test_a_quota_that_was_never_changed_has_its_default(aws: Aws, account: EmbeddedAws) -> None:
    """Service Quotas knows values that were applied, and the defaults for the rest."""
    account.admin(
        "POST",
        "faults",
        {"operation": "GetServiceQuota", "kind": "access_denied", "code": "NoSuchResourceException", "status": 400},
    )
    assert asked(aws) == ([], [])
    assert "GetAWSDefaultServiceQuota" in [call["operation"] for call in account.calls()]


def test_zones_without_a_service_are_named(aws: Aws, account: EmbeddedAws) -> None:
    """A gap is a warning; a service in no zone is a problem."""
    account.admin("PUT", "settings", {"endpoint_zones": {"kms": ZONES[:2], "sts": ["eu-central-2d"]}})
    problems, warnings = asked(aws)
    assert warnings == ["AWS offers no endpoint for kms in eu-central-2c; it is made in the other zones"]
    lacking = f"AWS offers no interface endpoint in {', '.join(ZONES)}"
    assert problems == [f"network_interface_endpoints has 'sts', for which {lacking}"]
    assert asked(aws, network_az_count=2, network_interface_endpoints=["kms"]) == ([], [])


def test_endpoints_of_others_are_named_before_anything_is_made(aws: Aws, account: EmbeddedAws) -> None:
    """With the variables that say what is to become of them."""
    ec2 = account.client("ec2")
    named = {"Key": "Name", "Value": "vpc-acme-dai-test-euc2"}
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=[{"ResourceType": "vpc", "Tags": [named]}])["Vpc"]
    made = {
        service: ec2.create_vpc_endpoint(
            VpcId=vpc["VpcId"],
            ServiceName=f"com.amazonaws.{REGION}.{service}",
            VpcEndpointType="Interface",
            PrivateDnsEnabled=False,
        )["VpcEndpoint"]["VpcEndpointId"]
        for service in ("kms", "rds", "ssm")
    }
    problems, _warnings = asked(aws)
    assert [text for text in problems if f"{made['kms']} for kms" in text and "network_adopt_endpoints" in text]
    assert asked(aws, network_adopt_endpoints=True)[0] == []

    given = {"network_endpoints_vpc_id": vpc["VpcId"], "enable_elasticache_endpoint": False}
    (problem,) = asked_for_endpoints(aws, **given)[0]
    assert f"{vpc['VpcId']} has {made['rds']} for rds already" in problem
    assert "network_endpoints_adopt: true adds to it, enable_aurora_endpoint: false leaves it alone" in problem
    assert asked_for_endpoints(aws, **given, network_endpoints_adopt=True)[0] == []
    assert asked_for_endpoints(aws, **given, enable_aurora_endpoint=False) == ([], [])

    given = {**V, "database_access_vpc_id": vpc["VpcId"]}
    (problem,) = database_access.api_problems(aws, given, [])
    assert f"{vpc['VpcId']} has {made['ssm']} for ssm already" in problem
    for way_out in ({"database_access_adopt_ssm_endpoint": True}, {"database_access_ssm_endpoint_enabled": False}):
        assert list(database_access.api_problems(aws, {**given, **way_out}, [])) == []


def test_given_subnets_are_checked_for_their_zones(aws: Aws, account: EmbeddedAws) -> None:
    """Each needs a zone of its own that has the service."""
    ec2 = account.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{n}.0/24", AvailabilityZone=zone)["Subnet"]["SubnetId"]
        for n, zone in enumerate(ZONES)
    ]
    account.admin("PUT", "settings", {"endpoint_zones": {"rds": ZONES[:2], "elasticache": ["eu-central-2d"]}})
    given = {"network_endpoints_vpc_id": vpc, "network_endpoints_subnet_ids": subnets}
    problems, warnings = asked_for_endpoints(aws, **given)
    assert [text for text in warnings if "no endpoint for rds in eu-central-2c" in text] == warnings
    lacking = f"AWS offers no interface endpoint in {', '.join(ZONES)}"
    assert problems == [f"enable_elasticache_endpoint is true, but for elasticache {lacking}"]
    account.admin("PUT", "settings", {"quotas": {"L-29B6F2EB": 1}})
    problems, _warnings = asked_for_endpoints(aws, **given)
    assert any("2 more interface endpoints are needed in" in text for text in problems)
