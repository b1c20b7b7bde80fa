# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Errors of requests that carry a secret: a message that quotes the secret, in whatever form, is not passed on."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from ..core.errors import Failure

#: What is said in the place of such a message.
WITHHELD = "AWS's message is withheld, as it quotes what is secret"

#: Parameters whose values are secret, in the requests of any service.
_SECRET = re.compile(r"(SecretString|SecretBinary|Passwords?|AuthToken|SecretAccessKey)$")

#: So many characters in a row of a secret count as a quotation.
_WINDOW = 12


def withhold(failure: Failure, params: Mapping[str, Any]) -> Failure:
    """Return ``failure``, or one of the same kind without AWS's message where that quotes a secret parameter.

    Args:
        failure: the translated error of a request.
        params: the parameters of the request.
    """
    texts = {text for value in _secrets(params) for text in _parts(value)}
    if not any(_quotes(failure.why, form) for text in texts for form in _forms(text)):
        return failure
    return type(failure)(failure.what, WITHHELD, next_step=failure.next_step, code=failure.code)


def _secrets(params: Mapping[str, Any]) -> Iterator[str]:
    for name, value in params.items():
        if _SECRET.search(name):
            yield from (str(entry) for entry in (value if isinstance(value, (list, tuple)) else [value]))


def _parts(text: str) -> Iterator[str]:
    """Yield a secret and, where it is JSON, every text in it."""
    yield text
    try:
        parsed = json.loads(text)
    except ValueError:
        return
    yield from _texts(parsed)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from (text for entry in value.values() for text in _texts(entry))
    elif isinstance(value, list):
        yield from (text for entry in value for text in _texts(entry))


def _forms(text: str) -> Iterator[str]:
    """Yield the forms in which a message may hold a text."""
    yield text
    once = json.dumps(text)[1:-1]
    yield once
    yield json.dumps(once)[1:-1]
    yield quote(text, safe="")
    for lead in range(3):  # base64 of a longer text shows this one in one of three ways
        encoded = b64encode(b"\0" * lead + text.encode()).decode().rstrip("=")
        yield encoded[(0, 2, 3)[lead] : len(encoded) - 1]


def _quotes(message: str, text: str) -> bool:
    window = min(_WINDOW, len(text))
    return window > 0 and any(text[start : start + window] in message for start in range(len(text) - window + 1))
