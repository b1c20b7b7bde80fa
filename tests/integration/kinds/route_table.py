# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The route table under the common rhythm."""

from __future__ import annotations

from typing import Any

from ansible_collections.dataai.platform.plugins.module_utils.kinds.route_table import RouteTable

from .case import Case, Item

NAME = "rtb-acme-app-test-euc2-public"
ANYWHERE = "0.0.0.0/0"


def case(account: Any) -> Case:
    """Return the case for an empty account."""
    ec2 = account.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    first, second, moved = (
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{n}.0/24")["Subnet"]["SubnetId"] for n in range(3)
    )
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    nat = ec2.create_nat_gateway(SubnetId=first, AllocationId=address)["NatGateway"]["NatGatewayId"]
    other = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    ec2.associate_route_table(RouteTableId=other, SubnetId=moved)

    def table() -> dict[str, Any]:
        (found,) = ec2.describe_route_tables(Filters=[{"Name": "tag:Name", "Values": [NAME]}])["RouteTables"]
        return dict(found)

    def drift() -> None:
        found = table()
        ec2.delete_route(RouteTableId=found["RouteTableId"], DestinationCidrBlock=ANYWHERE)
        ec2.create_route(RouteTableId=found["RouteTableId"], DestinationCidrBlock="1.2.3.0/24", GatewayId=gateway)
        ec2.disassociate_route_table(AssociationId=found["Associations"][0]["RouteTableAssociationId"])

    def verify(item: Item) -> None:
        found = table()
        routes = {
            route["DestinationCidrBlock"]: route.get("NatGatewayId") or route.get("GatewayId")
            for route in found["Routes"]
        }
        wanted = {route["cidr"]: route.get("nat_gateway_id") or route["gateway_id"] for route in item["routes"]}
        assert routes == {"10.0.0.0/16": "local", **wanted}
        assert {one["SubnetId"] for one in found["Associations"]} == set(item["subnet_ids"])
        assert {tag["Key"]: tag["Value"] for tag in found["Tags"]} == {"Name": NAME, **item["tags"]}

    create = {
        "name": NAME,
        "vpc_id": vpc,
        "routes": [{"cidr": ANYWHERE, "gateway_id": gateway}],
        "subnet_ids": [first, second],
        "tags": {"Purpose": "public"},
    }
    return Case(
        kind=RouteTable,
        create=create,
        update={
            **create,
            "routes": [{"cidr": ANYWHERE, "nat_gateway_id": nat}, {"cidr": "192.168.0.0/16", "gateway_id": gateway}],
            "subnet_ids": [second, moved],
            "tags": {"Purpose": "private"},
        },
        drift=drift,
        verify=verify,
        missing=(
            ({"name": NAME}, "vpc_id is required"),
            ({**create, "routes": [{"cidr": ANYWHERE}]}, "exactly one of"),
            ({**create, "routes": [{"cidr": "anywhere", "gateway_id": gateway}]}, "no network"),
            ({**create, "routes": create["routes"] * 2}, "twice"),
            ({**create, "routes": [{"cidr": "10.0.0.1/8", "gateway_id": gateway}]}, "write 10.0.0.0/8"),
            ({**create, "routes": [{"cidr": one, "gateway_id": gateway} for one in ("::/0", "0::/0")]}, "::/0 twice"),
        ),
        unchanged=({**create, "subnet_ids": [second, first]}, {"name": NAME, "vpc_id": vpc}),
    )
