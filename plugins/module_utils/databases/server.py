# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Connections to a PostgreSQL server. No password is in an argument, a message or a log."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

try:
    import psycopg
    from psycopg import sql

    MISSING = None
except ImportError as error:  # the module reports the missing library by name
    MISSING = error

from ..core.errors import Failure
from ..core.values import Secret
from ..core.wait import Clock

#: Settings that hold from the first packet on, and outrank those that a database or a role carries (its owner may say
#: ``ALTER DATABASE ... SET``): names mean the system's own and nothing that another login has made, statements run in
#: the role that has logged in, and text is quoted as the server reads it.
SETTINGS = {"search_path": "pg_catalog,pg_temp", "role": "none", "standard_conforming_strings": "on"}

#: Times that a statement is tried which other sessions can be in the way of, and seconds between.
ATTEMPTS, PAUSE = 10, 1.0


class Unreachable(Exception):
    """The server cannot be reached from this host. The text says why."""


@dataclass(frozen=True)
class Login:
    """A role and its password."""

    user: str
    password: Secret


@dataclass(frozen=True)
class Server:
    """Where a server is, and how it is trusted.

    Attributes:
        host: host name; with ``verify-full`` the one in its certificate.
        port: TCP port.
        sslmode: libpq's ``sslmode``.
        ca_file: PEM file of the authorities; empty for libpq's default.
        database: a database that always exists.
        timeout: seconds to wait for a connection.
    """

    host: str
    port: int
    sslmode: str
    ca_file: str = ""
    database: str = "postgres"
    timeout: int = 5

    def probe(self) -> None:
        """Find out whether the server can be reached.

        Raises:
            Unreachable: it cannot.
        """
        try:
            socket.create_connection((self.host, self.port), timeout=self.timeout).close()
        except OSError as error:
            raise Unreachable(f"{self.host}:{self.port}: {error.strerror or error}") from None

    @contextmanager
    def connect(self, login: Login, database: str | None = None) -> Iterator[Any]:
        """Yield a connection, every statement on its own.

        Raises:
            Failure: the server refuses.
        """
        with self._opened(login, database) as connection:
            yield connection

    @contextmanager
    def reading(self, login: Login, database: str | None = None) -> Iterator[Any]:
        """Yield a connection in a transaction that cannot write, whatever runs in it, and that leaves nothing.

        Raises:
            Failure: the server refuses.
        """
        with self._opened(login, database) as connection:
            connection.execute("START TRANSACTION READ ONLY")
            try:
                yield connection
            finally:
                connection.execute("ROLLBACK")

    @contextmanager
    def _opened(self, login: Login, database: str | None) -> Iterator[Any]:
        trust: dict[str, Any] = {"sslrootcert": self.ca_file} if self.ca_file else {}
        try:
            connection = psycopg.connect(
                host=self.host,
                port=self.port,
                user=login.user,
                password=login.password.reveal(),
                dbname=database or self.database,
                sslmode=self.sslmode,
                connect_timeout=self.timeout,
                application_name="dataai.platform",
                client_encoding="UTF8",
                options=" ".join(f"-c {name}={value}" for name, value in SETTINGS.items()),
                autocommit=True,
                **trust,
            )
        except psycopg.OperationalError as error:
            raise Failure(
                f"database {database or self.database} on {self.host}",
                f"the server refuses {login.user}: {str(error).strip()}",
                next_step="see that the secret holds the password and that the CA bundle is the server's",
            ) from None
        with connection:
            yield connection

    def accepts(self, login: Login, database: str) -> bool:
        """Tell whether a role can log in to a database with its password."""
        try:
            with self.connect(login, database):
                return True
        except Failure:
            return False


def execute(connection: Any, what: str, statement: str, clock: Clock, **names: Any) -> None:
    """Run a statement that changes something, again where another session is in the way.

    Args:
        connection: an open connection.
        what: the thing that is changed, for messages.
        statement: with ``{name}`` for each of ``names``: identifiers, or parts of SQL.
        clock: time.
        names: what to put in, quoted as an identifier where it is text.

    Raises:
        Failure: the server refuses. The message never quotes the statement, which may hold a password's hash.
    """
    parts = {key: sql.Identifier(value) if isinstance(value, str) else value for key, value in names.items()}
    made = sql.SQL(statement).format(**parts)
    for attempt in range(1, ATTEMPTS + 1):
        try:
            connection.execute(made)
            return
        # Another run has just made the same.
        except (psycopg.errors.DuplicateDatabase, psycopg.errors.DuplicateObject, psycopg.errors.UniqueViolation):
            return
        # template1 is in use by another CREATE DATABASE, or two sessions change the same privileges.
        except (psycopg.errors.ObjectInUse, psycopg.errors.InternalError_) as error:
            if attempt == ATTEMPTS:
                raise _failure(what, error) from None
            clock.sleep(PAUSE)
        except psycopg.Error as error:
            raise _failure(what, error) from None


def _failure(what: str, error: Any) -> Failure:
    return Failure(what, error.diag.message_primary or type(error).__name__, code=error.sqlstate or "")


def password_part(connection: Any, login: Login) -> Any:
    """Return the hash of a password as a part of SQL, so that the password stays in this process."""
    hashed = connection.pgconn.encrypt_password(login.password.reveal().encode(), login.user.encode(), b"scram-sha-256")
    return sql.Literal(hashed.decode())


def keyword(text: str) -> Any:
    """Return a word of SQL as it is, after the caller has checked it."""
    return sql.SQL(text)


def rows(connection: Any, query: str, *values: Any) -> list[tuple[Any, ...]]:
    """Return what a query finds. It names the schema of every function, and the type of every value.

    Raises:
        Failure: the server refuses.
    """
    try:
        return list(connection.execute(query, values).fetchall())
    except psycopg.Error as error:
        raise _failure("reading the catalogue", error) from None
