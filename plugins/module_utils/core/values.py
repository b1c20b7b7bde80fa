# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Values as the engine compares them: unknown ones, secret ones, and canonical forms."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

#: Stands for a value that only AWS can give, such as the id of a resource that a plan has not created.
#: It is a plain string so that it travels through templates, policies and lists unharmed.
UNKNOWN = "(known after apply)"

#: What a diff shows in the place of a sensitive value.
HIDDEN = "(sensitive value)"


def is_unknown(value: Any) -> bool:
    """Tell whether ``value`` is, or holds at any depth, a value that only AWS can give."""
    if isinstance(value, str):
        return UNKNOWN in value
    if isinstance(value, Mapping):
        return any(is_unknown(item) for pair in value.items() for item in pair)
    if isinstance(value, (list, tuple, set, frozenset)):
        return any(is_unknown(item) for item in value)
    return False


class Secret:
    """A secret value that cannot be printed, formatted, serialised or compared by accident.

    ``reveal()`` is the only way to the text; it is called where an AWS request is built and nowhere else.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the text of the secret."""
        return self._text

    def __repr__(self) -> str:
        return HIDDEN

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return HIDDEN

    def __eq__(self, other: object) -> bool:
        raise TypeError("secrets are not compared; compare version ids")

    def __hash__(self) -> int:
        raise TypeError("secrets are not hashed")

    def __reduce__(self) -> str | tuple[Any, ...]:
        raise TypeError("secrets are not serialised")


def canonical(value: Any) -> Any:
    """Return ``value`` without the ``None`` entries of mappings, at every depth.

    Ansible fills every sub-option that a user left out with ``None``, which here means "not managed".
    """
    if isinstance(value, Mapping):
        return {key: canonical(item) for key, item in value.items() if item is not None}
    if isinstance(value, (list, tuple)):
        return [canonical(item) for item in value]
    return value


def as_text(value: Any) -> str:
    """Return a scalar in the spelling of YAML and JSON, in which a text that AWS keeps is written and compared."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def texts(value: Any) -> Any:
    """Return a mapping of texts, as AWS keeps tags and environments, from one with numbers and booleans in it.

    An entry of ``None`` is not managed. What is no scalar stays as it is, for whoever checks the input to refuse.
    """
    if not isinstance(value, Mapping):
        return value
    return {
        str(key): item if isinstance(item, (str, Mapping, list, tuple)) else as_text(item)
        for key, item in value.items()
        if item is not None
    }


def sort_key(value: Any) -> str:
    """Return a text that orders values of any JSON type."""
    return json.dumps(value, sort_keys=True, default=str)


# --- normalisers: what a field's value is compared by ---------------------------------------------------------------

Normaliser = Callable[[Any], Any]


def lower(value: Any) -> Any:
    """Compare identifiers that AWS stores in lower case."""
    return value.lower() if isinstance(value, str) else value


def unordered(value: Any) -> Any:
    """Compare lists whose order means nothing, and in which an entry that is given twice is there once."""
    if isinstance(value, (list, tuple, set, frozenset)):
        by_meaning = {sort_key(item): item for item in map(canonical, value)}
        return [by_meaning[key] for key in sorted(by_meaning)]
    return value


def or_none(value: Any) -> Any:
    """Compare what is empty and what was never set as equal."""
    return value or None


def unordered_or_none(value: Any) -> Any:
    """Compare as ``unordered``, an empty list and one that AWS leaves out as equal."""
    return unordered(value) or None


def version(parts: int) -> Normaliser:
    """Compare the first ``parts`` numbers of a version: ``7.1`` and ``7.1.0`` are the same with two."""

    def normalise(value: Any) -> Any:
        return ".".join(str(value).split(".")[:parts])

    return normalise


def last_part(separator: str) -> Normaliser:
    """Compare an ARN and the bare id or name at its end as equal."""

    def normalise(value: Any) -> Any:
        return str(value).rsplit(separator, 1)[-1]

    return normalise


def json_document(value: Any) -> Any:
    """Compare JSON texts and structures by meaning."""
    if isinstance(value, str) and value.strip()[:1] in ("{", "["):
        return canonical(json.loads(value))
    return canonical(value)
