# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The engine: what it plans is what it does, it does it once, and it refuses before it writes."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.dataai.platform.plugins.module_utils.core.errors import Failure, Refused
from ansible_collections.dataai.platform.plugins.module_utils.core.kind import Kind
from ansible_collections.dataai.platform.plugins.module_utils.core.plan import Action, Options
from ansible_collections.dataai.platform.plugins.module_utils.core.reconcile import MOST_UNANSWERED, reconcile
from ansible_collections.dataai.platform.plugins.module_utils.core.report import Report
from ansible_collections.dataai.platform.plugins.module_utils.core.values import HIDDEN, UNKNOWN

from .conftest import StillClock, Store, Thing, Vault

ONE = {"name": "one", "size": 1, "zone": "a", "tags": {"Team": "x"}}
TWO = {"name": "two", "size": 2, "tags": {"Team": "x"}}


def run(store: Store, items: list[Any], kind: Kind[Store] | None = None, **options: Any) -> Report:
    """Reconcile with a clock that does not wait."""
    return reconcile(kind or Thing(), store, items, Options(**options), clock=StillClock())


def actions(report: Report) -> dict[str, str]:
    """Return the decision about each resource."""
    return {step.key: step.action.value for step in report.steps}


def test_plan_then_run_then_nothing(store: Store) -> None:
    plan = run(store, [ONE, TWO], check=True)
    assert store.writes == []
    assert plan.resources["one"]["id"] == UNKNOWN
    real = run(store, [ONE, TWO])
    assert real.result(Thing())["changes"] == plan.result(Thing())["changes"]
    store.writes.clear()
    again = run(store, [ONE, TWO])
    assert (again.result(Thing())["changed"], store.writes) == (False, [])
    assert again.resources["one"]["id"] == "id-one"


def test_what_is_left_out_is_not_managed(store: Store) -> None:
    run(store, [ONE])
    assert actions(run(store, [{"name": "one", "size": 1}])) == {"one": "none"}


def test_values_are_compared_by_their_meaning(store: Store) -> None:
    run(store, [{**ONE, "labels": ["b", "a"]}])
    assert actions(run(store, [{**ONE, "zone": "A", "labels": ["a", "b"]}])) == {"one": "none"}


def test_own_tags_never_clobber_foreign_ones(store: Store) -> None:
    run(store, [ONE])
    store.things["one"]["tags"].update({"Other": "theirs", "aws:made-by": "aws"})
    assert actions(run(store, [ONE])) == {"one": "none"}
    run(store, [{**ONE, "tags": {"Team": "y"}}])
    assert store.things["one"]["tags"] == {"Team": "y", "Other": "theirs", "aws:made-by": "aws"}
    run(store, [{**ONE, "tags": {"Team": "y"}}], purge_tags=True)
    assert store.things["one"]["tags"] == {"Team": "y", "aws:made-by": "aws"}


def test_all_problems_are_told_at_once_before_any_call(store: Store) -> None:
    with pytest.raises(Refused) as refused:
        run(store, [{"name": "a", "size": 0}, {"name": "b", "size": -1}, TWO, TWO, {"size": 1}])
    assert len(refused.value.problems) == 3
    assert "thing a, b: size must be positive" in refused.value.problems
    assert (store.reads, store.writes) == (0, [])


def test_required_fields_matter_only_for_creation(store: Store) -> None:
    with pytest.raises(Refused, match="size is required"):
        run(store, [{"name": "one"}])
    run(store, [ONE])
    assert actions(run(store, [{"name": "one"}])) == {"one": "none"}


def test_an_unknown_value_plans_but_never_runs(store: Store) -> None:
    item = {**ONE, "labels": [UNKNOWN]}
    assert actions(run(store, [item], check=True)) == {"one": "create"}
    with pytest.raises(Refused, match="labels is not known"):
        run(store, [item])
    assert store.writes == []


def test_an_unknown_value_counts_as_a_change(store: Store) -> None:
    run(store, [{**ONE, "labels": ["a"]}])
    plan = run(store, [{**ONE, "labels": [f"x-{UNKNOWN}"]}], check=True)
    assert plan.steps[0].fields == ["labels"]


