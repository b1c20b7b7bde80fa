# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Retries that AWS's eventual consistency asks for: bounded, and only for refusals known to pass."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..core.errors import Failure
from ..core.wait import Clock, poll

#: Seconds in which a new IAM role becomes usable everywhere, and in which a status follows an accepted change.
PROPAGATION_SECONDS = 120.0

Call = Callable[[], Any]


def retry(call: Call, passing: Callable[[Failure], bool], *, clock: Clock | None = None) -> Any:
    """Return what ``call`` returns, trying again while it is refused for a reason that passes.

    Args:
        call: one AWS call.
        passing: tells whether a refusal is known to pass by itself.
        clock: time; tests pass one that does not wait.

    Raises:
        Failure: another refusal, or the last one after ``PROPAGATION_SECONDS``.
    """

    def attempt() -> tuple[Any, Failure | None]:
        try:
            return call(), None
        except Failure as failure:
            if not passing(failure):
                raise
            return None, failure

    (answer, refusal), done = poll(
        attempt, lambda outcome: outcome[1] is None, clock=clock or Clock(), timeout=PROPAGATION_SECONDS
    )
    if not done and refusal is not None:
        raise refusal
    return answer


def with_code(*codes: str) -> Callable[[Failure], bool]:
    """Return a test for refusals with one of the given AWS error codes."""
    return lambda failure: failure.code in codes
