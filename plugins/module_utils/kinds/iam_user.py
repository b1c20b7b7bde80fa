# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An IAM user for a consumer that can use nothing better than static credentials."""

from __future__ import annotations

from contextlib import suppress

from ..aws.declared import Api, Fetched
from ..aws.forms import IAM_NAME, IAM_PATH
from ..aws.iam import BOUNDARY, INLINE_POLICIES, Policies, Principal
from ..aws.session import Aws
from ..aws.tags import IAM_USER
from ..core.errors import Missing
from ..core.kind import Field, Item, Live, Manual


class IamUser(Principal):
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
        INLINE_POLICIES,
        BOUNDARY,
    )
    api = Api(
        service="iam",
        reading=Fetched("get_user", "User", "UserName", listing=("list_users", "Users[].UserName")),
        create="create_user",
        changes=("update_user",),
        delete="delete_user",
        identity={"UserName": "name"},
        outputs={"arn": "Arn", "user_id": "UserId"},
        tags=IAM_USER,
        renamed={"update_user": {"Path": "NewPath"}},
    )
    policies = Policies("user")

    def delete(self, aws: Aws, want: Item, live: Live) -> bool | None:
        """Take away its managed policies, keys and groups first."""
        iam, name = aws.service("iam"), live["name"]
        self.policies.set_attached(aws, name, (), self.policies.attached(aws, name))
        with suppress(Missing):
            for entry in iam.pages("list_access_keys", "AccessKeyMetadata", UserName=name):
                iam.delete_access_key(UserName=name, AccessKeyId=entry["AccessKeyId"])
            for group in iam.pages("list_groups_for_user", "Groups", UserName=name):
                iam.remove_user_from_group(UserName=name, GroupName=group["GroupName"])
        return super().delete(aws, want, live)


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
