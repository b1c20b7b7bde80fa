# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs a module in a process of its own, as Ansible would, and returns all that it says."""

from __future__ import annotations

import importlib
import json
import multiprocessing
import os
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

MODULES = "ansible_collections.dataai.platform.plugins.modules"
SESSION = "ansible_collections.dataai.platform.plugins.module_utils.aws.session"

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload([__name__, f"{MODULES}.secret_values"])

#: What Ansible hands to a module at its loudest.
LOUDEST: Mapping[str, Any] = {
    "_ansible_verbosity": 4,
    "_ansible_diff": True,
    "_ansible_debug": True,
    "_ansible_tracebacks_for": ["error", "warning", "deprecated"],
}


def run_module(
    name: str, arguments: Mapping[str, Any], environment: Mapping[str, str], output: Path, *, careless: bool = False
) -> str:
    """Run a module of the collection and return what it wrote to stdout and stderr.

    Args:
        name: such as ``secret_values``.
        arguments: its options.
        environment: its whole environment.
        output: a file for what it writes.
        careless: let errors pass on whatever AWS says, to see whether that would be noticed.
    """
    given = {**arguments, **LOUDEST}
    process = _CONTEXT.Process(target=_run, args=(name, given, dict(environment), str(output), careless))
    process.start()
    process.join(120)
    if process.exitcode is None:
        process.kill()
        raise TimeoutError(f"{name} did not end")
    return output.read_text(errors="replace")


def _run(name: str, arguments: dict[str, Any], environment: dict[str, str], output: str, careless: bool) -> None:
    from ansible.module_utils.testing import patch_module_args

    if careless:
        session = importlib.import_module(SESSION)
        session.withhold = lambda failure, _params: failure

    os.environ.clear()
    os.environ.update(environment)
    sink = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(sink, 1)
    os.dup2(sink, 2)
    sys.stdout, sys.stderr = os.fdopen(1, "w", closefd=False), os.fdopen(2, "w", closefd=False)
    try:
        with patch_module_args(json.loads(json.dumps(arguments))):
            importlib.import_module(f"{MODULES}.{name}").main()
    except SystemExit:
        pass
    except BaseException:  # noqa: BLE001 - what escapes is shown by the interpreter, so it is looked at too
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
