# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Secrets Manager as seeding needs it: what is current, and writes of which exactly one wins."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from ..aws.session import Aws
from ..core.errors import Exists, Failure, Missing
from ..core.values import HIDDEN, Secret
from ..core.wait import Clock, poll
from . import tokens
from .generators import generate

CURRENT = "AWSCURRENT"

#: Requests at the same time.
WORKERS = 8

#: Seconds in which AWS's answers may lag behind a write.
CONSISTENCY_SECONDS = 20.0

#: Version ids tried in a row where one is taken. More than one is needed only after labels were moved by hand.
ATTEMPTS = 8


@dataclass(frozen=True)
class State:
    """A secret without its value.

    Attributes:
        name: the name or ARN that was asked for.
        arn: full ARN; empty where the secret does not exist.
        pending: its deletion is pending.
        current: id of the version that is current; ``None`` where it has no value.
    """

    name: str
    arn: str = ""
    pending: bool = False
    current: str | None = None

    @property
    def action(self) -> str:
        """What writing a value is, in reports."""
        return "create" if self.current is None else "update"


class Store:
    """The calls of seeding, each with its answer to races, repetitions and lag.

    Args:
        aws: the gateway to the SDK.
        clock: time; tests pass one that does not wait.
    """

    def __init__(self, aws: Aws, clock: Clock | None = None) -> None:
        self.clock = clock or Clock()
        self._secrets = aws.service("secretsmanager")

    # --- looking ----------------------------------------------------------------------------------------------------

    def describe(self, name: str) -> State:
        """Return what is known of a secret without reading it.

        DescribeSecret and not ListSecrets: a listing may be five minutes old, and would hide that a source changed.
        """
        try:
            found = self._secrets.describe_secret(SecretId=name)
        except Missing:
            return State(name)
        versions = found.get("VersionIdsToStages") or {}
        current = next((key for key, stages in versions.items() if CURRENT in stages), None)
        return State(name, found["ARN"], found.get("DeletedDate") is not None, current)

    def describe_all(self, names: Iterable[str]) -> dict[str, State]:
        """Describe several secrets at a time."""
        wanted = sorted(set(names))
        with ThreadPoolExecutor(max_workers=WORKERS) as pool:
            return dict(zip(wanted, pool.map(self.describe, wanted), strict=True))

    def read(self, state: State) -> Secret:
        """Return the value of the version that ``state`` saw, and of no other.

        Raises:
            Missing: the version is not there any more.
        """

        def look() -> Secret | Missing:
            try:
                answer = self._secrets.get_secret_value(SecretId=state.arn, VersionId=state.current)
            except Missing as missing:
                return missing
            return Secret(answer.get("SecretString", ""))

        seen, _done = poll(look, lambda it: isinstance(it, Secret), clock=self.clock, timeout=CONSISTENCY_SECONDS)
        if isinstance(seen, Missing):
            raise seen
        return seen

    # --- writing ----------------------------------------------------------------------------------------------------

    def write(self, state: State, value: Secret, made_from: str) -> str:
        """Make ``value`` current, as a version with the mark ``made_from``, and return the version's id."""
        for attempt in range(ATTEMPTS):
            token = tokens.token(made_from, state.current, attempt)
            try:
                stages = self._put(state, value, token)
            except Exists:  # the id stands for another value
                continue
            if CURRENT not in stages:
                self._promote(state, token)
            return token
        raise Failure(f"secret {state.name}", "every version id for its value is taken", next_step="run again")

    def generate(self, state: State, generator: str) -> bool:
        """Write a new random value after the version that ``state`` saw, and tell whether this run's value won.

        All runs that saw the same version use the same id, so the first one wins, and the others are refused.
        """
        for attempt in range(ATTEMPTS):
            token = tokens.token(tokens.mark("generated", state.name), state.current, attempt)
            try:
                self._put(state, generate(generator), token)
            except Exists:
                if self._moved_on(state):
                    return False
                continue
            return True
        raise Failure(f"secret {state.name}", "every version id for a new value is taken", next_step="run again")

    def _moved_on(self, state: State) -> bool:
        """Tell whether another run has made another version current. The first version always becomes current."""
        if state.current is None:
            return True
        _seen, moved = poll(
            lambda: self.describe(state.name),
            lambda now: now.current != state.current,
            clock=self.clock,
            timeout=CONSISTENCY_SECONDS / 4,
        )
        return moved

    def _put(self, state: State, value: Secret, token: str) -> list[str]:
        """Write a version and return its labels; a repetition of a write that went through changes nothing."""
        self._check_container(state)
        text = value.reveal()
        try:
            answer = self._secrets.put_secret_value(SecretId=state.arn, ClientRequestToken=token, SecretString=text)
        except Exists:
            raise
        except Failure as failure:  # whatever AWS or the SDK quotes of the request, the value is not shown
            why = failure.why.replace(text, HIDDEN)
            raise type(failure)(failure.what, why, next_step=failure.next_step, code=failure.code) from None
        return list(answer.get("VersionStages") or ())

    def _promote(self, state: State, token: str) -> None:
        """Make a version current that was written before and then set aside (by a label moved by hand, say)."""
        try:
            self._secrets.update_secret_version_stage(
                SecretId=state.arn, VersionStage=CURRENT, MoveToVersionId=token, RemoveFromVersionId=state.current
            )
        except Failure:  # another run has just done it
            if self.describe(state.name).current != token:
                raise

    @staticmethod
    def _check_container(state: State) -> None:
        if not state.arn:
            raise Failure(f"secret {state.name}", "it does not exist", next_step="create it (empty) first")
        if state.pending:
            raise Failure(f"secret {state.name}", "its deletion is pending", next_step="restore it first")
