# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Containers of secrets: what is pending deletion, foreign, or still being deleted."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.dataai.platform.plugins.module_utils.aws.session import Aws
from ansible_collections.dataai.platform.plugins.module_utils.core.errors import Failure, Refused
from ansible_collections.dataai.platform.plugins.module_utils.core.plan import Action, Options
from ansible_collections.dataai.platform.plugins.module_utils.core.reconcile import reconcile
from ansible_collections.dataai.platform.plugins.module_utils.core.report import Report
from ansible_collections.dataai.platform.plugins.module_utils.kinds import secret as kind
from ansible_collections.dataai.platform.plugins.module_utils.kinds.secret import Secret

from .conftest import EmbeddedAws

OWNER = {"product:Environment": "test", "product:Id": "ai"}
WANTED = {"name": "redis-host", "recovery_window_days": 7, "owner_tags": OWNER, "tags": {**OWNER, "Purpose": "cache"}}


def run(aws: Aws, item: dict[str, Any], **options: Any) -> Report:
    """Reconcile one secret."""
    report = reconcile(Secret(), aws, [item], Options(timeout=30, acknowledged=["all"], **options))
    assert report.errors == {}
    return report


def test_a_secret_comes_back_with_its_value(aws: Aws, account: EmbeddedAws) -> None:
    secrets = account.client("secretsmanager")
    run(aws, WANTED)
    secrets.put_secret_value(SecretId="redis-host", SecretString="kept")
    run(aws, WANTED, absent=True)
    assert "DeletedDate" in secrets.describe_secret(SecretId="redis-host")
    account.forget_calls()
    again = run(aws, WANTED, absent=True)
    assert [step.action for step in again.steps] == [Action.NONE]
    plan = run(aws, WANTED, check=True)
    assert (account.writes(), plan.steps[0].fields) == ([], ["pending_deletion"])
    real = run(aws, {**WANTED, "description": "Host"})
    assert real.steps[0].action is Action.UPDATE
    assert real.resources["redis-host"]["pending_deletion"] is False
    assert secrets.get_secret_value(SecretId="redis-host")["SecretString"] == "kept"
    assert secrets.describe_secret(SecretId="redis-host")["Description"] == "Host"


def test_a_window_of_0_leaves_nothing_not_even_what_was_pending(aws: Aws, account: EmbeddedAws) -> None:
    run(aws, WANTED)
    run(aws, WANTED, absent=True)
    run(aws, {**WANTED, "recovery_window_days": 0}, absent=True)
    listing = account.client("secretsmanager").list_secrets(IncludePlannedDeletion=True)
    assert listing["SecretList"] == []


@pytest.mark.parametrize("tags", [{}, {"product:Id": "ai"}, {**OWNER, "product:Environment": "prod"}])
def test_a_pending_secret_whose_owner_is_not_proven_is_refused(
    aws: Aws, account: EmbeddedAws, tags: dict[str, str]
) -> None:
    secrets = account.client("secretsmanager")
    secrets.create_secret(Name="redis-host", Tags=[{"Key": key, "Value": value} for key, value in tags.items()])
    secrets.delete_secret(SecretId="redis-host", RecoveryWindowInDays=7)
    account.forget_calls()
    with pytest.raises(Refused, match="redis-host"):
        run(aws, WANTED)
    assert account.writes() == []


def test_another_environments_secret_is_neither_taken_nor_deleted(aws: Aws, account: EmbeddedAws) -> None:
    """Where ours are deleted, foreign ones stay, and what takes them along is said in one line for each owner."""
    secrets = account.client("secretsmanager")
    for name in ("redis-host", "redis-port"):
        secrets.create_secret(Name=name, Tags=[{"Key": "product:Environment", "Value": "prod"}])
    secrets.create_secret(Name="s3-region")
    account.forget_calls()
    with pytest.raises(Refused, match="product:Environment=prod"):
        run(aws, WANTED)
    foreign = "it exists with product:Environment=prod, so it is not this environment's"
    items = [{**WANTED, "name": name} for name in ("redis-host", "redis-port", "s3-region", "psql-host")]
    for check in (True, False):
        report = reconcile(Secret(), aws, items, Options(absent=True, acknowledged=["all"], check=check, timeout=5))
        assert (report.errors, report.result(Secret())["changes"]) == ({}, [])
        assert report.spared(Secret()) == [
            f"secret redis-host, redis-port: {foreign}, and stays",
            "secret s3-region: no tag proves it this environment's, and stays",
        ]
    assert account.writes() == []


def test_an_untagged_secret_is_adopted(aws: Aws, account: EmbeddedAws) -> None:
    account.client("secretsmanager").create_secret(Name="redis-host")
    assert run(aws, WANTED).steps[0].fields == ["tags"]


def test_a_batch_names_every_mistake(aws: Aws, account: EmbeddedAws) -> None:
    with pytest.raises(Refused) as caught:
        reconcile(Secret(), aws, [WANTED, WANTED, {"name": "a b"}], Options())
    assert len(caught.value.problems) == 2
    assert account.writes() == []


class Lingering:
    """Secrets Manager while it finishes a deletion: the name is held for some calls, then free."""

    def __init__(self, held: int, *, visible: bool = False) -> None:
        self.held, self.visible, self.created = held, visible, 0

    def service(self, _name: str) -> Lingering:
        return self

    def create_secret(self, **_params: Any) -> None:
        if self.held:
            self.held -= 1
            why = "You can't create this secret because a secret with this name is already scheduled for deletion."
            raise Failure("secretsmanager:CreateSecret", why, code="InvalidRequestException")
        self.created += 1

    def describe_secret(self, **_params: Any) -> dict[str, Any]:
        if not self.visible:
            raise kind.Missing("secretsmanager:DescribeSecret", "not found")
        return {"Name": "redis-host", "ARN": "arn", "DeletedDate": 1}


def test_a_name_that_a_deletion_holds_is_waited_for() -> None:
    aws: Any = Lingering(held=2)
    assert Secret().create(aws, WANTED) is None
    assert aws.created == 1


def test_waiting_for_a_name_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kind, "RELEASE_SECONDS", 0.3)
    gone: Any = Lingering(held=99)
    with pytest.raises(Failure, match="scheduled for deletion"):
        Secret().create(gone, WANTED)
    pending: Any = Lingering(held=99, visible=True)
    assert Secret().create(pending, WANTED) is True
