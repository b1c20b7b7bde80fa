# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What role databases refuses."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.dataai.platform.plugins.module_utils.checks import common, secrets
from ansible_collections.dataai.platform.plugins.module_utils.checks.databases import problems
from ansible_collections.dataai.platform.plugins.module_utils.core.values import UNKNOWN

CHAT = {"name": "chat", "owner": "", "extensions": [], "grants": [], "login": "", "login_secret": ""}
GOOD: dict[str, Any] = {
    "databases_connect_timeout": 5,
    "databases_sslmode": "verify-full",
    "databases_ca_file": "",
    "databases_ca_secret": "rds-ca-bundle",
    "databases_host": UNKNOWN,
    "common_databases": {"chat": CHAT},
}


def test_good_input_has_no_problems() -> None:
    assert list(problems(GOOD)) == []
    assert list(problems({})) == []
    assert list(problems({**GOOD, "databases_ca_secret": "", "databases_sslmode": "require"})) == []


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"databases_connect_timeout": 0}, "databases_connect_timeout is 0"),
        ({"databases_ca_file": "/nowhere.pem"}, "/nowhere.pem"),
        ({"databases_ca_secret": ""}, "verifying the server needs one"),
        ({"common_databases": {"chat": {**CHAT, "owner": "a b"}}}, "'a b' is no name"),
        ({"common_databases": {"chat": {**CHAT, "grants": [{"role": "r"}]}}}, "a grant has a role"),
    ],
)
def test_bad_input_is_named(wrong: dict[str, Any], words: str) -> None:
    (found,) = problems({**GOOD, **wrong})
    assert words in found


@pytest.mark.parametrize("name", [None, "A b", 7])
def test_a_wrong_name_is_told_with_the_names_of_the_estate_alone(name: Any) -> None:
    assert list(problems({**GOOD, "common_databases": {"chat": {**CHAT, "name": name}}})) == []
    assert list(problems({**GOOD, "common_databases": {"chat": CHAT, "other": CHAT}})) == []


def test_the_password_of_a_login_can_be_replaced() -> None:
    own = {"chat": {**CHAT, "login": "chat", "login_secret": "psql-password-chat"}}
    force = {"secrets_force": ["psql-password-chat"]}
    assert list(secrets.problems({**force, "common_databases": own})) == []
    assert list(secrets.problems({**force, "common_databases": {"chat": CHAT}})) != []


@pytest.mark.parametrize(
    ("databases", "words"),
    [
        ({"chat": {"name": "Chat"}}, "postgresql_databases.chat is 'Chat'"),
        ({"chat": {"name": "chat", "ownr": "x"}}, "postgresql_databases.chat has ownr"),
        ({"chat": {"name": "one"}, "theme": "one"}, "'one' twice"),
    ],
)
def test_bad_databases_are_named(databases: dict[str, Any], words: str) -> None:
    assert any(words in text for text in common.problems({"postgresql_databases": databases}))
