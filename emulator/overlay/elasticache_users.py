# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ElastiCache users and user groups (RBAC)."""

from __future__ import annotations

from typing import Any

from .. import state
from ..call import AwsError, Call, page
from ..provisioning import Phase
from ..registry import operation
from .common import GONE, sweep, tags_from


def _tables(call: Call) -> Any:
    tables = state.store("elasticache", call.account, call.region)
    sweep(tables["users"])
    sweep(tables["user_groups"])
    if "default" not in tables["users"]:
        tables["users"]["default"] = _new_user("default", "default", "redis", "on ~* +@all", "no-password", 0)
    return tables


def _new_user(user_id: str, name: str, engine: str, access: str, kind: str, passwords: int) -> dict[str, Any]:
    return {
        "id": user_id,
        "name": name,
        "engine": engine,
        "access": access,
        "kind": kind,
        "passwords": passwords,
        "phase": Phase("elasticache", "active"),
        "secrets": [],
        "tags": {},
    }


def _bad(message: str, code: str = "InvalidParameterValue") -> AwsError:
    return AwsError(code, message, 400)


def _canonical(access: str) -> str:
    """Return an access string as AWS stores it: what a user begins with is said before the first thing it gets."""
    words = access.split()
    first = next((word for word in words if word[0] in "+-" or word in ("allcommands", "nocommands")), "+@all")
    return " ".join(words) if first in ("+@all", "-@all") else access.replace(first, f"-@all {first}", 1)


def _authentication(params: dict[str, Any]) -> tuple[str, int] | None:
    """Return (type, number of passwords) that a request asks for, or None where it says nothing."""
    mode = params.get("AuthenticationMode") or {}
    passwords = params.get("Passwords") or mode.get("Passwords") or []
    if len(passwords) > 2 or any(not 16 <= len(item) <= 128 for item in passwords):
        raise _bad("A user has at most two passwords of 16 to 128 characters.")
    if params.get("NoPasswordRequired") and passwords:
        raise _bad("Passwords and NoPasswordRequired cannot be combined.", "InvalidParameterCombination")
    if passwords:
        return "password", len(passwords)
    if params.get("NoPasswordRequired") or mode.get("Type") == "no-password-required":
        return "no-password", 0
    return ("iam", 0) if mode.get("Type") == "iam" else None


def _passwords(params: dict[str, Any]) -> list[str]:
    """Return the passwords in a request. AWS never tells them; the real server behind a group needs them."""
    return list(params.get("Passwords") or (params.get("AuthenticationMode") or {}).get("Passwords") or [])


def _show_user(call: Call, record: dict[str, Any], status: str | None = None) -> dict[str, Any]:
    groups = _tables(call)["user_groups"].values()
    return {
        "UserId": record["id"],
        "UserName": record["name"],
        "Status": status or record["phase"].status,
        "Engine": record["engine"],
        "MinimumEngineVersion": "6.0",
        "AccessString": record["access"],
        "UserGroupIds": [item["id"] for item in groups if record["id"] in item["users"]],
        "Authentication": {"Type": record["kind"], "PasswordCount": record["passwords"] or None},
        "ARN": call.arn(f"user:{record['id']}"),
    }


def _user(call: Call, user_id: str) -> dict[str, Any]:
    record: dict[str, Any] | None = _tables(call)["users"].get(user_id.lower())
    if record is None:
        raise AwsError("UserNotFound", f"User {user_id} not found.", 404)
    return record


@operation("elasticache", "CreateUser")
def create_user(call: Call) -> Any:
    """Create a user."""
    params, user_id = call.params, call.params["UserId"].lower()
    if user_id in _tables(call)["users"]:
        raise _bad(f"User {user_id} already exists.", "UserAlreadyExists")
    authentication = _authentication(params)
    if authentication is None:
        raise _bad("No password was provided. Set NoPasswordRequired or AuthenticationMode if that is intended.")
    access = _canonical(params["AccessString"])
    record = _new_user(user_id, params["UserName"], params["Engine"].lower(), access, *authentication)
    record["secrets"] = _passwords(params)
    record["tags"] = tags_from(params.get("Tags"))
    record["phase"].begin("creating")
    _tables(call)["users"][user_id] = record
    return _show_user(call, record, record["phase"].started)


@operation("elasticache", "DescribeUsers")
def describe_users(call: Call) -> Any:
    """List users."""
    user_id = call.params.get("UserId")
    records = [_user(call, user_id)] if user_id else list(_tables(call)["users"].values())
    return page(call, [_show_user(call, item) for item in records])


