# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""RDS subnet groups and parameter groups."""

from __future__ import annotations

import re
from typing import Any

from .. import state
from ..call import AwsError, Call, page
from ..registry import gate, operation
from . import rds_catalog as catalog
from .common import defaults_page, lacks_service_role, subnets, tags_from

_ID = re.compile(r"[a-zA-Z](?:-?[a-zA-Z0-9])*")
_MAX_PARAMETERS = 20
_WITH_ROLE = (
    "CreateDBSubnetGroup",
    "CreateDBCluster",
    "CreateDBInstance",
    "RestoreDBClusterToPointInTime",
    "RestoreDBClusterFromSnapshot",
)


def table(call: Call, name: str) -> dict[str, Any]:
    """Return one of the service's tables."""
    return state.store("rds", call.account, call.region)[name]


# Subnet groups


def _subnet_list(call: Call, ids: list[str]) -> list[tuple[str, str, str]]:
    found = [(item.id, item.availability_zone, item.vpc_id) for item in subnets(call, ids)]
    if len({item[1] for item in found}) < 2:
        raise AwsError(
            "DBSubnetGroupDoesNotCoverEnoughAZs",
            "The DB subnet group doesn't meet Availability Zone (AZ) "
            "coverage requirement. Current AZ coverage: "
            f"{', '.join(sorted({item[1] for item in found}))}. Add subnets to cover at least 2 AZs.",
            400,
        )
    return found


def show_subnet_group(call: Call, record: dict[str, Any]) -> dict[str, Any]:
    """Return a subnet group as the API shows it."""
    return {
        "DBSubnetGroupName": record["name"],
        "DBSubnetGroupDescription": record["description"],
        "VpcId": record["subnets"][0][2],
        "SubnetGroupStatus": "Complete",
        "SupportedNetworkTypes": ["IPV4"],
        "Subnets": [
            {
                "SubnetIdentifier": item[0],
                "SubnetAvailabilityZone": {"Name": item[1]},
                "SubnetStatus": "Active",
                "SubnetOutpost": {},
            }
            for item in record["subnets"]
        ],
        "DBSubnetGroupArn": call.arn(f"subgrp:{record['name']}"),
    }


def subnet_group(call: Call, name: str) -> dict[str, Any]:
    """Return a subnet group's record.

    Raises:
        AwsError: DBSubnetGroupNotFoundFault.
    """
    record: dict[str, Any] | None = table(call, "subnet_groups").get(name.lower())
    if record is None:
        raise AwsError("DBSubnetGroupNotFoundFault", f"DBSubnetGroup {name} not found.", 404)
    return record


@gate("rds")
def check_service_role(call: Call) -> None:
    """Refuse what RDS needs its own role for.

    Raises:
        AwsError: InvalidParameterValue, as RDS words it for subnet groups and for the rest.
    """
    if call.operation not in _WITH_ROLE or not lacks_service_role(call, "rds.amazonaws.com"):
        return
    missing = (
        "Missing necessary credentials. Please check "
        "http://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAM.ServiceLinkedRoles.html"
    )
    unable = (
        "Unable to create the resource. Verify that you have permission to create service linked role. Otherwise wait "
        "and try again later"
    )
    raise AwsError("InvalidParameterValue", missing if "SubnetGroup" in call.operation else unable, 400)


@operation("rds", "CreateDBSubnetGroup")
def create_subnet_group(call: Call) -> Any:
    """Create a subnet group over at least two zones."""
    params, name = call.params, call.params["DBSubnetGroupName"].lower()
    if name == "default" or len(name) > 255 or not re.fullmatch(r"[a-z][a-z0-9 ._-]*", name):
        raise AwsError("InvalidParameterValue", f"The parameter DBSubnetGroupName {name} is not valid.", 400)
    if name in table(call, "subnet_groups"):
        raise AwsError("DBSubnetGroupAlreadyExists", f"The DB subnet group {name} already exists.", 400)
    record = {
        "name": name,
        "description": params["DBSubnetGroupDescription"],
        "subnets": _subnet_list(call, params["SubnetIds"]),
        "tags": tags_from(params.get("Tags")),
    }
    table(call, "subnet_groups")[name] = record
    return {"DBSubnetGroup": show_subnet_group(call, record)}


