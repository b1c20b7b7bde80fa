# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""RDS: Aurora PostgreSQL clusters, their managed master secret, snapshots, tags."""

from __future__ import annotations

import json
import re
import secrets as random_source
import string
import uuid
from datetime import timedelta
from typing import Any

from .. import state
from ..call import AwsError, Call, page
from ..provisioning import Phase
from ..registry import operation
from . import rds_catalog as catalog
from . import rds_groups as groups
from . import secretsmanager
from .common import (
    GONE,
    aws_managed_key,
    check_security_groups,
    check_windows,
    default_security_group,
    host,
    key_arn,
    now,
    role,
    sweep,
    tags_from,
    tags_to,
)
from .rds_groups import table

_ID = re.compile(r"[a-zA-Z](?:-?[a-zA-Z0-9])*")
_LEAST_WINDOW = 30
_RESERVED = ":?#[]%()<*!"
_INTERVALS = (0, 1, 5, 10, 15, 30, 60)
_NOT_AURORA = ("DBClusterInstanceClass", "AllocatedStorage", "Iops", "PubliclyAccessible")
_LIFECYCLE = ("open-source-rds-extended-support", "open-source-rds-extended-support-disabled")
_UNIQUE = "cfkx2ajq9ztw"


def bad(message: str) -> AwsError:
    """Return InvalidParameterValue."""
    return AwsError("InvalidParameterValue", message, 400)


def conflict(message: str) -> AwsError:
    """Return InvalidParameterCombination."""
    return AwsError("InvalidParameterCombination", message, 400)


def clusters(call: Call) -> dict[str, Any]:
    """Return the clusters, without those whose deletion has finished."""
    records = table(call, "clusters")
    sweep(records)
    return records


def cluster(call: Call, cluster_id: str | None = None, usable: bool = False) -> dict[str, Any]:
    """Return a cluster's record; `usable` refuses one that is busy.

    Raises:
        AwsError: DBClusterNotFoundFault, InvalidDBClusterStateFault.
    """
    name = cluster_id or call.params["DBClusterIdentifier"]
    record: dict[str, Any] | None = clusters(call).get(name.lower().split(":")[-1])
    if record is None:
        raise AwsError("DBClusterNotFoundFault", f"DBCluster {name} not found.", 404)
    if usable and record["phase"].status != "available":
        raise AwsError(
            "InvalidDBClusterStateFault", f"DB cluster {name} is not in available state: {record['phase'].status}.", 400
        )
    return record


def members(call: Call, cluster_id: str) -> list[dict[str, Any]]:
    """Return the instances of a cluster."""
    instances = table(call, "instances")
    sweep(instances)
    return [item for item in instances.values() if item["cluster"] == cluster_id]


def check_id(name: str, what: str) -> str:
    """Refuse an identifier that RDS would refuse; returns it in lower case.

    Raises:
        AwsError: InvalidParameterValue.
    """
    if len(name) > 63 or not _ID.fullmatch(name):
        raise bad(
            f"The parameter {what} is not a valid identifier. Identifiers must begin with a letter; must contain "
            "only ASCII letters, digits, and hyphens; must not end with a hyphen or contain two consecutive "
            "hyphens; and have at most 63 characters."
        )
    return name.lower()


# The master user and its secret


def _new_password() -> str:
    """Return a password as RDS makes them: printable, with characters that URLs reserve."""
    letters = string.ascii_letters + string.digits
    password = [random_source.choice(_RESERVED) for _ in range(6)]
    password += [random_source.choice(letters + _RESERVED + "$&+-.;=^_{|}~,") for _ in range(26)]
    random_source.SystemRandom().shuffle(password)
    return "".join(password)


def _secret_value(user: str) -> dict[str, str]:
    return {"SecretString": json.dumps({"username": user, "password": _new_password()}, separators=(",", ":"))}


def _manage_password(call: Call, record: dict[str, Any], kms: str | None) -> None:
    values = record["values"]
    secret_key = key_arn(call, kms, "KMSKeyNotAccessibleFault") if kms else aws_managed_key(call, "secretsmanager")
    secret = secretsmanager.new_record(
        call.account,
        call.region,
        f"rds!cluster-{uuid.uuid4()}",
        owner="rds",
        kms=secret_key,
        description=f"Secret associated with primary RDS DB cluster: {values['DBClusterArn']}",
        tags={"aws:secretsmanager:owningService": "rds", "aws:rds:primaryDBClusterArn": values["DBClusterArn"]},
        rotation={"enabled": True, "rules": {"AutomaticallyAfterDays": 7}},
    )
    secretsmanager.add_version(secret, _secret_value(values["MasterUsername"]), [secretsmanager.CURRENT])
    phase = Phase("rds", "active")
    phase.begin("creating")
    record["secret"] = {"arn": secret["arn"], "kms": secret_key, "phase": phase}


def _drop_secret(call: Call, record: dict[str, Any]) -> None:
    if record["secret"]:
        secret = secretsmanager.find(call.account, call.region, record["secret"]["arn"])
        if secret:
            del secretsmanager.table(call.account, call.region)[secret["name"]]
    record["secret"] = None


