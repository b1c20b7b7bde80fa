# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What consumers are handed: names that Kubernetes takes, policies that allow what is needed and nothing else."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.dataai.platform.plugins.module_utils.checks.consumers import problems
from ansible_collections.dataai.platform.plugins.module_utils.core.consumers import (
    LONGEST_POLICY,
    external_secrets,
    invoke_policies,
    kubernetes_name,
    litellm_config,
    secret_store,
)

STORE = {"name": "aws", "kind": "ClusterSecretStore", "namespace": "chat"}
OWNER = "arn:aws:bedrock:eu-central-2:123456789012"
REGIONS = ("eu-central-1", "eu-central-2", "eu-west-1")


def profile(name: str, *, system: bool = True, regions: tuple[str, ...] = REGIONS) -> dict[str, Any]:
    """Return a profile as the live estate has it."""
    return {
        "arn": f"{OWNER}:application-inference-profile/{name}0000000000",
        "source": f"eu.{name}" if system else name,
        "source_arn": f"{OWNER}:inference-profile/eu.{name}" if system else "",
        "models": [f"arn:aws:bedrock:{region}::foundation-model/{name}" for region in regions],
        "mode": "chat",
    }


PROFILES = {"routed": profile("routed"), "plain": profile("plain", system=False, regions=("eu-central-2",))}


def resources(policy: dict[str, Any]) -> list[str]:
    """Return every resource of a policy."""
    return [arn for statement in policy["Statement"] for arn in statement["Resource"]]


# --- names and manifests ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "made"),
    [("psql-host", "psql-host"), ("A/b_C", "a-b-c"), ("x.-y", "x.y"), ("-a-", "a"), ("mail@ex.ch", "mail-ex.ch")],
)
def test_names_become_kubernetes_names(name: str, made: str) -> None:
    assert kubernetes_name(name) == made


def test_a_name_of_which_nothing_is_left_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot be given a name"):
        kubernetes_name("/_/")


def test_two_secrets_never_share_a_name() -> None:
    with pytest.raises(ValueError, match="'a/b' and 'a_b'"):
        external_secrets(["a/b", "a_b"], STORE, "1h", "value")


def test_every_secret_has_a_manifest_of_its_own() -> None:
    manifests = external_secrets(["b", "A/x"], STORE, "15m", "password")
    assert [manifest["metadata"]["name"] for manifest in manifests] == ["a-x", "b"]
    assert manifests[0]["spec"]["data"] == [{"secretKey": "password", "remoteRef": {"key": "A/x"}}]
    assert {manifest["spec"]["refreshInterval"] for manifest in manifests} == {"15m"}
    assert {manifest["metadata"]["namespace"] for manifest in manifests} == {"chat"}


def test_a_cluster_store_names_the_namespace_of_its_account() -> None:
    store = {**STORE, "service_account": "reader", "service_account_namespace": "tools", "role_arn": "arn:role"}
    made = secret_store(store, "eu-central-2")
    aws = made["spec"]["provider"]["aws"]
    assert "namespace" not in made["metadata"]
    assert aws["auth"]["jwt"]["serviceAccountRef"] == {"name": "reader", "namespace": "tools"}
    assert (aws["service"], aws["region"], aws["role"]) == ("SecretsManager", "eu-central-2", "arn:role")


def test_a_store_of_a_namespace_stays_in_it() -> None:
    made = secret_store({**STORE, "kind": "SecretStore", "service_account": "reader"}, "eu-central-2")
    assert made["metadata"]["namespace"] == "chat"
    assert made["spec"]["provider"]["aws"]["auth"]["jwt"]["serviceAccountRef"] == {"name": "reader"}


def test_without_an_account_the_operator_uses_its_own_identity() -> None:
    assert secret_store(STORE, "eu-central-2")["spec"]["provider"]["aws"].keys() == {"service", "region"}


# --- models -----------------------------------------------------------------------------------------------------------


