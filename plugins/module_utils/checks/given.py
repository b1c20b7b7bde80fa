# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules for a network and keys that another tool built: complete, well-formed, and with the properties they need."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from ipaddress import IPv4Network
from typing import Any

from ..aws.ec2 import listed
from ..aws.policy import document
from ..aws.session import Aws
from ..core.errors import Denied, Missing, Unsupported
from ..core.infrastructure import FURTHER, NEEDED, given_parts, has, needed

#: What an id looks like, and an example of one.
_FORMS = {
    "vpc_id": (r"vpc-[0-9a-f]{8,17}", "vpc-0a1b2c3d4e5f60718"),
    "private_subnet_ids": (r"subnet-[0-9a-f]{8,17}", "subnet-0a1b2c3d4e5f60718"),
    "isolated_subnet_ids": (r"subnet-[0-9a-f]{8,17}", "subnet-0a1b2c3d4e5f60718"),
    "public_subnet_ids": (r"subnet-[0-9a-f]{8,17}", "subnet-0a1b2c3d4e5f60718"),
    "endpoint_security_group_id": (r"sg-[0-9a-f]{8,17}", "sg-0a1b2c3d4e5f60718"),
    "s3_gateway_endpoint_id": (r"vpce-[0-9a-f]{8,17}", "vpce-0a1b2c3d4e5f60718"),
}

_KEY = re.compile(r"arn:(aws[a-z-]*):kms:([a-z0-9-]+):\d{12}:key/[\w-]+")

Ids = Mapping[str, Any]


def problems(v: Mapping[str, Any]) -> Iterator[str]:
    """Check the variable ``infrastructure``. ``v`` are the resolved variables; any of them may be missing."""
    ids = v.get("infrastructure") or {}
    known = [name for names in (*NEEDED.values(), *FURTHER.values()) for name in names]
    for name in sorted(set(map(str, ids)) - set(known)):
        near = difflib.get_close_matches(name, known, n=1)
        yield f"infrastructure.{name} is no id of the layer below; " + (
            f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
        )
    for part in NEEDED:
        names = needed(part, prometheus=_prometheus(v))
        lacking = [name for name in names if not has(ids, name)]
        if lacking and any(has(ids, name) for name in (*NEEDED[part], *FURTHER[part])):
            yield (
                f"infrastructure gives only some of the ids of the {part}; it lacks {', '.join(lacking)}: "
                f"give them, or none, to have the {part} built"
            )
    yield from _forms(ids, str(v.get("aws_region") or ""))


def _prometheus(v: Mapping[str, Any]) -> bool:
    return bool(v.get("enable_managed_prometheus", True))


def _forms(ids: Ids, region: str) -> Iterator[str]:
    for name in (name for name in _FORMS if has(ids, name)):
        form, example = _FORMS[name]
        for one in _several(ids[name]):
            if not re.fullmatch(form, str(one)):
                yield f"infrastructure.{name} has '{one}'; it must look like {example}"
    for name in ("vpc_cidr", "private_subnet_cidrs"):
        for one in _several(ids.get(name)):
            if _network(one) is None:
                yield f"infrastructure.{name} has '{one}', which is no IPv4 network such as 10.0.0.0/16"
    for name in (name for name in NEEDED["keys"] if has(ids, name)):
        match = _KEY.fullmatch(str(ids[name]))
        if not match:
            yield f"infrastructure.{name} is '{ids[name]}'; it must be a key's ARN, arn:aws:kms:REGION:ACCOUNT:key/ID"
        elif region and match.group(2) != region:
            yield f"infrastructure.{name} is a key of region {match.group(2)}; the estate is in {region}"


