# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the kinds of the network do beyond the common rhythm: adopt, resume, replace, leave alone."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.dataai.platform.plugins.module_utils.aws import ec2 as shared
from ansible_collections.dataai.platform.plugins.module_utils.aws.session import Aws
from ansible_collections.dataai.platform.plugins.module_utils.core.errors import Refused
from ansible_collections.dataai.platform.plugins.module_utils.core.plan import Action, Options
from ansible_collections.dataai.platform.plugins.module_utils.core.reconcile import reconcile
from ansible_collections.dataai.platform.plugins.module_utils.core.values import UNKNOWN
from ansible_collections.dataai.platform.plugins.module_utils.kinds.flow_log import FlowLog
from ansible_collections.dataai.platform.plugins.module_utils.kinds.internet_gateway import InternetGateway
from ansible_collections.dataai.platform.plugins.module_utils.kinds.nat_gateway import NatGateway
from ansible_collections.dataai.platform.plugins.module_utils.kinds.network_acl import NetworkAcl
from ansible_collections.dataai.platform.plugins.module_utils.kinds.route_table import RouteTable
from ansible_collections.dataai.platform.plugins.module_utils.kinds.security_group import SecurityGroup
from ansible_collections.dataai.platform.plugins.module_utils.kinds.subnet import Subnet
from ansible_collections.dataai.platform.plugins.module_utils.kinds.vpc import Vpc
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


def endpoint_of_others(ec2: Any, vpc: str, service: str = "rds") -> tuple[dict[str, Any], dict[str, Any]]:
    """Return an endpoint that another team made, and the item of ours that serves the same in two subnets."""
    first, second = (
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{n}.0/24", AvailabilityZone=f"eu-central-2{zone}")["Subnet"]
        for n, zone in enumerate("ab")
    )
    theirs, ours = (
        ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"] for name in ("theirs", "ours")
    )
    made = ec2.create_vpc_endpoint(
        VpcId=vpc,
        ServiceName=f"com.amazonaws.eu-central-2.{service}",
        VpcEndpointType="Interface",
        SubnetIds=[first["SubnetId"]],
        SecurityGroupIds=[theirs],
        PrivateDnsEnabled=True,
        PolicyDocument=json.dumps(THEIR_POLICY),
        TagSpecifications=[{"ResourceType": "vpc-endpoint", "Tags": THEIR_TAGS}],
    )["VpcEndpoint"]
    item = {
        "name": "vpce-ours",
        "vpc_id": vpc,
        "service": service,
        "endpoint_type": "Interface",
        "subnet_ids": [second["SubnetId"]],
        "security_group_ids": [ours],
        "private_dns_enabled": False,
        "policy": {**THEIR_POLICY, "Statement": [{**THEIR_POLICY["Statement"][0], "Action": "rds:*"}]},
        "tags": {"Name": "vpce-ours", "Owner": "us", "Purpose": "api"},
    }
    return made, item


THEIR_TAGS = [{"Key": "Name", "Value": "vpce-theirs"}, {"Key": "Owner", "Value": "others"}]
THEIR_POLICY: dict[str, Any] = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}],
}


def test_an_endpoint_of_others_is_refused_without_a_word(ec2: Any, vpc: str, aws: Aws, account: EmbeddedAws) -> None:
    """It is named with the words that there are, in a plan too, and nothing is written."""
    made, item = endpoint_of_others(ec2, vpc)
    account.forget_calls()
    for check in (True, False):
        with pytest.raises(Refused, match=f"has {made['VpcEndpointId']} for rds already.*adopt: true"):
            reconcile(VpcEndpoint(), aws, [item], Options(timeout=60, check=check))
    assert account.writes() == []


