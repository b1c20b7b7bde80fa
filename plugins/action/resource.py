# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One way to run every module that writes: what it may write to, whose its result is, and one module for all kinds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.plugins.action import normal

from ansible_collections.dataai.platform.plugins.module_utils.aws.kinds import KINDS
from ansible_collections.dataai.platform.plugins.plugin_utils.declared import declaration, declares, kept_as
from ansible_collections.dataai.platform.plugins.plugin_utils.estate import Estate
from ansible_collections.dataai.platform.plugins.plugin_utils.failures import briefly, in_words_of, reported

#: The module that can be each of the kinds, and those that are none.
COLLECTION = "dataai.platform"
MODULE = f"{COLLECTION}.resource"
NO_KINDS = ("access_key_rotation", "postgresql_databases", "resource", "secret_values")

#: The option, and the variable, that name the account that may be written to.
ACCOUNT = "aws_account_id"


class ActionModule(normal.ActionModule):
    """Runs the module of the task's name; those of kinds as a kind of ``resource``.

    Ansible packs each module that a play uses with all that it imports, which takes longer than most of them run.

    Every task hands the account of the play's variables to its module, which refuses to write to another one. So the
    guard stands in each task and not before them. Every result says which estate it is of.
    """

    def _execute_module(
        self,
        module_name: str | None = None,
        module_args: Any = None,
        tmp: str | None = None,
        task_vars: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> dict[str, Any]:
        name = self._task.resolved_action or self._task.action
        if (
            module_name is not None and module_name != name
        ):  # not ours, such as the one that looks after a background job
            other: dict[str, Any] = super()._execute_module(module_name, module_args, tmp, task_vars, **kwargs)
            return other
        estate = Estate(task_vars or {}, self._templar.template)
        args = dict(self._task.args)
        if ACCOUNT in (task_vars or {}):
            args.setdefault(ACCOUNT, estate.value(ACCOUNT))
        kind = name.rpartition(".")[2]
        if kind not in NO_KINDS:
            name, args["kind"] = MODULE, kind
        if name == MODULE and self._is_declared(args, estate):
            return declaration(self._task, args, task_vars or {}, estate)
        result: dict[str, Any] = super()._execute_module(name, args, tmp, task_vars, **kwargs)
        marks = estate.marks()
        result = reported(result, check=self._task.check_mode, mode=marks.get("mode", ""))
        role = self._task._role
        if role is not None and role._role_collection == COLLECTION:
            return {**in_words_of(role._default_vars, briefly(result)), **marks}
        return {**briefly(result), **marks}

    def _is_declared(self, args: Mapping[str, Any], estate: Estate) -> bool:
        """Tell whether the task declares what it would do: that can be taken up only where it registers its result."""
        return args.get("kind") in KINDS and bool(kept_as(self._task)) and declares(estate)

    def _update_module_args(self, module_name: str, module_args: Any, task_vars: Any, *args: Any, **more: Any) -> None:
        """Let the module speak of itself by the name that the task gives it."""
        super()._update_module_args(module_name, module_args, task_vars, *args, **more)
        if module_name == MODULE:
            module_args["_ansible_module_name"] = self._task.resolved_action or self._task.action
