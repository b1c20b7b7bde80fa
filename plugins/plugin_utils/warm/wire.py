# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Paths are plain strings here: they are compared, handed to the import system, and time counts.
# ruff: noqa: PTH100, PTH102, PTH111, PTH116
# ruff: noqa: PTH118, PTH119, PTH120

"""What client and server say to each other, and the directory in which they meet.

A conversation over the Unix socket, one for each module::

    client                                server (a fork for this conversation)
    request: header, payload, two fds  -->
                                       <--  READY | REFUSED reason | STALE reason
    GO                                 -->
                                       <--  STARTED pid
                                       <--  EXIT wait status

Nothing runs before GO. Until the client has sent it, the client may give up and run the module elsewhere; the server
that finds the conversation closed runs nothing. From then on the client never runs the module itself. That is what
makes a module run once.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import stat
import struct
import sys
from typing import Any

#: First bytes of a request; the number changes when the conversation does.
MAGIC = b"WARM0001"
#: Length of header and of payload, in bytes.
_LENGTHS = struct.Struct("!II")
_FRAME = struct.Struct("!cI")
#: No header or payload of a sane peer is longer (bytes).
LIMIT = 256 * 1024 * 1024

READY = b"R"
REFUSED = b"N"
STALE = b"O"
STARTED = b"S"
EXIT = b"X"
GO = b"G"
#: The client lets go of the module but does not want it ended.
DETACH = b"D"

#: The longest socket path that every supported system takes (bytes); macOS has the smaller limit of 104.
PATH_LIMIT = 100


class Broken(Exception):
    """The other side closed the connection, or said something that is not part of the conversation."""


class Unsafe(Exception):
    """The meeting place or the other side cannot be trusted."""


def receive_exactly(sock: socket.socket, size: int) -> bytes:
    """Return ``size`` bytes from the socket.

    :raises Broken: at an early end
    :raises OSError: from the socket, a timeout included
    """
    if size > LIMIT:
        raise Broken(f"a message of {size} bytes")
    parts = bytearray()
    while len(parts) < size:
        part = sock.recv(min(size - len(parts), 1 << 20))
        if not part:
            raise Broken("the connection was closed")
        parts += part
    return bytes(parts)


def send_request(sock: socket.socket, header: dict[str, Any], payload: bytes, fds: list[int]) -> None:
    """Send a request; the file descriptors travel with its first bytes."""
    head = json.dumps(header).encode()
    socket.send_fds(sock, [MAGIC], fds)
    sock.sendall(_LENGTHS.pack(len(head), len(payload)) + head + payload)


def receive_request(sock: socket.socket, fd_count: int) -> tuple[dict[str, Any], bytes, list[int]]:
    """Return header, payload and file descriptors of a request.

    :raises Broken: if this is no request
    """
    start, fds, _flags, _address = socket.recv_fds(sock, len(MAGIC), fd_count)
    start += receive_exactly(sock, len(MAGIC) - len(start))
    if start != MAGIC or len(fds) != fd_count:
        raise Broken("not a request")
    head_size, payload_size = _LENGTHS.unpack(receive_exactly(sock, _LENGTHS.size))
    header = json.loads(receive_exactly(sock, head_size))
    if not isinstance(header, dict):
        raise Broken("not a request")
    return header, receive_exactly(sock, payload_size), fds


def send_frame(sock: socket.socket, kind: bytes, body: bytes = b"") -> None:
    """Send one answer."""
    sock.sendall(_FRAME.pack(kind, len(body)) + body)


def receive_frame(sock: socket.socket) -> tuple[bytes, bytes]:
    """Return kind and body of one answer.

    :raises Broken: if there is none
    """
    kind, size = _FRAME.unpack(receive_exactly(sock, _FRAME.size))
    return kind, receive_exactly(sock, size)


def peer_uid(sock: socket.socket) -> int:
    """Return the user id of the process at the other end of a Unix socket.

    :raises Unsafe: where the system does not tell
    """
    if hasattr(socket, "SO_PEERCRED"):
        _pid, uid, _gid = struct.unpack("3i", sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
        return int(uid)
    if sys.platform == "darwin":
        # struct xucred: version, uid, number of groups, groups. SOL_LOCAL is 0, LOCAL_PEERCRED is 1.
        version, uid = struct.unpack_from("=II", sock.getsockopt(0, 1, 76))
        if version == 0:
            return int(uid)
    raise Unsafe(f"{sys.platform} does not tell who is at the other end of a socket")


def check_peer(sock: socket.socket) -> None:
    """Refuse a peer that is another user.

    :raises Unsafe: if it is
    """
    uid = peer_uid(sock)
    if uid != os.geteuid():
        raise Unsafe(f"the process at the other end of the socket belongs to user {uid}")


def meeting_place(directory: str = "") -> str:
    """Return the directory of the sockets, made if missing: private to this user.

    :raises Unsafe: if it belongs to or is open to somebody else, or is a link, or lies where somebody else could put
        another in its place
    :raises OSError: if it cannot be made
    """
    directory = os.path.abspath(os.path.expanduser(directory or _usual_place()))
    _check_way(directory)
    directory = os.path.join(os.path.realpath(os.path.dirname(directory)), os.path.basename(directory))
    _check_way(directory)
    with contextlib.suppress(FileExistsError):
        os.mkdir(directory, 0o700)
    found = os.lstat(directory)
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or stat.S_IMODE(found.st_mode) & 0o077:
        raise Unsafe(f"{directory} is not a directory that is private to this user")
    return directory


def _usual_place() -> str:
    """Return the directory for the files of a login; where that is another user's, as after ``su``, our own."""
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    with contextlib.suppress(OSError):
        if runtime and os.stat(runtime).st_uid == os.geteuid():
            return f"{runtime}/ansible-warm"
    return f"/tmp/ansible-warm-{os.geteuid()}"  # noqa: S108 - a fixed place; whose it is is checked


def _check_way(directory: str) -> None:
    """Refuse a directory that somebody else could move away: every one above it is ours or root's.

    :raises Unsafe: if one of them belongs to, or is open to, another user; of a sticky one only the owner moves entries
    """
    while (above := os.path.dirname(directory)) != directory:
        directory = above
        found = os.lstat(directory)
        shared = stat.S_ISDIR(found.st_mode) and found.st_mode & 0o022 and not found.st_mode & stat.S_ISVTX
        if found.st_uid not in (0, os.geteuid()) or shared:
            raise Unsafe(f"{directory} can be changed by another user")
