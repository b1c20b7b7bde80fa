# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Finding one's way in what AWS answers."""

from __future__ import annotations

from typing import Any


def found_at(entry: Any, path: str) -> Any:
    """Return what an answer holds at ``Member``, ``Member.Member`` or ``List[].Member``, a list for the last.

    ``None`` where a part of the way is missing.
    """
    if not path:
        return entry
    part, _dot, rest = path.partition(".")
    name = part.removesuffix("[]")
    there = entry or {}
    inside = there.get(name, there.get(name[:1].lower() + name[1:]))  # APIs in JSON write memberName
    if part.endswith("[]"):
        return [found_at(one, rest) for one in inside or ()]
    return found_at(inside, rest)
