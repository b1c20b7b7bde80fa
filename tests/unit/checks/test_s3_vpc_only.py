# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules for the variables of the role s3_vpc_only."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.dataai.platform.plugins.module_utils.checks.s3_vpc_only import problems

GOOD: dict[str, Any] = {
    "enable_s3_vpc_only_policy": True,
    "s3_vpc_only_buckets": {"application_data": {}, "ai_data": None},
    "s3_vpc_only_endpoint_id": "vpce-0a1b2c3d4e5f60718",
    "s3_vpc_only_exempt_principal_arns": ["arn:aws:iam::123456789012:role/break-glass"],
    "s3_vpc_only_infrequent_access_days": 30,
    "s3_vpc_only_archive_days": 90,
    "s3_vpc_only_archive_class": "GLACIER",
    "s3_vpc_only_noncurrent_infrequent_access_days": 30,
    "s3_vpc_only_noncurrent_expiration_days": 365,
    "s3_vpc_only_abort_upload_days": 7,
    "s3_vpc_only_access_log_retention_days": 365,
}


def _buckets(**ai_data: Any) -> dict[str, Any]:
    return {"s3_vpc_only_buckets": {"application_data": {}, "ai_data": ai_data}}


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"s3_vpc_only_archive_days": 0},
        {"s3_vpc_only_infrequent_access_days": 0, "s3_vpc_only_archive_days": 1},
        {"s3_vpc_only_endpoint_id": "(known after apply)"},
        {"s3_vpc_only_endpoint_id": "", "enable_s3_vpc_only_policy": False},
        _buckets(archive_class="GLACIER_IR", archive_days="120"),
    ],
)
def test_good_input(change: dict[str, Any]) -> None:
    """Nothing is wrong with the defaults and their variations."""
    assert list(problems({**GOOD, **change})) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"s3_vpc_only_archive_days": 20}, ["s3_vpc_only_archive_days", "GLACIER after 20 days", "60 or more"]),
        ({"s3_vpc_only_archive_days": 59}, ["s3_vpc_only_archive_days", "60 or more"]),
        ({"s3_vpc_only_infrequent_access_days": 10}, ["s3_vpc_only_infrequent_access_days", "10 days", "30 or more"]),
        ({"s3_vpc_only_noncurrent_expiration_days": 30}, ["s3_vpc_only_noncurrent_expiration_days", "not after"]),
        ({"s3_vpc_only_abort_upload_days": -1}, ["s3_vpc_only_abort_upload_days is '-1'"]),
        (_buckets(archive_days=40), ["s3_vpc_only_buckets.ai_data.archive_days", "60 or more"]),
        (_buckets(archive_class="COLD"), ["s3_vpc_only_buckets.ai_data.archive_class is 'COLD'", "GLACIER"]),
        (_buckets(archive_day=40), ["s3_vpc_only_buckets.ai_data.archive_day is not a setting"]),
        ({"s3_vpc_only_buckets": {"application_data": {}}}, ["s3_vpc_only_buckets lacks ai_data"]),
        ({"s3_vpc_only_buckets": {"application_data": {}, "ai_data": "x"}}, ["s3_vpc_only_buckets.ai_data is 'x'"]),
        ({"s3_vpc_only_endpoint_id": ""}, ["s3_vpc_only_endpoint_id is ''", "enable_s3_vpc_only_policy"]),
        ({"s3_vpc_only_exempt_principal_arns": ["*"]}, ["s3_vpc_only_exempt_principal_arns names '*'"]),
        ({"s3_vpc_only_access_log_retention_days": 0}, ["s3_vpc_only_access_log_retention_days is 0"]),
    ],
)
def test_bad_input(change: dict[str, Any], words: list[str]) -> None:
    """Each mistake is named with its variable, its value and what would be right."""
    found = list(problems({**GOOD, **change}))
    assert any(all(word in text for word in words) for text in found), found


def test_an_additional_bucket_needs_a_name() -> None:
    """Only the two buckets of the estate have names of their own."""
    buckets = {"application_data": {}, "ai_data": {}, "more": {}}
    assert "s3_vpc_only_buckets.more needs a name" in list(problems({**GOOD, "s3_vpc_only_buckets": buckets}))


def test_values_may_be_missing() -> None:
    """What could not be resolved is not judged."""
    assert list(problems({})) == []
