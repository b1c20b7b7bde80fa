# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules for the input of role bedrock."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from ..aws.bedrock import FOUNDATION_MODEL, INFERENCE_PROFILE, Catalogue, application_profiles, base_model
from ..aws.session import Aws
from ..core import limits
from ..core.errors import Denied, Unsupported
from ..core.values import is_unknown
from ..kinds.inference_profile import InferenceProfile
from ..kinds.log_group import RETENTIONS

_SOURCE_TYPES = (INFERENCE_PROFILE, FOUNDATION_MODEL)
#: Models that are asked for at the same time.
_ASKERS = 8

_FIELDS = ("source", "source_type", "description")
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")


def problems(v: Mapping[str, Any]) -> Iterable[str]:
    """Check the map of profiles and the log's settings."""
    naming_id = (v.get("common_names") or {}).get("id", "")
    for key, profile in (v.get("bedrock_inference_profiles") or {}).items():
        yield from _profile_problems(f"bedrock_inference_profiles.{key}", f"{naming_id}-{key}", profile)
    retention = v.get("bedrock_log_retention_days")
    if retention is not None and retention not in RETENTIONS:
        yield f"bedrock_log_retention_days is {retention}; CloudWatch Logs accepts {', '.join(map(str, RETENTIONS))}"
    if v.get("bedrock_s3_delivery_enabled"):
        bucket = str(v.get("bedrock_s3_delivery_bucket") or "")
        if not is_unknown(bucket) and not _BUCKET.fullmatch(bucket):
            yield f"bedrock_s3_delivery_bucket is '{bucket}'; it must be the name of a bucket"


def _profile_problems(where: str, name: str, profile: Any) -> Iterator[str]:
    if not isinstance(profile, Mapping):
        yield f"{where} must be a dictionary of source, source_type and, optionally, description"
        return
    for text in limits.problems(InferenceProfile.fields, {"name": name}):
        yield f"{where}: {text}; choose another key"
    for field in sorted(set(profile) - set(_FIELDS)):
        yield f"{where}.{field} is unknown; a profile has {', '.join(_FIELDS)}"
    if not profile.get("source") or not isinstance(profile["source"], str):
        yield f"{where}.source is missing; give the id of a model or a system profile"
    if profile.get("source_type") not in _SOURCE_TYPES:
        yield f"{where}.source_type is '{profile.get('source_type') or ''}'; it must be {' or '.join(_SOURCE_TYPES)}"
    text = {"description": str(profile["description"])} if profile.get("description") else {}
    yield from limits.problems(InferenceProfile.fields, text, lambda option: f"{where}.{option}")


def api_problems(aws: Aws, v: Mapping[str, Any], warnings: list[str]) -> Iterable[str]:
    """Ask Bedrock for the sources of all profiles, their lifecycle and the regions that they route to."""
    profiles = _well_formed(v.get("bedrock_inference_profiles") or {})
    warnings += _leaving(aws, v)
    if not profiles:
        return
    catalogue = Catalogue.read(aws)
    warnings += [f"bedrock_inference_profiles was checked in part only: {reason}" for reason in catalogue.unread]
    skip = v.get("bedrock_unavailable_models", "skip") == "skip"
    allowed = v.get("bedrock_allowed_destination_regions") or []
    usable = {}
    for key, profile in profiles.items():
        where, source_type, source = f"bedrock_inference_profiles.{key}", profile["source_type"], profile["source"]
        finding = catalogue.finding(source_type, source)
        if finding.verdict.usable:
            usable[key] = profile
            yield from _reach_problems(where, source, catalogue.destinations(source_type, source), allowed)
        elif not finding.verdict.withdrawn:
            yield f"{where}: {finding.reason}"
        elif not skip:
            yield (
                f"{where}: {finding.reason}; remove the profile, choose another source, "
                "or set bedrock_unavailable_models: skip"
            )
    warnings += _hindrances(catalogue, usable)


def _leaving(aws: Aws, v: Mapping[str, Any]) -> list[str]:
    """Return a sentence for the profiles that are there and that the list does not name any more."""
    prefix = f"{(v.get('common_names') or {}).get('id', '')}-"
    if not v.get("bedrock_prune_profiles") or prefix == "-":
        return []
    try:
        keys = application_profiles(aws, prefix)
    except (Denied, Unsupported):  # said where the sources are asked for
        return []
    gone = [key for key in keys if key not in (v.get("bedrock_inference_profiles") or {})]
    if not gone:
        return []
    these = "this profile" if len(gone) == 1 else f"these {len(gone)} profiles"
    text = (
        f"bedrock_inference_profiles names {', '.join(gone)} no more: a run deletes {these}, and whoever invokes by "
        "ARN fails from then on. Named again later, a profile has another ARN. bedrock_prune_profiles: false keeps "
        "what is there"
    )
    return [text]


def _hindrances(catalogue: Catalogue, usable: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return a sentence for each profile that nobody may invoke: that can be mended after it is made."""

    def ask(profile: Mapping[str, Any]) -> list[str]:
        return catalogue.hindrances(profile["source_type"], profile["source"])

    try:
        with ThreadPoolExecutor(max_workers=_ASKERS) as pool:
            answers = list(pool.map(ask, usable.values()))
    except (Denied, Unsupported) as failure:
        return [f"bedrock_inference_profiles: whether the models may be invoked was not checked: {failure}"]
    return [
        f"bedrock_inference_profiles.{key}: nobody may invoke {base_model(profile['source'])} yet: "
        f"{'; '.join(reasons)} (see Model access of the Bedrock console, or bedrock:CreateFoundationModelAgreement)"
        for (key, profile), reasons in zip(usable.items(), answers, strict=True)
        if reasons
    ]


def _well_formed(profiles: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Return the profiles that can be asked for; the others are reported by ``problems``."""
    return {
        key: profile
        for key, profile in profiles.items()
        if isinstance(profile, Mapping)
        and isinstance(profile.get("source"), str)
        and profile["source"]
        and profile.get("source_type") in _SOURCE_TYPES
    }


def _reach_problems(where: str, source: str, reached: Iterable[str], allowed: Iterable[str]) -> Iterator[str]:
    beyond = sorted(set(reached) - set(allowed)) if allowed else []
    if beyond:
        yield (
            f"{where}: {source} may be routed to {', '.join(beyond)}, which bedrock_allowed_destination_regions does "
            "not name"
        )
