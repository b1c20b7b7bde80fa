# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules for the variables of the role encryption_keys."""

from __future__ import annotations

import pytest

from ansible_collections.dataai.platform.plugins.module_utils.checks.encryption_keys import problems


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("encryption_keys_rotation_period_days", (90, 365, 2560), (89, 2561)),
        ("encryption_keys_deletion_window_days", (7, 30), (6, 31)),
    ],
)
def test_periods(name: str, good: tuple[int, ...], bad: tuple[int, ...]) -> None:
    """Periods that KMS refuses are named."""
    assert [text for days in good for text in problems({name: days})] == []
    for days in bad:
        (text,) = problems({name: days})
        assert text.startswith(f"{name} is {days};")


def test_the_path_of_the_arns_is_one_of_parameters() -> None:
    """One sentence, not one for each key."""
    assert list(problems({"encryption_keys_parameter_path": "/acme/dai/prod/infrastructure"})) == []
    for path in ("keys", "/aws/keys", "/a b", "/keys/"):
        (text,) = problems({"encryption_keys_parameter_path": path})
        assert text.startswith(f"encryption_keys_parameter_path is '{path}'; it must be letters, digits")


def test_values_may_be_missing() -> None:
    """What could not be resolved is not judged."""
    assert list(problems({})) == []
