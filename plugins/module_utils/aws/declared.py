# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Kinds whose verbs follow from a declaration: the words of the API, and where botocore's models put each field."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Protocol

from ..core.errors import Exists, Missing
from ..core.kind import READY, Delta, Field, Item, Kind, Live, Phase, busy
from ..core.values import is_unknown
from .answers import found_at
from .patience import SETTLING_SECONDS, patiently
from .policy import text
from .service_roles import ServiceRole, linked
from .session import Aws, Service
from .tags import TagApi

#: What an API tells of one resource.
Entry = Mapping[str, Any]


@dataclass(frozen=True)
class Patience:
    """Refusals of an operation that pass by themselves.

    Attributes:
        refusals: such reasons, each an error code and words that the message must hold, if any.
        seconds: how long they are waited for.
    """

    refusals: tuple[tuple[str, str], ...] = ()
    seconds: float = SETTLING_SECONDS


# --- where resources are found --------------------------------------------------------------------------------------


class Reading(Protocol):
    """A way to find resources."""

    def entries(self, kind: Declared, aws: Aws, names: Sequence[str], *, everything: bool) -> Iterator[Entry]:
        """Yield what may be among the named resources (in AWS's spelling), or every resource."""


@dataclass(frozen=True)
class Listed:
    """Resources that one listing describes.

    Attributes:
        operation: such as ``describe_db_subnet_groups``.
        result: where its answer has the entries.
        name: its parameter for one name.
        prefix: its parameter for the beginning of names.
    """

    operation: str
    result: str
    name: str = ""
    prefix: str = ""

    def entries(self, kind: Declared, aws: Aws, names: Sequence[str], *, everything: bool) -> Iterator[Entry]:
        """Yield what may be among the named resources (in AWS's spelling), or every resource."""
        if not names and not everything:
            return
        service = aws.service(kind.api.service)
        try:
            yield from service.pages(self.operation, self.result, **self._query(names, everything))
        except Missing:  # the one that was asked for
            return

    def _query(self, names: Sequence[str], everything: bool) -> dict[str, str]:
        if everything:
            return {}
        if self.prefix:
            shared = common_prefix(names)
            return {self.prefix: shared} if shared else {}
        return {self.name: names[0]} if self.name and len(names) == 1 else {}


@dataclass(frozen=True)
class Fetched:
    """Resources that are described one by one.

    Attributes:
        operation: such as ``get_role``.
        result: where its answer has the resource.
        name: its parameter for the name.
        listing: operation that lists all, and where its answer has the names.
    """

    operation: str
    result: str
    name: str
    listing: tuple[str, str]

    def entries(self, kind: Declared, aws: Aws, names: Sequence[str], *, everything: bool) -> Iterator[Entry]:
        """Yield the named resources (in AWS's spelling), or every resource."""
        service = aws.service(kind.api.service)
        operation, path = self.listing
        result, _dot, member = path.partition("[].")
        every = [found_at(one, member) for one in service.pages(operation, result)] if everything else []
        for name in dict.fromkeys([*names, *every]):
            try:
                yield found_at(getattr(service, self.operation)(**{self.name: name}), self.result)
            except Missing:  # not there, or gone while we look
                continue


def common_prefix(names: Iterable[str]) -> str:
    """Return the longest text that all names begin with."""
    ordered = sorted(names)
    if not ordered:
        return ""
    first, last = ordered[0], ordered[-1]
    length = next((n for n, char in enumerate(first) if last[n : n + 1] != char), len(first))
    return first[:length]


# --- the words of an API --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Phases:
    """What the states of a resource mean. In one that is not named here AWS is still working on it.

    Attributes:
        at: where an entry has the state.
        ready: states in which the resource can be used.
    """

    at: str
    ready: tuple[str, ...]

    def of(self, entry: Entry) -> Phase:
        """Return the phase of a resource; one that tells no state is ready."""
        state = found_at(entry, self.at)
        return READY if state is None or state in self.ready else busy(str(state))


