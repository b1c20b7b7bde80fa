# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""EC2: the spelling in which AWS keeps rules of security groups and entries of network ACLs, and what it refuses."""

from __future__ import annotations

import re
from ipaddress import ip_network
from typing import Any
from urllib.parse import parse_qsl, urlencode

from ..call import AwsError, Call
from ..registry import operation

_NAMES = {"6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6"}
_CIDR = re.compile(r"Cidr(Ip|Ipv6)$|(Ipv6)?CidrBlock$")


def _canonical(cidr: str) -> str:
    """Return a network as AWS keeps it, without host bits.

    Raises:
        AwsError: it is none.
    """
    try:
        return str(ip_network(cidr, strict=False))
    except ValueError as error:
        raise AwsError("InvalidParameterValue", f"CIDR block {cidr} is malformed", 400) from error


def _fields(call: Call) -> dict[str, str]:
    return dict(parse_qsl(call.body.decode(), keep_blank_values=True))


def _spell(fields: dict[str, str]) -> dict[str, str]:
    return {name: _canonical(value) if _CIDR.search(name) else value for name, value in fields.items()}


@operation(
    "ec2",
    "AuthorizeSecurityGroupIngress",
    "AuthorizeSecurityGroupEgress",
    "RevokeSecurityGroupIngress",
    "RevokeSecurityGroupEgress",
    "UpdateSecurityGroupRuleDescriptionsIngress",
    "UpdateSecurityGroupRuleDescriptionsEgress",
)
def change_rules(call: Call) -> Any:
    """Change rules in AWS's spelling: names of four protocols, ports of those alone, canonical networks."""
    fields = _spell(_fields(call))
    for name in [name for name in fields if name.endswith(".IpProtocol")]:
        entry = name.removesuffix("IpProtocol")
        protocol = _protocol(fields[name])
        fields[name] = protocol
        ports = [entry + end for end in ("FromPort", "ToPort")]
        if protocol in ("tcp", "udp", "icmp") and not all(port in fields for port in ports):
            both = "type and code with ICMP" if protocol == "icmp" else "from and to ports with TCP/UDP"
            raise AwsError("InvalidParameterValue", f"Invalid value 'Must specify both {both}.' for portRange.", 400)
        if protocol not in ("tcp", "udp", "icmp"):
            given = protocol == "icmpv6" and all(port in fields for port in ports)
            fields.update({} if given else dict.fromkeys(ports, "-1"))
    call.body = urlencode(fields).encode()
    return call.pass_through()


def _protocol(text: str) -> str:
    protocol = _NAMES.get(text.lower(), text.lower())
    known = protocol in ("-1", *_NAMES.values()) or (protocol.isdecimal() and int(protocol) <= 255)
    if not known:
        raise AwsError("InvalidParameterValue", f"Invalid value '{text}' for IP protocol. Unknown protocol.", 400)
    return protocol


@operation("ec2", "DescribeSecurityGroups")
def describe_groups(call: Call) -> Any:
    """List groups. Protocols other than four have no ports."""
    result = call.forward()
    for group in result["SecurityGroups"]:
        for entry in [*group.get("IpPermissions", []), *group.get("IpPermissionsEgress", [])]:
            if entry["IpProtocol"] not in _NAMES.values():
                entry.pop("FromPort", None)
                entry.pop("ToPort", None)
    return result


@operation("ec2", "CreateNetworkAclEntry", "ReplaceNetworkAclEntry")
def change_entry(call: Call) -> Any:
    """Change an entry of a network ACL in AWS's spelling."""
    params = call.params
    if params["Protocol"] in ("6", "17") and not params.get("PortRange"):
        raise AwsError("MissingParameter", "The request must contain the parameter PortRange", 400)
    if params["Protocol"] in ("1", "58") and not params.get("IcmpTypeCode"):
        raise AwsError("MissingParameter", "The request must contain the parameter icmpTypeCode", 400)
    call.body = urlencode(_spell(_fields(call))).encode()
    return call.pass_through()
