# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Aurora clusters and their instances as one resource: what AWS reports of them, and the requests to change them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..core.kind import READY, Delta, Item, Phase, broken, busy
from .database import version_key
from .master_user import VERSION_TAG, Supplied
from .tags import mapping

Description = Mapping[str, Any]

#: Option of the cluster to the parameter of CreateDBCluster.
CREATE = {
    "name": "DBClusterIdentifier",
    "engine": "Engine",
    "engine_version": "EngineVersion",
    "master_username": "MasterUsername",
    "database_name": "DatabaseName",
    "port": "Port",
    "manage_master_user_password": "ManageMasterUserPassword",
    "master_user_secret_kms_key_id": "MasterUserSecretKmsKeyId",
    "storage_encrypted": "StorageEncrypted",
    "kms_key_arn": "KmsKeyId",
    "storage_type": "StorageType",
    "subnet_group": "DBSubnetGroupName",
    "security_group_ids": "VpcSecurityGroupIds",
    "parameter_group": "DBClusterParameterGroupName",
    "backup_retention_days": "BackupRetentionPeriod",
    "backup_window": "PreferredBackupWindow",
    "maintenance_window": "PreferredMaintenanceWindow",
    "log_exports": "EnableCloudwatchLogsExports",
    "deletion_protection": "DeletionProtection",
    "iam_authentication": "EnableIAMDatabaseAuthentication",
    "copy_tags_to_snapshot": "CopyTagsToSnapshot",
    "engine_lifecycle_support": "EngineLifecycleSupport",
    "performance_insights": "EnablePerformanceInsights",
    "performance_insights_kms_key_arn": "PerformanceInsightsKMSKeyId",
    "performance_insights_retention_days": "PerformanceInsightsRetentionPeriod",
    "database_insights_mode": "DatabaseInsightsMode",
    "auto_minor_version_upgrade": "AutoMinorVersionUpgrade",
}

#: Those that ModifyDBCluster takes in the same form.
MODIFY = {
    name: parameter
    for name, parameter in CREATE.items()
    if name
    not in {
        "name", "engine", "master_username", "database_name", "storage_encrypted", "kms_key_arn", "subnet_group",
        "log_exports", "manage_master_user_password", "master_user_secret_kms_key_id",
    }
}  # fmt: skip

#: Option to the parameter of CreateDBInstance and ModifyDBInstance, which is also the member of DescribeDBInstances.
MEMBER = {
    "instance_class": "DBInstanceClass",
    "monitoring_interval": "MonitoringInterval",
    "monitoring_role_arn": "MonitoringRoleArn",
    "ca_certificate": "CACertificateIdentifier",
    "auto_minor_version_upgrade": "AutoMinorVersionUpgrade",
    "maintenance_window": "PreferredMaintenanceWindow",
}

#: Options that only instances have.
INSTANCE_ONLY = ("instance_class", "monitoring_interval", "monitoring_role_arn", "ca_certificate", "promotion_tiers")

INSIGHTS = (
    "performance_insights", "performance_insights_kms_key_arn", "performance_insights_retention_days",
    "database_insights_mode",
)  # fmt: skip

#: Members that some endpoints and older clusters do not report at all. What is not reported cannot be compared.
MAYBE_UNREPORTED = (*INSIGHTS, "engine_lifecycle_support", "auto_minor_version_upgrade", "ca_certificate")

SCALING = {
    "min_capacity": "MinCapacity",
    "max_capacity": "MaxCapacity",
    "seconds_until_auto_pause": "SecondsUntilAutoPause",
}

