# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets Manager: secrets, versions, staging labels, deletion with a recovery window, secrets owned by services."""

from __future__ import annotations

import re
import secrets as random_source
import string
import uuid
from datetime import timedelta
from typing import Any

from .. import state
from ..call import AwsError, Call, page
from ..registry import operation
from .common import key_arn, now, sweep, tags_from, tags_to

MAX_BYTES = 65536
CURRENT, PREVIOUS, PENDING = "AWSCURRENT", "AWSPREVIOUS", "AWSPENDING"
_NAME = re.compile(r"[A-Za-z0-9/_+=.@!-]{1,512}")
_FILTERS = ("description", "name", "tag-key", "tag-value", "primary-region", "owning-service", "all")


def table(account: str, region: str) -> dict[str, Any]:
    """Return the secrets of an account in a region, by name; those whose window has passed are gone."""
    records: dict[str, Any] = state.store("secretsmanager", account, region)["secrets"]
    moment = now()
    for name in [key for key, item in records.items() if item["deleted"] and item["purge"] <= moment]:
        del records[name]
    sweep(records)
    return records


def new_record(account: str, region: str, name: str, **values: Any) -> dict[str, Any]:
    """Add an empty secret and return its record."""
    suffix = "".join(random_source.choice(string.ascii_letters + string.digits) for _ in range(6))
    record: dict[str, Any] = {
        "name": name,
        "arn": f"arn:aws:secretsmanager:{region}:{account}:secret:{name}-{suffix}",
        "versions": {},
        "created": now(),
        "changed": now(),
        "accessed": None,
        "deleted": None,
        "purge": None,
        "tags": {},
        "policy": None,
        "description": None,
        "kms": None,
        "owner": None,
        "rotation": None,
        "rotated": None,
        "replicas": {},
        "primary": None,
    }
    record.update(values)
    table(account, region)[name] = record
    return record


def add_version(record: dict[str, Any], value: dict[str, Any], stages: list[str], version_id: str | None = None) -> str:
    """Add a version; `value` holds SecretString or SecretBinary. Returns the version's id."""
    version_id = version_id or str(uuid.uuid4())
    if not record["versions"] and CURRENT not in stages:
        stages = [*stages, CURRENT]
    record["versions"][version_id] = {"value": value, "stages": set(), "created": now()}
    for stage in stages:
        move_stage(record, stage, version_id)
    record["changed"] = now()
    return version_id


def move_stage(record: dict[str, Any], stage: str, version_id: str) -> None:
    """Attach a label to a version; the one that loses AWSCURRENT becomes AWSPREVIOUS."""
    holder = stage_holder(record, stage)
    if holder == version_id:
        return
    if holder:
        record["versions"][holder]["stages"].discard(stage)
    if stage == CURRENT and holder:
        previous = stage_holder(record, PREVIOUS)
        if previous:
            record["versions"][previous]["stages"].discard(PREVIOUS)
        record["versions"][holder]["stages"].add(PREVIOUS)
        record["versions"][version_id]["stages"].discard(PREVIOUS)
    record["versions"][version_id]["stages"].add(stage)


def stage_holder(record: dict[str, Any], stage: str) -> str | None:
    """Return the id of the version that carries a label."""
    return next((key for key, item in record["versions"].items() if stage in item["stages"]), None)


def find(account: str, region: str, secret_id: str) -> dict[str, Any] | None:
    """Return a secret by name, ARN or ARN without the random suffix."""
    records = table(account, region)
    if secret_id in records:
        found: dict[str, Any] = records[secret_id]
        return found
    return next((item for item in records.values() if secret_id in (item["arn"], item["arn"][:-7])), None)


def _not_found() -> AwsError:
    return AwsError("ResourceNotFoundException", "Secrets Manager can't find the specified secret.", 400)


def _invalid_request(message: str) -> AwsError:
    return AwsError("InvalidRequestException", message, 400)


