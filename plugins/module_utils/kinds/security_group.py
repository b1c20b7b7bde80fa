# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Security groups with all their rules, and the VPC's default group, which is adopted and can be closed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from threading import Lock
from typing import Any

from ..aws.ec2 import (
    PROTOCOLS_SAID,
    WHOLE,
    in_chunks,
    interfaces,
    is_held,
    is_in_reach,
    listed,
    network,
    network_problem,
    once_free,
    once_known,
    tag_specification,
)
from ..aws.forms import GROUP_TEXT, PREFIX_LIST, SECURITY_GROUP, VPC
from ..aws.session import Aws
from ..aws.tags import EC2, EC2_TAGS, mapping
from ..core.errors import Denied, Exists, Failure, Missing, Unsupported
from ..core.kind import Delta, Field, Form, Item, Kind, Live, Manual
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

#: Protocols that AWS answers by name, by number; ``all`` is a word of ours.
PROTOCOLS = {"all": "-1", "6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6"}

#: What the ports of protocols mean: a range of ports, or a type and a code. Others have neither: AWS admits them whole.
PORTS, TYPES = ("tcp", "udp"), ("icmp", "icmpv6")

_NAME = Form(rf"(?!sg-){GROUP_TEXT.pattern}", f"{GROUP_TEXT.words}, and not begin with sg-")


def _rule(peer: str) -> tuple[Field, ...]:
    """Return the options of a rule; AWS's schema calls the other side Source or Destination."""
    return (
        Field(
            "protocol",
            (
                "Protocol, C(tcp), C(udp), C(icmp), C(icmpv6), a number, or C(-1) for all.",
                (
                    "AWS knows ports of the first two and types and codes of the next two. It admits "
                    "other protocols whole."
                ),
            ),
            default="tcp",
            property="IpProtocol",
        ),
        Field(
            "from_port",
            "Lowest port (0-65535), C(to_port) where left out; or ICMP type (0-255), all where left out.",
            type="int",
            minimum=-1,
            maximum=65535,
        ),
        Field(
            "to_port",
            "Highest port (0-65535), C(from_port) where left out; or ICMP code (0-255), all where left out.",
            type="int",
            minimum=-1,
            maximum=65535,
        ),
        Field(
            "cidrs",
            "Networks at the other end, IPv4 or IPv6, without host bits.",
            type="list",
            elements="str",
            property="CidrIp",
        ),
        Field(
            "source_group_ids",
            "Ids of security groups at the other end.",
            type="list",
            elements="str",
            form=SECURITY_GROUP,
            property=f"{peer}SecurityGroupId",
        ),
        Field(
            "prefix_list_ids",
            "Ids of prefix lists at the other end, such as that of a gateway endpoint.",
            type="list",
            elements="str",
            form=PREFIX_LIST,
            property=f"{peer}PrefixListId",
        ),
        Field("description", "What the rule is for, at most 255 characters.", form=GROUP_TEXT, max_length=255),
    )


def single_rules(rules: Iterable[Rule]) -> list[dict[str, Any]]:
    """Return rules with one source each, in AWS's spelling and order, which is how they are compared and sent."""
    singles = [one for rule in rules for one in _split(rule)]
    return [dict(one) for one in {sort_key(one): one for one in sorted(singles, key=sort_key)}.values()]


def _split(rule: Rule) -> Iterable[dict[str, Any]]:
    protocol = _protocol(rule)
    shared: dict[str, Any] = {"protocol": protocol, "description": rule.get("description") or ""}
    shared.update(_range(protocol, rule.get("from_port"), rule.get("to_port")))
    for option in ("cidrs", "source_group_ids", "prefix_list_ids"):
        for peer in rule.get(option) or ():
            yield {**shared, option: [network(peer) if option == "cidrs" else peer]}


def _protocol(rule: Rule) -> str:
    given = str(rule.get("protocol") or "tcp").strip().lower()
    number = str(int(given)) if given.isdecimal() else given
    return PROTOCOLS.get(number, number)


