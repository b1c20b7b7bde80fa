# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules for the input of role secret_sync."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..kinds.event_rule import SCHEDULE
from .functions import function_problems


def problems(v: Mapping[str, Any]) -> Iterable[str]:
    """Check the schedule and the function; nothing where it is switched off."""
    if not v.get("enable_secret_sync", True):
        return
    schedule = v.get("secret_sync_schedule")
    if schedule is not None and not SCHEDULE.fullmatch(schedule):
        yield f"secret_sync_schedule is '{schedule}'; it must be like cron(0 3 * * ? *) or rate(1 day)"
    yield from function_problems(v, "secret_sync")
