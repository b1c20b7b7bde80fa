# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ElastiCache for Redis OSS and Valkey: replication groups, subnet groups, snapshots, tags."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable
from typing import Any

from .. import state
from ..call import AwsError, Call, page
from ..calllog import classify
from ..provisioning import Phase
from ..registry import gate, operation
from . import elasticache_parameters as parameters
from .common import (
    GONE,
    check_security_groups,
    check_windows,
    default_security_group,
    host,
    key_arn,
    lacks_service_role,
    log_group,
    now,
    subnets,
    sweep,
    tags_from,
    tags_to,
)

_ID = re.compile(r"[a-zA-Z](?:-?[a-zA-Z0-9])*")
_NODE_TYPE = re.compile(
    r"cache\.(?:t[234]g?\.(?:micro|small|medium)|(?:m[4-8]g?n?|r[4-8]g?|r6gd|c7gn)\.(?:large|\d*xlarge))"
)
_AUTH_TOKEN = re.compile(r"[A-Za-z0-9!&#$^<>\-]{16,128}")
_LEAST_WINDOW = 60
_MAX_REPLICAS = 5
_TRANSIT_MODES_SINCE = (7, 0, 5)
_MODIFIED = ("values", "config", "encryption", "members")


def _tables(call: Call) -> Any:
    tables = state.store("elasticache", call.account, call.region)
    sweep(tables["groups"])
    return tables


@gate("elasticache")
def check_service_role(call: Call) -> None:
    """Refuse every change while ElastiCache has no role of its own.

    Raises:
        AwsError: ServiceLinkedRoleNotFoundFault.
    """
    if classify("elasticache", call.operation) == "write" and lacks_service_role(call, "elasticache.amazonaws.com"):
        raise AwsError(
            "ServiceLinkedRoleNotFoundFault",
            "This action cannot be completed due to insufficient permissions. (Recommended action) Please create new "
            "role using IAM API CreateServiceLinkedRole.",
            400,
        )


def _bad(message: str) -> AwsError:
    return AwsError("InvalidParameterValue", message, 400)


def _conflict(message: str) -> AwsError:
    return AwsError("InvalidParameterCombination", message, 400)


def group_record(call: Call, group_id: str) -> dict[str, Any]:
    """Return a replication group's record.

    Raises:
        AwsError: ReplicationGroupNotFoundFault.
    """
    record: dict[str, Any] | None = _tables(call)["groups"].get(group_id.lower())
    if record is None:
        raise AwsError("ReplicationGroupNotFoundFault", f"ReplicationGroup {group_id} not found.", 404)
    return record


def _available(call: Call) -> dict[str, Any]:
    record = group_record(call, call.params["ReplicationGroupId"])
    if record["phase"].status != "available":
        raise AwsError(
            "InvalidReplicationGroupState",
            f"Replication group {record['id']} is not in available state: {record['phase'].status}",
            400,
        )
    return record


# Subnet groups


@operation("elasticache", "CreateCacheSubnetGroup")
def create_subnet_group(call: Call) -> Any:
    """Create a subnet group."""
    name = call.params["CacheSubnetGroupName"].lower()
    table = _tables(call)["subnet_groups"]
    if len(name) > 255 or not re.fullmatch(r"[a-z0-9](?:-?[a-z0-9])*", name):
        raise _bad(f"The parameter CacheSubnetGroupName {name} is not valid")
    if name in table:
        raise AwsError("CacheSubnetGroupAlreadyExists", f"Cache subnet group {name} already exists.", 400)
    table[name] = {
        "name": name,
        "description": call.params["CacheSubnetGroupDescription"],
        "subnets": _subnet_list(call, call.params["SubnetIds"]),
        "tags": tags_from(call.params.get("Tags")),
    }
    return {"CacheSubnetGroup": _show_subnet_group(call, table[name])}


def _subnet_list(call: Call, ids: list[str]) -> list[tuple[str, str, str]]:
    if not ids:
        raise AwsError("InvalidSubnet", "At least one subnet is required.", 400)
    return [(item.id, item.availability_zone, item.vpc_id) for item in subnets(call, ids)]


def _show_subnet_group(call: Call, record: dict[str, Any]) -> dict[str, Any]:
    return {
        "CacheSubnetGroupName": record["name"],
        "CacheSubnetGroupDescription": record["description"],
        "VpcId": record["subnets"][0][2],
        "Subnets": [
            {
                "SubnetIdentifier": item[0],
                "SubnetAvailabilityZone": {"Name": item[1]},
                "SupportedNetworkTypes": ["ipv4"],
            }
            for item in record["subnets"]
        ],
        "ARN": call.arn(f"subnetgroup:{record['name']}"),
        "SupportedNetworkTypes": ["ipv4"],
    }


def _subnet_group(call: Call, name: str) -> dict[str, Any]:
    record: dict[str, Any] | None = _tables(call)["subnet_groups"].get(name.lower())
    if record is None:
        raise AwsError("CacheSubnetGroupNotFoundFault", f"Cache Subnet Group {name} does not exist.", 400)
    return record


@operation("elasticache", "DescribeCacheSubnetGroups")
def describe_subnet_groups(call: Call) -> Any:
    """List subnet groups."""
    name = call.params.get("CacheSubnetGroupName")
    records = [_subnet_group(call, name)] if name else list(_tables(call)["subnet_groups"].values())
    return page(call, [_show_subnet_group(call, item) for item in records], limits=(20, 100))


