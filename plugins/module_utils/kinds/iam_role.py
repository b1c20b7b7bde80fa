# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An IAM role with its trust and all of its policies."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from ..aws.declared import Api, Entry, Fetched
from ..aws.forms import IAM_NAME, IAM_PATH, IAM_TEXT, MANAGED_POLICY
from ..aws.iam import BOUNDARY, INLINE_POLICIES, Policies, Principal
from ..aws.policy import document, normal_policy
from ..aws.session import Aws
from ..aws.tags import IAM_ROLE
from ..core.errors import Missing
from ..core.kind import Field, Item, Live, Manual
from ..core.values import or_none, unordered


class IamRole(Principal):
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
        INLINE_POLICIES,
        Field(
            "max_session_duration",
            "Longest session in seconds, 3600 to 43200.",
            type="int",
            minimum=3600,
            maximum=43200,
            unsaid=3600,
        ),
        BOUNDARY,
    )
    api = Api(
        service="iam",
        reading=Fetched("get_role", "Role", "RoleName", listing=("list_roles", "Roles[].RoleName")),
        create="create_role",
        changes=("update_assume_role_policy", "update_role"),
        whole=("update_role",),  # resets what it is not given
        delete="delete_role",
        identity={"RoleName": "name"},
        outputs={"arn": "Arn", "role_id": "RoleId"},
        tags=IAM_ROLE,
        renamed={"update_assume_role_policy": {"AssumeRolePolicyDocument": "PolicyDocument"}},
    )
    policies = Policies("role")

    def found(self, one: Field, entry: Entry) -> Any:
        """IAM gives the trust policy as a text in the spelling of URLs."""
        value = super().found(one, entry)
        return document(value) if one.name == "assume_role_policy" else value

    def delete(self, aws: Aws, want: Item, live: Live) -> bool | None:
        """Take the role out of its instance profiles first."""
        iam, name = aws.service("iam"), live["name"]
        with suppress(Missing):
            for profile in iam.pages("list_instance_profiles_for_role", "InstanceProfiles", RoleName=name):
                iam.remove_role_from_instance_profile(InstanceProfileName=profile["InstanceProfileName"], RoleName=name)
        return super().delete(aws, want, live)


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
