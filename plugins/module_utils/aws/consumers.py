# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The live facts that consumers need: which secrets there are, and what each inference profile leads to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..core.errors import Missing
from ..core.kind import Live
from ..kinds.inference_profile import InferenceProfile
from .bedrock import INFERENCE_PROFILE, bare_id
from .session import Aws

CURRENT = "AWSCURRENT"


def secrets(aws: Aws, owner_tags: Mapping[str, str], expected: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return the secrets of an environment by name, with ``arn`` and ``has_value``; no value is read.

    A listing may be five minutes old, so an expected secret that it lacks is asked for by name.

    Args:
        aws: the gateway to the SDK.
        owner_tags: tags that mark the secrets of the environment.
        expected: names that should be among them.
    """
    service = aws.service("secretsmanager")
    # Filters match beginnings, and values can hold what a filter refuses: this only makes the answer shorter.
    filters = [{"Key": "tag-key", "Values": [key]} for key in owner_tags]
    listed = service.pages("list_secrets", "SecretList", Filters=filters)
    found = {
        entry["Name"]: _secret(entry["ARN"], entry.get("SecretVersionsToStages"))
        for entry in listed
        if _is_owned(entry, owner_tags)
    }
    for name in sorted(set(expected) - found.keys()):
        try:
            entry = service.describe_secret(SecretId=name)
        except Missing:
            continue
        if not entry.get("DeletedDate") and _is_owned(entry, owner_tags):
            found[name] = _secret(entry["ARN"], entry.get("VersionIdsToStages"))
    return dict(sorted(found.items()))


def _is_owned(entry: Mapping[str, Any], owner_tags: Mapping[str, str]) -> bool:
    tags = {tag["Key"]: tag["Value"] for tag in entry.get("Tags") or ()}
    return not entry.get("OwningService") and all(tags.get(key) == value for key, value in owner_tags.items())


def _secret(arn: str, versions: Mapping[str, list[str]] | None) -> dict[str, Any]:
    return {"arn": arn, "has_value": any(CURRENT in stages for stages in (versions or {}).values())}


def profiles(aws: Aws, prefix: str) -> dict[str, dict[str, Any]]:
    """Return the application inference profiles whose name begins with ``prefix``, by the rest of the name."""
    live = InferenceProfile().read(aws, [], everything=True)
    ours = {name.removeprefix(prefix): one for name, one in sorted(live.items()) if name.startswith(prefix)}
    embedding = _embedding_models(aws) if ours else set()
    return {key: _profile(one, embedding) for key, one in ours.items()}


def _embedding_models(aws: Aws) -> set[str]:
    listed = aws.service("bedrock").pages("list_foundation_models", "modelSummaries")
    return {entry["modelId"] for entry in listed if "EMBEDDING" in (entry.get("outputModalities") or ())}


def _profile(live: Live, embedding: set[str]) -> dict[str, Any]:
    source, is_system = bare_id(live["source"]), live["source_type"] == INFERENCE_PROFILE
    owner = live["arn"].rsplit(":", 1)[0]  # a system profile is called under the caller's own account
    models = [bare_id(model) for model in live["models"]]
    return {
        "arn": live["arn"],
        "source": source,
        "source_arn": f"{owner}:{INFERENCE_PROFILE}/{source}" if is_system else "",
        "models": live["models"],
        "destination_regions": live["destination_regions"],
        "mode": "embedding" if embedding.intersection(models) else "chat",
    }
