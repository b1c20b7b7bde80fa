# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ElastiCache replication groups with their nodes, as one resource."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Any

from ..aws import redis, service_roles
from ..aws.database import described, final_snapshot_name, is_reached, known_names, version_key
from ..aws.ec2 import empty_groups_problems
from ..aws.forms import RDS_NAME, SECURITY_GROUP
from ..aws.patience import patiently
from ..aws.redis_rules import group_problems, knows_transit_modes
from ..aws.session import Aws
from ..aws.tags import ELASTICACHE
from ..core.errors import Exists, Failure, Missing
from ..core.kind import Delta, Deviation, Field, Form, Item, Kind, Live, Manual
from ..core.values import UNKNOWN, Secret, is_unknown, last_part, lower, unordered, version

Description = Mapping[str, Any]

#: AWS reports "available" a moment before it takes the next change.
_STATE = "InvalidReplicationGroupState"
_PASSING = ((_STATE, ""),)

#: What a group refers to was made a moment ago and is not known to ElastiCache yet.
_NEW_REFERENCES = (
    ("CacheSubnetGroupNotFoundFault", ""),
    ("CacheParameterGroupNotFound", ""),
    ("UserGroupNotFound", ""),
    ("InvalidKMSKeyFault", ""),
    ("InvalidParameterValue", "invalid security group"),
)

_USER_GROUP = Form(r"[a-zA-Z][a-zA-Z0-9-]*", "the id of a user group: letters, digits and hyphens, a letter first")

_LOG = (
    Field("log_type", "The log.", choices=("slow-log", "engine-log"), required=True),
    Field(
        "destination_type",
        "Kind of destination.",
        choices=("cloudwatch-logs", "kinesis-firehose"),
        default="cloudwatch-logs",
    ),
    Field(
        "destination",
        "Name of the log group or delivery stream.",
        required=True,
        property="DestinationDetails.CloudWatchLogsDetails.LogGroup",
    ),
    Field("log_format", "Format of the entries.", choices=("json", "text"), default="json"),
)


def _deliveries(entries: Any) -> Any:
    """Compare log deliveries without their order, defaults filled in."""
    if not isinstance(entries, (list, tuple)):
        return entries
    filled = ({"destination_type": "cloudwatch-logs", "log_format": "json", **entry} for entry in entries)
    return unordered(list(filled))


