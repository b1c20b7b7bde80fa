# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""VPC endpoints, gateway and interface. One of somebody else that serves the same service is adopted if told so."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..aws.ec2 import (
    IN_VPC,
    empty_groups_problems,
    endpoint_services,
    full_name,
    in_chunks,
    is_in_reach,
    listed,
    name_field,
    name_of,
    name_problems,
    tag_specification,
    zones_of,
)
from ..aws.forms import ROUTE_TABLE, SECURITY_GROUP, SUBNET
from ..aws.patience import patiently
from ..aws.policy import document, normal_policy, text
from ..aws.session import Aws
from ..aws.tags import EC2, EC2_TAGS, mapping
from ..core.errors import Denied, Failure, Refused, Unsupported
from ..core.kind import READY, Delta, Deviation, Field, Item, Kind, Live, Manual, Phase, broken, busy
from ..core.values import is_unknown, last_part, unordered

#: Says that this module made an endpoint. Others do not carry it and are never deleted.
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


@dataclass(frozen=True)
class Standing:
    """How an endpoint stands to us.

    Attributes:
        ours: it has the wanted name, so that it is to be as wanted. Another one is added to, and keeps what it has.
        deletable: it has the name, and this module made it.
        tags: all its tags.
    """

    ours: bool
    deletable: bool
    tags: Mapping[str, str]


