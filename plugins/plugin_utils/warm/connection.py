# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Paths are plain strings here: they are compared, handed to the import system, and time counts.
# ruff: noqa: PTH109, PTH118, PTH112
# ruff: noqa: PTH120

"""Ansible's side: decides for each command whether the server can run it, or ``local`` does."""

from __future__ import annotations

import os
import re
import shlex
import signal
import sys
import time
import typing as t

import ansible
import ansible.constants as C  # noqa: N812 - as everywhere in Ansible
from ansible.module_utils.common.text.converters import to_text
from ansible.plugins.connection.local import Connection as LocalConnection
from ansible.release import __version__ as ansible_version
from ansible.utils.collection_loader import AnsibleCollectionConfig
from ansible.utils.display import Display

from . import client as warm

display = Display()

#: What tells a payload that is a Python program for a fresh interpreter from all other input.
_PAYLOAD_MARK = b"_ANSIBALLZ_WRAPPER = True"
#: A debugger or a coverage tool is to be started with the module.
_EXTENSIONS = re.compile(rb"^extensions=\{[^}]", re.MULTILINE)
_ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=")
#: Added by ansible-core before 2.21 behind each command, against a race that a pipe on the same machine does not have.
_PAUSE = " && sleep 0"
#: In the command of a module that is not on standard input, and in that of one that nobody waits for.
_MODULE_FILE, _ASYNCHRONOUS = "/AnsiballZ_", "async_wrapper"


_UNKNOWN = f"it does not know how ansible-core {ansible_version} runs a module"


class NotCarried(Exception):
    """The command is one for the plain local connection; the text says why."""


class Useless(NotCarried):
    """No module of this run will be carried; the text says why."""


