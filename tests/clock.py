# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Time for tests."""

from __future__ import annotations

import time
from threading import local

import pytest
from botocore import endpoint

from ansible_collections.dataai.platform.plugins.module_utils.core.wait import Clock


class StillClock(Clock):
    """A clock that does not wait: sleeping moves it on."""

    def __init__(self) -> None:
        self.time = 0.0

    def now(self) -> float:
        """Return the seconds that were slept."""
        return self.time

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.time += seconds


class HastyClock:
    """Makes every clock of the product hasty: what one thread waits for passes at once, for that thread."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._slept = local()
        monkeypatch.setattr(Clock, "now", lambda _clock: time.monotonic() + self._so_far())
        monkeypatch.setattr(Clock, "sleep", lambda _clock, seconds: self._sleep(seconds))
        monkeypatch.setattr(endpoint, "time", self)  # between the attempts of the SDK

    def _so_far(self) -> float:
        return float(getattr(self._slept, "seconds", 0.0))

    def _sleep(self, seconds: float) -> None:
        self._slept.seconds = self._so_far() + seconds

    @staticmethod
    def sleep(seconds: float) -> None:
        """Do not wait: the SDK looks at no clock."""
