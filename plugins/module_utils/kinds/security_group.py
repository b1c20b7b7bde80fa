# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Security groups with all their rules, and the VPC's default group, which is adopted and can be closed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from ipaddress import ip_network
from typing import Any

from ..aws.ec2 import LETTING_GO, in_chunks, is_in_reach, listed, tag_specification
from ..aws.forms import GROUP_TEXT, PREFIX_LIST, SECURITY_GROUP, VPC
from ..aws.patience import patiently
from ..aws.session import Aws
from ..aws.tags import EC2, EC2_TAGS, mapping
from ..core.errors import Exists, Failure
from ..core.kind import Delta, Field, Form, Item, Kind, Live
from ..core.values import UNKNOWN, sort_key

DEFAULT = "default"
Rule = Mapping[str, Any]

#: Every rule has a source (or destination) of one of these sorts: option to (member of IpPermission, its value's name).
PEERS = {
    "cidrs": ("IpRanges", "CidrIp"),
    "cidrs_v6": ("Ipv6Ranges", "CidrIpv6"),
    "source_group_ids": ("UserIdGroupPairs", "GroupId"),
    "prefix_list_ids": ("PrefixListIds", "PrefixListId"),
}

#: AWS answers names for these protocol numbers.
PROTOCOLS = {"all": "-1", "6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6"}

_NAME = Form(rf"(?!sg-){GROUP_TEXT.pattern}", f"{GROUP_TEXT.words}, and not begin with sg-")


def _rule(peer: str) -> tuple[Field, ...]:
    """Return the options of a rule; AWS's schema calls the other side Source or Destination."""
    return (
        Field("protocol", default="tcp", property="IpProtocol"),
        Field("from_port", type="int", minimum=-1, maximum=65535),
        Field("to_port", type="int", minimum=-1, maximum=65535),
        Field("cidrs", type="list", elements="str", property="CidrIp"),
        Field("source_group_ids", type="list", elements="str", form=SECURITY_GROUP, property=f"{peer}SecurityGroupId"),
        Field("prefix_list_ids", type="list", elements="str", form=PREFIX_LIST, property=f"{peer}PrefixListId"),
        Field("description", form=GROUP_TEXT, max_length=255),
    )


def single_rules(rules: Iterable[Rule]) -> list[dict[str, Any]]:
    """Return rules with one source each, in AWS's spelling and order, which is how they are compared."""
    return sorted((one for rule in rules for one in _split(rule)), key=sort_key)


def _split(rule: Rule) -> Iterable[dict[str, Any]]:
    protocol = str(rule.get("protocol") or "tcp").lower()
    protocol = PROTOCOLS.get(protocol, protocol)
    shared: dict[str, Any] = {"protocol": protocol, "description": rule.get("description") or ""}
    if protocol != "-1":
        low, high = rule.get("from_port"), rule.get("to_port")
        shared["from_port"] = high if low is None else low
        shared["to_port"] = low if high is None else high
    for option in ("cidrs", "source_group_ids", "prefix_list_ids"):
        for peer in rule.get(option) or ():
            yield {**shared, option: [_network(peer) if option == "cidrs" else peer]}


def _network(cidr: str) -> str:
    """Return a CIDR as AWS stores it, or unchanged where it is none (``problems`` has named it then)."""
    try:
        return str(ip_network(cidr, strict=False))
    except ValueError:
        return cidr


