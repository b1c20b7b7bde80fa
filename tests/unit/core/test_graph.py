# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many batches at once: what needs what, what is refused before the first write, and what goes on beside a failure."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.dataai.platform.plugins.module_utils.core.errors import Failure, Refused
from ansible_collections.dataai.platform.plugins.module_utils.core.graph import (
    Batch,
    along,
    answers,
    needs,
    reference,
    referred,
    resolved,
    run,
)
from ansible_collections.dataai.platform.plugins.module_utils.core.kind import Field, Kind, Live, busy
from ansible_collections.dataai.platform.plugins.module_utils.core.plan import Action, Options, plan
from ansible_collections.dataai.platform.plugins.module_utils.core.report import Report, planned
from ansible_collections.dataai.platform.plugins.module_utils.core.values import UNKNOWN, is_unknown


class Thing(Kind[Any]):
    """A resource with one reference."""

    type = noun = "thing"
    fields = (Field("name"), Field("of"), Field("size", type="int"))
    outputs = ("id",)
    tagged = False


class World:
    """What is there, and all that was asked of it."""

    def __init__(self, **there: Live) -> None:
        self.there = dict(there)
        self.written: list[str] = []
        self.looked: list[str] = []
        self.failing: set[str] = set()
        self.refusing: set[str] = set()

    def reconcile(self, kind: Kind[Any], args: Mapping[str, Any], check: bool) -> Report:
        """Make one thing, or plan to."""
        name = args["name"]
        self.looked.append(name)
        item = {key: value for key, value in args.items() if key in ("name", "of", "size")}
        steps = plan(kind, {name: item}, self.there, Options(check=check))
        report = planned(kind, steps)
        if name in self.refusing:
            raise Refused([f"thing {name}: no"], report if check else None)
        if check:
            return report
        if name in self.failing:
            raise Failure(f"MakeThing {name}", "it is broken", code="Broken")
        assert not is_unknown(item)
        if steps[0].action is not Action.NONE:
            self.written.append(name)
        self.there[name] = Live({**item, "id": f"id-of-{name}"})
        return Report(steps, {name: self.there[name].values})


def thing(name: str, *, batch: str = "", check: bool = False, **more: Any) -> Batch:
    """Return a batch of one thing."""
    return Batch(batch or name, Thing, {"name": name, **more}, check)


def going(name: str, *, role: str, **more: Any) -> Batch:
    """Return a batch of one thing that a role wants gone."""
    return replace(thing(name, state="absent", **more), role=role)


def ref(name: str, output: str = "id") -> str:
    """Return a reference to the one thing of a batch."""
    return reference(name, 0, output)


# --- references -----------------------------------------------------------------------------------------------------


def test_a_reference_travels_through_text_and_json() -> None:
    policy = json.dumps({"Resource": [f"arn:{ref('a')}/*", ref("b")]})
    assert referred(policy) == {"a", "b"}
    assert is_unknown(policy)
    known = {"a": [{"id": "1"}], "b": [{"id": "2"}]}
    assert json.loads(resolved(policy, known)) == {"Resource": ["arn:1/*", "2"]}


def test_a_reference_alone_becomes_the_value_itself() -> None:
    known = {"a": [{"id": ["x", "y"]}], "b": [{"id": 5}]}
    assert resolved({"ids": ref("a"), "port": ref("b"), "text": f"port {ref('b')}"}, known) == {
        "ids": ["x", "y"],
        "port": 5,
        "text": "port 5",
    }


@pytest.mark.parametrize("known", [{}, {"a": []}, {"a": [None]}, {"a": [{}]}])
def test_what_is_not_known_yet_stays_unknown(known: Any) -> None:
    assert resolved(ref("a"), known) == UNKNOWN
    assert resolved(f"{ref('a')}/x", known) == f"{UNKNOWN}/x"


