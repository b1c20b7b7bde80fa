# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""Roles take down what uses a group, a role or a key before the group, the role or the key."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROLES = Path(__file__).resolve().parents[2] / "roles"
NAMES = sorted(path.parent.parent.name for path in ROLES.glob("*/tasks/destroy.yml"))
PREFIX = "dataai.platform."

#: What AWS needs, or refuses to give up, as long as something uses it.
USED = (
    "cache_parameter_group",
    "cache_subnet_group",
    "db_cluster_parameter_group",
    "db_subnet_group",
    "iam_role",
    "kms_key",
    "security_group",
)


def tasks(entries: Any) -> Iterator[dict[str, Any]]:
    """Yield tasks, those in blocks too."""
    for entry in entries or ():
        inner = [entry[part] for part in ("block", "rescue", "always") if part in entry]
        if inner:
            yield from (task for part in inner for task in tasks(part))
        else:
            yield entry


def resources(role: str, *files: str) -> list[tuple[str, dict[str, Any], str]]:
    """Return kind, arguments and register of the tasks of a role that state a resource."""
    found = []
    for name in files:
        for task in tasks(yaml.safe_load((ROLES / role / "tasks" / name).read_text())):
            kind = next((key.removeprefix(PREFIX) for key in task if key.startswith(PREFIX)), "")
            if kind and isinstance(task[PREFIX + kind], dict):
                found.append((kind, task[PREFIX + kind], str(task.get("register"))))
    return found


def written_out(role: str, text: str) -> str:
    """Return a text with the role's own variables in the places of their names."""
    path = ROLES / role / "vars" / "main.yml"
    variables = yaml.safe_load(path.read_text()) if path.exists() else {}
    seen: set[str] = set()
    while new := {name for name in re.findall(r"\b__\w+", text) if name in variables} - seen:
        seen |= new
        text += "".join(str(variables[name]) for name in sorted(new))
    return text


def place(kind: str, arguments: dict[str, Any], order: list[tuple[str, dict[str, Any], str]]) -> int | None:
    """Return where a resource is taken down: by kind and name, or by kind where there is one task of it."""
    alike = [number for number, (other, _, _) in enumerate(order) if other == kind]
    named = [number for number in alike if order[number][1].get("name") == arguments.get("name", "")]
    if named:
        return named[0]
    return alike[0] if len(alike) == 1 else None


@pytest.mark.parametrize("role", NAMES)
def test_what_uses_goes_before_what_it_uses(role: str) -> None:
    built = [path.name for path in sorted((ROLES / role / "tasks").glob("*.yml")) if path.name != "destroy.yml"]
    made, gone = resources(role, *built), resources(role, "destroy.yml")
    for kind, arguments, _ in made:
        text = written_out(role, str(arguments))
        for used, named, register in made:
            if used not in USED or register == "None" or not re.search(rf"\b{register}\b", text):
                continue
            first, second = place(kind, arguments, gone), place(used, named, gone)
            if first is not None and second is not None and first != second:
                assert first < second, f"{role}: {used} is deleted before {kind}, which uses it"


@pytest.mark.parametrize(
    "role", [name for name in NAMES if "lambda_function" in [kind for kind, _, _ in resources(name, "destroy.yml")]]
)
def test_lambda_takes_its_interfaces_away_before_its_role_goes(role: str) -> None:
    """The security group is gone when the interfaces are, and Lambda takes them away in the role."""
    order = [kind for kind, _, _ in resources(role, "destroy.yml")]
    assert order.index("lambda_function") < order.index("security_group") < order.index("iam_role")
