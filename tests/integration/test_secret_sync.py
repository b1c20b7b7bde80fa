# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The function that follows a rotation: exactly what is stale is rewritten, and seeding agrees with it."""

from __future__ import annotations

import io
import json
import logging
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from ansible_collections.dataai.platform.plugins.module_utils.aws.session import Aws
from ansible_collections.dataai.platform.plugins.module_utils.functions import bundle, secret_sync
from ansible_collections.dataai.platform.plugins.module_utils.secrets.seed import Outcome, Seeding, Wish
from ansible_collections.dataai.platform.plugins.module_utils.secrets.spec import parsed

from .conftest import ACCOUNT, REGION, ROOT, EmbeddedAws, ModuleTwin
from .kinds.lambda_function import network
from .operator import play_tasks

DATABASES = ("app-repository", "chat", "ingestion", "litellm", "scope-management", "theme")
OTHERS: list[dict[str, Any]] = [
    {"name": "psql-host", "nature": "fact", "value": "db.example.com"},
    {"name": "litellm-proxy-master-key", "nature": "generated", "generator": "litellm_key"},
    {
        "name": "azure-openai-endpoint-definitions",
        "nature": "derived",
        "template": "endpoint_definitions",
        "source": "litellm-proxy-master-key",
        "parameters": {
            "endpoint": "http://litellm.example.com",
            "location": REGION,
            "models": [{"modelName": "gpt-4o", "modelVersion": "2024-11-20", "deploymentName": "gpt-4o"}],
        },
    },
]


def followers(source: str) -> list[dict[str, Any]]:
    """Return what follows the master secret."""
    strings = [
        {
            "name": f"psql-connection-string-{key}",
            "nature": "derived",
            "template": "connection_string",
            "source": source,
            "parameters": {"host": "db", "port": "5432", "database": key.replace("-", "_"), "sslmode": "require"},
        }
        for key in DATABASES
    ]
    return [{"name": "psql-password", "nature": "derived", "template": "password", "source": source}, *strings]


class Estate:
    """A cluster with the secret that RDS manages, and secrets that were seeded from it."""

    def __init__(self, account: EmbeddedAws) -> None:
        self.account, self.aws = account, Aws(ModuleTwin(account))
        self.secrets = account.client("secretsmanager")
        rds, (subnets, _groups) = account.client("rds"), network(account)
        rds.create_db_subnet_group(DBSubnetGroupName="acme", DBSubnetGroupDescription="acme", SubnetIds=subnets)
        cluster = rds.create_db_cluster(
            DBClusterIdentifier="acme",
            Engine="aurora-postgresql",
            DBSubnetGroupName="acme",
            MasterUsername="dbadmin",
            ManageMasterUserPassword=True,
        )["DBCluster"]
        self.source: str = cluster["MasterUserSecret"]["SecretArn"]
        self.followers = followers(self.source)
        self.names = [entry["name"] for entry in self.followers]
        for entry in [*self.followers, *OTHERS]:
            self.secrets.create_secret(Name=entry["name"])
        assert len(self.seed().changes) == 10

    def seed(self) -> Outcome:
        """Seed as a run does."""
        outcome = Seeding(self.aws, parsed([*OTHERS, *self.followers]), Wish(), fetch=str).run()
        assert outcome.errors == {}
        return outcome

    def rotate(self) -> None:
        """Let AWS rotate the master password."""
        self.secrets.rotate_secret(SecretId=self.source, RotateImmediately=True)

    def versions(self) -> dict[str, str]:
        """Return the current version of every secret but the source."""
        found = {}
        for entry in self.secrets.list_secrets()["SecretList"]:
            if not entry.get("OwningService"):
                stages = entry.get("SecretVersionsToStages") or {}
                found[entry["Name"]] = next((key for key, labels in stages.items() if "AWSCURRENT" in labels), "")
        return found

    def value(self, name: str) -> str:
        """Return a value."""
        return str(self.secrets.get_secret_value(SecretId=name)["SecretString"])

    def password(self) -> str:
        """Return the master password."""
        return str(json.loads(self.value(self.source))["password"])

    def sync(self) -> dict[str, Any]:
        """Do what the function does."""
        return secret_sync.synchronised(self.aws, self.followers)

    def writes(self) -> list[str]:
        """Return the writes to Secrets Manager since the log was emptied."""
        return [call for call in self.account.writes() if call.startswith("secretsmanager:")]


@pytest.fixture
def estate(account: EmbeddedAws) -> Estate:
    """Return a seeded estate."""
    return Estate(account)


