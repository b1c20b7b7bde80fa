# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many batches at once: all are planned, then all are refused or each is carried out as soon as what it needs is there.

What a batch needs is not stated: it refers to an output of an earlier one, or says the name of a resource of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from .errors import Failure, Refused
from .kind import Kind, PhaseName
from .plan import Action
from .progress import SILENT, Progress
from .report import Report, failing
from .values import UNKNOWN, is_unknown

_T = TypeVar("_T")

#: An output that is not known before the run: batch, position of the resource in it, and name of the value. It holds
#: UNKNOWN, so whatever goes around values that are not known goes around it, too.
_REFERENCE = re.compile(re.escape(UNKNOWN) + r"\{(\w+)\.(\d+)\.(\w+)\}")

#: Names that AWS gives, which say nothing about who is meant.
_RESERVED = frozenset({"default"})

#: Batches that are worked on at the same time. Most of them wait for AWS.
WORKERS = 32


@dataclass(frozen=True)
class Batch:
    """Resources of one kind that are wanted together, by one task.

    Attributes:
        name: of the batch, unique among all; a word.
        kind: their kind.
        args: the options of the kind's module as they were given, references among their values.
        check: they are only planned.
        role: whose task it is; empty where it is no role's.
    """

    name: str
    kind: type[Kind[Any]]
    args: Mapping[str, Any]
    check: bool = False
    role: str = ""

    @property
    def keys(self) -> list[str]:
        """The names of the resources."""
        return keys(self.kind, self.args)

    @property
    def absent(self) -> bool:
        """Whether the resources are to be gone."""
        return self.args.get("state") == "absent"


@dataclass(frozen=True)
class Outcome:
    """What became of a batch.

    Attributes:
        kind: the kind that was worked with, with what it has to say.
        report: what was done, or is planned; ``None`` where nothing was.
        problems: what is refused or failed, one sentence each.
        refused: it is refused, so that nothing may be written.
        planned: nothing was written, the report is a plan.
        values: the resources by their position in the batch, as they are or will be.
    """

    kind: Kind[Any]
    report: Report | None = None
    problems: tuple[str, ...] = ()
    refused: bool = False
    planned: bool = False
    values: Sequence[Mapping[str, Any] | None] = field(default=(), repr=False)


Known = Mapping[str, Sequence[Mapping[str, Any] | None]]

#: Makes AWS equal to the options of a module, or plans to. It raises what ``core.reconcile.reconcile`` does.
Reconcile = Callable[[Kind[Any], Mapping[str, Any], bool], Report]


