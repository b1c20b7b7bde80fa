# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Records of a run: where they cannot be left is told beforehand, and stops nothing afterwards."""

from __future__ import annotations

from pathlib import Path

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