def test_exactly_what_is_stale_is_rewritten(estate: Estate) -> None:
    before, old = estate.versions(), estate.password()
    estate.rotate()
    assert estate.password() != old
    estate.account.forget_calls()
    assert estate.sync() == {"changed": estate.names, "unchanged": []}
    assert estate.writes() == ["secretsmanager:PutSecretValue"] * 7
    after = estate.versions()
    assert sorted(name for name in after if after[name] != before[name]) == sorted(estate.names)
    assert estate.value("psql-password") == estate.password()
    for key in DATABASES:
        url = urlsplit(estate.value(f"psql-connection-string-{key}"))
        assert unquote(url.password or "") == estate.password()
        assert url.path == f"/{key.replace('-', '_')}"


def test_seeding_after_it_finds_nothing_to_do(estate: Estate) -> None:
    estate.rotate()
    estate.sync()
    estate.account.forget_calls()
    assert estate.seed().changes == []
    assert estate.writes() == []


def test_it_finds_nothing_to_do_after_seeding_or_a_second_time(estate: Estate) -> None:
    estate.account.forget_calls()
    assert estate.sync() == {"changed": [], "unchanged": estate.names}
    estate.rotate()
    estate.seed()
    estate.account.forget_calls()
    assert estate.sync()["changed"] == []
    assert estate.writes() == []
    assert "GetSecretValue" not in [call["operation"] for call in estate.account.calls()]


def test_one_that_fails_stops_none_of_the_others(estate: Estate) -> None:
    estate.rotate()
    estate.secrets.delete_secret(SecretId="psql-password", RecoveryWindowInDays=7)
    with pytest.raises(secret_sync.Stale, match="psql-password"):
        estate.sync()
    for key in DATABASES:
        assert unquote(urlsplit(estate.value(f"psql-connection-string-{key}")).password or "") == estate.password()


def test_nothing_secret_is_logged_or_told(estate: Estate, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "secret_sync")
    estate.rotate()
    estate.secrets.delete_secret(SecretId="psql-password", RecoveryWindowInDays=7)
    with pytest.raises(secret_sync.Stale) as failure:
        estate.sync()
    said = "\n".join([*(record.getMessage() for record in caplog.records), str(failure.value)])
    assert "psql-connection-string-chat" in said
    assert estate.password() not in said
    assert json.dumps(estate.password())[1:-1] not in said


def test_the_archive_runs_by_itself(estate: Estate, tmp_path: Path) -> None:
    """What is uploaded holds all that the handler needs beside the SDK, and nothing of Ansible."""
    content = bundle.archive(
        {
            "directory": str(ROOT / "plugins" / "module_utils"),
            "entry": "functions/secret_sync.py",
            "files": {"module_utils/functions/secret_sync.json": json.dumps(estate.followers)},
        }
    )
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        assert not [
            name for name in packed.namelist() if name.startswith(("module_utils/kinds", "module_utils/checks"))
        ]
        packed.extractall(tmp_path)
    estate.rotate()
    program = (
        f"import sys, json\nsys.path.insert(0, {str(tmp_path)!r})\n"
        "from module_utils.functions.secret_sync import handler\n"
        "print(json.dumps(handler({}, None)))\n"
        "assert not [name for name in sys.modules if name.split('.')[0].startswith('ansible')]\n"
    )
    environment = {**estate.account.environment(), "AWS_REGION": REGION}
    done = subprocess.run(
        [sys.executable, "-P", "-c", program],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"changed": estate.names, "unchanged": []}
    assert estate.password() not in done.stdout + done.stderr
    assert estate.seed().changes == []


