# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The dialects in which AWS services speak of tags, and one codec for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..core.limits import TagLimits
from .session import Aws

Tags = Mapping[str, str]


def pairs(tags: Tags | None, key: str = "Key", value: str = "Value") -> list[dict[str, str]]:
    """Return tags as a list of key-value entries (``key``/``value`` give the dialect's spelling)."""
    return [{key: name, value: str(text)} for name, text in sorted((tags or {}).items())]


def mapping(entries: Iterable[Mapping[str, str]] | None, key: str = "Key", value: str = "Value") -> dict[str, str]:
    """Return a list of key-value entries as a mapping."""
    return {entry[key]: entry.get(value, "") for entry in entries or ()}


@dataclass(frozen=True)
class TagApi:
    """How one service tags a resource.

    Attributes:
        service: the SDK's name of the service.
        add: operation that sets tags.
        remove: operation that removes keys.
        target: parameter that names the resource.
        tags: parameter with the tags in ``add``.
        keys: parameter with the keys in ``remove``.
        style: ``list`` (Key/Value), ``lower`` (key/value), or ``map``.
        many: the target parameter takes a list (EC2).
        by: the output or field of a resource that ``target`` takes.
        read: operation that tells the tags; empty where the description of a resource has them.
        found: where an answer or a description has them, if not under ``tags``.
    """

    service: str
    add: str
    remove: str
    target: str
    tags: str = "Tags"
    keys: str = "TagKeys"
    style: str = "list"
    many: bool = False
    by: str = "arn"
    read: str = ""
    found: str = ""

    def of(self, aws: Aws, resource: str) -> dict[str, str]:
        """Ask for the tags of one resource."""
        return self.decode(getattr(aws.service(self.service), self.read)(**{self.target: resource}))

    def decode(self, answer: Mapping[str, Any]) -> dict[str, str]:
        """Return the tags in an answer, or in the description of a resource."""
        found = answer.get(self.found or self.tags) or {}
        if self.style == "map":
            return dict(found)
        return mapping(found, "key", "value") if self.style == "lower" else mapping(found)

    def encode(self, tags: Tags | None) -> Any:
        """Return tags in this dialect."""
        if self.style == "map":
            return {key: str(value) for key, value in (tags or {}).items()}
        return pairs(tags, "key", "value") if self.style == "lower" else pairs(tags)

    def apply(self, aws: Aws, resource: str, add: Tags, remove: Sequence[str]) -> None:
        """Set and remove tags of one resource."""
        service = aws.service(self.service)
        named = {self.target: [resource] if self.many else resource}
        if add:
            getattr(service, self.add)(**named, **{self.tags: self.encode(add)})
        if remove:
            keys: Any = [{"Key": key} for key in remove] if self.many else list(remove)
            getattr(service, self.remove)(**named, **{self.keys: keys})


EC2 = TagApi("ec2", "create_tags", "delete_tags", "Resources", keys="Tags", many=True, by="id")
RDS = TagApi(
    *("rds", "add_tags_to_resource", "remove_tags_from_resource", "ResourceName"),
    read="list_tags_for_resource", found="TagList",
)  # fmt: skip
ELASTICACHE = TagApi(
    *("elasticache", "add_tags_to_resource", "remove_tags_from_resource", "ResourceName"),
    read="list_tags_for_resource", found="TagList",
)  # fmt: skip
LOGS = TagApi(
    *("logs", "tag_resource", "untag_resource", "resourceArn"),
    tags="tags", keys="tagKeys", style="map", read="list_tags_for_resource",
)  # fmt: skip
AMP = TagApi("amp", "tag_resource", "untag_resource", "resourceArn", tags="tags", keys="tagKeys", style="map")
GRAFANA = TagApi("grafana", "tag_resource", "untag_resource", "resourceArn", tags="tags", keys="tagKeys", style="map")
BEDROCK = TagApi(
    *("bedrock", "tag_resource", "untag_resource", "resourceARN"),
    tags="tags", keys="tagKeys", style="lower", read="list_tags_for_resource",
)  # fmt: skip
EVENTS = TagApi("events", "tag_resource", "untag_resource", "ResourceARN", read="list_tags_for_resource")
LAMBDA = TagApi("lambda", "tag_resource", "untag_resource", "Resource", style="map")
SECRETS = TagApi("secretsmanager", "tag_resource", "untag_resource", "SecretId")
IAM_ROLE = TagApi("iam", "tag_role", "untag_role", "RoleName", by="name")
IAM_USER = TagApi("iam", "tag_user", "untag_user", "UserName", by="name")

#: EC2 takes any character; Bedrock takes ASCII alone.
EC2_TAGS = TagLimits(pattern=r"[\s\S]*", form="a text")
BEDROCK_TAGS = TagLimits(
    most=200, pattern=r"[a-zA-Z0-9\s._:/=+@-]*", form="ASCII letters, digits, blanks and . _ : / = + @ -"
)
