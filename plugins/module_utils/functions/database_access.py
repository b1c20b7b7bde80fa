# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Lambda function that asks the database on behalf of those who may invoke it: health, schema, queries.

Where the database is comes from SSM Parameter Store; credentials and the authorities that sign its certificate come
from Secrets Manager, at every invocation, so that a rotation needs no new deployment. Neither is ever logged, returned
or part of an error. What reads logs in as one who may only read; the other login is for what writes. It runs outside
Ansible, packed by ``functions.bundle`` together with its driver, pg8000.
"""

from __future__ import annotations

import base64
import datetime
import json
import math
import os
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from .logs import logger

LOG = logger("database_access")

#: Facts of the database, each a parameter below ``PARAMETERS_PATH``, and the one for what writes.
FACTS = ("host", "port", "name", "secret-arn", "ca-secret-arn")
WRITE_FACT = "write-secret-arn"

#: Rows that one query may return where it says nothing, and at most.
DEFAULT_ROWS, MOST_ROWS = 100, 10_000

#: Bytes that the server may send in one invocation, and that the answer may have in JSON. Lambda takes 6 MB.
MOST_RECEIVED, MOST_ANSWERED = 5 * 1024**2, 5 * 1024**2

#: Settings of every session. They outrank those of the database and of the login, and hold from the first packet on:
#: a name means the system's own, never what somebody else has made in a schema that comes first.
SETTINGS = {"search_path": "pg_catalog, pg_temp", "role": "none"}

#: Seconds to wait for the connection and, longer than the statement may take, for each answer.
GRACE_SECONDS = 5

#: Bytes of the longest name of a database or a role.
LONGEST_NAME = 63

Event = Mapping[str, Any]


class Refused(Exception):
    """The request is not one that the function takes. The message may be shown to the caller."""


class Unreachable(Exception):
    """The database could not be reached or did not let us in. The message may be shown to the caller."""


class Runtime:
    """The clients and settings of the function, from its environment."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.region = environment["AWS_REGION"]
        self.path = environment["PARAMETERS_PATH"]
        self.writes = environment.get("WRITES_ENABLED") == "true"
        self.statement_seconds = int(environment.get("STATEMENT_TIMEOUT_SECONDS", "30"))

    def client(self, service: str) -> Any:
        """Return an SDK client in the region of the function."""
        import boto3

        return boto3.client(service, region_name=self.region)


@dataclass(frozen=True)
class Target:
    """Where the database is. Nothing in it is secret."""

    host: str
    port: int
    name: str
    secret_arn: str
    ca_secret_arn: str


def handler(event: Event, _context: Any) -> dict[str, Any]:
    """Do what ``event["action"]`` says: ``health``, ``schema`` or ``query``.

    Args:
        event: ``action``, and what the action takes:

            - ``health``: nothing.
            - ``schema``: ``schema`` (list its tables and columns; all schemas where it is left out), ``create`` (make
              the schema of that name, where the function may write).
            - ``query``: ``sql`` with parameters as ``:name``, ``parameters``, ``max_rows``, and ``write`` where it is
              to change something and the function may write. What only reads is one SELECT, VALUES or WITH. Names
              without a schema are the system's own, then those of the ``schemas`` that it lists.

            ``database`` names another database than the usual one.

    Returns:
        ``{"ok": True, ...}`` with the answer, or ``{"ok": False, "error": {"type", "message", "sqlstate"}}``.
    """
    started = time.monotonic()
    try:
        answer = _answer(event)
    except Exception as error:  # noqa: BLE001 - the runtime would log its text, which may quote a row or a secret
        answer = _failed("InternalError", type(error).__name__)
    _log(event, answer, time.monotonic() - started)
    return answer


def _answer(event: Event) -> dict[str, Any]:
    try:
        return _fitting({"ok": True, **_do(Runtime(os.environ), event)})
    except (Refused, Unreachable) as error:
        return _failed(type(error).__name__, str(error))
    except _driver().DatabaseError as error:  # said by the server; it never quotes credentials
        told = error.args[0] if error.args and isinstance(error.args[0], Mapping) else {}
        return _failed("DatabaseError", str(told.get("M", "the database refused")), str(told.get("C", "")))
    except _driver().InterfaceError as error:
        return _failed("Unreachable", f"the connection was lost: {error}")


