# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ElastiCache replication groups: what AWS reports of them, and the requests to change them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..core.kind import READY, Delta, Item, Live, Phase, broken, busy
from .database import version_key
from .redis_rules import knows_transit_modes

Description = Mapping[str, Any]

#: Option to the parameter of CreateReplicationGroup.
CREATE = {
    "description": "ReplicationGroupDescription",
    "engine": "Engine",
    "engine_version": "EngineVersion",
    "node_type": "CacheNodeType",
    "num_cache_clusters": "NumCacheClusters",
    "num_node_groups": "NumNodeGroups",
    "replicas_per_node_group": "ReplicasPerNodeGroup",
    "automatic_failover": "AutomaticFailoverEnabled",
    "multi_az": "MultiAZEnabled",
    "port": "Port",
    "subnet_group": "CacheSubnetGroupName",
    "security_group_ids": "SecurityGroupIds",
    "parameter_group": "CacheParameterGroupName",
    "at_rest_encryption": "AtRestEncryptionEnabled",
    "kms_key_arn": "KmsKeyId",
    "transit_encryption": "TransitEncryptionEnabled",
    "transit_encryption_mode": "TransitEncryptionMode",
    "user_group_ids": "UserGroupIds",
    "snapshot_window": "SnapshotWindow",
    "snapshot_retention_days": "SnapshotRetentionLimit",
    "maintenance_window": "PreferredMaintenanceWindow",
    "auto_minor_version_upgrade": "AutoMinorVersionUpgrade",
}

#: The first version of Valkey; those of Redis end before it.
VALKEY_SINCE = (7, 2)

#: Those that ModifyReplicationGroup takes in the same form.
MODIFY = {
    name: CREATE[name]
    for name in (
        "description", "node_type", "automatic_failover", "multi_az", "security_group_ids", "parameter_group",
        "snapshot_window", "snapshot_retention_days", "maintenance_window", "auto_minor_version_upgrade",
        "engine_version",
    )
}  # fmt: skip


# --- what is compared ---------------------------------------------------------------------------------------------


def group_values(group: Description, member: Description) -> dict[str, Any]:
    """Return fields and outputs of a group, with what is already requested for later merged in.

    Args:
        group: entry of DescribeReplicationGroups.
        member: one of its members from DescribeCacheClusters, empty where there is none yet.
    """
    pending, later = group.get("PendingModifiedValues") or {}, member.get("PendingModifiedValues") or {}
    failover = pending.get("AutomaticFailoverStatus") or group.get("AutomaticFailover")
    transit = pending.get("TransitEncryptionEnabled", group.get("TransitEncryptionEnabled"))
    mode = pending.get("TransitEncryptionMode") or group.get("TransitEncryptionMode")
    values = {
        "replication_group_id": group["ReplicationGroupId"],
        "description": group.get("Description"),
        "engine": _engine(group, member, later),
        "engine_version": later.get("EngineVersion") or member.get("EngineVersion"),
        "node_type": later.get("CacheNodeType") or group.get("CacheNodeType"),
        "automatic_failover": failover in ("enabled", "enabling"),
        "multi_az": group.get("MultiAZ") in ("enabled", "enabling"),
        "subnet_group": member.get("CacheSubnetGroupName"),
        "security_group_ids": sorted(entry["SecurityGroupId"] for entry in member.get("SecurityGroups") or ()) or None,
        "parameter_group": (member.get("CacheParameterGroup") or {}).get("CacheParameterGroupName"),
        "at_rest_encryption": bool(group.get("AtRestEncryptionEnabled")),
        "kms_key_arn": group.get("KmsKeyId"),
        "transit_encryption": bool(transit),
        # Versions that know no mode have what later ones call required.
        "transit_encryption_mode": mode or ("required" if transit else None),
        "user_group_ids": sorted(group.get("UserGroupIds") or ()),
        "log_delivery": _log_delivery(group),
        "snapshot_window": group.get("SnapshotWindow"),
        "snapshot_retention_days": group.get("SnapshotRetentionLimit"),
        "maintenance_window": member.get("PreferredMaintenanceWindow"),
        "auto_minor_version_upgrade": group.get("AutoMinorVersionUpgrade"),
        "arn": group["ARN"],
        "status": group.get("Status"),
        "member_clusters": sorted(group.get("MemberClusters") or ()),
    }
    return {**values, **_topology(group), **_endpoints(group, member)}


def _engine(group: Description, member: Description, later: Description) -> str | None:
    """Return the engine; only its version is told of one that is requested for later."""
    if version_key(later.get("EngineVersion", ""))[:2] >= VALKEY_SINCE:
        return "valkey"
    return group.get("Engine") or member.get("Engine")


def _topology(group: Description) -> dict[str, Any]:
    members, shards = len(group.get("MemberClusters") or ()), group.get("NodeGroups") or ()
    if not group.get("ClusterEnabled"):
        return {"num_cache_clusters": members, "num_node_groups": None, "replicas_per_node_group": None}
    fewest = min((len(shard.get("NodeGroupMembers") or ()) for shard in shards), default=1)
    return {"num_cache_clusters": None, "num_node_groups": len(shards), "replicas_per_node_group": fewest - 1}


