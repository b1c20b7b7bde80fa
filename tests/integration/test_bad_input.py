# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bad input: one clear message that names the variable, before anything is written; several at once, all at once."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from .conftest import EmbeddedAws
from .operator import Operator

pytestmark = pytest.mark.xdist_group("bad input")

TITAN = {"source": "amazon.titan-embed-text-v2:0", "source_type": "foundation-model"}

#: What is wrong, in which environment, and what the message must name.
CASES: dict[str, tuple[str, dict[str, Any], str]] = {
    "wrong account": ("prod", {"aws_account_id": "210987654321"}, "aws_account_id"),
    "account not 12 digits": ("prod", {"aws_account_id": "42"}, "aws_account_id"),
    "unknown environment": ("prod", {"environment_name": "qa"}, "environment_name"),
    "multi-AZ with one node": (
        "prod",
        {"elasticache_num_cache_nodes": 1, "elasticache_automatic_failover_enabled": False},
        "elasticache_multi_az_enabled",
    ),
    "failover with one node": (
        "prod",
        {"elasticache_num_cache_nodes": 1, "elasticache_multi_az_enabled": False},
        "elasticache_automatic_failover_enabled",
    ),
    "backup overlaps maintenance": (
        "prod",
        {"aurora_backup_window": "04:30-05:30", "aurora_maintenance_window": "sun:04:00-sun:05:00"},
        "aurora_backup_window",
    ),
    "recovery window 5": ("prod", {"secrets_recovery_window_days": 5}, "secrets_recovery_window_days"),
    "retention 31": ("prod", {"bedrock_log_retention_days": 31}, "bedrock_log_retention_days"),
    "profile name of 65 characters": (
        "prod",
        {"bedrock_inference_profiles": {"k" * 45: TITAN}},
        "bedrock_inference_profiles",
    ),
    "profile name with two hyphens": (
        "prod",
        {"bedrock_inference_profiles": {"a--b": TITAN}},
        "bedrock_inference_profiles",
    ),
    "description with a comma": (
        "prod",
        {"bedrock_inference_profiles": {"titan": {**TITAN, "description": "one, two"}}},
        "bedrock_inference_profiles",
    ),
    "unknown model": (
        "prod",
        {"bedrock_inference_profiles": {"x": {"source": "acme.no-such-model-v1", "source_type": "foundation-model"}},
         "bedrock_unavailable_models": "fail"},
        "bedrock_inference_profiles",
    ),
    "model that needs a profile": (
        "prod",
        {"bedrock_inference_profiles": {"cohere": {"source": "cohere.embed-v4:0", "source_type": "foundation-model"}}},
        "bedrock_inference_profiles",
    ),
    "Grafana in Zurich": ("prod", {"enable_managed_grafana": True}, "enable_managed_grafana"),
    "engine version that does not exist": ("prod", {"aurora_engine_version": "14.99"}, "aurora_engine_version"),
    "class that cannot be ordered": ("prod", {"aurora_instance_class": "db.x99.large"}, "aurora_instance_class"),
    "id over the length limit": ("prod", {"org_moniker": "averyveryverylongname"}, "org_moniker"),
    "CIDR overlap": (
        "prod",
        {"network_private_subnet_cidrs": ["10.0.1.0/24", "10.0.12.0/24", "10.0.13.0/24"]},
        "network_private_subnet_cidrs",
    ),
    "lifecycle days out of order": (
        "prod",
        {"s3_vpc_only_archive_days": 20},
        "s3_vpc_only_",
    ),
    "serverless without capacities": (
        "prod",
        {"aurora_mode": "serverless", "aurora_instance_class": "db.serverless"},
        "aurora_serverless",
    ),
    "secret named twice": ("prod", {"secrets_extra": [{"name": "psql-host"}]}, "secrets_extra"),
    "CA file that is no certificate": (
        "prod",
        {"secrets_ca_bundle_file": str(Path(__file__))},
        "secrets_ca_bundle_file",
    ),
    "port out of range": ("prod", {"aurora_port": 70000}, "aurora_port"),
    "redis port out of range": ("prod", {"elasticache_port": 0}, "elasticache_port"),
    "unknown variable under a role's prefix": ("prod", {"aurora_instnace_count": 3}, "aurora_instnace_count"),
}  # fmt: skip


@pytest.fixture(scope="module")
def operator(embedded_aws: EmbeddedAws, tmp_path_factory: pytest.TempPathFactory) -> Operator:
    """Return a user with an empty account."""
    embedded_aws.reset()
    return Operator(embedded_aws, tmp_path_factory.mktemp("work"), "prod")


@pytest.mark.parametrize("name", sorted(CASES))
def test_bad_input_is_refused_before_the_first_write(name: str, operator: Operator) -> None:
    environment, variables, word = CASES[name]
    user = Operator(operator.aws, operator.folder, environment)
    operator.aws.forget_calls()
    outcome = user.play("site", variables=variables)
    assert outcome.code != 0
    message = re.search(r"\[ERROR\]: Task failed: [^\n]*", outcome.text)
    assert message, outcome.text[-3000:]
    assert word in message.group(0)
    assert "Traceback" not in outcome.text
    assert operator.aws.writes() == []


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


def test_all_problems_are_told_at_once(operator: Operator) -> None:
    together = (
        "multi-AZ with one node",
        "recovery window 5",
        "engine version that does not exist",
        "port out of range",
    )
    variables = {key: value for name in together for key, value in CASES[name][1].items()}
    operator.aws.forget_calls()
    outcome = operator.play("site", variables=variables)
    message = re.search(r"\[ERROR\]: Task failed: [^\n]*", outcome.text)
    assert message
    for name in together:
        assert CASES[name][2] in message.group(0), name
    assert operator.aws.writes() == []
