# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waiting: a pure predicate, a deadline, and one batched read per tick."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from .errors import Failure

T = TypeVar("T")


class Clock:
    """The passage of time; tests pass one that does not wait."""

    def now(self) -> float:
        """Return monotonic seconds."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)


#: Seconds before the second look, how it grows, and its ceiling: quick resources are seen quickly, slow ones cost
#: few calls.
FIRST_PAUSE, GROWTH, LONGEST_PAUSE = 0.2, 1.6, 15.0


def poll(look: Callable[[], T], done: Callable[[T], bool], *, clock: Clock, timeout: float) -> tuple[T, bool]:
    """Look until ``done`` or until ``timeout`` seconds have passed.

    Returns:
        what was seen last, and whether it was done.
    """
    deadline = clock.now() + timeout
    pause = FIRST_PAUSE
    while True:
        seen = look()
        if done(seen):
            return seen, True
        left = deadline - clock.now()
        if left <= 0:
            return seen, False
        clock.sleep(min(pause, left))
        pause = min(pause * GROWTH, LONGEST_PAUSE)


def persist(call: Callable[[], T], passing: Callable[[Failure], bool], *, clock: Clock, timeout: float) -> T:
    """Call until it no longer fails for a reason that passes by itself, for ``timeout`` seconds at most.

    Raises:
        Failure: one that does not pass, or the last one.
    """

    def attempt() -> tuple[list[T], Failure | None]:
        try:
            return [call()], None
        except Failure as failure:
            if not passing(failure):
                raise
            return [], failure

    (answers, failure), _done = poll(attempt, lambda seen: seen[1] is None, clock=clock, timeout=timeout)
    if failure is not None:
        raise failure
    return answers[0]
