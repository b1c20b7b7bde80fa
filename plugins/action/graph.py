# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs what the tasks of a layer have declared."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator, Mapping
from typing import Any

from ansible.constants import DEFAULT_LOCAL_TMP
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ansible_collections.dataai.platform.plugins.action.resource import ACCOUNT
from ansible_collections.dataai.platform.plugins.module_utils.aws.kinds import kind_class
from ansible_collections.dataai.platform.plugins.module_utils.core.errors import folded, reasons
from ansible_collections.dataai.platform.plugins.module_utils.core.graph import meant
from ansible_collections.dataai.platform.plugins.plugin_utils.declared import NUMBER, Declarations
from ansible_collections.dataai.platform.plugins.plugin_utils.estate import ROLES, Estate, loaded
from ansible_collections.dataai.platform.plugins.plugin_utils.failures import briefly, in_words_of, reported
from ansible_collections.dataai.platform.plugins.plugin_utils.following import follow

#: Connections by which the module runs on this machine.
HERE = ("local", "dataai.platform.warm")


def show(line: str) -> None:
    """Show a line beside the results: who reads these by machine is not disturbed."""
    Display().display(line, stderr=True)


class ActionModule(ActionBase):
    """Collects what was declared, hands it to the module of the same name, and gives each result to its task."""

    _supports_check_mode = True
    _supports_diff = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Run it; succeed with nothing where nothing was declared."""
        super().run(tmp, task_vars)
        variables = task_vars or {}
        estate = Estate(variables, self._templar.template)
        declarations = Declarations(variables, estate)
        # In check mode what is to be made waits for a task that makes it; it must not count as done.
        pending = {
            name: entry for name, entry in declarations.pending.items() if entry["check"] or not self._task.check_mode
        }
        if not pending:
            done = declarations.results
            return {
                "changed": False,
                "results": done,
                "facts": {},
                "problems": [],
                "failed_roles": {},
                **estate.marks(),
            }
        args = dict(self._task.args)
        if ACCOUNT in variables:
            args.setdefault(ACCOUNT, estate.value(ACCOUNT))
        args["known"] = declarations.known()
        args["batches"] = [
            {"name": name, "kind": entry["kind"], "args": entry["args"], "check": entry["check"], "role": entry["role"]}
            for name, entry in pending.items()
        ]
        with self._watched() as progress:
            answer = self._execute_module("dataai.platform.graph", {**args, **progress}, task_vars=task_vars)
        marks = estate.marks()
        results = [
            {
                **self._in_words(result, pending[result["batch"]], marks),
                **marks,
                NUMBER: pending[result["batch"]][NUMBER],
            }
            for result in answer.get("results") or ()
        ]
        # The name under which the task registers may be that of an earlier one, whose results it then carries on.
        together = [*declarations.results, *results]
        found = {**answer, "results": together, "facts": declarations.facts(results), **marks}
        found.pop("invocation", None)
        told: list[tuple[str, str]] = []
        failed: dict[str, list[str]] = {}
        for result in results:
            if result.get("failed"):
                entry = pending[result["batch"]]
                why = [(meant(kind_class(entry["kind"]), entry["args"], text), text) for text in reasons(result)]
                told += why
                failed.setdefault(entry["role"], []).extend(text for _name, text in why)
        return briefly({**found, "problems": folded(told), "failed_roles": failed})

    @contextlib.contextmanager
    def _watched(self) -> Iterator[dict[str, str]]:
        """Show what the module writes while it runs; yield its option for that.

        A plan changes nothing, so there is nothing to tell; neither can a file be watched on another machine.
        """
        if self._task.check_mode or self._connection.transport not in HERE:
            yield {}
            return
        with tempfile.NamedTemporaryFile("r", dir=DEFAULT_LOCAL_TMP, encoding="utf-8") as file, follow(file, show):
            yield {"progress": file.name}

    def _in_words(
        self, result: Mapping[str, Any], entry: Mapping[str, Any], marks: Mapping[str, str]
    ) -> dict[str, Any]:
        """Return a result in the words of the role whose task it is of; what is only reported as refused fails not."""
        found = reported(result, check=self._task.check_mode, mode=marks.get("mode", ""))
        if not entry["role"]:
            return found
        file = ROLES / str(entry["role"]) / "defaults" / "main.yml"
        return in_words_of(loaded(self._loader)(file), found)
