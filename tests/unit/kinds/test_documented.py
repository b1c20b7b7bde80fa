# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Limits that AWS states in prose alone: kinds refuse what is beyond them, and so does the embedded AWS."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.dataai.platform.plugins.module_utils.aws.kinds import kind_class
from emulator.documented import RULES
from emulator.validate import check

#: Kind, field, a value that AWS takes, one that it refuses.
LIMITS = [
    ("db_cluster", "name", "a" * 63, "a" * 64),
    ("db_cluster", "name", "a-1", "a--1"),
    ("db_cluster", "master_username", "a" * 16, "a" * 17),
    ("db_cluster", "master_username", "admin1", "admin"),
    ("db_cluster", "master_username", "rdsadm", "RDSadmin"),
    ("db_cluster", "master_username", "dbadmin", "db_admin"),
    ("db_cluster", "database_name", "a_1", "1a"),
    ("db_cluster", "port", 1150, 1149),
    ("db_cluster", "monitoring_interval", 60, 45),
    ("db_cluster", "performance_insights_retention_days", 62, 63),
    ("db_cluster", "storage_type", "aurora-iopt1", "gp3"),
    ("db_subnet_group", "name", "A b.c_d", "1a"),
    ("db_subnet_group", "name", "defaults", "default"),
    ("db_cluster_parameter_group", "name", "a" * 255, "a" * 256),
    ("replication_group", "replication_group_id", "a" * 40, "a" * 41),
    ("replication_group", "replication_group_id", "a-b", "a-"),
    ("replication_group", "snapshot_retention_days", 35, 36),
    ("cache_subnet_group", "name", "1-a", "a.b"),
    ("cache_parameter_group", "name", "a1", "1a"),
    ("flow_log", "max_aggregation_interval", 600, 300),
    ("lambda_function", "timeout", 900, 901),
    ("lambda_function", "memory_size", 10240, 10241),
    ("kms_key", "alias", "alias/a/b_c-d", "alias/aws/a"),
    ("kms_key", "alias", "alias/a", "alias/a:b"),
    ("kms_key", "deletion_window_days", 7, 6),
    ("prometheus_workspace", "retention_days", 1095, 1096),
    ("ssm_parameter", "name", "/team/app", "/AWS/app"),
    ("ssm_parameter", "name", "/a/1", "/a b"),
]

#: Service, operation, parameter, a value that AWS takes, one that it refuses.
REQUESTS = [
    ("rds", "CreateDBInstance", "PromotionTier", 15, 16),
    ("rds", "ModifyDBInstance", "PromotionTier", 0, -1),
    ("rds", "CreateDBSubnetGroup", "DBSubnetGroupName", "A b.c_d", "default"),
    ("elasticache", "CreateReplicationGroup", "NumCacheClusters", 6, 7),
    ("elasticache", "CreateReplicationGroup", "ReplicasPerNodeGroup", 5, 6),
    ("elasticache", "CreateCacheSubnetGroup", "CacheSubnetGroupName", "1-a", "a.b"),
    ("ec2", "CreateFlowLogs", "MaxAggregationInterval", 600, 300),
    ("lambda", "CreateFunction", "FunctionName", "a" * 64, "a" * 65),
    ("lambda", "CreateFunction", "MemorySize", 10240, 10241),
    ("lambda", "UpdateFunctionConfiguration", "MemorySize", 10240, 10241),
    ("kms", "CreateAlias", "AliasName", "alias/a/b_c-d", "alias/aws/a"),
    ("kms", "ScheduleKeyDeletion", "PendingWindowInDays", 7, 6),
]


@pytest.mark.parametrize(("name", "field", "good", "bad"), LIMITS, ids=lambda value: str(value)[:20])
def test_a_limit_in_prose_holds(name: str, field: str, good: Any, bad: Any) -> None:
    """On both sides of it."""
    kind = kind_class(name)
    said = [
        [text for text in kind().all_problems({kind.key: "alias/a", field: value}) if _is_of(field, text)]
        for value in (good, bad)
    ]
    assert (said[0], len(said[1])) == ([], 1)


@pytest.mark.parametrize(("service", "operation", "parameter", "good", "bad"), REQUESTS)
def test_the_embedded_aws_holds_it_too(service: str, operation: str, parameter: str, good: Any, bad: Any) -> None:
    """On both sides of it."""
    broken = [
        any(text.startswith(f"{parameter}:") for text in check(service, operation, {parameter: value}))
        for value in (good, bad)
    ]
    assert broken == [False, True]


def test_each_rule_of_the_embedded_aws_is_tried() -> None:
    """None is beside the list above."""
    rules = {(service, operation, name) for (service, operation), found in RULES.items() for name in found}
    assert rules == {case[:3] for case in REQUESTS}


def _is_of(field: str, text: str) -> bool:
    return text.startswith(f"{field} ") and "is needed with it" not in text


def test_the_last_instance_of_a_cluster_has_a_name_that_aws_takes() -> None:
    """Instances are numbered behind the name of their cluster."""
    kind = kind_class("db_cluster")()
    item = {"name": "a" * 61, "instance_count": 10, "instance_class": "db.r6g.large"}
    (problem,) = kind.all_problems(item)
    assert "61 characters" in problem
    assert kind.all_problems({**item, "instance_count": 9}) == []
