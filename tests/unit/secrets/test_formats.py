# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Formats as their consumers check them: a real PostgreSQL driver, a real JSON schema validator, fixed lengths."""

from __future__ import annotations

import copy
import json
import random
import string
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from psycopg.conninfo import conninfo_to_dict

from ansible_collections.dataai.platform.plugins.module_utils.core.values import Secret
from ansible_collections.dataai.platform.plugins.module_utils.secrets.derive import derive
from ansible_collections.dataai.platform.plugins.module_utils.secrets.endpoint_schema import SCHEMA, problems
from ansible_collections.dataai.platform.plugins.module_utils.secrets.generators import generate
from ansible_collections.dataai.platform.plugins.module_utils.secrets.seed import Wish
from ansible_collections.dataai.platform.plugins.module_utils.secrets.spec import Spec, parsed
from ansible_collections.dataai.platform.plugins.module_utils.secrets.spec import problems as spec_problems

ROOT = Path(__file__).resolve().parents[3]
ROLE = ROOT / "roles" / "secrets"
PUBLISHED_SCHEMA = ROOT / "docs" / "examples" / "endpoint-definitions.schema.json"

#: Printable ASCII. RDS uses no blank and none of three of these.
PRINTABLE = "".join(chr(code) for code in range(33, 127))
RDS_CHARACTERS = "".join(sorted(set(PRINTABLE) - set('/@"')))

WHERE = {"host": "aurora.cluster-abc.eu-central-2.rds.amazonaws.com", "port": 5432, "sslmode": "verify-full"}
MODEL = {"modelName": "gpt-4o", "modelVersion": "2024-11-20", "deploymentName": "gpt-4o"}
DEFINITION = {"endpoint": "http://litellm.unique.svc:4000", "key": "sk-1", "location": "zrh", "models": [MODEL]}


# --- connection strings -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("characters", [RDS_CHARACTERS, PRINTABLE + " "], ids=["rds", "all-printable"])
def test_a_real_driver_reads_back_every_password(characters: str) -> None:
    chance = random.Random(11)  # noqa: S311 - the same passwords in every run
    for _ in range(10_000):
        password = "".join(chance.choice(characters) for _ in range(chance.randint(8, 41)))
        source = Secret(json.dumps({"username": "dbadmin", "password": password}))
        url = derive("connection_string", source, {**WHERE, "database": "scope_management"}).reveal()
        assert conninfo_to_dict(url) == {
            "user": "dbadmin",
            "password": password,
            "host": WHERE["host"],
            "port": "5432",
            "dbname": "scope_management",
            "sslmode": "verify-full",
        }


def test_user_and_database_are_encoded_too() -> None:
    source = Secret(json.dumps({"username": "a@b:c/d", "password": "?#%"}))
    url = derive("connection_string", source, {**WHERE, "database": "x?y/z#"}).reveal()
    read = conninfo_to_dict(url)
    assert (read["user"], read["password"], read["dbname"]) == ("a@b:c/d", "?#%", "x?y/z#")


# --- generated values -------------------------------------------------------------------------------------------------


@cache
def catalogue() -> dict[str, dict[str, Any]]:
    """Return what the role says of each secret's value, by name."""
    entries = yaml.safe_load((ROLE / "vars" / "main.yml").read_text())["__secrets_catalogue"]
    return {entry["name"]: entry["value"] for entry in entries}


def test_the_zitadel_master_key_has_exactly_32_characters() -> None:
    made = {generate(catalogue()["zitadel-master-key"]["generator"]).reveal() for _ in range(1000)}
    assert {len(value.encode()) for value in made} == {32}
    assert set("".join(made)) <= set(string.ascii_letters + string.digits)


@pytest.mark.parametrize("name", ["litellm-proxy-master-key", "litellm-salt-key"])
def test_litellm_keys_begin_as_litellm_wants_them(name: str) -> None:
    value = generate(catalogue()[name]["generator"]).reveal()
    assert value.startswith("sk-")
    assert len(value) >= 40


