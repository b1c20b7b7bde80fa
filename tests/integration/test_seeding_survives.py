# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Seeding survives: processes killed anywhere, many at a time, and an AWS that stumbles at every third call.

``SEEDING_KILLS`` says how many runs are killed at random moments; 200 for a release.
"""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore.endpoint
import pytest

from ansible_collections.dataai.platform.plugins.module_utils.aws.session import Aws
from ansible_collections.dataai.platform.plugins.module_utils.core.wait import Clock

from .conftest import EmbeddedAws, ModuleTwin
from .seeding import ALL, FEW, FOLLOWERS, MASTER, USER, Estate, Frail, Point, QuickClock, ended, forked

KILLS = int(os.environ.get("SEEDING_KILLS", "10"))
GENERATED_ONCE = ("litellm-proxy-master-key", "litellm-salt-key", "encryption-key-ingestion")


class Household:
    """An estate whose runs are processes.

    Args:
        account: where.
        ledger: takes what the processes have made.
        entries: the secrets.
    """

    def __init__(self, account: EmbeddedAws, ledger: Path, entries: list[dict[str, Any]]) -> None:
        account.reset()
        Frail.made.clear()
        ledger.write_text("")
        self.estate, self.ledger, self.entries = Estate(account, entries), ledger, entries
        # Built before the fork and used after it alone: a process must not share the connections of another.
        self._sdk = Aws(ModuleTwin(account))
        for service in ("secretsmanager", "iam"):
            self._sdk.service(service)

    def start(
        self, *, point: Point | None = None, when: str = "before", clock: Clock | None = None, **wish: Any
    ) -> int:
        """Start a run in a process of its own, which is killed at ``point``."""

        def work() -> int:
            aws = Frail(self._sdk, point=point, when=when, end=_kill, ledger=self.ledger)
            return 1 if self.estate.seed(self.entries, aws=aws, clock=clock, **wish).errors else 0

        return forked(work)

    def prepare(self, state: str) -> dict[str, Any]:
        """Bring the estate to where a run has much to do, and return what it is to be asked for."""
        if state != "empty":
            self.estate.seeded(self.entries)
        if state == "rotated":
            self.estate.secrets.put_secret_value(SecretId=MASTER, SecretString=self.estate.master(f"r{time.time()}/@"))
        return {"force": ["all"]} if state == "forced" else {}

    def values(self) -> dict[str, set[str]]:
        """Return every value that a reader can still get of what is made once."""
        found: dict[str, set[str]] = {}
        for name in {entry["name"] for entry in self.entries} & set(GENERATED_ONCE):
            versions = self.estate.secrets.list_secret_version_ids(SecretId=name)["Versions"]
            ids = [version["VersionId"] for version in versions]
            found[name] = {self._read(name, version) for version in ids}
        return found

    def _read(self, name: str, version: str) -> str:
        return str(self.estate.secrets.get_secret_value(SecretId=name, VersionId=version)["SecretString"])

    def converge(self) -> None:
        """Run again and assert that nothing is lost, doubled, empty or at odds."""
        for line in self.ledger.read_text().splitlines():
            name, half = line.split()
            Frail.made[name] = half
        before, current = self.values(), self.estate.versions()
        self.estate.seeded(self.entries)
        self.estate.check(self.entries)
        after = self.values()
        for name, values in before.items():
            assert values <= after[name], f"a value of {name} was lost"
            if current[name]:
                assert current[name] == self.estate.versions()[name], f"{name} was made twice"
        assert self.estate.seeded(self.entries) == []


def _kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    """Return the file in which processes note what they made before they die."""
    return tmp_path / "ledger"


# --- killed -----------------------------------------------------------------------------------------------------------


def points_of_a_run(account: EmbeddedAws, ledger: Path, state: str) -> list[Point]:
    """Return the calls of a run that nobody kills."""
    household = Household(account, ledger, FEW)
    wish = household.prepare(state)
    aws = Frail(household.estate.sdk)
    assert household.estate.seed(FEW, aws=aws, **wish).errors == {}
    return aws.points


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("state", ["empty", "forced", "rotated"])
def test_a_run_killed_at_any_call(account: EmbeddedAws, ledger: Path, state: str, when: str) -> None:
    points = points_of_a_run(account, ledger, state)
    assert {"put_secret_value", "describe_secret"} <= {operation for operation, _subject, _like in points}
    for point in points:
        household = Household(account, ledger, FEW)
        wish = household.prepare(state)
        assert ended(household.start(point=point, when=when, **wish)) == -signal.SIGKILL, point
        household.converge()


@pytest.mark.parametrize("seed", range(4), ids=[f"{KILLS // 4 + (n < KILLS % 4)}-runs-{n}" for n in range(4)])
def test_runs_killed_at_random_moments(account: EmbeddedAws, ledger: Path, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - which moment, no secret
    household = Household(account, ledger, ALL)
    started = time.monotonic()
    assert ended(household.start()) == 0
    whole = time.monotonic() - started
    for _run in range(KILLS // 4 + (seed < KILLS % 4)):
        state = chance.choice(["empty", "forced", "rotated"])
        if state == "empty":
            household = Household(account, ledger, ALL)
        pid = household.start(**household.prepare(state))
        time.sleep(chance.uniform(0, whole))
        os.kill(pid, signal.SIGKILL)  # an ended process that nobody has waited for takes it without harm
        ended(pid)
        household.converge()


# --- together ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["empty", "rotated"])
def test_eight_processes_together(account: EmbeddedAws, ledger: Path, state: str) -> None:
    household = Household(account, ledger, ALL)
    wish = household.prepare(state)
    held = household.values()
    processes = [household.start(clock=Clock(), grace=15.0, **wish) for _ in range(8)]
    assert [ended(pid) for pid in processes] == [0] * 8
    made = household.values()
    for name, values in made.items():
        assert len(values) == 1, f"{name} was made {len(values)} times"
        assert values >= held[name]
    household.converge()


# --- an AWS that stumbles ---------------------------------------------------------------------------------------------

STUMBLES: dict[str, dict[str, Any]] = {
    "throttling": {"kind": "throttle"},
    "errors": {"kind": "5xx"},
    "errors-after-the-deed": {"kind": "5xx", "when": "after"},
    "resets": {"kind": "reset"},
    "resets-after-the-deed": {"kind": "reset", "when": "after"},
    "old-answers": {"kind": "stale", "operation": "[DGL]*", "seconds": 2.0},
}


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the SDK repeat a call at once."""
    monkeypatch.setattr(botocore.endpoint.time, "sleep", lambda _seconds: _rest(0.002))


