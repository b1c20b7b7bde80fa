# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Works out what roles hand to modules for given values of variables, as Ansible does it but without running anything.

Reads a list of ``{"values": {...}, "of": [...]}`` and writes, for each, what follows from the variables ``of`` where
variables have these ``values``: arguments of tasks, and whether they are played. What only a run finds out is a fixed
text.
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
CONSTANT = (
    "common_estate",
    "common_names",
    "common_tags",
    "common_tags_infrastructure",
    "common_tags_data_and_ai",
    "common_infrastructure",
)
LATER = "(not known before the run)"


class Roles:
    """All tasks of all roles and playbooks, and all variables of a deployment that has its own network."""

    def __init__(self) -> None:
        self.loader = DataLoader()
        self.variables: dict[str, Any] = {}
        for role in ROLES:
            for part in ("defaults", "vars"):
                self.variables.update(self._load(ROOT / f"roles/{role}/{part}/main.yml") or {})
        self.texts = {name: _words(value) for name, value in self.variables.items()}
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
        templar = Templar(self.loader, variables=self.variables)
        for name in CONSTANT:  # once, and not wherever it is referred to
            self.variables[name] = templar.template(self.variables[name])
        for part in ("subnets", "route_tables"):  # what role network makes first, and its endpoints refer to
            items = f"__network_plan | dataai.platform.network_items('{part}', vpc_id='vpc-known')"
            names = templar.template(f"{{{{ {items} | map(attribute='name') }}}}")
            self.variables[f"__network_{part}_result"] = {"resources": {name: {"id": name} for name in names}}
        for result, name in (("vpc", "vpc"), ("endpoint_group", "endpoint_security_group")):
            one = {self.variables["common_names"][name]: {"id": f"{name}-known"}}
            self.variables[f"__network_{result}_result"] = {"resources": one}
        files = [*ROOT.glob("roles/*/tasks/*.yml"), *ROOT.glob("playbooks/*.yml")]
        self.tasks = [entry for path in sorted(files) for entry in self._tasks(path)]

    def _load(self, path: Path) -> Any:
        return self.loader.load_from_file(str(path), trusted_as_template=True) if path.exists() else None

    def _tasks(self, path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
        for task in self._flat(self._load(path) or []):
            yield f"{path.relative_to(ROOT)}: {task['name']}", task

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

    def handed(self, values: dict[str, Any], names: list[str]) -> dict[str, Any]:
        """Return the arguments that follow from the variables ``names``, where variables have these ``values``."""
        reached = set().union(*(self.reached(name) for name in names))
        found: dict[str, Any] = {}
        for title, task in self.tasks:
            variables = {**self.variables, **(task.get("vars") or {}), **values}
            for key, part in task.items():
                if key == "when" and reached & _words(part):
                    found[f"{title}: {key}"] = self._played(variables, part)
                elif key.startswith(("dataai.platform.", "ansible.builtin.set_fact")):
                    asked = {n: v for n, v in part.items() if reached & _words([v, *(task.get("vars") or {}).values()])}
                    found.update({f"{title}: {n}": value for n, value in self._got(variables, key, asked)})
        return found

    def _played(self, variables: dict[str, Any], conditions: Any) -> list[Any]:
        templar = Templar(self.loader, variables=variables)
        conditions = conditions if isinstance(conditions, list) else [conditions]
        return [_attempt(templar.evaluate_conditional, condition) for condition in conditions]

    def _got(self, variables: dict[str, Any], module: str, asked: dict[str, Any]) -> Iterator[tuple[str, Any]]:
        """Yield the arguments as the module of a kind takes them, or as they are; and what is wrong with them."""
        templar = Templar(self.loader, variables=variables)
        arguments = {name: _attempt(templar.template, value) for name, value in asked.items()}
        yield from arguments.items()
        kind = module.rpartition(".")[2]
        if kind in KINDS:
            spec = {name: option for name, option in argument_spec(kind_class(kind)).items() if name in arguments}
            known = {name: value for name, value in arguments.items() if name in spec and value != LATER}
            checked = ArgumentSpecValidator(spec).validate(known)
            yield from checked.validated_parameters.items()
            yield "errors", checked.error_messages


def _words(value: Any) -> set[str]:
    return set(re.findall(r"\w+", str(value)))


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
    results = [roles.handed(asked["values"], asked["of"]) for asked in json.load(sys.stdin)]
    print(json.dumps([json.dumps(result, sort_keys=True, default=str) for result in results]))
