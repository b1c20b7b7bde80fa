# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules for the input of role elasticache, on the controller and against AWS."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..aws.database import empty_problems, version_key
from ..aws.parameters import family_problems, shape_problems
from ..aws.redis_rules import group_problems
from ..aws.session import Aws
from ..core import limits
from ..core.errors import Denied, Missing, Unsupported
from ..core.values import is_unknown
from ..kinds.cache_parameter_group import CacheParameterGroup
from ..kinds.cache_user import CacheUser
from ..kinds.log_group import RETENTIONS
from ..kinds.replication_group import ReplicationGroup
from .common import wait_problems

#: Option of the group to variable, where the name is not simply prefixed.
_NAMES = {
    "num_cache_clusters": "elasticache_num_cache_nodes",
    "automatic_failover": "elasticache_automatic_failover_enabled",
    "multi_az": "elasticache_multi_az_enabled",
}

_OPTIONS = (
    "port", "num_cache_clusters", "num_node_groups", "replicas_per_node_group", "snapshot_retention_days",
    "snapshot_window", "maintenance_window", "automatic_failover", "multi_az", "kms_key_arn", "engine_version",
    "transit_encryption_mode", "user_group_ids", "auth_token_secret_arn", "engine",
)  # fmt: skip

#: What no group can do without, each with an example; and what AWS chooses where it is null.
_NEEDED = {
    "elasticache_engine_version": "7.1",
    "elasticache_parameter_group_family": "redis7",
    "elasticache_node_type": "cache.r7g.large",
    "elasticache_port": "6380",
}
_NODES = {"elasticache_num_cache_nodes": "2"}
_SHARDS = {"elasticache_num_node_groups": "2", "elasticache_replicas_per_node_group": "1"}
_NOT_EMPTY = ("elasticache_snapshot_window", "elasticache_maintenance_window")


#: The first version of Redis with users.
_USERS_SINCE = 6


def _label(option: str) -> str:
    return _NAMES.get(option, f"elasticache_{option}")


def _enabled(v: Mapping[str, Any]) -> bool:
    return bool(v.get("enable_elasticache", True))


def problems(v: Mapping[str, Any]) -> Iterable[str]:
    """Check what can be known without AWS. ``v`` are the resolved variables; any of them may be missing."""
    if not _enabled(v):
        return
    item = {option: v.get(_label(option)) for option in _OPTIONS}
    unused = ("num_cache_clusters",) if v.get("elasticache_cluster_mode_enabled") else (
        "num_node_groups", "replicas_per_node_group"
    )  # fmt: skip
    used = {name: value for name, value in item.items() if name not in unused}
    yield from limits.problems(ReplicationGroup.fields, used, _label)
    yield from group_problems(used, _label)
    yield from empty_problems(
        v, {**_NEEDED, **(_SHARDS if v.get("elasticache_cluster_mode_enabled") else _NODES)}, not_empty=_NOT_EMPTY
    )
    yield from _users(v)
    yield from _engine(v)
    yield from _network(v)
    yield from wait_problems(v, "elasticache_wait_timeout")
    node_type = v.get("elasticache_node_type")
    if node_type and not re.fullmatch(r"cache\.[a-z][a-z0-9]*\.[a-z0-9]+", node_type):
        yield f"elasticache_node_type is {node_type!r}; it must be the name of a node type, such as cache.r7g.large"
    retention = v.get("elasticache_log_retention_days")
    if retention is not None and retention not in RETENTIONS:
        accepted = ", ".join(map(str, RETENTIONS))
        yield f"elasticache_log_retention_days is {retention}; CloudWatch Logs accepts {accepted} days"
    if "cluster-enabled" in (v.get("elasticache_parameters") or {}):
        yield "elasticache_parameters holds cluster-enabled; set elasticache_cluster_mode_enabled instead"
    for text in shape_problems(v.get("elasticache_parameters")):
        yield f"elasticache_{text}"


def _network(v: Mapping[str, Any]) -> Iterator[str]:
    if v.get("elasticache_ingress_source") != "vpc" and v.get("elasticache_private_subnet_cidrs") == []:
        yield (
            "elasticache_private_subnet_cidrs is empty, so that nothing could connect; name the networks of the "
            "applications"
        )
    subnets = v.get("elasticache_subnet_ids")
    if subnets is None or is_unknown(subnets):
        return
    least = 2 if v.get("elasticache_multi_az_enabled") else 1
    if len(set(subnets)) < least:
        why = "elasticache_multi_az_enabled needs two in different availability zones" if least == 2 else "name one"
        yield f"elasticache_subnet_ids names {len(set(subnets))} subnets; {why}"


