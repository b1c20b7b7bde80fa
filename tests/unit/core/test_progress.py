# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What people see while a run goes on."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.dataai.platform.plugins.module_utils.core.kind import Delta, Kind, Live
from ansible_collections.dataai.platform.plugins.module_utils.core.plan import Action, Step
from ansible_collections.dataai.platform.plugins.module_utils.core.progress import Progress, duration
from ansible_collections.dataai.platform.plugins.module_utils.core.report import Report
from ansible_collections.dataai.platform.plugins.plugin_utils.following import follow

from ...clock import StillClock


class Cluster(Kind[Any]):
    """Something that takes its time."""

    type = noun = "cluster"
    usually = "10 minutes"


def steps(action: Action, *keys: str) -> list[Step]:
    """Return steps that do the same to several resources."""
    return [Step(key, action, {"name": key}, Live({}), Delta()) for key in keys]


def test_each_way_of_change_is_one_line_that_names_who_and_how_long() -> None:
    told: list[str] = []
    clock = StillClock()
    progress = Progress(told.append, clock)
    with progress.working("batch", Cluster(), ["a", "b", "c", "d"]) as done:
        clock.sleep(75)
        report = Report([*steps(Action.CREATE, "a", "b"), *steps(Action.NONE, "c"), *steps(Action.DELETE, "d")], {})
        done(report)
    assert told == ["created: cluster a, b (1 min 15 s)", "deleted: cluster d (1 min 15 s)"]


def test_what_failed_or_was_left_for_later_is_not_told_as_done() -> None:
    told: list[str] = []
    progress = Progress(told.append, StillClock())
    with progress.working("batch", Cluster(), ["a", "b"]) as done:
        done(Report(steps(Action.UPDATE, "a", "b"), {}, {"a": ValueError("no")}, frozenset({"b"})))
    with progress.working("other", Cluster(), ["c"]) as done:
        done(None)
    assert told == []


def test_only_what_takes_long_is_told_to_be_waited_for_and_no_longer_than_it_is() -> None:
    told: list[str] = []
    clock = StillClock()
    progress = Progress(told.append, clock)
    with progress.working("slow", Cluster(), ["a"]):
        clock.sleep(60)
        with progress.working("quick", Cluster(), ["b"]):
            progress.tell_what_is_waited_for()
    progress.tell_what_is_waited_for()
    assert told == ["waiting: cluster a (1 min; usually 10 minutes)"]


def test_it_is_told_without_being_asked() -> None:
    told: list[str] = []
    clock = StillClock()
    progress = Progress(told.append, clock)
    with progress.working("slow", Cluster(), ["a"]):
        clock.sleep(60)
        with progress.ticking(pause=0.01):
            until = time.monotonic() + 10
            while not told and time.monotonic() < until:
                time.sleep(0.01)
    assert told[0].startswith("waiting: cluster a")


@pytest.mark.parametrize(("seconds", "said"), [(0.4, "0 s"), (59, "59 s"), (60, "1 min"), (754, "12 min 34 s")])
def test_times_as_people_say_them(seconds: float, said: str) -> None:
    assert duration(seconds) == said


def test_lines_are_taken_up_while_they_are_written_and_none_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    path.touch()
    taken: list[str] = []
    with path.open() as reader, path.open("a", buffering=1) as writer:
        with follow(reader, taken.append):
            writer.write("one\ntw")
            writer.flush()
            until = time.monotonic() + 10
            while not taken and time.monotonic() < until:
                time.sleep(0.01)
            assert taken == ["one"]
            writer.write("o\nthree\n")
        assert taken == ["one", "two", "three"]
