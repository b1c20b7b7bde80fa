# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waiting for refusals of AWS that pass by themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..core.errors import Failure
from ..core.wait import Clock, persist

#: Seconds after which what AWS has accepted is known to all of its parts.
SETTLING_SECONDS = 120.0

#: Seconds for which AWS counts what is gone as using what it used.
LETTING_GO_SECONDS = 300.0


def patiently(call: Callable[[], Any], *passing: tuple[str, str], seconds: float = SETTLING_SECONDS) -> Any:
    """Call until AWS no longer refuses for a reason that passes by itself, for ``seconds`` at most.

    For the delays that AWS documents: a new IAM role that is not known everywhere, network interfaces and private
    DNS names that outlive what they belonged to.

    Args:
        call: one AWS call.
        passing: such reasons, each an error code and words that the message must hold, if any, in any case.
        seconds: how long all of it may last.

    Raises:
        Failure: another refusal, or the last one.
    """

    def passes(failure: Failure) -> bool:
        return any(failure.code == code and words.lower() in failure.why.lower() for code, words in passing)

    return persist(call, passes, clock=Clock(), timeout=seconds)
