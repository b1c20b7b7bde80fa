# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a reconciliation did, or would do, in the form that modules return."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .errors import Failure, folded
from .kind import Kind
from .plan import Action, Step, after, tags_after

#: Names that one sentence about several resources gives; the others are counted.
NAMED = 5


@dataclass
class Report:
    """The outcome for a batch.

    Attributes:
        steps: the decisions, as planned before anything was changed.
        resources: values by key, as they are now (in a plan: as they will be); gone resources are left out.
        errors: what failed, by key.
        deferred: keys whose change waits until AWS has finished another one.
    """

    steps: Sequence[Step]
    resources: Mapping[str, Mapping[str, Any]]
    errors: Mapping[str, Exception] = field(default_factory=dict)
    deferred: frozenset[str] = frozenset()

    def spared(self, kind: Kind[Any]) -> list[str]:
        """Return what was left because it is none of ours, one sentence for each reason."""
        reasons: dict[str, list[str]] = {}
        for step in self.steps:
            if step.spared:
                reasons.setdefault(step.spared, []).append(step.key)
        return [f"{kind.noun} {some(keys)}: {reason}" for reason, keys in reasons.items()]

    def problems(self, kind: Kind[Any]) -> list[str]:
        """Return what failed; each sentence names its resources, and those that differ in the name alone are one."""
        return folded((key, naming(kind, key, str(error))) for key, error in self.errors.items())

    def result(self, kind: Kind[Any]) -> dict[str, Any]:
        """Return the module result: ``changed``, ``changes``, ``resources`` and ``diff``; ``refused`` where any is."""
        done = [step for step in self.steps if step.action is not Action.NONE and not step.blockers]
        changed = [step for step in done if step.key not in self.deferred and step.key not in self.errors]
        refused = [refusal(kind, step) for step in self.steps if step.blockers]
        return {
            **({"refused": refused} if refused else {}),
            "changed": bool(changed),
            "changes": [change(kind, step) for step in changed],
            "unchanged": [
                {"type": kind.type, "name": step.key}
                for step in self.steps
                if step.action is Action.NONE and step.live and not step.blockers and step.key not in self.errors
            ],
            "resources": {key: kind.shown(values) for key, values in self.resources.items()},
            "diff": diff(kind, changed),
        }


def some(names: Sequence[str]) -> str:
    """Return the first names, and how many there are beside them."""
    shown = ", ".join(sorted(names)[:NAMED])
    return f"{shown} and {len(names) - NAMED} more" if len(names) > NAMED else shown


def change(kind: Kind[Any], step: Step) -> dict[str, Any]:
    """Return a step as an entry of ``changes.json``."""
    return {"action": step.action.value, "type": kind.type, "name": step.key, "fields": step.fields}


def refusal(kind: Kind[Any], step: Step) -> dict[str, Any]:
    """Return what a plan says of a resource that a run would refuse to change: what is wanted, what is there, why."""
    entry = {**change(kind, step), "problems": list(step.blockers)}
    if step.live is not None and step.delta:
        found, expected = _changed_sides(kind, step)
        return {**entry, "expected": expected, "found": found}
    return {**entry, "expected": "absent" if step.action is Action.DELETE else "as in the inventory"}


def naming(kind: Kind[Any], key: str, text: str) -> str:
    """Return a sentence that names its resource. AWS's calls name one by an id, or not at all."""
    return text if key in text else f"{kind.noun} {key}: {text}"


def failing(kind: Kind[Any], failure: Failure) -> str:
    """Return why a whole batch failed, in a sentence that says of what kind it is."""
    text = str(failure)
    return text if kind.noun in text else f"{kind.noun}: {text}"


def diff(kind: Kind[Any], steps: Sequence[Step]) -> dict[str, Any]:
    """Return Ansible's diff structure: only what changes, before and after."""
    before: dict[str, Any] = {}
    later: dict[str, Any] = {}
    for step in steps:
        name = f"{kind.type} {step.key}"
        if step.action in (Action.DELETE, Action.REPLACE) and step.live is not None:
            before[name] = _side(kind, step.live.values, step.live.tags)
        if step.action in (Action.CREATE, Action.REPLACE):
            later[name] = _side(kind, after(kind, step) or {}, tags_after(step) if kind.tagged else None)
        if step.action is Action.UPDATE and step.live is not None:
            before[name], later[name] = _changed_sides(kind, step)
    return {"before": before, "after": later}


def _side(kind: Kind[Any], values: Mapping[str, Any], tags: Mapping[str, str] | None) -> dict[str, Any]:
    shown = kind.shown(values)
    return {**shown, "tags": dict(tags)} if tags is not None else shown


def _changed_sides(kind: Kind[Any], step: Step) -> tuple[dict[str, Any], dict[str, Any]]:
    old = kind.shown({name: pair[0] for name, pair in step.delta.fields.items()})
    new = kind.shown({name: pair[1] for name, pair in step.delta.fields.items()})
    if step.live and (step.delta.tags_set or step.delta.tags_removed):
        touched = set(step.delta.tags_set) | set(step.delta.tags_removed)
        old["tags"] = {key: value for key, value in (step.live.tags or {}).items() if key in touched}
        new["tags"] = dict(step.delta.tags_set)
    return old, new


def planned(kind: Kind[Any], steps: Sequence[Step]) -> Report:
    """Return the report of a plan: nothing was done, the resources are projections; what is refused is as it was."""
    resources: dict[str, Mapping[str, Any]] = {}
    for step in steps:
        stays = bool(step.blockers) and step.live is not None
        values = step.found.values if stays else after(kind, step)
        if values is not None:
            tags = (step.found.tags or {}) if stays else tags_after(step)
            resources[step.key] = {**values, "tags": tags} if kind.tagged else values
    return Report(steps, resources)
