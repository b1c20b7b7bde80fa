# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Folders and processes of servers: made for one emulator, and cleared away with it, or by the next one.

Who else is on the machine may write where temporary files are, and the servers run as a user who is not the emulator's
where that is root. So what the emulator writes lies in folders that only its own user writes to, which are recognised
by their owner when they are opened and not by their name; of what a server owns, nothing is opened, only removed.
"""

from __future__ import annotations

import fcntl
import os
import pwd
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

#: Seconds that a server has to end.
STOP_SECONDS = 5.0

#: A folder of ours that is still being made.
_NEW = "new-"


class Unavailable(Exception):
    """A server cannot be had on this machine; the text says why."""


class Runtime:
    """The folder of one emulator, with a folder in it for each server.

    A lock on the folder itself tells that the emulator lives. Folders without one are what a killed emulator left; they
    go, with their processes, when the next one starts. Nobody else can hold that lock: to open the folder takes a right
    to read it, which only its owner has.

    Args:
        root: where emulators have their folders; by default in the folder for temporary files. A short path, as the
            name of a Unix socket has 107 bytes at most.
    """

    def __init__(self, root: Path | None = None) -> None:
        self._root = root or Path(tempfile.gettempdir())
        self._root.mkdir(mode=0o711, parents=True, exist_ok=True)
        _refuse_foreign(self._root)
        prefix = f"dataai-emulator-{os.getuid()}-"
        self.cleared = [path.name for path in sorted(self._root.glob(f"{prefix}*")) if _clear_if_left(path)]
        made = Path(tempfile.mkdtemp(dir=self._root, prefix=_NEW + prefix))
        self._lock = _opened(made)
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        os.fchmod(self._lock, 0o711 if server_user() else 0o700)
        self.folder = made.rename(made.with_name(made.name.removeprefix(_NEW)))

    def new_folder(self, prefix: str) -> Path:
        """Make an empty folder that the server's user owns, in one of ours that holds what the emulator writes."""
        ours = Path(tempfile.mkdtemp(dir=self.folder, prefix=prefix))
        home = ours / "home"
        home.mkdir(mode=0o700)
        user = server_user()
        if user:
            ours.chmod(0o711)
            os.chown(home, user.pw_uid, user.pw_gid, follow_symlinks=False)
        return home

    def close(self) -> None:
        """Remove the folder; servers have been stopped before."""
        # What cannot be removed yet, the next emulator clears away.
        shutil.rmtree(self.folder, ignore_errors=True)
        os.close(self._lock)


def _refuse_foreign(folder: Path) -> None:
    """Refuse a folder in which somebody else could put another in the place of ours.

    Raises:
        Unavailable: who else may write to it may also rename and remove what is not his.
    """
    found = folder.stat()
    shared = found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    if found.st_uid not in (os.getuid(), 0) or (shared and not found.st_mode & stat.S_ISVTX):
        raise Unavailable(f"{folder} can be changed by somebody else; name another folder for temporary files (TMPDIR)")


def _opened(folder: Path) -> int:
    """Open a folder of ours, without following a link."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    found = os.fstat(descriptor)
    if found.st_uid != os.getuid() or found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        os.close(descriptor)
        raise PermissionError(f"{folder} belongs to somebody else")
    return descriptor


def _clear_if_left(folder: Path) -> bool:
    """Remove the folder of an emulator that is gone, with the processes that still work in it."""
    try:
        descriptor = _opened(folder)
    except OSError:  # not a folder of ours, whatever its name
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        for server in folder.iterdir():
            _end_left_process(server)
        # What cannot be removed yet, the next emulator clears away.
        shutil.rmtree(folder, ignore_errors=True)
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True


def _end_left_process(folder: Path) -> None:
    try:
        pid = int((folder / "pid").read_text(encoding="ascii"))
    except (OSError, ValueError):
        return
    # An id may have been given to another process meanwhile; a server works in its own folder.
    deadline = time.monotonic() + STOP_SECONDS
    stop: signal.Signals = signal.SIGQUIT
    while _works_in(pid, folder):
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


def _private(file: Path, how: int) -> int:
    """Open a file to write to, which nobody else reads and which is no link."""
    return os.open(file, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | how, 0o600)


def write_private(folder: Path, name: str, text: str) -> Path:
    """Write a file that only the servers' user can read, beside the folder that he owns. Return its path."""
    file = folder.parent / name
    file.unlink(missing_ok=True)
    with os.fdopen(_private(file, os.O_EXCL), "w", encoding="ascii") as stream:
        user = server_user()
        if user:
            os.fchown(stream.fileno(), user.pw_uid, user.pw_gid)
        stream.write(text)
    return file


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
        folder: the server's folder, in which the process works. What it says, and its id, are kept beside it.
        command: program and arguments. Nothing sensitive.
    """

    def __init__(self, folder: Path, command: Sequence[str | Path]) -> None:
        self._log, self._pid = folder.parent / "server.log", folder.parent / "pid"
        with os.fdopen(_private(self._log, os.O_APPEND), "ab") as log:
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
        with os.fdopen(_private(self._pid, os.O_TRUNC), "w", encoding="ascii") as file:
            file.write(str(self._process.pid))

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
        lines = self.log().strip().splitlines()
        return lines[-1] if lines else "it said nothing"

    def log(self) -> str:
        """Return all that the process has said."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def end(self, how: signal.Signals) -> None:
        """End the process, by force where it takes too long."""
        self._process.send_signal(how)
        try:
            self._process.wait(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._pid.unlink(missing_ok=True)
