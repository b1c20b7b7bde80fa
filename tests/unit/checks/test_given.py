# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A network and keys of another tool: complete, well-formed, and with the properties that the estate needs."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ansible_collections.dataai.platform.plugins.module_utils.checks.given import api_problems, problems
from ansible_collections.dataai.platform.plugins.module_utils.core.errors import Denied, Missing
from ansible_collections.dataai.platform.plugins.module_utils.core.infrastructure import combined, given_parts, missing

REGION = "eu-central-2"
KEY = "arn:aws:kms:eu-central-2:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890a"
NETWORK: dict[str, Any] = {
    "vpc_id": "vpc-0a000001",
    "vpc_cidr": "10.0.0.0/16",
    "private_subnet_ids": ["subnet-0a000001", "subnet-0a000002"],
    "private_subnet_cidrs": ["10.0.1.0/24", "10.0.2.0/24"],
    "isolated_subnet_ids": ["subnet-0a000003", "subnet-0a000004"],
    "endpoint_security_group_id": "sg-0a000001",
    "s3_gateway_endpoint_id": "vpce-0a000001",
}
KEYS = {
    f"kms_key_{name}_arn": f"{KEY}{number}"
    for number, name in enumerate(("general", "secrets_manager", "cloudwatch_logs", "prometheus"))
}
GOOD: dict[str, Any] = {"aws_region": REGION, "infrastructure": {**NETWORK, **KEYS}}


def subnet(number: int, zone: str) -> dict[str, Any]:
    return {
        "SubnetId": f"subnet-0a00000{number}", "VpcId": "vpc-0a000001", "CidrBlock": f"10.0.{number}.0/24",
        "AvailabilityZone": f"{REGION}{zone}",
    }  # fmt: skip


#: What EC2 and KMS answer about a network and keys as they must be.
ACCOUNT: dict[str, Any] = {
    "describe_vpcs": [{"VpcId": "vpc-0a000001", "CidrBlock": "10.0.0.0/16"}],
    "enableDnsSupport": True,
    "enableDnsHostnames": True,
    "describe_subnets": [subnet(1, "a"), subnet(2, "b"), subnet(3, "a"), subnet(4, "b")],
    "describe_route_tables": [
        {"RouteTableId": "rtb-main", "Associations": [{"Main": True}], "Routes": [{"GatewayId": "local"}]},
        {
            "RouteTableId": "rtb-private",
            "Associations": [{"SubnetId": "subnet-0a000001"}, {"SubnetId": "subnet-0a000002"}],
            "Routes": [{"GatewayId": "local"}, {"NatGatewayId": "nat-1"}],
        },
    ],
    "describe_vpc_endpoints": [
        {
            "VpcEndpointId": "vpce-0a000001", "VpcId": "vpc-0a000001", "VpcEndpointType": "Gateway",
            "ServiceName": f"com.amazonaws.{REGION}.s3", "State": "available", "RouteTableIds": ["rtb-private"],
        }
    ],
    "describe_security_groups": [
        {
            "GroupId": "sg-0a000001", "VpcId": "vpc-0a000001",
            "IpPermissions": [
                {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "10.0.0.0/16"}]}
            ],
        }
    ],
    "key": {"KeyState": "Enabled", "KeySpec": "SYMMETRIC_DEFAULT", "KeyUsage": "ENCRYPT_DECRYPT"},
    "policy": {"Statement": [{"Effect": "Allow", "Principal": {"Service": f"logs.{REGION}.amazonaws.com"}}]},
}  # fmt: skip


class Account:
    """Answers as AWS would."""

    region = REGION

    def __init__(self, answers: dict[str, Any]) -> None:
        self.answers = answers

    def service(self, _name: str) -> Account:
        return self

    def pages(self, operation: str, _result: str, **_params: Any) -> Iterator[Any]:
        yield from self._answer(operation)

    def describe_vpc_attribute(self, *, VpcId: str, Attribute: str) -> dict[str, Any]:  # noqa: N803
        assert VpcId == NETWORK["vpc_id"]
        return {Attribute[0].upper() + Attribute[1:]: {"Value": self._answer(Attribute)}}

    def describe_key(self, *, KeyId: str) -> dict[str, Any]:  # noqa: N803
        assert KeyId.startswith(KEY)
        return {"KeyMetadata": self._answer("key")}

    def get_key_policy(self, **_params: Any) -> dict[str, Any]:
        return {"Policy": json.dumps(self._answer("policy"))}

    def _answer(self, name: str) -> Any:
        answer = self.answers[name]
        if isinstance(answer, Exception):
            raise answer
        return answer


