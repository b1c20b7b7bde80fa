# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Paths are plain strings here: they are compared, handed to the import system, and time counts.
# ruff: noqa: PTH100, PTH115, PTH116, PTH118
# ruff: noqa: PTH120

"""The controller's side: finds or starts the server, and has one module run by it."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import resource
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from typing import Any, NamedTuple

from . import wire

#: A server must answer a request within so many seconds; then the module runs as ``local``.
ANSWER = 10.0
#: After a server could not start, no other is started for so many seconds.
FAILED_REST = 60.0
#: Variables that an interpreter or its libraries heed when they start: the server must have started with the same. By
#: their whole names: others that begin alike may hold secrets (LD_SDK_KEY, LANGFUSE_SECRET_KEY), which no server is to
#: keep for longer than its task.
_AT_START = frozenset(
    (
        *("PYTHONASYNCIODEBUG", "PYTHONBREAKPOINT", "PYTHONCASEOK", "PYTHONCOERCECLOCALE", "PYTHONDEBUG"),
        *("PYTHONDEVMODE", "PYTHONDONTWRITEBYTECODE", "PYTHONDUMPREFS", "PYTHONEXECUTABLE", "PYTHONFAULTHANDLER"),
        *("PYTHONHASHSEED", "PYTHONHOME", "PYTHONINSPECT", "PYTHONINTMAXSTRDIGITS", "PYTHONIOENCODING"),
        *("PYTHONISOLATED", "PYTHONLEGACYWINDOWSFSENCODING", "PYTHONLEGACYWINDOWSSTDIO", "PYTHONMALLOC"),
        *("PYTHONMALLOCSTATS", "PYTHONNODEBUGRANGES", "PYTHONNOUSERSITE", "PYTHONOPTIMIZE", "PYTHONPATH"),
        *("PYTHONPERFSUPPORT", "PYTHONPLATLIBDIR", "PYTHONPROFILEIMPORTTIME", "PYTHONPYCACHEPREFIX", "PYTHONSAFEPATH"),
        *("PYTHONSTARTUP", "PYTHONTRACEMALLOC", "PYTHONUNBUFFERED", "PYTHONUSERBASE", "PYTHONUTF8", "PYTHONVERBOSE"),
        *("PYTHONWARNDEFAULTENCODING", "PYTHONWARNINGS", "PYTHON_BASIC_REPL", "PYTHON_COLORS", "PYTHON_CPU_COUNT"),
        *("PYTHON_FROZEN_MODULES", "PYTHON_GIL", "PYTHON_HISTORY", "PYTHON_JIT", "PYTHON_PERF_JIT_SUPPORT"),
        *("PYTHON_PRESITE", "PYTHON_CONTEXT_AWARE_WARNINGS", "PYTHON_THREAD_INHERIT_CONTEXT", "PYTHON_TLBC"),
        *("LANG", "LANGUAGE", "LC_ADDRESS", "LC_ALL", "LC_COLLATE", "LC_CTYPE", "LC_IDENTIFICATION", "LC_MEASUREMENT"),
        *("LC_MESSAGES", "LC_MONETARY", "LC_NAME", "LC_NUMERIC", "LC_PAPER", "LC_TELEPHONE", "LC_TIME", "LOCPATH"),
        *("NLSPATH", "GCONV_PATH", "GETCONF_DIR"),
        *("LD_ASSUME_KERNEL", "LD_AUDIT", "LD_BIND_NOT", "LD_BIND_NOW", "LD_DEBUG", "LD_DEBUG_OUTPUT"),
        *(
            "LD_DYNAMIC_WEAK",
            "LD_HWCAP_MASK",
            "LD_LIBRARY_PATH",
            "LD_ORIGIN_PATH",
            "LD_POINTER_GUARD",
            "LD_PREFER_MAP_32BIT_EXEC",
        ),
        *("LD_PRELOAD", "LD_PROFILE", "LD_PROFILE_OUTPUT", "LD_SHOW_AUXV", "LD_TRACE_LOADED_OBJECTS", "LD_VERBOSE"),
        *("LD_USE_LOAD_BIAS", "LD_WARN"),
        *("DYLD_FALLBACK_FRAMEWORK_PATH", "DYLD_FALLBACK_LIBRARY_PATH", "DYLD_FORCE_FLAT_NAMESPACE"),
        *("DYLD_FRAMEWORK_PATH", "DYLD_IMAGE_SUFFIX", "DYLD_INSERT_LIBRARIES", "DYLD_LIBRARY_PATH"),
        *("DYLD_ROOT_PATH", "DYLD_SHARED_REGION", "DYLD_VERSIONED_FRAMEWORK_PATH", "DYLD_VERSIONED_LIBRARY_PATH"),
        *("GLIBC_TUNABLES", "MALLOC_ARENA_MAX", "MALLOC_ARENA_TEST", "MALLOC_CHECK_", "MALLOC_CONF"),
        *("MALLOC_MMAP_MAX_", "MALLOC_MMAP_THRESHOLD_", "MALLOC_PERTURB_", "MALLOC_TCACHE_COUNT", "MALLOC_TOP_PAD_"),
        *("MALLOC_TRACE", "MALLOC_TRIM_THRESHOLD_", "MallocNanoZone", "MallocStackLogging"),
        *("OPENSSL_CONF", "OPENSSL_CONF_INCLUDE", "OPENSSL_ENGINES", "OPENSSL_MODULES", "OPENSSL_armcap"),
        *("OPENSSL_ia32cap", "OPENSSL_ppccap", "OPENSSL_s390xcap"),
    )
)
#: Variables that the server needs besides.
_NEEDED = ("PATH", "HOME", "USER", "LOGNAME", "TMPDIR")
_BOOT = """
import importlib.util, os, sys
spec = importlib.util.spec_from_file_location(%(name)r, %(file)r, submodule_search_locations=[%(folder)r])
sys.modules[spec.name] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(sys.modules[spec.name])
from %(name)s import payload, server
job = server.start()
if job is None:
    os._exit(0)
