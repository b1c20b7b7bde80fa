# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Subnets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ..aws.ec2 import by_name, name_problems, network, once_free, once_known, tag_specification
from ..aws.forms import VPC
from ..aws.session import Aws
from ..aws.tags import EC2, EC2_TAGS, mapping
from ..core.kind import READY, Delta, Field, Item, Kind, Live, Manual, busy
from .vpc import network_problems


class Subnet(Kind[Aws]):
    """A subnet, found by its tag ``Name`` in its VPC."""

    type = "subnet"
    noun = "subnet"
    aws_type = "AWS::EC2::Subnet"
    fields = (
        Field(
            "name",
            "Name of the subnet, kept in its tag C(Name), at most 255 characters.",
            max_length=256,
            property="Tags[].Value",
        ),
        Field(
            "vpc_id",
            "Id of the VPC. Needed to create it; without it the name is looked for in every VPC of the region.",
            required=True,
            immutable=True,
            form=VPC,
        ),
        Field(
            "cidr_block",
            "IPv4 network within the VPC's, C(/16) to C(/28), fixed once the subnet exists. Needed to create it.",
            required=True,
            immutable=True,
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
    tag_limits = EC2_TAGS
    outputs = ("id", "arn")

    def problems(self, item: Item) -> Iterable[str]:
        """Check name and network."""
        yield from name_problems(item)
        if item.get("cidr_block") is not None:
            yield from network_problems("cidr_block", item["cidr_block"], 28)

    def read(self, aws: Aws, items: Sequence[Item], *, everything: bool = False) -> dict[str, Live]:
        """List by name."""
        found = {}
        for name, entry in by_name(aws, "describe_subnets", "Subnets", items, everything=everything).items():
            values = {
                "name": name,
                "id": entry["SubnetId"],
                "arn": entry.get("SubnetArn"),
                "vpc_id": entry["VpcId"],
                "cidr_block": entry["CidrBlock"],
                "availability_zone": entry["AvailabilityZone"],
                "map_public_ip_on_launch": bool(entry.get("MapPublicIpOnLaunch")),
            }
            phase = READY if entry.get("State", "available") == "available" else busy(entry["State"])
            found[name] = Live(values, mapping(entry.get("Tags")), phase)
        return found

    def create(self, aws: Aws, want: Item) -> bool:
        """Create the subnet; public addresses are a setting of their own."""
        aws.service("ec2").create_subnet(
            VpcId=want["vpc_id"],
            CidrBlock=network(want["cidr_block"]),
            AvailabilityZone=want["availability_zone"],
            **tag_specification("subnet", want.get("tags"), want["name"]),
        )
        return bool(want.get("map_public_ip_on_launch"))

    def update(self, aws: Aws, want: Item, live: Live, delta: Delta) -> None:
        """Change whether instances get a public address."""
        if "map_public_ip_on_launch" in delta:
            wanted = {"Value": want["map_public_ip_on_launch"]}
            modify = aws.service("ec2").modify_subnet_attribute
            once_known(lambda: modify(SubnetId=live["id"], MapPublicIpOnLaunch=wanted))

    def delete(self, aws: Aws, want: Item, live: Live) -> None:
        """Delete the subnet once AWS has removed the interfaces of what was in it."""
        once_free(aws, lambda: aws.service("ec2").delete_subnet(SubnetId=live["id"]), subnet_id=live["id"])

    def retag(self, aws: Aws, live: Live, add: Mapping[str, str], remove: Sequence[str]) -> None:
        """Tag by id."""
        EC2.apply(aws, live["id"], add, remove)


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
