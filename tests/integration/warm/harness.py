# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A server of the warm connection for tests, driven without Ansible: any Python program serves as a module."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from ansible_collections.dataai.platform.plugins.plugin_utils.warm import client as warm

#: Enough for a loaded machine; a server that is not there by then will not come.
PATIENCE = 60.0


def processes_below(folder: str) -> dict[int, str]:
    """Return the command lines, by process id, of the processes that name the folder."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                state = (entry / "stat").read_text().rpartition(")")[2].split()[0]
            except OSError:
                continue
            if folder in command and state != "Z":
                found[int(entry.name)] = command
    return found


def parent_of(pid: int) -> int | None:
    """Return the parent of a process, nothing if the process has ended."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return None


def send(number: signal.Signals, pids: Iterable[int]) -> None:
    """Send a signal to processes. What has ended since it was listed, as the fork of a module does, is passed over."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def eventually(condition: Callable[[], bool], what: str) -> None:
    """Wait for a condition."""
    limit = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < limit, what
        time.sleep(0.02)


class Warm:
    """A meeting place of its own, and the server that is started in it."""

    def __init__(self, preload: tuple[str, ...] = (), idle_timeout: float = 300.0) -> None:
        self.folder = tempfile.mkdtemp(prefix="warm-", dir="/tmp")
        self.settings = warm.Settings(sys.executable, ("/bin/sh", "/bin/sh"), preload, {}, idle_timeout, "test")

    def client(self, **changes: object) -> warm.Client:
        """Return a client; changes are to its settings."""
        return warm.Client(self.settings._replace(**changes), self.folder)  # type: ignore[arg-type]

    def task(self, program: str, assignments: Mapping[str, str] | None = None, directory: str = "/") -> warm.Task:
        """Make a task of a program."""
        return warm.Task(program.encode(), dict(os.environ), assignments or {}, directory, os.getpid(), False)

    def run(self, program: str, assignments: Mapping[str, str] | None = None, directory: str = "/") -> warm.Outcome:
        """Run a program in the server."""
        return self.client().run(self.task(program, assignments, directory), PATIENCE)

    def plain(self, program: str, assignments: Mapping[str, str] | None = None, directory: str = "/") -> warm.Outcome:
        """Run a program as the local connection does: by an interpreter behind two shells."""
        words = " ".join([*(f"{name}='{value}'" for name, value in (assignments or {}).items()), sys.executable])
        done = subprocess.run(
            ["/bin/sh", "-c", f'/bin/sh -c "{words} && sleep 0"'],
            input=program.encode(),
            capture_output=True,
            env=dict(os.environ),  # what C libraries set for themselves apart
            cwd=directory,
            check=False,
        )
        return warm.Outcome(done.returncode << 8, done.stdout, done.stderr, 0)

    def servers(self) -> list[int]:
        """Return the process ids of the servers themselves."""
        pids = processes_below(self.folder)
        parents = {pid: parent_of(pid) for pid in pids}
        return [pid for pid, parent in parents.items() if parent is not None and parent not in parents]

    def close(self) -> None:
        """End what there is, and see that it ends."""
        send(signal.SIGKILL, processes_below(self.folder))
        eventually(lambda: not processes_below(self.folder), "processes are left")
        shutil.rmtree(self.folder)


class Running:
    """A program that runs in the background, in the server."""

    def __init__(self, warm_server: Warm, program: str) -> None:
        self.outcome: warm.Outcome | None = None
        self.error: Exception | None = None
        self._server = warm_server
        self._program = program
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        try:
            self.outcome = self._server.run(self._program)
        except (warm.Lost, warm.NotStarted) as error:
            self.error = error

    def wait(self) -> None:
        """Wait for its end."""
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive()
