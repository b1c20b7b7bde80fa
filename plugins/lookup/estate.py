# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lookup that works out what follows from the variables of a play."""

from __future__ import annotations

DOCUMENTATION = r"""
name: estate
short_description: Work out what follows from the variables that describe an estate
version_added: 1.1.0
author:
  - dataai.platform authors (@dataai)
description:
  - Returns the names, the tags or the mark of the estate that the variables of the play describe (C(aws_account_id),
    C(aws_region), C(org), C(org_moniker), C(product), C(product_moniker), C(environment_name) and the other shared
    variables of role C(common)).
  - It is worked out anew wherever it is asked for, so it always follows the variables of the play that asks. Nothing
    of it is kept as a fact, which would outrank the variables of a later play.
options:
  _terms:
    description:
      - V(names) for the names of all resources by key, V(tags) for the tags of every resource, V(id) for the mark that
        tells the estate from others.
    type: list
    elements: str
    choices: [names, tags, id]
    required: true
"""

EXAMPLES = r"""
- ansible.builtin.debug:
    msg: "{{ lookup('dataai.platform.estate', 'names').aurora_cluster }}"
"""

RETURN = r"""
_raw:
  description: One value for each term, a dictionary for V(names) and V(tags), a text for V(id).
  type: list
  elements: raw
"""

from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase

from ansible_collections.dataai.platform.plugins.plugin_utils.estate import Estate
from ansible_collections.dataai.platform.plugins.plugin_utils.preloaded import preload


class LookupModule(LookupBase):
    """Asks the variables as they are where it is called."""

    def run(self, terms: list[str], variables: Mapping[str, Any] | None = None, **kwargs: Any) -> list[Any]:
        """Return one value for each term.

        Raises:
            AnsibleLookupError: there is no such thing, or the region is none.
        """
        if "id" in terms:  # with the mark a play begins: the name of its first task, before Ansible forks for it
            preload(variables or {})
        estate = Estate(variables or {}, self._templar.template)
        makers = {"names": estate.names, "tags": estate.tags, "id": lambda: estate.id}
        try:
            return [makers[str(term)]() for term in terms]
        except (KeyError, ValueError) as error:
            raise AnsibleLookupError(f"dataai.platform.estate: {error}") from error
