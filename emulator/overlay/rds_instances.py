# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""RDS: the instances of Aurora clusters."""

from __future__ import annotations

import random
import string
from typing import Any

from ..call import AwsError, Call, page
from ..provisioning import Phase
from ..registry import operation
from . import rds, rds_groups
from . import rds_catalog as catalog
from .common import GONE, host, now, sweep, tags_from, tags_to, weekly_window
from .rds_groups import table

_CERTIFICATES = ("rds-ca-rsa2048-g1", "rds-ca-rsa4096-g1", "rds-ca-ecc384-g1")


def _instances(call: Call) -> dict[str, Any]:
    records = table(call, "instances")
    sweep(records)
    return records


def _instance(call: Call, usable: bool = False) -> dict[str, Any]:
    name = call.params["DBInstanceIdentifier"]
    record: dict[str, Any] | None = _instances(call).get(name.lower().split(":")[-1])
    if record is None:
        raise AwsError("DBInstanceNotFound", f"DBInstance {name} not found.", 404)
    if usable and record["phase"].status != "available":
        raise AwsError(
            "InvalidDBInstanceState", f"Instance {name} is not in available state: {record['phase'].status}.", 400
        )
    return record


def _check_request(call: Call, cluster: dict[str, Any]) -> None:
    params, version = call.params, cluster["values"]["EngineVersion"]
    catalog.check_class(params["DBInstanceClass"], version)
    if params["DBInstanceClass"] == "db.serverless" and not cluster["values"]["ServerlessV2ScalingConfiguration"]:
        raise rds.conflict(
            "Set the Serverless v2 scaling configuration on the parent DB cluster before creating a "
            "Serverless v2 DB instance."
        )
    for name in (
        "MasterUsername",
        "MasterUserPassword",
        "ManageMasterUserPassword",
        "AllocatedStorage",
        "KmsKeyId",
        "StorageEncrypted",
        "VpcSecurityGroupIds",
        "BackupRetentionPeriod",
    ):
        if params.get(name) is not None:
            raise rds.conflict(
                f"The requested DB Instance will be a member of a DB Cluster. Set {name} for the DB Cluster."
            )
    tier = params.get("PromotionTier", 1)
    if not 0 <= tier <= 15:
        raise rds.bad(f"Invalid promotion tier: {tier}. Must be between 0 and 15.")
    if params.get("PreferredMaintenanceWindow"):
        weekly_window(params["PreferredMaintenanceWindow"], "maintenance window", 30)
    _check_certificate(params)


def _check_certificate(params: dict[str, Any]) -> None:
    name = params.get("CACertificateIdentifier")
    if name and name not in _CERTIFICATES:
        raise AwsError("CertificateNotFound", f"Certificate not found: {name}", 404)


def _zone(call: Call, cluster: dict[str, Any]) -> str:
    group = rds_groups.subnet_group(call, cluster["values"]["DBSubnetGroup"])
    zones = sorted({item[1] for item in group["subnets"]})
    wanted = call.params.get("AvailabilityZone")
    if wanted and wanted not in zones:
        raise rds.bad(f"The Availability Zone {wanted} is not covered by the subnet group.")
    used = [item["values"]["AvailabilityZone"] for item in rds.members(call, cluster["id"])]
    return wanted or min(zones, key=lambda item: (used.count(item), item))


