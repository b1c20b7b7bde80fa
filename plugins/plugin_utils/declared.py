# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What tasks declare instead of doing it at once, and how it is found again by the task that does it all.

It stands in the results that the tasks register, so that it ends with the run and every host has its own.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Any

from ansible.module_utils.parsing.convert_bool import boolean

from ansible_collections.dataai.platform.plugins.module_utils.aws.kinds import kind_class
from ansible_collections.dataai.platform.plugins.module_utils.core.graph import answers, by_position, referred, resolved
from ansible_collections.dataai.platform.plugins.plugin_utils.estate import Estate
from ansible_collections.dataai.platform.plugins.plugin_utils.run_files import registered

#: The variable under which tasks of kinds declare.
SWITCH = "platform_declares"

#: Where a result has what was declared, and what tells it from another task of the same name.
DECLARED, NUMBER = "declared", "number"

Variables = Mapping[str, Any]


def declares(estate: Estate) -> bool:
    """Tell whether a task is to declare."""
    return boolean(estate.value(SWITCH), strict=False)


def kept_as(task: Any) -> str:
    """Return the variable in which a task keeps its result; empty where it keeps none, or but parts of it.

    Up to ansible-core 2.20 that is a text. From 2.21 on it is a mapping of variables to expressions, a single one where
    a text was given.
    """
    register = task.register
    if isinstance(register, Mapping):
        return str(next(iter(register))) if len(register) == 1 else ""
    return str(register or "")


def declaration(task: Any, args: Mapping[str, Any], variables: Variables, estate: Estate) -> dict[str, Any]:
    """Return the result of a task that declares, from the options of ``resource``.

    A task that comes a second time, for a part that only reads what this run builds, says nothing new.
    """
    name = kept_as(task)
    if task.check_mode and name in Declarations(variables, estate).pending:
        return dict(variables[name])
    role = task._role
    entry = {
        "kind": args["kind"],
        "args": {option: value for option, value in args.items() if option != "kind"},
        "check": bool(task.check_mode),
        "role": role.get_name(include_role_fqcn=False) if role is not None else "",
        NUMBER: time.time_ns(),
    }
    return {
        "changed": False,
        DECLARED: entry,
        "resources": answers(name, kind_class(args["kind"]), args),
        **estate.marks(),
    }


class Declarations:
    """What was declared for an estate, and what has become of it.

    Args:
        variables: the variables of the task.
        estate: the estate that they describe.
    """

    def __init__(self, variables: Variables, estate: Estate) -> None:
        self._variables = variables
        kept = {name: variables[name] for name in registered(variables) if isinstance(variables[name], Mapping)}
        mode = estate.marks().get("mode", "")
        own = {name: value for name, value in kept.items() if estate.made(value, mode)}
        self.all: dict[str, Mapping[str, Any]] = {
            name: value[DECLARED]
            for name, value in sorted(own.items(), key=lambda pair: pair[1].get(DECLARED, {}).get(NUMBER, 0))
            if DECLARED in value
        }
        #: Of all that was run, also under names that have been declared anew since: what was done stays done.
        self._done = {
            (str(result["batch"]), result.get(NUMBER)): result
            for value in own.values()
            for result in value.get("results") or ()
            if isinstance(result, Mapping) and "batch" in result
        }
        self._results = {str(result["batch"]): result for result in self._done.values() if self._is_of(result)}

    def _is_of(self, result: Mapping[str, Any]) -> bool:
        """Tell whether a result is one of what is declared now, and not of a task of the same name before."""
        return bool(self.all.get(str(result.get("batch")), {}).get(NUMBER) == result.get(NUMBER))

    @property
    def pending(self) -> dict[str, Mapping[str, Any]]:
        """What was not run yet."""
        return {name: entry for name, entry in self.all.items() if name not in self._results}

    @property
    def results(self) -> list[Mapping[str, Any]]:
        """The results of what was run."""
        return list(self._done.values())

    def known(self, results: Iterable[Mapping[str, Any]] = ()) -> dict[str, list[Mapping[str, Any] | None]]:
        """Return the resources of what was run, those of ``results`` included, by batch and position."""
        found = {**self._results, **{result["batch"]: result for result in results}}
        return {
            name: by_position(kind_class(self.all[name]["kind"]), self.all[name]["args"], result.get("resources") or {})
            for name, result in found.items()
        }

    def facts(self, results: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
        """Return the outputs of roles that held references, with what is known in their place."""
        known = self.known(results)
        outputs = {name: value for name, value in self._variables.items() if name.endswith("_outputs")}
        return {
            name: resolved(value, known)
            for name, value in outputs.items()
            if isinstance(value, Mapping) and not referred(value).isdisjoint(known)
        }
