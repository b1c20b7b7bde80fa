# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each environment on an empty account: it deploys, and differs from production exactly as its inventory says."""

from __future__ import annotations

import os

import pytest
import yaml

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
