# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Values of one environment never serve another, and no way to start a run leads around the guard of the account."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.dataai.platform.plugins.module_utils.aws.session import Aws
from ansible_collections.dataai.platform.plugins.module_utils.core.errors import Refused
from ansible_collections.dataai.platform.plugins.module_utils.core.plan import Options
from ansible_collections.dataai.platform.plugins.module_utils.core.reconcile import reconcile
from ansible_collections.dataai.platform.plugins.module_utils.kinds.log_group import LogGroup

from .conftest import ACCOUNT, ROOT, EmbeddedAws, ModuleTwin
from .operator import Operator, Outcome

OTHER = "210987654321"


class GuardedTwin(ModuleTwin):
    """A module with the option that names the account."""

    def __init__(self, server: EmbeddedAws, account: str | None) -> None:
        super().__init__(server)
        self.params = {"aws_account_id": account}


@pytest.mark.parametrize("allowed", [OTHER, ""], ids=["another account", "no account"])
def test_the_gateway_refuses_the_first_write_to_another_account(account: EmbeddedAws, allowed: str) -> None:
    aws = Aws(GuardedTwin(account, allowed))
    account.forget_calls()
    with pytest.raises(Refused) as refusal:
        reconcile(LogGroup(), aws, [{"name": "/a"}, {"name": "/b"}], Options())
    assert len(refusal.value.problems) == 1
    assert f"aws_account_id is '{allowed}'" in str(refusal.value)
    assert ACCOUNT in str(refusal.value)
    assert account.writes() == []


def test_the_account_is_asked_for_once_and_only_before_a_write(account: EmbeddedAws) -> None:
    aws = Aws(GuardedTwin(account, ACCOUNT))
    account.forget_calls()
    first = reconcile(LogGroup(), aws, [{"name": "/a"}, {"name": "/b"}], Options())
    assert first.errors == {}
    assert [call["operation"] for call in account.calls()].count("GetCallerIdentity") == 1
    account.forget_calls()
    again = Aws(GuardedTwin(account, ACCOUNT))
    assert reconcile(LogGroup(), again, [{"name": "/a"}], Options()).result(LogGroup())["changes"] == []
    assert again.account_of_changes([]) == {}
    assert "GetCallerIdentity" not in [call["operation"] for call in account.calls()]
    assert aws.account_of_changes(["a change"]) == {"account": ACCOUNT}


@pytest.fixture
def operator(account: EmbeddedAws, tmp_path: Path) -> Operator:
    """Return a user of environment ``prod``, whose inventory names no account."""
    return Operator(account, tmp_path, "prod")


def play(operator: Operator, *playbooks: tuple[str, dict[str, Any]]) -> Outcome:
    """Play several playbooks in one run, each with variables of its own."""
    imports = [
        {"ansible.builtin.import_playbook": str(ROOT / f"playbooks/{name}.yml"), "vars": variables}
        for name, variables in playbooks
    ]
    (operator.folder / "all.yml").write_text(yaml.safe_dump(imports))
    return operator.play_file(operator.folder / "all.yml")


def live(aws: EmbeddedAws) -> set[str]:
    """Return the names of the VPCs that are there, and of the keys that nobody deletes."""
    vpcs = [vpc for vpc in aws.client("ec2").describe_vpcs()["Vpcs"] if not vpc["IsDefault"]]
    kms = aws.client("kms")
    keys = [entry for entry in kms.list_aliases()["Aliases"] if entry["AliasName"].startswith("alias/kms-")]
    return {tag["Value"] for vpc in vpcs for tag in vpc["Tags"] if tag["Key"] == "Name"} | {
        entry["AliasName"]
        for entry in keys
        if kms.describe_key(KeyId=entry["TargetKeyId"])["KeyMetadata"]["KeyState"] == "Enabled"
    }


def test_one_run_keeps_its_environments_and_accounts_apart(operator: Operator) -> None:
    """Production is built; a sandbox that was never there is taken down; production of another account is refused."""
    outcome = play(
        operator,
        ("infrastructure", {"aws_account_id": ACCOUNT}),
        ("destroy", {"environment_name": "sbx", "aws_account_id": ACCOUNT, "destroy_acknowledge": ["all"]}),
        ("infrastructure", {"aws_account_id": OTHER}),
    )
    names = {
        f"alias/kms-acme-dai-prod-euc2-{key}" for key in ("general", "secrets-manager", "cloudwatch-logs", "prometheus")
    }
    assert live(operator.aws) == {"vpc-acme-dai-prod-euc2", *names}
    sandbox = json.loads((operator.folder / "build/sbx/changes.json").read_text())
    assert (sandbox["environment"], sandbox["mode"], sandbox["changes"]) == ("sbx", "destroy", [])
    assert outcome.code != 0
    assert f"aws_account_id is '{OTHER}'" in outcome.text
    assert "failed=1" in outcome.text
    # The record of the refused play says what it did: nothing. The one before it is of another account.
    assert outcome.json("changes")["changes"] == []


@pytest.mark.parametrize(
    ("playbook", "task"),
    [("infrastructure", "Make the keys"), ("data_and_ai", "Create the secrets empty, restore those pending deletion")],
)
def test_a_run_that_starts_after_the_check_writes_to_no_other_account(
    operator: Operator, playbook: str, task: str
) -> None:
    operator.aws.forget_calls()
    infrastructure = {"kms_key_secrets_manager_arn": f"arn:aws:kms:eu-central-2:{ACCOUNT}:key/x"}
    variables = {"aws_account_id": OTHER, "infrastructure": infrastructure}
    outcome = operator.play(playbook, "--start-at-task", task, variables=variables)
    assert outcome.code != 0
    assert f"aws_account_id is '{OTHER}'" in outcome.text, outcome.text[-3000:]
    assert operator.aws.writes() == []
    assert outcome.json("changes")["changes"] == []
