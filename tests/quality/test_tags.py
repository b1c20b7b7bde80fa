# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each layer and role can be selected by its name, on hosts that a variable names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from .conftest import ROOT

PLAYBOOKS = sorted(ROOT.glob("playbooks/*.yml"))
COMMON = yaml.safe_load((ROOT / "roles/common/defaults/main.yml").read_text())
LAYERS = {
    "infrastructure": COMMON["common_infrastructure_roles"],
    "data_and_ai": COMMON["common_data_and_ai_roles"],
}


def tasks(entries: Any) -> Iterator[dict[str, Any]]:
    """Yield tasks, those in blocks too, with the tags that they inherit; what only remembers a failure is left out."""
    for entry in entries or ():
        inner = [part for name in ("block", "always") for part in entry.get(name, ())]
        yield from tasks([{**part, "tags": [*entry.get("tags", ()), *part.get("tags", ())]} for part in inner])
        if not inner:
            yield entry


def of_playbook(name: str) -> list[dict[str, Any]]:
    plays = yaml.safe_load((ROOT / f"playbooks/{name}.yml").read_text())
    return [task for play in plays for task in tasks(play.get("tasks"))]


def role_of(task: dict[str, Any]) -> str:
    used = task.get("ansible.builtin.import_role") or task.get("ansible.builtin.include_role") or {}
    return str(used.get("name", "")).removeprefix("dataai.platform.")


@pytest.mark.parametrize("layer", LAYERS)
def test_a_layer_and_each_of_its_roles_has_a_tag(layer: str) -> None:
    for playbook in (layer, "destroy"):
        for task in of_playbook(playbook):
            role = role_of(task)
            if role in LAYERS[layer] and "never" not in task["tags"]:
                assert {layer, role} <= set(task["tags"]), task["name"]
                if "ansible.builtin.include_role" in task:
                    applied = task["ansible.builtin.include_role"]["apply"]["tags"]
                    assert {layer, role} <= set(applied), task["name"]


def test_what_checks_and_records_is_always_played() -> None:
    """Whatever is selected; what is read of others, only where these are not played themselves."""
    for playbook in ("site", *LAYERS, "destroy"):
        for task in of_playbook(playbook):
            if role_of(task) == "common" and task["ansible.builtin.import_role"]["tasks_from"] != "outputs.yml":
                assert "always" in task["tags"], task["name"]
            if "never" in task.get("tags", ()):
                assert task["check_mode"] is True, task["name"]
                assert role_of(task) not in task["tags"], task["name"]


@pytest.mark.parametrize(
    ("playbook", "role"),
    [("databases", "databases"), ("seed_secrets", "secrets"), ("rotate_s3_credentials", "secrets")],
)
def test_a_playbook_of_one_role_is_selected_as_a_whole_by_it(playbook: str, role: str) -> None:
    for play in yaml.safe_load((ROOT / f"playbooks/{playbook}.yml").read_text()):
        assert {"data_and_ai", role} <= set(play["tags"]), play["name"]


@pytest.mark.parametrize("file", PLAYBOOKS, ids=lambda file: file.stem)
def test_hosts_are_named_by_a_variable(file: Any) -> None:
    for play in yaml.safe_load(file.read_text()):
        if "hosts" in play:
            assert play["hosts"] == "{{ platform_hosts | default('localhost') }}", play["name"]