def _users(v: Mapping[str, Any]) -> Iterator[str]:
    if not v.get("enable_elasticache_users"):
        return
    for other in ("elasticache_user_group_ids", "elasticache_auth_token_secret_arn"):
        if v.get(other):
            yield f"{other} and enable_elasticache_users exclude each other; choose one"
    if v.get("elasticache_user_name") == "default":
        yield "elasticache_user_name is default, which is who comes without a name; choose another"
    version = v.get("elasticache_engine_version")
    if version and version_key(version)[0] < _USERS_SINCE:
        yield f"enable_elasticache_users needs elasticache_engine_version {_USERS_SINCE}.0 or later, not {version}"
    options = {name: v.get(f"elasticache_user_{name}") for name in ("access_string",)}
    yield from limits.problems(CacheUser.fields, options, lambda name: f"elasticache_user_{name}")
    named = {"user_name": v.get("elasticache_user_name")}
    yield from limits.problems(CacheUser.fields, named, lambda name: f"elasticache_{name}")


def _engine(v: Mapping[str, Any]) -> Iterator[str]:
    engine, version = v.get("elasticache_engine", "redis"), v.get("elasticache_engine_version")
    family = v.get("elasticache_parameter_group_family")
    if not version or not family:
        return
    major, minor = (*version_key(version), 0, 0)[:2]
    generation = f"{major}.{minor}" if major < 6 else "6.x" if major == 6 else str(major)
    fitting = f"{engine}{generation}"
    if family != fitting:
        yield (
            f"elasticache_parameter_group_family is {family}; elasticache_engine_version {version} of "
            f"{engine} needs {fitting}"
        )


# --- what only AWS knows --------------------------------------------------------------------------------------------


def api_problems(aws: Aws, v: Mapping[str, Any], warnings: list[str]) -> Iterable[str]:
    """Check that AWS offers the engine version. Only reads."""
    engine, version = v.get("elasticache_engine", "redis"), v.get("elasticache_engine_version")
    if not _enabled(v) or not version:
        return []
    wrong = [*_parameter_problems(aws, v, warnings), *_user_group_problems(aws, v, warnings)]
    try:
        entries = list(
            aws.service("elasticache").pages("describe_cache_engine_versions", "CacheEngineVersions", Engine=engine)
        )
    except (Denied, Unsupported) as failure:
        warnings.append(f"elasticache_engine_version was not checked: {failure}")
        return wrong
    offered = sorted({entry["EngineVersion"] for entry in entries}, key=version_key)
    if any(version_key(entry)[:2] == version_key(version)[:2] for entry in offered):
        return wrong
    where = f"which AWS does not offer for {engine} in {aws.region}"
    return [f"elasticache_engine_version is {version}, {where}; it offers {', '.join(offered) or 'none'}", *wrong]


def _user_group_problems(aws: Aws, v: Mapping[str, Any], warnings: list[str]) -> Iterator[str]:
    """Yield which user groups are not there; without this a run would fail at its last step."""
    for name in v.get("elasticache_user_group_ids") or ():
        if is_unknown(name):
            continue
        try:
            aws.service("elasticache").describe_user_groups(UserGroupId=name)
        except Missing:
            yield (
                f"elasticache_user_group_ids names {name}, and there is no such user group in {aws.region}; make it, "
                "or set enable_elasticache_users: true, which makes a group and its users"
            )
        except (Denied, Unsupported) as failure:
            warnings.append(f"elasticache_user_group_ids was not checked: {failure}")


def _parameter_problems(aws: Aws, v: Mapping[str, Any], warnings: list[str]) -> Iterator[str]:
    """Yield which parameters AWS would refuse once the group is made."""
    wanted, family = v.get("elasticache_parameters"), v.get("elasticache_parameter_group_family")
    if not wanted or not family:
        return
    words = CacheParameterGroup.words
    cache = aws.service("elasticache")
    found = family_problems(cache, words.defaults, words.booleans, wanted, **{words.family: family})
    if found is None:
        warnings.append(f"elasticache_parameters were not checked: AWS does not tell the parameters of {family}")
    yield from (f"elasticache_parameters: {text}" for text in found or ())