def test_the_salt_key_is_replaced_by_its_name_and_never_by_all() -> None:
    salt = Spec("litellm-salt-key", **catalogue()["litellm-salt-key"])
    other = Spec("litellm-proxy-master-key", **catalogue()["litellm-proxy-master-key"])
    assert not Wish(force=["all"]).forces(salt)
    assert Wish(force=["all"]).forces(other)
    assert Wish(force=["all", "litellm-salt-key"]).forces(salt)
    exempt = [name for name, value in catalogue().items() if value.get("by_name_only")]
    assert exempt == ["litellm-salt-key"]


def test_the_token_that_people_set_has_no_generator() -> None:
    value = catalogue()["manual-zitadel-scope-mgmt-pat"]
    assert value["nature"] == "manual"
    assert value["hint"]
    assert "generator" not in value
    (text,) = spec_problems(
        [Spec("manual-zitadel-scope-mgmt-pat", **value)], ["manual-zitadel-scope-mgmt-pat"], check=False
    )
    assert "only generated values and access keys are replaced" in text


# --- endpoint definitions ---------------------------------------------------------------------------------------------


def test_the_schema_is_a_schema_and_is_published() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert json.loads(PUBLISHED_SCHEMA.read_text()) == SCHEMA


@pytest.mark.parametrize("suffix", ["", "/v1"])
def test_what_is_written_is_valid(suffix: str) -> None:
    defaults = yaml.safe_load((ROLE / "defaults" / "main.yml").read_text())
    parameters = {
        "endpoint": defaults["secrets_litellm_endpoint"] + suffix,
        "location": "eu-central-2",
        "models": defaults["secrets_litellm_models"],
    }
    written = json.loads(derive("endpoint_definitions", generate("litellm_key"), parameters).reveal())
    Draft202012Validator(SCHEMA).validate(written)
    assert list(problems(written)) == []
    assert written[0]["endpoint"].endswith(f":4000{suffix}")


def damaged() -> Iterator[Any]:
    """Yield documents, each with one thing wrong, or harmless."""
    yield from ([], {}, "text", [[]], [DEFINITION, {}], [DEFINITION, DEFINITION])
    for member in DEFINITION:
        yield [{name: value for name, value in DEFINITION.items() if name != member}]
        for value in ("", 1, None, [], {}, "http://a b", "ftp://a", "https://a:4000v1", "https://a:443/v1"):
            yield [{**copy.deepcopy(DEFINITION), member: value}]
    for member in MODEL:
        yield [{**DEFINITION, "models": [{name: value for name, value in MODEL.items() if name != member}]}]
        for value in ("", 1, None, "x"):
            yield [{**DEFINITION, "models": [MODEL, {**MODEL, member: value}]}]
    yield [{**DEFINITION, "more": 1}]
    yield [{**DEFINITION, "models": [{**MODEL, "more": "x"}]}]


def test_the_own_check_agrees_with_a_validator_on_every_damage() -> None:
    validator = Draft202012Validator(SCHEMA)
    verdicts = [(validator.is_valid(document), not list(problems(document))) for document in damaged()]
    assert len(verdicts) > 50
    assert {theirs for theirs, _own in verdicts} == {True, False}
    assert [pair for pair in verdicts if pair[0] != pair[1]] == []


def test_a_damaged_definition_is_named_by_place_and_not_quoted() -> None:
    document = [{**DEFINITION, "key": 7, "endpoint": "s3cr3t"}]
    found = list(problems(document))
    assert [text.split(" ")[0] for text in found] == ["[0].endpoint", "[0].key"]
    assert "s3cr3t" not in " ".join(found)


@pytest.mark.parametrize(
    ("wrong", "word"),
    [({"endpoint": "litellm:4000"}, "endpoint"), ({"models": [{"modelName": "a"}]}, "modelVersion")],
)
def test_the_module_refuses_unusable_parameters(wrong: dict[str, Any], word: str) -> None:
    parameters = {name: value for name, value in DEFINITION.items() if name != "key"}
    entry = {
        "name": "azure-openai-endpoint-definitions",
        "nature": "derived",
        "template": "endpoint_definitions",
        "source": "litellm-proxy-master-key",
        "parameters": parameters,
    }
    assert spec_problems(parsed([entry]), [], check=False) == []
    found = spec_problems(parsed([{**entry, "parameters": {**parameters, **wrong}}]), [], check=False)
    assert found
    assert all(text.startswith("secret azure-openai-endpoint-definitions: ") for text in found)
    assert word in " ".join(found)