@operation("rds", "DescribeDBSubnetGroups")
def describe_subnet_groups(call: Call) -> Any:
    """List subnet groups."""
    name = call.params.get("DBSubnetGroupName")
    records = [subnet_group(call, name)] if name else list(table(call, "subnet_groups").values())
    return page(call, [show_subnet_group(call, item) for item in records], limits=(20, 100))


def _instances_in(call: Call, name: str) -> list[dict[str, Any]]:
    clusters = table(call, "clusters")
    own = {key for key, item in clusters.items() if item["values"]["DBSubnetGroup"] == name}
    return [item for item in table(call, "instances").values() if item["cluster"] in own]


@operation("rds", "ModifyDBSubnetGroup")
def modify_subnet_group(call: Call) -> Any:
    """Change description and subnets; the zone of an instance must stay covered."""
    record = subnet_group(call, call.params["DBSubnetGroupName"])
    wanted = _subnet_list(call, call.params["SubnetIds"])
    zones = {item["values"]["AvailabilityZone"] for item in _instances_in(call, record["name"])}
    if not zones <= {item[1] for item in wanted}:
        raise AwsError("SubnetAlreadyInUse", "Some of the subnets to be deleted are currently in use.", 400)
    record["subnets"] = wanted
    record["description"] = call.params.get("DBSubnetGroupDescription", record["description"])
    return {"DBSubnetGroup": show_subnet_group(call, record)}


@operation("rds", "DeleteDBSubnetGroup")
def delete_subnet_group(call: Call) -> Any:
    """Delete a subnet group that no cluster uses."""
    record = subnet_group(call, call.params["DBSubnetGroupName"])
    used = [key for key, item in table(call, "clusters").items() if item["values"]["DBSubnetGroup"] == record["name"]]
    if used:
        raise AwsError(
            "InvalidDBSubnetGroupStateFault",
            f"Cannot delete the subnet group '{record['name']}' because "
            f"at least one database cluster: {used[0]} is still using it.",
            400,
        )
    del table(call, "subnet_groups")[record["name"]]
    return {}


# Parameter groups: of clusters and of instances, alike but for their names

_KINDS = {
    "cluster": {"table": "cluster_parameter_groups", "noun": "DBClusterParameterGroup", "arn": "cluster-pg"},
    "instance": {"table": "parameter_groups", "noun": "DBParameterGroup", "arn": "pg"},
}


def _kind(call: Call) -> str:
    return "cluster" if "Cluster" in call.operation else "instance"


def _default(kind: str, name: str) -> dict[str, Any] | None:
    family = name.removeprefix("default.")
    if not name.startswith("default.") or family not in catalog.families():
        return None
    description = f"Default {'cluster ' if kind == 'cluster' else ''}parameter group for {family}"
    return {"name": name, "family": family, "description": description, "values": {}, "methods": {}, "tags": {}}


def parameter_group(call: Call, kind: str, name: str) -> dict[str, Any]:
    """Return a parameter group's record; `kind` is "cluster" or "instance".

    Raises:
        AwsError: DBClusterParameterGroupNotFound or DBParameterGroupNotFound.
    """
    record = table(call, _KINDS[kind]["table"]).get(name.lower()) or _default(kind, name.lower())
    if record is None:
        code = (
            "DBClusterParameterGroupNotFound"
            if call.operation in ("CreateDBCluster", "ModifyDBCluster")
            else ("DBParameterGroupNotFound")
        )
        raise AwsError(code, f"{_KINDS[kind]['noun']} not found: {name}", 404)
    return record


def check_family(call: Call, kind: str, name: str, version: str) -> str:
    """Refuse a parameter group of another family; returns the group's name.

    Raises:
        AwsError: InvalidParameterCombination.
    """
    record, family = parameter_group(call, kind, name), catalog.family(version)
    if record["family"] != family:
        raise AwsError(
            "InvalidParameterCombination",
            f"The Parameter Group {name} with DBParameterGroupFamily "
            f"{record['family']} can't be used for this instance. Use a Parameter Group with "
            f"DBParameterGroupFamily {family}.",
            400,
        )
    return str(record["name"])