_rest = time.sleep


@pytest.fixture
def stumbling(account: EmbeddedAws) -> Iterator[EmbeddedAws]:
    """Return the account, whose faults end with the test."""
    yield account
    account.admin("DELETE", "faults")


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("state", ["empty", "forced", "rotated"])
@pytest.mark.parametrize("stumble", [*STUMBLES, "all-of-them"])
def test_seeding_converges_where_every_third_call_fails(
    stumbling: EmbeddedAws, ledger: Path, stumble: str, state: str
) -> None:
    household = Household(stumbling, ledger, FEW)
    estate, wish = household.estate, household.prepare(state)
    before = household.values()
    chosen = list(STUMBLES.values()) if stumble == "all-of-them" else [STUMBLES[stumble]]
    # Of several rules the first that hits counts; together they are to hit three calls of ten.
    rate = 1 - 0.7 ** (1 / len(chosen))
    stumbling.admin("POST", "faults", [{"service": "secretsmanager", "rate": rate, **rule} for rule in chosen])
    assert estate.seed(FEW, clock=QuickClock(), grace=0.0, **wish).errors == {}
    stumbling.admin("DELETE", "faults")
    estate.check(FEW)
    once = "litellm-proxy-master-key"
    assert len(household.values()[once]) == len(before[once]) + (state != "rotated")
    assert len(estate.iam.list_access_keys(UserName=USER)["AccessKeyMetadata"]) == 1
    assert estate.seeded(FEW) == []


# --- in step with the master password ---------------------------------------------------------------------------------


def test_a_rotation_leaves_exactly_its_seven_copies_stale(account: EmbeddedAws, ledger: Path) -> None:
    household = Household(account, ledger, ALL)
    estate = household.estate
    estate.seeded()
    before = estate.versions()
    estate.secrets.put_secret_value(SecretId=MASTER, SecretString=estate.master("n3w[%]/@:#"))
    copies = {entry["name"] for entry in FOLLOWERS}
    assert len(copies) == 7
    assert {name for _action, _kind, name in estate.seed(check=True).changes} == copies
    account.forget_calls()
    assert ended(household.start()) == 0
    reads = [call for call in account.calls() if call["operation"] == "GetSecretValue"]
    assert len(reads) == 1
    assert account.writes() == ["secretsmanager:PutSecretValue"] * 7
    after = estate.versions()
    assert {name for name in after if after[name] != before[name]} == copies | {MASTER}
    estate.check()
