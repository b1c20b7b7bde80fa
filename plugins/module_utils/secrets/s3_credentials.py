# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An IAM access key in two secrets: a protocol that survives being killed between any two calls, and other runs.

AWS tells the secret half once, in the answer to CreateAccessKey, allows two keys for a user, and cannot write two
secrets at once. So:

- The version ids of both secrets are marked with the id of the key (tokens.py), so that the state is known without
  reading them. The secret half is written first and decides which key is in use; the id is the commit.
- Where only the secret half was written, any run can finish: it knows the id from the mark.
- Replaced gently (rotation.py), the mark of the new secret half says so, and the key before it stays until it is taken
  away: a run that finds such a mark leaves that key alone.
- A key that neither secret names is either an orphan, whose secret half is lost, or being written by another run at
  this moment. It is given the time that this takes, then deleted.
- After its own writes a run looks again, until the two secrets agree on an active key and no other is active but one
  that is being replaced gently. So whichever run writes last leaves a pair.
"""

from __future__ import annotations

import enum
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from ..aws.session import Aws
from ..core.errors import Failure, Missing, Unanswered
from ..core.values import Secret
from ..core.wait import Clock
from . import tokens
from .spec import Spec
from .store import State, Store

#: Seconds that a run may need between making a key and writing its secret half.
GRACE_SECONDS = 15.0

#: Seconds in which IAM's listing may lag behind a change.
LAG_SECONDS = 6.0

#: Seconds after which a run gives up.
DEADLINE_SECONDS = 180.0

#: Keys that IAM allows a user.
LIMIT = 2

SECONDS_OF_A_DAY = 86400.0

_PAUSE = 1.0


class Status(enum.Enum):
    """How far the replacement of a key has come."""

    ABSENT = "absent"
    UNFINISHED = "unfinished"
    SETTLED = "settled"
    OVERLAPPING = "overlapping"
    DEACTIVATED = "deactivated"


class Step(enum.Enum):
    """What the state asks for."""

    CREATE = "create"
    COMMIT = "commit"
    CLEAN = "clean"


@dataclass(frozen=True)
class Key:
    """An access key as IAM lists it."""

    name: str
    active: bool
    age: float


@dataclass(frozen=True)
class View:
    """The state of the pair.

    Attributes:
        keys: the user's keys.
        id: the secret with the key's id.
        secret: the secret with the other half.
        adopted: the key in use where somebody else wrote both secrets; empty otherwise.
    """

    keys: tuple[Key, ...]
    id: State
    secret: State
    adopted: str = ""

    def owner(self) -> Key | None:
        """The active key in use: the one whose secret half is stored."""
        return next((key for key in self.keys if key.active and self.in_use(key)), None)

    def in_use(self, key: Key) -> bool:
        """Tell whether the secret half of ``key`` is the one that is stored."""
        return key.name == self.adopted or _is_half_of(key, self.secret.current)

    def overlapping(self) -> Key | None:
        """The key that the one in use replaces gently, where it is still there."""
        owner = self.owner()
        if owner is None or not tokens.bears(self.secret.current, secret_mark(owner.name, gentle=True)):
            return None
        return next((key for key in self.keys if key != owner and self._was_in_use(key, owner)), None)

    def _was_in_use(self, key: Key, owner: Key) -> bool:
        """Tell whether ``key`` was in use before ``owner``; where others stored it, the older one was."""
        if tokens.is_ours(self.secret.previous):
            return _is_half_of(key, self.secret.previous)
        return key.age >= owner.age

    def status(self) -> Status:
        """Return how far the replacement of the key has come."""
        owner, leaving = self.owner(), self.overlapping()
        if owner is None:
            return Status.ABSENT
        if not self.names(owner):
            return Status.UNFINISHED
        if leaving is None:
            return Status.SETTLED
        return Status.OVERLAPPING if leaving.active else Status.DEACTIVATED

    def names(self, key: Key) -> bool:
        """Tell whether the id of ``key`` is the one that is stored."""
        return key.name == self.adopted or tokens.bears(self.id.current, id_mark(key.name))


def id_mark(key: str) -> str:
    """Return the mark of a stored key id."""
    return tokens.mark("access key id", key)


def secret_mark(key: str, *, gentle: bool = False) -> str:
    """Return the mark of a stored secret half; ``gentle`` where the key before it stays for a while."""
    return tokens.mark("access key secret", key, *(["the one before stays"] if gentle else []))


def _is_half_of(key: Key, version: str | None) -> bool:
    return any(tokens.bears(version, secret_mark(key.name, gentle=gentle)) for gentle in (False, True))


class AccessKeyPair:
    """The pair of one user.

    Args:
        aws: the gateway to the SDK.
        store: the gateway to the secrets.
        spec: which secrets and which user.
        force: make a new key even where there is a good one.
        grace: seconds that another run may need to write a key that it has made.
        gentle: leave the key that ``force`` replaces as it is.
    """

    def __init__(
        self,
        aws: Aws,
        store: Store,
        spec: Spec,
        *,
        force: bool = False,
        grace: float = GRACE_SECONDS,
        gentle: bool = False,
    ) -> None:
        self.store, self.spec, self.force, self.grace, self.gentle = store, spec, force, grace, gentle
        self.clock: Clock = store.clock
        self._iam = aws.service("iam")
        self._first: tuple[State, ...] = ()
        self._made: dict[str, float] = {}
        self._superseded: set[str] = set()
        self._deleted: set[str] = set()
        self._unlisted_since: float | None = None
        self._adopted_id: tuple[str, str] = ("", "")
        self._wrote: set[str] = set()
        self._seen: View | None = None

    # --- looking ----------------------------------------------------------------------------------------------------

    def look(self, states: dict[str, State] | None = None) -> View:
        """Return the state; ``states`` saves describing the secrets a second time."""
        found = states or self.store.describe_all(self.spec.names)
        identity, secret = found[self.spec.name], found[str(self.spec.secret_key_name)]
        keys = self._keys()
        view = View(keys, identity, secret, self._adopted(keys, identity, secret))
        self._first = self._first or (secret, identity)
        self._seen = view
        return view

    def shown(self) -> dict[str, Any]:
        """Return what is known of the key in use, without its id: user, age in days, and the replacement's status."""
        view = self._seen or self.look()
        owner = view.owner()
        age = int(owner.age // SECONDS_OF_A_DAY) if owner else None
        return {"user_name": str(self.spec.user_name), "age_days": age, "rotation": view.status().value}

    def _keys(self) -> tuple[Key, ...]:
        """Return the user's keys. What this run has made or deleted may not be listed right yet."""
        try:
            answer = self._iam.list_access_keys(UserName=self.spec.user_name)
        except Missing:  # a plan, before the user exists; creating a key will tell where it is not a plan
            return ()
        now = _server_time(answer)
        listed = {
            entry["AccessKeyId"]: Key(
                entry["AccessKeyId"],
                entry["Status"] == "Active",
                max(0.0, (now - entry["CreateDate"]).total_seconds()),  # the times of AWS's servers differ
            )
            for entry in answer["AccessKeyMetadata"]
        }
        for name, made in self._made.items():
            age = self.clock.now() - made
            if name not in listed and age < LAG_SECONDS:
                listed[name] = Key(name, True, age)
        return tuple(key for name, key in sorted(listed.items()) if name not in self._deleted)

    def _adopted(self, keys: tuple[Key, ...], identity: State, secret: State) -> str:
        """Return the active key that secrets written by others name. An id is no secret, so it may be read."""
        written_by_others = all(
            state.current and not state.pending and not tokens.is_ours(state.current) for state in (identity, secret)
        )
        if not written_by_others:
            return ""
        if self._adopted_id[0] != identity.current:
            self._adopted_id = (str(identity.current), self.store.read(identity).reveal().strip())
        return next((key.name for key in keys if key.active and key.name == self._adopted_id[1]), "")

    def step(self, view: View) -> Step:
        """Return what ``view`` asks for."""
        if self.force and view.secret.current == self._first[0].current and not self._made:
            return Step.CREATE
        owner = view.owner()
        if owner is None:
            return Step.CREATE
        return Step.CLEAN if view.names(owner) else Step.COMMIT

    # --- planning ---------------------------------------------------------------------------------------------------

    def plan(self, states: dict[str, State]) -> list[tuple[str, str, str]]:
        """Return the changes to come as (action, type, name)."""
        view = self.look(states)
        step = self.step(view)
        kept = view.owner() if step is not Step.CREATE else None
        leaving = bool(self._spares(view, kept))
        changes = []
        if step is Step.CREATE:
            full = leaving or len(view.keys) == LIMIT
            changes.append(("replace" if full else "create", "iam_access_key", str(self.spec.user_name)))
            changes.append((view.secret.action, "secret_value", str(self.spec.secret_key_name)))
        elif leaving:
            changes.append(("delete", "iam_access_key", str(self.spec.user_name)))
        if step is not Step.CLEAN:
            changes.append((view.id.action, "secret_value", self.spec.name))
        return changes

    # --- doing ------------------------------------------------------------------------------------------------------

    def settle(self, states: dict[str, State]) -> list[tuple[str, str, str]]:
        """Bring the pair into order and return the changes that were made as (action, type, name).

        Raises:
            Failure: AWS refused something, or other runs kept the pair moving past the deadline.
        """
        deadline = self.clock.now() + DEADLINE_SECONDS
        view = self.look(states)
        while self.clock.now() < deadline:
            step = self.step(view)
            if step is Step.CREATE:
                moving = self._create(view)
            elif step is Step.COMMIT:
                moving = self._commit(view)
            elif self._spares(view, view.owner()):
                moving = self._clean(view, view.owner())
            else:
                return self._changes()
            if not moving:
                self.clock.sleep(_PAUSE)
            view = self.look()
        raise Failure(
            f"access key of user {self.spec.user_name}",
            f"other runs kept changing it for {DEADLINE_SECONDS:g} seconds",
            next_step="let them finish, then run again",
        )

    def _changes(self) -> list[tuple[str, str, str]]:
        user, gone = str(self.spec.user_name), self._deleted - set(self._made)
        changes = []
        if self._made:
            changes.append(("replace" if gone else "create", "iam_access_key", user))
        elif gone:
            changes.append(("delete", "iam_access_key", user))
        written = [(state.action, "secret_value", state.name) for state in self._first if state.name in self._wrote]
        return changes + written

    def _create(self, view: View) -> bool:
        """Make a key and store both halves. Return whether anything was done."""
        kept = view.owner() or next((key for key in view.keys if view.names(key)), None)
        if self._listing_may_lag(view) or self._clean(view, kept):
            return False
        if self._spares(view, kept):
            return False
        if len(view.keys) == LIMIT:
            self._make_room(view, kept)
        try:
            made = self._iam.create_access_key(UserName=self.spec.user_name)["AccessKey"]
        except Unanswered:  # if there is one, it is an orphan
            return False
        except Failure as failure:
            if failure.code != "LimitExceeded":
                raise
            return False  # another run was quicker
        name = made["AccessKeyId"]
        self._made[name] = self.clock.now()
        self._superseded.update(key.name for key in view.keys)
        try:
            gentle = self.gentle and view.owner() is not None
            self._write(view.secret, Secret(made["SecretAccessKey"]), secret_mark(name, gentle=gentle))
        except Unanswered:  # stored or not: the marks tell, and where it is not, the key is an orphan
            return False
        except Failure:
            self._delete(name)
            raise
        self._write(view.id, Secret(name), id_mark(name))
        return True

    def _make_room(self, view: View, kept: Key | None) -> None:
        """Delete the key that is not in use: IAM allows two."""
        unused = next(key for key in view.keys if key != kept)
        if self.gentle and unused.active:
            raise Failure(
                f"access key of user {self.spec.user_name}",
                "it has a second active key, which no secret names",
                next_step="find out who uses that key, delete it, then run again",
            )
        self._delete(unused.name)

    def _listing_may_lag(self, view: View) -> bool:
        """Tell whether the key in use may only be missing from IAM's listing, which lags behind for seconds."""
        stored = tokens.is_ours(view.secret.current) and tokens.is_ours(view.id.current)
        if self.force or not stored or any(not key.active and view.in_use(key) for key in view.keys):
            return False
        if self._unlisted_since is None:
            self._unlisted_since = self.clock.now()
        return self.clock.now() - self._unlisted_since < LAG_SECONDS

    def _commit(self, view: View) -> bool:
        """Store the id of the key whose secret half is stored."""
        owner = view.owner()
        if owner is not None:
            self._write(view.id, Secret(owner.name), id_mark(owner.name))
        return True

    def _clean(self, view: View, kept: Key | None) -> bool:
        """Delete the other active keys, those excepted that another run may be writing. Return whether any went."""
        going = [key for key in self._spares(view, kept) if self._may_go(view, key)]
        for key in going:
            self._delete(key.name)
        return bool(going)

    @staticmethod
    def _spares(view: View, kept: Key | None) -> list[Key]:
        """Return the active keys beside ``kept``, without one that is being replaced gently.

        Beside a key that others stored, theirs are left alone.
        """
        if kept is not None and kept.name == view.adopted:
            return []
        return [key for key in view.keys if key.active and key not in (kept, view.overlapping())]

    def _may_go(self, view: View, key: Key) -> bool:
        mine = key.name in self._superseded or key.name in self._made
        return mine or view.names(key) or key.age >= self.grace

    def _delete(self, name: str) -> None:
        with suppress(Missing):
            self._iam.delete_access_key(UserName=self.spec.user_name, AccessKeyId=name)
        self._deleted.add(name)

    def _write(self, state: State, value: Secret, made_from: str) -> None:
        self._wrote.add(state.name)
        self.store.write(state, value, made_from)


def _server_time(answer: dict[str, Any]) -> datetime:
    """Return AWS's time of an answer: the clock of this machine may be wrong by more than the grace."""
    header = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
    return parsedate_to_datetime(header) if header else datetime.now(UTC)
