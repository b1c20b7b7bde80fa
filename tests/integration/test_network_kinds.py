# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the kinds of the network do beyond the common rhythm: adopt, resume, replace, leave alone."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.dataai.platform.plugins.module_utils.aws.session import Aws
from ansible_collections.dataai.platform.plugins.module_utils.core.errors import Refused
from ansible_collections.dataai.platform.plugins.module_utils.core.plan import Action, Options
from ansible_collections.dataai.platform.plugins.module_utils.core.reconcile import reconcile
from ansible_collections.dataai.platform.plugins.module_utils.core.values import UNKNOWN
from ansible_collections.dataai.platform.plugins.module_utils.kinds.flow_log import FlowLog
from ansible_collections.dataai.platform.plugins.module_utils.kinds.nat_gateway import NatGateway
from ansible_collections.dataai.platform.plugins.module_utils.kinds.security_group import SecurityGroup
from ansible_collections.dataai.platform.plugins.module_utils.kinds.vpc_endpoint import VpcEndpoint

from .conftest import EmbeddedAws

QUICK = Options(timeout=60)
GONE = Options(timeout=60, absent=True)


@pytest.fixture
def ec2(account: EmbeddedAws) -> Any:
    """Return a plain client."""
    return account.client("ec2")


@pytest.fixture
def vpc(ec2: Any) -> str:
    """Return a VPC in which private DNS works."""
    made = str(ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"])
    for attribute in ("EnableDnsSupport", "EnableDnsHostnames"):
        ec2.modify_vpc_attribute(VpcId=made, **{attribute: {"Value": True}})
    return made


def actions(report: Any) -> list[Action]:
    """Return what was decided, and that it worked."""
    assert not report.errors, report.errors
    return [step.action for step in report.steps]


def test_a_foreign_endpoint_is_adopted_converged_and_never_deleted(ec2: Any, vpc: str, aws: Aws) -> None:
    """It gets our subnets, group and tags, keeps its id, and outlives us."""
    first, second = (
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{n}.0/24", AvailabilityZone=f"eu-central-2{zone}")["Subnet"]
        for n, zone in enumerate("ab")
    )
    group = ec2.create_security_group(GroupName="endpoints", Description="endpoints", VpcId=vpc)["GroupId"]
    made = ec2.create_vpc_endpoint(
        VpcId=vpc,
        ServiceName="com.amazonaws.eu-central-2.rds",
        VpcEndpointType="Interface",
        SubnetIds=[first["SubnetId"]],
        PrivateDnsEnabled=True,
        TagSpecifications=[{"ResourceType": "vpc-endpoint", "Tags": [{"Key": "Owner", "Value": "others"}]}],
    )["VpcEndpoint"]["VpcEndpointId"]
    item = {
        "name": "vpce-ours",
        "vpc_id": vpc,
        "service": "rds",
        "endpoint_type": "Interface",
        "subnet_ids": [first["SubnetId"], second["SubnetId"]],
        "security_group_ids": [group],
        "private_dns_enabled": True,
        "tags": {"Name": "vpce-ours"},
    }

    report = reconcile(VpcEndpoint(), aws, [item], QUICK)

    assert actions(report) == [Action.UPDATE]
    (found,) = ec2.describe_vpc_endpoints()["VpcEndpoints"]
    assert found["VpcEndpointId"] == made == report.resources["vpce-ours"]["id"]
    assert sorted(found["SubnetIds"]) == sorted(item["subnet_ids"])
    assert [entry["GroupId"] for entry in found["Groups"]] == [group]
    tags = {tag["Key"]: tag["Value"] for tag in found["Tags"]}
    assert tags == {"Owner": "others", "Name": "vpce-ours"}
    assert actions(reconcile(VpcEndpoint(), aws, [item], QUICK)) == [Action.NONE]

    with pytest.raises(Refused, match="was not made here but adopted"):
        reconcile(VpcEndpoint(), aws, [{"name": "vpce-ours", "vpc_id": vpc}], GONE)
    left = {"name": "vpce-ours", "vpc_id": vpc, "adopt": False}
    assert actions(reconcile(VpcEndpoint(), aws, [left], GONE)) == [Action.NONE]
    assert len(ec2.describe_vpc_endpoints()["VpcEndpoints"]) == 1


def test_all_services_that_are_not_offered_are_named_at_once(vpc: str, aws: Aws, account: EmbeddedAws) -> None:
    """And nothing is made, not even in a VPC that a plan has yet to make."""
    account.forget_calls()
    for where in (vpc, UNKNOWN):
        items = [{"name": name, "vpc_id": where, "service": name} for name in ("kms", "no-such", "neither")]
        with pytest.raises(Refused, match="offers no VPC endpoint for: neither, no-such"):
            reconcile(VpcEndpoint(), aws, items, Options(check=where == UNKNOWN))
    assert account.writes() == []


def test_the_default_group_is_closed_and_planned_like_it(ec2: Any, vpc: str, aws: Aws) -> None:
    """The plan for a VPC that does not exist yet names the same change as the run that follows; nobody deletes it."""
    item = {"name": "default", "ingress": [], "egress": [], "tags": {"Name": "closed"}}
    planned = reconcile(SecurityGroup(), aws, [{**item, "vpc_id": UNKNOWN}], Options(check=True))
    real = reconcile(SecurityGroup(), aws, [{**item, "vpc_id": vpc}], QUICK)
    assert actions(planned) == actions(real) == [Action.UPDATE]
    assert planned.steps[0].fields == real.steps[0].fields
    chosen = [{"Name": "vpc-id", "Values": [vpc]}, {"Name": "group-name", "Values": ["default"]}]
    (group,) = ec2.describe_security_groups(Filters=chosen)["SecurityGroups"]
    assert (group["IpPermissions"], group["IpPermissionsEgress"]) == ([], [])
    with pytest.raises(Refused, match="AWS deletes it with its VPC"):
        reconcile(SecurityGroup(), aws, [{"name": "default", "vpc_id": vpc}], GONE)


def test_an_address_without_its_gateway_is_used_again_and_released(ec2: Any, vpc: str, aws: Aws) -> None:
    """An interrupted run leaves an address; neither building on nor taking down makes a second one or leaves it."""
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
    named = {"ResourceType": "elastic-ip", "Tags": [{"Key": "Name", "Value": "nat-a"}]}
    address = ec2.allocate_address(Domain="vpc", TagSpecifications=[named])["AllocationId"]

    report = reconcile(NatGateway(), aws, [{"name": "nat-a", "subnet_id": subnet}], QUICK)

    assert actions(report) == [Action.UPDATE]
    assert report.resources["nat-a"]["allocation_id"] == address
    assert report.resources["nat-a"]["id"]
    assert actions(reconcile(NatGateway(), aws, [{"name": "nat-a"}], GONE)) == [Action.DELETE]
    assert ec2.describe_addresses()["Addresses"] == []


def test_a_flow_log_is_replaced_where_that_is_allowed(ec2: Any, vpc: str, aws: Aws, account: EmbeddedAws) -> None:
    """There is one before and one after, and only the new one logs what is wanted."""
    account.client("logs").create_log_group(logGroupName="/flow")
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "vpc-flow-logs.amazonaws.com"}}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = account.client("iam").create_role(RoleName="flow", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    item = {"name": "flow", "vpc_id": vpc, "log_group_name": "/flow", "role_arn": role, "traffic_type": "ALL"}
    reconcile(FlowLog(), aws, [item], QUICK)
    (old,) = ec2.describe_flow_logs()["FlowLogs"]

    rejected = {**item, "traffic_type": "REJECT"}
    report = reconcile(FlowLog(), aws, [rejected], Options(timeout=60, replace=True))

    assert actions(report) == [Action.REPLACE]
    (new,) = ec2.describe_flow_logs()["FlowLogs"]
    assert (new["TrafficType"], new["FlowLogId"] != old["FlowLogId"]) == ("REJECT", True)
    assert actions(reconcile(FlowLog(), aws, [rejected], QUICK)) == [Action.NONE]
