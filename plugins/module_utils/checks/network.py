# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules for the input of role network, on the controller and against AWS."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from ipaddress import IPv4Network
from itertools import combinations
from typing import Any

from ..aws.ec2 import endpoint_services, full_name, listed
from ..aws.ec2 import network as as_kept
from ..aws.session import Aws
from ..core.errors import Denied, Failure, Unsupported
from ..core.topology import TIERS
from ..core.values import is_unknown
from ..kinds.log_group import RETENTIONS
from ..kinds.vpc_endpoint import foreign
from . import network_quotas

#: Endpoints that another role of the collection manages.
ELSEWHERE = {"rds": "network_endpoints", "elasticache": "network_endpoints"}

#: Entries that a network ACL holds by AWS's default quota, and those that every ACL of ours needs.
ACL_ENTRIES, FIXED_ENTRIES = 20, 4

_ORGANIZATION = re.compile(r"o-[a-z0-9]{10,32}")


def problems(v: Mapping[str, Any]) -> Iterable[str]:
    """Check what can be known without AWS. ``v`` are the resolved variables; any of them may be missing."""
    yield from _counts(v)
    yield from _zones(v)
    yield from _networks(v)
    yield from _ports(v)
    yield from _endpoints(v)
    yield from organization_problems("network_endpoint_trusted_organization", v)
    retention = v.get("network_log_retention_days")
    if retention is not None and retention not in RETENTIONS:
        allowed = ", ".join(map(str, RETENTIONS))
        yield f"network_log_retention_days is {retention}; CloudWatch Logs accepts {allowed}"
    yield from _key(v)


#: Length of the prefix of the smallest VPC whose subnets can follow from it.
LONGEST_TO_CUT = 23


def _counts(v: Mapping[str, Any]) -> Iterator[str]:
    count = v.get("network_az_count")
    if count is not None and count not in (2, 3):
        yield f"network_az_count is {count}; it must be 2 or 3"
    nat = v.get("network_nat_gateways")
    if nat is not None and nat not in ("one", "per_az"):
        yield f"network_nat_gateways is '{nat}'; it must be one or per_az"


def _zones(v: Mapping[str, Any]) -> Iterator[str]:
    zones, region, count = v.get("network_availability_zones"), v.get("aws_region"), v.get("network_az_count")
    if zones is None or is_unknown(zones):
        return
    if count is not None and len(zones) < count:
        yield f"network_availability_zones has {len(zones)} zones; network_az_count needs {count}"
    if len(set(zones)) < len(zones):
        yield f"network_availability_zones names a zone twice: {', '.join(zones)}"
    for zone in zones:
        if region and not re.fullmatch(re.escape(str(region)) + "[a-z]", zone):
            yield f"network_availability_zones has '{zone}'; a zone of aws_region is named like {region}a"


# --- networks -------------------------------------------------------------------------------------------------------


def _networks(v: Mapping[str, Any]) -> Iterator[str]:
    vpc = yield from _network("network_vpc_cidr", v.get("network_vpc_cidr"))
    known: list[tuple[str, IPv4Network]] = []
    for tier in TIERS:
        name = f"network_{tier}_subnet_cidrs"
        cidrs: Sequence[Any] | None = v.get(name)
        if cidrs is None:
            if vpc is not None and vpc.prefixlen > LONGEST_TO_CUT:
                yield (
                    f"network_vpc_cidr is {vpc}, too small for {name} to follow from it; take a /{LONGEST_TO_CUT} or "
                    f"more, or give {name} too"
                )
            continue
        count = v.get("network_az_count")
        if count is not None and len(cidrs) < count:
            yield f"{name} has {len(cidrs)} networks; network_az_count needs {count}, one for each zone"
        for cidr in cidrs:
            network = yield from _network(name, cidr)
            if network is not None:
                known.append((name, network))
                if vpc is not None and not network.subnet_of(vpc):
                    yield f"{name} has {network}, which lies outside network_vpc_cidr {vpc}"
    for (one, left), (other, right) in combinations(known, 2):
        if left.overlaps(right):
            yield f"{one} has {left}, which overlaps {right} of {other}; every subnet needs a network of its own"


