# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults that a test asks for: throttling, server errors, dropped connections, denials, latency, old answers."""

from __future__ import annotations

import fnmatch
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

KINDS = ("throttle", "5xx", "reset", "access_denied", "latency", "stale")

# How each service names a throttled call; everything else says ThrottlingException.
_THROTTLING = {
    "autoscaling": "Throttling",
    "ec2": "RequestLimitExceeded",
    "elasticache": "Throttling",
    "iam": "Throttling",
    "rds": "Throttling",
    "s3": "SlowDown",
    "sts": "Throttling",
}
_DENIED = {"ec2": "UnauthorizedOperation", "elasticache": "AccessDenied", "iam": "AccessDenied", "rds": "AccessDenied"}
_DENIED |= {"s3": "AccessDenied", "sts": "AccessDenied"}
_QUERY_LIKE = ("query", "ec2", "rest-xml")


@dataclass
class Fault:
    """One rule. `rate` is a probability, `times` the number of calls still to hit (None: no limit).

    A stale read is answered as the same read was within the last `seconds`: AWS's replicas lag behind writes.
    An answer is lost where a call is reset after it was done (`kind: reset, when: after`): with `access: write` and
    `skip: 2` that of the third write, with `each_once` the first of each distinct request. Two requests that differ in
    nothing but their client token are the same.
    """

    service: str = "*"
    operation: str = "*"
    access: str = "*"
    kind: str = "throttle"
    rate: float = 1.0
    times: int | None = None
    skip: int = 0
    each_once: bool = False
    code: str | None = None
    status: int | None = None
    message: str | None = None
    when: str = "before"
    latency_ms: float = 0.0
    seconds: float = 3.0
    hits: int = 0
    met: set[str] = field(default_factory=set, repr=False)

    def __post_init__(self) -> None:
        """Refuse a rule that could never do what it says.

        Raises:
            ValueError: for an unknown kind, access or moment, or a rate outside 0..1.
        """
        if self.access not in ("*", "read", "write"):
            raise ValueError("access must be read, write or *")
        if self.kind not in KINDS:
            raise ValueError(f"kind must be one of {', '.join(KINDS)}")
        if self.when not in ("before", "after"):
            raise ValueError("when must be before or after")
        if not 0 <= self.rate <= 1:
            raise ValueError("rate must be between 0 and 1")

    def matches(self, service: str, operation: str, access: str = "*") -> bool:
        """Tell whether the rule speaks of this call."""
        return (
            self.times != 0
            and self.access in ("*", access)
            and fnmatch.fnmatchcase(service, self.service)
            and fnmatch.fnmatchcase(operation, self.operation)
        )

    def passes(self, request: Callable[[], str]) -> bool:
        """Tell whether a call that the rule speaks of gets by all the same: before its turn, or seen already."""
        if self.skip:
            self.skip -= 1
            return True
        if not self.each_once:
            return False
        known = (asked := request()) in self.met
        self.met.add(asked)
        return known

    def error(self, service: str, protocol: str) -> tuple[str, str, int]:
        """Return (code, message, HTTP status) as the service would word it."""
        if self.kind == "throttle":
            code = self.code or _THROTTLING.get(service, "ThrottlingException")
            default = 503 if code in ("SlowDown", "RequestLimitExceeded") else 400
            return code, self.message or "Rate exceeded", self.status or default
        if self.kind == "access_denied":
            code = self.code or _DENIED.get(service, "AccessDeniedException")
            return code, self.message or "User is not authorized to perform this operation", self.status or 403
        code = self.code or ("InternalFailure" if protocol in _QUERY_LIKE else "InternalServerException")
        return code, self.message or "An internal error occurred", self.status or 500


class Faults:
    """The active rules."""

    def __init__(self) -> None:
        self._rules: list[Fault] = []
        self._lock = threading.Lock()
        self._random = random.Random(0)

    def add(self, rules: list[dict[str, Any]]) -> int:
        """Add rules; returns how many are active now.

        Raises:
            ValueError: for a bad value.
            TypeError: for an unknown member.
        """
        parsed = [Fault(**rule) for rule in rules]
        with self._lock:
            self._rules.extend(parsed)
            return len(self._rules)

    def clear(self) -> None:
        """Remove every rule."""
        with self._lock:
            self._rules.clear()
            self._random.seed(0)

    def pick(self, service: str, operation: str, access: str, request: Callable[[], str]) -> Fault | None:
        """Return the first rule that hits this call, and count it. `request` tells what is special about it."""
        with self._lock:
            for rule in self._rules:
                if not rule.matches(service, operation, access) or rule.passes(request):
                    continue
                if self._random.random() < rule.rate:
                    rule.hits += 1
                    rule.times = None if rule.times is None else rule.times - 1
                    return rule
        return None

    def may_be_stale(self, service: str, operation: str) -> bool:
        """Tell whether a rule may answer such a read with an old answer."""
        with self._lock:
            return any(rule.kind == "stale" and rule.matches(service, operation) for rule in self._rules)

    def active(self) -> list[dict[str, Any]]:
        """Return the rules with their hit counts."""
        with self._lock:
            return [{**vars(rule), "met": len(rule.met)} for rule in self._rules]


class OldAnswers:
    """The answers to reads of the last seconds, for stale ones. Kept only where a rule may ask for them."""

    def __init__(self) -> None:
        self._answers: dict[str, list[tuple[float, Any]]] = {}
        self._lock = threading.Lock()

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._answers.clear()

    def remember(self, read: str, answer: Any) -> None:
        """Keep an answer that was true when it was given."""
        with self._lock:
            self._answers.setdefault(read, []).append((time.monotonic(), answer))

    def within(self, read: str, seconds: float) -> Any | None:
        """Return the oldest answer of the last `seconds`, None where there is none."""
        with self._lock:
            kept = [entry for entry in self._answers.get(read, []) if time.monotonic() - entry[0] <= seconds]
            self._answers[read] = kept
            return kept[0][1] if kept else None
