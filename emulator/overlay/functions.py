# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lambda: functions, their code and configuration, permissions and concurrency. Functions are stored, never run."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import uuid
import zipfile
from typing import Any

from .. import policy, state
from ..call import AwsError, Call, page
from ..provisioning import Phase
from ..registry import operation
from .common import GONE, check_security_groups, key_arn, now, role, subnets, take

_LARGEST = 50 * 1024 * 1024
_DEFAULTS = {
    "Description": "",
    "Timeout": 3,
    "MemorySize": 128,
    "PackageType": "Zip",
    "TracingConfig": {"Mode": "PassThrough"},
    "EphemeralStorage": {"Size": 512},
}
_SETTINGS = ("Runtime", "Role", "Handler", "Description", "Timeout", "MemorySize", "KMSKeyArn", "TracingConfig")


def _table(call: Call) -> dict[str, Any]:
    return state.store("lambda", call.account, call.region)["functions"]


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidParameterValueException", message, 400)


def _missing(message: str) -> AwsError:
    return AwsError("ResourceNotFoundException", message, 404)


def _arn(call: Call, name: str) -> str:
    return call.arn(f"function:{name}")


def _function(call: Call, name: str | None = None) -> dict[str, Any]:
    given = name or call.params["FunctionName"]
    plain = given.rsplit(":function:", maxsplit=1)[-1]
    record: dict[str, Any] | None = _table(call).get(plain)
    if record is None:
        raise _missing(f"Function not found: {_arn(call, plain)}")
    return record


def _changeable(call: Call) -> dict[str, Any]:
    """Return a function that no other change is going on of."""
    record = _function(call)
    if record["state"].busy or record["update"].busy:
        raise AwsError(
            "ResourceConflictException",
            f"The operation cannot be performed at this time. An update is in progress for resource: {record['arn']}",
            409,
        )
    if record["state"].status == "Failed":
        raise AwsError(
            "ResourceConflictException",
            "The operation cannot be performed at this time. The function is currently in the following state: Failed",
            409,
        )
    return record


def _check_role(call: Call, arn: str, in_vpc: bool) -> None:
    found = role(call, arn)
    trust = policy.load(found.assume_role_policy_document) if found else []
    if not any(_trusts(statement) for statement in trust):
        raise _invalid("The role defined for the function cannot be assumed by Lambda.")
    if in_vpc and not _allows(call, found, "ec2:CreateNetworkInterface"):
        raise _invalid("The provided execution role does not have permissions to call CreateNetworkInterface on EC2")


def _trusts(statement: dict[str, Any]) -> bool:
    principal = statement.get("Principal")
    names = policy.as_list(principal.get("Service")) if isinstance(principal, dict) else []
    return statement.get("Effect") == "Allow" and "lambda.amazonaws.com" in names


def _allows(call: Call, found: Any, action: str) -> bool:
    statements = [
        {**statement, "Principal": "*"} for document in policy.documents(found) for statement in policy.load(document)
    ]
    return policy.decide(statements, [found.arn], action, "*", {"aws:SourceAccount": call.account}) == "Allow"


def _check_network(call: Call, network: dict[str, Any]) -> bool:
    """Check subnets and security groups; returns whether the function is in a VPC."""
    ids, groups = network.get("SubnetIds") or [], network.get("SecurityGroupIds") or []
    if bool(ids) != bool(groups):
        raise _invalid("SubnetIds and SecurityIds must coexist or be both empty list.")
    if not ids:
        return False
    found = subnets(call, ids, "InvalidParameterValueException")
    try:
        check_security_groups(call, groups, found[0].vpc_id)
    except AwsError as error:
        raise _invalid(error.message) from error
    return True


