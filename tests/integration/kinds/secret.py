# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The secret under the common rhythm, and what is special about deleted and foreign ones."""

from __future__ import annotations

from typing import Any

from ansible_collections.dataai.platform.plugins.module_utils.kinds.secret import Secret

from .case import Case, Item

NAME = "s3-region"


def case(account: Any) -> Case:
    """Return the case for an empty account."""
    secrets = account.client("secretsmanager")
    kms = account.client("kms")
    first, second = (kms.create_key()["KeyMetadata"] for _ in range(2))

    def drift() -> None:
        secrets.update_secret(SecretId=NAME, Description="somebody's")
        secrets.untag_resource(SecretId=NAME, TagKeys=["Purpose"])

    def verify(item: Item) -> None:
        found = secrets.describe_secret(SecretId=NAME)
        assert found["Description"] == item["description"]
        assert found["KmsKeyId"].endswith(item["kms_key_arn"].rpartition("/")[2])
        assert {tag["Key"]: tag["Value"] for tag in found["Tags"]}.items() >= item["tags"].items()
        assert "VersionIdsToStages" not in found
        assert "DeletedDate" not in found

    create = {
        "name": NAME,
        "description": "Region of the buckets",
        "kms_key_arn": first["Arn"],
        "recovery_window_days": 7,
        "owner_tags": {"product:Environment": "test"},
        "tags": {"Purpose": "s3", "product:Environment": "test"},
    }
    return Case(
        kind=Secret,
        create=create,
        update={
            **create,
            "description": "Region",
            "kms_key_arn": second["Arn"],
            "tags": {**create["tags"], "Purpose": "storage", "Owner": "team"},
        },
        drift=drift,
        verify=verify,
        missing=(
            ({**create, "recovery_window_days": 5}, "recovery_window_days"),
            ({**create, "name": "a b"}, "name"),
            ({**create, "description": "x" * 2049}, "description"),
        ),
        unchanged=({**create, "kms_key_arn": first["KeyId"]},),
    )