def _live_rules(permissions: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    found = []
    for entry in permissions:
        shared = {"protocol": entry["IpProtocol"], "from_port": entry.get("FromPort"), "to_port": entry.get("ToPort")}
        for option, (member, value) in PEERS.items():
            for peer in entry.get(member) or ():
                name = "cidrs" if option == "cidrs_v6" else option
                found.append({**shared, name: [peer[value]], "description": peer.get("Description")})
    return single_rules(found)


def _permission(rule: Rule) -> dict[str, Any]:
    """Return a single rule as the API takes it."""
    entry: dict[str, Any] = {"IpProtocol": rule["protocol"]}
    if "from_port" in rule:
        entry.update(FromPort=rule["from_port"], ToPort=rule["to_port"])
    option = next(name for name in ("cidrs", "source_group_ids", "prefix_list_ids") if name in rule)
    peer = rule[option][0]
    member, value = PEERS["cidrs_v6" if option == "cidrs" and ":" in peer else option]
    description = {"Description": rule["description"]} if rule["description"] else {}
    return {**entry, member: [{value: peer, **description}]}


def _identity(rule: Rule) -> str:
    """Return what AWS tells two rules apart by: all but the description."""
    return sort_key({name: value for name, value in rule.items() if name != "description"})


class SecurityGroup(Kind[Aws]):
    """A security group. A direction whose rules are given holds these rules and no others."""

    type = "security_group"
    noun = "security group"
    aws_type = "AWS::EC2::SecurityGroup"
    fields = (
        Field("name", form=_NAME, max_length=255, property="GroupName"),
        Field("vpc_id", immutable=True, required=True, form=VPC),
        Field(
            "description", immutable=True, required=True, form=GROUP_TEXT, max_length=255, property="GroupDescription"
        ),
        Field(
            "ingress",
            type="list",
            elements="dict",
            options=_rule("Source"),
            normalise=single_rules,
            property="SecurityGroupIngress",
        ),
        Field(
            "egress",
            type="list",
            elements="dict",
            options=_rule("Destination"),
            normalise=single_rules,
            property="SecurityGroupEgress",
        ),
    )
    tag_limits = EC2_TAGS
    outputs = ("id",)

    def problems(self, item: Item) -> Iterable[str]:
        """Check ports and sources."""
        for direction in ("ingress", "egress"):
            for number, rule in enumerate(item.get(direction) or (), 1):
                for text in _rule_problems(rule):
                    yield f"{direction} rule {number}: {text}"

    def read(self, aws: Aws, items: Sequence[Item], *, everything: bool = False) -> dict[str, Live]:
        """List by name and VPC. A VPC that is yet to be made will have its default group."""
        wanted = {item["name"]: item.get("vpc_id") for item in items if is_in_reach(item)}
        found: dict[str, Live] = {
            item["name"]: _born_with_vpc(item) for item in items if item["name"] == DEFAULT and not is_in_reach(item)
        }
        for names in [None] if everything else in_chunks(wanted):
            vpcs = {vpc for vpc in wanted.values() if vpc}
            chosen = {"group-name": names, "vpc-id": vpcs if all(wanted.values()) else None}
            for group in listed(aws, "describe_security_groups", "SecurityGroups", chosen):
                self._add(found, group, wanted)
        return found

    def _add(self, found: dict[str, Live], group: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
        name = group["GroupName"]
        if wanted.get(name) and wanted[name] != group.get("VpcId"):
            return
        if name in found and name in wanted:
            raise Failure(
                f"{self.noun} {name}", "several VPCs have a group of this name", next_step="give vpc_id as well"
            )
        found[name] = Live(_values(group), mapping(group.get("Tags")))

    def differences(self, want: Item, live: Live) -> dict[str, tuple[Any, Any]]:
        """Compare; the default group of a VPC that is yet to be made is in that VPC by definition."""
        found = super().differences(want, live)
        return {name: pair for name, pair in found.items() if name != "vpc_id" or is_in_reach(want)}

    def blockers(self, want: Item, live: Live | None, *, absent: bool) -> Iterable[str]:
        """AWS makes and deletes the default group with its VPC."""
        if want["name"] == DEFAULT and absent and live is not None:
            yield "security group default: AWS deletes it with its VPC and in no other way; leave it out here"
        if want["name"] == DEFAULT and not absent and live is None:
            yield f"security group default: VPC {want.get('vpc_id')} does not exist"

    def create(self, aws: Aws, want: Item) -> bool:
        """Create the group without rules of ours; they follow once AWS shows the group everywhere."""
        request = {"GroupName": want["name"], "Description": want["description"], "VpcId": want["vpc_id"]}
        try:
            aws.service("ec2").create_security_group(**request, **tag_specification("security-group", want.get("tags")))
        except Exists:  # made between our look and now, or an earlier attempt whose answer was lost
            return True
        return True

    def update(self, aws: Aws, want: Item, live: Live, delta: Delta) -> None:
        """Allow what is new before what is gone is forbidden, so that nothing is cut off meanwhile."""
        for direction in ("ingress", "egress"):
            if direction in delta:
                old = {_identity(rule): rule for rule in live[direction]}
                new = {_identity(rule): rule for rule in single_rules(want[direction])}
                self._change(aws, live["id"], direction, old, new)

    @staticmethod
    def _change(aws: Aws, group: str, direction: str, old: Mapping[str, Rule], new: Mapping[str, Rule]) -> None:
        ec2 = aws.service("ec2")
        calls = {
            f"authorize_security_group_{direction}": [rule for key, rule in new.items() if key not in old],
            f"update_security_group_rule_descriptions_{direction}": [
                rule for key, rule in new.items() if key in old and old[key] != rule
            ],
            f"revoke_security_group_{direction}": [rule for key, rule in old.items() if key not in new],
        }
        for operation, rules in calls.items():
            if rules:
                getattr(ec2, operation)(GroupId=group, IpPermissions=[_permission(rule) for rule in rules])

    def delete(self, aws: Aws, want: Item, live: Live) -> None:
        """Delete the group, its rules first: AWS refuses while an interface or the rule of another group uses it."""
        ec2 = aws.service("ec2")
        if live["ingress"]:
            ec2.revoke_security_group_ingress(
                GroupId=live["id"], IpPermissions=[_permission(rule) for rule in live["ingress"]]
            )
        patiently(
            lambda: ec2.delete_security_group(GroupId=live["id"]), ("DependencyViolation", ""), seconds=LETTING_GO
        )

    def retag(self, aws: Aws, live: Live, add: Mapping[str, str], remove: Sequence[str]) -> None:
        """Tag by id."""
        EC2.apply(aws, live["id"], add, remove)


def _values(group: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": group["GroupName"],
        "id": group["GroupId"],
        "vpc_id": group.get("VpcId"),
        "description": group["Description"],
        "ingress": _live_rules(group.get("IpPermissions") or ()),
        "egress": _live_rules(group.get("IpPermissionsEgress") or ()),
    }


def _born_with_vpc(item: Item) -> Live:
    """Return the default group as AWS makes it with a VPC: open inside the group and towards everywhere."""
    inside = {"protocol": "-1", "source_group_ids": [UNKNOWN]}
    anywhere = {"protocol": "-1", "cidrs": ["0.0.0.0/0"]}
    values = {
        "name": DEFAULT,
        "id": UNKNOWN,
        "vpc_id": item.get("vpc_id"),
        "description": "default VPC security group",
        "ingress": single_rules([inside]),
        "egress": single_rules([anywhere]),
    }
    return Live(values, {})


def _rule_problems(rule: Rule) -> Iterable[str]:
    if not any(rule.get(option) for option in ("cidrs", "source_group_ids", "prefix_list_ids")):
        yield "cidrs, source_group_ids or prefix_list_ids is required"
    for cidr in rule.get("cidrs") or ():
        try:
            ip_network(cidr)
        except ValueError as error:
            if UNKNOWN not in cidr:
                yield f"cidrs has '{cidr}', which is no network: {error}"
    yield from _port_problems(rule)


def _port_problems(rule: Rule) -> Iterable[str]:
    protocol = PROTOCOLS.get(str(rule.get("protocol") or "tcp").lower(), rule.get("protocol") or "tcp")
    if protocol not in ("tcp", "udp"):
        return
    low, high = rule.get("from_port"), rule.get("to_port")
    if low is None and high is None:
        yield f"from_port is required for protocol {protocol}"
        return
    low, high = high if low is None else low, low if high is None else high
    if not 0 <= low <= high <= 65535:
        yield f"from_port {low} and to_port {high} must be a range within 0-65535"
