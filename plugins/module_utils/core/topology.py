# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The shape of the network: from zones and networks to the items of subnets, gateways, route tables and ACLs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from ipaddress import IPv4Network
from typing import Any

#: Tiers from the internet inwards, with what stands in their tag ``Purpose``.
TIERS = {"public": "load balancers and NAT gateways", "private": "workloads", "isolated": "databases"}

ANYWHERE = "0.0.0.0/0"

#: Length of the prefix of the smallest network that AWS takes for a subnet.
SMALLEST = 28

#: Ports from which systems open connections, so those at which answers arrive.
EPHEMERAL = (1024, 65535)

Plan = Mapping[str, Any]
Found = Mapping[str, Mapping[str, Any]]
Item = dict[str, Any]


def items(plan: Plan, what: str, **known: Any) -> list[Item]:
    """Return the items of one sort.

    Args:
        plan: ``names`` (the estate's names), ``tags``, ``zones``, ``vpc_cidr``, ``cidrs`` (tier to networks, one for
            each zone), ``nat_gateways`` (``one`` or ``per_az``), ``public_ports``, ``denied_ports``, ``endpoints``
            (``services``, ``account``, ``organization``, ``bucket_arns``, ``policies`` by service, ``adopt``).
        what: ``subnets``, ``nat_gateways``, ``route_tables``, ``network_acls``, ``endpoints``, ``parameters``.
        known: what was made before: ``vpc_id``, ``internet_gateway_id``, ``security_group_id`` of the endpoints,
            ``subnets``, ``nat_gateways`` and ``route_tables`` by name, ``values`` (for parameters).
            What is left out stays out of the items, which then do for deleting.

    Raises:
        ValueError: there is no such sort.
    """
    if what not in _MAKERS:
        raise ValueError(f"{what!r} is none of {', '.join(_MAKERS)}")
    return [{key: value for key, value in item.items() if value is not None} for item in _MAKERS[what](plan, known)]


def subnet_cidrs(vpc_cidr: str, tier: str, count: int = 3) -> list[str]:
    """Return the networks of the subnets of a tier within that of the VPC.

    The VPC is cut into 256 networks, or as many as are no smaller than AWS takes. Each tier has ten of them.

    Raises:
        ValueError: it is no network, there is no such tier, or the network is too small.
    """
    vpc = IPv4Network(vpc_cidr)
    length = min(vpc.prefixlen + 8, SMALLEST)
    first = 10 * list(TIERS).index(tier) + 1
    if first + count > 2 ** max(0, length - vpc.prefixlen):
        raise ValueError(f"{vpc} is too small for the networks of subnets to follow from it; take a /23 or more")
    step = 2 ** (32 - length)
    return [f"{vpc.network_address + number * step}/{length}" for number in range(first, first + count)]


def letter(zone: str) -> str:
    """Return what tells a zone from the others of its region: ``a`` for ``eu-central-2a``."""
    return zone[-1]


def ids(found: Found, names: Iterable[str]) -> list[str]:
    """Return the ids of what was found, in the order of ``names``."""
    return [found[name]["id"] for name in names if name in found]


def subnet_names(plan: Plan, tier: str) -> list[str]:
    """Return the names of the subnets of a tier, one for each zone."""
    return [f"{plan['names']['subnet_prefix']}-{tier}-{letter(zone)}" for zone in plan["zones"]]


def _tags(plan: Plan, name: str, purpose: str) -> dict[str, str]:
    return {**plan["tags"], "Name": name, "Purpose": purpose}


def _subnets(plan: Plan, known: Mapping[str, Any]) -> Iterable[Item]:
    for tier, purpose in TIERS.items():
        for name, zone, cidr in zip(subnet_names(plan, tier), plan["zones"], plan["cidrs"][tier], strict=False):
            yield {
                "name": name,
                "vpc_id": known.get("vpc_id"),
                "cidr_block": cidr,
                "availability_zone": zone,
                "map_public_ip_on_launch": False,
                "tags": {**_tags(plan, name, purpose), "Tier": tier},
            }


def _nat_zones(plan: Plan) -> Sequence[str]:
    zones: Sequence[str] = plan["zones"]
    return zones[:1] if plan["nat_gateways"] == "one" else zones


def _nat_name(plan: Plan, zone: str) -> str:
    return f"{plan['names']['nat_gateway_prefix']}-{letter(zone)}"


