# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules for the input of role database_access."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib import metadata
from typing import Any

from ..aws.session import Aws
from ..core.errors import Failure
from ..core.values import is_unknown
from ..kinds.vpc_endpoint import foreign
from .functions import function_problems
from .network_quotas import estate_names

#: What is packed with the function: its driver, and what that needs.
DISTRIBUTIONS = ("pg8000", "scramp", "asn1crypto", "python-dateutil", "six")

#: Seconds that an invocation needs beside its statement: to start, to ask AWS, and to connect.
BESIDE_THE_STATEMENT = 10


def problems(v: Mapping[str, Any]) -> Iterable[str]:
    """Check the driver, the timeouts and the function; nothing where it is switched off."""
    if not v.get("enable_database_access", True):
        return
    missing = [name for name in DISTRIBUTIONS if not _is_installed(name)]
    if missing:
        yield (
            f"enable_database_access needs the Python packages {', '.join(missing)} to pack with the function: "
            "install pg8000 for the Python that runs Ansible"
        )
    statement, whole = v.get("database_access_statement_timeout"), v.get("database_access_timeout")
    if statement is not None and whole is not None and not 1 <= statement <= whole - BESIDE_THE_STATEMENT:
        yield (
            f"database_access_statement_timeout is {statement}; it must be at least 1 and leave "
            f"{BESIDE_THE_STATEMENT} of the {whole} seconds of database_access_timeout"
        )
    yield from function_problems(v, "database_access")


def api_problems(aws: Aws, v: Mapping[str, Any], warnings: list[str]) -> Iterable[str]:
    """Name an endpoint of others that serves Parameter Store, where nobody said that it is to be used."""
    on = v.get("enable_database_access", True) and v.get("database_access_ssm_endpoint_enabled", True)
    vpc = v.get("database_access_vpc_id")
    if not on or v.get("database_access_adopt_ssm_endpoint") or not vpc or is_unknown(vpc):
        return
    try:
        for _service, endpoint in foreign(aws, str(vpc), {"ssm": estate_names(v)["endpoint_ssm"]}):
            yield (
                f"{vpc} has {endpoint} for ssm already, which has another name: database_access_adopt_ssm_endpoint: "
                "true adds to it, database_access_ssm_endpoint_enabled: false leaves it alone"
            )
    except Failure as failure:
        warnings.append(f"the endpoints of {vpc} could not be checked: {failure}")


def _is_installed(name: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True
