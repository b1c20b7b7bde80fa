# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules for the input of role network_endpoints, on the controller and against AWS."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..aws.ec2 import listed
from ..aws.session import Aws
from ..core.errors import Denied, Unsupported
from ..core.values import is_unknown
from .network import missing_services, organization_problems

#: Service to the switch that asks for its endpoint.
SWITCHES = {"rds": "enable_aurora_endpoint", "elasticache": "enable_elasticache_endpoint"}

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
    timeout = v.get("network_endpoints_wait_timeout")
    if timeout is not None and timeout < 1:
        yield f"network_endpoints_wait_timeout is {timeout}; it must be at least 1 second"


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
    """Check that the region offers the endpoints, and that each subnet has a zone of its own."""
    services = _services(v)
    if not services:
        return
    for service in missing_services(aws, services, warnings):
        yield f"{SWITCHES[service]} is true, but region {aws.region} offers no endpoint for {service}"
    yield from _zones(aws, v, warnings)


def _zones(aws: Aws, v: Mapping[str, Any], warnings: list[str]) -> Iterator[str]:
    subnets = [one for one in v.get("network_endpoints_subnet_ids") or () if not is_unknown(one)]
    if not subnets:
        return
    try:
        found = {
            entry["SubnetId"]: entry["AvailabilityZone"]
            for entry in listed(aws, "describe_subnets", "Subnets", {"subnet-id": subnets})
        }
    except (Denied, Unsupported) as failure:
        warnings.append(f"the subnets of the endpoints could not be checked: {failure}")
        return
    for subnet in subnets:
        if subnet not in found:
            yield f"network_endpoints_subnet_ids has {subnet}, which does not exist in region {aws.region}"
    zones = [found[subnet] for subnet in subnets if subnet in found]
    for zone in sorted({one for one in zones if zones.count(one) > 1}):
        yield f"network_endpoints_subnet_ids has several subnets in {zone}; an endpoint takes one of each zone"