class Connection(LocalConnection):
    """Local connection that hands Python modules to a server."""

    # Ansible changes to the playbook's directory for a connection of this name only, and refuses a reboot over it.
    transport = "local"

    def __init__(self, *args: t.Any, **kwargs: t.Any) -> None:
        super().__init__(*args, **kwargs)
        self._playbook = int(kwargs.get("ansible_playbook_pid") or os.getppid())

    def exec_command(self, cmd: str, in_data: bytes | None = None, sudoable: bool = True) -> tuple[int, bytes, bytes]:
        """Run a command; a module that comes with it on standard input is run by the server if it can be.

        :returns: exit code, standard output, standard error
        """
        try:
            return self._exec_warm(to_text(cmd), in_data)
        except (NotCarried, warm.NotStarted) as reason:
            self._say(f"as local: {reason}")
            if isinstance(reason, (Useless, warm.NeverStarts)):
                # Said once: the controller drops a warning that it has shown.
                display.warning(f"Connection warm carries nothing, modules run as with local: {reason}.")
        return super().exec_command(cmd, in_data=in_data, sudoable=sudoable)

    def _exec_warm(self, cmd: str, in_data: bytes | None) -> tuple[int, bytes, bytes]:
        """Run a module in the server.

        :raises NotCarried: if the command is none that the server could run
        :raises NotStarted: if the server did not run it
        """
        payload = self._payload(cmd, in_data)
        shell, assignments, interpreter = self._parsed(cmd)
        task = warm.Task(
            payload=payload,
            environment=os.environ,
            assignments=assignments,
            directory=os.fsdecode(self.cwd or os.getcwd()),
            playbook=self._playbook,
            leave=self.get_option("warm_end_with_playbook"),
        )
        started = time.monotonic()
        client = warm.Client(self._settings(interpreter, shell), self.get_option("warm_directory"))
        try:
            outcome = client.run(task, self.get_option("warm_start_wait"))
        except warm.Lost as lost:
            # What a shell reports of an interpreter that was killed.
            self._say(str(lost))
            return 128 + signal.SIGKILL, b"", f"{lost}; it was not started again\n".encode()
        if not self._connected:
            self._connect()
        self._say(f"EXEC {cmd}")
        self._say(f"process {outcome.pid} of {client.socket_path}, {time.monotonic() - started:.3f} s")
        return _as_shell(outcome)

    def _payload(self, cmd: str, in_data: bytes | None) -> bytes:
        """Return the program on standard input, if it is one that the server knows how to run."""
        if not self.get_option("warm_enabled"):
            raise NotCarried("switched off")
        if not in_data and _MODULE_FILE in cmd and _ASYNCHRONOUS not in cmd:
            raise Useless("it takes modules from standard input, and pipelining is off (ansible_pipelining)")
        if not in_data:
            raise NotCarried("no module on standard input")
        if _PAYLOAD_MARK not in in_data[:4096]:
            raise NotCarried("not a Python module")
        if _EXTENSIONS.search(in_data):
            raise NotCarried("a debugger or coverage is to be started with the module")
        if self.become and self.become._id:
            raise NotCarried("become")
        return in_data

    def _parsed(self, cmd: str) -> tuple[str, dict[str, str], str]:
        """Take apart ``<shell> -c '<NAME=value>... <interpreter>'``, with or without ``&& sleep 0`` behind it.

        Each part is put together again and compared, so that nothing is taken that a shell would understand otherwise.

        :returns: shell, variables, interpreter
        """
        try:
            shell, option, inner = shlex.split(cmd)
            words = shlex.split(inner.removesuffix(_PAUSE))
        except ValueError:
            raise Useless(_UNKNOWN) from None
        pairs = [word.split("=", 1) for word in words[:-1] if _ASSIGNMENT.match(word)]
        rebuilt = " ".join([*(f"{name}={shlex.quote(value)}" for name, value in pairs), *map(shlex.quote, words[-1:])])
        known = [f"{shell} -c {shlex.quote(rebuilt + pause)}" for pause in (_PAUSE, "")]
        if option != "-c" or cmd not in known:
            raise Useless(_UNKNOWN)
        interpreter = words[-1]
        if not self._is_ours(interpreter):
            raise NotCarried(f"another interpreter: {interpreter}")
        assignments = dict(pairs)
        if warm.startup_environment(assignments):
            names = ", ".join(sorted(warm.startup_environment(assignments)))
            raise NotCarried(f"the task sets what the interpreter reads when it starts: {names}")
        return shell, assignments, interpreter

    def _is_ours(self, interpreter: str) -> bool:
        """Say whether that is the interpreter of this process, by this or another name in the same directory."""
        same_place = os.path.dirname(interpreter) == os.path.dirname(sys.executable)
        return same_place and os.path.realpath(interpreter) == os.path.realpath(sys.executable)

    def _settings(self, interpreter: str, shell: str) -> warm.Settings:
        preload = tuple(self.get_option("warm_preload"))
        return warm.Settings(
            interpreter=interpreter,
            shells=(C.DEFAULT_EXECUTABLE.split()[0], shell),
            preload=preload,
            roots=_roots(preload),
            idle_timeout=self.get_option("warm_idle_timeout"),
            version=ansible_version,
        )

    def _say(self, text: str) -> None:
        display.vvv(f"WARM {text}", host=self._play_context.remote_addr)


def _roots(preload: tuple[str, ...]) -> dict[str, str]:
    """Return where ansible-core and the collections named in the list are installed, as Ansible finds them."""
    roots = {"ansible": os.path.dirname(ansible.__file__)}
    for name in preload:
        parts = name.split(".")
        if parts[0] == "ansible_collections" and len(parts) > 3:
            places = (os.path.join(path, *parts[:3]) for path in AnsibleCollectionConfig.collection_paths)
            found = next((place for place in places if os.path.isdir(place)), None)
            if found:
                roots[".".join(parts[:3])] = found
    return roots


def _as_shell(outcome: warm.Outcome) -> tuple[int, bytes, bytes]:
    """Report an end as the shell would that ``local`` puts before the interpreter."""
    code = os.waitstatus_to_exitcode(outcome.status)
    if code >= 0:
        return code, outcome.stdout, outcome.stderr
    return 128 - code, outcome.stdout, outcome.stderr + f"{signal.strsignal(-code)}\n".encode()
