# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks the input of roles before anything is written, and reports every problem at once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleTemplateError
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase

from ansible_collections.dataai.platform.plugins.module_utils.checks.common import (
    IDENTITY,
    NAME_VARIABLES,
    NOBODY,
    identity_problems,
    region_problems,
    stand_in_names,
    tag_problems,
)
from ansible_collections.dataai.platform.plugins.module_utils.core import infrastructure
from ansible_collections.dataai.platform.plugins.module_utils.core.errors import reasons, told
from ansible_collections.dataai.platform.plugins.module_utils.core.graph import referred
from ansible_collections.dataai.platform.plugins.module_utils.core.misspelt import meant
from ansible_collections.dataai.platform.plugins.module_utils.core.names import wrong_names
from ansible_collections.dataai.platform.plugins.module_utils.core.values import is_unknown
from ansible_collections.dataai.platform.plugins.plugin_utils.estate import ROLES, digests, loaded
from ansible_collections.dataai.platform.plugins.plugin_utils.failures import failure
from ansible_collections.dataai.platform.plugins.plugin_utils.known_variables import KnownVariables
from ansible_collections.dataai.platform.plugins.plugin_utils.rehearsal import Rehearsal
from ansible_collections.dataai.platform.plugins.plugin_utils.run_files import unwritable

_CHECKS = "ansible_collections.dataai.platform.plugins.module_utils.checks"

#: What is the same for every task, and dear to resolve.
_ONCE = ("common_names", "common_tags", "common_tags_infrastructure", "common_tags_data_and_ai", "common_databases")

_WORDS = re.compile(r"[\w./-]+")
#: Texts that Ansible's modules take for a boolean and its templates do not.
_NEITHER = ("y", "n", "t", "f")

#: What Ansible's modules make of a text and its templates do not, and how it is written with ``-e``.
_TOGETHER = {
    "list": "a list, with -e as JSON: -e '{{\"{}\": [...]}}'",
    "dict": "a dictionary, with -e as JSON: -e '{{\"{}\": {{...}}}}'",
}

#: A value of the layer below, in a default; where it stands for one that is missing; and the roles that make them.
_OF_BELOW = re.compile(r"common_infrastructure\.(\w+)")
MISSING = "below"
MAKERS = {"network": "network", "keys": "encryption_keys"}

#: Beginnings of names, beside those of the roles, that are ours.
_SHARED = ("enable",)

#: Beginnings of names that nobody types.
_NOT_TYPED = ("ansible_", "inventory_", "__", "role_", "play_", "hostvars")

#: Variables that the playbooks know, and no role.
_OF_PLAYBOOKS = {
    "destroy_failures",
    "destroy_part",
    "destroy_whole",
    "plan_exit_code",
    "platform_declares",
    "platform_environment",
    "platform_hosts",
    "platform_layer",
    "platform_mode",
}


