# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What may be asked of databases, and what a plan makes of it."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.dataai.platform.plugins.module_utils.core.values import Secret
from ansible_collections.dataai.platform.plugins.module_utils.databases.plan import Estate, Found, Privilege, steps
from ansible_collections.dataai.platform.plugins.module_utils.databases.spec import parsed, problems
from ansible_collections.dataai.platform.plugins.module_utils.secrets.derive import derive


def test_good_input_has_no_problems() -> None:
    grant = {"role": "reporting", "privileges": ["connect", "TEMPORARY"]}
    schema = {"role": "reporting", "privileges": ["usage"], "schema": "public"}
    rich = {"name": "chat", "owner": "o", "extensions": ["uuid-ossp"], "grants": [grant, schema]}
    assert problems(parsed([rich, {"name": "theme", "login": "theme", "login_secret": "psql-password-theme"}])) == []


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ([{"name": "a"}, {"name": "a"}], "database a: named 2 times"),
        ([{"name": "postgres"}], "belongs to the server"),
        ([{"name": 'a"; DROP'}], "is no name"),
        ([{"name": "a", "owner": "x y"}], "'x y' is no name"),
        ([{"name": "a", "extensions": ["x; y"]}], "'x; y' is no name"),
        ([{"name": "a", "login": "a"}], "needs login_secret"),
        ([{"name": "a", "login_secret": "a"}], "the other way round"),
        ([{"name": "a", "grants": [{"role": "r", "privileges": ["USAGE"]}]}], "there are CONNECT"),
        ([{"name": "a", "grants": [{"role": "r", "privileges": ["CONNECT"], "schema": "s"}]}], "there are CREATE"),
    ],
)
def test_bad_input_is_named(wrong: list[dict[str, Any]], words: str) -> None:
    (found,) = problems(parsed(wrong))
    assert words in found


def test_a_plan_without_a_server_makes_everything() -> None:
    wanted = parsed([{"name": "chat", "owner": "apps"}, {"name": "theme", "login": "theme", "login_secret": "s"}])
    made = [(step.action, step.type, step.name) for step in steps(wanted, Estate())]
    assert made == [
        ("create", "postgresql_role", "apps"),
        ("create", "postgresql_role", "theme"),
        ("create", "postgresql_database", "chat"),
        ("create", "postgresql_database", "theme"),
    ]


def test_everybody_may_not_connect_where_a_login_may() -> None:
    (wanted,) = parsed([{"name": "chat", "login": "chat", "login_secret": "s"}])
    found = Found("dbadmin", privileges=wanted.privileges | {Privilege("PUBLIC", "CONNECT")})
    estate = Estate({"chat": found}, frozenset({"chat"}), frozenset({"chat"}))
    (step,) = steps([wanted], estate)
    assert "CONNECT to PUBLIC" in step.before["grants"]
    assert "CONNECT to PUBLIC" not in step.after["grants"]
    closed = Found("o", privileges=wanted.privileges, schemas=frozenset({"chat"}))
    assert steps([wanted], Estate({"chat": closed}, estate.roles, estate.working)) == []


def test_the_connection_string_of_a_login() -> None:
    parameters = {"host": "h", "port": "1", "database": "chat", "sslmode": "require", "username": "chat"}
    made = derive("connection_string", Secret("p:w/@x"), parameters)
    assert made.reveal() == "postgresql://chat:p%3Aw%2F%40x@h:1/chat?sslmode=require"
