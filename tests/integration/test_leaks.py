# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""No secret value is shown, logged, kept or handed on, whatever runs and whatever fails; and a leak would be found.

By default the seeding role runs alone, its API calls fail one by one inside the module, and some of them through
Ansible. ``LEAK_TESTS=full`` runs the whole estate too, both connections, and the failure of every task and every call
through Ansible; it takes about a quarter of an hour.
"""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import yaml

from .conftest import ACCOUNT, REGION, ROOT, EmbeddedAws
from .leaks.failing import run_module
from .leaks.recorder import Recorder
from .leaks.scanner import Hit, forms, parts, scan
from .leaks.stage import Stage
from .seeding import ALL, BUNDLE, MASTER, USER, Estate

FULL = os.environ.get("LEAK_TESTS") == "full"
only_in_full = pytest.mark.skipif(not FULL, reason="LEAK_TESTS=full runs this one too")

ROLE = ROOT / "roles" / "secrets"
CATALOGUE = yaml.safe_load((ROLE / "vars" / "main.yml").read_text())["__secrets_catalogue"]
#: What is stored in a secret and is none: facts, and the half of an access key that IAM shows to everybody.
NOT_SECRET = {entry["name"] for entry in CATALOGUE if entry["value"].get("nature") == "fact"} | {"s3-access-key-id"}


# --- the scanner finds what is there ----------------------------------------------------------------------------------

CANARY = "Zq7/pL+9\"x%T'?w&3<K\\e=u7:Rm"
PLANTED = {
    "plain": CANARY,
    "inside": f"password={CANARY};",
    "json": json.dumps({"a": CANARY}),
    "json in json": json.dumps({"b": json.dumps({"a": CANARY})}),
    "url": quote(CANARY, safe=""),
    "lower url": re.sub("%[0-9A-F]{2}", lambda found: found[0].lower(), quote(CANARY, safe="")),
    "folded": CANARY[:9] + "\n      " + CANARY[9:],
    "hex": CANARY.encode().hex(),
    **{f"base64 {lead}": base64.b64encode(b"x" * lead + CANARY.encode() + b"yz").decode() for lead in range(6)},
    **{
        f"base64 for urls {lead}": base64.urlsafe_b64encode(b"x" * lead + CANARY.encode()).decode() for lead in range(3)
    },
}


@pytest.mark.parametrize("how", PLANTED)
def test_a_planted_value_is_found_in_every_form(how: str) -> None:
    hits = scan({"somewhere": f"before {PLANTED[how]} after".encode(), "else": b"nothing"}, {"canary": CANARY})
    assert {(hit.sink, hit.secret) for hit in hits} == {("somewhere", "canary")}


def test_nothing_is_found_where_nothing_is() -> None:
    text = " ".join(CANARY[:15] + CANARY[16:] for _ in range(3)) + CANARY[::-1]
    assert scan({"somewhere": text.encode()}, {"canary": CANARY, "short": "before"}) == []
    assert all(len(form) >= 8 for form in forms(CANARY).values())


# --- and so does the whole stage --------------------------------------------------------------------------------------

LEAKS = """
- hosts: localhost
  gather_facts: false
  tasks:
    - name: Warn with it
      ansible.builtin.find:
        paths: "/nowhere/{{ canaries.stderr }}"
    - name: Fail with it
      ansible.builtin.fail:
        msg: "{{ {'why': canaries.junit} | to_json }}"
      ignore_errors: true
    - name: Remember it
      ansible.builtin.set_fact:
        remembered: "{{ canaries.facts }}"
        cacheable: true
    - name: Leave it in a file, and show the difference
      ansible.builtin.copy:
        content: "{{ canaries.build | urlencode }}"
        dest: "{{ leak_folder }}/build/outputs.txt"
        mode: "0600"
    - name: Give it to a process as an argument
      ansible.builtin.command:
        argv: [sh, -c, sleep 0.5, "{{ canaries.arguments }}"]
      no_log: true
      changed_when: false
    - name: Give it to a process in the environment
      ansible.builtin.command: sleep 0.5
      environment:
        LEAK: "{{ canaries.environment }}"
      no_log: true
      changed_when: false
    - name: Tell it in base64
      ansible.builtin.debug:
        msg: "{{ ('x' ~ canaries.stdout) | b64encode }}"
