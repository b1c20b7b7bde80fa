# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is wanted of the databases of a PostgreSQL server."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

#: What a role may be allowed on a database, and on a schema in it.
DATABASE_PRIVILEGES = ("CONNECT", "CREATE", "TEMPORARY")
SCHEMA_PRIVILEGES = ("CREATE", "USAGE")

#: Databases that belong to the server.
RESERVED = ("postgres", "rdsadmin", "template0", "template1")

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_$-]{0,62}")
_NAME_RULE = "it needs a letter or _ first, then letters, digits, _, $ and -, 63 at most"


@dataclass(frozen=True, order=True)
class Privilege:
    """One thing that a role may do.

    Attributes:
        role: the role.
        name: one of ``DATABASE_PRIVILEGES``, or of ``SCHEMA_PRIVILEGES`` where there is a schema.
        schema: a schema of the database; empty for the database itself.
    """

    role: str
    name: str
    schema: str = ""

    def __str__(self) -> str:
        where = f" on schema {self.schema}" if self.schema else ""
        return f"{self.name}{where} to {self.role}"


@dataclass(frozen=True)
class Database:
    """A database as it is wanted.

    Attributes:
        name: its name.
        owner: the role that owns it; ``None`` is not managed, and a new one belongs to who makes it.
        extensions: extensions that are to be there.
        privileges: what roles may do.
        login: the role that the database's application logs in with; ``None`` for none. Nobody else's login is let in.
        login_secret: name or ARN of the secret with its password.
    """

    name: str
    owner: str | None = None
    extensions: tuple[str, ...] = ()
    privileges: frozenset[Privilege] = frozenset()
    login: str | None = None
    login_secret: str | None = None


@dataclass(frozen=True)
class Reader:
    """A login that may read every table of every database, and do nothing else.

    Attributes:
        login: the role.
        login_secret: name or ARN of the secret with user name and password, as RDS writes one.
    """

    login: str
    login_secret: str


#: What a reader is a member of, and nothing beside it: no signals to other sessions, no replication.
READS_ALL = "pg_read_all_data"


def parsed(entries: Iterable[Mapping[str, Any]]) -> list[Database]:
    """Return databases from the options of the module."""
    return [_parsed(entry) for entry in entries]


def _parsed(entry: Mapping[str, Any]) -> Database:
    granted = {
        Privilege(grant["role"], name.upper(), grant.get("schema") or "")
        for grant in entry.get("grants") or ()
        for name in grant["privileges"]
    }
    login = entry.get("login")
    return Database(
        name=entry["name"],
        owner=entry.get("owner"),
        extensions=tuple(dict.fromkeys(entry.get("extensions") or ())),
        privileges=frozenset(granted | (_needs(login) if login else set())),
        login=login,
        login_secret=entry.get("login_secret"),
    )


def _needs(login: str) -> set[Privilege]:
    """Return what an application needs that keeps its tables in schemas of its own, and no more.

    It may use the schema ``public``, where extensions are, and create nothing there.
    """
    return {Privilege(login, name) for name in DATABASE_PRIVILEGES} | {Privilege(login, "USAGE", "public")}


def problems(databases: Sequence[Database], readers: Sequence[Reader] = ()) -> list[str]:
    """Return what is wrong, one sentence each."""
    found = [
        f"reader '{reader.login}' is no name: {_NAME_RULE}" for reader in readers if not _NAME.fullmatch(reader.login)
    ]
    logins = [database.login for database in databases if database.login]
    for what, names in (
        ("database", [database.name for database in databases]),
        ("login", [*logins, *(reader.login for reader in readers)]),
    ):
        found += [f"{what} {name}: named {times} times" for name, times in Counter(names).items() if times > 1]
    for database in databases:
        found += [f"database {database.name}: {text}" for text in _problems(database)]
    return found


def _problems(database: Database) -> Iterable[str]:
    if database.name in RESERVED:
        yield "it belongs to the server"
    roles = {privilege.role for privilege in database.privileges}
    for name in sorted({database.name, database.owner or database.name, *roles, *database.extensions}):
        if not _NAME.fullmatch(name):
            yield f"'{name}' is no name: {_NAME_RULE}"
    if bool(database.login) != bool(database.login_secret):
        yield "a login needs login_secret, and the other way round"
    for privilege in sorted(database.privileges):
        allowed = SCHEMA_PRIVILEGES if privilege.schema else DATABASE_PRIVILEGES
        if privilege.name not in allowed:
            yield f"{privilege}: there are {', '.join(allowed)}"
