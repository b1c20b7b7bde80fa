# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bedrock inference profiles, models and invocation logging as the API reference describes them."""

from __future__ import annotations

from typing import Any

import pytest

ARN = "arn:aws:bedrock:eu-central-2"
HAIKU, TITAN = "anthropic.claude-3-haiku-20240307-v1:0", "amazon.titan-embed-text-v2:0"
OPUS = "eu.anthropic.claude-opus-4-6-v1"
PROFILE_SOURCE, MODEL_SOURCE = f"{ARN}:123456789012:inference-profile/{OPUS}", f"{ARN}::foundation-model/{HAIKU}"
ROLE = "arn:aws:iam::123456789012:role/bedrock"


@pytest.fixture
def bedrock(client: Any) -> Any:
    return client("bedrock")


def _create(bedrock: Any, source: str = PROFILE_SOURCE, **params: Any) -> str:
    request = {"inferenceProfileName": "one", "modelSource": {"copyFrom": source}}
    return str(bedrock.create_inference_profile(**request | params)["inferenceProfileArn"])


def test_the_catalogue_of_zurich(bedrock: Any) -> None:
    models = {item["modelId"]: item for item in bedrock.list_foundation_models()["modelSummaries"]}
    assert len(models) == 8
    assert {item["modelLifecycle"]["status"] for item in models.values()} == {"ACTIVE"}
    on_demand = bedrock.list_foundation_models(byInferenceType="ON_DEMAND")["modelSummaries"]
    assert {item["modelId"] for item in on_demand} == {HAIKU, TITAN, "anthropic.claude-3-5-sonnet-20240620-v1:0"}
    assert models["cohere.embed-v4:0"]["inferenceTypesSupported"] == ["INFERENCE_PROFILE"]
    assert bedrock.get_foundation_model(modelIdentifier=TITAN)["modelDetails"]["providerName"] == "Amazon"


def test_system_profiles_and_their_destinations(bedrock: Any, refused: Any) -> None:
    listed = bedrock.list_inference_profiles(typeEquals="SYSTEM_DEFINED")["inferenceProfileSummaries"]
    assert len(listed) == 5
    opus = bedrock.get_inference_profile(inferenceProfileIdentifier=OPUS)
    regions = {item["modelArn"].split(":")[3] for item in opus["models"]}
    assert regions == {
        "eu-central-1",
        "eu-central-2",
        "eu-north-1",
        "eu-south-1",
        "eu-south-2",
        "eu-west-1",
        "eu-west-3",
    }
    world = bedrock.get_inference_profile(inferenceProfileIdentifier="global.cohere.embed-v4:0")
    assert "arn:aws:bedrock:::foundation-model/cohere.embed-v4:0" in {item["modelArn"] for item in world["models"]}
    with refused("ResourceNotFoundException"):
        bedrock.get_inference_profile(inferenceProfileIdentifier="eu.cohere.embed-v4:0")


def test_a_profile_lives_and_dies(bedrock: Any, refused: Any) -> None:
    arn = _create(bedrock, tags=[{"key": "Model", "value": OPUS}], description="Opus 4.6")
    assert arn.startswith(f"{ARN}:123456789012:application-inference-profile/")
    shown = bedrock.get_inference_profile(inferenceProfileIdentifier=arn)
    assert (shown["status"], shown["type"], len(shown["models"])) == ("ACTIVE", "APPLICATION", 7)
    assert shown == bedrock.get_inference_profile(inferenceProfileIdentifier=shown["inferenceProfileId"]) | {
        "ResponseMetadata": shown["ResponseMetadata"]
    }
    bedrock.tag_resource(resourceARN=arn, tags=[{"key": "a", "value": "b"}])
    bedrock.untag_resource(resourceARN=arn, tagKeys=["Model"])
    assert bedrock.list_tags_for_resource(resourceARN=arn)["tags"] == [{"key": "a", "value": "b"}]
    bedrock.delete_inference_profile(inferenceProfileIdentifier=arn)
    with refused("ResourceNotFoundException"):
        bedrock.delete_inference_profile(inferenceProfileIdentifier=arn)


def test_a_model_profile_has_one_model(bedrock: Any) -> None:
    shown = bedrock.get_inference_profile(inferenceProfileIdentifier=_create(bedrock, MODEL_SOURCE))
    assert shown["models"] == [{"modelArn": MODEL_SOURCE}]


def test_listing_pages(bedrock: Any) -> None:
    for number in range(3):
        _create(bedrock, inferenceProfileName=f"profile {number}")
    first = bedrock.list_inference_profiles(typeEquals="APPLICATION", maxResults=2)
    second = bedrock.list_inference_profiles(typeEquals="APPLICATION", maxResults=2, nextToken=first["nextToken"])
    assert [len(item["inferenceProfileSummaries"]) for item in (first, second)] == [2, 1]
    assert "nextToken" not in second