"""


@pytest.mark.parametrize(
    "callback", ["", pytest.param("ansible.posix.json", marks=only_in_full)], ids=["default", "json"]
)
def test_a_leak_of_each_kind_is_caught(tmp_path: Path, callback: str) -> None:
    """Ansible itself leaks here, on purpose, each time another value."""
    names = ("stdout", "stderr", "junit", "facts", "build", "arguments", "environment")
    canaries = {name: f"c4n4ry-{name}-{base64.b32encode(name.encode()).decode().rstrip('=')}" for name in names}
    (tmp_path / "stage").mkdir()
    stage, playbook = Stage(tmp_path / "stage", "http://127.0.0.1:9"), tmp_path / "leaks.yml"
    playbook.write_text(LEAKS)
    code = stage.play(playbook, callback=callback, canaries=canaries, leak_folder=str(stage.folder))
    assert code == 0, stage.end()
    caught = {(hit.sink, hit.secret) for hit in scan(stage.sinks(), canaries)}
    shown = f"stdout{f' ({callback})' if callback else ''}"
    expected = {
        (shown, "stdout"),
        ("junit", "junit"),
        ("tree", "stdout"),
        ("facts", "facts"),
        ("build", "build"),
        ("remote-tmp", "arguments"),
        ("processes", "arguments"),
        ("processes", "environment"),
    }
    expected |= set() if callback else {("stderr", "stderr"), ("log", "stdout"), (shown, "build"), ("log", "junit")}
    assert expected - caught == set()


# --- a run of the role ------------------------------------------------------------------------------------------------

PLAY = """
- hosts: localhost
  gather_facts: false
  tasks:
    - name: Seed
      ansible.builtin.include_role:
        name: "{{ seeding_role | default('dataai.platform.secrets') }}"
