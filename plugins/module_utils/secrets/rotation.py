# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The gentle replacement of an access key: a second key, a time in which both work, the end of the first.

Each run takes one step. What is to be done next follows from IAM's keys and from the version ids of the two secrets
alone, so a run that was killed is simply followed by another.
"""

from __future__ import annotations

import enum
from contextlib import suppress
from dataclasses import dataclass
from math import ceil

from ..aws.session import Aws
from ..core.errors import Failure, Missing
from ..core.wait import Clock
from .s3_credentials import GRACE_SECONDS, SECONDS_OF_A_DAY, AccessKeyPair, Key, Status, View
from .spec import Spec
from .store import Store

#: A change as (action, type, name).
Change = tuple[str, str, str]


class Step(enum.Enum):
    """What a run does."""

    START = "start"
    DEACTIVATE = "deactivate"
    DELETE = "delete"
    NOTHING = "nothing"


#: What the state asks for.
_NEXT = {
    Status.UNFINISHED: Step.START,
    Status.SETTLED: Step.START,
    Status.OVERLAPPING: Step.DEACTIVATE,
    Status.DEACTIVATED: Step.DELETE,
}

#: What the steps lead to.
_AFTER = {Step.START: Status.OVERLAPPING, Step.DEACTIVATE: Status.DEACTIVATED, Step.DELETE: Status.SETTLED}


@dataclass(frozen=True)
class Wish:
    """How to rotate.

    Attributes:
        step: the step to take; ``None`` for the next one.
        overlap: seconds in which both keys work, at least, before the next step takes the old one out of use.
        min_age: seconds that a key must have lived before the next step replaces it.
        check: plan only.
        grace: seconds that another run may need to store a key that it has made.
    """

    step: Step | None = None
    overlap: float = 0.0
    min_age: float = 0.0
    check: bool = False
    grace: float = GRACE_SECONDS


@dataclass(frozen=True)
class Progress:
    """What a run did, or would do.

    Attributes:
        step: the step.
        status: how far the replacement has come after it.
        message: the same for people, with what comes next.
        changes: the changes.
    """

    step: Step
    status: Status
    message: str
    changes: tuple[Change, ...] = ()


class Rotation:
    """One step for the access key of one user.

    Args:
        aws: the gateway to the SDK.
        spec: which secrets and which user.
        wish: how.
        clock: time; tests pass one that does not wait.
    """

    def __init__(self, aws: Aws, spec: Spec, wish: Wish, *, clock: Clock | None = None) -> None:
        self.spec, self.wish = spec, wish
        self._aws, self._iam, self._store = aws, aws.service("iam"), Store(aws, clock)
        self._what = f"access key of user {spec.user_name}"

    def run(self) -> Progress:
        """Take the step, or plan it.

        Raises:
            Failure: there is no pair, the step asked for comes later, or AWS refused something.
        """
        view = self._pair().look()
        step, message = self._choose(view)
        if step is Step.NOTHING:
            return Progress(step, view.status(), message)
        changes = self._planned(step, view) if self.wish.check else self._take(step, view)
        return Progress(step, _AFTER[step], message, tuple(changes))

    def _pair(self, *, force: bool = False) -> AccessKeyPair:
        return AccessKeyPair(self._aws, self._store, self.spec, force=force, grace=self.wish.grace, gentle=True)

    # --- choosing ---------------------------------------------------------------------------------------------------

    def _choose(self, view: View) -> tuple[Step, str]:
        status, wanted = view.status(), self.wish.step
        if status is Status.ABSENT:
            raise Failure(
                self._what, "no active key is stored in the secrets", next_step="seed the secrets, then rotate"
            )
        due = _NEXT[status]
        if wanted in (None, due):
            return self._when_due(due, view)
        if status is Status.UNFINISHED or (status is Status.OVERLAPPING and wanted is Step.DELETE):
            raise Failure(
                self._what, f"step {due.value} comes before {wanted.value}", next_step=f"take step {due.value}"
            )
        return Step.NOTHING, f"{self._what}: step {wanted.value} is not due (rotation: {status.value})"

    def _when_due(self, due: Step, view: View) -> tuple[Step, str]:
        """Put off what has a time of its own, where it was not asked for by name."""
        owner = view.owner()
        age = owner.age if owner is not None else 0.0
        if self.wish.step is None and due is Step.DEACTIVATE and age < self.wish.overlap:
            left = ceil((self.wish.overlap - age) / 60)
            return Step.NOTHING, f"{self._what}: both keys work; the old one stays for {left} more minutes"
        if self.wish.step is None and view.status() is Status.SETTLED and age < self.wish.min_age:
            days = int(self.wish.min_age // SECONDS_OF_A_DAY)
            return Step.NOTHING, f"{self._what}: it is {int(age // SECONDS_OF_A_DAY)} days old; replaced from {days} on"
        return due, {
            Step.START: f"{self._what}: both keys work; once every consumer has read the new one, run again",
            Step.DEACTIVATE: f"{self._what}: the old key is out of use but can come back; run again to delete it",
            Step.DELETE: f"{self._what}: the old key is deleted; the rotation is complete",
        }[due]

    # --- doing ------------------------------------------------------------------------------------------------------

    def _planned(self, step: Step, view: View) -> list[Change]:
        user = str(self.spec.user_name)
        if step is not Step.START:
            return [("update" if step is Step.DEACTIVATE else "delete", "iam_access_key", user)]
        identity: Change = ("update", "secret_value", self.spec.name)
        if view.status() is Status.UNFINISHED:
            return [identity]
        orphans = len(view.keys) > 1
        made: Change = ("replace" if orphans else "create", "iam_access_key", user)
        return [made, ("update", "secret_value", str(self.spec.secret_key_name)), identity]

    def _take(self, step: Step, view: View) -> list[Change]:
        if step is Step.START:
            pair = self._pair(force=view.status() is Status.SETTLED)
            return pair.settle(self._store.describe_all(self.spec.names))
        old = view.overlapping()
        if old is not None and step is Step.DEACTIVATE:
            self._deactivate(old)
        elif old is not None:
            with suppress(Missing):  # another run was quicker
                self._iam.delete_access_key(UserName=self.spec.user_name, AccessKeyId=old.name)
        return self._planned(step, view)

    def _deactivate(self, old: Key) -> None:
        self._iam.update_access_key(UserName=self.spec.user_name, AccessKeyId=old.name, Status="Inactive")
