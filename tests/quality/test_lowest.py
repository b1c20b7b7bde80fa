# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lowest versions that requirements.txt allows are enough, and none of the floors is a guess."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from importlib.metadata import distributions
from pathlib import Path

import botocore
import pytest

from .conftest import CONFIGURING, ROOT
from .sdk import Models, lacking, services, words

REQUIREMENTS = ROOT / "requirements.txt"

#: Kinds that between them create, change, tag, wait, page and delete, in all three protocols.
KINDS = ("db_cluster", "s3_bucket", "log_group")

#: Members that newer models have under a word that the code uses for something else.
NOT_MEANT = {
    "s3:AbortMultipartUpload VersionId": "of objects, not of uploads",
    "s3:ListMultipartUploads Uploads.VersionId": "of objects, not of uploads",
}

IMPORT_EVERYTHING = """
import importlib, pathlib
root = pathlib.Path("plugins")
for folder in ("module_utils", "modules", "action"):
    for path in sorted((root / folder).rglob("*.py")):
        parts = path.with_suffix("").parts
        if parts[-1] != "__init__":
            importlib.import_module("ansible_collections.dataai.platform." + ".".join(parts))
"""


def floors() -> dict[str, str]:
    """Return the lowest allowed versions by name of the package."""
    text = REQUIREMENTS.read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9-]+)(?:\[[a-z]+\])?>=([0-9.]+)", text, re.MULTILINE))


@pytest.fixture(scope="module")
def lowest() -> Path:
    """Give a folder with the lowest allowed versions, built once for what requirements.txt says now."""
    digest = hashlib.sha256(REQUIREMENTS.read_bytes() + sys.version.encode()).hexdigest()[:12]
    folder = ROOT / "build" / "lowest" / digest
    if not (folder / ".complete").exists():
        command = [
            Path(sys.executable).parent / "uv", "pip", "install", "--quiet", "--python", sys.executable,
            "--target", folder, "--only-binary", ":all:", "--resolution", "lowest-direct", "-r", REQUIREMENTS,
        ]  # fmt: skip
        try:
            built = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            pytest.skip(f"the lowest versions cannot be fetched here: {error}")
        if built.returncode:
            pytest.skip(f"the lowest versions cannot be fetched here: {built.stderr.strip()[-400:]}")
        (folder / ".complete").touch()
    return folder


@pytest.fixture
def environment(lowest: Path) -> Mapping[str, str]:
    """Give the environment of a process that uses the lowest versions."""
    own = {name: value for name, value in os.environ.items() if not name.startswith((*CONFIGURING, "PYTEST_"))}
    return {**own, "PYTHONPATH": str(lowest)}


def run(environment: Mapping[str, str], *arguments: str) -> str:
    """Run Python and return what it says; fail the test where it fails."""
    result = subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
        check=False,
    )
    if result.returncode:
        pytest.fail(f"with {environment['PYTHONPATH']}:\n{result.stdout}", pytrace=False)
    return result.stdout


def test_the_lowest_versions_are_those_that_are_allowed(lowest: Path) -> None:
    """What is tested here is what users may have."""
    found = {item.metadata["Name"].lower(): item.version for item in distributions(path=[str(lowest)])}
    for name, version in floors().items():
        assert found[name].split(".")[: version.count(".") + 1] == version.split("."), name


def test_the_lowest_sdk_knows_all_that_is_asked_of_aws(lowest: Path) -> None:
    """Every service, operation and member that the code names is in its service models."""
    newest = Models(Path(botocore.__file__).parent / "data")
    named, used = words(), services()
    assert {"rds", "elasticache", "s3"} <= used
    found = lacking(Models(lowest / "botocore" / "data"), newest, named, used)
    assert sorted(set(found) - set(NOT_MEANT)) == []


def test_what_a_model_lacks_is_found(lowest: Path, tmp_path: Path) -> None:
    """The comparison sees an operation and a member that a model does not have."""
    source = lowest / "botocore" / "data"
    for folder in source.iterdir():
        if folder.is_dir() and folder.name != "rds":
            (tmp_path / folder.name).symlink_to(folder)
    version = max(path for path in (source / "rds").iterdir() if (path / "service-2.json.gz").exists())
    model = json.loads(gzip.decompress((version / "service-2.json.gz").read_bytes()))
    del model["operations"]["RebootDBInstance"]
    del model["shapes"]["ModifyDBClusterMessage"]["members"]["EngineLifecycleSupport"]
    target = tmp_path / "rds" / version.name
    target.mkdir(parents=True)
    (target / "service-2.json").write_text(json.dumps(model), encoding="utf-8")
    newest = Models(Path(botocore.__file__).parent / "data")
    found = lacking(Models(tmp_path), newest, words(), {"rds"})
    assert found == ["rds:ModifyDBCluster EngineLifecycleSupport", "rds:RebootDBInstance"]


def test_everything_runs_with_the_lowest_versions(environment: Mapping[str, str]) -> None:
    """Every module can be imported, and kinds live their lives with that SDK."""
    version = run(environment, "-c", "import botocore; print(botocore.__version__)").strip()
    assert version == floors()["botocore"]
    run(environment, "-c", IMPORT_EVERYTHING)
    lives = [f"tests/integration/test_kinds.py::test_rhythm[{kind}]" for kind in KINDS]
    said = run(
        environment, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-o", "addopts=--import-mode=importlib", *lives
    )
    assert f"{len(KINDS)} passed" in said
