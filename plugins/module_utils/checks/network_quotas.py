# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether what a network adds fits into the quotas of the account."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..aws.ec2 import full_name, listed, name_of, zones_of
from ..aws.session import Aws
from ..core import names
from ..core.errors import Failure, Missing
from ..core.topology import letter


@dataclass(frozen=True)
class Quota:
    """A quota of AWS.

    Attributes:
        service: the service that it belongs to, as Service Quotas calls it.
        code: its code there.
        default: what AWS grants by default.
        what: what it limits.
        instead: what can be done instead of asking for a higher one.
    """

    service: str
    code: str
    default: int
    what: str
    instead: str


_FEWER = "set network_nat_gateways: one"
_ENDPOINTS = "leave out services of network_interface_endpoints"
VPCS = Quota("vpc", "L-F678F1CE", 5, "VPCs", "remove a VPC that is no longer used")
ADDRESSES = Quota("ec2", "L-0263D0A3", 5, "Elastic IPs", f"release some, or {_FEWER}")
NAT_GATEWAYS = Quota("vpc", "L-FE5A380F", 5, "NAT gateways", "remove one, or choose other network_availability_zones")
INTERFACE_ENDPOINTS = Quota("vpc", "L-29B6F2EB", 50, "interface endpoints", _ENDPOINTS)
GATEWAY_ENDPOINTS = Quota("vpc", "L-1B52E74A", 20, "gateway endpoints", "remove one that is no longer used")


@dataclass(frozen=True)
class Need:
    """What a run adds to something that has a quota.

    Attributes:
        quota: the quota.
        present: how much of it is in use.
        more: how much the run adds.
        where: what the quota is counted in.
    """

    quota: Quota
    present: int
    more: int
    where: str


def problems(aws: Aws, needs: Iterable[Need], warnings: list[str]) -> Iterator[str]:
    """Name what does not fit. Only quotas of what is added are asked for.

    Who may not ask is warned, with AWS's defaults in the place of the answers: the account may well have more.
    """
    unknown: Failure | None = None
    for need in needs:
        if not need.more:
            continue
        limit: float = need.quota.default
        if unknown is None:
            try:
                limit = _limit(aws, need.quota)
            except Failure as failure:
                unknown = failure
        if need.present + need.more <= limit:
            continue
        text = (
            f"{need.more} more {need.quota.what} are needed in {need.where}, where {need.present} of {limit:g} are in "
            f"use: ask AWS for a higher quota ({need.quota.service} {need.quota.code}), or {need.quota.instead}"
        )
        if unknown is None:
            yield text
        else:
            warnings.append(f"{text}. This counts with AWS's default, for the quota could not be asked for")
    if unknown is not None:
        warnings.append(f"the quotas could not be asked for, so AWS's defaults were taken: {unknown}")


def _limit(aws: Aws, quota: Quota) -> float:
    """Return the value that holds for the account; AWS knows it only where it was ever changed, says its reference."""
    service, asked = aws.service("service-quotas"), {"ServiceCode": quota.service, "QuotaCode": quota.code}
    try:
        answer = service.get_service_quota(**asked)
    except Missing:
        answer = service.get_aws_default_service_quota(**asked)
    return float(answer["Quota"]["Value"])


def of_network(aws: Aws, v: Mapping[str, Any]) -> Iterator[Need]:
    """Yield what role network adds to the account.

    Raises:
        Failure: the caller may not look, or the names of the estate are wrong.
    """
    made = estate_names(v)
    vpcs = list(listed(aws, "describe_vpcs", "Vpcs", {}))
    own = [entry["VpcId"] for entry in vpcs if name_of(entry) == made["vpc"]]
    yield Need(VPCS, len(vpcs), 0 if own else 1, aws.region)
    yield from _ways_out(aws, made, v)
    yield from of_endpoints(aws, own[0] if own else "", v.get("network_interface_endpoints") or ())
    endpoints = _endpoints(aws, {"vpc-endpoint-type": "Gateway"})
    here = [one for one in endpoints if own and one["VpcId"] == own[0] and one["ServiceName"].endswith(".s3")]
    yield Need(GATEWAY_ENDPOINTS, len(endpoints), 0 if here else 1, aws.region)


def _ways_out(aws: Aws, made: Mapping[str, str], v: Mapping[str, Any]) -> Iterator[Need]:
    zones: Sequence[str] = (v.get("network_availability_zones") or [])[: v.get("network_az_count") or 3]
    wanted = zones[:1] if v.get("network_nat_gateways") == "one" else zones
    named = {f"{made['nat_gateway_prefix']}-{letter(zone)}": zone for zone in wanted}
    addresses = list(listed(aws, "describe_addresses", "Addresses", {}))
    held = {name_of(entry) for entry in addresses}
    yield Need(ADDRESSES, len(addresses), len(named.keys() - held), aws.region)
    alive = {"state": ["pending", "available", "deleting"]}
    gateways = list(listed(aws, "describe_nat_gateways", "NatGateways", alive))
    there = {name_of(entry) for entry in gateways}
    new = [zone for name, zone in named.items() if name not in there]
    if new and gateways:
        where = zones_of(aws, [entry["SubnetId"] for entry in gateways])
        counted = Counter(where.get(entry["SubnetId"]) for entry in gateways)
    else:
        counted = Counter()
    for zone in new:
        yield Need(NAT_GATEWAYS, counted[zone], 1, zone)


def of_endpoints(aws: Aws, vpc: str, services: Iterable[str]) -> Iterator[Need]:
    """Yield the interface endpoints that a VPC gets for services; the VPC may be yet to be made.

    Raises:
        Failure: the caller may not look.
    """
    here = _endpoints(aws, {"vpc-endpoint-type": "Interface", "vpc-id": vpc}) if vpc else []
    served = {one["ServiceName"] for one in here}
    more = [service for service in services if full_name(service, aws.region) not in served]
    yield Need(INTERFACE_ENDPOINTS, len(here), len(more), vpc or "the new VPC")


def _endpoints(aws: Aws, wanted: Mapping[str, str]) -> list[dict[str, Any]]:
    gone = {"deleted", "rejected", "failed", "expired"}
    found = listed(aws, "describe_vpc_endpoints", "VpcEndpoints", wanted)
    return [entry for entry in found if str(entry.get("State", "")).lower() not in gone]


def estate_names(v: Mapping[str, Any]) -> dict[str, str]:
    """Return the names of the estate.

    Raises:
        Failure: the variables that they are made of are wrong, which is reported elsewhere.
    """
    given = {"org_moniker": "org_moniker", "product_moniker": "product_moniker", "environment": "environment_name"}
    parts = {part: str(v.get(name) or "") for part, name in given.items()}
    try:
        return names.names(**parts, region=str(v.get("aws_region") or ""), account=str(v.get("aws_account_id") or ""))
    except ValueError as error:
        raise Failure("names", str(error)) from error
