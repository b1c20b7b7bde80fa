# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The declaration of a kind of AWS resource: its fields, and the verbs that the engine calls."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

from . import limits
from .values import HIDDEN, UNKNOWN, Normaliser, canonical, is_unknown, texts, unordered, unordered_or_none

#: One wanted resource: field name to value; ``None`` means "not managed".
Item = Mapping[str, Any]

#: The type of the gateway to the SDK. ``core`` knows nothing about it and hands it through.
Aws = TypeVar("Aws")


@dataclass(frozen=True)
class Form:
    """What a text looks like: a pattern that it matches from end to end, and the same in words, after "must be"."""

    pattern: str
    words: str


@dataclass(frozen=True)
class Field:
    """One option of a resource.

    Attributes:
        name: name of the module option and of the value in ``Live.values``.
        says: what it is, for the documentation of the module: a sentence or several.
        type: Ansible's option type.
        elements: Ansible's element type for lists.
        choices: the values allowed.
        options: sub-options of a ``dict`` or a list of them.
        default: value where the user gives none; ``None`` leaves the field unmanaged.
        required: needed to create the resource (a resource that exists may omit it); of a sub-option: always needed.
        immutable: AWS cannot change it; a difference is refused, or replaces the resource where that is allowed.
        create_only: used by create (or delete) alone; never compared with the live resource.
        normalise: what both sides are passed through before they are compared.
        spelled: what a wanted value is passed through once, before it is checked, compared or sent.
        sensitive: shown in no diff and no result.
        minimum, maximum: the numbers that the service takes.
        min_length, max_length: characters of a text, or of each text of a list.
        form: what a text, or each text of a list, looks like.
        min_items, max_items: entries of a list.
        unique: no entry of a list may come twice.
        clears: an empty text, list or mapping stands for "none", and is right whatever the limits say.
        property: where AWS's resource schema has it, if that is not the name in CamelCase: ``Member``,
            ``Member.Member``, ``Members[].Member``, for another type ``AWS::Service::Type.Member``; empty where it
            is nothing that AWS keeps of the resource.
        sent: parameter that takes it, where that is not the property.
        found: where an answer has it, if that is not where it is sent: ``Member``, ``Member.Member``,
            ``Members[].Member``.
        unsaid: the value for which AWS says nothing.
    """

    name: str
    says: str | tuple[str, ...] = ""
    type: str = "str"
    elements: str | None = None
    choices: Sequence[Any] | None = None
    options: Sequence[Field] | None = None
    default: Any = None
    required: bool = False
    immutable: bool = False
    create_only: bool = False
    normalise: Normaliser | None = None
    spelled: Normaliser | None = None
    sensitive: bool = False
    minimum: float | None = None
    maximum: float | None = None
    min_length: int | None = None
    max_length: int | None = None
    form: Form | None = None
    min_items: int | None = None
    max_items: int | None = None
    unique: bool = False
    clears: bool = False
    property: str | None = None
    sent: str | None = None
    found: str | None = None
    unsaid: Any = None

    def argument(self) -> dict[str, Any]:
        """Return the entry of this field in an Ansible argument spec."""
        spec: dict[str, Any] = {"type": self.type}
        for name in ("elements", "choices", "default"):
            if getattr(self, name) is not None:
                spec[name] = getattr(self, name)
        if self.options is not None:
            spec["options"] = {
                item.name: {**item.argument(), **({"required": True} if item.required else {})} for item in self.options
            }
        spec["no_log"] = self.sensitive
        return spec

    def written(self, value: Any) -> Any:
        """Return a wanted ``value`` in the form in which it is checked, compared and sent."""
        if self.spelled:
            return self.spelled(value)
        if self.elements == "str" and self.normalise in (unordered, unordered_or_none):
            return list(dict.fromkeys(value))  # a set in all but type: what is named twice is sent once
        return value

    def comparable(self, value: Any) -> Any:
        """Return ``value`` in the form in which this field is compared."""
        if value is None:
            return None
        value = canonical(value)
        return self.normalise(value) if self.normalise else value

    def differs(self, wanted: Any, live: Any) -> bool:
        """Tell whether ``wanted`` asks for something else than ``live``. ``None`` never does."""
        if wanted is None or self.create_only:
            return False
        if is_unknown(wanted):
            return True
        return bool(self.comparable(wanted) != self.comparable(live))

    def shown(self, value: Any) -> Any:
        """Return ``value`` as a diff or result may show it."""
        return HIDDEN if self.sensitive and value is not None else canonical(value)


