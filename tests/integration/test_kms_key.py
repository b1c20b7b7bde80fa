# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A key's life beyond the common rhythm: taken up again after its deletion, and after a broken creation."""

from __future__ import annotations

from typing import Any

from ansible_collections.dataai.platform.plugins.module_utils.aws.session import Aws
from ansible_collections.dataai.platform.plugins.module_utils.core.plan import Action, Options
from ansible_collections.dataai.platform.plugins.module_utils.core.reconcile import reconcile
from ansible_collections.dataai.platform.plugins.module_utils.kinds.kms_key import MARK, KmsKey

from .conftest import EmbeddedAws

ALIAS = "alias/acme-app-test"
WANT = {"alias": ALIAS, "description": "data", "enabled": True, "rotation_enabled": True, "tags": {"Purpose": "data"}}


def run(aws: Aws, item: dict[str, Any], **options: Any) -> Any:
    """Reconcile one key without an error."""
    report = reconcile(KmsKey(), aws, [item], Options(timeout=30, **options))
    assert not report.errors, report.errors
    return report


def states(account: EmbeddedAws) -> dict[str, str]:
    """Return the state of each customer managed key."""
    kms = account.client("kms")
    keys = (kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"] for key in kms.list_keys()["Keys"])
    return {key["KeyId"]: key["KeyState"] for key in keys if key["KeyManager"] == "CUSTOMER"}


def test_a_deleted_key_is_taken_up_again(aws: Aws, account: EmbeddedAws) -> None:
    """What is encrypted under the key stays readable: no second key is made, and the old one is as wanted."""
    made = run(aws, WANT).resources[ALIAS]["key_id"]
    run(aws, WANT, absent=True, acknowledged=["all"])
    assert states(account) == {made: "PendingDeletion"}
    kms = account.client("kms")
    assert not [entry for entry in kms.list_aliases()["Aliases"] if entry["AliasName"] == ALIAS]

    changed = {**WANT, "description": "new", "tags": {"Purpose": "new"}}
    report = run(aws, changed)
    assert [step.action for step in report.steps] == [Action.CREATE]
    assert states(account) == {made: "Enabled"}
    key = report.resources[ALIAS]
    assert (key["key_id"], key["description"], key["rotation_enabled"]) == (made, "new", True)
    assert key["tags"] == {"Purpose": "new"}
    assert MARK not in {tag["TagKey"] for tag in kms.list_resource_tags(KeyId=made)["Tags"]}
    assert run(aws, changed).result(KmsKey())["changed"] is False


def test_a_key_that_lost_its_alias_is_taken_up(aws: Aws, account: EmbeddedAws) -> None:
    """A run that broke between a key and its alias leaves no second key behind."""
    kms = account.client("kms")
    half = kms.create_key(Tags=[{"TagKey": MARK, "TagValue": ALIAS}])["KeyMetadata"]["KeyId"]
    foreign = kms.create_key(Tags=[{"TagKey": MARK, "TagValue": "alias/other"}])["KeyMetadata"]["KeyId"]
    assert run(aws, WANT).resources[ALIAS]["key_id"] == half
    assert states(account) == {half: "Enabled", foreign: "Enabled"}


def test_a_deletion_that_somebody_scheduled_is_cancelled(aws: Aws, account: EmbeddedAws) -> None:
    """A key that still has its alias is enabled again, its settings too, and can be deleted for good."""
    made = run(aws, WANT).resources[ALIAS]["key_id"]
    kms = account.client("kms")
    kms.schedule_key_deletion(KeyId=made, PendingWindowInDays=7)
    report = run(aws, {**WANT, "tags": {"Purpose": "other"}})
    assert [step.action for step in report.steps] == [Action.UPDATE]
    assert states(account) == {made: "Enabled"}
    assert report.resources[ALIAS]["tags"] == {"Purpose": "other"}

    kms.schedule_key_deletion(KeyId=made, PendingWindowInDays=7)
    run(aws, WANT, absent=True, acknowledged=["all"])
    assert not [entry for entry in kms.list_aliases()["Aliases"] if entry["AliasName"] == ALIAS]