def _range(protocol: str, low: int | None, high: int | None) -> dict[str, Any]:
    """Return the ports, or type and code, that AWS keeps with a rule. A type or code left out is all of them."""
    if protocol in PORTS:
        return {"from_port": high if low is None else low, "to_port": low if high is None else high}
    if protocol in TYPES:
        return {"from_port": -1 if low is None else low, "to_port": -1 if high is None else high}
    return {}


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
        Field(
            "name",
            "Name of the group, unique in its VPC, or V(default).",
            form=_NAME,
            max_length=255,
            property="GroupName",
        ),
        Field("vpc_id", "Id of the VPC. Needed to create the group.", immutable=True, required=True, form=VPC),
        Field(
            "description",
            "What the group is for, at most 255 characters, fixed once it exists. Needed to create the group.",
            immutable=True,
            required=True,
            form=GROUP_TEXT,
            max_length=255,
            property="GroupDescription",
        ),
        Field(
            "ingress",
            (
                "What may come in.",
                "The list is the whole truth; rules that it does not hold are removed. An empty list allows nothing.",
            ),
            type="list",
            elements="dict",
            options=_rule("Source"),
            normalise=single_rules,
            property="SecurityGroupIngress",
        ),
        Field(
            "egress",
            (
                "What may go out.",
                "The list is the whole truth; rules that it does not hold are removed. An empty list allows nothing.",
            ),
            type="list",
            elements="dict",
            options=_rule("Destination"),
            normalise=single_rules,
            property="SecurityGroupEgress",
        ),
    )
    tag_limits = EC2_TAGS
    outputs = ("id",)

    def __init__(self) -> None:
        super().__init__()
        self._going: set[str] = set()
        self._lock = Lock()

    def problems(self, item: Item) -> Iterable[str]:
        """Check ports and sources."""
        for direction in ("ingress", "egress"):
            for number, rule in enumerate(item.get(direction) or (), 1):
                for text in _rule_problems(rule):
                    yield f"{direction} rule {number}: {text}"
            yield from _contradictions(direction, item.get(direction) or ())

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
                permissions = [_permission(rule) for rule in rules]
                once_known(partial(getattr(ec2, operation), GroupId=group, IpPermissions=permissions))

    def delete(self, aws: Aws, want: Item, live: Live) -> bool:
        """Delete the group. Nothing is taken from one that is in use: whoever uses it keeps what it may do.

        Groups that go together may name each other, and then AWS deletes neither. Which ones go is known once each was
        tried, so one that others name is tried again in the next round.
        """
        group = live["id"]
        with self._lock:
            again = group in self._going
            self._going.add(group)
        try:
            return self._delete(aws, group, again)
        except Failure:
            with self._lock:
                self._going.discard(group)
            raise

    def _delete(self, aws: Aws, group: str, again: bool) -> bool:
        def attempt() -> None:
            if again:
                self._part(aws, group)
            aws.service("ec2").delete_security_group(GroupId=group)

        if not again:
            try:
                attempt()
            except Failure as failure:
                if not is_held(failure):
                    raise
                if _naming(aws, [group])[group]:
                    return True
            else:
                return False
        once_free(aws, attempt, group_id=group)
        return False

    def _part(self, aws: Aws, group: str) -> None:
        """Take the rules that name a group from the groups that go with it, unless something keeps one of them.

        Raises:
            Failure: groups that stay name it.
        """
        with self._lock:
            going = set(self._going)
        naming = _naming(aws, going)
        staying = sorted(entry["GroupId"] for entry in naming[group] if entry["GroupId"] not in going)
        if staying:
            why = f"rules of {', '.join(staying)} name it"
            raise Failure(f"ec2:DeleteSecurityGroup {group}", why, next_step="remove those rules first")
        free = _free(aws, going, naming)
        for entry in naming[group] if group in free else ():
            _forget(aws, entry, group)

    def retag(self, aws: Aws, live: Live, add: Mapping[str, str], remove: Sequence[str]) -> None:
        """Tag by id."""
        EC2.apply(aws, live["id"], add, remove)


def _naming(aws: Aws, groups: Iterable[str]) -> dict[str, list[dict[str, Any]]]:
    """Return, for each of some groups, the other groups whose rules name it."""
    found: dict[str, dict[str, Any]] = {}
    for portion in in_chunks(groups):
        for name in ("ip-permission.group-id", "egress.ip-permission.group-id"):
            for entry in listed(aws, "describe_security_groups", "SecurityGroups", {name: portion}):
                found[entry["GroupId"]] = entry
    return {
        group: [entry for key, entry in found.items() if key != group and any(_rules_naming(entry, group).values())]
        for group in groups
    }


def _rules_naming(entry: Mapping[str, Any], group: str) -> dict[str, list[dict[str, Any]]]:
    """Return the rules of a group that name another, by direction."""
    members = {"ingress": "IpPermissions", "egress": "IpPermissionsEgress"}
    return {
        direction: [rule for rule in _live_rules(entry.get(member) or ()) if rule.get("source_group_ids") == [group]]
        for direction, member in members.items()
    }


def _free(aws: Aws, going: set[str], naming: Mapping[str, Sequence[Mapping[str, Any]]]) -> set[str]:
    """Return those of the groups that go that no interface and no group that stays keeps; none if that is not known."""
    try:
        used = {group["GroupId"] for one in interfaces(aws, group_id=going) for group in one.get("Groups") or ()}
    except (Denied, Unsupported):
        return set()
    free = going - used
    while True:
        kept = {group for group in free if any(entry["GroupId"] not in free for entry in naming.get(group, ()))}
        if not kept:
            return free
        free -= kept


