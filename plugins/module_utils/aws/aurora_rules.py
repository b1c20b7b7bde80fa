# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Aurora PostgreSQL accepts. Pure rules, for the module's options and for the variables of the role."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ..core.values import is_unknown
from .database import window_problems

#: From an option of the cluster to what the reader calls it.
Label = Callable[[str], str]

MONITORING_INTERVALS = (0, 1, 5, 10, 15, 30, 60)
LOG_TYPES = ("postgresql", "instance", "iam-db-auth-error")
SERVERLESS = "db.serverless"

#: Days that Performance Insights keeps data with Database Insights in mode ``advanced``.
ADVANCED_RETENTION = 465


def cluster_problems(item: Mapping[str, Any], label: Label) -> Iterator[str]:
    """Yield what is wrong with the options of a cluster, one sentence each. What is missing or unknown is passed over.

    Args:
        item: options by name; those of ``serverless_scaling`` flat.
        label: how an option is called in the sentences.
    """
    known = {name: value for name, value in item.items() if value is not None and not is_unknown(value)}
    yield from _keys(known, label)
    yield from window_problems(
        (label("backup_window"), known.get("backup_window")),
        (label("maintenance_window"), known.get("maintenance_window")),
        least=30,
    )
    yield from _scaling(known, label)
    yield from _insights(known, label)
    yield from _members(known, label)


def _keys(item: Mapping[str, Any], label: Label) -> Iterator[str]:
    for name in ("kms_key_arn", "master_user_secret_kms_key_id", "performance_insights_kms_key_arn"):
        if "alias/" in item.get(name, ""):
            yield f"{label(name)} is an alias; give the ARN of the key, to which AWS's answer can be compared"


def _scaling(item: Mapping[str, Any], label: Label) -> Iterator[str]:
    capacities = {name: item[name] for name in ("min_capacity", "max_capacity") if name in item}
    if item.get("instance_class") == SERVERLESS and len(capacities) < 2:
        yield (
            f"{label('instance_class')} is {SERVERLESS}, which needs {label('min_capacity')} and "
            f"{label('max_capacity')} (Aurora capacity units)"
        )
    for name, value in capacities.items():
        low = 0 if name == "min_capacity" else 1
        if not low <= float(value) <= 256 or float(value) * 2 % 1:
            yield f"{label(name)} is {value}; it must be {low} to 256 Aurora capacity units in steps of 0.5"
    if len(capacities) == 2 and float(capacities["min_capacity"]) > float(capacities["max_capacity"]):
        yield (
            f"{label('min_capacity')} is {capacities['min_capacity']}, more than {label('max_capacity')} "
            f"{capacities['max_capacity']}"
        )
    pause = item.get("seconds_until_auto_pause")
    if pause is not None and float(capacities.get("min_capacity", 0)) > 0:
        yield (
            f"{label('seconds_until_auto_pause')} is {pause} with {label('min_capacity')} "
            f"{capacities['min_capacity']}; only a cluster with a least capacity of 0 pauses"
        )


def _insights(item: Mapping[str, Any], label: Label) -> Iterator[str]:
    days = item.get("performance_insights_retention_days")
    if days is not None and not (int(days) in (7, 731) or (int(days) % 31 == 0 and 31 <= int(days) <= 713)):
        yield (
            f"{label('performance_insights_retention_days')} is {days}; Performance Insights accepts 7, 731 or "
            "a multiple of 31 up to 713 days"
        )
    if item.get("database_insights_mode") != "advanced":
        return
    if not item.get("performance_insights") or int(days or 0) < ADVANCED_RETENTION:
        yield (
            f"{label('database_insights_mode')} is advanced, which needs {label('performance_insights')} and "
            f"{label('performance_insights_retention_days')} of {ADVANCED_RETENTION} or more"
        )


def _members(item: Mapping[str, Any], label: Label) -> Iterator[str]:
    tiers, count = item.get("promotion_tiers"), item.get("instance_count")
    if tiers and count is not None and len(tiers) != int(count):
        yield f"{label('promotion_tiers')} names {len(tiers)} tiers for {count} instances; name one for each"
