# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules for the input of role prometheus."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..core import limits
from ..kinds.prometheus_workspace import PrometheusWorkspace

_LABELS = {f"prometheus_{name}": name for name in ("retention_days", "kms_key_arn", "log_group_arn")}


def problems(v: Mapping[str, Any]) -> Iterable[str]:
    """Check the retention and the two ARNs."""
    given = {name: v.get(label) for label, name in _LABELS.items() if v.get(label) not in (None, "")}
    yield from limits.problems(PrometheusWorkspace.fields, given, lambda name: f"prometheus_{name}")
