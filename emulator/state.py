# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the overlay remembers, per service, account and region."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

_stores: dict[tuple[str, str, str], defaultdict[str, dict[str, Any]]] = {}


def store(service: str, account: str, region: str) -> defaultdict[str, dict[str, Any]]:
    """Return the named tables (`{table: {key: record}}`) of one service in one account and region."""
    return _stores.setdefault((service, account, region), defaultdict(dict))


def stores(service: str, account: str) -> dict[str, defaultdict[str, dict[str, Any]]]:
    """Return every region's tables of one service in one account."""
    return {key[2]: value for key, value in _stores.items() if key[:2] == (service, account)}


def reset() -> None:
    """Forget everything."""
    _stores.clear()
