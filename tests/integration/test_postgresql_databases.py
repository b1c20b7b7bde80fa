# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Databases, roles and privileges on a real PostgreSQL, whose master user is no superuser, as on Aurora."""

from __future__ import annotations

from threading import Thread
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest

from ansible_collections.dataai.platform.plugins.module_utils.core.errors import Failure
from ansible_collections.dataai.platform.plugins.module_utils.core.values import UNKNOWN, Secret
from ansible_collections.dataai.platform.plugins.module_utils.databases.reconcile import Outcome, Reconciler
from ansible_collections.dataai.platform.plugins.module_utils.databases.server import Login, Server, Unreachable
from ansible_collections.dataai.platform.plugins.module_utils.databases.spec import Reader, parsed
from ansible_collections.dataai.platform.plugins.modules import postgresql_databases as module

from .postgres import Postgres, free_port, postgres, postgres_server

__all__ = ["postgres", "postgres_server"]

CHAT = {"name": "chat", "login": "chat", "login_secret": "psql-password-chat"}
SIX = [{"name": name} for name in ("app_repository", "chat", "ingestion", "litellm", "scope_management", "theme")]


def reconciler(server: Postgres, databases: list[dict[str, Any]], **passwords: str) -> Reconciler:
    where = Server(server.host, server.port, "verify-full", server.ca_file)
    logins = {name: Login(name, Secret(password)) for name, password in passwords.items()}
    return Reconciler(where, Login(server.user, Secret(server.password)), parsed(databases), logins)


def run(server: Postgres, databases: list[dict[str, Any]], check: bool = False, **passwords: str) -> Outcome:
    outcome = reconciler(server, databases, **passwords).run(check=check)
    assert outcome.errors == {}, outcome.errors
    return outcome


def changes(outcome: Outcome) -> set[tuple[str, str, tuple[str, ...]]]:
    return {(entry["action"], entry["name"], tuple(entry["fields"])) for entry in outcome.result()["changes"]}


def names(server: Postgres) -> set[str]:
    return server.scalars("SELECT datname FROM pg_database WHERE NOT datistemplate") - {"postgres", server.database}


def test_a_plan_is_what_the_run_does_and_a_second_run_does_nothing(postgres: Postgres) -> None:
    plan = run(postgres, SIX, check=True)
    assert changes(plan) == {("create", entry["name"], ()) for entry in SIX}
    assert names(postgres) == set()
    assert run(postgres, SIX).result() == plan.result()
    assert names(postgres) == {entry["name"] for entry in SIX}
    again = run(postgres, SIX)
    assert again.result()["changed"] is False
    assert sorted(entry["name"] for entry in again.result()["unchanged"]) == sorted(names(postgres))


def test_owners_extensions_and_grants(postgres: Postgres) -> None:
    plain = {"name": "chat"}
    run(postgres, [plain, {"name": "readers", "owner": "reporting"}])
    rich = {
        **plain,
        "owner": "chat_owner",
        "extensions": ["hstore"],
        "grants": [
            {"role": "reporting", "privileges": ["connect"]},
            {"role": "reporting", "privileges": ["USAGE"], "schema": "public"},
        ],
    }
    plan = run(postgres, [rich], check=True)
    assert changes(plan) == {
        ("create", "chat_owner", ("login",)),
        ("update", "chat", ("extensions", "grants", "owner")),
    }
    assert run(postgres, [rich]).result() == plan.result()
    assert postgres.scalars("SELECT extname FROM pg_extension", database="chat") == {"plpgsql", "hstore"}
    assert postgres.rows("SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'chat'") == [("chat_owner",)]
    assert postgres.rows("SELECT rolcanlogin FROM pg_roles WHERE rolname = 'chat_owner'") == [(False,)]
    assert "reporting=c/" in str(postgres.rows("SELECT datacl FROM pg_database WHERE datname = 'chat'"))
    assert run(postgres, [rich]).result()["changed"] is False
    assert run(postgres, [plain]).result()["changed"] is False, "what is not asked for is left alone"


def test_drift_is_repaired(postgres: Postgres) -> None:
    wanted = [{"name": "chat", "extensions": ["hstore"], "owner": "chat_owner"}]
    run(postgres, wanted)
    with postgres.connect("chat") as connection:
        connection.execute("DROP EXTENSION hstore")
        connection.execute("ALTER DATABASE chat OWNER TO dbadmin")
    assert changes(run(postgres, wanted)) == {("update", "chat", ("extensions", "owner"))}
    assert run(postgres, wanted).result()["changed"] is False


