# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The security group under the common rhythm."""

from __future__ import annotations

from typing import Any

from ansible_collections.dataai.platform.plugins.module_utils.kinds.security_group import SecurityGroup

from .case import Case, Item

NAME = "acme-app-test-euc2-db"


def case(account: Any) -> Case:
    """Return the case for an empty account."""
    ec2 = account.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    clients = ec2.create_security_group(GroupName="clients", Description="clients", VpcId=vpc)["GroupId"]

    def group() -> dict[str, Any]:
        chosen = [{"Name": "vpc-id", "Values": [vpc]}, {"Name": "group-name", "Values": [NAME]}]
        (found,) = ec2.describe_security_groups(Filters=chosen)["SecurityGroups"]
        return dict(found)

    def drift() -> None:
        opened = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
        ec2.authorize_security_group_ingress(GroupId=group()["GroupId"], IpPermissions=[opened])

    def verify(item: Item) -> None:
        found = group()
        assert found["Description"] == item["description"]
        assert _peers(found["IpPermissions"]) == _wanted(item["ingress"])
        assert _peers(found["IpPermissionsEgress"]) == _wanted(item["egress"])
        assert {tag["Key"]: tag["Value"] for tag in found["Tags"]} == item["tags"]

    private = {"protocol": "tcp", "from_port": 5432, "to_port": 5432, "cidrs": ["10.0.11.0/24", "10.0.12.0/24"]}
    inside = {"protocol": "-1", "cidrs": ["10.0.0.0/16"], "description": "inside the VPC"}
    create = {
        "name": NAME,
        "vpc_id": vpc,
        "description": "PostgreSQL",
        "ingress": [{**private, "description": "private"}],
        "egress": [],
        "tags": {"Name": f"sg-{NAME}", "Purpose": "database"},
    }
    by_group = {"protocol": "tcp", "from_port": 6432, "to_port": 6433, "source_group_ids": [clients]}
    swapped = {**private, "protocol": "6", "cidrs": ["10.0.12.0/24", "10.0.11.0/24"], "description": "private"}
    return Case(
        kind=SecurityGroup,
        create=create,
        update={
            **create,
            "ingress": [{**private, "cidrs": ["10.0.11.0/24", "10.0.13.0/24"], "description": "changed"}, by_group],
            "egress": [inside],
            "tags": {**create["tags"], "Owner": "team"},
        },
        drift=drift,
        verify=verify,
        missing=(
            ({"name": NAME, "vpc_id": vpc}, "description is required"),
            ({**create, "ingress": [{**private, "to_port": 70000}]}, "to_port 70000"),
            ({**create, "ingress": [{**private, "cidrs": ["10.0.11.1/24"]}]}, "no network"),
            ({**create, "ingress": [{"protocol": "tcp", "from_port": 1}]}, "cidrs"),
            ({**create, "ingress": [{**private, "cidrs": ["10.0.11.1/24"]}]}, "write 10.0.11.0/24"),
            ({**create, "egress": [{"protocol": "tcp", "cidrs": ["10.0.0.0/16"]}]}, "egress rule 1: from_port"),
            ({**create, "ingress": [{**private, "protocol": "https"}]}, "protocol is 'https'; it must be tcp"),
            ({**create, "ingress": [{**private, "protocol": "256"}]}, "protocol is '256'"),
            ({**create, "ingress": [{**private, "protocol": "50"}]}, "do not apply to protocol 50"),
            ({**create, "ingress": [{**private, "protocol": "icmp"}]}, "type and code of icmp"),
            ({**create, "ingress": [{**inside, "protocol": "icmpv6", "to_port": 1}]}, "needs its type in from_port"),
            ({**create, "egress": [inside, {**inside, "description": "again"}]}, "has a rule twice"),
        ),
        immutable=(({**create, "description": "another"}, "description"),),
        unchanged=(
            {**create, "ingress": [swapped]},
            {**create, "ingress": [{**swapped, "cidrs": [one]} for one in swapped["cidrs"]]},
            {"name": NAME, "vpc_id": vpc},
        ),
    )


def _peers(permissions: Any) -> set[tuple[Any, ...]]:
    return {
        (entry["IpProtocol"], entry.get("FromPort"), peer.get("CidrIp") or peer.get("GroupId"), peer.get("Description"))
        for entry in permissions
        for peer in entry.get("IpRanges", []) + entry.get("UserIdGroupPairs", [])
    }


def _wanted(rules: Any) -> set[tuple[Any, ...]]:
    return {
        (rule["protocol"], rule.get("from_port"), peer, rule.get("description"))
        for rule in rules
        for peer in rule.get("cidrs", []) + rule.get("source_group_ids", [])
    }
