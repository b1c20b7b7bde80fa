# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Works out what roles hand to modules for given values of variables, as Ansible does it but without running anything.

Reads ``{"variable": [value, ...]}`` and writes, for each value, the arguments of all tasks that the variable reaches, and
whether they are played. What only a run finds out is a fixed text.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleTemplateError
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import init_plugin_loader
from ansible.template import Templar

ROOT = Path(__file__).resolve().parents[2]
ROLES = sorted(folder.name for folder in ROOT.glob("roles/*") if folder.is_dir())
LATER = "(not known before the run)"


class Roles:
    """All tasks of all roles and playbooks, and all variables of a deployment that has its own network."""

    def __init__(self) -> None:
        self.loader = DataLoader()
        self.variables: dict[str, Any] = {}
        for role in ROLES:
            for part in ("defaults", "vars"):
                self.variables.update(self._load(ROOT / f"roles/{role}/{part}/main.yml") or {})
        self.texts = {name: set(re.findall(r"\w+", str(value))) for name, value in self.variables.items()}
        self.variables.update(self._load(ROOT / "inventories/common.yml"))
        below = {name: f"known-{name}" for name in self.variables["common_unknown_infrastructure"]}
        self.variables.update(
            environment_name="dev",
            aws_account_id="123456789012",
            infrastructure={
                n: [text] if n.endswith(("s_ids", "cidrs", "zones", "t_ids")) else text for n, text in below.items()
            },
            ansible_check_mode=False,
            role_path=str(ROOT / "roles/secrets"),
        )
        files = [*ROOT.glob("roles/*/tasks/*.yml"), *ROOT.glob("playbooks/*.yml")]
        self.tasks = [entry for path in sorted(files) for entry in self._tasks(path)]

    def _load(self, path: Path) -> Any:
        return self.loader.load_from_file(str(path), trusted_as_template=True) if path.exists() else None

    def _tasks(self, path: Path) -> Iterator[tuple[str, dict[str, Any], set[str]]]:
        for task in self._flat(self._load(path) or []):
            yield f"{path.relative_to(ROOT)}: {task['name']}", task, set(re.findall(r"\w+", str(task)))

    def _flat(self, tasks: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        for task in tasks:
            inner = [item for part in ("tasks", "block", "rescue", "always") for item in task.get(part, ())]
            yield from self._flat(inner) if inner else [task]

    def reached(self, name: str) -> set[str]:
        """Return the variable and all that follow from it, at any remove."""
        found: set[str] = set()
        todo = {name}
        while todo:
            found |= todo
            todo = {variable for variable, words in self.texts.items() if words & todo} - found
        return found

    def handed(self, name: str, value: Any) -> dict[str, Any]:
        """Return what all tasks that the variable reaches get where it has this value."""
        templar = Templar(self.loader, variables={**self.variables, name: value})
        reached = self.reached(name)
        return {
            f"{title}: {key}": self._value(
                templar, key, part, {**self.variables, **(task.get("vars") or {}), name: value}
            )
            for title, task, words in self.tasks
            if words & reached
            for key, part in task.items()
            if key == "when" or key.startswith(("dataai.platform.", "ansible.builtin.set_fact"))
        }

    def _value(self, templar: Templar, key: str, value: Any, variables: dict[str, Any]) -> Any:
        templar = templar.copy_with_new_env(available_variables=variables)
        if key == "when":
            conditions = value if isinstance(value, list) else [value]
            return [_attempt(templar.evaluate_conditional, condition) for condition in conditions]
        arguments = {name: _attempt(templar.template, part) for name, part in dict(value).items()}
        kind = key.rpartition(".")[2]
        if kind not in KINDS:
            return arguments
        spec = {name: option for name, option in argument_spec(kind_class(kind)).items() if name in arguments}
        known = {name: part for name, part in arguments.items() if name in spec and part != LATER}
        checked = ArgumentSpecValidator(spec).validate(known)
        return [{**arguments, **checked.validated_parameters}, checked.error_messages]


def _attempt(work: Any, value: Any) -> Any:
    try:
        return work(value)
    except AnsibleTemplateError:
        return LATER


if __name__ == "__main__":
    init_plugin_loader([])
    from ansible_collections.dataai.platform.plugins.module_utils.aws.kinds import KINDS, kind_class
    from ansible_collections.dataai.platform.plugins.module_utils.aws.run import argument_spec

    roles = Roles()
    print(
        json.dumps(
            {
                name: [json.dumps(roles.handed(name, value), sort_keys=True, default=str) for value in values]
                for name, values in json.load(sys.stdin).items()
            }
        )
    )
