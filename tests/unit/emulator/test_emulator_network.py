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
    with refused("AuthFailure"):  # which AWS says for a moment
        ec2.release_address(AllocationId=address)
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


def test_a_public_gateway_fails_without_an_internet_gateway(ec2: Any, network: Any) -> None:
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    for _attempt in range(2):  # the address stays free
        made = ec2.create_nat_gateway(SubnetId=network["subnets"][0], AllocationId=address)["NatGateway"]
        assert made["State"] == "pending"
        shown = ec2.describe_nat_gateways(NatGatewayIds=[made["NatGatewayId"]])["NatGateways"][0]
        assert (shown["State"], shown["FailureCode"]) == ("failed", "Gateway.NotAttached")
        assert network["vpc"] in shown["FailureMessage"]
    ec2.release_address(AllocationId=address)


def test_a_service_may_lack_a_zone(ec2: Any, network: Any, admin: Any, refused: Any) -> None:
    admin("PUT", "/settings", {"endpoint_zones": {"rds": ["eu-central-2a"]}})
    (details,) = ec2.describe_vpc_endpoint_services(ServiceNames=[RDS])["ServiceDetails"]
    assert details["AvailabilityZones"] == ["eu-central-2a"]
    with refused("InvalidParameter", "does not support the availability zone"):
        _interface(ec2, network)
    _interface(ec2, network, SubnetIds=network["subnets"][:1])


def test_quotas(ec2: Any, client: Any, network: Any, admin: Any, refused: Any) -> None:
    quotas = client("service-quotas")

    def applied(code: str, service: str = "vpc") -> float:
        return float(quotas.get_service_quota(ServiceCode=service, QuotaCode=code)["Quota"]["Value"])

    assert (applied("L-0263D0A3", "ec2"), applied("L-29B6F2EB"), applied("L-1B52E74A")) == (5, 50, 20)
    with refused("NoSuchResourceException"):
        applied("L-0263D0A3", "vpc")
    codes = ("L-0263D0A3", "L-F678F1CE", "L-29B6F2EB", "L-1B52E74A", "L-FE5A380F")
    admin("PUT", "/settings", {"quotas": dict.fromkeys(codes, 0)})
    assert applied("L-F678F1CE") == 0
    default = quotas.get_aws_default_service_quota(ServiceCode="vpc", QuotaCode="L-F678F1CE")
    assert default["Quota"]["Value"] == 5
    with refused("AddressLimitExceeded"):
        ec2.allocate_address()
    with refused("VpcLimitExceeded"):
        ec2.create_vpc(CidrBlock="10.9.0.0/16")
    with refused("VpcEndpointLimitExceeded"):
        _interface(ec2, network)
    with refused("VpcEndpointLimitExceeded"):
        ec2.create_vpc_endpoint(VpcId=network["vpc"], ServiceName=S3)
    admin("PUT", "/settings", {"quotas": {"L-0263D0A3": 1}})
    with refused("NatGatewayLimitExceeded"):
        ec2.create_nat_gateway(
            SubnetId=network["subnets"][0], AllocationId=ec2.allocate_address(Domain="vpc")["AllocationId"]
        )


def test_rules_are_kept_in_one_spelling(ec2: Any, network: Any, refused: Any) -> None:
    group = network["group"]

    def allow(**rule: Any) -> None:
        ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[rule])

    anywhere = [{"CidrIp": "0.0.0.0/0"}]
    for protocol in ("tcp", "17", "icmp"):
        with refused("InvalidParameterValue", "Must specify both"):
            allow(IpProtocol=protocol, IpRanges=anywhere)
    with refused("InvalidParameterValue", "Unknown protocol"):
        allow(IpProtocol="https", IpRanges=anywhere)
    allow(IpProtocol="58", Ipv6Ranges=[{"CidrIpv6": "2001:DB8:0::/32"}])
    allow(IpProtocol="50", FromPort=0, ToPort=0, IpRanges=[{"CidrIp": "10.0.0.1/16"}])
    (shown,) = ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"]
    v6, esp = shown["IpPermissions"]
    assert (v6["IpProtocol"], v6["FromPort"], v6["ToPort"]) == ("icmpv6", -1, -1)
    assert v6["Ipv6Ranges"] == [{"CidrIpv6": "2001:db8::/32"}]
    assert (esp["IpProtocol"], "FromPort" in esp, esp["IpRanges"]) == ("50", False, [{"CidrIp": "10.0.0.0/16"}])
    ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=[v6, esp])
    assert ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]["IpPermissions"] == []


def test_interfaces_tell_whom_they_serve(ec2: Any, client: Any, network: Any) -> None:
    endpoint = _interface(ec2, network)["VpcEndpointId"]
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
    chosen = [{"Name": "group-id", "Values": [network["group"]]}]
    found = ec2.describe_network_interfaces(Filters=chosen)["NetworkInterfaces"]
    assert all(one["RequesterManaged"] for one in found)
    assert {f"VPC Endpoint Interface {endpoint}", "RDSNetworkInterface"} == {one["Description"] for one in found}


def test_subnets_take_their_associations_along(ec2: Any, network: Any, refused: Any) -> None:
    subnet, vpc = network["subnets"][0], network["vpc"]
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
    with refused("DependencyViolation"):
        ec2.delete_route_table(RouteTableId=table)
    ec2.delete_subnet(SubnetId=subnet)
    ec2.delete_route_table(RouteTableId=table)
    (main,) = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["RouteTables"]
    with refused("DependencyViolation"):
        ec2.delete_route_table(RouteTableId=main["RouteTableId"])
    (acl,) = ec2.describe_network_acls(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["NetworkAcls"]
    assert {one["SubnetId"] for one in acl["Associations"]} == set(network["subnets"][1:])