#: Statuses that no waiting ends, and what does.
_BROKEN = {
    "inaccessible-encryption-credentials-recoverable": (
        "its key cannot be used; enable the key and let RDS use it, then start the cluster (aws rds start-db-cluster)"
    ),
    "inaccessible-encryption-credentials": "its key cannot be used any more; restore the cluster from a backup",
    "incompatible-create": "it could not be made as asked; delete it, and run again",
    "incompatible-network": "its subnets have no free addresses, or the network does not fit; mend that first",
    "incompatible-option-group": "it does not start with its option group; mend that first",
    "incompatible-parameters": "it does not start with its parameters; set them right and reboot the instance",
    "incompatible-restore": "it could not be restored; delete it, and restore once more",
    "insufficient-capacity": "AWS has no capacity left for the instance class; choose another, or run again later",
    "storage-full": "its storage is full; delete data, or have AWS raise the limit",
    "restore-error": "it could not be restored; delete it, and restore once more",
    "migration-failed": "its migration failed; delete it, and migrate once more",
    "cloning-failed": "it could not be cloned; delete it, and clone once more",
    "failed": "it cannot be recovered; restore it from a backup",
}
_OTHERWISE_BROKEN = re.compile(r"incompatible-.*|.*-failed")
#: Those of a cluster that no change of ours ends.
_LOST = (
    "inaccessible-encryption-credentials-recoverable", "inaccessible-encryption-credentials", "incompatible-restore",
    "migration-failed", "cloning-failed", "failed",
)  # fmt: skip
#: Statuses in which a cluster or an instance serves and can be changed.
_AVAILABLE = ("available", "storage-optimization")


def lost(status: str) -> str:
    """Return what has to be done first where no change of a cluster is possible; empty where one is."""
    return _BROKEN[status] if status in _LOST else ""


def common(values: Iterable[Any]) -> Any:
    """Return the value that all have, or all different values as one text."""
    seen = list(dict.fromkeys(values))
    return seen[0] if len(seen) == 1 else (", ".join(map(str, seen)) or None)


