# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Network ACLs with their entries and the subnets that they guard, and the VPC's default one, which can be closed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from ..aws.ec2 import (
    IN_VPC,
    PROTOCOLS_SAID,
    SPREADING,
    WHOLE,
    by_name,
    is_held,
    is_in_reach,
    listed,
    live_with_twins,
    name_of,
    name_problems,
    network,
    network_problem,
    once_known,
    tag_specification,
    zones_of,
)
from ..aws.forms import SUBNET
from ..aws.patience import patiently
from ..aws.session import Aws
from ..aws.tags import EC2, EC2_TAGS, mapping
from ..core.errors import Failure, Missing
from ..core.kind import Delta, Field, Item, Kind, Live, Manual
from ..core.values import UNKNOWN, sort_key, unordered

#: Names the ACL that AWS makes with a VPC, and that guards every subnet which has no other.
DEFAULT = "default"

#: AWS knows protocols by number here.
PROTOCOLS = {"all": "-1", "tcp": "6", "udp": "17", "icmp": "1", "icmpv6": "58"}

#: The rule that AWS puts at the end of each direction: deny all. It cannot be changed.
LAST_RULE = 32767

_ENTRY = (
    Field(
        "rule_number",
        "Place of the rule, 1-32766; lower ones are looked at first.",
        type="int",
        required=True,
        minimum=1,
        maximum=LAST_RULE - 1,
    ),
    Field("action", "What happens to the traffic.", choices=("allow", "deny"), default="allow", property="RuleAction"),
    Field("protocol", "Protocol, C(tcp), C(udp), C(icmp), C(icmpv6), a number, or C(-1) for all.", default="tcp"),
    Field(
        "cidr", "The network at the other end, IPv4 or IPv6, without host bits.", required=True, property="CidrBlock"
    ),
    Field(
        "from_port",
        "Lowest port (0-65535). C(to_port) where left out.",
        type="int",
        minimum=0,
        maximum=65535,
        property="PortRange.From",
    ),
    Field(
        "to_port",
        "Highest port (0-65535). C(from_port) where left out.",
        type="int",
        minimum=0,
        maximum=65535,
        property="PortRange.To",
    ),
    Field("icmp_type", "ICMP type, all where left out.", type="int", minimum=-1, maximum=255, property="Icmp.Type"),
    Field("icmp_code", "ICMP code, all where left out.", type="int", minimum=-1, maximum=255, property="Icmp.Code"),
)


