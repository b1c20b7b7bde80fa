# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bad input: one clear message that names the variable, before anything is written; several at once, all at once."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.dataai.platform.plugins.module_utils.checks.common import IDENTITY
from ansible_collections.dataai.platform.plugins.module_utils.core.errors import reasons

from .conftest import ACCOUNT, EmbeddedAws
from .operator import Operator, Outcome, play_tasks

pytestmark = pytest.mark.xdist_group("bad input")

TITAN = {"source": "amazon.titan-embed-text-v2:0", "source_type": "foundation-model"}

#: What is wrong, and what the message must name.
CASES: dict[str, tuple[dict[str, Any], str]] = {
    "wrong account": ({"aws_account_id": "210987654321"}, "aws_account_id"),
    "account not 12 digits": ({"aws_account_id": "42"}, "aws_account_id"),
    "an environment that no name can hold": ({"environment_name": "QA_1"}, "environment_name"),
    "multi-AZ with one node": (
        {"elasticache_num_cache_nodes": 1, "elasticache_automatic_failover_enabled": False},
        "elasticache_multi_az_enabled",
    ),
    "failover with one node": (
        {"elasticache_num_cache_nodes": 1, "elasticache_multi_az_enabled": False},
        "elasticache_automatic_failover_enabled",
    ),
    "backup overlaps maintenance": (
        {"aurora_backup_window": "04:30-05:30", "aurora_maintenance_window": "sun:04:00-sun:05:00"},
        "aurora_backup_window",
    ),
    "recovery window 5": ({"secrets_recovery_window_days": 5}, "secrets_recovery_window_days"),
    "retention 31": ({"bedrock_log_retention_days": 31}, "bedrock_log_retention_days"),
    "profile name of 65 characters": (
        {"bedrock_inference_profiles": {"k" * 46: TITAN}},
        "bedrock_inference_profiles",
    ),
    "profile name with two hyphens": (
        {"bedrock_inference_profiles": {"a--b": TITAN}},
        "bedrock_inference_profiles",
    ),
    "description with a comma": (
        {"bedrock_inference_profiles": {"titan": {**TITAN, "description": "one, two"}}},
        "bedrock_inference_profiles",
    ),
    "unknown model": (
        {
            "bedrock_inference_profiles": {"x": {"source": "acme.no-such-model-v1", "source_type": "foundation-model"}},
            "bedrock_unavailable_models": "fail",
        },
        "bedrock_inference_profiles",
    ),
    "model that needs a profile": (
        {"bedrock_inference_profiles": {"cohere": {"source": "cohere.embed-v4:0", "source_type": "foundation-model"}}},
        "bedrock_inference_profiles",
    ),
    "a boolean that is none": ({"aurora_deletion_protection": "perhaps"}, "aurora_deletion_protection"),
    "Grafana in Zurich": ({"enable_managed_grafana": True}, "enable_managed_grafana"),
    "engine version that does not exist": ({"aurora_engine_version": "14.99"}, "aurora_engine_version"),
    "class that cannot be ordered": ({"aurora_instance_class": "db.x99.large"}, "aurora_instance_class"),
    "id over the length limit": ({"org_moniker": "averyveryverylongname"}, "org_moniker"),
    "CIDR overlap": (
        {"network_private_subnet_cidrs": ["10.0.1.0/24", "10.0.12.0/24", "10.0.13.0/24"]},
        "network_private_subnet_cidrs",
    ),
    "lifecycle days out of order": (
        {"s3_vpc_only_archive_days": 20},
        "s3_vpc_only_",
    ),
    "serverless without capacities": (
        {"aurora_mode": "serverless", "aurora_instance_class": "db.serverless"},
        "aurora_serverless",
    ),
    "secret named twice": ({"secrets_extra": [{"name": "psql-host"}]}, "secrets_extra"),
    "CA file that is no certificate": (
        {"secrets_ca_bundle_file": str(Path(__file__))},
        "secrets_ca_bundle_file",
    ),
    "port out of range": ({"aurora_port": 70000}, "aurora_port"),
    "redis port out of range": ({"elasticache_port": 0}, "elasticache_port"),
    "organisation that no tag takes": ({"org": "Müller & Söhne"}, "org is not right for the tags of"),
    "half a network of one's own": ({"infrastructure": {"vpc_id": "vpc-0a1b2c3d"}}, "it lacks vpc_cidr"),
    "layer that does not exist": ({"platform_layers": ["infrastructure", "data"]}, "platform_layers"),
    "misspelt region": ({"aws_region": "eu-centrl-2"}, "did you mean eu-central-2?"),
    "partition without Bedrock": ({"aws_region": "cn-north-1"}, "partition aws-cn has no Amazon Bedrock"),
    "records in a folder that cannot be": ({"common_build_directory": "/dev/null/records"}, "common_build_directory"),
    "unknown variable under a role's prefix": ({"aurora_instnace_count": 3}, "aurora_instnace_count"),
}


