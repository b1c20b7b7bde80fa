# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The installed artifact on the other releases of ansible-core, each in an environment of its own."""

from __future__ import annotations

import ast
import os
import re
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import pytest

from ..integration.conftest import ACCOUNT, EmbeddedAws
from ..integration.environments import EXPECTED, looked_at
from .conftest import BIN, ROOT, Run
from .test_collection import artifact, pins

__all__ = ["artifact"]


class Core(NamedTuple):
    """A release of ansible-core: the Python it is tried with, and the package that brings it and its collections."""

    release: str
    python: str
    package: str


#: Beside the one in requirements.lock.
CORES = (Core("2.20", "3.12", "ansible==13.8.0"), Core("2.21", "3.13", "ansible==14.5.0"))


def uv(*arguments: str | Path) -> str:
    """Run the installer and return what it printed; fail with its output."""
    environment = {**os.environ, "UV_SYSTEM_CERTS": "1", "UV_PYTHON_DOWNLOADS": "never"}
    done = subprocess.run(
        [BIN / "uv", *arguments], env=environment, capture_output=True, text=True, check=False, timeout=300
    )
    if done.returncode:
        pytest.fail(done.stderr, pytrace=False)
    return done.stdout.strip()


def interpreter(version: str) -> str:
    """Return a Python of that version, of this machine or of pyenv; skip where there is none."""
    done = subprocess.run(
        [BIN / "uv", "python", "find", "--no-project", "--system", version],
        env={**os.environ, "UV_PYTHON_DOWNLOADS": "never"},
        capture_output=True,
        text=True,
        check=False,
    )
    found = sorted((Path.home() / ".pyenv" / "versions").glob(f"{version}.*/bin/python"))
    if done.returncode and not found:
        pytest.skip(f"no Python {version} on this machine")
    return done.stdout.strip() if not done.returncode else str(found[-1])


@pytest.fixture(params=CORES, ids=lambda core: core.release)
def programs(request: pytest.FixtureRequest) -> Path:
    """Give the folder of the programs of another ansible-core, with the libraries of the lock file."""
    core: Core = request.param
    place = ROOT / ".cache" / "cores" / f"{core.release}-{core.python}"
    locked = pins("requirements.lock")
    wanted = [core.package, *(f"{name}=={locked[name]}" for name in ("boto3", "botocore", "psycopg", "pg8000"))]
    note = place / "installed"
    if not note.exists() or note.read_text(encoding="utf-8") != str(wanted):
        uv("venv", "--quiet", "--clear", "--python", interpreter(core.python), place)
        uv("pip", "install", "--quiet", "--python", place / "bin" / "python", *wanted)
        note.write_text(str(wanted), encoding="utf-8")
    return place / "bin"


def test_the_artifact_deploys_with_it(
    run: Run, programs: Path, artifact: Path, tmp_path: Path, aws_environment: dict[str, str]
) -> None:
    """Over the warm connection, which carries its modules, and the same again without finds nothing to do."""
    run(programs / "ansible-galaxy", "collection", "install", artifact, "-p", tmp_path / "c", "--offline", cwd=tmp_path)
    variables = {
        **aws_environment,
        "ANSIBLE_COLLECTIONS_PATH": str(tmp_path / "c"),
        "ANSIBLE_HOME": str(tmp_path / "h"),
    }
    inventory = ["-i", ROOT / "inventories" / "sbx", "-e", f"aws_account_id={ACCOUNT}"]
    command = [programs / "ansible-playbook", *inventory]
    with TemporaryDirectory(prefix="w") as place:  # the path of a socket is short
        warm = ["-e", "ansible_warm_start_wait=30", "-e", f"ansible_warm_directory={place}/w", "-vvv"]
        output = run(*command, "dataai.platform.site", *warm, cwd=tmp_path, timeout=600, **variables)
    assert re.search(r"failed=0 ", output)
    carried, local = len(re.findall("WARM process", output)), re.findall(r"WARM as local: .*", output)
    assert carried >= 5, output[-2000:]  # the graph, and what is no kind
    assert local == []
    aws = EmbeddedAws(aws_environment["AWS_ENDPOINT_URL"])
    assert looked_at(aws, "sbx") == EXPECTED["sbx"]
    aws.forget_calls()
    output = run(
        *(*command, "dataai.platform.outputs", "-e", "ansible_connection=local"), cwd=tmp_path, timeout=600, **variables
    )
    assert re.search(r"failed=0 ", output)
    assert aws.writes() == []


def test_ansible_sees_every_import_of_what_it_packs() -> None:
    """From 2.21 on it does not look into the branches of ``match``."""
    for path in (*ROOT.glob("plugins/module_utils/**/*.py"), *ROOT.glob("plugins/modules/*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.match_case):
                hidden = [item for item in ast.walk(node) if isinstance(item, (ast.Import, ast.ImportFrom))]
                assert not hidden, f"{path}:{node.body[0].lineno}"