@dataclass(frozen=True)
class Topology:
    """A cluster and its instances as AWS describes them.

    Attributes:
        cluster: entry of DescribeDBClusters.
        instances: entries of DescribeDBInstances that belong to it.
        supplied: the secret that its master password is to come from, where RDS does not manage it.
    """

    cluster: Description
    instances: Sequence[Description] = field(default_factory=list)
    supplied: Supplied | None = None

    @property
    def name(self) -> str:
        """Identifier of the cluster."""
        return str(self.cluster["DBClusterIdentifier"])

    @property
    def writer(self) -> str | None:
        """Identifier of the instance that writes."""
        writers = [entry for entry in self.cluster.get("DBClusterMembers") or () if entry.get("IsClusterWriter")]
        return writers[0]["DBInstanceIdentifier"] if writers else None

    @property
    def pending_reboot(self) -> list[str]:
        """Instances that run with older parameters until they are rebooted, readers first."""
        waiting = [
            entry["DBInstanceIdentifier"]
            for entry in self.cluster.get("DBClusterMembers") or ()
            if entry.get("DBClusterParameterGroupStatus") == "pending-reboot"
        ]
        return sorted(waiting, key=lambda name: (name == self.writer, name))

    @property
    def ours(self) -> dict[str, Description]:
        """The instances named after the cluster, by name in the order of their numbers, without those going."""
        numbered = {
            number: entry
            for entry in self.instances
            if (number := self._number(entry["DBInstanceIdentifier"])) and entry["DBInstanceStatus"] != "deleting"
        }
        return {numbered[number]["DBInstanceIdentifier"]: numbered[number] for number in sorted(numbered)}

    def _number(self, instance: str) -> int:
        match = re.fullmatch(re.escape(self.name) + r"-([1-9]\d*)", instance)
        return int(match.group(1)) if match else 0

    def with_count(self, count: int) -> list[str]:
        """Return the names of our instances after there are ``count``: free numbers join, the last readers leave."""
        names = list(self.ours)
        leaving = sorted(names, key=lambda name: (name == self.writer, -self._number(name)))
        names = [name for name in names if name not in leaving[: max(0, len(names) - count)]]
        taken = {entry["DBInstanceIdentifier"] for entry in self.instances}
        number = 1
        while len(names) < count:
            if f"{self.name}-{number}" not in taken:
                names.append(f"{self.name}-{number}")
            number += 1
        return sorted(names, key=self._number)

    @property
    def stopped(self) -> bool:
        """Whether somebody has stopped the cluster. Started again it is as it was."""
        return str(self.cluster.get("Status")) == "stopped"

    # --- what is compared -------------------------------------------------------------------------------------------

    def values(self) -> dict[str, Any]:
        """Return fields and outputs of the resource, with what is already requested for later merged in."""
        cluster, pending = self.cluster, self.cluster.get("PendingModifiedValues") or {}
        secret = cluster.get("MasterUserSecret") or {}
        values = {
            "name": self.name,
            "engine": cluster.get("Engine"),
            "engine_version": pending.get("EngineVersion") or cluster.get("EngineVersion"),
            "master_username": cluster.get("MasterUsername"),
            "database_name": cluster.get("DatabaseName"),
            "port": cluster.get("Port"),
            "manage_master_user_password": bool(secret),
            "master_user_secret_kms_key_id": secret.get("KmsKeyId"),
            "storage_encrypted": bool(cluster.get("StorageEncrypted")),
            "kms_key_arn": cluster.get("KmsKeyId"),
            "storage_type": pending.get("StorageType") or cluster.get("StorageType") or "aurora",
            "subnet_group": cluster.get("DBSubnetGroup"),
            "security_group_ids": sorted(
                group["VpcSecurityGroupId"]
                for group in cluster.get("VpcSecurityGroups") or ()
                if group.get("Status") != "removing"
            ),
            "parameter_group": cluster.get("DBClusterParameterGroup"),
            "backup_retention_days": pending.get("BackupRetentionPeriod") or cluster.get("BackupRetentionPeriod"),
            "backup_window": cluster.get("PreferredBackupWindow"),
            "log_exports": self._log_exports(pending),
            "deletion_protection": bool(cluster.get("DeletionProtection")),
            "iam_authentication": bool(
                pending.get("IAMDatabaseAuthenticationEnabled", cluster.get("IAMDatabaseAuthenticationEnabled"))
            ),
            "copy_tags_to_snapshot": bool(cluster.get("CopyTagsToSnapshot")),
            "engine_lifecycle_support": cluster.get("EngineLifecycleSupport"),
            "serverless_scaling": self._scaling(),
            "arn": cluster["DBClusterArn"],
            "endpoint": cluster.get("Endpoint"),
            "reader_endpoint": cluster.get("ReaderEndpoint"),
            "master_user_secret_arn": secret.get("SecretArn"),
            "master_user_secret_version": mapping(cluster.get("TagList")).get(VERSION_TAG),
            "password_rotation_schedule": None,
            "resource_id": cluster.get("DbClusterResourceId"),
            "status": cluster.get("Status"),
        }
        return {**values, **self._insights(), **self._members()}

    def _log_exports(self, pending: Description) -> list[str]:
        later = pending.get("PendingCloudwatchLogsExports") or {}
        current = set(self.cluster.get("EnabledCloudwatchLogsExports") or ())
        return sorted((current | set(later.get("LogTypesToEnable") or ())) - set(later.get("LogTypesToDisable") or ()))

    def _scaling(self) -> dict[str, Any] | None:
        scaling = self.cluster.get("ServerlessV2ScalingConfiguration")
        if not scaling:
            return None
        return {name: scaling[key] for name, key in SCALING.items() if scaling.get(key) is not None}

    def _insights(self) -> dict[str, Any]:
        """The cluster says it; where it does not, its instances do."""
        names = {
            "performance_insights": "PerformanceInsightsEnabled",
            "performance_insights_kms_key_arn": "PerformanceInsightsKMSKeyId",
            "performance_insights_retention_days": "PerformanceInsightsRetentionPeriod",
            "database_insights_mode": "DatabaseInsightsMode",
        }
        by_members = {name: common(entry.get(key) for entry in self.ours.values()) for name, key in names.items()}
        return {
            name: self.cluster[key] if self.cluster.get(key) is not None else by_members[name]
            for name, key in names.items()
        }

    def _members(self) -> dict[str, Any]:
        ours = list(self.ours.values())
        merged = {name: common(member_value(entry, name) for entry in ours) for name in MEMBER}
        for name in ("auto_minor_version_upgrade", "maintenance_window"):
            own = self.cluster.get(MEMBER[name])
            reported = [member_value(entry, name) for entry in ours]
            merged[name] = common(value for value in (own, *reported) if value is not None)
        return {
            **merged,
            "promotion_tiers": [entry.get("PromotionTier", 1) for entry in ours],
            "instance_count": len(ours),
            "instances": list(self.ours),
            "pending_reboot": self.pending_reboot,
        }

    def tags(self) -> dict[str, str]:
        """Return the tags that the cluster and all our instances have. Each has a ``Name`` of its own."""
        tags = mapping(self.cluster.get("TagList"))
        for name, entry in self.ours.items():
            if entry.get("TagList") is None:  # not reported
                continue
            own = mapping(entry["TagList"])
            tags = {key: value for key, value in tags.items() if own.get(key) == (name if key == "Name" else value)}
        return {key: mapping(self.cluster.get("TagList"))[key] for key in tags if key != VERSION_TAG}

    def phase(self) -> Phase:
        """Return READY only where the cluster, every instance and the managed secret are."""
        statuses = {f"cluster {self.name}": str(self.cluster.get("Status"))}
        statuses.update(
            {f"instance {entry['DBInstanceIdentifier']}": str(entry["DBInstanceStatus"]) for entry in self.instances}
        )
        for what, status in statuses.items():
            cause = _BROKEN.get(status) or ("mend that first" if _OTHERWISE_BROKEN.fullmatch(status) else "")
            if cause:
                return broken(f"{what} is {status}: {cause}")
        if self.stopped:  # nothing is under way
            return READY
        secret = (self.cluster.get("MasterUserSecret") or {}).get("SecretStatus", "active")
        if secret == "impaired":  # noqa: S105 - a status, not a secret
            return broken("the master user secret is impaired: check its key and the permissions on it")
        waiting = [f"{what} is {status}" for what, status in statuses.items() if status not in _AVAILABLE]
        waiting += [f"the master user secret is {secret}"] if secret != "active" else []  # noqa: S105
        return busy("; ".join(waiting)) if waiting else READY


