# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Paths are plain strings here: they are compared, handed to the import system, and time counts.
# ruff: noqa: PTH100, PTH118
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
      - Every directory above it must belong to the user or to root, and be writable by nobody else, unless it is
        sticky.
      - By default C(ansible-warm) in E(XDG_RUNTIME_DIR), or C(/tmp/ansible-warm-<user id>) where that is not set or
        belongs to another user.
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

import contextlib
import importlib.util
import os
import sys
import typing as t

import ansible.constants as C  # noqa: N812 - as everywhere in Ansible

if t.TYPE_CHECKING:
    from ansible_collections.dataai.platform.plugins.plugin_utils.warm.connection import Connection


@contextlib.contextmanager
def _compiled_once() -> t.Iterator[None]:
    """Have Python keep compiled code in the private folder of this run of Ansible, and use it.

    Every task has a worker of its own, which would compile the code of a collection anew.
    """
    before = sys.pycache_prefix, sys.dont_write_bytecode
    sys.pycache_prefix, sys.dont_write_bytecode = os.path.join(C.DEFAULT_LOCAL_TMP, "warm_cache"), False
    try:
        yield
    finally:
        sys.pycache_prefix, sys.dont_write_bytecode = before


def _connection() -> type[Connection]:
    folder = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "plugin_utils", "warm")
    spec = importlib.util.spec_from_file_location("ansible_warm_client", os.path.join(folder, "__init__.py"))
    if spec is None:
        raise ImportError(f"no Python package: {folder}")
    spec.submodule_search_locations = [folder]
    with _compiled_once():
        sys.modules[spec.name] = importlib.util.module_from_spec(spec)
        found: type[Connection] = importlib.import_module(f"{spec.name}.connection").Connection
    return found


if not t.TYPE_CHECKING:
    Connection = _connection()
