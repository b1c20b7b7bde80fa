# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the kinds of EC2 share: filters, lookup by the tag ``Name``, and tags at creation."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..core.errors import Failure
from ..core.kind import Item, Live
from ..core.values import is_unknown
from .session import Aws
from .tags import mapping, pairs

#: EC2 takes this many values in one filter.
FILTER_VALUES = 200

#: Seconds in which network interfaces vanish after what they belonged to; AWS gives no figure, minutes are usual.
LETTING_GO = 180.0


#: The operations whose filter parameter is in the singular.
SINGULAR = {"describe_nat_gateways", "describe_flow_logs"}

#: Where an entry of ``by_name`` has the others of its name that nothing uses.
TWINS = "Twins"

Wanted = Mapping[str, Any]


def filters(wanted: Wanted) -> list[dict[str, Any]]:
    """Return EC2 filters by name; those without a value are left out."""
    found = []
    for name, value in wanted.items():
        given = [value] if isinstance(value, str) else sorted(set(value or ()))
        if given:
            found.append({"Name": name, "Values": given})
    return found


def listed(aws: Aws, operation: str, result: str, wanted: Wanted) -> Iterator[dict[str, Any]]:
    """Yield the entries of a Describe operation that pass ``filters(wanted)``."""
    chosen = filters(wanted)
    parameter = "Filter" if operation in SINGULAR else "Filters"
    yield from aws.service("ec2").pages(operation, result, **({parameter: chosen} if chosen else {}))


def in_chunks(values: Iterable[str]) -> Iterator[list[str]]:
    """Yield sorted values in portions that one filter takes."""
    ordered = sorted(set(values))
    for start in range(0, len(ordered), FILTER_VALUES):
        yield ordered[start : start + FILTER_VALUES]


def name_of(entry: Mapping[str, Any]) -> str:
    """Return the tag ``Name`` of an entry, empty where it has none."""
    return mapping(entry.get("Tags")).get("Name", "")


def vpc_of(entry: Mapping[str, Any]) -> str | None:
    """Return the VPC of an entry, which an internet gateway tells only in its attachments."""
    return entry.get("VpcId")


def is_in_reach(item: Item) -> bool:
    """Tell whether an item can exist: its VPC is not one that a plan has yet to create."""
    return not is_unknown(item.get("vpc_id"))


def by_name(
    aws: Aws,
    operation: str,
    result: str,
    items: Sequence[Item],
    *,
    everything: bool = False,
    wanted: Wanted | None = None,
    idle: Callable[[Mapping[str, Any]], bool] | None = None,
) -> dict[str, dict[str, Any]]:
    """Return the entries of a Describe operation by their tag ``Name``.

    Args:
        aws: the gateway.
        operation: such as ``describe_subnets``.
        result: where the answer has the entries.
        items: wanted resources with ``name`` and, where they belong to one, ``vpc_id``.
        everything: all named entries, whether wanted or not.
        wanted: further filters.
        idle: tells that nothing uses an entry. Of several of a name, those beside the one that is used are its twins
            (under ``TWINS``); where none is used, those beside the first.

    Raises:
        Failure: two entries have the same name, so which is meant cannot be told.
    """
    reachable = {item["name"]: item.get("vpc_id") for item in items if is_in_reach(item)}
    found: dict[str, list[dict[str, Any]]] = {}
    portions: Iterable[list[str] | None] = [None] if everything else in_chunks(reachable)
    for names in portions:
        for entry in listed(aws, operation, result, {"tag:Name": names, **(wanted or {})}):
            name, vpc = name_of(entry), vpc_of(entry)
            if not name or (vpc and reachable.get(name) and reachable[name] != vpc):
                continue
            found.setdefault(name, []).append(entry)
    return {name: _the_one(f"ec2:{operation} {name}", entries, idle) for name, entries in found.items()}


def _the_one(
    what: str, entries: Sequence[dict[str, Any]], idle: Callable[[Mapping[str, Any]], bool] | None
) -> dict[str, Any]:
    if len(entries) == 1:
        return entries[0]
    spare = [entry for entry in entries if idle is not None and idle(entry)]
    used = [entry for entry in entries if entry not in spare]
    if len(used) > 1:
        raise Failure(
            what,
            "two resources have this name in their tag Name, so which one is meant cannot be told",
            next_step="rename or remove the one that does not belong here",
        )
    chosen = (used or spare)[0]
    return {**chosen, TWINS: [entry for entry in spare if entry is not chosen]}


def live_with_twins(entry: Mapping[str, Any], live: Callable[[Mapping[str, Any]], Live]) -> Live:
    """Return an entry of ``by_name`` as ``live`` describes it, and its twins likewise."""
    twins = map(live, entry.get(TWINS) or ())
    return replace(live(entry), twins={str(twin["id"]): twin for twin in twins})


def tag_specification(resource_type: str, tags: Mapping[str, str] | None, name: str | None = None) -> dict[str, Any]:
    """Return the parameter that tags a resource as it is created; ``name`` becomes its tag ``Name``."""
    given = {**(tags or {}), **({"Name": name} if name else {})}
    return {"TagSpecifications": [{"ResourceType": resource_type, "Tags": pairs(given)}]} if given else {}


def name_problems(item: Item) -> Iterator[str]:
    """Check a name that lives in the tag ``Name``."""
    name = item["name"]
    tagged = (item.get("tags") or {}).get("Name", name)
    if tagged != name:
        yield f"tags has Name '{tagged}'; the resource is found by its tag Name, so leave it out or say '{name}'"
