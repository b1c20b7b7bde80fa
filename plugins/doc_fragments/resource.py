# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation that every resource module shares."""

from __future__ import annotations


class ModuleDocFragment:
    """Options and attributes that the engine gives to every resource module."""

    DOCUMENTATION = r"""
options:
  after:
    description:
      - Results of other tasks whose resources have to be there first, though no option refers to them. It matters
        where tasks declare (see M(dataai.platform.graph)), and nowhere else.
    type: list
    elements: raw
  aws_account_id:
    description:
      - The account that may be written to. With credentials of another one the task fails before its first write.
      - By default the variable of this name, where there is one. Without both, any account may be written to.
    type: str
  state:
    description:
      - V(present) creates the resource or makes it as wanted; V(absent) removes it.
    type: str
    choices: [present, absent]
    default: present
  wait:
    description:
      - Wait until AWS reports the resource as ready (or gone).
      - Without it a resource that AWS is still working on is left to a later task or run, with a warning.
    type: bool
    default: true
attributes:
  check_mode:
    description: Reports exactly what a real run would change, and writes nothing.
    support: full
  diff_mode:
    description: Shows the changed fields before and after. Secret values are never shown.
    support: full
  idempotent:
    description: A second run changes nothing and makes no write call.
    support: full
  action_group:
    description: Use C(group/dataai.platform.aws) (or C(group/aws) of amazon.aws) in C(module_defaults).
    support: full
    membership:
      - dataai.platform.aws
notes:
  - Options that are left out are not managed; the resource keeps what it has.
  - Failures of one item never hide or stop the others; the task fails at its end and names each.
"""

    ACCOUNT = r"""
options:
  aws_account_id:
    description:
      - The account that may be written to. With credentials of another one the task fails before its first write.
      - By default the variable of this name, where there is one. Without both, any account may be written to.
    type: str
"""

    CALLS = r"""
attributes:
  action_group:
    description: Use C(group/dataai.platform.aws) (or C(group/aws) of amazon.aws) in C(module_defaults).
    support: full
    membership:
      - dataai.platform.aws
"""

    BATCH = r"""
options:
  workers:
    description:
      - How many resources are worked on at the same time.
    type: int
    default: 8
"""

    TAGS = r"""
options:
  purge_tags:
    description:
      - Remove tags that O(tags) does not name. Tags that AWS sets itself are never touched.
    type: bool
    default: false
"""

    PRUNE = r"""
options:
  prune:
    description:
      - Also delete the resources that O(owned_by) marks as ours and that O(items) does not name.
    type: bool
    default: false
  owned_by:
    description:
      - Tags that prove a resource to be ours, for O(prune). Without them nothing is pruned.
    type: dict
"""

    STATEFUL = r"""
options:
  acknowledge:
    description:
      - Names of resources that hold data and may be deleted (or, where possible, replaced) nevertheless.
      - The word V(all) stands for every one.
    type: list
    elements: str
    default: []
"""

    REPLACE = r"""
options:
  replace:
    description:
      - Allow a change that AWS cannot make in place, by a new resource in the place of the old one.
      - Without it such a change is refused before anything is written.
    type: bool
    default: false
"""
