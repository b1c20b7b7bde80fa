#!/usr/bin/python
# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: postgresql_databases
short_description: Make databases on a PostgreSQL server whose passwords are in Secrets Manager
version_added: 1.0.0
description:
  - Makes databases with their owners, extensions and grants, and the roles that applications log in with.
  - Reads every password in its own process, from Secrets Manager. No password is an option, a result or a fact, and the
    server gets the hash of a role's password, never the password.
  - Drops nothing, and takes away few things. Where a database has a login, the right of everybody to connect is
    revoked, so that no other login is let in, and in a new one the right of everybody to create things in C(public).
  - Trusts nothing that lies in a database. Names are looked up in the system's catalogue alone, whatever the database
    or a role sets, and a plan reads in transactions that cannot write.
  - Uses C(secretsmanager:GetSecretValue).
author:
  - dataai.platform authors (@dataai)
options:
  host:
    description: Host name of the server. In check mode it may not be known yet, and then everything is to be created.
    type: str
    required: true
  port:
    description: Port of the server.
    type: raw
    default: 5432
  admin_secret:
    description:
      - Name or ARN of the secret with the user that makes the changes, in JSON with C(username) and C(password) as RDS
        writes it. The user may create databases and roles.
    type: str
    required: true
  maintenance_database:
    description: A database that always exists, to connect to.
    type: str
    default: postgres
  sslmode:
    description: How the connection is secured, as in libpq.
    type: str
    choices: [require, verify-ca, verify-full]
    default: verify-full
  ca_file:
    description: PEM file of the authorities that sign the server's certificate. Wins over O(ca_secret).
    type: path
  ca_secret:
    description: Name or ARN of a secret with these authorities.
    type: str
  connect_timeout:
    description: Seconds to wait for a connection.
    type: int
    default: 5
  unreachable:
    description:
      - What it is that the server cannot be reached from this host, V(skip) a warning and
        RV(skipped_reason), V(fail) a failure.
      - With V(skip) a plan for a server that does not exist yet names no changes, as the run may not be able to make
        any. With V(fail) it names all of them.
    type: str
    choices: [skip, fail]
    default: skip
  databases:
    description: The databases.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the database.
        type: str
        required: true
      owner:
        description: Role that owns it, made without a login where it is missing. Not managed where it is left out.
        type: str
      extensions:
        description: Extensions that are to be there. Others stay.
        type: list
        elements: str
        default: []
      grants:
        description: What roles may do. Other grants stay.
        type: list
        elements: dict
        default: []
        suboptions:
          role:
            description: A role that exists.
            type: str
            required: true
          privileges:
            description: C(CONNECT), C(CREATE), C(TEMPORARY), and on a schema C(CREATE), C(USAGE).
            type: list
            elements: str
            required: true
          schema:
            description: A schema of the database. Where it is left out, the privileges are on the database itself.
            type: str
      login:
        description:
          - Role that the application of this database logs in with, made where it is missing. It may connect to this
            database, keep tables and schemas of its own there, and nothing else.
        type: str
      login_secret:
        description: Name or ARN of the secret with its password, the password alone. The role follows the secret.
        type: str
  readers:
    description:
      - Roles that log in, may connect to every database of O(databases), read every table there, and do nothing else.
        They are members of C(pg_read_all_data) alone, so they cannot end other sessions and know nothing of
        replication. Any other membership of theirs is taken away.
    type: list
    elements: dict
    default: []
    suboptions:
      login:
        description: The role, made where it is missing.
        type: str
        required: true
      login_secret:
        description:
          - Name or ARN of the secret with its password, in JSON with C(username) and C(password). The role follows the
            secret.
        type: str
        required: true
requirements:
  - psycopg >= 3.1
attributes:
  check_mode:
    description: Reads and reports exactly what a real run would change.
    support: full
  diff_mode:
    description: Shows what changes, never a password.
    support: full
  idempotent:
    description: A second run changes nothing.
    support: full
