# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The master password of a cluster: managed by RDS with a schedule, supplied by a secret, and changed over."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.dataai.platform.plugins.module_utils.aws.session import Aws
from ansible_collections.dataai.platform.plugins.module_utils.core.errors import Refused
from ansible_collections.dataai.platform.plugins.module_utils.core.plan import Options
from ansible_collections.dataai.platform.plugins.module_utils.core.reconcile import reconcile
from ansible_collections.dataai.platform.plugins.module_utils.core.report import Report
from ansible_collections.dataai.platform.plugins.module_utils.core.values import UNKNOWN
from ansible_collections.dataai.platform.plugins.module_utils.kinds.db_cluster import DbCluster

from .conftest import EmbeddedAws
from .kinds.db_cluster import surroundings

NAME, SECRET = "aurora-main", "aurora-main-master-user"


class Watched(Aws):
    """A gateway that notes the passwords that RDS is given, and may die after having given one."""

    def __init__(self, sdk: Aws) -> None:
        self.sdk, self.given, self.dies = sdk, [], False

    def service(self, name: str) -> Any:
        return _Watched(self, self.sdk.service(name)) if name == "rds" else self.sdk.service(name)


class _Watched:
    def __init__(self, watch: Watched, service: Any) -> None:
        self._watch, self._service = watch, service

    def __getattr__(self, operation: str) -> Any:
        method = getattr(self._service, operation)

        def call(*args: Any, **params: Any) -> Any:
            answer = method(*args, **params)
            if "MasterUserPassword" in params:
                self._watch.given.append(params["MasterUserPassword"])
                if self._watch.dies:
                    raise KeyboardInterrupt
            return answer

        return call


class Database:
    """A wanted cluster and the secret for it."""

    def __init__(self, aws: Aws, account: EmbeddedAws) -> None:
        around = surroundings(account)
        self.aws, self.account = Watched(aws), account
        self.secrets, self.rds = account.client("secretsmanager"), account.client("rds")
        common = {"name": NAME, "engine": "aurora-postgresql", "master_username": "dbadmin", "subnet_group": "isolated"}
        self.managed = {
            **common,
            "manage_master_user_password": True,
            "master_user_secret_kms_key_id": around["keys"][1],
            "tags": {"Purpose": "database"},
        }
        self.supplied = {**self.managed, "manage_master_user_password": False, "master_user_secret": SECRET}

    def run(self, item: dict[str, Any], **options: Any) -> Report:
        """Reconcile, without an error."""
        report = reconcile(DbCluster(), self.aws, [item], Options(timeout=30, **options))
        assert report.errors == {}
        return report

    def settled(self, item: dict[str, Any]) -> dict[str, Any]:
        """Reconcile as the plan said, and a second time without a change; return what there is."""
        plan = self.run(item, check=True)
        report = self.run(item)
        assert [step.fields for step in plan.steps] == [step.fields for step in report.steps]
        self.account.forget_calls()
        self.aws.given.clear()
        again = self.run(item)
        assert again.result(DbCluster())["changes"] == []
        assert self.account.writes() == []
        assert [call for call in self.account.calls() if call["operation"] == "GetSecretValue"] == []
        return dict(again.resources[NAME])

    def store(self, password: str, user: str = "dbadmin") -> str:
        """Put a password into the secret and return its ARN."""
        text = json.dumps({"username": user, "password": password})
        return str(self.secrets.put_secret_value(SecretId=SECRET, SecretString=text)["ARN"])

    def cluster(self) -> dict[str, Any]:
        """Return what RDS says."""
        (found,) = self.rds.describe_db_clusters(DBClusterIdentifier=NAME)["DBClusters"]
        return dict(found)


@pytest.fixture
def database(aws: Aws, account: EmbeddedAws) -> Database:
    """Return a database that does not exist yet, with an empty secret."""
    account.client("secretsmanager").create_secret(Name=SECRET)
    return Database(aws, account)


