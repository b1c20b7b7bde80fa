# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Internet gateways and the VPC that each is attached to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..aws.declared import Api, Entry, Listed, Patience
from ..aws.ec2 import LETTING_GO, SPREADING, name_field
from ..aws.forms import VPC
from ..aws.named import Named
from ..aws.patience import patiently
from ..aws.session import Aws
from ..aws.tags import EC2
from ..core.kind import Deviation, Field, Item, Live, Manual


class InternetGateway(Named):
    """An internet gateway, found by its tag ``Name``."""

    type = "internet_gateway"
    noun = "internet gateway"
    aws_type = "AWS::EC2::InternetGateway"
    fields = (
        name_field("gateway"),
        Field(
            "vpc_id",
            "Id of the VPC that it is attached to. Needed to create it.",
            required=True,
            form=VPC,
            property="AWS::EC2::VPCGatewayAttachment.VpcId",
            sent="VpcId",
        ),
    )
    deviations = (
        Deviation(
            "vpc_id", "mutable", "a gateway without a VPC is attached; that of another VPC is refused by `blockers`"
        ),
    )
    api = Api(
        service="ec2",
        reading=Listed("describe_internet_gateways", "InternetGateways"),
        create="create_internet_gateway",
        changes=("attach_internet_gateway",),
        delete="delete_internet_gateway",
        identity={"InternetGatewayId": "id"},
        outputs={"id": "InternetGatewayId"},
        tags=EC2,
        patience={"delete_internet_gateway": Patience((("DependencyViolation", ""),), SPREADING)},
    )
    resource_type = "internet-gateway"

    def blockers(self, want: Item, live: Live | None, *, absent: bool) -> Iterable[str]:
        """Do not take the way out from under another VPC."""
        if not absent and live is not None and live["vpc_id"] and want.get("vpc_id") not in (None, live["vpc_id"]):
            yield (
                f"internet gateway {want['name']}: vpc_id is {live['vpc_id']}, wanted {want['vpc_id']}; "
                "detach it there first, or give this one another name"
            )

    def is_idle(self, entry: Entry) -> bool:
        """Nothing uses a gateway that is attached to no VPC."""
        return _vpc_of(entry) is None

    def found(self, one: Field, entry: Entry) -> Any:
        """A gateway tells its VPC in its attachments."""
        return _vpc_of(entry) if one.name == "vpc_id" else super().found(one, entry)

    def delete(self, aws: Aws, want: Item, live: Live) -> bool | None:
        """Detach, which waits for the public addresses of the VPC to go, and delete."""
        detach = aws.service("ec2").detach_internet_gateway
        if live["vpc_id"]:
            patiently(
                lambda: detach(InternetGatewayId=live["id"], VpcId=live["vpc_id"]),
                ("DependencyViolation", ""),
                seconds=LETTING_GO,
            )
        return super().delete(aws, want, live)


def _vpc_of(entry: Entry) -> str | None:
    attached = (one["VpcId"] for one in entry.get("Attachments") or () if one.get("State") != "detached")
    return next(attached, None)


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
