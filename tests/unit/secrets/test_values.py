# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is generated and derived: formats, and nothing lost on the way into a URL or JSON."""

from __future__ import annotations

import json
import random
import re
import string
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from ansible_collections.dataai.platform.plugins.module_utils.core.values import Secret
from ansible_collections.dataai.platform.plugins.module_utils.secrets.derive import (
    TEMPLATES,
    Unusable,
    derive,
)
from ansible_collections.dataai.platform.plugins.module_utils.secrets.generators import GENERATORS, generate

#: RDS generates passwords from printable ASCII without these.
RDS_CHARACTERS = "".join(sorted(set(string.printable[:94]) - set('/@" ')))

WHERE = {"host": "db.example", "port": 5432, "database": "scope_management", "sslmode": "require"}

FORMATS = {
    "hex_16": r"[0-9a-f]{32}",
    "hex_32": r"[0-9a-f]{64}",
    "base64url_32": r"[A-Za-z0-9_-]{43}",
    "alphanumeric_32": r"[A-Za-z0-9]{32}",
    "alphanumeric_64": r"[A-Za-z0-9]{64}",
    "litellm_key": r"sk-[A-Za-z0-9]{48}",
    "zitadel_master_key": r"[A-Za-z0-9]{32}",
}


def source(user: str, password: str) -> Secret:
    """Return a secret as RDS manages it."""
    return Secret(json.dumps({"username": user, "password": password}))


@pytest.mark.parametrize("name", sorted(GENERATORS))
def test_generators_make_their_format_and_never_the_same(name: str) -> None:
    made = {generate(name).reveal() for _ in range(200)}
    assert len(made) == 200
    assert all(re.fullmatch(FORMATS[name], value) for value in made)


def test_connection_strings_give_back_every_password() -> None:
    chance = random.Random(4)  # noqa: S311 - the same passwords in every run
    for _ in range(10_000):
        password = "".join(chance.choice(RDS_CHARACTERS) for _ in range(chance.randint(8, 41)))
        url = derive("connection_string", source("dbadmin", password), WHERE).reveal()
        parts = urlsplit(url)
        assert (parts.scheme, parts.hostname, parts.port, parts.path) == (
            "postgresql",
            "db.example",
            5432,
            "/scope_management",
        )
        assert (unquote(parts.username or ""), unquote(parts.password or "")) == ("dbadmin", password)
        assert parse_qs(parts.query) == {"sslmode": ["require"]}
        assert re.fullmatch(r"postgresql://[A-Za-z0-9%._~-]+:[A-Za-z0-9%._~-]+@db.example:5432/.*", url)


def test_password_is_the_one_in_the_source() -> None:
    assert derive("password", source("dbadmin", "a%b:c?d#"), {}).reveal() == "a%b:c?d#"


def test_endpoint_definitions_hold_key_address_and_models() -> None:
    models = [{"modelName": "gpt-4o", "modelVersion": "2024-11-20", "deploymentName": "gpt-4o", "other": 1}]
    parameters = {"endpoint": "http://litellm.unique.svc:4000/v1", "location": "eu-central-2", "models": models}
    (made,) = json.loads(derive("endpoint_definitions", Secret('sk-"1'), parameters).reveal())
    assert made == {
        "endpoint": "http://litellm.unique.svc:4000/v1",
        "key": 'sk-"1',
        "location": "eu-central-2",
        "models": [{"modelName": "gpt-4o", "modelVersion": "2024-11-20", "deploymentName": "gpt-4o"}],
    }


@pytest.mark.parametrize("text", ["s3cr3t", "[]", '{"username": "s3cr3t"}', '{"username": 1, "password": "s3cr3t"}'])
def test_an_unusable_source_is_not_quoted(text: str) -> None:
    with pytest.raises(Unusable) as caught:
        derive("password", Secret(text), {})
    assert "s3cr3t" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_every_template_is_covered() -> None:
    assert set(TEMPLATES) == {"password", "connection_string", "endpoint_definitions"}
