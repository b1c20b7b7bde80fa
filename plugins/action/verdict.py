# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ends a play with what is wrong, each problem once, or with the exit code of pending changes."""

from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase

from ansible_collections.dataai.platform.plugins.module_utils.core.errors import told
from ansible_collections.dataai.platform.plugins.plugin_utils.failures import failure


class ActionModule(ActionBase):
    """Runs on the controller. ansible-playbook ends with 2 where a host failed, and with 4 where one is unreachable."""

    _supports_check_mode = True
    _VALID_ARGS = frozenset(("problems", "pending", "text", "for_tags"))

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Fail where there are problems, be unreachable where changes are pending, or succeed."""
        super().run(tmp, task_vars)
        # A play that imports a playbook can give it tags, which its tasks have too.
        concerned = {*(self._task.args.get("for_tags") or ()), *self._task.tags}
        if "for_tags" in self._task.args and concerned.isdisjoint((task_vars or {}).get("ansible_run_tags") or ["all"]):
            return {"changed": False, "msg": "the run selects nothing that this is about"}
        problems = [" ".join(str(text).split()) for text in self._task.args.get("problems") or ()]
        pending = int(self._task.args.get("pending") or 0)
        if problems:
            raise failure(told(problems))
        if not pending:
            return {"changed": False, "msg": "nothing is wrong"}
        text = f"changes are pending: {self._task.args.get('text', pending)} (exit code 4; nothing is broken)"
        return {"changed": False, "unreachable": True, "msg": text}