def _fitting(answer: dict[str, Any]) -> dict[str, Any]:
    """Return an answer that Lambda can hand on."""
    if len(json.dumps(answer)) > MOST_ANSWERED:
        raise _too_large(MOST_ANSWERED)
    return answer


def _too_large(limit: int) -> Refused:
    return Refused(f"the answer is larger than {limit} bytes; ask for fewer rows, fewer columns or parts of values")


def _failed(kind: str, message: str, sqlstate: str = "") -> dict[str, Any]:
    return {"ok": False, "error": {"type": kind, "message": message, "sqlstate": sqlstate}}


def _log(event: Any, answer: Mapping[str, Any], seconds: float) -> None:
    """Log what happened, without statements, parameters, rows or messages: they may hold data."""
    error = answer.get("error") or {}
    action = event.get("action") if isinstance(event, Mapping) else None
    known = action if isinstance(action, str) and action in ACTIONS else "unknown"
    entry = {"action": known, "ok": answer["ok"], "milliseconds": round(seconds * 1000)}
    entry.update({"error": error["type"], "sqlstate": error["sqlstate"]} if error else {})
    LOG.info(json.dumps(entry))


def _driver() -> Any:
    import pg8000.exceptions

    return pg8000.exceptions


# --- connecting -----------------------------------------------------------------------------------------------------


def target(runtime: Runtime, *, write: bool = False) -> Target:
    """Return where the database is and whose credentials are taken, as Parameter Store has it.

    Raises:
        Unreachable: a fact is missing.
    """
    path = runtime.path.rstrip("/")
    facts = (*FACTS, WRITE_FACT) if write else FACTS
    answer = runtime.client("ssm").get_parameters(Names=[f"{path}/{fact}" for fact in facts])
    found = {entry["Name"].rpartition("/")[2]: entry["Value"] for entry in answer["Parameters"]}
    missing = [f"{path}/{fact}" for fact in facts if fact not in found]
    if missing:
        raise Unreachable(f"Parameter Store lacks {', '.join(missing)}")
    secret = found[WRITE_FACT if write else "secret-arn"]
    return Target(found["host"], int(found["port"]), found["name"], secret, found["ca-secret-arn"])


