# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Route tables with their routes and the subnets that follow them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from ..aws.ec2 import (
    IN_VPC,
    SPREADING,
    by_name,
    is_held,
    listed,
    live_with_twins,
    name_field,
    name_of,
    name_problems,
    network,
    network_problem,
    once_known,
    tag_specification,
    zones_of,
)
from ..aws.forms import SUBNET
from ..aws.patience import patiently
from ..aws.session import Aws
from ..aws.tags import EC2, EC2_TAGS, mapping
from ..core.errors import Failure, Missing
from ..core.kind import Delta, Field, Item, Kind, Live, Manual
from ..core.values import is_unknown, unordered

#: Option to the parameter that names the target of a route.
TARGETS = {"gateway_id": "GatewayId", "nat_gateway_id": "NatGatewayId"}

_ROUTE = (
    Field(
        "cidr",
        "Where the traffic goes, IPv4 or IPv6, without host bits.",
        required=True,
        property="DestinationCidrBlock",
    ),
    Field("gateway_id", "Id of the internet gateway (or virtual private gateway) that takes it."),
    Field("nat_gateway_id", "Id of the NAT gateway that takes it."),
)


class Followers(NamedTuple):
    """What follows a route table.

    Attributes:
        subnets: subnet to the id of its association.
        gateways: internet and virtual private gateways whose incoming traffic it leads.
        main: whether it is the main one of its VPC, which all other subnets follow.
    """

    subnets: dict[str, str]
    gateways: list[str]
    main: bool


def normal_routes(routes: Iterable[Mapping[str, Any]]) -> Any:
    """Return routes with their networks in AWS's spelling, in an order of their own."""
    return unordered([{**route, "cidr": network(route["cidr"])} for route in routes])


