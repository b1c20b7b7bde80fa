# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each environment on an empty account: it deploys, and differs from production exactly as its inventory says."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
import yaml

from tools import new_env

from .conftest import ROOT, EmbeddedAws
from .environments import EXPECTED, looked_at
from .operator import Operator

pytestmark = pytest.mark.xdist_group("environments")


# The sandbox is the estate of test_estate.py, local the one of test_backends.py, and tests/quality/test_collection.py
# deploys dev.
@pytest.mark.parametrize("environment", sorted(set(EXPECTED) - {"sbx", "dev"}))
def test_environment_deploys_and_differs_as_it_should(
    environment: str, account: EmbeddedAws, tmp_path_factory: pytest.TempPathFactory
) -> None:
    if environment == "test" and not os.environ.get("ENVIRONMENTS_ALL"):
        pytest.skip("its inventory is production's but for the name, as is tested; ENVIRONMENTS_ALL=1 deploys it")
    operator = Operator(account, tmp_path_factory.mktemp(environment), environment)
    operator.succeed("site")
    assert looked_at(account, environment) == EXPECTED[environment]
    assert account.violations() == []


def test_environment_test_is_production_by_another_name() -> None:
    def told(environment: str) -> dict[str, object]:
        folder = ROOT / "inventories" / environment
        values = {str(file.relative_to(folder)): yaml.safe_load(file.read_text()) for file in folder.rglob("*.yml")}
        assert values["group_vars/all/environment.yml"].pop("environment_name") == environment
        return values

    assert told("test") == told("prod")


def test_a_new_environment_is_an_inventory_and_no_more(account: EmbeddedAws, tmp_path: Path) -> None:
    """Under any short name, whether it is written for somebody or copied and renamed."""
    inventories = tmp_path / "inventories"
    shutil.copytree(ROOT / "inventories", inventories, symlinks=True)
    answers = new_env.asked({**dict.fromkeys(new_env.QUESTIONS), "name": "qa-2", "like": "sbx"}, None, inventories)
    assert new_env.problems(answers, inventories) == []
    folder = new_env.written(answers, inventories)
    Operator(account, tmp_path, str(folder)).succeed("plan")
    planned = json.loads((tmp_path / "build" / "qa-2" / "changes.json").read_text())
    names = {entry["name"] for entry in planned["changes"]}
    assert {"aurora-acme-dai-qa-2-euc2-postgres", "redis-acme-dai-qa-2-euc2"} <= names
    assert yaml.safe_load((folder / "group_vars/all/environment.yml").read_text())["environment_protected"] is False
    assert account.violations() == []


def test_a_new_environment_overwrites_nothing_and_is_told_all_that_is_wrong(tmp_path: Path) -> None:
    inventories = tmp_path / "inventories"
    shutil.copytree(ROOT / "inventories", inventories, symlinks=True)
    wrong = {"name": "Q A", "like": "local", "account": "1", "region": "zurich", "protected": "perhaps"}
    assert [text.split()[0].rstrip(":") for text in new_env.problems(wrong, inventories)] == [
        "NAME",
        "LIKE",
        "ACCOUNT",
        "PROTECTED",
        "REGION",
    ]
    taken = new_env.asked({**dict.fromkeys(new_env.QUESTIONS), "name": "dev"}, None, inventories)
    assert [text for text in new_env.problems(taken, inventories) if "is there already" in text]


def test_what_is_protected_is_not_acknowledged_as_a_whole(tmp_path: Path) -> None:
    """Like a sandbox, but worth keeping: the blanket acknowledgement of the sandbox would be refused ever after."""
    inventories = tmp_path / "inventories"
    shutil.copytree(ROOT / "inventories", inventories, symlinks=True)
    said = iter(["qa", "sbx", "123456789012", "eu-central-1", "yes"])
    answers = new_env.asked(dict.fromkeys(new_env.QUESTIONS), lambda _question: next(said), inventories)
    found = yaml.safe_load((new_env.written(answers, inventories) / "group_vars/all/environment.yml").read_text())
    assert "destroy_acknowledge" not in found
    own = ("environment_name", "aws_account_id", "aws_region", "environment_protected")
    assert {name: found[name] for name in own} == dict(
        zip(own, ("qa", "123456789012", "eu-central-1", True), strict=True)
    )
