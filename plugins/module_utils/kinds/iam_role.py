# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An IAM role with its trust and all of its policies."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..aws.iam import Policies, boundary, by_meaning, or_none
from ..aws.policy import document, normal_policy, text
from ..aws.session import Aws, Service
from ..aws.tags import IAM_ROLE, mapping
from ..core.errors import Exists, Missing
from ..core.kind import Delta, Field, Item, Kind, Live
from ..core.values import unordered

POLICIES = Policies("role")


class IamRole(Kind[Aws]):
    """A role. The policies that an item names are all it has."""

    type = "iam_role"
    noun = "IAM role"
    fields = (
        Field("name"),
        Field("path", immutable=True),
        Field("description", normalise=or_none),
        Field("assume_role_policy", type="dict", required=True, normalise=normal_policy),
        Field("managed_policy_arns", type="list", elements="str", normalise=unordered),
        Field("inline_policies", type="dict", normalise=by_meaning),
        Field("max_session_duration", type="int"),
        Field("permissions_boundary", normalise=or_none),
    )
    outputs = ("arn", "role_id")

    def problems(self, item: Item) -> Iterable[str]:
        """Check the name, the path and the length of a session."""
        if not re.fullmatch(r"[\w+=,.@-]{1,64}", item["name"], re.ASCII):
            yield "name must be 1-64 letters, digits or _+=,.@-"
        if not re.fullmatch(r"/([\x21-\x2e\x30-\x7e]+/)*", item.get("path") or "/"):
            yield f"path is {item['path']!r}; it must begin and end with a slash"
        session = item.get("max_session_duration")
        if session is not None and not 3600 <= session <= 43200:
            yield f"max_session_duration is {session}; IAM accepts 3600 to 43200 seconds"

    def read(self, aws: Aws, items: Sequence[Item], *, everything: bool = False) -> dict[str, Live]:
        """Read each role by name (with ``everything`` every role of the account)."""
        iam = aws.service("iam")
        names = [item["name"] for item in items]
        if everything:
            names += [role["RoleName"] for role in iam.pages("list_roles", "Roles")]
        found = {name: self._one(aws, iam, name) for name in dict.fromkeys(names)}
        return {name: live for name, live in found.items() if live is not None}

    @staticmethod
    def _one(aws: Aws, iam: Service, name: str) -> Live | None:
        try:
            role = iam.get_role(RoleName=name)["Role"]
            values: dict[str, Any] = {
                "name": name,
                "arn": role["Arn"],
                "role_id": role["RoleId"],
                "path": role["Path"],
                "description": role.get("Description"),
                "assume_role_policy": document(role["AssumeRolePolicyDocument"]),
                "managed_policy_arns": POLICIES.attached(aws, name),
                "inline_policies": POLICIES.inline(aws, name),
                "max_session_duration": role.get("MaxSessionDuration", 3600),
                "permissions_boundary": boundary(role),
            }
        except Missing:  # gone, or on its way out while we look
            return None
        return Live(values, mapping(role.get("Tags")))

    def create(self, aws: Aws, want: Item) -> None:
        """Create the role, then give it its policies."""
        request: dict[str, Any] = {
            "RoleName": want["name"],
            "AssumeRolePolicyDocument": text(want["assume_role_policy"]),
            "Path": want.get("path"),
            "Description": want.get("description"),
            "MaxSessionDuration": want.get("max_session_duration"),
            "PermissionsBoundary": want.get("permissions_boundary"),
            "Tags": IAM_ROLE.encode(want.get("tags")),
        }
        try:
            aws.service("iam").create_role(**{name: value for name, value in request.items() if value})
        except Exists:
            return
        POLICIES.set_attached(aws, want["name"], want.get("managed_policy_arns") or (), ())
        POLICIES.set_inline(aws, want["name"], want.get("inline_policies") or {}, {})

    def update(self, aws: Aws, want: Item, live: Live, delta: Delta) -> None:
        """Change what differs."""
        iam, name = aws.service("iam"), want["name"]
        if "assume_role_policy" in delta:
            iam.update_assume_role_policy(RoleName=name, PolicyDocument=text(want["assume_role_policy"]))
        if delta.any("description", "max_session_duration"):
            # UpdateRole resets what it is not given.
            given = {**live.values, **{key: value for key, value in want.items() if value is not None}}
            iam.update_role(
                RoleName=name,
                Description=given["description"] or "",
                MaxSessionDuration=given["max_session_duration"],
            )
        if "permissions_boundary" in delta:
            POLICIES.set_boundary(aws, name, want["permissions_boundary"])
        if "managed_policy_arns" in delta:
            POLICIES.set_attached(aws, name, want["managed_policy_arns"], live["managed_policy_arns"])
        if "inline_policies" in delta:
            POLICIES.set_inline(aws, name, want["inline_policies"], live["inline_policies"])

    def delete(self, aws: Aws, want: Item, live: Live) -> None:
        """Take away all that IAM wants gone before the role, then the role."""
        iam, name = aws.service("iam"), live["name"]
        POLICIES.set_attached(aws, name, (), live["managed_policy_arns"])
        POLICIES.set_inline(aws, name, {}, live["inline_policies"])
        try:
            for profile in iam.pages("list_instance_profiles_for_role", "InstanceProfiles", RoleName=name):
                iam.remove_role_from_instance_profile(InstanceProfileName=profile["InstanceProfileName"], RoleName=name)
            iam.delete_role(RoleName=name)
        except Missing:
            return

    def retag(self, aws: Aws, live: Live, add: Mapping[str, str], remove: Sequence[str]) -> None:
        """Tag by name."""
        IAM_ROLE.apply(aws, live["name"], add, remove)
