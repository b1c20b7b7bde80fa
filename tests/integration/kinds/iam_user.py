# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The IAM user under the common rhythm."""

from __future__ import annotations

import json
from typing import Any

from ansible_collections.dataai.platform.plugins.module_utils.kinds.iam_user import IamUser

from .case import Case, Item
from .iam_role import allow

NAME = "iam-user-acme-test"


def case(account: Any) -> Case:
    """Return the case for an empty account."""
    iam = account.client("iam")

    def drift() -> None:
        iam.put_user_policy(UserName=NAME, PolicyName="foreign", PolicyDocument=json.dumps(allow("s3:*")))
        iam.delete_user_policy(UserName=NAME, PolicyName="access")
        iam.create_access_key(UserName=NAME)

    def verify(item: Item) -> None:
        user = iam.get_user(UserName=NAME)["User"]
        assert user["Path"] == "/service-accounts/"
        assert {tag["Key"]: tag["Value"] for tag in user["Tags"]} == item["tags"]
        assert sorted(iam.list_user_policies(UserName=NAME)["PolicyNames"]) == sorted(item["inline_policies"])
        for name, document in item["inline_policies"].items():
            assert iam.get_user_policy(UserName=NAME, PolicyName=name)["PolicyDocument"] == document

    create = {
        "name": NAME,
        "path": "/service-accounts/",
        "inline_policies": {"access": allow("s3:GetObject"), "old": allow("s3:PutObject")},
        "tags": {"Purpose": "chat"},
    }
    return Case(
        kind=IamUser,
        create=create,
        update={
            **create,
            "inline_policies": {"access": allow("s3:DeleteObject")},
            "tags": {"Purpose": "chat", "Owner": "team"},
        },
        drift=drift,
        verify=verify,
        missing=(({**create, "name": "a b"}, "name"), ({**create, "path": "x"}, "path")),
    )
