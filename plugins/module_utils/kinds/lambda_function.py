# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lambda functions with their code, configuration and the permissions to invoke them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from ..aws.forms import ACCOUNT, ARN, KEY, LOG_GROUP_NAME, ROLE, SECURITY_GROUP, SUBNET
from ..aws.patience import patiently
from ..aws.policy import root_account
from ..aws.session import Aws, Service
from ..aws.tags import LAMBDA
from ..core.errors import Failure, Missing
from ..core.kind import READY, Delta, Deviation, Field, Form, Item, Kind, Live, Manual, Phase, broken, busy
from ..core.values import UNKNOWN, is_unknown, or_none, sort_key, texts, unordered
from ..functions.bundle import LARGEST, archive, code_sha256
from ..functions.bundle import problems as code_problems

#: What a function is that Lambda could not make, and one that it could not change.
CREATION_FAILED, UPDATE_FAILED = _LAST_TRY = ("Failed", "UpdateFailed")

#: Seconds in which a new role or key is known everywhere, and in which one change of a function is over.
SETTLING_SECONDS = 90.0

#: Bytes that names and values of the environment may have together.
LARGEST_ENVIRONMENT = 4096

#: Code and words of refusals that pass by themselves.
_PASSING = (
    ("ResourceConflictException", ""),
    ("InvalidParameterValueException", "cannot be assumed by Lambda"),
    ("InvalidParameterValueException", "does not have permissions to call"),
    ("InvalidParameterValueException", "unable to configure access to your environment variables"),
)

#: Field to the parameter of CreateFunction and UpdateFunctionConfiguration that it is by itself.
_PLAIN = {
    "description": "Description",
    "runtime": "Runtime",
    "handler": "Handler",
    "role_arn": "Role",
    "timeout": "Timeout",
    "memory_size": "MemorySize",
    "kms_key_arn": "KMSKeyArn",
}

#: Fields that share one parameter with others; a change of one sends all of them.
_SHARED = {
    "environment": ("environment",),
    "network": ("subnet_ids", "security_group_ids"),
    "logging": ("log_group", "log_format"),
    "tracing": ("tracing_mode",),
}

_ACTION = Form(r"lambda:(\*|[a-zA-Z]+)|\*", "an action of Lambda, such as lambda:InvokeFunction")
_NAME = Form(r"[a-zA-Z0-9_-]+", "letters, digits, hyphens and underscores")

_PERMISSION = (
    Field("sid", "Id of the statement.", required=True, form=_NAME, min_length=1, max_length=100, property=""),
    Field(
        "principal",
        "A service such as V(events.amazonaws.com), or an account.",
        required=True,
        form=Form(r"\S+", "a principal without blanks"),
        max_length=256,
    ),
    Field("action", "What is allowed.", default="lambda:InvokeFunction", form=_ACTION, max_length=256),
    Field("source_arn", "ARN of what the service must act for. Required for a service.", form=ARN, max_length=1024),
    Field("source_account", "Account of what the service must act for.", form=ACCOUNT),
)

_CODE = (
    Field("directory", "A folder. It is packed under its own name.", type="path", property=""),
    Field(
        "entry",
        "A Python file in the folder. Only this file, what it imports relatively (directly or "
        "not) and the packages on the way are packed.",
        property="",
    ),
    Field(
        "distributions",
        "Python distributions, installed for the Python that the task runs with, to pack at "
        "the top. Each must consist of Python alone; what they depend on is to be named as "
        "well.",
        type="list",
        elements="str",
        property="",
    ),
    Field("files", "Further files, name in the archive to text. Nothing secret.", type="dict", property=""),
)


def permissions(entries: Any) -> Any:
    """Return permissions in the order and with the members in which they are compared."""
    given = [{name: value for name, value in entry.items() if value} for entry in entries]
    return sorted((_permission(entry) for entry in given), key=sort_key)


