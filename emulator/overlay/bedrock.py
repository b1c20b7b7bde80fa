# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bedrock: foundation models, inference profiles, invocation logging."""

from __future__ import annotations

import random
import re
import string
from datetime import UTC, datetime
from typing import Any

from .. import policy, state
from ..call import AwsError, Call, page
from ..provisioning import settings
from ..registry import operation
from .common import log_group, now, role

_EU = ("eu-central-1", "eu-central-2", "eu-north-1", "eu-south-1", "eu-south-2", "eu-west-1", "eu-west-3")
_US = ("us-east-1", "us-east-2", "us-west-2")
_ANY = (*_EU, *_US)
_ON_DEMAND, _PROFILE = "ON_DEMAND", "INFERENCE_PROFILE"

# id: (name, provider, start of life, inference type, input, output, streaming, regions)
MODELS: dict[str, tuple[str, str, str, str, tuple[str, ...], tuple[str, ...], bool, tuple[str, ...]]] = {
    "anthropic.claude-sonnet-4-5-20250929-v1:0": (
        "Claude Sonnet 4.5",
        "Anthropic",
        "2025-09-29",
        _PROFILE,
        ("TEXT", "IMAGE"),
        ("TEXT",),
        True,
        _ANY,
    ),
    "anthropic.claude-opus-4-5-20251101-v1:0": (
        "Claude Opus 4.5",
        "Anthropic",
        "2025-11-24",
        _PROFILE,
        ("TEXT", "IMAGE"),
        ("TEXT",),
        True,
        _ANY,
    ),
    "anthropic.claude-opus-4-6-v1": (
        "Claude Opus 4.6",
        "Anthropic",
        "2026-02-05",
        _PROFILE,
        ("TEXT", "IMAGE"),
        ("TEXT",),
        True,
        _ANY,
    ),
    "anthropic.claude-haiku-4-5-20251001-v1:0": (
        "Claude Haiku 4.5",
        "Anthropic",
        "2025-10-15",
        _PROFILE,
        ("TEXT", "IMAGE"),
        ("TEXT",),
        True,
        _ANY,
    ),
    "anthropic.claude-3-5-sonnet-20240620-v1:0": (
        "Claude 3.5 Sonnet",
        "Anthropic",
        "2024-06-20",
        _ON_DEMAND,
        ("TEXT", "IMAGE"),
        ("TEXT",),
        True,
        ("eu-central-1", "eu-central-2", *_US),
    ),
    "anthropic.claude-3-haiku-20240307-v1:0": (
        "Claude 3 Haiku",
        "Anthropic",
        "2024-03-13",
        _ON_DEMAND,
        ("TEXT", "IMAGE"),
        ("TEXT",),
        True,
        ("eu-central-1", "eu-central-2", "eu-west-1", "eu-west-3", *_US),
    ),
    "cohere.embed-v4:0": ("Embed v4", "Cohere", "2025-10-01", _PROFILE, ("TEXT", "IMAGE"), ("EMBEDDING",), False, _ANY),
    "amazon.titan-embed-text-v2:0": (
        "Titan Text Embeddings V2",
        "Amazon",
        "2024-04-30",
        _ON_DEMAND,
        ("TEXT",),
        ("EMBEDDING",),
        False,
        _ANY,
    ),
    "amazon.nova-lite-v1:0": (
        "Nova Lite",
        "Amazon",
        "2024-12-03",
        _PROFILE,
        ("TEXT", "IMAGE", "VIDEO"),
        ("TEXT",),
        True,
        ("eu-central-1", "eu-north-1", "eu-west-1", "eu-west-3", *_US),
    ),
}
_GLOBAL = ("", "ap-northeast-1", "eu-central-1", "eu-west-1", "us-east-1", "us-west-2")

# id: (name, model, source regions, destination regions); "" stands for an ARN without a region.
PROFILES: dict[str, tuple[str, str, tuple[str, ...], tuple[str, ...]]] = {
    **{
        f"eu.{model}": (f"EU Anthropic {MODELS[model][0]}", model, _EU, _EU)
        for model in MODELS
        if model.startswith("anthropic.") and MODELS[model][3] == _PROFILE
    },
    **{
        f"us.{model}": (f"US Anthropic {MODELS[model][0]}", model, _US, _US)
        for model in MODELS
        if model.startswith("anthropic.") and MODELS[model][3] == _PROFILE
    },
    "eu.amazon.nova-lite-v1:0": (
        "EU Nova Lite",
        "amazon.nova-lite-v1:0",
        ("eu-central-1", "eu-north-1", "eu-west-1"),
        ("eu-central-1", "eu-north-1", "eu-west-1", "eu-west-3"),
    ),
    "eu.cohere.embed-v4:0": (
        "EU Cohere Embed v4",
        "cohere.embed-v4:0",
        ("eu-central-1", "eu-west-1"),
        ("eu-central-1", "eu-north-1", "eu-west-1", "eu-west-3"),
    ),
    "global.cohere.embed-v4:0": ("Global Cohere Embed v4", "cohere.embed-v4:0", _ANY, _GLOBAL),
}
_SOURCE = re.compile(r"arn:aws[a-z-]*:bedrock:([a-z0-9-]*):(\d{12})?:(inference-profile|foundation-model)/(.+)")
_MAX_TAGS = 50