def rotate_secret(secret: dict[str, Any]) -> str:
    """Give a managed secret a new password; returns the version's id."""
    user = json.loads(next(iter(secret["versions"].values()))["value"]["SecretString"])["username"]
    secret["rotated"] = now()
    return secretsmanager.add_version(secret, _secret_value(user), [secretsmanager.CURRENT])


def rotate(account: str, cluster_id: str, region: str | None) -> str:
    """Rotate the master password of a cluster, as its schedule would.

    Args:
        account: the account.
        cluster_id: the cluster's identifier.
        region: its region; None searches all.

    Raises:
        AwsError: if there is no such cluster or its password is not managed.
    """
    for where, tables in state.stores("rds", account).items():
        record = tables["clusters"].get(cluster_id.lower())
        if record and record["secret"] and region in (None, where):
            secret = secretsmanager.find(account, where, record["secret"]["arn"])
            if secret:
                return rotate_secret(secret)
    raise AwsError("DBClusterNotFoundFault", f"no cluster {cluster_id} with a managed password", 404)


def _check_master(params: dict[str, Any]) -> None:
    user, password = params.get("MasterUsername"), params.get("MasterUserPassword")
    if not user or not re.fullmatch(r"[a-zA-Z][a-zA-Z0-9_]{0,15}", user):
        raise bad(
            "The parameter MasterUsername must be provided and must be 1 to 16 letters or numbers that begin "
            "with a letter."
        )
    if user.lower() in ("admin", "rdsadmin", "postgres_admin", "user"):
        raise bad(f"MasterUsername {user} cannot be used as it is a reserved word used by the engine")
    _check_password(password, params.get("ManageMasterUserPassword", False))
    if params.get("MasterUserSecretKmsKeyId") and not params.get("ManageMasterUserPassword"):
        raise conflict("MasterUserSecretKmsKeyId can only be specified with ManageMasterUserPassword.")
    if not password and not params.get("ManageMasterUserPassword"):
        raise bad("The parameter MasterUserPassword must be provided and must not be blank.")


def _check_password(password: str | None, managed: bool) -> None:
    if password is None:
        return
    if managed:
        raise conflict("You can't specify MasterUserPassword when ManageMasterUserPassword is enabled.")
    if not 8 <= len(password) <= 41 or not re.fullmatch(r"[!-~]+", password) or re.search(r'[/"@]', password):
        raise bad(
            "The parameter MasterUserPassword is not a valid password. Only printable ASCII characters besides "
            "'/', '@', '\"', ' ' may be used, 8 to 41 of them."
        )


# Checks that creating and modifying share


def _check_backup(params: dict[str, Any], values: dict[str, Any]) -> None:
    retention = params.get("BackupRetentionPeriod")
    if retention is not None and not 1 <= retention <= 35:
        raise bad(f"Invalid backup retention period: {retention}. Must be between 1 and 35.")
    backup = params.get("PreferredBackupWindow", values.get("PreferredBackupWindow"))
    maintenance = params.get("PreferredMaintenanceWindow", values.get("PreferredMaintenanceWindow"))
    check_windows(backup, maintenance, _LEAST_WINDOW, "backup window")


def _check_capacity(params: dict[str, Any]) -> None:
    wanted = params.get("ServerlessV2ScalingConfiguration")
    if wanted is None:
        return
    low, high = wanted.get("MinCapacity"), wanted.get("MaxCapacity")
    if low is None or high is None:
        raise bad("MinCapacity and MaxCapacity of ServerlessV2ScalingConfiguration must both be provided.")
    if not 0 <= low <= 256 or not 1 <= high <= 256 or low > high or low % 0.5 or high % 0.5:
        raise bad(
            "Serverless v2 capacity must be between 0 and 256 ACUs in steps of 0.5, the minimum not above the maximum."
        )
    pause = wanted.get("SecondsUntilAutoPause")
    if pause is not None and (low > 0 or not 300 <= pause <= 86400):
        raise bad("SecondsUntilAutoPause must be between 300 and 86400 and needs a MinCapacity of 0.")


def check_insights(params: dict[str, Any], present: dict[str, Any]) -> None:
    """Check Performance Insights and Database Insights together.

    Raises:
        AwsError: InvalidParameterValue or InvalidParameterCombination.
    """
    enabled = params.get("EnablePerformanceInsights", present.get("PerformanceInsightsEnabled", False))
    retention = params.get("PerformanceInsightsRetentionPeriod", present.get("PerformanceInsightsRetentionPeriod"))
    asked = params.get("PerformanceInsightsRetentionPeriod")
    if asked is not None and asked not in (7, 731) and (asked % 31 or not 31 <= asked <= 713):
        raise bad(f"Invalid Performance Insights retention period: {asked}. Valid: 7, month * 31, 731.")
    if not enabled and any(
        params.get(item) for item in ("PerformanceInsightsKMSKeyId", "PerformanceInsightsRetentionPeriod")
    ):
        raise conflict("Performance Insights settings need EnablePerformanceInsights.")
    mode = params.get("DatabaseInsightsMode", present.get("DatabaseInsightsMode"))
    if mode == "advanced" and (not enabled or (retention or 0) < 465):
        raise conflict(
            "The advanced mode of Database Insights needs Performance Insights with a retention of at least 465 days."
        )