def _invalid_parameter(message: str) -> AwsError:
    return AwsError("InvalidParameterException", message, 400)


def _secret(call: Call, secret_id: str | None = None) -> dict[str, Any]:
    record = find(call.account, call.region, secret_id or call.params["SecretId"])
    if record is None:
        raise _not_found()
    return record


def _live(call: Call) -> dict[str, Any]:
    record = _secret(call)
    if record["deleted"]:
        raise _invalid_request("You can't perform this operation on the secret because it was marked for deletion.")
    return record


def _own(call: Call) -> dict[str, Any]:
    """A secret that a service manages can be read and scheduled, but not changed."""
    record = _live(call)
    if record["owner"]:
        raise _invalid_request(f"You can't modify a secret that is managed by another service: {record['owner']}.")
    _refuse_replica(record)
    return record


def _refuse_replica(record: dict[str, Any]) -> None:
    if record["primary"]:
        raise _invalid_request(
            "Operation not permitted on a replica secret. Call must be made in primary secret's region."
        )


def _value(params: dict[str, Any]) -> dict[str, Any] | None:
    given = {name: params[name] for name in ("SecretString", "SecretBinary") if params.get(name) is not None}
    if len(given) > 1:
        raise _invalid_parameter("You can't specify both a binary secret value and a string secret value.")
    for item in given.values():
        size = len(item.encode() if isinstance(item, str) else item)
        if size > MAX_BYTES:
            raise AwsError(
                "ValidationException",
                "1 validation error detected: the secret value failed to satisfy "
                f"constraint: Member must have length less than or equal to {MAX_BYTES}",
                400,
            )
    return given or None


def _kms(call: Call) -> str | None:
    """Return the key as it was given (AWS echoes ARN, id or alias), after checking that it can be used."""
    given = call.params.get("KmsKeyId")
    if given and given != "alias/aws/secretsmanager":
        key_arn(call, given, "InvalidParameterException")
    return given or None


@operation("secretsmanager", "CreateSecret")
def create(call: Call) -> Any:
    """Create a secret, empty or with a first version."""
    params, name = call.params, call.params["Name"]
    if not _NAME.fullmatch(name):
        raise _invalid_parameter(
            "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!"
        )
    value, kms = _value(params), _kms(call)
    token = params.get("ClientRequestToken")
    existing = find(call.account, call.region, name)
    if existing and existing["deleted"]:
        raise _invalid_request(
            "You can't create this secret because a secret with this name is already scheduled for deletion."
        )
    if existing:
        version = existing["versions"].get(token)
        if version and version["value"] == value:
            return {"ARN": existing["arn"], "Name": name, "VersionId": token}
        raise AwsError(
            "ResourceExistsException", f"The operation failed because the secret {name} already exists.", 400
        )
    tags = _checked_tags(tags_from(params.get("Tags")))
    record = new_record(call.account, call.region, name, description=params.get("Description"), kms=kms, tags=tags)
    answer = {"ARN": record["arn"], "Name": name}
    answer |= {"VersionId": add_version(record, value, [CURRENT], token)} if value else {}
    _replicate(call, record, params.get("AddReplicaRegions") or [])
    return answer


def _checked_tags(tags: dict[str, str]) -> dict[str, str]:
    if len(tags) > 50:
        raise _invalid_parameter("The number of tags is more than 50.")
    if any(key.startswith("aws:") for key in tags):
        raise _invalid_parameter("Tag keys that begin with aws: are reserved.")
    return tags


def _put(record: dict[str, Any], value: dict[str, Any], stages: list[str], token: str | None, strict: bool) -> str:
    """Add a version; the same token with the same value is a repetition, with another value an error."""
    existing = record["versions"].get(token) if token else None
    if existing and (strict or existing["value"] != value):
        raise AwsError(
            "ResourceExistsException",
            f"You can't use ClientRequestToken {token} because that value is "
            f"already in use for a version of secret {record['arn']}.",
            400,
        )
    return str(token) if existing else add_version(record, value, stages, token)


