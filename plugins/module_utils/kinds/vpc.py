# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Virtual private clouds with their DNS settings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from ipaddress import ip_network
from typing import Any

from ..aws.ec2 import by_name, name_problems, network, network_problem, once_free, once_known, tag_specification
from ..aws.session import Aws
from ..aws.tags import EC2, EC2_TAGS, mapping
from ..core.kind import READY, Delta, Field, Item, Kind, Live, Manual, busy
from ..core.values import is_unknown

#: Field to the attribute of ModifyVpcAttribute. Private DNS names of endpoints need both.
ATTRIBUTES = {"dns_support": "EnableDnsSupport", "dns_hostnames": "EnableDnsHostnames"}


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


class Vpc(Kind[Aws]):
    """A VPC, found by its tag ``Name``."""

    type = "vpc"
    noun = "VPC"
    aws_type = "AWS::EC2::VPC"
    fields = (
        Field(
            "name",
            "Name of the VPC, kept in its tag C(Name), at most 255 characters.",
            max_length=256,
            property="Tags[].Value",
        ),
        Field(
            "cidr_block",
            "IPv4 network, C(/16) to C(/28), fixed once the VPC exists. Needed to create it.",
            required=True,
            immutable=True,
            normalise=network,
        ),
        Field(
            "dns_support",
            "Whether the DNS server of AWS answers inside the VPC. Private DNS names of endpoints need it.",
            type="bool",
            property="EnableDnsSupport",
        ),
        Field(
            "dns_hostnames",
            "Whether instances with public addresses get DNS names. Private DNS names of endpoints need it.",
            type="bool",
            property="EnableDnsHostnames",
        ),
    )
    tag_limits = EC2_TAGS
    outputs = ("id",)

    def problems(self, item: Item) -> Iterable[str]:
        """Check name and network."""
        yield from name_problems(item)
        if item.get("cidr_block") is not None:
            yield from network_problems("cidr_block", item["cidr_block"], 28)

    def read(self, aws: Aws, items: Sequence[Item], *, everything: bool = False) -> dict[str, Live]:
        """List by name; the DNS settings are one call each."""
        ec2 = aws.service("ec2")
        found = {}
        for name, entry in by_name(aws, "describe_vpcs", "Vpcs", items, everything=everything).items():
            values = {"name": name, "id": entry["VpcId"], "cidr_block": entry["CidrBlock"]}
            for field, attribute in ATTRIBUTES.items():
                spelled = attribute[0].lower() + attribute[1:]
                answer = ec2.describe_vpc_attribute(VpcId=entry["VpcId"], Attribute=spelled)
                values[field] = answer[attribute]["Value"]
            phase = READY if entry.get("State", "available") == "available" else busy(entry["State"])
            found[name] = Live(values, mapping(entry.get("Tags")), phase)
        return found

    def create(self, aws: Aws, want: Item) -> bool:
        """Create the VPC; its DNS settings follow once it is available."""
        tags = tag_specification("vpc", want.get("tags"), want["name"])
        aws.service("ec2").create_vpc(CidrBlock=network(want["cidr_block"]), **tags)
        return True

    def update(self, aws: Aws, want: Item, live: Live, delta: Delta) -> None:
        """Set DNS support before DNS host names, which need it; AWS takes one attribute in a call."""
        for field, attribute in ATTRIBUTES.items():
            if field in delta:
                wanted = {attribute: {"Value": want[field]}}
                once_known(partial(aws.service("ec2").modify_vpc_attribute, VpcId=live["id"], **wanted))

    def delete(self, aws: Aws, want: Item, live: Live) -> None:
        """Delete the VPC, which AWS refuses while anything of ours or others is in it."""
        once_free(aws, lambda: aws.service("ec2").delete_vpc(VpcId=live["id"]), vpc_id=live["id"])

    def retag(self, aws: Aws, live: Live, add: Mapping[str, str], remove: Sequence[str]) -> None:
        """Tag by id."""
        EC2.apply(aws, live["id"], add, remove)


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
