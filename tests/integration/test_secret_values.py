# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Seeding: no value is lost, doubled, leaked or stale, whoever else runs and wherever a run is killed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.dataai.platform.plugins.module_utils.aws.session import Aws
from ansible_collections.dataai.platform.plugins.module_utils.core.errors import Failure
from ansible_collections.dataai.platform.plugins.module_utils.core.wait import Clock
from ansible_collections.dataai.platform.plugins.module_utils.secrets.seed import Outcome, Seeding, Wish
from ansible_collections.dataai.platform.plugins.module_utils.secrets.spec import parsed

from .conftest import REGION, EmbeddedAws, ModuleTwin
from .seeding import (
    ALL,
    BUNDLE,
    CA,
    DEFINITIONS,
    FACTS,
    FEW,
    FOLLOWERS,
    GENERATED,
    MASTER,
    PAIR,
    USER,
    Estate,
    Frail,
    Killed,
)


@pytest.fixture
def estate(account: EmbeddedAws) -> Estate:
    """Return an estate that nobody has seeded."""
    Frail.made.clear()
    return Estate(account)


def reads(account: EmbeddedAws) -> int:
    """Return how often a value was read since the log was emptied."""
    return sum(call["operation"] in ("GetSecretValue", "BatchGetSecretValue") for call in account.calls())


# --- one run, and the next --------------------------------------------------------------------------------------------


def test_plan_then_run_then_nothing(estate: Estate) -> None:
    estate.account.forget_calls()
    plan = estate.seed(check=True)
    assert estate.account.writes() == []
    real = estate.seed()
    assert real.errors == {}
    assert real.result()["changes"] == plan.result()["changes"]
    assert {action for action, _kind, _name in real.changes} == {"create"}
    assert ("create", "iam_access_key", USER) in real.changes
    assert real.reminders == ["secret manual-zitadel-scope-mgmt-pat has no value: make one in Zitadel"]
    estate.check()
    estate.account.forget_calls()
    for check in (True, False):
        again = estate.seed(check=check)
        assert (again.changes, again.errors) == ([], {})
    assert estate.account.writes() == []
    assert reads(estate.account) == 0
    assert len(estate.account.calls()) <= 2 * 40
    assert estate.account.violations() == []


def test_a_plan_on_an_empty_account_names_what_the_run_will_write(account: EmbeddedAws) -> None:
    specs = [
        {**FACTS[0], "value": "(known after apply)"},
        {**FOLLOWERS[0], "source": "(known after apply)"},
        *FEW[1:3],
        PAIR,
    ]
    plan = Seeding(Aws(ModuleTwin(account)), parsed(specs), Wish(check=True), fetch=str).run()
    assert plan.errors == {}
    assert {name for _action, _kind, name in plan.changes} == {
        name for spec in parsed(specs) for name in (*spec.names, spec.user_name) if name
    }
    assert account.writes() == []


def test_facts_follow_what_they_describe_and_back(estate: Estate) -> None:
    estate.seeded()
    first = estate.versions()["psql-host"]
    moved = [{**FACTS[0], "value": "another host"}, *ALL[1:]]
    assert estate.seeded(moved) == ["psql-host"]
    assert estate.value("psql-host") == "another host"
    assert estate.seeded() == ["psql-host"]  # the old value again, whose version id is taken
    assert estate.value("psql-host") == "value of psql-host"
    estate.secrets.put_secret_value(SecretId="psql-host", SecretString="somebody's")
    assert estate.seeded() == ["psql-host"]
    stages = {"VersionStage": "AWSCURRENT", "RemoveFromVersionId": estate.versions()["psql-host"]}
    estate.secrets.update_secret_version_stage(SecretId="psql-host", MoveToVersionId=first, **stages)
    assert estate.seeded() == []
    assert estate.seeded(moved) == ["psql-host"]  # the version after the first one exists, and is promoted
    assert estate.value("psql-host") == "another host"
    assert estate.seeded(moved) == []