def _nat_gateways(plan: Plan, known: Mapping[str, Any]) -> Iterable[Item]:
    # Deleting covers every zone, so that gateways of an earlier choice go too.
    for zone in _nat_zones(plan) if "subnets" in known else plan["zones"]:
        name = _nat_name(plan, zone)
        standing_in = f"{plan['names']['subnet_prefix']}-public-{letter(zone)}"
        subnet = known.get("subnets", {}).get(standing_in, {}).get("id")
        yield {"name": name, "subnet_id": subnet, "tags": _tags(plan, name, "internet access of the private subnets")}


def _route_tables(plan: Plan, known: Mapping[str, Any]) -> Iterable[Item]:
    gateway = known.get("internet_gateway_id")
    yield _table(plan, known, "public", subnet_names(plan, "public"), {"gateway_id": gateway} if gateway else None)
    for zone, subnet in zip(plan["zones"], subnet_names(plan, "private"), strict=True):
        way_out = zone if zone in _nat_zones(plan) else _nat_zones(plan)[0]
        nat = known.get("nat_gateways", {}).get(_nat_name(plan, way_out), {}).get("id")
        yield _table(plan, known, f"private-{letter(zone)}", [subnet], {"nat_gateway_id": nat} if nat else None)
    yield _table(plan, known, "isolated", subnet_names(plan, "isolated"), None)


def _table(
    plan: Plan, known: Mapping[str, Any], suffix: str, subnets: Sequence[str], way_out: Mapping[str, str] | None
) -> Item:
    name = f"{plan['names']['route_table_prefix']}-{suffix}"
    tier = suffix.split("-", maxsplit=1)[0]
    return {
        "name": name,
        "vpc_id": known.get("vpc_id"),
        "routes": [{"cidr": ANYWHERE, **way_out}] if way_out else [],
        "subnet_ids": ids(known.get("subnets", {}), subnets),
        "tags": _tags(plan, name, f"routes of the {tier} subnets"),
    }


def _network_acls(plan: Plan, known: Mapping[str, Any]) -> Iterable[Item]:
    inside: Item = {"protocol": "-1", "cidr": plan["vpc_cidr"]}
    outward: Item = {"protocol": "-1", "cidr": ANYWHERE}
    denied = [_entry(port, protocol, "deny") for port in plan["denied_ports"] for protocol in ("tcp", "udp")]
    # ACLs keep no state: answers from the internet arrive at the ports that connections were opened from. Path MTU
    # discovery needs ICMP; which sorts of it reach a system is for its security groups to say.
    answers: list[Item] = [
        {"protocol": "tcp", "cidr": ANYWHERE, "from_port": EPHEMERAL[0], "to_port": EPHEMERAL[1]},
        {"protocol": "udp", "cidr": ANYWHERE, "from_port": EPHEMERAL[0], "to_port": EPHEMERAL[1]},
        {"protocol": "icmp", "cidr": ANYWHERE},
    ]
    served = [_entry(port, "tcp", "allow") for port in plan["public_ports"]]
    rules: dict[str, tuple[list[Item], list[Item]]] = {
        "public": ([inside, *denied, *served, *answers], [outward]),
        "private": ([inside, *denied, *answers], [outward]),
        "isolated": ([inside], [inside]),
    }
    for tier, (ingress, egress) in rules.items():
        name = f"{plan['names']['network_acl_prefix']}-{tier}"
        yield {
            "name": name,
            "vpc_id": known.get("vpc_id"),
            "ingress": _numbered(ingress),
            "egress": _numbered(egress),
            "subnet_ids": ids(known.get("subnets", {}), subnet_names(plan, tier)),
            "tags": _tags(plan, name, f"guard of the {tier} subnets"),
        }


def _entry(port: int, protocol: str, action: str) -> Item:
    return {"protocol": protocol, "cidr": ANYWHERE, "from_port": port, "to_port": port, "action": action}


def _numbered(entries: Iterable[Item]) -> list[Item]:
    return [{"action": "allow", **entry, "rule_number": 100 + 10 * n} for n, entry in enumerate(entries)]


