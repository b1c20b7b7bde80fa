# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The KMS key under the common rhythm."""

from __future__ import annotations

import json
from typing import Any

from ansible_collections.dataai.platform.plugins.module_utils.kinds.kms_key import MARK, KmsKey

from .case import Case, Item

ALIAS = "alias/acme-app-test"


def policy(*more: dict[str, Any]) -> dict[str, Any]:
    """Return a key policy of the account, with further statements."""
    root = {
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
        "Action": "kms:*",
        "Resource": "*",
    }
    return {"Version": "2012-10-17", "Statement": [root, *more]}


def case(account: Any) -> Case:
    """Return the case for an empty account."""
    kms = account.client("kms")
    logs = {
        "Effect": "Allow",
        "Principal": {"Service": "logs.eu-central-2.amazonaws.com"},
        "Action": ["kms:Decrypt", "kms:Encrypt"],
        "Resource": "*",
    }

    def drift() -> None:
        key_id = kms.describe_key(KeyId=ALIAS)["KeyMetadata"]["KeyId"]
        kms.disable_key_rotation(KeyId=key_id)
        kms.disable_key(KeyId=key_id)

    def verify(item: Item) -> None:
        key = kms.describe_key(KeyId=ALIAS)["KeyMetadata"]
        assert (key["KeyState"], key["Description"]) == ("Enabled", item["description"])
        assert kms.get_key_rotation_status(KeyId=key["KeyId"])["KeyRotationEnabled"]
        assert json.loads(kms.get_key_policy(KeyId=key["KeyId"], PolicyName="default")["Policy"]) == item["policy"]
        tags = {tag["TagKey"]: tag["TagValue"] for tag in kms.list_resource_tags(KeyId=key["KeyId"])["Tags"]}
        assert tags == item["tags"]
        assert MARK not in tags

    create = {
        "alias": ALIAS,
        "description": "data at rest",
        "policy": policy(),
        "enabled": True,
        "rotation_enabled": True,
        "deletion_window_days": 7,
        "tags": {"Purpose": "data"},
    }
    principal = {**policy()["Statement"][0], "Principal": {"AWS": ["123456789012"]}, "Action": ["kms:*"]}
    return Case(
        kind=KmsKey,
        create=create,
        update={
            **create,
            "description": "all data at rest",
            "policy": policy(logs),
            "tags": {"Purpose": "logs", "Owner": "team"},
        },
        drift=drift,
        verify=verify,
        missing=(
            ({**create, "alias": "acme"}, "alias"),
            ({**create, "alias": "alias/aws/s3"}, "alias/aws"),
            ({**create, "deletion_window_days": 6}, "deletion_window_days"),
            ({**create, "rotation_period_days": 89}, "rotation_period_days"),
            ({**create, "rotation_enabled": False, "rotation_period_days": 365}, "rotation_period_days"),
        ),
        unchanged=({**create, "policy": {"Version": "2012-10-17", "Statement": principal}},),
    )