def test_facts_that_others_wrote_are_adopted_without_a_write(estate: Estate) -> None:
    estate.secrets.put_secret_value(SecretId="psql-host", SecretString="value of psql-host")
    assert "psql-host" not in estate.seeded()
    assert estate.seeded() == []


def test_generated_values_are_made_once_and_never_read(estate: Estate) -> None:
    estate.secrets.put_secret_value(SecretId="encryption-key-ingestion", SecretString="brought along")
    assert "encryption-key-ingestion" not in estate.seeded()
    assert estate.value("encryption-key-ingestion") == "brought along"


def test_a_generated_value_is_the_password_of_a_cache_user(estate: Estate) -> None:
    """It is given once, again where the user was made anew, and with each new value; no other knows it."""
    account, user = estate.account, "acme-redis"
    cache = account.client("elasticache")
    account.client("iam").create_service_linked_role(AWSServiceName="elasticache.amazonaws.com")
    estate.secrets.create_secret(Name="redis-password")
    spec = {"name": "redis-password", "nature": "generated", "generator": "alphanumeric_64", "cache_user": user}

    def make() -> None:
        user_of_nobody = {"Type": "password", "Passwords": ["x" * 64]}
        cache.create_user(
            UserId=user, UserName="app", Engine="redis", AccessString="on ~* +@all", AuthenticationMode=user_of_nobody
        )

    def seed(**options: Any) -> Outcome:
        outcome = estate.seed([spec], **options)
        assert outcome.errors == {}
        return outcome

    def version() -> str:
        tags = cache.list_tags_for_resource(ResourceName=cache.describe_users(UserId=user)["Users"][0]["ARN"])[
            "TagList"
        ]
        return str({tag["Key"]: tag["Value"] for tag in tags}["dataai:PasswordVersion"])

    missing = estate.seed([spec])
    assert "make it first" in str(missing.errors["redis-password"])
    make()
    given = [("create", "cache_user_password", user)]
    assert seed(check=True).changes == given
    assert seed().changes == given
    assert version() == estate.versions()["redis-password"]
    account.forget_calls()
    assert seed().changes == []
    assert account.writes() == []
    assert reads(account) == 0

    replaced = [("update", "secret_value", "redis-password"), ("update", "cache_user_password", user)]
    assert seed(check=True, force=["redis-password"]).changes == replaced
    assert seed(force=["redis-password"]).changes == replaced
    assert version() == estate.versions()["redis-password"]

    cache.delete_user(UserId=user)
    make()
    assert seed().changes == given
    assert seed().changes == []


def test_a_key_pair_that_others_stored_is_adopted(estate: Estate) -> None:
    key = estate.iam.create_access_key(UserName=USER)["AccessKey"]
    second = estate.iam.create_access_key(UserName=USER)["AccessKey"]["AccessKeyId"]
    estate.secrets.put_secret_value(SecretId="s3-access-key-id", SecretString=key["AccessKeyId"])
    estate.secrets.put_secret_value(SecretId="s3-secret-access-key", SecretString=key["SecretAccessKey"])
    assert not {"s3-access-key-id", USER} & set(estate.seeded())
    assert set(estate.active_keys()) == {key["AccessKeyId"], second}
    assert {USER, "s3-access-key-id", "s3-secret-access-key"} == set(estate.seeded(force=["s3-access-key-id"]))
    estate.check()


def test_a_skipped_secret_is_named_and_not_touched(estate: Estate) -> None:
    outcome = estate.seed([{**FACTS[0], "value": "", "skip_reason": "no Aurora"}, FACTS[1]])
    assert outcome.skipped == {"psql-host": "no Aurora"}
    assert estate.versions()["psql-host"] is None


# --- rotation, force --------------------------------------------------------------------------------------------------


