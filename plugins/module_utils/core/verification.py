# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a verification found: the results of a run that changes nothing, read as checks."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from .errors import folded, reasons

STATUSES = ("pass", "fail", "relaxed", "skipped")


@dataclass(frozen=True)
class Check:
    """One thing that was looked at.

    Attributes:
        id: names the check, the same in every run.
        title: what holds where it passes.
        status: ``pass``, ``fail``, ``relaxed`` (known, and left to people) or ``skipped`` (not part of this estate).
        resource: name of the resource.
        expected: what the inventory says.
        found: what is there.
        source: where the expectation comes from.
    """

    id: str
    title: str
    status: str
    resource: str
    expected: Any
    found: Any
    source: str

    def shown(self) -> dict[str, Any]:
        """Return the check as an entry of ``verify.json``."""
        return {**vars(self)}


@dataclass(frozen=True)
class Limits:
    """What is judged by a number.

    Attributes:
        access_key_days: days that an access key may be in use.
    """

    access_key_days: int = 90


def checks(
    results: Mapping[str, Sequence[Mapping[str, Any]]], switches: Mapping[str, bool], limits: Limits
) -> list[Check]:
    """Return all checks, what failed first.

    Args:
        results: the results of modules by the name under which a task registered them, in check mode.
        switches: parts of the estate by the variable that turns them on.
        limits: what is judged by a number.
    """
    found: dict[str, Check] = {}
    for name, several in results.items():
        for result in several:
            source = str(result.get("batch") or name).strip("_").removesuffix("_result")
            for check in (*_resources(result, source), *_secrets(result, source), *_keys(result, source, limits)):
                known = found.get(check.id)
                if known is None or _weight(check) < _weight(known):
                    found[check.id] = check
    for name, on in switches.items():
        if not on:
            found[f"switch:{name}"] = Check(
                f"switch:{name}", f"{name} is on", "skipped", name, None, "off", "inventory"
            )
    return sorted(found.values(), key=lambda check: (_weight(check), check.id))


def _weight(check: Check) -> int:
    return ("fail", "relaxed", "skipped", "pass").index(check.status)


# --- resources ------------------------------------------------------------------------------------------------------


def _resources(result: Mapping[str, Any], source: str) -> Iterable[Check]:
    """Read a plan: what it would change is not as it should be, what it would leave is."""
    if result.get("failed"):
        why = "; ".join(reasons(result))
        yield Check(f"task:{source}", "the task can read what is there", "fail", source, "an answer", why, source)
    for entry in result.get("refused") or ():
        yield _refusal(entry, source)
    stale = set(result.get("stale") or ())
    for entry in result.get("changes") or ():
        yield _difference(entry, result.get("diff"), stale, source)
    for entry in result.get("unchanged") or ():
        title = _title(entry["type"], entry["name"], stale)
        yield Check(_id(entry), title, "pass", entry["name"], "as in the inventory", "as in the inventory", source)


def _refusal(entry: Mapping[str, Any], source: str) -> Check:
    """Read what a run would refuse: no run brings it back, so why not is said too."""
    why = "; ".join(entry["problems"])
    found = {**entry["found"], "refused": why} if "found" in entry else why
    title = _title(entry["type"], entry["name"], set())
    return Check(_id(entry), title, "fail", entry["name"], entry["expected"], found, source)


def _id(entry: Mapping[str, Any]) -> str:
    return f"{entry['type']}:{entry['name']}"


def _title(kind: str, name: str, stale: set[str]) -> str:
    if kind == "secret_value":
        return f"secret {name} follows its source" if name in stale else f"secret {name} has its value"
    return f"{kind} {name} is as the inventory says"


def _difference(entry: Mapping[str, Any], diff: Any, stale: set[str], source: str) -> Check:
    kind, name, action = str(entry["type"]), str(entry["name"]), str(entry["action"])
    expected: Any = "absent" if action == "delete" else "present"
    found: Any = "present" if action == "delete" else "absent"
    if action in ("update", "replace"):
        expected, found = _sides(kind, name, diff, entry.get("fields") or ())
    if kind == "secret_value":
        expected = "a value that follows its source" if name in stale else "its value"
        found = "stale" if name in stale else {"create": "no value"}.get(action, "another value")
    return Check(_id(entry), _title(kind, name, stale), "fail", name, expected, found, source)


def _sides(kind: str, name: str, diff: Any, fields: Sequence[str]) -> tuple[Any, Any]:
    """Return what is wanted and what is there of the fields that differ; their names where the diff has no values."""
    if isinstance(diff, Mapping):
        before, after = (diff.get(side) for side in ("before", "after"))
        key = f"{kind} {name}"
        if isinstance(before, Mapping) and isinstance(after, Mapping) and key in before and key in after:
            return after[key], before[key]
    return "no difference", f"differs in {', '.join(fields)}"


