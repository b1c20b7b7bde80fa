# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Environment ``local`` with real servers: what is seeded opens what it says."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis

from emulator.backends.postgresql import binaries
from emulator.backends.redis import binary
from emulator.backends.runtime import Unavailable

from .conftest import ROOT, EmbeddedAws, _wait_for
from .operator import Operator, Outcome
from .postgres import free_port

pytestmark = pytest.mark.xdist_group("backends")

DATABASES = {
    "app-repository": "app_repository",
    "chat": "chat",
    "ingestion": "ingestion",
    "litellm": "litellm",
    "scope-management": "scope_management",
    "theme": "theme",
}


@pytest.fixture(scope="module")
def operator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operator]:
    """Return a user of environment ``local`` whose embedded AWS runs servers."""
    try:
        binaries(), binary()
    except Unavailable as reason:
        pytest.skip(str(reason))
    folder, port = tmp_path_factory.mktemp("emulator"), free_port()
    command = [sys.executable, "-m", "emulator", "--port", str(port), "--backends", str(folder)]
    log = folder / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=output)
    server = EmbeddedAws(f"http://127.0.0.1:{port}")
    try:
        _wait_for(server, process, log)
        yield Operator(server, tmp_path_factory.mktemp("work"))
    finally:
        process.terminate()
        process.wait(timeout=60)


@pytest.fixture(scope="module")
def variables(operator: Operator) -> dict[str, Any]:
    """What the environment is told: ports of its own, the authority of its servers, and little beside the databases."""
    return {
        "aurora_port": free_port(),
        "elasticache_port": free_port(),
        "secrets_ca_bundle_file": operator.aws.admin("GET", "backends")["ca_file"],
        "enable_databases": True,
        "databases_unreachable": "fail",
        "enable_managed_prometheus": False,
        "enable_bedrock_logging": False,
        "bedrock_inference_profiles": {},
    }


@pytest.fixture(scope="module")
def built(operator: Operator, variables: dict[str, Any]) -> Outcome:
    """The environment, deployed."""
    return operator.succeed("site", variables=variables)


def value(operator: Operator, name: str) -> str:
    return str(operator.aws.client("secretsmanager").get_secret_value(SecretId=name)["SecretString"])


@pytest.fixture
def bundle(operator: Operator, built: Outcome, tmp_path: Path) -> str:
    """A file with the CA bundle that was seeded."""
    assert built.code == 0
    file = tmp_path / "bundle.pem"
    file.write_text(value(operator, "rds-ca-bundle"))
    return str(file)


def opened(operator: Operator, bundle: str) -> dict[str, tuple[str, str]]:
    """Open every seeded connection string, verifying the server; return database and user by key."""
    found = {}
    for key in DATABASES:
        text = value(operator, f"psql-connection-string-{key}")
        assert text.endswith("?sslmode=require")
        verified = {"sslmode": "verify-full", "sslrootcert": bundle}
        psycopg.connect(text).close()
        with psycopg.connect(text, **verified) as connection:
            row = connection.execute("SELECT current_database(), current_user").fetchone()
            assert row is not None
            found[key] = row
    return found


def test_every_connection_string_opens_its_database(operator: Operator, built: Outcome, bundle: str) -> None:
    assert {entry for entry in built.changes() if entry[1] == "postgresql_database"} == {
        ("create", "postgresql_database", name) for name in DATABASES.values()
    }
    assert built.json("outputs")["databases_skipped_reason"] == ""
    assert opened(operator, bundle) == {key: (name, "dbadmin") for key, name in DATABASES.items()}


def test_the_cache_opens(operator: Operator, built: Outcome, bundle: str) -> None:
    url = f"rediss://{value(operator, 'redis-host')}:{value(operator, 'redis-port')}"
    with redis.Redis.from_url(url, ssl_ca_certs=bundle) as cache:
        assert cache.ping()


def redis_answers(operator: Operator, bundle: str, **login: str) -> bool:
    """Tell whether the cache lets somebody in."""
    url = f"rediss://{value(operator, 'redis-host')}:{value(operator, 'redis-port')}"
    try:
        with redis.Redis.from_url(url, ssl_ca_certs=bundle, **login) as cache:
            return bool(cache.ping())
    except redis.AuthenticationError:
        return False