def _permission(entry: Mapping[str, Any]) -> dict[str, Any]:
    """AWS keeps an account as the ARN of its root."""
    principal = entry.get("principal")
    return {
        "action": "lambda:InvokeFunction",
        **entry,
        "principal": root_account(principal) if isinstance(principal, str) else principal,
    }


class LambdaFunction(Kind[Aws]):
    """A function without versions or aliases. It is changed in place, one change at a time."""

    type = "lambda_function"
    noun = "Lambda function"
    aws_type = "AWS::Lambda::Function"
    timeout = 900
    usually = "a minute or two"
    fields = (
        Field(
            "name",
            "Name of the function, 1-64 letters, digits, hyphens or underscores.",
            form=_NAME,
            min_length=1,
            max_length=64,
            property="FunctionName",
        ),
        Field("description", "What the function is for. An empty text is none.", normalise=or_none, max_length=256),
        Field("runtime", "The runtime, such as V(python3.13). Required to create the function.", required=True),
        Field(
            "handler",
            "What the runtime calls, such as V(package.module.function). Required to create the function.",
            required=True,
            form=Form(r"\S+", "a handler without blanks"),
            max_length=128,
        ),
        Field(
            "role_arn",
            "ARN of the role in which the function runs. Required to create the function.",
            required=True,
            form=ROLE,
            max_length=10000,
            property="Role",
        ),
        Field(
            "architecture",
            "Instruction set of the machines that run the function.",
            choices=("arm64", "x86_64"),
            property="Architectures[]",
        ),
        Field("timeout", "Seconds that one invocation may take, 1-900.", type="int", minimum=1, maximum=900),
        Field("memory_size", "Memory in MB, 128-10240.", type="int", minimum=128, maximum=10240),
        Field(
            "code",
            "What is packed. Required to create the function.",
            type="dict",
            options=_CODE,
            required=True,
            create_only=True,
        ),
        Field(
            "environment",
            (
                "Environment variables. Nothing secret, as whoever may read the function reads them.",
                (
                    "Numbers and booleans are written as YAML and JSON write them, V(true) as C(true). "
                    "V(null) leaves a variable out."
                ),
            ),
            type="dict",
            spelled=texts,
            property="Environment.Variables",
        ),
        Field(
            "kms_key_arn",
            "ARN of the key that encrypts the environment. An empty text is a key of AWS's own.",
            normalise=or_none,
            form=KEY,
            max_length=10000,
            clears=True,
        ),
        Field(
            "subnet_ids",
            "Ids of the subnets in which the function has its network interfaces. Empty for no VPC.",
            type="list",
            elements="str",
            normalise=unordered,
            form=SUBNET,
            max_length=1024,
            max_items=16,
            property="VpcConfig.SubnetIds",
        ),
        Field(
            "security_group_ids",
            "Ids of the security groups of these interfaces.",
            type="list",
            elements="str",
            normalise=unordered,
            form=SECURITY_GROUP,
            max_length=1024,
            max_items=5,
            property="VpcConfig.SecurityGroupIds",
        ),
        Field(
            "log_group",
            "Name of the log group. Lambda makes one without key and retention where it does not exist.",
            form=LOG_GROUP_NAME,
            min_length=1,
            max_length=512,
            property="LoggingConfig.LogGroup",
        ),
        Field("log_format", "Form of the log.", choices=("JSON", "Text"), property="LoggingConfig.LogFormat"),
        Field(
            "tracing_mode",
            "Whether AWS X-Ray samples invocations, or only follows those that others sample.",
            choices=("Active", "PassThrough"),
            property="TracingConfig.Mode",
        ),
        Field(
            "reserved_concurrency",
            "Invocations at the same time that are kept for, and the most of, this function. V(-1) for none.",
            type="int",
            minimum=-1,
            property="ReservedConcurrentExecutions",
        ),
        Field(
            "permissions",
            "Who else may invoke the function. These statements are all that its policy has.",
            type="list",
            elements="dict",
            options=_PERMISSION,
            normalise=permissions,
            property="AWS::Lambda::Permission",
        ),
    )
    deviations = (
        Deviation("name", "stricter", "functions are made by name, which has 64 characters and is no ARN"),
        Deviation("kms_key_arn", "stricter", "the model takes any ARN; only KMS has such keys"),
        Deviation(
            "runtime", "looser", "Lambda's list grows faster than this collection; it refuses an unknown one at once"
        ),
        Deviation(
            "timeout", "stricter", "CreateFunction documents 900; more is for functions on instances of one's own"
        ),
        Deviation("memory_size", "stricter", "Lambda documents 10240; more is for functions on instances of one's own"),
        Deviation("reserved_concurrency", "looser", "-1 stands for none reserved"),
        Deviation("permissions.principal", "stricter", "AddPermission takes no blanks"),
    )
    outputs = ("arn", "code_sha256", "status")

    def problems(self, item: Item) -> Iterable[str]:
        """Check the code, and what Lambda would refuse."""
        if bool(item.get("subnet_ids")) != bool(item.get("security_group_ids")):
            yield "subnet_ids and security_group_ids go together: give both, or neither"
        yield from _environment_problems(item.get("environment") or {})
        yield from _permission_problems(item.get("permissions") or ())
        if item.get("architecture") and item.get("code") is None:
            yield "code is required with architecture, which is a property of the code"
        if item.get("code") is not None and not is_unknown(item["code"]):
            yield from _code_problems(item["code"])

    # --- reading ----------------------------------------------------------------------------------------------------

    def read(self, aws: Aws, items: Sequence[Item], *, everything: bool = False) -> dict[str, Live]:
        """Read each function by name (with ``everything`` every function of the region)."""
        functions = aws.service("lambda")
        names = [item["name"] for item in items]
        if everything:
            names += [entry["FunctionName"] for entry in functions.pages("list_functions", "Functions")]
        found = {name: _one(functions, name) for name in dict.fromkeys(names)}
        return {name: live for name, live in found.items() if live is not None}

    def differences(self, want: Item, live: Live) -> dict[str, tuple[Any, Any]]:
        """Add the code, which is compared by its hash, and what failed, which is tried again."""
        found = super().differences(want, live)
        wanted = _wanted_sha256(want)
        if wanted not in (None, live["code_sha256"]):
            found["code_sha256"] = (live["code_sha256"], wanted)
        if live["status"] in _LAST_TRY and all(
            want.get(field.name) is not None for field in self.fields if field.required
        ):
            found["status"] = (live["status"], "Active")
        return found

    def predict(self, want: Item) -> Mapping[str, Any]:
        """The hash of the code follows from its files."""
        wanted = _wanted_sha256(want)
        return {} if wanted is None else {"code_sha256": wanted}

    # --- changing ---------------------------------------------------------------------------------------------------

    def create(self, aws: Aws, want: Item) -> bool:
        """Create the function. Who may invoke it, and how often at a time, follows once it is active."""
        request = {"FunctionName": want["name"], "Code": {"ZipFile": archive(want["code"])}}
        request.update(_configuration(want, set(want)))
        request.update({"Architectures": [want["architecture"]]} if want.get("architecture") else {})
        request.update({"Tags": LAMBDA.encode(want["tags"])} if want.get("tags") else {})
        functions = aws.service("lambda")
        try:
            _settled(lambda: functions.create_function(**request), _PASSING[1:])
        except Failure as failure:
            if failure.code != "ResourceConflictException":  # made between our look and now; the engine looks at it
                raise
        return True

    def update(self, aws: Aws, want: Item, live: Live, delta: Delta) -> bool:
        """Change the configuration; code follows in a round of its own, as Lambda makes one change at a time.

        A function whose creation failed never ran and can only be made anew. A failed update is sent again, whole.
        """
        functions, name = aws.service("lambda"), live["name"]
        if live["status"] == CREATION_FAILED:
            self.delete(aws, want, live)
            return self.create(aws, want)
        changed = set(want) if "status" in delta else set(delta.fields)
        configuration = _configuration({**live.values, **_given(want)}, changed, live.raw)
        if configuration:
            request = {"FunctionName": name, **configuration}
            _settled(lambda: functions.update_function_configuration(**request))
        if "reserved_concurrency" in delta:
            _set_concurrency(functions, name, want["reserved_concurrency"])
        if "permissions" in delta:
            _set_permissions(functions, name, want["permissions"], live["permissions"])
        if not delta.any("code_sha256", "architecture"):
            return False
        if not configuration:
            # Where no architecture is given, Lambda takes the code for x86_64.
            architecture = want.get("architecture") or live["architecture"]
            code = {"FunctionName": name, "ZipFile": archive(want["code"]), "Architectures": [architecture]}
            _settled(lambda: functions.update_function_code(**code))
        return True

    def delete(self, aws: Aws, want: Item, live: Live) -> None:
        """Delete the function with all its versions. Its network interfaces outlive it for a while."""
        functions = aws.service("lambda")
        try:
            _settled(lambda: functions.delete_function(FunctionName=live["name"]))
        except Missing:
            return

    def retag(self, aws: Aws, live: Live, add: Mapping[str, str], remove: Sequence[str]) -> None:
        """Tag by ARN."""
        _settled(lambda: LAMBDA.apply(aws, live["arn"], add, remove))


