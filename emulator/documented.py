# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What AWS checks in a request and says in the prose of its models and in its resource schemas alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

#: Tells whether AWS takes a value.
Rule = Callable[[Any], bool]


def _form(pattern: str, longest: int) -> Rule:
    return lambda value: len(value) <= longest and re.fullmatch(pattern, value, re.ASCII) is not None


def _range(low: int, high: int) -> Rule:
    return lambda value: low <= value <= high


def _one_of(*values: int) -> Rule:
    return lambda value: value in values


_TIER = {"PromotionTier": _range(0, 15)}
_MEMORY = {"MemorySize": _range(128, 10240)}

#: By service and operation. What a request alone does not tell is checked by the overlay.
RULES: Mapping[tuple[str, str], Mapping[str, Rule]] = {
    ("rds", "CreateDBInstance"): _TIER,
    ("rds", "ModifyDBInstance"): _TIER,
    ("rds", "CreateDBSubnetGroup"): {"DBSubnetGroupName": _form(r"(?!default$)[a-zA-Z][a-zA-Z0-9._ -]*", 255)},
    ("elasticache", "CreateReplicationGroup"): {
        "NumCacheClusters": _range(1, 6),
        "ReplicasPerNodeGroup": _range(0, 5),
    },
    ("elasticache", "CreateCacheSubnetGroup"): {"CacheSubnetGroupName": _form(r"[a-zA-Z0-9-]+", 255)},
    ("ec2", "CreateFlowLogs"): {"MaxAggregationInterval": _one_of(60, 600)},
    ("lambda", "CreateFunction"): {"FunctionName": _form(r"[a-zA-Z0-9_-]+", 64), **_MEMORY},
    ("lambda", "UpdateFunctionConfiguration"): _MEMORY,
    ("kms", "CreateAlias"): {"AliasName": _form(r"alias/(?!aws/)[a-zA-Z0-9/_-]+", 256)},
    ("kms", "ScheduleKeyDeletion"): {"PendingWindowInDays": _range(7, 30)},
}


def refused(service: str, operation: str, params: Mapping[str, Any]) -> Iterator[str]:
    """Yield the parameters whose values AWS's documentation does not allow."""
    for name, rule in RULES.get((service, operation), {}).items():
        if params.get(name) is not None and not rule(params[name]):
            yield name