def wanted(args: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the items that the options of a kind's module hold: several, or the one whose fields are options."""
    batch = args.get("items")
    return [args] if batch is None else [item for item in batch if isinstance(item, Mapping)]


def keys(kind: type[Kind[Any]], args: Mapping[str, Any]) -> list[str]:
    """Return the names of the resources that the options of a kind's module hold."""
    named = next(entry for entry in kind.fields if entry.name == kind.key)
    given = [item.get(kind.key) or named.default for item in wanted(args)]
    return [str(named.written(key)) if key else "" for key in given]


def meant(kind: type[Kind[Any]], args: Mapping[str, Any], text: str) -> str:
    """Return which resources of a batch a sentence about it names, as it names them; empty where it names none."""
    found = keys(kind, args)
    return next((name for name in (", ".join(found), *found) if name and name in text), "")


# --- references -----------------------------------------------------------------------------------------------------


def reference(batch: str, position: int, name: str) -> str:
    """Return the text that stands for an output until it is known. It travels through templates, lists and JSON."""
    return f"{UNKNOWN}{{{batch}.{position}.{name}}}"


def answers(batch: str, kind: type[Kind[Any]], args: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Return what a task that declares answers: its resources by name, with a reference for each of their values."""
    names = [*kind.field_names(), *kind.outputs, *(["tags"] if kind.tagged else [])]
    return {
        key: {name: reference(batch, position, name) for name in names if name != kind.key} | {kind.key: key}
        for position, key in enumerate(keys(kind, args))
    }


def by_position(
    kind: type[Kind[Any]], args: Mapping[str, Any], resources: Mapping[str, Mapping[str, Any]]
) -> list[Mapping[str, Any] | None]:
    """Return resources in the order in which they were declared, ``None`` for those that are not there."""
    return [resources.get(key) for key in keys(kind, args)]


def referred(value: Any) -> set[str]:
    """Return the batches that a value refers to, at any depth."""
    return {match.group(1) for text in _texts(value) for match in _REFERENCE.finditer(text)}


def resolved(value: Any, known: Known) -> Any:
    """Return a value with what is known in the place of references, and UNKNOWN for the others."""
    if isinstance(value, str):
        alone = _REFERENCE.fullmatch(value)
        if alone:
            return _looked_up(alone, known)
        return _REFERENCE.sub(lambda match: str(_looked_up(match, known)), value) if UNKNOWN in value else value
    if isinstance(value, Mapping):
        return {resolved(key, known): resolved(entry, known) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [resolved(entry, known) for entry in value]
    return value


def _looked_up(match: re.Match[str], known: Known) -> Any:
    batch, position, name = match.groups()
    there = known.get(batch) or ()
    values = there[int(position)] if int(position) < len(there) else None
    return (values or {}).get(name, UNKNOWN)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, entry in value.items():
            yield from (*_texts(key), *_texts(entry))
    elif isinstance(value, (list, tuple)):
        for entry in value:
            yield from _texts(entry)


def needs(batches: Sequence[Batch]) -> dict[str, set[str]]:
    """Return, for each batch, the earlier ones that it refers to or whose resources it says the names of.

    What is to be gone is not referred to: a role deletes in the order of its tasks, beside all other roles.
    """
    found: dict[str, set[str]] = {}
    for position, batch in enumerate(batches):
        earlier = batches[:position]
        if batch.absent:
            named = {other.name for other in earlier if other.absent and other.role == batch.role}
        else:
            text = "\n".join(_texts(batch.args))
            named = {
                other.name for other in earlier if not other.absent and any(_says(text, key) for key in other.keys)
            }
        found[batch.name] = (named | referred(batch.args)) & found.keys()
    return found


def _says(text: str, key: str) -> bool:
    if not key or key in _RESERVED or key not in text:
        return False
    return re.search(rf"(?<![\w-]){re.escape(key)}(?![\w-])", text) is not None


# --- the run --------------------------------------------------------------------------------------------------------


def run(
    batches: Sequence[Batch],
    reconcile: Reconcile,
    known: Known | None = None,
    progress: Progress = SILENT,
    *,
    apart: bool = False,
) -> dict[str, Outcome]:
    """Plan all batches and, unless one is refused, carry out those that are not to be planned alone.

    Args:
        batches: in the order in which they were declared.
        reconcile: makes AWS equal to the options of a module, or plans to.
        known: resources of batches that were run before.
        progress: is told what is carried out.
        apart: a refusal stops no more than a failure does.

    Returns:
        what became of each. Nothing was written if anything is refused, unless each stands apart. Where a batch failed,
        those that need it were not done, and all others were.
    """
    before, order = dict(known or {}), needs(batches)
    by_name = {batch.name: batch for batch in batches}

    def planned(name: str, done: Mapping[str, Outcome]) -> Outcome:
        plan = _one(by_name[name], reconcile, {**before, **_values(done)}, check=True)
        unread = [by_name[other] for other in sorted(order[name]) if done[other].problems and not done[other].refused]
        if unread and _lacks_what_was_not_read(plan):
            return Outcome(plan.kind, problems=(_not_done(by_name[name], unread),), planned=True)
        return plan

    plans = along(order, planned)
    refused = any(plan.refused for plan in plans.values()) and not apart
    if refused or all(batch.check for batch in batches):
        return {name: plan if by_name[name].check else replace(plan, report=None) for name, plan in plans.items()}

    def applied(name: str, done: Mapping[str, Outcome]) -> Outcome:
        batch, plan = by_name[name], plans[name]
        if batch.check or _is_settled(plan):
            return replace(plan, planned=batch.check)
        if plan.refused:
            return replace(plan, report=None)
        lacking = [by_name[other] for other in sorted(order[name]) if done[other].problems]
        if lacking:
            return Outcome(plan.kind, problems=(_not_done(batch, lacking),))
        with progress.working(name, plan.kind, batch.keys) as tell:
            outcome = _one(batch, reconcile, {**before, **_values(done)}, check=False)
            tell(outcome.report)
        return outcome

    return along(order, applied)


def _not_done(batch: Batch, lacking: Sequence[Batch]) -> str:
    reasons = ", ".join(f"{other.kind.noun} {', '.join(other.keys)}" for other in lacking)
    return f"{batch.kind.noun} {', '.join(batch.keys)}: not done, because it needs what failed ({reasons})"


def _one(batch: Batch, reconcile: Reconcile, known: Known, *, check: bool) -> Outcome:
    """Plan or carry out a batch with what is known of others."""
    kind, args = batch.kind(), resolved(batch.args, known)
    report: Report | None = None
    problems: list[str] = []
    refused = False
    try:
        report = reconcile(kind, args, check)
    except Refused as refusal:
        report, problems, refused = refusal.plan, refusal.problems, True
    except Failure as failure:
        problems = [failing(kind, failure)]
    problems += report.problems(kind) if report else []
    values = by_position(type(kind), args, report.resources) if report else ()
    return Outcome(kind, report, tuple(problems), refused, check, values)


def _lacks_what_was_not_read(plan: Outcome) -> bool:
    """Tell whether a plan may differ from what it would be if all that it needs had been read."""
    if plan.report is None:
        return plan.refused
    return any(step.action is not Action.NONE and is_unknown(step.want) for step in plan.report.steps)


def _values(done: Mapping[str, Outcome]) -> dict[str, Sequence[Mapping[str, Any] | None]]:
    return {name: outcome.values for name, outcome in done.items()}


def _is_settled(plan: Outcome) -> bool:
    """Tell whether there is nothing to do, and nothing to wait for."""
    return (
        plan.report is not None
        and not plan.problems
        and all(
            step.action is Action.NONE and (step.live is None or step.live.phase.name is PhaseName.READY)
            for step in plan.report.steps
        )
    )


def along(
    order: Mapping[str, Collection[str]], work: Callable[[str, Mapping[str, _T]], _T], workers: int = WORKERS
) -> dict[str, _T]:
    """Do work for each name once it is done for all that it needs, as much as possible at the same time.

    Args:
        order: what each name needs. There must be no circle.
        work: is given a name, and what came out for those that it needs and for others that are done.
        workers: threads.

    Returns:
        what came out, in the order of the names.
    """
    done: dict[str, _T] = {}
    waiting = {name: set(needed) for name, needed in order.items()}
    running: dict[Future[_T], str] = {}
    with ThreadPoolExecutor(max_workers=workers) as pool:
        while waiting or running:
            for name in [name for name, needed in waiting.items() if needed <= done.keys()]:
                del waiting[name]
                running[pool.submit(work, name, dict(done))] = name
            if not running:
                raise ValueError(f"these need one another: {', '.join(sorted(waiting))}")
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                done[running.pop(future)] = future.result()
    return {name: done[name] for name in order}