def test_after_a_rotation_exactly_its_followers_are_rewritten(estate: Estate) -> None:
    estate.seeded()
    before = estate.versions()
    estate.secrets.put_secret_value(SecretId=MASTER, SecretString=estate.master("rotated/@%"))
    plan = estate.seed(check=True)
    assert [name for _action, _kind, name in plan.changes] == [entry["name"] for entry in FOLLOWERS]
    assert estate.seeded() == [entry["name"] for entry in FOLLOWERS]
    after = estate.versions()
    changed = {name for name in after if before[name] != after[name]}
    assert changed == {MASTER, *(entry["name"] for entry in FOLLOWERS)}
    estate.check()
    assert estate.seeded() == []


def test_a_rotation_during_the_run_is_followed(estate: Estate) -> None:
    aws = Frail(estate.sdk)

    def rotate(params: dict[str, Any]) -> None:
        if "psql-password" in params["SecretId"] and aws.disturb.pop("put_secret_value", None):
            estate.secrets.put_secret_value(SecretId=MASTER, SecretString=estate.master("meanwhile"))

    aws.disturb["put_secret_value"] = rotate
    assert estate.seed(aws=aws).errors == {}
    estate.check()
    assert estate.seeded() == []


def test_a_changed_parameter_rebuilds_a_derived_value(estate: Estate) -> None:
    estate.seeded()
    parameters = {**DEFINITIONS["parameters"], "endpoint": "http://litellm.unique.svc:4000/v1"}
    assert estate.seeded([*FEW[:2], {**DEFINITIONS, "parameters": parameters}]) == [DEFINITIONS["name"]]
    assert json.loads(estate.value(DEFINITIONS["name"]))[0]["endpoint"].endswith("/v1")


def test_force_replaces_by_name_and_keeps_the_previous_value(estate: Estate) -> None:
    estate.seeded()
    old = estate.value("litellm-proxy-master-key")
    changed = estate.seeded(force=["litellm-proxy-master-key"])
    assert changed == ["litellm-proxy-master-key", "azure-openai-endpoint-definitions"]
    assert estate.value("litellm-proxy-master-key") != old
    previous = estate.secrets.get_secret_value(SecretId="litellm-proxy-master-key", VersionStage="AWSPREVIOUS")
    assert previous["SecretString"] == old
    estate.check()


def test_force_all_spares_the_salt_key_and_repeats_without_end(estate: Estate) -> None:
    estate.seeded()
    salt, keys = estate.value("litellm-salt-key"), set()
    for _ in range(4):
        plan = estate.seed(check=True, force=["all"])
        real = estate.seed(force=["all"])
        assert real.result()["changes"] == plan.result()["changes"]
        assert ("replace", "iam_access_key", USER) in real.changes
        keys.add(estate.value("s3-access-key-id"))
        estate.check()
    assert len(keys) == 4
    assert estate.value("litellm-salt-key") == salt
    assert estate.seeded(force=["litellm-salt-key"]) == ["litellm-salt-key"]
    assert estate.value("litellm-salt-key") != salt


def test_force_after_labels_were_moved_back_by_hand(estate: Estate) -> None:
    name = "encryption-key-ingestion"
    estate.seeded()
    first = estate.versions()[name]
    estate.seeded(force=[name])
    second, value = estate.versions()[name], estate.value(name)
    stages = {"VersionStage": "AWSCURRENT", "RemoveFromVersionId": second, "MoveToVersionId": first}
    estate.secrets.update_secret_version_stage(SecretId=name, **stages)
    assert estate.seeded(force=[name]) == [name]
    assert estate.versions()[name] not in (first, second)
    assert estate.value(name) != value


# --- other runs -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("force", [[], ["all"]])
def test_eight_runs_together_end_with_one_set_of_values(estate: Estate, force: list[str]) -> None:
    if force:
        estate.seeded()
    with ThreadPoolExecutor(max_workers=8) as pool:
        outcomes = list(pool.map(lambda _: estate.seed(FEW, clock=Clock(), force=force, grace=15.0), range(8)))
    assert [outcome.errors for outcome in outcomes] == [{}] * 8
    writers = [outcome for outcome in outcomes if any(name == FEW[1]["name"] for _, _, name in outcome.changes)]
    assert len(writers) >= 1 if force else len(writers) == 1
    estate.check(FEW)
    assert estate.seeded(FEW) == []