def _network(name: str, cidr: Any) -> Iterator[str]:
    """Yield what is wrong with a network and return it, ``None`` where it is none."""
    if cidr is None or is_unknown(cidr):
        return None
    try:
        network = IPv4Network(str(cidr))
    except ValueError as error:
        right = as_kept(cidr)
        hint = f"; write {right}" if right != cidr and ":" not in right else ""
        yield f"{name} has '{cidr}', which is no IPv4 network: {error}{hint}"
        return None
    if not 16 <= network.prefixlen <= 28:
        yield f"{name} has {cidr}; AWS takes networks from /16 to /28"
        return None
    return network


# --- the rest -------------------------------------------------------------------------------------------------------


def _ports(v: Mapping[str, Any]) -> Iterator[str]:
    for name in ("network_public_ingress_ports", "network_denied_ports"):
        for port in v.get(name) or ():
            if not 1 <= port <= 65535:
                yield f"{name} has {port}; a port is 1-65535"
    served, denied = (len(v.get(f"network_{name}_ports") or ()) for name in ("public_ingress", "denied"))
    if FIXED_ENTRIES + served + 2 * denied > ACL_ENTRIES:
        yield (
            f"network_public_ingress_ports ({served}) and network_denied_ports ({denied}, each for TCP and UDP) "
            f"are too many; a network ACL holds {ACL_ENTRIES} entries, of which {FIXED_ENTRIES} are taken"
        )
    both = set(v.get("network_public_ingress_ports") or ()) & set(v.get("network_denied_ports") or ())
    for port in sorted(both):
        yield f"port {port} is in network_public_ingress_ports and in network_denied_ports; leave it out of one"


def _endpoints(v: Mapping[str, Any]) -> Iterator[str]:
    services = v.get("network_interface_endpoints")
    if services is None:
        return
    for service in sorted({one for one in services if services.count(one) > 1}):
        yield f"network_interface_endpoints names '{service}' twice"
    for service in services:
        if service in ELSEWHERE:
            yield f"network_interface_endpoints has '{service}', which role {ELSEWHERE[service]} manages; leave it out"
        elif not re.fullmatch(r"[a-z0-9][a-z0-9-]*", service):
            yield f"network_interface_endpoints has '{service}'; a service is named like kms or bedrock-runtime"
        elif service == "s3":
            yield "network_interface_endpoints has 's3', which gets a gateway endpoint anyway; leave it out"
    for service in sorted(set(v.get("network_endpoint_policies") or {}) - {"s3", *services}):
        yield f"network_endpoint_policies has '{service}', which network_interface_endpoints does not name"
    yield from policy_problems("network_endpoint_policies", v)


def policy_problems(name: str, v: Mapping[str, Any]) -> Iterator[str]:
    """Check the form of policies by service; an empty one stands for the usual one."""
    for service, policy in (v.get(name) or {}).items():
        if policy and not (isinstance(policy, Mapping) and isinstance(policy.get("Statement"), (list, Mapping))):
            yield f"{name}.{service} is no policy; give a mapping with Version and Statement"


def organization_problems(name: str, v: Mapping[str, Any]) -> Iterator[str]:
    """Check the id of an organisation."""
    organization = v.get(name)
    if organization and not is_unknown(organization) and not _ORGANIZATION.fullmatch(str(organization)):
        yield f"{name} is '{organization}'; the id of an organisation is like o-a1b2c3d4e5"


def _key(v: Mapping[str, Any]) -> Iterator[str]:
    name = "network_kms_key_cloudwatch_logs_arn"
    arn = v.get(name)
    if arn and not is_unknown(arn) and not re.fullmatch(r"arn:[a-z-]+:kms:[a-z0-9-]+:\d{12}:key/[\w-]+", str(arn)):
        yield f"{name} is '{arn}'; it must be the ARN of a key, arn:aws:kms:REGION:ACCOUNT:key/ID"


