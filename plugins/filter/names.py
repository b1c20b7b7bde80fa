# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter that makes every name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.dataai.platform.plugins.module_utils.core.names import names


def make_names(estate: Mapping[str, Any]) -> dict[str, str]:
    """Return every name of an estate.

    Args:
        estate: ``org_moniker``, ``product_moniker``, ``environment``, ``region``, ``account``, ``bucket_suffix``.

    Raises:
        AnsibleFilterError: the region is none, or a part is missing.
    """
    try:
        return names(**{key: str(value) for key, value in estate.items()})
    except (TypeError, ValueError) as error:
        raise AnsibleFilterError(f"dataai.platform.names: {error}") from error


class FilterModule:
    """Filters of the collection."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filters by name."""
        return {"names": make_names}