def _check_environment(variables: dict[str, str]) -> None:
    reserved = [name for name in variables if name.startswith("AWS_LAMBDA_") or name in ("AWS_REGION", "_HANDLER")]
    if reserved:
        raise _invalid(
            "Lambda was unable to configure your environment variables because the environment variables you have "
            f"provided contains reserved keys that are currently not supported for modification: {', '.join(reserved)}"
        )
    if sum(len(name) + len(value) for name, value in variables.items()) > 4096:
        raise _invalid("Lambda was unable to configure your environment variables because they exceeded the 4KB limit.")


def _set_code(record: dict[str, Any], content: bytes) -> None:
    if len(content) > _LARGEST:
        raise AwsError("RequestEntityTooLargeException", "Request must be smaller than 70167211 bytes", 413)
    if not zipfile.is_zipfile(io.BytesIO(content)):
        raise _invalid("Could not unzip uploaded file. Please check your file, then try to upload again.")
    record["content"] = content
    record["CodeSha256"] = base64.b64encode(hashlib.sha256(content).digest()).decode()


def _content(call: Call, given: Any) -> bytes:
    if given is None:
        raise AwsError("NotImplemented", f"The emulator's {call.operation} takes code as a ZipFile only", 501)
    return given if isinstance(given, bytes) else base64.b64decode(given)


def _configure(call: Call, record: dict[str, Any], given: dict[str, Any]) -> None:
    """Check and take over the settings of a request."""
    network = given.get("VpcConfig", record["network"])
    in_vpc = _check_network(call, network)
    if "Role" in given or "VpcConfig" in given:
        _check_role(call, given.get("Role") or record["settings"]["Role"], in_vpc)
    variables = (given.get("Environment") or {}).get("Variables")
    if variables is not None:
        _check_environment(variables)
        record["environment"] = variables
    if given.get("KMSKeyArn"):
        key_arn(call, given["KMSKeyArn"], "InvalidParameterValueException")
    if not 1 <= given.get("Timeout", 3) <= 900:
        raise AwsError("ValidationException", "Value at 'timeout' failed to satisfy constraint: at most 900", 400)
    record["settings"] |= take(given, *_SETTINGS)
    record["network"] = take(network, "SubnetIds", "SecurityGroupIds", "Ipv6AllowedForDualStack")
    if "LoggingConfig" in given:
        record["logging"] = _logging(record, given["LoggingConfig"])
    record["modified"], record["revision"] = now(), str(uuid.uuid4())


