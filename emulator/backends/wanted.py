# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which servers the resources of the embedded AWS ask for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from .. import state
from ..overlay import secretsmanager

Key = tuple[str, str, str]
User = tuple[str, str, tuple[str, ...]]


@dataclass(frozen=True)
class Wanted:
    """A server as a resource asks for it.

    Attributes:
        engine: ``postgresql`` or ``redis``.
        port: the port of the endpoint.
        running: False for a cluster that was stopped; its data stays.
        tls: whether clients speak TLS.
        user: master user of a database.
        password: password of the master user, or AUTH token of a cache; None for none.
        database: first database.
        users: users of a cache with role-based access: name, access string and passwords.
        refused: why there can be no server; empty where there can.
    """

    engine: str
    port: int
    running: bool = True
    tls: bool = True
    user: str = ""
    password: str | None = field(default=None, repr=False)
    database: str | None = None
    users: tuple[User, ...] = field(default=(), repr=False)
    refused: str = ""


def wanted(account: str) -> Iterator[tuple[Key, Wanted, dict[str, Any]]]:
    """Yield every server that is wanted, by service, region and identifier, with the record of its resource.

    `Phase.started` and not `Phase.status`, which would end a change that takes no time before its server holds it up.
    """
    for region, tables in state.stores("rds", account).items():
        for record in tables["clusters"].values():
            if record["phase"].started not in ("deleting", "gone"):
                yield ("rds", region, record["id"]), _database(account, region, record), record
    for region, tables in state.stores("elasticache", account).items():
        for record in tables["groups"].values():
            if record["phase"].started not in ("deleting", "gone"):
                yield ("elasticache", region, record["id"]), _cache(record, tables), record


def _database(account: str, region: str, record: dict[str, Any]) -> Wanted:
    values = record["values"]
    return Wanted(
        engine="postgresql",
        port=values["Port"],
        running=record["phase"].started not in ("stopping", "stopped"),
        user=values["MasterUsername"],
        password=_master_password(account, region, record),
        database=values["DatabaseName"],
    )


def _master_password(account: str, region: str, record: dict[str, Any]) -> str | None:
    """Return the password in the secret that RDS manages, or the one that the caller supplied."""
    secret = secretsmanager.find(account, region, record["secret"]["arn"]) if record["secret"] else None
    if secret is None:
        supplied: str | None = record.get("password")
        return supplied
    current = secretsmanager.stage_holder(secret, secretsmanager.CURRENT)
    return str(json.loads(secret["versions"][current]["value"]["SecretString"])["password"])


def _users(record: dict[str, Any], tables: Any) -> tuple[User, ...]:
    """Return the users that a group opens itself to. Who logs in with IAM cannot log in to a server without it."""
    ids = [
        user_id
        for group in map(tables["user_groups"].get, record["values"]["UserGroupIds"])
        for user_id in (group["users"] if group else ())
    ]
    users = [tables["users"][user_id] for user_id in ids if user_id in tables["users"]]
    return tuple(
        (user["name"], "off -@all" if user["kind"] == "iam" else user["access"], tuple(user["secrets"]))
        for user in users
    )


def _cache(record: dict[str, Any], tables: Any) -> Wanted:
    refused = ""
    if record["values"]["ClusterEnabled"]:
        refused = "cluster mode: one server would not answer as a cluster does"
    return Wanted(
        engine="redis",
        port=record["config"]["port"],
        tls=record["encryption"]["TransitEncryptionEnabled"],
        password=record.get("auth_token"),
        users=_users(record, tables),
        refused=refused,
    )