def _forget(aws: Aws, entry: Mapping[str, Any], group: str) -> None:
    """Take the rules that name a group from another one, unless they or it are gone."""
    for direction, rules in _rules_naming(entry, group).items():
        if not rules:
            continue
        revoke = getattr(aws.service("ec2"), f"revoke_security_group_{direction}")
        try:
            revoke(GroupId=entry["GroupId"], IpPermissions=[_permission(rule) for rule in rules])
        except Missing:
            continue


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


def _contradictions(direction: str, rules: Sequence[Rule]) -> Iterable[str]:
    """Name rules that are one to AWS and are described in two ways."""
    described: dict[str, set[str]] = {}
    for rule in single_rules(rules):
        described.setdefault(_identity(rule), set()).add(rule["description"])
    for texts in described.values():
        if len(texts) > 1:
            shown = " and ".join(f"'{text}'" for text in sorted(texts))
            yield f"{direction} has a rule twice, described as {shown}; AWS keeps one"


def _rule_problems(rule: Rule) -> Iterable[str]:
    if not any(rule.get(option) for option in ("cidrs", "source_group_ids", "prefix_list_ids")):
        yield "cidrs, source_group_ids or prefix_list_ids is required"
    for cidr in rule.get("cidrs") or ():
        wrong = network_problem(cidr)
        if wrong:
            yield f"cidrs has {wrong}"
    yield from _port_problems(rule)


def _port_problems(rule: Rule) -> Iterable[str]:
    protocol, low, high = _protocol(rule), rule.get("from_port"), rule.get("to_port")
    if protocol in PORTS:
        yield from _port_range_problems(protocol, low, high)
    elif protocol in TYPES:
        yield from _type_problems(protocol, low, high)
    elif protocol != "-1" and not (protocol.isdecimal() and int(protocol) <= 255):
        yield f"protocol is '{rule.get('protocol')}'; it must be {PROTOCOLS_SAID}"
    elif (low, high) not in WHOLE:
        yield f"from_port and to_port do not apply to protocol {protocol}, which AWS admits whole; leave them out"


def _port_range_problems(protocol: str, low: int | None, high: int | None) -> Iterable[str]:
    if low is None and high is None:
        yield f"from_port is required for protocol {protocol}"
        return
    low, high = high if low is None else low, low if high is None else high
    if low is None or high is None or not 0 <= low <= high <= 65535:
        yield f"from_port {low} and to_port {high} must be a range within 0-65535"


def _type_problems(protocol: str, low: int | None, high: int | None) -> Iterable[str]:
    kind, code = _range(protocol, low, high).values()
    if not (-1 <= kind <= 255 and -1 <= code <= 255):
        yield f"from_port {kind} and to_port {code} are the type and code of {protocol}, each 0-255, or -1 for all"
    elif kind == -1 and code != -1:
        yield f"to_port {code} is a code of {protocol}, which needs its type in from_port"


MANUAL = Manual(
    short="Manage security groups and all their rules",
    about=(
        ("Creates, changes and deletes security groups. Rules are compared by meaning, whatever way they are grouped."),
        (
            "The VPC's default group is named V(default). It is adopted, and can be closed by "
            "empty lists; AWS alone makes and deletes it."
        ),
        (
            "A group that is in use is not deleted, and keeps its rules. Interfaces of AWS's "
            "services that outlive what they belonged to are waited for, those of Lambda for up "
            "to 25 minutes. Groups that go together may name each other."
        ),
        (
            "Uses C(ec2:DescribeSecurityGroups), C(ec2:DescribeNetworkInterfaces), "
            "C(ec2:CreateSecurityGroup), C(ec2:DeleteSecurityGroup), "
            "C(ec2:AuthorizeSecurityGroupIngress), C(ec2:AuthorizeSecurityGroupEgress), "
            "C(ec2:RevokeSecurityGroupIngress), C(ec2:RevokeSecurityGroupEgress), "
            "C(ec2:UpdateSecurityGroupRuleDescriptionsIngress), "
            "C(ec2:UpdateSecurityGroupRuleDescriptionsEgress), C(ec2:CreateTags) and "
            "C(ec2:DeleteTags)."
        ),
    ),
    examples="""
- name: PostgreSQL from the private subnets, and nothing out
  dataai.platform.security_group:
    name: acme-app-prod-euc2-aurora
    vpc_id: vpc-0123456789abcdef0
    description: PostgreSQL of acme-app-prod-euc2
    ingress:
      - from_port: 5432
        cidrs: [10.0.11.0/24, 10.0.12.0/24]
        description: Private subnets
    egress: []
    tags:
      Name: sg-acme-app-prod-euc2-aurora

- name: Close the default group of the VPC
  dataai.platform.security_group:
    name: default
    vpc_id: vpc-0123456789abcdef0
    ingress: []
    egress: []
""",
    sample={"acme-app-prod-euc2-aurora": {"id": "sg-0123456789abcdef0", "vpc_id": "vpc-0123456789abcdef0"}},
)
