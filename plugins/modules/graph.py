#!/usr/bin/python
# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: graph
short_description: Make what the tasks of a layer have declared
version_added: 1.2.0
description:
  - Where the variable C(platform_declares) is true, a task of a kind of this collection does not call AWS. It answers
    with references to its outputs, which later tasks put into their options, and is kept under the name that it
    registers.
  - This task runs all that was declared for the estate of the play and not run yet, in one process. Everything is read
    and planned first. If anything is refused, nothing is written, and all reasons are told. Otherwise each task is
    carried out as soon as those are done that it refers to, that it says the names of resources of, or that its option
    C(after) names. Where one fails, those that need it are not done, and all others are.
  - Calls the operations of the modules whose tasks were declared.
author:
  - dataai.platform authors (@dataai)
options:
  batches:
    description: What was declared. The task finds it by itself.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name under which the task registers.
        type: str
        required: true
      kind:
        description: Name of the task's module.
        type: str
        required: true
      args:
        description: Options of the task.
        type: dict
        required: true
      check:
        description: The task is in check mode.
        type: bool
        default: false
      role:
        description: Role whose task it is.
        type: str
        default: ""
  apart:
    description:
      - What is refused stops what needs it, and nothing else. So it is when an estate is taken down, where whatever can
        go goes.
    type: bool
    default: false
  known:
    description: Resources of tasks that were run before, by their names. The task finds them by itself.
    type: dict
    default: {}
  progress:
    description:
      - File to which a line is written for each change as it happens, and every half a minute for what is waited for.
        The task makes one and shows its lines on the standard error where it runs on this machine.
    type: path
attributes:
  check_mode:
    description: Reads and reports exactly what a real run would change.
    support: full
  diff_mode:
    description: Shows what changes.
    support: full
  idempotent:
    description: A second run changes nothing and writes nothing.
    support: full
extends_documentation_fragment:
  - dataai.platform.resource.account
  - dataai.platform.resource.calls
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Build a network
  vars:
    platform_declares: true
  block:
    - name: Make the VPC
      dataai.platform.vpc:
        name: acme
        cidr_block: 10.0.0.0/16
        region: eu-central-2
      register: __acme_vpc_result

    - name: Make the subnet
      dataai.platform.subnet:
        name: acme-a
        vpc_id: "{{ __acme_vpc_result.resources.acme.id }}"
        cidr_block: 10.0.0.0/24
        availability_zone: eu-central-2a
        region: eu-central-2
      register: __acme_subnet_result

- name: Make both
  dataai.platform.graph:
    region: eu-central-2
  register: __acme_result

- name: Fail where something was refused or has failed
  dataai.platform.verdict:
    problems: "{{ __acme_result.problems }}"
"""

RETURN = r"""
results:
  description: What each of the tasks would have returned, with the name under which it is kept in C(batch).
  returned: always
  type: list
  elements: dict
facts:
  description:
    - The variables that end in C(_outputs) and held references, with what these have become. A task has to keep them,
      such as with M(ansible.builtin.set_fact).
  returned: always
  type: dict
failed_roles:
  description: The roles of which something was refused or failed, with the reasons, one sentence each.
  returned: always
  type: dict
refused:
  description: Whether something was refused. Unless each stands apart, nothing was written then.
  returned: always
  type: bool
problems:
  description:
    - Every reason why something is refused or failed, one sentence each. The task itself does not fail, so that what
      was done can be kept and recorded; M(dataai.platform.verdict) ends the play with them.
  returned: always
  type: list
  elements: str
"""

from ansible_collections.dataai.platform.plugins.module_utils.aws.graph import main

if __name__ == "__main__":
    main()
