# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every name in AWS, made in one place and checked against its service's rules."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

from .partitions import partition_of

#: Area, what may stand between (a country, or whose partition it is), compass word and number of a region.
_REGION = re.compile(r"([a-z]{2,4})(-[a-z]+)?-([a-z]+)-(\d{1,2})")

#: Two letters for each compass word, so that ``eu-central-2`` is ``euc2`` and ``ap-southeast-1`` is ``apse1``.
_DIRECTIONS = {
    "north": "n", "south": "s", "east": "e", "west": "w", "central": "c",
    "northeast": "ne", "northwest": "nw", "southeast": "se", "southwest": "sw",
}  # fmt: skip


@dataclass(frozen=True)
class Rule:
    """How a service restricts a name.

    Attributes:
        longest: characters at most.
        pattern: the whole name must match it.
        words: the same for a reader.
    """

    longest: int
    pattern: str
    words: str

    def holds(self, name: str) -> bool:
        """Tell whether a name is accepted."""
        return len(name) <= self.longest and re.fullmatch(self.pattern, name) is not None


_ID = r"[a-zA-Z](-?[a-zA-Z0-9])*"
_ID_WORDS = "letters, digits and single hyphens, a letter first, no hyphen last"
_TEXT = Rule(255, r"[^\x00-\x1f]+", "printable characters")
_GROUP = Rule(255, r"[a-zA-Z0-9 ._\-:/()#,@\[\]+=&;{}!$*]+", "letters, digits, spaces and ._-:/()#,@[]+=&;{}!$*")
_IAM = Rule(64, r"[\w+=,.@-]+", "letters, digits and _+=,.@-")
_IAM_POLICY = Rule(128, r"[\w+=,.@-]+", "letters, digits and _+=,.@-")
_BUCKET = Rule(63, r"[a-z0-9](?!.*\.\.)[a-z0-9.-]+[a-z0-9]", "lower-case letters, digits, dots and hyphens")
_ALIAS = Rule(256, r"alias/[a-zA-Z0-9/_-]+", "letters, digits and / _ -")
_LOGS = Rule(512, r"[.\-_/#A-Za-z0-9]+", "letters, digits and . - _ / #")
_RDS = Rule(63, _ID, _ID_WORDS)
_RDS_GROUP = Rule(255, _ID, _ID_WORDS)
_REDIS = Rule(40, _ID, _ID_WORDS)
_SECRET = Rule(512, r"[A-Za-z0-9/_+=.@-]+", "letters, digits and / _ + = . @ -")
_LAMBDA = Rule(64, r"[a-zA-Z0-9_-]+", "letters, digits, hyphens and underscores")
_EVENTS = Rule(64, r"[.\-_A-Za-z0-9]+", "letters, digits and . - _")
_SSM = Rule(1011, r"(/[a-zA-Z0-9_.-]+)+", "letters, digits and _ . - between slashes")

