# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An IAM user for a consumer that can use nothing better than static credentials."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..aws.forms import IAM_NAME, IAM_PATH
from ..aws.iam import Policies, boundary, by_meaning, malformed
from ..aws.session import Aws, Service
from ..aws.tags import IAM_USER, mapping
from ..core.errors import Exists, Missing
from ..core.kind import Delta, Field, Item, Kind, Live, Manual
from ..core.values import or_none

POLICIES = Policies("user")


class IamUser(Kind[Aws]):
    """A user without a password. Its access keys belong to whoever stores them."""

    type = "iam_user"
    noun = "IAM user"
    aws_type = "AWS::IAM::User"
    fields = (
        Field(
            "name",
            "Name of the user, 1-64 letters, digits or C(_+=,.@-).",
            form=IAM_NAME,
            min_length=1,
            max_length=64,
            property="UserName",
        ),
        Field(
            "path",
            "Path of the user, beginning and ending with a slash. It is part of the ARN.",
            form=IAM_PATH,
            min_length=1,
            max_length=512,
        ),
        Field(
            "inline_policies",
            "Inline policies, name to document; all others are deleted. An empty dictionary deletes all.",
            type="dict",
            normalise=by_meaning,
            property="Policies",
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
    outputs = ("arn", "user_id")

    def problems(self, item: Item) -> Iterable[str]:
        """Check that the inline policies are policies."""
        yield from malformed(item.get("inline_policies") or {})

    def read(self, aws: Aws, items: Sequence[Item], *, everything: bool = False) -> dict[str, Live]:
        """Read each user by name (with ``everything`` every user of the account)."""
        iam = aws.service("iam")
        names = [item["name"] for item in items]
        if everything:
            names += [user["UserName"] for user in iam.pages("list_users", "Users")]
        found = {name: self._one(aws, iam, name) for name in dict.fromkeys(names)}
        return {name: live for name, live in found.items() if live is not None}

    @staticmethod
    def _one(aws: Aws, iam: Service, name: str) -> Live | None:
        try:
            user = iam.get_user(UserName=name)["User"]
            values: dict[str, Any] = {
                "name": name,
                "arn": user["Arn"],
                "user_id": user["UserId"],
                "path": user["Path"],
                "inline_policies": POLICIES.inline(aws, name),
                "permissions_boundary": boundary(user),
            }
        except Missing:  # gone, or on its way out while we look
            return None
        return Live(values, mapping(user.get("Tags")))

    def create(self, aws: Aws, want: Item) -> None:
        """Create the user, then give it its policies."""
        request: dict[str, Any] = {
            "UserName": want["name"],
            "Path": want.get("path"),
            "PermissionsBoundary": want.get("permissions_boundary"),
            "Tags": IAM_USER.encode(want.get("tags")),
        }
        try:
            aws.service("iam").create_user(**{name: value for name, value in request.items() if value})
        except Exists:
            return
        POLICIES.set_inline(aws, want["name"], want.get("inline_policies") or {}, {})

    def update(self, aws: Aws, want: Item, live: Live, delta: Delta) -> None:
        """Change what differs."""
        name = want["name"]
        if "path" in delta:
            aws.service("iam").update_user(UserName=name, NewPath=want["path"])
        if "permissions_boundary" in delta:
            POLICIES.set_boundary(aws, name, want["permissions_boundary"])
        if "inline_policies" in delta:
            POLICIES.set_inline(aws, name, want["inline_policies"], live["inline_policies"])

    def delete(self, aws: Aws, want: Item, live: Live) -> None:
        """Take away all that IAM wants gone before the user, then the user."""
        iam, name = aws.service("iam"), live["name"]
        POLICIES.set_inline(aws, name, {}, live["inline_policies"])
        POLICIES.set_attached(aws, name, (), POLICIES.attached(aws, name))
        try:
            for entry in iam.pages("list_access_keys", "AccessKeyMetadata", UserName=name):
                iam.delete_access_key(UserName=name, AccessKeyId=entry["AccessKeyId"])
            for group in iam.pages("list_groups_for_user", "Groups", UserName=name):
                iam.remove_user_from_group(UserName=name, GroupName=group["GroupName"])
            iam.delete_user(UserName=name)
        except Missing:
            return

    def retag(self, aws: Aws, live: Live, add: Mapping[str, str], remove: Sequence[str]) -> None:
        """Tag by name."""
        IAM_USER.apply(aws, live["name"], add, remove)


MANUAL = Manual(
    short="Manage IAM users with their inline policies",
    about=(
        "Creates, changes and deletes users with their inline policies. Access keys are not made here.",
        "Deleting a user deletes its access keys, takes it out of its groups and removes its policies first.",
        (
            "Uses C(iam:GetUser), C(iam:ListUsers), C(iam:ListUserPolicies), "
            "C(iam:GetUserPolicy), C(iam:CreateUser), C(iam:UpdateUser), C(iam:PutUserPolicy), "
            "C(iam:DeleteUserPolicy), C(iam:ListAttachedUserPolicies), C(iam:DetachUserPolicy), "
            "C(iam:PutUserPermissionsBoundary), C(iam:DeleteUserPermissionsBoundary), "
            "C(iam:ListAccessKeys), C(iam:DeleteAccessKey), C(iam:ListGroupsForUser), "
            "C(iam:RemoveUserFromGroup), C(iam:DeleteUser), C(iam:TagUser) and C(iam:UntagUser)."
        ),
    ),
    examples="""
- name: A service account that reads one bucket
  dataai.platform.iam_user:
    name: iam-user-acme-reader
    path: /service-accounts/
    inline_policies:
      read:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Action: s3:GetObject
            Resource: arn:aws:s3:::acme-data/*
""",
    sample={
        "iam-user-acme-reader": {
            "arn": "arn:aws:iam::123456789012:user/service-accounts/iam-user-acme-reader",
            "user_id": "AIDACKCEVSQ6C2EXAMPLE",
        }
    },
    plural="users",
)