@pytest.fixture(scope="module")
def operator(embedded_aws: EmbeddedAws, tmp_path_factory: pytest.TempPathFactory) -> Operator:
    """Return a user with an empty account."""
    embedded_aws.reset()
    return Operator(embedded_aws, tmp_path_factory.mktemp("work"), "prod")


#: Where the account or the names are wrong, AWS is asked nothing more.
ALONE = (
    "wrong account", "account not 12 digits", "an environment that no name can hold", "id over the length limit",
    "misspelt region", "partition without Bedrock",
)  # fmt: skip


def groups() -> list[list[str]]:
    """Return the cases in as few runs as possible: no variable twice in a run, as every run tells all problems."""
    runs: list[list[str]] = []
    for name in sorted(set(CASES) - set(ALONE)):
        variables = set(CASES[name][0])
        for run in runs:
            if not any(variables & set(CASES[other][0]) for other in run):
                run.append(name)
                break
        else:
            runs.append([name])
    return [*runs, *([name] for name in (*ALONE, "port out of range", "engine version that does not exist"))]


@pytest.mark.parametrize("names", groups(), ids=lambda names: names[0])
def test_bad_input_is_refused_before_the_first_write(names: list[str], operator: Operator) -> None:
    variables = {key: value for name in names for key, value in CASES[name][0].items()}
    operator.aws.forget_calls()
    outcome = operator.play("site", variables=variables)
    assert outcome.code != 0
    told = refusal(outcome)
    assert [name for name in names if not any(CASES[name][1] in text for text in told)] == []
    assert [text for text in told if outcome.text.count(json.dumps(text, ensure_ascii=False)[1:-1]) != 1] == []
    assert len(names) > 1 or len(told) == 1, told
    assert "Traceback" not in outcome.text
    assert operator.aws.writes() == []


def refusal(outcome: Outcome) -> list[str]:
    """Return the problems that the one failed task names; each of them is on a line of its own."""
    shown = re.search(r"(?ms)^\[ERROR\]: Task failed: .*?^fatal: \[localhost\]: FAILED! => (\{.*?^\})", outcome.text)
    assert shown, outcome.text[-3000:]
    told = reasons(json.loads(shown.group(1)))
    assert len(outcome.text.splitlines()) <= 24 + len(told), outcome.text
    return told


@pytest.mark.parametrize(
    "variables",
    [{"org_moniker": "Acme_Corp!"}, {"aws_region": "eu-centrall-2"}, dict.fromkeys(IDENTITY, "")],
    ids=["a moniker that is none", "a region that is none", "no inventory"],
)
def test_what_follows_from_another_problem_is_not_told(variables: dict[str, str], operator: Operator) -> None:
    (problem,) = refusal(operator.play("site", variables=variables))
    assert ("did you forget -i" in problem) == ("org" in variables)


@pytest.mark.parametrize("playbook", ["site", "plan"])
def test_tags_that_select_nothing_are_told(playbook: str, operator: Operator) -> None:
    """Instead of a plan without changes, or a layer below that is not looked at and therefore missing."""
    operator.aws.reset()
    outcome = operator.succeed(playbook, "--tags", "auroa")
    assert outcome.text.count("nothing was looked at: --tags auroa selects no part; parts are infrastructure (") == 1
    assert "no changes" not in outcome.text
    assert operator.aws.writes() == []


