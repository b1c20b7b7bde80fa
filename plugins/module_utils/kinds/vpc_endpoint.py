# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""VPC endpoints, gateway and interface. One that serves the same service already is adopted, not doubled."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..aws.ec2 import in_chunks, is_in_reach, listed, name_of, name_problems, tag_specification
from ..aws.forms import ROUTE_TABLE, SECURITY_GROUP, SUBNET, VPC
from ..aws.patience import patiently
from ..aws.policy import document, normal_policy, text
from ..aws.session import Aws
from ..aws.tags import EC2, EC2_TAGS, mapping
from ..core.errors import Denied, Failure, Refused, Unsupported
from ..core.kind import READY, Delta, Deviation, Field, Item, Kind, Live, Phase, broken, busy
from ..core.values import is_unknown, last_part, unordered

#: Says that this module made an endpoint. An adopted one does not carry it and is never deleted.
MADE_HERE = {"automation:CreatedBy": "dataai.platform"}

#: States in which an endpoint is, or is about to be, no more.
GONE = {"deleting", "deleted", "rejected", "failed", "expired"}

#: Seconds for which AWS may keep the private DNS name of an endpoint that was just deleted.
DNS_LETTING_GO = 300.0

#: Lists of ids: field to what CreateVpcEndpoint calls it; ModifyVpcEndpoint puts Add or Remove in front.
ID_LISTS = {
    "subnet_ids": "SubnetIds",
    "security_group_ids": "SecurityGroupIds",
    "route_table_ids": "RouteTableIds",
}

#: What fits which type only.
INTERFACE_ONLY = ("subnet_ids", "security_group_ids", "private_dns_enabled")
GATEWAY_ONLY = ("route_table_ids",)


