# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""EC2: endpoints, NAT gateways, and the order in which a network can be taken down."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.provisioning import settings

RDS, S3 = "com.amazonaws.eu-central-2.rds", "com.amazonaws.eu-central-2.s3"


@pytest.fixture
def ec2(client: Any) -> Any:
    return client("ec2")


def _interface(ec2: Any, network: Any, **changes: Any) -> Any:
    params = {
        "VpcId": network["vpc"],
        "ServiceName": RDS,
        "VpcEndpointType": "Interface",
        "PrivateDnsEnabled": True,
        "SubnetIds": network["subnets"][:2],
        "SecurityGroupIds": [network["group"]],
    }
    return ec2.create_vpc_endpoint(**params | changes)["VpcEndpoint"]


def _shown(ec2: Any, endpoint_id: str) -> Any:
    return ec2.describe_vpc_endpoints(VpcEndpointIds=[endpoint_id])["VpcEndpoints"][0]


def test_an_interface_endpoint(ec2: Any, network: Any) -> None:
    created = _interface(ec2, network)
    assert created["State"] == "pending"
    shown = _shown(ec2, created["VpcEndpointId"])
    assert (shown["State"], shown["PrivateDnsEnabled"], shown["VpcEndpointType"]) == ("available", True, "Interface")
    assert "rds.eu-central-2.amazonaws.com" in {item["DnsName"] for item in shown["DnsEntries"]}
    assert [item["GroupId"] for item in shown["Groups"]] == [network["group"]]
    assert len(shown["NetworkInterfaceIds"]) == 2


def test_private_names_conflict(ec2: Any, network: Any, refused: Any) -> None:
    first = _interface(ec2, network)["VpcEndpointId"]
    with refused("InvalidParameter", "conflicting DNS domain"):
        _interface(ec2, network)
    second = _interface(ec2, network, PrivateDnsEnabled=False)["VpcEndpointId"]
    with refused("InvalidParameter", "conflicting DNS domain"):
        ec2.modify_vpc_endpoint(VpcEndpointId=second, PrivateDnsEnabled=True)
    ec2.delete_vpc_endpoints(VpcEndpointIds=[first])
    ec2.modify_vpc_endpoint(VpcEndpointId=second, PrivateDnsEnabled=True)
    assert _shown(ec2, second)["PrivateDnsEnabled"] is True


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"ServiceName": "com.amazonaws.eu-central-2.nothing"}, "InvalidServiceName"),
        ({"PolicyDocument": "{}"}, "MalformedPolicyDocument"),
        ({"SecurityGroupIds": ["sg-0"]}, "InvalidParameterValue"),
        ({"SubnetIds": ["subnet-0"]}, "InvalidSubnetID.NotFound"),
        ({"VpcId": "vpc-0"}, "InvalidVpcID.NotFound"),
    ],
)
def test_bad_endpoints_are_refused(ec2: Any, network: Any, refused: Any, changes: Any, code: str) -> None:
    with refused(code):
        _interface(ec2, network, **changes)


def test_private_names_need_dns_in_the_vpc(ec2: Any, network: Any, refused: Any) -> None:
    ec2.modify_vpc_attribute(VpcId=network["vpc"], EnableDnsHostnames={"Value": False})
    with refused("InvalidParameter", "enableDnsHostnames"):
        _interface(ec2, network)


def test_an_endpoint_converges(ec2: Any, network: Any, refused: Any) -> None:
    endpoint = _interface(ec2, network)["VpcEndpointId"]
    policy = '{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "rds:*", "Resource": "*"}]}'
    other = ec2.create_security_group(GroupName="other", Description="d", VpcId=network["vpc"])["GroupId"]
    ec2.modify_vpc_endpoint(
        VpcEndpointId=endpoint,
        AddSubnetIds=network["subnets"][2:],
        RemoveSubnetIds=network["subnets"][:1],
        AddSecurityGroupIds=[other],
        RemoveSecurityGroupIds=[network["group"]],
        PolicyDocument=policy,
        PrivateDnsEnabled=False,
    )
    shown = _shown(ec2, endpoint)
    assert (set(shown["SubnetIds"]), shown["PolicyDocument"]) == (set(network["subnets"][1:]), policy)
    assert ([item["GroupId"] for item in shown["Groups"]], shown["PrivateDnsEnabled"]) == ([other], False)
    assert len(shown["NetworkInterfaceIds"]) == 2
    with refused("InvalidParameter"):
        ec2.modify_vpc_endpoint(VpcEndpointId=endpoint, RemoveSecurityGroupIds=[other])