#: Key of a name to its template and rule. ``{id}`` is the naming id, ``{prefix}`` the path of the environment.
_TABLE: dict[str, tuple[str, Rule]] = {
    "aurora_cluster": ("aurora-{id}-postgres", Rule(60, _ID, _ID_WORDS)),  # leaves room for "-{n}" of the instances
    "aurora_subnet_group": ("subnet-group-{id}-aurora", _RDS_GROUP),
    "aurora_parameter_group": ("param-group-{id}-aurora", _RDS_GROUP),
    "aurora_security_group": ("{id}-aurora", _GROUP),
    "aurora_security_group_tag": ("sg-{id}-aurora", _TEXT),
    "aurora_master_secret": ("aurora-{id}-master-user", _SECRET),
    "aurora_monitoring_role": ("role-{id}-aurora-monitoring", _IAM),
    "redis_group": ("redis-{id}", _REDIS),
    "redis_subnet_group": ("subnet-group-{id}-redis", _RDS_GROUP),
    "redis_parameter_group": ("param-group-{id}-redis", _RDS_GROUP),
    "redis_security_group": ("{id}-elasticache", _GROUP),
    "redis_security_group_tag": ("sg-{id}-elasticache", _TEXT),
    "redis_user_group": ("users-{id}", _REDIS),
    "redis_user": ("{id}-redis", _REDIS),
    "redis_guest": ("{id}-guest", _REDIS),
    "redis_log_group": ("{prefix}/elasticache", _LOGS),
    "bucket_application_data": ("s3-{id}-application-data-{suffix}", _BUCKET),
    "bucket_ai_data": ("s3-{id}-ai-data-{suffix}", _BUCKET),
    "bucket_access_logs": ("s3-{id}-access-logs-{suffix}", _BUCKET),
    "s3_user": ("iam-user-{id}-s3-access", _IAM),
    "s3_user_policy": ("s3-bucket-access", _IAM_POLICY),
    "bedrock_log_group": ("{prefix}/bedrock/model-invocations", _LOGS),
    "bedrock_logging_role": ("role-{id}-bedrock-logging", _IAM),
    "bedrock_logging_policy": ("policy-{id}-bedrock-logging", _IAM_POLICY),
    "prometheus_workspace": ("prometheus-{id}", Rule(100, r"\S(.*\S)?", "no blanks at either end")),
    "grafana_workspace": ("grafana-{id}", Rule(255, r"[a-zA-Z0-9\-._~]+", "letters, digits and - . _ ~")),
    "grafana_role": ("role-{id}-grafana", _IAM),
    "grafana_policy_vpc": ("policy-{id}-grafana-vpc", _IAM_POLICY),
    "grafana_policy_prometheus": ("policy-{id}-grafana-prometheus", _IAM_POLICY),
    "grafana_policy_cloudwatch": ("policy-{id}-grafana-cloudwatch", _IAM_POLICY),
    "grafana_security_group": ("{id}-grafana", _GROUP),
    "grafana_security_group_tag": ("sg-{id}-grafana", _TEXT),
    "endpoint_rds": ("vpce-{id}-aurora", _TEXT),
    "endpoint_elasticache": ("vpce-{id}-elasticache", _TEXT),
    "key_general": ("alias/kms-{id}-general", _ALIAS),
    "key_secrets_manager": ("alias/kms-{id}-secrets-manager", _ALIAS),
    "key_cloudwatch_logs": ("alias/kms-{id}-cloudwatch-logs", _ALIAS),
    "key_prometheus": ("alias/kms-{id}-prometheus", _ALIAS),
    "secret_sync_function": ("lambda-{id}-secret-sync", _LAMBDA),
    "secret_sync_role": ("role-{id}-secret-sync", _IAM),
    "secret_sync_policy": ("policy-{id}-secret-sync", _IAM_POLICY),
    "secret_sync_rule": ("rule-{id}-secret-sync", _EVENTS),
    "secret_sync_schedule": ("rule-{id}-secret-sync-daily", _EVENTS),
    "secret_sync_log_group": ("{prefix}/secret-sync", _LOGS),
    "secret_sync_security_group": ("{id}-secret-sync", _GROUP),
    "secret_sync_security_group_tag": ("sg-{id}-secret-sync", _TEXT),
    "database_access_function": ("lambda-{id}-database-access", _LAMBDA),
    "database_access_role": ("role-{id}-database-access", _IAM),
    "database_access_policy": ("policy-{id}-database-access", _IAM_POLICY),
    "database_access_log_group": ("{prefix}/database-access", _LOGS),
    "database_access_security_group": ("{id}-database-access", _GROUP),
    "database_access_security_group_tag": ("sg-{id}-database-access", _TEXT),
    "database_access_parameters": ("{prefix}/database-access", _SSM),
    "endpoint_ssm": ("vpce-{id}-ssm", _TEXT),
    "vpc": ("vpc-{id}", _TEXT),
    "internet_gateway": ("igw-{id}", _TEXT),
    "subnet_prefix": ("subnet-{id}", _TEXT),
    "nat_gateway_prefix": ("nat-{id}", _TEXT),
    "route_table_prefix": ("rtb-{id}", _TEXT),
    "network_acl_prefix": ("nacl-{id}", _TEXT),
    "default_security_group_tag": ("sg-{id}-default-closed", _TEXT),
    "default_network_acl_tag": ("nacl-{id}-default-closed", _TEXT),
    "flow_log": ("flow-{id}", _TEXT),
    "flow_log_group": ("{prefix}/vpc-flow-logs", _LOGS),
    "flow_log_role": ("role-{id}-flow-logs", _IAM),
    "endpoint_security_group": ("{id}-vpc-endpoints", _GROUP),
    "endpoint_security_group_tag": ("sg-{id}-vpc-endpoints", _TEXT),
    "endpoint_prefix": ("vpce-{id}", _TEXT),
    "infrastructure_log_group": ("{prefix}/infrastructure", _LOGS),
    "infrastructure_parameters": ("{prefix}/infrastructure", _SSM),
    "database_parameters": ("{prefix}/database", _SSM),
}


