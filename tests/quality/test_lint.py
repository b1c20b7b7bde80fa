# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The static checks: every tool that reads the sources must be content."""

from __future__ import annotations

import os
from pathlib import Path

from .conftest import BIN, ROOT, Run

# ansible-lint starts Ansible for every playbook and every role. This stands for it, notes what was to be checked, and
# copies the playbooks that ansible-lint writes for roles and takes away again.
SYNTAX_CHECK_LATER = """#!/bin/sh
set -eu
if [ $# -ne 3 ] || [ "$1 $2" != "--syntax-check -vv" ]; then
    exec "{program}" "$@"
fi
case $3 in
    {temporary}/*) cp "$3" "{folder}/role$$.yml"; echo "{folder}/role$$.yml" >> "{folder}/playbooks" ;;
    *) echo "$3" >> "{folder}/playbooks" ;;
esac
"""


def test_ruff_finds_nothing(run: Run) -> None:
    run("ruff", "check")


def test_python_is_in_its_standard_form(run: Run) -> None:
    run("ruff", "format", "--check", "--diff")


def test_the_engine_is_strictly_typed(run: Run) -> None:
    run("mypy")


def test_yamllint_finds_nothing(run: Run) -> None:
    run("yamllint", "--strict", ".")


def test_ansible_lint_finds_nothing_in_profile_production(run: Run, tmp_path: Path) -> None:
    """One start of Ansible checks the syntax of all playbooks and roles that it finds, instead of one for each."""
    programs, temporary = tmp_path / "bin", tmp_path / "tmp"
    programs.mkdir()
    temporary.mkdir()
    later = SYNTAX_CHECK_LATER.format(program=BIN / "ansible-playbook", folder=tmp_path, temporary=temporary)
    (programs / "ansible-playbook").write_text(later)
    (programs / "ansible-playbook").chmod(0o700)
    path = os.pathsep.join([str(programs), str(BIN), os.environ["PATH"]])
    run("ansible-lint", "--offline", "--strict", timeout=900, PATH=path, TMPDIR=str(temporary))
    noted = (tmp_path / "playbooks").read_text().split()
    found = {*ROOT.glob("playbooks/*.yml"), *ROOT.glob("molecule/*/verify.yml")}
    assert found <= {ROOT / name for name in noted}
    assert len(list(tmp_path.glob("role*.yml"))) == len([role for role in ROOT.glob("roles/*") if role.is_dir()])
    run("ansible-playbook", "--syntax-check", *noted)


def test_changelog_fragments_are_valid(run: Run) -> None:
    # The linter passes over what has another suffix.
    kept = {".keep", ".gitkeep"}
    fragments = {file.name for file in (ROOT / "changelogs" / "fragments").iterdir()} - kept
    assert [name for name in fragments if name.startswith(".") or Path(name).suffix not in {".yml", ".yaml"}] == []
    assert (ROOT / "changelogs" / "config.yaml").is_file()
    run("antsibull-changelog", "lint")


def test_plugin_documentation_is_valid(run: Run) -> None:
    # The linter copies amazon.aws too; with git in sight it would take that for ignored files of this repository.
    run(
        *("antsibull-docs", "lint-collection-docs", "--plugin-docs", "--skip-rstcheck"),
        *("--validate-collection-refs", "dependent", "."),
        GIT_CEILING_DIRECTORIES=str(ROOT),
    )


def test_role_readmes_are_up_to_date(run: Run) -> None:
    run("python", "tools/role_docs.py", "--check")


def test_what_follows_from_the_kinds_is_up_to_date(run: Run) -> None:
    run("python", "tools/kind_files.py", "--check")
