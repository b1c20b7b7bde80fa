# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Subnets."""

from __future__ import annotations

from collections.abc import Iterable

from ..aws.declared import Api, Listed, Phases
from ..aws.ec2 import IN_VPC, name_field, network, spelled_network
from ..aws.named import Named
from ..aws.tags import EC2
from ..core.kind import Field, Item, Manual
from .vpc import network_problems


class Subnet(Named):
    """A subnet, found by its tag ``Name`` in its VPC."""

    type = "subnet"
    noun = "subnet"
    aws_type = "AWS::EC2::Subnet"
    fields = (
        name_field("subnet"),
        IN_VPC,
        Field(
            "cidr_block",
            "IPv4 network within the VPC's, C(/16) to C(/28), fixed once the subnet exists. Needed to create it.",
            required=True,
            immutable=True,
            spelled=spelled_network,
            normalise=network,
        ),
        Field(
            "availability_zone",
            "Availability zone, such as V(eu-central-2a), fixed once the subnet exists. Needed to create it.",
            required=True,
            immutable=True,
        ),
        Field("map_public_ip_on_launch", "Whether instances get a public address by themselves.", type="bool"),
    )
    api = Api(
        service="ec2",
        reading=Listed("describe_subnets", "Subnets"),
        create="create_subnet",
        changes=("modify_subnet_attribute",),
        single=("modify_subnet_attribute",),
        delete="delete_subnet",
        identity={"SubnetId": "id"},
        outputs={"id": "SubnetId", "arn": "SubnetArn"},
        tags=EC2,
        phases=Phases("State", ready=("available",)),
    )
    resource_type = "subnet"
    held_by = "subnet_id"

    def problems(self, item: Item) -> Iterable[str]:
        """Check name and network."""
        yield from super().problems(item)
        if item.get("cidr_block") is not None:
            yield from network_problems("cidr_block", item["cidr_block"], 28)


MANUAL = Manual(
    short="Manage subnets",
    about=(
        "Creates, changes and deletes subnets. A subnet is found by its tag C(Name) in its VPC.",
        (
            "Uses C(ec2:DescribeNetworkInterfaces), C(ec2:DescribeSubnets), C(ec2:CreateSubnet), "
            "C(ec2:ModifySubnetAttribute), C(ec2:DeleteSubnet), C(ec2:CreateTags) and "
            "C(ec2:DeleteTags)."
        ),
    ),
    examples="""
- name: Two private subnets
  dataai.platform.subnet:
    items:
      - name: subnet-acme-app-prod-euc2-private-a
        vpc_id: vpc-0123456789abcdef0
        cidr_block: 10.0.11.0/24
        availability_zone: eu-central-2a
      - name: subnet-acme-app-prod-euc2-private-b
        vpc_id: vpc-0123456789abcdef0
        cidr_block: 10.0.12.0/24
        availability_zone: eu-central-2b
""",
    sample={"subnet-acme-app-prod-euc2-private-a": {"id": "subnet-0123456789abcdef0", "cidr_block": "10.0.11.0/24"}},
    tags="The tag C(Name) is always C(name).",
)
