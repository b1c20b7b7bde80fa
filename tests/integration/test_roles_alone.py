# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Roles in plays of other people: with what every role shares given to each, in a row, and alone."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import yaml

from .conftest import EmbeddedAws
from .operator import ANSIBLE, COMMON, Outcome, environment_of

SHARED = {**COMMON, "environment_name": "dev", "org_domain": "acme.example", "enable_elasticache": True}


def play(aws: EmbeddedAws, folder: Path, *roles: str, private: bool = False, **more: Any) -> Outcome:
    """Play roles, each with its own copy of what every role shares."""
    given = {name: value for name, value in SHARED.items() if not name.startswith("ansible_")}
    entries = [{"role": f"dataai.platform.{role}", **given, **more} for role in roles]
    variables = {"ansible_python_interpreter": COMMON["ansible_python_interpreter"]}
    plays = [{"hosts": "localhost", "gather_facts": False, "vars": variables, "roles": entries}]
    (folder / "play.yml").write_text(yaml.safe_dump(plays))
    environment = {**environment_of(aws), **({"ANSIBLE_PRIVATE_ROLE_VARS": "1"} if private else {})}
    command = [str(ANSIBLE), str(folder / "play.yml")]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    return Outcome(done.returncode, done.stdout + done.stderr, folder / "build")


def test_roles_in_a_row_find_what_those_before_have_made(account: EmbeddedAws, tmp_path: Path) -> None:
    """Without a playbook of ours, whether Ansible keeps a role's variables to itself or not."""
    roles = ("encryption_keys", "network", "elasticache")
    made = play(account, tmp_path, *roles)
    assert made.code == 0, made.text[-4000:]
    assert made.changed > 10
    account.forget_calls()
    again = play(account, tmp_path, *roles, private=True)
    assert (again.code, again.changed, account.writes()) == (0, 0, []), again.text[-4000:]


def test_a_role_alone_names_all_that_it_lacks_and_writes_nothing(account: EmbeddedAws, tmp_path: Path) -> None:
    lacking = play(account, tmp_path, "elasticache", private=True)
    told = " ".join(lacking.text.rsplit("fatal:", 1)[-1].split())
    assert lacking.code == 2
    assert account.writes() == []
    for name in ("vpc_id", "vpc_cidr", "subnet_ids", "private_subnet_cidrs"):
        assert f"elasticache_{name} is not known: give it, or have role network in the play before" in told
    for name in ("kms_key_arn", "log_kms_key_arn"):
        assert f"elasticache_{name} is not known: give it, or have role encryption_keys in the play before" in told
    assert "6 problems" in told