def _several(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [value] if value else []


def _network(value: Any) -> IPv4Network | None:
    try:
        return IPv4Network(str(value))
    except ValueError:
        return None


# --- what only AWS knows --------------------------------------------------------------------------------------------


def api_problems(aws: Aws, v: Mapping[str, Any], warnings: list[str]) -> Iterator[str]:
    """Check that what is given is there and has the properties that the estate needs. Only reads."""
    ids = v.get("infrastructure") or {}
    if v.get("common_mode") == "destroy" or list(problems(v)):
        return
    given = given_parts(ids, prometheus=_prometheus(v))
    if "network" in given:
        yield from _asked(lambda: list(_network_problems(aws, v, ids, warnings)), "network", warnings)
    if "keys" in given:
        for name in needed("keys", prometheus=_prometheus(v)):
            yield from _asked(lambda name=name: list(_key_problems(aws, name, ids[name])), name, warnings)
        name = "kms_key_cloudwatch_logs_arn"
        yield from _asked(lambda: list(_logs_problems(aws, ids[name])), f"policy of {name}", warnings)


def _asked(check: Callable[[], list[str]], what: str, warnings: list[str]) -> list[str]:
    """Run a check; where the caller may not ask, that is a warning."""
    try:
        return check()
    except (Denied, Unsupported) as failure:
        warnings.append(f"infrastructure: the {what} could not be checked: {failure}")
        return []


# --- the network ----------------------------------------------------------------------------------------------------


def _network_problems(aws: Aws, v: Mapping[str, Any], ids: Ids, warnings: list[str]) -> Iterator[str]:
    vpc_id = ids["vpc_id"]
    vpc = next(iter(listed(aws, "describe_vpcs", "Vpcs", {"vpc-id": vpc_id})), None)
    if vpc is None:
        yield f"infrastructure.vpc_id is {vpc_id}, which does not exist in region {aws.region} of this account"
        return
    yield from _vpc_problems(aws, vpc, ids)
    subnets = {entry["SubnetId"]: entry for entry in listed(aws, "describe_subnets", "Subnets", {"vpc-id": vpc_id})}
    yield from _subnet_problems(subnets, v, ids, warnings)
    tables = list(listed(aws, "describe_route_tables", "RouteTables", {"vpc-id": vpc_id}))
    for subnet in _several(ids["isolated_subnet_ids"]):
        way = _way_out(_table_of(subnet, tables))
        if way:
            warnings.append(f"infrastructure.isolated_subnet_ids has {subnet}, which has a way to the internet: {way}")
    yield from _endpoint_problems(aws, ids, tables)
    yield from _group_problems(aws, ids)


def _vpc_problems(aws: Aws, vpc: Mapping[str, Any], ids: Ids) -> Iterator[str]:
    networks = _networks(vpc)
    if ids["vpc_cidr"] not in networks:
        yield f"infrastructure.vpc_cidr is {ids['vpc_cidr']}, but {ids['vpc_id']} has {', '.join(networks)}"
    ranges = [IPv4Network(one) for one in networks]
    for cidr in _several(ids["private_subnet_cidrs"]):
        if not any(IPv4Network(cidr).subnet_of(one) for one in ranges):
            yield f"infrastructure.private_subnet_cidrs has {cidr}, which lies outside {ids['vpc_id']}"
    attributes = {"enableDnsSupport": "EnableDnsSupport", "enableDnsHostnames": "EnableDnsHostnames"}
    for attribute, key in attributes.items():
        answer = aws.service("ec2").describe_vpc_attribute(VpcId=ids["vpc_id"], Attribute=attribute)
        if not answer[key]["Value"]:
            yield (
                f"infrastructure.vpc_id is {ids['vpc_id']}, whose attribute {attribute} is off; the private names of "
                "its endpoints need DNS support and DNS host names"
            )


def _networks(vpc: Mapping[str, Any]) -> list[str]:
    associated = [
        entry["CidrBlock"]
        for entry in vpc.get("CidrBlockAssociationSet") or ()
        if entry.get("CidrBlockState", {}).get("State", "associated") == "associated"
    ]
    return list(dict.fromkeys([vpc["CidrBlock"], *associated]))


def _subnet_problems(
    subnets: Mapping[str, Mapping[str, Any]], v: Mapping[str, Any], ids: Ids, warnings: list[str]
) -> Iterator[str]:
    for name in ("private_subnet_ids", "isolated_subnet_ids", "public_subnet_ids"):
        wanted = _several(ids.get(name))
        for subnet in (one for one in wanted if one not in subnets):
            yield f"infrastructure.{name} has {subnet}, which is no subnet of {ids['vpc_id']}"
        zones = [subnets[one]["AvailabilityZone"] for one in wanted if one in subnets]
        if name != "public_subnet_ids" and len(zones) == len(wanted) and len(set(zones)) < 2:
            yield f"infrastructure.{name} has subnets in {zones[0]} alone; two availability zones are needed"
        if name == "private_subnet_ids" and _has_endpoints(v):
            for zone in sorted({one for one in zones if zones.count(one) > 1}):
                yield f"infrastructure.{name} has several subnets in {zone}; an endpoint takes one of each zone"
    for subnet in (one for one in _several(ids["private_subnet_ids"]) if one in subnets):
        network = IPv4Network(subnets[subnet]["CidrBlock"])
        if not any(network.subnet_of(IPv4Network(cidr)) for cidr in _several(ids["private_subnet_cidrs"])):
            warnings.append(
                f"infrastructure.private_subnet_cidrs leaves out {network} of {subnet}: nothing in that subnet may "
                "connect to Aurora and Redis"
            )


def _has_endpoints(v: Mapping[str, Any]) -> bool:
    return any(v.get(name, True) for name in ("enable_aurora_endpoint", "enable_elasticache_endpoint"))


def _table_of(subnet: str, tables: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Return the route table of a subnet: its own, or the main one of the VPC."""
    for table in tables:
        if any(entry.get("SubnetId") == subnet for entry in table.get("Associations") or ()):
            return table
    main = [table for table in tables if any(entry.get("Main") for entry in table.get("Associations") or ())]
    return main[0] if main else {}


def _way_out(table: Mapping[str, Any]) -> str:
    """Return the gateway by which routes lead to the internet, empty where none does."""
    for route in table.get("Routes") or ():
        gateway = str(route.get("NatGatewayId") or route.get("GatewayId") or "")
        if gateway.startswith(("igw-", "nat-")):
            return gateway
    return ""


def _endpoint_problems(aws: Aws, ids: Ids, tables: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    name, wanted = "infrastructure.s3_gateway_endpoint_id", ids["s3_gateway_endpoint_id"]
    found = list(listed(aws, "describe_vpc_endpoints", "VpcEndpoints", {"vpc-endpoint-id": wanted}))
    endpoint = found[0] if found else None
    if endpoint is None or endpoint["VpcId"] != ids["vpc_id"]:
        yield f"{name} is {wanted}, which is no endpoint of {ids['vpc_id']}"
        return
    if endpoint.get("VpcEndpointType", "Gateway") != "Gateway" or not endpoint["ServiceName"].endswith(".s3"):
        yield f"{name} is {wanted}, which is no gateway endpoint for S3"
        return
    if endpoint.get("State", "available").lower() != "available":
        yield f"{name} is {wanted}, which is {endpoint['State']}"
    led = set(endpoint.get("RouteTableIds") or ())
    for subnet in _several(ids["private_subnet_ids"]):
        table = _table_of(subnet, tables).get("RouteTableId")
        if table and table not in led:
            yield (
                f"{name} is {wanted}, which is not associated with {table}, the route table of private subnet "
                f"{subnet}: the buckets could not be reached from there"
            )


def _group_problems(aws: Aws, ids: Ids) -> Iterator[str]:
    name, wanted = "infrastructure.endpoint_security_group_id", ids["endpoint_security_group_id"]
    found = list(listed(aws, "describe_security_groups", "SecurityGroups", {"group-id": wanted}))
    if not found or found[0].get("VpcId") != ids["vpc_id"]:
        yield f"{name} is {wanted}, which is no security group of {ids['vpc_id']}"
        return
    https = [rule for rule in found[0].get("IpPermissions") or () if _lets_https_in(rule)]
    if any(rule.get("UserIdGroupPairs") or rule.get("PrefixListIds") for rule in https):
        return  # whom these let in cannot be told from here
    sources = [IPv4Network(entry["CidrIp"]) for rule in https for entry in rule.get("IpRanges") or ()]
    shut = [
        cidr
        for cidr in _several(ids["private_subnet_cidrs"])
        if not any(IPv4Network(cidr).subnet_of(source) for source in sources)
    ]
    if shut:
        yield f"{name} is {wanted}, which does not let port 443 in from {', '.join(shut)}"


def _lets_https_in(rule: Mapping[str, Any]) -> bool:
    if rule.get("IpProtocol") == "-1":
        return True
    return rule.get("IpProtocol") in ("tcp", "6") and rule.get("FromPort", 0) <= 443 <= rule.get("ToPort", 65535)


# --- the keys -------------------------------------------------------------------------------------------------------


def _key_problems(aws: Aws, name: str, arn: str) -> Iterable[str]:
    try:
        key = aws.service("kms").describe_key(KeyId=arn)["KeyMetadata"]
    except Missing:
        return [f"infrastructure.{name} is {arn}, which does not exist"]
    wrong = []
    if key.get("KeyState", "Enabled") != "Enabled":
        wrong.append(f"infrastructure.{name} is {arn}, which is {key['KeyState']}; it must be enabled")
    spec, usage = key.get("KeySpec", "SYMMETRIC_DEFAULT"), key.get("KeyUsage", "ENCRYPT_DECRYPT")
    if (spec, usage) != ("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT"):
        wrong.append(f"infrastructure.{name} is {arn}, a key of {spec} for {usage}; it must be symmetric, to encrypt")
    return wrong


def _logs_problems(aws: Aws, arn: str) -> Iterable[str]:
    """Check that CloudWatch Logs, which uses a key in its own name, is let in by the key's policy."""
    try:
        policy = document(aws.service("kms").get_key_policy(KeyId=arn, PolicyName="default").get("Policy")) or {}
    except Missing:  # told already
        return []
    statements = policy.get("Statement") or []
    for statement in [statements] if isinstance(statements, Mapping) else statements:
        principal = statement.get("Principal")
        services = _several(principal.get("Service")) if isinstance(principal, Mapping) else []
        anybody = principal == "*" or (isinstance(principal, Mapping) and "*" in _several(principal.get("AWS")))
        if statement.get("Effect") == "Allow" and (anybody or any(str(one).startswith("logs.") for one in services)):
            return []
    name = "infrastructure.kms_key_cloudwatch_logs_arn"
    return [f"{name} is {arn}, whose policy does not let CloudWatch Logs (logs.{aws.region}.*) use it"]
