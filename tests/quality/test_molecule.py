# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The molecule scenarios, each on an empty embedded AWS of its own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ..integration.operator import PACKED_ONCE
from .conftest import ROOT, Run

SCENARIOS = sorted(file.parent.name for file in ROOT.glob("molecule/*/molecule.yml"))
# tests/integration/test_estate.py takes the layer and most roles, together, through the same steps and more, and
# tests/integration/kinds each of their resources; so that all tests take a quarter of an hour, these are on demand.
ESTATE = "tests/integration/test_estate.py"
ON_DEMAND = {
    **dict.fromkeys(("aurora", "bedrock", "elasticache", "encryption_keys", "layer", "network"), ESTATE),
    **dict.fromkeys(("network_endpoints", "prometheus", "s3_vpc_only", "secrets"), ESTATE),
    "consumers": "tests/integration/test_consumers.py",
    "databases": "tests/integration/test_backends.py",
    "secret_sync": "tests/integration/test_secret_sync.py",
}
# It only holds what the other roles share, and runs in each of their scenarios.
WITHOUT_SCENARIO = {"common"}


def test_every_role_has_a_scenario() -> None:
    roles = {folder.name for folder in ROOT.glob("roles/*") if folder.is_dir()}
    assert sorted(roles - WITHOUT_SCENARIO - set(SCENARIOS)) == []


def marks(scenario: str) -> list[pytest.MarkDecorator]:
    """Return the mark of a scenario that runs on demand. A mark skips before an embedded AWS is started."""
    on_demand = scenario in ON_DEMAND and not os.environ.get("MOLECULE_ALL")
    reason = f"{ON_DEMAND.get(scenario)} deploys and repeats it; MOLECULE_ALL=1 runs this too"
    return [pytest.mark.skip(reason)] if on_demand else []


@pytest.mark.parametrize("scenario", [pytest.param(name, marks=marks(name)) for name in SCENARIOS])
def test_scenario(run: Run, scenario: str, tmp_path: Path, aws_environment: dict[str, str]) -> None:
    run(
        *("molecule", "test", "--scenario-name", scenario),
        timeout=600,
        MOLECULE_GLOB="molecule/*/molecule.yml",
        MOLECULE_EPHEMERAL_DIRECTORY=str(tmp_path / "molecule"),
        **aws_environment,
        **PACKED_ONCE,
    )