def _given(want: Item) -> dict[str, Any]:
    return {name: value for name, value in want.items() if value is not None}


def _settled(call: Callable[[], Any], passing: Sequence[tuple[str, str]] = _PASSING) -> Any:
    """Call until what Lambda refuses for a while has settled."""
    return patiently(call, *passing, seconds=SETTLING_SECONDS)


# --- input ----------------------------------------------------------------------------------------------------------


def _environment_problems(environment: Mapping[str, Any]) -> Iterable[str]:
    for name, value in environment.items():
        if not isinstance(value, str):
            yield f"environment.{name} is a {'dictionary' if isinstance(value, Mapping) else 'list'}; a value is a text"
        if not re.fullmatch(r"[a-zA-Z][a-zA-Z0-9_]+", name) or name.startswith(("AWS_", "_")):
            form = "two or more letters, digits and _, a letter first, and not AWS_ in front"
            yield f"environment has '{name}'; a name has {form}"
    size = sum(len(name) + len(str(value).encode()) for name, value in environment.items())
    if size > LARGEST_ENVIRONMENT:
        yield f"environment has {size} bytes; Lambda allows {LARGEST_ENVIRONMENT}"


def _permission_problems(entries: Sequence[Mapping[str, Any]]) -> Iterable[str]:
    sids = [entry["sid"] for entry in entries]
    for sid in sorted({sid for sid in sids if sids.count(sid) > 1}):
        yield f"permissions name the sid '{sid}' twice"
    for entry in entries:
        if ".amazonaws." in entry["principal"] and not entry.get("source_arn"):
            yield f"permissions: '{entry['sid']}' lets a service invoke it for anybody; source_arn is required"