def test_litellm_knows_the_model_and_calls_the_profile() -> None:
    first, second = litellm_config(PROFILES, "eu-central-2")["model_list"]
    assert (first["model_name"], second["model_name"]) == ("plain", "routed")
    assert second["litellm_params"] == {
        "model": "bedrock/eu.routed",
        "model_id": PROFILES["routed"]["arn"],
        "aws_region_name": "eu-central-2",
    }
    assert second["model_info"] == {"mode": "chat"}


# --- policies ---------------------------------------------------------------------------------------------------------


def test_a_policy_names_what_its_profiles_need_and_nothing_else() -> None:
    made = invoke_policies({"chat": ["routed"], "search": ["plain"], "all": "all"}, PROFILES)
    routed, plain = PROFILES["routed"], PROFILES["plain"]
    assert sorted(resources(made["chat"])) == sorted([routed["arn"], routed["source_arn"], *routed["models"]])
    assert sorted(resources(made["search"])) == sorted([plain["arn"], *plain["models"]])
    assert sorted(resources(made["all"])) == sorted(resources(made["chat"]) + resources(made["search"]))


def test_models_can_be_invoked_through_the_profiles_only() -> None:
    policy = invoke_policies({"all": "all"}, PROFILES)["all"]
    open_to_all = [statement for statement in policy["Statement"] if "Condition" not in statement]
    assert not [arn for statement in open_to_all for arn in statement["Resource"] if ":foundation-model/" in arn]
    (models,) = [statement for statement in policy["Statement"] if "Condition" in statement]
    through = models["Condition"]["StringEquals"]["bedrock:InferenceProfileArn"]
    assert through == sorted(arn for statement in open_to_all for arn in statement["Resource"])
    actions = {action for statement in policy["Statement"] for action in statement["Action"]}
    assert actions == {"bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"}


def test_a_long_policy_is_split_and_loses_nothing() -> None:
    many = {f"model-{number:02}": profile(f"model-{number:02}") for number in range(40)}
    made = invoke_policies({"chat": "all"}, many)
    assert len(made) > 1
    assert list(made) == [f"chat.{number}" for number in range(1, len(made) + 1)]
    assert max(len(json.dumps(policy, separators=(",", ":"))) for policy in made.values()) <= LONGEST_POLICY
    whole = {arn for policy in made.values() for arn in resources(policy)}
    assert whole == {arn for one in many.values() for arn in (one["arn"], one["source_arn"], *one["models"])}


@pytest.mark.parametrize(
    ("wanted", "words"), [(["routed", "typo"], "names typo; there are plain, routed"), ([], "names no profile")]
)
def test_a_workload_names_profiles_that_exist(wanted: list[str], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        invoke_policies({"chat": wanted}, PROFILES)


# --- input ------------------------------------------------------------------------------------------------------------


def test_good_input_has_no_problems() -> None:
    good = {
        "consumers_namespace": "unique",
        "consumers_refresh_interval": "1h30m",
        "consumers_store_role_arn": "",
        "consumers_store_service_account": "",
        "consumers_workloads": {"litellm": "all", "chat": ["claude-sonnet-4-5"]},
    }
    assert list(problems(good)) == []
    assert list(problems({})) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("consumers_namespace", "Unique"),
        ("consumers_store_name", ""),
        ("consumers_refresh_interval", "1 hour"),
        ("consumers_secret_key", "a/b"),
        ("consumers_store_role_arn", "role"),
        ("consumers_store_service_account", "a_b"),
        ("consumers_workloads", {"A b": "all"}),
        ("consumers_workloads", {"chat": "claude"}),
        ("consumers_workloads", {"chat": []}),
        ("consumers_workloads", {"chat": [1]}),
    ],
)
def test_each_mistake_is_named(name: str, value: Any) -> None:
    (text,) = problems({name: value})
    assert text.startswith(name)
