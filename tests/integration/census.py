# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How many there are of everything that may be there twice."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from .conftest import REGION, EmbeddedAws

#: Service, operation, member of the answer, and what counts.
LISTINGS: tuple[tuple[str, str, str, Callable[[Mapping[str, Any]], bool]], ...] = (
    ("ec2", "describe_vpcs", "Vpcs", bool),
    ("ec2", "describe_subnets", "Subnets", bool),
    ("ec2", "describe_internet_gateways", "InternetGateways", bool),
    ("ec2", "describe_addresses", "Addresses", bool),
    ("ec2", "describe_nat_gateways", "NatGateways", lambda one: one["State"] != "deleted"),
    ("ec2", "describe_route_tables", "RouteTables", bool),
    ("ec2", "describe_network_acls", "NetworkAcls", bool),
    ("ec2", "describe_security_groups", "SecurityGroups", bool),
    ("ec2", "describe_vpc_endpoints", "VpcEndpoints", lambda one: one["State"] != "deleted"),
    ("ec2", "describe_flow_logs", "FlowLogs", bool),
    ("amp", "list_workspaces", "workspaces", bool),
    ("grafana", "list_workspaces", "workspaces", bool),
    ("bedrock", "list_inference_profiles", "inferenceProfileSummaries", bool),
    ("rds", "describe_db_clusters", "DBClusters", bool),
    ("rds", "describe_db_instances", "DBInstances", bool),
    ("elasticache", "describe_replication_groups", "ReplicationGroups", bool),
)

#: The services whose resources are counted.
SERVICES = ("ec2", "amp", "grafana", "bedrock", "rds", "elasticache", "kms", "iam")


def counted(account: EmbeddedAws, services: Iterable[str], region: str = REGION) -> dict[str, int]:
    """Count what is there of some services in a region; keys on their way out do not count."""
    found = {}
    for service, operation, member, counts in LISTINGS:
        if service in services:
            entries = getattr(account.client(service, region), operation)()[member]
            found[f"{service} {member}"] = sum(map(counts, entries))
    if "kms" in services:
        kms = account.client("kms", region)
        keys = [kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"] for key in kms.list_keys()["Keys"]]
        found["keys"] = sum(key["KeyState"] != "PendingDeletion" for key in keys)
    if "iam" in services:
        iam = account.client("iam", region)
        users = [user["UserName"] for user in iam.list_users()["Users"]]
        found["access keys"] = sum(len(iam.list_access_keys(UserName=user)["AccessKeyMetadata"]) for user in users)
    return found
