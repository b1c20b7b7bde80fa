# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tasks of a play use, loaded once in the process from which those of the tasks are forked.

Each task has a process of its own. What that finds in memory it does not have to load, and there are a hundred of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.plugins.loader import action_loader, connection_loader, filter_loader, lookup_loader

from ansible_collections.dataai.platform.plugins.module_utils.aws.kinds import KINDS, kind_class

COLLECTION = "dataai.platform"

#: A filter by which those of the whole collection are loaded, and the plugins that nearly every task needs.
FILTER = f"{COLLECTION}.partition"
LOOKUPS = (f"{COLLECTION}.checked", f"{COLLECTION}.own", "ansible.builtin.env")
ACTIONS = (f"{COLLECTION}.resource", "ansible.builtin.normal", "ansible.builtin.set_fact")


def preload(variables: Mapping[str, Any]) -> None:
    """Load all kinds, and the plugins of the tasks.

    Args:
        variables: those of the play, which may name the connection.
    """
    for name in KINDS:
        kind_class(name)
    filter_loader.get(FILTER)
    connection = variables.get("ansible_connection")
    for loader, names in (
        (lookup_loader, LOOKUPS),
        (action_loader, ACTIONS),
        (connection_loader, [connection] if isinstance(connection, str) and "{" not in connection else []),
    ):
        for name in names:
            loader.get(name, class_only=True)
