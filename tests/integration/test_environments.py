# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each environment on an empty account: it deploys, and differs from production exactly as its inventory says."""

from __future__ import annotations

import pytest

from .conftest import EmbeddedAws
from .environments import EXPECTED, looked_at
from .operator import Operator

pytestmark = pytest.mark.xdist_group("environments")


# The sandbox is the estate of test_estate.py, local the one of test_backends.py.
@pytest.mark.parametrize("environment", sorted(set(EXPECTED) - {"sbx"}))
def test_environment_deploys_and_differs_as_it_should(
    environment: str, account: EmbeddedAws, tmp_path_factory: pytest.TempPathFactory
) -> None:
    operator = Operator(account, tmp_path_factory.mktemp(environment), environment)
    operator.succeed("site")
    assert looked_at(account, environment) == EXPECTED[environment]
    assert account.violations() == []