extends_documentation_fragment:
  - dataai.platform.resource.calls
  - dataai.platform.resource.account
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Two databases, one with a login of its own
  dataai.platform.postgresql_databases:
    host: db.cluster-abc.eu-central-2.rds.amazonaws.com
    admin_secret: arn:aws:secretsmanager:eu-central-2:123456789012:secret:rds!cluster-1234-AbCdEf
    ca_secret: rds-ca-bundle
    databases:
      - name: theme
      - name: chat
        extensions: [pgcrypto]
        login: chat
        login_secret: psql-password-chat
"""

RETURN = r"""
changes:
  description: What was changed, or in check mode would be.
  returned: always
  type: list
  elements: dict
  sample:
    - action: create
      type: postgresql_database
      name: chat
      fields: [extensions]
unchanged:
  description: Databases that are as they should be.
  returned: success
  type: list
  elements: dict
skipped_reason:
  description: Why nothing was done; empty where it was.
  returned: success
  type: str
region:
  description: The region that the task worked in.
  returned: success
  type: str
account:
  description: The account of the credentials.
  returned: when something is changed, or in check mode would be, and O(aws_account_id) or its variable is given
  type: str
estate:
  description: The estate that the play's variables describe, by which results of several estates are told apart.
  returned: where these variables are there
  type: str
  sample: 123456789012/eu-central-2/acme-dai-prod
mode:
  description: What the playbooks run as.
  returned: with C(estate)
  type: str
  sample: apply
planned:
  description: Whether nothing was written, as in check mode.
  returned: success
  type: bool
problems:
  description: Every reason why the task failed, one sentence each; a single one is C(msg).
  returned: failure, where there are several
  type: list
  elements: str