# --- secrets --------------------------------------------------------------------------------------------------------


def _secrets(result: Mapping[str, Any], source: str) -> Iterable[Check]:
    for name, why in (result.get("skipped_secrets") or {}).items():
        yield Check(f"secret_value:{name}", f"secret {name} has its value", "skipped", name, None, str(why), source)
    for text in result.get("reminders") or ():
        name = str(text).removeprefix("secret ").split(" ")[0]
        title = f"secret {name} has its value"
        yield Check(f"reminder:{name}", title, "relaxed", name, "a value set by people", str(text), source)


def _keys(result: Mapping[str, Any], source: str, limits: Limits) -> Iterable[Check]:
    for key in result.get("access_keys") or ():
        user, age, rotation = str(key["user_name"]), key["age_days"], str(key["rotation"])
        if age is not None:
            yield Check(
                f"access_key_age:{user}",
                f"the access key of {user} is not older than {limits.access_key_days} days",
                "pass" if age <= limits.access_key_days else "fail",
                user,
                f"at most {limits.access_key_days} days",
                f"{age} days",
                source,
            )
        status = {"settled": "pass", "overlapping": "relaxed", "deactivated": "relaxed"}.get(rotation, "fail")
        title = f"no rotation of the access key of {user} is under way"
        yield Check(f"access_key_rotation:{user}", title, status, user, "settled", rotation, source)


# --- reports --------------------------------------------------------------------------------------------------------


def looked_at_nothing(found: Sequence[Check]) -> list[Check]:
    """Return the checks with a failure of its own where nothing was looked at: then nothing was verified either."""
    if any(check.status != "skipped" for check in found):
        return list(found)
    title = "the verification looked at something"
    return [Check("run", title, "fail", "verification", "resources", "nothing was looked at", "playbook"), *found]


def unfinished(found: Sequence[Check]) -> list[Check]:
    """Return the checks of a verification that did not come to its end, which is a failure of its own."""
    title = "the verification came to its end"
    return [Check("run", title, "fail", "verification", "all tasks", "a task failed", "playbook"), *found]


def summary(found: Iterable[Check]) -> dict[str, int]:
    """Return the number of checks by status."""
    statuses = [check.status for check in found]
    return {status: statuses.count(status) for status in STATUSES}


def lines(found: Iterable[Check]) -> list[str]:
    """Return one line for each check that did not pass, as people read them; the same of several is one line."""
    told = [
        (check.resource, f"{check.status}: {check.title} (expected {check.expected}, found {check.found})")
        for check in found
        if check.status in ("fail", "relaxed")
    ]
    return folded(told)


def junit(found: Sequence[Check], environment: str) -> str:
    """Return a JUnit report, as CI systems show it."""
    counts = summary(found)
    skipped = str(counts["relaxed"] + counts["skipped"])
    suite = ET.Element("testsuite", name=f"verify {environment}", tests=str(len(found)), failures=str(counts["fail"]))
    suite.set("errors", "0")
    suite.set("skipped", skipped)
    for check in found:
        case = ET.SubElement(suite, "testcase", classname=check.source, name=check.id)
        text = f"{check.title}: expected {check.expected}, found {check.found}"
        if check.status == "fail":
            ET.SubElement(case, "failure", message=check.title).text = text
        elif check.status != "pass":
            ET.SubElement(case, "skipped", message=f"{check.status}: {check.found}")
    return ET.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"


_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<style>body{{font-family:sans-serif}}td,th{{text-align:left;padding:.2em 1em .2em 0;vertical-align:top}}
.fail{{color:#b00}}.relaxed{{color:#a60}}.skipped{{color:#666}}.pass{{color:#080}}</style></head>
<body><h1>{title}</h1><p>{counts}</p>
<table><tr><th>status</th><th>check</th><th>expected</th><th>found</th><th>source</th></tr>
{rows}
</table></body></html>
"""


def html(found: Sequence[Check], environment: str) -> str:
    """Return a page for people."""
    rows = "\n".join(
        "<tr>"
        f'<td class="{check.status}">{check.status}</td>'
        + "".join(f"<td>{escape(str(cell))}</td>" for cell in (check.title, check.expected, check.found, check.source))
        + "</tr>"
        for check in found
    )
    counts = ", ".join(f"{count} {status}" for status, count in summary(found).items())
    return _PAGE.format(title=escape(f"Verification of {environment}"), counts=counts, rows=rows)
