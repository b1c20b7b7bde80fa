# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The internet gateway under the common rhythm."""

from __future__ import annotations

from typing import Any

from ansible_collections.dataai.platform.plugins.module_utils.kinds.internet_gateway import InternetGateway

from .case import Case, Item

NAME = "igw-acme-app-test-euc2"


def case(account: Any) -> Case:
    """Return the case for an empty account."""
    ec2 = account.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]

    def gateway() -> dict[str, Any]:
        chosen = [{"Name": "tag:Name", "Values": [NAME]}]
        (found,) = ec2.describe_internet_gateways(Filters=chosen)["InternetGateways"]
        return dict(found)

    def drift() -> None:
        ec2.detach_internet_gateway(InternetGatewayId=gateway()["InternetGatewayId"], VpcId=vpc)

    def verify(item: Item) -> None:
        found = gateway()
        assert [one["VpcId"] for one in found["Attachments"]] == [item["vpc_id"]]
        assert {tag["Key"]: tag["Value"] for tag in found["Tags"]} == {"Name": NAME, **item["tags"]}

    create = {"name": NAME, "vpc_id": vpc, "tags": {"Purpose": "internet"}}
    return Case(
        kind=InternetGateway,
        create=create,
        update={**create, "tags": {"Purpose": "internet", "Owner": "team"}},
        drift=drift,
        verify=verify,
        missing=(({"name": NAME}, "vpc_id is required"), ({**create, "tags": {"Name": "other"}}, "tags has Name")),
        immutable=(({**create, "vpc_id": "vpc-0123456789abcdef0"}, "vpc_id"),),
        unchanged=({"name": NAME},),
    )
