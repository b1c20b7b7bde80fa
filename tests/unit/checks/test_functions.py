# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules of the roles with a function name each mistake, its variable, and what is right."""

from __future__ import annotations

from importlib import metadata
from typing import Any

import pytest

from ansible_collections.dataai.platform.plugins.module_utils.checks import database_access, secret_sync
from ansible_collections.dataai.platform.plugins.module_utils.core.values import UNKNOWN

SYNC = {
    "enable_secret_sync": True,
    "secret_sync_schedule": "cron(0 3 * * ? *)",
    "secret_sync_runtime": "python3.13",
    "secret_sync_timeout": 120,
    "secret_sync_memory_size": 256,
    "secret_sync_subnet_ids": ["subnet-1"],
    "secret_sync_log_retention_days": 365,
}
ACCESS = {
    "enable_database_access": True,
    "database_access_statement_timeout": 30,
    "database_access_timeout": 60,
    "database_access_memory_size": 512,
    "database_access_runtime": "python3.13",
    "database_access_subnet_ids": [UNKNOWN],
}


def test_good_input_has_no_problems() -> None:
    assert list(secret_sync.problems(SYNC)) == []
    assert list(secret_sync.problems({})) == []
    assert list(database_access.problems(ACCESS)) == []
    assert list(database_access.problems({})) == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"secret_sync_schedule": "daily"}, "cron(0 3 * * ? *)"),
        ({"secret_sync_schedule": "rate(1 days)"}, "rate(1 day)"),
        ({"secret_sync_runtime": "python3.9"}, "python3.13"),
        ({"secret_sync_timeout": 901}, "1 to 900"),
        ({"secret_sync_memory_size": 64}, "128 to 10240"),
        ({"secret_sync_subnet_ids": []}, "inside the VPC"),
        ({"secret_sync_log_retention_days": 2}, "CloudWatch Logs accepts"),
    ],
)
def test_each_mistake_of_secret_sync_is_one_sentence(changes: dict[str, Any], words: str) -> None:
    (problem,) = secret_sync.problems({**SYNC, **changes})
    assert next(iter(changes)) in problem
    assert words in problem


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"database_access_statement_timeout": 55}, "leave 10 of the 60 seconds"),
        ({"database_access_statement_timeout": 0}, "at least 1"),
        ({"database_access_runtime": "nodejs22.x"}, "Python runtime"),
        ({"database_access_subnet_ids": []}, "inside the VPC"),
    ],
)
def test_each_mistake_of_database_access_is_one_sentence(changes: dict[str, Any], words: str) -> None:
    (problem,) = database_access.problems({**ACCESS, **changes})
    assert next(iter(changes)) in problem
    assert words in problem


def test_nothing_is_checked_when_switched_off() -> None:
    assert list(secret_sync.problems({**SYNC, "enable_secret_sync": False, "secret_sync_timeout": 0})) == []
    assert (
        list(database_access.problems({**ACCESS, "enable_database_access": False, "database_access_timeout": 0})) == []
    )


def test_a_missing_driver_is_named_before_the_first_write(monkeypatch: pytest.MonkeyPatch) -> None:
    def version(name: str) -> str:
        if name in ("pg8000", "scramp"):
            raise metadata.PackageNotFoundError(name)
        return "1"

    monkeypatch.setattr(metadata, "version", version)
    (problem,) = database_access.problems(ACCESS)
    assert "pg8000, scramp" in problem
    assert "install pg8000" in problem