def test_tags_that_somebody_gives_a_playbook_of_ours_select_it(operator: Operator, tmp_path: Path) -> None:
    """What it plans is told, and a layer below that is missing is refused before the first write."""
    operator.aws.reset()
    operator.aws.forget_calls()
    outcomes = {}
    for name, layers in (("plan", ["infrastructure", "data_and_ai"]), ("site", ["data_and_ai"])):
        imported = {"ansible.builtin.import_playbook": f"dataai.platform.{name}", "tags": ["mine"]}
        playbook = tmp_path / f"{name}.yml"
        playbook.write_text(yaml.safe_dump([{"name": "Play it", **imported}]))
        variables = json.dumps({"aws_account_id": ACCOUNT, "platform_layers": layers})
        outcomes[name] = operator.play_file(playbook, "-e", variables, "--tags", "mine")
    assert re.search(r"Plan: [1-9]\d* to create", outcomes["plan"].text), outcomes["plan"].text[-3000:]
    assert "nothing was looked at" not in outcomes["plan"].text
    assert "The layer below is incomplete" in outcomes["site"].text
    assert operator.aws.writes() == []


def test_a_module_speaks_by_its_own_name_and_its_last_words_are_kept(operator: Operator, tmp_path: Path) -> None:
    """An option that is none, and an interpreter that dies: as a user sees them who wrote a task of a kind."""
    group = {"name": "/acme/app"}
    tasks: list[dict[str, Any]] = [
        {"dataai.platform.log_group": {**group, "retention": 7}, "register": "odd", "ignore_errors": True},
        {"dataai.platform.log_group": group, "register": "dead", "ignore_errors": True,
         "vars": {"ansible_python_interpreter": str(dying(tmp_path))}},
        {"ansible.builtin.debug": {"msg": ["ODD {{ odd.msg }}", "DEAD {{ dead.module_stderr }}"]}},
        {"dataai.platform.verdict": {"pending": 3, "text": "3 to create"}},
    ]  # fmt: skip
    outcome = play_tasks(operator.aws, tmp_path, tasks, {"environment_name": "prod"})
    assert re.search(r"ODD .*dataai\.platform\.log_group", outcome.text)
    assert "platform.resource" not in outcome.text
    assert re.search(r"DEAD .*no interpreter of today", outcome.text)
    assert (outcome.code, outcome.text.count("changes are pending: 3 to create")) == (4, 1)


def dying(folder: Path) -> Path:
    """Return an interpreter that says why it does not work."""
    interpreter = folder / "python"
    interpreter.write_text("#!/bin/sh\necho 'no interpreter of today' >&2\nexit 7\n")
    interpreter.chmod(0o755)
    return interpreter


def test_a_model_past_its_end_of_life_is_refused_where_that_is_wanted(operator: Operator) -> None:
    ended = {"endOfLifeTime": "2026-09-10T00:00:00Z", "status": "LEGACY"}
    model = "anthropic.claude-3-haiku-20240307-v1:0"
    operator.aws.admin("PUT", "settings", {"bedrock": {"models": {model: ended}}})
    operator.aws.forget_calls()
    outcome = operator.play("site", variables={"bedrock_unavailable_models": "fail"})
    operator.aws.reset()
    assert outcome.code != 0
    assert model in outcome.text
    assert operator.aws.writes() == []


@pytest.mark.parametrize("acknowledged", [[], ["all"], ["redis-acme-dai-prod-euc2"]], ids=["none", "all", "one"])
def test_production_is_not_taken_down_without_every_name(acknowledged: list[str], operator: Operator) -> None:
    operator.aws.forget_calls()
    outcome = operator.play("destroy", variables={"destroy_acknowledge": acknowledged})
    assert outcome.code != 0
    assert "destroy_acknowledge" in outcome.text
    assert "aurora-acme-dai-prod-euc2-postgres" in outcome.text
    assert operator.aws.writes() == []
