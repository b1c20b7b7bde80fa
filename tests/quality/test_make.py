# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands behind `make local`, `make down` and the Makefile's other targets."""

from __future__ import annotations

import re
import socket
import subprocess
from pathlib import Path

import pytest

from tools import embedded_aws

from .conftest import ROOT

TARGETS = {
    "local",
    "test",
    "bench",
    "down",
    "emulator",
    "lint",
    "docs",
    "sanity",
    "build",
    "plan",
    "deploy",
    "verify",
    "destroy",
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let the background server keep its files away from the one that a developer may be running."""
    monkeypatch.setattr(embedded_aws, "FOLDER", tmp_path)
    monkeypatch.setattr(embedded_aws, "PID_FILE", tmp_path / "pid")
    monkeypatch.setattr(embedded_aws, "LOG_FILE", tmp_path / "server.log")
    return tmp_path


def test_the_server_starts_once_and_stops(folder: Path, free_port: int) -> None:
    try:
        embedded_aws.start(free_port)
        first = embedded_aws.read_pid()
        embedded_aws.start(free_port)
        assert embedded_aws.healthy(free_port)
        assert embedded_aws.read_pid() == first
        assert first is not None
        embedded_aws.check(free_port)
        for action in (embedded_aws.start, embedded_aws.check):  # all that was deployed would be gone
            with pytest.raises(SystemExit, match=f"of this checkout runs on port {free_port}.*say PORT={free_port}"):
                action(free_port + 1)
        assert embedded_aws.read_pid() == first
    finally:
        stopped = embedded_aws.stop()
    assert stopped
    assert not embedded_aws.healthy(free_port)
    assert not embedded_aws.stop()


def test_a_foreign_program_on_the_port_is_named(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        other.settimeout(0.1)
        with pytest.raises(SystemExit, match="taken by another program"):
            embedded_aws.start(other.getsockname()[1])


def test_what_is_done_to_local_asks_first_whose_it_is(folder: Path, free_port: int) -> None:
    with pytest.raises(SystemExit, match=f"no embedded AWS runs on port {free_port}: make local"):
        embedded_aws.check(free_port)
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(SystemExit, match=f"port {port} is that of another program"):
            embedded_aws.check(port)
    for target in ("plan", "deploy", "verify", "destroy"):
        command = ["make", "--dry-run", target, "ENV=local", "PORT=4999"]
        said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
        assert said.index("embedded_aws.py check --port 4999") < said.index("ansible-playbook"), target
        assert (
            "embedded_aws.py"
            not in subprocess.run(
                ["make", "--dry-run", target, "ENV=dev"], cwd=ROOT, capture_output=True, text=True, check=True
            ).stdout
        )


def test_a_recycled_process_id_is_left_alone(folder: Path) -> None:
    with subprocess.Popen(["sleep", "60"]) as innocent:
        (folder / "pid").write_text(str(innocent.pid), encoding="ascii")
        assert not embedded_aws.stop()
        assert innocent.poll() is None
        innocent.terminate()


def test_every_target_is_listed_by_help() -> None:
    listing = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert set(re.findall(r"^  ([a-z]+) +\S", listing, re.MULTILINE)) >= TARGETS


def test_an_environment_must_be_named() -> None:
    result = subprocess.run(["make", "deploy", "ENV=nowhere"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode != 0
    assert "ENV=<" in result.stderr


def test_the_secret_of_the_sandbox_hides_nothing_else() -> None:
    """Ansible masks the text of a secret wherever it stands, so it must be one that stands nowhere else."""
    files = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    texts = [(ROOT / file).read_text(encoding="utf-8", errors="replace") for file in files if (ROOT / file).is_file()]
    setting = re.compile(r"""AWS_SECRET_ACCESS_KEY['"]?\s*[=:]\s*['"]?([\w/+-]+)['"]?""")
    secrets = {secret for text in texts for secret in setting.findall(text)}
    assert len(secrets) == 1
    (secret,) = secrets
    assert not any(secret in setting.sub("", text) for text in texts)


@pytest.mark.xdist_group("one worker")
def test_tests_of_a_group_go_to_one_worker(request: pytest.FixtureRequest) -> None:
    """What they share is built once. Versions of pytest and pytest-xdist that do not fit build it in each worker."""
    grouped = getattr(request.config.option, "loadgroup", False)
    assert request.node.nodeid.endswith("@one worker") or not grouped


def test_what_make_installs_nobody_else_writes_to() -> None:
    """uv leaves locks that everybody may write to, in its cache and beside what it installs."""
    assert "--no-cache" in (ROOT / "tools" / "make_venv.sh").read_text(encoding="utf-8")
    installed = [path for path in (ROOT / ".venv").glob("*") if not path.is_symlink()]
    assert [path for path in installed if path.stat().st_mode & 0o002] == []