@operation("elasticache", "ModifyCacheSubnetGroup")
def modify_subnet_group(call: Call) -> Any:
    """Change description or subnets; subnets in use by a node must stay."""
    record = _subnet_group(call, call.params["CacheSubnetGroupName"])
    if call.params.get("SubnetIds"):
        wanted = _subnet_list(call, call.params["SubnetIds"])
        zones = {item[1] for item in wanted}
        for group in _tables(call)["groups"].values():
            if group["config"]["subnet_group"] == record["name"] and not {m["az"] for m in group["members"]} <= zones:
                raise AwsError("SubnetInUse", "The requested subnet is being used by another cache cluster.", 400)
        record["subnets"] = wanted
    record["description"] = call.params.get("CacheSubnetGroupDescription", record["description"])
    return {"CacheSubnetGroup": _show_subnet_group(call, record)}


@operation("elasticache", "DeleteCacheSubnetGroup")
def delete_subnet_group(call: Call) -> Any:
    """Delete a subnet group that nothing uses."""
    record = _subnet_group(call, call.params["CacheSubnetGroupName"])
    if any(group["config"]["subnet_group"] == record["name"] for group in _tables(call)["groups"].values()):
        raise AwsError(
            "CacheSubnetGroupInUse", f"Cache subnet group {record['name']} is currently in use by a cache cluster.", 400
        )
    del _tables(call)["subnet_groups"][record["name"]]
    return {}


# Creating a replication group


def _check_identity(call: Call) -> str:
    group_id = call.params["ReplicationGroupId"]
    if len(group_id) > 40 or not _ID.fullmatch(group_id):
        raise _bad(
            f"The parameter ReplicationGroupId {group_id} is not a valid identifier. Identifiers have 1 to 40 "
            "characters, begin with a letter, hold only letters, digits and hyphens, and neither end with a "
            "hyphen nor contain two consecutive hyphens."
        )
    if group_id.lower() in _tables(call)["groups"]:
        raise AwsError("ReplicationGroupAlreadyExists", f"Replication group {group_id} already exists.", 400)
    return str(group_id.lower())


def _topology(params: dict[str, Any], cluster_enabled: bool) -> tuple[int, int]:
    """Return (node groups, replicas per node group)."""
    if params.get("NumCacheClusters") and (params.get("NumNodeGroups") or params.get("ReplicasPerNodeGroup")):
        raise _conflict("NumCacheClusters cannot be used with NumNodeGroups or ReplicasPerNodeGroup.")
    shards = params.get("NumNodeGroups") or len(params.get("NodeGroupConfiguration") or []) or 1
    if shards > 1 and not cluster_enabled:
        raise _conflict("More than one node group needs a parameter group with cluster-enabled.")
    replicas = params.get("ReplicasPerNodeGroup")
    if replicas is None:
        replicas = (params.get("NumCacheClusters") or 1) - 1
    if not 0 <= replicas <= _MAX_REPLICAS:
        raise _bad("The number of cache clusters must be between 1 and 6.")
    return shards, replicas


def _check_failover(failover: bool, multi_az: bool, replicas: int, cluster_enabled: bool) -> None:
    if failover and replicas < 1 and not cluster_enabled:
        raise _conflict("Replication group with automatic failover enabled must have at least one replica.")
    if multi_az and not failover:
        raise _conflict("Multi-AZ requires automatic failover to be enabled.")
    if multi_az and replicas < 1:
        raise _conflict("Multi-AZ requires at least one replica per node group.")


def _check_auth(call: Call, params: dict[str, Any], transit: bool) -> None:
    token, groups = params.get("AuthToken"), params.get("UserGroupIds") or params.get("UserGroupIdsToAdd")
    if token and groups:
        raise _conflict("AuthToken and user groups cannot be used together.")
    if (token or groups) and not transit:
        raise _conflict("Authentication needs TransitEncryptionEnabled.")
    if token and not _AUTH_TOKEN.fullmatch(token):
        raise _bad("Invalid AuthToken provided.")
    if groups and len(groups) > 1:
        raise _bad("Only one user group can be associated with a replication group.")
    for group_id in groups or []:
        if group_id.lower() not in _tables(call)["user_groups"]:
            raise AwsError("UserGroupNotFound", f"User group {group_id} not found.", 404)


def _log_deliveries(call: Call, wanted: list[dict[str, Any]] | None, present: list[Any]) -> list[dict[str, Any]]:
    """Return the log deliveries after a request; each request speaks only of the types it names."""
    result = {item["LogType"]: item for item in present}
    for item in wanted or []:
        if item.get("Enabled") is False:
            result.pop(item.get("LogType"), None)
            continue
        missing = {"LogType", "DestinationType", "DestinationDetails", "LogFormat"} - set(item)
        if missing:
            raise _bad(f"Log delivery configuration lacks {', '.join(sorted(missing))}.")
        delivery = {key: item[key] for key in ("LogType", "DestinationType", "DestinationDetails", "LogFormat")}
        result[item["LogType"]] = delivery | _delivery_status(call, item)
    if len({item["DestinationType"] + str(item["DestinationDetails"]) for item in result.values()}) < len(result):
        raise _conflict("Slow log and engine log cannot be delivered to the same destination.")
    return list(result.values())


def _delivery_status(call: Call, item: dict[str, Any]) -> dict[str, str]:
    details = item["DestinationDetails"].get("CloudWatchLogsDetails")
    if item["DestinationType"] == "cloudwatch-logs":
        if not details or not details.get("LogGroup"):
            raise _bad("CloudWatchLogsDetails.LogGroup is required for the destination cloudwatch-logs.")
        if log_group(call, details["LogGroup"]) is None:
            return {"Status": "error", "Message": f"Destination log group {details['LogGroup']} does not exist."}
    return {"Status": "active"}