@operation("elasticache", "ModifyUser")
def modify_user(call: Call) -> Any:
    """Change access string or passwords."""
    record, params = _user(call, call.params["UserId"]), call.params
    if record["phase"].busy:
        raise _bad(f"User {record['id']} is {record['phase'].status}.", "InvalidUserState")
    authentication = _authentication(params)
    record["access"] = _canonical(params.get("AccessString", record["access"]))
    if params.get("AppendAccessString"):
        record["access"] += f" {params['AppendAccessString']}"
    record["engine"] = params.get("Engine", record["engine"]).lower()
    if authentication:
        record["kind"], record["passwords"] = authentication
        record["secrets"] = _passwords(params)
    record["phase"].begin("modifying")
    return _show_user(call, record, record["phase"].started)


@operation("elasticache", "DeleteUser")
def delete_user(call: Call) -> Any:
    """Delete a user that no group needs."""
    record = _user(call, call.params["UserId"])
    if record["id"] == "default":
        raise _bad("The default user cannot be deleted.", "DefaultUserAssociatedToUserGroup")
    if record["phase"].busy:
        raise _bad(f"User {record['id']} is {record['phase'].status}.", "InvalidUserState")
    groups = [group for group in _tables(call)["user_groups"].values() if record["id"] in group["users"]]
    if record["name"] == "default" and any(group["engine"] == "redis" for group in groups):
        message = "The default user of a group cannot be deleted."
        raise _bad(message, "DefaultUserAssociatedToUserGroup")
    for group in groups:
        group["users"].remove(record["id"])
    record["phase"].begin("deleting", GONE)
    return _show_user(call, record, record["phase"].started)


def _show_group(call: Call, record: dict[str, Any], status: str | None = None) -> dict[str, Any]:
    groups = _tables(call)["groups"].values()
    return {
        "UserGroupId": record["id"],
        "Status": status or record["phase"].status,
        "Engine": record["engine"],
        "UserIds": record["users"],
        "MinimumEngineVersion": "6.0",
        "ARN": call.arn(f"usergroup:{record['id']}"),
        "ReplicationGroups": [item["id"] for item in groups if record["id"] in item["values"]["UserGroupIds"]],
    }


def _group(call: Call, group_id: str) -> dict[str, Any]:
    record: dict[str, Any] | None = _tables(call)["user_groups"].get(group_id.lower())
    if record is None:
        raise AwsError("UserGroupNotFound", f"User group {group_id} not found.", 404)
    return record


def _check_users(call: Call, ids: list[str], engine: str) -> list[str]:
    """A Redis group needs a user named default, a Valkey group does not."""
    users = [_user(call, item) for item in ids]
    names = [item["name"] for item in users]
    if len(set(names)) < len(names):
        raise _bad("Two users of a group have the same name.", "DuplicateUserName")
    if engine == "redis" and "default" not in names:
        raise _bad("A user group for redis needs a user named default.", "DefaultUserRequired")
    return [item["id"] for item in users]


@operation("elasticache", "CreateUserGroup")
def create_group(call: Call) -> Any:
    """Create a user group."""
    params, group_id = call.params, call.params["UserGroupId"].lower()
    if group_id in _tables(call)["user_groups"]:
        raise _bad(f"User group {group_id} already exists.", "UserGroupAlreadyExists")
    engine = params["Engine"].lower()
    record = {
        "id": group_id,
        "engine": engine,
        "users": _check_users(call, params.get("UserIds", []), engine),
        "phase": Phase("elasticache", "active"),
        "tags": tags_from(params.get("Tags")),
    }
    record["phase"].begin("creating")
    _tables(call)["user_groups"][group_id] = record
    return _show_group(call, record, record["phase"].started)


@operation("elasticache", "DescribeUserGroups")
def describe_groups(call: Call) -> Any:
    """List user groups."""
    group_id = call.params.get("UserGroupId")
    records = [_group(call, group_id)] if group_id else list(_tables(call)["user_groups"].values())
    return page(call, [_show_group(call, item) for item in records])


@operation("elasticache", "ModifyUserGroup")
def modify_group(call: Call) -> Any:
    """Add and remove users."""
    record, params = _group(call, call.params["UserGroupId"]), call.params
    if record["phase"].busy:
        raise _bad(f"User group {record['id']} is {record['phase'].status}.", "InvalidUserGroupState")
    gone = {item.lower() for item in params.get("UserIdsToRemove", [])}
    wanted = [item for item in record["users"] if item not in gone]
    wanted += [item.lower() for item in params.get("UserIdsToAdd", []) if item.lower() not in wanted]
    engine = params.get("Engine", record["engine"]).lower()
    record["users"], record["engine"] = _check_users(call, wanted, engine), engine
    record["phase"].begin("modifying")
    return _show_group(call, record, record["phase"].started)


@operation("elasticache", "DeleteUserGroup")
def delete_group(call: Call) -> Any:
    """Delete a user group that no replication group uses."""
    record = _group(call, call.params["UserGroupId"])
    if _show_group(call, record)["ReplicationGroups"]:
        raise _bad(f"User group {record['id']} is associated with a replication group.", "InvalidUserGroupState")
    record["phase"].begin("deleting", GONE)
    return _show_group(call, record, record["phase"].started)
