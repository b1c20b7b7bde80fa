# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose process is at the other end of a connection over loopback, as the kernel's table of sockets tells."""

from __future__ import annotations

import functools
import os
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_TABLES = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))


def owner(client_port: int, server_port: int) -> int | None:
    """Return the user id of the process that has connected from ``client_port``; None where it is not to be seen."""
    return next((uid for local, remote, uid in _connections() if (local, remote) == (client_port, server_port)), None)


def admits(client_port: int, server_port: int) -> bool:
    """Tell whether a connection comes from the user who runs this process, or from root.

    Where the system does not tell whose a connection is, as macOS, everybody on the machine is admitted.
    """
    if not tellable():
        return True
    return owner(client_port, server_port) in (os.getuid(), 0)


@functools.cache
def tellable() -> bool:
    """Tell whether this system says whose a connection is, by making one."""
    with socket.socket() as listener, socket.socket() as client:
        listener.bind(("127.0.0.1", 0))
        listener.listen(1)
        client.connect(listener.getsockname())
        return owner(client.getsockname()[1], listener.getsockname()[1]) == os.getuid()


def _connections() -> Iterator[tuple[int, int, int]]:
    """Yield local port, remote port and user id of every TCP socket."""
    for table in _TABLES:
        with suppress(OSError):
            for line in table.read_text(encoding="ascii").splitlines()[1:]:
                columns = line.split()
                yield int(columns[1].rpartition(":")[2], 16), int(columns[2].rpartition(":")[2], 16), int(columns[7])