def _values(call: Call, name: str, cluster: dict[str, Any]) -> dict[str, Any]:
    params, base = call.params, cluster["values"]
    resource = "db-" + "".join(random.choice(string.ascii_uppercase + string.digits) for _ in range(26))
    domain = base["Endpoint"].split(".cluster-", 1)[1]
    values = {
        "DBInstanceIdentifier": name,
        "DBInstanceClass": params["DBInstanceClass"],
        "DBInstanceArn": call.arn(f"db:{name}"),
        "Endpoint": {"Address": f"{name}.{domain}", "Port": base["Port"], "HostedZoneId": base["HostedZoneId"]},
        "AllocatedStorage": 1,
        "InstanceCreateTime": now(),
        "AvailabilityZone": _zone(call, cluster),
        "MultiAZ": False,
        "PreferredMaintenanceWindow": params.get(
            "PreferredMaintenanceWindow", base["PreferredMaintenanceWindow"]
        ).lower(),
        "EngineVersion": base["EngineVersion"],
        "AutoMinorVersionUpgrade": params.get("AutoMinorVersionUpgrade", True),
        "PubliclyAccessible": params.get("PubliclyAccessible", False),
        "DbiResourceId": resource,
        "DbInstancePort": 0,
        "CACertificateIdentifier": params.get("CACertificateIdentifier", _CERTIFICATES[0]),
        "DomainMemberships": [],
        "LicenseModel": "postgresql-license",
        "DBClusterIdentifier": cluster["id"],
        "DeletionProtection": False,
        "DatabaseInsightsMode": base["DatabaseInsightsMode"],
        "AssociatedRoles": [],
        "DBSecurityGroups": [],
        "OptionGroupMemberships": [{"OptionGroupName": "default:aurora-postgresql-14", "Status": "in-sync"}],
        "MonitoringInterval": base["MonitoringInterval"],
        "MonitoringRoleArn": base["MonitoringRoleArn"],
    }
    for key in ("PerformanceInsightsEnabled", "PerformanceInsightsKMSKeyId", "PerformanceInsightsRetentionPeriod"):
        values[key] = base[key]
    rds.insights(call, params, values)
    rds.monitoring(call, params, values)
    return values


@operation("rds", "CreateDBInstance")
def create(call: Call) -> Any:
    """Add an instance to a cluster; the first one is the writer."""
    params = call.params
    catalog.check_engine(params["Engine"])
    if not params.get("DBClusterIdentifier"):
        raise rds.conflict(f"The engine {catalog.ENGINE} needs DBClusterIdentifier.")
    name = rds.check_id(params["DBInstanceIdentifier"], "DBInstanceIdentifier")
    if name in _instances(call):
        raise AwsError("DBInstanceAlreadyExists", "DB instance already exists", 400)
    cluster = rds.cluster(call, params["DBClusterIdentifier"], usable=True)
    _check_request(call, cluster)
    version = cluster["values"]["EngineVersion"]
    group = params.get("DBParameterGroupName") or f"default.{catalog.family(version)}"
    group = rds_groups.check_family(call, "instance", group, version)
    phase = Phase("rds", "available")
    phase.begin("creating")
    record = {
        "id": name,
        "cluster": cluster["id"],
        "phase": phase,
        "values": _values(call, name, cluster),
        "pending": {},
        "tags": tags_from(params.get("Tags")),
        "writer": not rds.members(call, cluster["id"]),
        "group_status": "in-sync",
        "tier": params.get("PromotionTier", 1),
        "parameter_group": group,
    }
    _instances(call)[name] = record
    return {"DBInstance": _show(call, record, phase.started)}


def _show(call: Call, record: dict[str, Any], status: str | None = None) -> dict[str, Any]:
    cluster = rds.cluster(call, record["cluster"])
    base, endpoint = cluster["values"], record["values"]["Endpoint"]
    shown = {
        **record["values"],
        "Endpoint": endpoint | {"Address": host(cluster, endpoint["Address"])},
        "DBInstanceStatus": status or record["phase"].status,
        "PromotionTier": record["tier"],
        "PendingModifiedValues": record["pending"],
        "TagList": tags_to(record["tags"]),
        "StorageType": "aurora",
        "DBParameterGroups": [{"DBParameterGroupName": record["parameter_group"], "ParameterApplyStatus": "in-sync"}],
        "DBSubnetGroup": rds_groups.show_subnet_group(call, rds_groups.subnet_group(call, base["DBSubnetGroup"])),
        "DBName": base["DatabaseName"],
    }
    for name in (
        "Engine",
        "MasterUsername",
        "PreferredBackupWindow",
        "BackupRetentionPeriod",
        "VpcSecurityGroups",
        "StorageEncrypted",
        "KmsKeyId",
        "CopyTagsToSnapshot",
        "IAMDatabaseAuthenticationEnabled",
        "NetworkType",
        "EnabledCloudwatchLogsExports",
        "EngineLifecycleSupport",
    ):
        shown[name] = base[name]
    if (status or record["phase"].status) == "creating":
        shown.pop("Endpoint")
    if record["values"]["MonitoringInterval"]:
        shown["EnhancedMonitoringResourceArn"] = call.arn(
            f"log-group:RDSOSMetrics:log-stream:{record['values']['DbiResourceId']}", "logs"
        )
    shown["CertificateDetails"] = {"CAIdentifier": record["values"]["CACertificateIdentifier"]}
    return shown


