# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Aurora PostgreSQL clusters with their instances, as one resource."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any

from ..aws import aurora, master_user, service_roles
from ..aws.aurora import INSTANCE_ONLY, MAYBE_UNREPORTED, Topology
from ..aws.aurora_rules import LOG_TYPES, MONITORING_INTERVALS, cluster_problems
from ..aws.database import final_snapshot_name, is_reached, known_names, version_key
from ..aws.ec2 import empty_groups_problems
from ..aws.forms import RDS_NAME, ROLE, SECURITY_GROUP
from ..aws.patience import patiently
from ..aws.session import Aws
from ..aws.tags import RDS
from ..core.errors import Exists, Failure, Missing
from ..core.kind import Delta, Deviation, Field, Form, Item, Kind, Live, Manual
from ..core.values import UNKNOWN, canonical, is_unknown, last_part, lower, unordered

#: A new role is not known everywhere at once.
_NEW_ROLE = ("InvalidParameterValue", "ENHANCED_MONITORING")

#: AWS reports "available" a moment before it takes the next change.
_STATE = "InvalidDBClusterStateFault"
_PASSING = ((_STATE, ""), ("InvalidDBInstanceState", ""), _NEW_ROLE)

#: What a cluster refers to was made a moment ago and is not known to RDS yet.
_NEW_REFERENCES = (
    ("DBSubnetGroupNotFoundFault", ""),
    ("DBClusterParameterGroupNotFound", ""),
    ("DBParameterGroupNotFound", ""),
    ("KMSKeyNotAccessibleFault", ""),
    ("InvalidParameterValue", "invalid security group"),
    _NEW_ROLE,
)
#: And so is the cluster to which an instance is added.
_NEW_CLUSTER = (("DBClusterNotFoundFault", ""), _NEW_ROLE)

#: Characters of the name of a cluster and of an instance.
LONGEST_NAME = 63

_USER = Form(
    r"(?!(?i:admin|rdsadmin)$)[A-Za-z][A-Za-z0-9]*",
    "letters and digits, a letter first, and neither admin nor rdsadmin",
)
_DATABASE = Form(r"[A-Za-z][A-Za-z0-9_]*", "letters, digits and _, a letter first")
_SCHEDULE = Form(r"(rate|cron)\([A-Za-z0-9 ,*/#?-]+\)", "rate(...) or cron(...), such as cron(0 3 ? * SUN *)")

SCALING = (
    Field("min_capacity", "Lowest capacity in Aurora capacity units, 0 to 256 in steps of 0.5.", type="float"),
    Field("max_capacity", "Highest capacity in Aurora capacity units, 1 to 256 in steps of 0.5.", type="float"),
    Field(
        "seconds_until_auto_pause",
        "Idle seconds after which an instance with a lowest capacity of 0 is paused, 300 to 86400.",
        type="int",
        minimum=300,
        maximum=86400,
    ),
)