def _encryption(call: Call, engine: str, version: str) -> dict[str, Any]:
    params, modes = call.params, parameters.version_key(version) >= _TRANSIT_MODES_SINCE
    at_rest = params.get("AtRestEncryptionEnabled", engine == "valkey")
    transit = params.get("TransitEncryptionEnabled", False)
    if params.get("KmsKeyId") and not at_rest:
        raise _conflict("KmsKeyId needs AtRestEncryptionEnabled.")
    if params.get("TransitEncryptionMode") and not transit:
        raise _conflict("TransitEncryptionMode needs TransitEncryptionEnabled.")
    if params.get("TransitEncryptionMode") and not modes:
        raise _conflict(f"TransitEncryptionMode is not supported for engine version {version}, but from 7.0.5 on.")
    if transit and not params.get("CacheSubnetGroupName"):
        raise _conflict("Encryption in transit is only available in a VPC: CacheSubnetGroupName is required.")
    _check_auth(call, params, transit)
    result = {"AtRestEncryptionEnabled": at_rest, "TransitEncryptionEnabled": transit}
    result["AuthTokenEnabled"] = bool(params.get("AuthToken"))
    if transit and modes:
        result["TransitEncryptionMode"] = params.get("TransitEncryptionMode", "required")
    if at_rest:
        given = params.get("KmsKeyId")
        result["KmsKeyId"] = key_arn(call, given, "InvalidKMSKeyFault") if given else None
        result["StorageEncryptionType"] = "sse-kms" if given else "sse-elasticache"
    return result


def _check_common(call: Call, params: dict[str, Any]) -> None:
    if params.get("CacheNodeType") and not _NODE_TYPE.fullmatch(params["CacheNodeType"]):
        raise _bad(f"The parameter CacheNodeType {params['CacheNodeType']} is not a supported node type.")
    retention = params.get("SnapshotRetentionLimit")
    if retention is not None and not 0 <= retention <= 35:
        raise _bad("Snapshot retention limit must be between 0 and 35.")
    port = params.get("Port")
    if port is not None and not 1 <= port <= 65535:
        raise _bad(f"The parameter Port {port} is not valid.")


def _config(call: Call, engine: str) -> dict[str, Any]:
    params = call.params
    version, family = parameters.resolve_version(engine, params.get("EngineVersion"))
    group_name = (params.get("CacheParameterGroupName") or f"default.{family}").lower()
    parameters.check_family(call, group_name, family)
    subnet_group = params.get("CacheSubnetGroupName")
    record = _subnet_group(call, subnet_group) if subnet_group else None
    vpc_id = record["subnets"][0][2] if record else None
    check_security_groups(call, params.get("SecurityGroupIds"), vpc_id)
    groups = params.get("SecurityGroupIds") or (default_security_group(call, vpc_id) if vpc_id else [])
    config = {
        "engine_version": version,
        "parameter_group": group_name,
        "subnet_group": record["name"] if record else None,
        "zones": [item[1] for item in record["subnets"]] if record else [f"{call.region}a"],
        "security_groups": groups,
        "maintenance_window": params.get("PreferredMaintenanceWindow", "sun:23:00-mon:01:30").lower(),
        "port": params.get("Port") or 6379,
        "topic": params.get("NotificationTopicArn"),
        "topic_status": "active",
        "pending": {},
    }
    window = params.get("SnapshotWindow", "05:00-06:00")
    check_windows(window, config["maintenance_window"], _LEAST_WINDOW, "snapshot window")
    return config


@operation("elasticache", "CreateReplicationGroup")
def create_group(call: Call) -> Any:
    """Create a replication group with its member clusters."""
    params = call.params
    group_id = _check_identity(call)
    _check_common(call, params)
    engine = params.get("Engine", "redis").lower()
    config = _config(call, engine)
    clustered = parameters.is_cluster_enabled(call, config["parameter_group"])
    shards, replicas = _topology(params, clustered)
    failover = params.get("AutomaticFailoverEnabled", False) or clustered
    multi_az = params.get("MultiAZEnabled", False)
    _check_failover(failover, multi_az, replicas, clustered)
    encryption = _encryption(call, engine, config["engine_version"])
    phase = Phase("elasticache", "available")
    phase.begin("creating")
    record = {
        "id": group_id,
        "phase": phase,
        "config": config,
        "tags": tags_from(params.get("Tags")),
        "members": [],
        "shards": shards,
        "encryption": encryption,
        "auth_token": params.get("AuthToken"),
        "values": {
            "Description": params["ReplicationGroupDescription"],
            "CacheNodeType": params["CacheNodeType"],
            "AutomaticFailover": "enabled" if failover else "disabled",
            "MultiAZ": "enabled" if multi_az else "disabled",
            "SnapshotRetentionLimit": params.get("SnapshotRetentionLimit", 0),
            "SnapshotWindow": params.get("SnapshotWindow", "05:00-06:00"),
            "ClusterEnabled": clustered,
            "ClusterMode": "enabled" if clustered else "disabled",
            "Engine": engine,
            "AutoMinorVersionUpgrade": params.get("AutoMinorVersionUpgrade", True),
            "NetworkType": params.get("NetworkType", "ipv4"),
            "IpDiscovery": params.get("IpDiscovery", "ipv4"),
            "DataTiering": "enabled" if params.get("DataTieringEnabled") else "disabled",
            "UserGroupIds": params.get("UserGroupIds", []),
            "LogDeliveryConfigurations": _log_deliveries(call, params.get("LogDeliveryConfigurations"), []),
            "ReplicationGroupCreateTime": now(),
        },
    }
    record["values"]["SnapshottingClusterId"] = None
    _add_members(record, range(1, shards + 1), replicas + 1)
    if record["values"]["SnapshotRetentionLimit"] and not clustered:
        record["values"]["SnapshottingClusterId"] = record["members"][-1]["id"]
    _tables(call)["groups"][group_id] = record
    return {"ReplicationGroup": _show_group(call, record, phase.started)}


def _shards(record: dict[str, Any]) -> list[int]:
    """Return the numbers of the node groups; those of removed ones are not used again at once."""
    return sorted({item["shard"] for item in record["members"]})


