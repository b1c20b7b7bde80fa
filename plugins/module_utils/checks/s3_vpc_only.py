# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules for the variables of the role s3_vpc_only."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from ..aws.buckets import LIFECYCLE_SETTINGS
from ..aws.lifecycle import CLASSES, path_problems
from ..core.values import is_unknown

_DAYS = tuple(name for name in LIFECYCLE_SETTINGS if name.endswith("_days"))
_SETTINGS = frozenset((*LIFECYCLE_SETTINGS, "name", "purpose"))
_PRINCIPAL = re.compile(r"arn:aws[a-z-]*:(iam|sts)::(\d{12}|\*):(role|user|assumed-role|root)(/.+)?|\*")


def problems(v: Mapping[str, Any]) -> Iterable[str]:
    """Check the buckets, their lifecycles, the endpoint and who is exempt."""
    yield from _buckets(v)
    yield from _endpoint(v)
    for principal in v.get("s3_vpc_only_exempt_principal_arns") or ():
        if not _PRINCIPAL.fullmatch(str(principal)) or principal == "*":
            yield (
                f"s3_vpc_only_exempt_principal_arns names '{principal}'; it must be the ARN of a role or user, "
                "such as arn:aws:iam::123456789012:role/break-glass"
            )
    retention = v.get("s3_vpc_only_access_log_retention_days")
    if retention is not None and retention < 1:
        yield f"s3_vpc_only_access_log_retention_days is {retention}; it must be at least 1"


def _endpoint(v: Mapping[str, Any]) -> Iterable[str]:
    endpoint = v.get("s3_vpc_only_endpoint_id")
    if endpoint is None or is_unknown(endpoint) or not v.get("enable_s3_vpc_only_policy", True):
        return
    if not re.fullmatch(r"vpce-[0-9a-f]{8,17}", endpoint):
        yield (
            f"s3_vpc_only_endpoint_id is '{endpoint}'; it must be the id of an S3 gateway endpoint (vpce-...), "
            "or enable_s3_vpc_only_policy must be false"
        )


def _buckets(v: Mapping[str, Any]) -> Iterable[str]:
    buckets = v.get("s3_vpc_only_buckets")
    if buckets is None:
        return
    for key in ("application_data", "ai_data"):
        if key not in buckets:
            yield f"s3_vpc_only_buckets lacks {key}; both application_data and ai_data are needed"
    yield from dict.fromkeys(text for key, given in buckets.items() for text in _bucket(v, key, given))


def _bucket(v: Mapping[str, Any], key: str, given: Any) -> Iterable[str]:
    """Check one bucket. What all buckets share is told in the same words for each."""
    if given is not None and not isinstance(given, Mapping):
        yield f"s3_vpc_only_buckets.{key} is '{given}'; it must be a dictionary of settings"
        return
    given = given or {}
    for name in sorted(set(given) - _SETTINGS):
        yield f"s3_vpc_only_buckets.{key}.{name} is not a setting; there are {', '.join(sorted(_SETTINGS))}"
    if key not in ("application_data", "ai_data") and not given.get("name"):
        yield f"s3_vpc_only_buckets.{key} needs a name"
    yield from _lifecycle(v, key, given)


def _lifecycle(v: Mapping[str, Any], key: str, given: Mapping[str, Any]) -> Iterable[str]:
    shared = {name: v.get(f"s3_vpc_only_{name}") for name in LIFECYCLE_SETTINGS}
    settings = {**shared, **{name: value for name, value in given.items() if value is not None}}
    wrong = list(_wrong_values(key, settings, given))
    yield from wrong
    if wrong:
        return
    where = f"{_origin('infrequent_access_days', key, given)} and {_origin('archive_days', key, given)}"
    path = [
        {"days": int(settings[days]), "storage_class": name}
        for days, name in (("infrequent_access_days", "STANDARD_IA"), ("archive_days", settings["archive_class"]))
        if int(settings.get(days) or 0)
    ]
    for text in path_problems(path, None):
        yield f"{where}: {text}"
    old = int(settings.get("noncurrent_infrequent_access_days") or 0)
    gone = int(settings.get("noncurrent_expiration_days") or 0)
    where = _origin("noncurrent_infrequent_access_days", key, given)
    for text in path_problems([{"days": old, "storage_class": "STANDARD_IA"}] if old else [], gone or None):
        yield f"{where} and {_origin('noncurrent_expiration_days', key, given)}: {text}"


def _wrong_values(key: str, settings: Mapping[str, Any], given: Mapping[str, Any]) -> Iterable[str]:
    for name in _DAYS:
        days = settings.get(name)
        if days is not None and not re.fullmatch(r"\d+", str(days)):
            yield f"{_origin(name, key, given)} is '{days}'; it must be a number of days, 0 for never"
    archive = settings.get("archive_class")
    if archive not in CLASSES[1:] and settings.get("archive_days"):
        yield f"{_origin('archive_class', key, given)} is '{archive}'; it must be one of {', '.join(CLASSES[1:])}"


def _origin(name: str, key: str, given: Mapping[str, Any]) -> str:
    """Return the variable that a setting comes from."""
    return f"s3_vpc_only_buckets.{key}.{name}" if given.get(name) is not None else f"s3_vpc_only_{name}"
