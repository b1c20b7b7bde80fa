# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Public NAT gateways, each with an Elastic IP of its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from ..aws.ec2 import (
    LETTING_GO,
    TWINS,
    by_name,
    in_chunks,
    listed,
    name_field,
    name_of,
    name_problems,
    once_known,
    tag_specification,
    the_one,
)
from ..aws.forms import SUBNET
from ..aws.patience import patiently
from ..aws.session import Aws
from ..aws.tags import EC2, EC2_TAGS, mapping
from ..core.errors import Missing
from ..core.kind import READY, Delta, Deviation, Field, Item, Kind, Live, Manual, Phase, broken, busy
from ..core.values import is_unknown

#: States in which AWS still shows a gateway, what counts most first. One that failed is shown for an hour.
STATES = ("available", "pending", "deleting", "failed")

#: How AWS refuses to release an address that a gateway had until a moment ago.
STILL_TAKEN = (("AuthFailure", ""), ("InvalidIPAddress.InUse", ""), ("InvalidAddress.InUse", ""))


class NatGateway(Kind[Aws]):
    """A NAT gateway and its Elastic IP, both found by their tag ``Name``.

    The address is made first and released last. One without a gateway (after an interrupted run, or because the gateway
    failed) is used again. A gateway that failed before this run is no gateway; ``failure`` tells why it failed.
    """

    type = "nat_gateway"
    noun = "NAT gateway"
    aws_type = "AWS::EC2::NatGateway"
    timeout = 900
    usually = "1 to 3 minutes"
    fields = (
        name_field("gateway"),
        Field(
            "subnet_id",
            "Id of the public subnet that it stands in, fixed once it exists. Needed to create it.",
            required=True,
            form=SUBNET,
        ),
    )
    deviations = (
        Deviation(
            "subnet_id", "mutable", "an address may wait for its gateway; one that is there is refused by `blockers`"
        ),
    )
    tag_limits = EC2_TAGS
    outputs = ("id", "vpc_id", "public_ip", "allocation_id", "failure")

    def __init__(self) -> None:
        super().__init__()
        #: Names of those for which this run made a gateway: should that fail, it does not make another one.
        self._made: set[str] = set()

    def problems(self, item: Item) -> Iterable[str]:
        """Check the name."""
        yield from name_problems(item)

    def read(self, aws: Aws, items: Sequence[Item], *, everything: bool = False) -> dict[str, Live]:
        """List gateways and addresses by name."""
        items = [item for item in items if not is_unknown(item.get("subnet_id"))]
        if not items and not everything:
            return {}
        gateways = _by_name(aws, items, everything=everything)
        taken = {name: _allocations(entries) for name, entries in gateways.items()}

        def idle(address: Mapping[str, Any]) -> bool:
            return address["AllocationId"] not in taken.get(name_of(address), ())

        listing = ("describe_addresses", "Addresses")
        addresses = by_name(aws, *listing, items, everything=everything, idle=idle)
        if everything:  # an address is ours to judge only with the gateway that uses it
            addresses = {name: entry for name, entry in addresses.items() if name in gateways}
        return {
            name: _live(name, gateways.get(name, []), addresses.get(name), retry=name not in self._made)
            for name in {**gateways, **addresses}
        }

    def predict(self, want: Item) -> Mapping[str, Any]:
        """What is made has not failed."""
        return {"failure": None}

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

    def update(self, aws: Aws, want: Item, live: Live, delta: Delta) -> bool:
        """Make the gateway that an address is still waiting for, once what failed is out of the way."""
        ec2 = aws.service("ec2")
        if live.raw.failed:
            for gateway in live.raw.failed:
                _delete(aws, gateway)
            return True
        allocation = live["allocation_id"]
        if not allocation:  # the address was released behind our back while there was no gateway
            tags = tag_specification("elastic-ip", want.get("tags"), want["name"])
            allocation = ec2.allocate_address(Domain="vpc", **tags)["AllocationId"]
        request = {
            "SubnetId": want["subnet_id"],
            "AllocationId": allocation,
            "ConnectivityType": "public",
            **tag_specification("natgateway", want.get("tags"), want["name"]),
        }
        once_known(lambda: ec2.create_nat_gateway(**request))
        self._made.add(want["name"])
        return False

    def delete(self, aws: Aws, want: Item, live: Live) -> bool:
        """Delete the gateway, and in the next round, when it has let go of the address, release that."""
        gateways = [*live.raw.failed, *([live["id"]] if live["id"] else [])]
        for gateway in gateways:
            _delete(aws, gateway)
        if gateways:
            return True
        if live["allocation_id"]:
            _release(aws, live["allocation_id"])
        return bool(live.twins)  # the address of one of two gateways

    def retag(self, aws: Aws, live: Live, add: Mapping[str, str], remove: Sequence[str]) -> None:
        """Tag the gateway and its address."""
        for resource in live.raw.tagged:
            EC2.apply(aws, resource, add, remove)


class Parts(NamedTuple):
    """What a NAT gateway consists of, by id.

    Attributes:
        tagged: the gateway and its address, as far as there are.
        failed: gateways of the name that failed.
    """

    tagged: list[str]
    failed: list[str]