def test_an_adopted_endpoint_is_only_added_to_and_never_deleted(ec2: Any, vpc: str, aws: Aws) -> None:
    """It gets our subnets, groups and tags, and keeps its own, its policy, its private DNS and its name."""
    made, item = endpoint_of_others(ec2, vpc)
    item = {**item, "adopt": True}

    planned = reconcile(VpcEndpoint(), aws, [item], Options(check=True, purge_tags=True))
    report = reconcile(VpcEndpoint(), aws, [item], Options(timeout=60, purge_tags=True))

    assert actions(planned) == actions(report) == [Action.UPDATE]
    assert planned.steps[0].fields == report.steps[0].fields == ["security_group_ids", "subnet_ids", "tags"]
    (found,) = ec2.describe_vpc_endpoints()["VpcEndpoints"]
    assert found["VpcEndpointId"] == made["VpcEndpointId"] == report.resources["vpce-ours"]["id"]
    assert set(found["SubnetIds"]) == {*made["SubnetIds"], *item["subnet_ids"]}
    groups = {entry["GroupId"] for entry in found["Groups"]}
    assert groups == {entry["GroupId"] for entry in made["Groups"]} | set(item["security_group_ids"])
    assert (json.loads(found["PolicyDocument"]), found["PrivateDnsEnabled"]) == (THEIR_POLICY, True)
    tags = {tag["Key"]: tag["Value"] for tag in found["Tags"]}
    assert tags == {"Name": "vpce-theirs", "Owner": "others", "Purpose": "api"}
    assert actions(reconcile(VpcEndpoint(), aws, [item], Options(timeout=60, purge_tags=True))) == [Action.NONE]

    with pytest.raises(Refused, match="was not made here, so it is not deleted"):
        reconcile(VpcEndpoint(), aws, [item], GONE)
    for left in ({**item, "adopt": False}, {"name": "vpce-ours", "vpc_id": vpc, "adopt": False}):
        assert actions(reconcile(VpcEndpoint(), aws, [left], GONE)) == [Action.NONE]
    assert len(ec2.describe_vpc_endpoints()["VpcEndpoints"]) == 1


def test_an_endpoint_with_our_name_is_managed_whole(ec2: Any, vpc: str, aws: Aws) -> None:
    """That is how one is taken over. It still is not deleted, since it was not made here."""
    made, item = endpoint_of_others(ec2, vpc)
    ec2.create_tags(Resources=[made["VpcEndpointId"]], Tags=[{"Key": "Name", "Value": "vpce-ours"}])
    assert actions(reconcile(VpcEndpoint(), aws, [item], QUICK)) == [Action.UPDATE]
    (found,) = ec2.describe_vpc_endpoints()["VpcEndpoints"]
    assert (found["SubnetIds"], found["PrivateDnsEnabled"]) == (item["subnet_ids"], False)
    assert [entry["GroupId"] for entry in found["Groups"]] == item["security_group_ids"]
    assert json.loads(found["PolicyDocument"]) == item["policy"]
    assert actions(reconcile(VpcEndpoint(), aws, [item], QUICK)) == [Action.NONE]
    with pytest.raises(Refused, match="was not made here"):
        reconcile(VpcEndpoint(), aws, [item], GONE)


def test_an_endpoint_can_be_made_beside_that_of_others(ec2: Any, vpc: str, aws: Aws) -> None:
    """And goes again alone."""
    made, item = endpoint_of_others(ec2, vpc)
    beside = {**item, "adopt": False}
    assert actions(reconcile(VpcEndpoint(), aws, [beside], QUICK)) == [Action.CREATE]
    assert len(ec2.describe_vpc_endpoints()["VpcEndpoints"]) == 2
    assert actions(reconcile(VpcEndpoint(), aws, [beside], QUICK)) == [Action.NONE]
    assert actions(reconcile(VpcEndpoint(), aws, [beside], GONE)) == [Action.DELETE]
    assert [one["VpcEndpointId"] for one in ec2.describe_vpc_endpoints()["VpcEndpoints"]] == [made["VpcEndpointId"]]


