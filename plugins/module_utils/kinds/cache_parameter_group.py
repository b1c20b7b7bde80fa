# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Parameter groups of ElastiCache."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..aws.database import chunks, described, known_names
from ..aws.forms import RDS_NAME
from ..aws.session import Aws
from ..aws.tags import ELASTICACHE, mapping
from ..core.errors import Exists, Missing
from ..core.kind import Delta, Deviation, Field, Item, Kind, Live


def texts(parameters: Any) -> Any:
    """Return parameters as AWS answers them: texts, with yes and no for true and false."""
    if not isinstance(parameters, Mapping):
        return parameters
    return {
        name: ("yes" if value else "no") if isinstance(value, bool) else str(value)
        for name, value in parameters.items()
    }


class CacheParameterGroup(Kind[Aws]):
    """A parameter group. ``parameters`` is all that differs from the defaults of its family."""

    type = "cache_parameter_group"
    noun = "cache parameter group"
    aws_type = "AWS::ElastiCache::ParameterGroup"
    fields = (
        Field("name", form=RDS_NAME, max_length=255, property="CacheParameterGroupName"),
        Field("family", required=True, immutable=True, property="CacheParameterGroupFamily"),
        Field("description", required=True, immutable=True),
        Field("parameters", type="dict", normalise=texts, property="Properties"),
    )
    deviations = (Deviation("description", "immutable", "ModifyCacheParameterGroup takes no description"),)
    outputs = ("arn",)

    def differences(self, want: Item, live: Live) -> dict[str, tuple[Any, Any]]:
        """Show both sides as texts, so that a diff holds only what differs."""
        return {name: (texts(old), texts(new)) for name, (old, new) in super().differences(want, live).items()}

    def read(self, aws: Aws, items: Sequence[Item], *, everything: bool = False) -> dict[str, Live]:
        """List the groups, then the parameters set by users and the tags of each."""
        cache, names = aws.service("elasticache"), known_names(items, "name")
        listing = ("describe_cache_parameter_groups", "CacheParameterGroups")
        groups = (
            list(cache.pages(*listing))
            if everything
            else described(cache, *listing, "CacheParameterGroupName", set(names))
        )
        found = {}
        for group in groups:
            name = group["CacheParameterGroupName"]
            if (everything and not name.startswith("default.")) or name in names:
                tags = cache.list_tags_for_resource(ResourceName=group["ARN"]).get("TagList")
                found[names.get(name, name)] = Live(self._values(aws, group), mapping(tags))
        return found

    @staticmethod
    def _values(aws: Aws, group: Mapping[str, Any]) -> dict[str, Any]:
        name = group["CacheParameterGroupName"]
        listing = ("describe_cache_parameters", "Parameters")
        entries = aws.service("elasticache").pages(*listing, CacheParameterGroupName=name, Source="user")
        return {
            "name": name,
            "family": group["CacheParameterGroupFamily"],
            "description": group.get("Description"),
            "parameters": {entry["ParameterName"]: entry.get("ParameterValue", "") for entry in entries},
            "arn": group["ARN"],
        }

    def create(self, aws: Aws, want: Item) -> None:
        """Create the group and set its parameters."""
        try:
            aws.service("elasticache").create_cache_parameter_group(
                CacheParameterGroupName=want["name"].lower(),
                CacheParameterGroupFamily=want["family"],
                Description=want["description"],
                Tags=ELASTICACHE.encode(want.get("tags")),
            )
        except Exists:  # made between our look and now
            return
        self._set(aws, want, texts(want.get("parameters") or {}))

    def update(self, aws: Aws, want: Item, live: Live, delta: Delta) -> None:
        """Set what differs and reset what is no longer wanted."""
        present, wanted = live["parameters"], texts(want["parameters"])
        self._set(aws, want, {name: value for name, value in wanted.items() if present.get(name) != value})
        for names in chunks(sorted(set(present) - set(wanted))):
            aws.service("elasticache").reset_cache_parameter_group(
                CacheParameterGroupName=want["name"].lower(),
                ResetAllParameters=False,
                ParameterNameValues=[{"ParameterName": name} for name in names],
            )

    @staticmethod
    def _set(aws: Aws, want: Item, values: Mapping[str, str]) -> None:
        entries = [{"ParameterName": name, "ParameterValue": value} for name, value in sorted(values.items())]
        for part in chunks(entries):
            aws.service("elasticache").modify_cache_parameter_group(
                CacheParameterGroupName=want["name"].lower(), ParameterNameValues=list(part)
            )

    def delete(self, aws: Aws, want: Item, live: Live) -> None:
        """Delete the group."""
        try:
            aws.service("elasticache").delete_cache_parameter_group(CacheParameterGroupName=live["name"])
        except Missing:
            return

    def retag(self, aws: Aws, live: Live, add: Mapping[str, str], remove: Sequence[str]) -> None:
        """Tag by ARN."""
        ELASTICACHE.apply(aws, live["arn"], add, remove)
