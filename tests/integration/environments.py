# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""In what environments differ, and how that looks in AWS."""

from __future__ import annotations

from typing import Any

from .conftest import EmbeddedAws

PRODUCTION = {
    "class": "db.r6g.large",
    "instances": 2,
    "protected": True,
    "nodes": 2,
    "node type": "cache.r7g.large",
    "failover": "enabled",
    "multi-AZ": "enabled",
}

EXPECTED: dict[str, dict[str, Any]] = {
    "prod": PRODUCTION,
    "test": PRODUCTION,
    "staging": {**PRODUCTION, "class": "db.t3.medium", "protected": False},
    "dev": {**PRODUCTION, "class": "db.t3.medium", "instances": 1, "protected": False},
    "sbx": {
        "class": "db.t4g.medium",
        "instances": 1,
        "protected": False,
        "nodes": 1,
        "node type": "cache.t3.micro",
        "failover": "disabled",
        "multi-AZ": "disabled",
    },
}


def looked_at(aws: EmbeddedAws, environment: str) -> dict[str, Any]:
    """Return the properties in which environments differ, read with plain boto3."""
    rds, cache = aws.client("rds"), aws.client("elasticache")
    (cluster,) = rds.describe_db_clusters()["DBClusters"]
    instances = rds.describe_db_instances()["DBInstances"]
    (group,) = cache.describe_replication_groups()["ReplicationGroups"]
    assert cluster["DBClusterIdentifier"] == f"aurora-acme-dai-{environment}-euc2-postgres"
    return {
        "class": instances[0]["DBInstanceClass"],
        "instances": len(instances),
        "protected": cluster["DeletionProtection"],
        "nodes": len(group["MemberClusters"]),
        "node type": group["CacheNodeType"],
        "failover": group["AutomaticFailover"],
        "multi-AZ": group["MultiAZ"],
    }