class ActionModule(ActionBase):
    """Resolves the variables of the roles, checks them on the controller, then asks AWS what only AWS knows."""

    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Check and fail with all problems, or succeed."""
        result = super().run(tmp, task_vars)
        roles = ["common", *(role for role in self._task.args["roles"] if role != "common")]
        built = [role for role in roles if role not in (self._task.args.get("without") or ())]
        given = {**(task_vars or {}), **(self._task.args.get("assume") or {})}
        values: dict[str, Any] = {}
        problems: list[str] = []
        specs = {role: self._spec(role) for role in _all_roles()}
        defaults = {name: value for role in roles for name, value in self._defaults(role).items()}
        variables = {**defaults, **given}
        wrong_identity, stand_ins = identity_problems({name: self._given(name, variables) for name in IDENTITY})
        if wrong_identity and wrong_identity[0].startswith(NOBODY):
            raise failure(told(wrong_identity))
        variables.update(stand_ins)
        wrong_region, variables["aws_region"] = self._region(variables)
        for role in roles:
            resolved, wrong = self._resolve(specs[role], variables)
            values.update(resolved)
            problems += wrong
        known = {name for role in specs for name in (*specs[role], *self._defaults(role))}
        problems += _misspelt(given, known | _OF_PLAYBOOKS, specs)
        problems += _other_copy(given)
        problems += _records(values)
        problems += same_records(values, given)
        problems += [*wrong_identity, *wrong_region]
        problems += _checked(["common"], values)
        sound = values
        if problems:
            right = _without_wrong(variables, values, problems)
            sound = {name: value for role in roles for name, value in self._resolve(specs[role], right)[0].items()}
        problems += _checked((role for role in built if role != "common"), sound)
        problems += self._refused(built, variables, sound, problems)
        answer = {} if wrong_identity or wrong_region else self._ask_aws(built, values, given)
        problems += answer.get("problems") or (reasons(answer) if answer.get("failed") else [])
        problems = list(dict.fromkeys(problems))
        result.update(changed=False, account=answer.get("account", ""), checked={})
        if answer.get("warnings"):
            result["warnings"] = answer["warnings"]
        if problems:
            raise failure(told(problems))
        result["checked"] = digests(roles, task_vars or {}, loaded(self._loader))
        return result

    # --- variables --------------------------------------------------------------------------------------------------

    def _load(self, path: Path) -> dict[str, Any]:
        return dict(loaded(self._loader)(path))

    def _spec(self, role: str) -> dict[str, Any]:
        """Return the options of a role, without those that role common has and every role takes."""
        specs = self._load(ROLES / role / "meta" / "argument_specs.yml")
        options = dict(specs.get("argument_specs", {}).get("main", {}).get("options", {}))
        if role == "common":
            return options
        shared = self._spec("common")
        return {name: option for name, option in options.items() if name not in shared}

    def _defaults(self, role: str) -> dict[str, Any]:
        return {
            **self._load(ROLES / role / "defaults" / "main.yml"),
            **self._load(ROLES / role / "vars" / "main.yml"),
        }

    def _resolve(self, spec: Mapping[str, Any], variables: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
        """Return the values of the documented variables and what is wrong with their types.

        A variable that refers to what an earlier layer has not published yet is left out: it is checked where it is
        used. A value of a wrong type is left out after it was reported, so that later checks can rely on types.
        """
        templar = self._templar.copy_with_new_env(available_variables=dict(variables))
        values: dict[str, Any] = {}
        problems: list[str] = []
        for name, option in spec.items():
            if name not in variables:
                if option.get("required"):
                    problems.append(f"{name} is required: {_first_sentence(option)}")
                continue
            try:
                value = templar.template(variables[name])
            except AnsibleTemplateError:
                continue
            if MISSING in referred(value):
                continue
            if option.get("type") == "bool" and str(value).lower() in _NEITHER:
                problems.append(f"{name} is '{value}'; write true or false")
                continue
            if option.get("type") in _TOGETHER and isinstance(value, str) and not is_unknown(value):
                problems.append(f"{name} is a text; write {_TOGETHER[option['type']].format(name)}")
                continue
            checked = ArgumentSpecValidator({name: {**option, "required": False}}).validate({name: value})
            if checked.error_messages:
                problems += [f"{name}: {text}" for text in checked.error_messages]
            else:
                values[name] = checked.validated_parameters[name]
        return values, problems

    def _given(self, name: str, variables: Mapping[str, Any]) -> Any:
        """Return a variable as it is given; ``None`` where it refers to what is not there."""
        try:
            return self._templar.copy_with_new_env(available_variables=dict(variables)).template(variables.get(name))
        except AnsibleTemplateError:
            return None

    def _region(self, variables: Mapping[str, Any]) -> tuple[list[str], Any]:
        """Return what is wrong with the region, and a region to go on with, so that nothing else is told for it."""
        given = variables.get("aws_region")
        try:
            region = self._templar.copy_with_new_env(available_variables=dict(variables)).template(given)
        except AnsibleTemplateError:
            return [], given
        return region_problems(str(region), boolean(variables.get("enable_managed_prometheus", True), strict=False))

    # --- resources --------------------------------------------------------------------------------------------------

    def _refused(
        self, roles: list[str], variables: Mapping[str, Any], values: Mapping[str, Any], told: list[str]
    ) -> Iterable[str]:
        """Return what the kinds of resources refuse, beside what is told already and what follows from that."""
        wrong = _subjects(told, variables)
        once = {name for name in _ONCE if wrong.isdisjoint(re.findall(r"\w+", str(variables.get(name))))}
        resolved = {name: value for name, value in values.items() if isinstance(value, bool) or name in once}
        known = {**_without_wrong(variables, values, told), **resolved}
        rehearsal = Rehearsal(self._loader, KnownVariables(self._templar, known))
        below = values.get("common_infrastructure_roles") or ()
        for role in (role for role in roles if role in below):
            rehearsal.role(role)
        # A role by itself does not look for the layer below: it has what is given, and what roles before it have made.
        alone = self._task._role is not None and self._task._role.get_name(include_role_fqcn=False) != "common"
        if not alone:
            rehearsal.role("common", "infrastructure.yml")
        for role in (role for role in roles if role not in below and role != "common"):
            rehearsal.role(role)
        if alone and not self._task.args.get("values_only"):
            options = {name: variables.get(name) for role in roles for name in self._spec(role)}
            yield from _lacking(rehearsal.refusals.lacking, options)
        yield from tag_problems(rehearsal.refusals.tags)
        consequences = _marks(wrong, variables)
        for where, text in rehearsal.refusals.problems:
            if not consequences & set(_WORDS.findall(f"{where} {text}")) and not any(text in other for other in told):
                yield f"{where}: {text}" if where else text

    # --- AWS --------------------------------------------------------------------------------------------------------

    def _ask_aws(self, roles: list[str], values: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        """Run the module of the same name, which only reads."""
        args = {"roles": roles, "variables": values, "region": values.get("aws_region") or None}
        return self._execute_module(
            module_name="dataai.platform.preflight",
            module_args={name: value for name, value in args.items() if value is not None},
            task_vars=task_vars,
        )


def _lacking(ids: Iterable[str], variables: Mapping[str, Any]) -> Iterable[str]:
    """Report variables that follow from the layer below where that is neither given nor made by an earlier role."""
    for part, names in infrastructure.NEEDED.items():
        for name, raw in variables.items():
            if set(_OF_BELOW.findall(str(raw))) & set(names) & set(ids):
                yield f"{name} is not known: give it, or have role {MAKERS[part]} in the play before, which makes it"


def _other_copy(variables: Mapping[str, Any]) -> Iterable[str]:
    """Report that the playbooks of a checkout would run the roles of an installed copy."""
    checkout, used = Path(str(variables.get("playbook_dir", ""))).resolve().parent, ROLES.resolve().parent
    if used != checkout and _is_copy_of_ours(checkout):
        yield (
            f"the playbook is that of {checkout}, but its roles would be those of {used}, which Ansible finds "
            f"first: run it in {checkout}, where ansible.cfg names .venv first, or set "
            f"ANSIBLE_COLLECTIONS_PATH={checkout / '.venv'}"
        )


def _records(values: Mapping[str, Any]) -> Iterable[str]:
    """Report a folder in which a run could leave no record of what it did."""
    directory = str(values.get("common_build_directory") or "")
    why = unwritable(directory) if directory else ""
    if why:
        yield (
            f"common_build_directory is '{directory}', where a run leaves its records, and {why}: start Ansible in a "
            "folder that can be written to, or name one, such as -e common_build_directory=/tmp/records"
        )


def same_records(values: Mapping[str, Any], given: Mapping[str, Any]) -> Iterable[str]:
    """Report hosts whose runs would leave their records in one folder, where the last one would win."""
    own, this = values.get("common_build_directory"), given.get("inventory_hostname")
    others = [host for host in given.get("ansible_play_hosts_all") or () if host != this]
    same = [host for host in others if own and _directory(given["hostvars"][host]) == str(own)]
    if same:
        yield (
            f"common_build_directory is '{own}' for {', '.join(sorted(map(str, [*same, this])))}, "
            "and each would overwrite the records of the others: give each host a folder of its own, or another "
            "environment_name"
        )


def _directory(host: Mapping[str, Any]) -> str:
    """Return the folder for the records of another host, as far as its variables tell."""
    try:
        return str(host.get("common_build_directory") or f"build/{host.get('environment_name')}")
    except AnsibleTemplateError:
        return ""


def _is_copy_of_ours(folder: Path) -> bool:
    """Tell whether a folder is the root of this collection."""
    file = folder / "galaxy.yml"
    if not file.is_file():
        return False
    return {"namespace: dataai", "name: platform"} <= set(file.read_text(encoding="utf-8").splitlines())


def _all_roles() -> list[str]:
    return sorted(path.name for path in ROLES.iterdir() if path.is_dir())


def _first_sentence(option: Mapping[str, Any]) -> str:
    text = option.get("description", "")
    return str(text[0] if isinstance(text, list) else text).strip()


def _misspelt(given: Iterable[str], known: set[str], roles: Iterable[str]) -> Iterable[str]:
    """Report variables whose names are nearly right: they would say nothing, and a default hold. Others are others'."""
    families = [*roles, *_SHARED]
    for name in sorted(set(given) - known):
        if not name.endswith("_outputs") and not name.startswith(_NOT_TYPED):
            right = meant(name, known, families)
            if right:
                yield f"{name} is no variable of this collection: did you mean {right}?"


