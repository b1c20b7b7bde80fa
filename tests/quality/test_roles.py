# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every role says what it takes, and says it once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from .conftest import ROOT

ROLES = sorted(folder for folder in ROOT.glob("roles/*") if folder.is_dir())


def load(file: Path) -> dict[str, Any]:
    return yaml.safe_load(file.read_text(encoding="utf-8")) or {} if file.exists() else {}


def specifications(role: Path) -> dict[str, Any]:
    """Return the entry points of a role with what each takes."""
    return load(role / "meta/argument_specs.yml").get("argument_specs", {})


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_argument_specs_and_defaults_agree(role: Path) -> None:
    options: dict[str, Any] = {}
    for spec in specifications(role).values():
        options |= spec.get("options", {})
    defaults = {name: value for name, value in load(role / "defaults/main.yml").items() if not name.startswith("__")}
    assert sorted(defaults.keys() - options.keys()) == [], "defaults without a specification"
    stated = {name: option["default"] for name, option in options.items() if "default" in option}
    different = {name: (value, defaults[name]) for name, value in stated.items() if defaults.get(name, value) != value}
    assert different == {}, "specification and defaults/main.yml name different defaults"


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_every_entry_point_is_specified(role: Path) -> None:
    specified = specifications(role).keys()
    missing = [name for name in specified if not (role / "tasks" / f"{name}.yml").is_file()]
    assert "main" in specified
    assert missing == [], "specified entry points without a task file"


# --- what a run keeps -----------------------------------------------------------------------------------------------
# Facts outrank the variables of a later play, which may be another environment's.

FILES = [path for part in ("tasks", "vars", "defaults") for path in sorted(ROOT.glob(f"roles/*/{part}/*.yml"))]


def flat(tasks: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for task in tasks:
        yield task
        for part in ("block", "rescue", "always"):
            yield from flat(task.get(part, []))


def kept() -> dict[str, Any]:
    """Return what tasks of roles keep as facts."""
    tasks = [task for path in ROOT.glob("roles/*/tasks/*.yml") for task in flat(yaml.safe_load(path.read_text()) or [])]
    facts = [task.get("ansible.builtin.set_fact", {}) for task in tasks]
    return {name: value for fact in facts for name, value in fact.items() if name != "{{ item.key }}"}  # kept anew


def test_a_role_keeps_nothing_but_outputs_that_say_whose_they_are() -> None:
    facts = kept()
    assert set(facts) - {"__common_checked"} == {name for name in facts if name.endswith("_outputs")}
    assert [name for name, value in facts.items() if name != "__common_checked" and "estate" not in str(value)] == []


def test_outputs_are_taken_up_by_their_own_estate_alone() -> None:
    pattern = re.compile(r"(?<!')\b(?!__)\w+_outputs\b(?!')(?!:)")
    found = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for path in [*FILES, *ROOT.glob("playbooks/*.yml")]
        for line in path.read_text().splitlines()
        if pattern.search(line.split("#")[0])
    ]
    assert [entry for entry in found if "common_outputs" not in entry] == [], "lookup('dataai.platform.own', ...)"
