# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Failures as a reader needs them: what was being done, why it failed, what to do next."""

from __future__ import annotations

from collections.abc import Iterable


class Failure(Exception):
    """An operation on a resource failed.

    Attributes:
        what: the operation, such as ``CreateLogGroup /dataai/prod/app``.
        why: the reason, in AWS's words where it comes from AWS.
        next_step: what to do about it; empty where nothing better than the reason can be said.
        code: the AWS error code, empty where the failure is ours.
    """

    def __init__(self, what: str, why: str, *, next_step: str = "", code: str = "") -> None:
        self.what, self.why, self.next_step, self.code = what, why, next_step, code
        super().__init__(str(self))

    def __str__(self) -> str:
        code = f" [{self.code}]" if self.code else ""
        hint = f" Next: {self.next_step}" if self.next_step else ""
        return f"{self.what}: {self.why.rstrip('.')}{code}.{hint}"


class Missing(Failure):
    """The resource does not exist."""


class Exists(Failure):
    """The resource exists already."""


class Unanswered(Failure):
    """The answer to a call that changes something is lost, so whether it was carried out has to be looked at."""


class Denied(Failure):
    """The caller may not do this."""


class Unsupported(Failure):
    """The endpoint does not know the operation (not offered in the region, or not by this implementation)."""


class Refused(Exception):
    """The wanted state is refused before anything was written.

    Attributes:
        problems: every reason, one sentence each.
    """

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = list(dict.fromkeys(problems))
        super().__init__(describe(self.problems))


def describe(problems: list[str]) -> str:
    """Return one message for one or many problems."""
    if len(problems) == 1:
        return problems[0]
    return f"{len(problems)} problems: " + "; ".join(f"({n}) {text}" for n, text in enumerate(problems, 1))
