# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: packed_once
type: aggregate
short_description: Let the playbooks of one run of the tests share what Ansible packs
description:
  - Ansible packs each module with all that it imports once for every playbook, which takes longer than most modules
    run. With this callback it finds what an earlier playbook has packed.
options:
  directory:
    description: An empty directory for the packed modules, to be forgotten when a source changes.
    type: path
    required: true
    env:
      - name: PACKED_ONCE_DIRECTORY
"""

from pathlib import Path
from typing import Any

import ansible.constants as C  # noqa: N812 - as everywhere in Ansible
from ansible.plugins.callback import CallbackBase


class CallbackModule(CallbackBase):
    """Puts a link to the common directory where Ansible looks for what it has packed already in this run."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "packed_once"
    CALLBACK_NEEDS_ENABLED = True

    def v2_playbook_on_start(self, _playbook: Any) -> None:
        """Link, before the first task."""
        Path(C.DEFAULT_LOCAL_TMP, "ansiballz_cache").symlink_to(self.get_option("directory"))