def _invalid(message: str) -> AwsError:
    return AwsError("ValidationException", message, 400)


def _missing(message: str) -> AwsError:
    return AwsError("ResourceNotFoundException", message, 404)


def _tables(call: Call) -> Any:
    return state.store("bedrock", call.account, call.region)


# Foundation models


def _model_arn(call: Call, model_id: str, region: str | None = None) -> str:
    return f"arn:{call.partition}:bedrock:{call.region if region is None else region}::foundation-model/{model_id}"


def _time(text: str) -> datetime:
    parsed = datetime.fromisoformat(text)
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def _offered(call: Call) -> list[str]:
    """Return the ids of the models that the region lists."""
    changed = settings.bedrock_models
    return [key for key, item in MODELS.items() if call.region in item[7] and changed.get(key, {}) is not None]


def _lifecycle(model_id: str) -> dict[str, Any]:
    changed = settings.bedrock_models.get(model_id) or {}
    times = ("startOfLifeTime", "legacyTime", "endOfLifeTime", "publicExtendedAccessTime")
    shown: dict[str, Any] = {"status": changed.get("status", "ACTIVE"), "startOfLifeTime": _time(MODELS[model_id][2])}
    return shown | {name: _time(changed[name]) for name in times if changed.get(name)}


def _at_end(model_id: str) -> bool:
    end = _lifecycle(model_id).get("endOfLifeTime")
    return end is not None and end <= now()


def _show_model(call: Call, model_id: str) -> dict[str, Any]:
    name, provider, _, inference, inputs, outputs, streaming, _ = MODELS[model_id]
    return {
        "modelArn": _model_arn(call, model_id),
        "modelId": model_id,
        "modelName": name,
        "providerName": provider,
        "inputModalities": list(inputs),
        "outputModalities": list(outputs),
        "responseStreamingSupported": streaming,
        "customizationsSupported": [],
        "inferenceTypesSupported": [inference],
        "modelLifecycle": _lifecycle(model_id),
    }


def _find_model(call: Call, identifier: str) -> str:
    model_id = identifier.rsplit("foundation-model/", maxsplit=1)[-1]
    if model_id not in _offered(call):
        raise _missing(f"Could not resolve the foundation model from the provided model identifier: {identifier}.")
    return model_id


@operation("bedrock", "GetFoundationModel")
def get_model(call: Call) -> Any:
    """Show a model."""
    return {"modelDetails": _show_model(call, _find_model(call, call.params["modelIdentifier"]))}


@operation("bedrock", "ListFoundationModels")
def list_models(call: Call) -> Any:
    """List the models of the region; there are no pages."""
    params = call.params
    shown = [_show_model(call, item) for item in _offered(call)]
    checks = {
        "byProvider": "providerName",
        "byOutputModality": "outputModalities",
        "byInferenceType": "inferenceTypesSupported",
        "byCustomizationType": "customizationsSupported",
    }
    for name, member in checks.items():
        wanted = params.get(name)
        if wanted and name == "byProvider":
            shown = [item for item in shown if item[member].lower() == wanted.lower()]
        elif wanted:
            shown = [item for item in shown if wanted in item[member]]
    return {"modelSummaries": shown}


@operation("bedrock", "GetFoundationModelAvailability")
def get_availability(call: Call) -> Any:
    """Tell whether a model can be used: what is set under ``availability``, and yes for the rest."""
    model_id = _find_model(call, call.params["modelId"])
    answer = {
        "modelId": model_id,
        "agreementAvailability": {"status": "AVAILABLE"},
        "authorizationStatus": "AUTHORIZED",
        "entitlementAvailability": "AVAILABLE",
        "regionAvailability": "AVAILABLE",
    }
    return answer | (settings.bedrock_models.get(model_id) or {}).get("availability", {})


# Inference profiles


