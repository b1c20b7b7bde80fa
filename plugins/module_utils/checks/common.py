# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules for what belongs to the whole estate: account, environment, region and names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from ..aws.session import Aws, wrong_account
from ..core import names

_MONIKER = re.compile(r"[a-z][a-z0-9]{0,19}(-[a-z0-9]+)*")


#: What may be said of a database beside its name.
_DATABASE = {"name", "owner", "extensions", "grants", "login"}


def problems(v: Mapping[str, Any]) -> Iterable[str]:
    """Check account, environment, monikers, region and every name that follows from them."""
    account = str(v.get("aws_account_id") or "")
    if not re.fullmatch(r"\d{12}", account):
        yield f"aws_account_id is '{account}'; it must be the 12 digits of the account that may be deployed to"
    for name in ("org_moniker", "product_moniker"):
        if not _MONIKER.fullmatch(str(v.get(name) or "")):
            yield f"{name} is '{v.get(name) or ''}'; it must be a short word of lower-case letters, digits and hyphens"
    for name in ("org", "product"):
        if not v.get(name):
            yield f"{name} is empty; it names the owner in tags"
    yield from _names(v, account)
    yield from _databases(v)


def _names(v: Mapping[str, Any], account: str) -> Iterable[str]:
    try:
        made = names.names(
            org_moniker=str(v.get("org_moniker") or ""),
            product_moniker=str(v.get("product_moniker") or ""),
            environment=str(v.get("environment_name") or ""),
            region=str(v.get("aws_region") or ""),
            account=account,
            bucket_suffix=str(v.get("common_bucket_suffix") or ""),
        )
    except ValueError as error:
        yield f"aws_region: {error}"
        return
    if v.get("org_moniker") and v.get("product_moniker") and v.get("environment_name"):
        yield from names.problems(made)


def _databases(v: Mapping[str, Any]) -> Iterable[str]:
    given = v.get("postgresql_databases") or {}
    databases = {key: entry.get("name") if isinstance(entry, Mapping) else entry for key, entry in given.items()}
    for key, entry in given.items():
        unknown = sorted(set(entry) - _DATABASE) if isinstance(entry, Mapping) else []
        if unknown:
            yield f"postgresql_databases.{key} has {', '.join(unknown)}; known are {', '.join(sorted(_DATABASE))}"
    for key, name in databases.items():
        if not re.fullmatch(r"[a-z_][a-z0-9_]{0,62}", str(name)):
            yield f"postgresql_databases.{key} is '{name}'; a database is named by a-z, 0-9 and _, 63 at most"
    doubled = sorted({name for name in databases.values() if list(databases.values()).count(name) > 1})
    for name in doubled:
        yield f"postgresql_databases names the database '{name}' twice; each key needs its own"


def api_problems(aws: Aws, v: Mapping[str, Any], warnings: list[str]) -> Iterable[str]:
    """Check that the credentials belong to the account that may be deployed to."""
    wanted = str(v.get("aws_account_id") or "")
    if aws.account != wanted:
        yield wrong_account(wanted, aws.account)
