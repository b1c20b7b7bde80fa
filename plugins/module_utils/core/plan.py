# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Planning: from wanted items and live resources to a list of changes. Pure functions."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from .kind import Delta, Item, Kind, Live
from .values import is_unknown, texts


class Action(enum.Enum):
    """What happens to one resource."""

    NONE = "none"
    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"


@dataclass(frozen=True)
class Options:
    """How a batch is to be reconciled.

    Attributes:
        absent: the items are to be gone.
        check: plan only.
        prune: delete what ``owned_by`` marks as ours and no item names.
        owned_by: tags that mark a resource as ours, for ``prune``.
        replace: immutable changes may replace a resource.
        acknowledged: names of stateful resources that may be deleted or replaced (``all`` for every one).
        purge_tags: remove tags that are not wanted.
        wait: wait until the resources are ready (or gone).
        timeout: seconds to wait at most.
        workers: resources worked on at the same time.
    """

    absent: bool = False
    check: bool = False
    prune: bool = False
    owned_by: Mapping[str, str] | None = None
    replace: bool = False
    acknowledged: Sequence[str] = ()
    purge_tags: bool = False
    wait: bool = True
    timeout: float = 600
    workers: int = 8


@dataclass(frozen=True)
class Step:
    """The decision about one resource.

    Attributes:
        absent: it is to be gone, and stays so once it is.
        spared: why it is none of ours and stays.
    """

    key: str
    action: Action
    want: Item
    live: Live | None
    delta: Delta = field(default_factory=Delta)
    blockers: tuple[str, ...] = ()
    absent: bool = False
    spared: str = ""

    @property
    def found(self) -> Live:
        """The live resource of a step that needs one: every action but a creation."""
        if self.live is None:
            raise LookupError(f"{self.key}: {self.action.value} needs a live resource")
        return self.live

    @property
    def fields(self) -> list[str]:
        """Names of the fields that the step changes."""
        if self.action is Action.CREATE:
            return sorted(name for name, value in self.want.items() if value is not None)
        return self.delta.names


def tag_delta(wanted: Mapping[str, str] | None, live: Mapping[str, str] | None, *, purge: bool) -> Delta:
    """Return the tags to set and remove. Tags that AWS itself sets (``aws:``) are never ours to touch."""
    if wanted is None or live is None:
        return Delta()
    changed = {key: value for key, value in wanted.items() if live.get(key) != value}
    removed = [key for key in live if key not in wanted and not key.startswith("aws:")] if purge else []
    return Delta(tags_set=changed, tags_removed=sorted(removed))


def decide(kind: Kind[Any], key: str, want: Item, live: Live | None, options: Options) -> Step:
    """Decide what happens to one resource."""
    if options.absent and live is not None and kind.gone(want, live):
        return Step(key, Action.NONE, want, None, absent=True)
    spared = kind.spared(want, live) if options.absent and live is not None else ""
    if spared:
        return Step(key, Action.NONE, want, None, absent=True, spared=spared)
    blockers = tuple(kind.blockers(want, live, absent=options.absent))
    if options.absent:
        return _removal(kind, key, want, live, options, blockers)
    if live is None:
        missing = _missing(kind, want)
        return Step(key, Action.CREATE, want, None, blockers=blockers + missing)
    fields = kind.differences(want, live)
    tags = tag_delta(want.get("tags"), live.tags, purge=options.purge_tags) if kind.tagged else Delta()
    delta = Delta(fields, tags.tags_set, tags.tags_removed)
    fixed = sorted(item.name for item in kind.fields if item.immutable and item.name in fields)
    if fixed:
        refusal = _refusal(kind, key, fixed, fields, options)
        return Step(key, Action.REPLACE, want, live, delta, blockers + refusal)
    return Step(key, Action.UPDATE if delta else Action.NONE, want, live, delta, blockers)


def _missing(kind: Kind[Any], want: Item) -> tuple[str, ...]:
    """Name the required fields that a resource to be created lacks."""
    return tuple(
        f"{kind.noun} {want[kind.key]}: {item.name} is required to create it"
        for item in kind.fields
        if item.required and want.get(item.name) is None
    )


def _removal(
    kind: Kind[Any], key: str, want: Item, live: Live | None, options: Options, blockers: tuple[str, ...]
) -> Step:
    if live is None:
        return Step(key, Action.NONE, want, None, absent=True)
    if kind.stateful and not _acknowledged(key, options):
        blockers += (
            (
                f"{kind.noun} {key} holds data and is not deleted silently: "
                f"name it in 'acknowledge' to delete it (acknowledge: [{key}])"
            ),
        )
    return Step(key, Action.DELETE, want, live, blockers=blockers, absent=True)


def _acknowledged(key: str, options: Options) -> bool:
    return key in options.acknowledged or "all" in options.acknowledged