@dataclass(frozen=True)
class Manual:
    """What the documentation of a kind's module says beside its fields. Texts are in Ansible's markup.

    Attributes:
        short: one line, such as ``Manage subnets``.
        about: what the module does, what it calls, and what one does not expect; a sentence or several each.
        examples: tasks, in YAML.
        sample: a resource as the module returns it, under its name.
        plural: what several are called; by default ``noun`` with an s.
        tags: what there is to know of the tags.
        since: the version of the collection that brought it.
        leaves: a deletion leaves something, of which ``remains`` tells.
    """

    short: str
    about: tuple[str, ...]
    examples: str
    sample: Mapping[str, Any]
    plural: str = ""
    tags: str = ""
    since: str = "1.0.0"
    leaves: bool = False


@dataclass(frozen=True)
class Deviation:
    """Where a kind differs from AWS's resource schema on purpose.

    Attributes:
        field: name of the field, ``field.option`` of a sub-option, ``tags``, ``*`` of every field.
        rule: ``property`` (the schema has none for it), ``mutable``, ``immutable``, ``required``, ``write-only``,
            ``tagged``, ``looser`` or ``stricter`` (values that only one of both takes).
        reason: why the kind is right.
    """

    field: str
    rule: str
    reason: str


class PhaseName(enum.Enum):
    """Where a live resource stands."""

    READY = "ready"
    BUSY = "busy"
    BROKEN = "broken"


@dataclass(frozen=True)
class Phase:
    """A phase and what AWS says about it (its status, or the reason of a failure)."""

    name: PhaseName
    reason: str = ""


READY = Phase(PhaseName.READY)


def busy(reason: str) -> Phase:
    """AWS is still working on the resource."""
    return Phase(PhaseName.BUSY, reason)


def broken(reason: str) -> Phase:
    """The resource will not become ready by waiting."""
    return Phase(PhaseName.BROKEN, reason)


@dataclass(frozen=True)
class Live:
    """A resource as AWS describes it.

    Attributes:
        values: field values and outputs, in the names of the kind.
        tags: the resource's tags, ``None`` where the kind has none.
        phase: whether it can be used and changed now.
        raw: anything else the kind's verbs need; never compared, shown or returned.
        twins: others of the same name that nothing uses, by id: what a lost answer or a parallel run leaves behind.
    """

    values: Mapping[str, Any]
    tags: Mapping[str, str] | None = None
    phase: Phase = READY
    raw: Any = field(default=None, repr=False, compare=False)
    twins: Mapping[str, Live] = field(default_factory=dict, repr=False, compare=False)

    def __getitem__(self, name: str) -> Any:
        return self.values[name]


def oldest(by_age: Iterable[tuple[str, Live | None]]) -> Live | None:
    """Return the first of several resources of one name that is there, with the later ones as its twins, by id."""
    there = {identity: live for identity, live in by_age if live is not None}
    first = next(iter(there), None)
    if first is None:
        return None
    return replace(there[first], twins={identity: live for identity, live in there.items() if identity != first})


@dataclass(frozen=True)
class Delta:
    """What an update has to change.

    Attributes:
        fields: field name to (live value, wanted value).
        tags_set: tags to add or overwrite.
        tags_removed: tag keys to remove.
    """

    fields: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    tags_set: Mapping[str, str] = field(default_factory=dict)
    tags_removed: Sequence[str] = ()

    def __bool__(self) -> bool:
        return bool(self.fields or self.tags_set or self.tags_removed)

    def __contains__(self, name: str) -> bool:
        return name in self.fields

    def any(self, *names: str) -> bool:
        """Tell whether one of the named fields changes."""
        return any(name in self.fields for name in names)

    @property
    def names(self) -> list[str]:
        """The names of all that changes, for reports."""
        tags = ["tags"] if self.tags_set or self.tags_removed else []
        return sorted(self.fields) + tags


