# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Paths are plain strings here: they are compared, handed to the import system, and time counts.
# ruff: noqa: PTH112, PTH119

"""One conversation with a client: a fork of the server that forks the module's process and watches over it."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import re
import select
import shutil
import signal
import socket
import struct
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from . import wire
from .files import Snapshot
from .payload import ENDED, Job, Notes, Stage
from .sdk import SdkData
from .shell import ShellTraces
from .store import Store

#: A client must have sent its request, and later its GO, within so many seconds.
PATIENCE = 30.0
#: A module that is to end may clean up for so many seconds after it was interrupted.
GRACE = 2.0
#: Seconds between looks at the playbook, where the system does not tell when it ends.
LOOK = 1.0

_LENGTH = struct.Struct("!I")
_ZIP = re.compile(rb"""(?:zip_data='|ZIPDATA = [rb]*\"{3})([A-Za-z0-9+/=\s]+)""")
#: What a fork tells the server: that it has taken a client, facts as JSON, and what it has learned of a payload.
TAKEN, FACTS, LEARNED = b"T", b"J", b"C"


def process_exists(pid: int) -> bool:
    """Say whether there is a process of that id."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


class Refused(Exception):
    """The module cannot be run here as it would be elsewhere."""


def tell(sock: socket.socket, message: bytes) -> None:
    """Send a message to the server."""
    sock.sendall(_LENGTH.pack(len(message)) + message)


def told(buffer: bytearray) -> list[bytes]:
    """Take all complete messages out of the buffer."""
    messages = []
    while len(buffer) >= _LENGTH.size:
        (size,) = _LENGTH.unpack_from(buffer)
        end = _LENGTH.size + size
        if len(buffer) < end:
            break
        messages.append(bytes(buffer[_LENGTH.size : end]))
        del buffer[:end]
    return messages


def archive_of(payload: bytes) -> bytes:
    """Return a payload's zip file; nothing if there is none."""
    found = _ZIP.search(payload)
    try:
        return base64.b64decode(found[1]) if found is not None else b""
    except ValueError:
        return b""


@dataclass(frozen=True, slots=True)
class Ready:
    """What the server has loaded.

    :param surroundings: environment variables that were read while it loaded, with their values
    """

    store: Store
    sdk: SdkData
    snapshot: Snapshot
    surroundings: Mapping[str, str | None]
    traces: ShellTraces


class Conversation:
    """What a fork of the server does for one client. It may be there before the client is.

    :param listener: where clients come in
    :param server: how to tell the server something; at its end, the server wants this fork no more
    """

    def __init__(self, listener: socket.socket, server: socket.socket, ready: Ready) -> None:
        self._listener = listener
        self._server = server
        self._ready = ready
        self._notes = Notes()
        self._payload = b""

    def hold(self) -> Job | None:
        """Hold the conversation. Return the job in the module's process, and None in this one when all is over."""
        self._orders, orders = socket.socketpair()
        self._child = os.fork()
        if self._child == 0:
            for sock in (self._orders, self._listener, self._server):
                sock.close()
            return Stage(self._ready.store, self._ready.sdk, self._notes).wait(orders)
        orders.close()
        self._watch_for_its_end()
        try:
            began = self._take_client() and self._agree()
        except (OSError, wire.Broken, wire.Unsafe, ValueError, KeyError, TypeError):
            began = False  # nothing has run, and the client knows it
        self._orders.close()
        if not began:
            os.kill(self._child, signal.SIGKILL)
            return None
        status = self._watch()
        self._clean_up(status)
        with contextlib.suppress(OSError):
            wire.send_frame(self._client, wire.EXIT, str(status).encode())
        self._client.close()
        self._pass_on()
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self._child, 0)
        return None

    def _watch_for_its_end(self) -> None:
        """Have the end of the module's process wake this one up."""
        self._wake, self._wakeup = socket.socketpair()
        self._wake.setblocking(False)
        self._wakeup.setblocking(False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._wakeup.fileno(), warn_on_full_buffer=False)

    def _take_client(self) -> bool:
        """Wait for a client; say whether there is one, or the server wants none."""
        while True:
            ready = select.select([self._listener, self._server], [], [])[0]
            if self._listener in ready:
                with contextlib.suppress(BlockingIOError):  # another fork was quicker
                    self._client, _address = self._listener.accept()
                    break
            if self._server in ready:
                return False
        tell(self._server, TAKEN)
        self._listener.close()
        self._client.settimeout(PATIENCE)
        self._orders.settimeout(PATIENCE)
        return True

    def _agree(self) -> bool:
        """Take the request, have the module's process prepared, and start it if the client says GO."""
        wire.check_peer(self._client)
        header, self._payload, streams = wire.receive_request(self._client, 2)
        try:
            self._check(header)
        except Refused as refusal:
            wire.send_frame(self._client, wire.REFUSED, str(refusal).encode())
            return False
        wire.send_request(self._orders, header, self._payload, streams)
        for stream in streams:
            os.close(stream)
        changed = self._ready.snapshot.changed()
        if changed is not None:
            self._report({"stale": changed})
            wire.send_frame(self._client, wire.STALE, f"{changed} has changed".encode())
            return False
        if wire.receive_frame(self._orders)[0] != wire.READY:
            return False
        wire.send_frame(self._client, wire.READY)
        if wire.receive_exactly(self._client, 1) != wire.GO:
            return False
        self._playbook = int(header["playbook"])
        self._orders.sendall(wire.GO)
        with contextlib.suppress(OSError):
            wire.send_frame(self._client, wire.STARTED, str(self._child).encode())
        self._report({"playbook": header["playbook"], "leave": header["leave"]})
        return True

    def _check(self, header: dict[str, Any]) -> None:
        """Refuse what would find other surroundings than in a process of its own; complete the environment."""
        try:
            os.chdir(os.fsencode(header["directory"]))
        except OSError as error:
            raise Refused(f"the working directory cannot be entered: {error}") from error
        environment = self._ready.traces.applied(header["environment"], header["directory"], header["interpreter"])
        environment.update(header["assignments"])
        for name, value in self._ready.surroundings.items():
            if environment.get(name) != value:
                raise Refused(f"what is loaded beforehand depends on {name}, which has another value here")
        header["environment"] = environment

    def _report(self, facts: Mapping[str, Any]) -> None:
        tell(self._server, FACTS + json.dumps(facts).encode())

    def _watch(self) -> int:
        """Wait until the module's process has ended, and end it if client or playbook go away. Return its status."""
        listening: list[Any] = [self._client, self._wake]
        ends, patience = None, LOOK
        # Where the system cannot tell the moment when another process ends, it is asked from time to time.
        with contextlib.suppress(AttributeError, OSError):
            ends, patience = os.pidfd_open(self._playbook), None
            listening.append(ends)
        while True:
            pid, status = os.waitpid(self._child, os.WNOHANG)
            if pid:
                return status
            told = self._told_end()
            if told is not None:
                return told
            ready = select.select(listening, [], [], patience)[0]
            if self._wake in ready:
                self._drain()
            if self._client in ready:
                if not self._client_lets_go():
                    return self._end()
                listening.remove(self._client)
            # The workers of a playbook that was killed live on, and would wait for the module in vain.
            if ends in ready or (ends is None and not process_exists(self._playbook)):
                return self._end()

    def _told_end(self) -> int | None:
        """Return the status with which the module's process says that it ends, if it does."""
        for text in self._notes.all(ENDED):
            if text.isdecimal() and int(text) < 256:
                return int(text) << 8
        return None

    def _drain(self) -> None:
        with contextlib.suppress(BlockingIOError):
            self._wake.recv(4096)

    def _client_lets_go(self) -> bool:
        """Say whether the client wants the module to go on without it; otherwise the client has gone."""
        with contextlib.suppress(OSError):
            return self._client.recv(1) == wire.DETACH
        return False

    def _end(self) -> int:
        """End the module's process and its group: interrupt them, as a terminal would, then kill what is left."""
        self._signal(signal.SIGINT)
        limit = time.monotonic() + GRACE
        status = None
        while status is None and time.monotonic() < limit:
            pid, found = os.waitpid(self._child, os.WNOHANG)
            if pid:
                status = found
            else:
                select.select([self._wake], [], [], max(0.0, limit - time.monotonic()))
                self._drain()
        if status is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._child, signal.SIGKILL)
            return status
        self._signal(signal.SIGKILL)
        return os.waitpid(self._child, 0)[1]

    def _signal(self, number: int) -> None:
        """Signal the group of a child that has not been waited for; until it has called setsid there is no group."""
        try:
            os.killpg(self._child, number)
        except ProcessLookupError:
            os.kill(self._child, number)

    def _clean_up(self, status: int) -> None:
        """Remove the payload's folder if the process that made it was killed before it could."""
        for folder in self._notes.all("folder"):
            name = os.path.basename(folder)
            if not (name.startswith("ansible_") and "_payload_" in name and os.path.isdir(folder)):
                continue
            if os.WIFSIGNALED(status) and os.lstat(folder).st_uid == os.geteuid():
                shutil.rmtree(folder, ignore_errors=True)

    def _pass_on(self) -> None:
        """Tell the server what would have made this module quicker."""
        with contextlib.suppress(OSError, ValueError):
            asked = {kind: self._notes.all(kind) for kind in ("data", "services")}
            if any(asked.values()):
                self._report(asked)
            archive = archive_of(self._payload)
            learned = self._ready.store.study(archive) if archive else b""
            if learned:
                tell(self._server, LEARNED + learned)