def _refusal(
    kind: Kind[Any], key: str, fixed: list[str], fields: Mapping[str, tuple[Any, Any]], options: Options
) -> tuple[str, ...]:
    """Return why an immutable change is refused; empty where replacement is allowed."""
    shown = {name: [_shown(kind, name, fields, side) for side in (0, 1)] for name in fixed}
    what = "; ".join(f"{name} is {old}, wanted {new}" for name, (old, new) in shown.items())
    text = f"{kind.noun} {key}: AWS cannot change {', '.join(fixed)} of an existing {kind.noun} ({what})"
    if not kind.replaceable:
        return (f"{text}; set it back, or take the {kind.noun} down by name first",)
    if not options.replace:
        return (f"{text}; set it back, or allow a replacement with replace: true",)
    if kind.stateful and not _acknowledged(key, options):
        return (f"{text}; replacing it loses its data: name it in 'acknowledge' to allow that",)
    return ()


def _shown(kind: Kind[Any], name: str, fields: Mapping[str, tuple[Any, Any]], side: int) -> Any:
    declared = next(item for item in kind.fields if item.name == name)
    return declared.shown(fields[name][side])


def plan(kind: Kind[Any], wanted: Mapping[str, Item], live: Mapping[str, Live], options: Options) -> list[Step]:
    """Decide about every wanted item and, with ``prune``, about every other resource that is ours."""
    steps = [step for key, want in wanted.items() for step in _with_twins(kind, key, want, live.get(key), options)]
    if options.prune:
        gone = Options(absent=True, acknowledged=options.acknowledged)
        twins = {twin_key(key, one) for key, found in live.items() for one in found.twins}
        steps += [
            step
            for key, found in sorted(live.items())
            if key not in wanted and key not in twins and _ours(found, options.owned_by or {})
            for step in _with_twins(kind, key, {kind.key: key}, found, gone)
        ]
    return steps


def told_apart(live: Mapping[str, Live]) -> dict[str, Live]:
    """Return live resources with their twins as resources of their own."""
    twins = {twin_key(key, one): twin for key, found in live.items() for one, twin in found.twins.items()}
    return {**live, **twins}


def twin_key(key: str, identity: str) -> str:
    """Return the key under which one of several resources of the same name is spoken of."""
    return f"{key} ({identity})"


def _with_twins(kind: Kind[Any], key: str, want: Item, live: Live | None, options: Options) -> list[Step]:
    """Decide about a resource and its twins: those that their tags prove ours go, another one is in the way."""
    step = decide(kind, key, want, live, options)
    if live is None or not live.twins:
        return [step]
    marks = want.get("tags") or {}
    foreign = [one for one, twin in live.twins.items() if not options.absent and not _ours(twin, marks)]
    if foreign:
        text = f"{kind.noun} {key}: others have this name, and their tags do not prove them ours ({', '.join(foreign)})"
        reason = f"{text}; rename or remove what does not belong here"
        return [replace(step, blockers=(*step.blockers, reason))]
    named = [twin_key(key, one) for one in live.twins if options.absent and _acknowledged(key, options)]
    gone = replace(options, absent=True, acknowledged=[*options.acknowledged, *named])
    return [step, *(decide(kind, twin_key(key, one), want, twin, gone) for one, twin in live.twins.items())]


def _ours(live: Live, owned_by: Mapping[str, str]) -> bool:
    """Tell whether tags prove that a resource is ours. No marks, no proof."""
    tags = live.tags or {}
    return bool(owned_by) and all(tags.get(key) == value for key, value in texts(owned_by).items())


def after(kind: Kind[Any], step: Step) -> dict[str, Any] | None:
    """Return the values that the resource of ``step`` will have, ``None`` where it will be gone."""
    if step.action is Action.DELETE or (step.action is Action.NONE and step.live is None):
        return None
    if step.action in (Action.CREATE, Action.REPLACE):
        return kind.projected(step.want)
    values = dict(step.found.values)
    values.update({name: wanted for name, (_old, wanted) in step.delta.fields.items()})
    return values


def tags_after(step: Step) -> dict[str, str] | None:
    """Return the tags that the resource of ``step`` will have."""
    live = dict(step.live.tags or {}) if step.live and step.action is not Action.REPLACE else {}
    if step.action in (Action.CREATE, Action.REPLACE):
        return dict(step.want.get("tags") or {})
    live.update(step.delta.tags_set)
    for key in step.delta.tags_removed:
        live.pop(key, None)
    return live


def unknown_inputs(kind: Kind[Any], wanted: Mapping[str, Item]) -> list[tuple[str, str]]:
    """Return key and one sentence for each wanted value that is still unknown; a real run must have none."""
    return [
        (key, f"{kind.noun} {key}: {name} is not known; the resource it comes from was not created")
        for key, want in wanted.items()
        for name, value in want.items()
        if is_unknown(value)
    ]
