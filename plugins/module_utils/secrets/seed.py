# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Seeding: every secret gets the value of its nature, and nothing is read or written that need not be."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

from ..aws.cache_users import CacheUser
from ..aws.session import Aws
from ..core.errors import Failure, Missing
from ..core.values import Secret, is_unknown
from ..core.wait import Clock
from . import ca_bundle, tokens
from .derive import TEMPLATE_VERSION, Unusable, derive
from .s3_credentials import GRACE_SECONDS, AccessKeyPair
from .spec import ALL, Spec
from .store import WORKERS, State, Store

#: How often derived values are built anew where their source changes meanwhile.
ROUNDS = 3

#: What a change of a type is of, in reports.
FIELDS = {"secret_value": ["value"], "cache_user_password": ["password"]}

#: A change as (action, type, name).
Change = tuple[str, str, str]

#: Returns the text at a URL. Raises ``OSError`` where it cannot be reached.
Fetch = Callable[[str], str]


@dataclass(frozen=True)
class Wish:
    """How to seed.

    Attributes:
        check: plan only.
        force: names whose value is replaced, or ``all``.
        tolerate_unreachable: a CA bundle that cannot be had is a reminder and no failure.
        grace: seconds that another run may need to store an access key that it has made.
    """

    check: bool = False
    force: Sequence[str] = ()
    tolerate_unreachable: bool = True
    grace: float = GRACE_SECONDS

    def forces(self, spec: Spec) -> bool:
        """Tell whether the value of ``spec`` is to be replaced."""
        return bool(set(spec.names) & set(self.force)) or (ALL in self.force and not spec.by_name_only)


@dataclass
class Outcome:
    """What seeding did, or would do. It holds names and reasons, and no value.

    Attributes:
        changes: the changes in the order of the specs.
        unchanged: secrets whose value is as it should be.
        skipped: secrets that were left out, with the reason.
        reminders: what is left to people.
        warnings: what a reader should know.
        errors: what failed, by name.
        stale: derived secrets that were built from another version of their source, or with other parameters.
        access_keys: whose they are, how old, and whether one is being replaced (``AccessKeyPair.shown``).
    """

    changes: list[Change] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)
    reminders: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    errors: dict[str, Failure] = field(default_factory=dict)
    stale: list[str] = field(default_factory=list)
    access_keys: list[dict[str, Any]] = field(default_factory=list)

    def result(self) -> dict[str, Any]:
        """Return the module result."""
        values = {name: action for action, kind, name in self.changes if kind == "secret_value"}
        return {
            "changed": bool(self.changes),
            "changes": [
                {"action": action, "type": kind, "name": name, "fields": FIELDS.get(kind, [])}
                for action, kind, name in self.changes
            ],
            "unchanged": [{"type": "secret_value", "name": name} for name in self.unchanged],
            "skipped_secrets": self.skipped,
            "reminders": self.reminders,
            "access_keys": self.access_keys,
            "stale": self.stale,
            "diff": {
                "before": {name: "a value" if values[name] == "update" else "no value" for name in values},
                "after": dict.fromkeys(values, "a new value"),
            },
        }


