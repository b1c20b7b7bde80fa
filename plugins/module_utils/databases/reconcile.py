# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Makes databases, roles and privileges as they are wanted. Nothing is ever dropped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..core.errors import Failure
from ..core.wait import Clock
from .plan import DATABASE, PUBLIC, ROLE, Estate, Found, Step, holds, lacks_schema, look, open_to_all, steps
from .server import Login, Server, execute, keyword, password_part, rows
from .spec import READS_ALL, Database, Privilege, Reader


@dataclass
class Outcome:
    """What was done, or in a plan would be.

    Attributes:
        steps: the changes.
        unchanged: names of databases that are as wanted.
        errors: what failed, by ``Step.key``.
    """

    steps: Sequence[Step] = ()
    unchanged: Sequence[str] = ()
    errors: dict[str, Failure] = field(default_factory=dict)

    def result(self) -> dict[str, Any]:
        """Return the module result."""
        done = [step for step in self.steps if step.key not in self.errors]
        return {
            "changed": bool(done),
            "changes": [step.shown() for step in done],
            "unchanged": [{"type": DATABASE, "name": name} for name in self.unchanged],
            "diff": {
                "before": {step.key: dict(step.before) for step in done if step.action == "update"},
                "after": {step.key: dict(step.after) for step in done},
            },
        }


