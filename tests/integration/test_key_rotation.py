# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The gentle rotation of the access key: both keys work between the steps, wherever a run is killed."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.dataai.platform.plugins.module_utils.core.errors import Failure
from ansible_collections.dataai.platform.plugins.module_utils.secrets.rotation import Progress, Rotation, Step, Wish
from ansible_collections.dataai.platform.plugins.module_utils.secrets.s3_credentials import Status
from ansible_collections.dataai.platform.plugins.module_utils.secrets.spec import parsed

from .conftest import EmbeddedAws
from .seeding import PAIR, USER, Estate, Frail, Killed, QuickClock

DAY = 86400.0
ID, HALF = PAIR["name"], PAIR["secret_key_name"]
ORDER = (Step.START, Step.DEACTIVATE, Step.DELETE)


class Keys(Estate):
    """An estate with nothing but the pair."""

    def rotate(self, aws: Frail | None = None, **wish: Any) -> Progress:
        """Run once."""
        wish.setdefault("grace", 0.0)
        (spec,) = parsed([PAIR])
        return Rotation(aws or Frail(self.sdk), spec, Wish(**wish), clock=QuickClock()).run()

    def status(self) -> dict[str, str]:
        """Return the status of every key by id."""
        keys = self.iam.list_access_keys(UserName=USER)["AccessKeyMetadata"]
        return {key["AccessKeyId"]: key["Status"] for key in keys}

    def pair(self) -> str:
        """Return the id in the secret after a look at whether its other half and its state are right."""
        name = self.value(ID)
        assert Frail.made[name] == self.value(HALF)
        assert self.status()[name] == "Active"
        return name


@pytest.fixture
def keys(account: EmbeddedAws) -> Keys:
    """Return an estate with a seeded pair."""
    Frail.made.clear()
    estate = Keys(account, [PAIR])
    estate.seeded([PAIR])
    return estate


def test_a_rotation_from_end_to_end(keys: Keys) -> None:
    old = keys.pair()
    started = keys.rotate()
    assert (started.step, started.status) == (Step.START, Status.OVERLAPPING)
    assert set(started.changes) == {
        ("create", "iam_access_key", USER), ("update", "secret_value", HALF), ("update", "secret_value", ID),
    }  # fmt: skip
    new = keys.pair()
    assert new != old
    assert keys.status() == {old: "Active", new: "Active"}
    stopped = keys.rotate()
    assert (stopped.step, stopped.changes) == (Step.DEACTIVATE, (("update", "iam_access_key", USER),))
    assert keys.status() == {old: "Inactive", new: "Active"}
    deleted = keys.rotate()
    assert (deleted.status, deleted.changes) == (Status.SETTLED, (("delete", "iam_access_key", USER),))
    assert keys.status() == {new: "Active"}
    assert keys.pair() == new


def test_seeding_leaves_a_rotation_alone(keys: Keys) -> None:
    states = []
    for step in ORDER:
        keys.rotate(step=step)
        before, versions = keys.status(), keys.versions()
        outcome = keys.seed([PAIR], grace=0.0)
        assert (outcome.changes, outcome.errors) == ([], {})
        assert (keys.status(), keys.versions()) == (before, versions)
        states.append(outcome.access_keys[0]["rotation"])
    assert states == ["overlapping", "deactivated", "settled"]


def test_the_overlap_and_the_age_are_waited_for_unless_a_step_is_named(keys: Keys) -> None:
    young = keys.rotate(min_age=30 * DAY)
    assert (young.step, young.status) == (Step.NOTHING, Status.SETTLED)
    keys.rotate()
    waiting = keys.rotate(overlap=3600.0)
    assert (waiting.step, waiting.changes) == (Step.NOTHING, ())
    assert "60 more minutes" in waiting.message
    assert keys.rotate(step=Step.DEACTIVATE, overlap=3600.0).step is Step.DEACTIVATE


def test_a_named_step_is_taken_once_and_in_its_turn(keys: Keys) -> None:
    assert keys.rotate(step=Step.DELETE).step is Step.NOTHING
    keys.rotate(step=Step.START)
    with pytest.raises(Failure, match="deactivate comes before delete"):
        keys.rotate(step=Step.DELETE)
    for step in ORDER:
        keys.rotate(step=step)
        before = keys.status()
        if step is not Step.DELETE:
            assert keys.rotate(step=step).step is Step.NOTHING
        assert keys.status() == before


