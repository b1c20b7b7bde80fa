# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is special about Bedrock, Prometheus and Grafana: sources, replacement, owners, names that are not unique."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.dataai.platform.plugins.module_utils.aws.bedrock import Catalogue, Verdict
from ansible_collections.dataai.platform.plugins.module_utils.aws.session import Aws
from ansible_collections.dataai.platform.plugins.module_utils.checks import bedrock as checks
from ansible_collections.dataai.platform.plugins.module_utils.core.errors import Refused
from ansible_collections.dataai.platform.plugins.module_utils.core.plan import Options
from ansible_collections.dataai.platform.plugins.module_utils.core.reconcile import reconcile
from ansible_collections.dataai.platform.plugins.module_utils.core.report import Report
from ansible_collections.dataai.platform.plugins.module_utils.kinds.grafana_workspace import GrafanaWorkspace
from ansible_collections.dataai.platform.plugins.module_utils.kinds.inference_profile import InferenceProfile
from ansible_collections.dataai.platform.plugins.module_utils.kinds.invocation_logging import InvocationLogging
from ansible_collections.dataai.platform.plugins.module_utils.kinds.prometheus_workspace import PrometheusWorkspace

from .conftest import EmbeddedAws, ModuleTwin
from .kinds.invocation_logging import GROUP, make_role

TITAN, HAIKU, COHERE = (
    "amazon.titan-embed-text-v2:0",
    "anthropic.claude-3-haiku-20240307-v1:0",
    "cohere.embed-v4:0",
)
OPUS = "anthropic.claude-opus-4-6-v1"
OURS = {"product:Id": "chat", "product:Environment": "test"}


def profile(name: str, source: str, **more: Any) -> dict[str, Any]:
    """Return the item of a profile; the type follows from the source."""
    local = source.split(".", maxsplit=1)[0] in ("amazon", "anthropic", "cohere", "acme")
    item = {"name": name, "source": source, "source_type": "foundation-model" if local else "inference-profile"}
    return {**item, "tags": {"Model": source, **OURS}, **more}


def profiles(aws: Aws, *items: dict[str, Any], **options: Any) -> Report:
    """Reconcile profiles."""
    return reconcile(InferenceProfile(), aws, items, Options(timeout=60, **options))


def names(account: EmbeddedAws) -> list[str]:
    """Return the names of all application profiles."""
    found = account.client("bedrock").list_inference_profiles(typeEquals="APPLICATION")
    return sorted(entry["inferenceProfileName"] for entry in found["inferenceProfileSummaries"])


# --- inference profiles ---------------------------------------------------------------------------------------------


def test_a_replacement_is_built_before_the_old_one_goes(aws: Aws, account: EmbeddedAws) -> None:
    before = profiles(aws, profile("a", f"eu.{OPUS}")).resources["a"]
    account.forget_calls()
    changed = profiles(aws, profile("a", "global.cohere.embed-v4:0"), replace=True)
    assert changed.errors == {}
    assert account.writes() == ["bedrock:CreateInferenceProfile", "bedrock:DeleteInferenceProfile"]
    assert changed.resources["a"]["arn"] != before["arn"]
    assert "global" in changed.resources["a"]["destination_regions"]
    assert names(account) == ["a"]
    assert profiles(aws, profile("a", "global.cohere.embed-v4:0")).result(InferenceProfile())["changed"] is False


def test_one_failing_profile_does_not_stop_the_others(aws: Aws, account: EmbeddedAws) -> None:
    bad = profile("bad", "acme.no-such-model-v1")
    report = profiles(aws, bad, profile("good", TITAN), profile("fine", f"eu.{OPUS}"))
    assert list(report.errors) == ["bad"]
    assert "acme.no-such-model-v1" in str(report.errors["bad"])
    assert names(account) == ["fine", "good"]


def test_pruning_takes_our_own_and_no_others(aws: Aws, account: EmbeddedAws) -> None:
    foreign = profile("foreign", TITAN, tags={**OURS, "product:Id": "search"})
    profiles(aws, profile("kept", TITAN), profile("dropped", f"eu.{OPUS}"), foreign)
    account.forget_calls()
    report = profiles(aws, profile("kept", TITAN), prune=True, owned_by=OURS)
    assert [(step.action.value, step.key) for step in report.steps if step.key != "kept"] == [("delete", "dropped")]
    assert names(account) == ["foreign", "kept"]
    assert account.writes() == ["bedrock:DeleteInferenceProfile"]


