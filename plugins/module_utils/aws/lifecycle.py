# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""S3 lifecycle rules: our spelling, AWS's spelling, and the rules about rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from ..core.kind import Field
from ..core.values import canonical, sort_key

Rule = Mapping[str, Any]

#: Storage classes in the order in which an object may pass through them.
CLASSES = ("STANDARD_IA", "INTELLIGENT_TIERING", "ONEZONE_IA", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE")

#: Classes for infrequent access: days in STANDARD before them, and days in them before the next class.
INFREQUENT, LEAST_DAYS = ("STANDARD_IA", "ONEZONE_IA"), 30


def _transition_options(since: str) -> tuple[Field, ...]:
    return (
        Field(
            "days",
            f"Days {since}; at least {LEAST_DAYS} for the classes for infrequent access.",
            type="int",
            required=True,
            minimum=0,
            property="TransitionInDays",
        ),
        Field(
            "storage_class",
            "The class. V(GLACIER) and V(DEEP_ARCHIVE) must be restored before they can be read.",
            required=True,
            choices=CLASSES,
        ),
    )


OPTIONS = (
    Field("id", "Name of the rule.", required=True, min_length=1, max_length=255),
    Field("enabled", "Whether the rule is in force.", type="bool", default=True, property="Status"),
    Field(
        "prefix", "Keys that the rule applies to begin with this; all where it is empty.", default="", max_length=1024
    ),
    Field(
        "transitions",
        "Changes of the storage class.",
        type="list",
        elements="dict",
        options=_transition_options("after creation"),
        unique=True,
    ),
    Field(
        "expiration_days",
        "Days after creation until the current version expires.",
        type="int",
        minimum=1,
        property="ExpirationInDays",
    ),
    Field("expired_object_delete_marker", "Remove delete markers that have no versions left below them.", type="bool"),
    Field(
        "noncurrent_transitions",
        "Changes of the storage class of noncurrent versions.",
        type="list",
        elements="dict",
        options=_transition_options("since the version is noncurrent"),
        unique=True,
        property="NoncurrentVersionTransitions",
    ),
    Field(
        "noncurrent_expiration_days",
        "Days after which a noncurrent version is deleted.",
        type="int",
        minimum=1,
        property="NoncurrentVersionExpiration.NoncurrentDays",
    ),
    Field(
        "noncurrent_versions_kept",
        "Noncurrent versions that stay whatever their age, 1 to 100.",
        type="int",
        minimum=1,
        maximum=100,
        property="NoncurrentVersionExpiration.NewerNoncurrentVersions",
    ),
    Field(
        "abort_incomplete_multipart_upload_days",
        "Days after which an unfinished upload is aborted.",
        type="int",
        minimum=1,
        property="AbortIncompleteMultipartUpload.DaysAfterInitiation",
    ),
)


def to_aws(rule: Rule) -> dict[str, Any]:
    """Return a rule as PutBucketLifecycleConfiguration takes it."""
    request: dict[str, Any] = {
        "ID": rule["id"],
        "Status": "Disabled" if rule.get("enabled") is False else "Enabled",
        "Filter": {"Prefix": rule.get("prefix") or ""},
        "Transitions": [_step("Days", entry) for entry in rule.get("transitions") or ()],
        "NoncurrentVersionTransitions": [
            _step("NoncurrentDays", entry) for entry in rule.get("noncurrent_transitions") or ()
        ],
        "Expiration": _given(
            Days=rule.get("expiration_days"), ExpiredObjectDeleteMarker=rule.get("expired_object_delete_marker")
        ),
        "NoncurrentVersionExpiration": _given(
            NoncurrentDays=rule.get("noncurrent_expiration_days"),
            NewerNoncurrentVersions=rule.get("noncurrent_versions_kept"),
        ),
        "AbortIncompleteMultipartUpload": _given(
            DaysAfterInitiation=rule.get("abort_incomplete_multipart_upload_days")
        ),
    }
    return {name: value for name, value in request.items() if value}


def from_aws(rule: Rule) -> dict[str, Any]:
    """Return a live rule in our spelling. What it says beyond that stays visible as ``other``."""
    chosen = rule.get("Filter") or {}
    expiration = rule.get("Expiration", {})
    old = rule.get("NoncurrentVersionExpiration", {})
    found = {
        "id": rule.get("ID"),
        "enabled": rule.get("Status") == "Enabled",
        "prefix": chosen.get("Prefix", rule.get("Prefix", "")),
        "transitions": [_transition("Days", entry) for entry in rule.get("Transitions", ())],
        "expiration_days": expiration.get("Days"),
        "expired_object_delete_marker": expiration.get("ExpiredObjectDeleteMarker"),
        "noncurrent_transitions": [
            _transition("NoncurrentDays", entry) for entry in rule.get("NoncurrentVersionTransitions", ())
        ],
        "noncurrent_expiration_days": old.get("NoncurrentDays"),
        "noncurrent_versions_kept": old.get("NewerNoncurrentVersions"),
        "abort_incomplete_multipart_upload_days": rule.get("AbortIncompleteMultipartUpload", {}).get(
            "DaysAfterInitiation"
        ),
        "other": {name: value for name, value in chosen.items() if name != "Prefix"},
    }
    return {name: value for name, value in found.items() if value not in (None, [], {})}


def normal(rules: Any) -> Any:
    """Return rules in the form in which two lists of the same meaning are equal."""
    return sorted((_normal_rule(rule) for rule in rules), key=sort_key)


def _normal_rule(rule: Rule) -> dict[str, Any]:
    given = {name: value for name, value in canonical(rule).items() if value not in ([], False)}
    given["enabled"] = rule.get("enabled") is not False
    given["prefix"] = rule.get("prefix") or ""
    for name in ("transitions", "noncurrent_transitions"):
        if name in given:
            given[name] = sorted(given[name], key=sort_key)
    return given


def _step(days: str, entry: Rule) -> dict[str, Any]:
    return {days: entry["days"], "StorageClass": entry["storage_class"]}


def _transition(days: str, entry: Rule) -> dict[str, Any]:
    """Return a live transition; one by date, or one that spares newer versions, keeps its own words."""
    plain = {"days": entry[days], "storage_class": entry["StorageClass"]} if days in entry else {}
    return {**plain, **{name: str(value) for name, value in entry.items() if name not in (days, "StorageClass")}}


def _given(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value}


# --- what AWS refuses -----------------------------------------------------------------------------------------------


def problems(rules: Sequence[Rule]) -> Iterable[str]:
    """Return what is wrong with a list of rules, one sentence each."""
    ids = [rule["id"] for rule in rules]
    for name in sorted({name for name in ids if ids.count(name) > 1}):
        yield f"rule {name} is given twice; ids must be unique"
    for rule in rules:
        for text in _rule_problems(rule):
            yield f"rule {rule['id']}: {text}"


def _rule_problems(rule: Rule) -> Iterable[str]:
    if not to_aws(rule).keys() - {"ID", "Status", "Filter"}:
        yield "it has no action; give it a transition, an expiration or an abortion of uploads"
    yield from path_problems(rule.get("transitions") or (), rule.get("expiration_days"))
    yield from path_problems(rule.get("noncurrent_transitions") or (), rule.get("noncurrent_expiration_days"))
    kept = rule.get("noncurrent_versions_kept")
    if kept is not None and not rule.get("noncurrent_expiration_days"):
        yield "noncurrent_versions_kept needs noncurrent_expiration_days"
    if rule.get("expiration_days") and rule.get("expired_object_delete_marker"):
        yield "expiration_days and expired_object_delete_marker exclude each other"


def path_problems(transitions: Sequence[Rule], expiration: int | None) -> Iterable[str]:
    """Return what is wrong with the way of an object through its classes to its end."""
    classes = [entry["storage_class"] for entry in transitions]
    for name in sorted({name for name in classes if classes.count(name) > 1}):
        yield f"{name} is given twice"
    known = [entry for entry in transitions if entry["storage_class"] in CLASSES]
    path = sorted(known, key=lambda entry: CLASSES.index(entry["storage_class"]))
    for entry in path:
        least = LEAST_DAYS if entry["storage_class"] in INFREQUENT else 0
        if entry["days"] < least:
            yield f"{entry['storage_class']} after {entry['days']} days; S3 accepts {least} or more"
    for before, later in pairwise(path):
        least = before["days"] + (LEAST_DAYS if before["storage_class"] in INFREQUENT else 1)
        if later["days"] < least:
            yield (
                f"{later['storage_class']} after {later['days']} days comes too soon after "
                f"{before['storage_class']} after {before['days']}; it must be {least} or more"
            )
    last = max((entry["days"] for entry in transitions), default=0)
    if expiration and expiration <= last:
        yield f"expiration after {expiration} days is not after the last transition ({last} days)"