def test_private_dns_names_of_others_are_not_waited_for(ec2: Any, vpc: str, aws: Aws, account: EmbeddedAws) -> None:
    """They stay with the endpoint that has them, so a second one with the same is refused at once."""
    made, item = endpoint_of_others(ec2, vpc)
    beside = {**item, "adopt": False, "private_dns_enabled": True}
    account.forget_calls()
    for check in (True, False):
        with pytest.raises(Refused, match=f"{made['VpcEndpointId']} has the private DNS names of rds.*one endpoint"):
            reconcile(VpcEndpoint(), aws, [beside], Options(timeout=60, check=check))
    assert account.writes() == []
    ec2.modify_vpc_endpoint(VpcEndpointId=made["VpcEndpointId"], PrivateDnsEnabled=False)
    assert actions(reconcile(VpcEndpoint(), aws, [beside], QUICK)) == [Action.CREATE]
    assert actions(reconcile(VpcEndpoint(), aws, [beside], QUICK)) == [Action.NONE]


def test_endpoints_do_without_zones_that_lack_the_service(ec2: Any, vpc: str, aws: Aws, account: EmbeddedAws) -> None:
    """They are made in the others, stay as they are, and are refused where no zone is left."""
    subnets = {}
    for n, zone in enumerate("abc"):
        made = ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{n}.0/24", AvailabilityZone=f"eu-central-2{zone}")
        subnets[zone] = made["Subnet"]["SubnetId"]
    account.admin("PUT", "settings", {"endpoint_zones": {"rds": ["eu-central-2a", "eu-central-2b"]}})
    item = {"name": "vpce", "vpc_id": vpc, "service": "rds", "subnet_ids": [subnets["a"], subnets["c"]]}
    planned = reconcile(VpcEndpoint(), aws, [item], Options(check=True))
    real = reconcile(VpcEndpoint(), aws, [item], QUICK)
    assert planned.resources["vpce"]["subnet_ids"] == real.resources["vpce"]["subnet_ids"] == [subnets["a"]]
    assert actions(reconcile(VpcEndpoint(), aws, [item], QUICK)) == [Action.NONE]
    more = {**item, "subnet_ids": list(subnets.values())}
    assert actions(reconcile(VpcEndpoint(), aws, [more], QUICK)) == [Action.UPDATE]
    (found,) = ec2.describe_vpc_endpoints()["VpcEndpoints"]
    assert set(found["SubnetIds"]) == {subnets["a"], subnets["b"]}
    with pytest.raises(Refused, match=f"no endpoint for rds in the zones of {subnets['c']}"):
        reconcile(VpcEndpoint(), aws, [{**item, "subnet_ids": [subnets["c"]]}], QUICK)


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


def test_a_gateway_that_failed_tells_why_and_is_made_anew_with_its_address(
    ec2: Any, vpc: str, aws: Aws, account: EmbeddedAws
) -> None:
    """The first run ends with AWS's reason, one at a time; the next makes it with the address that it has."""
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
    item = {"name": "nat-a", "subnet_id": subnet}
    for _run in range(2):
        account.forget_calls()
        report = reconcile(NatGateway(), aws, [item], QUICK)
        assert "Gateway.NotAttached: Network" in str(report.errors["nat-a"])
        assert account.writes().count("ec2:CreateNatGateway") == 1
    (address,) = ec2.describe_addresses()["Addresses"]

    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    planned = reconcile(NatGateway(), aws, [item], Options(check=True))
    assert "Gateway.NotAttached" in planned.steps[0].found["failure"]
    report = reconcile(NatGateway(), aws, [item], QUICK)
    assert actions(planned) == actions(report) == [Action.UPDATE]
    assert report.resources["nat-a"]["allocation_id"] == address["AllocationId"]
    assert report.resources["nat-a"]["failure"] is None
    assert actions(reconcile(NatGateway(), aws, [item], QUICK)) == [Action.NONE]


def test_a_gateway_that_failed_goes_with_its_address(ec2: Any, vpc: str, aws: Aws) -> None:
    """Neither is left."""
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
    reconcile(NatGateway(), aws, [{"name": "nat-a", "subnet_id": subnet}], QUICK)
    assert actions(reconcile(NatGateway(), aws, [{"name": "nat-a"}], GONE)) == [Action.DELETE]
    assert ec2.describe_addresses()["Addresses"] == []
    assert [one["State"] for one in ec2.describe_nat_gateways()["NatGateways"]] == ["deleted"]


# --- what goes takes nothing with it ----------------------------------------------------------------------------------