def member_value(entry: Description, name: str) -> Any:
    """Return an option of one instance, with what is already requested for later merged in."""
    parameter = MEMBER[name]
    pending = (entry.get("PendingModifiedValues") or {}).get(parameter)
    return pending if pending is not None else entry.get(parameter)


# --- requests -------------------------------------------------------------------------------------------------------


def named(want: Item, parameters: Mapping[str, str]) -> dict[str, Any]:
    """Return the wanted values under the names of a request."""
    return {parameter: want[name] for name, parameter in parameters.items() if want.get(name) not in (None, [])}


def scaling_request(scaling: Mapping[str, Any]) -> dict[str, Any]:
    """Return ServerlessV2ScalingConfiguration."""
    return named(scaling, SCALING)


def creation(want: Item, tags: list[dict[str, str]]) -> dict[str, Any]:
    """Return the request of CreateDBCluster."""
    request = {**named(want, CREATE), "Tags": tags}
    if request.get("StorageType") == "aurora":  # what AWS takes unless told otherwise
        del request["StorageType"]
    if want.get("serverless_scaling"):
        request["ServerlessV2ScalingConfiguration"] = scaling_request(want["serverless_scaling"])
    if not want.get("performance_insights"):
        request = {key: value for key, value in request.items() if not key.startswith("PerformanceInsights")}
    if want.get("manage_master_user_password") is False:
        for parameter in ("ManageMasterUserPassword", "MasterUserSecretKmsKeyId"):  # of what RDS would manage
            request.pop(parameter, None)
    return request


