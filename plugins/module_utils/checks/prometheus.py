# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules for the input of role prometheus."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from ..core.values import is_unknown

#: Days that AWS keeps metrics at most.
LONGEST_RETENTION = 1095

_KEY = re.compile(r"arn:aws[-a-z]*:kms:[-a-z0-9]+:\d{12}:key/[-a-f0-9]+")
_LOG_GROUP = re.compile(r"arn:aws[a-z0-9-]*:logs:[a-z0-9-]+:\d{12}:log-group:[A-Za-z0-9.\-_#/]{1,512}(:\*)?")


def problems(v: Mapping[str, Any]) -> Iterable[str]:
    """Check the retention and the two ARNs."""
    retention = v.get("prometheus_retention_days")
    if retention is not None and not 1 <= retention <= LONGEST_RETENTION:
        yield f"prometheus_retention_days is {retention}; it must be 1 to {LONGEST_RETENTION}"
    for name, pattern, words in (
        ("prometheus_kms_key_arn", _KEY, "the ARN of a key (no alias), or empty"),
        ("prometheus_log_group_arn", _LOG_GROUP, "the ARN of a log group, or empty"),
    ):
        value = v.get(name)
        if value and not is_unknown(value) and not pattern.fullmatch(str(value)):
            yield f"{name} is '{value}'; it must be {words}"