def insights(call: Call, params: dict[str, Any], values: dict[str, Any]) -> None:
    """Apply the Performance Insights members of a request to `values`.

    Raises:
        AwsError: where the request cannot be met.
    """
    check_insights(params, values)
    key = params.get("PerformanceInsightsKMSKeyId")
    resolved = key_arn(call, key, "KMSKeyNotAccessibleFault") if key else None
    present = values.get("PerformanceInsightsKMSKeyId")
    if resolved and present and values.get("PerformanceInsightsEnabled") and resolved != present:
        raise conflict("You can't change the Performance Insights KMS key.")
    values["PerformanceInsightsEnabled"] = params.get(
        "EnablePerformanceInsights", values.get("PerformanceInsightsEnabled", False)
    )
    values["DatabaseInsightsMode"] = params.get("DatabaseInsightsMode", values.get("DatabaseInsightsMode", "standard"))
    if values["PerformanceInsightsEnabled"]:
        values["PerformanceInsightsKMSKeyId"] = resolved or present or aws_managed_key(call, "rds")
        values["PerformanceInsightsRetentionPeriod"] = params.get(
            "PerformanceInsightsRetentionPeriod", values.get("PerformanceInsightsRetentionPeriod") or 7
        )
    else:
        values["PerformanceInsightsKMSKeyId"] = values["PerformanceInsightsRetentionPeriod"] = None


def monitoring(call: Call, params: dict[str, Any], values: dict[str, Any]) -> None:
    """Apply the enhanced monitoring members of a request to `values`.

    Raises:
        AwsError: for a bad interval, or a role that is missing or does not trust RDS monitoring.
    """
    interval = params.get("MonitoringInterval", values.get("MonitoringInterval", 0))
    arn = params.get("MonitoringRoleArn", values.get("MonitoringRoleArn"))
    if interval not in _INTERVALS:
        raise bad(f"Invalid monitoring interval: {interval}. Valid: {_INTERVALS}")
    if interval and not arn:
        raise conflict("A MonitoringRoleARN value is required if you specify a MonitoringInterval value other than 0.")
    if not interval and params.get("MonitoringRoleArn"):
        raise conflict("MonitoringRoleArn needs a MonitoringInterval other than 0.")
    if interval:
        found = role(call, arn)
        if found is None or "monitoring.rds.amazonaws.com" not in str(found.assume_role_policy_document):
            raise bad(
                "IAM role ARN value is invalid or does not include the required permissions for: ENHANCED_MONITORING"
            )
    values["MonitoringInterval"] = interval
    values["MonitoringRoleArn"] = arn if interval else None


def _check_logs(wanted: list[str], version: str) -> None:
    for item in wanted:
        if item not in catalog.LOG_TYPES:
            raise conflict(
                f"You cannot use the log types '{item}' with engine version {catalog.ENGINE} {version}. For "
                "supported log types, see the documentation."
            )


def _check_storage_type(value: str | None) -> None:
    if value not in (None, "", "aurora", "aurora-iopt1"):
        raise conflict(f"Invalid storage type for DB engine {catalog.ENGINE}: {value}")


def _check_lifecycle(value: str | None) -> None:
    if value is not None and value not in _LIFECYCLE:
        raise bad(f"Invalid EngineLifecycleSupport: {value}")


# Creating


def _check_request(call: Call) -> None:
    params = call.params
    for name in _NOT_AURORA:
        if params.get(name) is not None:
            raise conflict(f"The parameter {name} is not supported for the engine {catalog.ENGINE}.")
    if params.get("EngineMode", "provisioned") != "provisioned":
        raise conflict(f"The engine mode {params['EngineMode']} you requested is currently unavailable.")
    port = params.get("Port")
    if port is not None and not 1150 <= port <= 65535:
        raise bad(f"Invalid port: {port}. Must be between 1150 and 65535.")
    name = params.get("DatabaseName")
    if name is not None and not re.fullmatch(r"[a-zA-Z][a-zA-Z0-9_]{0,62}", name):
        raise bad(
            f"The parameter DatabaseName {name} must begin with a letter and contain only alphanumeric characters."
        )
    _check_storage_type(params.get("StorageType"))
    _check_lifecycle(params.get("EngineLifecycleSupport"))
    _check_capacity(params)


def _network(call: Call) -> dict[str, Any]:
    params = call.params
    name = params.get("DBSubnetGroupName")
    if not name:
        raise AwsError("DBSubnetGroupNotFoundFault", "DBSubnetGroup default not found.", 404)
    group = groups.subnet_group(call, name)
    vpc_id = group["subnets"][0][2]
    check_security_groups(call, params.get("VpcSecurityGroupIds"), vpc_id)
    wanted = params.get("VpcSecurityGroupIds") or default_security_group(call, vpc_id)
    return {
        "DBSubnetGroup": group["name"],
        "VpcSecurityGroups": _show_groups(wanted),
        "AvailabilityZones": sorted({item[1] for item in group["subnets"]}),
    }


