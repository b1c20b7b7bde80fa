# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filters that write what consumers of the layer need."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.dataai.platform.plugins.module_utils.core.consumers import (
    external_secrets,
    invoke_policies,
    litellm_config,
    secret_store,
)


def _guarded(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function with its refusals in Ansible's words."""

    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except ValueError as error:
            raise AnsibleFilterError(str(error)) from error
        except (KeyError, TypeError) as error:
            raise AnsibleFilterError(f"dataai.platform.{function.__name__}: {error!r}") from error

    return call


class FilterModule:
    """Filters of the collection."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filters by name."""
        functions = (external_secrets, invoke_policies, litellm_config, secret_store)
        return {function.__name__: _guarded(function) for function in functions}
