# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lookup that tells whether the input of roles was checked."""

from __future__ import annotations

DOCUMENTATION = r"""
name: checked
short_description: Tell whether the input of roles was checked in this run
version_added: 1.1.0
author:
  - dataai.platform authors (@dataai)
description:
  - Returns whether M(dataai.platform.preflight) has checked just this input of the roles on this host. Another account,
    region or environment, and another value of a variable that a role documents or that such a variable refers to, is
    other input, which was not checked.
  - What was checked is kept in the fact C(__common_checked), by role C(common).
options:
  _terms:
    description: Names of roles of this collection.
    type: list
    elements: str
    required: true
"""

EXAMPLES = r"""
- name: Check the input
  dataai.platform.preflight:
    roles: [aurora]
  when: not lookup('dataai.platform.checked', 'aurora')
"""

RETURN = r"""
_raw:
  description: One value, whether the input of all these roles was checked.
  type: list
  elements: bool
"""

from collections.abc import Mapping
from typing import Any

from ansible.plugins.lookup import LookupBase

from ansible_collections.dataai.platform.plugins.plugin_utils.estate import digests, loaded


class LookupModule(LookupBase):
    """Compares digests of the variables as they are where it is called."""

    def run(self, terms: list[str], variables: Mapping[str, Any] | None = None, **kwargs: Any) -> list[bool]:
        """Return whether the input of all roles was checked."""
        checked = (variables or {}).get("__common_checked") or ()
        if not checked:
            return [False]
        wanted = digests([str(term) for term in terms], variables or {}, loaded(self._loader))
        return [all(digest in checked for digest in wanted.values())]
