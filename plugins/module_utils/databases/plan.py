# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is there, and the steps from there to what is wanted. Pure but for ``look``, which only reads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .server import Login, Server, rows
from .spec import DATABASE_PRIVILEGES, READS_ALL, Database, Privilege, Reader

#: The pseudo-role of everybody.
PUBLIC = "PUBLIC"

DATABASE, ROLE = "postgresql_database", "postgresql_role"


@dataclass(frozen=True)
class Found:
    """A database as it is.

    Attributes:
        owner: the role that owns it.
        extensions: extensions that are there.
        privileges: privileges on the database that were granted, and those on schemas that roles have in effect.
        schemas: the names of its schemas.
    """

    owner: str
    extensions: frozenset[str] = frozenset()
    privileges: frozenset[Privilege] = frozenset()
    schemas: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Estate:
    """The server as it is.

    Attributes:
        databases: by name.
        roles: the names of all roles.
        working: roles whose password is the one in their secret.
        memberships: the roles that each reader is a member of.
        admitted: the databases, by name of the reader, that it may connect to.
    """

    databases: Mapping[str, Found] = field(default_factory=dict)
    roles: frozenset[str] = frozenset()
    working: frozenset[str] = frozenset()
    memberships: Mapping[str, frozenset[str]] = field(default_factory=dict)
    admitted: Mapping[str, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Step:
    """A change of one thing.

    Attributes:
        type: ``DATABASE`` or ``ROLE``.
        name: its name.
        action: ``create`` or ``update``.
        before: the fields that change, as they are; nothing sensitive.
        after: the same fields as they will be.
    """

    type: str
    name: str
    action: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]

    @property
    def key(self) -> str:
        """Type and name: a role and a database may share a name."""
        return f"{self.type} {self.name}"

    def shown(self) -> dict[str, Any]:
        """Return an entry of ``changes``."""
        return {"action": self.action, "type": self.type, "name": self.name, "fields": sorted(self.after)}


# --- looking --------------------------------------------------------------------------------------------------------


def look(
    server: Server,
    admin: Login,
    wanted: Sequence[Database],
    logins: Mapping[str, Login],
    readers: Sequence[Reader] = (),
) -> Estate:
    """Return what there is of what is wanted.

    Args:
        server: where to look.
        admin: who looks.
        wanted: the databases.
        logins: roles that log in, by name, with their passwords. In a plan the password of some may not exist yet.
        readers: logins that may read everything.

    Raises:
        Failure: the server refuses.
    """
    with server.reading(admin) as connection:
        roles = frozenset(name for (name,) in rows(connection, "SELECT rolname FROM pg_catalog.pg_roles"))
        owners = dict(
            rows(
                connection,
                "SELECT datname, pg_catalog.pg_get_userbyid(datdba) FROM pg_catalog.pg_database "
                "WHERE NOT datistemplate",
            )
        )
        granted = {database.name: _granted(connection, database.name) for database in wanted if database.name in owners}
        there = [reader.login for reader in readers if reader.login in roles]
        memberships = {login: _memberships(connection, login) for login in there}
        admitted = {login: _admitted(connection, login) for login in there}
    found = {}
    for database in wanted:
        if database.name in owners:
            inside = _inside(server, admin, database, roles)
            privileges = granted[database.name] | inside.privileges
            found[database.name] = Found(owners[database.name], inside.extensions, privileges, inside.schemas)
    working = {
        name
        for name, database in _logins(wanted)
        if name in roles and name in logins and server.accepts(logins[name], _where(database, found, server))
    } | {name for name in there if name in logins and server.accepts(logins[name], server.database)}
    return Estate(found, roles, frozenset(working), memberships, admitted)


def _memberships(connection: Any, login: str) -> frozenset[str]:
    found = rows(
        connection,
        "SELECT granted.rolname FROM pg_catalog.pg_auth_members "
        "JOIN pg_catalog.pg_roles AS granted ON granted.oid = pg_auth_members.roleid "
        "JOIN pg_catalog.pg_roles AS member ON member.oid = pg_auth_members.member "
        "WHERE member.rolname = %s::pg_catalog.name",
        login,
    )
    return frozenset(name for (name,) in found)


def _admitted(connection: Any, login: str) -> frozenset[str]:
    found = rows(
        connection,
        "SELECT datname FROM pg_catalog.pg_database WHERE "
        "pg_catalog.has_database_privilege(%s::pg_catalog.name, oid, 'CONNECT'::pg_catalog.text)",
        login,
    )
    return frozenset(name for (name,) in found)


def _logins(wanted: Sequence[Database]) -> Iterable[tuple[str, Database]]:
    return ((database.login, database) for database in wanted if database.login)


def _where(database: Database, found: Mapping[str, Found], server: Server) -> str:
    """Return a database that a role can try its password on."""
    return database.name if database.name in found else server.database


def _granted(connection: Any, database: str) -> frozenset[Privilege]:
    found = rows(
        connection,
        "SELECT coalesce(pg_roles.rolname, %s::pg_catalog.name), entry.privilege_type FROM pg_catalog.pg_database, "
        "LATERAL pg_catalog.aclexplode(coalesce(datacl, pg_catalog.acldefault('d', datdba))) AS entry "
        "LEFT JOIN pg_catalog.pg_roles ON pg_roles.oid = entry.grantee WHERE datname = %s::pg_catalog.name",
        PUBLIC,
        database,
    )
    return frozenset(Privilege(role, name) for role, name in found)


@dataclass(frozen=True)
class _Inside:
    """What only a connection to the database itself tells (private to this file)."""

    extensions: frozenset[str] = frozenset()
    privileges: frozenset[Privilege] = frozenset()
    schemas: frozenset[str] = frozenset()


