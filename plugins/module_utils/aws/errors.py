# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Translation of SDK errors, once, at the edge: into what was done, why it failed and what to do next."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

try:
    from botocore.exceptions import ClientError
except ImportError:  # AnsibleAWSModule reports the missing library by name
    ClientError = Exception

from ..core.errors import Denied, Exists, Failure, Missing, Unsupported

#: ``InvalidResourceId`` is how Systems Manager's calls for tags name a parameter that is not there. A service-linked
#: role that is not there says nothing about the resource that a call is for.
_MISSING = re.compile(
    r"^(?!ServiceLinkedRole).*NotFound(Fault|Exception)?$|^NoSuch|^404$|\.NotFound$|NotFoundError$|"
    r"ParameterGroupNotFound|^InvalidResourceId$"
)
_EXISTS = re.compile(
    r"AlreadyExists(Fault|Exception)?$|AlreadyAssociated$|\.Duplicate$|\.Conflict$|^BucketAlready|^ResourceExists"
)
_DENIED = re.compile(r"^AccessDenied|^UnauthorizedOperation$|NotAuthorized|^403$|^AuthFailure$")
_UNSUPPORTED = re.compile(r"^UnknownOperation|^InvalidAction$|^NotImplemented|^501$|^UnsupportedOperation$")

#: What to do next, by error code. One line for each mistake that users really make.
NEXT_STEPS: Mapping[str, str] = {
    "AccessDenied": "grant the caller this action, or run with another role",
    "ExpiredToken": "refresh the credentials and run again; the run converges from where it stopped",
    "ExpiredTokenException": "refresh the credentials and run again; the run converges from where it stopped",
    "InvalidClientTokenId": "check the access key and that it belongs to this partition",
    "UnrecognizedClientException": "check the access key and that it belongs to this partition",
    "Throttling": "run again; nothing is lost or doubled",
    "ThrottlingException": "run again; nothing is lost or doubled",
    "RequestLimitExceeded": "run again; nothing is lost or doubled",
    "LimitExceededException": "ask AWS for a higher quota, or remove what is no longer used",
    "ServiceQuotaExceededException": "ask AWS for a higher quota, or remove what is no longer used",
    "DependencyViolation": "something still uses it; remove that first, or run again once AWS has let go of it",
    "DeleteConflict": "something still uses it; remove that first, or run again once AWS has let go of it",
    "KMSInvalidStateException": "the key is disabled or pending deletion; enable it, or cancel its deletion",
    "KMSKeyNotAccessibleFault": "let the caller use the key (kms:DescribeKey, kms:CreateGrant) and check its state",
    "InvalidDBClusterStateFault": "AWS is working on the cluster; run again when it is available",
    "InvalidReplicationGroupState": "AWS is working on the group; run again when it is available",
    "InsufficientDBInstanceCapacity": "choose another instance class or run again later",
    "ServiceLinkedRoleNotFoundFault": "make the service's own role: let the caller do iam:CreateServiceLinkedRole",
    "InvalidDBParameterGroupState": "something still uses it or its last change is not through; run again later",
    "InvalidCacheParameterGroupState": "something still uses it or its last change is not through; run again later",
    "InvalidDBSubnetGroupStateFault": "something still uses it; remove that first, or run again once AWS has let go",
    "CacheSubnetGroupInUse": "something still uses it; remove that first, or run again once AWS has let go",
    "OptInRequired": "enable the service or region for this account",
}


def translate(error: Exception, what: str) -> Failure:
    """Return the failure that ``error`` means.

    Args:
        error: an exception of the SDK.
        what: the operation and the resource it was for.
    """
    if not isinstance(error, ClientError) or not hasattr(error, "response"):
        return Failure(what, str(error), next_step=_network_hint(error))
    body: Mapping[str, Any] = error.response.get("Error", {})
    code = str(body.get("Code", ""))
    why = str(body.get("Message") or code)
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    return _class_for(code, status)(what, why, code=code, next_step=_hint(code))


def _class_for(code: str, status: int | None) -> type[Failure]:
    if _MISSING.search(code):
        return Missing
    if _EXISTS.search(code):
        return Exists
    if _DENIED.search(code):
        return Denied
    if _UNSUPPORTED.search(code) or status == 501:
        return Unsupported
    return Failure


def _hint(code: str) -> str:
    if code in NEXT_STEPS:
        return NEXT_STEPS[code]
    return NEXT_STEPS["AccessDenied"] if _DENIED.search(code) else ""


def _network_hint(error: Exception) -> str:
    name = type(error).__name__
    if "Credentials" in name:
        return "give credentials as for any AWS tool: environment, profile, or role"
    if "Endpoint" in name or "Connect" in name or "Timeout" in name:
        return "check the network path to AWS and AWS_ENDPOINT_URL, then run again"
    return ""


def subject(params: Mapping[str, Any]) -> str:
    """Return the value in ``params`` that names the resource: the first short text given under a naming parameter."""
    for name, value in params.items():
        if isinstance(value, str) and re.search(r"(Name|Id|Identifier|Arn|Bucket|Alias|name|Group)$", name):
            return value
    return ""
