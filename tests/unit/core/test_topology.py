# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The shape of the network, and what its endpoints trust."""

from __future__ import annotations

import re
from ipaddress import IPv4Network
from typing import Any

import pytest

from ansible_collections.dataai.platform.plugins.module_utils.core.topology import endpoint_policy, items, subnet_cidrs

ACCOUNT = "123456789012"
PLAN: dict[str, Any] = {
    "names": {
        "subnet_prefix": "subnet-x",
        "nat_gateway_prefix": "nat-x",
        "route_table_prefix": "rtb-x",
        "network_acl_prefix": "nacl-x",
        "endpoint_prefix": "vpce-x",
        "infrastructure_parameters": "/acme/x/infrastructure",
    },
    "tags": {"layer:Name": "infrastructure"},
    "zones": ["eu-central-2a", "eu-central-2b"],
    "vpc_cidr": "10.0.0.0/16",
    "cidrs": {tier: [f"10.0.{n}1.0/24", f"10.0.{n}2.0/24"] for n, tier in enumerate(("public", "private", "isolated"))},
    "nat_gateways": "per_az",
    "public_ports": [443],
    "denied_ports": [3389],
    "endpoints": {
        "services": ["kms", "sts"],
        "account": ACCOUNT,
        "organization": "",
        "bucket_arns": [],
        "policies": {"kms": {"Statement": []}},
    },
}
SUBNETS = {item["name"]: {"id": f"id-of-{item['name']}"} for item in items(PLAN, "subnets")}
NATS = {f"nat-x-{letter}": {"id": f"nat-{letter}"} for letter in "ab"}


def test_subnets_stand_in_every_zone_of_every_tier() -> None:
    """Each has its network, its zone and its tier, and gives no public addresses by itself."""
    found = {item["name"]: item for item in items(PLAN, "subnets", vpc_id="vpc-1")}
    assert len(found) == 6
    private = found["subnet-x-private-b"]
    assert (private["cidr_block"], private["availability_zone"]) == ("10.0.12.0/24", "eu-central-2b")
    assert private["tags"]["Tier"] == "private"
    assert not any(item["map_public_ip_on_launch"] for item in found.values())


@pytest.mark.parametrize(("choice", "gateways"), [("one", ["nat-a", "nat-a"]), ("per_az", ["nat-a", "nat-b"])])
def test_routes(choice: str, gateways: list[str]) -> None:
    """Public subnets use the internet gateway, private ones a NAT gateway, isolated ones nothing."""
    plan = {**PLAN, "nat_gateways": choice}
    made = items(plan, "nat_gateways", subnets=SUBNETS)
    assert [item["subnet_id"] for item in made] == [f"id-of-subnet-x-public-{n}" for n in "ab"][: len(made)]
    assert len(made) == len(set(gateways))
    known = {"vpc_id": "vpc-1", "internet_gateway_id": "igw-1", "subnets": SUBNETS, "nat_gateways": NATS}
    tables = {item["name"]: item for item in items(plan, "route_tables", **known)}
    assert tables["rtb-x-public"]["routes"] == [{"cidr": "0.0.0.0/0", "gateway_id": "igw-1"}]
    private = [tables[f"rtb-x-private-{n}"]["routes"][0]["nat_gateway_id"] for n in "ab"]
    assert private == gateways
    assert tables["rtb-x-isolated"]["routes"] == []
    assert tables["rtb-x-isolated"]["subnet_ids"] == [f"id-of-subnet-x-isolated-{n}" for n in "ab"]
    followers = [subnet for table in tables.values() for subnet in table["subnet_ids"]]
    assert sorted(followers) == sorted(entry["id"] for entry in SUBNETS.values())


def test_isolated_subnets_talk_to_the_vpc_alone() -> None:
    """Their ACL knows no other network; the others close the denied ports before they let answers in."""
    acls = {item["name"]: item for item in items(PLAN, "network_acls", vpc_id="vpc-1", subnets=SUBNETS)}
    isolated = acls["nacl-x-isolated"]
    assert {entry["cidr"] for entry in isolated["ingress"] + isolated["egress"]} == {"10.0.0.0/16"}
    for name in ("public", "private"):
        ingress = acls[f"nacl-x-{name}"]["ingress"]
        first = next(entry for entry in ingress if entry["cidr"] == "0.0.0.0/0")
        assert (first["action"], first["from_port"]) == ("deny", 3389)
        numbers = [entry["rule_number"] for entry in ingress]
        assert numbers == sorted(set(numbers))
    assert not any(entry.get("from_port") == 443 for entry in acls["nacl-x-private"]["ingress"])


def test_endpoints() -> None:
    """S3 follows the routes of the private subnets; the others stand in these subnets with private DNS."""
    tables = {f"rtb-x-{name}": {"id": name} for name in ("public", "private-a", "private-b", "isolated")}
    known = {"vpc_id": "vpc-1", "security_group_id": "sg-1", "subnets": SUBNETS, "route_tables": tables}
    s3, kms, sts = items(PLAN, "endpoints", **known)
    assert (s3["endpoint_type"], s3["route_table_ids"]) == ("Gateway", ["private-a", "private-b"])
    assert kms["subnet_ids"] == [f"id-of-subnet-x-private-{n}" for n in "ab"]
    assert kms["private_dns_enabled"] is True
    assert kms["policy"] == {"Statement": []}
    assert sts["policy"] == endpoint_policy("sts", account=ACCOUNT)


