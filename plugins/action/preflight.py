# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks the input of roles before anything is written, and reports every problem at once."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleTemplateError
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.plugins.action import ActionBase

from ansible_collections.dataai.platform.plugins.module_utils.core.errors import describe
from ansible_collections.dataai.platform.plugins.plugin_utils.estate import ROLES, digests, loaded

_CHECKS = "ansible_collections.dataai.platform.plugins.module_utils.checks"

#: Texts that Ansible's modules take for a boolean and its templates do not.
_NEITHER = ("y", "n", "t", "f")

#: Prefixes of variables that belong to the whole estate, with the role that documents them.
_SHARED_PREFIXES = ("enable_",)


class ActionModule(ActionBase):
    """Resolves the variables of the roles, checks them on the controller, then asks AWS what only AWS knows."""

    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Check and fail with all problems, or succeed."""
        result = super().run(tmp, task_vars)
        roles = ["common", *(role for role in self._task.args["roles"] if role != "common")]
        given = {**(task_vars or {}), **(self._task.args.get("assume") or {})}
        values: dict[str, Any] = {}
        problems: list[str] = []
        specs = {role: self._spec(role) for role in _all_roles()}
        defaults = {name: value for role in roles for name, value in self._defaults(role).items()}
        for role in roles:
            resolved, wrong = self._resolve(specs[role], {**defaults, **given})
            values.update(resolved)
            problems += wrong
        known = {name for role in specs for name in (*specs[role], *self._defaults(role))}
        problems += _unknown_variables(given, known, specs, roles)
        problems += _checked(roles, values)
        answer = self._ask_aws(roles, values, given)
        problems += answer.get("problems") or ([str(answer["msg"])] if answer.get("failed") else [])
        problems = list(dict.fromkeys(problems))
        result.update(changed=False, problems=problems, account=answer.get("account", ""), checked={})
        if answer.get("warnings"):
            result["warnings"] = answer["warnings"]
        if problems:
            result.update(failed=True, msg=describe(problems))
        else:
            result["checked"] = digests(roles, task_vars or {}, loaded(self._loader))
        return result

    # --- variables --------------------------------------------------------------------------------------------------

    def _load(self, path: Path) -> dict[str, Any]:
        return dict(loaded(self._loader)(path))

    def _spec(self, role: str) -> dict[str, Any]:
        specs = self._load(ROLES / role / "meta" / "argument_specs.yml")
        return dict(specs.get("argument_specs", {}).get("main", {}).get("options", {}))

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
            if option.get("type") == "bool" and str(value).lower() in _NEITHER:
                problems.append(f"{name} is '{value}'; write true or false")
                continue
            checked = ArgumentSpecValidator({name: {**option, "required": False}}).validate({name: value})
            if checked.error_messages:
                problems += [f"{name}: {text}" for text in checked.error_messages]
            else:
                values[name] = checked.validated_parameters[name]
        return values, problems

    # --- AWS --------------------------------------------------------------------------------------------------------

    def _ask_aws(self, roles: list[str], values: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        """Run the module of the same name, which only reads."""
        args = {"roles": roles, "variables": values, "region": values.get("aws_region") or None}
        return self._execute_module(
            module_name="dataai.platform.preflight",
            module_args={name: value for name, value in args.items() if value is not None},
            task_vars=task_vars,
        )


def _all_roles() -> list[str]:
    return sorted(path.name for path in ROLES.iterdir() if path.is_dir())


def _first_sentence(option: Mapping[str, Any]) -> str:
    text = option.get("description", "")
    return str(text[0] if isinstance(text, list) else text).strip()


def _unknown_variables(
    given: Mapping[str, Any], known: set[str], specs: Mapping[str, Mapping[str, Any]], roles: Iterable[str]
) -> Iterable[str]:
    """Report variables that carry a role's prefix and mean nothing to it: nearly always a misspelling."""
    prefixes = [(f"{role}_", role) for role in roles] + [(prefix, "common") for prefix in _SHARED_PREFIXES]
    for name in sorted(given):
        owner = max((entry for entry in prefixes if name.startswith(entry[0])), key=lambda e: len(e[0]), default=None)
        if owner is None or name in known or name.endswith("_outputs") or name in specs:
            continue
        close = difflib.get_close_matches(name, list(specs[owner[1]]), n=1)
        hint = f"did you mean {close[0]}?" if close else f"see the README of role {owner[1]}"
        yield f"{name} is not a variable of role {owner[1]}: {hint}"


def _checked(roles: Iterable[str], values: Mapping[str, Any]) -> Iterable[str]:
    """Return what the roles' own rules find."""
    for role in roles:
        if find_spec(f"{_CHECKS}.{role}"):
            yield from import_module(f"{_CHECKS}.{role}").problems(values)
