# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Subnet groups of ElastiCache replication groups."""

from __future__ import annotations

from ..aws import service_roles
from ..aws.database import NEW_SUBNETS
from ..aws.declared import Api, Declared, Entry, Listed, Patience
from ..aws.forms import SUBNET
from ..aws.patience import LETTING_GO_SECONDS
from ..aws.tags import ELASTICACHE
from ..core.kind import Field, Form, Manual
from ..core.values import unordered

_NAME = Form(r"[a-zA-Z0-9-]+", "letters, digits and hyphens")


class CacheSubnetGroup(Declared):
    """A group of subnets in which ElastiCache places nodes."""

    type = "cache_subnet_group"
    noun = "cache subnet group"
    aws_type = "AWS::ElastiCache::SubnetGroup"
    fields = (
        Field(
            "name",
            "Name of the group. AWS stores it in lower case.",
            form=_NAME,
            max_length=255,
            property="CacheSubnetGroupName",
        ),
        Field(
            "description",
            "What the group is for. Needed to create it.",
            required=True,
            sent="CacheSubnetGroupDescription",
        ),
        Field(
            "subnet_ids",
            "Ids of the subnets. Needed to create the group.",
            type="list",
            elements="str",
            required=True,
            normalise=unordered,
            found="Subnets[].SubnetIdentifier",
            form=SUBNET,
            min_items=1,
        ),
    )
    api = Api(
        service="elasticache",
        reading=Listed("describe_cache_subnet_groups", "CacheSubnetGroups", name="CacheSubnetGroupName"),
        create="create_cache_subnet_group",
        changes=("modify_cache_subnet_group",),
        whole=("modify_cache_subnet_group",),
        delete="delete_cache_subnet_group",
        identity={"CacheSubnetGroupName": "name"},
        outputs={"arn": "ARN", "vpc_id": "VpcId"},
        tags=ELASTICACHE,
        patience={
            "create_cache_subnet_group": Patience(NEW_SUBNETS),
            "modify_cache_subnet_group": Patience(NEW_SUBNETS),
            # A replication group counts as using its subnet group for a while after it is gone.
            "delete_cache_subnet_group": Patience((("CacheSubnetGroupInUse", ""),), LETTING_GO_SECONDS),
        },
        role=service_roles.ELASTICACHE,
        stored=str.lower,
    )

    def is_ours_to_see(self, entry: Entry) -> bool:
        """The built-in group has no ARN and cannot be tagged."""
        return bool(entry.get("ARN"))


MANUAL = Manual(
    short="Manage subnet groups of Amazon ElastiCache",
    about=(
        "Creates, changes and deletes cache subnet groups.",
        (
            "Makes the service-linked role of ElastiCache first, where the account has none; it "
            "stays when all else is deleted."
        ),
        (
            "Uses C(iam:GetRole), C(iam:CreateServiceLinkedRole), "
            "C(elasticache:DescribeCacheSubnetGroups), C(elasticache:ListTagsForResource), "
            "C(elasticache:CreateCacheSubnetGroup), C(elasticache:ModifyCacheSubnetGroup), "
            "C(elasticache:AddTagsToResource), C(elasticache:RemoveTagsFromResource) and "
            "C(elasticache:DeleteCacheSubnetGroup)."
        ),
    ),
    examples="""
- name: Isolated subnets for the cache
  dataai.platform.cache_subnet_group:
    name: subnet-group-acme-app-prod-euc2-redis
    description: Isolated subnets
    subnet_ids: [subnet-0a1b2c3d4e5f60718, subnet-1a1b2c3d4e5f60718]
""",
    sample={
        "subnet-group-acme-app-prod-euc2-redis": {
            "arn": "arn:aws:elasticache:eu-central-2:123456789012:subnetgroup:subnet-group-acme-app-prod-euc2-redis",
            "vpc_id": "vpc-0a1b2c3d4e5f60718",
        }
    },
)