class Reconciler:
    """One server and what is wanted of it.

    Args:
        server: where it is.
        admin: who makes the changes; may create databases and roles.
        wanted: the databases.
        logins: roles that log in, by name.
        readers: which of them may read everything, and do nothing else.
        clock: time; tests pass one that does not wait.
    """

    def __init__(
        self,
        server: Server,
        admin: Login,
        wanted: Sequence[Database],
        logins: Mapping[str, Login],
        readers: Sequence[Reader] = (),
        clock: Clock | None = None,
    ) -> None:
        self._server, self._admin, self._wanted, self._logins = server, admin, wanted, logins
        self._clock = clock or Clock()
        self._by_name = {database.name: database for database in wanted}
        self._readers = {reader.login: reader for reader in readers}

    def run(self, *, check: bool) -> Outcome:
        """Bring the server to what is wanted, or with ``check`` only say what that takes.

        Raises:
            Failure: the server cannot be read.
        """
        readers = list(self._readers.values())
        estate = look(self._server, self._admin, self._wanted, self._logins, readers)
        todo = steps(self._wanted, estate, readers)
        outcome = Outcome(todo, unchanged(self._wanted, todo))
        if not check and todo:
            self._apply(todo, estate, outcome)
        return outcome

    def _apply(self, todo: Sequence[Step], estate: Estate, outcome: Outcome) -> None:
        with self._server.connect(self._admin) as connection:
            for step in todo:
                try:
                    if step.type == ROLE and step.name in self._readers:
                        self._reader(connection, step)
                    elif step.type == ROLE:
                        self._role(connection, step)
                    else:
                        self._database(connection, step, estate.databases.get(step.name))
                except Failure as failure:
                    outcome.errors[step.key] = failure

    # --- roles ------------------------------------------------------------------------------------------------------

    def _role(self, connection: Any, step: Step) -> None:
        login = self._logins.get(step.name)
        if login is None:
            self._run(connection, f"role {step.name}", "CREATE ROLE {role} NOLOGIN", role=step.name)
            return
        self._password(connection, step, login)

    def _password(self, connection: Any, step: Step, login: Login) -> None:
        verb = "CREATE ROLE" if step.action == "create" else "ALTER ROLE"
        statement = verb + " {role} LOGIN PASSWORD {password}"
        hashed = password_part(connection, login)
        self._run(connection, f"role {step.name}", statement, role=step.name, password=hashed)

    def _reader(self, connection: Any, step: Step) -> None:
        """Make a login that is a member of ``pg_read_all_data`` and of nothing else, and let it in everywhere."""
        what, role = f"role {step.name}", step.name
        if "password" in step.after:
            self._password(connection, step, self._logins[role])
        if "member_of" in step.after:
            for other in sorted(set(step.before.get("member_of", ())) - {READS_ALL}):
                self._run(connection, what, "REVOKE {other} FROM {role}", other=other, role=role)
            self._run(connection, what, "GRANT {all} TO {role}", all=READS_ALL, role=role)
        for name in step.after.get("databases", ()):
            self._run(connection, what, "GRANT CONNECT ON DATABASE {name} TO {role}", name=name, role=role)

    def _run(self, connection: Any, what: str, statement: str, **names: Any) -> None:
        execute(connection, what, statement, self._clock, **names)

    def _become_member(self, connection: Any, owner: str) -> None:
        """Make the administrator a member of a role, as only members may give a database to it."""
        ((member,),) = rows(
            connection,
            "SELECT pg_catalog.pg_has_role(current_user, %s::pg_catalog.name, 'MEMBER'::pg_catalog.text)",
            owner,
        )
        if not member:
            self._run(connection, f"role {owner}", "GRANT {role} TO CURRENT_USER", role=owner)

    # --- databases --------------------------------------------------------------------------------------------------

    def _database(self, connection: Any, step: Step, found: Found | None) -> None:
        database, what = self._by_name[step.name], f"database {step.name}"
        if "owner" in step.after:
            self._become_member(connection, str(database.owner))
        if found is None:
            statement = "CREATE DATABASE {name}" + (" OWNER {owner}" if database.owner else "")
            self._run(connection, what, statement, name=database.name, owner=database.owner or "")
        elif "owner" in step.after:
            self._run(
                connection, what, "ALTER DATABASE {name} OWNER TO {owner}", name=database.name, owner=database.owner
            )
        if step.after.keys() & {"extensions", "grants", "schemas"}:
            self._inside(database, new=found is None)

    def _inside(self, database: Database, *, new: bool) -> None:
        """Do what takes a connection to the database itself. What is there was read anew: it may be a minute old."""
        if new and database.login:
            self._close_public(database)
        now = look(self._server, self._admin, [database], self._logins).databases[database.name]
        what = f"database {database.name}"
        with self._server.connect(self._admin, database.name) as connection:
            for name in database.extensions:
                if name not in now.extensions:
                    self._extend(connection, what, name)
            if lacks_schema(database, now):
                self._give_schema(connection, what, str(database.login))
            for privilege in sorted(database.privileges - now.privileges):
                self._grant(connection, database, privilege)
            for privilege in sorted(open_to_all(database, now)):
                statement = "REVOKE {privilege} ON DATABASE {name} FROM " + PUBLIC
                self._run(connection, what, statement, privilege=keyword(privilege.name), name=database.name)

    def _close_public(self, database: Database) -> None:
        """Take from everybody the right to create things in a new database's ``public``, as version 15 does by itself.

        In a database that is in use tables may be made there; that is left to its owner.
        """
        with self._server.connect(self._admin, database.name) as connection:
            if holds(connection, Privilege("public", "CREATE", "public")):
                statement = "REVOKE CREATE ON SCHEMA public FROM " + PUBLIC
                self._run(connection, f"database {database.name}", statement)

    def _extend(self, connection: Any, what: str, name: str) -> None:
        """Make an extension in the schema that it is bound to, or in ``public``."""
        bound = rows(
            connection,
            "SELECT 1 FROM pg_catalog.pg_available_extension_versions "
            "WHERE name = %s::pg_catalog.name AND schema IS NOT NULL",
            name,
        )
        where = "" if bound else " WITH SCHEMA public"
        self._run(connection, what, "CREATE EXTENSION IF NOT EXISTS {name}" + where, name=name)

    def _give_schema(self, connection: Any, what: str, login: str) -> None:
        """Make the schema that a login finds first, and own it."""
        self._become_member(connection, login)
        statement = "CREATE SCHEMA IF NOT EXISTS {schema} AUTHORIZATION {role}"
        self._run(connection, what, statement, schema=login, role=login)

    def _grant(self, connection: Any, database: Database, privilege: Privilege) -> None:
        where = "SCHEMA {schema}" if privilege.schema else "DATABASE {name}"
        self._run(
            connection,
            f"database {database.name}",
            "GRANT {privilege} ON " + where + " TO {role}",
            privilege=keyword(privilege.name),
            schema=privilege.schema,
            name=database.name,
            role=privilege.role,
        )


def unchanged(wanted: Sequence[Database], todo: Sequence[Step]) -> list[str]:
    """Return the databases that no step is about."""
    touched = {step.name for step in todo if step.type == DATABASE}
    return [database.name for database in wanted if database.name not in touched]