def _add_members(record: dict[str, Any], shards: Iterable[int], per_shard: int) -> None:
    zones = record["config"]["zones"]
    for shard in shards:
        members = [item for item in record["members"] if item["shard"] == shard]
        taken = {item["number"] for item in members}
        for number in range(1, 100):
            if len(members) >= per_shard:
                break
            if number in taken:
                continue
            suffix = f"{number:03d}" if not record["values"]["ClusterEnabled"] else f"{shard:04d}-{number:03d}"
            member = {
                "id": f"{record['id']}-{suffix}",
                "shard": shard,
                "number": number,
                "az": zones[(number - 1) % len(zones)],
                "primary": not members,
                "created": now(),
            }
            members.append(member)
            record["members"].append(member)
    record["members"].sort(key=lambda item: item["id"])


# Showing


def _domain(call: Call) -> str:
    return f"x7kp2q.{_region_code(call.region)}.cache.amazonaws.com"


def _region_code(region: str) -> str:
    """Return the short code of a region in cache host names: eu-central-2 is euc2."""
    area, direction, number = region.rsplit("-", 2)
    initials = "".join(word[0] for word in re.findall("north|south|east|west|central", direction))
    return f"{area.replace('-', '')[:2]}{initials}{number}"


def _endpoint(record: dict[str, Any], usual: str) -> dict[str, Any]:
    return {"Address": host(record, usual), "Port": record["config"]["port"]}


def _node_host(call: Call, record: dict[str, Any], member: dict[str, Any]) -> str:
    if record["encryption"]["TransitEncryptionEnabled"]:
        return f"{member['id']}.{record['id']}.{_domain(call)}"
    return f"{member['id']}.x7kp2q.0001.{_region_code(call.region)}.cache.amazonaws.com"


def _group_host(call: Call, record: dict[str, Any], kind: str) -> str:
    if record["encryption"]["TransitEncryptionEnabled"]:
        return f"{kind}.{record['id']}.{_domain(call)}"
    middle = {"master": "ng.0001", "replica": "ro.ng.0001", "clustercfg": "clustercfg"}[kind]
    suffix = middle.replace("ro.", "")
    name = record["id"] + ("-ro" if kind == "replica" else "")
    return f"{name}.x7kp2q.{suffix}.{_region_code(call.region)}.cache.amazonaws.com"


def _show_node_group(call: Call, record: dict[str, Any], shard: int, status: str) -> dict[str, Any]:
    members = [item for item in record["members"] if item["shard"] == shard]
    shown = {
        "NodeGroupId": f"{shard:04d}",
        "Status": status,
        "NodeGroupMembers": [
            {"CacheClusterId": item["id"], "CacheNodeId": "0001", "PreferredAvailabilityZone": item["az"]}
            for item in members
        ],
    }
    if record["values"]["ClusterEnabled"]:
        return shown
    for entry, item in zip(shown["NodeGroupMembers"], members, strict=True):  # type: ignore[call-overload]
        entry["CurrentRole"] = "primary" if item["primary"] else "replica"
        entry["ReadEndpoint"] = _endpoint(record, _node_host(call, record, item))
    shown["PrimaryEndpoint"] = _endpoint(record, _group_host(call, record, "master"))
    shown["ReaderEndpoint"] = _endpoint(record, _group_host(call, record, "replica"))
    return shown


def _show_group(call: Call, record: dict[str, Any], status: str | None = None) -> dict[str, Any]:
    status = status or record["phase"].status
    shown = {
        "ReplicationGroupId": record["id"],
        "Status": status,
        "PendingModifiedValues": {},
        "MemberClusters": [item["id"] for item in record["members"]],
        "ARN": call.arn(f"replicationgroup:{record['id']}"),
        **record["values"],
        **record["encryption"],
    }
    if status == "creating":
        return shown
    shown["NodeGroups"] = [_show_node_group(call, record, item, status) for item in _shards(record)]
    if record["values"]["ClusterEnabled"]:
        shown["ConfigurationEndpoint"] = _endpoint(record, _group_host(call, record, "clustercfg"))
    return shown


@operation("elasticache", "DescribeReplicationGroups")
def describe_groups(call: Call) -> Any:
    """List replication groups."""
    group_id = call.params.get("ReplicationGroupId")
    records = [group_record(call, group_id)] if group_id else list(_tables(call)["groups"].values())
    return page(call, [_show_group(call, item) for item in records], limits=(20, 100))


def _show_cluster(call: Call, record: dict[str, Any], member: dict[str, Any]) -> dict[str, Any]:
    config, values, status = record["config"], record["values"], record["phase"].status
    shown = {
        "CacheClusterId": member["id"],
        "CacheClusterStatus": status,
        "ReplicationGroupId": record["id"],
        "EngineVersion": config["engine_version"],
        "NumCacheNodes": 1,
        "PreferredAvailabilityZone": member["az"],
        "CacheClusterCreateTime": member["created"],
        "PreferredMaintenanceWindow": config["maintenance_window"],
        "PendingModifiedValues": config["pending"],
        "CacheSubnetGroupName": config["subnet_group"],
        "CacheParameterGroup": {
            "CacheParameterGroupName": config["parameter_group"],
            "ParameterApplyStatus": "in-sync",
            "CacheNodeIdsToReboot": [],
        },
        "SecurityGroups": [{"SecurityGroupId": item, "Status": "active"} for item in config["security_groups"]],
        "CacheSecurityGroups": [],
        "ARN": call.arn(f"cluster:{member['id']}"),
        "ReplicationGroupLogDeliveryEnabled": bool(values["LogDeliveryConfigurations"]),
        "ClientDownloadLandingPage": f"https://console.aws.amazon.com/elasticache/home?region={call.region}#client-download:",
        "LogDeliveryConfigurations": values["LogDeliveryConfigurations"],
    }
    for name in ("CacheNodeType", "Engine", "AutoMinorVersionUpgrade", "SnapshotWindow", "NetworkType", "IpDiscovery"):
        shown[name] = values[name]
    for name in ("AuthTokenEnabled", "TransitEncryptionEnabled", "AtRestEncryptionEnabled", "TransitEncryptionMode"):
        shown[name] = record["encryption"].get(name)
    shown["SnapshotRetentionLimit"] = (
        values["SnapshotRetentionLimit"] if values["SnapshottingClusterId"] in (None, member["id"]) else 0
    )
    if config["topic"]:
        shown["NotificationConfiguration"] = {"TopicArn": config["topic"], "TopicStatus": config["topic_status"]}
    if call.params.get("ShowCacheNodeInfo") and status != "creating":
        shown["CacheNodes"] = [
            {
                "CacheNodeId": "0001",
                "CacheNodeStatus": status,
                "CacheNodeCreateTime": member["created"],
                "Endpoint": _endpoint(record, _node_host(call, record, member)),
                "ParameterGroupStatus": "in-sync",
                "CustomerAvailabilityZone": member["az"],
            }
        ]
    return shown