def test_an_immutable_change_is_refused_and_named(store: Store) -> None:
    run(store, [ONE])
    for check in (True, False):
        with pytest.raises(Refused, match=r"cannot change zone .*zone is a, wanted b"):
            run(store, [{**ONE, "zone": "b"}], check=check)


def test_replacement_needs_leave_and_an_acknowledgement_by_name(store: Store) -> None:
    run(store, [ONE], Vault())
    moved = {**ONE, "zone": "b"}
    with pytest.raises(Refused, match="replace: true"):
        run(store, [moved], Vault())
    with pytest.raises(Refused, match="loses its data"):
        run(store, [moved], Vault(), replace=True, acknowledged=["other"])
    report = run(store, [moved], Vault(), replace=True, acknowledged=["one"])
    assert actions(report) == {"one": "replace"}
    assert store.things["one"]["zone"] == "b"


def test_data_is_not_deleted_without_its_name(store: Store) -> None:
    run(store, [ONE], Vault())
    with pytest.raises(Refused, match=r"acknowledge: \[one\]"):
        run(store, [ONE], Vault(), absent=True)
    assert "one" in store.things
    run(store, [ONE], Vault(), absent=True, acknowledged=["one"])
    assert actions(run(store, [ONE], Vault(), absent=True)) == {"one": "none"}


def test_one_failure_never_hides_or_stops_another(store: Store) -> None:
    store.failing = {"one"}
    report = run(store, [ONE, TWO])
    assert set(report.errors) == {"one"}
    assert "two" in store.things
    assert "the service said no" in str(report.errors["one"])


def test_prune_takes_only_what_is_proven_ours(store: Store) -> None:
    run(store, [ONE, TWO, {**TWO, "name": "foreign", "tags": {"Team": "z"}}])
    report = run(store, [ONE], prune=True, owned_by={"Team": "x"})
    assert actions(report) == {"one": "none", "two": "delete"}
    assert set(store.things) == {"one", "foreign"}
    assert actions(run(store, [ONE], prune=True)) == {"one": "none"}


@pytest.mark.parametrize("more", ["another round", "a lost answer"])
def test_what_is_pruned_stays_gone_while_others_take_longer(store: Store, more: str) -> None:
    """It is neither waited for nor made again."""
    run(store, [TWO])
    store.writes.clear()
    store.lost = {"one": ["undone"]} if more == "a lost answer" else {}
    clock = StillClock()
    options = Options(prune=True, owned_by={"Team": "x"})
    report = reconcile(Thing(), store, [{**ONE, "members": 2}], options, clock=clock)
    assert (report.errors, set(store.things)) == ({}, {"one"})
    assert [write for write in store.writes if write.endswith("two")] == ["delete two"]
    assert clock.now() < 60


def test_more_is_done_once_the_resource_is_ready(store: Store) -> None:
    store.slow = {"one": 4}
    report = run(store, [{**ONE, "members": 2}])
    assert store.writes == ["create one", "update one"]
    assert report.resources["one"]["members"] == 2
    assert report.result(Thing())["changes"][0]["action"] == "create"


def test_without_waiting_a_busy_resource_is_left_for_later(store: Store) -> None:
    run(store, [ONE])
    store.slow = {"one": 1}
    store.writes.clear()
    report = run(store, [{**ONE, "size": 5}], wait=False)
    assert (store.writes, report.deferred) == ([], {"one"})
    assert report.result(Thing())["changed"] is False
    run(store, [{**ONE, "size": 5}])
    assert store.things["one"]["size"] == 5


def test_a_busy_resource_is_waited_for_before_it_is_changed(store: Store) -> None:
    run(store, [ONE])
    store.slow = {"one": 5}
    assert actions(run(store, [{**ONE, "size": 5}])) == {"one": "update"}
    assert store.things["one"]["size"] == 5


def test_a_busy_resource_is_waited_for_even_if_nothing_changes(store: Store) -> None:
    run(store, [ONE])
    store.slow = {"one": 3}
    run(store, [ONE])
    assert store.slow["one"] == 0


def test_a_broken_resource_fails_at_once_with_the_reason(store: Store) -> None:
    store.broken = {"one"}
    report = run(store, [ONE], timeout=10_000)
    assert "the thing is broken" in str(report.errors["one"])
    assert store.reads < 5


