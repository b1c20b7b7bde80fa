# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The form of the endpoint definitions, as a JSON schema, and a check that needs no further package.

``docs/examples/endpoint-definitions.schema.json`` is the same schema for whoever reads the secret.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

_TEXT: dict[str, Any] = {"type": "string", "minLength": 1}

_MODEL: dict[str, Any] = {
    "type": "object",
    "properties": {"modelName": _TEXT, "modelVersion": _TEXT, "deploymentName": _TEXT},
    "required": ["modelName", "modelVersion", "deploymentName"],
    "additionalProperties": False,
}

_DEFINITION: dict[str, Any] = {
    "type": "object",
    "properties": {
        "endpoint": {"type": "string", "pattern": r"^https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[^\s]*)?$"},
        "key": _TEXT,
        "location": _TEXT,
        "models": {"type": "array", "minItems": 1, "items": _MODEL},
    },
    "required": ["endpoint", "key", "location", "models"],
    "additionalProperties": False,
}

SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Endpoint definitions of the LiteLLM proxy",
    "type": "array",
    "minItems": 1,
    "items": _DEFINITION,
}


def problems(document: Any, schema: Mapping[str, Any] | None = None, place: str = "") -> Iterator[str]:
    """Yield what is wrong with a document, one sentence each; no value is quoted, as some are secret.

    It knows the words that ``SCHEMA`` uses, and no others.

    Args:
        document: what JSON would hold.
        schema: what it must be like; ``SCHEMA`` where it is left out.
        place: where the document stands in a larger one, such as ``[0].models``.
    """
    schema = SCHEMA if schema is None else schema
    if schema["type"] == "string" and isinstance(document, str):
        yield from _text_problems(document, schema, place)
    elif schema["type"] == "array" and isinstance(document, list):
        yield from _array_problems(document, schema, place)
    elif schema["type"] == "object" and isinstance(document, Mapping):
        yield from _object_problems(document, schema, place)
    else:
        yield f"{place or 'the document'} is no {schema['type']}"


def _text_problems(text: str, schema: Mapping[str, Any], place: str) -> Iterator[str]:
    if len(text) < schema.get("minLength", 0):
        yield f"{place} is empty"
    elif not re.search(schema.get("pattern", ""), text):
        yield f"{place} does not match {schema['pattern']}"


def _array_problems(entries: list[Any], schema: Mapping[str, Any], place: str) -> Iterator[str]:
    if len(entries) < schema.get("minItems", 0):
        yield f"{place or 'the document'} is empty"
    for number, entry in enumerate(entries):
        yield from problems(entry, schema["items"], f"{place}[{number}]")


def _object_problems(members: Mapping[str, Any], schema: Mapping[str, Any], place: str) -> Iterator[str]:
    known = schema["properties"]
    for name in schema["required"]:
        if name not in members:
            yield f"{place} lacks {name}"
    for name, value in members.items():
        if name in known:
            yield from problems(value, known[name], f"{place}.{name}")
        else:
            yield f"{place} has {name}, which means nothing"
