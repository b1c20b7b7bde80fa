# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Finds known values in bytes of any origin, in each form in which a careless program may have put them there."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import quote, quote_plus
from xml.sax.saxutils import escape

#: A shorter text would be found by chance.
SHORTEST = 8

#: Members of JSON values that are secret by themselves.
SECRET_MEMBERS = ("password", "key")


_FOLD = re.compile(rb"\\?\s+")


@dataclass(frozen=True, order=True)
class Hit:
    """A value that was found: where, which one (by its name), and in what form."""

    sink: str
    secret: str
    form: str


def forms(text: str) -> dict[str, bytes]:
    """Return the forms in which a value may be told, by the name of the form."""
    once = json.dumps(text)[1:-1]
    ascii_and_xml = {
        "plain": text,
        "json": once,
        "json in json": json.dumps(once)[1:-1],
        "url": quote(text, safe=""),
        "url, slashes kept": quote(text),
        "url, form": quote_plus(text),
        "xml": escape(text),
        "xml attribute": escape(text, {'"': "&quot;", "'": "&apos;"}),
        "yaml, single quotes": text.replace("'", "''"),
        "python": repr(text)[1:-1],
    }
    found = {name: form.encode() for name, form in ascii_and_xml.items()}
    found["url, lower case"] = re.sub(rb"%[0-9A-F]{2}", lambda escaped: escaped[0].lower(), found["url"])
    found["hex"] = text.encode().hex().encode()
    found.update(_base64_forms(text))
    return found


def _base64_forms(text: str) -> dict[str, bytes]:
    """Return what of base64 is the same whatever stands before and after the value, for each alignment."""
    found = {}
    for lead in range(3):
        padded = b"\0" * lead + text.encode()
        whole = b64encode(padded)[: len(padded) // 3 * 4]
        core = whole[(0, 2, 3)[lead] :]
        found[f"base64, alignment {lead}"] = core
        found[f"base64 for urls, alignment {lead}"] = core.translate(bytes.maketrans(b"+/", b"-_"))
    return found


def parts(name: str, text: str) -> dict[str, str]:
    """Return a value and, where it is JSON, what is secret in it, by names that tell them apart."""
    found = {name: text}
    try:
        parsed = json.loads(text)
    except ValueError:
        return found
    for number, leaf in enumerate(_leaves(parsed)):
        found[f"{name}[{number}]"] = leaf
    return found


def _leaves(value: object) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from (leaf for key in SECRET_MEMBERS for leaf in _leaves(value.get(key)))
    elif isinstance(value, list):
        for entry in value:
            yield from _leaves(entry)


def scan(sinks: Mapping[str, bytes], secrets: Mapping[str, str]) -> list[Hit]:
    """Return every occurrence of a secret in a sink.

    Args:
        sinks: what was shown or left, by where.
        secrets: values by name.
    """
    needles: dict[bytes, tuple[str, str]] = {}  # most forms of most values are the same
    for name, text in secrets.items():
        if len(text) >= SHORTEST:
            for form, needle in forms(text).items():
                needles.setdefault(needle, (name, form))
    found = set()
    for sink, content in sinks.items():
        # Output that is folded at the width of a terminal, or in YAML, breaks values in two.
        squeezed = _FOLD.sub(b"", content)
        for needle, (name, form) in needles.items():
            if needle in squeezed or (_FOLD.search(needle) and needle in content):
                found.add(Hit(sink, name, form))
    return sorted(found)
