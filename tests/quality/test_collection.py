# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a user installs: the artifact, its metadata, and a deployment from it alone."""

from __future__ import annotations

import json
import re
import tarfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.dataai.platform.plugins.action.resource import NO_KINDS
from ansible_collections.dataai.platform.plugins.module_utils.aws.graph import SPEC as GRAPH_SPEC
from ansible_collections.dataai.platform.plugins.module_utils.aws.kinds import KINDS, kind_class
from ansible_collections.dataai.platform.plugins.module_utils.aws.run import argument_spec

from ..integration.conftest import ACCOUNT, EmbeddedAws
from ..integration.environments import EXPECTED, looked_at
from .conftest import ROOT, Run

MODULES = {file.stem for file in ROOT.glob("plugins/modules/*.py") if file.stem != "__init__"}
# What never calls AWS takes no region and no credentials either, so the group's defaults would make it fail.
AWS_MODULES = {
    name for name in MODULES if "amazon.aws.common.modules" in (ROOT / f"plugins/modules/{name}.py").read_text()
} | {"resource"}
PUBLISHED_FOLDERS = {"changelogs", "docs", "meta", "playbooks", "plugins", "roles"}


def read_yaml(path: str) -> Any:
    return yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))


def pins(path: str) -> dict[str, str]:
    """Return the exactly pinned packages of a requirements file with their versions."""
    text = (ROOT / path).read_text(encoding="utf-8")
    return dict(re.findall(r"^([\w.-]+)(?:\[[\w,]+\])?==([^\s;]+)", text.lower(), re.MULTILINE))


@pytest.fixture
def artifact(run: Run, tmp_path: Path) -> Path:
    """Build the collection and give the path of the artifact."""
    run("ansible-galaxy", "collection", "build", "--output-path", tmp_path)
    (file,) = tmp_path.glob("dataai-platform-*.tar.gz")
    return file


@pytest.fixture
def installed(run: Run, artifact: Path, tmp_path: Path) -> Path:
    """Install the artifact into an empty path and give that path."""
    target = tmp_path / "collections"
    run("ansible-galaxy", "collection", "install", artifact, "-p", target, "--offline", cwd=tmp_path)
    assert (target / "ansible_collections/dataai/platform/MANIFEST.json").is_file()
    return target


def test_the_action_group_names_every_module_that_calls_aws() -> None:
    group = read_yaml("meta/runtime.yml")["action_groups"]["aws"]
    assert group[0] == {"metadata": {"extend_group": ["amazon.aws.aws"]}}
    assert group[1:] == sorted(AWS_MODULES)


def test_the_modules_of_all_kinds_run_as_one() -> None:
    """Ansible packs each module that a play uses, which takes longer than most of them run."""
    bodies = {name: (ROOT / f"plugins/modules/{name}.py").read_text() for name in MODULES}
    found = {name: re.search(r"^    run\((\w+)\)$", body, re.MULTILINE) for name, body in bodies.items()}
    assert {name: kind[1] for name, kind in found.items() if kind} == KINDS
    assert {name: kind_class(name).__name__ for name in KINDS} == KINDS
    with pytest.raises(KeyError):
        kind_class("nothing")
    assert KINDS.keys() <= read_yaml("meta/runtime.yml")["plugin_routing"]["modules"].keys()
    assert yaml.safe_load(bodies["resource"].split('r"""')[1].split('"""')[0])["options"]["kind"]["choices"] == sorted(
        KINDS
    )


