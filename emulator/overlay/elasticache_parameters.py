# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ElastiCache engine versions and parameter groups."""

from __future__ import annotations

import re
from typing import Any

from .. import state
from ..call import AwsError, Call, page
from ..registry import operation
from .common import defaults_page, tags_from

# (engine, version, family), oldest first per engine.
VERSIONS = (
    ("redis", "5.0.6", "redis5.0"),
    ("redis", "6.0.5", "redis6.x"),
    ("redis", "6.2.6", "redis6.x"),
    ("redis", "7.0.7", "redis7"),
    ("redis", "7.1.0", "redis7"),
    ("valkey", "7.2.6", "valkey7"),
    ("valkey", "8.0.1", "valkey8"),
    ("valkey", "8.1.0", "valkey8"),
    ("memcached", "1.6.22", "memcached1.6"),
)
_CLUSTERED = ".cluster.on"
_POLICIES = "volatile-lru,allkeys-lru,volatile-lfu,allkeys-lfu,volatile-random,allkeys-random,volatile-ttl,noeviction"

# name: (default, data type, allowed values, modifiable, change type)
_PARAMETERS: dict[str, tuple[str | None, str, str, bool, str]] = {
    "acllog-max-len": ("128", "integer", "1-10000", True, "immediate"),
    "activedefrag": ("no", "string", "yes,no", True, "immediate"),
    "active-defrag-cycle-max": ("75", "integer", "1-75", True, "immediate"),
    "active-defrag-cycle-min": ("5", "integer", "1-75", True, "immediate"),
    "active-defrag-ignore-bytes": ("104857600", "integer", "1048576-", True, "immediate"),
    "active-defrag-threshold-lower": ("10", "integer", "1-100", True, "immediate"),
    "active-defrag-threshold-upper": ("100", "integer", "1-100", True, "immediate"),
    "activerehashing": ("yes", "string", "yes,no", True, "requires-reboot"),
    "appendonly": ("no", "string", "yes,no", False, "immediate"),
    "appendfsync": ("everysec", "string", "always,everysec,no", False, "immediate"),
    "client-output-buffer-limit-normal-hard-limit": ("0", "integer", "0-", True, "immediate"),
    "client-output-buffer-limit-normal-soft-limit": ("0", "integer", "0-", True, "immediate"),
    "client-output-buffer-limit-normal-soft-seconds": ("0", "integer", "0-", True, "immediate"),
    "client-output-buffer-limit-pubsub-hard-limit": ("33554432", "integer", "0-", True, "immediate"),
    "client-output-buffer-limit-pubsub-soft-limit": ("8388608", "integer", "0-", True, "immediate"),
    "client-output-buffer-limit-pubsub-soft-seconds": ("60", "integer", "0-", True, "immediate"),
    "close-on-slave-write": ("yes", "string", "yes,no", True, "immediate"),
    "cluster-allow-reads-when-down": ("no", "string", "yes,no", True, "immediate"),
    "cluster-enabled": ("no", "string", "yes,no", True, "requires-reboot"),
    "cluster-require-full-coverage": ("no", "string", "yes,no", True, "immediate"),
    "databases": ("16", "integer", "1-1200000", True, "requires-reboot"),
    "hash-max-ziplist-entries": ("512", "integer", "0-", True, "immediate"),
    "hash-max-ziplist-value": ("64", "integer", "0-", True, "immediate"),
    "hll-sparse-max-bytes": ("3000", "integer", "1-16000", True, "immediate"),
    "lazyfree-lazy-eviction": ("no", "string", "yes,no", True, "immediate"),
    "lazyfree-lazy-expire": ("no", "string", "yes,no", True, "immediate"),
    "lazyfree-lazy-server-del": ("no", "string", "yes,no", True, "immediate"),
    "lfu-decay-time": ("1", "integer", "0-", True, "immediate"),
    "lfu-log-factor": ("10", "integer", "1-", True, "immediate"),
    "list-compress-depth": ("0", "integer", "0-", True, "immediate"),
    "list-max-ziplist-size": ("-2", "integer", "-5,-4,-3,-2,-1,1-", True, "immediate"),
    "lua-time-limit": ("5000", "integer", "5000", False, "immediate"),
    "maxclients": ("65000", "integer", "1-65000", False, "requires-reboot"),
    "maxmemory-policy": ("volatile-lru", "string", _POLICIES, True, "immediate"),
    "maxmemory-samples": ("3", "integer", "1-", True, "immediate"),
    "min-replicas-max-lag": ("10", "integer", "1-", True, "immediate"),
    "min-replicas-to-write": ("0", "integer", "0-", True, "immediate"),
    "notify-keyspace-events": (None, "string", "", True, "immediate"),
    "proto-max-bulk-len": ("536870912", "integer", "1048576-536870912", True, "immediate"),
    "rename-commands": (None, "string", "", True, "immediate"),
    "repl-backlog-size": ("1048576", "integer", "16384-", True, "immediate"),
    "repl-backlog-ttl": ("3600", "integer", "0-", False, "immediate"),
    "repl-timeout": ("60", "integer", "11-60", False, "immediate"),
    "reserved-memory": ("0", "integer", "0-", True, "immediate"),
    "reserved-memory-percent": ("25", "integer", "0-100", True, "immediate"),
    "set-max-intset-entries": ("512", "integer", "0-", True, "immediate"),
    "slave-allow-chaining": ("no", "string", "yes,no", False, "immediate"),
    "slowlog-log-slower-than": ("10000", "integer", "-", True, "immediate"),
    "slowlog-max-len": ("128", "integer", "0-", True, "immediate"),
    "stream-node-max-bytes": ("4096", "integer", "0-", True, "immediate"),
    "stream-node-max-entries": ("100", "integer", "0-", True, "immediate"),
    "tcp-keepalive": ("300", "integer", "0-", True, "immediate"),
    "timeout": ("0", "integer", "0,20-", True, "immediate"),
    "tracking-table-max-keys": ("1000000", "integer", "1-100000000", True, "immediate"),
    "zset-max-ziplist-entries": ("128", "integer", "0-", True, "immediate"),
    "zset-max-ziplist-value": ("64", "integer", "0-", True, "immediate"),
}
FAMILIES = tuple(dict.fromkeys(family for _, _, family in VERSIONS))


