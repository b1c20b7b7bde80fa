# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Paths are plain strings here: they are compared, handed to the import system, and time counts.
# ruff: noqa: PTH112
# ruff: noqa: PTH121

"""What the shells that ``local`` starts between Ansible and a module do to the environment."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Mapping

_SHOW = "import json, os; print(json.dumps(dict(os.environ)))"
_MARKS = {"PWD": "/nonexistent", "OLDPWD": "/nonexistent", "SHLVL": "5", "_": "before"}


class ShellTraces:
    """Learns from two samples what the shells change: PWD, OLDPWD, SHLVL and ``_``, if anything.

    :param outer: the shell that the connection starts
    :param inner: the shell that the command starts
    """

    def __init__(self, outer: str, inner: str) -> None:
        command = f"{shlex.join([sys.executable, '-S', '-c', _SHOW])} && sleep 0"
        arguments = [outer, "-c", f"{inner} -c {shlex.quote(command)}"]
        path = {"PATH": os.environ.get("PATH", os.defpath)}
        self._samples = [
            subprocess.Popen(  # noqa: S603 - the shells that Ansible is configured to use
                arguments, env=path | marks, cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE
            )
            for marks in ({}, _MARKS)
        ]
        self._bare: dict[str, str] = {}
        self._marked: dict[str, str] = {}

    def read(self) -> None:
        """Wait for the samples.

        :raises OSError: if a shell does not work
        """
        texts = [process.communicate()[0] for process in self._samples]
        if any(process.returncode for process in self._samples):
            raise OSError("the shell does not run a command")
        self._bare, self._marked = (json.loads(text) for text in texts)

    def applied(self, environment: Mapping[str, str], directory: str, interpreter: str) -> dict[str, str]:
        """Return the environment that an interpreter started through the shells would have."""
        result = dict(environment)
        if "PWD" in self._bare and not _is_name_of(environment.get("PWD", ""), directory):
            result["PWD"] = os.path.realpath(directory)
        if "OLDPWD" not in self._marked and not os.path.isdir(environment.get("OLDPWD", "")):
            result.pop("OLDPWD", None)
        if "SHLVL" in self._bare:
            given = environment.get("SHLVL", "")
            change = int(self._marked["SHLVL"]) - int(_MARKS["SHLVL"])
            result["SHLVL"] = str(int(given) + change) if given.isdecimal() else self._bare["SHLVL"]
        if "_" in self._bare:
            result["_"] = interpreter
        return result


def _is_name_of(name: str, directory: str) -> bool:
    """Say whether a shell would keep this value of PWD for the directory that it is in."""
    if not name.startswith("/") or {".", ".."} & set(name.split("/")):
        return False
    try:
        return os.path.samefile(name, directory)
    except OSError:
        return False
