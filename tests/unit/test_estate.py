# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whose a value is, and what input was checked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.dataai.platform.plugins.module_utils.core.record import merged
from ansible_collections.dataai.platform.plugins.plugin_utils.estate import Estate, digests

PROD = {
    "aws_account_id": "123456789012",
    "aws_region": "eu-central-2",
    "org_moniker": "acme",
    "product_moniker": "dai",
    "environment_name": "prod",
    "common_mode": "apply",
}
OTHERS = [
    {"environment_name": "sbx"},
    {"aws_account_id": "210987654321"},
    {"aws_region": "eu-central-1"},
    {"product_moniker": "web"},
    {"org_moniker": "globex"},
]


def estate(**given: Any) -> Estate:
    return Estate({**PROD, **given}, lambda value: value)


@pytest.mark.parametrize("other", OTHERS, ids=lambda other: next(iter(other)))
def test_what_was_kept_of_one_estate_is_not_there_for_another(other: dict[str, str]) -> None:
    outputs = {"estate": estate().id, "aurora_cluster_id": "aurora-acme-dai-prod"}
    assert estate(aurora_outputs=outputs).own("aurora_outputs") == {"aurora_cluster_id": "aurora-acme-dai-prod"}
    assert estate(aurora_outputs=outputs, **other).own("aurora_outputs") == {}
    assert not estate(**other).made({"changes": [], **estate().marks()}, "apply")


@pytest.mark.parametrize("value", [{"a": 1}, {"a": 1, "estate": "123456789012/eu-central-2/acme-dai-prod"}])
def test_what_the_user_gives_counts(value: dict[str, Any]) -> None:
    assert estate(aurora_outputs=value).own("aurora_outputs") == {"a": 1}


@pytest.mark.parametrize("given", [{}, {"aurora_outputs": None}, {"aurora_outputs": "text"}])
def test_what_is_not_there_is_empty(given: dict[str, Any]) -> None:
    assert estate(**given).own("aurora_outputs") == {}


def test_a_result_of_another_kind_of_run_is_left_out() -> None:
    built = estate().marks()
    assert estate().made(built, "apply")
    assert estate().made({"changes": []}, "apply")
    assert not estate().made(built, "destroy")


def test_without_its_variables_there_is_no_estate_to_tell_apart() -> None:
    nobody = Estate({"aws_region": "eu-central-2"}, lambda value: value)
    assert nobody.marks() == {}


def test_a_record_names_the_account_of_the_credentials() -> None:
    change = {"action": "create", "type": "vpc", "name": "x", "fields": []}
    results = [{"changes": [change], "account": "210987654321"}, {"changes": [{**change, "name": "y"}]}]
    found = merged(results, region="eu-central-2", account="123456789012")
    assert {entry["name"]: entry["account"] for entry in found} == {"x": "210987654321", "y": "123456789012"}


# --- what was checked -----------------------------------------------------------------------------------------------


def load(path: Path) -> dict[str, Any]:
    return yaml.safe_load(path.read_text()) or {}


def digest(role: str = "aurora", **given: Any) -> str:
    return digests([role], {**PROD, **given}, load)[role]


@pytest.mark.parametrize(
    "other",
    [
        *OTHERS,
        {"aurora_port": 5433},
        {"org": "acme"},
        {"destroy_acknowledge": ["all"]},
        {"infrastructure": {"vpc_id": "v"}},
    ],
    ids=lambda other: next(iter(other)),
)
def test_other_input_was_not_checked(other: dict[str, Any]) -> None:
    assert digest(**other) != digest()


def test_what_a_variable_refers_to_is_input_too() -> None:
    small = digest(
        aurora_instance_class="{{ sizes.small }}", sizes={"small": "db.t3.medium", "large": "{{ big }}"}, big=1
    )
    large = digest(
        aurora_instance_class="{{ sizes.small }}", sizes={"small": "db.r6g.large", "large": "{{ big }}"}, big=1
    )
    deep = digest(
        aurora_instance_class="{{ sizes.small }}", sizes={"small": "db.t3.medium", "large": "{{ big }}"}, big=2
    )
    assert len({digest(), small, large, deep}) == 4


@pytest.mark.parametrize(
    "found",
    [
        {"aurora_outputs": {"a": 1}},
        {"common_infrastructure_outputs": {"vpc_id": "vpc-1"}},
        {"common_mode": "plan"},
        {"common_preflight_roles": ["aurora"]},
        {"__aurora_cluster": {"name": "x"}},
        {"elasticache_port": 1},
        {"ansible_check_mode": True},
    ],
    ids=lambda found: next(iter(found)),
)
def test_what_a_run_finds_out_and_what_others_read_is_not_input_of_a_role(found: dict[str, Any]) -> None:
    assert digest(**found) == digest()


def test_a_default_that_is_in_sight_is_the_same_input_as_one_that_is_not() -> None:
    assert digest(**load(Path(__file__).parents[2] / "roles/aurora/defaults/main.yml")) == digest()
