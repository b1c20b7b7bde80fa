# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules of role bedrock name each mistake, its variable, and what is right."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.dataai.platform.plugins.module_utils.aws.bedrock import base_model
from ansible_collections.dataai.platform.plugins.module_utils.checks.bedrock import problems

ROLE = Path(__file__).resolve().parents[3] / "roles" / "bedrock"
DEFAULTS = yaml.safe_load((ROLE / "defaults" / "main.yml").read_text(encoding="utf-8"))
PROFILE = {"source": "amazon.titan-embed-text-v2:0", "source_type": "foundation-model"}
ID = "acme-chat-prod-euc2"


def found(**variables: Any) -> list[str]:
    """Return the problems of the defaults with some variables changed."""
    return list(problems({**DEFAULTS, "common_names": {"id": ID}, **variables}))


def profiles(**changed: Any) -> dict[str, Any]:
    """Return a map of one profile, changed."""
    return {"bedrock_inference_profiles": {"titan": {**PROFILE, **changed}}}


def test_defaults_and_no_input_have_no_problems() -> None:
    assert found() == []
    assert list(problems({})) == []
    assert found(**profiles(description="Embeddings: v2. For search")) == []


def test_a_name_may_have_64_characters_and_no_more() -> None:
    longest = "k" * (64 - len(ID) - 1)
    assert found(bedrock_inference_profiles={longest: PROFILE}) == []
    (problem,) = found(bedrock_inference_profiles={longest + "k": PROFILE})
    assert "1 to 64 characters, not 65" in problem
    assert f"bedrock_inference_profiles.{longest}k" in problem


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"bedrock_inference_profiles": {"a--b": PROFILE}}, ("bedrock_inference_profiles.a--b", "at most one")),
        ({"bedrock_inference_profiles": {"v1.0": PROFILE}}, ("bedrock_inference_profiles.v1.0", "letters and digits")),
        ({"bedrock_inference_profiles": {"x": "amazon.titan"}}, ("bedrock_inference_profiles.x", "dictionary")),
        (profiles(description="Fast, and cheap"), ("bedrock_inference_profiles.titan.description", "no commas")),
        (profiles(description="x" * 201), ("bedrock_inference_profiles.titan.description", "201")),
        (profiles(source=""), ("bedrock_inference_profiles.titan.source", "missing")),
        (profiles(source_type="model"), ("bedrock_inference_profiles.titan.source_type", "'model'")),
        (profiles(sorce="x"), ("bedrock_inference_profiles.titan.sorce", "unknown")),
        ({"bedrock_log_retention_days": 31}, ("bedrock_log_retention_days is 31", "30")),
        (
            {"bedrock_s3_delivery_enabled": True, "bedrock_s3_delivery_bucket": "S3_Logs"},
            ("bedrock_s3_delivery_bucket", "S3_Logs"),
        ),
    ],
)
def test_each_mistake_is_named_once(variables: dict[str, Any], words: tuple[str, ...]) -> None:
    (problem,) = found(**variables)
    assert all(word in problem for word in words), problem


def test_several_mistakes_are_all_reported() -> None:
    wrong = {"a--b": {**PROFILE, "description": "a,b"}, "c": {"source": "x"}}
    assert len(found(bedrock_inference_profiles=wrong, bedrock_log_retention_days=31)) == 4


def test_the_example_policy_names_the_models_of_the_defaults() -> None:
    example = ROLE.parents[1] / "docs" / "examples" / "bedrock-scp.json"
    (statement,) = json.loads(example.read_text(encoding="utf-8"))["Statement"]
    models = {arn.split("foundation-model/")[1] for arn in statement["NotResource"] if "foundation-model/" in arn}
    assert models == {base_model(one["source"]) for one in DEFAULTS["bedrock_inference_profiles"].values()}
    for kind in ("inference-profile", "application-inference-profile"):
        assert f"arn:aws:bedrock:*:*:{kind}/*" in statement["NotResource"]