def group_with_rules(ec2: Any, vpc: str, name: str, *sources: str) -> str:
    """Return a group that lets others in."""
    made = str(ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"])
    for source in sources:
        let_in(ec2, made, source)
    return made


def let_in(ec2: Any, group: str, source: str) -> None:
    """Let a group, or a network, into another group."""
    peer = (
        {"UserIdGroupPairs": [{"GroupId": source}]} if source.startswith("sg-") else {"IpRanges": [{"CidrIp": source}]}
    )
    rule = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, **peer}
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[rule])


def ways_in(ec2: Any, group: str) -> int:
    """Return the number of sources that a group lets in."""
    (found,) = ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"]
    return sum(len(one["IpRanges"]) + len(one["UserIdGroupPairs"]) for one in found["IpPermissions"])


def test_a_group_that_is_used_is_not_deleted_and_keeps_its_rules(
    ec2: Any, vpc: str, aws: Aws, account: EmbeddedAws
) -> None:
    """Whoever holds it is named, at once, and nothing was changed."""
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
    group = group_with_rules(ec2, vpc, "used", "10.0.0.0/16")
    let_in(ec2, group, group)
    used = {"SubnetId": subnet, "Groups": [group], "Description": "a server"}
    interface = ec2.create_network_interface(**used)["NetworkInterface"]["NetworkInterfaceId"]
    account.forget_calls()
    report = reconcile(SecurityGroup(), aws, [{"name": "used", "vpc_id": vpc}], GONE)
    text = str(report.errors["used"])
    assert "DependencyViolation" in text
    assert f"{interface} (a server)" in text
    assert ways_in(ec2, group) == 2
    assert set(account.writes()) == {"ec2:DeleteSecurityGroup"}

    ec2.delete_network_interface(NetworkInterfaceId=interface)
    assert actions(reconcile(SecurityGroup(), aws, [{"name": "used", "vpc_id": vpc}], GONE)) == [Action.DELETE]


@pytest.mark.parametrize("workers", [1, 8])
def test_groups_that_name_each_other_go_together(ec2: Any, vpc: str, aws: Aws, workers: int) -> None:
    """AWS deletes neither while the other names it."""
    first = group_with_rules(ec2, vpc, "first", "10.0.0.0/16")
    second = group_with_rules(ec2, vpc, "second", first)
    let_in(ec2, first, second)
    let_in(ec2, first, first)
    items = [{"name": name, "vpc_id": vpc} for name in ("first", "second")]
    report = reconcile(SecurityGroup(), aws, items, Options(timeout=60, absent=True, workers=workers))
    assert actions(report) == [Action.DELETE] * 2
    names = [one["GroupName"] for one in ec2.describe_security_groups()["SecurityGroups"] if one["VpcId"] == vpc]
    assert names == ["default"]


def test_groups_that_stay_keep_their_rules(ec2: Any, vpc: str, aws: Aws, account: EmbeddedAws) -> None:
    """One is named by a group that is not to go; that one is named, and neither loses a rule."""
    first = group_with_rules(ec2, vpc, "first", "10.0.0.0/16")
    second = group_with_rules(ec2, vpc, "second", first)
    other = group_with_rules(ec2, vpc, "other", first)
    let_in(ec2, first, second)
    account.forget_calls()
    items = [{"name": name, "vpc_id": vpc} for name in ("first", "second")]
    report = reconcile(SecurityGroup(), aws, items[:1], GONE)
    assert f"rules of {', '.join(sorted([second, other]))} name it" in str(report.errors["first"])
    assert set(account.writes()) == {"ec2:DeleteSecurityGroup"}
    report = reconcile(SecurityGroup(), aws, items, Options(timeout=60, absent=True, workers=1))
    assert f"rules of {other} name it" in str(report.errors["first"])
    assert [ways_in(ec2, group) for group in (first, other)] == [2, 1]


