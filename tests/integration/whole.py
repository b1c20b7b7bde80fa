# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A whole deployment in one process: every kind of resource, referring to one another as in the roles, and a seeding.

It takes two seconds instead of the minute of the playbooks, so a test can afford it many times.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.dataai.platform.plugins.module_utils.aws.kinds import kind_class
from ansible_collections.dataai.platform.plugins.module_utils.aws.session import Aws
from ansible_collections.dataai.platform.plugins.module_utils.core.errors import Failure, Refused
from ansible_collections.dataai.platform.plugins.module_utils.core.plan import Options
from ansible_collections.dataai.platform.plugins.module_utils.core.reconcile import reconcile
from ansible_collections.dataai.platform.plugins.module_utils.secrets.seed import Seeding, Wish
from ansible_collections.dataai.platform.plugins.module_utils.secrets.spec import parsed

from . import seeding

#: A region that offers all of it.
REGION = "eu-central-1"
ZONES = ("a", "b")
ID = "acme-app-test-euc1"
TAGS = {"product:Id": "app", "product:Environment": "test", "automation:ManagedBy": "ansible"}
SECRETS = ("master", "s3-access-key-id", "s3-secret-access-key", "litellm-proxy-master-key", "psql-host")
SEEDED = [
    {"name": "psql-host", "nature": "fact", "value": "db.example"},
    {"name": "litellm-proxy-master-key", "nature": "generated", "generator": "litellm_key"},
    {
        "name": "s3-access-key-id",
        "nature": "access_key",
        "secret_key_name": "s3-secret-access-key",
        "user_name": f"iam-user-{ID}",
    },
]

Item = dict[str, Any]


class Stopped(Exception):
    """A step failed, so what refers to it cannot be made."""


