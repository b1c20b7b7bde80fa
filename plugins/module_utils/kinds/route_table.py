# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Route tables with their routes and the subnets that follow them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from ipaddress import ip_network
from typing import Any

from ..aws.ec2 import by_name, listed, live_with_twins, name_of, name_problems, tag_specification
from ..aws.forms import SUBNET, VPC
from ..aws.session import Aws
from ..aws.tags import EC2, EC2_TAGS, mapping
from ..core.errors import Missing
from ..core.kind import Delta, Field, Item, Kind, Live
from ..core.values import is_unknown, unordered

#: Option to the parameter that names the target of a route.
TARGETS = {"gateway_id": "GatewayId", "nat_gateway_id": "NatGatewayId"}

_ROUTE = (
    Field("cidr", required=True, property="DestinationCidrBlock"),
    Field("gateway_id"),
    Field("nat_gateway_id"),
)


class RouteTable(Kind[Aws]):
    """A route table, found by its tag ``Name`` in its VPC.

    Local routes, propagated ones and those of gateway endpoints belong to others and are left alone.
    """

    type = "route_table"
    noun = "route table"
    aws_type = "AWS::EC2::RouteTable"
    fields = (
        Field("name", max_length=256, property="Tags[].Value"),
        Field("vpc_id", required=True, immutable=True, form=VPC),
        Field("routes", type="list", elements="dict", options=_ROUTE, normalise=unordered, property="AWS::EC2::Route"),
        Field(
            "subnet_ids",
            type="list",
            elements="str",
            normalise=unordered,
            form=SUBNET,
            property="AWS::EC2::SubnetRouteTableAssociation.SubnetId",
        ),
    )
    tag_limits = EC2_TAGS
    outputs = ("id",)

    def problems(self, item: Item) -> Iterable[str]:
        """Check that each route has one network and one target."""
        yield from name_problems(item)
        seen = set()
        for route in item.get("routes") or ():
            cidr = route.get("cidr")
            if cidr in seen:
                yield f"routes names {cidr} twice"
            seen.add(cidr)
            if sum(route.get(name) is not None for name in TARGETS) != 1:
                yield f"the route to {cidr} needs exactly one of {', '.join(TARGETS)}"
            try:
                ip_network(cidr)
            except ValueError as error:
                yield f"routes has '{cidr}', which is no network: {error}"

    def read(self, aws: Aws, items: Sequence[Item], *, everything: bool = False) -> dict[str, Live]:
        """List by name."""
        listing = ("describe_route_tables", "RouteTables")
        entries = by_name(aws, *listing, items, everything=everything, idle=lambda entry: not entry.get("Associations"))
        return {name: live_with_twins(entry, _live) for name, entry in entries.items()}

    def create(self, aws: Aws, want: Item) -> bool:
        """Create the table; routes and subnets follow once AWS shows it."""
        tags = tag_specification("route-table", want.get("tags"), want["name"])
        aws.service("ec2").create_route_table(VpcId=want["vpc_id"], **tags)
        return True

    def update(self, aws: Aws, want: Item, live: Live, delta: Delta) -> None:
        """Set the routes before subnets begin to follow them."""
        if "routes" in delta:
            self._route(aws, live["id"], live["routes"], want["routes"])
        if "subnet_ids" in delta:
            self._associate(aws, live, want["subnet_ids"])

    @staticmethod
    def _route(aws: Aws, table: str, live: Iterable[Mapping[str, Any]], wanted: Iterable[Mapping[str, Any]]) -> None:
        ec2 = aws.service("ec2")
        old, new = ({route["cidr"]: route for route in routes} for routes in (live, wanted))
        for cidr, route in new.items():
            target = {wire: route[name] for name, wire in TARGETS.items() if route.get(name)}
            request = {"RouteTableId": table, **_destination(cidr), **target}
            if cidr not in old:
                ec2.create_route(**request)
            elif _target(old[cidr]) != _target(route):
                ec2.replace_route(**request)
        for cidr in old.keys() - new.keys():
            ec2.delete_route(RouteTableId=table, **_destination(cidr))

    @staticmethod
    def _associate(aws: Aws, live: Live, wanted: Sequence[str]) -> None:
        ec2 = aws.service("ec2")
        joining = set(wanted) - live.raw.keys()
        elsewhere = {
            one["SubnetId"]: one["RouteTableAssociationId"]
            for table in (
                listed(aws, "describe_route_tables", "RouteTables", {"association.subnet-id": joining})
                if joining
                else ()
            )
            for one in table.get("Associations") or ()
            if one.get("SubnetId") in joining
        }
        for subnet in sorted(joining):
            if subnet in elsewhere:  # moved, so that it is at no moment without its routes
                ec2.replace_route_table_association(AssociationId=elsewhere[subnet], RouteTableId=live["id"])
            else:
                ec2.associate_route_table(SubnetId=subnet, RouteTableId=live["id"])
        for subnet in sorted(live.raw.keys() - set(wanted)):
            ec2.disassociate_route_table(AssociationId=live.raw[subnet])

    def delete(self, aws: Aws, want: Item, live: Live) -> None:
        """Let its subnets go (to the main table) and delete it."""
        ec2 = aws.service("ec2")
        for association in live.raw.values():
            try:
                ec2.disassociate_route_table(AssociationId=association)
            except Missing:  # went with its subnet
                continue
        ec2.delete_route_table(RouteTableId=live["id"])

    def retag(self, aws: Aws, live: Live, add: Mapping[str, str], remove: Sequence[str]) -> None:
        """Tag by id."""
        EC2.apply(aws, live["id"], add, remove)


def _live(entry: Mapping[str, Any]) -> Live:
    ours = {
        one["SubnetId"]: one["RouteTableAssociationId"]
        for one in entry.get("Associations") or ()
        if one.get("SubnetId") and (one.get("AssociationState") or {}).get("State") != "disassociated"
    }
    values = {
        "name": name_of(entry),
        "id": entry["RouteTableId"],
        "vpc_id": entry["VpcId"],
        "routes": _routes(entry.get("Routes") or ()),
        "subnet_ids": sorted(ours),
    }
    return Live(values, mapping(entry.get("Tags")), raw=ours)


def _routes(entries: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the routes that were made by hand or by us."""
    found = []
    for entry in entries:
        cidr = entry.get("DestinationCidrBlock") or entry.get("DestinationIpv6CidrBlock")
        if not cidr or entry.get("Origin", "CreateRoute") != "CreateRoute" or entry.get("GatewayId") == "local":
            continue
        known = {name: entry[wire] for name, wire in TARGETS.items() if entry.get(wire)}
        others = [value for name, value in entry.items() if name.endswith("Id")]
        found.append({"cidr": cidr, **(known or {"gateway_id": next(iter(others), "")})})
    return sorted(found, key=lambda route: str(route["cidr"]))


def _target(route: Mapping[str, Any]) -> str | None:
    return next((str(route[name]) for name in TARGETS if route.get(name) and not is_unknown(route[name])), None)


def _destination(cidr: str) -> dict[str, str]:
    return {"DestinationIpv6CidrBlock" if ":" in cidr else "DestinationCidrBlock": cidr}
