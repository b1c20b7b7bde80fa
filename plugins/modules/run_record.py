#!/usr/bin/python
# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: run_record
short_description: Write what a run changed, and its outputs, to files
version_added: 1.0.0
description:
  - Collects C(changes) from every registered variable whose name begins with two underscores and ends with C(_result),
    and writes them as one list to C(changes.json); writes O(outputs) to C(outputs.json).
  - Results that were made for another estate than that of the play's variables, or in another kind of run (C(apply),
    C(destroy) and so on), by an earlier play of the same run, are left out.
  - Runs on the controller and calls no AWS API. It writes its files in check mode too, since the record of a plan is
    its purpose.
author:
  - dataai.platform authors (@dataai)
options:
  directory:
    description: Folder for the files; relative to the folder in which Ansible was started.
    type: path
    required: true
  environment:
    description: Name of the environment.
    type: str
    required: true
  account:
    description: Account of changes that name none. Others name the account of the credentials they were made with.
    type: str
    required: true
  region:
    description: Region of changes that name none.
    type: str
    required: true
  mode:
    description:
      - What kind of run this is. In check mode V(apply) is recorded as V(plan).
      - V(outputs) writes only the outputs.
    type: str
    choices: [plan, apply, destroy, outputs]
    required: true
  outputs:
    description: The outputs of the run; must hold nothing secret.
    type: dict
attributes:
  check_mode:
    description: Writes its files in check mode too.
    support: none
  diff_mode:
    description: Shows no diff; the files are records, not configuration.
    support: none
"""

EXAMPLES = r"""
- name: Record the run
  dataai.platform.run_record:
    directory: build/prod
    environment: prod
    account: "123456789012"
    region: eu-central-2
    mode: apply
    outputs: "{{ aurora_outputs }}"
"""

RETURN = r"""
summary:
  description: Number of resources by action.
  returned: always
  type: dict
  sample: {create: 0, update: 1, replace: 0, delete: 0, unchanged: 120}
lines:
  description: One line for each change, as a plan shows it.
  returned: always
  type: list
  elements: str
told:
  description: What was done, a line for each action and type of resource, with the names that it takes.
  returned: always
  type: list
  elements: str
refused:
  description: What a plan refuses, one sentence each.
  returned: always
  type: list
  elements: str
remains:
  description: What deletions have left, such as snapshots and what is pending deletion, one sentence each.
  returned: always
  type: list
  elements: str
text:
  description: The summary in words.
  returned: always
  type: str
pending:
  description: Number of changes.
  returned: always
  type: int
files:
  description: The files written.
  returned: always
  type: list
  elements: str
"""
