# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The engine: read once, plan as data, apply the plan, look again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

from .errors import Exists, Failure, Missing, Refused, Unanswered, folded
from .kind import Item, Kind, Live, PhaseName
from .plan import Action, Options, Step, decide, plan, told_apart, unknown_inputs
from .report import Report, naming, planned
from .wait import Clock, persist, poll

#: How often a resource may be changed until it is as wanted. Aurora needs the most: cluster, instances, their settings.
MAX_ROUNDS = 8

#: Seconds in which AWS's own views of a change may lag behind its acknowledgement.
CONSISTENCY_SECONDS = 20.0

#: How often in a row the same may be tried whose outcome is not known, or which AWS says is there but does not show.
MOST_UNANSWERED, MOST_HIDDEN = 5, 2

#: How often the same is sent that AWS accepts and then does not report.
MOST_SENT = 2

#: Seconds before the first further try of what AWS did not find, and by how much each is longer than the one before.
FIND_PAUSE, FIND_GROWTH = 1.0, 1.6


def reconcile(
    kind: Kind[Any], aws: Any, items: Sequence[Item], options: Options, *, clock: Clock | None = None
) -> Report:
    """Make AWS's resources equal to ``items``, or tell what that would take.

    Args:
        kind: the declaration of the resource.
        aws: the gateway to the SDK, handed through to the kind.
        items: the wanted resources (with ``options.absent``: those to be gone).
        options: how.
        clock: time; tests pass one that does not wait.

    Returns:
        the report. Failures of single resources are in ``report.errors``.

    Raises:
        Refused: the items are wrong or the change is not allowed; nothing was written. In a plan it holds the report,
            so that a refusal hides nothing of the others.
        Failure: reading failed.
    """
    wanted = validated(kind, items, options)
    clock = clock or Clock()
    before = _read(kind, aws, list(wanted.values()), clock, everything=options.prune)
    steps = plan(kind, wanted, before, options)
    blocked = [(step.key, naming(kind, step.key, reason)) for step in steps for reason in step.blockers]
    if blocked:
        raise Refused(folded(blocked), planned(kind, steps) if options.check else None)
    if options.check:
        return planned(kind, steps)
    return _Run(kind, aws, options, clock).apply(steps)


def _read(
    kind: Kind[Any], aws: Any, items: Sequence[Item], clock: Clock, *, everything: bool = False
) -> dict[str, Live]:
    """Read, and start over for a while when something was listed that a further call then no longer found.

    That is how a resource looks while it goes, and while AWS's listings lag behind a deletion.
    """
    wanted = list({item[kind.key]: item for item in items}.values())  # twins share one
    return persist(
        lambda: told_apart(kind.read(aws, wanted, everything=everything)),
        lambda failure: isinstance(failure, Missing),
        clock=clock,
        timeout=CONSISTENCY_SECONDS,
    )


def validated(kind: Kind[Any], items: Sequence[Item], options: Options) -> dict[str, Item]:
    """Return the items by key, or refuse them all with every problem."""
    problems: list[tuple[str, str]] = []
    wanted: dict[str, Item] = {}
    for item in map(kind.spelled, items):
        key = item.get(kind.key)
        if not key:
            problems.append(("", f"{kind.noun}: {kind.key} is required"))
            continue
        if key in wanted:
            problems.append((key, f"{kind.noun} {key}: named twice; {kind.key} must be unique"))
        wanted[key] = item
        if not options.absent:
            problems += [(key, f"{kind.noun} {key}: {text}") for text in kind.all_problems(item)]
    if not options.check and not options.absent:
        problems += unknown_inputs(kind, wanted)
    if problems:
        raise Refused(folded(problems))
    return wanted