def test_two_of_one_name_that_no_tags_prove_ours_are_refused(aws: Aws, account: EmbeddedAws) -> None:
    bedrock = account.client("bedrock")
    source = {"copyFrom": f"arn:aws:bedrock:eu-central-2::foundation-model/{TITAN}"}
    arns = [
        bedrock.create_inference_profile(inferenceProfileName="twin", modelSource=source)["inferenceProfileArn"]
        for _ in range(2)
    ]
    with pytest.raises(Refused) as caught:
        profiles(aws, profile("twin", TITAN))
    assert arns[1].rpartition("/")[2] in str(caught.value)


def test_a_passing_conflict_is_tried_again_and_makes_one_profile(aws: Aws, account: EmbeddedAws) -> None:
    fault = {"service": "bedrock", "operation": "CreateInferenceProfile", "kind": "5xx", "times": 2}
    account.admin("POST", "faults", {**fault, "code": "ConflictException", "status": 409, "message": "try again"})
    assert profiles(aws, profile("a", TITAN)).errors == {}
    assert names(account) == ["a"]


@pytest.mark.parametrize(
    ("models", "tag", "source", "same"),
    [
        (["eu-west-1", "", "us-east-1"], "global.cohere.embed-v4:0", "global.cohere.embed-v4:0", True),
        (["eu-west-1", "", "us-east-1"], None, "global.cohere.embed-v4:0", True),
        (["eu-west-1", "", "us-east-1"], None, "eu.cohere.embed-v4:0", False),
        (["eu-west-1", "eu-north-1"], "eu.cohere.embed-v4:0", "global.cohere.embed-v4:0", False),
        (["eu-west-1", "eu-north-1"], "eu.cohere.embed-v4:0", "eu.cohere.embed-v4:0", True),
        (["eu-west-1", "eu-north-1"], f"eu.{OPUS}", f"eu.{OPUS}", False),
    ],
    ids=["moved", "moved without a tag", "too wide", "too narrow", "withdrawn", "a tag that lies"],
)
def test_destinations_that_aws_moved_are_no_new_source(
    models: list[str], tag: str | None, source: str, same: bool
) -> None:
    arns = sorted(f"arn:aws:bedrock:{region}::foundation-model/{COHERE}" for region in models)
    listed = {"global.cohere.embed-v4:0": [f"arn:aws:bedrock:::foundation-model/{COHERE}"]}
    here: Any = SimpleNamespace(region="eu-central-2")
    assert InferenceProfile._is_from(here, arns, tag, "inference-profile", source, listed) is same


# --- what Bedrock offers --------------------------------------------------------------------------------------------


def test_sources_are_told_apart(aws: Aws, account: EmbeddedAws) -> None:
    ended = {"status": "LEGACY", "endOfLifeTime": "2026-01-10T00:00:00Z"}
    later = {"status": "LEGACY", "endOfLifeTime": "2999-01-01T00:00:00Z"}
    gone = {"anthropic.claude-3-5-sonnet-20240620-v1:0": None, HAIKU: ended, TITAN: later}
    account.admin("PUT", "settings", {"bedrock": {"models": gone}})
    catalogue = Catalogue.read(aws)

    def verdict(source_type: str, source: str) -> Verdict:
        return catalogue.finding(source_type, source).verdict

    assert verdict("foundation-model", TITAN) is Verdict.OFFERED
    assert verdict("foundation-model", f"arn:aws:bedrock:eu-central-2::foundation-model/{TITAN}") is Verdict.OFFERED
    assert verdict("inference-profile", f"eu.{OPUS}") is Verdict.OFFERED
    assert verdict("foundation-model", HAIKU) is Verdict.ENDED
    assert verdict("foundation-model", "anthropic.claude-3-5-sonnet-20240620-v1:0") is Verdict.ABSENT
    assert verdict("inference-profile", "eu.cohere.embed-v4:0") is Verdict.ABSENT
    assert verdict("foundation-model", COHERE) is Verdict.PROFILE_ONLY
    assert "global.cohere.embed-v4:0" in catalogue.finding("foundation-model", COHERE).reason
    assert verdict("foundation-model", "acme.no-such-model-v1") is Verdict.UNKNOWN
    assert verdict("foundation-model", f"eu.{OPUS}") is Verdict.UNKNOWN
    assert "source_type: inference-profile" in catalogue.finding("foundation-model", f"eu.{OPUS}").reason
    assert account.violations() == []


def test_what_may_not_be_listed_is_no_evidence(aws: Aws, account: EmbeddedAws) -> None:
    account.admin("POST", "faults", {"service": "bedrock", "operation": "*", "kind": "access_denied"})
    catalogue = Catalogue.read(aws)
    assert len(catalogue.unread) == 3
    assert catalogue.finding("foundation-model", TITAN).verdict is Verdict.OFFERED


