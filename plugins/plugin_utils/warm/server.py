# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Paths are plain strings here: they are compared, handed to the import system, and time counts.
# ruff: noqa: PTH101, PTH104, PTH108, PTH112, PTH116, PTH118
# ruff: noqa: PTH120, PTH208

"""The server: loads what modules need once, then forks for every client.

It holds one thread, no credentials and nothing of any task: a task's request is read by the fork. Started by
:mod:`.client` with one argument, its settings as JSON.
"""

from __future__ import annotations

import contextlib
import fcntl
import gc
import importlib
import json
import os
import selectors
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from .conversation import LEARNED, TAKEN, Conversation, Ready, process_exists, told
from .files import Snapshot
from .payload import Job
from .sdk import SdkData
from .shell import ShellTraces
from .store import LOAD_ERRORS, Store, is_carried

#: What the users of a module import next, by the name of that module.
COMPANIONS = {
    "boto3": (
        *("boto3.session", "botocore.client", "botocore.credentials", "botocore.httpsession", "botocore.session"),
        *("botocore.waiter", "encodings.idna", "typing_extensions"),
    ),
    "ansible.module_utils.basic": (
        *("argparse", "ctypes", "distro", "email.mime.application", "email.mime.multipart", "email.mime.nonmultipart"),
        *("gettext", "http.cookiejar", "importlib.metadata", "multiprocessing", "netrc", "pkgutil", "runpy", "syslog"),
        *("tempfile", "uuid", "zipfile"),
        "ansible.module_utils._internal._ansiballz._loader",
        "ansible.module_utils._internal._json._profiles._module_legacy_c2m",
        "ansible.module_utils._internal._json._profiles._module_legacy_m2c",
    ),
}
#: Seconds between looks at the clock, the playbooks and the own socket.
TICK = 1.0
#: A fork stands by for the next client for so many seconds after the last one.
SPARE_TIME = 5.0


@contextmanager
def watched_environment() -> Iterator[dict[str, str | None]]:
    """Note which environment variables are read, with their values."""
    read: dict[str, str | None] = {}
    kind: Any = type(os.environ)
    original: Callable[[Any, str], str] = kind.__getitem__

    def watched(this: Any, name: str) -> str:
        read[str(name)] = None
        read[str(name)] = original(this, name)
        return str(read[name])

    kind.__getitem__ = watched
    try:
        yield read
    finally:
        kind.__getitem__ = original


def expanded(names: list[str], roots: Mapping[str, str]) -> list[str]:
    """Replace names that end in ``.*`` by all modules directly in that package, and add companions."""
    result: list[str] = []
    for name in names:
        package, star = name.removesuffix(".*"), name.endswith(".*")
        root = next((root for root in roots if package.startswith(f"{root}.")), None)
        if not star:
            result += [name, *COMPANIONS.get(name, ())]
        elif root is not None:
            folder = os.path.join(roots[root], *package[len(root) + 1 :].split("."))
            entries = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
            modules = [entry[:-3] for entry in entries if entry.endswith(".py") and entry != "__init__.py"]
            result += [f"{package}.{module}" for module in modules]
    return result


