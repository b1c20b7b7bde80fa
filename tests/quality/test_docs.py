# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the documents say of the sources must be so: features, paths, tests, variables."""

from __future__ import annotations

import ast
import json
import re
import subprocess
from functools import cache
from pathlib import Path
from textwrap import dedent
from typing import Any

import botocore
import pytest
import yaml
from botocore import xform_name
from botocore.configprovider import BOTOCORE_DEFAUT_SESSION_VARIABLES
from botocore.credentials import EnvProvider
from botocore.loaders import Loader

from ansible_collections.dataai.platform.plugins.module_utils.aws.kinds import KINDS, kind_class

from .conftest import ROOT
from .sdk import Models

TRACEABILITY = ROOT / "docs" / "traceability.md"
SECURITY = ROOT / "docs" / "security.md"
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
#: What somebody reads in order to do something.
GUIDES = [*DOCUMENTS, ROOT / "CONTRIBUTING.md", ROOT / "molecule" / "README.md"]
# F-numbers are explained in the traceability table, and would mean nothing elsewhere.
WITHOUT_NUMBERS = [file for file in DOCUMENTS if file != TRACEABILITY]

#: Folders that a path in the text may begin with.
FOLDERS = ("roles", "plugins", "playbooks", "inventories", "tests", "molecule", "emulator", "docs", "tools")
_CODE = re.compile(r"`([^`\n]+)`")
_PATH = re.compile(rf"(?<![\w/.-])(?:{'|'.join(FOLDERS)})/[\w./-]+")
_TEST = re.compile(rf"({_PATH.pattern}\.py)::(\w+)")
_PREFIXES = ("enable", *(role.name for role in ROOT.glob("roles/*")))
_VARIABLE = re.compile(rf"(?:{'|'.join(_PREFIXES)})_\w+")
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
    assert sorted(named - variables() - returned() - KINDS.keys() - WITHOUT_COUNTERPART) == []


@pytest.mark.parametrize("file", WITHOUT_NUMBERS, ids=lambda file: file.name)
def test_feature_numbers_stay_in_their_table(file: Path) -> None:
    assert re.findall(r"\bF\d{1,3}\b", text(file)) == []


# --- what a reader types or copies ----------------------------------------------------------------------------------

