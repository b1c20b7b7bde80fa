# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is switched off and still there: a switch leaves a part out, and takes nothing down."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..aws.session import Aws
from ..core.errors import Failure
from ..core.kind import Kind
from ..kinds.cache_user_group import CacheUserGroup
from ..kinds.db_cluster import DbCluster
from ..kinds.lambda_function import LambdaFunction
from ..kinds.prometheus_workspace import PrometheusWorkspace
from ..kinds.replication_group import ReplicationGroup

#: Switch to the kind and name of what is there where it was on, and to the role that takes it down.
PARTS: Mapping[str, tuple[type[Kind[Any]], str, str]] = {
    "enable_aurora": (DbCluster, "aurora_cluster", "aurora"),
    "enable_elasticache": (ReplicationGroup, "redis_group", "elasticache"),
    "enable_elasticache_users": (CacheUserGroup, "redis_user_group", "elasticache"),
    "enable_managed_prometheus": (PrometheusWorkspace, "prometheus_workspace", "prometheus"),
    "enable_secret_sync": (LambdaFunction, "secret_sync_function", "secret_sync"),
    "enable_database_access": (LambdaFunction, "database_access_function", "database_access"),
}

#: What stays without harm: nothing uses it, AWS takes no money for it, and its role goes on without it.
_FREE = {"enable_elasticache_users"}


def warnings(aws: Aws, v: Mapping[str, Any]) -> Iterator[str]:
    """Yield what stays of each part that is switched off, one sentence each. Only reads.

    Where the caller may not look, or the region has no such service, nothing is said.
    """
    named = v.get("common_names") or {}
    for switch, (kind, name, role) in PARTS.items():
        if v.get(switch) is not False or not named.get(name):
            continue
        what = kind()
        try:
            there = what.read(aws, [{what.key: named[name]}])
        except Failure:
            continue
        if there and switch in _FREE:
            yield (
                f"{switch} is false, and the {what.noun} {named[name]} is still there: it stays with its users and "
                f"secrets, unused, until role {role} is taken down"
            )
        elif there:
            yield (
                f"{switch} is false, and the {what.noun} {named[name]} is still there: it stays as it is, with its "
                f"cost, and no run looks at it; take it down with destroy.yml --tags {role}, or switch it on again"
            )