class Seeding:
    """One run over all secrets.

    Args:
        aws: the gateway to the SDK.
        specs: the secrets.
        wish: how.
        fetch: how to get the text at a URL.
        clock: time; tests pass one that does not wait.
    """

    def __init__(
        self, aws: Aws, specs: Sequence[Spec], wish: Wish, *, fetch: Fetch, clock: Clock | None = None
    ) -> None:
        self.aws, self.wish, self.fetch = aws, wish, fetch
        self.store = Store(aws, clock)
        self.all_specs = list(specs)
        self.specs = [spec for spec in specs if not spec.skip_reason]
        skipped = [spec for spec in specs if spec.skip_reason]
        self.outcome = Outcome(skipped={name: spec.skip_reason for spec in skipped for name in spec.names})
        self.states: dict[str, State] = {}
        self._changes: dict[str, list[Change]] = {}
        self._sources: dict[tuple[str, str | None], Secret] = {}
        self._lock = Lock()

    def run(self) -> Outcome:
        """Seed, or plan it."""
        names = {name for spec in self.specs for name in spec.names}
        sources = {str(spec.source) for spec in self._of("derived") if not is_unknown(spec.source)}
        self.states = self.store.describe_all(names | sources)
        self._each([spec for spec in self.specs if spec.nature not in ("derived", "manual")], self._seed)
        if self.wish.check:
            self._each(self._of("derived"), self._plan_derived)
        else:
            self._derive_all()
        self._remind()
        return self._report()

    def _of(self, nature: str) -> list[Spec]:
        return [spec for spec in self.specs if spec.nature == nature]

    def _each(self, specs: Iterable[Spec], work: Callable[[Spec], list[Change]]) -> None:
        """Do the work for several secrets at a time. The failure of one stops none of the others."""
        todo = list(specs)
        if not todo:
            return
        with ThreadPoolExecutor(max_workers=WORKERS) as pool:
            outcomes = [(spec, pool.submit(work, spec)) for spec in todo]
        for spec, outcome in outcomes:
            error = outcome.exception()
            if isinstance(error, Failure):
                self.outcome.errors[spec.name] = error
            elif error is not None:
                raise error
            else:
                known = self._changes.setdefault(spec.name, [])
                known += [change for change in outcome.result() if change not in known]

    # --- facts, generated values, access keys -----------------------------------------------------------------------

    def _seed(self, spec: Spec) -> list[Change]:
        if spec.nature == "generated":
            return self._seed_generated(spec)
        if spec.nature == "access_key":
            return self._seed_access_key(spec)
        return self._seed_fact(spec)

    def _seed_generated(self, spec: Spec) -> list[Change]:
        changes = self._generate(spec)
        return changes if spec.cache_user is None else changes + self._give_password(spec, replaced=bool(changes))

    def _generate(self, spec: Spec) -> list[Change]:
        state = self.states[spec.name]
        if state.current is not None and not self.wish.forces(spec):
            return []
        won = True
        if not self.wish.check:
            self.states[spec.name], won = self.store.generate(state, str(spec.generator), spec.username)
        return [(state.action, "secret_value", spec.name)] if won else []

    def _give_password(self, spec: Spec, *, replaced: bool) -> list[Change]:
        """Make the secret's value the password of a cache user, where that has another one."""
        name, state = str(spec.cache_user), self.states[spec.name]
        user = CacheUser(name) if is_unknown(name) else CacheUser.find(self.aws, name)
        if user.version == state.current and not (replaced and self.wish.check):
            return []
        if not self.wish.check:
            if not user.arn:
                raise Failure(f"cache user {name}", "it does not exist", next_step="make it first")
            user.set_password(self.aws, self.store.read(state), str(state.current))
        return [(user.action, "cache_user_password", name)]

    def _seed_access_key(self, spec: Spec) -> list[Change]:
        force = self.wish.forces(spec)
        pair = AccessKeyPair(self.aws, self.store, spec, force=force, grace=self.wish.grace)
        states = {name: self.states[name] for name in spec.names}
        changes = pair.plan(states) if self.wish.check else pair.settle(states)
        with self._lock:
            self.outcome.access_keys.append(pair.shown())
        return changes

    def _seed_fact(self, spec: Spec) -> list[Change]:
        state = self.states[spec.name]
        value = self._bundle(spec, state) if spec.ca_bundle is not None else spec.value
        if value is None:
            return []
        made_from = tokens.mark("fact", spec.name, value)
        if not is_unknown(value) and self._is_fact(state, value, made_from):
            return []
        if not self.wish.check:
            self.states[spec.name] = self.store.write(state, Secret(value), made_from)
        return [(state.action, "secret_value", spec.name)]

    def _is_fact(self, state: State, value: str, made_from: str) -> bool:
        """Tell whether a fact is stored. One that somebody else wrote is read and compared; facts are no secrets."""
        if tokens.is_ours(state.current) or state.current is None or state.pending:
            return tokens.bears(state.current, made_from)
        return self.store.read(state).reveal() == value

    def _bundle(self, spec: Spec, state: State) -> str | None:
        """Return the CA bundle, or ``None`` where none can be had and what is there stays."""
        where = spec.ca_bundle or {}
        if where.get("file"):
            return ca_bundle.from_file(where["file"])
        url = where["url"]
        try:
            return ca_bundle.checked(self.fetch(url), url)
        except OSError as error:
            return self._bundle_without_network(spec, state, f"{url} cannot be reached ({type(error).__name__})")

    def _bundle_without_network(self, spec: Spec, state: State, why: str) -> str | None:
        advice = "set secrets_ca_bundle_file to a PEM file with the CA bundle of the region"
        fallback = (spec.ca_bundle or {}).get("fallback_file", "")
        text = ca_bundle.from_file(fallback) if fallback and Path(fallback).is_file() else None
        if state.current is not None:
            if text is None or not tokens.bears(state.current, tokens.mark("fact", spec.name, text)):
                self._warn(f"secret {spec.name}: {why}; the value that it has is kept; {advice}")
            return None
        if text is not None:
            self._warn(f"secret {spec.name}: {why}; using {fallback}; {advice} to choose it yourself")
            return text
        if not self.wish.tolerate_unreachable:
            raise Failure(f"secret {spec.name}", why, next_step=advice)
        self._warn(f"secret {spec.name}: {why}; it stays without a value; {advice}")
        with self._lock:
            self.outcome.skipped[spec.name] = why
            self.outcome.reminders.append(f"secret {spec.name} has no value: {advice}")
        return None

    def _warn(self, text: str) -> None:
        with self._lock:
            self.outcome.warnings.append(text)

    # --- derived values ---------------------------------------------------------------------------------------------

    def _plan_derived(self, spec: Spec) -> list[Change]:
        state, source = self.states[spec.name], self.states.get(str(spec.source))
        changing = {name for changes in self._changes.values() for _action, _kind, name in changes}
        unknown = source is None or source.current is None or is_unknown(spec.parameters) or spec.source in changing
        if not unknown and source is not None and tokens.bears(state.current, _mark(spec, source)):
            return []
        self._note_stale(state)
        return [(state.action, "secret_value", spec.name)]

    def _note_stale(self, state: State) -> None:
        with self._lock:
            if state.current is not None and state.name not in self.outcome.stale:
                self.outcome.stale.append(state.name)

    def _derive_all(self) -> None:
        """Build what is stale until nothing is: a source may be replaced while its old version is being used."""
        todo = self._of("derived")
        self.states = {name: self.store.caught_up(state) for name, state in self.states.items()}
        for _round in range(ROUNDS):
            stale = [spec for spec in todo if spec.name not in self.outcome.errors and not self._is_fresh(spec)]
            if not stale:
                return
            self._each(stale, self._write_derived)
            self.states.update(self.store.describe_all(str(spec.source) for spec in stale))
        for spec in todo:
            if spec.name not in self.outcome.errors and not self._is_fresh(spec):
                self.outcome.errors[spec.name] = Failure(
                    f"secret {spec.name}", f"its source {spec.source} keeps changing", next_step="run again"
                )

    def _is_fresh(self, spec: Spec) -> bool:
        return tokens.bears(self.states[spec.name].current, _mark(spec, self.states[str(spec.source)]))

    def _write_derived(self, spec: Spec) -> list[Change]:
        state, source = self.states[spec.name], self.states[str(spec.source)]
        if not source.arn or source.current is None:
            missing = "does not exist" if not source.arn else "has no value"
            raise Failure(f"secret {spec.name}", f"its source {spec.source} {missing}")
        try:
            value = derive(str(spec.template), self._source(source), spec.parameters)
        except Unusable as unusable:
            raise Failure(f"secret {spec.name}", f"its source {spec.source} cannot be used: {unusable}") from None
        except Missing:  # the source was replaced twice since it was described; the next round sees the new one
            return []
        self._note_stale(state)
        self.states[spec.name] = self.store.write(state, value, _mark(spec, source))
        return [(state.action, "secret_value", spec.name)]

    def _source(self, source: State) -> Secret:
        """Return a source's value. All that is made from it needs one read."""
        key = (source.name, source.current)
        with self._lock:
            if key not in self._sources:
                self._sources[key] = self.store.read(source)
            return self._sources[key]

    # --- the end ----------------------------------------------------------------------------------------------------

    def _remind(self) -> None:
        for spec in self._of("manual"):
            if self.states[spec.name].current is None:
                self.outcome.reminders.append(f"secret {spec.name} has no value: {spec.hint or 'set it by hand'}")

    def _report(self) -> Outcome:
        outcome = self.outcome
        changed = {name for changes in self._changes.values() for _action, _kind, name in changes}
        for spec in self.all_specs:
            outcome.changes += self._changes.get(spec.name, [])
            outcome.unchanged += [name for name in spec.names if self._is_unchanged(spec, name, changed)]
        outcome.reminders.sort()
        outcome.stale.sort()
        outcome.warnings.sort()
        return outcome

    def _is_unchanged(self, spec: Spec, name: str, changed: set[str]) -> bool:
        known = name in changed or spec.name in self.outcome.errors or name in self.outcome.skipped
        return not known and not (spec.nature == "manual" and self.states[name].current is None)


def _mark(spec: Spec, source: State) -> str:
    """Return the mark of a derived value: whatever it is made from, the source by its version."""
    made_from: Mapping[str, Any] = {"template": spec.template, "parameters": spec.parameters, "source": source.current}
    return tokens.mark("derived", spec.name, TEMPLATE_VERSION, made_from)
