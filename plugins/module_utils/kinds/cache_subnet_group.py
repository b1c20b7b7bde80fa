# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Subnet groups of ElastiCache replication groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..aws import service_roles
from ..aws.database import described, known_names
from ..aws.forms import SUBNET
from ..aws.patience import LETTING_GO_SECONDS, patiently
from ..aws.session import Aws
from ..aws.tags import ELASTICACHE, mapping
from ..core.errors import Exists, Missing
from ..core.kind import Delta, Field, Form, Item, Kind, Live, Manual
from ..core.values import unordered

#: Subnets that were made a moment ago are not known to ElastiCache yet.
_NEW_SUBNETS = (("InvalidParameterValue", "are invalid"), ("InvalidSubnet", ""))
#: A replication group counts as using its subnet group for a while after it is gone.
_IN_USE = ("CacheSubnetGroupInUse", "")
_NAME = Form(r"[a-zA-Z0-9-]+", "letters, digits and hyphens")


class CacheSubnetGroup(Kind[Aws]):
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
        Field("description", "What the group is for. Needed to create it.", required=True),
        Field(
            "subnet_ids",
            "Ids of the subnets. Needed to create the group.",
            type="list",
            elements="str",
            required=True,
            normalise=unordered,
            form=SUBNET,
            min_items=1,
        ),
    )
    outputs = ("arn", "vpc_id")

    def read(self, aws: Aws, items: Sequence[Item], *, everything: bool = False) -> dict[str, Live]:
        """List the groups, then the tags of each."""
        cache, names = aws.service("elasticache"), known_names(items, "name")
        listing = ("describe_cache_subnet_groups", "CacheSubnetGroups")
        groups = (
            list(cache.pages(*listing))
            if everything
            else described(cache, *listing, "CacheSubnetGroupName", set(names))
        )
        found = {}
        for group in groups:
            name = group["CacheSubnetGroupName"]
            # The built-in group "default" has no ARN and cannot be tagged.
            if (everything and group.get("ARN")) or name in names:
                tags = cache.list_tags_for_resource(ResourceName=group["ARN"]).get("TagList")
                found[names.get(name, name)] = Live(self._values(group), mapping(tags))
        return found

    @staticmethod
    def _values(group: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "name": group["CacheSubnetGroupName"],
            "description": group.get("CacheSubnetGroupDescription"),
            "subnet_ids": sorted(subnet["SubnetIdentifier"] for subnet in group.get("Subnets") or ()),
            "arn": group["ARN"],
            "vpc_id": group.get("VpcId"),
        }

    def create(self, aws: Aws, want: Item) -> None:
        """Create the group. ElastiCache makes nothing without its own role."""
        request = {**self._request(want), "Tags": ELASTICACHE.encode(want.get("tags"))}
        cache = aws.service("elasticache")
        try:
            service_roles.linked(
                aws, service_roles.ELASTICACHE, lambda: cache.create_cache_subnet_group(**request), *_NEW_SUBNETS
            )
        except Exists:  # made between our look and now
            return

    def update(self, aws: Aws, want: Item, live: Live, delta: Delta) -> None:
        """Change description and subnets."""
        request = self._request({**live.values, **want})
        patiently(lambda: aws.service("elasticache").modify_cache_subnet_group(**request), *_NEW_SUBNETS)

    @staticmethod
    def _request(want: Item) -> dict[str, Any]:
        return {
            "CacheSubnetGroupName": want["name"].lower(),
            "CacheSubnetGroupDescription": want["description"],
            "SubnetIds": list(want["subnet_ids"]),
        }

    def delete(self, aws: Aws, want: Item, live: Live) -> None:
        """Delete the group."""
        try:
            patiently(
                lambda: aws.service("elasticache").delete_cache_subnet_group(CacheSubnetGroupName=live["name"]),
                _IN_USE,
                seconds=LETTING_GO_SECONDS,
            )
        except Missing:
            return

    def retag(self, aws: Aws, live: Live, add: Mapping[str, str], remove: Sequence[str]) -> None:
        """Tag by ARN."""
        ELASTICACHE.apply(aws, live["arn"], add, remove)


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