def _code_problems(code: Mapping[str, Any]) -> Iterable[str]:
    found = list(code_problems(code))
    yield from found
    if not found:
        size = len(archive(code))
        if size > LARGEST:
            yield f"code has {size} bytes; Lambda takes {LARGEST} in a request"


def _wanted_sha256(want: Item) -> str | None:
    """Return the hash of the wanted code; ``None`` where the code is not managed."""
    code = want.get("code")
    if code is None:
        return None
    return UNKNOWN if is_unknown(code) else code_sha256(archive(code))


# --- the API's spelling ---------------------------------------------------------------------------------------------


def _configuration(
    values: Mapping[str, Any], changed: set[str], live: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return the parameters for the fields in ``changed``, each with all the fields that it carries.

    What a parameter carries beside our fields is sent as it is in ``live``: Lambda resets what it is not given.
    """
    live = live or {}
    made: dict[str, Any] = {
        parameter: values[name] or "" if name in ("description", "kms_key_arn") else values[name]
        for name, parameter in _PLAIN.items()
        if name in changed and values.get(name) is not None
    }
    if changed & set(_SHARED["environment"]):
        made["Environment"] = {"Variables": dict(values.get("environment") or {})}
    if changed & set(_SHARED["network"]):
        made["VpcConfig"] = {
            **_kept(live, "VpcConfig", "Ipv6AllowedForDualStack"),
            "SubnetIds": list(values.get("subnet_ids") or ()),
            "SecurityGroupIds": list(values.get("security_group_ids") or ()),
        }
    if changed & set(_SHARED["logging"]):
        logging = {"LogGroup": values.get("log_group"), "LogFormat": values.get("log_format")}
        # Levels are a matter of the JSON format alone.
        levels = ("ApplicationLogLevel", "SystemLogLevel") if values.get("log_format") == "JSON" else ()
        given = {name: value for name, value in logging.items() if value}
        made["LoggingConfig"] = {**_kept(live, "LoggingConfig", *levels), **given}
    if changed & set(_SHARED["tracing"]):
        made["TracingConfig"] = {"Mode": values["tracing_mode"]}
    return made


def _kept(live: Mapping[str, Any], parameter: str, *members: str) -> dict[str, Any]:
    """Return the members of a live parameter that no field stands for."""
    found = live.get(parameter) or {}
    return {name: found[name] for name in members if found.get(name)}


def _set_concurrency(functions: Service, name: str, wanted: int) -> None:
    """Reserve executions; a number below zero reserves none and leaves the function to the account's pool."""
    if wanted < 0:
        _settled(lambda: functions.delete_function_concurrency(FunctionName=name))
        return
    request = {"FunctionName": name, "ReservedConcurrentExecutions": wanted}
    _settled(lambda: functions.put_function_concurrency(**request))


def _set_permissions(functions: Service, name: str, wanted: Any, live: Any) -> None:
    """Make the statements exactly ``wanted``. One cannot be changed, so it goes before its successor comes."""
    new = {entry["sid"]: entry for entry in permissions(wanted)}
    old = {entry["sid"]: entry for entry in permissions(live)}
    for sid, entry in old.items():
        if entry != new.get(sid):
            _remove_permission(functions, name, sid)
    for sid, entry in new.items():
        if entry != old.get(sid):
            request = {"StatementId": sid, "Action": entry["action"], "Principal": entry["principal"]}
            request.update({"SourceArn": entry["source_arn"]} if entry.get("source_arn") else {})
            request.update({"SourceAccount": entry["source_account"]} if entry.get("source_account") else {})
            _settled(lambda given=request: functions.add_permission(FunctionName=name, **given))


def _remove_permission(functions: Service, name: str, sid: str) -> None:
    try:
        functions.remove_permission(FunctionName=name, StatementId=sid)
    except Missing:
        return


def _one(functions: Service, name: str) -> Live | None:
    try:
        found = functions.get_function(FunctionName=name)
    except Missing:
        return None
    entry = found["Configuration"]
    values = {
        "name": entry["FunctionName"],
        "arn": entry["FunctionArn"],
        "code_sha256": entry["CodeSha256"],
        **{field: entry.get(parameter) for field, parameter in _PLAIN.items()},
        "architecture": (entry.get("Architectures") or ["x86_64"])[0],
        "environment": entry.get("Environment", {}).get("Variables", {}),
        "subnet_ids": entry.get("VpcConfig", {}).get("SubnetIds", []),
        "security_group_ids": entry.get("VpcConfig", {}).get("SecurityGroupIds", []),
        "log_group": entry.get("LoggingConfig", {}).get("LogGroup"),
        "log_format": entry.get("LoggingConfig", {}).get("LogFormat"),
        "tracing_mode": entry.get("TracingConfig", {}).get("Mode"),
        "reserved_concurrency": found.get("Concurrency", {}).get("ReservedConcurrentExecutions", -1),
        "permissions": _live_permissions(functions, name),
        "status": _status(entry),
    }
    return Live(values, found.get("Tags") or {}, _phase(entry), raw=entry)


def _status(entry: Mapping[str, Any]) -> str:
    """Return the state of a function, or that its last change failed."""
    state, update = entry.get("State", "Active"), entry.get("LastUpdateStatus", "Successful")
    if state == "Failed":
        return CREATION_FAILED
    # An idle function comes back with its next invocation.
    return UPDATE_FAILED if update == "Failed" else "Active"


def _phase(entry: Mapping[str, Any]) -> Phase:
    state, update = entry.get("State", "Active"), entry.get("LastUpdateStatus", "Successful")
    if state in ("Pending", "Deleting", "Deactivating"):
        return busy(state)
    if state == "Failed":
        why = f"{entry.get('StateReasonCode', state)}: {entry.get('StateReason', '')}".rstrip(". ")
        return broken(f"{why}; Lambda could not make it, so delete it and make it anew")
    if update == "InProgress":
        return busy("update in progress")
    if update == "Failed":
        return broken(f"{entry.get('LastUpdateStatusReasonCode', update)}: {entry.get('LastUpdateStatusReason', '')}")
    return READY


def _live_permissions(functions: Service, name: str) -> list[dict[str, Any]]:
    try:
        policy = json.loads(functions.get_policy(FunctionName=name)["Policy"])
    except Missing:  # a function that nobody else may invoke has no policy
        return []
    return permissions(_statement(entry) for entry in policy["Statement"])


def _statement(entry: Mapping[str, Any]) -> dict[str, Any]:
    principal = entry.get("Principal")
    conditions = {
        key.lower(): value for tests in (entry.get("Condition") or {}).values() for key, value in tests.items()
    }
    return {
        "sid": entry.get("Sid"),
        "principal": next(iter(principal.values())) if isinstance(principal, Mapping) else principal,
        "action": entry.get("Action"),
        "source_arn": conditions.pop("aws:sourcearn", None),
        "source_account": conditions.pop("aws:sourceaccount", None),
        "conditions": conditions,  # empty in every statement of ours, so one with another is foreign
    }


MANUAL = Manual(
    short="Manage Lambda functions",
    about=(
        (
            "Creates, changes and deletes Lambda functions with their code, configuration and the "
            "permissions to invoke them."
        ),
        (
            "The code is packed from files of the machine that the task runs on, always to the "
            "same bytes, and uploaded only where its hash differs from that of the live function."
        ),
        (
            "A function that Lambda could not make is made anew, and a change that failed is made "
            "again. What no option stands for, such as the levels of the log, stays as it is."
        ),
        (
            "Lambda makes one change of a function at a time. The task waits for each, and for a "
            "new role to be known everywhere."
        ),
        (
            "Uses C(lambda:GetFunction), C(lambda:GetPolicy), C(lambda:CreateFunction), "
            "C(lambda:UpdateFunctionConfiguration), C(lambda:UpdateFunctionCode), "
            "C(lambda:PutFunctionConcurrency), C(lambda:DeleteFunctionConcurrency), "
            "C(lambda:AddPermission), C(lambda:RemovePermission), C(lambda:TagResource), "
            "C(lambda:UntagResource), C(lambda:DeleteFunction) and C(iam:PassRole)."
        ),
    ),
    examples="""
- name: A function that an EventBridge rule may invoke
  dataai.platform.lambda_function:
    name: nightly
    runtime: python3.13
    architecture: arm64
    handler: nightly.main.handler
    role_arn: arn:aws:iam::123456789012:role/nightly
    timeout: 60
    memory_size: 256
    code:
      directory: files/nightly
    log_group: /acme/app/prod/nightly
    log_format: JSON
    permissions:
      - sid: schedule
        principal: events.amazonaws.com
        source_arn: arn:aws:events:eu-central-2:123456789012:rule/nightly
        source_account: "123456789012"
""",
    sample={
        "nightly": {
            "arn": "arn:aws:lambda:eu-central-2:123456789012:function:nightly",
            "code_sha256": "5tTG0Pf8xqFq3b4pcpJrHvQ6nLWkSu4yq2L3u3ZkE5Y=",
            "status": "Active",
        }
    },
    plural="functions",
    since="1.1.0",
)
