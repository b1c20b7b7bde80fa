# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every kind under one rhythm, and the invariant of the engine: the plan is what happens, and then nothing happens.

Missing input, check, create, unchanged, update, unchanged, drift repaired, delete, unchanged.
"""

from __future__ import annotations

import importlib
import itertools
import pkgutil
from collections.abc import Callable, Iterator
from threading import Lock
from typing import Any

import pytest

from ansible_collections.dataai.platform.plugins.module_utils import kinds as declared
from ansible_collections.dataai.platform.plugins.module_utils.aws.session import Aws
from ansible_collections.dataai.platform.plugins.module_utils.core.errors import Refused
from ansible_collections.dataai.platform.plugins.module_utils.core.plan import Action, Options
from ansible_collections.dataai.platform.plugins.module_utils.core.reconcile import reconcile
from ansible_collections.dataai.platform.plugins.module_utils.core.report import Report
from ansible_collections.dataai.platform.plugins.module_utils.core.values import canonical, is_unknown

from . import kinds as cases
from .conftest import EmbeddedAws, ModuleTwin
from .kinds.case import Case

NAMES = sorted(name for _, name, _ in pkgutil.iter_modules(cases.__path__) if name != "case")


@pytest.fixture(params=NAMES)
def case(request: pytest.FixtureRequest, account: EmbeddedAws) -> Iterator[Case]:
    """Return each kind's case on an empty account. No request of it breaks a rule of AWS's models or documents."""
    module = importlib.import_module(f"{cases.__name__}.{request.param}")
    found: Case = module.case(account)
    yield found
    assert account.violations() == []


class Rhythm:
    """One kind's steps, each with the promises that hold for every step."""

    def __init__(self, case: Case, aws: Aws, account: EmbeddedAws) -> None:
        self.case, self.aws, self.account = case, aws, account

    def run(self, item: Any, **options: Any) -> Report:
        """Reconcile one item."""
        wanted = Options(timeout=60, **{**self.case.options, **options})
        report = reconcile(self.case.kind(), self.aws, [item], wanted)
        assert not report.errors, report.errors
        return report

    def planned_then_real(self, item: Any, action: Action, **options: Any) -> None:
        """The plan writes nothing, names the action, and tells the state that the real run then reaches."""
        self.account.forget_calls()
        plan = self.run(item, check=True, **options)
        assert self.account.writes() == []
        assert [step.action for step in plan.steps] == [action]
        real = self.run(item, **options)
        assert [step.action for step in real.steps] == [action]
        assert real.result(self.case.kind())["changes"] == plan.result(self.case.kind())["changes"]
        self._same(plan, real)

    def unchanged(self, item: Any, **options: Any) -> None:
        """A further run plans nothing, changes nothing and writes nothing."""
        self.account.forget_calls()
        for check in (True, False):
            report = self.run(item, check=check, **options)
            assert [step.fields for step in report.steps if step.action is not Action.NONE] == []
            assert report.result(self.case.kind())["changed"] is False
        assert self.account.writes() == []

    def _same(self, plan: Report, real: Report) -> None:
        assert set(plan.resources) == set(real.resources)
        kind = self.case.kind()
        fields = {field.name: field for field in kind.fields}
        for key, values in plan.resources.items():
            for name, value in values.items():
                if is_unknown(value) or (name in fields and fields[name].create_only):
                    continue
                found = real.resources[key].get(name)
                if name in fields:
                    assert not fields[name].differs(value, found), f"{name}: planned {value}, is {found}"
                elif name == "tags":
                    assert value.items() <= found.items()
                else:
                    assert canonical(value) == canonical(found), name


@pytest.fixture
def rhythm(case: Case, aws: Aws, account: EmbeddedAws) -> Rhythm:
    """Return the steps for a case, in its region."""
    return Rhythm(case, Aws(ModuleTwin(account, case.region)) if case.region else aws, account)


def test_rhythm(case: Case, rhythm: Rhythm) -> None:
    """The whole life of a resource."""
    rhythm.planned_then_real(case.create, Action.CREATE)
    case.verify(case.create)
    rhythm.unchanged(case.create)
    for spelling in case.unchanged:
        rhythm.unchanged(spelling)

    rhythm.planned_then_real(case.update, Action.UPDATE)
    case.verify(case.update)
    rhythm.unchanged(case.update)

    case.drift()
    rhythm.planned_then_real(case.update, Action.UPDATE)
    case.verify(case.update)
    rhythm.unchanged(case.update)

    gone = {"absent": True, "acknowledged": [case.create[case.kind.key]]}
    if case.kind.stateful:
        with pytest.raises(Refused, match="acknowledge"):
            rhythm.run(case.update, absent=True)
    rhythm.planned_then_real(case.update, Action.DELETE, **gone)
    rhythm.unchanged(case.update, **gone)


def test_wrong_input_is_refused_before_any_call(case: Case, rhythm: Rhythm, account: EmbeddedAws) -> None:
    """Each wrong item is named with what is wrong, and nothing was written."""
    account.forget_calls()
    for item, word in case.missing:
        for check in (True, False):
            with pytest.raises(Refused, match=word):
                rhythm.run(item, check=check)
    assert account.writes() == []


def test_immutable_changes_are_refused(case: Case, rhythm: Rhythm, account: EmbeddedAws) -> None:
    """What AWS cannot change is refused by name, in a plan as in a run, and the resource stays."""
    rhythm.run(case.create)
    account.forget_calls()
    for item, name in case.immutable:
        for check in (True, False):
            with pytest.raises(Refused, match=name):
                rhythm.run(item, check=check)
    assert account.writes() == []
    rhythm.unchanged(case.create)


class Vanishing(Aws):
    """The gateway to AWS, behind whose back something happens once, after so many calls."""

    def __init__(self, module: ModuleTwin, calls: int, happens: Callable[[], object]) -> None:
        super().__init__(module)
        self.left, self._happens, self._count = calls, happens, Lock()

    def _client(self, name: str) -> Any:
        client = super()._client(name)
        client.meta.events.register("after-call", self._after_call)
        return client

    def _after_call(self, **_event: object) -> None:
        with self._count:
            self.left -= 1
            if self.left == 0:
                self._happens()


def test_what_goes_while_it_is_looked_at_is_gone(case: Case, rhythm: Rhythm, account: EmbeddedAws) -> None:
    """A deletion by somebody else, between any two calls of a look, is no failure."""
    module = ModuleTwin(account, case.region or rhythm.aws.region)
    key = case.create[case.kind.key]
    # The names of final snapshots tell the second of the deletion.
    item = {**case.create, **{field.name: True for field in case.kind.fields if field.name == "skip_final_snapshot"}}

    def delete() -> None:
        rhythm.run(item, absent=True, acknowledged=[key])

    for calls in itertools.count(1):
        rhythm.run(item)
        aws = Vanishing(module, calls, delete)
        absent = Options(check=True, absent=True, acknowledged=[key])
        seen = reconcile(case.kind(), aws, [item], absent)
        assert [step.action for step in seen.steps] in ([Action.NONE], [Action.DELETE])
        if aws.left > 0:  # the look took fewer calls
            break
    assert calls > 1


def test_every_kind_has_a_case() -> None:
    """No kind escapes the rhythm."""
    assert {name for _, name, _ in pkgutil.iter_modules(declared.__path__)} <= set(NAMES)
