# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes what a verification found to files on the controller."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase

from ansible_collections.dataai.platform.plugins.module_utils.core.record import flat_results
from ansible_collections.dataai.platform.plugins.module_utils.core.verification import (
    Limits,
    checks,
    html,
    junit,
    lines,
    looked_at_nothing,
    summary,
    unfinished,
)
from ansible_collections.dataai.platform.plugins.plugin_utils.estate import Estate
from ansible_collections.dataai.platform.plugins.plugin_utils.run_files import registered, write_json, write_whole


class ActionModule(ActionBase):
    """Runs on the controller, in check mode too: a verification is nothing else."""

    _supports_check_mode = True
    _VALID_ARGS = frozenset(("directory", "environment", "switches", "access_key_max_age_days", "complete"))

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Write ``verify.json``, ``verify.xml`` and ``verify.html``."""
        super().run(tmp, task_vars)
        args, known = self._task.args, dict(task_vars or {})
        estate = Estate(known, self._templar.template)
        results = {
            name: [
                result
                for result in flat_results([self._templar.template(known[name])])
                if estate.made(result, "verify")
            ]
            for name in registered(known)
        }
        switches = {str(name): boolean(on) for name, on in (args.get("switches") or {}).items()}
        found = checks(results, switches, Limits(access_key_days=int(args.get("access_key_max_age_days", 90))))
        found = looked_at_nothing(found) if boolean(args.get("complete", True)) else unfinished(found)
        environment, directory = str(args["environment"]), Path(str(args["directory"]))
        report = {"environment": environment, "checks": [check.shown() for check in found], "summary": summary(found)}
        written = [
            write_json(directory / "verify.json", report),
            write_whole(directory / "verify.xml", junit(found, environment)),
            write_whole(directory / "verify.html", html(found, environment)),
        ]
        return {"changed": False, "summary": report["summary"], "lines": lines(found), "files": written}