@operation("elasticache", "DescribeCacheClusters")
def describe_clusters(call: Call) -> Any:
    """List the member clusters of replication groups."""
    cluster_id = (call.params.get("CacheClusterId") or "").lower()
    if call.params.get("ShowCacheClustersNotInReplicationGroups"):
        return page(call, [], limits=(20, 100))
    shown = [
        _show_cluster(call, record, member)
        for record in _tables(call)["groups"].values()
        for member in record["members"]
        if cluster_id in ("", member["id"])
    ]
    if cluster_id and not shown:
        raise AwsError("CacheClusterNotFound", f"CacheCluster not found: {cluster_id}", 404)
    return page(call, shown, limits=(20, 100))


# Modifying


@operation("elasticache", "ModifyReplicationGroup")
def modify_group(call: Call) -> Any:
    """Change a replication group; a request that asks for what already is gets refused, as AWS does."""
    record, params = _available(call), call.params
    _check_common(call, params)
    before = {name: copy.deepcopy(record[name]) for name in _MODIFIED}
    try:
        _modify_engine(call, record)
        _modify_encryption(call, record)
        _modify_network(call, record)
        _modify_failover(record, params)
        _modify_snapshots(record, params)
        _modify_rest(call, record)
    except AwsError:
        record.update(before)
        raise
    if {name: record[name] for name in _MODIFIED} == before and not params.get("AuthToken"):
        raise _conflict("No modifications were requested")
    if record["encryption"]["AuthTokenEnabled"]:
        record["auth_token"] = params.get("AuthToken") or record["auth_token"]
    else:
        record["auth_token"] = None
    record["phase"].begin("modifying")
    return {"ReplicationGroup": _show_group(call, record, record["phase"].started)}


def _modify_engine(call: Call, record: dict[str, Any]) -> None:
    params, config, values = call.params, record["config"], record["values"]
    engine = params.get("Engine", values["Engine"])
    if engine != values["Engine"] and (values["Engine"] != "redis" or not params.get("EngineVersion")):
        raise _conflict("The engine can only change from redis to valkey, together with EngineVersion.")
    if values["Engine"] == "valkey" and params.get("EngineVersion") and not params.get("Engine"):
        raise _bad(f"The parameter EngineVersion {params['EngineVersion']} is not a valid version of redis")
    name, target = params.get("CacheParameterGroupName"), dict(config)
    if params.get("EngineVersion"):
        version, family = parameters.resolve_version(engine, params["EngineVersion"])
        if engine == values["Engine"] and parameters.version_key(version) < parameters.version_key(
            config["engine_version"]
        ):
            raise _conflict(f"Cannot downgrade from {config['engine_version']} to {version}.")
        if config["parameter_group"].startswith("default.") and not name:
            name = f"default.{family}" + (".cluster.on" if values["ClusterEnabled"] else "")
        target["engine_version"] = version
    _, family = parameters.resolve_version(engine, target["engine_version"])
    if name:
        target["parameter_group"] = name.lower()
    parameters.check_family(call, target["parameter_group"], family)
    if params.get("ApplyImmediately") or target["engine_version"] == config["engine_version"]:
        config.update(target, pending={})
        values["Engine"] = engine
        encryption = record["encryption"]
        if encryption["TransitEncryptionEnabled"] and parameters.version_key(target["engine_version"]) >= (7, 0, 5):
            encryption.setdefault("TransitEncryptionMode", "required")
    else:
        config["pending"] = config["pending"] | {"EngineVersion": target["engine_version"]}


def _modify_encryption(call: Call, record: dict[str, Any]) -> None:
    params, encryption, values = call.params, record["encryption"], record["values"]
    _modify_transit(params, record)
    _check_auth(call, params, encryption["TransitEncryptionEnabled"])
    strategy = params.get("AuthTokenUpdateStrategy")
    if params.get("AuthToken"):
        if strategy == "SET" and not encryption["AuthTokenEnabled"]:
            raise _bad("AuthTokenUpdateStrategy SET needs an AUTH token that was added with ROTATE first.")
        encryption["AuthTokenEnabled"] = True
    elif strategy == "DELETE":
        if not params.get("UserGroupIdsToAdd"):
            raise _conflict("AuthTokenUpdateStrategy DELETE is only allowed when moving to RBAC.")
        encryption["AuthTokenEnabled"] = False
    elif strategy:
        raise _conflict("AuthTokenUpdateStrategy needs AuthToken.")
    groups = set(values["UserGroupIds"]) | set(params.get("UserGroupIdsToAdd", []))
    groups -= set(params.get("UserGroupIdsToRemove", []))
    values["UserGroupIds"] = [] if params.get("RemoveUserGroups") else sorted(groups)
    if len(values["UserGroupIds"]) > 1:
        raise _bad("Only one user group can be associated with a replication group.")


