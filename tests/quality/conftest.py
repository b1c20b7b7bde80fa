# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of the project's own quality share: running a tool, and an embedded AWS of their own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tools.embedded_aws import healthy

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
START_SECONDS = 60.0
# What a developer has set for these must not decide whether a test passes.
CONFIGURING = ("ANSIBLE_", "AWS_", "MOLECULE_")

Run = Callable[..., str]


@pytest.fixture
def run() -> Run:
    """Give a function that runs a program of the virtual environment and fails the test with the program's output."""

    def run_tool(*command: str | Path, cwd: Path = ROOT, timeout: float = 300, **variables: str) -> str:
        program, *arguments = map(str, command)
        own = {name: value for name, value in os.environ.items() if not name.startswith(CONFIGURING)}
        environment = {**own, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "NO_COLOR": "1", **variables}
        result = subprocess.run(
            [str(BIN / program), *arguments],
            cwd=cwd,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=timeout,
            check=False,
        )
        if result.returncode:
            pytest.fail(
                f"{program} {' '.join(arguments)} ended with {result.returncode}:\n{result.stdout}", pytrace=False
            )
        return result.stdout

    return run_tool


@pytest.fixture
def free_port() -> int:
    """Give a port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


# Scenarios that need a real server behind an endpoint.
WITH_SERVERS = {"databases"}


@pytest.fixture
def aws_environment(free_port: int, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[dict[str, str]]:
    """Give the environment variables that lead to an empty embedded AWS, which lives as long as the test."""
    callspec = getattr(request.node, "callspec", None)
    served = callspec is not None and callspec.params.get("scenario") in WITH_SERVERS
    options = ["--backends", str(tmp_path / "ca")] if served else []
    file = tmp_path / "emulator.log"
    with file.open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "emulator", "--port", str(free_port), *options], cwd=ROOT, stdout=log, stderr=log
        )
    try:
        deadline = time.monotonic() + START_SECONDS
        while not healthy(free_port):
            if server.poll() is not None or time.monotonic() > deadline:
                pytest.fail("the embedded AWS did not start:\n" + file.read_text(encoding="utf-8"))
            time.sleep(0.1)
        yield {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{free_port}",
            "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
            "AWS_SECRET_ACCESS_KEY": "not-a-secret-sandbox-key",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }
    finally:
        server.terminate()
        server.wait(timeout=60)