def ask(
    change: Callable[[dict[str, Any]], Any] = lambda _answers: None, **variables: Any
) -> tuple[list[str], list[str]]:
    """Return problems and warnings about an account of which something is changed."""
    answers, warnings = copy.deepcopy(ACCOUNT), list[str]()
    change(answers)
    found = list(api_problems(Account(answers), {**GOOD, **variables}, warnings))  # type: ignore[arg-type]
    return found, warnings


def test_what_is_complete_is_given() -> None:
    """Each part by itself, and the key of Prometheus only where there is Prometheus."""
    assert given_parts({}) == []
    assert given_parts({**NETWORK, "vpc_id": ""}) == []
    assert given_parts(NETWORK) == ["network"]
    assert given_parts({**NETWORK, **KEYS}) == ["network", "keys"]
    fewer = {name: arn for name, arn in KEYS.items() if "prometheus" not in name}
    assert (given_parts(fewer), given_parts(fewer, prometheus=False)) == ([], ["keys"])
    assert missing(KEYS) == list(NETWORK)


def test_ids_of_another_network_are_not_mixed_in() -> None:
    """What was published of a network that is not used is left out; what was published of the keys is not."""
    published = {"vpc_id": "vpc-other", "public_subnet_ids": ["subnet-other"], "kms_key_general_arn": "arn"}
    assert combined(NETWORK, [published]) == {**NETWORK, "kms_key_general_arn": "arn"}
    assert combined({}, [published, {"vpc_id": "vpc-built"}])["vpc_id"] == "vpc-built"


@pytest.mark.parametrize("ids", [{}, NETWORK, KEYS, {**NETWORK, **KEYS}])
def test_nothing_or_all_of_a_part_is_right(ids: dict[str, Any]) -> None:
    assert list(problems({**GOOD, "infrastructure": ids})) == []


@pytest.mark.parametrize(
    ("ids", "words"),
    [
        ({"vpc_id": "vpc-0a000001"}, "some of the ids of the network; it lacks vpc_cidr, private_subnet_ids,"),
        ({**NETWORK, "isolated_subnet_ids": []}, "it lacks isolated_subnet_ids: give them, or none"),
        ({"availability_zones": ["a"]}, "some of the ids of the network"),
        ({"kms_key_general_arn": f"{KEY}0"}, "some of the ids of the keys; it lacks kms_key_secrets_manager_arn,"),
        ({**NETWORK, "vpcid": "vpc-1"}, "infrastructure.vpcid is no id of the layer below; did you mean vpc_id?"),
        (
            {**NETWORK, "vpc_id": "subnet-0a000001"},
            "infrastructure.vpc_id has 'subnet-0a000001'; it must look like vpc-",
        ),
        ({**NETWORK, "private_subnet_ids": ["a"]}, "infrastructure.private_subnet_ids has 'a'"),
        ({**NETWORK, "vpc_cidr": "10.0.0.1/16"}, "infrastructure.vpc_cidr has '10.0.0.1/16', which is no IPv4 network"),
        ({**KEYS, "kms_key_general_arn": "alias/a"}, "infrastructure.kms_key_general_arn is 'alias/a'"),
        (
            {**KEYS, "kms_key_general_arn": f"{KEY}0".replace(REGION, "eu-west-1")},
            "infrastructure.kms_key_general_arn is a key of region eu-west-1; the estate is in eu-central-2",
        ),
    ],
)
def test_what_is_incomplete_or_malformed_is_named(ids: dict[str, Any], words: str) -> None:
    found = list(problems({**GOOD, "infrastructure": ids}))
    assert len(found) == 1
    assert words in found[0]


