# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Answers that get lost: all is as wanted in the end, and nothing is there twice."""

from __future__ import annotations

import importlib
from functools import cache
from typing import Any

import pytest

from ansible_collections.dataai.platform.plugins.module_utils.aws.session import Aws
from ansible_collections.dataai.platform.plugins.module_utils.core.plan import Options
from ansible_collections.dataai.platform.plugins.module_utils.core.reconcile import reconcile

from ..clock import HastyClock
from . import census, whole
from . import kinds as cases
from .conftest import REGION, EmbeddedAws, ModuleTwin
from .kinds.case import Case
from .test_kinds import NAMES

#: Answers to this write are lost once it was done; ``skip`` says how many writes come before it.
LOST = {"access": "write", "kind": "reset", "when": "after", "times": 1}


@cache
def gateway(account: EmbeddedAws, region: str) -> Aws:
    """Return the product's gateway; clients are slow to build."""
    return Aws(ModuleTwin(account, region))


class Life:
    """One kind's resource on an account of its own: it is made, changed and taken away."""

    def __init__(self, name: str, account: EmbeddedAws) -> None:
        account.reset()
        self.account = account
        self.case: Case = importlib.import_module(f"{cases.__name__}.{name}").case(account)
        self.region = self.case.region or REGION

    def run(self, phase: str) -> list[str]:
        """Create, update or delete, and return what failed."""
        item = self.case.create if phase == "create" else self.case.update
        options: dict[str, Any] = {"timeout": 60, **self.case.options}
        if phase == "delete":
            options |= {"absent": True, "acknowledged": [item[self.case.kind.key]]}
        report = reconcile(self.case.kind(), gateway(self.account, self.region), [item], Options(**options))
        return [str(error) for error in report.errors.values()]

    def until(self, phase: str) -> None:
        """Live undisturbed until ``phase``."""
        for before in PHASES[: PHASES.index(phase)]:
            assert self.run(before) == []

    def settled(self, phase: str, writes: list[str]) -> dict[str, int]:
        """Check that all is as ``phase`` wants it, so that another run writes nothing; count what is there."""
        self.account.admin("DELETE", "faults")
        self.account.forget_calls()
        assert self.run(phase) == []
        assert self.account.writes() == []
        if phase != "delete":
            self.case.verify(self.case.create if phase == "create" else self.case.update)
        return census.counted(self.account, {write.partition(":")[0] for write in writes}, self.region)


PHASES = ("create", "update", "delete")


@pytest.fixture(autouse=True)
def _hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    HastyClock(monkeypatch)


@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("name", NAMES)
def test_the_answer_of_each_write_is_lost_alone(name: str, phase: str, embedded_aws: EmbeddedAws) -> None:
    """The same run gets over it, or at most the next one."""
    life = Life(name, embedded_aws)
    life.until(phase)
    embedded_aws.forget_calls()
    assert life.run(phase) == []
    writes = embedded_aws.writes()
    undisturbed = life.settled(phase, writes)
    assert writes
    for number, write in enumerate(writes):
        life = Life(name, embedded_aws)
        life.until(phase)
        embedded_aws.admin("POST", "faults", {**LOST, "skip": number})
        failed = life.run(phase)
        assert [rule["hits"] for rule in embedded_aws.admin("GET", "faults")] == [1], write
        assert not failed, (write, failed)
        assert life.settled(phase, writes) == undisturbed, write


# --- a whole deployment ---------------------------------------------------------------------------------------------


class Estate:
    """A whole deployment on an account of its own."""

    def __init__(self, account: EmbeddedAws) -> None:
        account.reset()
        self.account = account

    def deploy(self) -> list[str]:
        """Run once, and return what failed."""
        return whole.Deployment(gateway(self.account, whole.REGION)).run()

    def writes(self) -> list[str]:
        """Return the writes of an undisturbed run."""
        self.account.forget_calls()
        assert self.deploy() == []
        return self.account.writes()

    def settled(self) -> dict[str, int]:
        """Check that a run without faults fails in nothing and that the one after it writes nothing; count."""
        self.account.admin("DELETE", "faults")
        assert self.deploy() == []
        assert self.writes() == []
        return census.counted(self.account, census.SERVICES, whole.REGION)


@pytest.fixture(scope="module")
def undisturbed(embedded_aws: EmbeddedAws) -> dict[str, int]:
    """Return how many there are of everything after a deployment without faults."""
    with pytest.MonkeyPatch.context() as patch:
        HastyClock(patch)
        estate = Estate(embedded_aws)
        writes = estate.writes()
        assert len(writes) > 150
        return estate.settled()


def test_the_first_answer_of_every_write_is_lost(undisturbed: dict[str, int], embedded_aws: EmbeddedAws) -> None:
    """One run gets over all of them."""
    estate = Estate(embedded_aws)
    embedded_aws.admin("POST", "faults", {**LOST, "times": None, "each_once": True})
    assert estate.deploy() == []
    assert embedded_aws.admin("GET", "faults")[0]["hits"] > 150
    assert estate.settled() == undisturbed