def test_redis_asks_for_its_user(operator: Operator, variables: dict[str, Any], built: Outcome, bundle: str) -> None:
    """Switched on for a running group, with a new password, and off again."""
    assert redis_answers(operator, bundle)
    users = {**variables, "enable_elasticache_users": True}
    planned = operator.succeed("plan", variables=users)
    switched = operator.succeed("data_and_ai", variables=users)
    made = switched.changes()
    assert made == planned.changes()
    assert {("create", "cache_user_password", switched.json("outputs")["elasticache_user_id"])} <= made
    assert sorted(kind for _action, kind, _name in made) == [
        *("cache_user", "cache_user", "cache_user_group", "cache_user_password", "replication_group"),
        *("secret", "secret", "secret_value", "secret_value"),
    ]
    name, password = value(operator, "redis-username"), value(operator, "redis-password")
    assert redis_answers(operator, bundle, username=name, password=password)
    assert not redis_answers(operator, bundle)
    assert not redis_answers(operator, bundle, password=password)
    assert set(switched.json("outputs")["redis_login_secret_arns"]) == {"redis-username", "redis-password"}

    operator.aws.forget_calls()
    assert operator.succeed("data_and_ai", variables=users).changes() == set()
    assert operator.aws.writes() == []

    forced = {**users, "secrets_force": json.dumps(["redis-password"])}
    replaced = operator.succeed("seed_secrets", variables=forced)
    assert sorted(kind for _action, kind, _name in replaced.changes()) == ["cache_user_password", "secret_value"]
    newer = value(operator, "redis-password")
    assert redis_answers(operator, bundle, username=name, password=newer)
    assert not redis_answers(operator, bundle, username=name, password=password)
    assert not any(one in planned.text + switched.text + replaced.text for one in (password, newer))

    opened_again = operator.succeed("data_and_ai", variables=variables)
    assert [entry[:2] for entry in opened_again.changes()] == [("update", "replication_group")]
    assert redis_answers(operator, bundle)


def test_a_fixed_port_is_refused_before_anything_is_changed(
    operator: Operator, variables: dict[str, Any], built: Outcome
) -> None:
    """A plan says so too, beside what it would have changed; both name the variable."""
    changed = {**variables, "elasticache_port": free_port(), "aurora_backup_retention_days": 9}
    for playbook in ("plan", "data_and_ai"):
        operator.aws.forget_calls()
        refused = operator.play(playbook, variables=changed)
        assert refused.code != 0
        assert "AWS cannot change port of an existing replication group" in " ".join(refused.text.split())
        assert "set elasticache_port back" in " ".join(refused.text.split())
        assert operator.aws.writes() == []


def test_a_second_run_changes_nothing(operator: Operator, variables: dict[str, Any], built: Outcome) -> None:
    operator.aws.forget_calls()
    again = operator.succeed("databases", variables=variables)
    assert again.changes() == set()
    assert operator.aws.writes() == []


def test_a_rotated_password_is_followed(
    operator: Operator, variables: dict[str, Any], built: Outcome, bundle: str
) -> None:
    cluster = built.json("outputs")["aurora_cluster_id"]
    operator.aws.admin("POST", f"rds/{cluster}/rotate")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        opened(operator, bundle)
    seeded = operator.succeed("seed_secrets", variables=variables)
    assert len(seeded.changes()) == 7
    assert opened(operator, bundle) == {key: (name, "dbadmin") for key, name in DATABASES.items()}


def test_a_login_for_each_database(operator: Operator, variables: dict[str, Any], built: Outcome, bundle: str) -> None:
    own = {**variables, "postgresql_login_per_database": True}
    outcome = operator.succeed("data_and_ai", variables=own)
    made = {entry for entry in outcome.changes() if entry[1] == "postgresql_role"}
    assert made == {("create", "postgresql_role", name) for name in DATABASES.values()}
    assert opened(operator, bundle) == {key: (name, name) for key, name in DATABASES.items()}
    assert set(outcome.json("outputs")["psql_password_secret_arns"]) == {f"psql-password-{key}" for key in DATABASES}
    assert operator.succeed("databases", variables=own).changes() == set()

    forced = {**own, "secrets_force": json.dumps(["psql-password-chat"])}
    assert operator.succeed("seed_secrets", variables=forced).changes() == {
        ("update", "secret_value", "psql-password-chat"),
        ("update", "secret_value", "psql-connection-string-chat"),
    }
    repaired = operator.succeed("databases", variables=own)
    assert repaired.changes() == {("update", "postgresql_role", "chat")}
    assert opened(operator, bundle) == {key: (name, name) for key, name in DATABASES.items()}
    told = outcome.text + repaired.text
    assert [key for key in DATABASES if value(operator, f"psql-password-{key}") in told] == []


def test_redis_goes_with_its_users(operator: Operator, variables: dict[str, Any], built: Outcome) -> None:
    """The group of users once the replication group has let go of it."""
    users, tags = {**variables, "enable_elasticache_users": True}, ("--tags", "elasticache")
    operator.succeed("data_and_ai", *tags, variables=users)
    cache = operator.aws.client("elasticache")
    assert len(cache.describe_user_groups()["UserGroups"]) == 1
    named = {"destroy_acknowledge": ["all"]}
    gone = operator.succeed("destroy", *tags, variables={**users, **named})
    assert {"cache_user", "cache_user_group", "replication_group"} <= {kind for _action, kind, _name in gone.changes()}
    assert cache.describe_user_groups()["UserGroups"] == []
    assert [user["UserId"] for user in cache.describe_users()["Users"]] == ["default"]
