#!/usr/bin/python
# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: verdict
short_description: End a play with what is wrong, each problem once, or with the exit code of pending changes
version_added: 1.1.0
description:
  - Fails where there are problems, which ends C(ansible-playbook) with 2 like any failure. Each is shown once, on a
    line of its own, unlike with M(ansible.builtin.fail) and M(ansible.builtin.assert).
  - Where there are none and changes are pending, reports the host as unreachable. That is the only other result
    that Ansible has an exit code for, 4, so that a caller can tell pending changes from a plan that is broken.
  - Runs on the controller and calls no AWS API.
author:
  - dataai.platform authors (@dataai)
options:
  problems:
    description: What is wrong, one sentence each.
    type: list
    elements: str
    default: []
  pending:
    description: Number of changes that are pending and are to be told by the exit code.
    type: int
    default: 0
  text:
    description: The changes in words.
    type: str
    default: ""
  for_tags:
    description:
      - Tags that select what this is about. Where the run selects none of them, and none of the task's own, which
        include those of its play and of the import of its playbook, this succeeds. Left out, it is about every run.
    type: list
    elements: str
attributes:
  check_mode:
    description: Changes nothing, and does the same in check mode.
    support: full
  diff_mode:
    description: Shows no diff.
    support: none
"""

EXAMPLES = r"""
- name: Refuse to go on
  dataai.platform.verdict:
    problems:
      - the layer below is not there; run infrastructure.yml first

- name: Tell pending changes by exit code 4
  dataai.platform.verdict:
    pending: 3
    text: 2 to create, 1 to delete
"""

RETURN = r"""
msg:
  description: The result in a sentence.
  returned: always
  type: str
problems:
  description: What is wrong, one sentence each; a single one is C(msg).
  returned: failure, where there are several
  type: list
  elements: str
"""
