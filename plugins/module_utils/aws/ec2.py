# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the kinds of EC2 share: filters, lookup by the tag ``Name``, tags at creation, networks, and letting go."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from ipaddress import ip_network
from typing import Any

from ..core.errors import Denied, Failure, Missing, Unsupported
from ..core.kind import Field, Item, Live
from ..core.values import is_unknown
from ..core.wait import Clock, persist
from .forms import VPC
from .session import Aws
from .tags import mapping, pairs

#: EC2 takes this many values in one filter.
FILTER_VALUES = 200

#: Seconds in which network interfaces vanish after what they belonged to; AWS gives no figure, minutes are usual.
LETTING_GO = 180.0

#: Seconds for which Lambda keeps the interfaces of a function that is gone: 20 minutes, says AWS, and then some.
LAMBDA_LETTING_GO = 1500.0

#: Seconds in which what was just made becomes known to every part of EC2.
SPREADING = 20.0

#: How Lambda describes its interfaces, which it shares between functions.
_LAMBDA = "AWS Lambda VPC ENI"

#: Protocols of rules as a reader is told of them.
PROTOCOLS_SAID = "tcp, udp, icmp, icmpv6, a number of 0-255, or -1 for all"

#: Ports with which people say "all of it" of a protocol that has none.
WHOLE = {(None, None), (0, 0), (-1, -1), (0, 65535)}

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
    return {name: the_one(f"ec2:{operation} {name}", entries, idle) for name, entries in found.items()}


def the_one(
    what: str, entries: Sequence[dict[str, Any]], idle: Callable[[Mapping[str, Any]], bool] | None
) -> dict[str, Any]:
    """Return the entry that is used, with those that nothing uses under ``TWINS``; see ``by_name``."""
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


def name_field(what: str) -> Field:
    """Return the field of the name of a ``what``, such as a subnet."""
    says = f"Name of the {what}, kept in its tag C(Name), at most 255 characters."
    return Field("name", says, max_length=256, property="Tags[].Value")


#: The VPC of a resource that is named in it.
IN_VPC = Field(
    "vpc_id",
    "Id of the VPC. Needed to create it; without it the name is looked for in every VPC of the region.",
    required=True,
    immutable=True,
    form=VPC,
)


def name_problems(item: Item) -> Iterator[str]:
    """Check a name that lives in the tag ``Name``."""
    name = item["name"]
    tagged = (item.get("tags") or {}).get("Name", name)
    if tagged != name:
        yield f"tags has Name '{tagged}'; the resource is found by its tag Name, so leave it out or say '{name}'"


def empty_groups_problems(item: Item) -> Iterator[str]:
    """Check the security groups of what AWS gives the VPC's default one where it is made without."""
    if item.get("security_group_ids") is not None and not item["security_group_ids"]:
        yield "security_group_ids is empty; AWS keeps at least one: name one, or leave it out for the VPC's default one"


# --- networks -------------------------------------------------------------------------------------------------------


def network(cidr: Any) -> Any:
    """Return a network as AWS stores it, such as ``10.0.0.0/16`` or ``2001:db8::/32``; unchanged where it is none."""
    try:
        return str(ip_network(str(cidr), strict=False))
    except ValueError:
        return cidr


def spelled_network(cidr: Any) -> Any:
    """Return a network as ``network`` does; one with host bits as it is, so that it is refused and not guessed at."""
    return cidr if network_problem(cidr) else network(cidr)


def network_problem(cidr: Any) -> str:
    """Return what is wrong with a network, with the right spelling where only that is; empty where nothing is."""
    if is_unknown(cidr):
        return ""
    try:
        ip_network(str(cidr))
    except ValueError as error:
        right = network(cidr)
        hint = f"; write {right}" if right != cidr else ""
        return f"'{cidr}', which is no network: {error}{hint}"
    return ""


# --- endpoints ------------------------------------------------------------------------------------------------------


def full_name(service: str, region: str, offered: Collection[str] = ()) -> str:
    """Return the name by which EC2 knows a service: ``rds`` is ``com.amazonaws.eu-central-2.rds``.

    Args:
        service: short or full name.
        region: AWS region.
        offered: the names in the region. Outside the commercial partition they begin in several ways.
    """
    if "." in service:
        return service
    usual = f"com.amazonaws.{region}.{service}"
    others = sorted(name for name in offered if name.endswith(f".{region}.{service}"))
    return usual if usual in offered or not others else others[0]


