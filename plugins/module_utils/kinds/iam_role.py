# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An IAM role with its trust and all of its policies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..aws.forms import IAM_NAME, IAM_PATH, IAM_TEXT, MANAGED_POLICY
from ..aws.iam import Policies, boundary, by_meaning, malformed
from ..aws.policy import document, normal_policy, text
from ..aws.session import Aws, Service
from ..aws.tags import IAM_ROLE, mapping
from ..core.errors import Exists, Missing
from ..core.kind import Delta, Field, Item, Kind, Live, Manual
from ..core.values import or_none, unordered

POLICIES = Policies("role")


class IamRole(Kind[Aws]):
    """A role. The policies that an item names are all it has."""

    type = "iam_role"
    noun = "IAM role"
    aws_type = "AWS::IAM::Role"
    fields = (
        Field(
            "name",
            "Name of the role, 1-64 letters, digits or C(_+=,.@-).",
            form=IAM_NAME,
            min_length=1,
            max_length=64,
            property="RoleName",
        ),
        Field(
            "path",
            "Path of the role, beginning and ending with a slash. Fixed once the role exists; C(/) by default.",
            immutable=True,
            form=IAM_PATH,
            min_length=1,
            max_length=512,
        ),
        Field("description", "What the role is for.", normalise=or_none, form=IAM_TEXT, max_length=1000),
        Field(
            "assume_role_policy",
            "The trust policy. Needed to create the role.",
            type="dict",
            required=True,
            normalise=normal_policy,
            property="AssumeRolePolicyDocument",
        ),
        Field(
            "managed_policy_arns",
            "ARNs of the managed policies to attach; all others are detached. An empty list detaches all.",
            type="list",
            elements="str",
            normalise=unordered,
            form=MANAGED_POLICY,
            unique=True,
        ),
        Field(
            "inline_policies",
            "Inline policies, name to document; all others are deleted. An empty dictionary deletes all.",
            type="dict",
            normalise=by_meaning,
            property="Policies",
        ),
        Field(
            "max_session_duration",
            "Longest session in seconds, 3600 to 43200.",
            type="int",
            minimum=3600,
            maximum=43200,
        ),
        Field(
            "permissions_boundary",
            "ARN of the policy that bounds the permissions. An empty text removes the boundary.",
            normalise=or_none,
            min_length=20,
            max_length=2048,
            clears=True,
        ),
    )
    outputs = ("arn", "role_id")

    def problems(self, item: Item) -> Iterable[str]:
        """Check that the inline policies are policies."""
        yield from malformed(item.get("inline_policies") or {})

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


MANUAL = Manual(
    short="Manage IAM roles with all of their policies",
    about=(
        ("Creates, changes and deletes roles with their trust policy, inline policies and attached managed policies."),
        (
            "Policies are compared by meaning. The inline and the attached policies of an item "
            "are exclusive, each where given."
        ),
        (
            "Uses C(iam:GetRole), C(iam:ListRoles), C(iam:ListRolePolicies), "
            "C(iam:GetRolePolicy), C(iam:ListAttachedRolePolicies), C(iam:CreateRole), "
            "C(iam:UpdateRole), C(iam:UpdateAssumeRolePolicy), C(iam:PutRolePolicy), "
            "C(iam:DeleteRolePolicy), C(iam:AttachRolePolicy), C(iam:DetachRolePolicy), "
            "C(iam:PutRolePermissionsBoundary), C(iam:DeleteRolePermissionsBoundary), "
            "C(iam:ListInstanceProfilesForRole), C(iam:RemoveRoleFromInstanceProfile), "
            "C(iam:DeleteRole), C(iam:TagRole) and C(iam:UntagRole)."
        ),
    ),
    examples="""
- name: A role for enhanced monitoring
  dataai.platform.iam_role:
    name: role-acme-monitoring
    assume_role_policy:
      Version: "2012-10-17"
      Statement:
        - Effect: Allow
          Principal:
            Service: monitoring.rds.amazonaws.com
          Action: sts:AssumeRole
    managed_policy_arns:
      - arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole
""",
    sample={
        "role-acme-monitoring": {
            "arn": "arn:aws:iam::123456789012:role/role-acme-monitoring",
            "role_id": "AROADBQP57FF2AEXAMPLE",
        }
    },
    plural="roles",
)
