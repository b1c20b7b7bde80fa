# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules for the input of role databases."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ..databases import spec
from .common import DATABASE_NAME


def problems(v: Mapping[str, Any]) -> Iterable[str]:
    """Check how the server is reached, and the databases as the module will get them."""
    if v.get("databases_connect_timeout", 1) < 1:
        yield f"databases_connect_timeout is {v['databases_connect_timeout']}; it must be 1 second at least"
    path = v.get("databases_ca_file")
    if path and not Path(str(path)).expanduser().is_file():
        yield f"databases_ca_file is '{path}'; there is no such file"
    if v.get("databases_sslmode", "") != "require" and not path and v.get("databases_ca_secret") == "":
        yield "databases_ca_file and databases_ca_secret are empty; verifying the server needs one of them"
    yield from _databases(v.get("common_databases") or {})


def _databases(given: Mapping[str, Mapping[str, Any]]) -> Iterable[str]:
    """Check what is said of databases; their names are checked with the estate's."""
    wanted = []
    named = {entry["name"]: entry for entry in given.values() if DATABASE_NAME.fullmatch(str(entry.get("name")))}
    for entry in named.values():
        values = {name: value or None for name, value in entry.items() if name in _OPTIONS}
        wanted.append({**values, "grants": entry.get("grants") or []})
    try:
        parsed = spec.parsed(wanted)
    except (KeyError, TypeError, AttributeError):
        yield "postgresql_databases: a grant has a role, a list of privileges and perhaps a schema"
        return
    yield from (f"postgresql_databases: {text}" for text in spec.problems(parsed))


_OPTIONS = ("name", "owner", "extensions", "grants", "login", "login_secret")