def test_a_key_that_another_run_is_storing_is_left_to_it(estate: Estate) -> None:
    estate.iam.create_access_key(UserName=USER)
    started = time.monotonic()
    changed = estate.seeded([PAIR], clock=Clock(), grace=2.0)
    assert time.monotonic() - started >= 1.0
    assert USER in changed
    estate.seeded(FEW)
    estate.check(FEW)


# --- access keys that got lost ---------------------------------------------------------------------------------------


def test_orphans_never_fill_the_limit(estate: Estate) -> None:
    for _ in range(3):
        for n in range(1, 60):
            aws = Frail(estate.sdk, die_at=n, when="after")
            with pytest.raises(Killed):
                estate.seed([PAIR], aws=aws, force=["all"])
            if len(Frail.made) > len(estate.active_keys()):
                break
    estate.seeded(FEW)
    estate.check(FEW)


def test_a_failing_write_takes_its_key_along(estate: Estate) -> None:
    aws = Frail(estate.sdk)

    def refuse(params: dict[str, Any]) -> None:
        raise Failure("secretsmanager:PutSecretValue", f"refused {params['SecretString']}", code="EncryptionFailure")

    aws.disturb["put_secret_value"] = refuse
    outcome = estate.seed([PAIR], aws=aws)
    assert set(outcome.errors) == {PAIR["name"]}
    assert estate.active_keys() == []
    assert not [value for value in Frail.made.values() if value in str(outcome.errors)]


# --- faults -----------------------------------------------------------------------------------------------------------


def test_seeding_converges_under_faults(estate: Estate) -> None:
    for kind in ("throttle", "5xx", "reset"):
        estate.account.admin("POST", "faults", {"service": "secretsmanager", "kind": kind, "rate": 0.1})
    try:
        assert estate.seed(FEW).errors == {}
    finally:
        estate.account.admin("DELETE", "faults")
    estate.check(FEW)
    assert estate.seeded(FEW) == []


def test_one_failure_does_not_stop_the_others(estate: Estate) -> None:
    estate.secrets.delete_secret(SecretId="psql-host", RecoveryWindowInDays=7)
    estate.secrets.delete_secret(SecretId="psql-password", ForceDeleteWithoutRecovery=True)
    outcome = estate.seed()
    assert set(outcome.errors) == {"psql-host", "psql-password"}
    assert "pending" in str(outcome.errors["psql-host"])
    assert "does not exist" in str(outcome.errors["psql-password"])
    assert len(outcome.changes) == len(ALL) - 3 + 2  # not the two and the manual one, but the user and the other half


def test_an_unusable_or_absent_source_is_named(estate: Estate) -> None:
    estate.secrets.put_secret_value(SecretId=MASTER, SecretString="n0-json-at-all")
    outcome = estate.seed([FOLLOWERS[0]])
    assert "cannot be used" in str(outcome.errors["psql-password"])
    assert "n0-json-at-all" not in str(outcome.errors)
    outcome = estate.seed([{**FOLLOWERS[0], "source": "nothing"}])
    assert "does not exist" in str(outcome.errors["psql-password"])


# --- the CA bundle ----------------------------------------------------------------------------------------------------


def bundle(estate: Estate, fetch: Callable[[str], str], tolerate: bool = True, **where: str) -> Outcome:
    """Seed the bundle alone."""
    spec = {**BUNDLE, "ca_bundle": {**BUNDLE["ca_bundle"], **where}}
    wish = Wish(tolerate_unreachable=tolerate)
    return Seeding(Frail(estate.sdk), parsed([spec]), wish, fetch=fetch).run()


def offline(_url: str) -> str:
    """Fail as a host without a way out does."""
    raise OSError("no route to host")