def _modify_transit(params: dict[str, Any], record: dict[str, Any]) -> None:
    encryption = record["encryption"]
    enabled, mode = params.get("TransitEncryptionEnabled"), params.get("TransitEncryptionMode")
    if enabled is None and mode is None:
        return
    on = encryption["TransitEncryptionEnabled"]
    if parameters.version_key(record["config"]["engine_version"]) < _TRANSIT_MODES_SINCE:
        raise _conflict("Encryption in transit can only be modified from version 7.0.5 on.")
    if enabled and not on and mode != "preferred":
        raise _conflict("Encryption in transit must be enabled with TransitEncryptionMode preferred first.")
    if enabled is False and on and encryption.get("TransitEncryptionMode") == "required":
        raise _conflict("TransitEncryptionMode must be preferred before encryption in transit is disabled.")
    if mode and not (on or enabled):
        raise _conflict("TransitEncryptionMode needs TransitEncryptionEnabled.")
    if not params.get("ApplyImmediately"):
        raise _conflict("Encryption in transit can only be modified with ApplyImmediately.")
    encryption["TransitEncryptionEnabled"] = on if enabled is None else enabled
    if encryption["TransitEncryptionEnabled"]:
        encryption["TransitEncryptionMode"] = mode or encryption.get("TransitEncryptionMode")
    else:
        encryption.pop("TransitEncryptionMode", None)


def _modify_network(call: Call, record: dict[str, Any]) -> None:
    params, config = call.params, record["config"]
    if params.get("SecurityGroupIds"):
        name = config["subnet_group"]
        check_security_groups(
            call, params["SecurityGroupIds"], _subnet_group(call, name)["subnets"][0][2] if name else None
        )
        config["security_groups"] = list(params["SecurityGroupIds"])
    config["topic"] = params.get("NotificationTopicArn", config["topic"])
    config["topic_status"] = params.get("NotificationTopicStatus", config["topic_status"])


def _modify_failover(record: dict[str, Any], params: dict[str, Any]) -> None:
    values = record["values"]
    failover = params.get("AutomaticFailoverEnabled", values["AutomaticFailover"] == "enabled")
    multi_az = params.get("MultiAZEnabled", values["MultiAZ"] == "enabled")
    replicas = len(record["members"]) // record["shards"] - 1
    _check_failover(failover, multi_az, replicas, values["ClusterEnabled"])
    values["AutomaticFailover"] = "enabled" if failover else "disabled"
    values["MultiAZ"] = "enabled" if multi_az else "disabled"
    primary = params.get("PrimaryClusterId")
    if primary:
        if failover:
            raise _conflict("The primary can only be chosen while automatic failover is disabled.")
        _promote(record, primary.lower())


def _promote(record: dict[str, Any], cluster_id: str) -> None:
    if cluster_id not in {item["id"] for item in record["members"]}:
        raise AwsError("CacheClusterNotFound", f"CacheCluster not found: {cluster_id}", 404)
    for item in record["members"]:
        item["primary"] = item["id"] == cluster_id


def _modify_snapshots(record: dict[str, Any], params: dict[str, Any]) -> None:
    values, config = record["values"], record["config"]
    window = params.get("SnapshotWindow", values["SnapshotWindow"])
    maintenance = params.get("PreferredMaintenanceWindow", config["maintenance_window"]).lower()
    check_windows(window, maintenance, _LEAST_WINDOW, "snapshot window")
    chosen = params.get("SnapshottingClusterId", values["SnapshottingClusterId"])
    retention = params.get("SnapshotRetentionLimit", values["SnapshotRetentionLimit"])
    if chosen and chosen not in {item["id"] for item in record["members"]}:
        raise _bad(f"SnapshottingClusterId {chosen} is not a member of {record['id']}.")
    if retention and not chosen and not values["ClusterEnabled"]:
        raise _conflict("SnapshottingClusterId is required to turn on automatic backups.")
    values |= {"SnapshotWindow": window, "SnapshotRetentionLimit": retention, "SnapshottingClusterId": chosen}
    config["maintenance_window"] = maintenance


def _modify_rest(call: Call, record: dict[str, Any]) -> None:
    params, values = call.params, record["values"]
    values["Description"] = params.get("ReplicationGroupDescription", values["Description"])
    values["AutoMinorVersionUpgrade"] = params.get("AutoMinorVersionUpgrade", values["AutoMinorVersionUpgrade"])
    values["IpDiscovery"] = params.get("IpDiscovery", values["IpDiscovery"])
    values["LogDeliveryConfigurations"] = _log_deliveries(
        call, params.get("LogDeliveryConfigurations"), values["LogDeliveryConfigurations"]
    )
    node_type = params.get("CacheNodeType", values["CacheNodeType"])
    if node_type != values["CacheNodeType"] and not params.get("ApplyImmediately"):
        record["config"]["pending"] = record["config"]["pending"] | {"CacheNodeType": node_type}
    else:
        values["CacheNodeType"] = node_type


def _new_replica_count(call: Call, record: dict[str, Any]) -> tuple[int, int]:
    """Return (present, wanted) replicas per node group."""
    if not call.params["ApplyImmediately"]:
        raise _bad("ApplyImmediately = False is not currently supported.")
    wanted = call.params.get("NewReplicaCount")
    if wanted is None:
        counts = {item["NewReplicaCount"] for item in call.params.get("ReplicaConfiguration") or []}
        if len(counts) != 1:
            raise _bad("NewReplicaCount is required.")
        wanted = counts.pop()
    return len(record["members"]) // record["shards"] - 1, wanted


