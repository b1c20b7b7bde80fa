# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lookup that takes up what was kept of this estate, and of no other."""

from __future__ import annotations

DOCUMENTATION = r"""
name: own
short_description: Take up what a run has kept of this estate
version_added: 1.1.0
author:
  - dataai.platform authors (@dataai)
description:
  - Returns a fact or a registered result that was made for the estate of the play's variables. What was made for
    another one, by an earlier play of the same run, counts as not there.
  - The outputs of roles and the results of the collection's modules say in C(estate) which one they were made for.
    What does not say it was given by the user, and counts.
options:
  _terms:
    description: Names of variables that hold dictionaries.
    type: list
    elements: str
    required: true
"""

EXAMPLES = r"""
- ansible.builtin.debug:
    msg: "{{ lookup('dataai.platform.own', 'aurora_outputs').aurora_cluster_endpoint | default('not there') }}"
"""

RETURN = r"""
_raw:
  description: The dictionaries, without C(estate). An empty one stands for what is not there.
  type: list
  elements: dict
"""

from collections.abc import Mapping
from typing import Any

from ansible.plugins.lookup import LookupBase

from ansible_collections.dataai.platform.plugins.plugin_utils.estate import Estate


class LookupModule(LookupBase):
    """Compares the marks with the variables as they are where it is called."""

    def run(self, terms: list[str], variables: Mapping[str, Any] | None = None, **kwargs: Any) -> list[Any]:
        """Return one dictionary for each term."""
        estate = Estate(variables or {}, self._templar.template)
        return [estate.own(str(term)) for term in terms]
