# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter that tells which partition of AWS a region belongs to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.dataai.platform.plugins.module_utils.core.partitions import partition_of


def partition(region: str) -> dict[str, str]:
    """Return ``name`` and ``domain`` of the partition of a region.

    Raises:
        AnsibleFilterError: it is no region.
    """
    try:
        found = partition_of(str(region))
    except ValueError as error:
        raise AnsibleFilterError(f"dataai.platform.partition: {error}") from error
    return {"name": found.name, "domain": found.domain}


class FilterModule:
    """Filters of the collection."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filters by name."""
        return {"partition": partition}