"""

import os
import tempfile
from contextlib import contextmanager
from pathlib import Path

from ansible.module_utils.basic import missing_required_lib
from ansible.module_utils.common.warnings import warn
from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.dataai.platform.plugins.module_utils.aws.session import Aws
from ansible_collections.dataai.platform.plugins.module_utils.core.errors import Failure, Missing, Refused, told
from ansible_collections.dataai.platform.plugins.module_utils.core.values import Secret, is_unknown
from ansible_collections.dataai.platform.plugins.module_utils.databases.plan import Estate, steps
from ansible_collections.dataai.platform.plugins.module_utils.databases.reconcile import Outcome, Reconciler
from ansible_collections.dataai.platform.plugins.module_utils.databases.server import (
    MISSING,
    Login,
    Server,
    Unreachable,
)
from ansible_collections.dataai.platform.plugins.module_utils.databases.spec import Reader, parsed, problems
from ansible_collections.dataai.platform.plugins.module_utils.secrets.derive import Unusable, credentials

DATABASE = {
    "name": {"type": "str", "required": True},
    "owner": {"type": "str"},
    "extensions": {"type": "list", "elements": "str", "default": []},
    "grants": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {
            "role": {"type": "str", "required": True},
            "privileges": {"type": "list", "elements": "str", "required": True},
            "schema": {"type": "str"},
        },
    },
    "login": {"type": "str"},
    "login_secret": {"type": "str", "no_log": False},
}

READER = {
    "login": {"type": "str", "required": True},
    "login_secret": {"type": "str", "required": True, "no_log": False},
}


def read_secret(aws, name):
    """Return the value of a secret."""
    answer = aws.service("secretsmanager").get_secret_value(SecretId=name)
    return Secret(answer.get("SecretString", ""))


def stored_login(aws, name):
    """Return the user and password of a secret that holds both."""
    try:
        user, password = credentials(read_secret(aws, name))
    except Unusable as unusable:
        raise Failure(f"secret {name}", f"it cannot be used: {unusable}") from None
    return Login(user, Secret(password))


def read_logins(aws, wanted, readers, check):
    """Return the roles that log in, by name. In a plan a password may not have been made yet."""
    found = {}
    for owner in (*(database for database in wanted if database.login), *readers):
        try:
            found[owner.login] = login_of(aws, owner)
        except Missing:
            if not check:
                raise
    return found


def login_of(aws, owner):
    """Return the login of a database or of a reader. The secret of a reader names its user, who must be the same."""
    if not isinstance(owner, Reader):
        return Login(owner.login, read_secret(aws, owner.login_secret))
    login = stored_login(aws, owner.login_secret)
    if login.user != owner.login:
        raise Failure(f"secret {owner.login_secret}", f"it is of another user than the reader {owner.login}")
    return login


@contextmanager
def authorities(aws, params):
    """Yield the path of a file with the authorities to trust; empty where none are named."""
    if params["ca_file"] or not params["ca_secret"]:
        yield params["ca_file"] or ""
        return
    try:
        bundle = read_secret(aws, params["ca_secret"]).reveal()
    except Failure as failure:
        raise Unreachable(f"the CA bundle cannot be read: {failure}") from None
    descriptor, path = tempfile.mkstemp(suffix=".pem")
    try:
        with os.fdopen(descriptor, "w") as stream:
            stream.write(bundle)
        yield path
    finally:
        Path(path).unlink()


def work(module, aws, wanted, readers):
    """Read the server, and change it unless this is a plan; return the outcome."""
    params = module.params
    port = int(params["port"])
    Server(params["host"], port, params["sslmode"], timeout=params["connect_timeout"]).probe()
    if MISSING:
        raise Failure("module postgresql_databases", missing_required_lib("psycopg"))
    if not module.check_mode:  # what is written goes to the server, so no call to AWS would tell
        aws.refuse_other_account()
    with authorities(aws, params) as ca_file:
        server = Server(
            host=params["host"],
            port=port,
            sslmode=params["sslmode"],
            ca_file=ca_file,
            database=params["maintenance_database"],
            timeout=params["connect_timeout"],
        )
        logins = read_logins(aws, wanted, readers, check=module.check_mode)
        reconciler = Reconciler(server, stored_login(aws, params["admin_secret"]), wanted, logins, readers)
        return reconciler.run(check=module.check_mode)


def fail(module, found, result=None):
    """Exit with problems."""
    module.fail_json(**told(found), **{"changes": [], **(result or {})})


def outcome_of(module, aws, wanted, readers=()):
    """Return the outcome, and why nothing was done."""
    tolerant = module.params["unreachable"] == "skip"
    if module.check_mode and is_unknown([module.params["host"], module.params["admin_secret"]]):
        if tolerant:  # a plan names what the run will do, and here it cannot tell
            return Outcome(), "the server or its secret is not there yet; whether this host can reach it is not known"
        return Outcome(steps(wanted, Estate(), readers)), ""
    try:
        return work(module, aws, wanted, readers), ""
    except Unreachable as unreachable:
        reason = f"the databases were left as they are, because this host cannot reach them: {unreachable}"
        if not tolerant:
            fail(module, [reason])
        warn(reason)
        return Outcome(), reason


def main():
    module = AnsibleAWSModule(
        argument_spec={
            "aws_account_id": {"type": "str"},
            "host": {"type": "str", "required": True},
            "port": {"type": "raw", "default": 5432},
            "admin_secret": {"type": "str", "required": True, "no_log": False},
            "maintenance_database": {"type": "str", "default": "postgres"},
            "sslmode": {"type": "str", "choices": ["require", "verify-ca", "verify-full"], "default": "verify-full"},
            "ca_file": {"type": "path"},
            "ca_secret": {"type": "str", "no_log": False},
            "connect_timeout": {"type": "int", "default": 5},
            "unreachable": {"type": "str", "choices": ["skip", "fail"], "default": "skip"},
            "databases": {"type": "list", "elements": "dict", "required": True, "options": DATABASE},
            "readers": {"type": "list", "elements": "dict", "default": [], "options": READER},
        },
        supports_check_mode=True,
    )
    wanted = parsed(module.params["databases"])
    readers = [Reader(**entry) for entry in module.params["readers"]]
    wrong = problems(wanted, readers)
    if wrong:
        fail(module, wrong)
    aws = Aws(module)
    try:
        outcome, reason = outcome_of(module, aws, wanted, readers)
        account = aws.account_of_changes(outcome.result()["changes"])
    except Refused as refusal:
        fail(module, refusal.problems)
    except Failure as failure:
        fail(module, [str(failure)])
    result = {
        **outcome.result(),
        **account,
        "region": module.region,
        "planned": module.check_mode,
        "skipped_reason": reason,
    }
    if outcome.errors:
        fail(module, [str(error) for error in outcome.errors.values()], result)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