def test_routes_and_acls_say_the_same_of_s3() -> None:
    """Where the endpoint of S3 has a route, the ACL lets it through; where the ACL does not, there is none."""
    known: dict[str, Any] = {"vpc_id": "vpc-1", "subnets": SUBNETS}
    tables = {item["name"]: {"id": item["name"]} for item in items(PLAN, "route_tables", **known)}
    s3 = items(PLAN, "endpoints", **known, security_group_id="sg-1", route_tables=tables)[0]
    acls = {item["name"].rsplit("-", 1)[-1]: item for item in items(PLAN, "network_acls", **known)}
    for name in tables:
        tier = name.removeprefix("rtb-x-").split("-")[0]
        open_to_s3 = any(entry["cidr"] == "0.0.0.0/0" for entry in acls[tier]["egress"])
        assert (name in s3["route_table_ids"]) is (open_to_s3 and tier != "public"), name


@pytest.mark.parametrize("adopt", [True, False])
def test_endpoints_of_others_are_used_on_a_word_alone(adopt: bool) -> None:
    """Without it the items do not say anything of them, which refuses them."""
    plan = {**PLAN, "endpoints": {**PLAN["endpoints"], "adopt": adopt}}
    assert {item.get("adopt") for item in items(plan, "endpoints", vpc_id="vpc-1")} == {True if adopt else None}


def test_items_without_ids_do_for_deleting() -> None:
    """Nothing is wanted of what is not known, and gateways of every zone are named."""
    assert {item["name"] for item in items({**PLAN, "nat_gateways": "one"}, "nat_gateways")} == set(NATS)
    assert all("vpc_id" not in item for item in items(PLAN, "subnets"))


def test_parameters() -> None:
    """Lists are published as lists, and nothing is published of what is not there."""
    values = {"vpc_id": "vpc-1", "private_subnet_ids": ["a", "b"], "nothing": None}
    found = {item["name"]: (item["type"], item["value"]) for item in items(PLAN, "parameters", values=values)}
    assert found == {
        "/acme/x/infrastructure/private_subnet_ids": ("StringList", "a,b"),
        "/acme/x/infrastructure/vpc_id": ("String", "vpc-1"),
    }


def test_an_unknown_sort_is_named() -> None:
    """A misspelt sort is an error that lists the sorts."""
    with pytest.raises(ValueError, match="'subnet' is none of subnets"):
        items(PLAN, "subnet")


@pytest.mark.parametrize("service", ["kms", "monitoring", "bedrock-runtime", "sts", "rds", "s3"])
@pytest.mark.parametrize("organization", ["", "o-a1b2c3d4e5"])
def test_endpoints_trust_one_account_or_organisation(service: str, organization: str) -> None:
    """Every statement holds for principals, or at least resources, of the trusted account or organisation only."""
    policy = endpoint_policy(service, account=ACCOUNT, organization=organization)
    suffix, value = ("OrgID", organization) if organization else ("Account", ACCOUNT)
    for statement in policy["Statement"]:
        tests = statement["Condition"]["StringEquals"]
        assert tests.get(f"aws:Principal{suffix}", tests.get(f"aws:Resource{suffix}")) == value
    actions = policy["Statement"][0]["Action"]
    assert actions == {"monitoring": "cloudwatch:*", "bedrock-runtime": "bedrock:*"}.get(service, f"{service}:*")


def test_buckets_of_aws_can_be_read_and_no_more() -> None:
    """Image layers and packages come from buckets of AWS, by whoever is inside."""
    policy = endpoint_policy("s3", account=ACCOUNT, bucket_arns=["arn:aws:s3:::layers/*"])
    assert policy["Statement"][1] == {
        "Sid": "AwsOwnedBuckets",
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": ["arn:aws:s3:::layers/*"],
    }


# --- networks -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("vpc", "tier", "networks"),
    [
        ("10.0.0.0/16", "public", ["10.0.1.0/24", "10.0.2.0/24", "10.0.3.0/24"]),
        ("10.0.0.0/16", "private", ["10.0.11.0/24", "10.0.12.0/24", "10.0.13.0/24"]),
        ("10.0.0.0/16", "isolated", ["10.0.21.0/24", "10.0.22.0/24", "10.0.23.0/24"]),
        ("172.20.64.0/18", "private", ["172.20.66.192/26", "172.20.67.0/26", "172.20.67.64/26"]),
        ("192.168.2.0/23", "isolated", ["192.168.3.80/28", "192.168.3.96/28", "192.168.3.112/28"]),
    ],
)
def test_networks_follow_from_that_of_the_vpc(vpc: str, tier: str, networks: list[str]) -> None:
    found = subnet_cidrs(vpc, tier)
    assert found == networks
    assert all(IPv4Network(network).subnet_of(IPv4Network(vpc)) for network in found)


@pytest.mark.parametrize("vpc", ["192.168.2.0/24", "10.0.0.0/28", "10.0.0.1/16", "2001:db8::/56", "ten"])
def test_what_cannot_be_cut_is_refused(vpc: str) -> None:
    with pytest.raises(ValueError, match=re.escape(vpc.partition("/")[0])):
        subnet_cidrs(vpc, "isolated")