def _show_groups(ids: list[str]) -> list[dict[str, str]]:
    return [{"VpcSecurityGroupId": item, "Status": "active"} for item in ids]


def _encryption(call: Call) -> dict[str, Any]:
    encrypted, key = call.params.get("StorageEncrypted", False), call.params.get("KmsKeyId")
    if key and not encrypted and call.operation == "CreateDBCluster":
        raise conflict("KmsKeyId can only be specified with StorageEncrypted.")
    if not encrypted:
        return {"StorageEncrypted": False, "KmsKeyId": None}
    arn = key_arn(call, key, "KMSKeyNotAccessibleFault") if key else aws_managed_key(call, "rds")
    return {"StorageEncrypted": True, "KmsKeyId": arn}


def _values(call: Call, cluster_id: str, version: str) -> dict[str, Any]:
    params, host = call.params, f"{_UNIQUE}.{call.region}.rds.amazonaws.com"
    group = params.get("DBClusterParameterGroupName") or f"default.{catalog.family(version)}"
    resource = "cluster-" + "".join(random_source.choice(string.ascii_uppercase + string.digits) for _ in range(26))
    values = {
        "DBClusterIdentifier": cluster_id,
        "DBClusterArn": call.arn(f"cluster:{cluster_id}"),
        "AllocatedStorage": 1,
        "DbClusterResourceId": resource,
        "Engine": catalog.ENGINE,
        "EngineVersion": version,
        "EngineMode": "provisioned",
        "Endpoint": f"{cluster_id}.cluster-{host}",
        "ReaderEndpoint": f"{cluster_id}.cluster-ro-{host}",
        "HostedZoneId": "Z1RLNUO7B9Q6NB",
        "DatabaseName": params.get("DatabaseName"),
        "Port": params.get("Port") or 5432,
        "MasterUsername": params.get("MasterUsername"),
        "ClusterCreateTime": now(),
        "CustomEndpoints": [],
        "DBClusterParameterGroup": groups.check_family(call, "cluster", group, version),
        "AssociatedRoles": [],
        "BackupRetentionPeriod": params.get("BackupRetentionPeriod", 1),
        "CrossAccountClone": False,
        "PreferredBackupWindow": params.get("PreferredBackupWindow", "02:00-02:30"),
        "ReadReplicaIdentifiers": [],
        "PreferredMaintenanceWindow": params.get("PreferredMaintenanceWindow", "sun:04:00-sun:04:30").lower(),
        "IAMDatabaseAuthenticationEnabled": params.get("EnableIAMDatabaseAuthentication", False),
        "EnabledCloudwatchLogsExports": sorted(params.get("EnableCloudwatchLogsExports", [])),
        "DeletionProtection": params.get("DeletionProtection", False),
        "NetworkType": params.get("NetworkType", "IPV4"),
        "CopyTagsToSnapshot": params.get("CopyTagsToSnapshot", False),
        "AutoMinorVersionUpgrade": params.get("AutoMinorVersionUpgrade", True),
        "HttpEndpointEnabled": params.get("EnableHttpEndpoint", False),
        "DomainMemberships": [],
        "StorageType": params.get("StorageType") if params.get("StorageType") == "aurora-iopt1" else None,
        "EngineLifecycleSupport": params.get("EngineLifecycleSupport", _LIFECYCLE[0]),
        "ServerlessV2ScalingConfiguration": params.get("ServerlessV2ScalingConfiguration"),
        "ActivityStreamStatus": "stopped",
        "LocalWriteForwardingStatus": "disabled",
    }
    _check_backup({}, values)
    _check_backup(params, values)
    _check_logs(values["EnabledCloudwatchLogsExports"], version)
    return values | _network(call) | _encryption(call)


def _add_cluster(call: Call, version: str) -> dict[str, Any]:
    """Build and keep a cluster's record; everything that can fail has been checked before it is kept."""
    cluster_id = check_id(call.params["DBClusterIdentifier"], "DBClusterIdentifier")
    if cluster_id in clusters(call):
        raise AwsError("DBClusterAlreadyExistsFault", "DB Cluster already exists", 400)
    values = _values(call, cluster_id, version)
    insights(call, call.params, values)
    monitoring(call, call.params, values)
    phase = Phase("rds", "available")
    phase.begin("creating")
    record = {
        "id": cluster_id,
        "phase": phase,
        "values": values,
        "pending": {},
        "secret": None,
        "password": call.params.get("MasterUserPassword"),
        "tags": tags_from(call.params.get("Tags")),
    }
    if call.params.get("ManageMasterUserPassword"):
        _manage_password(call, record, call.params.get("MasterUserSecretKmsKeyId"))
    clusters(call)[cluster_id] = record
    return record


@operation("rds", "CreateDBCluster")
def create(call: Call) -> Any:
    """Create a cluster; it has no instances yet."""
    catalog.check_engine(call.params["Engine"])
    version = catalog.resolve(call.params.get("EngineVersion"))
    _check_request(call)
    _check_master(call.params)
    record = _add_cluster(call, version)
    return {"DBCluster": show(call, record, record["phase"].started)}