def test_a_gateway_endpoint_adds_and_removes_its_route(ec2: Any, network: Any, refused: Any) -> None:
    table = ec2.create_route_table(VpcId=network["vpc"])["RouteTable"]["RouteTableId"]
    params = {"VpcId": network["vpc"], "ServiceName": S3, "RouteTableIds": [table]}
    created = ec2.create_vpc_endpoint(**params)["VpcEndpoint"]
    assert (created["VpcEndpointType"], created["PrivateDnsEnabled"]) == ("Gateway", False)

    def routes() -> list[Any]:
        found = ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"][0]["Routes"]
        return [item for item in found if "DestinationPrefixListId" in item]

    assert len(routes()) == 1
    with refused("RouteAlreadyExists"):
        ec2.create_vpc_endpoint(**params)
    ec2.delete_vpc_endpoints(VpcEndpointIds=[created["VpcEndpointId"]])
    assert routes() == []
    ec2.delete_route_table(RouteTableId=table)


def test_deleted_endpoints_disappear(ec2: Any, network: Any) -> None:
    settings.provisioning_seconds = {"ec2": 0.0}
    endpoint = _interface(ec2, network)["VpcEndpointId"]
    assert _shown(ec2, endpoint)["State"] == "available"
    settings.provisioning_seconds = {"ec2": 30.0}
    ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint])
    assert _shown(ec2, endpoint)["State"] == "deleting"
    answer = ec2.delete_vpc_endpoints(VpcEndpointIds=["vpce-none"])
    assert answer["Unsuccessful"][0]["Error"]["Code"] == "InvalidVpcEndpoint.NotFound"


def test_services_of_the_region(ec2: Any) -> None:
    names = (
        "kms",
        "secretsmanager",
        "logs",
        "monitoring",
        "sts",
        "bedrock",
        "bedrock-runtime",
        "aps",
        "aps-workspaces",
        "rds",
        "elasticache",
        "s3",
    )
    wanted = [f"com.amazonaws.eu-central-2.{name}" for name in names]
    found = ec2.describe_vpc_endpoint_services(ServiceNames=wanted)
    assert set(wanted) <= set(found["ServiceNames"])


def test_a_network_goes_down_in_order(ec2: Any, network: Any, refused: Any) -> None:
    vpc, subnet = network["vpc"], network["subnets"][0]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    nat = ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address)["NatGateway"]
    assert nat["State"] == "pending"
    assert ec2.describe_nat_gateways(NatGatewayIds=[nat["NatGatewayId"]])["NatGateways"][0]["State"] == "available"
    with refused("Resource.AlreadyAssociated"):
        ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address)
    endpoint = _interface(ec2, network)["VpcEndpointId"]
    for code, call in (
        ("InvalidIPAddress.InUse", lambda: ec2.release_address(AllocationId=address)),
        ("DependencyViolation", lambda: ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)),
        ("DependencyViolation", lambda: ec2.delete_subnet(SubnetId=subnet)),
        ("DependencyViolation", lambda: ec2.delete_security_group(GroupId=network["group"])),
        ("DependencyViolation", lambda: ec2.delete_vpc(VpcId=vpc)),
    ):
        with refused(code):
            call()
    ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint])
    ec2.delete_nat_gateway(NatGatewayId=nat["NatGatewayId"])
    assert ec2.describe_nat_gateways(NatGatewayIds=[nat["NatGatewayId"]])["NatGateways"][0]["State"] == "deleted"
    ec2.release_address(AllocationId=address)
    ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    ec2.delete_internet_gateway(InternetGatewayId=gateway)
    ec2.delete_security_group(GroupId=network["group"])
    for item in network["subnets"]:
        ec2.delete_subnet(SubnetId=item)
    ec2.delete_vpc(VpcId=vpc)


def test_databases_hold_their_subnets_and_groups(ec2: Any, client: Any, network: Any, refused: Any) -> None:
    cache = client("elasticache")
    cache.create_cache_subnet_group(
        CacheSubnetGroupName="isolated", CacheSubnetGroupDescription="d", SubnetIds=network["subnets"]
    )
    cache.create_replication_group(
        ReplicationGroupId="one",
        ReplicationGroupDescription="d",
        CacheNodeType="cache.t4g.micro",
        CacheSubnetGroupName="isolated",
        SecurityGroupIds=[network["group"]],
    )
    with refused("DependencyViolation"):
        ec2.delete_security_group(GroupId=network["group"])
    with refused("DependencyViolation"):
        ec2.delete_subnet(SubnetId=network["subnets"][0])
    cache.delete_replication_group(ReplicationGroupId="one")
    ec2.delete_security_group(GroupId=network["group"])


def test_default_groups_and_references_stay(ec2: Any, network: Any, refused: Any) -> None:
    groups = ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [network["vpc"]]}])["SecurityGroups"]
    default = next(item["GroupId"] for item in groups if item["GroupName"] == "default")
    with refused("CannotDelete"):
        ec2.delete_security_group(GroupId=default)
    other = ec2.create_security_group(GroupName="other", Description="d", VpcId=network["vpc"])["GroupId"]
    pair = [{"GroupId": network["group"]}]
    ec2.authorize_security_group_ingress(
        GroupId=other, IpPermissions=[{"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1, "UserIdGroupPairs": pair}]
    )
    with refused("DependencyViolation"):
        ec2.delete_security_group(GroupId=network["group"])