def test_a_login_may_use_its_own_database_and_no_other(postgres: Postgres) -> None:
    wanted = [{"name": name, "login": name, "login_secret": f"psql-password-{name}"} for name in ("chat", "theme")]
    passwords = {"chat": "one'%s{}\"", "theme": "two"}
    run(postgres, wanted, **passwords)
    with postgres.connect("chat", user="chat", password=passwords["chat"]) as connection:
        connection.execute("CREATE TABLE messages (text text)")
        connection.execute("CREATE SCHEMA own")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("CREATE ROLE other")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("CREATE DATABASE other")
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        postgres.connect("theme", user="chat", password=passwords["chat"])
    assert run(postgres, wanted, **passwords).result()["changed"] is False


def test_a_login_creates_nothing_in_the_schema_that_is_everybodys(postgres: Postgres) -> None:
    """Up to version 14 a new database lets everybody, as its template does."""
    with postgres.server.connect("template1") as connection:
        connection.execute("GRANT CREATE ON SCHEMA public TO PUBLIC")
    try:
        run(postgres, [CHAT], chat="one")
    finally:
        with postgres.server.connect("template1") as connection:
            connection.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    assert run(postgres, [CHAT], chat="one").result()["changed"] is False
    with postgres.connect("chat", user="chat", password="one") as connection:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("CREATE TABLE public.messages (text text)")
        connection.execute("CREATE TABLE messages (text text)")
        connection.execute("SELECT * FROM chat.messages")


def test_a_login_that_lives_in_public_stays_there(postgres: Postgres) -> None:
    """A schema of its own would come first, and hide its tables from it."""
    granted = {**CHAT, "grants": [{"role": "chat", "privileges": ["CREATE"], "schema": "public"}]}
    run(postgres, [granted], chat="one")
    for wanted in (granted, CHAT):
        assert run(postgres, [wanted], chat="one").result()["changed"] is False
    assert "chat" not in postgres.scalars("SELECT nspname FROM pg_namespace", database="chat")


#: Functions that the administrator's session calls, or might, as a login can overload them: types that fit untyped
#: values better than those of the system's own.
OVERLOADS = (
    ("has_schema_privilege", "text, oid, text", "boolean"),
    ("has_schema_privilege", "name, oid, name", "boolean"),
    ("pg_has_role", "name, text, text", "boolean"),
    ("pg_get_userbyid", "integer", "name"),
    ("acldefault", "text, oid", "aclitem[]"),
)


def set_traps(connection: psycopg.Connection[Any]) -> None:
    """Do what a login can do to have its own code run by whoever else comes into its database."""
    taking_over = (
        "LANGUAGE plpgsql AS $x$ BEGIN INSERT INTO public.caught VALUES (current_user); "
        "EXECUTE 'GRANT rds_superuser TO chat'; RETURN NULL; "
        "EXCEPTION WHEN others THEN RAISE EXCEPTION 'caught %', current_user; END $x$"
    )
    connection.execute("CREATE TABLE public.caught (who text)")
    connection.execute("GRANT ALL ON public.caught TO PUBLIC")
    for name, types, answer in OVERLOADS:
        connection.execute(f"CREATE FUNCTION public.{name}({types}) RETURNS {answer} {taking_over}".encode())
    for left in ("name", "text", "oid"):
        connection.execute(f"CREATE FUNCTION public.same({left}, text) RETURNS boolean {taking_over}".encode())
        connection.execute(
            f"CREATE OPERATOR public.= (FUNCTION = public.same, LEFTARG = {left}, RIGHTARG = text)".encode()
        )
    for relation in ("pg_roles", "pg_database", "pg_namespace", "pg_extension", "pg_available_extension_versions"):
        connection.execute(f"CREATE VIEW public.{relation} AS SELECT public.pg_get_userbyid(1) AS rolname".encode())