class Server:
    """Accepts clients until it has been idle for long enough, is out of date, or its playbooks have ended."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._path: str = settings["socket"]
        self._lock_path: str = settings["lock"]
        self._idle_timeout: float = settings["idle_timeout"]
        self._traces = ShellTraces(*settings["shells"])
        self._store = Store()
        self._sdk = SdkData()
        self._snapshot = Snapshot()
        self._surroundings: dict[str, str | None] = {}
        self._selector = selectors.DefaultSelector()
        self._forks: dict[socket.socket, bytearray] = {}
        self._playbooks: dict[int, bool] = {}
        self._to_learn: list[tuple[str, str]] = []
        self._busy: set[socket.socket] = set()
        self._spare: socket.socket | None = None
        self._spare_is_old = False
        self._last_use = time.monotonic()
        self._leaving = False

    def load(self, names: list[str], roots: Mapping[str, str]) -> None:
        """Import everything that is to be ready."""
        wanted = expanded(names, roots)
        with watched_environment() as self._surroundings:
            for name in [name for name in wanted if not is_carried(name)]:
                with contextlib.suppress(*LOAD_ERRORS):
                    importlib.import_module(name)
            self._store.load([name for name in wanted if is_carried(name)], roots)
        self._traces.read()
        self._snapshot.add(self._sdk.locate())
        self._learn_data("endpoints")
        self._snapshot.add_loaded()

    def _learn_data(self, name: str) -> None:
        file = self._sdk.file_of(name)
        if file is not None:
            self._snapshot.add([os.path.dirname(file), file])
            self._sdk.learn(name)

    def listen(self) -> None:
        """Open the socket under another name and move it into place: whoever finds it can connect."""
        own = f"{self._path}.{os.getpid()}"
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(own)
        os.chmod(own, 0o600)
        self._listener.listen(128)
        self._listener.setblocking(False)
        self._inode = os.stat(own).st_ino
        os.rename(own, self._path)

    def serve(self) -> Job | None:
        """Serve until it is time to go. Return a job in a module's process, None in every other when it is to end."""
        gc.collect()
        gc.freeze()
        self._wake, wakeup = socket.socketpair()
        for sock in (self._wake, wakeup):
            sock.setblocking(False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(wakeup.fileno(), warn_on_full_buffer=False)
        self._wakeup = wakeup
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._selector.register(self._wake, selectors.EVENT_READ)
        while not (self._leaving and not self._forks):
            ready: list[Any] = [key.fileobj for key, _events in self._selector.select(0 if self._to_learn else TICK)]
            for sock in ready:
                if sock is not self._listener:
                    self._hear(sock)
            if self._fork_is_due(self._listener in ready):
                is_fork, job = self._fork()
                if is_fork:
                    return job
            self._reap()
            self._between(bool(ready))
        return None

    def _fork_is_due(self, called: bool) -> bool:
        """Say whether to make a fork: for a client that calls, or, while clients come, for the next one."""
        if self._spare is not None or self._leaving:
            return False
        return called or time.monotonic() - self._last_use < SPARE_TIME

    def _fork(self) -> tuple[bool, Job | None]:
        """Make a fork for the next client. Return whether this is the fork, and its job if it is a module's process.

        As long as there is one, clients are its business and not this process's.
        """
        mine, theirs = socket.socketpair()
        try:
            pid = os.fork()
        except OSError:
            mine.close()
            theirs.close()
            time.sleep(0.05)  # the system has no room for a process; who waits may wait a little longer
            return False, None
        if pid == 0:
            self._close_all()
            mine.close()
            ready = Ready(self._store, self._sdk, self._snapshot, self._surroundings, self._traces)
            return True, Conversation(self._listener, theirs, ready).hold()
        theirs.close()
        mine.setblocking(False)
        self._forks[mine] = bytearray()
        self._selector.register(mine, selectors.EVENT_READ)
        self._selector.unregister(self._listener)
        self._spare = mine
        return False, None

    def _dismiss_spare(self) -> None:
        """Let the fork go that waits for a client. If one comes to it at this moment, it is served."""
        if self._spare is None:
            return
        self._spare.shutdown(socket.SHUT_WR)
        self._no_spare()

    def _no_spare(self) -> None:
        self._spare = None
        if not self._leaving:
            self._selector.register(self._listener, selectors.EVENT_READ)

    def _close_all(self) -> None:
        """Close in a fork what belongs to the server."""
        signal.set_wakeup_fd(-1)
        self._selector.close()
        for sock in (self._wake, self._wakeup, *self._forks):
            sock.close()

    def _hear(self, sock: Any) -> None:
        """Read from a fork; it has ended when there is nothing more to read."""
        try:
            part = sock.recv(1 << 20)
        except BlockingIOError:
            return
        except OSError:
            part = b""
        if sock not in self._forks:
            return
        self._forks[sock] += part
        for message in told(self._forks[sock]):
            self._heed(sock, message)
        if not part:
            self._selector.unregister(sock)
            del self._forks[sock]
            self._busy.discard(sock)
            sock.close()
            if sock is self._spare:
                self._no_spare()

    def _heed(self, sock: socket.socket, message: bytes) -> None:
        if message == TAKEN:
            self._last_use = time.monotonic()
            self._busy.add(sock)
            if sock is self._spare:
                self._no_spare()
            return
        if message.startswith(LEARNED):
            self._store.learn(message[1:])
            self._spare_is_old = True
            return
        facts = json.loads(message[1:])
        self._to_learn += [(kind, name) for kind in ("data", "services") for name in facts.get(kind, [])]
        if "playbook" in facts:
            self._playbooks[int(facts["playbook"])] = bool(facts["leave"])
        if "stale" in facts:
            self._leave()

    def _reap(self) -> None:
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass

    def _between(self, busy: bool) -> None:
        """Do one thing that can wait, when nobody waits."""
        if busy or self._leaving:
            return
        if self._to_learn:
            kind, name = self._to_learn.pop(0)
            self._learn_data(name) if kind == "data" else self._sdk.learn_services(name)
            gc.freeze()
            self._spare_is_old = True
        elif self._spare_is_old or time.monotonic() - self._last_use > SPARE_TIME:
            self._spare_is_old = False
            self._dismiss_spare()
        if self._is_over():
            self._leave()

    def _is_over(self) -> bool:
        """Say whether nobody is expected to come any more."""
        if self._busy:
            self._last_use = time.monotonic()
            return False
        if time.monotonic() - self._last_use > self._idle_timeout or not self._is_reachable():
            return True
        asked = bool(self._playbooks) and all(self._playbooks.values())
        return asked and not any(process_exists(pid) for pid in self._playbooks)

    def _is_reachable(self) -> bool:
        try:
            return os.stat(self._path).st_ino == self._inode
        except OSError:
            return False

    def _leave(self) -> None:
        """Take no more clients. One that connects at this moment is turned away before anything of it has run."""
        if self._leaving:
            return
        self._leaving = True
        lock = os.open(self._lock_path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            # Who holds the lock is starting a server, which will put its own socket in the place of this one.
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if self._is_reachable():
                    os.unlink(self._path)
                    os.unlink(self._lock_path)
        finally:
            os.close(lock)
        if self._spare is not None:
            self._dismiss_spare()
        else:
            self._selector.unregister(self._listener)
        self._listener.close()


def _report(path: str, reason: str) -> None:
    """Write a new file in the place of an older one, never through a link."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as report:
        report.write(reason)


def start() -> Job | None:
    """Run a server as the settings on the command line say."""
    settings = json.loads(sys.argv[1])
    sys.path[:] = [entry for entry in sys.path if entry]
    os.umask(0o077)
    try:
        server = Server(settings)
        server.load(settings["preload"], settings["roots"])
        server.listen()
    except OSError as error:
        _report(f"{settings['socket']}.failed", str(error))
        raise
    finally:
        os.close(settings["lock_fd"])
    return server.serve()
