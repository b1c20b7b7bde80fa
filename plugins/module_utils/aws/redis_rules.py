# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What ElastiCache replication groups accept. Pure rules, for the module's options and the variables of the role."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ..core.values import is_unknown
from .database import version_key, window_problems

#: From an option of the group to what the reader calls it.
Label = Callable[[str], str]


#: The first version of Redis whose encryption in transit has modes and can be changed.
TRANSIT_MODES_SINCE = (7, 0, 5)


def knows_transit_modes(engine: Any, engine_version: Any) -> bool:
    """Tell whether a version has modes of encryption in transit. A version without its last number is the latest."""
    version = version_key(engine_version or "")
    return engine == "valkey" or not version or version >= TRANSIT_MODES_SINCE[: len(version)]


def group_problems(item: Mapping[str, Any], label: Label) -> Iterator[str]:
    """Yield what is wrong with the options of a group, one sentence each. What is missing or unknown is passed over.

    Args:
        item: options by name.
        label: how an option is called in the sentences.
    """
    known = {name: value for name, value in item.items() if value is not None and not is_unknown(value)}
    yield from window_problems(
        (label("snapshot_window"), known.get("snapshot_window")),
        (label("maintenance_window"), known.get("maintenance_window")),
        least=60,
        day_at_most=True,
    )
    yield from _availability(known, label)
    yield from _encryption(known, label)
    yield from _access(known, label)


def _availability(item: Mapping[str, Any], label: Label) -> Iterator[str]:
    failover, multi_az = item.get("automatic_failover"), item.get("multi_az")
    if "num_node_groups" in item:
        if failover is False:
            yield f"{label('automatic_failover')} is false; cluster mode ({label('num_node_groups')}) needs it"
        if multi_az and item.get("replicas_per_node_group") == 0:
            yield f"{label('multi_az')} is true with {label('replicas_per_node_group')} 0; it needs a replica at least"
    elif item.get("num_cache_clusters") == 1:
        for name in (name for name in ("multi_az", "automatic_failover") if item.get(name)):
            yield f"{label(name)} is true with {label('num_cache_clusters')} 1; it needs 2 nodes at least"
    if multi_az and failover is False:
        yield f"{label('multi_az')} is true with {label('automatic_failover')} false; multi-AZ needs automatic failover"


def _encryption(item: Mapping[str, Any], label: Label) -> Iterator[str]:
    if item.get("kms_key_arn") and item.get("at_rest_encryption") is False:
        yield f"{label('at_rest_encryption')} is false although {label('kms_key_arn')} is given; leave out one of them"
    if "alias/" in item.get("kms_key_arn", ""):
        yield f"{label('kms_key_arn')} is an alias; give the ARN of the key, to which AWS's answer can be compared"
    version = item.get("engine_version")
    if item.get("transit_encryption_mode") == "preferred" and not knows_transit_modes(item.get("engine"), version):
        yield (
            f"{label('transit_encryption_mode')} is preferred, which {label('engine_version')} 7.0.5 and later have, "
            f"not {version}"
        )


def _access(item: Mapping[str, Any], label: Label) -> Iterator[str]:
    groups, token = item.get("user_group_ids"), item.get("auth_token_secret_arn")
    if groups and len(groups) > 1:
        yield f"{label('user_group_ids')} names {len(groups)} groups; a replication group takes one"
    if groups and token:
        yield f"{label('user_group_ids')} and {label('auth_token_secret_arn')} exclude each other; choose one"
    if (groups or token) and item.get("transit_encryption") is False:
        name = "user_group_ids" if groups else "auth_token_secret_arn"
        yield f"{label(name)} needs {label('transit_encryption')}; a password must not travel in the clear"
