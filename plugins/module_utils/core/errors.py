# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Failures as a reader needs them: what was being done, why it failed, what to do next."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any


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
        plan: the report of the plan in which something is refused; ``None`` outside a plan.
    """

    def __init__(self, problems: Iterable[str], plan: Any = None) -> None:
        self.problems = list(dict.fromkeys(problems))
        self.plan = plan
        super().__init__(describe(self.problems))


def describe(problems: Sequence[str]) -> str:
    """Return one message for one or many problems."""
    if len(problems) == 1:
        return problems[0]
    return f"{len(problems)} problems: " + "; ".join(f"({n}) {text}" for n, text in enumerate(problems, 1))


def told(problems: Sequence[str]) -> dict[str, Any]:
    """Return the result of a module that fails, which says each problem once: one as ``msg``, several as a list."""
    if len(problems) == 1:
        return {"msg": problems[0]}
    return {"msg": f"{len(problems)} problems", "problems": list(problems)}


#: Characters of what an interpreter said that a sentence keeps, from its end: there it says why it gave up.
_LAST_WORDS = 500


def reasons(result: Any) -> list[str]:
    """Return every problem of the result of a module that failed, with the last words of one that died."""
    if result.get("problems"):
        return [str(text) for text in result["problems"]]
    words = [" ".join(str(result.get(name) or "").split())[-_LAST_WORDS:] for name in _DYING]
    return [" ".join([str(result.get("msg", "it failed")), *filter(None, words)])]


#: Where Ansible keeps what came from a module that gave no result.
_DYING = ("module_stderr", "module_stdout")


#: Stands for a name while sentences are compared.
_NAME = "\0"


def folded(problems: Iterable[tuple[str, str]]) -> list[str]:
    """Return problems of resources with those that differ in nothing but the name as one sentence with all names.

    Args:
        problems: name of the resource and what is wrong with it.
    """
    groups: dict[str, dict[str, None]] = {}
    for name, text in problems:
        alone = rf"(?<![\w.-]){re.escape(name)}(?![\w-])" if name else r"(?!)"
        groups.setdefault(re.sub(alone, _NAME, text), {})[name] = None
    return [sentence.replace(_NAME, ", ".join(names)) for sentence, names in groups.items()]
