# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules of role prometheus name each mistake, its variable, and what is right."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.dataai.platform.plugins.module_utils.checks.prometheus import problems
from ansible_collections.dataai.platform.plugins.module_utils.core.values import UNKNOWN

GOOD = {
    "prometheus_retention_days": 150,
    "prometheus_kms_key_arn": "arn:aws:kms:eu-central-2:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    "prometheus_log_group_arn": "arn:aws:logs:eu-central-2:123456789012:log-group:/acme/chat/prod/infrastructure",
}


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"prometheus_kms_key_arn": UNKNOWN, "prometheus_log_group_arn": UNKNOWN},
        {"prometheus_kms_key_arn": "", "prometheus_log_group_arn": ""},
        {"prometheus_log_group_arn": GOOD["prometheus_log_group_arn"] + ":*", "prometheus_retention_days": 1095},
    ],
)
def test_good_input_has_no_problems(changed: dict[str, Any]) -> None:
    assert list(problems({**GOOD, **changed})) == []
    assert list(problems({})) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("prometheus_retention_days", 0),
        ("prometheus_retention_days", 1096),
        ("prometheus_kms_key_arn", "alias/kms-prometheus"),
        ("prometheus_log_group_arn", "/acme/chat/prod/infrastructure"),
    ],
)
def test_each_mistake_is_named(name: str, value: Any) -> None:
    (problem,) = problems({**GOOD, name: value})
    assert problem.startswith(f"{name} is ")
    assert str(value) in problem