class VpcEndpoint(Kind[Aws]):
    """An endpoint for one AWS service in a VPC, found by its tag ``Name``, or by what it serves."""

    type = "vpc_endpoint"
    noun = "VPC endpoint"
    aws_type = "AWS::EC2::VPCEndpoint"
    timeout = 1200
    usually = "1 to 5 minutes"
    fields = (
        name_field("endpoint"),
        IN_VPC,
        Field(
            "service",
            "The service, such as V(rds), or its full name C(com.amazonaws.REGION.rds). Needed to create it.",
            immutable=True,
            required=True,
            normalise=last_part("."),
            property="ServiceName",
        ),
        Field(
            "endpoint_type",
            "The type, fixed once the endpoint exists.",
            choices=("Interface", "Gateway"),
            default="Interface",
            immutable=True,
            property="VpcEndpointType",
        ),
        Field(
            "subnet_ids",
            "Ids of the subnets of an interface endpoint, one in each availability zone. The whole truth.",
            type="list",
            elements="str",
            normalise=unordered,
            form=SUBNET,
            unique=True,
        ),
        Field(
            "security_group_ids",
            (
                "Ids of the security groups of an interface endpoint, at least one. The whole truth.",
                "Left out, AWS gives a new endpoint the default group of the VPC.",
            ),
            type="list",
            elements="str",
            normalise=unordered,
            form=SECURITY_GROUP,
            unique=True,
        ),
        Field(
            "route_table_ids",
            "Ids of the route tables of a gateway endpoint. The whole truth.",
            type="list",
            elements="str",
            normalise=unordered,
            form=ROUTE_TABLE,
            unique=True,
        ),
        Field(
            "private_dns_enabled",
            (
                (
                    "Whether the service's usual DNS name leads to the endpoint inside the VPC. A new "
                    "endpoint has it off."
                ),
                (
                    "AWS keeps such a name for some minutes after its endpoint was deleted; for that long "
                    "the task tries again."
                ),
            ),
            type="bool",
        ),
        Field(
            "policy",
            "The endpoint policy, compared by meaning.",
            type="dict",
            normalise=normal_policy,
            property="PolicyDocument",
        ),
        Field(
            "adopt",
            (
                (
                    "What to do with an endpoint of another name that serves the same service in the VPC. "
                    "Left out, it is refused."
                ),
                (
                    "With V(true) subnets, security groups, route tables and tags that it lacks are added "
                    "to it. Nothing that it has is changed or removed, neither its policy nor its private "
                    "DNS."
                ),
                (
                    "With V(false) an endpoint of this name is made beside it. AWS allows one with "
                    "private DNS for each service."
                ),
                "With O(state=absent) an endpoint that was not made here is refused, or with V(false) left alone.",
            ),
            type="bool",
            create_only=True,
            property="",
        ),
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
        super().__init__()
        #: Full name of a service to the zones in which it has interface endpoints, as far as that was asked.
        self._offered: dict[str, set[str] | None] = {}
        #: Subnets that stand in a zone without the service, by name of the endpoint.
        self._unserved: dict[str, set[str]] = {}
        #: Another endpoint with private DNS names of the same service, which only one in a VPC has, by name likewise.
        self._rivals: dict[str, str] = {}

    def problems(self, item: Item) -> Iterable[str]:
        """Check that the options fit the type of endpoint."""
        yield from name_problems(item)
        gateway = item.get("endpoint_type") == "Gateway"
        for name in INTERFACE_ONLY if gateway else GATEWAY_ONLY:
            if item.get(name) is not None:
                yield f"{name} does not apply to endpoint_type {'Gateway' if gateway else 'Interface'}"
        if not gateway:
            yield from empty_groups_problems(item)

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
            self._rivals[item["name"]] = _rival(match, item, entries, aws.region)
        if everything:
            taken = {live["id"] for live in found.values()}
            found.update({name_of(one): _live(one, {}) for one in entries if one["VpcEndpointId"] not in taken})
        self._refuse_what_is_not_offered(aws, [item for item in items if item["name"] not in found])
        self._note_unserved(aws, [item for item in items if _grows(item, found.get(item["name"]))])
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
            full_name(item["service"], aws.region, self._offered): item["service"]
            for item in items
            if item.get("service") and not is_unknown(item["service"])
        }
        self._ask_for(aws, wanted)
        missing = [one for one in wanted.values() if full_name(one, aws.region, self._offered) not in self._offered]
        if missing:
            absent = ", ".join(sorted(missing))
            where = f"region {aws.region} offers no VPC endpoint for"
            raise Refused([f"{where}: {absent}; leave that out, or choose another region"])

    def _ask_for(self, aws: Aws, services: Iterable[str]) -> None:
        """Ask where services have endpoints, once. Who may not ask is told by creating the endpoint."""
        wanted = set(services)
        if wanted <= self._offered.keys():
            return
        try:
            self._offered.update(endpoint_services(aws))
        except (Denied, Unsupported):
            self._offered.update(dict.fromkeys(wanted))

    def _note_unserved(self, aws: Aws, items: Sequence[Item]) -> None:
        """Find the subnets in whose zones AWS has no endpoints for the service. An endpoint does without them."""
        if not items:
            return
        self._ask_for(aws, (full_name(item["service"], aws.region) for item in items))
        zones = zones_of(aws, {subnet for item in items for subnet in item["subnet_ids"]})
        for item in items:
            served = self._offered.get(full_name(item["service"], aws.region, self._offered))
            self._unserved[item["name"]] = {
                subnet
                for subnet in item["subnet_ids"]
                if served is not None and subnet in zones and zones[subnet] not in served
            }

    def _served(self, want: Item) -> Item:
        """Return an item without the subnets of zones that lack the service."""
        unserved = self._unserved.get(want["name"])
        if not unserved:
            return want
        return {**want, "subnet_ids": [subnet for subnet in want["subnet_ids"] if subnet not in unserved]}

    # --- deciding ---------------------------------------------------------------------------------------------------

    def differences(self, want: Item, live: Live) -> dict[str, tuple[Any, Any]]:
        """Compare. An endpoint of somebody else differs in what it lacks alone, and keeps policy and DNS."""
        want = self._served(want)
        if live.raw.ours:
            return super().differences(want, live)
        lacking = {name: sorted({*live[name], *want[name]}) for name in ID_LISTS if want.get(name)}
        found = {name: (live[name], wanted) for name, wanted in lacking.items() if set(wanted) != set(live[name])}
        tags = {key: value for key, value in (want.get("tags") or {}).items() if key not in {*live.raw.tags, "Name"}}
        return {**found, "tags": (None, tags)} if tags else found

    def projected(self, want: Item) -> dict[str, Any]:
        """Return the values of the endpoint as they will be after it is created."""
        return super().projected(self._served(want))

    def gone(self, want: Item, live: Live) -> bool:
        """Leave alone what was not made here, where that is said."""
        return want.get("adopt") is False and not live.raw.deletable

    def blockers(self, want: Item, live: Live | None, *, absent: bool) -> Iterable[str]:
        """Neither use nor delete without a word what somebody else made."""
        name = want["name"]
        if absent and live is not None and not live.raw.deletable:
            yield (
                f"VPC endpoint {name}: {live['id']} was not made here, so it is not deleted; "
                "leave it with adopt: false, or delete it where it belongs"
            )
        if absent:
            return
        if live is not None and not live.raw.ours and not want.get("adopt"):
            yield (
                f"VPC endpoint {name}: {live['vpc_id']} has {live['id']} for {want.get('service')} already, which has "
                "another name; adopt: true adds subnets, security groups, route tables and tags to it and changes "
                f"nothing else, adopt: false makes one beside it, and with {name} in its tag Name it is managed whole"
            )
        rival = self._rivals.get(name)
        if rival and want.get("private_dns_enabled") and not (live and live["private_dns_enabled"]):
            yield (
                f"VPC endpoint {name}: {rival} has the private DNS names of {want.get('service')} in "
                f"{want.get('vpc_id')}, and one endpoint alone can have them; set private_dns_enabled: false"
            )
        if want.get("subnet_ids") and not self._served(want)["subnet_ids"]:
            yield (
                f"VPC endpoint {name}: AWS has no endpoint for {want.get('service')} in the zones of "
                f"{', '.join(want['subnet_ids'])}; give a subnet in another zone, or leave it out"
            )

    # --- changing ---------------------------------------------------------------------------------------------------

    def create(self, aws: Aws, want: Item) -> None:
        """Create the endpoint whole."""
        want = self._served(want)
        request: dict[str, Any] = {
            "VpcId": want["vpc_id"],
            "ServiceName": full_name(want["service"], aws.region, self._offered),
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
        if "tags" in delta:
            EC2.apply(aws, live["id"], delta.fields["tags"][1], ())
        request: dict[str, Any] = {"VpcEndpointId": live["id"]}
        for name, wire in ID_LISTS.items():
            if name in delta:
                request.update(_list_change(wire, live[name], delta.fields[name][1]))
        if "policy" in delta:
            request["PolicyDocument"] = text(want["policy"])
        if live["endpoint_type"] == "Interface":
            wanted = want.get("private_dns_enabled") if live.raw.ours else None
            request["PrivateDnsEnabled"] = bool(live["private_dns_enabled"] if wanted is None else wanted)
        if delta.any(*ID_LISTS, "policy", "private_dns_enabled"):
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


def foreign(aws: Aws, vpc: str, wanted: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    """Yield the services that endpoints of another name serve in a VPC, with the ids of these.

    Args:
        aws: the gateway.
        vpc: id of the VPC.
        wanted: short names of services to the names that their endpoints are to have.
    """
    found = listed(aws, "describe_vpc_endpoints", "VpcEndpoints", {"vpc-id": vpc})
    entries = [entry for entry in found if _state(entry) not in GONE]
    for service, name in wanted.items():
        kind = "Gateway" if service == "s3" else "Interface"
        match = _match({"name": name, "service": service, "endpoint_type": kind}, entries, aws.region)
        if match and name_of(match) != name:
            yield service, str(match["VpcEndpointId"])


def _state(entry: Mapping[str, Any]) -> str:
    return str(entry.get("State", "")).lower()


def _match(item: Item, entries: Sequence[Mapping[str, Any]], region: str) -> Mapping[str, Any] | None:
    """Return the endpoint that an item means: its own, or else one to adopt, private DNS names before none."""
    inside = [one for one in entries if item.get("vpc_id") in (None, one["VpcId"])]
    named = [one for one in inside if name_of(one) == item["name"]]
    named.sort(key=lambda one: not one.get("PrivateDnsEnabled"))
    if not item.get("service"):
        return next(iter(named), None)
    service = full_name(item["service"], region, {one["ServiceName"] for one in inside})
    same = [one for one in inside if one["ServiceName"] == service and _type(one) == _type_wanted(item)]
    others = sorted(same, key=lambda one: not one.get("PrivateDnsEnabled")) if item.get("adopt") is not False else []
    return next(iter([*(one for one in named if one in same), *named, *others]), None)


def _rival(match: Mapping[str, Any] | None, item: Item, entries: Sequence[Mapping[str, Any]], region: str) -> str:
    """Return the id of another endpoint, of another name, that has private DNS names of the same service."""
    if not item.get("service") or not is_in_reach(item):
        return ""
    rivals = (
        one["VpcEndpointId"]
        for one in entries
        if one is not match and name_of(one) != item["name"] and one.get("PrivateDnsEnabled")
        if one["VpcId"] == item.get("vpc_id")
        and one["ServiceName"] == full_name(item["service"], region, {one["ServiceName"]})
    )
    return next(rivals, "")


def _grows(item: Item, live: Live | None) -> bool:
    """Tell whether an interface endpoint is to stand in subnets in which it does not."""
    wanted = item.get("subnet_ids")
    if (
        not wanted
        or not item.get("service")
        or _type_wanted(item) != "Interface"
        or is_unknown([wanted, item["service"]])
    ):
        return False
    return live is None or not set(wanted) <= set(live["subnet_ids"])


def _twins(match: Mapping[str, Any], item: Item, entries: Sequence[Mapping[str, Any]]) -> Iterable[Mapping[str, Any]]:
    """Return the other endpoints that were made here under the same name for the same: no traffic needs two."""

    def same(one: Mapping[str, Any]) -> bool:
        alike = all(one.get(member) == match.get(member) for member in ("VpcId", "ServiceName", "VpcEndpointType"))
        return alike and name_of(one) == item["name"] and MADE_HERE.items() <= mapping(one.get("Tags")).items()

    return [one for one in entries if one is not match and same(one)] if same(match) else []


def _type(entry: Mapping[str, Any]) -> str:
    return str(entry.get("VpcEndpointType") or "Gateway")


def _type_wanted(item: Item) -> str:
    return str(item.get("endpoint_type") or "Interface")


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
    tags = mapping(entry.get("Tags"))
    ours = values["name"] == name_of(entry)
    standing = Standing(ours, ours and MADE_HERE.items() <= tags.items(), tags)
    shown = {key: value for key, value in tags.items() if key not in MADE_HERE}
    # Tags of somebody else's are neither overwritten nor removed, so they are none to compare.
    return Live(values, shown if ours else None, _phase(entry), raw=standing)


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


MANUAL = Manual(
    short="Manage VPC endpoints of AWS services",
    about=(
        (
            "Creates, changes and deletes gateway and interface endpoints. Subnets, security "
            "groups, route tables, policy and private DNS converge."
        ),
        (
            "An endpoint is found by its tag C(Name). One of another name that serves the same "
            "service in the VPC belongs to somebody else; it is refused, or added to where "
            "O(adopt) says so. What was not made here is never deleted."
        ),
        (
            "To have an endpoint of somebody else managed whole, give it the name in its tag "
            "C(Name), for example with C(aws ec2 create-tags). From then on its subnets, security "
            "groups, route tables, policy and private DNS converge."
        ),
        (
            "All services that the region offers no endpoint for are named before anything is "
            "made. A subnet in a zone in which AWS has no endpoints of the service is left out; "
            "where no subnet is left, the task is refused."
        ),
        (
            "Uses C(ec2:DescribeVpcEndpoints), C(ec2:DescribeVpcEndpointServices), "
            "C(ec2:DescribeSubnets), C(ec2:CreateVpcEndpoint), C(ec2:ModifyVpcEndpoint), "
            "C(ec2:DeleteVpcEndpoints), C(ec2:CreateTags) and C(ec2:DeleteTags)."
        ),
    ),
    examples="""
- name: An endpoint for the API of RDS
  dataai.platform.vpc_endpoint:
    name: vpce-acme-app-prod-euc2-aurora
    vpc_id: vpc-0123456789abcdef0
    service: rds
    subnet_ids: [subnet-0123456789abcdef0, subnet-0123456789abcdef1]
    security_group_ids: [sg-0123456789abcdef0]
    private_dns_enabled: true
""",
    sample={
        "vpce-acme-app-prod-euc2-aurora": {"id": "vpce-0123456789abcdef0", "service": "com.amazonaws.eu-central-2.rds"}
    },
    tags="The tag C(Name) is always C(name).",
)
