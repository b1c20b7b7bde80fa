#!/usr/bin/python
# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: written_files
short_description: Bring the files of a folder on the controller to what they should be
version_added: 1.0.0
description:
  - Writes the files that differ, and removes files of its own that are not wanted any more.
  - Runs on the controller and calls no AWS API.
author:
  - dataai.platform authors (@dataai)
options:
  directory:
    description: The folder; relative to the folder in which Ansible was started. It is made where it is missing.
    type: path
    required: true
  files:
    description: Name of each file to its content. Nothing sensitive, as a diff shows it.
    type: dict
    default: {}
  owned:
    description:
      - Patterns of file names in the folder that nobody else uses. Such a file that O(files) does not name is removed,
        and the folder with the last of them.
    type: list
    elements: str
    default: []
attributes:
  check_mode:
    description: Reports what a real run would write and remove, and does neither.
    support: full
  diff_mode:
    description: Shows the contents.
    support: full
"""

EXAMPLES = r"""
- name: Write a policy, and remove those of before
  dataai.platform.written_files:
    directory: build/prod/consumers
    files:
      invoke-policy-chat.json: "{{ policy | to_nice_json }}"
    owned: [invoke-policy-*.json]
"""

RETURN = r"""
written:
  description: The files that were written.
  returned: always
  type: list
  elements: str
removed:
  description: The files that were removed.
  returned: always
  type: list
  elements: str
"""