def test_a_bundle_that_cannot_be_reached(estate: Estate) -> None:
    outcome = bundle(estate, offline)
    assert (outcome.errors, outcome.changes) == ({}, [])
    assert "secrets_ca_bundle_file" in outcome.warnings[0]
    assert outcome.reminders
    assert "secrets_ca_bundle_file" in str(bundle(estate, offline, tolerate=False).errors["rds-ca-bundle"])
    outcome = bundle(estate, offline, fallback_file=str(CA))
    assert [name for _action, _kind, name in outcome.changes] == ["rds-ca-bundle"]
    assert estate.value("rds-ca-bundle") == CA.read_text()
    outcome = bundle(estate, offline, fallback_file=str(CA))
    assert (outcome.changes, outcome.warnings) == ([], [])
    outcome = bundle(estate, offline)
    assert (outcome.changes, outcome.errors) == ([], {})
    assert "is kept" in outcome.warnings[0]


def test_a_page_that_is_no_bundle_is_never_stored(estate: Estate) -> None:
    outcome = bundle(estate, lambda _url: "<html>log in first</html>", fallback_file=str(CA))
    assert "no certificate" in str(outcome.errors["rds-ca-bundle"])
    assert estate.versions()["rds-ca-bundle"] is None


# --- leaks ------------------------------------------------------------------------------------------------------------


def test_no_value_is_in_results_errors_or_tracebacks(estate: Estate) -> None:
    shown = [json.dumps(estate.seed().result())]
    estate.secrets.put_secret_value(SecretId=MASTER, SecretString=estate.master("c4n4ry-password"))
    sent: list[str] = []
    aws = Frail(estate.sdk)

    def refuse(params: dict[str, Any]) -> None:
        sent.append(params["SecretString"])
        raise Failure("secretsmanager:PutSecretValue", f"bad value {params['SecretString']!s}", code="X")

    aws.disturb["put_secret_value"] = refuse
    outcome = estate.seed(aws=aws, force=["all"])
    assert len(sent) >= 9
    for error in outcome.errors.values():
        shown += ["".join(traceback.format_exception(error)), str(error), repr(error.__dict__)]
    shown.append(repr(outcome) + json.dumps(outcome.result()))
    text = "\n".join(shown)
    assert not [value for value in (*sent, "c4n4ry-password", *Frail.made.values()) if value in text]


@pytest.fixture
def ansible(estate: Estate, tmp_path: Path) -> Iterator[Callable[..., str]]:
    """Return a call of the module by Ansible, with everything that Ansible can show."""

    def call(*more: str) -> str:
        log = tmp_path / "ansible.log"
        entries = [entry for entry in ALL if entry is not BUNDLE]
        arguments = json.dumps({"secrets": entries, "region": REGION, "force": "all", "grace": 0})
        environment = {**estate.account.environment(), "ANSIBLE_LOG_PATH": str(log), "ANSIBLE_HOME": str(tmp_path)}
        environment["ANSIBLE_KEEP_REMOTE_FILES"] = "1"
        environment["ANSIBLE_REMOTE_TMP"] = str(tmp_path / "remote")
        done = subprocess.run(
            [
                os.fspath(Path(sys.executable).with_name("ansible")),
                *("localhost", "-c", "local", "-e", f"ansible_python_interpreter={sys.executable}"),
                *("-m", "dataai.platform.secret_values", "-a", arguments, "-vvvv", "--diff", *more),
            ],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        files = "".join(path.read_text(errors="replace") for path in tmp_path.rglob("*") if path.is_file())
        return done.stdout + done.stderr + files

    yield call


def test_ansible_shows_no_value_at_its_loudest(estate: Estate, ansible: Callable[..., str]) -> None:
    text = ansible() + ansible()
    secret = [*(entry["name"] for entry in (*GENERATED, *FOLLOWERS, DEFINITIONS)), "s3-secret-access-key"]
    for name in secret:
        for version in estate.secrets.list_secret_version_ids(SecretId=name)["Versions"]:
            found = estate.secrets.get_secret_value(SecretId=name, VersionId=version["VersionId"])["SecretString"]
            assert found not in text, f"a value of {name} was shown"
    assert '"changed": true' in text
