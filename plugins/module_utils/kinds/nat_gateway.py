# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Public NAT gateways, each with an Elastic IP of its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..aws.ec2 import TWINS, by_name, listed, name_of, name_problems, tag_specification
from ..aws.forms import SUBNET
from ..aws.session import Aws
from ..aws.tags import EC2, EC2_TAGS, mapping
from ..core.kind import READY, Delta, Deviation, Field, Item, Kind, Live, Phase, broken, busy
from ..core.values import is_unknown


class NatGateway(Kind[Aws]):
    """A NAT gateway and its Elastic IP, both found by their tag ``Name``.

    The address is made first and released last. One without a gateway (after an interrupted run) is used again.
    """

    type = "nat_gateway"
    noun = "NAT gateway"
    aws_type = "AWS::EC2::NatGateway"
    timeout = 900
    fields = (
        Field("name", max_length=256, property="Tags[].Value"),
        Field("subnet_id", required=True, form=SUBNET),
    )
    deviations = (
        Deviation(
            "subnet_id", "mutable", "an address may wait for its gateway; one that is there is refused by `blockers`"
        ),
    )
    tag_limits = EC2_TAGS
    outputs = ("id", "vpc_id", "public_ip", "allocation_id")

    def problems(self, item: Item) -> Iterable[str]:
        """Check the name."""
        yield from name_problems(item)

    def read(self, aws: Aws, items: Sequence[Item], *, everything: bool = False) -> dict[str, Live]:
        """List gateways and addresses by name."""
        items = [item for item in items if not is_unknown(item.get("subnet_id"))]
        if not items and not everything:
            return {}
        not_gone = {"state": ["available", "deleting", "failed", "pending"]}
        listing = ("describe_nat_gateways", "NatGateways")
        gateways = by_name(
            aws, *listing, items, everything=everything, wanted=not_gone, idle=lambda one: not _is_routed(aws, one)
        )
        taken = {name: _allocations(gateway) for name, gateway in gateways.items()}

        def idle(address: Mapping[str, Any]) -> bool:
            return address["AllocationId"] not in taken.get(name_of(address), ())

        listing = ("describe_addresses", "Addresses")
        addresses = by_name(aws, *listing, items, everything=everything, idle=idle)
        if everything:  # an address is ours to judge only with the gateway that uses it
            addresses = {name: entry for name, entry in addresses.items() if name in gateways}
        return {name: _live(name, gateways.get(name), addresses.get(name)) for name in {**gateways, **addresses}}

    def blockers(self, want: Item, live: Live | None, *, absent: bool) -> Iterable[str]:
        """AWS cannot move a gateway."""
        if absent or live is None or not live["id"] or want.get("subnet_id") in (None, live["subnet_id"]):
            return
        if not is_unknown(want["subnet_id"]):
            yield (
                f"NAT gateway {want['name']}: AWS cannot change subnet_id of an existing NAT gateway (subnet_id is "
                f"{live['subnet_id']}, wanted {want['subnet_id']}); set it back, or take the NAT gateway down first"
            )

    def create(self, aws: Aws, want: Item) -> bool:
        """Allocate the address; the gateway follows once AWS shows it."""
        tags = tag_specification("elastic-ip", want.get("tags"), want["name"])
        aws.service("ec2").allocate_address(Domain="vpc", **tags)
        return True

    def update(self, aws: Aws, want: Item, live: Live, delta: Delta) -> None:
        """Make the gateway that an address is still waiting for."""
        ec2 = aws.service("ec2")
        allocation = live["allocation_id"]
        if not allocation:  # the address was released behind our back while there was no gateway
            tags = tag_specification("elastic-ip", want.get("tags"), want["name"])
            allocation = ec2.allocate_address(Domain="vpc", **tags)["AllocationId"]
        ec2.create_nat_gateway(
            SubnetId=want["subnet_id"],
            AllocationId=allocation,
            ConnectivityType="public",
            **tag_specification("natgateway", want.get("tags"), want["name"]),
        )

    def delete(self, aws: Aws, want: Item, live: Live) -> bool:
        """Delete the gateway, and in the next round, when it has let go of the address, release that."""
        ec2 = aws.service("ec2")
        if live["id"]:
            ec2.delete_nat_gateway(NatGatewayId=live["id"])
            return True
        ec2.release_address(AllocationId=live["allocation_id"])
        return bool(live.twins)  # the address of one of two gateways

    def retag(self, aws: Aws, live: Live, add: Mapping[str, str], remove: Sequence[str]) -> None:
        """Tag the gateway and its address."""
        for resource in live.raw:
            EC2.apply(aws, resource, add, remove)


def _allocations(gateway: Mapping[str, Any]) -> set[str]:
    """Return the ids of the addresses of a gateway."""
    return {one["AllocationId"] for one in gateway.get("NatGatewayAddresses") or () if one.get("AllocationId")}


def _is_routed(aws: Aws, gateway: Mapping[str, Any]) -> bool:
    """Tell whether a route leads to a gateway."""
    wanted = {"route.nat-gateway-id": gateway["NatGatewayId"]}
    return any(True for _table in listed(aws, "describe_route_tables", "RouteTables", wanted))


def _live(name: str, gateway: Mapping[str, Any] | None, address: Mapping[str, Any] | None) -> Live:
    gateway, address = gateway or {}, address or {}
    values = {
        "name": name,
        "id": gateway.get("NatGatewayId"),
        "subnet_id": gateway.get("SubnetId"),
        "vpc_id": gateway.get("VpcId"),
        "public_ip": address.get("PublicIp"),
        "allocation_id": address.get("AllocationId"),
    }
    tags = mapping((gateway or address).get("Tags"))
    if gateway and address:  # what both say; the rest is set again on both
        tags = dict(tags.items() & mapping(address.get("Tags")).items())
    twins = {one["NatGatewayId"]: _live(name, one, None) for one in gateway.get(TWINS) or ()}
    held = {allocation for one in gateway.get(TWINS) or () for allocation in _allocations(one)}
    idle = [one for one in address.get(TWINS) or () if one["AllocationId"] not in held]
    twins |= {one["AllocationId"]: _live(name, None, one) for one in idle}
    ids = [one for one in (values["id"], values["allocation_id"]) if one]
    return Live(values, tags, _phase(gateway), raw=ids, twins=twins)


def _phase(gateway: Mapping[str, Any]) -> Phase:
    state = gateway.get("State", "available")
    if state == "failed":
        return broken(f"{gateway.get('FailureCode', 'failed')}: {gateway.get('FailureMessage', '')}")
    return busy(state) if state in ("pending", "deleting") else READY
