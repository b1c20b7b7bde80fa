# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A layer as one graph: a refusal comes before the first write, a failure stops what needs it and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from .conftest import REGION, EmbeddedAws
from .operator import Outcome, play_tasks

pytestmark = pytest.mark.xdist_group("graph")

VPC = {
    "name": "Make the VPC",
    "dataai.platform.vpc": {"name": "acme", "cidr_block": "10.0.0.0/16", "region": REGION, "tags": {"Name": "acme"}},
    "register": "__acme_vpc_result",
}
SUBNET = {
    "name": "Make the subnet",
    "dataai.platform.subnet": {
        "name": "acme-a",
        "vpc_id": "{{ __acme_vpc_result.resources.acme.id }}",
        "cidr_block": "10.0.0.0/24",
        "availability_zone": f"{REGION}a",
        "region": REGION,
        "tags": {"Name": "acme-a"},
    },
    "register": "__acme_subnet_result",
}
LOG_GROUP = {
    "name": "Make the log group",
    "dataai.platform.log_group": {"name": "/acme/app", "retention_days": 30, "region": REGION},
    "register": "__acme_log_group_result",
}
PARAMETER = {
    "name": "Say where it is",
    "dataai.platform.ssm_parameter": {
        "name": "/acme/subnet",
        "value": "{{ acme_outputs.subnet }}",
        "region": REGION,
    },
    "register": "__acme_parameter_result",
}
TELL = {
    "name": "Tell what there is",
    "ansible.builtin.set_fact": {
        "acme_outputs": {
            "subnet": "{{ __acme_subnet_result.resources['acme-a'].id }}",
            "text": "subnet {{ __acme_subnet_result.resources['acme-a'].id }}",
        }
    },
}


def declared(*tasks: dict[str, Any]) -> list[dict[str, Any]]:
    """Return tasks that declare, and what builds it and tells what came of it."""
    return [
        {"name": "Declare", "vars": {"platform_declares": True}, "block": list(tasks)},
        {
            "name": "Build",
            "ansible.builtin.import_role": {"name": "dataai.platform.common", "tasks_from": "build.yml"},
        },
        {"name": "Show", "ansible.builtin.debug": {"msg": "{{ acme_outputs | default('') | to_json }}"}},
    ]


def build(aws: EmbeddedAws, folder: Path, *tasks: dict[str, Any]) -> Outcome:
    """Declare tasks and build them."""
    return play_tasks(aws, folder, declared(*tasks), {"environment_name": "dev"})


def test_references_become_what_they_stand_for(account: EmbeddedAws, tmp_path: Path) -> None:
    made = build(account, tmp_path, VPC, SUBNET, TELL, PARAMETER)
    assert made.code == 0, made.text[-4000:]
    (subnet,) = account.client("ec2").describe_subnets(Filters=[{"Name": "tag:Name", "Values": ["acme-a"]}])["Subnets"]
    parameter = account.client("ssm").get_parameter(Name="/acme/subnet")["Parameter"]
    assert parameter["Value"] == subnet["SubnetId"]
    assert f"subnet {subnet['SubnetId']}" in made.text
    assert "known after apply" not in made.text.rsplit("TASK [Show]", 1)[-1]
    told = [line.split(" (")[0] for line in made.text.splitlines() if line.startswith("created: ")]
    assert told == ["created: VPC acme", "created: subnet acme-a", "created: SSM parameter /acme/subnet"]
    account.forget_calls()
    again = build(account, tmp_path, VPC, SUBNET, TELL, PARAMETER)
    assert (again.code, again.changed, account.writes()) == (0, 0, [])
    assert "created: " not in again.text


def test_one_refusal_comes_before_the_first_write_of_all(account: EmbeddedAws, tmp_path: Path) -> None:
    assert build(account, tmp_path, VPC).code == 0
    account.forget_calls()
    other = {**VPC, "dataai.platform.vpc": {**VPC["dataai.platform.vpc"], "cidr_block": "10.1.0.0/16"}}
    wrong = {**LOG_GROUP, "dataai.platform.log_group": {**LOG_GROUP["dataai.platform.log_group"], "retention_days": 31}}
    alike = {**wrong, "dataai.platform.log_group": {**wrong["dataai.platform.log_group"], "name": "/acme/other"}}
    refused = build(account, tmp_path, wrong, {**alike, "register": "__acme_other_result"}, other, SUBNET)
    assert refused.code == 2
    assert account.writes() == []
    told = refused.text.rsplit("fatal:", 1)[-1]
    assert "cidr_block" in told
    assert " ".join(told.split()).count("log group /acme/app, /acme/other: value of retention_days") == 1
    assert refused.text.count("retention_days") == told.count("retention_days") == 1


def test_beside_a_failure_all_else_is_built_and_the_next_run_goes_on(account: EmbeddedAws, tmp_path: Path) -> None:
    account.admin(
        "POST", "faults", {"service": "ec2", "operation": "CreateSubnet", "kind": "access_denied", "times": 99}
    )
    failed = build(account, tmp_path, VPC, SUBNET, TELL, PARAMETER, LOG_GROUP)
    assert failed.code == 2
    told = failed.text.rsplit("fatal:", 1)[-1]
    assert "ec2:CreateSubnet" in told
    assert "/acme/subnet: not done, because it needs what failed (subnet acme-a)" in " ".join(told.split())
    assert account.client("logs").describe_log_groups(logGroupNamePrefix="/acme/app")["logGroups"]
    account.admin("DELETE", "faults")
    after = build(account, tmp_path, VPC, SUBNET, TELL, PARAMETER, LOG_GROUP)
    assert after.code == 0, after.text[-4000:]
    assert account.client("ssm").get_parameter(Name="/acme/subnet")["Parameter"]["Value"].startswith("subnet-")


def test_what_is_to_be_made_is_made_though_it_is_read_again_before(account: EmbeddedAws, tmp_path: Path) -> None:
    """A graph in check mode in between leaves it to the one that makes it."""
    read = {
        "name": "Read it, where it is not made in this run",
        "check_mode": True,
        "block": [
            LOG_GROUP,
            {"name": "Look", "dataai.platform.graph": {"region": REGION}, "register": "__acme_first_result"},
            VPC,
        ],
    }
    made = build(account, tmp_path, VPC, LOG_GROUP, read, SUBNET)
    assert made.code == 0, made.text[-4000:]
    assert account.client("logs").describe_log_groups(logGroupNamePrefix="/acme/app")["logGroups"]
    assert account.client("ec2").describe_subnets(Filters=[{"Name": "tag:Name", "Values": ["acme-a"]}])["Subnets"]
