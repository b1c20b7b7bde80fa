# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A checkout runs its own roles, also where a copy of the collection is installed."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from .conftest import BIN, CONFIGURING, ROOT


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The home of a user who has installed the collection, in a copy whose roles say so."""
    copy = tmp_path / ".ansible/collections/ansible_collections/dataai/platform"
    for part in ("meta", "playbooks", "plugins", "roles"):
        shutil.copytree(ROOT / part, copy / part, ignore=shutil.ignore_patterns("__pycache__"))
    tasks = copy / "roles/common/tasks/preflight.yml"
    tasks.write_text(tasks.read_text().replace("Check the input of", "The installed copy checks the input of"))
    return tmp_path


def play(home: Path, folder: Path, **variables: str) -> str:
    """Plan a sandbox in nobody's account from a folder; return what is told."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(CONFIGURING)}
    command = [BIN / "ansible-playbook", "-i", ROOT / "inventories/sbx", ROOT / "playbooks/plan.yml"]
    environment = {**own, "HOME": str(home), "NO_COLOR": "1", **variables}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode != 0, "aws_account_id is not set"
    return " ".join(done.stdout.split())


def test_the_checkout_comes_first(home: Path) -> None:
    told = play(home, ROOT)
    assert "The installed copy" not in told
    assert "aws_account_id is ''" in told


def test_where_it_cannot_the_run_is_refused_and_names_both(home: Path, tmp_path: Path) -> None:
    told = play(home, tmp_path)
    assert f"the playbook is that of {ROOT}, but its roles would be those of {home.resolve()}/.ansible" in told
    assert "ANSIBLE_COLLECTIONS_PATH=" in told
    assert "its roles would be those" not in play(home, tmp_path, ANSIBLE_COLLECTIONS_PATH=str(ROOT / ".venv"))
