# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m emulator`: run the embedded AWS in the foreground."""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
from pathlib import Path
from typing import Any


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m emulator", description="An embedded AWS for tests.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=4566, help="port to listen on (default: %(default)s)")
    parser.add_argument("--call-log", metavar="FILE", help="append one JSON object per call to this file")
    parser.add_argument("--provisioning", type=float, default=0.0, metavar="SECONDS", help="time that slow things take")
    parser.add_argument("--latency", type=float, default=0.0, metavar="MS", help="time added to every call")
    parser.add_argument("--seed-account", default="123456789012", help="id of the account (default: %(default)s)")
    parser.add_argument(
        "--backends",
        metavar="FOLDER",
        nargs="?",
        const="build/emulator/ca",
        help="run a real PostgreSQL and Redis behind the endpoints of clusters and replication groups, on loopback; "
        "the folder keeps the authority that signs their certificate (default: %(const)s)",
    )
    return parser


def _stop(number: int, frame: Any) -> None:
    raise KeyboardInterrupt


def main() -> None:
    """Parse the command line and serve until told to stop."""
    options = _parser().parse_args()
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)
    from .provisioning import settings
    from .server import Server

    settings.provisioning_seconds = options.provisioning
    settings.latency_ms = options.latency
    folder = Path(options.backends) if options.backends else None
    server = Server(
        options.host, options.port, call_log=options.call_log, account=options.seed_account, backends=folder
    )
    try:
        with contextlib.suppress(KeyboardInterrupt):
            print(f"embedded AWS on http://{options.host}:{server.port}, account {options.seed_account}", flush=True)
            server.serve_forever()
    finally:
        server.emulator.close()
    os._exit(0)  # taking apart all that was ever emulated takes seconds, and goes with the process


if __name__ == "__main__":
    main()