class ReplicationGroup(Kind[Aws]):
    """A replication group. With ``num_node_groups`` it runs in cluster mode."""

    type = "replication_group"
    noun = "replication group"
    aws_type = "AWS::ElastiCache::ReplicationGroup"
    key = "replication_group_id"
    stateful = True
    timeout = 3600
    usually = "10 to 15 minutes"
    fields = (
        Field(
            "replication_group_id",
            "Identifier of the group, 1-40 letters, digits and hyphens. AWS stores it in lower case.",
            form=RDS_NAME,
            max_length=40,
        ),
        Field(
            "description",
            "What the group is for. Needed to create it.",
            required=True,
            property="ReplicationGroupDescription",
        ),
        Field(
            "engine",
            "The engine. A group of V(redis) can become one of V(valkey), not the other way round.",
            choices=("redis", "valkey"),
            default="redis",
        ),
        Field(
            "engine_version",
            "Version such as C(7.1). A group that runs this or a later minor version of the same "
            "major version is left as it is.",
            normalise=version(2),
        ),
        Field(
            "node_type",
            "Type of the nodes, such as C(cache.r7g.large). Needed to create the group.",
            required=True,
            property="CacheNodeType",
        ),
        Field(
            "num_cache_clusters",
            "Number of nodes without cluster mode, 1 to 6 (a primary and its replicas).",
            type="int",
            minimum=1,
            maximum=6,
        ),
        Field(
            "num_node_groups",
            "Number of shards in cluster mode. The parameter group must turn cluster mode on.",
            type="int",
            minimum=1,
            maximum=500,
        ),
        Field(
            "replicas_per_node_group",
            "Number of replicas of each shard in cluster mode, 0 to 5.",
            type="int",
            minimum=0,
            maximum=5,
        ),
        Field(
            "automatic_failover",
            "Promote a replica when the primary fails. Needs 2 nodes.",
            type="bool",
            property="AutomaticFailoverEnabled",
        ),
        Field(
            "multi_az",
            "Place the nodes in different availability zones. Needs O(automatic_failover).",
            type="bool",
            property="MultiAZEnabled",
        ),
        Field("port", "Port, fixed once the group exists.", type="int", immutable=True, minimum=1150, maximum=65535),
        Field(
            "subnet_group",
            "Name of the cache subnet group, fixed once the group exists.",
            immutable=True,
            normalise=lower,
            property="CacheSubnetGroupName",
        ),
        Field(
            "security_group_ids",
            "Ids of the security groups.",
            type="list",
            elements="str",
            normalise=unordered,
            form=SECURITY_GROUP,
            unique=True,
        ),
        Field(
            "parameter_group", "Name of the cache parameter group.", normalise=lower, property="CacheParameterGroupName"
        ),
        Field(
            "at_rest_encryption",
            "Encrypt the data at rest, fixed once the group exists.",
            type="bool",
            immutable=True,
            property="AtRestEncryptionEnabled",
        ),
        Field(
            "kms_key_arn",
            "ARN or id of the key that encrypts the data at rest, fixed once the group exists.",
            immutable=True,
            normalise=last_part("/"),
            property="KmsKeyId",
        ),
        Field("transit_encryption", "Encrypt connections with TLS.", type="bool", property="TransitEncryptionEnabled"),
        Field(
            "transit_encryption_mode",
            (
                "V(required) refuses connections without TLS, V(preferred) allows both.",
                "On an existing group without TLS the way leads through V(preferred).",
            ),
            choices=("required", "preferred"),
        ),
        Field(
            "user_group_ids",
            "Id of the user group that may log in (role-based access). One at most; an empty list means none.",
            type="list",
            elements="str",
            normalise=unordered,
            form=_USER_GROUP,
            unique=True,
        ),
        Field(
            "auth_token_secret_arn",
            (
                (
                    "ARN of a secret whose text is the AUTH token, 16 to 128 printable characters. It is "
                    "set when the group is created."
                ),
                (
                    "A newer version of the secret rotates the token; the one before it stays valid until "
                    "the next rotation."
                ),
            ),
            property="AuthToken",
        ),
        Field(
            "log_delivery",
            "All logs to deliver. Those that are not named are ended.",
            type="list",
            elements="dict",
            options=_LOG,
            normalise=_deliveries,
            property="LogDeliveryConfigurations",
        ),
        Field("snapshot_window", "Daily window of the snapshots in UTC, such as C(02:00-03:00), 60 minutes at least."),
        Field(
            "snapshot_retention_days",
            "Days to keep automatic snapshots, 0 to 35; V(0) takes none.",
            type="int",
            minimum=0,
            maximum=35,
            property="SnapshotRetentionLimit",
        ),
        Field(
            "maintenance_window",
            "Weekly window of maintenance in UTC, such as C(sun:04:00-sun:05:00), 60 minutes at least.",
            normalise=lower,
            property="PreferredMaintenanceWindow",
        ),
        Field(
            "auto_minor_version_upgrade", "Let AWS install new minor versions in the maintenance window.", type="bool"
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
            "skip_final_snapshot",
            "Delete the group without a last snapshot.",
            type="bool",
            default=False,
            create_only=True,
            property="",
        ),
        Field(
            "final_snapshot_prefix",
            "Begin of the name of the last snapshot; the time in UTC follows. The id of the group "
            "with C(-final) by default.",
            create_only=True,
            form=RDS_NAME,
            property="",
        ),
    )
    deviations = (
        Deviation(
            "*", "write-only", "the schema reads the group alone; a member tells the rest, and dates tell of the token"
        ),
    )
    outputs = (
        "arn", "status", "primary_endpoint_address", "reader_endpoint_address", "configuration_endpoint_address",
        "member_clusters",
    )  # fmt: skip

    # --- what is wanted ---------------------------------------------------------------------------------------------

    def problems(self, item: Item) -> Iterable[str]:
        """Check what AWS would refuse only after a while."""
        yield from group_problems(item, lambda name: name)
        yield from empty_groups_problems(item)
        if "num_cache_clusters" in item and ("num_node_groups" in item or "replicas_per_node_group" in item):
            yield "num_cache_clusters and num_node_groups exclude each other; the latter is for cluster mode"
        types = [entry["log_type"] for entry in item.get("log_delivery") or ()]
        if len(types) > len(set(types)):
            yield "log_delivery names a log type twice"

    def blockers(self, want: Item, live: Live | None, *, absent: bool) -> Iterable[str]:
        """Refuse what ElastiCache cannot do to an existing group."""
        if absent or live is None:
            return
        what = f"{self.noun} {want[self.key]}"
        if cause := redis.lost(live.raw):
            yield f"{what}: AWS reports {cause}"
        for text in self._engine_blockers(want, live):
            yield f"{what}: {text}"
        clustered = want.get("num_node_groups") is not None
        if (clustered or want.get("num_cache_clusters") is not None) and clustered != live.raw.get("ClusterEnabled"):
            yield f"{what}: AWS cannot {'turn on' if clustered else 'turn off'} cluster mode of an existing group here"
        if want.get("auth_token_secret_arn") and not live.raw.get("AuthTokenEnabled"):
            yield f"{what}: an AUTH token is set when the group is created; give an existing group user_group_ids"

    @staticmethod
    def _engine_blockers(want: Item, live: Live) -> Iterator[str]:
        wanted, present = want.get("engine_version"), live["engine_version"]
        if want.get("engine") == "redis" and live["engine"] == "valkey":
            yield "engine is valkey, wanted redis; AWS cannot go back"
        elif wanted and present and not is_unknown(wanted) and version_key(wanted)[:1] < version_key(present)[:1]:
            yield f"engine_version is {present}, wanted {wanted}; AWS cannot go back to an earlier version"
        if want.get("engine") == "valkey" and live["engine"] == "redis" and not wanted:
            yield "engine is redis, wanted valkey; AWS changes it only together with engine_version, such as 8.0"
        changes = [name for name in ("transit_encryption", "transit_encryption_mode") if _changes(want, live, name)]
        if changes and not knows_transit_modes(want.get("engine") or live["engine"], wanted or present):
            yield (
                f"{' and '.join(changes)} cannot be changed before version 7.0.5 of Redis, and engine_version is "
                f"{wanted or present}; raise that as well, or set them back"
            )

    def differences(self, want: Item, live: Live) -> dict[str, tuple[Any, Any]]:
        """Leave out what is no difference, and add what follows from a new number of nodes."""
        found = super().differences(want, live)
        if live["status"] == "creating":  # AWS does not tell all of it yet
            found = {name: pair for name, pair in found.items() if pair[0] is not None}
        same_engine = want.get("engine") in (None, live["engine"])
        if same_engine and is_reached(want.get("engine_version") or "", live["engine_version"] or ""):
            found.pop("engine_version", None)
        if want.get("transit_encryption") is False:
            found.pop("transit_encryption_mode", None)
        if {"num_cache_clusters", "num_node_groups", "replicas_per_node_group"} & found.keys():
            found["member_clusters"] = (live["member_clusters"], UNKNOWN)
        return found

    def predict(self, want: Item) -> Mapping[str, Any]:
        """Only cluster mode has a configuration endpoint, and it has no other."""
        if want.get("num_node_groups") is None:
            return {"configuration_endpoint_address": None}
        return {"primary_endpoint_address": None, "reader_endpoint_address": None}

    # --- reading ----------------------------------------------------------------------------------------------------

    def read(self, aws: Aws, items: Sequence[Item], *, everything: bool = False) -> dict[str, Live]:
        """List the groups; one member of each tells the rest."""
        cache, names = aws.service("elasticache"), known_names(items, self.key)
        listing = ("describe_replication_groups", "ReplicationGroups")
        groups = (
            list(cache.pages(*listing)) if everything else described(cache, *listing, "ReplicationGroupId", set(names))
        )
        wanted = {item[self.key].lower(): item for item in items}
        found = {}
        for group in groups:
            name = group["ReplicationGroupId"]
            if everything or name in names:
                member = self._member(aws, group)
                values = redis.group_values(group, member)
                values["auth_token_secret_arn"] = self._current_token(aws, group, wanted.get(name, {}))
                raw = {**group, redis.MEMBER_STATUS: member.get("CacheClusterStatus")}
                tags = self._tags(aws, group) if group.get("Status") == "available" else None
                found[names.get(name, name)] = Live(values, tags, redis.phase(raw), raw)
        return found

    @staticmethod
    def _member(aws: Aws, group: Description) -> Description:
        """Return the first member cluster; a group that is being created or deleted may have none."""
        for name in sorted(group.get("MemberClusters") or ())[:1]:
            query = {"CacheClusterId": name, "ShowCacheNodeInfo": True}
            with suppress(Missing):
                return dict(aws.service("elasticache").describe_cache_clusters(**query)["CacheClusters"][0])
        return {}

    @staticmethod
    def _tags(aws: Aws, group: Description) -> dict[str, str]:
        return ELASTICACHE.of(aws, group["ARN"])

    # --- the AUTH token ---------------------------------------------------------------------------------------------

    @staticmethod
    def _current_token(aws: Aws, group: Description, want: Item) -> str | None:
        """Return the wanted secret's ARN where the group's token is not older than the secret's current version.

        Only dates are read here; the token itself is read when it is sent.
        """
        arn = want.get("auth_token_secret_arn")
        if not arn or is_unknown(arn) or not group.get("AuthTokenEnabled"):
            return None
        try:
            versions = list(aws.service("secretsmanager").pages("list_secret_version_ids", "Versions", SecretId=arn))
        except Missing:
            return None
        current = [entry["CreatedDate"] for entry in versions if "AWSCURRENT" in entry.get("VersionStages", ())]
        since: datetime | None = group.get("AuthTokenLastModifiedDate") or group.get("ReplicationGroupCreateTime")
        return str(arn) if since and current and current[0] <= since else None

    def _token(self, aws: Aws, want: Item) -> Secret:
        """Read the token.

        Raises:
            Failure: the secret holds no AUTH token. The message never holds what it does hold.
        """
        arn = want["auth_token_secret_arn"]
        token = aws.service("secretsmanager").get_secret_value(SecretId=arn).get("SecretString") or ""
        if not 16 <= len(token) <= 128 or not token.isascii() or set(token) & set('/"@% \t\r\n{}'):
            raise Failure(
                f"{self.noun} {want[self.key]}",
                f'secret {arn} holds no AUTH token: 16 to 128 printable characters other than / " @ % and blanks',
            )
        return Secret(token)

    # --- changing ---------------------------------------------------------------------------------------------------

    def create(self, aws: Aws, want: Item) -> None:
        """Create the group with all its settings."""
        request = {"ReplicationGroupId": want[self.key].lower(), **redis.creation(want)}
        request["Tags"] = ELASTICACHE.encode(want.get("tags"))
        if want.get("log_delivery"):
            request["LogDeliveryConfigurations"] = [redis.delivery(entry) for entry in want["log_delivery"]]
        if want.get("auth_token_secret_arn"):
            request["AuthToken"] = self._token(aws, want).reveal()
        create = partial(aws.service("elasticache").create_replication_group, **request)
        with suppress(Exists):  # made between our look and now
            service_roles.linked(aws, service_roles.ELASTICACHE, create, *_NEW_REFERENCES)

    def update(self, aws: Aws, want: Item, live: Live, delta: Delta) -> bool:
        """Make the first change that is due. Each waits until the group is available again.

        Shards and replicas come before settings that need them, replicas go after settings that they carried.
        """
        due = list(self._due(want, live, delta))
        if due:
            operation, request = due[0]
            request = {"ReplicationGroupId": live.raw["ReplicationGroupId"], "ApplyImmediately": True, **request}
            if request.pop("_token", False):
                request.update(AuthToken=self._token(aws, want).reveal(), AuthTokenUpdateStrategy="ROTATE")
            call: Callable[..., Any] = getattr(aws.service("elasticache"), operation)
            try:
                patiently(lambda: call(**request), *_PASSING, *_NEW_REFERENCES)
            except Failure as failure:
                if not _is_done(failure):
                    raise
        return len(due) > 1 or bool(delta.tags_set or delta.tags_removed)

    def _due(self, want: Item, live: Live, delta: Delta) -> Iterator[tuple[str, dict[str, Any]]]:
        replicas = self._replicas(want, live, delta)
        if "num_node_groups" in delta:
            yield "modify_replication_group_shard_configuration", self._shards(want, live)
        if replicas > 0:
            yield "increase_replica_count", {"NewReplicaCount": self._new_replicas(want)}
        if settings := self._settings(want, live, delta):
            yield "modify_replication_group", {**settings, "ApplyImmediately": want.get("apply_immediately", True)}
        for step in redis.transit_steps(want, live, delta):
            yield "modify_replication_group", step
        if "auth_token_secret_arn" in delta:
            yield "modify_replication_group", {"_token": True}
        if replicas < 0:
            yield "decrease_replica_count", {"NewReplicaCount": self._new_replicas(want)}

    @staticmethod
    def _new_replicas(want: Item) -> int:
        """Replicas of each shard, without its primary."""
        nodes = want.get("num_cache_clusters")
        return int(want["replicas_per_node_group"] if nodes is None else nodes - 1)

    @staticmethod
    def _replicas(want: Item, live: Live, delta: Delta) -> int:
        """Return how many replicas a shard is to gain (or, negative, lose)."""
        for name in ("num_cache_clusters", "replicas_per_node_group"):
            if name in delta:
                return int(want[name]) - int(live[name] or 0)
        return 0

    @staticmethod
    def _shards(want: Item, live: Live) -> dict[str, Any]:
        """Shards beyond the wanted number are emptied into the others and removed, the last ones first."""
        wanted = want["num_node_groups"]
        ids = sorted(shard["NodeGroupId"] for shard in live.raw.get("NodeGroups") or ())
        return {"NodeGroupCount": wanted, **({"NodeGroupsToRemove": ids[wanted:]} if ids[wanted:] else {})}

    @staticmethod
    def _settings(want: Item, live: Live, delta: Delta) -> dict[str, Any]:
        request = redis.named({name: want[name] for name in delta.fields if name in want}, redis.MODIFY)
        if delta.any("engine", "engine_version"):  # AWS takes neither without the other
            both = {"engine": want.get("engine") or live["engine"], "engine_version": want.get("engine_version")}
            request.update(redis.named(both, redis.CREATE))
        if request.get("SnapshotRetentionLimit") and not live["snapshot_retention_days"] and live["num_cache_clusters"]:
            request["SnapshottingClusterId"] = live["member_clusters"][-1]
        if "log_delivery" in delta:
            request["LogDeliveryConfigurations"] = redis.delivery_changes(want["log_delivery"], live)
        if "user_group_ids" in delta:
            present, wanted = set(live["user_group_ids"]), set(want["user_group_ids"])
            changes = {"UserGroupIdsToAdd": wanted - present, "UserGroupIdsToRemove": present - wanted}
            request.update({name: sorted(groups) for name, groups in changes.items() if groups})
            if wanted and live.raw.get("AuthTokenEnabled"):  # users stand in the place of the token
                request["AuthTokenUpdateStrategy"] = "DELETE"
        return request

    def delete(self, aws: Aws, want: Item, live: Live) -> None:
        """Delete the group, with a last snapshot unless it is declined."""
        request = {"ReplicationGroupId": live.raw["ReplicationGroupId"]}
        if not want.get("skip_final_snapshot") and live["status"] != "create-failed":  # nothing to keep
            prefix = want.get("final_snapshot_prefix") or f"{request['ReplicationGroupId']}-final"
            request["FinalSnapshotIdentifier"] = final_snapshot_name(prefix, longest=50)
        with suppress(Missing):
            patiently(lambda: aws.service("elasticache").delete_replication_group(**request), *_PASSING)
            if "FinalSnapshotIdentifier" in request:
                name = request["ReplicationGroupId"]
                self.remains.append((name, f"{self.noun} {name}: snapshot {request['FinalSnapshotIdentifier']}"))

    def retag(self, aws: Aws, live: Live, add: Mapping[str, str], remove: Sequence[str]) -> None:
        """Tag by ARN. A group that is just changing refuses; its tags then follow in the round after."""
        try:
            ELASTICACHE.apply(aws, live["arn"], add, remove)
        except Failure as failure:
            if failure.code != _STATE:
                raise


