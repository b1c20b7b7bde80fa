# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules for the variables of the role encryption_keys."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from ..kinds.ssm_parameter import NAME


def problems(v: Mapping[str, Any]) -> Iterable[str]:
    """Check the periods that KMS accepts, and where the ARNs are published."""
    for name, least, most in (
        ("encryption_keys_rotation_period_days", 90, 2560),
        ("encryption_keys_deletion_window_days", 7, 30),
    ):
        days = v.get(name)
        if days is not None and not least <= days <= most:
            yield f"{name} is {days}; KMS accepts {least} to {most} days"
    path = v.get("encryption_keys_parameter_path")
    if path is not None and not re.fullmatch(NAME.pattern, f"{path}/arn", re.ASCII):
        yield f"encryption_keys_parameter_path is '{path}'; it must be {NAME.words}"
