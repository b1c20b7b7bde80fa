# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A real PostgreSQL with TLS on loopback, as Aurora would be.

A test module imports both fixtures: ``postgres`` is what tests take, with nothing in it but the master user's empty
database; ``postgres_server`` is the process behind it.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from psycopg import sql

from emulator.backends.authority import HOST, Authority
from emulator.backends.front import Front, Loop, postgresql
from emulator.backends.postgresql import PostgreSQL
from emulator.backends.runtime import Runtime, Unavailable

USER, DATABASE = "dbadmin", "appdb"
# Every character that RDS may put into a password and that a URL, a shell or SQL would take for its own.
PASSWORD = "a:?#[]%()<*!$&'+-.;=^_{|}~,\\`>b"


@dataclass(frozen=True)
class Postgres:
    """Where the server is, and who may do what."""

    host: str
    port: int
    user: str
    password: str
    database: str
    ca_file: str
    server: PostgreSQL

    def connect(self, database: str | None = None, **changes: Any) -> psycopg.Connection[Any]:
        """Connect as the master user, or as somebody else, verifying the server."""
        wanted: dict[str, Any] = {
            "host": self.host,
            "port": self.port,
            "user": self.user,
            "password": self.password,
            "dbname": database or self.database,
            "sslmode": "verify-full",
            "sslrootcert": self.ca_file,
            "connect_timeout": 10,
            "autocommit": True,
        }
        return psycopg.connect(**{**wanted, **changes})

    def rows(self, query: str, *values: Any, database: str | None = None) -> list[tuple[Any, ...]]:
        """Return what a query of the master user finds."""
        with self.connect(database) as connection:
            return connection.execute(query, values).fetchall()

    def scalars(self, query: str, *values: Any, database: str | None = None) -> set[Any]:
        """Return the first column of what a query finds."""
        return {row[0] for row in self.rows(query, *values, database=database)}


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """Run a server for the tests of a module."""
    runtime = Runtime()
    loop = Loop()
    try:
        server = PostgreSQL(runtime.new_folder("p"))
    except Unavailable as reason:
        runtime.close()
        loop.close()
        pytest.skip(str(reason))
    authority = Authority(tmp_path_factory.mktemp("ca"))
    front = Front(loop, free_port(), server.socket, authority.server_context(runtime.folder), postgresql)
    try:
        server.start()
        yield Postgres(HOST, front.port, USER, PASSWORD, DATABASE, str(authority.certificate_file), server)
    finally:
        front.close()
        server.stop()
        loop.close()
        runtime.close()


@pytest.fixture
def postgres(postgres_server: Postgres) -> Postgres:
    """Return the server as a new cluster is: the master user and one empty database."""
    server = postgres_server.server
    with server.connect() as connection:
        connection.execute("ALTER DATABASE postgres OWNER TO rdsadmin")
        for (name,) in connection.execute("SELECT datname FROM pg_database WHERE datname !~ '^(postgres|template)'"):
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
        for (name,) in connection.execute("SELECT rolname FROM pg_roles WHERE rolname !~ '^(pg_|rds)'"):
            connection.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(name)))
    server.set_master(USER, PASSWORD, DATABASE)
    return postgres_server