def _endpoints(plan: Plan, known: Mapping[str, Any]) -> Iterable[Item]:
    """Lead S3 through the routes of the private subnets, in which the endpoints of other services stand.

    Isolated subnets have no way to S3: their network ACL knows the VPC alone, and an ACL cannot name S3's networks.
    """
    trust = plan["endpoints"]
    for service in ("s3", *trust["services"]):
        name = f"{plan['names']['endpoint_prefix']}-{service}"
        given = trust["policies"].get(service)
        shared = {"account": trust["account"], "organization": trust["organization"]}
        item = {
            "name": name,
            "vpc_id": known.get("vpc_id"),
            "policy": given or endpoint_policy(service, bucket_arns=trust["bucket_arns"], **shared),
            "service": service,
            "adopt": trust.get("adopt") or None,
            "tags": _tags(plan, name, f"{service} without the internet"),
        }
        if service == "s3":
            tables = [f"{plan['names']['route_table_prefix']}-private-{letter(zone)}" for zone in plan["zones"]]
            routed = ids(known.get("route_tables", {}), tables)
            yield {**item, "endpoint_type": "Gateway", "route_table_ids": routed}
        else:
            yield {
                **item,
                "endpoint_type": "Interface",
                "subnet_ids": ids(known.get("subnets", {}), subnet_names(plan, "private")),
                "security_group_ids": [known.get("security_group_id")],
                "private_dns_enabled": True,
            }


def _parameters(plan: Plan, known: Mapping[str, Any]) -> Iterable[Item]:
    """Publish values under the path of the layer; what is not there (a switched-off part) is not published."""
    for key, value in sorted(known["values"].items()):
        if value in (None, "", []):
            continue
        name = f"{plan['names']['infrastructure_parameters']}/{key}"
        several = isinstance(value, (list, tuple))
        yield {
            "name": name,
            "value": ",".join(value) if several else str(value),
            "type": "StringList" if several else "String",
            "tags": _tags(plan, name, "what the infrastructure layer gives to the others"),
        }


_MAKERS: dict[str, Callable[[Plan, Mapping[str, Any]], Iterable[Item]]] = {
    "subnets": _subnets,
    "nat_gateways": _nat_gateways,
    "route_tables": _route_tables,
    "network_acls": _network_acls,
    "endpoints": _endpoints,
    "parameters": _parameters,
}

# --- endpoint policies ----------------------------------------------------------------------------------------------

#: Services whose endpoint has another name than their actions.
ACTION_PREFIXES = {"monitoring": "cloudwatch", "bedrock-runtime": "bedrock", "aps-workspaces": "aps"}

#: Services all of whose resources belong to accounts, so that those of strangers can be kept out as well. Bedrock's
#: foundation models, for one, belong to AWS.
OWN_RESOURCES = {"kms", "secretsmanager", "logs", "monitoring", "aps", "aps-workspaces", "s3"}


def endpoint_policy(
    service: str, *, account: str, organization: str = "", bucket_arns: Sequence[str] = ()
) -> dict[str, Any]:
    """Return the policy of an endpoint that trusts one account, or one organisation.

    Args:
        service: short name, such as ``rds``.
        account: the account trusted where no organisation is given.
        organization: id of the trusted organisation, such as ``o-a1b2c3d4e5``.
        bucket_arns: for S3, objects of AWS's own buckets that may be read by anybody inside (packages, image layers).
    """
    principals = {"aws:PrincipalOrgID": organization} if organization else {"aws:PrincipalAccount": account}
    resources = {"aws:ResourceOrgID": organization} if organization else {"aws:ResourceAccount": account}
    conditions = {**principals, **(resources if service in OWN_RESOURCES else {})}
    action = f"{ACTION_PREFIXES.get(service, service)}:*"
    statements = [_allow("TrustedPrincipals", action, "*", {"StringEquals": conditions})]
    if service == "sts":  # a web identity is no principal of an account yet; the role that it becomes is
        federated = ["sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"]
        statements.append(_allow("TrustedRoles", federated, "*", {"StringEquals": resources}))
    if service == "s3" and bucket_arns:
        statements.append(_allow("AwsOwnedBuckets", "s3:GetObject", list(bucket_arns), None))
    return {"Version": "2012-10-17", "Statement": statements}


def _allow(sid: str, action: str | list[str], resource: str | list[str], condition: Mapping[str, Any] | None) -> Item:
    statement: Item = {"Sid": sid, "Effect": "Allow", "Principal": "*", "Action": action, "Resource": resource}
    return {**statement, "Condition": condition} if condition else statement
