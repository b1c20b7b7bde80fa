# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The cache subnet group under the common rhythm."""

from __future__ import annotations

from typing import Any

from ansible_collections.dataai.platform.plugins.module_utils.kinds.cache_subnet_group import CacheSubnetGroup

from .case import Case, Item

NAME = "subnet-group-acme-test"


def case(account: Any) -> Case:
    """Return the case for an empty account."""
    service, ec2 = account.client("elasticache"), account.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{n}.0/24", AvailabilityZone=f"eu-central-2{zone}")["Subnet"]
        for n, zone in enumerate("abc")
    ]
    ids = [subnet["SubnetId"] for subnet in subnets]

    def drift() -> None:
        service.modify_cache_subnet_group(CacheSubnetGroupName=NAME, SubnetIds=ids[:2])

    def verify(item: Item) -> None:
        (group,) = service.describe_cache_subnet_groups(CacheSubnetGroupName=NAME)["CacheSubnetGroups"]
        assert group["CacheSubnetGroupDescription"] == item["description"]
        assert {subnet["SubnetIdentifier"] for subnet in group["Subnets"]} == set(item["subnet_ids"])
        tags = service.list_tags_for_resource(ResourceName=group["ARN"])["TagList"]
        assert {tag["Key"]: tag["Value"] for tag in tags} == item["tags"]

    create = {"name": NAME, "description": "isolated", "subnet_ids": ids[:2], "tags": {"Purpose": "database"}}
    return Case(
        kind=CacheSubnetGroup,
        create=create,
        update={**create, "description": "all", "subnet_ids": ids, "tags": {"Purpose": "databases", "Owner": "team"}},
        drift=drift,
        verify=verify,
        missing=(
            ({"name": NAME, "subnet_ids": ids}, "description"),
            ({"name": NAME, "description": "isolated"}, "subnet_ids"),
        ),
        unchanged=({**create, "name": NAME.upper()}, {**create, "subnet_ids": list(reversed(ids[:2]))}),
    )
