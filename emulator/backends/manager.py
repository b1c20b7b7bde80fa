# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps the servers as the resources of the embedded AWS ask for them."""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from typing import Any

from .authority import HOST, Authority
from .front import Front, Loop, plain, postgresql
from .postgresql import PostgreSQL
from .redis import Redis
from .runtime import Runtime, Unavailable
from .wanted import Key, Wanted, wanted

#: Seconds that a call waits for a change of a running server, such as of its password.
_CHANGE_SECONDS = 15.0


class Backends:
    """All servers of one emulator.

    Args:
        authority: folder of the certificate authority that signs their certificate; made where it is missing.
    """

    def __init__(self, authority: Path) -> None:
        self._runtime = Runtime()
        self._authority = Authority(authority)
        self._tls = self._authority.server_context(self._runtime.folder)
        self._loop = Loop()
        self._served: dict[Key, Served] = {}

    def sync(self, account: str) -> None:
        """Start, change and stop servers until they are what the resources ask for.

        Starting goes on in the background, and the resource is not available before it is done.
        """
        found = set()
        for key, wish, record in wanted(account):
            found.add(key)
            served = self._served.get(key)
            if served is None:
                served = self._served[key] = Served(key, self)
            served.want(wish)
            record["served"] = served.host
            record["phase"].hold = served.starting
        for key in [key for key in self._served if key not in found]:
            self._served.pop(key).want(None)

    def describe(self) -> dict[str, Any]:
        """Return the state of every server, without anything secret."""
        servers = [served.describe() for _key, served in sorted(self._served.items())]
        return {"enabled": True, "ca_file": str(self._authority.certificate_file), "servers": servers}

    def close(self) -> None:
        """Stop every server and remove what it held."""
        for served in self._served.values():
            served.want(None)
        for served in self._served.values():
            served.wait(_CHANGE_SECONDS)
        self._served.clear()
        self._loop.close()
        self._runtime.close()

    def front(self, wish: Wanted, target: Path) -> Front:
        """Open the way in to a server.

        Raises:
            OSError: the port is taken.
        """
        opening = postgresql if wish.engine == "postgresql" else plain
        return Front(self._loop, wish.port, target, self._tls if wish.tls else None, opening)

    def folder(self, engine: str) -> Path:
        """Return a new folder for a server."""
        return self._runtime.new_folder(engine[:1])


class Served:
    """The server of one resource. A thread of its own brings it to what is wanted, one step after the other."""

    def __init__(self, key: Key, backends: Backends) -> None:
        self._key, self._backends = key, backends
        self._lock = threading.Lock()
        self._idle = threading.Event()
        self._idle.set()
        self._wanted: Wanted | None = None
        self._done: Wanted | None = None
        self._server: PostgreSQL | Redis | None = None
        self._front: Front | None = None
        self._state = "starting"
        self._reason = ""

    def host(self) -> str | None:
        """Return the host of the server; None where there is none."""
        return HOST if self._front else None

    def starting(self) -> bool:
        """Tell whether the server is on its way."""
        return self._state == "starting"

    def want(self, wish: Wanted | None) -> None:
        """Ask for another server, or for none; returns at once unless a running one changes."""
        with self._lock:
            if wish == self._wanted:
                return
            self._open(wish)
            self._wanted = wish
            quick = self._state == "available" and wish is not None and wish.running
            if self._idle.is_set():
                self._idle.clear()
                threading.Thread(target=self._work, daemon=True).start()
        if quick:
            self._idle.wait(_CHANGE_SECONDS)

    def wait(self, seconds: float) -> None:
        """Wait until everything that was asked for is done."""
        self._idle.wait(seconds)

    def describe(self) -> dict[str, Any]:
        """Return the state for people and tests."""
        service, region, name = self._key
        wish = self._wanted
        shown: dict[str, Any] = {"service": service, "region": region, "name": name}
        shown |= {"state": self._state, "reason": self._reason}
        if wish and self._server:
            shown |= {"engine": wish.engine, "server": self._server.version, "pid": self._server.pid}
            shown |= {"host": self.host(), "port": wish.port, "tls": wish.tls}
        return shown

    def _open(self, wish: Wanted | None) -> None:
        """Open, move or close the way in, so that a port that is taken is known before anybody is told of it."""
        if self._front and (wish is None or wish.port != self._front.port or wish.refused):
            self._front.close()
            self._front = None
        if wish is None:
            return
        if wish.running and self._state != "available":
            self._state, self._reason = "starting", ""
        if self._front:
            return
        try:
            if wish.refused:
                raise Unavailable(wish.refused)
            if self._server is None:
                folder = self._backends.folder(wish.engine)
                self._server = PostgreSQL(folder) if wish.engine == "postgresql" else Redis(folder)
            self._front = self._backends.front(wish, self._server.socket)
        except (Unavailable, OSError) as error:
            self._give_up(error)

    def _give_up(self, error: Exception) -> None:
        """Go on without the server, and say so."""
        self._state, self._reason = "unavailable", str(error)
        print(f"emulator: no server for {'/'.join(self._key)}: {error}", file=sys.stderr, flush=True)

    def _work(self) -> None:
        while True:
            with self._lock:
                wish = self._wanted
                if wish == self._done:
                    self._idle.set()
                    return
            try:
                self._bring(wish)
            except (Unavailable, OSError) as error:
                self._fail(error)
            self._done = wish

    def _fail(self, error: Exception) -> None:
        with self._lock:
            if self._front:
                self._front.close()
                self._front = None
            if self._server:
                self._server.stop()
            self._give_up(error)

    def _bring(self, wish: Wanted | None) -> None:
        server = self._server
        if server is None:
            return
        if wish is None or not wish.running:
            server.stop(keep=wish is not None)
            self._state = "stopped"
            return
        if not self._reason:
            self._run(server, wish)
            self._state = "available"

    def _run(self, server: PostgreSQL | Redis, wish: Wanted) -> None:
        """Start a server that does not run, and give it its password."""
        if isinstance(server, PostgreSQL):
            if server.pid is None:
                server.start()
            server.set_master(wish.user, wish.password, wish.database)
            return
        done = (self._done.password, self._done.users) if self._done else None
        if server.pid is None or done != (wish.password, wish.users):
            server.stop()
            server.start(wish.password, wish.users)
