# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Network ACLs with their entries and the subnets that they guard."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from ipaddress import ip_network
from typing import Any

from ..aws.ec2 import by_name, listed, live_with_twins, name_of, name_problems, tag_specification
from ..aws.forms import SUBNET, VPC
from ..aws.session import Aws
from ..aws.tags import EC2, EC2_TAGS, mapping
from ..core.kind import Delta, Field, Item, Kind, Live
from ..core.values import sort_key, unordered

#: AWS knows protocols by number here.
PROTOCOLS = {"all": "-1", "tcp": "6", "udp": "17", "icmp": "1", "icmpv6": "58"}

#: The rule that AWS puts at the end of each direction: deny all. It cannot be changed.
LAST_RULE = 32767

_ENTRY = (
    Field("rule_number", type="int", required=True, minimum=1, maximum=LAST_RULE - 1),
    Field("action", choices=("allow", "deny"), default="allow", property="RuleAction"),
    Field("protocol", default="tcp"),
    Field("cidr", required=True, property="CidrBlock"),
    Field("from_port", type="int", minimum=0, maximum=65535, property="PortRange.From"),
    Field("to_port", type="int", minimum=0, maximum=65535, property="PortRange.To"),
    Field("icmp_type", type="int", minimum=-1, maximum=255, property="Icmp.Type"),
    Field("icmp_code", type="int", minimum=-1, maximum=255, property="Icmp.Code"),
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
        "cidr": str(entry["cidr"]),
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
    protocol = str(entry.get("protocol") or "tcp").lower()
    return PROTOCOLS.get(protocol, protocol)


class NetworkAcl(Kind[Aws]):
    """A network ACL, found by its tag ``Name`` in its VPC. A direction whose entries are given holds no others."""

    type = "network_acl"
    noun = "network ACL"
    aws_type = "AWS::EC2::NetworkAcl"
    fields = (
        Field("name", max_length=256, property="Tags[].Value"),
        Field("vpc_id", required=True, immutable=True, form=VPC),
        *(
            Field(
                name,
                type="list",
                elements="dict",
                options=_ENTRY,
                normalise=normal_entries,
                property="AWS::EC2::NetworkAclEntry",
            )
            for name in ("ingress", "egress")
        ),
        Field(
            "subnet_ids",
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
        yield from name_problems(item)
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
        """List by name."""
        listing = ("describe_network_acls", "NetworkAcls")
        entries = by_name(aws, *listing, items, everything=everything, idle=lambda entry: not entry.get("Associations"))
        return {name: live_with_twins(entry, _live) for name, entry in entries.items()}

    def create(self, aws: Aws, want: Item) -> bool:
        """Create the ACL; entries and subnets follow once AWS shows it."""
        tags = tag_specification("network-acl", want.get("tags"), want["name"])
        aws.service("ec2").create_network_acl(VpcId=want["vpc_id"], **tags)
        return True

    def update(self, aws: Aws, want: Item, live: Live, delta: Delta) -> None:
        """Set the entries before the ACL guards a subnet; a new ACL denies everything."""
        for direction in ("ingress", "egress"):
            if direction in delta:
                self._enter(aws, live["id"], live[direction], normal_entries(want[direction]), direction == "egress")
        if "subnet_ids" in delta:
            self._guard(aws, live["id"], set(want["subnet_ids"]) - live.raw.keys())
            self._release(aws, live, live.raw.keys() - set(want["subnet_ids"]))

    @staticmethod
    def _enter(
        aws: Aws, acl: str, live: Iterable[Mapping[str, Any]], wanted: Iterable[Mapping[str, Any]], egress: bool
    ) -> None:
        ec2 = aws.service("ec2")
        old, new = ({entry["rule_number"]: entry for entry in entries} for entries in (live, wanted))
        for number, entry in sorted(new.items()):
            if number not in old:
                ec2.create_network_acl_entry(NetworkAclId=acl, Egress=egress, **_wire(entry))
            elif old[number] != entry:
                ec2.replace_network_acl_entry(NetworkAclId=acl, Egress=egress, **_wire(entry))
        for number in sorted(old.keys() - new.keys()):
            ec2.delete_network_acl_entry(NetworkAclId=acl, Egress=egress, RuleNumber=number)

    @staticmethod
    def _guard(aws: Aws, acl: str, subnets: set[str]) -> None:
        """Take subnets over from the ACL that guards them now; every subnet has exactly one."""
        if not subnets:
            return
        now = {
            one["SubnetId"]: one["NetworkAclAssociationId"]
            for entry in listed(aws, "describe_network_acls", "NetworkAcls", {"association.subnet-id": subnets})
            for one in entry.get("Associations") or ()
        }
        for subnet in sorted(subnets & now.keys()):
            aws.service("ec2").replace_network_acl_association(AssociationId=now[subnet], NetworkAclId=acl)

    @staticmethod
    def _release(aws: Aws, live: Live, subnets: Iterable[str]) -> None:
        """Give subnets back to the default ACL of the VPC."""
        leaving = sorted(subnets)
        if not leaving:
            return
        of_vpc = {"vpc-id": live["vpc_id"], "default": "true"}
        default = next(listed(aws, "describe_network_acls", "NetworkAcls", of_vpc))
        for subnet in leaving:
            aws.service("ec2").replace_network_acl_association(
                AssociationId=live.raw[subnet], NetworkAclId=default["NetworkAclId"]
            )

    def delete(self, aws: Aws, want: Item, live: Live) -> None:
        """Give the subnets back and delete the ACL."""
        self._release(aws, live, live.raw)
        aws.service("ec2").delete_network_acl(NetworkAclId=live["id"])

    def retag(self, aws: Aws, live: Live, add: Mapping[str, str], remove: Sequence[str]) -> None:
        """Tag by id."""
        EC2.apply(aws, live["id"], add, remove)


def _live(entry: Mapping[str, Any]) -> Live:
    guarded = {one["SubnetId"]: one["NetworkAclAssociationId"] for one in entry.get("Associations") or ()}
    values = {
        "name": name_of(entry),
        "id": entry["NetworkAclId"],
        "vpc_id": entry["VpcId"],
        "ingress": _entries(entry.get("Entries") or (), egress=False),
        "egress": _entries(entry.get("Entries") or (), egress=True),
        "subnet_ids": sorted(guarded),
    }
    return Live(values, mapping(entry.get("Tags")), raw=guarded)


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
    try:
        ip_network(str(entry["cidr"]))
    except ValueError as error:
        yield f"cidr is '{entry['cidr']}', which is no network: {error}"
    low, high = entry.get("from_port"), entry.get("to_port")
    if _protocol(entry) not in ("6", "17"):
        return
    if low is None and high is None:
        yield "from_port is required for protocols tcp and udp"
    elif not 0 <= (high if low is None else low) <= (low if high is None else high) <= 65535:
        yield f"from_port {low} and to_port {high} must be a range within 0-65535"