class DbCluster(Kind[Aws]):
    """A cluster and its numbered instances. Instances with other names belong to others and are left alone."""

    type = "db_cluster"
    noun = "DB cluster"
    aws_type = "AWS::RDS::DBCluster"
    stateful = True
    timeout = 3600
    usually = "10 to 20 minutes"
    fields = (
        Field(
            "name",
            "Identifier of the cluster, 1-63 letters, digits and hyphens. AWS stores it in lower case.",
            form=RDS_NAME,
            max_length=LONGEST_NAME,
            property="DBClusterIdentifier",
        ),
        Field(
            "engine",
            "The database engine, fixed once the cluster exists.",
            choices=("aurora-postgresql",),
            default="aurora-postgresql",
            immutable=True,
        ),
        Field(
            "engine_version",
            (
                (
                    "Version such as C(14.19). A cluster that runs this or a later minor version of the "
                    "same major version is left as it is."
                ),
                (
                    "A new major version needs O(allow_major_version_upgrade) and a parameter group of "
                    "its family in O(parameter_group)."
                ),
            ),
        ),
        Field("allow_major_version_upgrade", "Allow a new major version.", type="bool", create_only=True, property=""),
        Field(
            "master_username",
            "Name of the master user, 1-16 letters and digits. Needed to create the cluster, fixed afterwards.",
            required=True,
            immutable=True,
            form=_USER,
            max_length=16,
        ),
        Field(
            "database_name",
            "Name of the database that is created with the cluster, fixed afterwards.",
            immutable=True,
            form=_DATABASE,
            max_length=63,
        ),
        Field("port", "Port, 1150 to 65535. A change restarts the instances.", type="int", minimum=1150, maximum=65535),
        Field(
            "manage_master_user_password",
            (
                "Let RDS keep the master password in Secrets Manager and rotate it. Needed to create the cluster.",
                (
                    "V(false) takes the password from O(master_user_secret). A change from one to the "
                    "other keeps all data; RDS deletes the secret that it has managed."
                ),
            ),
            type="bool",
            required=True,
        ),
        Field(
            "master_user_secret_kms_key_id",
            "ARN or id of the key that encrypts the master user secret. AWS cannot change it "
            "while it manages the password.",
            immutable=True,
            normalise=last_part("/"),
            property="MasterUserSecret.KmsKeyId",
        ),
        Field(
            "master_user_secret",
            (
                (
                    'Name or ARN of a secret with the master password, C({"username", "password"}), where '
                    "RDS is not to manage it. The password goes from the secret to RDS inside the module."
                ),
                (
                    "The version that was handed over is remembered in the tag "
                    "C(automation:MasterUserSecretVersion) of the cluster; a newer version is handed "
                    "over."
                ),
            ),
            create_only=True,
            property="",
        ),
        Field(
            "password_rotation_schedule",
            "When RDS rotates the password that it manages, V(cron(...\\)) or V(rate(...\\)). "
            "Setting it rotates nothing. Left out it stays as it is, every 7 days unless somebody "
            "changed it.",
            form=_SCHEDULE,
            clears=True,
            property="AWS::SecretsManager::RotationSchedule.RotationRules.ScheduleExpression",
        ),
        Field("storage_encrypted", "Encrypt the storage, fixed once the cluster exists.", type="bool", immutable=True),
        Field(
            "kms_key_arn",
            "ARN or id of the key that encrypts the storage, fixed once the cluster exists.",
            immutable=True,
            normalise=last_part("/"),
            property="KmsKeyId",
        ),
        Field(
            "storage_type",
            "Kind of storage; V(aurora-iopt1) includes the cost of I/O.",
            choices=("aurora", "aurora-iopt1"),
        ),
        Field(
            "subnet_group",
            "Name of the DB subnet group. Needed to create the cluster, fixed afterwards.",
            required=True,
            immutable=True,
            normalise=lower,
            property="DBSubnetGroupName",
        ),
        Field(
            "security_group_ids",
            "Ids of the security groups.",
            type="list",
            elements="str",
            normalise=unordered,
            form=SECURITY_GROUP,
            unique=True,
            property="VpcSecurityGroupIds",
        ),
        Field(
            "parameter_group",
            "Name of the DB cluster parameter group.",
            normalise=lower,
            property="DBClusterParameterGroupName",
        ),
        Field(
            "backup_retention_days",
            "Days to keep automated backups, 1 to 35.",
            type="int",
            minimum=1,
            maximum=35,
            property="BackupRetentionPeriod",
        ),
        Field(
            "backup_window",
            "Daily window of the backups in UTC, such as C(03:00-04:00), 30 minutes at least.",
            property="PreferredBackupWindow",
        ),
        Field(
            "maintenance_window",
            "Weekly window of maintenance in UTC, such as C(sun:04:00-sun:05:00), for the cluster and its instances.",
            normalise=lower,
            property="PreferredMaintenanceWindow",
        ),
        Field(
            "log_exports",
            "Logs to export to CloudWatch Logs.",
            type="list",
            elements="str",
            choices=LOG_TYPES,
            normalise=unordered,
            unique=True,
            property="EnableCloudwatchLogsExports",
        ),
        Field(
            "deletion_protection",
            "Refuse to delete the cluster. It is turned off when this module deletes an acknowledged cluster.",
            type="bool",
        ),
        Field(
            "iam_authentication",
            "Let IAM identities log in as database users.",
            type="bool",
            property="EnableIAMDatabaseAuthentication",
        ),
        Field("copy_tags_to_snapshot", "Give snapshots the tags of the cluster.", type="bool"),
        Field(
            "engine_lifecycle_support",
            "Whether the cluster goes on, at a price, after the end of standard support of its "
            "version. AWS enrols a cluster for which nothing is said.",
            choices=("open-source-rds-extended-support", "open-source-rds-extended-support-disabled"),
        ),
        Field(
            "serverless_scaling",
            "Limits of instances of class C(db.serverless).",
            type="dict",
            options=SCALING,
            property="ServerlessV2ScalingConfiguration",
        ),
        Field(
            "performance_insights",
            "Turn on Performance Insights for the cluster and its instances.",
            type="bool",
            property="PerformanceInsightsEnabled",
        ),
        Field(
            "performance_insights_kms_key_arn",
            "ARN or id of the key of Performance Insights, fixed while it is on.",
            immutable=True,
            normalise=last_part("/"),
            property="PerformanceInsightsKmsKeyId",
        ),
        Field(
            "performance_insights_retention_days",
            "Days to keep its data, 7, 731 or a multiple of 31 up to 713.",
            type="int",
            property="AWS::RDS::DBInstance.PerformanceInsightsRetentionPeriod",
        ),
        Field(
            "database_insights_mode",
            "Mode of CloudWatch Database Insights. V(advanced) needs Performance Insights with 465 days or more.",
            choices=("standard", "advanced"),
        ),
        Field(
            "auto_minor_version_upgrade",
            "Let AWS install new minor versions in the maintenance window.",
            type="bool",
            property="AWS::RDS::DBInstance.AutoMinorVersionUpgrade",
        ),
        Field(
            "instance_count",
            "Number of instances, 0 to 16. The last readers leave first, the writer never while another stays.",
            type="int",
            minimum=0,
            maximum=16,
            property="",
        ),
        Field(
            "instance_class",
            "Class of every instance, such as C(db.r6g.large), or C(db.serverless).",
            property="AWS::RDS::DBInstance.DBInstanceClass",
        ),
        Field(
            "promotion_tiers",
            "Priority of each instance at a failover, 0 (first) to 15, in the order of their numbers.",
            type="list",
            elements="int",
            minimum=0,
            maximum=15,
            property="AWS::RDS::DBInstance.PromotionTier",
        ),
        Field(
            "monitoring_interval",
            "Seconds between the measurements of enhanced monitoring; V(0) turns it off.",
            type="int",
            choices=MONITORING_INTERVALS,
        ),
        Field(
            "monitoring_role_arn",
            "ARN of the role with which enhanced monitoring writes to CloudWatch Logs.",
            form=ROLE,
            clears=True,
        ),
        Field(
            "ca_certificate",
            "Identifier of the certificate authority of the instances, such as C(rds-ca-rsa2048-g1).",
            property="AWS::RDS::DBInstance.CACertificateIdentifier",
        ),
        Field(
            "apply_immediately",
            "Make changes at once. V(false) leaves those that interrupt the service to the maintenance window.",
            type="bool",
            default=True,
            create_only=True,
            property="",
        ),
        Field(
            "reboot_when_required",
            "Reboot instances whose parameters wait for it. Otherwise they are named in "
            "RV(resources) under C(pending_reboot).",
            type="bool",
            default=False,
            create_only=True,
            property="",
        ),
        Field(
            "skip_final_snapshot",
            "Delete the cluster without a last snapshot.",
            type="bool",
            default=False,
            create_only=True,
            property="",
        ),
        Field(
            "final_snapshot_prefix",
            "Begin of the name of the last snapshot; the time in UTC follows. The name of the "
            "cluster with C(-final) by default.",
            create_only=True,
            form=RDS_NAME,
            property="",
        ),
    )
    deviations = (
        Deviation(
            "instance_count", "property", "AWS's type is the cluster alone; this kind makes its instances as well"
        ),
        Deviation("master_username", "stricter", "CreateDBCluster documents 1 to 16 letters or digits for Aurora"),
        Deviation(
            "master_user_secret_kms_key_id",
            "immutable",
            "ModifyDBCluster takes the key only while it turns the management of the password on",
        ),
        Deviation(
            "performance_insights_kms_key_arn",
            "immutable",
            "Performance Insights keeps the key that it was turned on with; the schema of DBInstance says so",
        ),
    )
    outputs = (
        "arn", "endpoint", "reader_endpoint", "master_user_secret_arn", "master_user_secret_version", "resource_id",
        "status", "instances", "pending_reboot",
    )  # fmt: skip

    # --- what is wanted ---------------------------------------------------------------------------------------------

    def problems(self, item: Item) -> Iterable[str]:
        """Check what AWS would refuse only after a while."""
        yield from cluster_problems({**item, **(item.get("serverless_scaling") or {})}, lambda name: name)
        yield from empty_groups_problems(item)
        last = f"-{item.get('instance_count')}"
        if item.get("instance_count") and len(item["name"]) + len(last) > LONGEST_NAME:
            yield f"name has {len(item['name'])} characters; with {last} behind it an instance may have {LONGEST_NAME}"
        if item.get("instance_count") and not item.get("instance_class"):
            yield f"instance_count is {item['instance_count']}; instance_class is needed with it"
        if item.get("monitoring_interval") and not item.get("monitoring_role_arn"):
            yield f"monitoring_interval is {item['monitoring_interval']}; monitoring_role_arn is needed with it"
        if item.get("master_user_secret") and item.get("manage_master_user_password"):
            yield "master_user_secret is given although manage_master_user_password is true; leave out one of them"
        if item.get("kms_key_arn") and item.get("storage_encrypted") is False:
            yield "storage_encrypted is false although kms_key_arn is given; leave out one of them"

    def blockers(self, want: Item, live: Live | None, *, absent: bool) -> Iterable[str]:
        """Refuse downgrades, unannounced major upgrades, a master password outside Secrets Manager, and lost causes."""
        if absent:
            return
        if live is not None and (cause := aurora.lost(live["status"])):
            yield f"{self.noun} {want['name']}: AWS reports {live['status']}: {cause}"
        managed = live is None or live["manage_master_user_password"]
        if want.get("manage_master_user_password") is False and managed and not want.get("master_user_secret"):
            yield (
                f"{self.noun} {want['name']}: manage_master_user_password is false; without it RDS needs the password "
                "from master_user_secret, a secret of yours"
            )
        wanted = want.get("engine_version")
        if live is None or wanted is None or is_unknown(wanted) or is_reached(wanted, live["engine_version"]):
            return
        new, old = version_key(wanted)[:1], version_key(live["engine_version"])[:1]
        what = f"{self.noun} {want['name']}: engine_version is {live['engine_version']}, wanted {wanted}"
        if new < old:
            yield f"{what}; AWS cannot go back to an earlier major version"
        elif new > old and not want.get("allow_major_version_upgrade"):
            yield f"{what}; set allow_major_version_upgrade: true to allow a new major version"

    def differences(self, want: Item, live: Live) -> dict[str, tuple[Any, Any]]:
        """Leave out what is no difference, and add what follows from the others."""
        topology: Topology = live.raw
        found = super().differences(want, live)
        if live["status"] == "creating":  # AWS does not tell all of it yet
            found = {name: pair for name, pair in found.items() if pair[0] is not None or name in INSTANCE_ONLY}
        for name in self._not_compared(want, live):
            found.pop(name, None)
        found.update(self._of_master_user(want, live))
        if live["status"] in ("stopped", "stopping"):
            found["status"] = (live["status"], "available")
        if "instance_count" in found:
            found["instances"] = (live["instances"], topology.with_count(want["instance_count"]))
        if topology.ours and "parameter_group" in found:
            found["pending_reboot"] = (live["pending_reboot"], UNKNOWN)
        elif topology.pending_reboot and want.get("reboot_when_required"):
            found["pending_reboot"] = (live["pending_reboot"], [])
        return found

    @staticmethod
    def _of_master_user(want: Item, live: Live) -> dict[str, tuple[Any, Any]]:
        """Return what follows from where the master password is kept."""
        supplied = live.raw.supplied
        if supplied is not None and supplied.version != live["master_user_secret_version"]:
            fresh = {"master_user_secret_version": supplied.version, "master_user_secret_arn": supplied.arn}
            return {name: (live[name], value) for name, value in fresh.items() if live[name] != value}
        if want.get("manage_master_user_password") and not live["manage_master_user_password"]:
            return {"master_user_secret_arn": (live["master_user_secret_arn"], UNKNOWN)}
        return {}

    @staticmethod
    def _not_compared(want: Item, live: Live) -> Iterable[str]:
        yield from (name for name in MAYBE_UNREPORTED if live[name] is None)
        if is_reached(want.get("engine_version") or "", live["engine_version"]):
            yield "engine_version"
        if not live["manage_master_user_password"]:  # its key is chosen when management is turned on
            yield "master_user_secret_kms_key_id"
        if want.get("manage_master_user_password") is False:  # and RDS rotates what it manages
            yield from ("master_user_secret_kms_key_id", "password_rotation_schedule")
        if not live["performance_insights"]:  # so is that of Performance Insights
            yield "performance_insights_kms_key_arn"
        scaling = live["serverless_scaling"] or {}
        if all(scaling.get(name) == value for name, value in canonical(want.get("serverless_scaling") or {}).items()):
            yield "serverless_scaling"
        if want.get("performance_insights") is False:
            yield from ("performance_insights_kms_key_arn", "performance_insights_retention_days")
        if want.get("monitoring_interval") == 0:
            yield "monitoring_role_arn"
        count = want.get("instance_count")
        if count == 0 or (count is None and not live["instance_count"]):
            yield from INSTANCE_ONLY

    # --- reading ----------------------------------------------------------------------------------------------------

    def read(self, aws: Aws, items: Sequence[Item], *, everything: bool = False) -> dict[str, Live]:
        """One listing of clusters and one of instances, both filtered."""
        names = known_names(items, "name")
        if not names and not everything:
            return {}
        rds = aws.service("rds")
        query = {} if everything else {"Filters": [{"Name": "db-cluster-id", "Values": sorted(names)}]}
        clusters = list(rds.pages("describe_db_clusters", "DBClusters", **query))
        instances = list(rds.pages("describe_db_instances", "DBInstances", **query)) if clusters else []
        found = {}
        for cluster in clusters:
            name = cluster["DBClusterIdentifier"]
            topology = Topology(cluster, [entry for entry in instances if entry.get("DBClusterIdentifier") == name])
            if name in names or (everything and cluster.get("Engine") == "aurora-postgresql"):
                found[names.get(name, name)] = Live(topology.values(), topology.tags(), topology.phase(), topology)
        wanted = {item["name"]: item for item in items}
        return {name: self._with_master_user(aws, wanted.get(name, {}), live) for name, live in found.items()}

    @staticmethod
    def _with_master_user(aws: Aws, want: Item, live: Live) -> Live:
        """Look at the secret of the master password, where the cluster alone does not tell what is wanted."""
        if live["master_user_secret_arn"] and want.get("password_rotation_schedule"):
            schedule = master_user.schedule(aws, live["master_user_secret_arn"])
            live = replace(live, values={**live.values, "password_rotation_schedule": schedule})
        if not master_user.is_supplied(want):
            return live
        supplied, values = master_user.supplied(aws, want), dict(live.values)
        if not live["manage_master_user_password"]:
            values["master_user_secret_arn"] = supplied.arn
        else:  # what an earlier secret had is of no account
            values["master_user_secret_version"] = None
        return replace(live, values=values, raw=replace(live.raw, supplied=supplied))

    # --- changing ---------------------------------------------------------------------------------------------------

    def create(self, aws: Aws, want: Item) -> bool:
        """Create the cluster and, where AWS already takes them, its instances; otherwise they follow when it is up."""
        try:
            self._create_cluster(aws, {**want, "name": want["name"].lower()})
        except Exists:  # made between our look and now
            return True
        names = Topology({"DBClusterIdentifier": want["name"].lower()}).with_count(want.get("instance_count") or 0)
        try:
            for name in names:
                self._add_member(aws, want, name, names)
        except Failure as failure:
            if failure.code != _STATE:
                raise
            return True
        return bool(want.get("password_rotation_schedule"))  # set once there is a secret

    @staticmethod
    def _create_cluster(aws: Aws, want: Item) -> None:
        tags, given = dict(want.get("tags") or {}), {}
        if master_user.is_supplied(want):
            password, version = master_user.password(aws, want)
            tags[master_user.VERSION_TAG] = version
            given = {"MasterUserPassword": password.reveal()}
        request = {**aurora.creation(want, RDS.encode(tags)), **given}
        create = partial(aws.service("rds").create_db_cluster, **request)
        service_roles.linked(aws, service_roles.RDS, create, *_NEW_REFERENCES)

    @staticmethod
    def _add_member(aws: Aws, want: Item, name: str, names: Sequence[str]) -> None:
        request = aurora.member_creation(want, name, names.index(name), RDS.encode(_member_tags(want, name)))
        create = partial(aws.service("rds").create_db_instance, **request)
        try:
            service_roles.linked(aws, service_roles.RDS, create, *_NEW_CLUSTER)
        except Exists:
            return

    def update(self, aws: Aws, want: Item, live: Live, delta: Delta) -> bool:
        """Change the cluster first; its instances in a further round, when it is available again."""
        rds, topology = aws.service("rds"), live.raw
        if "status" in delta:  # a stopped cluster takes no change
            self._start(aws, topology)
            return True
        if "password_rotation_schedule" in delta and live.raw.supplied is None and live["master_user_secret_arn"]:
            master_user.set_schedule(aws, live["master_user_secret_arn"], want["password_rotation_schedule"])
        if self._modify_cluster(aws, want, live, delta):
            members = delta.any(*aurora.MEMBER, "promotion_tiers", "instance_count")
            becomes_managed = "manage_master_user_password" in delta and bool(want.get("password_rotation_schedule"))
            return members or becomes_managed or bool(want.get("reboot_when_required"))
        changed = self._change_members(aws, want, topology)
        for name in topology.pending_reboot if want.get("reboot_when_required") and not changed else ():
            patiently(partial(rds.reboot_db_instance, DBInstanceIdentifier=name), *_PASSING)
        return changed and bool(want.get("reboot_when_required"))

    @staticmethod
    def _modify_cluster(aws: Aws, want: Item, live: Live, delta: Delta) -> bool:
        """Change the cluster itself, and tell whether anything of it was to be changed."""
        topology, version = live.raw, None
        request = aurora.modification(want, topology, delta)
        if "master_user_secret_version" in delta:
            password, version = master_user.password(aws, want)
            request["MasterUserPassword"] = password.reveal()
        if not request:
            return False
        at_once = want.get("apply_immediately", True)
        request = {"DBClusterIdentifier": topology.name, **request, "ApplyImmediately": at_once}
        patiently(lambda: aws.service("rds").modify_db_cluster(**request), *_PASSING, *_NEW_REFERENCES)
        if "master_user_secret_version" in delta or "manage_master_user_password" in delta:
            master_user.remember(aws, live["arn"], version)  # after the deed: a run that is killed does it again
        return True

    def _change_members(self, aws: Aws, want: Item, topology: Topology) -> bool:
        rds, changed = aws.service("rds"), False
        wanted = want.get("instance_count")
        names = list(topology.ours) if wanted is None else topology.with_count(wanted)
        tiers = dict(zip(names, want.get("promotion_tiers") or (), strict=False))
        for name in names:
            if name not in topology.ours:
                self._add_member(aws, want, name, names)
                changed = True
            elif request := aurora.member_modification(want, topology.ours[name], tiers.get(name)):
                at_once = want.get("apply_immediately", True)
                request = {"DBInstanceIdentifier": name, **request, "ApplyImmediately": at_once}
                patiently(partial(rds.modify_db_instance, **request), *_PASSING)
                changed = True
        leaving = [name for name in topology.ours if name not in names]
        for name in sorted(leaving, key=lambda name: name == topology.writer):
            self._remove_member(aws, name)
            changed = True
        return changed

    @staticmethod
    def _start(aws: Aws, topology: Topology) -> None:
        """Start a stopped cluster; that it is being started already is as well."""
        try:
            aws.service("rds").start_db_cluster(DBClusterIdentifier=topology.name)
        except Failure as failure:
            if failure.code != _STATE:
                raise

    @staticmethod
    def _remove_member(aws: Aws, name: str) -> None:
        """Delete an instance. The data is the cluster's, and so are its snapshots."""
        try:
            aws.service("rds").delete_db_instance(DBInstanceIdentifier=name, SkipFinalSnapshot=True)
        except Missing:
            return

    def delete(self, aws: Aws, want: Item, live: Live) -> bool:
        """Lift the protection, delete the instances, then the cluster, each in the round in which AWS allows it."""
        rds, topology = aws.service("rds"), live.raw
        if topology.stopped:  # AWS neither changes nor deletes what is stopped
            self._start(aws, topology)
            return True
        if live["deletion_protection"]:
            unprotect = {"DeletionProtection": False, "ApplyImmediately": True}
            patiently(lambda: rds.modify_db_cluster(DBClusterIdentifier=topology.name, **unprotect), *_PASSING)
            return True
        remaining = [entry for entry in topology.instances if entry["DBInstanceStatus"] != "deleting"]
        for entry in sorted(remaining, key=lambda entry: entry["DBInstanceIdentifier"] == topology.writer):
            self._remove_member(aws, entry["DBInstanceIdentifier"])
        if remaining:
            return True
        request: dict[str, Any] = {"DBClusterIdentifier": topology.name, "SkipFinalSnapshot": True}
        if not want.get("skip_final_snapshot"):
            prefix = want.get("final_snapshot_prefix") or f"{topology.name}-final"
            request.update(SkipFinalSnapshot=False, FinalDBSnapshotIdentifier=final_snapshot_name(prefix, longest=255))
        with suppress(Missing):
            patiently(lambda: rds.delete_db_cluster(**request), (_STATE, "non-deleting"))
            if "FinalDBSnapshotIdentifier" in request:
                snapshot = f"{self.noun} {topology.name}: snapshot {request['FinalDBSnapshotIdentifier']}"
                self.remains.append((topology.name, snapshot))
        return False

    def retag(self, aws: Aws, live: Live, add: Mapping[str, str], remove: Sequence[str]) -> None:
        """Tag the cluster and its instances."""
        RDS.apply(aws, live["arn"], add, remove)
        for name, entry in live.raw.ours.items():
            RDS.apply(aws, entry["DBInstanceArn"], _member_tags({"tags": add}, name), remove)