def test_unusable_sources_are_problems_before_the_first_write(aws: Aws, account: EmbeddedAws) -> None:
    ended = {"status": "LEGACY", "endOfLifeTime": "2026-01-10T00:00:00Z"}
    account.admin("PUT", "settings", {"bedrock": {"models": {HAIKU: ended}}})
    wanted = {
        "haiku": profile("", HAIKU),
        "cohere": profile("", COHERE),
        "typo": profile("", "acme.no-such-model-v1"),
        "opus": profile("", f"eu.{OPUS}"),
    }
    asked = {"bedrock_inference_profiles": wanted, "bedrock_unavailable_models": "skip"}
    skipping = list(checks.api_problems(aws, asked, []))
    assert [text.split(":")[0] for text in skipping] == [
        "bedrock_inference_profiles.cohere",
        "bedrock_inference_profiles.typo",
    ]
    failing = list(checks.api_problems(aws, {**asked, "bedrock_unavailable_models": "fail"}, []))
    (haiku,) = (text for text in failing if text not in skipping)
    assert haiku.startswith(f"bedrock_inference_profiles.haiku: {HAIKU} reached its end of life on 2026-01-10")
    opus = {"bedrock_inference_profiles": {"opus": wanted["opus"]}}
    assert list(checks.api_problems(aws, opus, [])) == []
    (reach,) = checks.api_problems(aws, {**opus, "bedrock_allowed_destination_regions": ["eu-central-2"]}, [])
    assert "eu-north-1" in reach
    assert "bedrock_allowed_destination_regions" in reach


# --- invocation logging ---------------------------------------------------------------------------------------------


def logging(aws: Aws, group: str, role: str, **more: Any) -> Report:
    """Reconcile the logging configuration."""
    options = Options(timeout=60, absent=more.pop("absent", False), check=more.pop("check", False))
    item = {"name": "model-invocations", "log_group_name": group, "role_arn": role, **more}
    return reconcile(InvocationLogging(), aws, [item], options)


@pytest.fixture
def foreign(account: EmbeddedAws) -> str:
    """Return the role of a logging configuration that somebody else made."""
    logs = account.client("logs")
    logs.create_log_group(logGroupName=GROUP)
    logs.create_log_group(logGroupName="/acme/ours")
    role = make_role(account)
    config = {"cloudWatchConfig": {"logGroupName": GROUP, "roleArn": role}, "textDataDeliveryEnabled": True}
    account.client("bedrock").put_model_invocation_logging_configuration(loggingConfig=config)
    return role


def test_a_foreign_configuration_is_neither_overwritten_nor_deleted(
    aws: Aws, account: EmbeddedAws, foreign: str
) -> None:
    account.forget_calls()
    for check in (True, False):
        with pytest.raises(Refused, match=f"{GROUP}.*adopt"):
            logging(aws, "/acme/ours", foreign, check=check)
    for more in ({}, {"adopt": True}):
        left = logging(aws, "/acme/ours", foreign, absent=True, **more)
        assert left.result(InvocationLogging())["changed"] is False
        (said,) = left.spared(InvocationLogging())
        assert said.endswith(f"it goes to log group {GROUP}, which is not this environment's, and stays")
    assert account.writes() == []


def test_a_foreign_configuration_is_taken_over_where_that_is_wanted(
    aws: Aws, account: EmbeddedAws, foreign: str
) -> None:
    rights = account.client("iam").get_role_policy(RoleName="bedrock-logging", PolicyName="write")["PolicyDocument"]
    wider = str(rights).replace(GROUP, "/acme/ours").replace("'", '"')
    account.client("iam").put_role_policy(RoleName="bedrock-logging", PolicyName="ours", PolicyDocument=wider)
    assert logging(aws, "/acme/ours", foreign, adopt=True).errors == {}
    config = account.client("bedrock").get_model_invocation_logging_configuration()["loggingConfig"]
    assert config["cloudWatchConfig"]["logGroupName"] == "/acme/ours"


def test_a_role_that_is_too_new_is_waited_for(aws: Aws, account: EmbeddedAws) -> None:
    account.client("logs").create_log_group(logGroupName=GROUP)
    later = threading.Timer(1.0, make_role, [account])
    later.start()
    report = logging(aws, GROUP, "arn:aws:iam::123456789012:role/bedrock-logging")
    later.join()
    assert report.errors == {}
    assert account.writes().count("bedrock:PutModelInvocationLoggingConfiguration") > 1


