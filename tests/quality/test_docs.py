# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the documents say of the sources must be so: features, paths, tests, variables."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest
import yaml

from .conftest import ROOT

TRACEABILITY = ROOT / "docs" / "traceability.md"
SECURITY = ROOT / "docs" / "security.md"
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
# F-numbers are explained in the traceability table, and would mean nothing elsewhere.
WITHOUT_NUMBERS = [file for file in DOCUMENTS if file != TRACEABILITY]

#: Folders that a path in the text may begin with.
FOLDERS = ("roles", "plugins", "playbooks", "inventories", "tests", "molecule", "emulator", "docs", "tools")
_CODE = re.compile(r"`([^`\n]+)`")
_PATH = re.compile(rf"(?<![\w/.-])(?:{'|'.join(FOLDERS)})/[\w./-]+")
_TEST = re.compile(rf"({_PATH.pattern}\.py)::(\w+)")
_PREFIXES = ("common", "enable", "aurora", "elasticache", "s3_vpc_only", "bedrock", "prometheus", "grafana", "secrets")
_VARIABLE = re.compile(rf"(?:{'|'.join(_PREFIXES)}|network|encryption_keys)_\w+")
#: An output that others expect, and for which AWS has no counterpart.
WITHOUT_COUNTERPART = {"bedrock_workspace_id"}


def text(file: Path) -> str:
    return file.read_text(encoding="utf-8")


def code(file: Path) -> list[str]:
    """Return what a document marks as code within its sentences and tables."""
    return _CODE.findall(re.sub(r"^```.*?^```", "", text(file), flags=re.MULTILINE | re.DOTALL))


def rows(file: Path, letter: str) -> list[tuple[int, list[str]]]:
    """Return the number and the cells of the table rows whose first cell is a letter and a number."""
    found = re.findall(rf"^\| {letter}(\d+) \| (.+) \|$", text(file), re.MULTILINE)
    return [(int(number), cells.split(" | ")) for number, cells in found]


@cache
def functions_in(path: str) -> frozenset[str]:
    """Return the names of the functions in a file of tests."""
    tree = ast.parse(text(ROOT / path))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


@cache
def variables() -> frozenset[str]:
    """Return every variable and output that a role or an inventory names."""
    files = [*ROOT.glob("roles/*/defaults/main.yml"), *ROOT.glob("roles/*/vars/main.yml")]
    specified = [yaml.safe_load(text(file))["argument_specs"] for file in ROOT.glob("roles/*/meta/argument_specs.yml")]
    options = {name for spec in specified for entry in spec.values() for name in entry.get("options", {})}
    tasks = "\n".join(text(file) for file in sorted(ROOT.glob("roles/*/tasks/*.yml")))
    outputs = set(re.findall(r"^ +(\w+):", tasks, re.MULTILINE))
    return frozenset(options | outputs | {name for file in files for name in yaml.safe_load(text(file)) or {}})


def test_every_feature_has_exactly_one_row() -> None:
    assert [number for number, _cells in rows(TRACEABILITY, "F")] == list(range(1, 227))
    assert [number for number, _cells in rows(TRACEABILITY, "B")] == list(range(1, 29))


def test_every_row_names_a_place_and_a_test_or_says_that_there_is_none() -> None:
    for number, (feature, place, held_by) in rows(TRACEABILITY, "F"):
        built = bool(_PATH.search(place))
        assert feature, number
        assert built or place.startswith("not built: "), f"F{number} names no place"
        tested = bool(_TEST.search(held_by) or re.search(r"(?:verify\.yml|tests/integration/kinds/\w+\.py)`", held_by))
        assert tested or "no test" in held_by or (not built and held_by == "-"), f"F{number} names no test"


def test_security_claims_and_risks_are_numbered_and_complete() -> None:
    found = re.findall(r"^\| (\d+) \| (.+) \|$", text(SECURITY), re.MULTILINE)
    starts = [place for place, (number, _cells) in enumerate(found) if number == "1"]
    assert len(starts) == 2, "the claims, then the risks, each count from 1"
    claims, risks = found[: starts[1]], found[starts[1] :]
    for table, columns in ((claims, 4), (risks, 3)):
        assert [int(number) for number, _cells in table] == list(range(1, len(table) + 1))
        short = [number for number, cells in table if len([cell for cell in cells.split(" | ") if cell]) != columns]
        assert short == []
    referred = {int(number) for number in re.findall(r"risks? (\d+)", text(SECURITY))}
    assert referred <= set(range(1, len(risks) + 1))


@pytest.mark.parametrize("file", DOCUMENTS, ids=lambda file: file.name)
def test_every_path_exists(file: Path) -> None:
    named = {path.rstrip("/.") for words in code(file) for path in _PATH.findall(words)}
    links = {link.split("#")[0] for link in re.findall(r"\]\(([^)\s]+)\)", text(file)) if "://" not in link}
    assert sorted(path for path in named if not (ROOT / path).exists()) == []
    assert sorted(link for link in links if link and not (file.parent / link).exists()) == []


@pytest.mark.parametrize("file", [TRACEABILITY, SECURITY], ids=lambda file: file.name)
def test_every_test_exists(file: Path) -> None:
    named = {match for words in code(file) for match in _TEST.findall(words)}
    assert named
    assert sorted(f"{path}::{name}" for path, name in named if name not in functions_in(path)) == []


@pytest.mark.parametrize("file", DOCUMENTS, ids=lambda file: file.name)
def test_every_variable_exists(file: Path) -> None:
    keys = re.findall(r"^ +(\w+):(?: |$)", text(file), re.MULTILINE)  # of the examples
    named = {name for name in (*keys, *(words.split(":")[0] for words in code(file))) if _VARIABLE.fullmatch(name)}
    assert sorted(named - variables() - WITHOUT_COUNTERPART) == []


@pytest.mark.parametrize("file", WITHOUT_NUMBERS, ids=lambda file: file.name)
def test_feature_numbers_stay_in_their_table(file: Path) -> None:
    assert re.findall(r"\bF\d{1,3}\b", text(file)) == []
