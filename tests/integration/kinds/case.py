# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a kind gives to the common tests: sample items, a way to disturb them, and what must hold in AWS."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.dataai.platform.plugins.module_utils.core.kind import Kind

Item = Mapping[str, Any]


@dataclass(frozen=True)
class Case:
    """One kind under the common rhythm.

    Attributes:
        kind: the kind.
        create: the item as first wanted.
        update: the same item with everything changed that AWS can change.
        drift: changes the live resource behind the project's back, with plain boto3.
        verify: looks at AWS with plain boto3 and asserts that an item is there as wanted.
        missing: items that lack something or are wrong, with a word that the message must hold.
        immutable: changes that must be refused, with the name of the field.
        unchanged: spellings of the created item that mean the same and must change nothing.
        options: further options of reconcile, such as acknowledged names.
        region: where the kind is tried; the home region where left out.
    """

    kind: type[Kind[Any]]
    create: Item
    update: Item
    drift: Callable[[], None]
    verify: Callable[[Item], None]
    missing: tuple[tuple[Item, str], ...] = ()
    immutable: tuple[tuple[Item, str], ...] = ()
    unchanged: tuple[Item, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    region: str | None = None
