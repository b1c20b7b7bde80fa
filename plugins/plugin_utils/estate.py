# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whose a value is: the estate that a play's own variables describe, and what is kept of it from task to task.

Facts outrank a play's variables and outlive it, and one run may play several estates on one host. So whatever is kept
carries a mark of the estate that it was made for, and whoever takes it up compares the mark with the play's variables.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from ansible_collections.dataai.platform.plugins.module_utils.core.names import names

Variables = Mapping[str, Any]
Template = Callable[[Any], Any]

ROLES = Path(__file__).parents[2] / "roles"  # not resolved: the loader has these files in memory by this path

#: What tells one estate from another, in the order in which its mark names them.
_IDENTITY = ("aws_account_id", "aws_region", "org_moniker", "product_moniker", "environment_name")


class Estate:
    """The estate that variables describe.

    Args:
        variables: the variables as they are, not templated.
        template: returns the value of a variable.
    """

    def __init__(self, variables: Variables, template: Template) -> None:
        self._variables, self._template = variables, template

    def value(self, name: str) -> str:
        """Return a variable as text; empty where there is none."""
        value = self._variables.get(name)
        if isinstance(value, str) and "{" in value:
            value = self._template(value)
        return "" if value is None else str(value)

    @property
    def complete(self) -> bool:
        """Whether the variables describe an estate at all."""
        return all(name in self._variables for name in _IDENTITY)

    @property
    def id(self) -> str:
        """The mark: account, region, and organisation, product and environment."""
        account, region, *owner = (self.value(name) for name in _IDENTITY)
        return f"{account}/{region}/{'-'.join(owner)}"

    def names(self) -> dict[str, str]:
        """Return every name of the estate by key.

        Raises:
            ValueError: the region is none.
        """
        return names(
            org_moniker=self.value("org_moniker"),
            product_moniker=self.value("product_moniker"),
            environment=self.value("environment_name"),
            region=self.value("aws_region"),
            account=self.value("aws_account_id"),
            bucket_suffix=self.value("common_bucket_suffix"),
        )

    def tags(self) -> dict[str, str]:
        """Return the tags of every resource of the estate."""
        product = self.value("product")
        found = {
            "org:Name": self.value("org"),
            "product:Id": product,
            "product:Environment": self.value("environment_name"),
            "governance:SemanticVersion": self.value("semantic_version"),
            "automation:ManagedBy": "ansible",
            "automation:Pipeline": self.value("automation_pipeline"),
            "cost:CostCenter": f"product-{product}",
            "cost:Project": self.value("cost_project"),
        }
        optional = {"org:Domain": self.value("org_domain"), "org:DataResidency": self.value("org_data_residency")}
        added = self._template(self._variables.get("additional_tags"))
        others = {str(key): str(value) for key, value in added.items()} if isinstance(added, Mapping) else {}
        return {**others, **found, **{key: value for key, value in optional.items() if value}}

    # --- what is kept -----------------------------------------------------------------------------------------------

    def marks(self) -> dict[str, str]:
        """Return what a result carries, to tell whose it is: the estate, and what kind of run it was made in."""
        return {"estate": self.id, "mode": self.value("common_mode")} if self.complete else {}

    def owns(self, kept: Mapping[str, Any]) -> bool:
        """Tell whether what was kept was made for this estate. What has no mark was given by the user."""
        return "estate" not in kept or str(kept["estate"]) == self.id

    def made(self, result: Mapping[str, Any], mode: str) -> bool:
        """Tell whether a result was made for this estate in this kind of run; what has no mark, in any."""
        return all(str(result.get(key, mark)) == mark for key, mark in {**self.marks(), "mode": mode}.items())

    def own(self, name: str) -> dict[str, Any]:
        """Return a variable that was kept, without its mark; empty where there is none, or another estate's."""
        kept = self._template(self._variables.get(name))
        if not isinstance(kept, Mapping) or not self.owns(kept):
            return {}
        return {key: value for key, value in kept.items() if key != "estate"}


# --- what was checked -----------------------------------------------------------------------------------------------

#: What common keeps or works out in a run; its other variables are input.
_OF_THE_RUN = {
    "common_mode",
    "common_preflight_roles",
    "common_infrastructure",
    "common_known_infrastructure",
    "common_outputs",
    "common_stateful_names",
    "common_stateful_roles",
    "common_unacknowledged",
    "common_acknowledged",
}
_NOT_INPUT = re.compile(r"^(ansible_.*|role_.*|hostvars|vars|groups|environment|omit|platform_mode|.*_outputs)$")
_WORD = re.compile(r"[A-Za-z_]\w*")


def digests(roles: Iterable[str], variables: Variables, load: Callable[[Path], Mapping[str, Any]]) -> dict[str, str]:
    """Return, for each role, a digest of the input that it and the estate are described by.

    The input are the variables that the roles document, and those that these refer to, as they were given. What they
    refer to but a run finds out, such as the ids of the layer below, does not count.

    Args:
        roles: names of roles of this collection.
        variables: the variables of the play, not templated.
        load: returns the content of a YAML file.
    """
    of_role = {folder.name: load(folder / "defaults" / "main.yml") for folder in sorted(ROLES.iterdir())}
    known: dict[str, Any] = {}
    for defaults in of_role.values():
        known.update(defaults)
    known.update(variables)
    inner = tuple(f"__{role}_" for role in of_role)  # what roles work out, and register
    known = {name: value for name, value in known.items() if not (_NOT_INPUT.match(name) or name.startswith(inner))}
    shared = [name for name in of_role["common"] if name not in _OF_THE_RUN]
    return {role: _digest([*shared, *(of_role[role] if role != "common" else ())], known) for role in roles}


def loaded(loader: Any) -> Callable[[Path], Mapping[str, Any]]:
    """Return a function that gives the content of a YAML file, from the memory of Ansible's loader where it can."""

    def load(path: Path) -> Mapping[str, Any]:
        # As it is in the loader's memory: copies of it take longer than all else here, and it is only read.
        return loader.load_from_file(str(path), trusted_as_template=True, unsafe=True) or {} if path.exists() else {}

    return load


def _digest(names_: Iterable[str], variables: Variables) -> str:
    found: dict[str, Any] = {}
    todo = list(names_)
    while todo:
        name = todo.pop()
        if name not in found and name in variables:
            found[name] = variables[name]
            todo += _words(variables[name])
    text = json.dumps(found, sort_keys=True, default=repr)
    return hashlib.sha256(text.encode()).hexdigest()


def _words(value: Any) -> list[str]:
    """Return the words of all templates in a value, among them the names of the variables that it refers to."""
    if isinstance(value, str):
        return _WORD.findall(value) if "{" in value else []
    if isinstance(value, Mapping):
        return [word for item in value.values() for word in _words(item)]
    if isinstance(value, (list, tuple)):
        return [word for item in value for word in _words(item)]
    return []
