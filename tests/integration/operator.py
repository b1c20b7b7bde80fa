# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Running playbooks as a user runs them, against an embedded AWS."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from .conftest import ACCOUNT, REGION, ROOT, EmbeddedAws

ANSIBLE = Path(sys.executable).parent / "ansible-playbook"

#: What every role needs to know, where one is played without an inventory.
COMMON = {
    "aws_region": REGION,
    "aws_account_id": ACCOUNT,
    "org": "acme",
    "org_moniker": "acme",
    "product": "data-and-ai",
    "product_moniker": "dai",
    "ansible_python_interpreter": "{{ ansible_playbook_python }}",
}


_PACKED = tempfile.TemporaryDirectory(prefix="packed-")
#: Lets the playbooks of this run of the tests share what Ansible packs: the first one packs.
PACKED_ONCE = {
    "ANSIBLE_CALLBACK_PLUGINS": str(Path(__file__).with_name("callback_plugins")),
    "ANSIBLE_CALLBACKS_ENABLED": "packed_once",
    "PACKED_ONCE_DIRECTORY": _PACKED.name,
}


def environment_of(aws: EmbeddedAws) -> dict[str, str]:
    """Return the environment of a user of that AWS who has configured nothing of Ansible; packing is shared."""
    own = {name: value for name, value in aws.environment().items() if not name.startswith("ANSIBLE_")}
    return {**own, **PACKED_ONCE}


def play_tasks(aws: EmbeddedAws, folder: Path, tasks: list[dict[str, Any]], variables: Mapping[str, Any]) -> Outcome:
    """Play tasks on the controller without an inventory, with ``COMMON`` and further variables."""
    play = {"hosts": "localhost", "gather_facts": False, "vars": {**COMMON, **variables}, "tasks": tasks}
    (folder / "play.yml").write_text(yaml.safe_dump([play]))
    command = [str(ANSIBLE), str(folder / "play.yml")]
    done = subprocess.run(command, cwd=folder, env=environment_of(aws), capture_output=True, text=True, check=False)
    return Outcome(done.returncode, done.stdout + done.stderr, folder / "build")


@dataclass(frozen=True)
class Outcome:
    """What a playbook run printed and left."""

    code: int
    text: str
    build: Path

    @property
    def changed(self) -> int:
        """Number of changed tasks in the recap."""
        return sum(int(count) for count in re.findall(r"changed=(\d+)", self.text.rsplit("PLAY RECAP", 1)[-1]))

    def json(self, name: str) -> Any:
        """Return one of the files that the run left."""
        return json.loads((self.build / f"{name}.json").read_text())

    def changes(self) -> set[tuple[str, str, str]]:
        """Return action, type and name of every change."""
        return {(entry["action"], entry["type"], entry["name"]) for entry in self.json("changes")["changes"]}


@dataclass(frozen=True)
class Operator:
    """A user with a folder to work in, an environment and an AWS."""

    aws: EmbeddedAws
    folder: Path
    environment: str = "local"

    @property
    def build(self) -> Path:
        """The folder of the files that runs leave."""
        return self.folder / "build" / self.environment

    def play(self, playbook: str, *arguments: str, variables: Mapping[str, Any] | None = None) -> Outcome:
        """Run a playbook and return its outcome, whatever it is."""
        extra = {"aws_account_id": ACCOUNT, **(variables or {})}
        return self.play_file(ROOT / "playbooks" / f"{playbook}.yml", "-e", json.dumps(extra), *arguments)

    def play_file(self, playbook: Path, *arguments: str) -> Outcome:
        """Run any playbook with the inventory of the environment and return its outcome."""
        command = [str(ANSIBLE), "-i", str(ROOT / "inventories" / self.environment), str(playbook), *arguments]
        environment = environment_of(self.aws)
        environment.update(ANSIBLE_NOCOLOR="1", ANSIBLE_LOCALHOST_WARNING="0", HOME=os.environ.get("HOME", "/"))
        done = subprocess.run(
            command, cwd=self.folder, env=environment, text=True, capture_output=True, timeout=900, check=False
        )
        return Outcome(done.returncode, done.stdout + done.stderr, self.build)

    def succeed(self, playbook: str, *arguments: str, variables: Mapping[str, Any] | None = None) -> Outcome:
        """Run a playbook that must succeed."""
        outcome = self.play(playbook, *arguments, variables=variables)
        assert outcome.code == 0, outcome.text[-6000:]
        return outcome