def _member_tags(want: Item, name: str) -> dict[str, str]:
    """Return the tags of an instance: those of the cluster, with a name of its own."""
    tags = dict(want.get("tags") or {})
    return {**tags, "Name": name} if "Name" in tags else tags


MANUAL = Manual(
    short="Manage Aurora PostgreSQL clusters with their instances",
    about=(
        (
            "Creates, changes and deletes Aurora clusters and their instances as one resource. "
            "The instances are named after the cluster, with C(-1), C(-2) and so on; instances "
            "with other names are left alone."
        ),
        (
            "The master password is managed by RDS in Secrets Manager, or taken from a secret. It "
            "is never an option or a result."
        ),
        (
            "A minor version to which AWS moved on by itself is not taken back. Changes that AWS "
            "keeps for the next maintenance window count as made."
        ),
        (
            "A cluster that somebody stopped is started before anything else, also to be deleted; "
            "a plan says so as a change of its C(status). A cluster that no change can mend is "
            "refused with what to do first."
        ),
        ("Makes the service-linked role of RDS first, where the account has none; it stays when all else is deleted."),
        (
            "Uses C(iam:GetRole), C(iam:CreateServiceLinkedRole), C(rds:DescribeDBClusters), "
            "C(rds:DescribeDBInstances), C(rds:CreateDBCluster), C(rds:ModifyDBCluster), "
            "C(rds:StartDBCluster), C(rds:DeleteDBCluster), C(rds:CreateDBInstance), "
            "C(rds:ModifyDBInstance), C(rds:RebootDBInstance), C(rds:DeleteDBInstance), "
            "C(rds:AddTagsToResource) and C(rds:RemoveTagsFromResource). RDS itself needs of the "
            "caller C(iam:PassRole) on the monitoring role, C(secretsmanager:CreateSecret), "
            "C(secretsmanager:TagResource), and C(kms:DescribeKey), C(kms:CreateGrant), "
            "C(kms:Decrypt) and C(kms:GenerateDataKey) on the keys."
        ),
    ),
    examples="""
- name: A writer and a reader
  dataai.platform.db_cluster:
    name: aurora-acme-app-prod-euc2-postgres
    engine_version: "14.19"
    master_username: dbadmin
    manage_master_user_password: true
    database_name: appdb
    subnet_group: subnet-group-acme-app-prod-euc2-aurora
    storage_encrypted: true
    instance_count: 2
    instance_class: db.r6g.large

- name: Take it down, with a last snapshot
  dataai.platform.db_cluster:
    name: aurora-acme-app-prod-euc2-postgres
    state: absent
    acknowledge: [aurora-acme-app-prod-euc2-postgres]
""",
    sample={
        "aurora-acme-app-prod-euc2-postgres": {
            "arn": "arn:aws:rds:eu-central-2:123456789012:cluster:aurora-acme-app-prod-euc2-postgres",
            "endpoint": "aurora-acme-app-prod-euc2-postgres.cluster-abc123.eu-central-2.rds.amazonaws.com",
            "reader_endpoint": "aurora-acme-app-prod-euc2-postgres.cluster-ro-abc123.eu-central-2.rds.amazonaws.com",
            "port": 5432,
            "instances": ["aurora-acme-app-prod-euc2-postgres-1", "aurora-acme-app-prod-euc2-postgres-2"],
            "pending_reboot": [],
            "master_user_secret_arn": "arn:aws:secretsmanager:eu-central-2:123456789012:secret:rds!cluster-1a2b3c",
        }
    },
    plural="clusters",
    leaves=True,
)
