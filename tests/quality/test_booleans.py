# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A boolean means the same however it is written: as a boolean, as text of -e or an INI inventory, or as a number."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
import pytest
import yaml
from jinja2 import nodes

from .conftest import ROOT

# What the tasks get is worked out once, for one worker.
pytestmark = pytest.mark.xdist_group("booleans")

ROLES = sorted(folder.name for folder in ROOT.glob("roles/*") if folder.is_dir())
TRUE, FALSE = [True, "true", "yes", 1], [False, "false", "no", 0, "0"]


def load(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else None


@cache
def booleans() -> dict[str, str]:
    """Return the boolean options of all roles, with the role that documents each: what all share, role common."""
    found = {}
    for role in sorted(ROLES, key=lambda role: role == "common"):
        options = load(ROOT / f"roles/{role}/meta/argument_specs.yml")["argument_specs"]["main"]["options"]
        found.update({name: role for name, option in options.items() if option["type"] == "bool"})
    return found


# --- every use is a boolean -----------------------------------------------------------------------------------------


def texts(value: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """Return every text in a value with the key that it stands under."""
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield from texts(item, str(name))
    elif isinstance(value, list):
        for item in value:
            yield from texts(item, key)
    elif isinstance(value, str):
        yield key, value


class _AnyFilter(dict[str, Any]):
    """Knows every filter and test, as only the form of expressions is of interest."""

    def __contains__(self, name: object) -> bool:
        return True

    def __missing__(self, name: str) -> Any:
        return str


JINJA = jinja2.Environment(autoescape=True)
JINJA.filters = _AnyFilter()
JINJA.tests = _AnyFilter()

EXPRESSIONS = ("when", "that", "until", "failed_when", "changed_when")


def uncast(key: str, text: str) -> list[str]:
    """Return the boolean options that an expression uses as they are.

    The value of a whole argument or variable may be handed on so: what takes it up makes a boolean of it, which the
    second test of this file holds.
    """
    tree = JINJA.parse("{{ " + text + " }}" if key in EXPRESSIONS and "{{" not in text else text)
    cast: set[int] = set()
    for node in tree.find_all(nodes.Filter):
        if node.name == "bool" and node.node is not None:
            inner: Any = node.node
            while isinstance(inner, nodes.Filter) and inner.name == "default":
                inner = inner.node
            cast.add(id(inner))
    whole = [part for output in tree.find_all(nodes.Output) for part in output.nodes] if key not in EXPRESSIONS else []
    if len(whole) == 1:
        handed: Any = whole[0]
        while isinstance(handed, nodes.Filter) and handed.name == "default":
            handed = handed.node
        cast.add(id(handed))
    return [name.name for name in tree.find_all(nodes.Name) if name.name in booleans() and id(name) not in cast]


FILES = sorted(path for part in ("tasks", "vars", "defaults") for path in ROOT.glob(f"roles/*/{part}/*.yml")) + sorted(
    ROOT.glob("playbooks/*.yml")
)


def test_no_expression_takes_text_for_a_boolean() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {name} in {text!r}"
        for path in FILES
        for key, text in texts(load(path))
        if any(name in text for name in booleans())
        for name in uncast(key, text)
    ]
    assert found == [], "write `name | bool`"


# --- every spelling leads to the same arguments ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def handed() -> tuple[list[list[dict[str, Any]]], list[dict[str, Any]]]:
    """What the tasks of all roles get; handed.py works it out, in Ansible's own import system.

    Returns:
        for true and for false, what follows from all options in their plain spelling, and from them in two others;
        and for each option, what follows from it where it alone is false.
    """
    names = sorted(booleans())
    asked: list[tuple[dict[str, Any], list[str]]] = []
    for plain, *others in (TRUE, FALSE):
        asked.append((dict.fromkeys(names, plain), names))
        asked += [
            ({name: others[(index + shift) % len(others)] for index, name in enumerate(names)}, names)
            for shift in (0, 1)
        ]
    asked += [({**dict.fromkeys(names, True), name: False}, [name]) for name in names]
    request = json.dumps([{"values": values, "of": of} for values, of in asked])
    command = [sys.executable, str(Path(__file__).with_name("handed.py"))]
    done = subprocess.run(command, input=request, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    results = [json.loads(result) for result in json.loads(done.stdout)]
    return [results[:3], results[3:6]], results[6:]


@pytest.mark.parametrize("value", [True, False])
def test_every_spelling_hands_the_same_to_the_modules(handed: Any, value: bool) -> None:
    expected, *found = handed[0][0 if value else 1]
    different = [key for got in found for key in expected | got if got.get(key) != expected.get(key)]
    assert different == []


def test_what_the_tasks_get_tells_every_option(handed: Any) -> None:
    """Else the test above could not fail."""
    together = handed[0][0][0]
    silent = [n for n, found in zip(sorted(booleans()), handed[1], strict=True) if found.items() <= together.items()]
    assert silent == []