@dataclass(frozen=True)
class Api:
    """The words in which a service speaks of one kind of resource.

    Attributes:
        service: the SDK's name of the service.
        reading: where resources are found.
        create: operation that creates one.
        changes: operations that change one. Which of them takes a field, its model says.
        whole: those of ``changes`` that reset what they are not given.
        single: those of ``changes`` that take one field in a call.
        delete: operation that deletes one.
        outputs: output to where an entry has it, or to what works it out.
        identity: parameter that names a resource in changing and deleting, to the field or output that it takes.
        tags: how it is tagged.
        phases: what its states mean.
        patience: operation to the refusals that pass by themselves.
        role: the service-linked role without which nothing is created.
        stored: how AWS spells the names that it is given.
        renamed: operation to what it calls a parameter otherwise than the others do.
    """

    service: str
    reading: Reading
    create: str
    delete: str
    identity: Mapping[str, str]
    outputs: Mapping[str, str | Callable[[Entry], Any]] = field(default_factory=dict)
    tags: TagApi | None = None
    changes: tuple[str, ...] = ()
    whole: tuple[str, ...] = ()
    single: tuple[str, ...] = ()
    phases: Phases | None = None
    patience: Mapping[str, Patience] = field(default_factory=dict)
    role: ServiceRole | None = None
    stored: Callable[[str], str] = str
    renamed: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