class VpcEndpoint(Kind[Aws]):
    """An endpoint for one AWS service in a VPC."""

    type = "vpc_endpoint"
    noun = "VPC endpoint"
    aws_type = "AWS::EC2::VPCEndpoint"
    timeout = 1200
    fields = (
        Field("name", max_length=256, property="Tags[].Value"),
        Field("vpc_id", immutable=True, required=True, form=VPC),
        Field("service", immutable=True, required=True, normalise=last_part("."), property="ServiceName"),
        Field(
            "endpoint_type",
            choices=("Interface", "Gateway"),
            default="Interface",
            immutable=True,
            property="VpcEndpointType",
        ),
        Field("subnet_ids", type="list", elements="str", normalise=unordered, form=SUBNET, unique=True),
        Field("security_group_ids", type="list", elements="str", normalise=unordered, form=SECURITY_GROUP, unique=True),
        Field("route_table_ids", type="list", elements="str", normalise=unordered, form=ROUTE_TABLE, unique=True),
        Field("private_dns_enabled", type="bool"),
        Field("policy", type="dict", normalise=normal_policy, property="PolicyDocument"),
        Field("adopt", type="bool", default=True, create_only=True, property=""),
    )
    deviations = (
        Deviation(
            "endpoint_type",
            "stricter",
            "the other types lead to appliances and networks, which have kinds of their own",
        ),
    )
    tag_limits = EC2_TAGS
    outputs = ("id",)

    def __init__(self) -> None:
        self._offered: set[str] = set()

    def problems(self, item: Item) -> Iterable[str]:
        """Check that the options fit the type of endpoint."""
        yield from name_problems(item)
        gateway = item.get("endpoint_type") == "Gateway"
        for name in INTERFACE_ONLY if gateway else GATEWAY_ONLY:
            if item.get(name) is not None:
                yield f"{name} does not apply to endpoint_type {'Gateway' if gateway else 'Interface'}"

    # --- reading ----------------------------------------------------------------------------------------------------

    def read(self, aws: Aws, items: Sequence[Item], *, everything: bool = False) -> dict[str, Live]:
        """List the endpoints of the VPCs; match by name first, then by what an endpoint serves."""
        entries = self._entries(aws, [item for item in items if is_in_reach(item)], everything)
        found: dict[str, Live] = {}
        for item in items:
            match = _match(item, entries, aws.region) if is_in_reach(item) else None
            if match:
                twins = {str(one["VpcEndpointId"]): _live(one, item) for one in _twins(match, item, entries)}
                found[item["name"]] = replace(_live(match, item), twins=twins)
        if everything:
            taken = {live["id"] for live in found.values()}
            found.update({name_of(one): _live(one, {}) for one in entries if one["VpcEndpointId"] not in taken})
        self._refuse_what_is_not_offered(aws, [item for item in items if item["name"] not in found])
        return found

    @staticmethod
    def _entries(aws: Aws, items: Sequence[Item], everything: bool) -> list[dict[str, Any]]:
        vpcs = {item["vpc_id"] for item in items if item.get("vpc_id")}
        nameless = [item["name"] for item in items if not item.get("vpc_id")]
        queries: list[dict[str, Any]] = [{}] if everything else [{"vpc-id": part} for part in in_chunks(vpcs)]
        queries += [] if everything else [{"tag:Name": part} for part in in_chunks(nameless)]
        found = {
            entry["VpcEndpointId"]: entry
            for query in queries
            for entry in listed(aws, "describe_vpc_endpoints", "VpcEndpoints", query)
        }
        return [entry for entry in found.values() if _state(entry) not in GONE]

    def _refuse_what_is_not_offered(self, aws: Aws, items: Sequence[Item]) -> None:
        """Ask once which services the region has endpoints for, and name all that it has not."""
        wanted = {
            full_name(item["service"], aws.region): item["service"]
            for item in items
            if item.get("service") and not is_unknown(item["service"])
        }
        missing = set(wanted) - self._offered
        if not missing:
            return
        try:
            found = list(aws.service("ec2").pages("describe_vpc_endpoint_services", "ServiceNames"))
        except (Denied, Unsupported):  # then creating the endpoint will tell
            found = list(missing)
        self._offered.update(found)
        if missing - self._offered:
            absent = ", ".join(sorted(wanted[name] for name in missing - self._offered))
            where = f"region {aws.region} offers no VPC endpoint for"
            raise Refused([f"{where}: {absent}; leave that out, or choose another region"])

    def blockers(self, want: Item, live: Live | None, *, absent: bool) -> Iterable[str]:
        """Never delete what was only adopted."""
        if absent and live is not None and not live.raw:
            yield (
                f"VPC endpoint {want['name']}: {live['id']} was not made here but adopted, so it is not deleted; "
                "leave it with adopt: false, or delete it where it belongs"
            )

    # --- changing ---------------------------------------------------------------------------------------------------

    def create(self, aws: Aws, want: Item) -> None:
        """Create the endpoint whole."""
        request: dict[str, Any] = {
            "VpcId": want["vpc_id"],
            "ServiceName": full_name(want["service"], aws.region),
            "VpcEndpointType": want.get("endpoint_type") or "Interface",
            **tag_specification("vpc-endpoint", {**(want.get("tags") or {}), **MADE_HERE}, want["name"]),
        }
        request.update({wire: want[name] for name, wire in ID_LISTS.items() if want.get(name)})
        if request["VpcEndpointType"] == "Interface":
            request["PrivateDnsEnabled"] = bool(want.get("private_dns_enabled"))
        if want.get("policy") is not None:
            request["PolicyDocument"] = text(want["policy"])
        _despite_old_dns_names(lambda: aws.service("ec2").create_vpc_endpoint(**request))

    def update(self, aws: Aws, want: Item, live: Live, delta: Delta) -> None:
        """Change lists, policy and private DNS in one call, which is the only way to swap subnets of one zone."""
        request: dict[str, Any] = {"VpcEndpointId": live["id"]}
        for name, wire in ID_LISTS.items():
            if name in delta:
                request.update(_list_change(wire, live[name], want[name]))
        if "policy" in delta:
            request["PolicyDocument"] = text(want["policy"])
        if live["endpoint_type"] == "Interface":
            wanted = want.get("private_dns_enabled")
            request["PrivateDnsEnabled"] = bool(live["private_dns_enabled"] if wanted is None else wanted)
        _despite_old_dns_names(lambda: aws.service("ec2").modify_vpc_endpoint(**request))

    def delete(self, aws: Aws, want: Item, live: Live) -> None:
        """Delete the endpoint. AWS reports refusals in the answer instead of failing the call."""
        answer = aws.service("ec2").delete_vpc_endpoints(VpcEndpointIds=[live["id"]])
        for refusal in answer.get("Unsuccessful") or ():
            error = refusal["Error"]
            if not error["Code"].endswith("NotFound"):
                raise Failure(f"ec2:DeleteVpcEndpoints {live['id']}", error["Message"], code=error["Code"])

    def retag(self, aws: Aws, live: Live, add: Mapping[str, str], remove: Sequence[str]) -> None:
        """Tag by id."""
        EC2.apply(aws, live["id"], add, remove)


