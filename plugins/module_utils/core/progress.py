# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What people see while a run goes on: a line for what was changed, and lines for what is waited for."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from .kind import Kind
from .plan import Action
from .report import Report, some
from .wait import Clock

DONE = {Action.CREATE: "created", Action.UPDATE: "changed", Action.REPLACE: "replaced", Action.DELETE: "deleted"}

#: Seconds after which something is told to be waited for, and between two times that this is told.
PATIENCE, PAUSE = 10.0, 30.0


@dataclass(frozen=True)
class _Work:
    """What is being worked on (private to this file)."""

    kind: Kind[Any]
    keys: Sequence[str]
    since: float


class Progress:
    """Tells what happens, from any thread.

    Args:
        tell: takes one line.
        clock: time.
    """

    def __init__(self, tell: Callable[[str], None], clock: Clock | None = None) -> None:
        self._tell, self._clock = tell, clock or Clock()
        self._running: dict[str, _Work] = {}
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def working(self, name: str, kind: Kind[Any], keys: Sequence[str]) -> Iterator[Callable[[Report | None], None]]:
        """Count resources as worked on; what is yielded takes what came out."""
        work = _Work(kind, keys, self._clock.now())
        with self._lock:
            self._running[name] = work
        try:
            yield lambda report: self._done(work, report)
        finally:
            with self._lock:
                del self._running[name]

    def _done(self, work: _Work, report: Report | None) -> None:
        """Tell what was changed, in one line for each way of it."""
        if report is None:
            return
        took = duration(self._clock.now() - work.since)
        changed: dict[Action, list[str]] = {}
        for step in report.steps:
            if step.action is not Action.NONE and step.key not in report.errors and step.key not in report.deferred:
                changed.setdefault(step.action, []).append(step.key)
        for action, keys in changed.items():
            self._tell(f"{DONE[action]}: {work.kind.noun} {some(keys)} ({took})")

    def tell_what_is_waited_for(self) -> None:
        """Tell what is worked on for longer than people like to wait without a word."""
        now = self._clock.now()
        with self._lock:
            slow = [work for work in self._running.values() if now - work.since >= PATIENCE]
        for work in slow:
            usual = f"; usually {work.kind.usually}" if work.kind.usually else ""
            self._tell(f"waiting: {work.kind.noun} {some(work.keys)} ({duration(now - work.since)}{usual})")

    @contextlib.contextmanager
    def ticking(self, pause: float = PAUSE) -> Iterator[None]:
        """Tell from time to time what is waited for."""
        over = threading.Event()

        def tick() -> None:
            while not over.wait(pause):
                self.tell_what_is_waited_for()

        thread = threading.Thread(target=tick, daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()


def duration(seconds: float) -> str:
    """Return a time as people say it."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if rest else f"{minutes} min"


#: For who watches nothing.
SILENT = Progress(lambda line: None)
