# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Brings the files of a folder on the controller to what they should be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ansible_collections.dataai.platform.plugins.plugin_utils.run_files import write_whole


class ActionModule(ActionBase):
    """Runs on the controller: a folder is relative to the one in which Ansible was started, as with the other records.

    A module would run in the folder of the playbook.
    """

    _supports_check_mode = True
    _supports_diff = True
    _VALID_ARGS = frozenset(("directory", "files", "owned"))

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Write what differs, remove what is owned and not wanted, and report the paths of both."""
        super().run(tmp, task_vars)
        directory = Path(str(self._task.args["directory"])).expanduser()
        wanted = {str(name): str(text) for name, text in (self._task.args.get("files") or {}).items()}
        odd = [name for name in wanted if Path(name).name != name]
        if odd:
            raise AnsibleActionFail(f"files: {', '.join(odd)} must be names without a folder")
        before = _present(directory, wanted, self._task.args.get("owned") or ())
        written = sorted(name for name, text in wanted.items() if before.get(name) != text)
        removed = sorted(before.keys() - wanted.keys())
        if not self._task.check_mode:
            _apply(directory, {name: wanted[name] for name in written}, removed)
        return {
            "changed": bool(written or removed),
            "written": [str(directory / name) for name in written],
            "removed": [str(directory / name) for name in removed],
            "diff": [_difference(directory / name, before.get(name), wanted.get(name)) for name in written + removed],
        }


def _present(directory: Path, wanted: Mapping[str, str], owned: Sequence[str]) -> dict[str, str]:
    """Return name and content of the files in a folder that are wanted or owned."""
    paths = {path for pattern in (*map(str, owned), *wanted) for path in directory.glob(pattern) if path.is_file()}
    return {path.name: path.read_text(encoding="utf-8", errors="replace") for path in paths}


def _difference(path: Path, before: str | None, after: str | None) -> dict[str, str]:
    return {
        "before_header": str(path) if before is not None else "",
        "after_header": str(path) if after is not None else "",
        "before": before or "",
        "after": after or "",
    }


def _apply(directory: Path, written: Mapping[str, str], removed: Sequence[str]) -> None:
    for name, text in written.items():
        write_whole(directory / name, text)
    for name in removed:
        (directory / name).unlink(missing_ok=True)
    if removed and directory.is_dir() and not any(directory.iterdir()):
        directory.rmdir()