def test_waiting_ends_at_the_deadline_and_says_what_was_seen(store: Store) -> None:
    store.slow = {"one": 10**6}
    report = run(store, [ONE], timeout=60)
    assert "not ready after 60 seconds (last seen: being made)" in str(report.errors["one"])


def test_a_change_that_never_shows_is_an_error_not_a_success(store: Store) -> None:
    run(store, [ONE])
    store.stubborn = {"one"}
    report = run(store, [{**ONE, "size": 9}])
    assert "still reports another value for size" in str(report.errors["one"])


class Shared(Thing):
    """A thing whose tags tell whose it is."""

    def spared(self, want: Any, live: Any) -> str:
        owner = (live.tags or {}).get("Team", "nobody")
        return "" if owner == "x" else f"it is {owner}'s, and stays"


def test_what_is_not_ours_stays_and_the_rest_goes(store: Store) -> None:
    """It is neither waited for nor counted as a change, and told once for each reason."""
    run(store, [ONE, *({**TWO, "name": f"two-{n}", "tags": {"Team": "y"}} for n in range(7))])
    writes = len(store.writes)
    names = [{"name": "one"}, *({"name": f"two-{n}"} for n in range(7)), {"name": "nowhere"}]
    for check in (True, False):
        report = run(store, names, Shared(), absent=True, check=check, timeout=1)
        assert report.errors == {}
        assert [entry["name"] for entry in report.result(Shared())["changes"]] == ["one"]
        assert report.spared(Shared()) == [
            "thing two-0, two-1, two-2, two-3, two-4 and 2 more: it is y's, and stays",
        ]
    assert store.writes[writes:] == ["delete one"]


class Leaving(Thing):
    """A thing that AWS goes on describing while it is deleted, and whose deletion then fails."""

    def delete(self, aws: Store, want: Any, live: Any) -> None:
        aws.slow, aws.later = {"one": 2}, {"one"}

    def read(self, aws: Store, items: Any, *, everything: bool = False) -> Any:
        if aws.later and not aws.slow.get("one"):
            aws.broken = aws.later
        return super().read(aws, items, everything=everything)


def test_a_deletion_that_fails_is_told_at_once(store: Store) -> None:
    run(store, [ONE])
    report = run(store, [{"name": "one"}], Leaving(), absent=True, timeout=10_000)
    assert "the thing is broken" in str(report.errors["one"])
    assert store.reads < 10


def test_wanted_values_are_spelled_once_for_comparing_and_sending(store: Store) -> None:
    """Tags are texts, whatever YAML makes of them, and a set holds each entry once."""
    given = {**ONE, "labels": ["b", "a", "b"], "tags": {"Cost": 5, "Shared": True, "Nothing": None, 7: "x"}}
    run(store, [given])
    assert store.things["one"]["tags"] == {"Cost": "5", "Shared": "true", "7": "x"}
    assert store.things["one"]["labels"] == ["b", "a"]
    assert actions(run(store, [given])) == {"one": "none"}


def test_sensitive_values_are_shown_nowhere(store: Store) -> None:
    plan = run(store, [{**ONE, "password": "hunter2"}], check=True)
    text = str(plan.result(Thing()))
    assert "hunter2" not in text
    assert HIDDEN in text


def test_diff_shows_only_what_changes(store: Store) -> None:
    run(store, [ONE])
    plan = run(store, [{**ONE, "size": 3, "tags": {"Team": "y"}}], check=True)
    assert plan.result(Thing())["diff"] == {
        "before": {"thing one": {"size": 1, "tags": {"Team": "x"}}},
        "after": {"thing one": {"size": 3, "tags": {"Team": "y"}}},
    }


def test_create_only_fields_are_not_compared(store: Store) -> None:
    run(store, [ONE])
    assert actions(run(store, [{**ONE, "keep_copy": True}])) == {"one": "none"}
    assert Action.NONE.value == "none"


# --- answers that get lost ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["done", "undone"])
def test_a_lost_answer_is_looked_at_before_anything_is_done_twice(store: Store, what: str) -> None:
    """What is there is not made again, what is not there is."""
    times = 1 if what == "done" else 2
    store.lost["one"] = [what]
    assert run(store, [ONE]).errors == {}
    assert store.writes == ["create one"] * times
    store.lost["one"], store.writes = [what], []
    assert run(store, [{**ONE, "size": 7}]).errors == {}
    assert (store.things["one"]["size"], store.writes) == (7, ["update one"] * times)
    store.lost["one"], store.writes = [what], []
    assert run(store, [ONE], absent=True).errors == {}
    assert (store.things, store.writes) == ({}, ["delete one"] * times)


