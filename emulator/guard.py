# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is answered: clients of this machine, no web page, and where there are real servers their owner alone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from . import peers
from .call import Response

#: Names of this machine. A client may put labels before one of them, as of a bucket or an account.
LOOPBACK = ("localhost", "127.0.0.1", "[::1]")

#: What a guest may ask: whether anybody is there.
_FOR_GUESTS = "/_emulator/health"


class Guard:
    """Decides whether a request is answered.

    Args:
        private: answer the user who runs this process, and root, and nobody else on the machine.
        host: the address that is listened on, which a client may name as well.
    """

    def __init__(self, *, private: bool, host: str = "127.0.0.1") -> None:
        self._private, self._names = private, (*LOOPBACK, host)
        self._known: WeakKeyDictionary[Any, bool] = WeakKeyDictionary()

    def refusal(self, environ: Mapping[str, Any]) -> Response | None:
        """Return the answer to a request that is refused, None for one that is not."""
        if not self._is_ours(environ.get("HTTP_HOST", "")):
            return _refused("the Host of the request is not a name of this machine")
        origin = environ.get("HTTP_ORIGIN")
        # A browser sends one with what a page asks for; only our own pages may.
        if origin is not None and urlsplit(origin).netloc != environ.get("HTTP_HOST"):
            return _refused("a web page of another origin has asked")
        if environ.get("HTTP_SEC_FETCH_SITE") in ("cross-site", "same-site"):
            return _refused("a web page of another site has asked")
        path = environ.get("PATH_INFO", "")
        if path != _FOR_GUESTS and not self.knows(environ):
            return _refused("the embedded AWS belongs to another user of this machine")
        if not path.startswith("/_emulator/") and not _signed(environ):
            return _refused("Missing Authentication Token", "MissingAuthenticationToken")
        return None

    def knows(self, environ: Mapping[str, Any]) -> bool:
        """Tell whether a request comes from who may ask for everything."""
        connection = environ.get("werkzeug.socket")
        if not self._private or connection is None:
            return True
        if connection not in self._known:
            ports = int(environ["REMOTE_PORT"]), int(environ["SERVER_PORT"])
            self._known[connection] = peers.admits(*ports)
        return self._known[connection]

    def _is_ours(self, host: str) -> bool:
        name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
        return any(name == own or name.endswith(f".{own}") for own in self._names)


def _signed(environ: Mapping[str, Any]) -> bool:
    """Tell whether a request carries credentials, in its header or as a presigned URL does."""
    return bool(environ.get("HTTP_AUTHORIZATION")) or "Signature=" in environ.get("QUERY_STRING", "")


def _refused(message: str, code: str = "AccessDeniedException") -> Response:
    headers = [("Content-Type", "application/json"), ("x-amzn-ErrorType", code)]
    return Response(403, headers, json.dumps({"__type": code, "message": message}).encode(), code)