@operation("secretsmanager", "PutSecretValue")
def put_value(call: Call) -> Any:
    """Add a version, which becomes current unless other labels are asked for."""
    record, params = _own(call), call.params
    value = _value(params)
    if value is None:
        raise _invalid_request("You must provide either SecretString or SecretBinary.")
    stages = params.get("VersionStages") or [CURRENT]
    version_id = _put(record, value, stages, params.get("ClientRequestToken"), strict=False)
    return {
        "ARN": record["arn"],
        "Name": record["name"],
        "VersionId": version_id,
        "VersionStages": sorted(record["versions"][version_id]["stages"]),
    }


@operation("secretsmanager", "UpdateSecret")
def update(call: Call) -> Any:
    """Change description, key or value; a value with a known token is always an error here."""
    record, params = _own(call), call.params
    value, kms = _value(params), _kms(call)
    answer = {"ARN": record["arn"], "Name": record["name"]}
    if value:
        answer["VersionId"] = _put(record, value, [CURRENT], params.get("ClientRequestToken"), strict=True)
    record["description"] = params.get("Description", record["description"])
    record["kms"] = kms or record["kms"]
    record["changed"] = now()
    return answer


def _pick_version(record: dict[str, Any], params: dict[str, Any]) -> str:
    version_id, stage = params.get("VersionId"), params.get("VersionStage")
    if version_id:
        version = record["versions"].get(version_id)
        if version is None:
            raise AwsError(
                "ResourceNotFoundException",
                f"Secrets Manager can't find the specified secret value for VersionId: {version_id}",
                400,
            )
        if stage and stage not in version["stages"]:
            raise _invalid_request("You provided a VersionStage that is not associated to the provided VersionId.")
        return str(version_id)
    found = stage_holder(record, stage or CURRENT)
    if found is None:
        raise AwsError(
            "ResourceNotFoundException",
            f"Secrets Manager can't find the specified secret value for staging label: {stage or CURRENT}",
            400,
        )
    return found


def _show_value(record: dict[str, Any], version_id: str) -> dict[str, Any]:
    version = record["versions"][version_id]
    record["accessed"] = now().replace(hour=0, minute=0, second=0, microsecond=0)
    return {
        "ARN": record["arn"],
        "Name": record["name"],
        "VersionId": version_id,
        **version["value"],
        "VersionStages": sorted(version["stages"]),
        "CreatedDate": version["created"],
    }


@operation("secretsmanager", "GetSecretValue")
def get_value(call: Call) -> Any:
    """Read a version."""
    record = _secret(call)
    if record["deleted"]:
        raise _invalid_request("You can't perform this operation on the secret because it was marked for deletion.")
    return _show_value(record, _pick_version(record, call.params))


@operation("secretsmanager", "BatchGetSecretValue")
def batch_get(call: Call) -> Any:
    """Read the current version of up to 20 secrets; failures come beside the values."""
    ids, filters = call.params.get("SecretIdList"), call.params.get("Filters")
    if bool(ids) == bool(filters):
        raise _invalid_parameter("Either 'SecretIdList' or 'Filters' must be provided, but not both.")
    if ids and call.params.get("MaxResults"):
        raise _invalid_parameter("MaxResults can only be used with Filters.")
    values: list[Any] = []
    errors: list[Any] = []
    chosen = ids or [item["arn"] for item in _matching(call, filters or []) if not item["deleted"]]
    for secret_id in chosen:
        try:
            record = _secret(call, secret_id)
            if record["deleted"]:
                raise _invalid_request(
                    "You can't perform this operation on the secret because it was marked for deletion."
                )
            values.append(_show_value(record, _pick_version(record, {})))
        except AwsError as error:
            errors.append({"SecretId": secret_id, "ErrorCode": error.code, "Message": error.message})
    answer = page(call, values, 20)
    return answer | {"Errors": errors}


