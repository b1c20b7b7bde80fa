# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Paths are plain strings here: they are compared, handed to the import system, and time counts.
# ruff: noqa: PTH100, PTH109, PTH112, PTH118
# ruff: noqa: PTH120

from __future__ import annotations

DOCUMENTATION = r"""
name: warm
short_description: Run modules on the controller in forks of a process that has everything loaded
version_added: 1.0.0
author: the dataai.platform authors (@dataai)
description:
  - Does what P(ansible.builtin.local#connection) does, with the same results, in a fraction of the time.
  - A module that runs on the controller spends most of its time on starting Python, and on loading the AWS SDK and
    module utilities. This plugin hands the module, unchanged, to a server process that has loaded all that once and
    runs each module in a fork of its own.
  - The server is started when it is first needed and ends when it has not been used for a while. One serves all
    playbooks of a user that use the same interpreter, the same paths and the same settings.
  - What cannot be handed over runs as P(ansible.builtin.local#connection) runs it. That is anything with C(become),
    another interpreter, C(raw) and C(script), file transfers, modules that are not written in Python, asynchronous
    tasks, and tasks that change the locale or a variable that the interpreter reads when it starts. Verbosity C(-vvv)
    says for every task what happened and why.
requirements:
  - Linux or macOS
options:
  pipelining:
    description:
      - Hand modules over instead of writing them to a file and starting an interpreter with it.
      - With V(false) this plugin does nothing that P(ansible.builtin.local#connection) does not do.
    type: bool
    default: true
    env:
      - name: ANSIBLE_PIPELINING
    ini:
      - section: defaults
        key: pipelining
      - section: connection
        key: pipelining
    vars:
      - name: ansible_pipelining
  warm_enabled:
    description: Whether to use the server. V(false) is the way to switch it off and leave all else as it is.
    type: bool
    default: true
    env:
      - name: ANSIBLE_WARM
    ini:
      - section: warm_connection
        key: enabled
    vars:
      - name: ansible_warm_enabled
  warm_preload:
    description:
      - The Python modules that the server loads before it takes the first task. What is not installed is passed over.
      - With C(boto3) and C(ansible.module_utils.basic) come the parts of the SDK and of the standard library that their
        users import next.
      - A name that ends in C(.*) stands for all modules in that package of C(ansible) or of a collection.
      - Names below C(ansible) and C(ansible_collections) are used only where a task brings the same source along.
    type: list
    elements: str
    default:
      - boto3
      - ansible.module_utils.basic
      - ansible_collections.amazon.aws.plugins.module_utils.*
    env:
      - name: ANSIBLE_WARM_PRELOAD
    ini:
      - section: warm_connection
        key: preload
    vars:
      - name: ansible_warm_preload
  warm_idle_timeout:
    description: The server ends when it had no task for so many seconds.
    type: float
    default: 300
    env:
      - name: ANSIBLE_WARM_IDLE_TIMEOUT
    ini:
      - section: warm_connection
        key: idle_timeout
    vars:
      - name: ansible_warm_idle_timeout
  warm_end_with_playbook:
    description: The server ends as soon as all playbooks that have used it have ended, if all of them asked for it.
    type: bool
    default: false
    env:
      - name: ANSIBLE_WARM_END_WITH_PLAYBOOK
    ini:
      - section: warm_connection
        key: end_with_playbook
    vars:
      - name: ansible_warm_end_with_playbook
  warm_start_wait:
    description:
      - How many seconds a task waits for a server that is not there yet.
      - With V(0) the task that finds no server has one started, and runs without it.
    type: float
    default: 0
    env:
      - name: ANSIBLE_WARM_START_WAIT
    ini:
      - section: warm_connection
        key: start_wait
    vars:
      - name: ansible_warm_start_wait
  warm_directory:
    description:
      - The directory of the server's socket, private to the user; made if it is missing.
      - By default C(ansible-warm) in E(XDG_RUNTIME_DIR), or C(/tmp/ansible-warm-<user id>) where that is not set.
    type: str
    default: ""
    env:
      - name: ANSIBLE_WARM_DIRECTORY
    ini:
      - section: warm_connection
        key: directory
    vars:
      - name: ansible_warm_directory
  become_success_timeout:
    description: Number of seconds to wait for become to succeed, as with P(ansible.builtin.local#connection).
    type: int
    default: 10
    vars:
      - name: ansible_local_become_success_timeout
  become_strip_preamble:
    description: Strip internal become output that precedes a command, as with P(ansible.builtin.local#connection).
    type: bool
    default: true
    vars:
      - name: ansible_local_become_strip_preamble
notes:
  - The remote user is ignored, as with P(ansible.builtin.local#connection).
  - C(docs/warm.md) of the collection says more, and shows measurements.
"""

import importlib.util
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

if t.TYPE_CHECKING:
    from ansible_collections.dataai.platform.plugins.plugin_utils.warm import client as warm
else:
    # Each of Ansible's workers would compile a collection's code anew; Python's own import keeps compiled code.
    _FOLDER = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "plugin_utils", "warm")
    _SPEC = importlib.util.spec_from_file_location("ansible_warm_client", os.path.join(_FOLDER, "__init__.py"))
    _SPEC.submodule_search_locations = [_FOLDER]
    sys.modules[_SPEC.name] = importlib.util.module_from_spec(_SPEC)
    warm = importlib.import_module(f"{_SPEC.name}.client")

display = Display()

#: What tells a payload that is a Python program for a fresh interpreter from all other input.
_PAYLOAD_MARK = b"_ANSIBALLZ_WRAPPER = True"
#: A debugger or a coverage tool is to be started with the module.
_EXTENSIONS = re.compile(rb"^extensions=\{[^}]", re.MULTILINE)
_ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=")
#: Added by Ansible behind each command, against a race that a pipe on the same machine does not have.
_PAUSE = " && sleep 0"


class NotCarried(Exception):
    """The command is one for the plain local connection; the text says why."""


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
        return super().exec_command(cmd, in_data=in_data, sudoable=sudoable)

    def _exec_warm(self, cmd: str, in_data: bytes | None) -> tuple[int, bytes, bytes]:
        """Run a module in the server.

        :raises NotCarried: if the command is none that the server could run
        :raises NotStarted: if the server did not run it
        """
        payload = self._payload(in_data)
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

    def _payload(self, in_data: bytes | None) -> bytes:
        """Return the program on standard input, if it is one that the server knows how to run."""
        if not self.get_option("warm_enabled"):
            raise NotCarried("switched off")
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
        """Take apart ``<shell> -c '<NAME=value>... <interpreter> && sleep 0'``.

        Each part is put together again and compared, so that nothing is taken that a shell would understand otherwise.

        :returns: shell, variables, interpreter
        """
        try:
            shell, option, inner = shlex.split(cmd)
            words = shlex.split(inner.removesuffix(_PAUSE))
        except ValueError:
            raise NotCarried("not the command of a module") from None
        pairs = [word.split("=", 1) for word in words[:-1] if _ASSIGNMENT.match(word)]
        rebuilt = " ".join([*(f"{name}={shlex.quote(value)}" for name, value in pairs), *map(shlex.quote, words[-1:])])
        if cmd != f"{shell} {option} {shlex.quote(rebuilt + _PAUSE)}" or option != "-c":
            raise NotCarried("not the command of a module")
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
