# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The way in: listens on loopback, ends TLS, and hands the connection on to a server's Unix socket.

So it does not matter whether a server was built with TLS, and nothing of it is reachable without, nor by other users of
the machine.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
import threading
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

from emulator import peers

_LOOPBACK = ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"))
_CHUNK = 65536

# The first message of a PostgreSQL client: its length, then one of these codes in the place of a version.
_SSL_REQUEST = 80877103
_GSS_REQUEST = 80877104
_CANCEL_REQUEST = 80877102

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
#: Takes a new connection and returns it once it may be handed on, with what was read of it; None refuses it.
Opening = Callable[[asyncio.StreamReader, asyncio.StreamWriter, ssl.SSLContext | None], Awaitable[bytes | None]]


class Loop:
    """An event loop in a thread of its own, shared by all fronts."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Run a coroutine and return what it returns."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=10)

    def close(self) -> None:
        """End the loop."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=5)
        self._loop.close()


class Front:
    """One port on loopback.

    Args:
        loop: where it runs.
        port: the port to listen on.
        target: the Unix socket of the server.
        tls: TLS settings; None speaks plainly.
        opening: how a connection of the protocol begins.

    Raises:
        OSError: the port is taken.
    """

    def __init__(self, loop: Loop, port: int, target: Path, tls: ssl.SSLContext | None, opening: Opening) -> None:
        self.port = port
        self._loop, self._target, self._tls, self._opening = loop, target, tls, opening
        self._open: set[asyncio.Task[None]] = set()
        self._servers = loop.run(self._listen(_bound(port)))

    def close(self) -> None:
        """Stop listening and end every connection."""
        self._loop.run(self._end())

    async def _listen(self, sockets: list[socket.socket]) -> list[asyncio.Server]:
        return [await asyncio.start_server(self._serve, sock=item) for item in sockets]

    async def _end(self) -> None:
        for server in self._servers:
            server.close()
        for task in list(self._open):
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = cast("asyncio.Task[None]", asyncio.current_task())
        self._open.add(task)
        try:
            with suppress(OSError, EOFError, ssl.SSLError):
                if peers.admits(writer.get_extra_info("peername")[1], self.port):
                    await self._pass_on(reader, writer)
        finally:
            self._open.discard(task)
            writer.close()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        begun = await self._opening(reader, writer, self._tls)
        if begun is None:
            return
        inner_reader, inner_writer = await asyncio.open_unix_connection(str(self._target))
        try:
            inner_writer.write(begun)
            ways = [asyncio.create_task(_pump(reader, inner_writer)), asyncio.create_task(_pump(inner_reader, writer))]
            try:
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for way in ways:
                    way.cancel()
                await asyncio.gather(*ways, return_exceptions=True)
        finally:
            inner_writer.close()


async def _pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    while data := await source.read(_CHUNK):
        target.write(data)
        await target.drain()


def _bound(port: int) -> list[socket.socket]:
    """Return sockets on the port of both loopback addresses; a machine without IPv6 has one.

    Raises:
        OSError: the port is taken.
    """
    found: list[socket.socket] = []
    for family, address in _LOOPBACK:
        try:
            found.append(_socket(family, address, port))
        except OSError as error:
            if family == socket.AF_INET6 and not _has_ipv6():
                continue
            for item in found:
                item.close()
            raise OSError(error.errno, f"port {port} of {address}: {error.strerror}") from None
    return found


def _socket(family: socket.AddressFamily, address: str, port: int) -> socket.socket:
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        made.bind((address, port))
        made.listen(128)
        made.setblocking(False)
    except OSError:
        made.close()
        raise
    return made


def _has_ipv6() -> bool:
    try:
        _socket(socket.AF_INET6, "::1", 0).close()
    except OSError:
        return False
    return True


async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, tls: ssl.SSLContext | None) -> bytes | None:
    """Begin with TLS at once, as Redis does, or hand the connection on as it is."""
    if tls is not None:
        await writer.start_tls(tls)
    return b""


async def postgresql(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, tls: ssl.SSLContext | None
) -> bytes | None:
    """Begin as PostgreSQL does: the client asks for TLS in plain text. Who does not ask is refused."""
    while True:
        first = await reader.readexactly(8)
        _length, code = struct.unpack("!II", first)
        if code == _GSS_REQUEST:
            writer.write(b"N")
            continue
        if code == _SSL_REQUEST and tls is not None:
            writer.write(b"S")
            await writer.drain()
            await writer.start_tls(tls)
            return b""
        if code == _CANCEL_REQUEST or tls is None:
            return first
        writer.write(_refusal("no encryption: the server takes connections with TLS only (rds.force_ssl)"))
        await writer.drain()
        return None


def _refusal(message: str) -> bytes:
    """Return a PostgreSQL ErrorResponse with the code for a refused connection."""
    fields = b"SFATAL\0VFATAL\0C28000\0M" + message.encode() + b"\0\0"
    return b"E" + struct.pack("!I", len(fields) + 4) + fields