@pytest.mark.parametrize("where", ["chat", "postgres"])
def test_no_code_of_a_login_runs_as_the_administrator(postgres: Postgres, where: str) -> None:
    """Neither in its own database nor, up to version 14, in the one that is everybody's; in no plan and no run."""
    run(postgres, [CHAT], chat="one")
    with postgres.server.connect(where) as connection:
        connection.execute("GRANT CREATE ON SCHEMA public TO chat")
    with postgres.connect(where, user="chat", password="one") as connection:
        set_traps(connection)
    rich = {**CHAT, "extensions": ["hstore"], "grants": [{"role": "chat", "privileges": ["USAGE"], "schema": "public"}]}
    try:
        with postgres.server.connect() as connection:
            # What an owner of a database may set for all who come into it.
            for setting in ("search_path = public, pg_catalog", "role = chat", "standard_conforming_strings = off"):
                connection.execute(f"ALTER DATABASE {where} SET {setting}".encode())
        for check in (True, False, False):
            run(postgres, [rich, {"name": "theme", "owner": "themes"}], check=check, chat="one")
        with postgres.server.connect(where) as connection:
            assert connection.execute("SELECT * FROM public.caught").fetchall() == []
            granted = "SELECT pg_catalog.pg_has_role('chat', 'rds_superuser', 'MEMBER')"
            assert connection.execute(granted).fetchall() == [(False,)]
    finally:
        with postgres.server.connect() as connection:
            connection.execute(f"ALTER DATABASE {where} RESET ALL".encode())
        with postgres.server.connect(where) as connection:
            connection.execute("DROP OWNED BY chat CASCADE")


def test_a_plan_cannot_write_whatever_runs_in_it(postgres: Postgres) -> None:
    where = Server(postgres.host, postgres.port, "verify-full", postgres.ca_file)
    with (
        where.reading(Login(postgres.user, Secret(postgres.password))) as connection,
        pytest.raises(psycopg.errors.ReadOnlySqlTransaction),
    ):
        connection.execute("CREATE TABLE written (n int)")
    with where.reading(Login(postgres.user, Secret(postgres.password))) as connection:
        connection.execute("SELECT 1")
        with pytest.raises(psycopg.errors.ActiveSqlTransaction):
            connection.execute("SET TRANSACTION READ WRITE")


def test_a_reader_reads_everything_and_does_nothing_else(postgres: Postgres) -> None:
    databases = parsed([CHAT, {"name": "theme"}])
    where = Server(postgres.host, postgres.port, "verify-full", postgres.ca_file)
    logins = {"chat": Login("chat", Secret("one")), "readonly": Login("readonly", Secret("two"))}
    admin = Login(postgres.user, Secret(postgres.password))
    readers = [Reader("readonly", "psql-password-readonly")]

    def go(check: bool = False) -> set[tuple[str, str, tuple[str, ...]]]:
        outcome = Reconciler(where, admin, databases, logins, readers).run(check=check)
        assert outcome.errors == {}
        return changes(outcome)

    plan = go(check=True)
    assert ("create", "readonly", ("databases", "login", "member_of", "password")) in plan
    assert go() == plan
    assert go() == set()
    with postgres.connect("chat", user="chat", password="one") as connection:
        connection.execute("CREATE TABLE messages AS SELECT 1 AS n")
    with postgres.connect("chat", user="readonly", password="two") as connection:
        assert connection.execute("SELECT n FROM chat.messages").fetchall() == [(1,)]
        for refused in (
            "INSERT INTO chat.messages VALUES (2)",
            "CREATE TABLE public.own (n int)",
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'dbadmin'",
            "SELECT pg_create_physical_replication_slot('mine')",
        ):
            with postgres.connect("chat"), pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(refused.encode())
    with postgres.connect() as connection:
        connection.execute("GRANT pg_signal_backend TO readonly")
        connection.execute("REVOKE CONNECT ON DATABASE chat FROM readonly")
    assert go() == {("update", "readonly", ("databases", "member_of"))}
    assert go() == set()


def test_a_login_follows_its_secret(postgres: Postgres) -> None:
    wanted = [{"name": "chat", "login": "chat", "login_secret": "psql-password-chat"}]
    run(postgres, wanted, chat="first")
    assert changes(run(postgres, wanted, check=True, chat="second")) == {("update", "chat", ("password",))}
    postgres.connect("chat", user="chat", password="first").close()
    run(postgres, wanted, chat="second")
    postgres.connect("chat", user="chat", password="second").close()
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        postgres.connect("chat", user="chat", password="first")


