# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Resource Groups Tagging API: adds the overlay's resources to those that moto knows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .. import state
from ..call import Call
from ..registry import operation
from .common import tags_to

_RDS = {
    "clusters": "cluster",
    "instances": "db",
    "subnet_groups": "subgrp",
    "cluster_parameter_groups": "cluster-pg",
    "parameter_groups": "pg",
    "snapshots": "cluster-snapshot",
}
_ELASTICACHE = {
    "groups": "replicationgroup",
    "subnet_groups": "subnetgroup",
    "parameter_groups": "parametergroup",
    "users": "user",
    "user_groups": "usergroup",
    "snapshots": "snapshot",
}


def _resources(call: Call) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield ARN and tags of every tagged resource of the overlay."""
    for service, kinds in (("rds", _RDS), ("elasticache", _ELASTICACHE)):
        tables = state.store(service, call.account, call.region)
        for name, kind in kinds.items():
            for key, record in list(tables[name].items()):
                yield call.arn(f"{kind}:{key}", service), record["tags"]
    for record in state.store("bedrock", call.account, call.region)["profiles"].values():
        yield record["inferenceProfileArn"], record["tags"]
    for record in state.store("amp", call.account, call.region)["workspaces"].values():
        yield record["arn"], record["tags"]
    for key, record in state.store("grafana", call.account, call.region)["workspaces"].items():
        yield call.arn(f"/workspaces/{key}", "grafana"), record["tags"]
    for record in state.store("secretsmanager", call.account, call.region)["secrets"].values():
        yield record["arn"], record["tags"]


def _wanted_type(arn: str, filters: list[str]) -> bool:
    service, resource = arn.split(":")[2], arn.split(":", 5)[5]
    kind = resource.lstrip("/").replace("/", ":").split(":")[0]
    return not filters or any(item in (service, f"{service}:{kind}") for item in filters)


def _wanted_tags(tags: dict[str, str], filters: list[dict[str, Any]]) -> bool:
    return all(
        item["Key"] in tags and (not item.get("Values") or tags[item["Key"]] in item["Values"]) for item in filters
    )


@operation("resourcegroupstaggingapi", "GetResources")
def get_resources(call: Call) -> Any:
    """List tagged resources."""
    params = call.params
    result = call.forward()
    if params.get("PaginationToken"):
        return result
    arns = params.get("ResourceARNList") or []
    for arn, tags in _resources(call):
        if (
            tags
            and (not arns or arn in arns)
            and _wanted_type(arn, params.get("ResourceTypeFilters") or [])
            and _wanted_tags(tags, params.get("TagFilters") or [])
        ):
            result["ResourceTagMappingList"].append({"ResourceARN": arn, "Tags": tags_to(tags)})
    return result
