# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The VPC under the common rhythm."""

from __future__ import annotations

from typing import Any

from ansible_collections.dataai.platform.plugins.module_utils.kinds.vpc import Vpc

from .case import Case, Item

NAME = "vpc-acme-app-test-euc2"


def case(account: Any) -> Case:
    """Return the case for an empty account."""
    ec2 = account.client("ec2")

    def vpc() -> dict[str, Any]:
        (found,) = ec2.describe_vpcs(Filters=[{"Name": "tag:Name", "Values": [NAME]}])["Vpcs"]
        return dict(found)

    def drift() -> None:
        ec2.modify_vpc_attribute(VpcId=vpc()["VpcId"], EnableDnsHostnames={"Value": True})
        ec2.delete_tags(Resources=[vpc()["VpcId"]], Tags=[{"Key": "Purpose"}])

    def verify(item: Item) -> None:
        found = vpc()
        assert found["CidrBlock"] == item["cidr_block"]
        for option, attribute in (("dns_support", "enableDnsSupport"), ("dns_hostnames", "enableDnsHostnames")):
            answer = ec2.describe_vpc_attribute(VpcId=found["VpcId"], Attribute=attribute)
            assert answer[attribute[0].upper() + attribute[1:]]["Value"] is item[option]
        assert {tag["Key"]: tag["Value"] for tag in found["Tags"]} == {"Name": NAME, **item["tags"]}

    create = {
        "name": NAME,
        "cidr_block": "10.0.0.0/16",
        "dns_support": True,
        "dns_hostnames": True,
        "tags": {"Purpose": "network"},
    }
    return Case(
        kind=Vpc,
        create=create,
        update={**create, "dns_hostnames": False, "tags": {"Purpose": "net", "Owner": "team"}},
        drift=drift,
        verify=verify,
        missing=(
            ({"name": NAME}, "cidr_block is required"),
            ({**create, "cidr_block": "10.0.0.1/16"}, "no network"),
            ({**create, "cidr_block": "10.0.0.0/8"}, "/16 to /28"),
            ({**create, "tags": {"Name": "other"}}, "tags has Name"),
        ),
        immutable=(({**create, "cidr_block": "10.1.0.0/16"}, "cidr_block"),),
        unchanged=({"name": NAME}, {**create, "tags": {**create["tags"], "Name": NAME}}),
    )