def test_a_login_for_a_database_that_has_none_yet(postgres: Postgres) -> None:
    run(postgres, [{"name": "chat"}])
    wanted = [{"name": "chat", "login": "chat", "login_secret": "psql-password-chat"}]
    plan = run(postgres, wanted, check=True)  # before its secret has a value
    assert changes(plan) == {("create", "chat", ("login", "password")), ("update", "chat", ("grants", "schemas"))}
    run(postgres, wanted, chat="first")
    assert run(postgres, wanted, chat="first").result()["changed"] is False


def test_one_failure_hides_no_other_and_no_password_is_told(postgres: Postgres) -> None:
    wanted = [
        {"name": "chat", "extensions": ["no_such_extension"]},
        {"name": "theme", "grants": [{"role": "nobody_here", "privileges": ["CONNECT"]}]},
        {"name": "litellm", "login": "litellm", "login_secret": "psql-password-litellm"},
    ]
    outcome = reconciler(postgres, wanted, litellm="not-to-be-told").run(check=False)
    assert sorted(outcome.errors) == ["postgresql_database chat", "postgresql_database theme"]
    told = str(outcome.result()) + "".join(map(str, outcome.errors.values()))
    assert "no_such_extension" in told
    assert "nobody_here" in told
    assert "not-to-be-told" not in told
    assert "SCRAM" not in told
    assert names(postgres) == {"chat", "theme", "litellm"}


def test_runs_at_the_same_time_end_with_the_same(postgres: Postgres) -> None:
    wanted = [{**entry, "login": entry["name"], "login_secret": "x", "owner": "apps"} for entry in SIX]
    passwords = {entry["name"]: "one" for entry in SIX}
    failed: list[BaseException] = []

    def work() -> None:
        try:
            run(postgres, wanted, **passwords)
        except (AssertionError, Failure) as error:
            failed.append(error)

    threads = [Thread(target=work) for _number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert run(postgres, wanted, **passwords).result()["changed"] is False


def test_a_wrong_password_is_a_failure_that_names_the_user_alone(postgres: Postgres) -> None:
    where = Server(postgres.host, postgres.port, "verify-full", postgres.ca_file)
    with pytest.raises(Failure, match="refuses dbadmin") as caught:
        Reconciler(where, Login("dbadmin", Secret("not-to-be-told")), parsed(SIX), {}).run(check=True)
    assert "not-to-be-told" not in str(caught.value)


def test_a_server_that_is_not_who_it_says_is_refused(postgres: Postgres) -> None:
    other = Server("127.0.0.1", postgres.port, "verify-full", "/dev/null")
    with pytest.raises(Failure):
        Reconciler(other, Login(postgres.user, Secret(postgres.password)), parsed(SIX), {}).run(check=True)


def test_a_host_without_a_way_to_the_server() -> None:
    with pytest.raises(Unreachable, match="localhost:"):
        Server("localhost", free_port(), "require", timeout=2).probe()
    with pytest.raises(Unreachable):
        Server("db.invalid", 5432, "require", timeout=2).probe()


class Failed(Exception):
    """The module ended with a failure."""


def module_twin(check: bool = False, **params: Any) -> Any:
    """What the functions of the module need of one."""

    def fail_json(**result: Any) -> None:
        raise Failed(result["msg"])

    values = {"host": "localhost", "port": free_port(), "admin_secret": "admin", "sslmode": "require"}
    values |= {"connect_timeout": 2, "unreachable": "skip", **params}
    return SimpleNamespace(params=values, check_mode=check, region="eu-central-2", fail_json=fail_json)


def test_a_plan_before_the_cluster_exists() -> None:
    twin = module_twin(check=True, host=UNKNOWN, port=UNKNOWN)
    outcome, reason = module.outcome_of(twin, None, parsed(SIX))
    assert (changes(outcome), "not known" in reason) == (set(), True)
    twin.params["unreachable"] = "fail"
    outcome, reason = module.outcome_of(twin, None, parsed(SIX))
    assert changes(outcome) == {("create", entry["name"], ()) for entry in SIX}
    assert reason == ""


def test_out_of_reach_is_said_and_skipped_or_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    warnings: list[str] = []
    monkeypatch.setattr(module, "warn", warnings.append)
    outcome, reason = module.outcome_of(module_twin(), None, parsed(SIX))
    assert outcome.result()["changed"] is False
    assert "this host cannot reach them: localhost:" in reason
    assert warnings == [reason]
    with pytest.raises(Failed, match="cannot reach"):
        module.outcome_of(module_twin(unreachable="fail"), None, parsed(SIX))
