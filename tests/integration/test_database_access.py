# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The function for access to the database, against a real PostgreSQL: what it answers, refuses and never tells."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.dataai.platform.plugins.module_utils.checks.database_access import DISTRIBUTIONS
from ansible_collections.dataai.platform.plugins.module_utils.functions import bundle, database_access

from .conftest import REGION, ROOT, EmbeddedAws
from .postgres import Postgres, postgres, postgres_server

__all__ = ["postgres", "postgres_server"]

PATH = "/acme/dai/test/database-access"
Ask = Callable[..., dict[str, Any]]
CODE = {
    "directory": str(ROOT / "plugins" / "module_utils"),
    "entry": "functions/database_access.py",
    "distributions": list(DISTRIBUTIONS),
}


class Facts:
    """What the function finds in AWS."""

    def __init__(self, account: EmbeddedAws, postgres: Postgres) -> None:
        self.account, self.postgres = account, postgres
        self.secrets = account.client("secretsmanager")
        login = {"username": postgres.user, "password": postgres.password}
        self.login = self._secret("master", json.dumps(login))
        self.writer = self._secret("writer", json.dumps(login))
        self.authorities = self._secret("rds-ca-bundle", Path(postgres.ca_file).read_text())
        self.publish(
            host=postgres.host,
            port=str(postgres.port),
            name=postgres.database,
            **{"secret-arn": self.login, "write-secret-arn": self.writer, "ca-secret-arn": self.authorities},
        )

    def _secret(self, name: str, text: str) -> str:
        return str(self.secrets.create_secret(Name=name, SecretString=text)["ARN"])

    def publish(self, **facts: str) -> None:
        """Write facts to Parameter Store."""
        for name, value in facts.items():
            self.account.client("ssm").put_parameter(Name=f"{PATH}/{name}", Value=value, Type="String", Overwrite=True)

    def environment(self, **changes: str) -> dict[str, str]:
        """Return the environment of the function."""
        return {
            "AWS_REGION": REGION,
            "AWS_ENDPOINT_URL": self.account.url,
            "PARAMETERS_PATH": PATH,
            "STATEMENT_TIMEOUT_SECONDS": "2",
            "WRITES_ENABLED": "false",
            **{name: self.account.environment()[name] for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")},
            **changes,
        }


@pytest.fixture
def facts(account: EmbeddedAws, postgres: Postgres) -> Facts:
    """Return what the function finds in AWS, with a table to ask about."""
    with postgres.connect() as connection:
        connection.execute("CREATE TABLE orders (id int PRIMARY KEY, name text NOT NULL, paid numeric(9, 2))")
        connection.execute("INSERT INTO orders SELECT n, 'order ' || n, n / 4.0 FROM generate_series(1, 20) AS n")
    return Facts(account, postgres)


@pytest.fixture
def ask(facts: Facts, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Return a way to invoke the function; ``writes`` lets it write."""

    def invoke(action: str, *, writes: bool = False, **event: Any) -> dict[str, Any]:
        for name, value in facts.environment(WRITES_ENABLED=str(writes).lower()).items():
            monkeypatch.setenv(name, value)
        answer = database_access.handler({"action": action, "schemas": ["public"], **event}, None)
        return dict(json.loads(json.dumps(answer)))

    return invoke


def test_health(ask: Ask, postgres: Postgres) -> None:
    answer = ask("health")
    assert answer == {
        "ok": True,
        "database": postgres.database,
        "server_version": answer["server_version"],
        "read_replica": False,
    }


def test_a_query_has_parameters_and_a_limit(ask: Ask) -> None:
    sql = "SELECT id, name, paid, now()::date AS today FROM orders WHERE id > :least ORDER BY id;"
    answer = ask("query", sql=sql, parameters={"least": 3}, max_rows=2)
    assert answer["columns"] == ["id", "name", "paid", "today"]
    assert [row[:3] for row in answer["rows"]] == [
        [4, "order 4", "1.00"],
        [5, "order 5", "1.25"],
    ]
    assert answer["truncated"] is True
    rest = ask("query", sql="SELECT id FROM orders WHERE name = :name", parameters={"name": "order 7"})
    assert (rest["rows"], rest["truncated"]) == ([[7]], False)


def test_the_schema_is_told(ask: Ask) -> None:
    tables = ask("schema")["tables"]
    assert tables["public.orders"] == [
        {"name": "id", "type": "integer", "nullable": False},
        {"name": "name", "type": "text", "nullable": False},
        {"name": "paid", "type": "numeric", "nullable": True},
    ]
    assert ask("schema", schema="nowhere")["tables"] == {}


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM orders",
        "WITH gone AS (DELETE FROM orders RETURNING id) SELECT * FROM gone",
        "SELECT 1; DELETE FROM orders",
        "COMMIT; DELETE FROM orders",
        "SELECT 1; COMMIT; DROP TABLE orders",
        "DO $x$ BEGIN SET TRANSACTION READ WRITE; DELETE FROM orders; END $x$",
        "SELECT setval('numbers', 7)",
        "SELECT break_out()",
    ],
)
def test_what_only_reads_cannot_write(ask: Ask, postgres: Postgres, sql: str) -> None:
    with postgres.connect() as connection:
        connection.execute("CREATE SEQUENCE numbers")
        connection.execute(
            "CREATE FUNCTION break_out() RETURNS int LANGUAGE plpgsql AS "
            "$x$ BEGIN EXECUTE 'SET TRANSACTION READ WRITE'; DELETE FROM orders; RETURN 1; END $x$"
        )
    answer = ask("query", sql=sql, writes=True)
    assert answer["ok"] is False
    assert answer["error"]["sqlstate"]
    assert postgres.scalars("SELECT count(*) FROM orders") == {20}
    assert postgres.scalars("SELECT last_value FROM numbers") == {1}


def test_writing_is_switched_on_and_asked_for(ask: Ask, postgres: Postgres) -> None:
    sql, given = "DELETE FROM orders WHERE id <= :most RETURNING id", {"most": 3}
    refused = ask("query", sql=sql, parameters=given, write=True)
    assert refused["error"]["type"] == "Refused"
    assert "database_access_writes_enabled" in refused["error"]["message"]
    answer = ask("query", sql=sql, parameters=given, write=True, writes=True)
    assert (answer["row_count"], answer["columns"], answer["rows"]) == (3, ["id"], [[1], [2], [3]])
    assert postgres.scalars("SELECT count(*) FROM orders") == {17}
    plain = ask("query", sql="UPDATE orders SET paid = 0 WHERE id = 4", write=True, writes=True)
    assert (plain["row_count"], plain["rows"]) == (1, [])


def test_a_failed_write_leaves_nothing(ask: Ask, postgres: Postgres) -> None:
    answer = ask("query", sql="UPDATE orders SET id = 5 WHERE id IN (3, 4)", write=True, writes=True)
    assert answer["error"]["sqlstate"] == "23505"
    assert postgres.scalars("SELECT count(*) FROM orders WHERE id IN (3, 4)") == {2}


def test_a_schema_is_made_once(ask: Ask, postgres: Postgres) -> None:
    name = 'odd "name"'
    assert ask("schema", create=name)["error"]["type"] == "Refused"
    assert ask("schema", create=name, writes=True) == {"ok": True, "schema": name, "created": True}
    assert ask("schema", create=name, writes=True) == {"ok": True, "schema": name, "created": False}
    assert name in postgres.scalars("SELECT nspname FROM pg_namespace")


@pytest.mark.parametrize(
    ("event", "word"),
    [
        ({"action": "drop"}, "known are health, schema, query"),
        ({"action": "query"}, "sql is required"),
        ({"action": "query", "sql": 5}, "sql must be a text"),
        ({"action": "query", "sql": "SELECT :a", "parameters": [1]}, "parameters must be an object"),
        ({"action": "query", "sql": "SELECT :a"}, "parameters do not fit"),
        ({"action": "query", "sql": "SELECT 1", "max_rows": 0}, "max_rows"),
        ({"action": "query", "sql": "SELECT 1", "max_rows": True}, "max_rows"),
        ({"action": "health", "database": 1}, "database must be a text"),
        ({"action": "health", "database": "appdb\0user\0rdsadmin"}, "without NUL"),
        ({"action": "health", "database": "appdb\noptions"}, "database must be a name"),
        ({"action": "health", "database": ""}, "database must be a name"),
        ({"action": "health", "database": "x" * 64}, "database must be a name"),
        ({"action": "query", "sql": "SELECT 1\0"}, "without NUL"),
        ({"action": "query", "sql": "SELECT 1", "schemas": "public"}, "schemas must be a list"),
        ({"action": "query", "sql": "SELECT 1", "schemas": ["a\0b"]}, "schemas must be a list"),
        ({"action": "schema", "create": "a\0b"}, "without NUL"),
        ({"action": ["query"]}, "known are health, schema, query"),
    ],
)
def test_wrong_requests_are_refused(ask: Ask, event: dict[str, Any], word: str) -> None:
    answer = ask(**event)
    assert answer["error"]["type"] == "Refused"
    assert word in answer["error"]["message"]


def test_a_statement_has_a_time_limit(ask: Ask) -> None:
    assert ask("query", sql="SELECT pg_sleep(20)")["error"]["sqlstate"] == "57014"


@pytest.mark.parametrize(
    "value",
    [
        "time '24:00:00'",
        "date 'infinity'",
        "timestamptz '-infinity'",
        "date '0044-03-15 BC'",
        "'NaN'::float8",
        "'-Infinity'::float8",
    ],
)
def test_what_python_has_no_value_for_is_told_as_text(ask: Ask, value: str) -> None:
    answer = ask("query", sql=f"SELECT {value} AS found, ARRAY[{value}] AS several")
    assert answer["ok"] is True, answer
    assert isinstance(answer["rows"][0][0], str)
    json.dumps(answer, allow_nan=False)


@pytest.mark.parametrize(
    ("sql", "rows"),
    [
        ("SELECT repeat('x', 100 * 1024 * 1024)", 1),
        ("SELECT repeat('x', 1024 * 1024) FROM generate_series(1, 20)", 20),
        ("SELECT repeat(chr(1), 2 * 1024 * 1024)", 1),
    ],
)
def test_an_answer_has_a_size_that_lambda_takes(ask: Ask, sql: str, rows: int) -> None:
    answer = ask("query", sql=sql, max_rows=rows)
    assert answer["error"]["type"] == "Refused"
    assert "larger than" in answer["error"]["message"]
    assert ask("query", sql="SELECT repeat('x', 4 * 1024 * 1024)")["ok"] is True


def test_nobody_elses_names_come_before_the_systems_own(ask: Ask, postgres: Postgres) -> None:
    """What a login can make in a schema runs for a caller only who names that schema."""
    with postgres.connect() as connection:
        connection.execute("CREATE FUNCTION public.now(text) RETURNS text LANGUAGE sql AS $$ SELECT 'trap' $$")
        connection.execute("ALTER DATABASE appdb SET search_path = public, pg_catalog")
        connection.execute("CREATE FUNCTION public.lower(varchar) RETURNS text LANGUAGE sql AS $$ SELECT 'trap' $$")
    sql = "SELECT lower(CAST('A' AS varchar))"
    assert ask("query", sql=sql, schemas=[])["rows"] == [["a"]]
    assert ask("query", sql=sql)["rows"] == [["trap"]]
    assert ask("query", sql="SELECT id FROM orders", schemas=[])["error"]["sqlstate"] == "42P01"
    assert ask("query", sql="SELECT id FROM public.orders WHERE id = 1", schemas=[])["rows"] == [[1]]
    assert ask("query", sql=sql, schemas=[], write=True, writes=True)["rows"] == [["a"]]


def test_what_reads_and_what_writes_log_in_as_different_roles(ask: Ask, facts: Facts, postgres: Postgres) -> None:
    with postgres.connect() as connection:
        connection.execute("CREATE ROLE reader LOGIN PASSWORD 'one' IN ROLE pg_read_all_data")
    login = json.dumps({"username": "reader", "password": "one"})
    facts.secrets.put_secret_value(SecretId=facts.login, SecretString=login)
    who = "SELECT current_user::text"
    assert ask("query", sql=who)["rows"] == [["reader"]]
    assert ask("query", sql=who, write=True, writes=True)["rows"] == [["dbadmin"]]
    assert ask("query", sql="SELECT count(*) FROM orders")["rows"] == [[20]]
    pid = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'dbadmin'"
    with postgres.connect():
        assert ask("query", sql=pid)["error"]["sqlstate"] == "42501"
    slot = "SELECT pg_create_logical_replication_slot('mine', 'pgoutput')"
    assert ask("query", sql=slot)["error"]["sqlstate"] in ("42501", "55000")


def test_connections_are_closed(ask: Ask, postgres: Postgres) -> None:
    ask("health")
    ask("query", sql="SELECT 1")
    ask("query", sql="SELECT broken")
    ask("query", sql="UPDATE orders SET id = 5 WHERE id = 4", write=True, writes=True)
    open_ = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'database_access'"
    for _attempt in range(100):
        if postgres.scalars(open_) == {0}:
            break
    assert postgres.scalars(open_) == {0}


def test_a_rotated_password_needs_no_new_deployment(ask: Ask, facts: Facts, postgres: Postgres) -> None:
    login = {"username": postgres.user, "password": "another one"}
    facts.secrets.put_secret_value(SecretId=facts.login, SecretString=json.dumps(login))
    assert ask("health")["error"]["sqlstate"] == "28P01"
    with postgres.connect() as connection:
        connection.execute("ALTER ROLE dbadmin PASSWORD 'another one'")
    assert ask("health")["ok"] is True


def test_a_server_that_others_have_signed_is_not_trusted(ask: Ask, facts: Facts) -> None:
    other = (ROOT / "inventories" / "files" / "test-rds-ca.pem").read_text()
    facts.secrets.put_secret_value(SecretId=facts.authorities, SecretString=other)
    answer = ask("health")
    assert answer["error"]["type"] == "Unreachable"
    assert "certificate verify failed" in answer["error"]["message"]


def test_a_server_of_another_name_is_not_trusted(ask: Ask, facts: Facts) -> None:
    facts.publish(host="127.0.0.2")
    assert ask("health")["error"]["type"] == "Unreachable"


def test_what_is_missing_is_named(ask: Ask, facts: Facts) -> None:
    facts.secrets.put_secret_value(SecretId=facts.authorities, SecretString="nothing")
    assert facts.authorities in ask("health")["error"]["message"]
    facts.secrets.put_secret_value(SecretId=facts.login, SecretString="not-json")
    assert facts.login in ask("health")["error"]["message"]
    facts.account.client("ssm").delete_parameter(Name=f"{PATH}/port")
    assert f"{PATH}/port" in ask("health")["error"]["message"]


def test_nothing_secret_is_logged_or_told(
    ask: Ask,
    facts: Facts,
    postgres: Postgres,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Neither credentials nor data are in logs; credentials are in no answer, whatever goes wrong."""
    caplog.set_level(logging.DEBUG)  # as Lambda sets the root logger where the function is configured so
    answers = [
        ask("query", sql="SELECT time '24:00:00', 'a customer', date 'infinity'"),
        ask("health"),
        ask("query", sql="SELECT :x AS found", parameters={"x": "a customer's address"}),
        ask("query", sql="SELECT CAST(:x AS int)", parameters={"x": "a customer's address"}),
    ]
    facts.publish(host="127.0.0.2")
    answers.append(ask("health"))
    facts.publish(host=postgres.host)
    facts.secrets.put_secret_value(
        SecretId=facts.login, SecretString=json.dumps({"username": "nobody", "password": postgres.password})
    )
    answers.append(ask("health"))
    told = json.dumps(answers)
    assert postgres.password not in told
    assert json.dumps(postgres.password)[1:-1] not in told
    logged = "\n".join(record.getMessage() for record in caplog.records)
    assert len([record for record in caplog.records if record.name == "database_access"]) == len(answers)
    assert postgres.password not in logged
    assert "customer" not in logged
    assert '"sqlstate": "22P02"' in logged


@pytest.mark.parametrize("broken", ["_do", "connected", "_table"])
def test_a_fault_of_its_own_tells_its_type_alone(
    ask: Ask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, broken: str
) -> None:
    def fail(*_args: Any, **_named: Any) -> Any:
        raise ValueError("a customer's address")

    monkeypatch.setattr(database_access, broken, fail)
    answer = ask("query", sql="SELECT 1")
    assert answer == {"ok": False, "error": {"type": "InternalError", "message": "ValueError", "sqlstate": ""}}
    assert "customer" not in caplog.text
    assert database_access.handler(None, None)["error"]["type"] == "InternalError"  # type: ignore[arg-type]


def test_the_archive_runs_by_itself(facts: Facts, tmp_path: Path) -> None:
    """What is uploaded holds all that the handler needs beside the SDK, and nothing of Ansible."""
    with zipfile.ZipFile(BytesIO(bundle.archive(CODE))) as packed:
        names = packed.namelist()
        packed.extractall(tmp_path)
    assert not [name for name in names if "ansible" in name or name.endswith((".pyc", "RECORD"))]
    assert "module_utils/functions/database_access.py" in names
    program = (
        "import sys, json\n"
        f"sys.path = [{str(tmp_path)!r}, *[p for p in sys.path if not p.endswith('site-packages')]]\n"
        "import pg8000\n"
        f"assert pg8000.__file__.startswith({str(tmp_path)!r})\n"
        "import dateutil, scramp, asn1crypto, six\n"
        f"sys.path.append({str(Path(sys.executable).parents[1])!r} + '/lib/python3.11/site-packages')\n"
        "from module_utils.functions.database_access import handler\n"
        "print(json.dumps(handler({'action': 'health'}, None)))\n"
        "assert not [name for name in sys.modules if name.split('.')[0].startswith('ansible')]\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=facts.environment(),
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["ok"] is True
