# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Records of a run: where they cannot be left is told beforehand, and stops nothing afterwards."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.dataai.platform.plugins.action.preflight import same_records
from ansible_collections.dataai.platform.plugins.action.run_record import _left
from ansible_collections.dataai.platform.plugins.plugin_utils.run_files import unwritable


def test_a_folder_that_cannot_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert unwritable(str(tmp_path / "build" / "dev")) == ""
    assert unwritable(str(tmp_path / "file" / "dev")) == f"{tmp_path / 'file'} is no folder"


def test_a_record_that_cannot_be_written_is_a_warning(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    written, warnings = _left(tmp_path / "file" / "dev", {"changes.json": {}})
    assert written == []
    assert len(warnings) == 1
    assert "changes.json cannot be written" in warnings[0]
    assert _left(tmp_path, {"changes.json": {}}) == ([str(tmp_path / "changes.json")], [])


@pytest.mark.parametrize(
    ("others", "named"),
    [
        ({"two": {"environment_name": "dev"}}, "one, two"),
        ({"two": {"common_build_directory": "build/dev", "environment_name": "qa"}}, "one, two"),
        ({"two": {"environment_name": "qa"}, "three": {"environment_name": "dev"}}, "one, three"),
        ({"two": {"environment_name": "dev", "common_build_directory": "elsewhere"}, "three": {}}, ""),
        ({}, ""),
    ],
)
def test_hosts_that_would_overwrite_the_records_of_one_another_are_named(
    others: dict[str, dict[str, str]], named: str
) -> None:
    hostvars = {"one": {"environment_name": "dev"}, **others}
    given = {"inventory_hostname": "one", "ansible_play_hosts_all": list(hostvars), "hostvars": hostvars}
    told = list(same_records({"common_build_directory": "build/dev"}, given))
    assert bool(told) is bool(named)
    for text in told:
        assert text.startswith(f"common_build_directory is 'build/dev' for {named}, and each would overwrite")
