# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Parameters of databases and caches: the spelling in which AWS keeps a value, and what it accepts of it.

AWS marks as set by the user only what differs from the family's default. So what is wanted is compared with the value
in effect, wherever that comes from; the mark only tells what there is to reset.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from ..core.errors import Denied, Failure, Missing, Unsupported
from .session import Service

Entry = Mapping[str, Any]

_TRUE, _FALSE = ("1", "on", "true", "yes"), ("0", "off", "false", "no")
_NUMERIC = ("integer", "float")

#: Parts of a formula that AWS works out for each class of instances.
_FORMULA = re.compile(r"[{}]|DBInstance|\b(GREATEST|LEAST|SUM)\(")

#: The unit of a number stands in front of its description, such as ``(8kB)``.
_UNIT = re.compile(r"\((\d*)([A-Za-z]+)\)")
_QUANTITY = re.compile(r"(\d+(?:\.\d+)?)\s*([A-Za-z]+)")

#: Bytes and microseconds, by the units that PostgreSQL knows.
_BYTES = {"B": 1, "kB": 1024, "MB": 1024**2, "GB": 1024**3, "TB": 1024**4}
_MICROSECONDS = {"us": 1, "ms": 1000, "s": 10**6, "min": 60 * 10**6, "h": 3600 * 10**6, "d": 86400 * 10**6}

#: A range of numbers in AllowedValues; either end may be open.
_NUMBER = r"-?\d+(?:\.\d+)?"
_RANGE = re.compile(rf"({_NUMBER})?-({_NUMBER})?")


def texts(parameters: Any, booleans: tuple[str, str]) -> Any:
    """Return parameters as texts, as they are spelt where nothing more is known of them.

    Args:
        parameters: names and values; anything else is returned as it is.
        booleans: the words for false and true.
    """
    if not isinstance(parameters, Mapping):
        return parameters
    return {name: text(value, booleans) for name, value in parameters.items() if value is not None}


def text(value: Any, booleans: tuple[str, str]) -> str:
    """Return one value as text; a list becomes one with commas."""
    if isinstance(value, bool):
        return booleans[value]
    if isinstance(value, (list, tuple)):
        return ",".join(text(entry, booleans) for entry in value)
    return str(value)


def shape_problems(parameters: Any) -> Iterator[str]:
    """Yield what no parameter can be, whatever its name."""
    for name, value in parameters.items() if isinstance(parameters, Mapping) else ():
        inner = value if isinstance(value, (list, tuple)) else [value]
        if any(isinstance(entry, (Mapping, list, tuple)) for entry in inner):
            yield f"parameters: {name} must be a text, a number, a boolean or a list of these"


def family_problems(
    service: Service, operation: str, booleans: tuple[str, str], wanted: Any, **query: str
) -> list[str] | None:
    """Return what AWS would refuse of parameters of a family; ``None`` where it cannot be asked.

    Args:
        service: the gateway to the service.
        operation: listing of the parameters of a family.
        booleans: the words for false and true.
        wanted: names and values.
        query: what names the family.
    """
    listed = defaults(service, operation, **query)
    if not listed:
        return None
    return list(Catalogue.of(booleans, (), listed).problems(wanted, *query.values()))


def defaults(service: Service, operation: str, **query: str) -> list[Entry]:
    """Return the parameters of a family; none where the caller may not look, or AWS does not know the family."""
    found: list[Entry] = []
    marker: dict[str, str] = {}
    while True:
        try:
            answer = getattr(service, operation)(**query, **marker).get("EngineDefaults") or {}
        except (Denied, Unsupported, Missing):
            return []
        except Failure as failure:
            if failure.code != "InvalidParameterValue":
                raise
            return []
        found += answer.get("Parameters") or ()
        if not answer.get("Marker"):
            return found
        marker = {"Marker": answer["Marker"]}