def _endpoints(group: Description, member: Description) -> dict[str, Any]:
    first: Description = next(iter(group.get("NodeGroups") or ()), {})
    nodes: Description = next(iter(member.get("CacheNodes") or ()), {})
    primary, reader = first.get("PrimaryEndpoint") or {}, first.get("ReaderEndpoint") or {}
    configuration = group.get("ConfigurationEndpoint") or {}
    node = nodes.get("Endpoint") or {}
    return {
        "port": configuration.get("Port") or primary.get("Port") or node.get("Port"),
        "primary_endpoint_address": primary.get("Address"),
        "reader_endpoint_address": reader.get("Address"),
        "configuration_endpoint_address": configuration.get("Address"),
    }


def _log_delivery(group: Description) -> list[dict[str, Any]]:
    """Return the deliveries that work or soon will; one in error is to be set up again."""
    deliveries = []
    for entry in group.get("LogDeliveryConfigurations") or ():
        details = entry.get("DestinationDetails") or {}
        logs, firehose = details.get("CloudWatchLogsDetails") or {}, details.get("KinesisFirehoseDetails") or {}
        if entry.get("Status") not in ("disabling", "error"):
            deliveries.append(
                {
                    "log_type": entry["LogType"],
                    "destination_type": entry.get("DestinationType"),
                    "destination": logs.get("LogGroup") or firehose.get("DeliveryStream"),
                    "log_format": entry.get("LogFormat"),
                }
            )
    return deliveries


#: Statuses of a group or of its member that no waiting ends, and what does.
_BROKEN = {
    "create-failed": "AWS could not make it and can only delete it; take it down by name, and run again",
    "incompatible-network": "its subnets have no free addresses, or the network does not fit; mend that first",
    "restore-failed": "it could not be filled from its snapshot; take it down by name, and run again",
}


#: Under which a description of a group also holds the status of its member.
MEMBER_STATUS = "MemberStatus"


def lost(group: Description) -> str:
    """Return why no change of a group is possible, and what to do; empty where changes are possible."""
    for status in (group.get("Status"), group.get(MEMBER_STATUS)):
        if cause := _BROKEN.get(str(status)):
            return f"status {status}: {cause}"
    return ""


def phase(group: Description) -> Phase:
    """Return READY only where the group and its log deliveries are."""
    status = str(group.get("Status"))
    if cause := lost(group):
        return broken(cause)
    if status != "available":
        return busy(f"status {status}")
    deliveries = group.get("LogDeliveryConfigurations") or ()
    failed = [entry for entry in deliveries if entry.get("Status") == "error"]
    if failed:
        reasons = (f"{entry['LogType']}: {entry.get('Message')}" for entry in failed)
        return broken(f"log delivery failed: {'; '.join(reasons)}")
    moving = [entry for entry in deliveries if entry.get("Status") in ("enabling", "modifying", "disabling")]
    return busy("log delivery is being set up") if moving else READY


# --- requests -----------------------------------------------------------------------------------------------------


def creation(want: Item) -> dict[str, Any]:
    """Return what CreateReplicationGroup takes of the settings. Versions that know no transit mode refuse one."""
    request = named(want, CREATE)
    if not knows_transit_modes(want.get("engine"), want.get("engine_version")):
        request.pop("TransitEncryptionMode", None)
    return request


def named(want: Item, parameters: Mapping[str, str]) -> dict[str, Any]:
    """Return the wanted values under the names of a request."""
    return {parameter: want[name] for name, parameter in parameters.items() if want.get(name) not in (None, [])}


def delivery(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return a log delivery as a request has it."""
    destination = entry.get("destination_type") or "cloudwatch-logs"
    details = (
        {"CloudWatchLogsDetails": {"LogGroup": entry["destination"]}}
        if destination == "cloudwatch-logs"
        else {"KinesisFirehoseDetails": {"DeliveryStream": entry["destination"]}}
    )
    return {
        "LogType": entry["log_type"],
        "DestinationType": destination,
        "DestinationDetails": details,
        "LogFormat": entry.get("log_format") or "json",
        "Enabled": True,
    }


def delivery_changes(wanted: Sequence[Mapping[str, Any]], live: Live) -> list[dict[str, Any]]:
    """Return the deliveries to set up, and those to end."""
    types = {entry["log_type"] for entry in wanted}
    gone = sorted({entry["log_type"] for entry in live["log_delivery"]} - types)
    return [delivery(entry) for entry in wanted] + [{"LogType": name, "Enabled": False} for name in gone]


def transit_steps(want: Item, live: Live, delta: Delta) -> Iterator[dict[str, Any]]:
    """Yield the steps to or from encryption in transit. Mode ``preferred`` lies between none and ``required``."""
    if not delta.any("transit_encryption", "transit_encryption_mode"):
        return
    preferred = {"TransitEncryptionEnabled": True, "TransitEncryptionMode": "preferred"}
    on = want.get("transit_encryption", live["transit_encryption"])
    present = live["transit_encryption_mode"] if live["transit_encryption"] else None
    mode = want.get("transit_encryption_mode") or present or "preferred"
    if present is None or (present == "required" and (not on or mode == "preferred")):
        yield preferred
    if not on:
        yield {"TransitEncryptionEnabled": False}
    elif mode == "required" and present != "required":
        yield {"TransitEncryptionEnabled": True, "TransitEncryptionMode": "required"}
