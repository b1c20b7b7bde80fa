# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filters that lay out a network and write the policies of its endpoints."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.dataai.platform.plugins.module_utils.core import topology
from ansible_collections.dataai.platform.plugins.module_utils.core.topology import endpoint_policy, items


def network_items(plan: Mapping[str, Any], what: str, **known: Any) -> list[dict[str, Any]]:
    """Return the items of one sort of network resource.

    Raises:
        AnsibleFilterError: the plan lacks something, or there is no such sort.
    """
    try:
        return items(plan, what, **known)
    except (KeyError, TypeError, ValueError) as error:
        raise AnsibleFilterError(f"dataai.platform.network_items: {error!r}") from error


def subnet_cidrs(vpc_cidr: str, tier: str) -> list[str]:
    """Return the networks of the subnets of a tier, one for each of three zones.

    Raises:
        AnsibleFilterError: the VPC's network is none, or too small.
    """
    try:
        return topology.subnet_cidrs(str(vpc_cidr), tier)
    except ValueError as error:
        raise AnsibleFilterError(f"dataai.platform.subnet_cidrs: {error}") from error


class FilterModule:
    """Filters of the collection."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filters by name."""
        return {"network_items": network_items, "endpoint_policy": endpoint_policy, "subnet_cidrs": subnet_cidrs}
