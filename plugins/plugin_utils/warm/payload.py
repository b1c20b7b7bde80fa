# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Paths are plain strings here: they are compared, handed to the import system, and time counts.

"""The process that a module runs in: a fork of the server made to look like a fresh interpreter."""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import importlib.machinery
import mmap
import os
import re
import signal
import socket
import struct
import sys
import threading
import time
from types import CodeType, ModuleType
from typing import Any, NoReturn

from . import wire
from .sdk import SdkData
from .store import Store, is_carried, payload_hook

#: The note that says with which exit code a module's process ends.
ENDED = "ended"
#: The zip file in a payload, and what stands for it while the rest is compiled.
_ARCHIVE = re.compile(rb"zip_data='([A-Za-z0-9+/=]{1000,})'")
_STAND_IN = "here goes the zip file"
#: Names of this package's modules in the server start so.
_OWN = __name__.rpartition(".")[0]


class Notes:
    """A few lines that the module's process leaves for the one that watches it.

    They are shared memory, not a pipe: the module's process has no descriptor that ``local`` would not give it. The
    reader takes nothing in them for granted, because a module could write here.
    """

    _SIZE = 64 * 1024
    _HEAD = struct.Struct("=I")

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, self._SIZE)

    def add(self, kind: str, text: str) -> None:
        """Leave a line, if there is room."""
        line = f"{kind} {text}\n".encode("utf-8", "surrogateescape")
        (used,) = self._HEAD.unpack_from(self._memory)
        start = self._HEAD.size + used
        if start + len(line) <= self._SIZE:
            self._memory[start : start + len(line)] = line
            self._HEAD.pack_into(self._memory, 0, used + len(line))

    def all(self, kind: str) -> list[str]:
        """Return the texts of one kind."""
        (used,) = self._HEAD.unpack_from(self._memory)
        end = min(self._HEAD.size + used, self._SIZE)
        text = self._memory[self._HEAD.size : end].decode("utf-8", "surrogateescape")
        return [line[len(kind) + 1 :] for line in text.split("\n") if line.startswith(f"{kind} ")]


class Stage:
    """A process that a module will run in: what needs no knowledge of the module is done before one comes.

    :param store: module utilities kept ready
    :param sdk: the SDK's data kept ready
    :param notes: what is left for the process that watches this one
    """

    def __init__(self, store: Store, sdk: SdkData, notes: Notes) -> None:
        os.setsid()
        self._ending = Ending(notes)
        _set_signals()
        _set_interpreter(store, notes)
        sdk.install(notes.add)

    def wait(self, orders: socket.socket) -> Job:
        """Return the job that is to be run; end this process if there is none.

        :param orders: brings a request, is told READY, and then brings GO
        """
        try:
            header, payload, streams = wire.receive_request(orders, 2)
            job = Job(header, payload, self._ending)
            wire.send_frame(orders, wire.READY)
            if wire.receive_exactly(orders, 1) != wire.GO:
                os._exit(0)
        except (OSError, wire.Broken):
            os._exit(0)
        orders.detach()  # closed with all other descriptors; the object must not close its number later
        _set_descriptors(*streams)
        return job


class Ending:
    """Ends the module's process, and tells the process that watches it before.

    To take the memory of such a process apart takes the system as long as a short module; nobody has to wait for it.
    """

    def __init__(self, notes: Notes) -> None:
        self._notes = notes
        self._own, self._watcher = os.getpid(), os.getppid()

    def end(self, status: int) -> NoReturn:
        """End this process; a child of the module that comes here ends as any other."""
        if os.getpid() == self._own and os.getppid() == self._watcher:
            for stream in (1, 2):
                with contextlib.suppress(OSError):
                    os.close(stream)
            self._notes.add(ENDED, str(status))
            os.kill(self._watcher, signal.SIGCHLD)
        os._exit(status)


class Job:
    """A payload, in the surroundings that it is to find.

    :raises OSError: if these cannot be had
    """

    def __init__(self, header: dict[str, Any], payload: bytes, ending: Ending) -> None:
        self.ending = ending
        os.chdir(os.fsencode(header["directory"]))
        os.umask(header["umask"])
        os.environ.clear()
        os.environ.update(header["environment"])
        time.tzset()
        for number in header["ignored_signals"]:
            signal.signal(number, signal.SIG_IGN)
        sys.executable = header["interpreter"]
        sys.argv, sys.orig_argv = [""], [sys.executable]
        self.program: CodeType | bytes = payload
        # What cannot be compiled says so in its turn, as it would elsewhere.
        with contextlib.suppress(SyntaxError, ValueError):
            self.program = _compiled(payload)