def test_a_plan_writes_nothing_and_tells_the_truth(keys: Keys) -> None:
    for _step in ORDER:
        keys.account.forget_calls()
        plan = keys.rotate(check=True)
        assert keys.account.writes() == []
        real = keys.rotate()
        assert (set(plan.changes), plan.step, plan.status) == (set(real.changes), real.step, real.status)
    reads = [call for call in keys.account.calls() if call["operation"] == "GetSecretValue"]
    assert reads == []


def test_without_a_pair_there_is_nothing_to_rotate(account: EmbeddedAws) -> None:
    with pytest.raises(Failure, match="seed the secrets"):
        Keys(account, [PAIR]).rotate()


def test_a_pair_that_others_stored_is_rotated(account: EmbeddedAws) -> None:
    Frail.made.clear()
    keys = Keys(account, [PAIR])
    old = keys.iam.create_access_key(UserName=USER)["AccessKey"]
    keys.secrets.put_secret_value(SecretId=ID, SecretString=old["AccessKeyId"])
    keys.secrets.put_secret_value(SecretId=HALF, SecretString=old["SecretAccessKey"])
    keys.rotate()
    new = keys.pair()
    assert keys.seeded([PAIR]) == []
    assert keys.status() == {old["AccessKeyId"]: "Active", new: "Active"}
    keys.rotate()
    assert keys.status() == {old["AccessKeyId"]: "Inactive", new: "Active"}
    keys.rotate()
    assert keys.status() == {new: "Active"}


def test_a_key_that_somebody_else_uses_is_not_deleted(account: EmbeddedAws) -> None:
    keys = Keys(account, [PAIR])
    mine, theirs = (keys.iam.create_access_key(UserName=USER)["AccessKey"] for _ in range(2))
    keys.secrets.put_secret_value(SecretId=ID, SecretString=mine["AccessKeyId"])
    keys.secrets.put_secret_value(SecretId=HALF, SecretString=mine["SecretAccessKey"])
    with pytest.raises(Failure, match="second active key"):
        keys.rotate()
    assert keys.status() == {mine["AccessKeyId"]: "Active", theirs["AccessKeyId"]: "Active"}


def test_force_during_an_overlap_ends_it(keys: Keys) -> None:
    keys.rotate()
    assert {USER, ID, HALF} == set(keys.seeded([PAIR], force=[ID]))
    assert list(keys.status()) == [keys.pair()]


def test_an_orphan_beside_a_rotated_key_is_cleaned(keys: Keys) -> None:
    for _step in ORDER:
        keys.rotate()
    orphan = keys.iam.create_access_key(UserName=USER)["AccessKey"]["AccessKeyId"]
    assert keys.seeded([PAIR]) == [USER]
    assert orphan not in keys.status()
    keys.pair()


@pytest.mark.parametrize("between", ["nothing", "seeding"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_rotation_killed_at_any_call_goes_on(account: EmbeddedAws, when: str, between: str) -> None:
    for taken, step in enumerate(ORDER):
        n, died = 0, True
        while died:
            n += 1
            account.reset()
            Frail.made.clear()
            keys = Keys(account, [PAIR])
            keys.seeded([PAIR])
            old = keys.pair()
            for done in ORDER[:taken]:
                keys.rotate(step=done)
            died = killed(keys, step, n, when)
            if between == "seeding":
                keys.seeded([PAIR])
            for rest in ORDER[taken:]:
                keys.rotate(step=rest)
                keys.pair()
                assert len(keys.status()) <= 2
            assert list(keys.status()) == [keys.pair()]
            assert keys.pair() != old
        assert n > 3


def killed(keys: Keys, step: Step, n: int, when: str) -> bool:
    """Take a step and die at call ``n``. Return whether the run came that far."""
    aws = Frail(keys.sdk, die_at=n, when=when)
    try:
        keys.rotate(aws, step=step)
    except Killed:
        return True
    return False


def test_repeated_starts_never_meet_the_limit(keys: Keys) -> None:
    for n in range(1, 12):
        killed(keys, Step.START, n, "after")
        assert len(keys.status()) <= 2
    for _ in range(3):
        for step in ORDER:
            keys.rotate(step=step)
    assert list(keys.status()) == [keys.pair()]
