# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Secrets Manager as seeding needs it: what is current, and writes of which exactly one wins."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from threading import Lock

from ..aws.session import Aws
from ..core.errors import Exists, Failure, Missing
from ..core.values import HIDDEN, Secret
from ..core.wait import Clock, poll
from . import tokens
from .generators import generate

CURRENT, PREVIOUS = "AWSCURRENT", "AWSPREVIOUS"

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
        previous: id of the version that was current before; ``None`` where there is none.
    """

    name: str
    arn: str = ""
    pending: bool = False
    current: str | None = None
    previous: str | None = None

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
        self._lock = Lock()
        #: By ARN: the version that this run knows to be current, and those that it knows to be replaced.
        self._known: dict[str, tuple[str, set[str | None]]] = {}

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
        current, previous = (
            next((key for key, stages in versions.items() if stage in stages), None) for stage in (CURRENT, PREVIOUS)
        )
        return self.caught_up(State(name, found["ARN"], found.get("DeletedDate") is not None, current, previous))

    def caught_up(self, state: State) -> State:
        """Return a state that takes in what this run knows: an answer of AWS may lag behind a write for seconds."""
        with self._lock:
            newest, replaced = self._known.get(state.arn, ("", set()))
            if state.current in replaced:
                return replace(state, current=newest, previous=state.current)
        return state

    def _learn(self, state: State, newest: str) -> State:
        """Remember that ``newest`` has replaced the version that ``state`` saw; return the state that follows."""
        with self._lock:
            _before, replaced = self._known.get(state.arn, ("", set()))
            self._known[state.arn] = (newest, (replaced | {state.current}) - {newest})
        return replace(state, current=newest, previous=state.current)

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

    def write(self, state: State, value: Secret, made_from: str) -> State:
        """Make ``value`` current, as a version with the mark ``made_from``, and return the state that follows.

        That is another version where another run has replaced this one meanwhile.
        """
        for attempt in range(ATTEMPTS):
            token = tokens.token(made_from, state.current, attempt)
            try:
                stages = self._put(state, value, token)
            except Exists:  # the id stands for another value
                continue
            return self._learn(state, token) if CURRENT in stages else self._promote(state, token)
        raise Failure(f"secret {state.name}", "every version id for its value is taken", next_step="run again")

    def generate(self, state: State, generator: str, username: str | None = None) -> tuple[State, bool]:
        """Write a new random value, or the credentials of a user, after the version that ``state`` saw.

        All runs that saw the same version use the same id, so the first one wins, and the others are refused.

        Returns:
            the state that follows, and whether this run's value won.
        """
        for attempt in range(ATTEMPTS):
            token = tokens.token(tokens.mark("generated", state.name), state.current, attempt)
            try:
                self._put(state, generate(generator, username), token)
            except Exists:
                theirs = self._theirs(state, token)
                if theirs is not None:
                    return theirs, False
                continue
            return self._learn(state, token), True
        raise Failure(f"secret {state.name}", "every version id for a new value is taken", next_step="run again")

    def _theirs(self, state: State, token: str) -> State | None:
        """Return the state that another run has made; ``None`` where the version ``token`` is an old one."""
        if state.current is None:  # the first version always becomes current
            return self._learn(state, token)
        return self._moved_on(state)

    def _moved_on(self, state: State) -> State | None:
        """Return the state once another version is current than ``state`` saw; ``None`` where none becomes."""
        now, moved = poll(
            lambda: self.describe(state.name),
            lambda seen: seen.current != state.current,
            clock=self.clock,
            timeout=CONSISTENCY_SECONDS / 4,
        )
        return self._learn(state, now.current) if moved and now.current is not None else None

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

    def _promote(self, state: State, token: str) -> State:
        """Make a version current that was written before and then set aside (by a label moved by hand, say)."""
        try:
            self._secrets.update_secret_version_stage(
                SecretId=state.arn, VersionStage=CURRENT, MoveToVersionId=token, RemoveFromVersionId=state.current
            )
        except Failure:  # another run has just done it, or has gone on to a further version
            moved = self._moved_on(state)
            if moved is None:
                raise
            return moved
        return self._learn(state, token)

    @staticmethod
    def _check_container(state: State) -> None:
        if not state.arn:
            raise Failure(f"secret {state.name}", "it does not exist", next_step="create it (empty) first")
        if state.pending:
            raise Failure(f"secret {state.name}", "its deletion is pending", next_step="restore it first")