# Showing


def show(call: Call, record: dict[str, Any], status: str | None = None) -> dict[str, Any]:
    """Return a cluster as the API shows it."""
    own = members(call, record["id"])
    zones = {item["values"]["AvailabilityZone"] for item in own}
    shown = {
        **record["values"],
        "Endpoint": host(record, record["values"]["Endpoint"]),
        "ReaderEndpoint": host(record, record["values"]["ReaderEndpoint"]),
        "Status": status or record["phase"].status,
        "MultiAZ": len(zones) > 1,
        "TagList": tags_to(record["tags"]),
        "PendingModifiedValues": record["pending"] or None,
        "EarliestRestorableTime": record["values"]["ClusterCreateTime"],
        "LatestRestorableTime": now() - timedelta(minutes=1),
        "DBClusterMembers": [
            {
                "DBInstanceIdentifier": item["id"],
                "IsClusterWriter": item["writer"],
                "PromotionTier": item["tier"],
                "DBClusterParameterGroupStatus": item["group_status"],
            }
            for item in own
        ],
    }
    secret = record["secret"]
    if secret:
        secret_status = "creating" if status == "creating" else secret["phase"].status
        shown["MasterUserSecret"] = {
            "SecretArn": secret["arn"],
            "SecretStatus": secret_status,
            "KmsKeyId": secret["kms"],
        }
    return shown


def apply_filters(
    items: list[dict[str, Any]], filters: list[dict[str, Any]], names: dict[str, str]
) -> list[dict[str, Any]]:
    """Keep what matches the filters.

    Args:
        items: shown resources.
        filters: Name and Values.
        names: which member each filter name looks at.

    Raises:
        AwsError: InvalidParameterValue for an unknown filter.
    """
    for item in filters:
        if item["Name"] not in names:
            raise bad(f"Unrecognized filter name: {item['Name']}")
        wanted = {value.lower().split(":")[-1] for value in item["Values"]}
        items = [shown for shown in items if str(shown.get(names[item["Name"]], "")).lower() in wanted]
    return items


@operation("rds", "DescribeDBClusters")
def describe(call: Call) -> Any:
    """List clusters."""
    name = call.params.get("DBClusterIdentifier")
    records = [cluster(call, name)] if name else list(clusters(call).values())
    names = {
        "db-cluster-id": "DBClusterIdentifier",
        "engine": "Engine",
        "db-cluster-resource-id": "DbClusterResourceId",
    }
    shown = apply_filters([show(call, item) for item in records], call.params.get("Filters") or [], names)
    return page(call, shown, limits=(20, 100))


@operation("rds", "DescribeDBClusterEndpoints")
def describe_endpoints(call: Call) -> Any:
    """List the writer and reader endpoints."""
    name = call.params.get("DBClusterIdentifier")
    records = [cluster(call, name)] if name else list(clusters(call).values())
    shown = [
        {
            "DBClusterIdentifier": item["id"],
            "Endpoint": host(item, item["values"][key]),
            "Status": item["phase"].status,
            "EndpointType": kind,
        }
        for item in records
        for key, kind in (("Endpoint", "WRITER"), ("ReaderEndpoint", "READER"))
    ]
    return page(call, shown, limits=(20, 100))


# Modifying

_AT_ONCE = {
    "AutoMinorVersionUpgrade": "AutoMinorVersionUpgrade",
    "BackupRetentionPeriod": "BackupRetentionPeriod",
    "PreferredBackupWindow": "PreferredBackupWindow",
    "CopyTagsToSnapshot": "CopyTagsToSnapshot",
    "DeletionProtection": "DeletionProtection",
    "Port": "Port",
    "NetworkType": "NetworkType",
    "EngineLifecycleSupport": "EngineLifecycleSupport",
    "ServerlessV2ScalingConfiguration": "ServerlessV2ScalingConfiguration",
}


@operation("rds", "ModifyDBCluster")
def modify(call: Call) -> Any:
    """Change a cluster; some changes wait for the maintenance window unless applied immediately."""
    record, params = cluster(call, usable=True), call.params
    values = dict(record["values"])
    for name in _NOT_AURORA:
        if params.get(name) is not None:
            raise conflict(f"The parameter {name} is not supported for the engine {catalog.ENGINE}.")
    _check_storage_type(params.get("StorageType"))
    _check_lifecycle(params.get("EngineLifecycleSupport"))
    _check_backup(params, values)
    _check_capacity(params)
    pending = _modify_version(call, record, values)
    insights(call, params, values)
    monitoring(call, params, values)
    _modify_network(call, values)
    _modify_logs(params, values)
    for name, target in _AT_ONCE.items():
        values[target] = params.get(name, values[target])
    values["PreferredMaintenanceWindow"] = params.get(
        "PreferredMaintenanceWindow", values["PreferredMaintenanceWindow"]
    ).lower()
    if params.get("StorageType"):
        values["StorageType"] = params["StorageType"] if params["StorageType"] == "aurora-iopt1" else None
    pending |= _modify_iam(params, values)
    _modify_password(call, record)
    _finish_modify(call, record, values, pending)
    status = record["phase"].started if record["phase"].busy else "available"
    return {"DBCluster": show(call, record, status)}