def _system_profiles(call: Call) -> dict[str, dict[str, Any]]:
    """Return the system-defined profiles that can be used from this region, by id."""
    shown = {}
    for profile_id, (name, model_id, sources, targets) in PROFILES.items():
        if call.region not in sources or settings.bedrock_models.get(model_id, {}) is None:
            continue
        shown[profile_id] = {
            "inferenceProfileName": name,
            "inferenceProfileId": profile_id,
            "status": "ACTIVE",
            "type": "SYSTEM_DEFINED",
            "inferenceProfileArn": call.arn(f"inference-profile/{profile_id}"),
            "description": f"Routes requests to {name}",
            "models": [{"modelArn": _model_arn(call, model_id, region)} for region in targets],
            "createdAt": _time(MODELS[model_id][2]),
            "updatedAt": _time(MODELS[model_id][2]),
        }
    return shown


def _find_profile(call: Call, identifier: str) -> dict[str, Any]:
    own = _tables(call)["profiles"].get(identifier.rsplit("application-inference-profile/", maxsplit=1)[-1])
    if own:
        found: dict[str, Any] = own
        return found
    system = _system_profiles(call).get(identifier.rsplit(":inference-profile/", maxsplit=1)[-1])
    if system is None:
        raise _missing("The requested inference profile was not found.")
    return system


def _show_profile(record: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in record.items() if key != "tags"}


def _source_models(call: Call) -> list[dict[str, str]]:
    """Return the models behind copyFrom, or refuse it."""
    arn = (call.params.get("modelSource") or {}).get("copyFrom", "")
    found = _SOURCE.fullmatch(arn)
    if not found or found[1] != call.region:
        raise _invalid("copyFrom must be a valid inference profile model source ARN")
    _, account, kind, name = found.groups()
    if (kind == "foundation-model") != (account is None) or account not in (None, call.account):
        raise _invalid("copyFrom must be a valid inference profile model source ARN")
    if kind == "inference-profile":
        profile = _system_profiles(call).get(name)
        if profile is None:
            raise _missing(f"The inference profile {name} was not found.")
        _refuse_ended(PROFILES[name][1])
        models: list[dict[str, str]] = profile["models"]
        return models
    model_id = _find_model(call, arn)
    _refuse_ended(model_id)
    if MODELS[model_id][3] != _ON_DEMAND:
        raise _invalid(
            f"The foundation model {model_id} does not support on-demand throughput; use an inference profile "
            "that contains this model."
        )
    return [{"modelArn": arn}]


def _refuse_ended(model_id: str) -> None:
    if _at_end(model_id):
        raise _missing(
            "This model version has reached the end of its life. Please refer to the AWS documentation for "
            "more details."
        )


def _checked_tags(tags: dict[str, str]) -> dict[str, str]:
    if len(tags) > _MAX_TAGS:
        raise AwsError("TooManyTagsException", f"The number of tags is more than {_MAX_TAGS}.", 400)
    return tags


def _tags(items: list[dict[str, str]] | None) -> dict[str, str]:
    return {item["key"]: item["value"] for item in items or []}


@operation("bedrock", "CreateInferenceProfile")
def create_profile(call: Call) -> Any:
    """Create an application inference profile."""
    params, tables = call.params, _tables(call)
    models, tags = _source_models(call), _checked_tags(_tags(params.get("tags")))
    profile_id = "".join(random.choice(string.ascii_lowercase + string.digits) for _ in range(12))
    arn = call.arn(f"application-inference-profile/{profile_id}")
    tables["profiles"][profile_id] = {
        "inferenceProfileName": params["inferenceProfileName"],
        "description": params.get("description"),
        "createdAt": now(),
        "updatedAt": now(),
        "inferenceProfileArn": arn,
        "models": list(models),
        "tags": tags,
        "inferenceProfileId": profile_id,
        "status": "ACTIVE",
        "type": "APPLICATION",
    }
    return {"inferenceProfileArn": arn, "status": "ACTIVE"}


@operation("bedrock", "GetInferenceProfile")
def get_profile(call: Call) -> Any:
    """Show a profile of either type."""
    return _show_profile(_find_profile(call, call.params["inferenceProfileIdentifier"]))


@operation("bedrock", "ListInferenceProfiles")
def list_profiles(call: Call) -> Any:
    """List profiles."""
    wanted = call.params.get("typeEquals")
    records = [*_system_profiles(call).values(), *_tables(call)["profiles"].values()]
    return page(call, [_show_profile(item) for item in records if wanted in (None, item["type"])])


@operation("bedrock", "DeleteInferenceProfile")
def delete_profile(call: Call) -> Any:
    """Delete an application profile."""
    record = _find_profile(call, call.params["inferenceProfileIdentifier"])
    if record["type"] != "APPLICATION":
        raise _invalid("System-defined inference profiles cannot be deleted.")
    del _tables(call)["profiles"][record["inferenceProfileId"]]
    return {}


