# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Lambda function that rewrites the secrets which follow another one, when AWS has rotated that.

It is seeding itself, for a few secrets: the same derivation, the same version ids. A seeding run after it finds
nothing to do, and neither does a second invocation. It runs outside Ansible, packed by ``functions.bundle``.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..aws.session import Aws
from ..core.errors import Failure, describe
from ..secrets.seed import Outcome, Seeding, Wish
from ..secrets.spec import parsed
from .logs import logger

#: The secrets to keep fresh, beside this file in the archive: entries of the option ``secrets`` of ``secret_values``.
SETTINGS = Path(__file__).with_name("secret_sync.json")

LOG = logger("secret_sync")


class Stale(Exception):
    """Some secrets could not be rewritten. The message names them and says why; AWS then invokes once more."""


class Runtime:
    """What ``Aws`` needs of a module, from the environment of the function."""

    def __init__(self) -> None:
        self.region = os.environ["AWS_REGION"]

    def client(self, service: str, config: Any = None) -> Any:
        """Return an SDK client in the region of the function."""
        import boto3

        return boto3.client(service, region_name=self.region, config=config)


def handler(_event: Any, _context: Any) -> dict[str, Any]:
    """Rewrite what is stale, whatever the reason of the invocation.

    Returns:
        ``changed`` and ``unchanged``, the names of the secrets that were, and were not, rewritten.

    Raises:
        Stale: a secret could not be rewritten. All that could be are.
    """
    try:
        return synchronised(Aws(Runtime()), json.loads(SETTINGS.read_text(encoding="utf-8")))
    except Stale:
        raise
    except Failure as failure:  # its text withholds what was sent
        raise Stale(str(failure)) from None
    except Exception as error:  # noqa: BLE001 - the runtime would log its text, which may quote what was read
        raise Stale(f"stopped by {type(error).__name__}") from None


def synchronised(aws: Aws, entries: list[Mapping[str, Any]]) -> dict[str, Any]:
    """Rewrite what is stale among ``entries``; see ``handler``."""
    outcome = Seeding(aws, parsed(entries), Wish(), fetch=_nothing).run()
    result = {"changed": [name for _action, _kind, name in outcome.changes], "unchanged": outcome.unchanged}
    LOG.info(json.dumps({"message": "derived secrets are fresh" if not outcome.errors else "failed", **result}))
    if outcome.errors:
        raise Stale(_reasons(outcome))
    return result


def _reasons(outcome: Outcome) -> str:
    return describe([str(failure) for failure in outcome.errors.values()])


def _nothing(url: str) -> str:
    """Derived secrets need nothing from the network."""
    raise OSError(f"{url} is not for this function to fetch")
