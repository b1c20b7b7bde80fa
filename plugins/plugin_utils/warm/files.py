# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Paths are plain strings here: they are compared, handed to the import system, and time counts.
# ruff: noqa: PTH116, PTH117

"""Notices that a file which the server has loaded was changed, removed or shadowed since."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable

_Mark = tuple[int, int, int]


def _mark(path: str) -> _Mark | None:
    """Return what changes when a file does: modification time (ns), size (bytes), inode."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


class Snapshot:
    """The state of files and directories at the time they were loaded."""

    def __init__(self) -> None:
        self._marks: dict[str, _Mark | None] = {}

    def add(self, paths: Iterable[str]) -> None:
        """Remember these, unless they are known."""
        for path in paths:
            if path not in self._marks:
                self._marks[path] = _mark(path)

    def add_loaded(self) -> None:
        """Remember every file that a module came from, and every directory that modules are searched in.

        An installed, removed or upgraded distribution changes the directory that holds it.
        """
        files = (getattr(module, "__file__", None) for module in list(sys.modules.values()))
        self.add(name for name in files if isinstance(name, str) and os.path.isabs(name))
        self.add(entry for entry in sys.path if os.path.isabs(entry))

    def changed(self) -> str | None:
        """Return a path that is not what it was, if there is one."""
        return next((path for path, mark in self._marks.items() if _mark(path) != mark), None)