def version_key(version: str) -> tuple[int, ...]:
    """Return a version as numbers, for comparing."""
    return tuple(int(part) for part in re.findall(r"\d+", version))


def resolve_version(engine: str, version: str | None) -> tuple[str, str]:
    """Return the full version and the parameter group family that a request for `version` means.

    Raises:
        AwsError: InvalidParameterValue for an engine or version that does not exist.
    """
    known = [item for item in VERSIONS if item[0] == engine]
    if not known:
        raise AwsError("InvalidParameterValue", f"Unknown engine: {engine}", 400)
    if version is None:
        return known[-1][1], known[-1][2]
    wanted = version_key(version) if version != "6.x" else (6,)
    for _, full, family in reversed(known):
        if version_key(full)[: len(wanted)] == wanted:
            return full, family
    raise AwsError(
        "InvalidParameterValue", f"The parameter EngineVersion {version} is not a valid version of {engine}", 400
    )


def _table(call: Call) -> dict[str, Any]:
    return state.store("elasticache", call.account, call.region)["parameter_groups"]


def _default(name: str) -> dict[str, Any] | None:
    family = name.removeprefix("default.").removesuffix(_CLUSTERED)
    if not name.startswith("default.") or family not in FAMILIES:
        return None
    values = {"cluster-enabled": "yes"} if name.endswith(_CLUSTERED) else {}
    return {
        "name": name,
        "family": family,
        "description": f"Default parameter group for {family}",
        "values": values,
        "tags": {},
    }


def find(call: Call, name: str) -> dict[str, Any]:
    """Return a parameter group, a default one included.

    Raises:
        AwsError: CacheParameterGroupNotFound.
    """
    record = _table(call).get(name.lower()) or _default(name.lower())
    if record is None:
        raise AwsError("CacheParameterGroupNotFound", f"CacheParameterGroup {name} not found.", 404)
    return record