def key(account: EmbeddedAws) -> str:
    """Return the ARN of a key that CloudWatch Logs may use."""
    everybody = {"AWS": f"arn:aws:iam::{ACCOUNT}:root", "Service": f"logs.{REGION}.amazonaws.com"}
    statement = {"Effect": "Allow", "Principal": everybody, "Action": "kms:*", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    return str(account.client("kms").create_key(Policy=policy)["KeyMetadata"]["Arn"])


def looks_as_it_should(estate: Estate, key_arn: str) -> None:
    """Look with plain boto3 at the function, at what invokes it and at what it may do."""
    iam, events, name = estate.account.client("iam"), estate.account.client("events"), "acme-dai-test-euc2-secret-sync"
    function = estate.account.client("lambda").get_function(FunctionName=f"lambda-{name}")["Configuration"]
    assert (function["Runtime"], function["Architectures"]) == ("python3.13", ["arm64"])
    assert "Environment" not in function
    rule = events.describe_rule(Name=f"rule-{name}")
    assert {tuple(way["resources"]) for way in json.loads(rule["EventPattern"])["$or"] if "resources" in way} == {
        (estate.source,)
    }
    assert [target["Arn"] for target in events.list_targets_by_rule(Rule=rule["Name"])["Targets"]] == [
        function["FunctionArn"]
    ]
    policy = iam.get_role_policy(RoleName=f"role-{name}", PolicyName=f"policy-{name}")["PolicyDocument"]
    statements = {statement["Sid"]: statement for statement in policy["Statement"]}
    arns = [estate.secrets.describe_secret(SecretId=follower)["ARN"] for follower in estate.names]
    assert statements["ReadTheSource"]["Resource"] == estate.source
    assert sorted(statements["RewriteWhatFollows"]["Resource"]) == sorted(arns)
    for use in ("DecryptTheSource", "EncryptWhatFollows"):
        assert statements[use]["Resource"] == key_arn
        conditions = statements[use]["Condition"]["StringEquals"]
        assert sorted(conditions) == ["kms:EncryptionContext:SecretARN", "kms:ViaService"]


def test_the_role_gives_the_function_what_the_role_secrets_seeds(estate: Estate, tmp_path: Path) -> None:
    """Both roles after each other, a rotation, the function, and a seeding run that finds nothing to do."""
    for name in [*estate.names, *(entry["name"] for entry in OTHERS)]:
        estate.secrets.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)
    account = estate.account
    key_arn = key(account)
    account.client("iam").create_user(UserName="existing")
    group = account.client("ec2").describe_security_groups(Filters=[{"Name": "group-name", "Values": ["one"]}])
    (first, *_rest) = group["SecurityGroups"]
    subnets = account.client("ec2").describe_subnets(Filters=[{"Name": "vpc-id", "Values": [first["VpcId"]]}])
    variables = {
        "environment_name": "test",
        "common_infrastructure": {"kms_key_secrets_manager_arn": key_arn},
        "aurora_outputs": {
            "aurora_cluster_endpoint": "db.example.com",
            "aurora_cluster_port": 5432,
            "aurora_master_username": "dbadmin",
            "aurora_master_user_secret_arn": estate.source,
        },
        "elasticache_outputs": {"elasticache_primary_endpoint_address": "cache.example.com", "elasticache_port": 6380},
        "s3_vpc_only_outputs": {
            f"s3_bucket_{bucket}_data_{what}": f"existing-{bucket}"
            for bucket in ("application", "ai")
            for what in ("id", "arn")
        },
        "secrets_s3_user_name": "existing",
        "secrets_ca_bundle_file": str(ROOT / "inventories" / "files" / "test-rds-ca.pem"),
        "secret_sync_log_kms_key_arn": "{{ common_infrastructure.kms_key_secrets_manager_arn }}",
        "secret_sync_vpc_id": first["VpcId"],
        "secret_sync_subnet_ids": [subnet["SubnetId"] for subnet in subnets["Subnets"]],
        "secret_sync_endpoint_security_group_ids": [first["GroupId"]],
    }
    tasks = [
        {"import_role": {"name": "dataai.platform.secrets"}},
        {"import_role": {"name": "dataai.platform.secret_sync"}},
        {
            "copy": {
                "content": "{{ __secret_sync_code.files.values() | first }}",
                "dest": str(tmp_path / "specs.json"),
            },
        },
    ]

    def run() -> str:
        outcome = play_tasks(account, tmp_path, tasks, variables)
        assert outcome.code == 0, outcome.text[-6000:]
        return outcome.text

    run()
    looks_as_it_should(estate, key_arn)
    specs = json.loads((tmp_path / "specs.json").read_text())
    assert sorted(entry["name"] for entry in specs) == sorted(estate.names)
    before = estate.versions()
    estate.rotate()
    changed = secret_sync.synchronised(estate.aws, specs)["changed"]
    assert sorted(changed) == sorted(estate.names)
    after = estate.versions()
    assert sorted(name for name in after if after[name] != before[name]) == sorted(estate.names)
    estate.account.forget_calls()
    assert "changed=0" in run()
    assert estate.writes() == []
    other = {"secret_sync_source_arn": estate.source.replace("rds!", "ours!"), "secret_sync_log_retention_days": 7}
    refused = play_tasks(account, tmp_path, tasks, {**variables, **other})
    assert refused.code == 2
    assert "no secret in secret_sync_secrets is derived from it" in " ".join(refused.text.split())
    assert estate.writes() == []
