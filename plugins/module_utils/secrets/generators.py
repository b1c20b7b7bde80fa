# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Random values in the formats that their consumers need, from the operating system's generator."""

from __future__ import annotations

import json
import secrets
import string
from collections.abc import Callable, Mapping

from ..core.values import Secret

_ALPHANUMERIC = string.ascii_letters + string.digits


def alphanumeric(length: int) -> str:
    """Return random letters and digits, which need no quoting in a URL, a shell or a file of any format."""
    return "".join(secrets.choice(_ALPHANUMERIC) for _position in range(length))


#: Name of a generator to what it makes.
GENERATORS: Mapping[str, Callable[[], str]] = {
    "hex_16": lambda: secrets.token_hex(16),
    "hex_32": lambda: secrets.token_hex(32),
    "base64url_32": lambda: secrets.token_urlsafe(32),
    "alphanumeric_32": lambda: alphanumeric(32),
    "alphanumeric_64": lambda: alphanumeric(64),
    # LiteLLM takes a key for its own only where it begins with sk-.
    "litellm_key": lambda: f"sk-{alphanumeric(48)}",
    # Zitadel stops at once where its master key has not exactly 32 characters.
    "zitadel_master_key": lambda: alphanumeric(32),
}


def generate(name: str, username: str | None = None) -> Secret:
    """Return a new random value.

    Args:
        name: a key of ``GENERATORS``.
        username: makes it the password of this user, in the form ``{"username": ..., "password": ...}``.
    """
    value = GENERATORS[name]()
    return Secret(value if username is None else json.dumps({"username": username, "password": value}))