def _show(record: dict[str, Any]) -> dict[str, Any]:
    shown = {
        "ARN": record["arn"],
        "Name": record["name"],
        "Description": record["description"],
        "KmsKeyId": record["kms"],
        "LastChangedDate": record["changed"],
        "LastAccessedDate": record["accessed"],
        "CreatedDate": record["created"],
        "DeletedDate": record["deleted"],
        "OwningService": record["owner"],
        "Tags": tags_to(record["tags"]),
        "LastRotatedDate": record["rotated"],
    }
    rotation = record["rotation"]
    if rotation:
        shown["RotationEnabled"] = rotation["enabled"]
        shown["RotationRules"] = rotation["rules"] or None
        shown["RotationLambdaARN"] = rotation.get("lambda")
        if rotation["enabled"]:
            shown["NextRotationDate"] = (record["rotated"] or record["created"]) + timedelta(
                days=rotation["rules"].get("AutomaticallyAfterDays", 7)
            )
    if record["primary"] or record["replicas"]:
        shown["PrimaryRegion"] = record["primary"] or record["arn"].split(":")[3]
        shown["ReplicationStatus"] = [
            {"Region": region, "Status": "InSync", **({"KmsKeyId": key} if key else {})}
            for region, key in record["replicas"].items()
        ] or None
    stages = {key: sorted(item["stages"]) for key, item in record["versions"].items() if item["stages"]}
    shown["VersionIdsToStages"] = shown["SecretVersionsToStages"] = stages or None
    return {key: value for key, value in shown.items() if value is not None}


@operation("secretsmanager", "DescribeSecret")
def describe(call: Call) -> Any:
    """Show everything but the values; works while a deletion is pending, too."""
    return _show(_secret(call))


def _words(text: str) -> list[str]:
    return re.findall(r"[^\s]+", text)


def _filter_texts(record: dict[str, Any], key: str) -> tuple[list[str], bool]:
    """Return the texts a filter looks at, and whether it minds the case."""
    texts = {
        "name": ([record["name"]], True),
        "description": ([record["description"] or ""], False),
        "tag-key": (list(record["tags"]), True),
        "tag-value": (list(record["tags"].values()), True),
        "primary-region": ([record["arn"].split(":")[3]], True),
        "owning-service": ([record["owner"] or ""], True),
    }
    if key != "all":
        return texts[key]
    return [text for name in ("name", "description", "tag-key", "tag-value") for text in texts[name][0]], False


def _matches(record: dict[str, Any], item: dict[str, Any]) -> bool:
    texts, exact = _filter_texts(record, item["Key"])
    for wanted in item["Values"]:
        negated, prefix = wanted.startswith("!"), wanted.removeprefix("!")
        if exact:
            hit = any(text.startswith(prefix) for text in texts)
        else:
            words = [word.lower() for text in texts for word in [text, *_words(text)]]
            hit = any(word.startswith(prefix.lower()) for word in words)
        if hit != negated:
            return True
    return False


def _matching(call: Call, filters: list[dict[str, Any]]) -> list[dict[str, Any]]:
    for item in filters:
        if item.get("Key") not in _FILTERS:
            raise _invalid_parameter(f"Invalid filter key: {item.get('Key')}")
    records = table(call.account, call.region).values()
    return [record for record in records if all(_matches(record, item) for item in filters)]


@operation("secretsmanager", "ListSecrets")
def list_secrets(call: Call) -> Any:
    """List secrets; those pending deletion only where asked for."""
    records = _matching(call, call.params.get("Filters") or [])
    if not call.params.get("IncludePlannedDeletion"):
        records = [item for item in records if not item["deleted"]]
    records.sort(key=lambda item: item["created"], reverse=call.params.get("SortOrder", "desc") == "desc")
    return page(call, [_show(item) for item in records], 100)


