# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Parameter groups of databases and of caches: one kind of resource, in the words of two APIs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..core.errors import Exists, Missing
from ..core.kind import Delta, Field, Item, Kind, Live
from ..core.values import is_unknown
from .database import chunks, described, known_names
from .forms import RDS_NAME
from .parameters import Catalogue, Entry, defaults, shape_problems, texts
from .patience import LETTING_GO_SECONDS, patiently
from .session import Aws
from .tags import TagApi


@dataclass(frozen=True)
class Words:
    """How one API speaks of parameter groups.

    Attributes:
        service: name of the service.
        groups: listing of the groups, and the member of its answer that holds them.
        name: parameter and member that names a group.
        family: parameter and member that names a family.
        arn: member with the ARN of a group.
        listing: listing of the parameters of a group.
        defaults: listing of the parameters of a family.
        create: operation that creates a group.
        modify: operation that sets parameters.
        reset: operation that resets parameters.
        delete: operation that deletes a group.
        parameters: argument of ``modify`` and ``reset`` with the parameters.
        missing: error code of a group that is not there.
        state: error code of a group that cannot be changed or deleted now.
        booleans: words for false and true where a parameter has no own.
        tags: how its resources are tagged.
    """

    service: str
    groups: tuple[str, str]
    name: str
    family: str
    arn: str
    listing: str
    defaults: str
    create: str
    modify: str
    reset: str
    delete: str
    parameters: str
    missing: str
    state: str
    booleans: tuple[str, str]
    tags: TagApi