def test_a_token_makes_creation_repeatable(bedrock: Any) -> None:
    assert _create(bedrock, clientRequestToken="t" * 32) == _create(bedrock, clientRequestToken="t" * 32)
    assert _create(bedrock) != _create(bedrock)


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"inferenceProfileName": "a" * 65}, "ValidationException"),
        ({"inferenceProfileName": "a--b"}, "ValidationException"),
        ({"inferenceProfileName": "a.b"}, "ValidationException"),
        ({"description": "one, two"}, "ValidationException"),
        ({"source": f"{ARN}::foundation-model/cohere.embed-v4:0"}, "ValidationException"),
        ({"source": f"{ARN}:123456789012:foundation-model/{TITAN}"}, "ValidationException"),
        ({"source": f"{ARN}::foundation-model/no.such-model"}, "ResourceNotFoundException"),
        ({"source": f"{ARN}:123456789012:inference-profile/eu.no"}, "ResourceNotFoundException"),
        ({"source": f"arn:aws:bedrock:eu-west-1::foundation-model/{TITAN}"}, "ValidationException"),
        ({"source": f"{ARN}:123456789012:application-inference-profile/abc"}, "ValidationException"),
        ({"tags": [{"key": "a", "value": "(b)"}]}, "ValidationException"),
    ],
)
def test_bad_profiles_are_refused(bedrock: Any, refused: Any, params: Any, code: str) -> None:
    with refused(code):
        _create(bedrock, **params)
    assert bedrock.list_inference_profiles(typeEquals="APPLICATION")["inferenceProfileSummaries"] == []


def test_models_end_or_are_missing(bedrock: Any, admin: Any, refused: Any) -> None:
    models = {HAIKU: {"status": "LEGACY", "endOfLifeTime": "2020-09-10T00:00:00Z"}, TITAN: None}
    admin("PUT", "/settings", {"bedrock": {"models": models}})
    lifecycle = bedrock.get_foundation_model(modelIdentifier=HAIKU)["modelDetails"]["modelLifecycle"]
    assert (lifecycle["status"], lifecycle["endOfLifeTime"].year) == ("LEGACY", 2020)
    with refused("ResourceNotFoundException", "end of its life"):
        _create(bedrock, MODEL_SOURCE)
    with refused("ResourceNotFoundException"):
        bedrock.get_foundation_model(modelIdentifier=TITAN)


def test_system_profiles_stay(bedrock: Any, refused: Any) -> None:
    with refused("ValidationException"):
        bedrock.delete_inference_profile(inferenceProfileIdentifier=OPUS)


def test_logging_is_validated_and_single(bedrock: Any, client: Any, service_role: Any, refused: Any) -> None:
    assert "loggingConfig" not in bedrock.get_model_invocation_logging_configuration()
    config = {"cloudWatchConfig": {"logGroupName": "/calls", "roleArn": ROLE}, "textDataDeliveryEnabled": False}
    with refused("ValidationException", "Failed to validate permissions for log group: /calls"):
        bedrock.put_model_invocation_logging_configuration(loggingConfig=config)
    client("logs").create_log_group(logGroupName="/calls")
    group = "arn:aws:logs:eu-central-2:123456789012:log-group:/calls:log-stream:aws/bedrock/modelinvocations"
    allow = {"Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"], "Resource": group}
    service_role("bedrock", "bedrock.amazonaws.com", allow)
    bedrock.put_model_invocation_logging_configuration(loggingConfig=config)
    shown = bedrock.get_model_invocation_logging_configuration()["loggingConfig"]
    assert (shown["textDataDeliveryEnabled"], shown["embeddingDataDeliveryEnabled"]) == (False, True)
    with refused("ValidationException", "bucket"):
        bedrock.put_model_invocation_logging_configuration(loggingConfig=config | {"s3Config": {"bucketName": "none"}})
    bedrock.delete_model_invocation_logging_configuration()
    assert "loggingConfig" not in bedrock.get_model_invocation_logging_configuration()


def test_a_role_that_does_not_trust_bedrock_is_refused(
    bedrock: Any, client: Any, service_role: Any, refused: Any
) -> None:
    client("logs").create_log_group(logGroupName="/calls")
    service_role("bedrock", "lambda.amazonaws.com", {"Effect": "Allow", "Action": "logs:*", "Resource": "*"})
    config = {"cloudWatchConfig": {"logGroupName": "/calls", "roleArn": ROLE}}
    with refused("ValidationException"):
        bedrock.put_model_invocation_logging_configuration(loggingConfig=config)


def test_other_regions_have_models_too(client: Any) -> None:
    assert client("bedrock", "us-east-1").list_foundation_models()["modelSummaries"]
    listed = client("bedrock", "eu-central-1").list_inference_profiles()["inferenceProfileSummaries"]
    assert "eu.cohere.embed-v4:0" in {item["inferenceProfileId"] for item in listed}