def test_a_lost_answer_is_looked_at_without_waiting_too(store: Store) -> None:
    store.lost["one"] = ["undone"]
    assert run(store, [ONE], wait=False).errors == {}
    assert store.writes == ["create one"] * 2


def test_answers_that_are_always_lost_are_told_and_stop_nothing_else(store: Store) -> None:
    store.lost["one"] = ["undone"] * 99
    report = run(store, [ONE, TWO])
    assert "connection was closed" in str(report.errors["one"])
    assert (list(report.errors), "two" in store.things) == (["one"], True)
    assert store.writes.count("create one") == MOST_UNANSWERED


class Meanwhile(Thing):
    """A thing that somebody else makes between the look and the creation."""

    def __init__(self, theirs: Any) -> None:
        self._theirs = theirs

    def create(self, aws: Store, want: Any) -> bool:
        if "one" not in aws.things:
            super().create(aws, self._theirs)
        return super().create(aws, want)


@pytest.mark.parametrize(
    ("theirs", "size", "told"), [({}, 1, ""), ({"size": 5}, 1, ""), ({"zone": "b", "size": 5}, 5, "cannot change zone")]
)
def test_what_another_run_has_made_meanwhile_is_looked_at(
    store: Store, theirs: dict[str, Any], size: int, told: str
) -> None:
    """As wanted: a success. Different: changed. Different in what cannot be changed: told, and not touched."""
    report = run(store, [ONE], Meanwhile({**ONE, **theirs}))
    assert (bool(report.errors), store.things["one"]["size"]) == (bool(told), size)
    assert told in str(report.errors)


def test_what_is_not_known_yet_is_waited_for_but_not_for_ever(store: Store) -> None:
    store.unknown["one"] = 3
    assert run(store, [ONE]).errors == {}
    store.unknown["one"] = 99
    report = run(store, [{**ONE, "size": 4}])
    assert "no such thing" in str(report.errors["one"])
    assert 2 < store.writes.count("update one") < 10


def test_a_refusal_in_a_plan_hides_nothing_of_the_others(store: Store) -> None:
    """What is refused is reported as it is, with what is wanted and what is there, and is no change."""
    run(store, [ONE])
    with pytest.raises(Refused) as refused:
        run(store, [{**ONE, "zone": "b", "size": 7}, TWO], check=True)
    result = refused.value.plan.result(Thing())
    assert [(change["action"], change["name"]) for change in result["changes"]] == [("create", "two")]
    (entry,) = result["refused"]
    assert (entry["name"], entry["expected"]["zone"], entry["found"]["zone"]) == ("one", "b", "a")
    assert result["resources"]["one"]["id"] == "id-one"
    assert result["resources"]["two"]["id"] == UNKNOWN
    assert result["unchanged"] == []


def test_what_failed_is_no_change(store: Store) -> None:
    store.failing = {"one", "two"}
    report = run(store, [ONE, TWO])
    result = report.result(Thing())
    assert (result["changed"], result["changes"]) == (False, [])
    assert report.problems(Thing()) == ["create one, two: the service said no."]


def test_a_problem_names_its_resource_where_the_call_does_not(store: Store) -> None:
    report = Report(
        [], {}, {"alias/a": Failure("kms:CreateKey", "denied"), "alias/b": Failure("kms:CreateKey", "denied")}
    )
    assert report.problems(Thing()) == ["thing alias/a, alias/b: kms:CreateKey: denied."]


def test_what_aws_never_reports_is_not_waited_for_round_by_round(store: Store, clock: StillClock) -> None:
    run(store, [ONE])
    store.stubborn, before, writes = {"one"}, clock.now(), len(store.writes)
    items, options = [{**ONE, "size": 9}], Options(timeout=3600)
    report = reconcile(Thing(), store, items, options, clock=clock)
    assert "still reports another value for size" in str(report.errors["one"])
    assert (len(store.writes) - writes, clock.now() - before < 60) == (2, True)