def test_a_task_answers_with_references_but_for_the_name() -> None:
    found = answers("made", Thing, {"items": [{"name": "a", "size": 3}, {"name": "b"}]})
    assert found["b"] == {
        "name": "b",
        "of": reference("made", 1, "of"),
        "size": reference("made", 1, "size"),
        "id": reference("made", 1, "id"),
    }


# --- what needs what ------------------------------------------------------------------------------------------------


def test_what_needs_what() -> None:
    batches = [
        thing("net-a", batch="net"),
        thing("default", batch="reserved"),
        thing("x1", batch="by_reference", of=ref("net")),
        thing("x2", batch="by_name", of="arn:x:net-a/*"),
        thing("x3", batch="by_another_name", of="net-a-longer, my-net-a, default"),
        thing("x4", batch="stated", after=[{"resources": {"any": {"id": ref("by_reference")}}}]),
        thing("x5", batch="of_what_comes_later", of="x6"),
        thing("x6", batch="last"),
    ]
    assert needs(batches) == {
        "net": set(),
        "reserved": set(),
        "by_reference": {"net"},
        "by_name": {"net"},
        "by_another_name": set(),
        "stated": {"by_reference"},
        "of_what_comes_later": set(),
        "last": set(),
    }


def test_what_is_to_be_gone_goes_in_the_order_of_its_role_and_waits_for_no_other() -> None:
    """A name or a reference says nothing there: what is used goes after what uses it."""
    batches = [
        going("cluster", role="aurora"),
        going("group", role="redis", of="cluster"),
        going("subnets", role="aurora"),
        thing("made", of="subnets"),
        going("role", role="aurora"),
    ]
    assert needs(batches) == {
        "cluster": set(),
        "group": set(),
        "subnets": {"cluster"},
        "made": set(),
        "role": {"cluster", "subnets"},
    }


def test_what_can_goes_on_at_the_same_time() -> None:
    together = threading.Barrier(2, timeout=10)

    def work(name: str, done: Mapping[str, int]) -> int:
        if name in ("b", "c"):
            together.wait()
        return sum(done[other] for other in {"a": (), "b": "a", "c": "a", "d": "bc"}[name]) + 1

    assert along({"a": set(), "b": {"a"}, "c": {"a"}, "d": {"b", "c"}}, work) == {"a": 1, "b": 2, "c": 2, "d": 5}


def test_a_circle_is_told() -> None:
    with pytest.raises(ValueError, match="a, b"):
        along({"a": {"b"}, "b": {"a"}}, lambda *_all: None)


# --- a run ----------------------------------------------------------------------------------------------------------


def test_all_is_made_in_the_order_of_the_references() -> None:
    world = World()
    outcomes = run([thing("a"), thing("b", of=ref("a")), thing("c", of=ref("b"))], world.reconcile)
    assert world.written == ["a", "b", "c"]
    assert world.there["c"]["of"] == "id-of-b"
    assert [outcome.planned for outcome in outcomes.values()] == [False] * 3


def test_a_plan_writes_nothing_and_knows_what_is_there() -> None:
    world = World(a=Live({"name": "a", "id": "id-of-a"}))
    outcomes = run([thing("a", check=True), thing("b", of=ref("a"), check=True)], world.reconcile)
    assert not world.written
    assert outcomes["b"].values == [{"name": "b", "of": "id-of-a", "size": UNKNOWN, "id": UNKNOWN}]


def test_what_is_as_wanted_is_looked_at_once() -> None:
    world = World(a=Live({"name": "a", "id": "id-of-a"}), b=Live({"name": "b", "of": "id-of-a", "id": "id-of-b"}))
    outcomes = run([thing("a"), thing("b", of=ref("a"))], world.reconcile)
    assert world.looked == ["a", "b"]
    assert not any(outcome.planned for outcome in outcomes.values())


def test_what_aws_is_busy_with_is_waited_for() -> None:
    world = World(a=Live({"name": "a", "id": "id-of-a"}, phase=busy("creating")))
    run([thing("a")], world.reconcile)
    assert world.looked == ["a", "a"]


