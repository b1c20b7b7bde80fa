# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""IAM: what goes before a user can be deleted, who needs a role to the last, and the roles of the services."""

from __future__ import annotations

from typing import Any

from moto.iam import models
from moto.iam.models import iam_backends

from .. import state
from ..call import AwsError, Call
from ..registry import operation
from . import functions
from .common import service_role

# How AWS writes the services in the names of their roles, where moto does not.
models.SERVICE_NAME_CONVERSION.update(rds="RDS", elasticache="ElastiCache", grafana="AmazonGrafana")


@operation("iam", "CreateServiceLinkedRole")
def create_service_role(call: Call) -> Any:
    """Make the role of a service. There is one of it in an account, and it is not known everywhere at once."""
    service = call.params["AWSServiceName"]
    if not call.params.get("CustomSuffix") and service_role(call, service):
        raise AwsError(
            "InvalidInput",
            f"Service role name {service_role(call, service).name} has been taken in this account, please try a "
            "different suffix.",
            400,
        )
    state.store("iam", call.account, "global")["new_service_roles"][service] = True
    return call.pass_through()


@operation("iam", "DeleteUser")
def delete_user(call: Call) -> Any:
    """Delete a user that has nothing left."""
    backend = iam_backends[call.account][call.partition]
    user = backend.users.get(call.params["UserName"])
    if user is None:
        return call.pass_through()
    left = {
        "must delete access keys first": bool(user.access_keys),
        "must remove users from group first": any(user in group.users for group in backend.groups.values()),
        "must delete login profile first": bool(user.password),
        "must delete MFA device first": bool(user.mfa_devices),
    }
    for reason, found in left.items():
        if found:
            raise AwsError("DeleteConflict", f"Cannot delete entity, {reason}.", 409)
    return call.pass_through()


@operation("iam", "DeleteRole")
def delete_role(call: Call) -> Any:
    """Delete a role. What Lambda has not done in it by now stays undone."""
    functions.let_go(call)
    return call.pass_through()
