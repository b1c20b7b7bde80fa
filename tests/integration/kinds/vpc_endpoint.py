# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The VPC endpoint under the common rhythm."""

from __future__ import annotations

from typing import Any

from ansible_collections.dataai.platform.plugins.module_utils.kinds.vpc_endpoint import VpcEndpoint

from .case import Case, Item

NAME = "vpce-acme-app-test-euc2-aurora"
SERVICE = "com.amazonaws.eu-central-2.rds"


def case(account: Any) -> Case:
    """Return the case for an empty account."""
    ec2 = account.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    for attribute in ("EnableDnsSupport", "EnableDnsHostnames"):
        ec2.modify_vpc_attribute(VpcId=vpc, **{attribute: {"Value": True}})
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{n}.0/24", AvailabilityZone=f"eu-central-2{zone}")
        for n, zone in enumerate("aab")
    ]
    first, neighbour, second = (answer["Subnet"]["SubnetId"] for answer in subnets)
    groups = [
        ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"] for name in ("one", "two")
    ]

    def endpoint() -> dict[str, Any]:
        chosen = [{"Name": "vpc-id", "Values": [vpc]}, {"Name": "service-name", "Values": [SERVICE]}]
        found = ec2.describe_vpc_endpoints(Filters=chosen)["VpcEndpoints"]
        (only,) = [one for one in found if one["State"] not in ("deleting", "deleted")]
        return dict(only)

    def drift() -> None:
        ec2.modify_vpc_endpoint(VpcEndpointId=endpoint()["VpcEndpointId"], AddSecurityGroupIds=[groups[0]])

    def verify(item: Item) -> None:
        found = endpoint()
        assert found["VpcEndpointType"] == "Interface"
        assert found["PrivateDnsEnabled"] is item["private_dns_enabled"]
        assert sorted(found["SubnetIds"]) == sorted(item["subnet_ids"])
        assert sorted(group["GroupId"] for group in found["Groups"]) == sorted(item["security_group_ids"])
        tags = {tag["Key"]: tag["Value"] for tag in found["Tags"]}
        assert {"Name": NAME, **item["tags"]}.items() <= tags.items()

    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": "*",
                "Action": "rds:*",
                "Resource": "*",
                "Condition": {"StringEquals": {"aws:PrincipalAccount": "123456789012"}},
            }
        ],
    }
    create = {
        "name": NAME,
        "vpc_id": vpc,
        "service": "rds",
        "endpoint_type": "Interface",
        "subnet_ids": [first, second],
        "security_group_ids": [groups[0]],
        "private_dns_enabled": True,
        "policy": policy,
        "tags": {"Name": NAME, "Purpose": "aurora-api"},
    }
    denying = {**policy, "Statement": [*policy["Statement"], {**policy["Statement"][0], "Effect": "Deny"}]}
    return Case(
        kind=VpcEndpoint,
        create=create,
        update={
            **create,
            "subnet_ids": [neighbour, second],
            "security_group_ids": [groups[1]],
            "private_dns_enabled": False,
            "policy": denying,
            "tags": {**create["tags"], "Owner": "team"},
        },
        drift=drift,
        verify=verify,
        missing=(
            ({"name": NAME, "vpc_id": vpc}, "service is required"),
            ({**create, "service": "no-such-service"}, "no-such-service"),
            ({**create, "route_table_ids": ["rtb-1"]}, "route_table_ids does not apply"),
            ({**create, "tags": {"Name": "other"}}, "tags has Name"),
            ({**create, "security_group_ids": []}, "security_group_ids is empty"),
        ),
        immutable=(({**create, "service": "elasticache"}, "service"),),
        unchanged=(
            {**create, "service": SERVICE, "subnet_ids": [second, first]},
            {"name": NAME, "vpc_id": vpc, "service": "rds"},
        ),
    )
