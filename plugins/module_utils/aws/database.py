# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the kinds of databases and caches share: names, windows, versions, parameters, snapshot names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from ..core.errors import Missing
from ..core.values import is_unknown
from .session import Service

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_TIME = r"([01]\d|2[0-3]):([0-5]\d)"
_DAILY = re.compile(rf"{_TIME}-{_TIME}")
_WEEKLY = re.compile(rf"({'|'.join(_DAYS)}):{_TIME}-({'|'.join(_DAYS)}):{_TIME}")
_DAY = 24 * 60
_WEEK = 7 * _DAY

#: Subnets that were made a moment ago are not known to RDS and ElastiCache yet.
NEW_SUBNETS = (("InvalidParameterValue", "are invalid"), ("InvalidSubnet", ""))

#: Parameters that one call to change or reset them may name.
PARAMETERS_PER_CALL = 20


def described(service: Service, operation: str, result: str, argument: str, names: set[str]) -> list[Mapping[str, Any]]:
    """Return the named entries of a listing that filters by one name at most.

    Args:
        service: the gateway to the service.
        operation: the listing.
        result: member of its answer with the entries.
        argument: its parameter for one name.
        names: the names, in the spelling of AWS.
    """
    if len(names) != 1:
        return list(service.pages(operation, result)) if names else []
    try:
        return list(service.pages(operation, result, **{argument: next(iter(names))}))
    except Missing:
        return []


def known_names(items: Sequence[Mapping[str, Any]], key: str) -> dict[str, str]:
    """Return the names of the items: as AWS stores them (lower case) to as they were given."""
    return {item[key].lower(): item[key] for item in items if not is_unknown(item[key])}


# --- windows --------------------------------------------------------------------------------------------------------


def daily_window(text: str) -> tuple[int, int]:
    """Return start (minutes after midnight UTC) and length (minutes) of ``hh:mm-hh:mm``.

    Raises:
        ValueError: not of that form.
    """
    match = _DAILY.fullmatch(text.strip())
    if not match:
        raise ValueError(f"{text!r} is not a daily window in UTC of the form hh:mm-hh:mm, such as 03:00-04:00")
    first_hour, first_minute, last_hour, last_minute = map(int, match.groups())
    start = first_hour * 60 + first_minute
    return start, (last_hour * 60 + last_minute - start) % _DAY


def weekly_window(text: str) -> tuple[int, int]:
    """Return start (minutes after Monday 00:00 UTC) and length (minutes) of ``ddd:hh:mm-ddd:hh:mm``.

    Raises:
        ValueError: not of that form.
    """
    match = _WEEKLY.fullmatch(text.strip().lower())
    if not match:
        raise ValueError(
            f"{text!r} is not a weekly window in UTC of the form ddd:hh:mm-ddd:hh:mm, such as sun:04:00-sun:05:00"
        )
    day, hour, minute, last_day, last_hour, last_minute = match.groups()
    start = _DAYS.index(day) * _DAY + int(hour) * 60 + int(minute)
    end = _DAYS.index(last_day) * _DAY + int(last_hour) * 60 + int(last_minute)
    return start, (end - start) % _WEEK


def window_problems(
    daily: tuple[str, Any], weekly: tuple[str, Any], *, least: int, day_at_most: bool = False
) -> Iterator[str]:
    """Yield what is wrong with a daily and a weekly window, each given as (name of the option, text or ``None``).

    Args:
        daily: the backup or snapshot window.
        weekly: the maintenance window.
        least: minutes that each must last.
        day_at_most: the maintenance window may not be longer than a day.
    """
    parsed = []
    for (name, text), parse in ((daily, daily_window), (weekly, weekly_window)):
        if not text or is_unknown(text):
            continue
        try:
            start, length = parse(str(text))
        except ValueError as error:
            yield f"{name}: {error}"
            continue
        if length < least:
            yield f"{name} {text} lasts {length} minutes; it must last at least {least}"
        elif day_at_most and length > _DAY:
            yield f"{name} {text} lasts longer than a day"
        else:
            parsed.append((start, length))
    if len(parsed) == 2 and _overlap(*parsed):
        yield f"{daily[0]} {daily[1]} overlaps {weekly[0]} {weekly[1]}; move one of them"


def _overlap(daily: tuple[int, int], weekly: tuple[int, int]) -> bool:
    """Tell whether a window of every day meets one of the week, across midnight and the end of the week too."""
    start, length = daily
    for day in range(7):
        gap = (weekly[0] - (day * _DAY + start)) % _WEEK
        if gap < length or (_WEEK - gap) % _WEEK < weekly[1]:
            return True
    return False


def empty_problems(
    values: Mapping[str, Any], needed: Mapping[str, str], *, not_empty: Sequence[str] = ()
) -> Iterator[str]:
    """Yield which variables are empty that must not be. What is not given at all is passed over.

    Args:
        values: variables by name.
        needed: those that are needed, each with an example.
        not_empty: those that may be left out (null), but not be an empty text.
    """
    for name, example in needed.items():
        if name in values and values[name] in (None, ""):
            yield f"{name} is empty; give it a value, such as {example}"
    for name in not_empty:
        if values.get(name) == "":
            yield f"{name} is an empty text; give it a value, or null to leave it to AWS"


# --- versions -------------------------------------------------------------------------------------------------------


def version_key(version: Any) -> tuple[int, ...]:
    """Return the leading numbers of a version, for comparison."""
    return tuple(int(part) for part in re.findall(r"\d+", str(version).partition("-")[0]))


def is_reached(wanted: Any, actual: Any) -> bool:
    """Tell whether ``actual`` is ``wanted`` or a later minor version of the same major, to which AWS moved on."""
    want, have = version_key(wanted), version_key(actual)
    return bool(want and have) and want[0] == have[0] and have[: len(want)] >= want


# --- parameters and snapshots ---------------------------------------------------------------------------------------


def chunks(entries: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """Yield the entries in the portions that one call to change parameters may name."""
    for start in range(0, len(entries), PARAMETERS_PER_CALL):
        yield entries[start : start + PARAMETERS_PER_CALL]


def final_snapshot_name(prefix: str, *, longest: int) -> str:
    """Return a name for the last snapshot that no earlier one has: it ends with the time in UTC, to the second."""
    stamp = datetime.now(UTC).strftime("%Y%m%d%H%M%S")
    return f"{prefix[: longest - len(stamp) - 1].rstrip('-')}-{stamp}"