@dataclass(frozen=True)
class _Doubt:
    """A write of which it is not known whether it was carried out, or whose refusal may pass (private to this file).

    Attributes:
        failure: what came back.
        asked: what was to be done.
        count: how often that was tried without getting further.
        since: when it was tried first.
    """

    failure: Failure
    asked: str
    count: int
    since: float

    def is_hopeless(self, now: float) -> bool:
        """Tell whether there is no use in trying again."""
        if isinstance(self.failure, Missing):
            return now - self.since >= CONSISTENCY_SECONDS
        return self.count >= (MOST_HIDDEN if isinstance(self.failure, Exists) else MOST_UNANSWERED)

    @property
    def pause(self) -> float:
        """Seconds after which what AWS did not find may be there."""
        return FIND_PAUSE * FIND_GROWTH**self.count if isinstance(self.failure, Missing) else 0.0


def _asked(step: Step) -> str:
    """Return what a step is to do. Once AWS shows a part of it, that is less."""
    return repr((step.action, step.delta))


def _is_busy(live: Live | None) -> bool:
    return live is not None and live.phase.name is PhaseName.BUSY


class _Run:
    """One application of a plan (private to this file)."""

    def __init__(self, kind: Kind[Any], aws: Any, options: Options, clock: Clock) -> None:
        self.kind, self.aws, self.options, self.clock = kind, aws, options, clock
        self.errors: dict[str, Exception] = {}
        self.deferred: set[str] = set()
        self.doubts: dict[str, _Doubt] = {}
        self.sent: Counter[tuple[str, str]] = Counter()
        #: Keys of resources whose deletion was seen under way: where one is broken after that, its deletion failed.
        self.leaving: set[str] = set()
        self.deadline = clock.now() + options.timeout

    # --- the rounds -------------------------------------------------------------------------------------------------

    def apply(self, steps: Sequence[Step]) -> Report:
        """Carry out ``steps`` and report."""
        current = self._ready_to_change(steps)
        live = {step.key: step.live for step in current if step.live}
        new, rounds, todo = {step.key for step in steps if step.action is Action.CREATE}, 0, self._todo(current)
        while rounds < MAX_ROUNDS:
            self.sent.update((step.key, _asked(step)) for step in todo)
            again = self._carry_out(todo)
            in_doubt = ({step.key for step in todo} & self.doubts.keys()) - self.errors.keys()
            rounds += not in_doubt  # what is in doubt is bounded by itself
            if todo or self._unsettled(current):
                live = self._look_again(current, again, in_doubt)
            current = self._permitted(self._replanned(current, live), new)
            todo = self._left(current, in_doubt)
            if not todo:
                break
            stuck = {step.key for step in todo if step.key in in_doubt and _asked(step) == self.doubts[step.key].asked}
            if stuck or not any(step.key in again | in_doubt for step in todo):
                live = self._grace(todo, live, stuck)
                current = self._permitted(self._replanned(current, live), new)
                self._not_converged(step for step in current if self._is_in_vain(step, again | in_doubt))
                todo = self._left(current, in_doubt)
        else:
            self._not_converged(current)
        resources = {step.key: self._with_tags(step.live) for step in current if step.live}
        return Report(steps, resources, self.errors, frozenset(self.deferred))

    def _todo(self, steps: Sequence[Step]) -> list[Step]:
        return [step for step in steps if self._open(step)]

    def _left(self, steps: Sequence[Step], in_doubt: set[str]) -> list[Step]:
        """Return what is still to be done; without waiting only what is in doubt and can be done now."""
        left = self._todo(steps)
        if self.options.wait:
            return left
        return [step for step in left if step.key in in_doubt and not _is_busy(step.live)]

    def _permitted(self, steps: list[Step], new: set[str]) -> list[Step]:
        """Stop what was to be created, is there by now, and must not be changed: it may be somebody else's."""
        for step in steps:
            if step.key in new and step.live is not None and step.blockers and self._open(step):
                self.errors[step.key] = Failure(f"{self.kind.noun} {step.key}", "; ".join(step.blockers))
        return steps

    def _open(self, step: Step) -> bool:
        """Tell whether a step is still to be carried out."""
        return step.action is not Action.NONE and step.key not in self.errors and step.key not in self.deferred

    def _ready_to_change(self, steps: Sequence[Step]) -> Sequence[Step]:
        """Wait for resources that AWS is busy with before changing them; without waiting, leave them for later."""
        busy = [
            step
            for step in steps
            if step.action is not Action.NONE and step.live and step.live.phase.name is PhaseName.BUSY
        ]
        if not busy:
            return steps
        if not self.options.wait:
            self.deferred.update(step.key for step in busy)
            return steps
        return self._replanned(steps, self._await(steps, settle=[step.key for step in busy]))

    def _unsettled(self, steps: Sequence[Step]) -> bool:
        """Tell whether an unchanged resource is not ready yet and is to be waited for."""
        return self.options.wait and any(
            step.live is not None and step.live.phase.name is not PhaseName.READY and step.key not in self.errors
            for step in steps
        )

    def _look_again(self, steps: Sequence[Step], again: set[str], in_doubt: set[str]) -> dict[str, Live]:
        if not self.options.wait:
            return self._read(steps)
        return self._await(steps, settle=again, in_doubt=in_doubt)

    def _replanned(self, steps: Sequence[Step], live: Mapping[str, Live]) -> list[Step]:
        """Decide once more, from what is there now. A replacement is done once; after it, differences are updates."""
        return [
            decide(self.kind, step.key, step.want, live.get(step.key), replace(self.options, absent=step.absent))
            for step in steps
        ]

    def _grace(self, steps: Sequence[Step], live: Mapping[str, Live], stuck: set[str]) -> dict[str, Live]:
        """Give AWS's views time to follow before a change is sent a second time."""
        if stuck and all(isinstance(self.doubts[key].failure, Missing) for key in stuck):
            self.clock.sleep(max(self.doubts[key].pause for key in stuck))
            return {**live, **self._read(steps)}
        seen, _done = poll(
            lambda: self._read(steps),
            lambda now: not any(step.action is not Action.NONE for step in self._replanned(steps, now)),
            clock=self.clock,
            timeout=min(CONSISTENCY_SECONDS, max(0.0, self.deadline - self.clock.now())),
        )
        return {**live, **seen}

    def _is_in_vain(self, step: Step, moving: set[str]) -> bool:
        """Tell whether what is asked for was sent often enough to know that AWS will not report it."""
        return step.key not in moving and self.sent[step.key, _asked(step)] >= MOST_SENT

    def _not_converged(self, steps: Iterable[Step]) -> None:
        for step in steps:
            if self._open(step):
                names = ", ".join(step.fields) or "its existence"
                self.errors[step.key] = Failure(
                    f"{self.kind.noun} {step.key}",
                    f"AWS accepted every call but still reports another value for {names}",
                    next_step="run again with --check --diff to see both values",
                )

    def _with_tags(self, live: Live) -> dict[str, Any]:
        values = dict(live.values)
        return {**values, "tags": dict(live.tags or {})} if self.kind.tagged else values

    # --- carrying out -----------------------------------------------------------------------------------------------

    def _carry_out(self, steps: Sequence[Step]) -> set[str]:
        """Run the steps in two waves, what is built before what goes. Return the keys that asked for another round."""
        build = [step for step in steps if step.action is not Action.DELETE]
        remove = [step for step in steps if step.action is Action.DELETE]
        return self._wave(build) | self._wave(remove)

    def _wave(self, steps: Sequence[Step]) -> set[str]:
        if not steps:
            return set()
        with ThreadPoolExecutor(max_workers=min(self.options.workers, len(steps))) as pool:
            outcomes = [(step, pool.submit(self._one, step)) for step in steps]
        again: set[str] = set()
        for step, outcome in outcomes:
            error = outcome.exception()
            if isinstance(error, Failure):
                self._doubt(step, error)
            elif error is not None:
                raise error
            else:
                self.doubts.pop(step.key, None)
                again.update([step.key] if outcome.result() else [])
        return again

    def _doubt(self, step: Step, failure: Failure) -> None:
        """Judge a failure: a fact, or a reason to look before going on.

        An answer is lost; AWS has it already, made by a call whose answer was lost or by another run; or AWS does not
        find what was made a moment ago.
        """
        self.errors[step.key] = failure
        if not isinstance(failure, (Unanswered, Exists, Missing)):
            return
        asked, now, before = _asked(step), self.clock.now(), self.doubts.get(step.key)
        if before is not None and (before.asked, type(before.failure)) == (asked, type(failure)):
            doubt = replace(before, failure=failure, count=before.count + 1)
        else:
            doubt = _Doubt(failure, asked, 1, now)
        self.doubts[step.key] = doubt
        if not doubt.is_hopeless(now) and now < self.deadline:
            del self.errors[step.key]

    def _one(self, step: Step) -> bool:
        kind, aws = self.kind, self.aws
        if step.action is Action.CREATE:
            return bool(kind.create(aws, step.want))
        if step.action is Action.DELETE:
            return bool(kind.delete(aws, step.want, step.found))
        if step.action is Action.REPLACE:
            return bool(kind.replace(aws, step.want, step.found))
        again = bool(kind.update(aws, step.want, step.found, step.delta)) if step.delta.fields else False
        if step.delta.tags_set or step.delta.tags_removed:
            kind.retag(aws, step.found, step.delta.tags_set, step.delta.tags_removed)
        return again

    # --- looking and waiting ----------------------------------------------------------------------------------------

    def _read(self, steps: Iterable[Step]) -> dict[str, Live]:
        return _read(self.kind, self.aws, [step.want for step in steps], self.clock)

    def _await(self, steps: Sequence[Step], settle: Iterable[str], in_doubt: Iterable[str] = ()) -> dict[str, Live]:
        """Wait for all steps at once: built ones ready, deleted ones gone, those in ``settle`` just not busy.

        Those in doubt may be there or not, but not busy.
        """
        watched = [step for step in steps if step.key not in self.errors and not step.spared]
        settled, unsure = {*settle, *in_doubt}, set(in_doubt)

        def reached(step: Step, now: Mapping[str, Live]) -> bool:
            live = now.get(step.key)
            return (live is None and step.key in unsure) or self._reached(step, live, settled)

        live, done = poll(
            lambda: self._noted(watched, self._read(watched)),
            lambda now: all(reached(step, now) for step in watched),
            clock=self.clock,
            timeout=max(0.0, self.deadline - self.clock.now()),
        )
        for step in watched:
            self._judge(step, live.get(step.key), done or reached(step, live))
        return live

    def _noted(self, steps: Sequence[Step], live: dict[str, Live]) -> dict[str, Live]:
        """Remember whose deletion is under way."""
        going = (step.key for step in steps if step.absent)
        self.leaving.update(key for key in going if key in live and live[key].phase.name is PhaseName.BUSY)
        return live

    def _reached(self, step: Step, live: Live | None, settled: set[str]) -> bool:
        """Tell whether one resource is where it is waited for (a broken one is not going anywhere)."""
        if live is None or (step.absent and self.kind.gone(step.want, live)):
            return step.absent
        if step.absent and step.key not in settled:
            return live.phase.name is PhaseName.BROKEN and step.key in self.leaving
        return live.phase.name is not PhaseName.BUSY

    def _judge(self, step: Step, live: Live | None, reached: bool) -> None:
        what = f"{self.kind.noun} {step.key}"
        if live is not None and live.phase.name is PhaseName.BROKEN and (not step.absent or step.key in self.leaving):
            self.errors[step.key] = Failure(what, f"AWS reports: {live.phase.reason}")
        elif not reached:
            state = live.phase.reason if live else "not there"
            self.errors[step.key] = Failure(
                what,
                f"not {'gone' if step.absent else 'ready'} after {self.options.timeout:g} seconds (last seen: {state})",
                next_step="AWS goes on working; run again to wait on, or raise the timeout",
            )
