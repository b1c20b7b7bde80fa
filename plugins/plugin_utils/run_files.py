# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the actions share that leave files on the controller."""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

#: Every call of a module of ours registers its result under such a name.
_REGISTERED = re.compile(r"^__.+_result$")


def registered(variables: Mapping[str, Any]) -> Iterable[str]:
    """Return the names of the variables that hold results of modules of ours, sorted."""
    return sorted(name for name in variables if _REGISTERED.match(name))


def write_whole(path: Path, text: str) -> str:
    """Write a file in one step, so that a reader never sees half of it; make its folder. Return the path.

    A new folder is for its owner alone: the files name what there is, and where.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)
    Path(temporary).chmod(0o644)
    Path(temporary).replace(path)
    return str(path)


def unwritable(directory: str) -> str:
    """Return why no files can be left in a folder, which need not exist yet; empty where they can."""
    there = Path(directory).expanduser().absolute()
    while not there.exists() and there != there.parent:
        there = there.parent
    if not there.is_dir():
        return f"{there} is no folder"
    return "" if os.access(there, os.W_OK | os.X_OK) else f"{there} cannot be written to"


def write_json(path: Path, content: Any) -> str:
    """Write JSON in one step, as :func:`write_whole` does."""
    return write_whole(path, json.dumps(content, indent=2, sort_keys=True, default=str) + "\n")