payload.run(job)
"""
_SERVER = "ansible_warm_server"


class NotStarted(Exception):
    """The module has not been started and will not be: it can run elsewhere. The text says why."""


class NeverStarts(NotStarted):
    """No module of this run will be started by a server. The text says why."""


class Lost(Exception):
    """The module had been started, and what became of it is not known. It must not run again."""


class Settings(NamedTuple):
    """How the server is to be; servers with different settings are different servers.

    :param interpreter: absolute path of the Python interpreter
    :param shells: the shells that ``local`` starts, outer and inner
    :param preload: names of the modules to load beforehand
    :param roots: where carried packages are installed, by package name
    :param idle_timeout: seconds without a task after which the server ends
    :param version: distinguishes what the server is made of
    """

    interpreter: str
    shells: tuple[str, str]
    preload: tuple[str, ...]
    roots: Mapping[str, str]
    idle_timeout: float
    version: str


class Task(NamedTuple):
    """A module to run.

    :param environment: this process's environment
    :param assignments: variables that the command sets on top of it
    :param directory: the working directory
    :param playbook: process id of the playbook
    :param leave: the server may end when this playbook has
    """

    payload: bytes
    environment: Mapping[str, str]
    assignments: Mapping[str, str]
    directory: str
    playbook: int
    leave: bool


class Outcome(NamedTuple):
    """What became of a module: its wait status, what it wrote, its process id."""

    status: int
    stdout: bytes
    stderr: bytes
    pid: int


def startup_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the part of an environment that a running interpreter cannot take on any more."""
    return {name: value for name, value in environment.items() if name in _AT_START}


def _place_in_system() -> list[Any]:
    """Return what a process inherits from where it was started, beyond its environment."""
    names = [name for name in sorted(vars(resource)) if name.startswith("RLIMIT_")]
    limits = [resource.getrlimit(getattr(resource, name)) for name in names]
    spaces = []
    for name in ("mnt", "net", "pid", "user", "uts", "ipc"):
        with contextlib.suppress(OSError):
            spaces.append(os.readlink(f"/proc/self/ns/{name}"))
    users = [os.getuid(), os.geteuid(), os.getgid(), os.getegid(), sorted(os.getgroups())]
    return [users, limits, spaces, os.getpriority(os.PRIO_PROCESS, 0)]


