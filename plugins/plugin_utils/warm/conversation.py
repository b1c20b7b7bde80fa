# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Paths are plain strings here: they are compared, handed to the import system, and time counts.
# ruff: noqa: PTH112, PTH119

"""One conversation with a client: a fork of the server that forks the module's process and watches over it."""

from __future__ import annotations

import base64
import contextlib
import io
import json
import os
import re
import select
import shutil
import signal
import socket
import struct
import time
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from . import wire
from .files import Snapshot
from .payload import Job, Notes
from .sdk import SdkData
from .shell import ShellTraces
from .store import Store, compile_members

#: A client must have sent its request, and later its GO, within so many seconds.
PATIENCE = 30.0
#: A module that is to end may clean up for so many seconds after it was interrupted.
GRACE = 2.0

_LENGTH = struct.Struct("!I")
_ZIP = re.compile(rb"""(?:zip_data='|ZIPDATA = [rb]*\"{3})([A-Za-z0-9+/=\s]+)""")


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


def members_of(payload: bytes) -> dict[str, bytes]:
    """Return the sources in a payload's zip file by module name; none if there is no such file."""
    found = _ZIP.search(payload)
    if found is None:
        return {}
    try:
        with zipfile.ZipFile(io.BytesIO(base64.b64decode(found[1]))) as archive:
            names = [name for name in archive.namelist() if name.endswith(".py")]
            return {name[:-3].removesuffix("/__init__").replace("/", "."): archive.read(name) for name in names}
    except (zipfile.BadZipFile, ValueError):
        return {}


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
    """What a fork of the server does for one client."""

    def __init__(self, client: socket.socket, server: socket.socket, ready: Ready) -> None:
        self._client = client
        self._server = server
        self._ready = ready
        self._notes = Notes()
        self._child = 0
        self._payload = b""

    def hold(self) -> Job | None:
        """Hold the conversation. Return the job in the module's process, and None in this one when all is over."""
        self._client.settimeout(PATIENCE)
        try:
            job = self._agree()
            if job is None:
                return None
        except (OSError, wire.Broken, wire.Unsafe, ValueError, KeyError, TypeError):
            return None  # nothing has run, and the client knows it
        if self._start(job):
            return job
        status = self._watch()
        self._clean_up(status)
        with contextlib.suppress(OSError):
            wire.send_frame(self._client, wire.EXIT, str(status).encode())
        self._client.close()
        self._pass_on()
        return None

    def _agree(self) -> Job | None:
        """Take the request and answer it; return the job if the client says GO."""
        wire.check_peer(self._client)
        header, payload, (stdout, stderr) = wire.receive_request(self._client, 2)
        changed = self._ready.snapshot.changed()
        if changed is not None:
            self._report({"stale": changed})
            wire.send_frame(self._client, wire.STALE, f"{changed} has changed".encode())
            return None
        try:
            self._check(header)
        except Refused as refusal:
            wire.send_frame(self._client, wire.REFUSED, str(refusal).encode())
            return None
        wire.send_frame(self._client, wire.READY)
        if wire.receive_exactly(self._client, 1) != wire.GO:
            return None
        self._payload = payload
        self._report({"playbook": header["playbook"], "leave": header["leave"]})
        return Job(header, payload, stdout, stderr, self._ready.store, self._ready.sdk, self._notes)

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
        tell(self._server, b"J" + json.dumps(facts).encode())

    def _start(self, job: Job) -> bool:
        """Fork the module's process; return True in it."""
        self._wake, wakeup = socket.socketpair()
        self._wake.setblocking(False)
        wakeup.setblocking(False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(wakeup.fileno(), warn_on_full_buffer=False)
        self._wakeup = wakeup
        self._child = os.fork()
        if self._child == 0:
            for sock in (self._client, self._server, self._wake, wakeup):
                sock.detach()  # closed with all other descriptors; the objects must not close their numbers later
            return True
        os.close(job.stdout)
        os.close(job.stderr)
        with contextlib.suppress(OSError):
            wire.send_frame(self._client, wire.STARTED, str(self._child).encode())
        return False

    def _watch(self) -> int:
        """Wait until the module's process has ended, and end it if the client goes away. Return its wait status."""
        listening = [self._client, self._wake]
        while True:
            pid, status = os.waitpid(self._child, os.WNOHANG)
            if pid:
                return status
            ready = select.select(listening, [], [])[0]
            if self._wake in ready:
                self._drain()
            if self._client in ready and not self._client_lets_go():
                return self._end()
            if self._client in ready:
                listening.remove(self._client)

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
        with contextlib.suppress(OSError):
            asked = {kind: self._notes.all(kind) for kind in ("data", "services")}
            if any(asked.values()):
                self._report(asked)
            learned = compile_members(self._ready.store, members_of(self._payload))
            if learned:
                tell(self._server, b"C" + learned)