@operation("secretsmanager", "ListSecretVersionIds")
def list_versions(call: Call) -> Any:
    """List versions; those without a label only where asked for."""
    record = _secret(call)
    shown = [
        {"VersionId": key, "VersionStages": sorted(item["stages"]), "CreatedDate": item["created"]}
        for key, item in record["versions"].items()
        if item["stages"] or call.params.get("IncludeDeprecated")
    ]
    return page(call, shown) | {"ARN": record["arn"], "Name": record["name"]}


@operation("secretsmanager", "DeleteSecret")
def delete(call: Call) -> Any:
    """Schedule a deletion, or delete at once where forced."""
    params = call.params
    force, window = params.get("ForceDeleteWithoutRecovery"), params.get("RecoveryWindowInDays")
    if force and window is not None:
        raise _invalid_parameter("You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.")
    if window is not None and not 7 <= window <= 30:
        raise _invalid_parameter("The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).")
    record = find(call.account, call.region, params["SecretId"])
    if record is None and force:
        return {"Name": params["SecretId"], "ARN": call.arn(f"secret:{params['SecretId']}"), "DeletionDate": now()}
    if record is None:
        raise _not_found()
    if record["owner"]:
        raise _invalid_request(f"You can't delete a secret that is managed by another service: {record['owner']}.")
    _refuse_replica(record)
    if record["replicas"]:
        regions = ", ".join(record["replicas"])
        raise _invalid_request(f"You can't delete secret {record['name']} that still has replica regions [{regions}]")
    if record["deleted"] and not force:
        raise _invalid_request("You tried to perform the operation on a secret that's currently marked deleted.")
    if force:
        del table(call.account, call.region)[record["name"]]
        return {"ARN": record["arn"], "Name": record["name"], "DeletionDate": now()}
    record["deleted"] = now()
    record["purge"] = now() + timedelta(days=30 if window is None else window)
    return {"ARN": record["arn"], "Name": record["name"], "DeletionDate": record["purge"]}


@operation("secretsmanager", "ReplicateSecretToRegions")
def replicate(call: Call) -> Any:
    """Keep a copy in other regions, which only the primary changes."""
    record = _own(call)
    _replicate(call, record, call.params["AddReplicaRegions"])
    return _replication(record)


@operation("secretsmanager", "RemoveRegionsFromReplication")
def stop_replicating(call: Call) -> Any:
    """Delete the copies in other regions, at once."""
    record = _own(call)
    for region in call.params["RemoveReplicaRegions"]:
        record["replicas"].pop(region, None)
        table(call.account, region).pop(record["name"], None)
    return _replication(record)


def _replicate(call: Call, record: dict[str, Any], replicas: list[dict[str, str]]) -> None:
    for wanted in replicas:
        region = wanted["Region"]
        if region == call.region or region in record["replicas"]:
            raise _invalid_parameter(f"The secret is in {region} already.")
        record["replicas"][region] = wanted.get("KmsKeyId")
        copy = {name: record[name] for name in ("versions", "description", "tags")}
        new_record(call.account, region, record["name"], primary=call.region, **copy)


def _replication(record: dict[str, Any]) -> dict[str, Any]:
    return {"ARN": record["arn"], "ReplicationStatus": _show(record).get("ReplicationStatus") or []}


@operation("secretsmanager", "RestoreSecret")
def restore(call: Call) -> Any:
    """Cancel a scheduled deletion."""
    record = _secret(call)
    record["deleted"] = record["purge"] = None
    return {"ARN": record["arn"], "Name": record["name"]}


@operation("secretsmanager", "TagResource")
def tag(call: Call) -> Any:
    """Add or change tags."""
    record = _live(call)
    record["tags"] = _checked_tags(
        {key: value for key, value in record["tags"].items() if not key.startswith("aws:")}
        | tags_from(call.params["Tags"])
    ) | {key: value for key, value in record["tags"].items() if key.startswith("aws:")}
    return {}