"""


@dataclass
class Scene:
    """An account with a database and a user, the proxy before it, and a stage to run on."""

    account: EmbeddedAws
    recorder: Recorder
    stage: Stage
    playbook: Path
    cluster: str = "leak"

    def prepare(self) -> None:
        """Make what the role describes."""
        self.account.reset()
        self.account.client("iam").create_user(UserName=USER)
        rds, ec2 = self.account.client("rds"), self.account.client("ec2")
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnets = [
            ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=f"{REGION}{zone}")["Subnet"]
            for number, zone in enumerate("ab")
        ]
        rds.create_db_subnet_group(
            DBSubnetGroupName="leak",
            DBSubnetGroupDescription="leak",
            SubnetIds=[subnet["SubnetId"] for subnet in subnets],
        )
        rds.create_db_cluster(
            DBClusterIdentifier=self.cluster,
            Engine="aurora-postgresql",
            MasterUsername="dbadmin",
            ManageMasterUserPassword=True,
            DBSubnetGroupName="leak",
        )

    def variables(self, **more: Any) -> dict[str, Any]:
        """Return the variables of a run."""
        (cluster,) = self.account.client("rds").describe_db_clusters(DBClusterIdentifier=self.cluster)["DBClusters"]
        return {
            "aws_account_id": ACCOUNT,
            "aws_region": REGION,
            "org": "acme",
            "org_moniker": "acme",
            "product": "leak",
            "product_moniker": "leak",
            "environment_name": "test",
            "secrets_kms_key_arn": f"arn:aws:kms:{REGION}:{ACCOUNT}:alias/aws/secretsmanager",
            "secrets_aurora": {
                "aurora_cluster_endpoint": cluster["Endpoint"],
                "aurora_cluster_port": cluster["Port"],
                "aurora_master_username": "dbadmin",
                "aurora_master_user_secret_arn": cluster["MasterUserSecret"]["SecretArn"],
            },
            "secrets_elasticache": {"elasticache_primary_endpoint_address": "cache", "elasticache_port": 6380},
            "secrets_s3": {
                f"s3_bucket_{name}_{what}": f"a-{name}-{what}"
                for name in ("application_data", "ai_data")
                for what in ("id", "arn")
            },
            "secrets_s3_user_name": USER,
            "secrets_ca_bundle_file": str(ROOT / "inventories" / "files" / "test-rds-ca.pem"),
            **more,
        }

    def play(self, callback: str = "", **more: Any) -> int:
        """Run the role."""
        return self.stage.play(self.playbook, callback=callback, **self.variables(**more))

    def secrets(self) -> dict[str, str]:
        """Return all that is secret: what passed the proxy, and what is in the account now."""
        return {
            label: text
            for name, whole in {**self.recorder.secrets, **stored(self.account)}.items()
            for label, text in parts(name, whole).items()
            if not _is_public(name)
        }

    def hits(self) -> list[Hit]:
        """Return every leak."""
        return scan(self.stage.sinks(), self.secrets())


def _is_public(name: str) -> bool:
    """Tell whether the value of this name is none that is secret. A name may be an ARN, and have words around it."""
    subject = re.sub(r"^.*:secret:(.*)-[A-Za-z0-9]{6}( .*)?$", r"\1", name)
    words = re.sub(r"^(sent with|answered to) \w+ | #\d+$", "", subject)
    return words in NOT_SECRET


def stored(account: EmbeddedAws) -> dict[str, str]:
    """Return every version of every secret of the account."""
    client, found = account.client("secretsmanager"), {}
    for entry in client.get_paginator("list_secrets").paginate().search("SecretList[]"):
        versions = client.list_secret_version_ids(SecretId=entry["ARN"], IncludeDeprecated=True)["Versions"]
        for version in versions:
            value = client.get_secret_value(SecretId=entry["ARN"], VersionId=version["VersionId"])
            found[entry["ARN"] + f" {version['VersionId']}"] = value["SecretString"]
    return found


@pytest.fixture
def scene(account: EmbeddedAws, tmp_path: Path) -> Iterator[Scene]:
    """Return an account on which nobody has seeded."""
    (tmp_path / "stage").mkdir()
    playbook = tmp_path / "seed.yml"
    playbook.write_text(PLAY)
    with Recorder(account.url) as recorder:
        made = Scene(account, recorder, Stage(tmp_path / "stage", recorder.url), playbook)
        made.prepare()
        yield made


@pytest.mark.parametrize("warm", [False, pytest.param(True, marks=only_in_full)], ids=["local", "warm"])
def test_seeding_rotation_and_force_leak_nothing(scene: Scene, warm: bool) -> None:
    scene.stage.warm = warm
    assert scene.play() == 0, scene.stage.end()
    scene.account.admin("POST", f"rds/{scene.cluster}/rotate")
    assert scene.play("ansible.posix.json", secrets_force="all") == 0, scene.stage.end()
    secrets, sinks = scene.secrets(), scene.stage.sinks()
    assert len(secrets) > 40
    assert any(name.startswith("made by CreateAccessKey") for name in secrets)
    busy = ("stdout", "stdout (ansible.posix.json)", "log", "junit", "tree", "remote-tmp", "processes")
    assert [name for name in busy if len(sinks[name]) < 1000] == [], "a sink that holds nothing proves nothing"
    assert "psql-connection-string-chat" in sinks["stdout"].decode()  # names are shown
    assert scan(sinks, secrets) == []
    # The same run with one of its values let out is not clean: the search would have found it.
    name, text = next((name, text) for name, text in secrets.items() if "psql-connection-string-chat" in name)
    leaking = {**sinks, "log": sinks["log"] + base64.b64encode(b"x" + text.encode())}
    assert {(hit.sink, hit.secret) for hit in scan(leaking, {name: text})} == {("log", name)}


#: What the estate of the seeding tests has as its master password.
PASSWORD = "p:?#[]%()<*!1"

# --- failures: every call ---------------------------------------------------------------------------------------------


@dataclass
class Failing:
    """Seeding by the module alone, each time with another call that fails."""

    account: EmbeddedAws
    recorder: Recorder
    folder: Path
    force: str = ""

    def run(self, fail: str = "", *, careless: bool = False) -> str:
        """Seed an estate and return what the module says."""
        self.account.reset()
        Estate(self.account)
        arguments: dict[str, Any] = {
            "secrets": [entry for entry in ALL if entry is not BUNDLE],
            "region": REGION,
            "grace": 0,
        }
        environment = {**self.account.environment(), "AWS_ENDPOINT_URL": self.recorder.url}
        if self.force:
            self.recorder.restart()
            run_module("secret_values", arguments, environment, self.folder / "output")
            arguments["force"] = self.force
        self.recorder.restart(fail)
        return run_module("secret_values", arguments, environment, self.folder / "output", careless=careless)

    def secrets(self) -> dict[str, str]:
        """Return all that is secret and has passed."""
        known = {**self.recorder.secrets, MASTER: Estate.master(PASSWORD)}
        return {
            label: text
            for name, whole in known.items()
            for label, text in parts(name, whole).items()
            if not _is_public(name)
        }

    def calls(self) -> list[str]:
        """Return the calls of the run, each once. That of several to one subject, the first stands for all."""
        return sorted({str(call) for call in self.recorder.calls if call.occurrence == 1})


@pytest.fixture
def failing(account: EmbeddedAws, tmp_path: Path) -> Iterator[Failing]:
    """Return seeding by the module alone."""
    with Recorder(account.url) as recorder:
        yield Failing(account, recorder, tmp_path)


@pytest.mark.parametrize("force", ["", pytest.param("all", marks=only_in_full)], ids=["first", "forced"])
def test_no_failing_call_leaks_although_its_error_quotes_the_request(failing: Failing, force: str) -> None:
    failing.force = force
    assert json.loads(failing.run().strip().splitlines()[-1])["changed"]
    calls = failing.calls()
    operations = {call.split(" ")[0] for call in calls}
    assert {"iam:CreateAccessKey", "secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue"} <= operations
    if not (FULL or force):  # describing many secrets fails in one way
        described = [call for call in calls if "DescribeSecret" in call]
        calls = [call for call in calls if call not in described[2:]]
    said, answers = {}, {}
    for call in calls:
        text = failing.run(call)
        assert failing.recorder.failed, call
        said[call], answers[call] = text.encode(), json.loads(text.strip().splitlines()[-1])
    silent = [call for call, answer in answers.items() if not answer.get("failed")]
    assert silent == [], "a call that failed was not reported"
    assert all("refused" in text.decode() or "withheld" in text.decode() for text in said.values())
    secrets = failing.secrets()
    assert len(secrets) > len(calls)
    assert scan(said, secrets) == []


@pytest.mark.parametrize("name", ["azure-openai-endpoint-definitions", "psql-connection-string-chat"])
def test_an_error_that_leaks_is_caught(failing: Failing, name: str) -> None:
    said = failing.run(f"secretsmanager:PutSecretValue {name}", careless=True).encode()
    found = {hit.secret.partition(" #")[0] for hit in scan({"said": said}, failing.secrets())}
    assert any(name in secret for secret in found)


#: Its value is JSON, so that the request, and the error, hold it in another form than the program does.
THROUGH_ANSIBLE = ["secretsmanager:PutSecretValue azure-openai-endpoint-definitions"]
MORE_THROUGH_ANSIBLE = [
    "secretsmanager:PutSecretValue s3-secret-access-key",
    "secretsmanager:CreateSecret psql-password",
    "secretsmanager:DescribeSecret psql-password",
    "secretsmanager:GetSecretValue litellm-proxy-master-key",
    "secretsmanager:PutSecretValue litellm-salt-key",
    "secretsmanager:PutSecretValue psql-connection-string-chat",
    "secretsmanager:PutSecretValue psql-host",
    f"iam:CreateAccessKey {USER}",
    f"iam:ListAccessKeys {USER}",
]


def test_failures_that_ansible_reports_leak_nothing(scene: Scene) -> None:
    for call in THROUGH_ANSIBLE + (MORE_THROUGH_ANSIBLE if FULL else []):
        scene.prepare()
        scene.recorder.restart(call)
        assert scene.play() != 0, scene.stage.end()
        assert scene.recorder.failed, f"{call} was not made"
    assert scene.hits() == []


# --- failures: every task ---------------------------------------------------------------------------------------------


def tasks_of(role: Path) -> list[str]:
    """Return the names of the tasks of a role that run when it is used as it is."""
    found: list[str] = []
    for name in ("containers", "seed"):
        found += _names(yaml.safe_load((role / "tasks" / f"{name}.yml").read_text()))
    return found


def _names(tasks: list[dict[str, Any]]) -> list[str]:
    return [name for task in tasks for name in (_names(task["block"]) if "block" in task else [str(task.get("name"))])]


def _made_to_fail(tasks: list[dict[str, Any]], wanted: str) -> list[dict[str, Any]]:
    return [
        {**task, "block": _made_to_fail(task["block"], wanted)}
        if "block" in task
        else {**task, **({"failed_when": True} if task.get("name") == wanted else {})}
        for task in tasks
    ]


TASKS = list(dict.fromkeys(tasks_of(ROLE)))
#: The one that handles values; the others are covered in full.
SEEDING = "Write the values that are absent or stale"


@pytest.mark.parametrize("task", [pytest.param(task, marks=() if task == SEEDING else only_in_full) for task in TASKS])
def test_a_failing_task_shows_no_value(scene: Scene, tmp_path: Path, task: str) -> None:
    """Each task does its work and then counts as failed, which makes Ansible show all that it knows of it."""
    copied = tmp_path / "roles" / "secrets"
    shutil.copytree(ROLE, copied)
    for file in (copied / "tasks").glob("*.yml"):
        file.write_text(yaml.safe_dump(_made_to_fail(yaml.safe_load(file.read_text()), task), sort_keys=False))
    assert scene.play(seeding_role=str(copied)) != 0, scene.stage.end()
    assert task in scene.stage.text()
    assert "failed_when_result" in scene.stage.text()
    assert scene.hits() == []


def test_the_task_that_handles_values_is_among_those_that_fail_by_default() -> None:
    assert SEEDING in TASKS


# --- the whole estate -------------------------------------------------------------------------------------------------


@only_in_full
@pytest.mark.parametrize("warm", [False, True], ids=["local", "warm"])
def test_the_whole_estate_leaks_nothing(account: EmbeddedAws, tmp_path: Path, warm: bool) -> None:
    (tmp_path / "stage").mkdir()
    with Recorder(account.url) as recorder:
        stage = Stage(tmp_path / "stage", recorder.url, warm=warm)
        inventory = ("-i", str(ROOT / "inventories" / "local"))
        for playbook, more in (
            ("site", {}),
            ("seed_secrets", {"secrets_force": "all"}),
            ("consumers", {}),
            ("verify", {}),
            ("outputs", {}),
        ):
            path = ROOT / "playbooks" / f"{playbook}.yml"
            code = stage.play(path, *inventory, callback="", aws_account_id=ACCOUNT, **more)
            assert code == 0 or playbook == "verify", stage.end()
        secrets = {
            label: text
            for name, whole in {**recorder.secrets, **stored(account)}.items()
            for label, text in parts(name, whole).items()
            if not _is_public(name)
        }
        sinks = stage.sinks()
        assert sinks["build"]
        assert scan(sinks, secrets) == []
