# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Internet gateways and the VPC that each is attached to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..aws.ec2 import (
    LETTING_GO,
    SPREADING,
    by_name,
    live_with_twins,
    name_of,
    name_problems,
    once_known,
    tag_specification,
)
from ..aws.forms import VPC
from ..aws.patience import patiently
from ..aws.session import Aws
from ..aws.tags import EC2, EC2_TAGS, mapping
from ..core.kind import Delta, Deviation, Field, Item, Kind, Live, Manual


class InternetGateway(Kind[Aws]):
    """An internet gateway, found by its tag ``Name``."""

    type = "internet_gateway"
    noun = "internet gateway"
    aws_type = "AWS::EC2::InternetGateway"
    fields = (
        Field(
            "name",
            "Name of the gateway, kept in its tag C(Name), at most 255 characters.",
            max_length=256,
            property="Tags[].Value",
        ),
        Field(
            "vpc_id",
            "Id of the VPC that it is attached to. Needed to create it.",
            required=True,
            form=VPC,
            property="AWS::EC2::VPCGatewayAttachment.VpcId",
        ),
    )
    deviations = (
        Deviation(
            "vpc_id", "mutable", "a gateway without a VPC is attached; that of another VPC is refused by `blockers`"
        ),
    )
    tag_limits = EC2_TAGS
    outputs = ("id",)

    def problems(self, item: Item) -> Iterable[str]:
        """Check the name."""
        yield from name_problems(item)

    def read(self, aws: Aws, items: Sequence[Item], *, everything: bool = False) -> dict[str, Live]:
        """List by name."""
        listing = ("describe_internet_gateways", "InternetGateways")
        entries = by_name(aws, *listing, items, everything=everything, idle=lambda entry: not _attached(entry))
        return {name: live_with_twins(entry, _live) for name, entry in entries.items()}

    def blockers(self, want: Item, live: Live | None, *, absent: bool) -> Iterable[str]:
        """Do not take the way out from under another VPC."""
        if not absent and live is not None and live["vpc_id"] and want.get("vpc_id") not in (None, live["vpc_id"]):
            yield (
                f"internet gateway {want['name']}: vpc_id is {live['vpc_id']}, wanted {want['vpc_id']}; "
                "detach it there first, or give this one another name"
            )

    def create(self, aws: Aws, want: Item) -> bool:
        """Create the gateway; it is attached once AWS shows it."""
        tags = tag_specification("internet-gateway", want.get("tags"), want["name"])
        aws.service("ec2").create_internet_gateway(**tags)
        return True

    def update(self, aws: Aws, want: Item, live: Live, delta: Delta) -> None:
        """Attach the gateway."""
        attach = aws.service("ec2").attach_internet_gateway
        once_known(lambda: attach(InternetGatewayId=live["id"], VpcId=want["vpc_id"]))

    def delete(self, aws: Aws, want: Item, live: Live) -> None:
        """Detach, which waits for the public addresses of the VPC to go, and delete."""
        ec2 = aws.service("ec2")
        if live["vpc_id"]:
            patiently(
                lambda: ec2.detach_internet_gateway(InternetGatewayId=live["id"], VpcId=live["vpc_id"]),
                ("DependencyViolation", ""),
                seconds=LETTING_GO,
            )
        patiently(
            lambda: ec2.delete_internet_gateway(InternetGatewayId=live["id"]),
            ("DependencyViolation", ""),
            seconds=SPREADING,
        )

    def retag(self, aws: Aws, live: Live, add: Mapping[str, str], remove: Sequence[str]) -> None:
        """Tag by id."""
        EC2.apply(aws, live["id"], add, remove)


def _attached(entry: Mapping[str, Any]) -> list[str]:
    return [one["VpcId"] for one in entry.get("Attachments") or () if one.get("State") != "detached"]


def _live(entry: Mapping[str, Any]) -> Live:
    values = {
        "name": name_of(entry),
        "id": entry["InternetGatewayId"],
        "vpc_id": next(iter(_attached(entry)), None),
    }
    return Live(values, mapping(entry.get("Tags")))


MANUAL = Manual(
    short="Manage internet gateways",
    about=(
        "Creates, attaches and deletes internet gateways. A gateway is found by its tag C(Name).",
        "A gateway that is attached to another VPC is never taken from it.",
        (
            "Uses C(ec2:DescribeInternetGateways), C(ec2:CreateInternetGateway), "
            "C(ec2:AttachInternetGateway), C(ec2:DetachInternetGateway), "
            "C(ec2:DeleteInternetGateway), C(ec2:CreateTags) and C(ec2:DeleteTags)."
        ),
    ),
    examples="""
- name: A way to the internet
  dataai.platform.internet_gateway:
    name: igw-acme-app-prod-euc2
    vpc_id: vpc-0123456789abcdef0
""",
    sample={"igw-acme-app-prod-euc2": {"id": "igw-0123456789abcdef0", "vpc_id": "vpc-0123456789abcdef0"}},
    tags="The tag C(Name) is always C(name).",
)
