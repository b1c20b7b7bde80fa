# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role's rules name each mistake and leave the defaults alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.dataai.platform.plugins.module_utils.checks.secrets import NAMES, REPLACEABLE, problems
from ansible_collections.dataai.platform.plugins.module_utils.core.values import UNKNOWN

ROOT = Path(__file__).resolve().parents[3]
ROLE = ROOT / "roles" / "secrets"
GOOD = {
    "secrets_recovery_window_days": 30,
    "secrets_extra": [{"name": "argocd-github-app"}, {"name": "grafana-admin-password", "generator": "hex_16"}],
    "secrets_ca_bundle_file": str(ROOT / "inventories" / "files" / "test-rds-ca.pem"),
    "secrets_ca_bundle_url": "https://truststore.pki.rds.amazonaws.com/eu-central-2/eu-central-2-bundle.pem",
    "secrets_litellm_endpoint": "http://litellm.unique.svc:4000",
    "secrets_litellm_models": [{"modelName": "gpt-4o", "modelVersion": "2024-11-20", "deploymentName": "gpt-4o"}],
    "secrets_force": ["all", "litellm-salt-key", "grafana-admin-password"],
    "postgresql_databases": {"chat": "chat", "theme": "theme"},
}


def test_good_input_has_no_problems() -> None:
    assert list(problems(GOOD)) == []
    assert list(problems({})) == []
    assert list(problems({**GOOD, "secrets_recovery_window_days": 0, "secrets_ca_bundle_file": UNKNOWN})) == []


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"secrets_recovery_window_days": 5}, ["secrets_recovery_window_days", "5", "7 to 30"]),
        ({"secrets_recovery_window_days": 31}, ["secrets_recovery_window_days", "31"]),
        ({"secrets_recovery_window_days": -1}, ["secrets_recovery_window_days", "-1"]),
        ({"secrets_extra": [{"name": "psql-host"}]}, ["secrets_extra", "psql-host"]),
        ({"secrets_extra": [{"name": "x"}, {"name": "x"}]}, ["secrets_extra", "'x'"]),
        ({"secrets_extra": [{"name": "psql-connection-string-chat"}]}, ["psql-connection-string-chat"]),
        ({"secrets_extra": [{"name": "a b"}]}, ["secrets_extra", "'a b'"]),
        ({"secrets_extra": [{"name": "a", "generator": "rot13"}]}, ["secrets_extra", "rot13", "hex_32"]),
        ({"postgresql_databases": {"a b": "x"}}, ["postgresql_databases", "a b"]),
        ({"secrets_ca_bundle_file": __file__}, ["secrets_ca_bundle_file", "no certificate"]),
        ({"secrets_ca_bundle_file": "/nowhere.pem"}, ["secrets_ca_bundle_file", "/nowhere.pem"]),
        ({"secrets_ca_bundle_file": "", "secrets_ca_bundle_url": "http://a"}, ["secrets_ca_bundle_url", "https"]),
        ({"secrets_litellm_endpoint": "litellm:4000"}, ["secrets_litellm_endpoint", "litellm:4000"]),
        ({"secrets_litellm_models": []}, ["secrets_litellm_models"]),
        ({"secrets_litellm_endpoint_suffix": "v1"}, ["secrets_litellm_endpoint_suffix", ":4000v1", ":4000/v1"]),
        (
            {"secrets_litellm_models": [{"modelName": "", "modelVersion": "1", "deploymentName": "a"}]},
            ["secrets_litellm_models[0].modelName", "empty"],
        ),
        (
            {"secrets_litellm_models": [{"modelName": "a", "deploymentName": "a"}]},
            ["secrets_litellm_models[0]", "lacks modelVersion"],
        ),
        ({"secrets_litellm_location": ""}, ["secrets_litellm_location", "empty"]),
        ({"secrets_force": ["psql-host"]}, ["secrets_force", "psql-host"]),
        ({"secrets_force": "manual-zitadel-scope-mgmt-pat"}, ["secrets_force", "manual-zitadel-scope-mgmt-pat"]),
    ],
)
def test_each_mistake_is_named_once(wrong: dict[str, Any], words: list[str]) -> None:
    (text,) = problems({**GOOD, "secrets_force": [], **wrong})
    assert all(word in text for word in words), text


def test_all_mistakes_are_reported_together() -> None:
    wrong = {"secrets_recovery_window_days": 5, "secrets_litellm_models": [], "secrets_force": ["x"]}
    assert len(list(problems({**GOOD, **wrong}))) == 3


def test_the_role_makes_the_secrets_that_its_rules_know() -> None:
    catalogue = yaml.safe_load((ROLE / "vars" / "main.yml").read_text())["__secrets_catalogue"]
    assert [entry["name"] for entry in catalogue] == list(NAMES)
    assert len(NAMES) == len(set(NAMES)) == 25
    natures = {entry["name"]: entry["value"].get("nature") for entry in catalogue}
    made = [name for name in NAMES if natures[name] in ("generated", "access_key") or natures[name] is None]
    assert made == list(REPLACEABLE)