class Client:
    """Talks to the server that the settings ask for."""

    def __init__(self, settings: Settings, directory: str = "") -> None:
        """:raises NotStarted: if there is no safe place to meet"""
        self._settings = settings
        try:
            place = wire.meeting_place(directory)
        except (wire.Unsafe, OSError) as error:
            raise NeverStarts(str(error)) from error
        self._base = os.path.join(place, self._fingerprint())
        if len(os.fsencode(f"{self._base}.sock.{2**22}")) > wire.PATH_LIMIT:
            raise NeverStarts(f"the path of the socket would be too long: {place}")

    def _fingerprint(self) -> str:
        settings = self._settings
        parts = [
            *(
                settings.interpreter,
                settings.shells,
                sys.version,
                settings.preload,
                sorted(settings.roots.items()),
                settings.version,
            ),
            *(settings.idle_timeout, sorted(startup_environment(os.environ).items()), os.environ.get("HOME")),
            _place_in_system(),
        ]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]

    @property
    def _lock_path(self) -> str:
        return f"{self._base}.lock"

    @property
    def socket_path(self) -> str:
        """Where the server listens."""
        return f"{self._base}.sock"

    def run(self, task: Task, start_wait: float = 0.0) -> Outcome:
        """Have the module run, once.

        :param start_wait: seconds to wait for a server that is not there yet
        :raises NotStarted: if it was not started
        :raises Lost: if it was, and its end is not known
        """
        with self._connected(start_wait) as sock:
            pipes = [os.pipe(), os.pipe()]
            try:
                self._agree(sock, task, [writer for _reader, writer in pipes])
            except BaseException:
                for reader, _writer in pipes:
                    os.close(reader)
                raise
            finally:
                for _reader, writer in pipes:
                    os.close(writer)
            return _Following(sock, [reader for reader, _writer in pipes]).to_the_end()

    def _agree(self, sock: socket.socket, task: Task, fds: list[int]) -> None:
        """Hand over the task and say GO; after that it is the server's."""
        mask = os.umask(0)
        os.umask(mask)
        header = {
            "environment": dict(task.environment),
            "assignments": dict(task.assignments),
            "directory": task.directory,
            "umask": mask,
            "interpreter": self._settings.interpreter,
            "ignored_signals": [int(number) for number in _ignored_signals()],
            "playbook": task.playbook,
            "leave": task.leave,
        }
        try:
            wire.send_request(sock, header, task.payload, fds)
            kind, body = wire.receive_frame(sock)
            if kind != wire.READY:
                known = kind in (wire.REFUSED, wire.STALE)
                raise NotStarted(body.decode(errors="replace") if known else "the server answers nonsense")
            sock.sendall(wire.GO)
        except (OSError, wire.Broken) as error:
            raise NotStarted(f"the server does not answer: {error}") from error

    def _connected(self, start_wait: float) -> socket.socket:
        """Return a connection to the server; have one started if there is none."""
        limit = time.monotonic() + start_wait
        while True:
            sock = self._try_to_connect()
            if sock is not None:
                return sock
            self._start()
            if time.monotonic() >= limit:
                raise NotStarted("the server is starting")
            time.sleep(0.02)

    def _try_to_connect(self) -> socket.socket | None:
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        sock.settimeout(ANSWER)
        try:
            sock.connect(self.socket_path)
            wire.check_peer(sock)
        except (FileNotFoundError, ConnectionRefusedError):
            sock.close()
            return None
        except (OSError, wire.Unsafe) as error:
            sock.close()
            raise NotStarted(f"cannot connect to the server: {error}") from error
        return sock

    def _start(self) -> None:
        """Start a server unless somebody is doing so, or it failed a short while ago."""
        failed = f"{self.socket_path}.failed"
        with contextlib.suppress(OSError):
            if time.time() - os.stat(failed).st_mtime < FAILED_REST:
                raise NeverStarts(f"the server could not start, see {failed}")
        try:
            lock = os.open(self._lock_path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except OSError as error:
            raise NotStarted(f"cannot start a server: {error}") from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            sock = self._try_to_connect()
            if sock is None and self._is_in_place(lock):
                self._spawn(lock)
            elif sock is not None:
                sock.close()
        except BlockingIOError:
            pass
        finally:
            os.close(lock)

    def _is_in_place(self, lock: int) -> bool:
        """Say whether a lock is the one that others see: a server that ends takes its lock away with it."""
        try:
            return os.path.samestat(os.fstat(lock), os.stat(self._lock_path))
        except OSError:
            return False

    def _spawn(self, lock: int) -> None:
        """Start the server; it holds the lock until it listens."""
        settings = {
            "socket": self.socket_path,
            "lock": self._lock_path,
            "lock_fd": lock,
            "shells": self._settings.shells,
            "preload": self._settings.preload,
            "roots": dict(self._settings.roots),
            "idle_timeout": self._settings.idle_timeout,
        }
        folder = os.path.dirname(os.path.abspath(__file__))
        boot = _BOOT % {"name": _SERVER, "folder": folder, "file": os.path.join(folder, "__init__.py")}
        environment = startup_environment(os.environ)
        environment.update({name: os.environ[name] for name in _NEEDED if name in os.environ})
        process = subprocess.Popen(  # noqa: S603 - the interpreter that runs Ansible
            [self._settings.interpreter, "-c", boot, json.dumps(settings)],
            env=environment,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(lock,),
            start_new_session=True,
        )
        process.returncode = 0  # it outlives this process, and nobody waits for it here


def _ignored_signals() -> list[signal.Signals]:
    """Return the signals that a child of this process would find ignored, as far as Python does not reset them."""
    reset = {signal.SIGPIPE, getattr(signal, "SIGXFSZ", signal.SIGPIPE), signal.SIGCHLD}
    return [number for number in signal.valid_signals() if number not in reset and _is_ignored(number)]


def _is_ignored(number: signal.Signals) -> bool:
    return signal.getsignal(number) is signal.SIG_IGN


class _Following:
    """Reads what a running module writes, until both streams are at their end and its exit is known."""

    def __init__(self, sock: socket.socket, streams: list[int]) -> None:
        self._sock = sock
        self._streams = streams
        self._output = {stream: bytearray() for stream in streams}
        self._open = set(streams)
        self._pid = 0
        self._status: int | None = None

    def to_the_end(self) -> Outcome:
        """Follow the module.

        :raises Lost: if the server falls silent before the end
        """
        self._sock.settimeout(None)
        try:
            while self._status is None or self._open:
                waiting: list[Any] = [*self._open]
                if self._status is None:
                    waiting.append(self._sock)
                for ready in select.select(waiting, [], [])[0]:
                    self._hear() if ready is self._sock else self._read(ready)
        except Lost:
            self._end_it()
            raise
        except BaseException:
            # Ansible gives up on the task (its timeout). As with a child process, the module is not ended for that.
            with contextlib.suppress(OSError):
                self._sock.sendall(wire.DETACH)
            raise
        finally:
            for stream in self._streams:
                os.close(stream)
        stdout, stderr = (bytes(self._output[stream]) for stream in self._streams)
        return Outcome(self._status, stdout, stderr, self._pid)

    def _read(self, stream: int) -> None:
        part = os.read(stream, 1 << 16)
        self._output[stream] += part
        if not part:
            self._open.discard(stream)

    def _hear(self) -> None:
        try:
            kind, body = wire.receive_frame(self._sock)
            if kind == wire.STARTED:
                self._pid = int(body)
            elif kind == wire.EXIT:
                self._status = int(body)
            else:
                raise Lost("the server says nothing sensible about the module")
        except (OSError, wire.Broken, ValueError) as error:
            raise Lost(f"the server has gone while the module ran: {error}") from error

    def _end_it(self) -> None:
        """Nobody watches over the module any more: it must not run on unseen."""
        if self._pid > 1:
            with contextlib.suppress(OSError):
                os.killpg(self._pid, signal.SIGKILL)
