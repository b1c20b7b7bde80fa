# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Subnet groups of Aurora clusters."""

from __future__ import annotations

from collections.abc import Iterable

from ..aws import service_roles
from ..aws.database import NEW_SUBNETS
from ..aws.declared import Api, Declared, Listed, Patience
from ..aws.forms import SUBNET
from ..aws.patience import LETTING_GO_SECONDS
from ..aws.tags import RDS
from ..core.kind import Field, Form, Item, Manual
from ..core.values import is_unknown, unordered

_NAME = Form(
    r"(?!default$)[a-zA-Z][a-zA-Z0-9._ -]*", "letters, digits, blanks and . _ -, a letter first, and other than default"
)


class DbSubnetGroup(Declared):
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
            found="Subnets[].SubnetIdentifier",
            form=SUBNET,
        ),
    )
    api = Api(
        service="rds",
        reading=Listed("describe_db_subnet_groups", "DBSubnetGroups", name="DBSubnetGroupName"),
        create="create_db_subnet_group",
        changes=("modify_db_subnet_group",),
        whole=("modify_db_subnet_group",),
        delete="delete_db_subnet_group",
        identity={"DBSubnetGroupName": "name"},
        outputs={"arn": "DBSubnetGroupArn", "vpc_id": "VpcId"},
        tags=RDS,
        patience={
            "create_db_subnet_group": Patience(NEW_SUBNETS),
            "modify_db_subnet_group": Patience(NEW_SUBNETS),
            # A cluster counts as using its group for a while after it is gone.
            "delete_db_subnet_group": Patience((("InvalidDBSubnetGroupStateFault", ""),), LETTING_GO_SECONDS),
        },
        role=service_roles.RDS,
        stored=str.lower,
    )

    def problems(self, item: Item) -> Iterable[str]:
        """A group spans two availability zones at least, hence two subnets."""
        subnets = item.get("subnet_ids")
        if subnets is not None and not is_unknown(subnets) and len(set(subnets)) < 2:
            yield f"subnet_ids names {len(set(subnets))}; a DB subnet group needs two in different availability zones"


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
