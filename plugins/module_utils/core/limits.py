# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a service takes for the value of a field, as data, and the one sentence that says what is wrong with a value."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .values import HIDDEN, is_unknown

if TYPE_CHECKING:
    from .kind import Field

#: How an option is called in a sentence.
Label = Callable[[str], str]

#: Characters of a value that a sentence repeats.
_SHOWN = 80


def problems(fields: Sequence[Field], item: Mapping[str, Any], label: Label = str) -> Iterator[str]:
    """Yield what is wrong with the values of ``item``, one sentence for each value.

    What is left out is passed over, and so is what only AWS can give.

    Args:
        fields: the options, with their limits.
        item: option to value.
        label: how an option is called.
    """
    for field in fields:
        value = item.get(field.name)
        if value is not None:
            yield from _of_value(field, value, label(field.name))


def _of_value(field: Field, value: Any, name: str) -> Iterator[str]:
    if field.clears and value in ("", [], {}):
        return
    if isinstance(value, (list, tuple)):
        yield from _of_list(field, value, name)
    elif isinstance(value, Mapping):
        yield from _of_mapping(field, value, name)
    else:
        yield from _of_one(field, value, name, "is")


def _of_list(field: Field, entries: Sequence[Any], name: str) -> Iterator[str]:
    yield from _count(field, entries, name)
    known = [entry for entry in entries if not is_unknown(entry)]
    twice = [entry for number, entry in enumerate(known) if field.unique and entry in known[:number]]
    if twice:
        yield f"{name} names {'an entry' if field.sensitive else shown(twice[0])} twice"
    for number, entry in enumerate(entries, 1):
        if isinstance(entry, Mapping):
            yield from _of_mapping(field, entry, f"{name} {number}")
        else:
            yield from _of_one(field, entry, name, "has")


def _of_mapping(field: Field, values: Mapping[str, Any], name: str) -> Iterator[str]:
    yield from problems(field.options or (), values, lambda option: f"{name}: {option}")


def _count(field: Field, entries: Sequence[Any], name: str) -> Iterator[str]:
    if not _within(len(entries), field.min_items, field.max_items):
        yield f"{name} has {len(entries)} entries; it takes {span(field.min_items, field.max_items)}"


def _of_one(field: Field, value: Any, name: str, verb: str) -> Iterator[str]:
    """Check a single value; ``verb`` leads to it in the sentence."""
    if is_unknown(value):
        return
    if isinstance(value, str) and not _within(len(value), field.min_length, field.max_length):
        wanted = f"have {span(field.min_length, field.max_length)} characters, not {len(value)}"
    else:
        wanted = _right(field, value)
        wanted = wanted and f"be {wanted}"
    if wanted:
        yield f"{name} {verb} {HIDDEN if field.sensitive else shown(value)}; it must {wanted}"


def _right(field: Field, value: Any) -> str:
    """Return what a value must be, in words; empty where it is."""
    if field.choices is not None and str(value) not in map(str, field.choices):
        return f"{'one of ' if len(field.choices) > 1 else ''}{', '.join(map(str, field.choices))}"
    if "int" in (field.type, field.elements) or "float" in (field.type, field.elements):
        return "" if _in_range(field, value) else span(field.minimum, field.maximum)
    if field.form is None or not isinstance(value, str) or re.fullmatch(field.form.pattern, value, re.ASCII):
        return ""
    return field.form.words


def _in_range(field: Field, value: Any) -> bool:
    if field.minimum is None and field.maximum is None:
        return True
    try:
        return _within(float(value), field.minimum, field.maximum)
    except (TypeError, ValueError):
        return False


def _within(value: float, low: float | None, high: float | None) -> bool:
    return (low is None or value >= low) and (high is None or value <= high)


def span(low: float | None, high: float | None) -> str:
    """Return a range in words: ``1 to 35``, ``7 or more``, ``at most 64``, ``2``."""
    if low is None or high is None:
        return f"at most {high}" if low is None else f"{low} or more"
    return f"{high}" if low == high else f"{low} to {high}"


def shown(value: Any) -> str:
    """Return a value as a sentence may repeat it: texts in quotes, not more than a line of them."""
    if not isinstance(value, str):
        return str(value)
    return f"'{value}'" if len(value) <= _SHOWN else f"'{value[:_SHOWN]}...'"


@dataclass(frozen=True)
class TagLimits:
    """What a service takes for tags.

    Attributes:
        most: tags of one resource.
        pattern: what keys and values consist of.
        form: the same in words.
        key_length: characters of a key at most.
        value_length: characters of a value at most.
    """

    most: int = 50
    pattern: str = r"[\w .:/=+@-]*"
    form: str = "letters, digits, blanks and _ . : / = + - @"
    key_length: int = 128
    value_length: int = 256

    def problems(self, tags: Mapping[str, Any] | None) -> Iterator[str]:
        """Yield what is wrong with tags, one sentence each."""
        given = tags or {}
        if len(given) > self.most:
            yield f"tags are {len(given)}; the service takes {self.most} at most"
        for key, value in given.items():
            if not is_unknown([key, value]):
                yield from self._of_tag(str(key), str(value))

    def _of_tag(self, key: str, value: str) -> Iterator[str]:
        if not 1 <= len(key) <= self.key_length:
            yield f"tags has the key {shown(key)}; a key must have 1 to {self.key_length} characters"
        elif key.lower().startswith("aws:"):
            yield f"tags has the key '{key}'; keys that begin with aws: are AWS's own"
        if len(value) > self.value_length:
            yield f"tags: the value of '{key}' has {len(value)} characters; it may have {self.value_length}"
        if not (re.fullmatch(self.pattern, key) and re.fullmatch(self.pattern, value)):
            yield f"tags has {shown(f'{key}: {value}')}; a tag must be {self.form}"
