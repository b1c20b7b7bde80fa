# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules for the input of role aurora, on the controller and against AWS."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from ..aws.aurora_rules import SERVERLESS, cluster_problems
from ..aws.database import empty_problems, is_reached, version_key
from ..aws.parameters import family_problems, shape_problems
from ..aws.session import Aws
from ..core import limits
from ..core.errors import Denied, Failure, Missing, Unsupported
from ..core.values import is_unknown
from ..kinds.db_cluster import SCALING, DbCluster
from ..kinds.db_cluster_parameter_group import DbClusterParameterGroup
from ..kinds.log_group import RETENTIONS
from .common import wait_problems

ENGINE = "aurora-postgresql"
_CLASS = re.compile(r"db\.[a-z][a-z0-9-]*(\.[a-z0-9-]+)?")

#: Option of the cluster to variable, where the name is not simply prefixed.
_NAMES = {
    "min_capacity": "aurora_serverless_min_capacity",
    "max_capacity": "aurora_serverless_max_capacity",
    "seconds_until_auto_pause": "aurora_serverless_seconds_until_auto_pause",
    "performance_insights": "aurora_performance_insights_enabled",
    "iam_authentication": "aurora_iam_authentication_enabled",
}

_OPTIONS = (
    "port", "backup_retention_days", "instance_count", "monitoring_interval", "master_username", "database_name",
    "kms_key_arn", "master_user_secret_kms_key_id", "performance_insights_kms_key_arn", "backup_window",
    "maintenance_window", "instance_class", "min_capacity", "max_capacity", "seconds_until_auto_pause",
    "performance_insights", "performance_insights_retention_days", "database_insights_mode", "promotion_tiers",
    "log_exports", "password_rotation_schedule",
)  # fmt: skip

#: What no cluster can do without, each with an example; and what AWS chooses where it is null.
_NEEDED = {
    "aurora_engine_version": "14.19",
    "aurora_instance_count": "2",
    "aurora_master_username": "dbadmin",
    "aurora_database_name": "appdb",
    "aurora_port": "5432",
}
_NOT_EMPTY = ("aurora_backup_window", "aurora_maintenance_window")

#: What the role deploys where nobody says otherwise. Of what nobody chose nobody is warned in every run.
DEFAULT_VERSION = "14.19"

#: The last day of standard support, by major version, as AWS has announced it; and days before it that we warn.
SUPPORT_ENDS = {14: date(2027, 2, 28)}
WARN_BEFORE = timedelta(days=180)


def _label(option: str) -> str:
    return _NAMES.get(option, f"aurora_{option}")


def _enabled(v: Mapping[str, Any]) -> bool:
    return bool(v.get("enable_aurora", True))


def problems(v: Mapping[str, Any]) -> Iterable[str]:
    """Check what can be known without AWS. ``v`` are the resolved variables; any of them may be missing."""
    if not _enabled(v):
        return
    item = {option: None if v.get(_label(option)) == "" else v.get(_label(option)) for option in _OPTIONS}
    if v.get("aurora_mode") == "serverless":
        yield from _serverless(item)
        item["instance_class"] = None
    if item["performance_insights_kms_key_arn"] == item["kms_key_arn"]:  # one follows the other by default
        item["performance_insights_kms_key_arn"] = None
    # A cluster may have no instance; one that is to be used may not.
    yield from limits.problems(
        (*(field for field in DbCluster.fields if field.name != "instance_count"), *SCALING), item, _label
    )
    yield from cluster_problems(item, _label)
    yield from _instances(v)
    yield from _versions(v)
    yield from _secret(v)
    yield from _network(v)
    yield from wait_problems(v, "aurora_wait_timeout")
    retention = v.get("aurora_log_retention_days")
    if retention is not None and retention not in RETENTIONS:
        yield (
            f"aurora_log_retention_days is {retention}; CloudWatch Logs accepts {', '.join(map(str, RETENTIONS))} days"
        )
    if "rds.force_ssl" in (v.get("aurora_parameters") or {}):
        yield "aurora_parameters holds rds.force_ssl; set aurora_force_ssl instead"
    for text in shape_problems(v.get("aurora_parameters")):
        yield f"aurora_{text}"


def _instances(v: Mapping[str, Any]) -> Iterator[str]:
    serverless = v.get("aurora_mode") == "serverless"
    yield from empty_problems(
        v, {**_NEEDED, **({} if serverless else {"aurora_instance_class": "db.r6g.large"})}, not_empty=_NOT_EMPTY
    )
    count = v.get("aurora_instance_count")
    if count is not None and not 1 <= count <= 16:
        yield f"aurora_instance_count is {count}; it must be 1 (a writer, without which nobody can connect) to 16"
    wanted = v.get("aurora_instance_class")
    if wanted and not serverless and not _CLASS.fullmatch(wanted):
        yield f"aurora_instance_class is {wanted!r}; it must be the name of a class, such as db.r6g.large"


def _serverless(item: Mapping[str, Any]) -> Iterator[str]:
    missing = [_label(name) for name in ("min_capacity", "max_capacity") if item.get(name) is None]
    if missing:
        yield f"aurora_mode is serverless, which needs {' and '.join(missing)} (Aurora capacity units)"


def _versions(v: Mapping[str, Any]) -> Iterator[str]:
    version = v.get("aurora_engine_version")
    if version is not None and len(version_key(version)) < 2:
        yield f"aurora_engine_version is {version!r}; give major and minor version, such as 14.19"