def api_problems(aws: Aws, v: Mapping[str, Any], warnings: list[str]) -> Iterable[str]:
    """Check that the region has the zones, and endpoints for the services in them, and that the quotas suffice."""
    zones = (v.get("network_availability_zones") or [])[: v.get("network_az_count") or 3]
    yield from _zone_problems(aws, zones, warnings)
    services = v.get("network_interface_endpoints") or ()
    for service, why in unserved(aws, ["s3", *services], dict.fromkeys(services, zones), warnings):
        yield f"network_interface_endpoints has '{service}', for which {why}"
    try:
        yield from network_quotas.problems(aws, network_quotas.of_network(aws, v), warnings)
        yield from _others(aws, v)
    except Failure as failure:
        warnings.append(f"what the account has already could not be checked: {failure}")


def _others(aws: Aws, v: Mapping[str, Any]) -> Iterator[str]:
    """Name endpoints of others in the VPC that serve the same, where nobody said that they are to be used.

    Raises:
        Failure: the caller may not look, or the names of the estate are wrong.
    """
    made = network_quotas.estate_names(v)
    services = ["s3", *(v.get("network_interface_endpoints") or ())]
    wanted = {service: f"{made['endpoint_prefix']}-{service}" for service in services}
    own = [] if v.get("network_adopt_endpoints") else listed(aws, "describe_vpcs", "Vpcs", {"tag:Name": made["vpc"]})
    for vpc in own:
        for service, endpoint in foreign(aws, vpc["VpcId"], wanted):
            yield (
                f"{vpc['VpcId']} has {endpoint} for {service} already, which is not named {wanted[service]}: "
                "network_adopt_endpoints: true adds to it and changes nothing else"
            )


def _zone_problems(aws: Aws, zones: Sequence[str], warnings: list[str]) -> Iterator[str]:
    try:
        answer = aws.service("ec2").describe_availability_zones()
    except (Denied, Unsupported) as failure:
        warnings.append(f"the availability zones could not be checked: {failure}")
        return
    there = {one["ZoneName"] for one in answer["AvailabilityZones"] if one.get("State", "available") == "available"}
    if not there:
        yield (
            f"aws_region is {aws.region}, in which this account has no availability zones; enable the region for "
            "the account, or choose another"
        )
        return
    for zone in zones:
        if zone not in there:
            offered = ", ".join(sorted(there))
            yield f"network_availability_zones has {zone}, which this account does not have; there are {offered}"


def unserved(
    aws: Aws, services: Iterable[str], zones: Mapping[str, Sequence[str]], warnings: list[str]
) -> Iterator[tuple[str, str]]:
    """Yield the services that get no VPC endpoint, with the reason, and warn of zones in which they get none.

    Args:
        aws: the gateway.
        services: short names.
        zones: service to the zones in which its interface endpoint is to stand, where it has one and they are known.
        warnings: what is worth knowing and stops nothing is added to these.
    """
    try:
        offered = endpoint_services(aws)
    except (Denied, Unsupported) as failure:
        warnings.append(f"the services with VPC endpoints could not be checked: {failure}")
        return
    for service in services:
        name = full_name(service, aws.region, offered)
        served, wanted = offered.get(name), [zone for zone in zones.get(service, ()) if not is_unknown(zone)]
        lacking = [zone for zone in wanted if served is not None and zone not in served]
        if name not in offered:
            yield service, f"region {aws.region} offers no endpoint"
        elif lacking and lacking == wanted:
            yield service, f"AWS offers no interface endpoint in {', '.join(lacking)}"
        elif lacking:
            warnings.append(
                f"AWS offers no endpoint for {service} in {', '.join(lacking)}; it is made in the other zones"
            )
