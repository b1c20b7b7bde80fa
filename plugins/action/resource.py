# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One way to run the modules of all kinds, so that a play packs one module and not one for each kind."""

from __future__ import annotations

from typing import Any

from ansible.plugins.action import normal

#: The module that can be each of them.
MODULE = "dataai.platform.resource"


class ActionModule(normal.ActionModule):
    """Runs the module of the task's name as a kind of ``resource``; all else is as with every module.

    Ansible packs each module that a play uses with all that it imports, which takes longer than most of them run.
    """

    def _execute_module(self, module_name: str | None = None, module_args: Any = None, **kwargs: Any) -> dict[str, Any]:
        name = self._task.resolved_action or self._task.action
        if module_name is None and name != MODULE:
            module_name, module_args = MODULE, {**self._task.args, "kind": name.rpartition(".")[2]}
        result: dict[str, Any] = super()._execute_module(module_name=module_name, module_args=module_args, **kwargs)
        return result