class Declared(Kind[Aws]):
    """A kind that states its API's words; a verb that they cannot express is overridden.

    Class attributes:
        api: the words.
    """

    api: Api

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "api" in vars(cls):
            cls.outputs = tuple(cls.api.outputs)

    # --- reading ----------------------------------------------------------------------------------------------------

    def read(self, aws: Aws, items: Sequence[Item], *, everything: bool = False) -> dict[str, Live]:
        """Find the resources, then the tags of each that is wanted."""
        stored, found = self.api.stored, {}
        names = {stored(item[self.key]): item[self.key] for item in items if not is_unknown(item[self.key])}
        for entry in self.api.reading.entries(self, aws, sorted(names), everything=everything):
            name = str(found_at(entry, self._path(self._field(self.key))))
            if name in names or (everything and self.is_ours_to_see(entry)):
                found[names.get(name, name)] = self.live(aws, entry)
        return found

    def is_ours_to_see(self, entry: Entry) -> bool:
        """Tell whether a listed resource is one that people make."""
        return True

    def live(self, aws: Aws, entry: Entry) -> Live:
        """Return a resource as an entry describes it."""
        values = {one.name: self.found(one, entry) for one in self.fields if not one.create_only}
        values.update(
            {name: at(entry) if callable(at) else found_at(entry, at) for name, at in self.api.outputs.items()}
        )
        phase = self.api.phases.of(entry) if self.api.phases else READY
        return Live(values, self.tags_of(aws, values, entry), phase, raw=entry)

    def found(self, one: Field, entry: Entry) -> Any:
        """Return the value of a field as an entry has it."""
        value = found_at(entry, self._path(one))
        return one.unsaid if value is None else value

    def tags_of(self, aws: Aws, values: Item, entry: Entry) -> dict[str, str] | None:
        """Return the tags of a resource."""
        tags = self.api.tags
        if tags is None:
            return None
        return tags.decode(entry) if not tags.read else tags.of(aws, values[tags.by])

    # --- writing ----------------------------------------------------------------------------------------------------

    def create(self, aws: Aws, want: Item) -> bool | None:
        """Create it with all that the call takes. What else there is to set is set at once, or once it is ready."""
        if not self.made(aws, want):
            return None
        settings = self.settings(aws.service(self.api.service), want)
        if settings and self.api.phases is None:
            self._change(aws, want, settings)
        return bool(settings) and self.api.phases is not None

    def made(self, aws: Aws, want: Item) -> bool:
        """Make the call that creates. ``False`` where it was made between our look and now, perhaps by its service."""
        api, service = self.api, aws.service(self.api.service)
        given = {name: value for name, value in want.items() if value != ""}
        request = self.request(service, api.create, given, self.field_names())
        if api.tags is not None and want.get("tags"):
            request[api.tags.tags] = api.tags.encode(want["tags"])
        try:
            self._call(aws, api.create, request)
        except Exists:
            return False
        return True

    def settings(self, service: Service, want: Item) -> list[str]:
        """Return the wanted fields that creating does not take and that a change sets."""
        given = [one for one in self.fields if want.get(one.name) not in (None, "", []) and self._setters(service, one)]
        return [one.name for one in given if self._parameter(service, self.api.create, one) is None]

    def update(self, aws: Aws, want: Item, live: Live, delta: Delta) -> bool | None:
        """Change what differs, each by the operation that takes it."""
        given = {name: value for name, value in want.items() if value is not None}
        self._change(aws, {**live.values, **given}, list(delta.fields))
        return None

    def delete(self, aws: Aws, want: Item, live: Live) -> bool | None:
        """Delete it."""
        with suppress(Missing):
            self._call(aws, self.api.delete, self.identity(aws.service(self.api.service), self.api.delete, live.values))
        return None

    def retag(self, aws: Aws, live: Live, add: Mapping[str, str], remove: Sequence[str]) -> None:
        """Change tags."""
        tags = self.api.tags
        if tags is not None:
            tags.apply(aws, live[tags.by], add, remove)

    # --- requests ---------------------------------------------------------------------------------------------------

    def request(self, service: Service, operation: str, values: Item, names: Iterable[str]) -> dict[str, Any]:
        """Return the parameters of an operation for some fields. What has no value, or is not taken, is left out."""
        request = {}
        for name in names:
            one, value = self._field(name), values.get(name)
            parameter = self._parameter(service, operation, one)
            if parameter is not None and value not in (None, []):
                request[parameter] = self.sent(one, value, service.takes(operation)[parameter])
        return request

    def identity(self, service: Service, operation: str, values: Item) -> dict[str, Any]:
        """Return the parameters by which an operation knows the resource."""
        named = {}
        for parameter, shape in service.takes(operation).items():
            name = self.api.identity.get(parameter)
            if name is not None:
                value = self.api.stored(values[name]) if name == self.key else values[name]
                named[parameter] = [value] if shape.type_name == "list" else value
        return named

    def sent(self, one: Field, value: Any, shape: Any) -> Any:
        """Return a value in the form in which a parameter of this shape takes it."""
        if one.name == self.key:
            return self.api.stored(value)
        if shape.type_name == "string" and one.type == "dict":
            return text(value)
        if shape.type_name == "structure" and list(shape.members) == ["Value"]:
            return {"Value": value}
        return list(value) if isinstance(value, (list, tuple)) else value

    def _change(self, aws: Aws, values: Item, names: Sequence[str]) -> None:
        service, api = aws.service(self.api.service), self.api
        changed = [self._field(name) for name in names]
        for operation in dict.fromkeys(setter for one in changed for setter in self._setters(service, one)):
            sent = self.fields if operation in api.whole else changed
            mine = [one.name for one in sent if operation in self._setters(service, one)]
            for together in [[name] for name in mine] if operation in api.single else [mine]:
                request = self.request(service, operation, values, together)
                self._call(aws, operation, {**request, **self.identity(service, operation, values)})

    def _call(self, aws: Aws, operation: str, request: Mapping[str, Any]) -> Any:
        """Make a call, patiently where its refusals pass."""
        api, call = self.api, getattr(aws.service(self.api.service), operation)
        patience = api.patience.get(operation, Patience())
        if operation == api.create and api.role is not None:
            return linked(aws, api.role, lambda: call(**request), *patience.refusals)
        return patiently(lambda: call(**request), *patience.refusals, seconds=patience.seconds)

    # --- the models -------------------------------------------------------------------------------------------------

    @classmethod
    def _field(cls, name: str) -> Field:
        return next(one for one in cls.fields if one.name == name)

    @staticmethod
    def _path(one: Field) -> str:
        """Return where an entry has a field."""
        return one.found if one.found is not None else wire(one)

    def _setters(self, service: Service, one: Field) -> list[str]:
        """Return the operations that change a field."""
        if one.immutable or one.create_only or one.name == self.key:
            return []
        return [operation for operation in self.api.changes if self._parameter(service, operation, one) is not None]

    def _parameter(self, service: Service, operation: str, one: Field) -> str | None:
        """Return the parameter of an operation that takes a field, in the spelling of the model."""
        spelled = self.api.renamed.get(operation, {}).get(wire(one), wire(one)).lower()
        return next((name for name in service.takes(operation) if name.lower() == spelled), None)


def wire(one: Field) -> str:
    """Return what an API calls a field: as AWS's resource schema does, unless the field says otherwise."""
    if one.sent is not None:
        return one.sent
    return one.property or "".join(part.capitalize() for part in one.name.split("_"))