def _tagged(call: Call) -> dict[str, str]:
    arn = call.params["resourceARN"]
    record = _tables(call)["profiles"].get(arn.split("/")[-1])
    if record is None or record["inferenceProfileArn"] != arn:
        raise _missing(f"The resource {arn} was not found.")
    tags: dict[str, str] = record["tags"]
    return tags


@operation("bedrock", "TagResource")
def tag(call: Call) -> Any:
    """Add or change tags."""
    tags = _tagged(call)
    tags.update(_checked_tags(tags | _tags(call.params["tags"])))
    return {}


@operation("bedrock", "UntagResource")
def untag(call: Call) -> Any:
    """Remove tags."""
    tags = _tagged(call)
    for key in call.params["tagKeys"]:
        tags.pop(key, None)
    return {}


@operation("bedrock", "ListTagsForResource")
def list_tags(call: Call) -> Any:
    """List tags."""
    return {"tags": [{"key": key, "value": value} for key, value in _tagged(call).items()]}


# Invocation logging: one configuration per account and region


def _role_allows(call: Call, arn: str, action: str, resource: str) -> bool:
    found = role(call, arn)
    if found is None:
        return False
    service = "bedrock.amazonaws.com"
    context = {"aws:SourceAccount": call.account, "aws:SourceArn": call.arn("*", "bedrock")}
    trust = policy.load(found.assume_role_policy_document)
    if policy.decide(trust, [service], "sts:AssumeRole", "*", context) != "Allow":
        return False
    decisions = {policy.decide(policy.load(item), [], action, resource, context) for item in policy.documents(found)}
    return "Allow" in decisions and "Deny" not in decisions


def _check_log_group(call: Call, config: dict[str, Any]) -> None:
    name, arn = config["logGroupName"], config["roleArn"]
    group = log_group(call, name)
    stream = f"{group.arn}:log-stream:aws/bedrock/modelinvocations" if group else ""
    actions = ("logs:CreateLogStream", "logs:PutLogEvents")
    if not group or not all(_role_allows(call, arn, action, stream) for action in actions):
        raise _invalid(
            f"Failed to validate permissions for log group: {name}, with role: {arn}. Verify the IAM role "
            "permissions are correct."
        )
    if config.get("largeDataDeliveryS3Config"):
        _check_bucket(call, config["largeDataDeliveryS3Config"])


def _check_bucket(call: Call, config: dict[str, Any]) -> None:
    from moto.s3.models import s3_backends

    name, prefix = config["bucketName"], config.get("keyPrefix")
    bucket = s3_backends[call.account][call.partition].buckets.get(name)
    key = "/".join(part for part in (prefix, "AWSLogs", call.account, "BedrockModelInvocationLogs", "check") if part)
    context = {
        "aws:SourceAccount": call.account,
        "aws:SourceArn": call.arn("*", "bedrock"),
        "aws:PrincipalIsAWSService": "true",
        "aws:SecureTransport": "true",
    }
    decision = bucket and policy.decide(
        policy.load(bucket.policy),
        ["bedrock.amazonaws.com"],
        "s3:PutObject",
        f"arn:{call.partition}:s3:::{name}/{key}",
        context,
    )
    if decision != "Allow":
        raise _invalid(f"Failed to validate permissions for bucket: {name}. Verify the bucket policy is correct.")


@operation("bedrock", "PutModelInvocationLoggingConfiguration")
def put_logging(call: Call) -> Any:
    """Replace the logging configuration."""
    config = call.params["loggingConfig"]
    if config.get("cloudWatchConfig"):
        _check_log_group(call, config["cloudWatchConfig"])
    if config.get("s3Config"):
        _check_bucket(call, config["s3Config"])
    if not config.get("cloudWatchConfig") and not config.get("s3Config"):
        raise _invalid("At least one of cloudWatchConfig and s3Config must be provided.")
    switches = [f"{kind}DataDeliveryEnabled" for kind in ("text", "image", "embedding", "video", "audio")]
    _tables(call)["logging"]["config"] = dict.fromkeys(switches, True) | config
    return {}


@operation("bedrock", "GetModelInvocationLoggingConfiguration")
def get_logging(call: Call) -> Any:
    """Show the logging configuration; nothing where there is none."""
    config = _tables(call)["logging"].get("config")
    return {"loggingConfig": config} if config else {}


@operation("bedrock", "DeleteModelInvocationLoggingConfiguration")
def delete_logging(call: Call) -> Any:
    """Remove the logging configuration; no error where there is none."""
    _tables(call)["logging"].pop("config", None)
    return {}
