# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An embedded AWS for tests: one server for the whole run, wiped for every test that asks for a fresh account."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config

from ansible_collections.dataai.platform.plugins.module_utils.aws.session import Aws

if TYPE_CHECKING:
    from .operator import Operator

ROOT = Path(__file__).resolve().parents[2]
REGION = "eu-central-2"
ACCOUNT = "123456789012"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "not-a-secret-sandbox-key"}


class EmbeddedAws:
    """A running embedded AWS and its controls."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._clients: dict[tuple[str, str], Any] = {}

    def admin(self, method: str, path: str, body: Any = None) -> Any:
        """Call the control interface and return its JSON answer."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            f"{self.url}/_emulator/{path}", data=data, method=method, headers={"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            text = answer.read().decode()
        return json.loads(text) if text else None

    def reset(self) -> None:
        """Wipe all resources, calls, faults and settings."""
        self.admin("POST", "reset")
        self.admin("PUT", "settings", {"provisioning_seconds": 0, "latency_ms": 0})

    def forget_calls(self) -> None:
        """Empty the call log."""
        self.admin("DELETE", "calls")

    def writes(self) -> list[str]:
        """Return the writing calls since the log was emptied, as ``service:Operation``."""
        answer = self.admin("GET", "calls?access=write")
        calls = answer["calls"] if isinstance(answer, dict) else answer
        return [f"{call['service']}:{call['operation']}" for call in calls]

    def calls(self) -> list[dict[str, Any]]:
        """Return all calls since the log was emptied."""
        answer = self.admin("GET", "calls")
        return answer["calls"] if isinstance(answer, dict) else answer

    def violations(self) -> list[Any]:
        """Return requests that break the service models."""
        answer = self.admin("GET", "violations")
        return answer["violations"] if isinstance(answer, dict) else answer

    def client(self, service: str, region: str = REGION) -> Any:
        """Return a plain boto3 client; building one takes long.

        Who uses a database's service by hand does so in an account that knows it.
        """
        if service in ("rds", "elasticache"):
            self.admin("PUT", "settings", {"fresh_account": False})
        if (service, region) not in self._clients:
            self._clients[service, region] = boto3.client(
                service,
                region_name=region,
                endpoint_url=self.url,
                aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
                aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
                config=Config(retries={"max_attempts": 1}),
            )
        return self._clients[service, region]

    def environment(self) -> dict[str, str]:
        """Return the environment of a process that is to use this AWS."""
        return {**os.environ, **CREDENTIALS, "AWS_ENDPOINT_URL": self.url, "AWS_DEFAULT_REGION": REGION}


class ModuleTwin:
    """What ``Aws`` needs of a module: clients and a region."""

    def __init__(self, server: EmbeddedAws, region: str = REGION) -> None:
        self.server, self.region = server, region

    def client(self, service: str, config: Any = None) -> Any:
        """Return a client with the given configuration."""
        return boto3.client(
            service,
            region_name=self.region,
            endpoint_url=self.server.url,
            aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
            config=config,
        )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def embedded_aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedAws]:
    """Start the embedded AWS on a free port and stop it at the end."""
    port = _free_port()
    log = tmp_path_factory.mktemp("emulator") / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "emulator", "--port", str(port)], cwd=ROOT, stdout=output, stderr=output
        )
    server = EmbeddedAws(f"http://127.0.0.1:{port}")
    try:
        _wait_for(server, process, log)
        yield server
    finally:
        process.terminate()
        process.wait(timeout=60)


def _wait_for(server: EmbeddedAws, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            server.admin("GET", "health")
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"the embedded AWS did not start:\n{log.read_text()}")


@pytest.fixture(scope="session")
def sandbox(embedded_aws: EmbeddedAws, tmp_path_factory: pytest.TempPathFactory) -> Operator:
    """Return the user of environment ``sbx``, whose estate several files of tests share."""
    from .operator import Operator

    return Operator(embedded_aws, tmp_path_factory.mktemp("sandbox"), "sbx")


@pytest.fixture
def account(embedded_aws: EmbeddedAws) -> EmbeddedAws:
    """Return the embedded AWS with an empty account."""
    embedded_aws.reset()
    return embedded_aws


@pytest.fixture
def aws(account: EmbeddedAws) -> Aws:
    """Return the product's gateway on an empty account."""
    return Aws(ModuleTwin(account))
