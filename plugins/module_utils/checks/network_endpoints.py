# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules for the input of role network_endpoints, on the controller and against AWS."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..aws.ec2 import zones_of
from ..aws.session import Aws
from ..core.errors import Denied, Failure, Unsupported
from ..core.values import is_unknown
from ..kinds.vpc_endpoint import foreign
from . import network_quotas
from .common import wait_problems
from .network import organization_problems, policy_problems, unserved

#: Service to the switch that asks for its endpoint.
SWITCHES = {"rds": "enable_aurora_endpoint", "elasticache": "enable_elasticache_endpoint"}

#: Service to the key of the name of its endpoint.
NAMES = {"rds": "endpoint_rds", "elasticache": "endpoint_elasticache"}

#: Variable to the form of its ids.
IDS = {
    "network_endpoints_vpc_id": r"vpc-[0-9a-f]{8,17}",
    "network_endpoints_subnet_ids": r"subnet-[0-9a-f]{8,17}",
    "network_endpoints_security_group_ids": r"sg-[0-9a-f]{8,17}",
}


def problems(v: Mapping[str, Any]) -> Iterable[str]:
    """Check what can be known without AWS. ``v`` are the resolved variables; any of them may be missing."""
    if _services(v):
        yield from _ids(v)
    yield from organization_problems("network_endpoints_trusted_organization", v)
    for service in sorted(set(v.get("network_endpoints_policies") or {}) - set(SWITCHES)):
        yield f"network_endpoints_policies has '{service}'; this role makes endpoints for {' and '.join(SWITCHES)}"
    yield from policy_problems("network_endpoints_policies", v)
    yield from wait_problems(v, "network_endpoints_wait_timeout")


def _services(v: Mapping[str, Any]) -> list[str]:
    return [service for service, switch in SWITCHES.items() if v.get(switch, True)]


def _ids(v: Mapping[str, Any]) -> Iterator[str]:
    for name, form in IDS.items():
        value = v.get(name)
        if value is None:
            continue
        values = value if isinstance(value, list) else [value]
        if not values:
            yield f"{name} is empty; an interface endpoint needs at least one"
        for one in values:
            if not is_unknown(one) and not re.fullmatch(form, str(one)):
                yield f"{name} has '{one}', which is no id like {form.split('[', maxsplit=1)[0]}0123456789abcdef0"


def api_problems(aws: Aws, v: Mapping[str, Any], warnings: list[str]) -> Iterable[str]:
    """Check that AWS offers the endpoints in the subnets' zones, each with a subnet of its own, and what is there."""
    services = _services(v)
    if not services:
        return
    zones: list[str] = []
    yield from _zones(aws, v, zones, warnings)
    for service, why in unserved(aws, services, {service: sorted(set(zones)) for service in services}, warnings):
        yield f"{SWITCHES[service]} is true, but for {service} {why}"
    vpc = v.get("network_endpoints_vpc_id")
    if vpc and not is_unknown(vpc):
        try:
            yield from _others(aws, v, str(vpc), services)
            yield from network_quotas.problems(aws, network_quotas.of_endpoints(aws, str(vpc), services), warnings)
        except Failure as failure:
            warnings.append(f"the endpoints of {vpc} could not be checked: {failure}")


def _others(aws: Aws, v: Mapping[str, Any], vpc: str, services: Iterable[str]) -> Iterator[str]:
    """Name endpoints of others that serve the same, where nobody said that they are to be used.

    Raises:
        Failure: the caller may not look, or the names of the estate are wrong.
    """
    if v.get("network_endpoints_adopt"):
        return
    made = network_quotas.estate_names(v)
    wanted = {service: made[NAMES[service]] for service in services}
    for service, endpoint in foreign(aws, vpc, wanted):
        yield (
            f"{SWITCHES[service]} is true, but {vpc} has {endpoint} for {service} already, which is not named "
            f"{wanted[service]}: network_endpoints_adopt: true adds to it, {SWITCHES[service]}: false leaves it alone"
        )


def _zones(aws: Aws, v: Mapping[str, Any], zones: list[str], warnings: list[str]) -> Iterator[str]:
    subnets = [one for one in v.get("network_endpoints_subnet_ids") or () if not is_unknown(one)]
    if not subnets:
        return
    try:
        found = zones_of(aws, subnets)
    except (Denied, Unsupported) as failure:
        warnings.append(f"the subnets of the endpoints could not be checked: {failure}")
        return
    for subnet in subnets:
        if subnet not in found:
            yield f"network_endpoints_subnet_ids has {subnet}, which does not exist in region {aws.region}"
    zones += [found[subnet] for subnet in subnets if subnet in found]
    for zone in sorted({one for one in zones if zones.count(one) > 1}):
        yield f"network_endpoints_subnet_ids has several subnets in {zone}; an endpoint takes one of each zone"
