# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The record of a whole run: the changes of all tasks, and the outputs of all roles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .errors import folded

#: A resource in a record: its type and its name.
Key = tuple[str, str, str]


def merged(results: Iterable[Mapping[str, Any]], *, region: str, account: str) -> list[dict[str, Any]]:
    """Return one change for each resource, from the results of all tasks in their order.

    A resource that is requested by one task and finished by another is one change: what first happened to it names
    the action, and the fields are united.

    Args:
        results: the results of tasks.
        region: of changes that name none.
        account: of changes that name none; others name the account of the credentials with which they were made.
    """
    found: dict[Key, dict[str, Any]] = {}
    for result in results:
        where = str(result.get("region") or region)
        for change in result.get("changes") or ():
            key = (str(change["type"]), str(change["name"]), where)
            known = found.get(key)
            fields = set(change.get("fields") or ()) | set(known["fields"] if known else ())
            action = _together(known["action"], str(change["action"])) if known else str(change["action"])
            found[key] = {
                "action": action,
                "type": key[0],
                "name": key[1],
                "region": where,
                "account": str(result.get("account") or account),
                "fields": sorted(fields),
            }
    order = {"delete": 0, "replace": 1, "create": 2, "update": 3}
    return sorted(found.values(), key=lambda entry: (order[entry["action"]], entry["type"], entry["name"]))


def _together(first: str, second: str) -> str:
    """Return the action of two steps on one resource. What was deleted and is there again was replaced."""
    if first == "update" and second in ("delete", "replace"):
        return second
    return "replace" if (first, second) == ("delete", "create") else first


def summary(changes: Iterable[Mapping[str, Any]], results: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Return how many resources were created, updated, replaced, deleted, and found as wanted."""
    counts = {"create": 0, "update": 0, "replace": 0, "delete": 0}
    touched = set()
    for change in changes:
        counts[change["action"]] += 1
        touched.add((change["type"], change["name"]))
    same = {(entry["type"], entry["name"]) for result in results for entry in result.get("unchanged") or ()}
    return {**counts, "unchanged": len(same - touched)}


def flat_results(values: Iterable[Any]) -> list[Mapping[str, Any]]:
    """Return the module results among registered values; a loop's results one by one."""
    found: list[Mapping[str, Any]] = []
    for value in values:
        if isinstance(value, Mapping):
            inner = value.get("results")
            found += flat_results(inner) if isinstance(inner, list) else []
            if "changes" in value or "unchanged" in value:
                found.append(value)
    return found


#: How an action is shown in a plan of one line for each resource.
SIGNS = {"delete": "-", "replace": "-/+", "create": "+", "update": "~"}


def refusals(results: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return what a plan refuses, one sentence each; the same of several resources is one."""
    entries = [entry for result in results for entry in result.get("refused") or ()]
    return folded((str(entry["name"]), str(text)) for entry in entries for text in entry["problems"])


def lines(changes: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return one line for each change; an update names its fields."""
    return [
        f"{SIGNS[change['action']]} {change['type']} {change['name']}"
        + (f" ({', '.join(change['fields'])})" if change["action"] in ("update", "replace") else "")
        for change in changes
    ]


#: What was done, in words, in the order in which it is told.
_DONE = {"create": "created", "update": "changed", "replace": "replaced", "delete": "deleted"}

#: Characters of a line of names.
_WIDTH = 110

#: Characters of all of them: where there is little to tell, all names are told.
_ALL = 2000


def told(changes: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return what was done, short: a line for each action and type, with as many names as it takes."""
    names: dict[tuple[str, str], list[str]] = {}
    for change in sorted(changes, key=lambda entry: list(_DONE).index(entry["action"])):
        names.setdefault((change["action"], change["type"]), []).append(str(change["name"]))
    width = max(_WIDTH, _ALL // (len(names) or 1))
    return [f"{_DONE[action]} {len(some)} {kind}: {_fitting(some, width)}" for (action, kind), some in names.items()]


def _fitting(names: list[str], width: int) -> str:
    """Return the names that a line takes, one at least, and how many there are beside them."""
    text = names[0]
    for position, name in enumerate(names[1:], 1):
        if len(text) + len(name) > width:
            return f"{text} and {len(names) - position} more"
        text = f"{text}, {name}"
    return text


def in_words(counts: Mapping[str, int]) -> str:
    """Return a summary as a sentence's end, such as ``2 to create, 1 to delete``."""
    told = [f"{count} to {action}" for action, count in counts.items() if count and action != "unchanged"]
    return ", ".join(told) if told else "no changes"