@dataclass(frozen=True)
class Catalogue:
    """What AWS says of the parameters of a group and of its family.

    Attributes:
        booleans: the words for false and true where a parameter has no own.
        entries: the parameters of the group, with the values in effect; empty before there is a group.
        family: those of the family; empty where they were not asked for, or not told.
    """

    booleans: tuple[str, str]
    entries: Mapping[str, Entry] = field(default_factory=dict)
    family: Mapping[str, Entry] = field(default_factory=dict)

    @classmethod
    def of(cls, booleans: tuple[str, str], entries: Iterable[Entry], family: Iterable[Entry] = ()) -> Catalogue:
        """Return the catalogue of listed parameters."""
        by_name = [{entry["ParameterName"]: entry for entry in listing} for listing in (entries, family)]
        return cls(booleans, *by_name)

    def entry(self, name: str) -> Entry:
        """Return what is known of a parameter; empty where nothing is."""
        return self.entries.get(name) or self.family.get(name) or {}

    # --- values -----------------------------------------------------------------------------------------------------

    def in_effect(self, wanted: Any) -> dict[str, str]:
        """Return the values in effect of what is wanted and of what the user set, as far as AWS reports them."""
        names = set(wanted) if isinstance(wanted, Mapping) else set()
        return {
            name: self.spelled(name, entry["ParameterValue"])
            for name, entry in self.entries.items()
            if entry.get("ParameterValue") is not None and (name in names or entry.get("Source") == "user")
        }

    def all_spelled(self, wanted: Mapping[str, Any]) -> dict[str, str]:
        """Return wanted parameters in the spelling in which they are compared and sent."""
        return {name: self.spelled(name, value) for name, value in wanted.items() if value is not None}

    def spelled(self, name: str, value: Any) -> str:
        """Return a value in AWS's spelling: its words for booleans and choices, its unit, no blanks, no odd zeros."""
        entry, plain = self.entry(name), text(value, self.booleans)
        if not entry:
            return plain
        options = _parts(entry)
        if plain in options:
            return plain
        folded = plain.strip().casefold()
        same = _TRUE if folded in _TRUE else _FALSE if folded in _FALSE else (folded,)
        for option in options:
            if option.casefold() in same:
                return option
        if _FORMULA.search(plain):
            return re.sub(r"\s+", "", plain)
        if entry.get("DataType") in _NUMERIC:
            return _number(plain.strip(), _unit(entry))
        if entry.get("DataType") == "list":
            return ",".join(part.strip() for part in plain.split(","))
        return plain

    # --- what AWS refuses -------------------------------------------------------------------------------------------

    def problems(self, wanted: Any, owner: str) -> Iterator[str]:
        """Yield what AWS would refuse of wanted parameters, one sentence each.

        Args:
            wanted: names and values.
            owner: the name of the family, for the sentences.
        """
        for name, value in sorted(wanted.items()) if isinstance(wanted, Mapping) else ():
            entry = self.entry(name)
            if value is None:
                continue
            if entry:
                yield from self._value_problems(name, value, entry)
            elif self.family:
                close = difflib.get_close_matches(name.lower(), self.family, n=1)
                hint = f"; did you mean {close[0]}?" if close else ""
                yield f"{name} is not a parameter of {owner}{hint}"

    def _value_problems(self, name: str, value: Any, entry: Entry) -> Iterator[str]:
        plain = self.spelled(name, value)
        if entry.get("IsModifiable") is False:
            if plain != self.spelled(name, entry.get("ParameterValue", "")):
                yield f"{name} cannot be changed, AWS sets it"
        elif not _accepted(plain, entry):
            unit = "".join(_unit(entry) or ())
            yield (
                f"{name} is {text(value, self.booleans)!r}; AWS accepts {entry.get('AllowedValues')}"
                f"{f' (in {unit})' if unit else ''}"
            )


def _parts(entry: Entry) -> list[str]:
    return [part.strip() for part in str(entry.get("AllowedValues") or "").split(",") if part.strip()]


def _accepted(plain: str, entry: Entry) -> bool:
    """Tell whether AWS accepts a spelt value; what cannot be judged is left to AWS."""
    options = _parts(entry)
    if not options or plain in options or _FORMULA.search(plain):
        return True
    if entry.get("DataType") in _NUMERIC:
        return _in_range(plain, options)
    return all(part in options for part in plain.split(",")) or any(_RANGE.fullmatch(part) for part in options)


def _in_range(plain: str, options: Sequence[str]) -> bool:
    try:
        value = Decimal(plain)
    except InvalidOperation:
        return False
    for option in options:
        limits = None if re.fullmatch(_NUMBER, option) else _RANGE.fullmatch(option)
        if limits is None:
            if not re.fullmatch(_NUMBER, option) or value == Decimal(option):
                return True
        elif all(
            limit is None or sign * value >= sign * Decimal(limit)
            for limit, sign in zip(limits.groups(), (1, -1), strict=True)
        ):
            return True
    return False


# --- numbers --------------------------------------------------------------------------------------------------------


def _unit(entry: Entry) -> tuple[str, str] | None:
    """Return the unit of a parameter as (how many, of what), such as ("8", "kB"); ``None`` where AWS says none."""
    match = _UNIT.match(str(entry.get("Description") or ""))
    return (match[1], match[2]) if match and (match[2] in _BYTES or match[2] in _MICROSECONDS) else None


def _number(plain: str, unit: tuple[str, str] | None) -> str:
    """Return a number without unit and without odd zeros; what is no number is returned as it is."""
    quantity = _QUANTITY.fullmatch(plain)
    try:
        value = _in_unit(quantity, unit) if quantity and unit else Decimal(plain)
    except (InvalidOperation, KeyError):
        return plain
    return plain if value is None or not value.is_finite() else f"{value.normalize():f}"


def _in_unit(quantity: re.Match[str], unit: tuple[str, str]) -> Decimal | None:
    """Return a quantity in another unit, ``None`` where it is no whole number of it.

    Raises:
        KeyError: it is of another kind.
    """
    sizes = _BYTES if unit[1] in _BYTES else _MICROSECONDS
    value = Decimal(quantity[1]) * sizes[quantity[2]] / (sizes[unit[1]] * int(unit[0] or 1))
    return value if value == value.to_integral_value() else None
