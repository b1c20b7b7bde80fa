# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rehearses runs in a process of its own: Ansible's loader of collections wants to be there before all else.

Reads a list of environments with changed variables from standard input, and writes for each what was refused and which
resources were asked; with ``preflight`` as its argument, what all that is known without AWS refuses.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from ansible.errors import AnsibleAction
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import init_plugin_loader
from ansible.template import Templar

init_plugin_loader([])

from ansible_collections.dataai.platform.plugins.action.preflight import ActionModule  # noqa: E402
from ansible_collections.dataai.platform.plugins.module_utils.checks.common import tag_problems  # noqa: E402
from ansible_collections.dataai.platform.plugins.module_utils.core.errors import reasons  # noqa: E402
from ansible_collections.dataai.platform.plugins.module_utils.core.kind import Kind  # noqa: E402
from ansible_collections.dataai.platform.plugins.plugin_utils.known_variables import KnownVariables  # noqa: E402
from ansible_collections.dataai.platform.plugins.plugin_utils.rehearsal import Rehearsal  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
BELOW = ["encryption_keys", "network"]
ROLES = [
    "aurora", "elasticache", "network_endpoints", "prometheus", "grafana", "s3_vpc_only", "bedrock", "secrets",
    "databases", "secret_sync", "database_access",
]  # fmt: skip
LOADER = DataLoader()


class Remembering(Rehearsal):
    """Keeps kind and options of every resource that is asked."""

    def __init__(self, known: KnownVariables) -> None:
        super().__init__(LOADER, known)
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def _ask(self, kind: Kind[Any], item: Mapping[str, Any], *about: Any) -> None:
        self.asked.append((kind.type, dict(item)))
        super()._ask(kind, item, *about)


def read(path: Path) -> dict[str, Any]:
    """Return a file of variables whose texts are templates."""
    return LOADER.load_from_file(str(path), trusted_as_template=True, unsafe=True) or {} if path.exists() else {}


def variables(environment: str, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is known before a run of an environment, with some variables changed."""
    found: dict[str, Any] = {"ansible_check_mode": False}
    for role in ("common", *BELOW, *ROLES):
        for part in ("defaults", "vars"):
            found.update(read(ROOT / "roles" / role / part / "main.yml"))
    own = sorted((ROOT / "inventories" / environment / "group_vars" / "all").glob("*.yml"))
    for content in map(read, (ROOT / "inventories/common.yml", *own)):
        found.update(content.get("all", {}).get("vars", {}) if "all" in content else content)
    return {**found, "aws_account_id": "123456789012", **changes}


def rehearse(environment: str, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Go through the roles of an environment."""
    known = variables(environment, changes)
    templar = Templar(LOADER, variables=known)
    left_out = templar.template(known["common_roles_left_out"])
    run = Remembering(KnownVariables(templar, known))
    for role in (one for one in BELOW if one not in left_out):
        run.role(role)
    run.role("common", "infrastructure.yml")
    for role in (one for one in ROLES if one not in left_out):
        run.role(role)
    return {
        "problems": [
            *tag_problems(run.refusals.tags),
            *(": ".join(filter(None, pair)) for pair in run.refusals.problems),
        ],
        "asked": run.asked,
        "acknowledged": templar.template(known["common_acknowledged"]),
    }


class Preflight(ActionModule):
    """Checks everything that is known without AWS."""

    def _ask_aws(self, *_about: Any) -> dict[str, Any]:
        return {}


def preflight(environment: str, changes: Mapping[str, Any]) -> list[str]:
    """Return the problems of an environment, as a user is told them."""
    known = variables(environment, changes)
    left_out = Templar(LOADER, variables=known).template(known["common_roles_left_out"])
    args = {"roles": [*BELOW, *ROLES], "without": left_out}
    task = SimpleNamespace(args=args, async_val=0, check_mode=True, diff=False, delegate_to=None, _role=None)
    connection = SimpleNamespace(_shell=SimpleNamespace(tmpdir="unused"))
    action = Preflight(task, connection, SimpleNamespace(), LOADER, Templar(LOADER, variables=known), None)
    try:
        action.run(task_vars=known)
    except AnsibleAction as failure:
        return reasons(failure.result)
    return []


if __name__ == "__main__":
    answer = preflight if "preflight" in sys.argv else rehearse
    json.dump([answer(environment, changes) for environment, changes in json.load(sys.stdin)], sys.stdout)
