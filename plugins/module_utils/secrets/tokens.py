# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Version ids that tell what a version was made from, so that freshness is known without reading a value.

Secrets Manager takes the ClientRequestToken of a write as the id of the version, shows ids to everybody who may
describe the secret, and never lets a version be changed. An id is a mark and, after a hyphen, a trace of the version
that it replaced:

- The mark is a hash of what the value follows from: a fact's value, a derived value's template, parameters and the
  version ids of its sources, the id of an access key. The current version bears the mark, or the value is stale. No
  hash is made of a secret value.
- The trace makes a value that comes back a new version, as the id of the old one is taken for ever. Of several runs
  that replace the same version all use the same id, so exactly one of them writes.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

_OURS = re.compile(r"[0-9a-f]{40}-[0-9a-f]{16}")


def mark(*parts: Any) -> str:
    """Return the mark (40 hexadecimal digits) for what a value is made from: anything that JSON can tell."""
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:40]


def token(made_from: str, replaced: str | None, attempt: int = 0) -> str:
    """Return the id of a version.

    Args:
        made_from: its mark.
        replaced: id of the version that was current before; ``None`` for the first one.
        attempt: counts up where the id turned out to be taken by another value.
    """
    trace = hashlib.sha256(f"{replaced or ''}/{attempt}".encode()).hexdigest()[:16]
    return f"{made_from}-{trace}"


def bears(version_id: str | None, made_from: str) -> bool:
    """Tell whether a version has the mark."""
    return version_id is not None and is_ours(version_id) and version_id.startswith(f"{made_from}-")


def is_ours(version_id: str | None) -> bool:
    """Tell whether a version id was made here."""
    return version_id is not None and _OURS.fullmatch(version_id) is not None