def _inside(server: Server, admin: Login, database: Database, roles: frozenset[str]) -> _Inside:
    """Return extensions, schemas, and privileges on schemas."""
    concerned = database.privileges | {settles(database.login)} if database.login else database.privileges
    asked = sorted(item for item in concerned if item.schema and item.role in roles)
    if not asked and not database.extensions and not database.login:
        return _Inside()
    with server.reading(admin, database.name) as connection:
        extensions = frozenset(name for (name,) in rows(connection, "SELECT extname FROM pg_catalog.pg_extension"))
        schemas = frozenset(name for (name,) in rows(connection, "SELECT nspname FROM pg_catalog.pg_namespace"))
        # In effect, not as granted: before version 15 everybody may use the schema public, and only its owner, who is
        # RDS, could grant that.
        held = {item for item in asked if holds(connection, item)}
    return _Inside(extensions, frozenset(held), schemas)


def holds(connection: Any, privilege: Privilege) -> bool:
    """Tell whether a role has a privilege on a schema in effect, by whatever grant."""
    (found,) = rows(
        connection,
        "SELECT pg_catalog.has_schema_privilege(%s::pg_catalog.name, oid, %s::pg_catalog.text) "
        "FROM pg_catalog.pg_namespace WHERE nspname = %s::pg_catalog.name",
        privilege.role,
        privilege.name,
        privilege.schema,
    ) or [(False,)]
    return bool(found[0])


# --- planning -------------------------------------------------------------------------------------------------------


def steps(wanted: Sequence[Database], estate: Estate, readers: Sequence[Reader] = ()) -> list[Step]:
    """Return the changes that make the server what is wanted: roles, then databases, then who may read them all."""
    return [
        *_role_steps(wanted, estate),
        *_database_steps(wanted, estate),
        *(step for reader in readers for step in _reader_steps(reader, wanted, estate)),
    ]


def _reader_steps(reader: Reader, wanted: Sequence[Database], estate: Estate) -> Iterable[Step]:
    # A database with a login of its own lets nobody else in, unless by name.
    closed = sorted(database.name for database in wanted if database.login)
    if reader.login not in estate.roles:
        whole = {"login": True, "password": "a password", "member_of": [READS_ALL]}
        yield Step(ROLE, reader.login, "create", {}, {**whole, **({"databases": closed} if closed else {})})
        return
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    if reader.login not in estate.working:
        before["password"], after["password"] = "another password", "a password"
    if estate.memberships[reader.login] != {READS_ALL}:
        before["member_of"], after["member_of"] = sorted(estate.memberships[reader.login]), [READS_ALL]
    if not estate.admitted[reader.login].issuperset(closed):
        before["databases"], after["databases"] = sorted(estate.admitted[reader.login] & set(closed)), closed
    if after:
        yield Step(ROLE, reader.login, "update", before, after)


def _role_steps(wanted: Sequence[Database], estate: Estate) -> Iterable[Step]:
    logins = {database.login for database in wanted if database.login}
    owners = dict.fromkeys(database.owner for database in wanted if database.owner)
    for owner in owners:
        if owner not in estate.roles and owner not in logins:
            yield Step(ROLE, owner, "create", {}, {"login": False})
    for database in wanted:
        login = database.login
        if login and login not in estate.roles:
            yield Step(ROLE, login, "create", {}, {"login": True, "password": "a password"})
        elif login and login not in estate.working:
            yield Step(ROLE, login, "update", {"password": "another password"}, {"password": "a password"})


def _database_steps(wanted: Sequence[Database], estate: Estate) -> Iterable[Step]:
    for database in wanted:
        found = estate.databases.get(database.name)
        if found is None:
            yield Step(DATABASE, database.name, "create", {}, _whole(database))
            continue
        before, after = _difference(database, found)
        if after:
            yield Step(DATABASE, database.name, "update", before, after)


def _whole(database: Database) -> dict[str, Any]:
    values: dict[str, Any] = {}
    if database.owner:
        values["owner"] = database.owner
    if database.extensions:
        values["extensions"] = sorted(database.extensions)
    if database.privileges:
        values["grants"] = sorted(map(str, database.privileges))
    if lacks_schema(database, Found("")):
        values["schemas"] = [database.login]
    return values


def _difference(database: Database, found: Found) -> tuple[dict[str, Any], dict[str, Any]]:
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    if database.owner and database.owner != found.owner:
        before["owner"], after["owner"] = found.owner, database.owner
    missing = set(database.extensions) - found.extensions
    if missing:
        before["extensions"] = sorted(set(database.extensions) & found.extensions)
        after["extensions"] = sorted(database.extensions)
    if database.privileges - found.privileges or open_to_all(database, found):
        held = (database.privileges & found.privileges) | open_to_all(database, found)
        before["grants"] = sorted(map(str, held))
        after["grants"] = sorted(map(str, database.privileges))
    if lacks_schema(database, found):
        before["schemas"], after["schemas"] = [], [database.login]
    return before, after


def settles(login: str) -> Privilege:
    """Return the privilege with which a login keeps its tables in the schema that is everybody's."""
    return Privilege(login, "CREATE", "public")


def lacks_schema(database: Database, found: Found) -> bool:
    """Tell whether a login is to get a schema of its own.

    It gets no right to create anything in ``public``: what lies there is found by whoever does not say which schema he
    means. A login that has that right lives there already, and a schema of its own would come before it.
    """
    login = database.login
    if not login or login in found.schemas:
        return False
    return settles(login) not in found.privileges | database.privileges


def open_to_all(database: Database, found: Found) -> frozenset[Privilege]:
    """Return what everybody may do on a database whose login is to be the only one."""
    if not database.login:
        return frozenset()
    return frozenset(Privilege(PUBLIC, name) for name in DATABASE_PRIVILEGES) & found.privileges
