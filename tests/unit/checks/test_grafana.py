# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules of role grafana name each mistake, its variable, and what is right."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml

from ansible_collections.dataai.platform.plugins.module_utils.checks.grafana import problems
from ansible_collections.dataai.platform.plugins.module_utils.core.values import UNKNOWN

ROLE = Path(__file__).resolve().parents[3] / "roles" / "grafana"
REGIONS = yaml.safe_load((ROLE / "defaults" / "main.yml").read_text(encoding="utf-8"))["grafana_regions"]
GOOD = {
    "enable_managed_grafana": True,
    "aws_region": "eu-central-1",
    "grafana_regions": REGIONS,
    "grafana_authentication_providers": ["SAML"],
    "grafana_saml_configuration": {"idp_metadata_url": "https://idp.example.com/metadata"},
    "grafana_subnet_ids": ["subnet-1", "subnet-2"],
    "grafana_version": "10.4",
}


def test_good_input_has_no_problems() -> None:
    assert list(problems(GOOD)) == []
    assert list(problems({**GOOD, "grafana_subnet_ids": [UNKNOWN], "grafana_saml_configuration": {}})) == []
    assert list(problems({"aws_region": "eu-central-1", "grafana_regions": REGIONS})) == []


def test_zurich_is_refused_only_where_grafana_is_wanted() -> None:
    (problem,) = problems({**GOOD, "aws_region": "eu-central-2"})
    assert "enable_managed_grafana" in problem
    assert "eu-central-2" in problem
    assert list(problems({**GOOD, "aws_region": "eu-central-2", "enable_managed_grafana": False})) == []


def test_the_regions_are_those_that_the_sdk_knows() -> None:
    assert boto3.Session().get_available_regions("grafana") == sorted(REGIONS)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"grafana_authentication_providers": []}, ("grafana_authentication_providers is empty",)),
        ({"grafana_authentication_providers": ["AWS_SSO"]}, ("grafana_saml_configuration", "must hold SAML")),
        ({"grafana_saml_configuration": {"role_values": {"admin": ["a"]}}}, ("idp_metadata_url or idp_metadata_xml",)),
        ({"grafana_subnet_ids": ["subnet-1"]}, ("grafana_subnet_ids names 1", "2 to 6")),
        ({"grafana_version": "ten"}, ("grafana_version is 'ten'",)),
    ],
)
def test_each_mistake_is_named(changed: dict[str, Any], words: tuple[str, ...]) -> None:
    (problem,) = problems({**GOOD, **changed})
    assert all(word in problem for word in words), problem
