# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The static checks: every tool that reads the sources must be content."""

from __future__ import annotations

from .conftest import ROOT, Run


def test_ruff_finds_nothing(run: Run) -> None:
    run("ruff", "check")


def test_python_is_in_its_standard_form(run: Run) -> None:
    run("ruff", "format", "--check", "--diff")


def test_the_engine_is_strictly_typed(run: Run) -> None:
    run("mypy")


def test_yamllint_finds_nothing(run: Run) -> None:
    run("yamllint", "--strict", ".")


def test_ansible_lint_finds_nothing_in_profile_production(run: Run) -> None:
    run("ansible-lint", "--offline", "--strict", timeout=600)


def test_changelog_fragments_are_valid(run: Run) -> None:
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