@operation("elasticache", "IncreaseReplicaCount")
def increase_replicas(call: Call) -> Any:
    """Add replicas."""
    record = _available(call)
    present, wanted = _new_replica_count(call, record)
    if wanted == present:
        raise AwsError("NoOperationFault", "The operation was not performed because no changes were required.", 400)
    if not present < wanted <= _MAX_REPLICAS:
        raise _bad(f"NewReplicaCount {wanted} must be more than {present} and at most {_MAX_REPLICAS}.")
    _add_members(record, _shards(record), wanted + 1)
    record["phase"].begin("modifying")
    return {"ReplicationGroup": _show_group(call, record, record["phase"].started)}


@operation("elasticache", "DecreaseReplicaCount")
def decrease_replicas(call: Call) -> Any:
    """Remove replicas; with Multi-AZ or automatic failover one has to stay."""
    record, values = _available(call), {}
    if call.params.get("ReplicasToRemove"):
        call.params.setdefault("NewReplicaCount", len(record["members"]) - 1 - len(call.params["ReplicasToRemove"]))
    present, wanted = _new_replica_count(call, record)
    values = record["values"]
    if wanted == present:
        raise AwsError("NoOperationFault", "The operation was not performed because no changes were required.", 400)
    if not 0 <= wanted < present:
        raise _bad(f"NewReplicaCount {wanted} must be less than {present}.")
    if wanted == 0 and not values["ClusterEnabled"] and "enabled" in (values["MultiAZ"], values["AutomaticFailover"]):
        raise _bad("Must have at least one replica while Multi-AZ or automatic failover is enabled.")
    chosen = set(call.params.get("ReplicasToRemove") or [])
    kept = []
    for shard in _shards(record):
        members = [item for item in record["members"] if item["shard"] == shard and item["id"] not in chosen]
        members.sort(key=lambda item: (not item["primary"], item["number"]))
        kept += members[: wanted + 1]
    record["members"] = sorted(kept, key=lambda item: item["id"])
    if values["SnapshottingClusterId"] not in {item["id"] for item in kept} and values["SnapshottingClusterId"]:
        values["SnapshottingClusterId"] = record["members"][-1]["id"]
    record["phase"].begin("modifying")
    return {"ReplicationGroup": _show_group(call, record, record["phase"].started)}


def _shards_after_removal(params: dict[str, Any], present: list[int]) -> list[int]:
    """Return the node groups that stay: those to retain, or all but those to remove."""
    gone, kept = params.get("NodeGroupsToRemove"), params.get("NodeGroupsToRetain")
    if not gone and not kept:
        raise _conflict("NodeGroupsToRemove or NodeGroupsToRetain is required to remove node groups.")
    unknown = {int(item) for item in [*(gone or []), *(kept or [])]} - set(present)
    if unknown:
        raise AwsError("NodeGroupNotFoundFault", f"Node group {min(unknown):04d} not found.", 404)
    stay = [item for item in present if (f"{item:04d}" in kept if kept else f"{item:04d}" not in (gone or []))]
    if len(stay) != params["NodeGroupCount"]:
        raise _bad("NodeGroupCount does not fit the node groups to remove or to retain.")
    return stay


@operation("elasticache", "ModifyReplicationGroupShardConfiguration")
def modify_shards(call: Call) -> Any:
    """Add node groups, or empty some into the others and remove them."""
    record, params = _available(call), call.params
    present, wanted = _shards(record), params["NodeGroupCount"]
    if not record["values"]["ClusterEnabled"]:
        raise _conflict("The shard configuration can only be modified with cluster mode enabled.")
    if not params["ApplyImmediately"]:
        raise _bad("ApplyImmediately = False is not currently supported.")
    if wanted < 1 or wanted == len(present):
        raise _bad(f"NodeGroupCount {wanted} must differ from {len(present)} and be at least 1.")
    per_shard = len(record["members"]) // len(present)
    if wanted > len(present):
        added = range(present[-1] + 1, present[-1] + 1 + wanted - len(present))
        _add_members(record, added, per_shard)
    else:
        stay = _shards_after_removal(params, present)
        record["members"] = [item for item in record["members"] if item["shard"] in stay]
    record["shards"] = wanted
    record["phase"].begin("modifying")
    return {"ReplicationGroup": _show_group(call, record, record["phase"].started)}


@operation("elasticache", "TestFailover")
def test_failover(call: Call) -> Any:
    """Make a replica the primary."""
    record = _available(call)
    replica = next((item for item in record["members"] if not item["primary"]), None)
    if record["values"]["AutomaticFailover"] != "enabled" or replica is None:
        raise _conflict("Failover needs automatic failover and a replica.")
    _promote(record, replica["id"])
    record["phase"].begin("modifying")
    return {"ReplicationGroup": _show_group(call, record, record["phase"].started)}


@operation("elasticache", "DeleteReplicationGroup")
def delete_group(call: Call) -> Any:
    """Delete a replication group, after a last snapshot if one is named; what was never made has none."""
    record, name = group_record(call, call.params["ReplicationGroupId"]), call.params.get("FinalSnapshotIdentifier")
    if name or record["phase"].status != "create-failed":
        _available(call)
    if name:
        _snapshot(call, record, name, "manual")
    record["phase"].begin("deleting", GONE)
    return {"ReplicationGroup": _show_group(call, record, record["phase"].started)}


@operation("elasticache", "ListAllowedNodeTypeModifications")
def node_type_modifications(call: Call) -> Any:
    """Tell the node types a group can change to."""
    record = group_record(call, call.params["ReplicationGroupId"])
    types = [
        f"cache.{family}.{size}" for family in ("m7g", "r7g") for size in ("large", "xlarge", "2xlarge", "4xlarge")
    ]
    types = [item for item in types if item != record["values"]["CacheNodeType"]]
    return {"ScaleUpModifications": types, "ScaleDownModifications": ["cache.t4g.medium", "cache.t4g.small"]}