class RouteTable(Kind[Aws]):
    """A route table, found by its tag ``Name`` in its VPC.

    Local routes, propagated ones and those of gateway endpoints belong to others and are left alone.
    """

    type = "route_table"
    noun = "route table"
    aws_type = "AWS::EC2::RouteTable"
    fields = (
        name_field("table"),
        IN_VPC,
        Field(
            "routes",
            "The routes. The list is the whole truth; an empty one leaves no way out of the VPC.",
            type="list",
            elements="dict",
            options=_ROUTE,
            normalise=normal_routes,
            property="AWS::EC2::Route",
        ),
        Field(
            "subnet_ids",
            (
                "Ids of the subnets that follow the table, the whole truth.",
                "A subnet that is left out afterwards follows the VPC's main table.",
            ),
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
            cidr = network(route.get("cidr"))
            if cidr in seen:
                yield f"routes names {cidr} twice"
            seen.add(cidr)
            if sum(route.get(name) is not None for name in TARGETS) != 1:
                yield f"the route to {cidr} needs exactly one of {', '.join(TARGETS)}"
            wrong = network_problem(route.get("cidr"))
            if wrong:
                yield f"routes has {wrong}"

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
        old, new = ({network(route["cidr"]): route for route in routes} for routes in (live, wanted))
        for cidr, route in new.items():
            target = {wire: route[name] for name, wire in TARGETS.items() if route.get(name)}
            request = {"RouteTableId": table, **_destination(cidr), **target}
            if cidr not in old:
                once_known(partial(ec2.create_route, **request))
            elif _target(old[cidr]) != _target(route):
                ec2.replace_route(**request)
        for cidr in old.keys() - new.keys():
            ec2.delete_route(RouteTableId=table, **_destination(cidr))

    @staticmethod
    def _associate(aws: Aws, live: Live, wanted: Sequence[str]) -> None:
        ec2 = aws.service("ec2")
        joining = set(wanted) - live.raw.subnets.keys()
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
                once_known(partial(ec2.associate_route_table, SubnetId=subnet, RouteTableId=live["id"]))
        for subnet in sorted(live.raw.subnets.keys() - set(wanted)):
            _let_go(aws, live.raw.subnets[subnet])

    def blockers(self, want: Item, live: Live | None, *, absent: bool) -> Iterable[str]:
        """The main table of a VPC goes with the VPC and in no other way."""
        if absent and live is not None and live.raw.main:
            yield f"route table {want['name']}: {live['id']} is the main one of its VPC; AWS deletes both together"

    def delete(self, aws: Aws, want: Item, live: Live) -> None:
        """Delete the table. Subnets that follow it keep it, but for those that the item names: they go to the main one.

        Raises:
            Failure: others follow the table, so it stays and they keep their routes.
        """
        ec2 = aws.service("ec2")
        delete = partial(ec2.delete_route_table, RouteTableId=live["id"])
        try:
            delete()
        except Failure as failure:
            if not is_held(failure):
                raise
            self._delete_with_followers(aws, want, live, failure)

    @staticmethod
    def _delete_with_followers(aws: Aws, want: Item, live: Live, failure: Failure) -> None:
        ec2 = aws.service("ec2")
        followers = _followers(next(ec2.pages("describe_route_tables", "RouteTables", RouteTableIds=[live["id"]]), {}))
        named = set(want.get("subnet_ids") or ())
        foreign = [*followers.gateways, *sorted(zones_of(aws, followers.subnets.keys() - named))]
        if foreign:
            hint = "give them another route table, or name them in subnet_ids to leave them to the main one"
            raise Failure(failure.what, f"{', '.join(foreign)} follow it", next_step=hint)
        for association in followers.subnets.values():
            _let_go(aws, association)
        delete = partial(ec2.delete_route_table, RouteTableId=live["id"])
        try:
            patiently(delete, ("DependencyViolation", ""), seconds=SPREADING)
        except Failure:
            for subnet in followers.subnets:
                ec2.associate_route_table(SubnetId=subnet, RouteTableId=live["id"])
            raise

    def retag(self, aws: Aws, live: Live, add: Mapping[str, str], remove: Sequence[str]) -> None:
        """Tag by id."""
        EC2.apply(aws, live["id"], add, remove)


def _live(entry: Mapping[str, Any]) -> Live:
    followers = _followers(entry)
    values = {
        "name": name_of(entry),
        "id": entry["RouteTableId"],
        "vpc_id": entry["VpcId"],
        "routes": _routes(entry.get("Routes") or ()),
        "subnet_ids": sorted(followers.subnets),
    }
    return Live(values, mapping(entry.get("Tags")), raw=followers)


def _followers(entry: Mapping[str, Any]) -> Followers:
    alive = [
        one
        for one in entry.get("Associations") or ()
        if (one.get("AssociationState") or {}).get("State") != "disassociated"
    ]
    subnets = {one["SubnetId"]: one["RouteTableAssociationId"] for one in alive if one.get("SubnetId")}
    gateways = [one["GatewayId"] for one in alive if one.get("GatewayId")]
    return Followers(subnets, gateways, any(one.get("Main") for one in alive))


def _let_go(aws: Aws, association: str) -> None:
    """Leave a subnet to the main table, unless it went, or was given another table, meanwhile."""
    try:
        aws.service("ec2").disassociate_route_table(AssociationId=association)
    except Missing:
        return


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


MANUAL = Manual(
    short="Manage route tables, their routes and subnets",
    about=(
        "Creates, changes and deletes route tables. A table is found by its tag C(Name) in its VPC.",
        "Local routes, propagated routes and those of gateway endpoints are left alone.",
        (
            "A table that subnets follow is deleted where the item names them all, and then they "
            "go to the main one. Otherwise it stays, and so do their routes. The main one goes "
            "with its VPC."
        ),
        (
            "Uses C(ec2:DescribeRouteTables), C(ec2:DescribeSubnets), C(ec2:CreateRouteTable), "
            "C(ec2:CreateRoute), C(ec2:ReplaceRoute), C(ec2:DeleteRoute), "
            "C(ec2:AssociateRouteTable), C(ec2:ReplaceRouteTableAssociation), "
            "C(ec2:DisassociateRouteTable), C(ec2:DeleteRouteTable), C(ec2:CreateTags) and "
            "C(ec2:DeleteTags)."
        ),
    ),
    examples="""
- name: Public subnets reach the internet
  dataai.platform.route_table:
    name: rtb-acme-app-prod-euc2-public
    vpc_id: vpc-0123456789abcdef0
    routes:
      - cidr: 0.0.0.0/0
        gateway_id: igw-0123456789abcdef0
    subnet_ids: [subnet-0123456789abcdef0]
""",
    sample={
        "rtb-acme-app-prod-euc2-public": {"id": "rtb-0123456789abcdef0", "subnet_ids": ["subnet-0123456789abcdef0"]}
    },
    tags="The tag C(Name) is always C(name).",
)
