# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Answers that get lost: all is as wanted in the end, and nothing is there twice."""

from __future__ import annotations

import importlib
import os
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

#: Lose every answer that there is, which takes long.
EVERY = os.environ.get("LOST_ANSWERS") == "all"

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
    """The same run gets over it. Of several writes of one operation the first is tried, with LOST_ANSWERS=all each."""
    life = Life(name, embedded_aws)
    life.until(phase)
    embedded_aws.forget_calls()
    assert life.run(phase) == []
    writes = embedded_aws.writes()
    undisturbed = life.settled(phase, writes)
    assert writes
    for number, write in enumerate(writes):
        if write in writes[:number] and not EVERY:
            continue
        life = Life(name, embedded_aws)
        life.until(phase)
        embedded_aws.admin("POST", "faults", {**LOST, "skip": number})
        failed = life.run(phase)
        assert [rule["hits"] for rule in embedded_aws.admin("GET", "faults")] == [1], write
        assert not failed, (write, failed)
        assert life.settled(phase, writes) == undisturbed, write


#: How services say that they do not know what was made a moment ago.
UNKNOWN = {"ec2": "InvalidID.NotFound", "iam": "NoSuchEntity", "rds": "DBResourceNotFound", "s3": "NoSuchBucket"}


@pytest.mark.parametrize("phase", ("create", "update"))
@pytest.mark.parametrize("name", NAMES)
def test_what_aws_does_not_know_yet_is_waited_for(name: str, phase: str, embedded_aws: EmbeddedAws) -> None:
    """Every write is refused once, as it is where what it refers to was made a moment ago."""
    life = Life(name, embedded_aws)
    life.until(phase)
    embedded_aws.forget_calls()
    refused = {"access": "write", "kind": "throttle", "status": 404, "each_once": True}
    rules = [{**refused, "service": service, "code": code} for service, code in UNKNOWN.items()]
    embedded_aws.admin("POST", "faults", [*rules, {**refused, "code": "ResourceNotFoundException"}])
    assert life.run(phase) == []
    life.settled(phase, [])


# --- a whole deployment ---------------------------------------------------------------------------------------------


class Estate:
    """A whole deployment on an account of its own."""

    def __init__(self, account: EmbeddedAws) -> None:
        account.reset()
        self.account = account

    def deploy(self) -> list[str]:
        """Run once, as a process of its own would, and return what failed."""
        return whole.Deployment(Aws(ModuleTwin(self.account, whole.REGION))).run()

    def writes(self) -> list[str]:
        """Return the writes of an undisturbed run."""
        self.account.forget_calls()
        assert self.deploy() == []
        return self.account.writes()

    def settled(self) -> dict[str, int]:
        """Check that a run without faults has nothing to do; count what is there."""
        self.account.admin("DELETE", "faults")
        assert self.writes() == []
        return census.counted(self.account, census.SERVICES, whole.REGION)


@pytest.fixture(scope="module")
def undisturbed(embedded_aws: EmbeddedAws) -> dict[str, int]:
    """Return how many there are of everything after a deployment without faults."""
    with pytest.MonkeyPatch.context() as patch:
        HastyClock(patch)
        estate = Estate(embedded_aws)
        writes = estate.writes()
        assert len(writes) > 140
        return estate.settled()


def test_the_first_answer_of_every_write_is_lost(undisturbed: dict[str, int], embedded_aws: EmbeddedAws) -> None:
    """One run gets over all of them."""
    estate = Estate(embedded_aws)
    embedded_aws.admin("POST", "faults", {**LOST, "times": None, "each_once": True})
    assert estate.deploy() == []
    assert embedded_aws.admin("GET", "faults")[0]["hits"] > 140
    assert estate.settled() == undisturbed


def test_three_runs_converge_although_a_third_of_all_calls_fails(
    undisturbed: dict[str, int], embedded_aws: EmbeddedAws
) -> None:
    """Throttled, failing, reset, and reset after all was done."""
    estate = Estate(embedded_aws)
    rules = [{"kind": "throttle"}, {"kind": "5xx"}, {"kind": "reset"}, {"kind": "reset", "when": "after"}]
    embedded_aws.admin("POST", "faults", [{**rule, "rate": 0.09} for rule in rules])
    failed = [estate.deploy() for _run in range(3)]
    assert failed[-1] == []
    assert estate.settled() == undisturbed


@pytest.mark.skipif(not EVERY, reason="takes ten minutes; LOST_ANSWERS=all asks for it")
def test_the_answer_of_each_write_of_a_deployment_is_lost_alone(
    undisturbed: dict[str, int], embedded_aws: EmbeddedAws
) -> None:
    """The same over what depends on what was written; each kind by itself is tried above."""
    for number, write in enumerate(Estate(embedded_aws).writes()):
        estate = Estate(embedded_aws)
        embedded_aws.admin("POST", "faults", {**LOST, "skip": number})
        assert estate.deploy() == [], write
        assert estate.settled() == undisturbed, write
