# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A kind whose resources live in memory, so that the engine is tested without an SDK and without mocks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from ansible_collections.dataai.platform.plugins.module_utils.core.errors import Exists, Failure, Missing, Unanswered
from ansible_collections.dataai.platform.plugins.module_utils.core.kind import (
    READY,
    Delta,
    Field,
    Item,
    Kind,
    Live,
    broken,
    busy,
)
from ansible_collections.dataai.platform.plugins.module_utils.core.values import lower, unordered

from ...clock import StillClock


@dataclass
class Store:
    """The service: its things, what it was asked to do, and how it misbehaves.

    Attributes:
        things: name to values and tags.
        writes: every writing call, in order.
        slow: name to the number of looks for which the thing stays busy after a write.
        failing: names whose writes fail.
        broken: names that end broken.
        stubborn: names whose updates are accepted and ignored.
        lost: what becomes of the next writes of a thing whose answers get lost: ``done`` or ``undone``.
        unknown: how often a write of a thing is refused because the service does not know it yet.
        later: names that end broken once they are no longer busy.
    """

    things: dict[str, dict[str, Any]] = field(default_factory=dict)
    writes: list[str] = field(default_factory=list)
    slow: dict[str, int] = field(default_factory=dict)
    failing: set[str] = field(default_factory=set)
    broken: set[str] = field(default_factory=set)
    stubborn: set[str] = field(default_factory=set)
    lost: dict[str, list[str]] = field(default_factory=dict)
    unknown: dict[str, int] = field(default_factory=dict)
    later: set[str] = field(default_factory=set)
    reads: int = 0


class Thing(Kind[Store]):
    """A thing with a size that can change, a zone that cannot, and members that are added once it is ready."""

    type = "thing"
    noun = "thing"
    fields = (
        Field("name"),
        Field("size", type="int", required=True),
        Field("zone", immutable=True, normalise=lower),
        Field("labels", type="list", elements="str", normalise=unordered),
        Field("members", type="int"),
        Field("password", sensitive=True),
        Field("keep_copy", type="bool", create_only=True),
    )
    outputs = ("id",)

    def problems(self, item: Item) -> Sequence[str]:
        return ["size must be positive"] if item.get("size", 1) < 1 else []

    def read(self, aws: Store, items: Sequence[Item], *, everything: bool = False) -> dict[str, Live]:
        aws.reads += 1
        names = set(aws.things) if everything else {item["name"] for item in items}
        found = {}
        for name in names & set(aws.things):
            thing = dict(aws.things[name])
            tags = thing.pop("tags")
            found[name] = Live(thing, tags, self._phase(aws, name))
        return found

    def _phase(self, aws: Store, name: str) -> Any:
        if name in aws.broken:
            return broken("the thing is broken")
        left = aws.slow.get(name, 0)
        aws.slow[name] = max(0, left - 1)
        return busy("being made") if left else READY

    def _write(self, aws: Store, verb: str, name: str) -> None:
        aws.writes.append(f"{verb} {name}")
        if name in aws.failing:
            raise Failure(f"{verb} {name}", "the service said no")
        if aws.unknown.get(name):
            aws.unknown[name] -= 1
            raise Missing(f"{verb} {name}", "there is no such thing")
        if verb == "create" and name in aws.things:
            raise Exists(f"{verb} {name}", "there is one")
        if "undone" in aws.lost.get(name, ())[:1]:
            self._lose(aws, verb, name)

    @staticmethod
    def _lose(aws: Store, verb: str, name: str) -> None:
        """Lose the answer to a write of ``name`` where that is due."""
        if aws.lost.get(name):
            aws.lost[name].pop(0)
            raise Unanswered(f"{verb} {name}", "the connection was closed")

    def create(self, aws: Store, want: Item) -> bool:
        self._write(aws, "create", want["name"])
        values = {key: want.get(key) for key in ("name", "size", "zone", "labels")}
        values["zone"] = (values["zone"] or "a").lower()
        tags = dict(want.get("tags", {}))
        aws.things[want["name"]] = {**values, "members": 0, "id": f"id-{want['name']}", "tags": tags}
        self._lose(aws, "create", want["name"])
        return bool(want.get("members"))

    def update(self, aws: Store, want: Item, live: Live, delta: Delta) -> None:
        self._write(aws, "update", want["name"])
        if want["name"] not in aws.stubborn:
            aws.things[want["name"]].update({name: new for name, (_old, new) in delta.fields.items()})
        self._lose(aws, "update", want["name"])

    def replace(self, aws: Store, want: Item, live: Live) -> None:
        self._write(aws, "replace", want["name"])
        del aws.things[want["name"]]
        self.create(aws, want)

    def delete(self, aws: Store, want: Item, live: Live) -> None:
        self._write(aws, "delete", want["name"])
        del aws.things[want["name"]]
        self._lose(aws, "delete", want["name"])

    def retag(self, aws: Store, live: Live, add: Mapping[str, str], remove: Sequence[str]) -> None:
        self._write(aws, "tag", live["name"])
        tags = {key: value for key, value in aws.things[live["name"]]["tags"].items() if key not in remove}
        aws.things[live["name"]]["tags"] = {**tags, **add}


class Vault(Thing):
    """A thing that holds data and may be replaced if that is acknowledged."""

    stateful = True
    replaceable = True


@pytest.fixture
def store() -> Store:
    """Return an empty service."""
    return Store()


@pytest.fixture
def clock() -> StillClock:
    """Return a clock that does not wait."""
    return StillClock()