def _show(call: Call, record: dict[str, Any]) -> dict[str, Any]:
    names = _KINDS[_kind(call)]
    return {
        f"{names['noun']}Name": record["name"],
        "DBParameterGroupFamily": record["family"],
        "Description": record["description"],
        f"{names['noun']}Arn": call.arn(f"{names['arn']}:{record['name']}"),
    }


def _name_of(call: Call) -> str:
    return str(call.params[f"{_KINDS[_kind(call)]['noun']}Name"]).lower()


@operation("rds", "CreateDBClusterParameterGroup", "CreateDBParameterGroup")
def create(call: Call) -> Any:
    """Create a parameter group."""
    names, name, family = _KINDS[_kind(call)], _name_of(call), call.params["DBParameterGroupFamily"]
    if len(name) > 255 or not _ID.fullmatch(name):
        raise AwsError(
            "InvalidParameterValue", f"The parameter {names['noun']}Name is not a valid identifier: {name}.", 400
        )
    if family not in catalog.families():
        raise AwsError(
            "InvalidParameterValue", f"ParameterGroupFamily {family} is not a valid parameter group family", 400
        )
    if name in table(call, names["table"]):
        raise AwsError("DBParameterGroupAlreadyExists", f"Parameter group {name} already exists", 400)
    record = {
        "name": name,
        "family": family,
        "description": call.params["Description"],
        "values": {},
        "methods": {},
        "tags": tags_from(call.params.get("Tags")),
    }
    table(call, names["table"])[name] = record
    return {names["noun"]: _show(call, record)}


@operation("rds", "DescribeDBClusterParameterGroups", "DescribeDBParameterGroups")
def describe(call: Call) -> Any:
    """List parameter groups, the default ones included."""
    kind = _kind(call)
    name = call.params.get(f"{_KINDS[kind]['noun']}Name")
    if name:
        return page(call, [_show(call, parameter_group(call, kind, name))], limits=(20, 100))
    defaults = [_default(kind, f"default.{family}") for family in catalog.families()]
    records = [item for item in defaults if item] + list(table(call, _KINDS[kind]["table"]).values())
    return page(call, [_show(call, item) for item in records], limits=(20, 100))


def _parameters(record: dict[str, Any]) -> list[dict[str, Any]]:
    shown = []
    for name, (apply_type, kind, allowed, modifiable, default) in catalog.PARAMETERS.items():
        preset = "1" if name == "rds.force_ssl" and record["family"] == f"{catalog.ENGINE}17" else default
        # A value that equals the family's is not the user's, whoever set it.
        own = record["values"].get(name, preset) != preset
        unit = catalog.UNITS.get(name)
        shown.append(
            {
                "ParameterName": name,
                "ParameterValue": record["values"].get(name, preset),
                "Description": f"({unit}) {name}" if unit else name,
                "Source": "user" if own else ("system" if preset is not None else "engine-default"),
                "ApplyType": apply_type,
                "DataType": kind,
                "AllowedValues": allowed or None,
                "IsModifiable": modifiable,
                "ApplyMethod": record["methods"].get(name, "pending-reboot"),
                "SupportedEngineModes": ["provisioned"],
            }
        )
    return shown


@operation("rds", "DescribeDBClusterParameters", "DescribeDBParameters")
def describe_parameters(call: Call) -> Any:
    """List the parameters of a group."""
    record = parameter_group(call, _kind(call), _name_of(call))
    source = call.params.get("Source")
    shown = [item for item in _parameters(record) if source in (None, item["Source"])]
    return page(call, shown, limits=(20, 100))


