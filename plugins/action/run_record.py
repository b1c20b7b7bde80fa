# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes what a run did, and what it leads to, to files on the controller."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible.plugins.action import ActionBase

from ansible_collections.dataai.platform.plugins.module_utils.core.record import (
    flat_results,
    in_words,
    lines,
    merged,
    refusals,
    summary,
    told,
)
from ansible_collections.dataai.platform.plugins.module_utils.core.values import is_unknown
from ansible_collections.dataai.platform.plugins.plugin_utils.estate import Estate
from ansible_collections.dataai.platform.plugins.plugin_utils.run_files import registered, write_json


class ActionModule(ActionBase):
    """Runs on the controller, in check mode too: the record of a plan is its purpose."""

    _supports_check_mode = True
    _VALID_ARGS = frozenset(("directory", "environment", "account", "region", "mode", "outputs"))

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Write ``changes.json`` and, where outputs are given, ``outputs.json``."""
        super().run(tmp, task_vars)
        args = self._task.args
        known = dict(task_vars or {})
        estate = Estate(known, self._templar.template)
        results = flat_results(self._templar.template(known[name]) for name in registered(known))
        results = [result for result in results if estate.made(result, str(args["mode"]))]
        mode = "plan" if self._task.check_mode and args["mode"] != "outputs" else str(args["mode"])
        if mode in ("apply", "destroy"):  # a run may read what it does not manage, in check mode
            results = [result for result in results if not result.get("planned")]
        changes = merged(results, region=str(args["region"]), account=str(args["account"]))
        record = {
            "environment": str(args["environment"]),
            "mode": mode,
            "changes": changes,
            "summary": summary(changes, results),
        }
        files = {"changes.json": record} if args["mode"] != "outputs" else {}
        files.update({"outputs.json": _plain(args["outputs"])} if args.get("outputs") else {})
        written, warnings = _left(Path(str(args["directory"])), files)
        return {
            "changed": False,
            "summary": record["summary"],
            "lines": lines(changes),
            "told": told(changes),
            "refused": refusals(results),
            "remains": [str(text) for result in results for text in result.get("remains") or ()],
            "text": in_words(record["summary"]),
            "pending": len(changes),
            "files": written,
            **({"warnings": warnings} if warnings else {}),
            **estate.marks(),
        }


def _left(directory: Path, files: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """Write the records; what cannot be written is a warning, since what it tells of has been done."""
    written, warnings = [], []
    for name, content in files.items():
        try:
            written.append(write_json(directory / name, content))
        except OSError as error:
            warnings.append(f"{directory / name} cannot be written ({error.strerror}); all else was done")
    return written, warnings


def _plain(value: Any) -> Any:
    """Return a value as JSON can hold it: without what templating marks it with, ``None`` for what is not known."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, str):
        return None if is_unknown(value) else str(value)
    return value
