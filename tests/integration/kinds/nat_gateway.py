# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The NAT gateway under the common rhythm."""

from __future__ import annotations

from typing import Any

from ansible_collections.dataai.platform.plugins.module_utils.kinds.nat_gateway import NatGateway

from .case import Case, Item

NAME = "nat-acme-app-test-euc2-a"


def case(account: Any) -> Case:
    """Return the case for an empty account."""
    ec2 = account.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
    elsewhere = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.2.0/24")["Subnet"]["SubnetId"]
    named = [{"Name": "tag:Name", "Values": [NAME]}]

    def nat() -> dict[str, Any]:
        found = ec2.describe_nat_gateways(Filters=[*named, {"Name": "state", "Values": ["available"]}])
        (only,) = found["NatGateways"]
        return dict(only)

    def drift() -> None:
        (address,) = ec2.describe_addresses(Filters=named)["Addresses"]
        ec2.delete_tags(Resources=[address["AllocationId"]], Tags=[{"Key": "Purpose"}])

    def verify(item: Item) -> None:
        found = nat()
        (address,) = ec2.describe_addresses(Filters=named)["Addresses"]
        assert found["SubnetId"] == item["subnet_id"]
        assert [one["AllocationId"] for one in found["NatGatewayAddresses"]] == [address["AllocationId"]]
        for tags in (found["Tags"], address["Tags"]):
            assert {tag["Key"]: tag["Value"] for tag in tags} == {"Name": NAME, **item["tags"]}

    create = {"name": NAME, "subnet_id": subnet, "tags": {"Purpose": "egress"}}
    return Case(
        kind=NatGateway,
        create=create,
        update={**create, "tags": {"Purpose": "egress", "Owner": "team"}},
        drift=drift,
        verify=verify,
        missing=(({"name": NAME}, "subnet_id is required"),),
        immutable=(({**create, "subnet_id": elsewhere}, "subnet_id"),),
        unchanged=({"name": NAME},),
    )