def test_one_refusal_keeps_everything_from_being_written_and_hides_none() -> None:
    world = World()
    world.refusing = {"b", "d"}
    outcomes = run([thing("a"), thing("b"), thing("c", of=ref("a")), thing("d")], world.reconcile)
    assert not world.written
    assert {name for name, one in outcomes.items() if one.refused} == {"b", "d"}
    assert [text for one in outcomes.values() for text in one.problems] == ["thing b: no", "thing d: no"]
    assert outcomes["a"].report is None, "what was not done is not told as done"


def test_where_each_stands_apart_a_refusal_stops_what_needs_it_and_nothing_else() -> None:
    world = World()
    world.refusing = {"b"}
    outcomes = run([thing("a"), thing("b", of=ref("a")), thing("c", of=ref("b"))], world.reconcile, apart=True)
    assert world.written == ["a"]
    assert outcomes["b"].problems == ("thing b: no",)
    assert (outcomes["b"].refused, outcomes["b"].report) == (True, None)
    assert outcomes["c"].problems == ("thing c: not done, because it needs what failed (thing b)",)
    assert outcomes["c"].report is None


def test_beside_a_failure_all_is_done_that_does_not_need_it() -> None:
    world = World()
    world.failing = {"b"}
    batches = [thing("a"), thing("b", of=ref("a")), thing("c", of=ref("b")), thing("d", of=ref("c")), thing("e")]
    outcomes = run(batches, world.reconcile)
    assert sorted(world.written) == ["a", "e"]
    assert "it is broken" in outcomes["b"].problems[0]
    assert outcomes["c"].problems == ("thing c: not done, because it needs what failed (thing b)",)
    assert outcomes["d"].problems == ("thing d: not done, because it needs what failed (thing c)",)
    world.failing = set()
    run(batches, world.reconcile)
    assert sorted(world.written) == ["a", "b", "c", "d", "e"]


def test_what_needs_what_cannot_be_read_is_not_refused_for_it() -> None:
    """A text stands where a number would be; that is no reason to keep all else from being done."""
    world = World()

    def reconcile(kind: Kind[Any], args: Mapping[str, Any], check: bool) -> Report:
        if args["name"] == "a":
            raise Failure("ReadThing a", "access denied", code="AccessDenied")
        if is_unknown(args.get("size")):
            raise Refused(["size is no number"])
        return world.reconcile(kind, args, check)

    outcomes = run([thing("a"), thing("b", size=ref("a")), thing("c")], reconcile)
    assert world.written == ["c"]
    assert outcomes["b"].problems == ("thing b: not done, because it needs what failed (thing a)",)


def test_a_difference_from_what_could_not_be_read_is_none() -> None:
    world = World(b=Live({"name": "b", "of": "id-of-a", "id": "id-of-b"}))

    def reconcile(kind: Kind[Any], args: Mapping[str, Any], check: bool) -> Report:
        if args["name"] == "a":
            raise Failure("ReadThing a", "access denied", code="AccessDenied")
        return world.reconcile(kind, args, check)

    outcomes = run([thing("a", check=True), thing("b", of=ref("a"), check=True)], reconcile)
    assert outcomes["b"].report is None
    assert outcomes["b"].problems == ("thing b: not done, because it needs what failed (thing a)",)


def test_what_is_only_read_is_not_written() -> None:
    world = World()
    outcomes = run([thing("a", check=True), thing("b")], world.reconcile)
    assert world.written == ["b"]
    assert (outcomes["a"].planned, outcomes["b"].planned) == (True, False)


def test_what_was_run_before_is_known() -> None:
    world = World()
    run([thing("b", of=ref("a"))], world.reconcile, {"a": [{"id": "id-of-a"}]})
    assert world.there["b"]["of"] == "id-of-a"