def test_a_network_and_keys_as_they_must_be_pass() -> None:
    assert ask() == ([], [])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda a: a["describe_vpcs"].clear(), "vpc_id is vpc-0a000001, which does not exist in region eu-central-2"),
        (lambda a: a["describe_vpcs"][0].update(CidrBlock="10.0.0.0/20"), "vpc_cidr is 10.0.0.0/16, but"),
        (lambda a: a.update(enableDnsSupport=False), "whose attribute enableDnsSupport is off"),
        (lambda a: a.update(enableDnsHostnames=False), "whose attribute enableDnsHostnames is off"),
        (lambda a: a["describe_subnets"].pop(0), "private_subnet_ids has subnet-0a000001, which is no subnet of vpc-"),
        (lambda a: a["describe_subnets"][2].update(AvailabilityZone="b"), ""),
        (
            lambda a: a["describe_subnets"][2].update(AvailabilityZone=f"{REGION}b"),
            "isolated_subnet_ids has subnets in eu-central-2b alone; two availability zones are needed",
        ),
        (
            lambda a: a["describe_vpc_endpoints"].clear(),
            "s3_gateway_endpoint_id is vpce-0a000001, which is no endpoint",
        ),
        (lambda a: a["describe_vpc_endpoints"][0].update(VpcEndpointType="Interface"), "no gateway endpoint for S3"),
        (lambda a: a["describe_vpc_endpoints"][0].update(State="failed"), "which is failed"),
        (lambda a: a["describe_security_groups"].clear(), "which is no security group of vpc-"),
        (
            lambda a: a["describe_security_groups"][0]["IpPermissions"][0].update(IpRanges=[{"CidrIp": "10.0.1.0/24"}]),
            "which does not let port 443 in from 10.0.2.0/24",
        ),
        (
            lambda a: a["policy"]["Statement"][0].update(Principal={"AWS": "arn:aws:iam::123456789012:root"}),
            "whose policy does not let CloudWatch Logs",
        ),
    ],
)
def test_what_lacks_a_property_is_named(change: Callable[[dict[str, Any]], Any], words: str) -> None:
    found, _warnings = ask(change)
    assert len(found) == bool(words), found
    assert not words or words in found[0]
    assert all(text.startswith("infrastructure.") for text in found)


def test_the_buckets_must_be_reached_from_every_private_subnet() -> None:
    found, _warnings = ask(lambda a: a["describe_vpc_endpoints"][0].update(RouteTableIds=["rtb-main"]))
    assert len(found) == 2
    assert "rtb-private, the route table of private subnet subnet-0a000002" in found[1]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"KeyState": "PendingDeletion"}, "which is PendingDeletion; it must be enabled"),
        ({"KeySpec": "RSA_2048", "KeyUsage": "SIGN_VERIFY"}, "a key of RSA_2048 for SIGN_VERIFY; it must be symmetric"),
    ],
)
def test_keys_must_be_usable(change: dict[str, Any], words: str) -> None:
    found, _warnings = ask(lambda a: a["key"].update(change))
    assert len(found) == 4
    assert words in found[0]
    absent, _warnings = ask(lambda a: a.update(key=Missing("kms:DescribeKey", "no"), policy=Missing("a", "b")))
    assert [text.split(", ")[1] for text in absent] == ["which does not exist"] * 4


def test_what_works_all_the_same_is_a_warning() -> None:
    """A way out of the isolated subnets, a private subnet that nothing is let in from, and what may not be asked."""
    way = {"RouteTableId": "rtb-main", "Associations": [{"Main": True}], "Routes": [{"GatewayId": "igw-1"}]}
    found, warnings = ask(lambda a: a["describe_route_tables"].__setitem__(0, way))
    assert found == []
    assert len([text for text in warnings if "a way to the internet: igw-1" in text]) == 2
    narrow = {**GOOD["infrastructure"], "private_subnet_cidrs": ["10.0.1.0/24"]}
    found, warnings = ask(infrastructure=narrow)
    assert found == []
    assert "leaves out 10.0.2.0/24 of subnet-0a000002" in warnings[0]
    found, warnings = ask(lambda a: a.update(describe_vpcs=Denied("ec2:DescribeVpcs", "no")))
    assert found == []
    assert "the network could not be checked" in warnings[0]


def test_taking_down_asks_nothing() -> None:
    """A given network may be gone before the estate is."""
    assert ask(lambda a: a["describe_vpcs"].clear(), common_mode="destroy") == ([], [])