def _without_wrong(variables: Mapping[str, Any], values: Mapping[str, Any], told: Iterable[str]) -> dict[str, Any]:
    """Return the variables to go on with: what is wrong is not known, and what follows from it is not either.

    Others stand in for a wrong region and for wrong names, on which nearly everything depends.
    """
    wrong = _subjects(told, variables)
    known = {name: value for name, value in variables.items() if name not in wrong or name == "aws_region"}
    if not wrong.isdisjoint(NAME_VARIABLES) or wrong_names(values.get("common_names") or {}):
        known["common_names"] = stand_in_names(str(variables["aws_region"]))
    return known


def _subjects(told: Iterable[str], variables: Mapping[str, Any]) -> set[str]:
    """Return the variables that problems are about."""
    return {re.split(r"[ :,.]", text, maxsplit=1)[0] for text in told} & set(variables)


def _marks(subjects: set[str], variables: Mapping[str, Any]) -> set[str]:
    """Return by which words a problem is recognised as one that is told already: its variable, or that one's value."""
    values = [variables[name] for name in subjects]
    return subjects | {str(value) for value in values if isinstance(value, (str, int, float)) and value}


def _checked(roles: Iterable[str], values: Mapping[str, Any]) -> Iterable[str]:
    """Return what the roles' own rules find."""
    for role in roles:
        if find_spec(f"{_CHECKS}.{role}"):
            yield from import_module(f"{_CHECKS}.{role}").problems(values)
