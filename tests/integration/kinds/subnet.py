# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The subnet under the common rhythm."""

from __future__ import annotations

from typing import Any

from ansible_collections.dataai.platform.plugins.module_utils.kinds.subnet import Subnet

from .case import Case, Item

NAME = "subnet-acme-app-test-euc2-public-a"


def case(account: Any) -> Case:
    """Return the case for an empty account."""
    ec2 = account.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    other = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    named = {"ResourceType": "subnet", "Tags": [{"Key": "Name", "Value": NAME}]}
    ec2.create_subnet(VpcId=other, CidrBlock="10.0.1.0/24", TagSpecifications=[named])

    def subnet() -> dict[str, Any]:
        chosen = [{"Name": "tag:Name", "Values": [NAME]}, {"Name": "vpc-id", "Values": [vpc]}]
        (found,) = ec2.describe_subnets(Filters=chosen)["Subnets"]
        return dict(found)

    def drift() -> None:
        ec2.modify_subnet_attribute(SubnetId=subnet()["SubnetId"], MapPublicIpOnLaunch={"Value": False})

    def verify(item: Item) -> None:
        found = subnet()
        assert (found["CidrBlock"], found["AvailabilityZone"]) == (item["cidr_block"], item["availability_zone"])
        assert found["MapPublicIpOnLaunch"] is item["map_public_ip_on_launch"]
        assert {tag["Key"]: tag["Value"] for tag in found["Tags"]} == {"Name": NAME, **item["tags"]}

    create = {
        "name": NAME,
        "vpc_id": vpc,
        "cidr_block": "10.0.1.0/24",
        "availability_zone": "eu-central-2a",
        "map_public_ip_on_launch": False,
        "tags": {"Purpose": "public"},
    }
    return Case(
        kind=Subnet,
        create=create,
        update={**create, "map_public_ip_on_launch": True, "tags": {"Purpose": "edge"}},
        drift=drift,
        verify=verify,
        missing=(
            ({"name": NAME, "vpc_id": vpc}, "cidr_block is required"),
            ({**create, "cidr_block": "10.0.1.0/29"}, "/16 to /28"),
        ),
        immutable=(
            ({**create, "cidr_block": "10.0.2.0/24"}, "cidr_block"),
            ({**create, "availability_zone": "eu-central-2b"}, "availability_zone"),
        ),
        unchanged=({"name": NAME, "vpc_id": vpc},),
    )