def full_name(service: str, region: str) -> str:
    """Return the name by which EC2 knows a service: ``rds`` is ``com.amazonaws.eu-central-2.rds``."""
    return service if "." in service else f"com.amazonaws.{region}.{service}"


def _state(entry: Mapping[str, Any]) -> str:
    return str(entry.get("State", "")).lower()


def _match(item: Item, entries: Sequence[Mapping[str, Any]], region: str) -> Mapping[str, Any] | None:
    """Return the endpoint that an item means, its own before one to adopt, private DNS names before none."""
    inside = [one for one in entries if item.get("vpc_id") in (None, one["VpcId"])]
    own = [one for one in inside if name_of(one) == item["name"]]
    own.sort(key=lambda one: not one.get("PrivateDnsEnabled"))
    if item.get("service"):
        service = full_name(item["service"], region)
        same = [one for one in inside if one["ServiceName"] == service and _type(one) == _type_wanted(item)]
        own = [one for one in own if one in same] or own
        own += sorted(same, key=lambda one: not one.get("PrivateDnsEnabled"))
    if item.get("adopt") is False:
        own = [one for one in own if _made_here(one)]
    return own[0] if own else None


def _twins(match: Mapping[str, Any], item: Item, entries: Sequence[Mapping[str, Any]]) -> Iterable[Mapping[str, Any]]:
    """Return the other endpoints that were made here under the same name for the same: no traffic needs two."""

    def same(one: Mapping[str, Any]) -> bool:
        alike = all(one.get(member) == match.get(member) for member in ("VpcId", "ServiceName", "VpcEndpointType"))
        return alike and name_of(one) == item["name"] and _made_here(one)

    return [one for one in entries if one is not match and same(one)] if same(match) else []


def _type(entry: Mapping[str, Any]) -> str:
    return str(entry.get("VpcEndpointType") or "Gateway")


def _type_wanted(item: Item) -> str:
    return str(item.get("endpoint_type") or "Interface")


def _made_here(entry: Mapping[str, Any]) -> bool:
    return MADE_HERE.items() <= mapping(entry.get("Tags")).items()


def _live(entry: Mapping[str, Any], item: Item) -> Live:
    values = {
        "name": item.get("name") or name_of(entry),
        "id": entry["VpcEndpointId"],
        "vpc_id": entry["VpcId"],
        "service": entry["ServiceName"],
        "endpoint_type": _type(entry),
        "subnet_ids": sorted(entry.get("SubnetIds") or ()),
        "security_group_ids": sorted(group["GroupId"] for group in entry.get("Groups") or ()),
        "route_table_ids": sorted(entry.get("RouteTableIds") or ()),
        "private_dns_enabled": bool(entry.get("PrivateDnsEnabled")),
        "policy": document(entry.get("PolicyDocument")),
    }
    tags = {key: value for key, value in mapping(entry.get("Tags")).items() if key not in MADE_HERE}
    return Live(values, tags, _phase(entry), raw=_made_here(entry))


def _phase(entry: Mapping[str, Any]) -> Phase:
    state = _state(entry)
    if state == "pending":
        return busy(state)
    if state in ("pendingacceptance", "partial"):
        return broken(f"{state} {(entry.get('LastError') or {}).get('Message', '')}".strip())
    return READY


def _list_change(wire: str, live: Sequence[str], wanted: Sequence[str]) -> dict[str, list[str]]:
    change = {f"Add{wire}": sorted(set(wanted) - set(live)), f"Remove{wire}": sorted(set(live) - set(wanted))}
    return {name: ids for name, ids in change.items() if ids}


def _despite_old_dns_names(call: Callable[[], Any]) -> None:
    """Make a call that AWS refuses for some minutes after an endpoint with the same private DNS name was deleted."""
    conflict = "conflicting DNS domain"
    try:
        patiently(call, ("InvalidParameter", conflict), seconds=DNS_LETTING_GO)
    except Failure as failure:
        if conflict not in failure.why:
            raise
        hint = "remove the endpoint or private hosted zone that owns the name, or set private_dns_enabled: false"
        raise Failure(failure.what, failure.why, next_step=hint, code=failure.code) from None