def endpoint_services(aws: Aws) -> dict[str, set[str] | None]:
    """Return the services with VPC endpoints by full name, each with the zones in which it has interface endpoints.

    ``None`` stands for zones that AWS does not tell.
    """
    found: dict[str, set[str] | None] = {}
    for entry in aws.service("ec2").pages("describe_vpc_endpoint_services", "ServiceDetails"):
        name, told = entry["ServiceName"], entry.get("AvailabilityZones")
        known = found.setdefault(name, set())
        if "Interface" in {one.get("ServiceType") for one in entry.get("ServiceType") or ()}:
            found[name] = None if not told or known is None else known | set(told)
    return found


def zones_of(aws: Aws, subnets: Iterable[str]) -> dict[str, str]:
    """Return the availability zones of those subnets that there are."""
    return {
        entry["SubnetId"]: entry["AvailabilityZone"]
        for portion in in_chunks(subnets)
        for entry in listed(aws, "describe_subnets", "Subnets", {"subnet-id": portion})
    }


# --- what AWS takes time for ----------------------------------------------------------------------------------------


def once_known(call: Callable[[], Any]) -> Any:
    """Make a call about what was made a moment ago, and which not every part of EC2 may know yet.

    Raises:
        Failure: another refusal, or the last one.
    """
    return persist(call, lambda failure: isinstance(failure, Missing), clock=Clock(), timeout=SPREADING)


def is_held(failure: Failure) -> bool:
    """Tell whether AWS refuses a deletion because something still uses the resource."""
    return failure.code == "DependencyViolation"


def once_free(aws: Aws, call: Callable[[], Any], **where: str) -> None:
    """Delete what AWS refuses to delete while a network interface uses it.

    AWS takes the interfaces of its services away by itself, some time after what they belonged to; those are waited
    for. Interfaces that people made stay, so nobody waits for them.

    Args:
        aws: the gateway.
        call: the deletion.
        where: what the interfaces are found by, such as ``group_id``.

    Raises:
        Failure: the refusal, with the interfaces that are in the way; or another failure.
    """
    clock = Clock()
    started = clock.now()

    def passes(failure: Failure) -> bool:
        if not is_held(failure):
            return False
        found = _in_the_way(aws, **where)
        if any(_stays(one) for one in found):
            return False
        return clock.now() - started < LETTING_GO or any(_is_lambda(one) for one in found)

    try:
        persist(call, passes, clock=clock, timeout=LAMBDA_LETTING_GO)
    except Failure as failure:
        if not is_held(failure):
            raise
        holders = ", ".join(_told(one) for one in _in_the_way(aws, **where))
        why = f"{failure.why.rstrip('.')}; it is used by {holders}" if holders else failure.why
        raise Failure(failure.what, why, next_step=failure.next_step, code=failure.code) from None


def interfaces(aws: Aws, **where: str | Iterable[str]) -> list[dict[str, Any]]:
    """Return network interfaces, such as those with a ``group_id``.

    Raises:
        Failure: the caller may not look.
    """
    chosen = {name.replace("_", "-"): value for name, value in where.items()}
    return list(listed(aws, "describe_network_interfaces", "NetworkInterfaces", chosen))


def _in_the_way(aws: Aws, **where: str) -> list[dict[str, Any]]:
    """Return the interfaces that keep a resource; none where the caller may not look."""
    try:
        return interfaces(aws, **where)
    except (Denied, Unsupported):
        return []


def _is_lambda(interface: Mapping[str, Any]) -> bool:
    return interface.get("InterfaceType") == "lambda" or str(interface.get("Description", "")).startswith(_LAMBDA)


def _stays(interface: Mapping[str, Any]) -> bool:
    """Tell whether an interface belongs to people: no service of AWS asked for it, or an instance has it."""
    owner = (interface.get("Attachment") or {}).get("InstanceOwnerId", "")
    return not (interface.get("RequesterManaged") or owner.startswith("amazon-") or _is_lambda(interface))


def _told(interface: Mapping[str, Any]) -> str:
    instance = (interface.get("Attachment") or {}).get("InstanceId")
    what = instance or interface.get("Description")
    return f"{interface['NetworkInterfaceId']} ({what})" if what else str(interface["NetworkInterfaceId"])
