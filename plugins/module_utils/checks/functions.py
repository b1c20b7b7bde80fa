# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules that every role with a Lambda function shares."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from ..kinds.log_group import RETENTIONS


def function_problems(v: Mapping[str, Any], role: str) -> Iterable[str]:
    """Return what is wrong with runtime, limits, network and log of a role's function.

    Args:
        v: variables by name.
        role: the role, whose name is the prefix of its variables.
    """
    runtime = v.get(f"{role}_runtime")
    if runtime is not None and not re.fullmatch(r"python3\.1[1-9]", runtime):
        yield f"{role}_runtime is '{runtime}'; it must be a Python runtime from python3.11 on, such as python3.13"
    for name, least, most in (("timeout", 1, 900), ("memory_size", 128, 10240)):
        value = v.get(f"{role}_{name}")
        if value is not None and not least <= value <= most:
            yield f"{role}_{name} is {value}; Lambda accepts {least} to {most}"
    if f"{role}_subnet_ids" in v and not v[f"{role}_subnet_ids"]:
        yield f"{role}_subnet_ids is empty; the function runs inside the VPC"
    days = v.get(f"{role}_log_retention_days")
    if days is not None and days not in RETENTIONS:
        yield f"{role}_log_retention_days is {days}; CloudWatch Logs accepts {', '.join(map(str, RETENTIONS))}"