class ParameterGroup(Kind[Aws]):
    """A parameter group. ``parameters`` is all that differs from the defaults of its family."""

    words: Words
    outputs = ("arn",)

    def __init__(self) -> None:
        super().__init__()
        self._families: dict[str, list[Entry]] = {}

    @staticmethod
    def declared(
        booleans: tuple[str, str],
        *,
        example: str,
        values: str = "",
        name: str,
        family: str | None = None,
        parameters: str | None = None,
    ) -> tuple[Field, ...]:
        """Return the fields of such a kind.

        Args:
            booleans: the words for false and true where a parameter has no own.
            example: a family.
            values: what else there is to know of the values.
            name: where AWS's resource schema has the name, as for ``Field.property``.
            family: the same of the family.
            parameters: the same of the parameters.
        """
        return (
            Field(
                "name", "Name of the group. AWS stores it in lower case.", form=RDS_NAME, max_length=255, property=name
            ),
            Field(
                "family",
                f"Family of the parameters, such as C({example}). Needed to create the group, fixed afterwards.",
                required=True,
                immutable=True,
                property=family,
            ),
            Field(
                "description",
                "What the group is for. Needed to create it, fixed afterwards.",
                required=True,
                immutable=True,
            ),
            Field(
                "parameters",
                (
                    "All parameters that are to differ from the defaults of the family, by name.",
                    "Those set in AWS and not named here return to their defaults.",
                    f"Values are spelt as AWS keeps them. V(true), V(on) and V({booleans[1]}) are the same{values}.",
                ),
                type="dict",
                normalise=lambda value: texts(value, booleans),
                property=parameters,
            ),
        )

    # --- what is wanted ---------------------------------------------------------------------------------------------

    def problems(self, item: Item) -> Iterable[str]:
        """Check the form of the values; what else AWS accepts, only AWS knows."""
        yield from shape_problems(item.get("parameters"))

    def blockers(self, want: Item, live: Live | None, *, absent: bool) -> Iterable[str]:
        """Refuse names and values that AWS would refuse when the group is made already."""
        if absent or is_unknown(want.get("parameters")):
            return
        family = str(live["family"] if live else want.get("family"))
        catalogue = live.raw if live else self._catalogue(family)
        for text in catalogue.problems(want.get("parameters"), family):
            yield f"{self.noun} {want['name']}: parameters: {text}"

    def differences(self, want: Item, live: Live) -> dict[str, tuple[Any, Any]]:
        """Compare parameters in AWS's spelling; show both sides so, that a diff holds only what differs."""
        found, wanted = super().differences(want, live), want.get("parameters")
        if wanted is not None and not is_unknown(wanted):
            found.pop("parameters", None)
            pair = live["parameters"], live.raw.all_spelled(wanted)
            found.update({"parameters": pair} if pair[0] != pair[1] else {})
        return found

    def predict(self, want: Item) -> Mapping[str, Any]:
        """Tell the parameters as AWS will."""
        wanted = want.get("parameters")
        if not isinstance(wanted, Mapping) or is_unknown(wanted):
            return {}
        return {"parameters": self._catalogue(str(want.get("family"))).all_spelled(wanted)}

    # --- reading ----------------------------------------------------------------------------------------------------

    def read(self, aws: Aws, items: Sequence[Item], *, everything: bool = False) -> dict[str, Live]:
        """List the groups, then the parameters and the tags of each."""
        words, names = self.words, known_names(items, "name")
        service = aws.service(words.service)
        groups = (
            list(service.pages(*words.groups))
            if everything
            else described(service, *words.groups, words.name, set(names))
        )
        wanted, found = {item["name"]: item for item in items}, {}
        for group in groups:
            name = group[words.name]
            if (everything and not name.startswith("default.")) or name in names:
                tags = words.tags.of(aws, group[words.arn])
                found[names.get(name, name)] = self._live(aws, group, wanted.get(names.get(name, name), {}), tags)
        for item in items:
            if item["name"] not in found and item.get("parameters"):
                self._look_up(aws, item.get("family"))
        return found

    def _live(self, aws: Aws, group: Mapping[str, Any], want: Item, tags: Mapping[str, str]) -> Live:
        words, wanted = self.words, want.get("parameters") or {}
        entries = self._listed(aws, group[words.name])
        known = {entry["ParameterName"] for entry in entries}
        if isinstance(wanted, Mapping) and not known.issuperset(wanted):  # misspelt, or AWS would have listed it
            self._look_up(aws, group[words.family])
        catalogue = self._catalogue(group[words.family], entries)
        values = {
            "name": group[words.name],
            "family": group[words.family],
            "description": group.get("Description"),
            "parameters": catalogue.in_effect(wanted),
            "arn": group[words.arn],
        }
        return Live(values, tags, raw=catalogue)

    def _listed(self, aws: Aws, name: str) -> list[Entry]:
        """Return all parameters of a group. A listing of those that users set hides what equals the default."""
        service, query = aws.service(self.words.service), {self.words.name: name}
        return list(service.pages(self.words.listing, "Parameters", **query))

    def _look_up(self, aws: Aws, family: Any) -> None:
        """Ask for the parameters of a family, once."""
        words = self.words
        if family and not is_unknown(family) and family not in self._families:
            service = aws.service(words.service)
            self._families[family] = defaults(service, words.defaults, **{words.family: family})

    def _catalogue(self, family: str, entries: Iterable[Entry] = ()) -> Catalogue:
        return Catalogue.of(self.words.booleans, entries, self._families.get(family, ()))

    # --- changing ---------------------------------------------------------------------------------------------------

    def made(self, aws: Aws, call: Callable[[], Any]) -> Any:
        """Make the call that creates the group."""
        return call()

    def create(self, aws: Aws, want: Item) -> None:
        """Create the group and set its parameters."""
        words = self.words
        request = {
            words.name: want["name"].lower(),
            words.family: want["family"],
            "Description": want["description"],
            "Tags": words.tags.encode(want.get("tags")),
        }
        try:
            self.made(aws, lambda: getattr(aws.service(words.service), words.create)(**request))
        except Exists:  # made between our look and now
            return
        wanted = want.get("parameters") or {}
        catalogue = self._catalogue(want["family"])
        if wanted and not catalogue.family:  # then the group itself tells
            listed = patiently(lambda: self._listed(aws, want["name"].lower()), (words.missing, ""))
            catalogue = self._catalogue(want["family"], listed)
        values = catalogue.all_spelled(wanted)
        fixed = {name for name in values if catalogue.entry(name).get("IsModifiable") is False}
        self._set(aws, want, catalogue, {name: value for name, value in values.items() if name not in fixed})

    def update(self, aws: Aws, want: Item, live: Live, delta: Delta) -> None:
        """Set what differs and reset what is no longer wanted."""
        present, wanted = live["parameters"], live.raw.all_spelled(want["parameters"])
        self._set(aws, want, live.raw, {name: value for name, value in wanted.items() if present.get(name) != value})
        gone = self._entries(live.raw, dict.fromkeys(set(present) - set(wanted)))
        self._send(aws, want, self.words.reset, gone, {"ResetAllParameters": False})

    def _set(self, aws: Aws, want: Item, catalogue: Catalogue, values: Mapping[str, str]) -> None:
        self._send(aws, want, self.words.modify, self._entries(catalogue, values), {})

    def _send(
        self, aws: Aws, want: Item, operation: str, entries: Sequence[Mapping[str, str]], more: Mapping[str, Any]
    ) -> None:
        """Change parameters, in as many calls as it takes."""
        words, call = self.words, getattr(aws.service(self.words.service), operation)
        for part in chunks(entries):
            request = {words.name: want["name"].lower(), words.parameters: list(part), **more}
            patiently(lambda request=request: call(**request), (words.missing, ""), (words.state, "pending"))

    def _entries(self, catalogue: Catalogue, values: Mapping[str, str | None]) -> list[dict[str, str]]:
        """Return request entries; without a value, of parameters to reset."""
        return [
            {
                "ParameterName": name,
                **({} if value is None else {"ParameterValue": value}),
                **self.method(catalogue.entry(name)),
            }
            for name, value in sorted(values.items())
        ]

    def method(self, entry: Entry) -> dict[str, str]:
        """Return what a request says of when a parameter is to change."""
        return {}

    def delete(self, aws: Aws, want: Item, live: Live) -> None:
        """Delete the group. AWS counts what used it as there for a while after it is gone."""
        words = self.words
        call = getattr(aws.service(words.service), words.delete)
        try:
            patiently(lambda: call(**{words.name: live["name"]}), (words.state, ""), seconds=LETTING_GO_SECONDS)
        except Missing:
            return

    def retag(self, aws: Aws, live: Live, add: Mapping[str, str], remove: Sequence[str]) -> None:
        """Tag by ARN."""
        self.words.tags.apply(aws, live["arn"], add, remove)