def _compiled(payload: bytes) -> CodeType:
    """Compile a payload. Its zip file, the better part of it, is put in afterwards: no compiler has to read it."""
    found = _ARCHIVE.search(payload)
    if found is None or _STAND_IN.encode() in payload:
        return compile(payload, "<stdin>", "exec", dont_inherit=True)
    start, end = found.span(1)
    code = compile(payload[:start] + _STAND_IN.encode() + payload[end:], "<stdin>", "exec", dont_inherit=True)
    if code.co_consts.count(_STAND_IN) != 1:
        return compile(payload, "<stdin>", "exec", dont_inherit=True)
    archive = found[1].decode()
    return code.replace(co_consts=tuple(archive if value == _STAND_IN else value for value in code.co_consts))


def _set_descriptors(stdout: int, stderr: int) -> None:
    """Give this process standard input at its end, the client's two pipes, and nothing else."""
    reader, writer = os.pipe()
    os.close(writer)
    for source, target in ((reader, 0), (stdout, 1), (stderr, 2)):
        os.dup2(source, target)
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))


def _set_signals() -> None:
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def _set_interpreter(store: Store, notes: Notes) -> None:
    """Make the interpreter look as if it had just been told to run a program from its standard input."""
    sys.path.insert(0, "")
    for name in list(sys.modules):
        if is_carried(name) or name == _OWN or name.startswith(f"{_OWN}."):
            del sys.modules[name]
    multiprocessing = sys.modules.get("multiprocessing.process")
    if multiprocessing is not None:
        multiprocessing.current_process().authkey = os.urandom(32)
    sys.path_hooks.insert(0, payload_hook(store, lambda folder: notes.add("folder", folder)))
    importlib.invalidate_caches()
    main = ModuleType("__main__")
    main.__dict__.update(
        __builtins__=sys.modules["builtins"],
        __annotations__={},
        __loader__=importlib.machinery.BuiltinImporter,
        __file__="<stdin>",
        __cached__=None,
    )
    sys.modules["__main__"] = main


def run(job: Job) -> NoReturn:
    """Run the job's payload in this process, and end the process as an interpreter does.

    Only the taking apart of all that the server has loaded is left out, which takes longer than most modules.
    """
    scope = sys.modules["__main__"].__dict__
    status = _executed(job.program, scope)
    # What an interpreter does at its end, in its order, as multiprocessing does it for its own forks.
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    status = _flushed(status)
    # Objects in cycles are finalized (files written out, generators closed); their memory goes with the process.
    gc.set_debug(gc.DEBUG_SAVEALL)
    gc.collect()
    scope.clear()
    gc.collect()
    job.ending.end(_flushed(status))


def _executed(program: CodeType | bytes, scope: dict[str, Any]) -> int:
    """Execute the payload and return its exit code; report what it did not catch."""
    try:
        if isinstance(program, bytes):
            program = compile(program, "<stdin>", "exec", dont_inherit=True)
        exec(program, scope)  # noqa: S102
    except SystemExit as end:
        return _exit_code(end.code)
    except BaseException as error:  # noqa: BLE001 - this is the outermost frame of the program
        trace = error.__traceback__
        trace = trace.tb_next if trace is not None else None  # without this function
        sys.excepthook(type(error), error.with_traceback(trace), trace)
        if isinstance(error, KeyboardInterrupt):
            _flushed(0)
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            os.kill(os.getpid(), signal.SIGINT)
        return 1
    return 0


def _exit_code(given: object) -> int:
    """Return the exit code that ``SystemExit`` stands for."""
    if given is None:
        return 0
    if isinstance(given, int):
        return given & 0xFF
    print(given, file=sys.stderr)
    return 1


def _flushed(status: int) -> int:
    """Write out what is buffered; return the exit code, which is 120 if standard output cannot be written."""
    with contextlib.suppress(OSError, ValueError):
        if sys.stderr is not None and not sys.stderr.closed:
            sys.stderr.flush()
    try:
        if sys.stdout is not None and not sys.stdout.closed:
            sys.stdout.flush()
    except (OSError, ValueError):
        return 120
    return status