def region_code(region: str) -> str:
    """Return the short code of a region: ``euc2`` for ``eu-central-2``, ``usgovw1`` for ``us-gov-west-1``.

    Raises:
        ValueError: not the name of a region.
    """
    partition_of(region)
    match = _REGION.fullmatch(region)
    if not match or match.group(3) not in _DIRECTIONS:
        raise ValueError(f"{region!r} is not the name of an AWS region, such as eu-central-2")
    area, special, direction, number = match.groups()
    return f"{area}{(special or '').strip('-')}{_DIRECTIONS[direction]}{number}"


def suffix(account: str, naming_id: str) -> str:
    """Return eight characters that make bucket names unique in the world and never change for an estate."""
    return hashlib.sha256(f"{account}/{naming_id}".encode()).hexdigest()[:8]


def naming_id(org_moniker: str, product_moniker: str, environment: str, region: str) -> str:
    """Return the part that all names of an estate share."""
    return f"{org_moniker}-{product_moniker}-{environment}-{region_code(region)}"


def names(
    *, org_moniker: str, product_moniker: str, environment: str, region: str, account: str, bucket_suffix: str = ""
) -> dict[str, str]:
    """Return every name of an estate, by key.

    Args:
        org_moniker: short name of the organisation, in names and paths.
        product_moniker: short name of the product.
        environment: name of the environment.
        region: AWS region, such as ``eu-central-2``.
        account: AWS account id (12 digits).
        bucket_suffix: ends bucket names; derived from account and id where empty.
    """
    id_ = naming_id(org_moniker, product_moniker, environment, region)
    parts = {
        "id": id_,
        "prefix": f"/{org_moniker}/{product_moniker}/{environment}",
        "suffix": bucket_suffix or suffix(account, id_),
    }
    return {**parts, **{key: template.format(**parts) for key, (template, _rule) in _TABLE.items()}}


def wrong_names(made: Mapping[str, str]) -> list[str]:
    """Return the names, of those that ``names`` has made, that their service does not accept."""
    return [made[key] for key, (_template, rule) in _TABLE.items() if key in made and not rule.holds(made[key])]


def problems(made: Mapping[str, str]) -> list[str]:
    """Return what is wrong with names that ``names`` has made, one sentence for each reason about the worst."""
    rules = {key: rule for key, (_template, rule) in _TABLE.items()}
    long = sorted(
        (key for key, rule in rules.items() if len(made[key]) > rule.longest), key=lambda key: _room(made, key)
    )
    odd = [key for key, rule in rules.items() if key not in long and not re.fullmatch(rule.pattern, made[key])]
    found = []
    if long:
        key = long[0]
        found.append(
            f"{key} '{made[key]}' has {len(made[key])} characters, AWS allows {rules[key].longest}{_others(long)}: "
            f"shorten org_moniker or product_moniker by {-_room(made, key)}"
        )
    if odd:
        key = odd[0]
        found.append(
            f"{key} '{made[key]}' must consist of {rules[key].words}{_others(odd)}: check org_moniker, product_moniker "
            "and common_bucket_suffix"
        )
    return found


def _room(made: Mapping[str, str], key: str) -> int:
    """Return how many characters a name may have beside those it has."""
    return _TABLE[key][1].longest - len(made[key])


def _others(keys: list[str]) -> str:
    return f" (and so for {len(keys) - 1} other names)" if len(keys) > 1 else ""