def test_a_profile_that_nobody_may_invoke_is_warned_of_by_name(aws: Aws, account: EmbeddedAws) -> None:
    """Agreement, authorisation, entitlement and, for a model of the region, the region; before the first write."""
    lacking = {
        TITAN: {"agreementAvailability": {"status": "NOT_AVAILABLE"}, "regionAvailability": "NOT_AVAILABLE"},
        OPUS: {"authorizationStatus": "NOT_AUTHORIZED", "entitlementAvailability": "NOT_AVAILABLE"},
        "anthropic.claude-haiku-4-5-20251001-v1:0": {"agreementAvailability": {"status": "ERROR", "errorMessage": "x"}},
    }
    models = {model: {"availability": answer} for model, answer in lacking.items()}
    account.admin("PUT", "settings", {"bedrock": {"models": models}})
    given = {
        "titan": {"source": TITAN, "source_type": "foundation-model"},
        "opus": {"source": f"eu.{OPUS}", "source_type": "inference-profile"},
        "haiku": {"source": "eu.anthropic.claude-haiku-4-5-20251001-v1:0", "source_type": "inference-profile"},
        "sonnet": {"source": "eu.anthropic.claude-sonnet-4-5-20250929-v1:0", "source_type": "inference-profile"},
    }
    warnings: list[str] = []
    assert list(checks.api_problems(aws, {"bedrock_inference_profiles": given}, warnings)) == []
    said = [text.removeprefix("bedrock_inference_profiles.").partition(" (see")[0] for text in warnings]
    authorised = "the account is not authorised for it; the account has no entitlement to it"
    assert said == [
        f"titan: nobody may invoke {TITAN} yet: its agreement is not accepted; it is not available in eu-central-2",
        f"opus: nobody may invoke {OPUS} yet: {authorised}",
        "haiku: nobody may invoke anthropic.claude-haiku-4-5-20251001-v1:0 yet: its agreement failed (x)",
    ]


def test_who_may_not_ask_whether_a_model_may_be_invoked_is_told_once(aws: Aws, account: EmbeddedAws) -> None:
    fault = {"service": "bedrock", "operation": "GetFoundationModelAvailability", "kind": "access_denied"}
    account.admin("POST", "faults", fault)
    given = {name: {"source": TITAN, "source_type": "foundation-model"} for name in ("one", "two")}
    warnings: list[str] = []
    assert list(checks.api_problems(aws, {"bedrock_inference_profiles": given}, warnings)) == []
    (warning,) = warnings
    assert "whether the models may be invoked was not checked" in warning


# --- names that are not unique --------------------------------------------------------------------------------------


def test_two_workspaces_of_one_name_are_a_failure(aws: Aws, account: EmbeddedAws) -> None:
    amp, grafana = account.client("amp"), account.client("grafana", "eu-central-1")
    common = {"accountAccessType": "CURRENT_ACCOUNT", "permissionType": "SERVICE_MANAGED"}
    for _ in range(2):
        amp.create_workspace(alias="twin")
        grafana.create_workspace(workspaceName="twin", authenticationProviders=["SAML"], **common)
    with pytest.raises(Refused, match=r"workspace twin: others have this name.* \(ws-"):
        reconcile(PrometheusWorkspace(), aws, [{"alias": "twin"}], Options())
    with pytest.raises(Refused, match=r"workspace twin: others have this name.* \(g-"):
        reconcile(GrafanaWorkspace(), Aws(ModuleTwin(account, "eu-central-1")), [{"name": "twin"}], Options())


def test_workspaces_take_time_and_a_request_does_not_wait(aws: Aws, account: EmbeddedAws) -> None:
    account.admin("PUT", "settings", {"provisioning_seconds": 2})
    account.client("logs").create_log_group(logGroupName="/acme/one")
    group = "arn:aws:logs:eu-central-2:123456789012:log-group:/acme/one"
    item = {"alias": "slow", "log_group_arn": group, "retention_days": 30}
    asked = reconcile(PrometheusWorkspace(), aws, [item], Options(wait=False))
    assert asked.resources["slow"]["status"] == "CREATING"
    assert asked.resources["slow"]["arn"].startswith("arn:aws:aps:eu-central-2:123456789012:workspace/ws-")
    settled = reconcile(PrometheusWorkspace(), aws, [item], Options(timeout=60))
    assert settled.errors == {}
    assert settled.resources["slow"]["status"] == "ACTIVE"
    assert settled.resources["slow"]["log_group_arn"] == f"{group}:*"
    gone = Options(absent=True, acknowledged=["slow"], timeout=60)
    assert reconcile(PrometheusWorkspace(), aws, [item], gone).errors == {}
    assert account.client("amp").list_workspaces()["workspaces"] == []
