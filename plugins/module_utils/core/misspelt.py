# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which name somebody meant: names that are nearly right, and no others."""

from __future__ import annotations

from collections.abc import Iterable

#: Characters from which on one slip, and two, leave it beyond doubt which name was meant.
LONG, LONGER = 9, 15

#: Names of widely used roles that are nearly ours.
OF_OTHERS = {"grafana_datasources"}


def meant(name: str, known: Iterable[str], families: Iterable[str]) -> str | None:
    """Return the known name that ``name`` is nearly; ``None`` where it is a name of its own.

    A slip is a character too many, too few, another one, or two in the wrong order. The same words in another order
    are nearly right, too. A slip in the first word, which tells whose a name is, counts in long names alone, and a
    plural is another name where the first word is none of ours.

    Args:
        name: the name in question.
        known: right names.
        families: beginnings of names that are ours.
    """
    if name in OF_OTHERS or len(name) < LONG:
        return None
    ours = name.startswith(tuple(f"{family}_" for family in families))
    allowed = 2 if len(name) >= LONGER else 1
    found = []
    for candidate in known:
        if candidate == name:
            return None
        if _is_comparable(name, candidate, ours, allowed):
            slips = _slips(name.split("_"), candidate.split("_"), allowed)
            found += [(slips, candidate)] if slips <= allowed else []
    return min(found)[1] if found else None


def _is_comparable(name: str, candidate: str, ours: bool, allowed: int) -> bool:
    if abs(len(candidate) - len(name)) > allowed:
        return False
    if not ours and f"{min(name, candidate, key=len)}s" == max(name, candidate, key=len):
        return False
    return len(name) >= LONGER or name.partition("_")[0] == candidate.partition("_")[0]


def _slips(words: list[str], others: list[str], most: int) -> int:
    """Return by how many slips two names differ. What changes half a word makes another word of it."""
    if sorted(words) == sorted(others):
        return 1
    if len(words) == len(others):
        for one, other in zip(words, others, strict=True):
            if distance(one, other, most) > max(1, len(other) // 3):
                return most + 1
    return distance("_".join(words), "_".join(others), most)


def distance(left: str, right: str, most: int) -> int:
    """Return by how many slips two texts differ; more than ``most`` is told as ``most + 1``."""
    before: list[int] = []
    row = list(range(len(right) + 1))
    for i, one in enumerate(left, 1):
        before, above, row = row, before, [i]
        for j, other in enumerate(right, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (one != other))
            if i > 1 and j > 1 and one == right[j - 2] and left[i - 2] == other:
                cost = min(cost, above[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
    return min(row[-1], most + 1)