def test_every_module_that_writes_is_told_which_account_it_may_write_to() -> None:
    """The action hands the account on, and the gateway refuses another one: so there must be no way around them."""
    writers = AWS_MODULES - {name for name in MODULES if name.endswith("_info")} - {"graph", "preflight", "resource"}
    routes = {name: {"action_plugin": "dataai.platform.resource"} for name in writers}
    assert read_yaml("meta/runtime.yml")["plugin_routing"]["modules"] == routes
    assert set(NO_KINDS) == (writers | {"resource"}) - set(KINDS)
    bodies = {name: (ROOT / f"plugins/modules/{name}.py").read_text() for name in writers - set(KINDS)}
    assert [name for name, body in bodies.items() if '"aws_account_id": {"type": "str"}' not in body] == []
    assert all("aws_account_id" in argument_spec(kind_class(name)) for name in KINDS)
    assert "aws_account_id" in GRAPH_SPEC  # its action is its own
    assert "args.setdefault(ACCOUNT" in (ROOT / "plugins/action/graph.py").read_text()
    product = [*ROOT.glob("plugins/modules/*.py"), *ROOT.glob("plugins/module_utils/**/*.py")]
    direct = {
        str(path.relative_to(ROOT / "plugins"))
        for path in product
        if re.search(r"boto3\.|\.client\(|\.client\.", path.read_text())
    }
    # What runs in Lambda has the account of its function.
    functions = {"module_utils/functions/database_access.py", "module_utils/functions/secret_sync.py"}
    assert direct == {"module_utils/aws/session.py", *functions}


def test_no_role_writes_with_modules_that_know_no_account() -> None:
    names = re.compile(r"^\s+(?:- )?((?:amazon|community)\.aws\.\w+):", re.MULTILINE)
    files = [*ROOT.glob("roles/*/tasks/*.yml"), *ROOT.glob("playbooks/*.yml")]
    assert {name for path in files for name in names.findall(path.read_text())} <= {"amazon.aws.ec2_vpc_net_info"}


def test_sanity(run: Run) -> None:
    # test_lint.py holds what this one holds of the changelog, without an environment of its own.
    run("python", "tests/sanity/run.py", "--skip-test", "changelog", timeout=900)


def test_the_lock_file_holds_what_is_asked_for() -> None:
    assert pins("requirements.in").items() <= pins("requirements.lock").items()


def test_an_execution_environment_gets_the_same_packages() -> None:
    assert (ROOT / "meta/ee-requirements.txt").read_text() == (ROOT / "requirements.txt").read_text()


def test_awx_installs_the_checkout_and_what_it_needs() -> None:
    """AWX installs this file in the root of a project, in which a directory is named relatively."""
    assert read_yaml("collections/requirements.yml") == {"collections": [{"source": ".", "type": "dir"}]}
    assert "amazon.aws" in read_yaml("galaxy.yml")["dependencies"]


def test_the_artifact_holds_the_collection_and_nothing_else(artifact: Path) -> None:
    with tarfile.open(artifact) as archive:
        names = [member.name for member in archive if member.isfile()]
    assert {name.split("/")[0] for name in names if "/" in name} <= PUBLISHED_FOLDERS
    assert not [name for name in names if re.search(r"(^|/)\.|\.pyc$|inventor|group_vars|host_vars", name)]
    assert {"LICENSE", "README.md", "CHANGELOG.rst", "meta/runtime.yml"} <= set(names)
    assert {f"plugins/modules/{name}.py" for name in MODULES} <= set(names)


def test_the_installed_collection_deploys(
    run: Run, installed: Path, tmp_path: Path, aws_environment: dict[str, str]
) -> None:
    variables = {**aws_environment, "ANSIBLE_COLLECTIONS_PATH": str(installed), "ANSIBLE_HOME": str(tmp_path / "home")}
    module = min(MODULES)
    documentation = json.loads(run("ansible-doc", "--json", f"dataai.platform.{module}", cwd=tmp_path, **variables))
    assert documentation[f"dataai.platform.{module}"]["doc"]["filename"].startswith(str(installed))

    command = ["ansible-playbook", "-i", ROOT / "inventories" / "dev", "dataai.platform.site"]
    output = run(*command, "-e", f"aws_account_id={ACCOUNT}", cwd=tmp_path, timeout=600, **variables)
    assert re.search(r"failed=0 ", output)
    assert json.loads((tmp_path / "build/dev/outputs.json").read_text())
    aws = EmbeddedAws(aws_environment["AWS_ENDPOINT_URL"])
    assert looked_at(aws, "dev") == EXPECTED["dev"]
    assert aws.violations() == []