def test_groups_keep_their_rules_where_nobody_can_tell_who_uses_them(
    ec2: Any, vpc: str, aws: Aws, account: EmbeddedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a look at the interfaces nothing is taken from either."""
    monkeypatch.setattr(shared, "LETTING_GO", 1.0)
    monkeypatch.setattr(shared, "LAMBDA_LETTING_GO", 1.0)
    first = group_with_rules(ec2, vpc, "first", "10.0.0.0/16")
    second = group_with_rules(ec2, vpc, "second", first)
    let_in(ec2, first, second)
    account.admin("POST", "faults", {"operation": "DescribeNetworkInterfaces", "kind": "access_denied"})
    items = [{"name": name, "vpc_id": vpc} for name in ("first", "second")]
    report = reconcile(SecurityGroup(), aws, items, GONE)
    assert set(report.errors) == {"first", "second"}
    assert [ways_in(ec2, group) for group in (first, second)] == [2, 1]


def test_a_route_table_that_others_follow_stays_and_leads_them(
    ec2: Any, vpc: str, aws: Aws, account: EmbeddedAws
) -> None:
    """So does the main one; subnets that the item names are left to the main one."""
    mine, theirs = (ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{n}.0/24")["Subnet"]["SubnetId"] for n in range(2))
    item = {"name": "rtb", "vpc_id": vpc, "subnet_ids": [mine, theirs]}
    reconcile(RouteTable(), aws, [item], QUICK)
    account.forget_calls()
    report = reconcile(RouteTable(), aws, [{**item, "subnet_ids": [mine]}], GONE)
    assert f"{theirs} follow it" in str(report.errors["rtb"])
    assert account.writes() == ["ec2:DeleteRouteTable"]
    assert actions(reconcile(RouteTable(), aws, [item], GONE)) == [Action.DELETE]

    (main,) = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["RouteTables"]
    ec2.create_tags(Resources=[main["RouteTableId"]], Tags=[{"Key": "Name", "Value": "rtb"}])
    with pytest.raises(Refused, match="is the main one of its VPC"):
        reconcile(RouteTable(), aws, [{"name": "rtb", "vpc_id": vpc}], GONE)


def guarded(ec2: Any, name: str) -> set[str]:
    """Return the subnets of an ACL."""
    (acl,) = ec2.describe_network_acls(Filters=[{"Name": "tag:Name", "Values": [name]}])["NetworkAcls"]
    return {one["SubnetId"] for one in acl["Associations"]}


def test_an_acl_that_guards_others_stays_and_guards_them(ec2: Any, vpc: str, aws: Aws, account: EmbeddedAws) -> None:
    """Subnets that the item names are left to the default one; what cannot go after all gets them back."""
    mine, theirs = (ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{n}.0/24")["Subnet"]["SubnetId"] for n in range(2))
    item = {"name": "acl", "vpc_id": vpc, "ingress": [], "egress": [], "subnet_ids": [mine, theirs]}
    reconcile(NetworkAcl(), aws, [item], QUICK)
    account.forget_calls()
    report = reconcile(NetworkAcl(), aws, [{**item, "subnet_ids": [mine]}], GONE)
    assert f"it guards {theirs}" in str(report.errors["acl"])
    assert account.writes() == ["ec2:DeleteNetworkAcl"]
    assert guarded(ec2, "acl") == {mine, theirs}
    assert actions(reconcile(NetworkAcl(), aws, [item], GONE)) == [Action.DELETE]


def test_subnets_move_between_acls_in_one_run(ec2: Any, vpc: str, aws: Aws) -> None:
    """Whichever of the two comes first."""
    subnets = [ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{n}.0/24")["Subnet"]["SubnetId"] for n in range(2)]
    shared = {"vpc_id": vpc, "ingress": [], "egress": []}
    for order in (1, -1):
        items = [
            {**shared, "name": name, "subnet_ids": [one]} for name, one in zip("ab", subnets[::order], strict=True)
        ]
        reconcile(NetworkAcl(), aws, items, Options(timeout=60, workers=1))
        assert actions(reconcile(NetworkAcl(), aws, items, QUICK)) == [Action.NONE] * 2
        assert [guarded(ec2, name) for name in "ab"] == [{one} for one in subnets[::order]]


def test_the_default_acl_is_closed_and_planned_like_it(ec2: Any, vpc: str, aws: Aws, account: EmbeddedAws) -> None:
    """The plan for a VPC that does not exist yet names the same change. It is not closed over subnets, nor deleted."""
    item = {"name": "default", "ingress": [], "egress": [], "tags": {"Name": "closed"}}
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
    account.forget_calls()
    refused = reconcile(NetworkAcl(), aws, [{**item, "vpc_id": vpc}], QUICK)
    assert f"it guards {subnet}, which the change could cut off" in str(refused.errors["default"])
    assert account.writes() == []

    ec2.delete_subnet(SubnetId=subnet)
    planned = reconcile(NetworkAcl(), aws, [{**item, "vpc_id": UNKNOWN}], Options(check=True))
    real = reconcile(NetworkAcl(), aws, [{**item, "vpc_id": vpc}], QUICK)
    assert actions(planned) == actions(real) == [Action.UPDATE]
    assert planned.steps[0].fields == real.steps[0].fields == ["egress", "ingress", "tags"]
    (acl,) = ec2.describe_network_acls(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["NetworkAcls"]
    assert {entry["RuleNumber"] for entry in acl["Entries"]} == {32767}
    assert actions(reconcile(NetworkAcl(), aws, [{**item, "vpc_id": vpc}], QUICK)) == [Action.NONE]
    with pytest.raises(Refused, match="AWS deletes it with its VPC"):
        reconcile(NetworkAcl(), aws, [{"name": "default", "vpc_id": vpc}], GONE)


# --- spelling ---------------------------------------------------------------------------------------------------------


def test_rules_of_every_protocol_converge(ec2: Any, vpc: str, aws: Aws) -> None:
    """However protocol and network are spelled, and whatever is left out, a second run changes nothing."""
    v4, v6 = {"cidrs": ["10.0.0.0/16"]}, {"cidrs": ["2001:DB8:0:0::/32"]}
    rules = [
        {"protocol": "icmp", **v4},
        {"protocol": "1", "from_port": 8, **v4},
        {"protocol": "ICMPv6", **v6},
        {"protocol": "58", "from_port": 128, "to_port": 0, **v6},
        {"protocol": 50, **v4},
        {"protocol": "51", "from_port": 0, "to_port": 0, **v6},
        {"protocol": -1, **v6},
        {"protocol": "all", "from_port": 0, "to_port": 65535, **v4},
        {"protocol": "17", "to_port": 53, "cidrs": ["192.0.2.1", "2001:0db8::0001/128"]},
        {"protocol": "udp", "from_port": 53, "cidrs": ["192.0.2.1/32"]},
    ]
    item = {"name": "rules", "vpc_id": vpc, "description": "rules", "ingress": rules, "egress": rules}
    assert actions(reconcile(SecurityGroup(), aws, [item], QUICK)) == [Action.CREATE]
    assert actions(reconcile(SecurityGroup(), aws, [item], QUICK)) == [Action.NONE]
    (group,) = ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": ["rules"]}])["SecurityGroups"]
    kept = {(one["IpProtocol"], one.get("FromPort"), one.get("ToPort")) for one in group["IpPermissions"]}
    assert kept == {
        ("icmp", -1, -1),
        ("icmp", 8, -1),
        ("icmpv6", -1, -1),
        ("icmpv6", 128, 0),
        ("50", None, None),
        ("51", None, None),
        ("-1", None, None),
        ("udp", 53, 53),
    }
    assert {one["CidrIpv6"] for entry in group["IpPermissions"] for one in entry["Ipv6Ranges"]} == {
        "2001:db8::/32",
        "2001:db8::1/128",
    }
    assert actions(reconcile(SecurityGroup(), aws, [{**item, "ingress": rules[:1]}], QUICK)) == [Action.UPDATE]


def test_networks_are_sent_and_compared_as_aws_keeps_them(ec2: Any, vpc: str, aws: Aws) -> None:
    """In entries of ACLs, in routes, and of VPCs and subnets themselves."""
    entry = {"rule_number": 100, "protocol": "tcp", "from_port": 443, "cidr": "2001:DB8:0:0::/32"}
    ping = {"rule_number": 110, "protocol": "58", "cidr": "2001:DB8::/32"}
    acl = {"name": "acl", "vpc_id": vpc, "ingress": [entry, ping], "egress": [{**entry, "cidr": "192.0.2.1"}]}
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    routes = [{"cidr": cidr, "gateway_id": gateway} for cidr in ("2001:DB8:0:0::/32", "192.0.2.1")]
    whole = {"name": "vpc", "cidr_block": "10.1.0.0/255.255.0.0"}
    cases = [(NetworkAcl, acl), (RouteTable, {"name": "rtb", "vpc_id": vpc, "routes": routes}), (Vpc, whole)]
    for kind, item in cases:
        assert actions(reconcile(kind(), aws, [item], QUICK)) == [Action.CREATE]
        assert actions(reconcile(kind(), aws, [item], QUICK)) == [Action.NONE]
    (table,) = ec2.describe_route_tables(Filters=[{"Name": "tag:Name", "Values": ["rtb"]}])["RouteTables"]
    assert {one.get("DestinationIpv6CidrBlock") for one in table["Routes"]} == {None, "2001:db8::/32"}
    (made,) = ec2.describe_vpcs(Filters=[{"Name": "tag:Name", "Values": ["vpc"]}])["Vpcs"]
    assert made["CidrBlock"] == "10.1.0.0/16"


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


# --- what AWS takes time for ------------------------------------------------------------------------------------------


def test_what_was_just_made_may_not_be_known_yet(ec2: Any, vpc: str, aws: Aws, account: EmbeddedAws) -> None:
    """A call about it is made again until it is."""
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.9.0/24")["Subnet"]["SubnetId"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    other = ec2.create_vpc(CidrBlock="10.2.0.0/16")["Vpc"]["VpcId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    way_in = {"protocol": "icmp", "cidrs": ["10.0.0.0/16"]}
    entry = {"rule_number": 100, "protocol": "-1", "cidr": "10.0.0.0/16"}
    routes = [{"cidr": "0.0.0.0/0", "gateway_id": gateway}]
    zone = {"cidr_block": "10.0.1.0/24", "availability_zone": "eu-central-2a", "map_public_ip_on_launch": True}
    cases: list[tuple[Any, dict[str, Any], dict[str, str]]] = [
        (InternetGateway, {"vpc_id": other}, {"AttachInternetGateway": "InvalidInternetGatewayID.NotFound"}),
        (
            SecurityGroup,
            {"vpc_id": vpc, "description": "x", "ingress": [way_in]},
            {"AuthorizeSecurityGroupIngress": "InvalidGroup.NotFound"},
        ),
        (
            RouteTable,
            {"vpc_id": vpc, "routes": routes, "subnet_ids": [subnet]},
            dict.fromkeys(("CreateRoute", "AssociateRouteTable"), "InvalidRouteTableID.NotFound"),
        ),
        (
            NetworkAcl,
            {"vpc_id": vpc, "ingress": [entry], "subnet_ids": [subnet]},
            {
                "CreateNetworkAclEntry": "InvalidNetworkAclID.NotFound",
                "ReplaceNetworkAclAssociation": "InvalidAssociationID.NotFound",
            },
        ),
        (Subnet, {"vpc_id": vpc, **zone}, {"ModifySubnetAttribute": "InvalidSubnetID.NotFound"}),
        (Vpc, {"cidr_block": "10.1.0.0/16", "dns_hostnames": True}, {"ModifyVpcAttribute": "InvalidVpcID.NotFound"}),
        (NatGateway, {"subnet_id": subnet}, {"CreateNatGateway": "InvalidAllocationID.NotFound"}),
    ]
    for kind, item, lag in cases:
        for operation, code in lag.items():
            fault = {"operation": operation, "kind": "access_denied", "code": code, "status": 400, "times": 1}
            account.admin("POST", "faults", fault)
        account.forget_calls()
        assert actions(reconcile(kind(), aws, [{"name": "new", **item}], QUICK)) == [Action.CREATE]
        for operation in lag:
            assert account.writes().count(f"ec2:{operation}") == 2
        assert actions(reconcile(kind(), aws, [{"name": "new", **item}], QUICK)) == [Action.NONE]
