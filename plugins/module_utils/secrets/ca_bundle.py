# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The certificates of the authorities that sign RDS's servers: found, and checked before anybody trusts them."""

from __future__ import annotations

import re
import ssl
import time
from pathlib import Path

from ..core.errors import Failure

#: What a secret can hold, in bytes. The global bundle is larger, a region's has about 5,000.
LONGEST = 65536

_BLOCK = re.compile(r"-----BEGIN CERTIFICATE-----\s.*?-----END CERTIFICATE-----", re.DOTALL)


def problem(text: str, *, now: float | None = None) -> str:
    """Return what is wrong with a bundle, for the end of a sentence; empty where it is good.

    Args:
        text: the bundle.
        now: seconds since 1970; by default the time of the machine.
    """
    if len(text.encode()) > LONGEST:
        return f"has {len(text.encode())} bytes, a secret holds {LONGEST}; use the bundle of the region"
    blocks = _BLOCK.findall(text)
    if not blocks:
        return "holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)"
    moment = time.time() if now is None else now
    for number, block in enumerate(blocks, 1):
        wrong = _certificate_problem(block, moment)
        if wrong:
            return f"is unusable: certificate {number} of {len(blocks)} {wrong}"
    return ""


def _certificate_problem(block: str, now: float) -> str:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context.load_verify_locations(cadata=block + "\n")
    except (ssl.SSLError, ValueError):
        return "is damaged"
    authorities = context.get_ca_certs()
    if not authorities:
        return "is not that of a certificate authority"
    until = str(authorities[0]["notAfter"])
    return f"has been invalid since {until}" if ssl.cert_time_to_seconds(until) < now else ""


def from_file(path: str) -> str:
    """Return the bundle in a file.

    Raises:
        Failure: it cannot be read, or is no bundle.
    """
    try:
        text = Path(path).expanduser().read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "it is not text"
        raise Failure(f"CA bundle {path}", reason, next_step="set secrets_ca_bundle_file to a PEM file") from None
    return checked(text, path)


def checked(text: str, source: str) -> str:
    """Return a bundle with one line break at its end.

    Raises:
        Failure: it is no bundle.
    """
    wrong = problem(text)
    if wrong:
        raise Failure(
            f"CA bundle {source}", f"it {wrong}", next_step="set secrets_ca_bundle_file to a file with the right bundle"
        )
    return text.strip() + "\n"
