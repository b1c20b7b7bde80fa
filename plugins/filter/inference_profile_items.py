# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter that makes inference profiles of a map of sources."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.dataai.platform.plugins.module_utils.core.values import last_part

PURPOSE = "bedrock-inference-profile"


def items(profiles: Mapping[str, Mapping[str, Any]], naming_id: str, tags: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the ``items`` of ``dataai.platform.inference_profile`` for a map of sources.

    Args:
        profiles: key of a profile to its ``source``, ``source_type`` and, optionally, ``description``.
        naming_id: what every name begins with.
        tags: tags that all profiles get; ``Name``, ``Purpose`` and ``Model`` are added.

    Raises:
        AnsibleFilterError: a profile has no source.
    """
    return [_item(f"{naming_id}-{key}", key, profile, tags) for key, profile in profiles.items()]


def _item(name: str, key: str, profile: Mapping[str, Any], tags: Mapping[str, str]) -> dict[str, Any]:
    if not isinstance(profile, Mapping) or not profile.get("source"):
        raise AnsibleFilterError(f"dataai.platform.inference_profile_items: {key} has no source")
    own = {"Name": name, "Purpose": PURPOSE, "Model": last_part("/")(profile["source"])}
    item = {"name": name, "source_type": profile.get("source_type"), "source": profile["source"]}
    if profile.get("description"):
        item["description"] = profile["description"]
    return {**item, "tags": {**tags, **own}}


class FilterModule:
    """Filters of the collection."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filters by name."""
        return {"inference_profile_items": items}
