# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filters that tell what of the layer below is given, what is missing, and which ids hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.dataai.platform.plugins.module_utils.core import infrastructure

Ids = Mapping[str, Any]


def given_parts(ids: Ids, prometheus: bool = True) -> list[str]:
    """Return the parts whose ids are given, all of them."""
    return infrastructure.given_parts(_mapping(ids), prometheus=bool(prometheus))


def missing_infrastructure(ids: Ids, prometheus: bool = True) -> list[str]:
    """Return the ids that the data-and-AI layer needs and that are not there."""
    return infrastructure.missing(_mapping(ids), prometheus=bool(prometheus))


def infrastructure_ids(ids: Ids, others: Sequence[Ids], prometheus: bool = True) -> dict[str, Any]:
    """Return the ids that hold."""
    return infrastructure.combined(_mapping(ids), others, prometheus=bool(prometheus))


def _mapping(ids: Any) -> Ids:
    if not isinstance(ids, Mapping):
        raise AnsibleFilterError(f"infrastructure is '{ids}'; it must be a mapping of names to ids")
    return ids


class FilterModule:
    """Filters of the collection."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filters by name."""
        return {
            "given_parts": given_parts,
            "infrastructure_ids": infrastructure_ids,
            "missing_infrastructure": missing_infrastructure,
        }