def check_family(call: Call, name: str, family: str) -> None:
    """Refuse a parameter group of another family than the engine version's.

    Raises:
        AwsError: InvalidParameterCombination.
    """
    record = find(call, name)
    if record["family"] != family:
        raise AwsError(
            "InvalidParameterCombination",
            f"Expected a parameter group of family {family} but found one of family {record['family']}",
            400,
        )


def is_cluster_enabled(call: Call, name: str) -> bool:
    """Tell whether a parameter group switches cluster mode on."""
    return bool(find(call, name)["values"].get("cluster-enabled") == "yes")


def _show(call: Call, record: dict[str, Any]) -> dict[str, Any]:
    return {
        "CacheParameterGroupName": record["name"],
        "CacheParameterGroupFamily": record["family"],
        "Description": record["description"],
        "IsGlobal": False,
        "ARN": call.arn(f"parametergroup:{record['name']}"),
    }


@operation("elasticache", "CreateCacheParameterGroup")
def create(call: Call) -> Any:
    """Create a parameter group."""
    name, family = call.params["CacheParameterGroupName"].lower(), call.params["CacheParameterGroupFamily"]
    if len(name) > 255 or not re.fullmatch(r"[a-z](?:-?[a-z0-9])*", name):
        raise AwsError(
            "InvalidParameterValue", f"The parameter CacheParameterGroupName {name} is not a valid identifier.", 400
        )
    if family not in FAMILIES:
        raise AwsError(
            "InvalidParameterValue", f"CacheParameterGroupFamily {family} is not a valid parameter group family.", 400
        )
    if name in _table(call):
        raise AwsError("CacheParameterGroupAlreadyExists", f"CacheParameterGroup {name} already exists.", 400)
    record = {
        "name": name,
        "family": family,
        "description": call.params["Description"],
        "values": {},
        "tags": tags_from(call.params.get("Tags")),
    }
    _table(call)[name] = record
    return {"CacheParameterGroup": _show(call, record)}


@operation("elasticache", "DescribeCacheParameterGroups")
def describe(call: Call) -> Any:
    """List parameter groups, the default ones first."""
    name = call.params.get("CacheParameterGroupName")
    if name:
        return page(call, [_show(call, find(call, name))], limits=(20, 100))
    defaults = [_default(f"default.{family}{end}") for family in FAMILIES for end in ("", _CLUSTERED)]
    records = [item for item in defaults if item and not item["name"].startswith("default.memcached1.6.")]
    return page(call, [_show(call, item) for item in records + list(_table(call).values())], limits=(20, 100))


def _parameters(record: dict[str, Any]) -> list[dict[str, Any]]:
    shown = []
    for name, (default, kind, allowed, modifiable, change) in _PARAMETERS.items():
        # A value that equals the family's is not the user's, whoever set it.
        own = record["values"].get(name, default) != default and not record["name"].startswith("default.")
        source = "user" if own else "system"
        shown.append(
            {
                "ParameterName": name,
                "ParameterValue": record["values"].get(name, default),
                "Source": source,
                "DataType": kind,
                "AllowedValues": allowed or None,
                "IsModifiable": modifiable,
                "ChangeType": change,
                "MinimumEngineVersion": "5.0.6",
                "Description": name.replace("-", " "),
            }
        )
    return shown


@operation("elasticache", "DescribeCacheParameters")
def describe_parameters(call: Call) -> Any:
    """List the parameters of a group."""
    record = find(call, call.params["CacheParameterGroupName"])
    source = call.params.get("Source")
    shown = [item for item in _parameters(record) if source in (None, item["Source"])]
    return page(call, shown, limits=(20, 100))


@operation("elasticache", "DescribeEngineDefaultParameters")
def describe_defaults(call: Call) -> Any:
    """List the default parameters of a family."""
    family = call.params["CacheParameterGroupFamily"]
    record = _default(f"default.{family}")
    if record is None:
        raise AwsError("InvalidParameterValue", f"Invalid cache parameter group family: {family}", 400)
    return defaults_page(call, {"CacheParameterGroupFamily": family}, _parameters(record))