def test_a_supplied_password_is_handed_over_and_followed(database: Database) -> None:
    arn = database.store("first-password")
    database.run(database.supplied)
    assert database.aws.given == ["first-password"]
    live = database.settled(database.supplied)
    assert live["master_user_secret_arn"] == arn
    assert "MasterUserSecret" not in database.cluster()
    database.store("second-password")
    plan = database.run(database.supplied, check=True)
    assert plan.steps[0].fields == ["master_user_secret_version"]
    report = database.run(database.supplied)
    assert database.aws.given == ["second-password"]
    assert "second-password" not in json.dumps(report.result(DbCluster()), default=str)
    database.settled(database.supplied)


def test_a_run_that_was_killed_hands_it_over_again(database: Database) -> None:
    database.store("first-password")
    database.run(database.supplied)
    database.store("second-password")
    database.aws.dies = True
    with pytest.raises(KeyboardInterrupt):
        database.run(database.supplied)
    database.aws.dies = False
    database.aws.given.clear()
    database.run(database.supplied)
    assert database.aws.given == ["second-password"]
    database.settled(database.supplied)


def test_the_modes_change_over_both_ways(database: Database) -> None:
    arn = database.store("our-password")
    managed = database.settled(database.managed)
    born = database.cluster()["DbClusterResourceId"]
    live = database.settled(database.supplied)
    assert live["master_user_secret_arn"] == arn != managed["master_user_secret_arn"]
    assert "MasterUserSecret" not in database.cluster()
    live = database.settled(database.managed)
    assert live["master_user_secret_arn"] == database.cluster()["MasterUserSecret"]["SecretArn"] != arn
    database.aws.given.clear()
    database.run(database.supplied)
    assert database.aws.given == ["our-password"]  # though the cluster had this version before
    assert database.cluster()["DbClusterResourceId"] == born


def test_a_plan_needs_no_secret_yet(database: Database) -> None:
    plan = database.run({**database.supplied, "master_user_secret": UNKNOWN}, check=True)
    assert plan.resources[NAME]["master_user_secret_arn"] == UNKNOWN
    database.run(database.managed)
    plan = database.run({**database.supplied, "master_user_secret": "not-there-yet"}, check=True)
    assert plan.resources[NAME]["master_user_secret_arn"] == UNKNOWN


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "has no value"),
        ("s3cr3t-but-no-json", "cannot be used"),
        ('{"username": "root", "password": "s3cr3t-but"}', "not for"),
    ],
)
def test_a_secret_that_cannot_be_used_is_named_and_not_quoted(
    database: Database, value: str | None, reason: str
) -> None:
    if value:
        database.secrets.put_secret_value(SecretId=SECRET, SecretString=value)
    report = reconcile(DbCluster(), database.aws, [database.supplied], Options(timeout=5))
    assert reason in str(report.errors[NAME])
    assert "s3cr3t-but" not in str(report.errors)
    assert database.account.client("rds").describe_db_clusters()["DBClusters"] == []


def test_a_schedule_is_set_without_a_rotation(database: Database) -> None:
    item = {**database.managed, "password_rotation_schedule": "cron(0 3 ? * SUN *)"}
    arn = database.settled(item)["master_user_secret_arn"]
    described = database.secrets.describe_secret(SecretId=arn)
    assert described["RotationRules"] == {"ScheduleExpression": "cron(0 3 ? * SUN *)"}
    version = described["VersionIdsToStages"]
    database.settled({**item, "password_rotation_schedule": "cron(0 4 1 * ? *)"})
    database.settled(database.managed)  # left out, it stays
    described = database.secrets.describe_secret(SecretId=arn)
    assert described["RotationRules"] == {"ScheduleExpression": "cron(0 4 1 * ? *)"}
    assert described["VersionIdsToStages"] == version
    database.account.forget_calls()
    database.settled({**database.managed, "password_rotation_schedule": "cron(0 4 1 * ? *)"})


def test_aws_default_is_a_schedule_too(database: Database) -> None:
    database.run(database.managed)
    database.account.forget_calls()
    database.run({**database.managed, "password_rotation_schedule": "rate(7 days)"})
    assert database.account.writes() == []


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"password_rotation_schedule": "weekly"}, "password_rotation_schedule"),
        ({"master_user_secret": SECRET}, "leave out one"),
        ({"manage_master_user_password": False}, "master_user_secret"),
    ],
)
def test_what_contradicts_itself_is_refused(database: Database, change: dict[str, Any], named: str) -> None:
    with pytest.raises(Refused, match=named):
        database.run({**database.managed, **change})