def _secret(v: Mapping[str, Any]) -> Iterator[str]:
    days, name = v.get("aurora_master_secret_recovery_window_days"), "aurora_master_secret_recovery_window_days"
    if isinstance(days, int) and days != 0 and not 7 <= days <= 30:
        yield f"{name} is {days}; Secrets Manager allows 7 to 30, and 0 stands for deletion at once and for good"
    if v.get("aurora_password_mode") == "supplied" and v.get("aurora_password_rotation_schedule"):
        yield (
            "aurora_password_rotation_schedule is set although aurora_password_mode is supplied, which nothing "
            "rotates; leave out one of them"
        )


def _network(v: Mapping[str, Any]) -> Iterator[str]:
    subnets = v.get("aurora_subnet_ids")
    if subnets is not None and not is_unknown(subnets) and len(set(subnets)) < 2:
        yield f"aurora_subnet_ids names {len(set(subnets))} subnets; Aurora needs two in different availability zones"
    if v.get("aurora_ingress_source") != "vpc" and v.get("aurora_private_subnet_cidrs") == []:
        yield (
            "aurora_private_subnet_cidrs is empty, so that nothing could connect; name the networks of the applications"
        )


# --- what only AWS knows --------------------------------------------------------------------------------------------


def api_problems(aws: Aws, v: Mapping[str, Any], warnings: list[str]) -> Iterable[str]:
    """Check that AWS offers the engine version and the instance class. Only reads."""
    version, name = v.get("aurora_engine_version"), (v.get("common_names") or {}).get("aurora_cluster")
    if not _enabled(v) or not version:
        return []
    _warn_of_end(str(version), warnings)
    wrong = list(_parameter_problems(aws, v, warnings))
    try:
        return [*_offer_problems(aws, str(version), name, v), *wrong]
    except (Denied, Unsupported) as failure:
        warnings.append(f"aurora_engine_version and aurora_instance_class were not checked: {failure}")
        return wrong


def _offer_problems(aws: Aws, version: str, name: str | None, v: Mapping[str, Any]) -> list[str]:
    live = _live_version(aws, name)
    if live and is_reached(version, live):  # what runs may be no longer offered for new clusters
        return list(_class_problems(aws, live, v))
    wrong = list(_version_problems(aws, version))
    return wrong + list(_class_problems(aws, None if wrong else version, v))


def _parameter_problems(aws: Aws, v: Mapping[str, Any], warnings: list[str]) -> Iterator[str]:
    """Yield which parameters AWS would refuse once the group is made."""
    wanted, words = v.get("aurora_parameters"), DbClusterParameterGroup.words
    if not wanted:
        return
    family = f"{ENGINE}{next(iter(version_key(v['aurora_engine_version'])), '')}"
    found = family_problems(aws.service("rds"), words.defaults, words.booleans, wanted, **{words.family: family})
    if found is None:
        warnings.append(f"aurora_parameters were not checked: AWS does not tell the parameters of {family}")
    yield from (f"aurora_parameters: {text}" for text in found or ())


def _warn_of_end(version: str, warnings: list[str]) -> None:
    end = SUPPORT_ENDS.get(next(iter(version_key(version)), 0))
    today = datetime.now(UTC).date()
    if end and today > (end if version == DEFAULT_VERSION else end - WARN_BEFORE):
        warnings.append(
            f"aurora_engine_version is {version}; Aurora PostgreSQL {version_key(version)[0]} leaves standard support "
            f"on {end.isoformat()}, plan a major upgrade"
        )


def _live_version(aws: Aws, name: str | None) -> str | None:
    if not name:
        return None
    query = [{"Name": "db-cluster-id", "Values": [name.lower()]}]
    try:
        clusters = list(aws.service("rds").pages("describe_db_clusters", "DBClusters", Filters=query))
    except Missing:
        return None
    return clusters[0].get("EngineVersion") if clusters else None


def _version_problems(aws: Aws, version: str) -> Iterator[str]:
    rds = aws.service("rds")
    listing = ("describe_db_engine_versions", "DBEngineVersions")
    if any(rds.pages(*listing, Engine=ENGINE, EngineVersion=version)):
        return
    offered = sorted({entry["EngineVersion"] for entry in rds.pages(*listing, Engine=ENGINE)}, key=version_key)
    near = [entry for entry in offered if version_key(entry)[:1] == version_key(version)[:1]]
    yield (
        f"aurora_engine_version is {version}, which AWS does not offer in {aws.region}; "
        f"it offers {', '.join(near or offered) or 'none'}"
    )


def _class_problems(aws: Aws, version: str | None, v: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong with the class for a version, or for every version where that itself is wrong."""
    wanted = SERVERLESS if v.get("aurora_mode") == "serverless" else v.get("aurora_instance_class")
    if not wanted or not _CLASS.fullmatch(wanted):
        return
    if any(_orderable(aws, version, DBInstanceClass=wanted)):
        return
    offered = sorted({entry["DBInstanceClass"] for entry in _orderable(aws, version)})
    engine = f"{ENGINE} {version}" if version else ENGINE
    yield (
        f"aurora_instance_class is {wanted}, which cannot be ordered for {engine} in {aws.region}; "
        f"AWS offers {', '.join(offered) or 'none'}"
    )


def _orderable(aws: Aws, version: str | None, **query: str) -> list[Mapping[str, Any]]:
    rds = aws.service("rds")
    query.update({"EngineVersion": version} if version else {})
    listing = ("describe_orderable_db_instance_options", "OrderableDBInstanceOptions")
    try:
        return list(rds.pages(*listing, Engine=ENGINE, **query))
    except Failure as failure:
        if failure.code not in ("InvalidParameterValue", "InvalidParameterCombination"):
            raise
        return []