_INSIGHTS = ("PerformanceInsightsEnabled", "PerformanceInsightsKMSKeyId", "PerformanceInsightsRetentionPeriod")


def _finish_modify(call: Call, record: dict[str, Any], values: dict[str, Any], pending: dict[str, Any]) -> None:
    changed = values != record["values"]
    if values["DBClusterParameterGroup"] != record["values"]["DBClusterParameterGroup"]:
        for item in members(call, record["id"]):
            item["group_status"] = "pending-reboot"
    for item in members(call, record["id"]):
        item["values"]["EngineVersion"] = values["EngineVersion"]
        item["values"]["DatabaseInsightsMode"] = values["DatabaseInsightsMode"]
        for name in _INSIGHTS:
            if values[name] != record["values"][name]:
                item["values"][name] = values[name]
    record["values"], record["pending"] = values, pending
    if changed:
        record["phase"].begin("modifying")
    new_id = call.params.get("NewDBClusterIdentifier")
    if new_id and call.params.get("ApplyImmediately"):
        raise NotImplementedError("renaming a cluster")


def _modify_version(call: Call, record: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
    """Apply version and parameter group; returns what stays pending."""
    params, present = call.params, values["EngineVersion"]
    wanted = params.get("EngineVersion", present)
    group = params.get("DBClusterParameterGroupName", values["DBClusterParameterGroup"])
    pending = {key: value for key, value in record["pending"].items() if key != "EngineVersion" or wanted == present}
    if wanted != present:
        if wanted not in catalog.VERSIONS:
            raise conflict(f"Cannot find upgrade target from {present} with requested version {wanted}.")
        if wanted not in catalog.upgrade_targets(present):
            raise conflict(f"Cannot upgrade {catalog.ENGINE} from {present} to {wanted}.")
        if catalog.family(wanted) != catalog.family(present) and not params.get("AllowMajorVersionUpgrade"):
            raise conflict("The AllowMajorVersionUpgrade flag must be present when upgrading to a new major version.")
        if group.startswith("default."):
            group = f"default.{catalog.family(wanted)}"
    values["DBClusterParameterGroup"] = groups.check_family(call, "cluster", group, wanted)
    if wanted != present and not params.get("ApplyImmediately"):
        return pending | {"EngineVersion": wanted}
    values["EngineVersion"] = wanted
    return pending


def _modify_network(call: Call, values: dict[str, Any]) -> None:
    ids = call.params.get("VpcSecurityGroupIds")
    if ids:
        check_security_groups(call, ids, groups.subnet_group(call, values["DBSubnetGroup"])["subnets"][0][2])
        values["VpcSecurityGroups"] = _show_groups(ids)


def _modify_logs(params: dict[str, Any], values: dict[str, Any]) -> None:
    wanted = params.get("CloudwatchLogsExportConfiguration") or {}
    enable, disable = wanted.get("EnableLogTypes") or [], wanted.get("DisableLogTypes") or []
    _check_logs([*enable, *disable], values["EngineVersion"])
    present = set(values["EnabledCloudwatchLogsExports"])
    if set(enable) & present:
        raise conflict(f"You cannot enable the log type {min(set(enable) & present)}: it is already enabled.")
    values["EnabledCloudwatchLogsExports"] = sorted((present | set(enable)) - set(disable))


def _modify_iam(params: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
    wanted = params.get("EnableIAMDatabaseAuthentication")
    if wanted is None or wanted == values["IAMDatabaseAuthenticationEnabled"]:
        return {}
    if not params.get("ApplyImmediately"):
        return {"IAMDatabaseAuthenticationEnabled": wanted}
    values["IAMDatabaseAuthenticationEnabled"] = wanted
    return {}


def _modify_password(call: Call, record: dict[str, Any]) -> None:
    params, managed = call.params, record["secret"] is not None
    wanted = params.get("ManageMasterUserPassword")
    _check_password(params.get("MasterUserPassword"), managed if wanted is None else wanted)
    key = params.get("MasterUserSecretKmsKeyId")
    if key and managed and key_arn(call, key, "KMSKeyNotAccessibleFault") != record["secret"]["kms"]:
        raise conflict("You can't change the KMS key of a master user secret that RDS already manages.")
    if wanted is False and managed:
        if not params.get("MasterUserPassword"):
            raise conflict("MasterUserPassword is required when ManageMasterUserPassword is turned off.")
        _drop_secret(call, record)
    if wanted and not managed:
        _manage_password(call, record, params.get("MasterUserSecretKmsKeyId"))
    if params.get("RotateMasterUserPassword"):
        if not params.get("ApplyImmediately") or not record["secret"]:
            raise conflict("RotateMasterUserPassword needs a managed password and ApplyImmediately.")
        rotate(call.account, record["id"], call.region)
    record["password"] = params.get("MasterUserPassword") or record["password"]


@operation("rds", "EnableHttpEndpoint", "DisableHttpEndpoint")
def http_endpoint(call: Call) -> Any:
    """Turn the Data API on or off."""
    name = call.params["ResourceArn"].split(":")[-1]
    enabled = call.operation == "EnableHttpEndpoint"
    cluster(call, name, usable=True)["values"]["HttpEndpointEnabled"] = enabled
    return {"ResourceArn": call.params["ResourceArn"], "HttpEndpointEnabled": enabled}


@operation("rds", "StopDBCluster", "StartDBCluster")
def stop_or_start(call: Call) -> Any:
    """Stop or start a cluster."""
    record, stop = cluster(call), call.operation == "StopDBCluster"
    if record["phase"].status != ("available" if stop else "stopped"):
        raise AwsError("InvalidDBClusterStateFault", f"DB cluster {record['id']} is {record['phase'].status}.", 400)
    busy, settled = ("stopping", "stopped") if stop else ("starting", "available")
    for item in [record, *members(call, record["id"])]:
        item["phase"].begin(busy, settled)
    return {"DBCluster": show(call, record, busy)}


@operation("rds", "FailoverDBCluster")
def failover(call: Call) -> Any:
    """Make a reader the writer; all instances restart, which applies static parameters."""
    record = cluster(call, usable=True)
    target = (call.params.get("TargetDBInstanceIdentifier") or "").lower()
    own = members(call, record["id"])
    readers = [item for item in own if not item["writer"] and target in ("", item["id"])]
    chosen = min(readers, key=lambda item: (item["tier"], item["id"]), default=None)
    if chosen is None:
        raise AwsError("InvalidDBClusterStateFault", "There is no reader to fail over to.", 400)
    for item in own:
        item["writer"] = item is chosen
        item["group_status"] = "in-sync"
    return {"DBCluster": show(call, record)}


# Deleting and snapshots


@operation("rds", "DeleteDBCluster")
def delete(call: Call) -> Any:
    """Delete a cluster that has no instances, after a last snapshot unless told otherwise."""
    record, params = cluster(call, usable=True), call.params
    if record["values"]["DeletionProtection"]:
        raise conflict("Cannot delete protected Cluster, please disable deletion protection and try again.")
    if any(item["phase"].status != "deleting" for item in members(call, record["id"])):
        raise AwsError(
            "InvalidDBClusterStateFault",
            "Cluster cannot be deleted, it still contains DB instances in non-deleting state.",
            400,
        )
    skip, name = params.get("SkipFinalSnapshot", False), params.get("FinalDBSnapshotIdentifier")
    if skip and name:
        raise conflict("FinalDBSnapshotIdentifier cannot be specified when SkipFinalSnapshot is specified.")
    if not skip and not name:
        raise conflict("FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified.")
    if name:
        _snapshot(call, record, name)
    _drop_secret(call, record)
    record["phase"].begin("deleting", GONE)
    return {"DBCluster": show(call, record, record["phase"].started)}


def _snapshot(call: Call, record: dict[str, Any], name: str) -> dict[str, Any]:
    identifier = check_id(name, "DBClusterSnapshotIdentifier")
    snapshots = table(call, "snapshots")
    if identifier in snapshots:
        raise AwsError(
            "DBClusterSnapshotAlreadyExistsFault",
            f"Cannot create the cluster snapshot because one with the identifier {identifier} already exists.",
            400,
        )
    values = record["values"]
    names = (
        "DBClusterIdentifier",
        "Engine",
        "EngineMode",
        "EngineVersion",
        "Port",
        "ClusterCreateTime",
        "KmsKeyId",
        "MasterUsername",
        "StorageEncrypted",
        "BackupRetentionPeriod",
        "PreferredBackupWindow",
        "StorageType",
        "IAMDatabaseAuthenticationEnabled",
        "DbClusterResourceId",
        "AvailabilityZones",
    )
    snapshot = {name: values[name] for name in names} | {
        "DBClusterSnapshotIdentifier": identifier,
        "SnapshotCreateTime": now(),
        "AllocatedStorage": 1,
        "Status": "available",
        "SnapshotType": "manual",
        "PercentProgress": 100,
        "LicenseModel": "postgresql-license",
        "DBClusterSnapshotArn": call.arn(f"cluster-snapshot:{identifier}"),
        "VpcId": groups.subnet_group(call, values["DBSubnetGroup"])["subnets"][0][2],
    }
    tags = dict(record["tags"]) if values["CopyTagsToSnapshot"] else {}
    snapshots[identifier] = {"values": snapshot, "tags": tags, "source": dict(values)}
    return snapshots[identifier]


def _show_snapshot(record: dict[str, Any]) -> dict[str, Any]:
    return record["values"] | {"TagList": tags_to(record["tags"])}


@operation("rds", "CreateDBClusterSnapshot")
def create_snapshot(call: Call) -> Any:
    """Back up a cluster."""
    snapshot = _snapshot(call, cluster(call, usable=True), call.params["DBClusterSnapshotIdentifier"])
    snapshot["tags"] |= tags_from(call.params.get("Tags"))
    return {"DBClusterSnapshot": _show_snapshot(snapshot) | {"Status": "creating", "PercentProgress": 0}}


def _find_snapshot(call: Call, name: str) -> dict[str, Any]:
    record: dict[str, Any] | None = table(call, "snapshots").get(name.lower().split(":")[-1])
    if record is None:
        raise AwsError("DBClusterSnapshotNotFoundFault", f"DBClusterSnapshot {name} not found.", 404)
    return record


@operation("rds", "DescribeDBClusterSnapshots")
def describe_snapshots(call: Call) -> Any:
    """List snapshots."""
    params, name = call.params, call.params.get("DBClusterSnapshotIdentifier")
    records = [_find_snapshot(call, name)] if name else list(table(call, "snapshots").values())
    owner = (params.get("DBClusterIdentifier") or "").lower()
    shown = [_show_snapshot(item) for item in records if owner in ("", item["values"]["DBClusterIdentifier"])]
    shown = [item for item in shown if params.get("SnapshotType") in (None, item["SnapshotType"])]
    return page(call, shown, limits=(20, 100))


@operation("rds", "DeleteDBClusterSnapshot")
def delete_snapshot(call: Call) -> Any:
    """Delete a snapshot."""
    record = _find_snapshot(call, call.params["DBClusterSnapshotIdentifier"])
    del table(call, "snapshots")[record["values"]["DBClusterSnapshotIdentifier"]]
    return {"DBClusterSnapshot": _show_snapshot(record)}


@operation("rds", "RestoreDBClusterToPointInTime", "RestoreDBClusterFromSnapshot")
def restore(call: Call) -> Any:
    """Make a new cluster from a backup: without instances, with default groups unless named, unprotected."""
    params = call.params
    if call.operation == "RestoreDBClusterFromSnapshot":
        source = _find_snapshot(call, params["SnapshotIdentifier"])["source"]
    else:
        source = cluster(call, params["SourceDBClusterIdentifier"])["values"]
        if bool(params.get("RestoreToTime")) == bool(params.get("UseLatestRestorableTime")):
            raise conflict("Specify either RestoreToTime or UseLatestRestorableTime.")
    inherited = ("MasterUsername", "StorageEncrypted", "BackupRetentionPeriod", "PreferredBackupWindow", "DatabaseName")
    for name in (*inherited, "KmsKeyId", "Port", "ServerlessV2ScalingConfiguration"):
        if source.get(name) is not None:
            params.setdefault(name, source[name])
    params.setdefault("DBSubnetGroupName", source["DBSubnetGroup"])
    _check_request(call)
    record = _add_cluster(call, params.get("EngineVersion") or source["EngineVersion"])
    return {"DBCluster": show(call, record, record["phase"].started)}


# Tags

_TAGGED = {
    "cluster": ("clusters", "DBClusterNotFoundFault"),
    "db": ("instances", "DBInstanceNotFound"),
    "subgrp": ("subnet_groups", "DBSubnetGroupNotFoundFault"),
    "cluster-pg": ("cluster_parameter_groups", "DBParameterGroupNotFound"),
    "pg": ("parameter_groups", "DBParameterGroupNotFound"),
    "cluster-snapshot": ("snapshots", "DBClusterSnapshotNotFoundFault"),
}


def _tagged(call: Call) -> dict[str, str]:
    kind, _, name = call.params["ResourceName"].split(":", 5)[-1].partition(":")
    if kind not in _TAGGED:
        raise bad(f"Invalid resource name: {call.params['ResourceName']}")
    where, code = _TAGGED[kind]
    record = table(call, where).get(name)
    if record is None:
        raise AwsError(code, f"{call.params['ResourceName']} not found", 404)
    tags: dict[str, str] = record["tags"]
    return tags


@operation("rds", "ListTagsForResource")
def list_tags(call: Call) -> Any:
    """List tags."""
    return {"TagList": tags_to(_tagged(call))}


@operation("rds", "AddTagsToResource")
def add_tags(call: Call) -> Any:
    """Add or change tags."""
    tags = _tagged(call)
    tags.update(tags_from(call.params["Tags"]))


@operation("rds", "RemoveTagsFromResource")
def remove_tags(call: Call) -> Any:
    """Remove tags."""
    tags = _tagged(call)
    for key in call.params["TagKeys"]:
        tags.pop(key, None)


@operation("rds", "DescribeEvents", "DescribePendingMaintenanceActions", "DescribeGlobalClusters")
def describe_nothing(call: Call) -> Any:
    """List what the emulator never has."""
    return page(call, [])


@operation("rds", "DescribeDBClusterAutomatedBackups")
def describe_backups(call: Call) -> Any:
    """List automated backups."""
    names = (
        "DBClusterIdentifier",
        "DbClusterResourceId",
        "DBClusterArn",
        "Engine",
        "EngineVersion",
        "KmsKeyId",
        "BackupRetentionPeriod",
        "StorageEncrypted",
    )
    shown = [
        {name: item["values"][name] for name in names} | {"Status": "available", "Region": call.region}
        for item in clusters(call).values()
    ]
    return page(call, shown, limits=(20, 100))
