# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every kind against botocore's models: the calls that it makes exist, and so do their parameters."""

from __future__ import annotations

import pytest

from ansible_collections.dataai.platform.plugins.module_utils.aws.kinds import KINDS

from .operations import of_kind


@pytest.mark.parametrize("name", list(KINDS))
def test_every_call_of_a_kind_exists(name: str) -> None:
    """What a kind calls is an operation of its service, and each parameter that it names one of the operation."""
    calls = of_kind(name)
    assert calls.operations, "none was found; is the kind read as it is written?"
    assert calls.unknown == []
