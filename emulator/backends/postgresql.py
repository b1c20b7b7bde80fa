# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real PostgreSQL, as much like Aurora as a user can tell: a master user who is no superuser."""

from __future__ import annotations

import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .runtime import Process, Unavailable, as_server_user, environment, runnable, write_private

if TYPE_CHECKING:
    import psycopg

#: RDS's own superuser; nobody else has its password.
_ADMIN = "rdsadmin"
_START_SECONDS = 60.0

# Nothing here survives the emulator, so nothing waits for a disk.
_SETTINGS = {
    "listen_addresses": "",
    "max_connections": "60",
    "shared_buffers": "16MB",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_wal_size": "128MB",
    "password_encryption": "scram-sha-256",
    "log_min_error_statement": "panic",
    "log_min_messages": "fatal",
    "unix_socket_permissions": "0700",
}

# A user with CREATEROLE may grant any role up to version 15, and with one of these run programs and write files of the
# server's system user; but a superuser's role only a superuser may grant. RDS keeps them from its users as well.
_FORBIDDEN = "'pg_execute_server_program', 'pg_read_server_files', 'pg_write_server_files'"


def binaries() -> Path:
    """Return the folder of PostgreSQL's programs: those of the machine, or those of the package pgserver.

    Raises:
        Unavailable: there are none that can be run.
    """
    for folder in _candidates():
        if (folder / "initdb").exists() and runnable(folder / "postgres"):
            return folder
    raise Unavailable(
        "no PostgreSQL server: install PostgreSQL, or the package pgserver where it has one for this system"
    )


def _candidates() -> Iterator[Path]:
    """Yield folders that may hold the programs; those of a distribution bring the usual extensions."""
    versions = [folder for folder in Path("/usr/lib/postgresql").glob("*/bin") if folder.parent.name.isdigit()]
    yield from sorted(versions, key=lambda folder: -int(folder.parent.name))
    found = shutil.which("postgres")
    if found:
        yield Path(found).resolve().parent
    package = find_spec("pgserver")
    if package and package.origin:
        yield Path(package.origin).parent / "pginstall" / "bin"


class PostgreSQL:
    """One server in a folder of its own, reachable by its Unix socket.

    Args:
        folder: an empty folder that the server's user owns, as ``Runtime.new_folder`` makes it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder, self._data = folder, folder / "data"
        self._binaries = binaries()
        self._password = secrets.token_hex(24)
        self._process: Process | None = None
        self.socket = folder / ".s.PGSQL.5432"

    @property
    def version(self) -> str:
        """What the server says of itself."""
        return _output([self._binaries / "postgres", "--version"])

    @property
    def pid(self) -> int | None:
        """The id of the running process."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Start the server, on its data where it has some.

        Raises:
            Unavailable: it does not start.
        """
        if not self._data.exists():
            self._create()
        settings = [f"--{name}={value}" for name, value in _SETTINGS.items()]
        command = [self._binaries / "postgres", "-D", self._data, "-k", self._folder, *settings]
        self._process = Process(self._folder, command)
        deadline = time.monotonic() + _START_SECONDS
        while not self._answers():
            if not self._process.alive or time.monotonic() > deadline:
                reason = self._process.last_words()
                self.stop()
                raise Unavailable(f"PostgreSQL does not start: {reason}")
            time.sleep(0.05)

    def stop(self, *, keep: bool = False) -> None:
        """Stop the server.

        Args:
            keep: in an orderly way, as its data is used again.
        """
        if self._process:
            self._process.end(signal.SIGINT if keep else signal.SIGQUIT)
            self._process = None

    def set_master(self, user: str, password: str | None, database: str | None) -> None:
        """Make the master user and the first database, or give the master user another password.

        The server gets a hash, never the password.

        Raises:
            Unavailable: the server refuses.
        """
        import psycopg

        try:
            self._set_master(user, password, database)
        except psycopg.Error as error:
            raise Unavailable(f"PostgreSQL refuses the master user: {error}") from None

    def _set_master(self, user: str, password: str | None, database: str | None) -> None:
        from psycopg import sql

        with self.connect() as connection:
            name = sql.Identifier(user)
            if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (user,)).fetchone():
                connection.execute(sql.SQL("CREATE ROLE {} CREATEDB CREATEROLE IN ROLE rds_superuser").format(name))
                connection.execute(sql.SQL("ALTER DATABASE postgres OWNER TO {}").format(name))
                if database and database != "postgres":
                    connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(database), name))
            if password is not None:
                hashed = connection.pgconn.encrypt_password(password.encode(), user.encode(), b"scram-sha-256")
                change = sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}").format(name, sql.Literal(hashed.decode()))
                connection.execute(change)

    @contextmanager
    def connect(self, database: str = "postgres") -> Iterator[psycopg.Connection[Any]]:
        """Connect as RDS's superuser, every statement on its own.

        Names mean the system's own, and nothing that a user of the server has made.
        """
        import psycopg

        connection = psycopg.connect(
            host=str(self._folder),
            port=5432,
            user=_ADMIN,
            password=self._password,
            dbname=database,
            options="-c search_path=pg_catalog,pg_temp -c role=none",
            connect_timeout=5,
            autocommit=True,
        )
        with connection:
            yield connection

    def _answers(self) -> bool:
        import psycopg

        try:
            with self.connect():
                return True
        except psycopg.OperationalError:
            return False

    def _create(self) -> None:
        """Make an empty data folder with the roles that Aurora has."""
        password_file = write_private(self._folder, "password", self._password)
        answer = _output(
            [
                *(self._binaries / "initdb", "-D", self._data, "-U", _ADMIN, f"--pwfile={password_file}"),
                *("--auth=scram-sha-256", "--no-sync", "--no-locale", "-E", "UTF8"),
            ],
            folder=self._folder,
        )
        password_file.unlink()
        if not (self._data / "PG_VERSION").exists():
            raise Unavailable(f"initdb failed: {answer}")
        # Single-user mode needs no running server and no password.
        _output(
            [self._binaries / "postgres", "--single", "-D", self._data, "postgres"],
            given="CREATE ROLE rds_superuser NOLOGIN CREATEDB CREATEROLE\n"
            "CREATE ROLE rds_iam NOLOGIN\n"
            "GRANT pg_monitor, pg_signal_backend, pg_read_all_data, pg_write_all_data, rds_iam "
            "TO rds_superuser WITH ADMIN OPTION\n"
            f"UPDATE pg_catalog.pg_authid SET rolsuper = true WHERE rolname IN ({_FORBIDDEN})\n",
            folder=self._folder,
        )


def _output(command: list[str | Path], given: str = "", folder: Path | None = None) -> str:
    done = subprocess.run(  # noqa: S603 - a server's program, found on this machine
        command,
        input=given,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=folder or "/",
        env=environment(),
        check=False,
        **as_server_user(),
    )
    return str(done.stdout).strip()
