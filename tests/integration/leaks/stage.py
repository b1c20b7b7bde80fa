# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs Ansible at its loudest, with all that it writes in one folder, and watches the processes meanwhile."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..conftest import CREDENTIALS, REGION

BIN = Path(sys.executable).parent

#: Seconds between two looks at the processes.
INTERVAL = 0.02


@dataclass
class Watch:
    """Arguments and environments of all processes that begin while it watches."""

    seen: set[bytes] = field(default_factory=set)

    @contextlib.contextmanager
    def watching(self) -> Iterator[None]:
        """Watch until the end of the block."""
        done, known = threading.Event(), set(_processes())
        thread = threading.Thread(target=self._watch, args=(done, known))
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()

    def _watch(self, done: threading.Event, known: set[str]) -> None:
        looked_at: dict[str, bytes] = {}
        while not done.wait(INTERVAL):
            for process in _processes():
                if process not in known:
                    self._look(process, looked_at)

    def _look(self, process: str, looked_at: dict[str, bytes]) -> None:
        """Note a process, again where it has become another program."""
        try:
            arguments = Path(f"/proc/{process}/cmdline").read_bytes()
            if looked_at.get(process) != arguments:
                looked_at[process] = arguments
                self.seen |= {arguments, Path(f"/proc/{process}/environ").read_bytes()}
        except OSError:  # it has ended
            return


def _processes() -> list[str]:
    return [name for name in os.listdir("/proc") if name.isdigit()]  # noqa: PTH208 - fifty times a second


@dataclass
class Stage:
    """A folder for everything, and an AWS.

    Attributes:
        folder: an empty folder.
        url: where AWS is.
        warm: whether modules run in forks of a process that stays.
    """

    folder: Path
    url: str
    warm: bool = False
    outputs: dict[str, list[str]] = field(default_factory=dict)
    watch: Watch = field(default_factory=Watch)

    #: Where Ansible writes: the folders, each a sink.
    FOLDERS = ("log", "junit", "tree", "facts", "build", "home", "tmp", "local-tmp", "remote-tmp")

    def __post_init__(self) -> None:
        for name in self.FOLDERS:
            (self.folder / name).mkdir()

    def environment(self, callback: str = "") -> dict[str, str]:
        """Return the environment of a run."""
        place = {name: str(self.folder / name) for name in self.FOLDERS}
        environment = {key: value for key, value in os.environ.items() if not key.startswith(("ANSIBLE_", "AWS_"))}
        environment |= {**CREDENTIALS, "AWS_ENDPOINT_URL": self.url, "AWS_DEFAULT_REGION": REGION}
        environment |= {
            "HOME": place["home"],
            "TMPDIR": place["tmp"],
            "ANSIBLE_CACHE_PLUGIN": "ansible.builtin.jsonfile",
            "ANSIBLE_CACHE_PLUGIN_CONNECTION": place["facts"],
            "ANSIBLE_CALLBACKS_ENABLED": "ansible.builtin.junit,ansible.builtin.tree",
            "ANSIBLE_CALLBACK_TREE_DIR": place["tree"],
            "ANSIBLE_KEEP_REMOTE_FILES": "1",
            "ANSIBLE_LOCAL_TEMP": place["local-tmp"],
            "ANSIBLE_LOG_PATH": f"{place['log']}/ansible.log",
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_REMOTE_TMP": place["remote-tmp"],
            "ANSIBLE_WARM": "1" if self.warm else "0",
            "JUNIT_OUTPUT_DIR": place["junit"],
        }
        return environment | ({"ANSIBLE_STDOUT_CALLBACK": callback} if callback else {})

    def play(self, playbook: Path, *arguments: str, callback: str = "", **variables: Any) -> int:
        """Run a playbook at its loudest and return the exit code."""
        connection = "dataai.platform.warm" if self.warm else "local"
        extra = {"ansible_connection": connection, "ansible_python_interpreter": sys.executable, **variables}
        variables_file = self.folder.parent / f"{self.folder.name}-variables.json"
        variables_file.write_text(json.dumps(extra))
        command = [str(BIN / "ansible-playbook"), str(playbook), "-vvvv", "--diff", "-e", f"@{variables_file}"]
        if not any(argument == "-i" for argument in arguments):
            command += ["-i", "localhost,"]
        with self.watch.watching():
            done = subprocess.run(
                [*command, *arguments],
                cwd=self.folder,
                env=self.environment(callback),
                capture_output=True,
                text=True,
                timeout=600,
                check=False,
            )
        self.outputs.setdefault(f"stdout{f' ({callback})' if callback else ''}", []).append(done.stdout)
        self.outputs.setdefault("stderr", []).append(done.stderr)
        return done.returncode

    def sinks(self) -> Mapping[str, bytes]:
        """Return all that the runs have shown and left, by where."""
        found = {name: "\n".join(texts).encode() for name, texts in self.outputs.items()}
        for name in self.FOLDERS:
            files = [path for path in sorted((self.folder / name).rglob("*")) if path.is_file()]
            found[name] = b"\n".join(path.read_bytes() for path in files)
        found["processes"] = b"\n".join(sorted(self.watch.seen))
        return found

    def text(self) -> str:
        """Return what was printed."""
        return "\n".join(text for texts in self.outputs.values() for text in texts)

    def end(self) -> str:
        """Return the end of what was printed, for the message of a failing test."""
        return self.text()[-4000:]
