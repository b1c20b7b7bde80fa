# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Subnet groups of Aurora clusters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..aws import service_roles
from ..aws.database import described, known_names
from ..aws.forms import SUBNET
from ..aws.patience import LETTING_GO_SECONDS, patiently
from ..aws.session import Aws
from ..aws.tags import RDS, mapping
from ..core.errors import Exists, Missing
from ..core.kind import Delta, Field, Form, Item, Kind, Live, Manual
from ..core.values import is_unknown, unordered

#: Subnets that were made a moment ago are not known to RDS yet.
_NEW_SUBNETS = (("InvalidParameterValue", "are invalid"), ("InvalidSubnet", ""))
#: A cluster counts as using its group for a while after it is gone.
_IN_USE = ("InvalidDBSubnetGroupStateFault", "")
_NAME = Form(
    r"(?!default$)[a-zA-Z][a-zA-Z0-9._ -]*", "letters, digits, blanks and . _ -, a letter first, and other than default"
)


class DbSubnetGroup(Kind[Aws]):
    """A group of subnets in which RDS places instances."""

    type = "db_subnet_group"
    noun = "DB subnet group"
    aws_type = "AWS::RDS::DBSubnetGroup"
    fields = (
        Field(
            "name",
            "Name of the group. AWS stores it in lower case.",
            form=_NAME,
            max_length=255,
            property="DBSubnetGroupName",
        ),
        Field(
            "description",
            "What the group is for. Needed to create it.",
            required=True,
            property="DBSubnetGroupDescription",
        ),
        Field(
            "subnet_ids",
            "Ids of the subnets, in two availability zones at least. Needed to create the group.",
            type="list",
            elements="str",
            required=True,
            normalise=unordered,
            form=SUBNET,
        ),
    )
    outputs = ("arn", "vpc_id")

    def problems(self, item: Item) -> Iterable[str]:
        """A group spans two availability zones at least, hence two subnets."""
        subnets = item.get("subnet_ids")
        if subnets is not None and not is_unknown(subnets) and len(set(subnets)) < 2:
            yield f"subnet_ids names {len(set(subnets))}; a DB subnet group needs two in different availability zones"

    def read(self, aws: Aws, items: Sequence[Item], *, everything: bool = False) -> dict[str, Live]:
        """List the groups, then the tags of each."""
        rds, names = aws.service("rds"), known_names(items, "name")
        if everything:
            groups = list(rds.pages("describe_db_subnet_groups", "DBSubnetGroups"))
        else:
            groups = described(rds, "describe_db_subnet_groups", "DBSubnetGroups", "DBSubnetGroupName", set(names))
        found = {}
        for group in groups:
            name = group["DBSubnetGroupName"]
            if everything or name in names:
                tags = rds.list_tags_for_resource(ResourceName=group["DBSubnetGroupArn"]).get("TagList")
                found[names.get(name, name)] = Live(self._values(group), mapping(tags))
        return found

    @staticmethod
    def _values(group: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "name": group["DBSubnetGroupName"],
            "description": group.get("DBSubnetGroupDescription"),
            "subnet_ids": sorted(subnet["SubnetIdentifier"] for subnet in group.get("Subnets") or ()),
            "arn": group["DBSubnetGroupArn"],
            "vpc_id": group.get("VpcId"),
        }

    def create(self, aws: Aws, want: Item) -> None:
        """Create the group, the first call that RDS takes only with its own role."""
        request = {**self._request(want), "Tags": RDS.encode(want.get("tags"))}
        rds = aws.service("rds")
        try:
            service_roles.linked(aws, service_roles.RDS, lambda: rds.create_db_subnet_group(**request), *_NEW_SUBNETS)
        except Exists:  # made between our look and now
            return

    def update(self, aws: Aws, want: Item, live: Live, delta: Delta) -> None:
        """Change description and subnets; the call always takes all subnets."""
        request = self._request({**live.values, **want})
        patiently(lambda: aws.service("rds").modify_db_subnet_group(**request), *_NEW_SUBNETS)

    @staticmethod
    def _request(want: Item) -> dict[str, Any]:
        return {
            "DBSubnetGroupName": want["name"].lower(),
            "DBSubnetGroupDescription": want["description"],
            "SubnetIds": list(want["subnet_ids"]),
        }

    def delete(self, aws: Aws, want: Item, live: Live) -> None:
        """Delete the group."""
        try:
            patiently(
                lambda: aws.service("rds").delete_db_subnet_group(DBSubnetGroupName=live["name"]),
                _IN_USE,
                seconds=LETTING_GO_SECONDS,
            )
        except Missing:
            return

    def retag(self, aws: Aws, live: Live, add: Mapping[str, str], remove: Sequence[str]) -> None:
        """Tag by ARN."""
        RDS.apply(aws, live["arn"], add, remove)


MANUAL = Manual(
    short="Manage subnet groups of Amazon Aurora",
    about=(
        "Creates, changes and deletes DB subnet groups.",
        ("Makes the service-linked role of RDS first, where the account has none; it stays when all else is deleted."),
        (
            "Uses C(iam:GetRole), C(iam:CreateServiceLinkedRole), C(rds:DescribeDBSubnetGroups), "
            "C(rds:ListTagsForResource), C(rds:CreateDBSubnetGroup), C(rds:ModifyDBSubnetGroup), "
            "C(rds:AddTagsToResource), C(rds:RemoveTagsFromResource) and "
            "C(rds:DeleteDBSubnetGroup)."
        ),
    ),
    examples="""
- name: Isolated subnets for the database
  dataai.platform.db_subnet_group:
    name: subnet-group-acme-app-prod-euc2-aurora
    description: Isolated subnets
    subnet_ids: [subnet-0a1b2c3d4e5f60718, subnet-1a1b2c3d4e5f60718]
""",
    sample={
        "subnet-group-acme-app-prod-euc2-aurora": {
            "arn": "arn:aws:rds:eu-central-2:123456789012:subgrp:subnet-group-acme-app-prod-euc2-aurora",
            "vpc_id": "vpc-0a1b2c3d4e5f60718",
        }
    },
)
