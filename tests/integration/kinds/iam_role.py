# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The IAM role under the common rhythm."""

from __future__ import annotations

import json
from typing import Any

from ansible_collections.dataai.platform.plugins.module_utils.kinds.iam_role import IamRole

from .case import Case, Item

NAME = "role-acme-test"
READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
MONITORING = "arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole"


def trust(service: str) -> dict[str, Any]:
    """Return a trust policy for a service."""
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return {"Version": "2012-10-17", "Statement": [statement]}


def allow(action: str) -> dict[str, Any]:
    """Return a policy that allows one action."""
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]}


def case(account: Any) -> Case:
    """Return the case for an empty account."""
    iam = account.client("iam")

    def drift() -> None:
        iam.put_role_policy(RoleName=NAME, PolicyName="foreign", PolicyDocument=json.dumps(allow("s3:*")))
        iam.attach_role_policy(RoleName=NAME, PolicyArn=READ_ONLY)
        iam.update_role(RoleName=NAME, MaxSessionDuration=43200)

    def verify(item: Item) -> None:
        role = iam.get_role(RoleName=NAME)["Role"]
        assert role["Path"] == "/services/"
        assert role["Description"] == item["description"]
        assert role["MaxSessionDuration"] == item["max_session_duration"]
        assert role["AssumeRolePolicyDocument"] == item["assume_role_policy"]
        assert {tag["Key"]: tag["Value"] for tag in role["Tags"]} == item["tags"]
        attached = iam.list_attached_role_policies(RoleName=NAME)["AttachedPolicies"]
        assert sorted(entry["PolicyArn"] for entry in attached) == sorted(item["managed_policy_arns"])
        assert sorted(iam.list_role_policies(RoleName=NAME)["PolicyNames"]) == sorted(item["inline_policies"])
        for name, document in item["inline_policies"].items():
            assert iam.get_role_policy(RoleName=NAME, PolicyName=name)["PolicyDocument"] == document

    create = {
        "name": NAME,
        "path": "/services/",
        "description": "for a service",
        "assume_role_policy": trust("monitoring.rds.amazonaws.com"),
        "managed_policy_arns": [MONITORING],
        "inline_policies": {"one": allow("s3:GetObject")},
        "max_session_duration": 3600,
        "tags": {"Purpose": "monitoring"},
    }
    wordy = trust("monitoring.rds.amazonaws.com")
    wordy["Statement"][0] |= {"Action": ["sts:AssumeRole"]}
    return Case(
        kind=IamRole,
        create=create,
        update={
            **create,
            "description": "for another service",
            "assume_role_policy": trust("bedrock.amazonaws.com"),
            "managed_policy_arns": [],
            "inline_policies": {"one": allow("s3:PutObject"), "two": allow("s3:GetObject")},
            "max_session_duration": 7200,
            "tags": {"Purpose": "logging", "Owner": "team"},
        },
        drift=drift,
        verify=verify,
        missing=(
            ({key: value for key, value in create.items() if key != "assume_role_policy"}, "assume_role_policy"),
            ({**create, "name": "a b"}, "name"),
            ({**create, "path": "services"}, "path"),
            ({**create, "inline_policies": {"one": "{not json"}}, "inline_policies.one is no JSON"),
            ({**create, "max_session_duration": 60}, "max_session_duration"),
        ),
        immutable=(({**create, "path": "/"}, "path"),),
        unchanged=({**create, "assume_role_policy": wordy, "managed_policy_arns": (MONITORING,)},),
    )