def _changes(want: Item, live: Live, name: str) -> bool:
    return want.get(name) is not None and not is_unknown(want[name]) and want[name] != live[name]


def _is_done(failure: Failure) -> bool:
    """Tell whether AWS refused because everything already is as asked."""
    return failure.code == "NoOperationFault" or "No modifications were requested" in failure.why


MANUAL = Manual(
    short="Manage ElastiCache replication groups with their nodes",
    about=(
        (
            "Creates, changes and deletes replication groups of Redis OSS and Valkey. Shards and "
            "replicas are added before the settings that need them, and removed after those that "
            "they carried."
        ),
        (
            "An AUTH token is read from Secrets Manager inside the module. It is never an option, "
            "a result or part of a message."
        ),
        (
            "Makes the service-linked role of ElastiCache first, where the account has none; it "
            "stays when all else is deleted."
        ),
        (
            "Uses C(iam:GetRole), C(iam:CreateServiceLinkedRole), "
            "C(elasticache:DescribeReplicationGroups), C(elasticache:DescribeCacheClusters), "
            "C(elasticache:ListTagsForResource), C(elasticache:CreateReplicationGroup), "
            "C(elasticache:ModifyReplicationGroup), "
            "C(elasticache:ModifyReplicationGroupShardConfiguration), "
            "C(elasticache:IncreaseReplicaCount), C(elasticache:DecreaseReplicaCount), "
            "C(elasticache:DeleteReplicationGroup), C(elasticache:AddTagsToResource) and "
            "C(elasticache:RemoveTagsFromResource); with O(auth_token_secret_arn) also "
            "C(secretsmanager:ListSecretVersionIds) and C(secretsmanager:GetSecretValue); with "
            "O(log_delivery) ElastiCache needs of the caller C(logs:CreateLogDelivery), "
            "C(logs:PutResourcePolicy), C(logs:DescribeResourcePolicies) and "
            "C(logs:DescribeLogGroups)."
        ),
    ),
    examples="""
- name: A primary and a replica, with TLS only
  dataai.platform.replication_group:
    replication_group_id: redis-acme-app-prod-euc2
    description: Redis of acme
    engine_version: "7.1"
    node_type: cache.r7g.large
    num_cache_clusters: 2
    automatic_failover: true
    multi_az: true
    port: 6380
    subnet_group: subnet-group-acme-app-prod-euc2-redis
    at_rest_encryption: true
    transit_encryption: true
    transit_encryption_mode: required
""",
    sample={
        "redis-acme-app-prod-euc2": {
            "arn": "arn:aws:elasticache:eu-central-2:123456789012:replicationgroup:redis-acme-app-prod-euc2",
            "primary_endpoint_address": "master.redis-acme-app-prod-euc2.abc123.euc2.cache.amazonaws.com",
            "configuration_endpoint_address": None,
            "port": 6380,
            "member_clusters": ["redis-acme-app-prod-euc2-001", "redis-acme-app-prod-euc2-002"],
        }
    },
    leaves=True,
)