# Snapshots


def _snapshot(call: Call, record: dict[str, Any], name: str, source: str) -> dict[str, Any]:
    table = _tables(call)["snapshots"]
    if name in table:
        raise AwsError("SnapshotAlreadyExistsFault", f"Snapshot with specified name already exists: {name}", 400)
    values, config = record["values"], record["config"]
    table[name] = {
        "SnapshotName": name,
        "ReplicationGroupId": record["id"],
        "SnapshotStatus": "available",
        "ReplicationGroupDescription": values["Description"],
        "SnapshotSource": source,
        "Engine": values["Engine"],
        "CacheNodeType": values["CacheNodeType"],
        "EngineVersion": config["engine_version"],
        "Port": config["port"],
        "CacheParameterGroupName": config["parameter_group"],
        "CacheSubnetGroupName": config["subnet_group"],
        "SnapshotRetentionLimit": values["SnapshotRetentionLimit"],
        "SnapshotWindow": values["SnapshotWindow"],
        "AutomaticFailover": values["AutomaticFailover"],
        "NumNodeGroups": record["shards"],
        "KmsKeyId": record["encryption"].get("KmsKeyId"),
        "ARN": call.arn(f"snapshot:{name}"),
        "tags": {},
        "PreferredMaintenanceWindow": config["maintenance_window"],
        "NodeSnapshots": [{"NodeGroupId": "0001", "CacheSize": "5 MB", "SnapshotCreateTime": now()}],
    }
    shown: dict[str, Any] = table[name]
    return shown


@operation("elasticache", "CreateSnapshot")
def create_snapshot(call: Call) -> Any:
    """Back up a replication group."""
    cluster = call.params.get("CacheClusterId")
    groups = _tables(call)["groups"].values()
    owner = next((item["id"] for item in groups if cluster in {m["id"] for m in item["members"]}), cluster)
    call.params["ReplicationGroupId"] = call.params.get("ReplicationGroupId") or owner or ""
    snapshot = _snapshot(call, _available(call), call.params["SnapshotName"], "manual")
    snapshot["tags"] = tags_from(call.params.get("Tags"))
    return {"Snapshot": snapshot | {"SnapshotStatus": "creating"}}


@operation("elasticache", "DescribeSnapshots")
def describe_snapshots(call: Call) -> Any:
    """List snapshots."""
    name, group_id = call.params.get("SnapshotName"), call.params.get("ReplicationGroupId")
    table = _tables(call)["snapshots"]
    if name and name not in table:
        raise AwsError("SnapshotNotFoundFault", f"Snapshot {name} not found.", 404)
    shown = [
        item
        for item in table.values()
        if name in (None, item["SnapshotName"]) and group_id in (None, item["ReplicationGroupId"])
    ]
    return page(call, shown, 50, limits=(20, 50))


@operation("elasticache", "DeleteSnapshot")
def delete_snapshot(call: Call) -> Any:
    """Delete a snapshot."""
    snapshot = _tables(call)["snapshots"].pop(call.params["SnapshotName"], None)
    if snapshot is None:
        raise AwsError("SnapshotNotFoundFault", f"Snapshot {call.params['SnapshotName']} not found.", 404)
    return {"Snapshot": snapshot | {"SnapshotStatus": "deleting"}}


# Tags

_TAGGED = {
    "replicationgroup": ("groups", "ReplicationGroupNotFoundFault"),
    "subnetgroup": ("subnet_groups", "CacheSubnetGroupNotFoundFault"),
    "parametergroup": ("parameter_groups", "CacheParameterGroupNotFound"),
    "snapshot": ("snapshots", "SnapshotNotFoundFault"),
    "user": ("users", "UserNotFound"),
    "usergroup": ("user_groups", "UserGroupNotFound"),
}


def _tagged(call: Call, write: bool) -> dict[str, str]:
    arn = call.params["ResourceName"]
    kind, _, name = arn.split(":", 5)[-1].partition(":")
    if kind == "cluster":
        groups = _tables(call)["groups"].values()
        owner = next((item for item in groups if name in {member["id"] for member in item["members"]}), None)
        if owner is None:
            raise AwsError("CacheClusterNotFound", f"{name} is not present", 404)
        return dict(owner["tags"])
    if kind not in _TAGGED:
        raise AwsError("InvalidARN", f"{arn} is not a valid ARN", 400)
    table, code = _TAGGED[kind]
    record = _tables(call)[table].get(name)
    if record is None:
        raise AwsError(code, f"{name} is not present", 404)
    if write and kind == "replicationgroup" and record["phase"].status != "available":
        raise AwsError("InvalidReplicationGroupState", f"Replication group {name} is not in available state.", 400)
    tags: dict[str, str] = record["tags"]
    return tags


@operation("elasticache", "ListTagsForResource")
def list_tags(call: Call) -> Any:
    """List tags."""
    return {"TagList": tags_to(_tagged(call, write=False))}


@operation("elasticache", "AddTagsToResource")
def add_tags(call: Call) -> Any:
    """Add or change tags."""
    tags = _tagged(call, write=True)
    wanted = tags | tags_from(call.params["Tags"])
    if len(wanted) > 50:
        raise AwsError("TagQuotaPerResourceExceeded", "The maximum number of tags is 50.", 400)
    tags.update(wanted)
    return {"TagList": tags_to(tags)}


@operation("elasticache", "RemoveTagsFromResource")
def remove_tags(call: Call) -> Any:
    """Remove tags."""
    tags = _tagged(call, write=True)
    for key in call.params["TagKeys"]:
        if key not in tags:
            raise AwsError("TagNotFound", f"Tag {key} not found.", 404)
        del tags[key]
    return {"TagList": tags_to(tags)}