def modification(want: Item, topology: Topology, delta: Delta) -> dict[str, Any]:
    """Return what ModifyDBCluster has to change; empty where nothing of the cluster itself does."""
    request = named({name: want[name] for name in delta.fields if name in want}, MODIFY)
    for name in ("auto_minor_version_upgrade", "maintenance_window"):
        if topology.cluster.get(MODIFY[name]) in (None, want.get(name)):  # only an instance differs
            request.pop(MODIFY[name], None)
    if delta.any(*INSIGHTS):
        request.update(named(want, {name: MODIFY[name] for name in INSIGHTS}))
        if not (want.get("performance_insights") and "performance_insights" in delta):
            request.pop("PerformanceInsightsKMSKeyId", None)  # fixed once it is on
        if want.get("performance_insights") is False:
            request.pop("PerformanceInsightsRetentionPeriod", None)
    if "log_exports" in delta:
        present, wanted = set(delta.fields["log_exports"][0] or ()), set(want["log_exports"])
        request["CloudwatchLogsExportConfiguration"] = {
            "EnableLogTypes": sorted(wanted - present),
            "DisableLogTypes": sorted(present - wanted),
        }
    if "serverless_scaling" in delta:
        request["ServerlessV2ScalingConfiguration"] = scaling_request(want["serverless_scaling"])
    if "engine_version" in delta:
        request.update(_upgrade(want, topology))
    if "manage_master_user_password" in delta:
        request["ManageMasterUserPassword"] = want["manage_master_user_password"]
        key = "master_user_secret_kms_key_id"  # of the secret that RDS is to manage
        request.update(named(want, {key: CREATE[key]} if want["manage_master_user_password"] else {}))
    return request


def _upgrade(want: Item, topology: Topology) -> dict[str, Any]:
    """Return what goes with a new engine version; a new major one needs a parameter group of its family at once."""
    if version_key(want["engine_version"])[0] == version_key(topology.cluster["EngineVersion"])[0]:
        return {}
    return {"AllowMajorVersionUpgrade": True, **named(want, {"parameter_group": MODIFY["parameter_group"]})}


def member_creation(want: Item, name: str, index: int, tags: list[dict[str, str]]) -> dict[str, Any]:
    """Return the request of CreateDBInstance for the instance at ``index`` (from 0) of the cluster."""
    insights = ("performance_insights", "performance_insights_kms_key_arn", "performance_insights_retention_days")
    request = {
        "DBInstanceIdentifier": name,
        "DBClusterIdentifier": want["name"].lower(),
        "Engine": want.get("engine") or "aurora-postgresql",
        "PubliclyAccessible": False,
        **named(want, MEMBER),
        **named(want if want.get("performance_insights") else {}, {key: CREATE[key] for key in insights}),
        "Tags": tags,
    }
    if not want.get("monitoring_interval"):
        request.pop("MonitoringRoleArn", None)
    tiers = want.get("promotion_tiers") or ()
    if index < len(tiers):
        request["PromotionTier"] = tiers[index]
    return request


def member_modification(want: Item, entry: Description, tier: int | None) -> dict[str, Any]:
    """Return what ModifyDBInstance has to change of one instance; empty where nothing does."""
    request = {}
    for name, parameter in MEMBER.items():
        wanted, present = want.get(name), member_value(entry, name)
        unreported = present is None and name in MAYBE_UNREPORTED
        if wanted is not None and not unreported and _folded(wanted) != _folded(present):
            request[parameter] = wanted
    if want.get("monitoring_interval") == 0:
        request.pop("MonitoringRoleArn", None)
    elif request.keys() & {"MonitoringInterval", "MonitoringRoleArn"}:
        request.update(named(want, {name: MEMBER[name] for name in ("monitoring_interval", "monitoring_role_arn")}))
    if tier is not None and tier != entry.get("PromotionTier", 1):
        request["PromotionTier"] = tier
    return request


def _folded(value: Any) -> Any:
    return value.lower() if isinstance(value, str) and not value.startswith("arn:") else value