class Deployment:
    """One run over everything, as the playbooks do it: in order, until a step fails."""

    def __init__(self, aws: Aws) -> None:
        self.aws, self.account = aws, "123456789012"
        self.changes: list[Mapping[str, Any]] = []

    def run(self) -> list[str]:
        """Deploy, and return what failed."""
        try:
            self._network()
            self._data()
            self._services()
            outcome = Seeding(self.aws, parsed(SEEDED), Wish(grace=0), fetch=str).run()
        except (Stopped, Failure, Refused) as reason:
            return [str(reason)]
        self.changes += [{"action": action, "name": name} for action, _kind, name in outcome.changes]
        return [str(error) for error in outcome.errors.values()]

    def _make(self, kind: str, *items: Item) -> dict[str, Mapping[str, Any]]:
        """Make resources of one kind and return them by key."""
        made = kind_class(kind)()
        defaults = {field.name: field.default for field in made.fields if field.default is not None}
        tags = {"tags": TAGS} if made.tagged else {}
        wanted = [{**defaults, **tags, **item} for item in items]
        report = reconcile(made, self.aws, wanted, Options(timeout=600))
        self.changes += report.result(made)["changes"]
        if report.errors:
            raise Stopped("; ".join(map(str, report.errors.values())))
        return dict(report.resources)

    def _one(self, kind: str, **item: Any) -> Mapping[str, Any]:
        return next(iter(self._make(kind, item).values()))

    # --- the layer below --------------------------------------------------------------------------------------------

    def _network(self) -> None:
        keys = ("general", "secrets", "logs")
        made = self._make("kms_key", *(self._key(f"alias/kms-{ID}-{name}") for name in keys))
        self.keys = {name: made[f"alias/kms-{ID}-{name}"]["arn"] for name in keys}
        self.vpc = self._one("vpc", name=f"vpc-{ID}", cidr_block="10.0.0.0/16", dns_support=True, dns_hostnames=True)[
            "id"
        ]
        here = {"vpc_id": self.vpc}
        subnets = [
            {
                "name": f"subnet-{ID}-{tier}-{zone}",
                **here,
                "cidr_block": f"10.0.{number}.0/24",
                "availability_zone": f"{REGION}{zone}",
                "map_public_ip_on_launch": tier == "public",
            }
            for number, (tier, zone) in enumerate((tier, zone) for tier in ("public", "isolated") for zone in ZONES)
        ]
        found = self._make("subnet", *subnets)
        self.public, self.isolated = (
            [found[f"subnet-{ID}-{tier}-{zone}"]["id"] for zone in ZONES] for tier in ("public", "isolated")
        )
        way_out = self._one("internet_gateway", name=f"igw-{ID}", **here)["id"]
        nats = [
            {"name": f"nat-{ID}-{zone}", "subnet_id": subnet} for zone, subnet in zip(ZONES, self.public, strict=True)
        ]
        nat = self._make("nat_gateway", *nats)
        tables = self._make(
            "route_table",
            {**here, "name": f"rt-{ID}-public", "routes": [_default(gateway_id=way_out)], "subnet_ids": self.public},
            {
                **here,
                "name": f"rt-{ID}-isolated",
                "routes": [_default(nat_gateway_id=nat[f"nat-{ID}-a"]["id"])],
                "subnet_ids": self.isolated,
            },
        )
        self.tables = [table["id"] for table in tables.values()]
        self._acls(here)
        self._groups(here)
        self._endpoints(here)

    def _key(self, alias: str) -> Item:
        owner = {"AWS": f"arn:aws:iam::{self.account}:root"}
        statements = [
            {"Effect": "Allow", "Principal": who, "Action": "kms:*", "Resource": "*"}
            for who in (owner, {"Service": f"logs.{REGION}.amazonaws.com"})
        ]
        policy = {"Version": "2012-10-17", "Statement": statements}
        return {"alias": alias, "description": alias, "policy": policy, "rotation_enabled": True, "enabled": True}

    def _acls(self, here: Item) -> None:
        inside = {"protocol": "tcp", "cidr": "10.0.0.0/16", "from_port": 443, "to_port": 443}
        rules = [{"rule_number": number, **inside} for number in (100, 110)]
        self._make(
            "network_acl",
            *(
                {**here, "name": f"acl-{ID}-{tier}", "ingress": rules, "egress": rules[:1], "subnet_ids": subnets}
                for tier, subnets in (("public", self.public), ("isolated", self.isolated))
            ),
        )

    def _groups(self, here: Item) -> None:
        rules = [
            {"protocol": "tcp", "from_port": port, "to_port": port, "cidrs": ["10.0.0.0/16"]} for port in (5432, 6379)
        ]
        made = self._make(
            "security_group",
            *(
                {**here, "name": f"{ID}-{name}", "description": name, "ingress": rules, "egress": rules[:1]}
                for name in ("aurora", "redis", "grafana", "function", "endpoints")
            ),
        )
        self.groups = {name.removeprefix(f"{ID}-"): group["id"] for name, group in made.items()}

    def _endpoints(self, here: Item) -> None:
        interface = {**here, "endpoint_type": "Interface", "private_dns_enabled": True, "subnet_ids": self.isolated}
        interface["security_group_ids"] = [self.groups["endpoints"]]
        gateway = {**here, "name": f"vpce-{ID}-s3", "service": "s3", "endpoint_type": "Gateway"}
        names = ("rds", "kms", "logs")
        self._make(
            "vpc_endpoint",
            *({**interface, "name": f"vpce-{ID}-{name}", "service": name} for name in names),
            {**gateway, "route_table_ids": self.tables},
        )

    # --- what holds data --------------------------------------------------------------------------------------------

    def _data(self) -> None:
        names = ("flow", "redis", "bedrock", "prometheus", "function")
        group = {"kms_key_arn": self.keys["logs"], "retention_days": 30}
        self.logs = self._make("log_group", *({**group, "name": f"/acme/{name}"} for name in names))
        services = {"flow": "vpc-flow-logs", "bedrock": "bedrock", "grafana": "grafana", "function": "lambda"}
        allowed = {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": ["s3:Get*", "logs:*"], "Resource": "*"}],
        }
        roles = self._make(
            "iam_role",
            *(
                {
                    "name": f"role-{ID}-{name}",
                    "assume_role_policy": _trust(f"{service}.amazonaws.com"),
                    "inline_policies": {"one": allowed, "two": allowed},
                    "managed_policy_arns": ["arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole"],
                }
                for name, service in services.items()
            ),
        )
        self.roles = {name: roles[f"role-{ID}-{name}"]["arn"] for name in services}
        self._one(
            "flow_log",
            name=f"flow-{ID}",
            vpc_id=self.vpc,
            log_group_name="/acme/flow",
            role_arn=self.roles["flow"],
            traffic_type="ALL",
        )
        self._buckets()
        self._make("secret", *({"name": name, "kms_key_arn": self.keys["secrets"]} for name in SECRETS))
        self._one("iam_user", name=f"iam-user-{ID}", path="/service-accounts/", inline_policies={"access": allowed})
        self._aurora()
        self._redis()

    def _buckets(self) -> None:
        bucket = {
            "kms_key_arn": self.keys["general"],
            "bucket_key_enabled": True,
            "versioning": True,
            "public_access_block": {
                "block_public_acls": True,
                "ignore_public_acls": True,
                "block_public_policy": True,
                "restrict_public_buckets": True,
            },
            "object_ownership": "BucketOwnerEnforced",
            "lifecycle_rules": [{"id": "uploads", "abort_incomplete_multipart_upload_days": 7}],
        }
        names = [f"s3-{ID}-{name}" for name in ("application-data", "ai-data")]
        self._make("s3_bucket", *({**bucket, "name": name} for name in names))
        for name in names:
            everything = [f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*"]
            deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": everything}
            deny["Condition"] = {"Bool": {"aws:SecureTransport": "false"}}
            self._one("s3_bucket_policy", bucket=name, policy={"Version": "2012-10-17", "Statement": [deny]})

    def _aurora(self) -> None:
        name, group = f"aurora-{ID}-postgres", {"description": "Aurora", "subnet_ids": self.isolated}
        self._one("db_subnet_group", name=f"subnet-group-{ID}-aurora", **group)
        self._one(
            "db_cluster_parameter_group",
            name=f"param-group-{ID}-aurora",
            family="aurora-postgresql14",
            description="Aurora",
            parameters={"rds.force_ssl": 1, "log_min_duration_statement": 1000},
        )
        self._one(
            "db_cluster",
            name=name,
            engine_version="14.18",
            master_username="dbadmin",
            database_name="appdb",
            manage_master_user_password=True,
            master_user_secret_kms_key_id=self.keys["secrets"],
            password_rotation_schedule="rate(30 days)",
            storage_encrypted=True,
            kms_key_arn=self.keys["general"],
            subnet_group=f"subnet-group-{ID}-aurora",
            security_group_ids=[self.groups["aurora"]],
            parameter_group=f"param-group-{ID}-aurora",
            instance_count=2,
            instance_class="db.r6g.large",
        )

    def _redis(self) -> None:
        self._one(
            "cache_subnet_group",
            name=f"subnet-group-{ID}-redis",
            description="Redis",
            subnet_ids=self.isolated,
        )
        self._one(
            "cache_parameter_group",
            name=f"param-group-{ID}-redis",
            family="redis7",
            description="Redis",
            parameters={"maxmemory-policy": "volatile-lru"},
        )
        slow = {"log_type": "slow-log", "destination": "/acme/redis"}
        self._one(
            "replication_group",
            replication_group_id=f"redis-{ID}",
            description="Redis",
            engine_version="7.1",
            node_type="cache.r7g.large",
            num_cache_clusters=2,
            automatic_failover=True,
            subnet_group=f"subnet-group-{ID}-redis",
            security_group_ids=[self.groups["redis"]],
            parameter_group=f"param-group-{ID}-redis",
            at_rest_encryption=True,
            kms_key_arn=self.keys["general"],
            transit_encryption=True,
            log_delivery=[slow],
        )

    # --- services ---------------------------------------------------------------------------------------------------

    def _services(self) -> None:
        self._one("invocation_logging", name="bedrock", log_group_name="/acme/bedrock", role_arn=self.roles["bedrock"])
        profile = {"source_type": "foundation-model", "source": "amazon.titan-embed-text-v2:0"}
        self._make("inference_profile", *({**profile, "name": f"{ID}-{name}"} for name in ("embed", "search")))
        self._one(
            "prometheus_workspace",
            alias=f"prometheus-{ID}",
            kms_key_arn=self.keys["general"],
            log_group_arn=self.logs["/acme/prometheus"]["arn"],
            retention_days=90,
        )
        self._one(
            "grafana_workspace",
            name=f"grafana-{ID}",
            role_arn=self.roles["grafana"],
            account_access_type="CURRENT_ACCOUNT",
            permission_type="CUSTOMER_MANAGED",
            authentication_providers=["SAML"],
            vpc_configuration={"subnet_ids": self.isolated, "security_group_ids": [self.groups["grafana"]]},
        )
        rule = f"arn:aws:events:{REGION}:{self.account}:rule/rule-{ID}"
        function = self._one(
            "lambda_function",
            name=f"lambda-{ID}",
            runtime="python3.13",
            handler="whole.handler",
            role_arn=self.roles["function"],
            architecture="arm64",
            code={"directory": str(seeding.ROOT / "tests"), "entry": "clock.py", "files": {"settings.json": "{}"}},
            subnet_ids=self.isolated,
            security_group_ids=[self.groups["function"]],
            log_group="/acme/function",
            log_format="JSON",
            reserved_concurrency=1,
            permissions=[{"sid": "rule", "principal": "events.amazonaws.com", "source_arn": rule}],
        )
        target = {"id": "function", "arn": function["arn"]}
        self._one("event_rule", name=f"rule-{ID}", schedule="rate(1 day)", enabled=True, targets=[target])
        facts = {"vpc_id": self.vpc, "subnets": ",".join(self.isolated)}
        self._make("ssm_parameter", *({"name": f"/acme/{name}", "value": value} for name, value in facts.items()))


def _default(**target: str) -> Item:
    return {"cidr": "0.0.0.0/0", **target}


def _trust(service: str) -> Item:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return {"Version": "2012-10-17", "Statement": [statement]}