class Kind(Generic[Aws]):
    """Base of every kind. A subclass says what is special about its resource and nothing else.

    Class attributes:
        type: name of the kind in reports, such as ``log_group``.
        noun: the same for a reader, such as ``log group``.
        key: the field that names the resource and is unique in a batch.
        fields: the options.
        outputs: further names in ``Live.values`` that only AWS can give.
        aws_type: AWS's name of the resource's type, such as ``AWS::Logs::LogGroup``; empty where AWS has none.
        without_aws_type: why AWS has none.
        deviations: where the kind differs from AWS's resource schema on purpose. A test holds that each is needed.
        tagged: whether the resource has tags.
        tag_limits: what its service takes for tags.
        stateful: deleting or replacing it loses data, so each needs an acknowledgement by name.
        replaceable: an immutable change may be made by replacing it (new before old).
        singleton: there is exactly one in an account and region, so no batch.
        timeout: default seconds to wait for it.
        usually: how long AWS usually takes for it, in words; empty where that is a matter of seconds.
        remarks: what a user is told beside the changes, one sentence each.
        remains: what a deletion leaves, name of the resource and what, such as until when it can be taken back.
    """

    type: str = ""
    noun: str = ""
    key: str = "name"
    fields: tuple[Field, ...] = ()
    outputs: tuple[str, ...] = ()
    aws_type: str = ""
    without_aws_type: str = ""
    deviations: tuple[Deviation, ...] = ()
    tagged: bool = True
    tag_limits: limits.TagLimits = limits.TagLimits()
    stateful: bool = False
    replaceable: bool = False
    singleton: bool = False
    timeout: int = 600
    usually: str = ""
    remarks: Sequence[str] = ()

    def __init__(self) -> None:
        self.remains: list[tuple[str, str]] = []

    @classmethod
    def field_names(cls) -> list[str]:
        """Names of all fields."""
        return [item.name for item in cls.fields]

    # --- what a subclass provides -----------------------------------------------------------------------------------

    def problems(self, item: Item) -> Iterable[str]:
        """Return what is wrong with a wanted item beyond the types and limits of its fields, one sentence each."""
        return ()

    def read(self, aws: Aws, items: Sequence[Item], *, everything: bool = False) -> dict[str, Live]:
        """Return the live resources among ``items`` by key, with as few calls as the API allows.

        With ``everything`` all resources of the kind that could belong to a batch, for ``prune``.
        References may be UNKNOWN in a plan: such an item has no live resource.
        """
        raise NotImplementedError

    def create(self, aws: Aws, want: Item) -> bool | None:
        """Create the resource. ``True`` asks for another round: more can be done once it is ready."""
        raise NotImplementedError

    def update(self, aws: Aws, want: Item, live: Live, delta: Delta) -> bool | None:
        """Change what ``delta`` names. ``True`` asks for another round, as for ``create``."""
        raise NotImplementedError

    def replace(self, aws: Aws, want: Item, live: Live) -> bool | None:
        """Put a new resource in the place of ``live``, new before old where AWS allows two at once."""
        raise NotImplementedError

    def delete(self, aws: Aws, want: Item, live: Live) -> bool | None:
        """Delete the resource. ``True`` asks to be called again until it is gone."""
        raise NotImplementedError

    def retag(self, aws: Aws, live: Live, add: Mapping[str, str], remove: Sequence[str]) -> None:
        """Change tags."""
        raise NotImplementedError

    def predict(self, want: Item) -> Mapping[str, Any]:
        """Return outputs that follow from the wanted item alone, such as a name or an ARN with no random part."""
        return {}

    def differences(self, want: Item, live: Live) -> dict[str, tuple[Any, Any]]:
        """Return the fields that differ as name to (live, wanted)."""
        return {
            item.name: (live.values.get(item.name), want.get(item.name))
            for item in self.fields
            if item.name != self.key and item.differs(want.get(item.name), live.values.get(item.name))
        }

    def gone(self, want: Item, live: Live) -> bool:
        """Tell whether a resource that AWS still describes counts as deleted, such as one whose window runs."""
        return False

    def blockers(self, want: Item, live: Live | None, *, absent: bool) -> Iterable[str]:
        """Return reasons why this item must not be touched at all, such as a foreign owner."""
        return ()

    def spared(self, want: Item, live: Live) -> str:
        """Return why a resource of this name is none of ours and stays when ours are deleted; empty where it is ours.

        Resources with the same reason are told in one sentence, so it names no single one of them.
        """
        return ""

    # --- what the engine derives ------------------------------------------------------------------------------------

    def spelled(self, item: Item) -> dict[str, Any]:
        """Return a wanted item in the one spelling in which it is checked, compared and sent."""
        made = dict(item)
        for entry in self.fields:
            if made.get(entry.name) is not None:
                made[entry.name] = entry.written(made[entry.name])
        if made.get("tags") is not None:
            made["tags"] = texts(made["tags"])
        return made

    def all_problems(self, item: Item) -> list[str]:
        """Return everything that is wrong with a wanted item: the limits of its fields and tags, then the rest."""
        found = [*limits.problems(self.fields, item)]
        if self.tagged:
            found += self.tag_limits.problems(item.get("tags"))
        return [*dict.fromkeys([*found, *self.problems(item)])]

    def shown(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return ``values`` as results and diffs may show them."""
        by_name = {item.name: item for item in self.fields}
        return {
            name: by_name[name].shown(value) if name in by_name else canonical(value)
            for name, value in values.items()
            if not (name in by_name and by_name[name].create_only)
        }

    def projected(self, want: Item) -> dict[str, Any]:
        """Return the values of the resource as they will be after it is created."""
        values: dict[str, Any] = dict.fromkeys(self.outputs, UNKNOWN)
        for item in self.fields:
            if not item.create_only:
                wanted = want.get(item.name)
                values[item.name] = UNKNOWN if wanted is None else wanted
        values.update(self.predict(want))
        return values
