# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The same files make the same archive on every machine, and only what is needed is in it."""

from __future__ import annotations

import io
import os
import shutil
import zipfile
from pathlib import Path

import pytest
import yaml

from ansible_collections.dataai.platform.plugins.module_utils.checks.database_access import DISTRIBUTIONS
from ansible_collections.dataai.platform.plugins.module_utils.functions.bundle import archive, code_sha256, problems

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """Make a package whose modules import each other."""
    files = {
        "app/__init__.py": "",
        "app/main.py": "import json\nfrom .tools import texts\nfrom .tools.numbers import one\n",
        "app/tools/__init__.py": "",
        "app/tools/texts.py": "from .. import shared\nfrom . import main\n",
        "app/tools/numbers.py": "def late():\n    from ..late import x\n    return x\none = 1\n",
        "app/shared.py": "",
        "app/late/__init__.py": "from .deep import x\n",
        "app/late/deep.py": "x = 1\n",
        "app/unused.py": "import ansible\n",
        "app/__pycache__/main.cpython-311.pyc": "",
        "app/.hidden": "",
        "app/data.txt": "data",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path / "app"


def names(content: bytes) -> list[str]:
    """Return the names in an archive."""
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        assert packed.testzip() is None
        return packed.namelist()


def test_an_entry_brings_what_it_imports_and_no_more(package: Path) -> None:
    found = names(archive({"directory": str(package), "entry": "main.py"}))
    assert found == [
        "app/__init__.py",
        "app/late/__init__.py",
        "app/late/deep.py",
        "app/main.py",
        "app/shared.py",
        "app/tools/__init__.py",
        "app/tools/numbers.py",
        "app/tools/texts.py",
    ]


def test_a_folder_comes_without_what_python_leaves_in_it(package: Path) -> None:
    found = names(archive({"directory": str(package)}))
    assert {"app/data.txt", "app/unused.py"} <= set(found)
    assert not [name for name in found if "__pycache__" in name or "hidden" in name]


def test_time_place_and_owner_do_not_matter(package: Path, tmp_path: Path) -> None:
    code = {"entry": "main.py", "files": {"b": "2", "a": "1"}}
    one = archive({"directory": str(package), **code})
    copy = tmp_path / "elsewhere" / "app"
    shutil.copytree(package, copy)
    for file in copy.rglob("*"):
        os.utime(file, (1, 1))
        file.chmod(0o700)
    code["files"] = {"a": "1", "b": "2"}
    assert archive({"directory": f"{copy}/../app", **code}) == one
    assert code_sha256(one) != code_sha256(archive({"directory": str(package), "entry": "main.py"}))


def test_every_file_may_be_read_by_the_user_of_the_function(package: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(archive({"directory": str(package)}))) as packed:
        assert {entry.external_attr >> 16 for entry in packed.infolist()} == {0o100644}


def test_a_distribution_comes_with_its_name_and_licence_and_without_traces_of_its_installation() -> None:
    found = names(archive({"distributions": list(DISTRIBUTIONS)}))
    assert {"pg8000/native.py", "six.py"} <= set(found)
    assert [name for name in found if name.startswith("pg8000-") and name.endswith("METADATA")]
    assert [name for name in found if "LICENSE" in name]
    assert not [name for name in found if name.endswith(("RECORD", "INSTALLER", "REQUESTED", ".pyc"))]


def test_the_role_packs_what_its_check_asks_for() -> None:
    role = yaml.safe_load((ROOT / "roles/database_access/vars/main.yml").read_text())
    assert tuple(role["__database_access_code"]["distributions"]) == DISTRIBUTIONS
    assert list(problems({"files": {"x": ""}, "distributions": DISTRIBUTIONS})) == []


@pytest.mark.parametrize("entry", ["secret_sync.py", "database_access.py"])
def test_functions_need_nothing_of_ansible(entry: str) -> None:
    code = {"directory": str(ROOT / "plugins" / "module_utils"), "entry": f"functions/{entry}"}
    with zipfile.ZipFile(io.BytesIO(archive(code))) as packed:
        for name in packed.namelist():
            text = packed.read(name).decode()
            assert "import ansible" not in text, name
            assert "from ansible" not in text, name