def _logging(record: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """Return the logging that a request asks for; the levels of JSON are those of AWS where it says none."""
    wanted = {"LogFormat": record["logging"]["LogFormat"], "LogGroup": record["logging"]["LogGroup"]} | given
    levels = {"ApplicationLogLevel": "INFO", "SystemLogLevel": "INFO"} if wanted["LogFormat"] == "JSON" else {}
    if not levels and {"ApplicationLogLevel", "SystemLogLevel"} & set(given):
        raise _invalid("The log levels of a function are for the log format JSON.")
    return levels | wanted


def _show(record: dict[str, Any]) -> dict[str, Any]:
    shown = {
        "FunctionName": record["name"],
        "FunctionArn": record["arn"],
        **record["settings"],
        "CodeSize": len(record["content"]),
        "CodeSha256": record["CodeSha256"],
        "Architectures": record["architectures"],
        "LoggingConfig": record["logging"],
        "LastModified": record["modified"].strftime("%Y-%m-%dT%H:%M:%S.000+0000"),
        "Version": "$LATEST",
        "RevisionId": record["revision"],
        "State": record["state"].status,
        "LastUpdateStatus": record["update"].status,
    }
    if shown["State"] == "Failed":
        shown |= {"StateReasonCode": "InternalError", "StateReason": "The function could not be created."}
    if shown["LastUpdateStatus"] == "Failed":
        shown |= {"LastUpdateStatusReasonCode": "InternalError", "LastUpdateStatusReason": "The update failed."}
    if record["environment"]:
        shown["Environment"] = {"Variables": record["environment"]}
    if record["network"].get("SubnetIds"):
        shown["VpcConfig"] = {"Ipv6AllowedForDualStack": False, **record["network"], "VpcId": record["vpc"]()}
    if not shown.get("KMSKeyArn"):
        shown.pop("KMSKeyArn", None)
    return shown


@operation("lambda", "CreateFunction")
def create(call: Call) -> Any:
    """Store a function; it is pending until it is active."""
    params = call.params
    name = params["FunctionName"].rsplit(":", maxsplit=1)[-1]
    if name in _table(call):
        raise AwsError("ResourceConflictException", f"Function already exist: {name}", 409)
    record: dict[str, Any] = {
        "name": name,
        "arn": _arn(call, name),
        "settings": dict(_DEFAULTS),
        "network": {},
        "environment": {},
        "logging": {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{name}"},
        "architectures": params.get("Architectures") or ["x86_64"],
        "tags": params.get("Tags") or {},
        "permissions": {},
        "concurrency": None,
        "state": Phase("lambda", "Active"),
        "update": Phase("lambda", "Successful"),
    }
    record["vpc"] = lambda: subnets(call, record["network"]["SubnetIds"])[0].vpc_id
    _configure(call, record, params)
    _set_code(record, _content(call, params["Code"].get("ZipFile")))
    record["state"].begin("Pending")
    _table(call)[name] = record
    return {**_show(record), "State": record["state"].started}


@operation("lambda", "GetFunction")
def get(call: Call) -> Any:
    """Show a function with its tags and concurrency."""
    record = _function(call)
    location = f"https://awslambda-{call.region}-tasks.s3.{call.region}.amazonaws.com/{record['name']}"
    answer: dict[str, Any] = {
        "Configuration": _show(record),
        "Code": {"RepositoryType": "S3", "Location": location},
    }
    answer |= {"Tags": record["tags"]} if record["tags"] else {}
    if record["concurrency"] is not None:
        answer["Concurrency"] = {"ReservedConcurrentExecutions": record["concurrency"]}
    return answer


@operation("lambda", "GetFunctionConfiguration")
def get_configuration(call: Call) -> Any:
    """Show a function alone."""
    return _show(_function(call))


@operation("lambda", "ListFunctions")
def list_functions(call: Call) -> Any:
    """List the functions by name."""
    return page(call, [_show(record) for _name, record in sorted(_table(call).items())], 50)


@operation("lambda", "UpdateFunctionConfiguration")
def update_configuration(call: Call) -> Any:
    """Change settings; the update is in progress for a while."""
    record = _changeable(call)
    _configure(call, record, call.params)
    record["update"].begin("InProgress")
    return {**_show(record), "LastUpdateStatus": record["update"].started}


@operation("lambda", "UpdateFunctionCode")
def update_code(call: Call) -> Any:
    """Change the code, and with it the architecture."""
    record = _changeable(call)
    _set_code(record, _content(call, call.params.get("ZipFile")))
    record["architectures"] = call.params.get("Architectures") or ["x86_64"]
    record["modified"], record["revision"] = now(), str(uuid.uuid4())
    record["update"].begin("InProgress")
    return {**_show(record), "LastUpdateStatus": record["update"].started}


@operation("lambda", "DeleteFunction")
def delete(call: Call) -> None:
    """Delete a function. Its network interfaces outlive it."""
    record = _function(call)
    del _table(call)[record["name"]]
    if record["network"].get("SubnetIds"):
        phase = Phase("lambda-interfaces", GONE)
        phase.begin("in use")
        interfaces = state.store("lambda", call.account, call.region)["interfaces"]
        interfaces[str(uuid.uuid4())] = {**record["network"], "interface": phase, "role": record["settings"]["Role"]}


def let_go(call: Call) -> None:
    """Take away the interfaces whose time has come, in the role of their function: without it they stay for good."""
    for tables in state.stores("lambda", call.account).values():
        for name, record in list(tables["interfaces"].items()):
            if record["interface"].status == GONE and role(call, record["role"]) is not None:
                del tables["interfaces"][name]


def used_network(call: Call) -> tuple[set[str], set[str]]:
    """Return the ids of subnets and of security groups that functions, or what is left of them, still use."""
    let_go(call)
    tables = state.store("lambda", call.account, call.region)
    networks = [*(record["network"] for record in tables["functions"].values()), *tables["interfaces"].values()]
    return (
        {item for network in networks for item in network.get("SubnetIds") or ()},
        {item for network in networks for item in network.get("SecurityGroupIds") or ()},
    )


@operation("lambda", "AddPermission")
def add_permission(call: Call) -> Any:
    """Add a statement to the function's policy."""
    record, params = _function(call), call.params
    sid = params["StatementId"]
    if sid in record["permissions"]:
        raise AwsError("ResourceConflictException", f"The statement id ({sid}) provided already exists.", 409)
    principal = params["Principal"]
    statement: dict[str, Any] = {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": _principal(call, principal),
        "Action": params["Action"],
        "Resource": record["arn"],
    }
    conditions: dict[str, Any] = {}
    if params.get("SourceAccount"):
        conditions["StringEquals"] = {"AWS:SourceAccount": params["SourceAccount"]}
    if params.get("SourceArn"):
        conditions["ArnLike"] = {"AWS:SourceArn": params["SourceArn"]}
    record["permissions"][sid] = statement | ({"Condition": conditions} if conditions else {})
    return {"Statement": json.dumps(record["permissions"][sid])}


def _principal(call: Call, given: str) -> Any:
    """AWS shows an account as the ARN of its root."""
    if given == "*":
        return given
    if given.endswith(".amazonaws.com"):
        return {"Service": given}
    return {"AWS": f"arn:{call.partition}:iam::{given}:root" if given.isdigit() else given}


@operation("lambda", "RemovePermission")
def remove_permission(call: Call) -> None:
    """Take a statement out of the function's policy."""
    record, sid = _function(call), call.params["StatementId"]
    if sid not in record["permissions"]:
        raise _missing(f"Statement {sid} is not found in resource policy.")
    del record["permissions"][sid]


@operation("lambda", "GetPolicy")
def get_policy(call: Call) -> Any:
    """Show the function's policy, which a function without permissions does not have."""
    record = _function(call)
    if not record["permissions"]:
        raise _missing("The resource you requested does not exist.")
    document = {"Version": "2012-10-17", "Id": "default", "Statement": list(record["permissions"].values())}
    return {"Policy": json.dumps(document), "RevisionId": record["revision"]}


@operation("lambda", "PutFunctionConcurrency")
def put_concurrency(call: Call) -> Any:
    """Reserve executions."""
    _changeable(call)["concurrency"] = call.params["ReservedConcurrentExecutions"]
    return {"ReservedConcurrentExecutions": call.params["ReservedConcurrentExecutions"]}


@operation("lambda", "GetFunctionConcurrency")
def get_concurrency(call: Call) -> Any:
    """Show the reserved executions."""
    return {"ReservedConcurrentExecutions": _function(call)["concurrency"]}


@operation("lambda", "DeleteFunctionConcurrency")
def delete_concurrency(call: Call) -> None:
    """Reserve none any more."""
    _changeable(call)["concurrency"] = None


@operation("lambda", "TagResource")
def tag(call: Call) -> None:
    """Add or change tags."""
    _function(call, call.params["Resource"])["tags"] |= call.params["Tags"]


@operation("lambda", "UntagResource")
def untag(call: Call) -> None:
    """Remove tags."""
    for name in call.params["TagKeys"]:
        _function(call, call.params["Resource"])["tags"].pop(name, None)


@operation("lambda", "ListTags")
def list_tags(call: Call) -> Any:
    """Show the tags."""
    return {"Tags": _function(call, call.params["Resource"])["tags"]}