_BLOCK = re.compile(r"^( *)```(\w*)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
#: Variables of the playbooks that belong to no role.
OF_PLAYBOOKS = {"plan_exit_code", "platform_hosts"}
#: Options that every command of the AWS CLI has, or that are the CLI's own.
OF_THE_CLI = {"cli-binary-format", "endpoint-url", "output", "profile", "query", "region"}


def blocks(file: Path, *languages: str) -> list[str]:
    """Return the blocks of code in some languages, without the indentation that a list gives them."""
    found = _BLOCK.findall(text(file))
    return [dedent(body) for _indent, language, body in found if language in languages]


def commands(file: Path) -> list[str]:
    """Return all that is typed into a shell: lines of blocks, continued ones in one, and what is marked as code."""
    lines = "\n".join(blocks(file, "shell", "console")).replace("\\\n", " ").splitlines()
    return [line.strip() for line in (*lines, *code(file))]


def heading_anchors(file: Path) -> set[str]:
    """Return the anchors of a document's headings, as GitHub writes them."""
    headings = re.findall(r"^#+ (.+)$", _BLOCK.sub("", text(file)), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def table(file: Path) -> list[list[str]]:
    """Return the cells of every row of a document's tables."""
    return [line.strip("|").split("|") for line in text(file).splitlines() if line.startswith("|")]


@pytest.mark.parametrize("file", GUIDES, ids=lambda file: file.name)
def test_every_link_within_the_documents_leads_to_a_heading(file: Path) -> None:
    links = [link.partition("#") for link in re.findall(r"\]\(([^)\s]+#[^)\s]+)\)", text(file)) if "://" not in link]
    lost = [f"{path}#{anchor}" for path, _, anchor in links
            if anchor not in heading_anchors((file.parent / path).resolve() if path else file)]  # fmt: skip
    assert lost == []


def test_every_page_is_found_from_the_readme() -> None:
    linked = set(re.findall(r"\]\((docs/[\w-]+\.md)", text(ROOT / "README.md")))
    assert sorted({f"docs/{file.name}" for file in (ROOT / "docs").glob("*.md")} - linked) == []


@pytest.mark.parametrize("file", GUIDES, ids=lambda file: file.name)
def test_every_target_of_make_exists(file: Path) -> None:
    rules = re.findall(r"^([a-z][a-z -]*):(?!=)", text(ROOT / "Makefile"), re.MULTILINE)
    targets = {name for rule in rules for name in rule.split()}
    typed = [line for line in commands(file) if line.startswith("make ")]
    asked = {word for line in typed for word in re.sub(r"""(["']).*?\1""", "", line).split()[1:2]}
    assert sorted(asked - targets) == []
    named = {env for line in typed for env in re.findall(r"ENV=([\w-]+)", line)}
    made = {target for line in commands(file) for target in re.findall(r"^cp -a \S+ inventories/(\S+)", line)}
    there = {path.name for path in (ROOT / "inventories").iterdir() if (path / "hosts.yml").is_file()}
    assert sorted(named - there - made) == []


@pytest.mark.parametrize("file", GUIDES, ids=lambda file: file.name)
def test_every_playbook_and_every_name_of_the_collection_exists(file: Path) -> None:
    everything = text(file)
    playbooks = {path.stem for path in (ROOT / "playbooks").glob("*.yml")}
    roles = {path.name for path in (ROOT / "roles").iterdir()}
    plugins = {path.stem for path in (ROOT / "plugins").glob("*/*.py")}
    named = set(re.findall(r"dataai\.platform\.(\w+)", everything))
    assert sorted(named - playbooks - roles - plugins) == []
    assert sorted(set(re.findall(r"playbooks/(\w+)\.yml", everything)) - playbooks) == []
    assert sorted(set(re.findall(r"ansible-playbook .*\bdataai\.platform\.(\w+)", everything)) - playbooks) == []


@pytest.mark.parametrize("file", GUIDES, ids=lambda file: file.name)
def test_every_variable_that_is_typed_exists(file: Path) -> None:
    typed = {name for line in commands(file) for name in re.findall(r"""-e ['"]?\{?\\?"?(\w+)\\?"?[=:]""", line)}
    assert sorted(typed - variables() - OF_PLAYBOOKS) == []


@pytest.mark.parametrize("file", GUIDES, ids=lambda file: file.name)
def test_every_block_is_what_it_says(file: Path) -> None:
    for body in blocks(file, "yaml", "yml"):
        assert yaml.safe_load(body), body
    for body in blocks(file, "json"):
        assert json.loads(body), body
    script = "\n".join(blocks(file, "shell", "console"))
    checked = subprocess.run(["sh", "-n"], input=script, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr


_AWS = re.compile(r"(?:^|[ (])aws (?:--\S+ \S+ )*([a-z0-9][a-z0-9-]+) ([a-z0-9-]+)([^|;>]*)")


@cache
def models() -> Models:
    return Models(Path(botocore.__file__).parent / "data")


def options_of(service: str, command: str, rest: str) -> set[str]:
    """Return the options of a command of the AWS CLI.

    Raises:
        KeyError: there is no such service, command or state to wait for.
    """
    if service not in models().services:
        raise KeyError(service)
    if command == "wait":
        states = Loader().load_service_model(service, "waiters-2")["waiters"]
        operation = {xform_name(state, "-"): entry["operation"] for state, entry in states.items()}[
            rest.split(maxsplit=1)[0]
        ]
    else:
        operation = {xform_name(name, "-"): name for name in models().service(service).operation_names}[command]
    shape = models().service(service).operation_model(operation).input_shape
    return OF_THE_CLI | {xform_name(member, "-") for member in (shape.members if shape else ())}


@pytest.mark.parametrize("file", GUIDES, ids=lambda file: file.name)
def test_every_command_of_the_aws_cli_exists(file: Path) -> None:
    for line in commands(file):
        for service, command, rest in _AWS.findall(line):
            if service == "s3":  # commands of the CLI's own
                assert command in ("cp", "ls", "sync"), line
                continue
            known = options_of({"s3api": "s3"}.get(service, service), command, rest)
            given = re.findall(r"(?<=\s)--(?:no-)?([a-z0-9-]+)", re.sub(r"""(["']).*?\1""", "", rest))
            assert set(given) <= known, line


@pytest.mark.parametrize("file", GUIDES, ids=lambda file: file.name)
def test_every_setting_of_aws_is_read_by_every_client(file: Path) -> None:
    """The AWS CLI of PyPI and boto3 read what botocore reads, and no more."""
    read = {name for entry in BOTOCORE_DEFAUT_SESSION_VARIABLES.values() for name in _names(entry[1])}
    read |= {*EnvProvider.TOKENS, EnvProvider.ACCESS_KEY, EnvProvider.SECRET_KEY, "AWS_ENDPOINT_URL"}
    given = {name for line in commands(file) for name in re.findall(r"\b(AWS_[A-Z_]+)=", line)}
    assert sorted(given - read) == []


def _names(given: str | list[str] | None) -> list[str]:
    return [given] if isinstance(given, str) else given or []


# --- tables that have to be complete --------------------------------------------------------------------------------


@cache
def returned() -> frozenset[str]:
    """Return every key of the outputs: what ``common_outputs`` names itself, what roles return, and the ids below."""
    common = yaml.safe_load(text(ROOT / "roles/common/defaults/main.yml"))
    below = yaml.safe_load(text(ROOT / "roles/common/vars/main.yml"))["common_unknown_infrastructure"]
    found = set(re.findall(r"'(\w+)':", common["common_outputs"])) | set(below)
    for role in (*common["common_data_and_ai_roles"], *common["common_infrastructure_roles"]):
        for file in (*ROOT.glob(f"roles/{role}/tasks/*.yml"), *ROOT.glob(f"roles/{role}/vars/*.yml")):
            found |= _output_keys(yaml.safe_load(text(file)), f"{role}_outputs")
    # `estate` marks whose a fact is, and is taken off before the file is written.
    return frozenset(found - {"estate"})


def _output_keys(node: Any, fact: str) -> set[str]:
    """Return the keys of a fact wherever tasks or variables give it, in YAML or in an expression."""
    if isinstance(node, list):
        return {key for entry in node for key in _output_keys(entry, fact)}
    if not isinstance(node, dict):
        return set()
    found: set[str] = set()
    for name, value in node.items():
        if str(name).strip("_") == fact:
            found |= set(value) if isinstance(value, dict) else set(re.findall(r"'(\w+)':", str(value)))
        else:
            found |= _output_keys(value, fact)
    return found


def test_every_output_is_described_once() -> None:
    described = [cells[0].strip(" `") for cells in table(ROOT / "docs" / "outputs.md") if "`" in cells[0]]
    assert sorted(described) == sorted(set(described))
    assert sorted(returned()) == sorted(described)


def test_what_aws_cannot_change_is_described_and_nothing_else() -> None:
    rows_ = [[re.findall(r"`([a-z_]+)`", cell) for cell in cells] for cells in table(ROOT / "docs" / "fixed.md")]
    described = {row[0][0]: set(row[1]) for row in rows_ if row[0]}
    fixed = {name: {item.name for item in kind_class(name).fields if item.immutable} for name in KINDS}
    assert described == {name: fields for name, fields in fixed.items() if fields}