def normal_entries(entries: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return entries in AWS's spelling, ordered by number."""
    return sorted((_normal(entry) for entry in entries), key=sort_key)


def _normal(entry: Mapping[str, Any]) -> dict[str, Any]:
    protocol = _protocol(entry)
    normal = {
        "rule_number": int(entry["rule_number"]),
        "action": entry.get("action") or "allow",
        "protocol": protocol,
        "cidr": network(entry["cidr"]),
    }
    if protocol in ("6", "17"):
        low, high = entry.get("from_port"), entry.get("to_port")
        normal["from_port"] = high if low is None else low
        normal["to_port"] = low if high is None else high
    if protocol in ("1", "58"):
        normal["icmp_type"] = -1 if entry.get("icmp_type") is None else entry["icmp_type"]
        normal["icmp_code"] = -1 if entry.get("icmp_code") is None else entry["icmp_code"]
    return normal


def _protocol(entry: Mapping[str, Any]) -> str:
    protocol = str(entry.get("protocol") or "tcp").strip().lower()
    return PROTOCOLS.get(protocol, str(int(protocol)) if protocol.isdecimal() else protocol)


class NetworkAcl(Kind[Aws]):
    """A network ACL, found by its tag ``Name`` in its VPC. A direction whose entries are given holds no others.

    The one named ``default`` is the one that AWS made with the VPC.
    """

    type = "network_acl"
    noun = "network ACL"
    aws_type = "AWS::EC2::NetworkAcl"
    fields = (
        Field(
            "name",
            "Name of the ACL, kept in its tag C(Name), at most 255 characters; or V(default).",
            max_length=256,
            property="Tags[].Value",
        ),
        IN_VPC,
        *(
            Field(
                name,
                f"What may {what}. The list is the whole truth; AWS denies the rest.",
                type="list",
                elements="dict",
                options=_ENTRY,
                normalise=normal_entries,
                property="AWS::EC2::NetworkAclEntry",
            )
            for name, what in {"ingress": "come in", "egress": "go out"}.items()
        ),
        Field(
            "subnet_ids",
            (
                "Ids of the subnets that it guards, the whole truth.",
                "A subnet that is left out afterwards goes back to the VPC's default ACL.",
            ),
            type="list",
            elements="str",
            normalise=unordered,
            form=SUBNET,
            property="AWS::EC2::SubnetNetworkAclAssociation.SubnetId",
        ),
    )
    tag_limits = EC2_TAGS
    outputs = ("id",)

    def problems(self, item: Item) -> Iterable[str]:
        """Check numbers, networks and ports."""
        if item["name"] != DEFAULT:
            yield from name_problems(item)
        elif not item.get("vpc_id"):
            yield "vpc_id is required; every VPC has a default network ACL"
        elif item.get("subnet_ids") is not None:
            yield "subnet_ids does not apply to the default network ACL, which guards what no other one does"
        for direction in ("ingress", "egress"):
            seen = set()
            for entry in item.get(direction) or ():
                number = entry["rule_number"]
                if number in seen:
                    yield f"{direction} has rule_number {number} twice"
                seen.add(number)
                for text in _entry_problems(entry):
                    yield f"{direction} rule {number}: {text}"

    def read(self, aws: Aws, items: Sequence[Item], *, everything: bool = False) -> dict[str, Live]:
        """List by name, and the default ones by their VPC. A VPC that is yet to be made will have one."""
        named = [item for item in items if item["name"] != DEFAULT]
        found = {}
        if named or everything:
            listing = ("describe_network_acls", "NetworkAcls")
            entries = by_name(aws, *listing, named, everything=everything, idle=lambda one: not one.get("Associations"))
            found = {name: live_with_twins(entry, _live) for name, entry in entries.items()}
        for item in items:
            live = _default(aws, item) if item["name"] == DEFAULT and item.get("vpc_id") else None
            if live:
                found[DEFAULT] = live
        return found

    def differences(self, want: Item, live: Live) -> dict[str, tuple[Any, Any]]:
        """Compare; the default ACL of a VPC that is yet to be made is in that VPC by definition."""
        found = super().differences(want, live)
        return {name: pair for name, pair in found.items() if name != "vpc_id" or is_in_reach(want)}

    def blockers(self, want: Item, live: Live | None, *, absent: bool) -> Iterable[str]:
        """AWS makes and deletes the default ACL with its VPC."""
        if want["name"] != DEFAULT:
            return
        if absent and live is not None:
            yield "network ACL default: AWS deletes it with its VPC and in no other way; leave it out here"
        if not absent and live is None:
            yield f"network ACL default: VPC {want.get('vpc_id')} does not exist"

    def create(self, aws: Aws, want: Item) -> bool:
        """Create the ACL; entries and subnets follow once AWS shows it."""
        tags = tag_specification("network-acl", want.get("tags"), want["name"])
        aws.service("ec2").create_network_acl(VpcId=want["vpc_id"], **tags)
        return True

    def update(self, aws: Aws, want: Item, live: Live, delta: Delta) -> None:
        """Set the entries before the ACL guards a subnet; a new ACL denies everything."""
        if want["name"] == DEFAULT and delta.any("ingress", "egress"):
            _refuse_to_cut_off(aws, live)
        for direction in ("ingress", "egress"):
            if direction in delta:
                self._enter(aws, live["id"], live[direction], normal_entries(want[direction]), direction == "egress")
        if "subnet_ids" in delta:
            self._guard(aws, live["id"], set(want["subnet_ids"]) - set(live["subnet_ids"]))
            self._release(aws, live, set(live["subnet_ids"]) - set(want["subnet_ids"]))

    @staticmethod
    def _enter(
        aws: Aws, acl: str, live: Iterable[Mapping[str, Any]], wanted: Iterable[Mapping[str, Any]], egress: bool
    ) -> None:
        ec2 = aws.service("ec2")
        old, new = ({entry["rule_number"]: entry for entry in entries} for entries in (live, wanted))
        for number, entry in sorted(new.items()):
            if number not in old:
                once_known(partial(ec2.create_network_acl_entry, NetworkAclId=acl, Egress=egress, **_wire(entry)))
            elif old[number] != entry:
                ec2.replace_network_acl_entry(NetworkAclId=acl, Egress=egress, **_wire(entry))
        for number in sorted(old.keys() - new.keys()):
            ec2.delete_network_acl_entry(NetworkAclId=acl, Egress=egress, RuleNumber=number)

    @staticmethod
    def _guard(aws: Aws, acl: str, subnets: Iterable[str]) -> None:
        """Take subnets over from the ACL that guards them now; every subnet has exactly one.

        The id of what ties them together changes with each move, so who lost it to another mover looks again.
        """
        for subnet in sorted(subnets):
            once_known(partial(_move, aws, acl, subnet))

    def _release(self, aws: Aws, live: Live, subnets: Iterable[str]) -> None:
        """Give those subnets that the ACL still guards back to the default ACL of the VPC."""
        still = sorted(_guarded(_look(aws, live["id"])).keys() & set(subnets))
        if still:
            of_vpc = {"vpc-id": live["vpc_id"], "default": "true"}
            default = next(listed(aws, "describe_network_acls", "NetworkAcls", of_vpc))
            self._guard(aws, default["NetworkAclId"], still)

    def delete(self, aws: Aws, want: Item, live: Live) -> None:
        """Delete the ACL. Subnets that it guards keep it, but for those that the item names: the default one gets them.

        Raises:
            Failure: it guards others, so it stays.
        """
        delete = partial(aws.service("ec2").delete_network_acl, NetworkAclId=live["id"])
        try:
            delete()
        except Failure as failure:
            if not is_held(failure):
                raise
            guarded = _guarded(_look(aws, live["id"])).keys()
            foreign = sorted(zones_of(aws, guarded - set(want.get("subnet_ids") or ())))
            if foreign:
                hint = "give them another network ACL, or name them in subnet_ids to leave them to the default one"
                raise Failure(failure.what, f"it guards {', '.join(foreign)}", next_step=hint) from None
            self._release(aws, live, guarded)
            try:
                patiently(delete, ("DependencyViolation", ""), seconds=SPREADING)
            except Failure:
                self._guard(aws, live["id"], guarded)
                raise

    def retag(self, aws: Aws, live: Live, add: Mapping[str, str], remove: Sequence[str]) -> None:
        """Tag by id."""
        EC2.apply(aws, live["id"], add, remove)


def _look(aws: Aws, acl: str) -> dict[str, Any]:
    """Return an ACL as it is now; empty where it is gone."""
    try:
        return next(aws.service("ec2").pages("describe_network_acls", "NetworkAcls", NetworkAclIds=[acl]), {})
    except Missing:
        return {}


def _guarded(entry: Mapping[str, Any]) -> dict[str, str]:
    """Return the subnets of an ACL with the ids of what ties them to it."""
    return {one["SubnetId"]: one["NetworkAclAssociationId"] for one in entry.get("Associations") or ()}


def _move(aws: Aws, acl: str, subnet: str) -> None:
    for entry in listed(aws, "describe_network_acls", "NetworkAcls", {"association.subnet-id": subnet}):
        association = _guarded(entry).get(subnet)
        if association and entry["NetworkAclId"] != acl:
            aws.service("ec2").replace_network_acl_association(AssociationId=association, NetworkAclId=acl)


def _live(entry: Mapping[str, Any]) -> Live:
    values = {
        "name": DEFAULT if entry.get("IsDefault") else name_of(entry),
        "id": entry["NetworkAclId"],
        "vpc_id": entry["VpcId"],
        "ingress": _entries(entry.get("Entries") or (), egress=False),
        "egress": _entries(entry.get("Entries") or (), egress=True),
        "subnet_ids": sorted(_guarded(entry)),
    }
    return Live(values, mapping(entry.get("Tags")))


def _default(aws: Aws, item: Item) -> Live | None:
    if not is_in_reach(item):
        return _born_with_vpc(item)
    of_vpc = {"vpc-id": item["vpc_id"], "default": "true"}
    entry = next(listed(aws, "describe_network_acls", "NetworkAcls", of_vpc), None)
    return _live(entry) if entry else None


def _born_with_vpc(item: Item) -> Live:
    """Return the default ACL as AWS makes it with a VPC: open in both directions."""
    anywhere = normal_entries([{"rule_number": 100, "protocol": "-1", "cidr": "0.0.0.0/0"}])
    values = {"name": DEFAULT, "id": UNKNOWN, "vpc_id": item["vpc_id"], "subnet_ids": []}
    return Live({**values, "ingress": anywhere, "egress": anywhere}, {})


def _refuse_to_cut_off(aws: Aws, live: Live) -> None:
    """Refuse to change the default ACL under subnets that nobody gave an ACL of their own.

    Raises:
        Failure: it guards subnets.
    """
    foreign = sorted(zones_of(aws, _guarded(_look(aws, live["id"]))))
    if foreign:
        what = f"network ACL {DEFAULT} of {live['vpc_id']}"
        hint = "give them a network ACL of their own first"
        raise Failure(what, f"it guards {', '.join(foreign)}, which the change could cut off", next_step=hint)


def _entries(entries: Iterable[Mapping[str, Any]], *, egress: bool) -> list[dict[str, Any]]:
    return normal_entries(
        {
            "rule_number": entry["RuleNumber"],
            "action": entry["RuleAction"],
            "protocol": entry["Protocol"],
            "cidr": entry.get("CidrBlock") or entry.get("Ipv6CidrBlock"),
            "from_port": (entry.get("PortRange") or {}).get("From"),
            "to_port": (entry.get("PortRange") or {}).get("To"),
            "icmp_type": (entry.get("IcmpTypeCode") or {}).get("Type"),
            "icmp_code": (entry.get("IcmpTypeCode") or {}).get("Code"),
        }
        for entry in entries
        if bool(entry["Egress"]) is egress and int(entry["RuleNumber"]) < LAST_RULE
    )


def _wire(entry: Mapping[str, Any]) -> dict[str, Any]:
    request = {
        "RuleNumber": entry["rule_number"],
        "RuleAction": entry["action"],
        "Protocol": entry["protocol"],
        "Ipv6CidrBlock" if ":" in entry["cidr"] else "CidrBlock": entry["cidr"],
    }
    if "from_port" in entry:
        request["PortRange"] = {"From": entry["from_port"], "To": entry["to_port"]}
    if "icmp_type" in entry:
        request["IcmpTypeCode"] = {"Type": entry["icmp_type"], "Code": entry["icmp_code"]}
    return request


def _entry_problems(entry: Mapping[str, Any]) -> Iterable[str]:
    wrong = network_problem(entry["cidr"])
    if wrong:
        yield f"cidr is {wrong}"
    protocol, low, high = _protocol(entry), entry.get("from_port"), entry.get("to_port")
    if protocol != "-1" and not (protocol.isdecimal() and int(protocol) <= 255):
        yield f"protocol is '{entry.get('protocol')}'; it must be {PROTOCOLS_SAID}"
    if protocol in ("6", "17"):
        yield from _port_problems(low, high)
    elif (low, high) not in WHOLE:
        yield "from_port and to_port apply to protocols tcp and udp only; icmp has icmp_type and icmp_code"
    yield from _type_problems(protocol, entry.get("icmp_type"), entry.get("icmp_code"))


def _port_problems(low: int | None, high: int | None) -> Iterable[str]:
    if low is None and high is None:
        yield "from_port is required for protocols tcp and udp"
        return
    low, high = high if low is None else low, low if high is None else high
    if low is None or high is None or not 0 <= low <= high <= 65535:
        yield f"from_port {low} and to_port {high} must be a range within 0-65535"


def _type_problems(protocol: str, kind: int | None, code: int | None) -> Iterable[str]:
    if kind is None and code is None:
        return
    kind, code = (-1 if value is None else value for value in (kind, code))
    if protocol not in ("1", "58"):
        yield "icmp_type and icmp_code apply to protocols icmp and icmpv6 only"
    elif not (-1 <= kind <= 255 and -1 <= code <= 255):
        yield f"icmp_type {kind} and icmp_code {code} must be 0-255 each, or -1 for all"
    elif kind == -1 and code != -1:
        yield f"icmp_code {code} needs its icmp_type"


MANUAL = Manual(
    short="Manage network ACLs, their entries and subnets",
    about=(
        "Creates, changes and deletes network ACLs. An ACL is found by its tag C(Name) in its VPC.",
        "ACLs are stateless, so what answers to allowed traffic has to be allowed too.",
        (
            "The one named V(default) is the VPC's default ACL. It can be closed by empty lists, "
            "unless it guards subnets, which that would cut off; AWS alone makes and deletes it."
        ),
        (
            "An ACL that guards subnets is deleted where the item names them all, and then they "
            "go to the default one. Otherwise it stays, and so do they."
        ),
        (
            "Uses C(ec2:DescribeNetworkAcls), C(ec2:DescribeSubnets), C(ec2:CreateNetworkAcl), "
            "C(ec2:CreateNetworkAclEntry), C(ec2:ReplaceNetworkAclEntry), "
            "C(ec2:DeleteNetworkAclEntry), C(ec2:ReplaceNetworkAclAssociation), "
            "C(ec2:DeleteNetworkAcl), C(ec2:CreateTags) and C(ec2:DeleteTags)."
        ),
    ),
    examples="""
- name: Isolated subnets talk to the VPC alone
  dataai.platform.network_acl:
    name: nacl-acme-app-prod-euc2-isolated
    vpc_id: vpc-0123456789abcdef0
    ingress:
      - {rule_number: 100, protocol: "-1", cidr: 10.0.0.0/16}
    egress:
      - {rule_number: 100, protocol: "-1", cidr: 10.0.0.0/16}
    subnet_ids: [subnet-0123456789abcdef0]
""",
    sample={
        "nacl-acme-app-prod-euc2-isolated": {"id": "acl-0123456789abcdef0", "subnet_ids": ["subnet-0123456789abcdef0"]}
    },
    tags="The tag C(Name) is always C(name), but for the default ACL, where it is yours.",
)
