# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Start and stop the embedded AWS in the background, for `make local` and `make down`, and tell whose one is.

Needs nothing but the standard library, so that `stop` works without the virtual environment.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib import request

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "build" / "emulator"
PID_FILE = FOLDER / "pid"
LOG_FILE = FOLDER / "server.log"
AUTHORITY = FOLDER / "ca"
START_SECONDS = 30.0
STOP_SECONDS = 20.0


def home_of(port: int) -> str | None:
    """Return the checkout whose embedded AWS answers on the port, empty where that is not told; None for no answer."""
    opener = request.build_opener(request.ProxyHandler({}))
    try:
        with opener.open(f"http://127.0.0.1:{port}/_emulator/health", timeout=2) as answer:
            health = json.load(answer)
            return str(health.get("home", "")) if health.get("status") == "ok" else None
    except (OSError, ValueError, AttributeError):
        return None


def healthy(port: int) -> bool:
    """Say whether the embedded AWS of this checkout answers on the port."""
    return home_of(port) == str(ROOT)


def _who(port: int) -> str:
    home = home_of(port)
    if home is None:
        return "another program"
    return f"the embedded AWS of {home}" if home else "another user's embedded AWS"


def occupied(port: int) -> bool:
    """Say whether anything listens on the port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def read_pid() -> int | None:
    """Return the process id of the server that we started, or None; a recycled id is not ours."""
    try:
        pid = int(PID_FILE.read_text(encoding="ascii"))
    except (FileNotFoundError, ValueError):
        return None
    return pid if "emulator" in command_of(pid) else None


def command_of(pid: int) -> str:
    """Return the command line of a process, or an empty string when there is none."""
    ps = shutil.which("ps")
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:  # no such process, or a system without /proc, which then has ps
        command = [ps, "-o", "command=", "-p", str(pid)] if ps else []
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout if command else ""


def port_of(pid: int) -> int | None:
    """Return the port that a server of ours was started with."""
    found = re.search(r"--port[\s\0=]+(\d+)", command_of(pid))
    return int(found.group(1)) if found else None


def check(port: int) -> None:
    """Exit with a message unless the embedded AWS of this checkout answers on the port."""
    if healthy(port):
        return
    pid = read_pid()
    other = port_of(pid) if pid is not None else None
    if other is not None and healthy(other):
        sys.exit(f"the embedded AWS of this checkout runs on port {other}, not on {port}: say PORT={other}")
    if occupied(port):
        sys.exit(
            f"port {port} is that of {_who(port)}, not of the embedded AWS of this checkout: "
            "start that on another port with make local PORT=<n>, and say the same PORT here"
        )
    sys.exit(f"no embedded AWS runs on port {port}: make local starts one and deploys to it")


def start(port: int) -> None:
    """Start the server, or keep the one that runs; exit with a message when the port is not to be had."""
    if healthy(port):
        print(f"the embedded AWS already runs on http://127.0.0.1:{port}")
        return
    running = read_pid()
    other = port_of(running) if running is not None else None
    if other is not None and healthy(other):
        sys.exit(
            f"the embedded AWS of this checkout runs on port {other}, with all that was deployed to it: "
            f"say PORT={other}, or give it up with make down first"
        )
    if occupied(port):
        sys.exit(f"port {port} is taken by {_who(port)}: stop it, or choose another port with PORT=<n>")
    stop()
    os.umask(0o077)  # what the server says and keeps is for nobody else to read
    FOLDER.mkdir(parents=True, exist_ok=True)
    FOLDER.chmod(0o700)
    LOG_FILE.unlink(missing_ok=True)
    with LOG_FILE.open("xb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "emulator", "--port", str(port), "--backends", str(AUTHORITY)],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    PID_FILE.write_text(str(server.pid), encoding="ascii")
    deadline = time.monotonic() + START_SECONDS
    while not healthy(port):
        if server.poll() is not None or time.monotonic() > deadline:
            tail = LOG_FILE.read_text(encoding="utf-8", errors="replace")[-2000:]
            stop()
            sys.exit(f"the embedded AWS did not start; the end of {LOG_FILE}:\n{tail}")
        time.sleep(0.1)
    print(f"started the embedded AWS on http://127.0.0.1:{port} (log: {LOG_FILE})")


def stop() -> bool:
    """Stop the server that we started; return whether there was one."""
    pid = read_pid()
    PID_FILE.unlink(missing_ok=True)
    if pid is None:
        return False
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        while "emulator" in command_of(pid) and time.monotonic() < deadline:
            time.sleep(0.05)
        if "emulator" in command_of(pid):
            os.kill(pid, signal.SIGKILL)
    return True


def main() -> None:
    """Parse the command line and do what it asks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("action", choices=["start", "stop", "check"])
    parser.add_argument("--port", type=int, default=4566)
    options = parser.parse_args()
    if options.action == "start":
        start(options.port)
    elif options.action == "check":
        check(options.port)
    else:
        print("stopped the embedded AWS" if stop() else "no embedded AWS was running")


if __name__ == "__main__":
    main()