@operation("secretsmanager", "UntagResource")
def untag(call: Call) -> Any:
    """Remove tags."""
    record = _live(call)
    for key in call.params["TagKeys"]:
        record["tags"].pop(key, None)
    return {}


@operation("secretsmanager", "UpdateSecretVersionStage")
def update_stage(call: Call) -> Any:
    """Move a label from one version to another."""
    record, params = _own(call), call.params
    stage, target, source = params["VersionStage"], params.get("MoveToVersionId"), params.get("RemoveFromVersionId")
    holder = stage_holder(record, stage)
    if holder and target and holder not in (source, target):
        raise _invalid_parameter(f"The parameter RemoveFromVersionId must name the version that carries {stage}.")
    if target:
        if target not in record["versions"]:
            raise AwsError("ResourceNotFoundException", f"Version {target} does not exist.", 400)
        move_stage(record, stage, target)
    elif source and stage != CURRENT:
        record["versions"].get(source, {"stages": set()})["stages"].discard(stage)
    return {"ARN": record["arn"], "Name": record["name"]}


@operation("secretsmanager", "RotateSecret")
def rotate(call: Call) -> Any:
    """Set a schedule; a managed secret needs no function, any other does."""
    record, params = _live(call), call.params
    function = params.get("RotationLambdaARN") or (record["rotation"] or {}).get("lambda")
    if record["owner"] and params.get("RotationLambdaARN"):
        raise _invalid_request("You can't set a Lambda function for a secret that is managed by another service.")
    if not record["owner"] and not function:
        raise _invalid_request("No Lambda rotation function ARN is associated with this secret.")
    rules = dict(params.get("RotationRules") or (record["rotation"] or {}).get("rules") or {})
    if rules.get("AutomaticallyAfterDays") and rules.get("ScheduleExpression"):
        raise _invalid_parameter("Use either AutomaticallyAfterDays or ScheduleExpression, but not both.")
    record["rotation"] = {"enabled": True, "rules": rules, "lambda": function}
    answer = {"ARN": record["arn"], "Name": record["name"]}
    if params.get("RotateImmediately", True) and record["owner"] == "rds":
        from . import rds

        answer["VersionId"] = rds.rotate_secret(record)
    return answer


@operation("secretsmanager", "CancelRotateSecret")
def cancel_rotation(call: Call) -> Any:
    """Turn scheduled rotation off."""
    record = _live(call)
    if record["rotation"]:
        record["rotation"]["enabled"] = False
    return {"ARN": record["arn"], "Name": record["name"]}


@operation("secretsmanager", "PutResourcePolicy")
def put_policy(call: Call) -> Any:
    """Attach a resource policy."""
    import json

    record = _live(call)
    try:
        policy = json.loads(call.params["ResourcePolicy"])
    except ValueError as error:
        raise AwsError("MalformedPolicyDocumentException", "The resource policy is not valid JSON.", 400) from error
    statements = policy.get("Statement", [])
    for item in statements if isinstance(statements, list) else [statements]:
        if call.params.get("BlockPublicPolicy") and item.get("Effect") == "Allow" and item.get("Principal") == "*":
            raise AwsError("PublicPolicyException", "The resource policy grants broad access to the secret.", 400)
    record["policy"] = call.params["ResourcePolicy"]
    return {"ARN": record["arn"], "Name": record["name"]}


@operation("secretsmanager", "GetResourcePolicy")
def get_policy(call: Call) -> Any:
    """Show the resource policy."""
    record = _live(call)
    return {"ARN": record["arn"], "Name": record["name"], "ResourcePolicy": record["policy"]}


@operation("secretsmanager", "DeleteResourcePolicy")
def delete_policy(call: Call) -> Any:
    """Remove the resource policy."""
    record = _live(call)
    record["policy"] = None
    return {"ARN": record["arn"], "Name": record["name"]}