def _secret(runtime: Runtime, arn: str) -> str:
    return str(runtime.client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"])


def _credentials(runtime: Runtime, arn: str) -> tuple[str, str]:
    try:
        found = json.loads(_secret(runtime, arn))
        user, password = found["username"], found["password"]
    except (ValueError, KeyError, TypeError):
        raise Unreachable(f"secret {arn} does not hold a username and a password") from None
    if not _fits_a_startup_packet(user):
        raise Unreachable(f"secret {arn} holds a username that no role can have")
    return user, password


def _fits_a_startup_packet(text: Any) -> bool:
    """Tell whether a text can be a name there. A NUL would end it, and begin a parameter of the caller's choice."""
    return isinstance(text, str) and 0 < len(text.encode()) <= LONGEST_NAME and text.isprintable()


def _tls(runtime: Runtime, arn: str) -> ssl.SSLContext:
    """Trust the authorities in the bundle and no others, and check the name in the server's certificate."""
    try:
        return ssl.create_default_context(cadata=_secret(runtime, arn))
    except ssl.SSLError:
        raise Unreachable(f"secret {arn} holds no certificates") from None


@contextmanager
def connected(runtime: Runtime, event: Event, *, write: bool = False) -> Iterator[Any]:
    """Give a connection, and close it whatever happens."""
    import pg8000.native

    where = target(runtime, write=write)
    database = _text(event, "database", where.name)
    if not _fits_a_startup_packet(database):
        raise Refused(f"database must be a name of 1 to {LONGEST_NAME} bytes without control characters")
    user, password = _credentials(runtime, where.secret_arn)
    milliseconds = str(runtime.statement_seconds * 1000)
    try:
        connection = pg8000.native.Connection(
            user,
            host=where.host,
            port=where.port,
            database=database,
            password=password,
            ssl_context=_tls(runtime, where.ca_secret_arn),
            timeout=runtime.statement_seconds + GRACE_SECONDS,
            application_name="database_access",
            startup_params={
                **SETTINGS,
                "statement_timeout": milliseconds,
                "idle_in_transaction_session_timeout": milliseconds,
            },
        )
    except (ssl.SSLError, OSError) as error:
        raise Unreachable(f"{where.host}:{where.port}: {error}") from None
    except pg8000.exceptions.InterfaceError as error:
        raise Unreachable(f"{where.host}:{where.port}: {error}") from None
    connection._sock = _Metered(connection._sock)  # the driver knows no limit
    connection.pg_types = _Tolerant(connection.pg_types)
    try:
        yield connection
    finally:
        connection.close()


class _Metered:
    """The stream of a connection, which ends before it takes in more than an answer may hold (private to this file)."""

    def __init__(self, stream: Any) -> None:
        self._stream, self._left = stream, MOST_RECEIVED

    def read(self, size: int) -> bytes:
        """Read, unless that is more than is left."""
        if size > self._left:
            raise _too_large(MOST_RECEIVED)
        found = bytes(self._stream.read(size))
        self._left -= len(found)
        return found

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class _Tolerant:
    """The driver's readers of values by type, which leave as text what Python has no value for (private to this file).

    Such are ``time '24:00:00'``, ``date 'infinity'`` and every year before the first.
    """

    def __init__(self, readers: Mapping[int, Callable[[str], Any]]) -> None:
        self._readers = readers

    def __getitem__(self, oid: int) -> Callable[[str], Any]:
        reader = self._readers[oid]

        def read(text: str) -> Any:
            try:
                return reader(text)
            except (ArithmeticError, IndexError, KeyError, ValueError):
                return text

        return read


# --- actions --------------------------------------------------------------------------------------------------------


def _do(runtime: Runtime, event: Event) -> dict[str, Any]:
    action = event.get("action")
    if not isinstance(action, str) or action not in ACTIONS:
        raise Refused(f"action is {action!r}; known are {', '.join(ACTIONS)}")
    return ACTIONS[action](runtime, event)


def _health(runtime: Runtime, event: Event) -> dict[str, Any]:
    """Tell that the database answers, and in which role."""
    with connected(runtime, event) as connection:
        (row,) = connection.run(
            "SELECT current_database(), pg_catalog.current_setting('server_version'), pg_catalog.pg_is_in_recovery()"
        )
    return dict(zip(("database", "server_version", "read_replica"), row, strict=True))


def _schema(runtime: Runtime, event: Event) -> dict[str, Any]:
    """List tables and columns, or make a schema."""
    create = _text(event, "create", "")
    if create:
        return _create_schema(runtime, event, create)
    sql = (
        "SELECT table_schema, table_name, column_name, data_type, is_nullable = 'YES' FROM information_schema.columns "
        "WHERE table_schema NOT IN ('information_schema', 'pg_catalog') "
        "AND CAST(:schema AS pg_catalog.text) IN ('', table_schema) "
        "ORDER BY table_schema, table_name, ordinal_position"
    )
    found = _read(runtime, {**event, "sql": sql, "parameters": {"schema": _text(event, "schema", "")}}, MOST_ROWS)
    tables: dict[str, list[dict[str, Any]]] = {}
    for schema, table, column, kind, nullable in found["rows"]:
        tables.setdefault(f"{schema}.{table}", []).append({"name": column, "type": kind, "nullable": nullable})
    return {"tables": tables, "truncated": found["truncated"]}


def _create_schema(runtime: Runtime, event: Event, name: str) -> dict[str, Any]:
    import pg8000.native

    _require_writes(runtime)
    with connected(runtime, event, write=True) as connection:
        existing = connection.run(
            "SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = CAST(:name AS pg_catalog.text)", name=name
        )
        if not existing:
            connection.run(f"CREATE SCHEMA IF NOT EXISTS {pg8000.native.identifier(name)}")
    return {"schema": name, "created": not existing}


def _query(runtime: Runtime, event: Event) -> dict[str, Any]:
    """Run one statement."""
    if not _text(event, "sql", "").strip():
        raise Refused("sql is required")
    if not isinstance(event.get("parameters") or {}, Mapping):
        raise Refused("parameters must be an object: name to value")
    rows = event.get("max_rows", DEFAULT_ROWS)
    if not isinstance(rows, int) or isinstance(rows, bool) or not 1 <= rows <= MOST_ROWS:
        raise Refused(f"max_rows must be a number from 1 to {MOST_ROWS}")
    if not event.get("write"):
        return _read(runtime, event, rows)
    _require_writes(runtime)
    return _write(runtime, event, rows)


def _require_writes(runtime: Runtime) -> None:
    if not runtime.writes:
        raise Refused("this function only reads; database_access_writes_enabled lets it write")


def _read(runtime: Runtime, event: Event, rows: int) -> dict[str, Any]:
    """Fetch the first rows through a cursor: whatever the statement would return, no more than these travel.

    The transaction cannot write. A cursor takes a statement that reads, and by this protocol never two, so nothing can
    end the transaction first.
    """
    with connected(runtime, event) as connection:
        connection.run("START TRANSACTION READ ONLY")
        _look_in(connection, event)
        _run(connection, f"DECLARE answer NO SCROLL CURSOR FOR {_one_statement(event)}", event)
        found = connection.run(f"FETCH FORWARD {rows + 1} FROM answer")
        columns = _names(connection.columns)
        connection.run("ROLLBACK")
    return _table(columns, found, rows)


def _write(runtime: Runtime, event: Event, rows: int) -> dict[str, Any]:
    """Run a statement in a transaction of its own."""
    with connected(runtime, event, write=True) as connection:
        connection.run("START TRANSACTION")
        _look_in(connection, event)
        done = _run(connection, _one_statement(event), event)
        connection.run("COMMIT")
    return {**_table(_names(done.columns), done.rows or [], rows), "row_count": done.row_count}


def _look_in(connection: Any, event: Event) -> None:
    """Let names without a schema be looked up in the schemas that the request lists, after the system's own."""
    import pg8000.native

    schemas = event.get("schemas") or []
    if not isinstance(schemas, list) or not all(_fits_a_startup_packet(name) for name in schemas):
        raise Refused("schemas must be a list of names")
    if schemas:
        path = ", ".join(["pg_catalog", *(pg8000.native.identifier(name) for name in schemas), "pg_temp"])
        connection.run(f"SET LOCAL search_path TO {path}")


def _run(connection: Any, sql: str, event: Event) -> Any:
    """Run one statement by the extended protocol, in which the server refuses a second one behind a semicolon.

    Returns:
        the driver's ``columns``, ``rows`` and ``row_count``.
    """
    import pg8000.native

    # The driver looks one character ahead, and so beyond the end of a text that ends in $ or :.
    statement, values = pg8000.native.to_statement(f"{sql}\n")
    try:
        given = values(event.get("parameters") or {})
    except pg8000.native.InterfaceError as error:
        raise Refused(f"parameters do not fit: {error}") from None
    return connection.execute_unnamed(statement, given)


def _one_statement(event: Event) -> str:
    return _text(event, "sql", "").strip().rstrip(";")


def _text(event: Event, name: str, default: str) -> str:
    value = event.get(name, default)
    if not isinstance(value, str) or "\0" in value:  # a NUL ends a text in the server's protocol
        raise Refused(f"{name} must be a text without NUL")
    return value


def _names(columns: Any) -> list[str]:
    return [column["name"] for column in columns or ()]


def _table(columns: list[str], found: Any, rows: int) -> dict[str, Any]:
    shown = [[_shown(value) for value in row] for row in found[:rows]]
    return {"columns": columns, "rows": shown, "truncated": len(found) > rows}


def _shown(value: Any) -> Any:
    """Return a value as JSON can tell it."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, (list, tuple)):
        return [_shown(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): _shown(item) for key, item in value.items()}
    return str(value)


ACTIONS: Mapping[str, Callable[[Runtime, Event], dict[str, Any]]] = {
    "health": _health,
    "schema": _schema,
    "query": _query,
}
