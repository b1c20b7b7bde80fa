# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Folders and processes of servers: made for one emulator, and cleared away with it, or by the next one."""

from __future__ import annotations

import fcntl
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

#: Seconds that a server has to end.
STOP_SECONDS = 5.0


class Unavailable(Exception):
    """A server cannot be had on this machine; the text says why."""


class Runtime:
    """The folder of one emulator, with a folder in it for each server.

    A lock tells that the emulator lives. Folders without one are what a killed emulator left; they go, with their
    processes, when the next one starts.

    Args:
        root: where emulators have their folders; by default in the folder for temporary files. A short path, as the
            name of a Unix socket has 107 bytes at most.
    """

    def __init__(self, root: Path | None = None) -> None:
        self._root = root or Path(tempfile.gettempdir()) / f"dataai-emulator-{os.getuid()}"
        self._root.mkdir(mode=0o711, parents=True, exist_ok=True)
        if self._root.is_symlink() or self._root.stat().st_uid != os.getuid():
            raise Unavailable(f"{self._root} belongs to somebody else")
        self._root.chmod(0o711)
        with _locked(self._root / "lock"):
            self.cleared = [folder.name for folder in sorted(self._root.iterdir()) if _clear_if_left(folder)]
            self.folder = Path(tempfile.mkdtemp(dir=self._root, prefix="e"))
            self.folder.chmod(0o711)
            self._lock: IO[bytes] = (self.folder / "lock").open("wb")
            fcntl.flock(self._lock, fcntl.LOCK_EX)

    def new_folder(self, prefix: str) -> Path:
        """Make an empty folder that the server's user owns."""
        made = Path(tempfile.mkdtemp(dir=self.folder, prefix=prefix))
        user = server_user()
        if user:
            os.chown(made, user.pw_uid, user.pw_gid)
        return made

    def close(self) -> None:
        """Remove the folder; servers have been stopped before."""
        # What cannot be removed yet, the next emulator clears away.
        shutil.rmtree(self.folder, ignore_errors=True)
        self._lock.close()


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    with file.open("wb") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def _clear_if_left(folder: Path) -> bool:
    """Remove the folder of an emulator that is gone, with the processes that still work in it."""
    if not folder.is_dir():
        return False
    with (folder / "lock").open("ab") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        for file in folder.glob("*/pid"):
            _end_left_process(file)
        # What cannot be removed yet, the next emulator clears away.
        shutil.rmtree(folder, ignore_errors=True)
    return True


def _end_left_process(file: Path) -> None:
    try:
        pid = int(file.read_text(encoding="ascii"))
    except ValueError:
        return
    # An id may have been given to another process meanwhile; a server works in its own folder.
    deadline = time.monotonic() + STOP_SECONDS
    stop: signal.Signals = signal.SIGQUIT
    while _works_in(pid, file.parent):
        with suppress(ProcessLookupError):
            os.kill(pid, stop)
        if time.monotonic() > deadline:
            stop = signal.SIGKILL
        time.sleep(0.05)


def _works_in(pid: int, folder: Path) -> bool:
    """Tell whether a process is one that was started in the folder."""
    try:
        return Path(f"/proc/{pid}/cwd").readlink().is_relative_to(folder)
    except OSError:
        pass
    ps = shutil.which("ps")
    if Path("/proc/self").exists() or not ps:
        return False
    command = [ps, "-o", "command=", "-p", str(pid)]
    shown = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - ps of this machine
    return str(folder) in shown.stdout


def server_user() -> pwd.struct_passwd | None:
    """Return the user that servers run as where the emulator runs as root, which PostgreSQL refuses to be."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("nobody")
    except KeyError:
        raise Unavailable("PostgreSQL does not run as root, and there is no user nobody") from None


def as_server_user() -> dict[str, Any]:
    """Return the arguments of `subprocess.Popen` that drop root's rights."""
    user = server_user()
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}


def write_private(file: Path, text: str) -> None:
    """Write a file that only the servers' user can read."""
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as stream:
        user = server_user()
        if user:
            os.fchown(stream.fileno(), user.pw_uid, user.pw_gid)
        stream.write(text)


def environment() -> dict[str, str]:
    """Return the environment of a server: nothing of the emulator's credentials."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


def runnable(program: Path) -> bool:
    """Tell whether the servers' user may run a program."""
    try:
        done = subprocess.run(  # noqa: S603 - a server's program, found on this machine
            [program, "--version"],
            capture_output=True,
            check=False,
            cwd="/",
            env=environment(),
            timeout=20,
            **as_server_user(),
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


class Process:
    """A server's process, whose id is kept in its folder.

    Args:
        folder: the server's folder; the process works in it and writes ``server.log`` there.
        command: program and arguments. Nothing sensitive.
    """

    def __init__(self, folder: Path, command: Sequence[str | Path]) -> None:
        self.folder = folder
        with (folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - a server's program, found on this machine
                command,
                cwd=folder,
                env=environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                **as_server_user(),
            )
        (folder / "pid").write_text(str(self._process.pid), encoding="ascii")

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Tell whether it runs."""
        return self._process.poll() is None

    def last_words(self) -> str:
        """Return the last line of the log."""
        lines = (self.folder / "server.log").read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return lines[-1] if lines else "it said nothing"

    def end(self, how: signal.Signals) -> None:
        """End the process, by force where it takes too long."""
        self._process.send_signal(how)
        try:
            self._process.wait(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        (self.folder / "pid").unlink(missing_ok=True)
