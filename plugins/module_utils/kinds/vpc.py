# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Virtual private clouds with their DNS settings."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_network
from typing import Any

from ..aws.declared import Api, Entry, Listed, Phases
from ..aws.ec2 import name_field, network, network_problem, spelled_network
from ..aws.named import Named
from ..aws.session import Aws
from ..aws.tags import EC2
from ..core.kind import Field, Item, Live, Manual
from ..core.values import is_unknown


def network_problems(option: str, cidr: Any, smallest: int) -> Iterable[str]:
    """Check a network of a VPC or subnet: /16 to ``smallest``, without host bits."""
    wrong = network_problem(cidr)
    if wrong:
        yield f"{option} is {wrong}"
        return
    if is_unknown(cidr):
        return
    given = ip_network(str(cidr))
    if given.version != 4 or not 16 <= given.prefixlen <= smallest:
        yield f"{option} is {cidr}; AWS takes IPv4 networks from /16 to /{smallest}"


class Vpc(Named):
    """A VPC, found by its tag ``Name``."""

    type = "vpc"
    noun = "VPC"
    aws_type = "AWS::EC2::VPC"
    fields = (
        name_field("VPC"),
        Field(
            "cidr_block",
            "IPv4 network, C(/16) to C(/28), fixed once the VPC exists. Needed to create it.",
            required=True,
            immutable=True,
            spelled=spelled_network,
            normalise=network,
        ),
        Field(
            "dns_support",
            "Whether the DNS server of AWS answers inside the VPC. Private DNS names of endpoints need it.",
            type="bool",
            property="EnableDnsSupport",
            found="EnableDnsSupport.Value",
        ),
        Field(
            "dns_hostnames",
            "Whether instances with public addresses get DNS names. Private DNS names of endpoints need it.",
            type="bool",
            property="EnableDnsHostnames",
            found="EnableDnsHostnames.Value",
        ),
    )
    api = Api(
        service="ec2",
        reading=Listed("describe_vpcs", "Vpcs"),
        create="create_vpc",
        changes=("modify_vpc_attribute",),
        single=("modify_vpc_attribute",),  # DNS support first, which DNS host names need
        delete="delete_vpc",
        identity={"VpcId": "id"},
        outputs={"id": "VpcId"},
        tags=EC2,
        phases=Phases("State", ready=("available",)),
    )
    resource_type = "vpc"
    held_by = "vpc_id"

    def problems(self, item: Item) -> Iterable[str]:
        """Check name and network."""
        yield from super().problems(item)
        if item.get("cidr_block") is not None:
            yield from network_problems("cidr_block", item["cidr_block"], 28)

    def live(self, aws: Aws, entry: Entry) -> Live:
        """Return a VPC with its DNS settings, each of which is a call."""
        describe = aws.service("ec2").describe_vpc_attribute
        for member in ("EnableDnsSupport", "EnableDnsHostnames"):
            attribute = member[0].lower() + member[1:]
            entry = {**entry, **describe(VpcId=entry["VpcId"], Attribute=attribute)}
        return super().live(aws, entry)


MANUAL = Manual(
    short="Manage VPCs and their DNS settings",
    about=(
        "Creates, changes and deletes VPCs. A VPC is found by its tag C(Name).",
        (
            "Uses C(ec2:DescribeNetworkInterfaces), C(ec2:DescribeVpcs), "
            "C(ec2:DescribeVpcAttribute), C(ec2:CreateVpc), C(ec2:ModifyVpcAttribute), "
            "C(ec2:DeleteVpc), C(ec2:CreateTags) and C(ec2:DeleteTags)."
        ),
    ),
    examples="""
- name: A VPC in which private DNS names of endpoints work
  dataai.platform.vpc:
    name: vpc-acme-app-prod-euc2
    cidr_block: 10.0.0.0/16
    dns_support: true
    dns_hostnames: true
""",
    sample={"vpc-acme-app-prod-euc2": {"id": "vpc-0123456789abcdef0", "cidr_block": "10.0.0.0/16"}},
    tags="The tag C(Name) is always C(name).",
)
