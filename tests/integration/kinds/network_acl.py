# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The network ACL under the common rhythm."""

from __future__ import annotations

from typing import Any

from ansible_collections.dataai.platform.plugins.module_utils.kinds.network_acl import NetworkAcl

from .case import Case, Item

NAME = "nacl-acme-app-test-euc2-isolated"
INSIDE = "10.0.0.0/16"


def case(account: Any) -> Case:
    """Return the case for an empty account."""
    ec2 = account.client("ec2")
    vpc = ec2.create_vpc(CidrBlock=INSIDE)["Vpc"]["VpcId"]
    first, second = (ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{n}.0/24")["Subnet"]["SubnetId"] for n in range(2))

    def acl() -> dict[str, Any]:
        (found,) = ec2.describe_network_acls(Filters=[{"Name": "tag:Name", "Values": [NAME]}])["NetworkAcls"]
        return dict(found)

    def drift() -> None:
        number = acl()["NetworkAclId"]
        ec2.delete_network_acl_entry(NetworkAclId=number, RuleNumber=100, Egress=False)
        opened = {"RuleNumber": 50, "Protocol": "-1", "RuleAction": "allow", "CidrBlock": "0.0.0.0/0"}
        ec2.create_network_acl_entry(NetworkAclId=number, Egress=True, **opened)

    def verify(item: Item) -> None:
        found = acl()
        for egress, direction in ((False, "ingress"), (True, "egress")):
            entries = {
                entry["RuleNumber"]: (entry["RuleAction"], entry["CidrBlock"], entry.get("PortRange", {}).get("From"))
                for entry in found["Entries"]
                if entry["Egress"] is egress and entry["RuleNumber"] != 32767
            }
            assert entries == {
                entry["rule_number"]: (entry.get("action", "allow"), entry["cidr"], entry.get("from_port"))
                for entry in item[direction]
            }
        assert {one["SubnetId"] for one in found["Associations"]} == set(item["subnet_ids"])
        assert {tag["Key"]: tag["Value"] for tag in found["Tags"]} == {"Name": NAME, **item["tags"]}

    https = {"rule_number": 100, "protocol": "tcp", "cidr": INSIDE, "from_port": 443, "to_port": 443}
    everything = {"rule_number": 200, "protocol": "-1", "cidr": INSIDE}
    create = {
        "name": NAME,
        "vpc_id": vpc,
        "ingress": [https],
        "egress": [everything],
        "subnet_ids": [first],
        "tags": {"Purpose": "isolated"},
    }
    return Case(
        kind=NetworkAcl,
        create=create,
        update={
            **create,
            "ingress": [{**https, "from_port": 80}, {**everything, "action": "deny"}],
            "egress": [{**everything, "rule_number": 300}],
            "subnet_ids": [second],
            "tags": {"Purpose": "data"},
        },
        drift=drift,
        verify=verify,
        missing=(
            ({"name": NAME}, "vpc_id is required"),
            ({**create, "ingress": [{**https, "to_port": 70000}]}, "to_port 70000"),
            ({**create, "ingress": [{**https, "cidr": "10.0.0.1/16"}]}, "no network"),
            ({**create, "egress": [{**everything, "rule_number": 32767}]}, "1 to 32766"),
            ({**create, "egress": [everything, everything]}, "twice"),
            ({**create, "ingress": [{**https, "protocol": "https"}]}, "protocol is 'https'; it must be tcp"),
            ({**create, "ingress": [{**https, "protocol": "icmp"}]}, "icmp has icmp_type"),
            ({**create, "egress": [{**everything, "icmp_type": 8}]}, "apply to protocols icmp"),
            ({**create, "egress": [{**everything, "protocol": "1", "icmp_code": 1}]}, "needs its icmp_type"),
            ({"name": "default", "ingress": []}, "vpc_id is required"),
            ({"name": "default", "vpc_id": vpc, "subnet_ids": [first]}, "subnet_ids does not apply"),
        ),
        unchanged=(
            {**create, "ingress": [{**https, "protocol": "6"}], "egress": [{**everything, "protocol": "all"}]},
            {"name": NAME, "vpc_id": vpc},
        ),
    )