def _by_name(aws: Aws, items: Sequence[Item], *, everything: bool) -> dict[str, list[dict[str, Any]]]:
    """Return the gateways that AWS shows by name, of each name what counts most first.

    Of several that work, those to which no route leads are the twins (under ``TWINS``) of the one that is used.

    Raises:
        Failure: two that are used have the same name.
    """
    found: dict[str, list[dict[str, Any]]] = {}
    for names in [None] if everything else in_chunks(item["name"] for item in items):
        wanted = {"tag:Name": names, "state": STATES}
        for entry in listed(aws, "describe_nat_gateways", "NatGateways", wanted):
            if name_of(entry):
                found.setdefault(name_of(entry), []).append(entry)
    return {name: _without_twins(aws, sorted(entries, key=_rank)) for name, entries in found.items()}


def _without_twins(aws: Aws, entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    working = [entry for entry in entries if _rank(entry) < STATES.index("deleting")]
    if len(working) < 2:
        return entries
    one = the_one(f"ec2:describe_nat_gateways {name_of(entries[0])}", working, lambda entry: not _is_routed(aws, entry))
    return [one, *(entry for entry in entries if entry not in working)]


def _is_routed(aws: Aws, gateway: Mapping[str, Any]) -> bool:
    """Tell whether a route leads to a gateway."""
    wanted = {"route.nat-gateway-id": gateway["NatGatewayId"]}
    return any(True for _table in listed(aws, "describe_route_tables", "RouteTables", wanted))


def _rank(entry: Mapping[str, Any]) -> int:
    return STATES.index(entry.get("State", "available"))


def _live(name: str, gateways: Sequence[Mapping[str, Any]], address: Mapping[str, Any] | None, *, retry: bool) -> Live:
    """Return a gateway with its address.

    Args:
        name: the name of both.
        gateways: those of the name, what counts most first.
        address: the address, if there is one.
        retry: one that failed counts as none.
    """
    failed = [one for one in gateways if one.get("State") == "failed"]
    gateway = next((one for one in gateways if one not in failed or not retry), {})
    address = address or {}
    values = {
        "name": name,
        "id": gateway.get("NatGatewayId"),
        "subnet_id": gateway.get("SubnetId"),
        "vpc_id": gateway.get("VpcId"),
        "public_ip": address.get("PublicIp"),
        "allocation_id": address.get("AllocationId"),
        "failure": _failure(failed[0]) if failed and not (gateway and retry) else None,
    }
    tags = mapping((gateway or address or (failed[0] if failed else {})).get("Tags"))
    if gateway and address:  # what both say; the rest is set again on both
        tags = dict(tags.items() & mapping(address.get("Tags")).items())
    tagged = [one for one in (values["id"], values["allocation_id"]) if one]
    old = [str(one["NatGatewayId"]) for one in failed if one is not gateway]
    spare = gateway.get(TWINS) or []
    twins = {one["NatGatewayId"]: _live(name, [one], None, retry=retry) for one in spare}
    held = _allocations(spare)
    idle = [one for one in address.get(TWINS) or () if one["AllocationId"] not in held]
    twins |= {one["AllocationId"]: _live(name, [], one, retry=retry) for one in idle}
    return Live(values, tags, _phase(gateway), raw=Parts(tagged, old), twins=twins)


def _allocations(gateways: Iterable[Mapping[str, Any]]) -> set[str]:
    """Return the ids of the addresses of gateways."""
    addresses = (address for gateway in gateways for address in gateway.get("NatGatewayAddresses") or ())
    return {address["AllocationId"] for address in addresses if address.get("AllocationId")}


def _failure(gateway: Mapping[str, Any]) -> str:
    return f"{gateway.get('FailureCode', 'failed')}: {gateway.get('FailureMessage', '')}"


def _phase(gateway: Mapping[str, Any]) -> Phase:
    state = gateway.get("State", "available")
    if state == "failed":
        return broken(_failure(gateway))
    return busy(state) if state in ("pending", "deleting") else READY


def _delete(aws: Aws, gateway: str) -> None:
    try:
        aws.service("ec2").delete_nat_gateway(NatGatewayId=gateway)
    except Missing:
        return


def _release(aws: Aws, allocation: str) -> None:
    """Release an address. For a while after its gateway is gone AWS says that it is in use, or not ours."""
    try:
        patiently(lambda: aws.service("ec2").release_address(AllocationId=allocation), *STILL_TAKEN, seconds=LETTING_GO)
    except Missing:
        return


MANUAL = Manual(
    short="Manage public NAT gateways with their Elastic IPs",
    about=(
        (
            "Creates and deletes public NAT gateways, each with an Elastic IP of its own, which "
            "is released after the gateway."
        ),
        "Both are found by their tag C(Name). An address that an interrupted run left behind is used again.",
        (
            "A gateway that fails ends the task with AWS's reason. The next one deletes it and "
            "makes another with the same address. What failed before is in C(failure), in the "
            "diff too."
        ),
        (
            "Uses C(ec2:DescribeNatGateways), C(ec2:DescribeAddresses), C(ec2:AllocateAddress), "
            "C(ec2:CreateNatGateway), C(ec2:DeleteNatGateway), C(ec2:ReleaseAddress), "
            "C(ec2:CreateTags) and C(ec2:DeleteTags)."
        ),
    ),
    examples="""
- name: A NAT gateway
  dataai.platform.nat_gateway:
    name: nat-acme-app-prod-euc2-a
    subnet_id: subnet-0123456789abcdef0
""",
    sample={
        "nat-acme-app-prod-euc2-a": {
            "id": "nat-0123456789abcdef0",
            "public_ip": "198.51.100.7",
            "allocation_id": "eipalloc-0123456789abcdef0",
        }
    },
    tags="The tag C(Name) is always C(name).",
)