@operation("rds", "DescribeEngineDefaultClusterParameters", "DescribeEngineDefaultParameters")
def describe_defaults(call: Call) -> Any:
    """List the default parameters of a family."""
    family = call.params["DBParameterGroupFamily"]
    record = _default("cluster", f"default.{family}")
    if record is None:
        raise AwsError("InvalidParameterValue", f"Invalid parameter group family: {family}", 400)
    return defaults_page(call, {"DBParameterGroupFamily": family}, _parameters(record))


def _check_parameter(item: dict[str, str]) -> None:
    name, value = item.get("ParameterName", ""), item.get("ParameterValue", "")
    if name not in catalog.PARAMETERS:
        raise AwsError("InvalidParameterValue", f"Could not find parameter with name: {name}", 400)
    apply_type, kind, allowed, modifiable, _ = catalog.PARAMETERS[name]
    if not modifiable:
        raise AwsError("InvalidParameterValue", f"The parameter {name} cannot be modified.", 400)
    method = item.get("ApplyMethod")
    if method not in ("immediate", "pending-reboot"):
        raise AwsError("InvalidParameterValue", f"Invalid ApplyMethod for parameter {name}", 400)
    if apply_type == "static" and method == "immediate":
        raise AwsError("InvalidParameterCombination", "cannot use immediate apply method for static parameter", 400)
    if not _value_allowed(value, kind, allowed):
        raise AwsError(
            "InvalidParameterValue", f"Invalid parameter value: {value} for: {name} allowed values are: {allowed}", 400
        )


def _value_allowed(value: str, kind: str, allowed: str) -> bool:
    if not allowed or value.startswith("{"):
        return True
    if kind in ("integer", "float"):
        low, _, high = allowed.rpartition("-")
        try:
            return float(low) <= float(value) <= float(high)
        except ValueError:
            return bool(re.search(r"DBInstanceClassMemory|DBInstanceVCPU", value))
    wanted = value.split(",") if kind == "list" else [value]
    return all(part in allowed.split(",") for part in wanted)


def _own(call: Call) -> dict[str, Any]:
    record = parameter_group(call, _kind(call), _name_of(call))
    if record["name"].startswith("default."):
        raise AwsError(
            "InvalidParameterValue",
            "The parameter group name is invalid: default parameter groups cannot be changed.",
            400,
        )
    return record


@operation("rds", "ModifyDBClusterParameterGroup", "ModifyDBParameterGroup")
def modify(call: Call) -> Any:
    """Set up to 20 parameters."""
    record, wanted = _own(call), call.params["Parameters"]
    if len(wanted) > _MAX_PARAMETERS:
        raise AwsError("InvalidParameterValue", "A maximum of 20 parameters can be modified in a single request.", 400)
    for item in wanted:
        _check_parameter(item)
    for item in wanted:
        record["values"][item["ParameterName"]] = item.get("ParameterValue", "")
        record["methods"][item["ParameterName"]] = item["ApplyMethod"]
    return {f"{_KINDS[_kind(call)]['noun']}Name": record["name"]}


@operation("rds", "ResetDBClusterParameterGroup", "ResetDBParameterGroup")
def reset(call: Call) -> Any:
    """Return parameters to their defaults."""
    record = _own(call)
    if call.params.get("ResetAllParameters"):
        record["values"].clear()
    for item in call.params.get("Parameters") or []:
        record["values"].pop(item["ParameterName"], None)
    return {f"{_KINDS[_kind(call)]['noun']}Name": record["name"]}


@operation("rds", "DeleteDBClusterParameterGroup", "DeleteDBParameterGroup")
def delete(call: Call) -> Any:
    """Delete a parameter group that nothing uses."""
    kind = _kind(call)
    record = _own(call)
    if kind == "cluster":
        used = any(
            item["values"]["DBClusterParameterGroup"] == record["name"] for item in table(call, "clusters").values()
        )
    else:
        used = any(item["parameter_group"] == record["name"] for item in table(call, "instances").values())
    if used:
        raise AwsError(
            "InvalidDBParameterGroupState",
            "One or more database instances are still members of this "
            f"parameter group {record['name']}, so the group cannot be deleted",
            400,
        )
    del table(call, _KINDS[kind]["table"])[record["name"]]
    return {}
