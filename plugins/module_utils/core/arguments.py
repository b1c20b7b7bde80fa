# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of the module of a kind, and the wanted items that they hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .kind import Kind


def argument_spec(kind: type[Kind[Any]]) -> dict[str, Any]:
    """Return the options of the module of ``kind``: those of one item, the batch, and how to go about it."""
    item = {entry.name: entry.argument() for entry in kind.fields}
    if kind.tagged:
        item["tags"] = {"type": "dict", "no_log": False}
    spec: dict[str, Any] = dict(item)
    spec["after"] = {"type": "list", "elements": "raw"}
    spec["aws_account_id"] = {"type": "str"}
    spec["state"] = {"type": "str", "choices": ["present", "absent"], "default": "present"}
    spec["wait"] = {"type": "bool", "default": True}
    spec["wait_timeout"] = {"type": "int", "default": kind.timeout}
    if not kind.singleton:
        spec["items"] = {"type": "list", "elements": "dict", "options": item}
        spec["workers"] = {"type": "int", "default": 8}
        if kind.tagged:
            spec["prune"] = {"type": "bool", "default": False}
            spec["owned_by"] = {"type": "dict"}
    if kind.tagged:
        spec["purge_tags"] = {"type": "bool", "default": False}
    if kind.stateful:
        spec["acknowledge"] = {"type": "list", "elements": "str", "default": []}
    if kind.replaceable:
        spec["replace"] = {"type": "bool", "default": False}
    return spec


def wanted_items(kind: Kind[Any], params: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the wanted items, without what the user left out."""
    names = [*kind.field_names(), "tags"]
    batch = params.get("items")
    given = [params] if batch is None else batch
    return [{name: item.get(name) for name in names if item.get(name) is not None} for item in given]
