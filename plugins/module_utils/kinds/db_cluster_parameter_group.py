# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Cluster parameter groups of Aurora."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..aws.database import chunks, described, known_names
from ..aws.forms import RDS_NAME
from ..aws.session import Aws
from ..aws.tags import RDS, mapping
from ..core.errors import Exists, Missing
from ..core.kind import Delta, Deviation, Field, Item, Kind, Live


def texts(parameters: Any) -> Any:
    """Return parameters as AWS answers them: texts, with 1 and 0 for true and false."""
    if not isinstance(parameters, Mapping):
        return parameters
    return {name: str(int(value)) if isinstance(value, bool) else str(value) for name, value in parameters.items()}


class DbClusterParameterGroup(Kind[Aws]):
    """A cluster parameter group. ``parameters`` is all that differs from the defaults of its family."""

    type = "db_cluster_parameter_group"
    noun = "DB cluster parameter group"
    aws_type = "AWS::RDS::DBClusterParameterGroup"
    fields = (
        Field("name", form=RDS_NAME, max_length=255, property="DBClusterParameterGroupName"),
        Field("family", required=True, immutable=True),
        Field("description", required=True, immutable=True),
        Field("parameters", type="dict", normalise=texts),
    )
    deviations = (Deviation("parameters", "required", "CreateDBClusterParameterGroup makes a group without any"),)
    outputs = ("arn",)

    def differences(self, want: Item, live: Live) -> dict[str, tuple[Any, Any]]:
        """Show both sides as texts, so that a diff holds only what differs."""
        return {name: (texts(old), texts(new)) for name, (old, new) in super().differences(want, live).items()}

    def read(self, aws: Aws, items: Sequence[Item], *, everything: bool = False) -> dict[str, Live]:
        """List the groups, then the parameters set by users and the tags of each."""
        rds, names = aws.service("rds"), known_names(items, "name")
        listing = ("describe_db_cluster_parameter_groups", "DBClusterParameterGroups")
        groups = (
            list(rds.pages(*listing))
            if everything
            else described(rds, *listing, "DBClusterParameterGroupName", set(names))
        )
        found = {}
        for group in groups:
            name = group["DBClusterParameterGroupName"]
            if (everything and not name.startswith("default.")) or name in names:
                tags = rds.list_tags_for_resource(ResourceName=group["DBClusterParameterGroupArn"]).get("TagList")
                found[names.get(name, name)] = Live(self._values(aws, group), mapping(tags))
        return found

    def _values(self, aws: Aws, group: Mapping[str, Any]) -> dict[str, Any]:
        name = group["DBClusterParameterGroupName"]
        return {
            "name": name,
            "family": group["DBParameterGroupFamily"],
            "description": group.get("Description"),
            "parameters": {
                entry["ParameterName"]: entry["ParameterValue"]
                for entry in self._entries(aws, name, Source="user")
                if entry.get("ParameterValue") is not None
            },
            "arn": group["DBClusterParameterGroupArn"],
        }

    @staticmethod
    def _entries(aws: Aws, name: str, **query: str) -> list[Mapping[str, Any]]:
        rds = aws.service("rds")
        listing = ("describe_db_cluster_parameters", "Parameters")
        return list(rds.pages(*listing, DBClusterParameterGroupName=name, **query))

    def create(self, aws: Aws, want: Item) -> None:
        """Create the group and set its parameters."""
        try:
            aws.service("rds").create_db_cluster_parameter_group(
                DBClusterParameterGroupName=want["name"].lower(),
                DBParameterGroupFamily=want["family"],
                Description=want["description"],
                Tags=RDS.encode(want.get("tags")),
            )
        except Exists:  # made between our look and now
            return
        self._set(aws, want, texts(want.get("parameters") or {}))

    def update(self, aws: Aws, want: Item, live: Live, delta: Delta) -> None:
        """Set what differs and reset what is no longer wanted."""
        present, wanted = live["parameters"], texts(want["parameters"])
        self._set(aws, want, {name: value for name, value in wanted.items() if present.get(name) != value})
        gone = sorted(set(present) - set(wanted))
        for names in chunks(self._with_method(aws, want, dict.fromkeys(gone))):
            aws.service("rds").reset_db_cluster_parameter_group(
                DBClusterParameterGroupName=want["name"].lower(), ResetAllParameters=False, Parameters=list(names)
            )

    def _set(self, aws: Aws, want: Item, values: Mapping[str, str]) -> None:
        for entries in chunks(self._with_method(aws, want, values)):
            aws.service("rds").modify_db_cluster_parameter_group(
                DBClusterParameterGroupName=want["name"].lower(), Parameters=list(entries)
            )

    def _with_method(self, aws: Aws, want: Item, values: Mapping[str, str | None]) -> list[dict[str, str]]:
        """Return request entries: dynamic parameters apply at once, all others with the next reboot."""
        if not values:
            return []
        kinds = {entry["ParameterName"]: entry.get("ApplyType") for entry in self._entries(aws, want["name"].lower())}
        return [
            {
                "ParameterName": name,
                "ApplyMethod": "immediate" if kinds.get(name) == "dynamic" else "pending-reboot",
                **({} if value is None else {"ParameterValue": value}),
            }
            for name, value in sorted(values.items())
        ]

    def delete(self, aws: Aws, want: Item, live: Live) -> None:
        """Delete the group."""
        try:
            aws.service("rds").delete_db_cluster_parameter_group(DBClusterParameterGroupName=live["name"])
        except Missing:
            return

    def retag(self, aws: Aws, live: Live, add: Mapping[str, str], remove: Sequence[str]) -> None:
        """Tag by ARN."""
        RDS.apply(aws, live["arn"], add, remove)