@operation("rds", "DescribeDBInstances")
def describe(call: Call) -> Any:
    """List instances."""
    records = [_instance(call)] if call.params.get("DBInstanceIdentifier") else list(_instances(call).values())
    names = {
        "db-cluster-id": "DBClusterIdentifier",
        "db-instance-id": "DBInstanceIdentifier",
        "engine": "Engine",
        "dbi-resource-id": "DbiResourceId",
    }
    shown = rds.apply_filters([_show(call, item) for item in records], call.params.get("Filters") or [], names)
    return page(call, shown, limits=(20, 100))


@operation("rds", "ModifyDBInstance")
def modify(call: Call) -> Any:
    """Change an instance; what belongs to the cluster is ignored or refused as AWS does."""
    record, params = _instance(call, usable=True), call.params
    values, pending = dict(record["values"]), dict(record["pending"])
    if params.get("DatabaseInsightsMode") and params["DatabaseInsightsMode"] != values["DatabaseInsightsMode"]:
        raise rds.conflict("Database Insights mode of an Aurora instance follows its cluster.")
    if params.get("PreferredMaintenanceWindow"):
        weekly_window(params["PreferredMaintenanceWindow"], "maintenance window", 30)
        values["PreferredMaintenanceWindow"] = params["PreferredMaintenanceWindow"].lower()
    _check_certificate(params)
    rds.insights(call, params, values)
    rds.monitoring(call, params, values)
    for name in ("AutoMinorVersionUpgrade", "PubliclyAccessible", "CACertificateIdentifier"):
        values[name] = params.get(name, values[name])
    _modify_class(params, values, pending)
    if params.get("DBParameterGroupName"):
        record["parameter_group"] = rds_groups.check_family(
            call, "instance", params["DBParameterGroupName"], values["EngineVersion"]
        )
    tier = params.get("PromotionTier", record["tier"])
    if not 0 <= tier <= 15:
        raise rds.bad(f"Invalid promotion tier: {tier}. Must be between 0 and 15.")
    changed = values != record["values"]
    record.update(values=values, pending=pending, tier=tier)
    if changed:
        record["phase"].begin("modifying")
    return {"DBInstance": _show(call, record, "modifying" if changed else None)}


def _modify_class(params: dict[str, Any], values: dict[str, Any], pending: dict[str, Any]) -> None:
    wanted = params.get("DBInstanceClass")
    if not wanted:
        return
    catalog.check_class(wanted, values["EngineVersion"])
    pending.pop("DBInstanceClass", None)
    if params.get("ApplyImmediately"):
        values["DBInstanceClass"] = wanted
    elif wanted != values["DBInstanceClass"]:
        pending["DBInstanceClass"] = wanted


@operation("rds", "RebootDBInstance")
def reboot(call: Call) -> Any:
    """Restart an instance, which applies static parameters."""
    record = _instance(call, usable=True)
    record["group_status"] = "in-sync"
    record["phase"].begin("rebooting")
    return {"DBInstance": _show(call, record, record["phase"].started)}


@operation("rds", "DeleteDBInstance")
def delete(call: Call) -> Any:
    """Remove an instance; a reader takes over from a writer. The cluster's protection does not stop it."""
    record, params = _instance(call), call.params
    if record["phase"].status == "deleting":
        raise AwsError("InvalidDBInstanceState", f"Instance {record['id']} is already being deleted.", 400)
    owner = rds.cluster(call, record["cluster"])
    if owner["phase"].status in ("stopped", "stopping"):
        raise AwsError("InvalidDBClusterStateFault", f"DB cluster {owner['id']} is {owner['phase'].status}.", 400)
    if params.get("FinalDBSnapshotIdentifier"):
        raise rds.conflict("FinalDBSnapshotIdentifier can not be specified when deleting a cluster instance.")
    rest = [item for item in rds.members(call, record["cluster"]) if item is not record]
    if not rest and not params.get("SkipFinalSnapshot"):
        raise rds.conflict("SkipFinalSnapshot is required to delete the last instance of a cluster.")
    shown = _show(call, record, "deleting")
    if record["writer"] and rest:
        record["writer"] = False
        min(rest, key=lambda item: (item["tier"], item["values"]["InstanceCreateTime"]))["writer"] = True
    record["phase"].begin("deleting", GONE)
    return {"DBInstance": shown}
