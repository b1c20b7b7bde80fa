#!/usr/bin/python
# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: verify_report
short_description: Write what a verification found to files
version_added: 1.1.0
description:
  - Reads the results of a run in check mode, from every registered variable whose name begins with two underscores and
    ends with C(_result), as checks. What a task would change fails, what it would leave passes, what is left to people
    is relaxed, what the estate does without is skipped. Results of another estate, and of other runs than a
    verification, are left out.
  - Writes them to C(verify.json), C(verify.xml) (JUnit) and C(verify.html).
  - Runs on the controller and calls no AWS API. It writes its files in check mode too, since they are its purpose.
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
  switches:
    description: Parts of the estate by the variable that turns them on; what is off is skipped.
    type: dict
  access_key_max_age_days:
    description: Days that an access key may be in use.
    type: int
    default: 90
  complete:
    description: Whether the run came to its end. Where it did not, that is a failed check.
    type: bool
    default: true
attributes:
  check_mode:
    description: Writes its files in check mode too.
    support: none
  diff_mode:
    description: Shows no diff; the files are records, not configuration.
    support: none
"""

EXAMPLES = r"""
- name: Write the report
  dataai.platform.verify_report:
    directory: build/prod
    environment: prod
    switches:
      enable_managed_grafana: false
"""

RETURN = r"""
summary:
  description: Number of checks by status.
  returned: always
  type: dict
  sample: {pass: 140, fail: 0, relaxed: 1, skipped: 1}
lines:
  description: One line for each check that failed or is relaxed.
  returned: always
  type: list
  elements: str
files:
  description: The files written.
  returned: always
  type: list
  elements: str
"""
