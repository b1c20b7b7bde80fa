# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long things take to become ready."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Settings:
    """Adjustable behaviour. Times are seconds unless a name says otherwise."""

    provisioning_seconds: float | dict[str, float] = 0.0
    latency_ms: float = 0.0
    # The account's services have made nothing yet and have no roles of their own, as in an account of yesterday.
    fresh_account: bool = True
    # How the next change of a service ends instead of well: {service: status}. Each is used once.
    failures: dict[str, str] = field(default_factory=dict)
    # Foundation models that deviate from the catalogue: {model id: {attribute: value} or None for "not offered"}.
    bedrock_models: dict[str, dict[str, Any] | None] = field(default_factory=dict)
    # Services with interface endpoints in some zones only: {short name: [zone, ...]}.
    endpoint_zones: dict[str, list[str]] = field(default_factory=dict)
    # Quotas that differ from AWS's defaults: {quota code: value}.
    quotas: dict[str, float] = field(default_factory=dict)

    def forget(self) -> None:
        """Go back to what AWS offers and grants by default."""
        self.bedrock_models, self.endpoint_zones, self.quotas, self.failures = {}, {}, {}, {}
        self.fresh_account = True

    def seconds(self, service: str) -> float:
        """Return how long a resource of `service` stays busy after a change."""
        if isinstance(self.provisioning_seconds, dict):
            return float(self.provisioning_seconds.get(service, self.provisioning_seconds.get("default", 0.0)))
        return float(self.provisioning_seconds)


settings = Settings()


class Phase:
    """A status that settles by itself.

    The call that starts a change shows the busy status even when it takes no time, as AWS does.
    """

    def __init__(self, service: str, settled: str) -> None:
        self._service = service
        self._settled = self._usual = settled
        self._busy: str | None = None
        self._until = 0.0
        #: Tells that the change is not done yet, whatever the time.
        self.hold: Callable[[], bool] | None = None

    def begin(self, busy: str, settled: str | None = None, seconds: float | None = None) -> None:
        """Enter `busy`; it ends in `settled` (default: the present end) after the service's time."""
        self._busy = busy
        self._usual = settled or self._usual
        self._settled = settings.failures.pop(self._service, self._usual)
        self._until = time.monotonic() + (settings.seconds(self._service) if seconds is None else seconds)

    @property
    def busy(self) -> bool:
        """Tell whether the change is still going on."""
        if self._busy and time.monotonic() >= self._until and not (self.hold and self.hold()):
            self._busy = None
        return self._busy is not None

    @property
    def status(self) -> str:
        """The status to show now."""
        return str(self._busy) if self.busy else self._settled

    def settle(self, status: str) -> None:
        """Be in a status at once, whatever was going on."""
        self._busy, self._settled = None, status

    @property
    def started(self) -> str:
        """The status to show in the answer to the call that began the change."""
        return self._busy or self._settled