def _check_value(name: str, value: str) -> None:
    if name not in _PARAMETERS:
        raise AwsError("InvalidParameterValue", f"Could not find parameter with name: {name}", 400)
    _, kind, allowed, modifiable, _ = _PARAMETERS[name]
    if not modifiable:
        raise AwsError("InvalidParameterValue", f"The parameter {name} cannot be modified.", 400)
    if not _allowed(value, kind, allowed):
        raise AwsError(
            "InvalidParameterValue",
            f"The value {value} for parameter {name} is invalid. Allowed values: {allowed}",
            400,
        )


def _allowed(value: str, kind: str, allowed: str) -> bool:
    if not allowed:
        return True
    if kind == "string":
        return value in allowed.split(",")
    if not re.fullmatch(r"-?\d+", value):
        return False
    for part in allowed.split(","):
        low, dash, high = part.rpartition("-") if not part.lstrip("-").isdigit() else (part, "", part)
        if dash == "" and int(value) == int(low):
            return True
        if dash and int(low or "-9999999999") <= int(value) <= int(high or "99999999999"):
            return True
    return False


def _own(call: Call) -> dict[str, Any]:
    record = find(call, call.params["CacheParameterGroupName"])
    if record["name"].startswith("default."):
        raise AwsError("InvalidCacheParameterGroupState", "Default parameter groups cannot be changed.", 400)
    return record


@operation("elasticache", "ModifyCacheParameterGroup")
def modify(call: Call) -> Any:
    """Set up to 20 parameters."""
    record, wanted = _own(call), call.params["ParameterNameValues"]
    if len(wanted) > 20:
        raise AwsError("InvalidParameterValue", "At most 20 parameters can be modified at once.", 400)
    for item in wanted:
        _check_value(item["ParameterName"], item.get("ParameterValue", ""))
    record["values"].update({item["ParameterName"]: item.get("ParameterValue", "") for item in wanted})
    return {"CacheParameterGroupName": record["name"]}


@operation("elasticache", "ResetCacheParameterGroup")
def reset(call: Call) -> Any:
    """Return parameters to their defaults."""
    record = _own(call)
    if call.params.get("ResetAllParameters"):
        record["values"].clear()
    elif not call.params.get("ParameterNameValues"):
        raise AwsError("InvalidParameterCombination", "Name parameters or set ResetAllParameters.", 400)
    for item in call.params.get("ParameterNameValues") or []:
        record["values"].pop(item["ParameterName"], None)
    return {"CacheParameterGroupName": record["name"]}


@operation("elasticache", "DeleteCacheParameterGroup")
def delete(call: Call) -> Any:
    """Delete a parameter group that nothing uses."""
    record = _own(call)
    groups = state.store("elasticache", call.account, call.region)["groups"].values()
    if any(item["config"]["parameter_group"] == record["name"] for item in groups):
        raise AwsError(
            "InvalidCacheParameterGroupState",
            f"One or more cache clusters are still members of this "
            f"parameter group {record['name']}, so the group cannot be deleted.",
            400,
        )
    del _table(call)[record["name"]]
    return {}


@operation("elasticache", "DescribeCacheEngineVersions")
def describe_versions(call: Call) -> Any:
    """List engine versions."""
    params = call.params
    shown = [
        {
            "Engine": engine,
            "EngineVersion": ".".join(version.split(".")[: 2 if engine != "memcached" else 3]),
            "CacheParameterGroupFamily": family,
            "CacheEngineDescription": engine.capitalize(),
            "CacheEngineVersionDescription": f"{engine} version {version}",
        }
        for engine, version, family in VERSIONS
        if params.get("Engine") in (None, engine)
        and params.get("CacheParameterGroupFamily") in (None, family)
        and (params.get("EngineVersion") is None or version.startswith(params["EngineVersion"]))
    ]
    return page(call, shown[-1:] if params.get("DefaultOnly") else shown, limits=(20, 100))
