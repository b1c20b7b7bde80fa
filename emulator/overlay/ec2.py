# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""EC2: VPC endpoints and NAT gateways that take time, and what stands in the way of a deletion."""

from __future__ import annotations

import json
import random
from typing import Any

from moto.ec2.models import ec2_backends

from .. import state
from ..call import AwsError, Call
from ..provisioning import Phase, settings
from ..registry import gate, operation
from . import functions, quotas
from .common import GONE, check_security_groups

_DEFAULT_POLICY = '{"Statement": [{"Action": "*", "Effect": "Allow", "Principal": "*", "Resource": "*"}]}'


def _backend(call: Call) -> Any:
    return ec2_backends[call.account][call.region]


def _phases(call: Call, kind: str) -> dict[str, Phase]:
    return state.store("ec2", call.account, call.region)[kind]


def _invalid(message: str, code: str = "InvalidParameter") -> AwsError:
    return AwsError(code, message, 400)


def _violation(message: str) -> AwsError:
    return AwsError("DependencyViolation", message, 400)


@gate("ec2")
def settle(call: Call) -> None:
    """Bring the states of endpoints and NAT gateways up to date before anything looks at them."""
    backend = _backend(call)
    for endpoint_id, phase in list(_phases(call, "endpoints").items()):
        endpoint = backend.vpc_end_points.get(endpoint_id)
        if endpoint is not None and phase.status != GONE:
            endpoint.state = phase.status
            continue
        if endpoint is not None:
            _drop_interfaces(backend, endpoint.network_interface_ids)
        backend.vpc_end_points.pop(endpoint_id, None)
        del _phases(call, "endpoints")[endpoint_id]
    for gateway_id, phase in list(_phases(call, "gateways").items()):
        gateway = backend.nat_gateways.get(gateway_id)
        if gateway is None:
            del _phases(call, "gateways")[gateway_id]
            continue
        gateway.state = phase.status
        if phase.status in ("deleted", "failed") and gateway._eni.id in backend.enis:
            _drop_interfaces(backend, [gateway._eni.id])


def _drop_interfaces(backend: Any, ids: list[str]) -> None:
    for eni_id in ids:
        for address in backend.addresses:
            if address.eni is not None and address.eni.id == eni_id:
                address.eni = None
                address.association_id = None
        backend.enis.pop(eni_id, None)


# VPC endpoints


def _live_endpoints(call: Call, vpc_id: str) -> list[Any]:
    return [
        item for item in _backend(call).vpc_end_points.values() if item.vpc_id == vpc_id and item.state != "deleted"
    ]


def _check_private_dns(call: Call, vpc_id: str, service: str, own_id: str | None = None) -> None:
    vpc = _backend(call).vpcs[vpc_id]
    if str(vpc.enable_dns_support).lower() != "true" or str(vpc.enable_dns_hostnames).lower() != "true":
        raise _invalid(
            "Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to "
            f"true for {vpc_id}"
        )
    for item in _live_endpoints(call, vpc_id):
        if item.id != own_id and item.service_name == service and item.private_dns_enabled:
            raise _invalid(
                "private-dns-enabled cannot be set because there is already a conflicting DNS domain for "
                f"{_private_name(service)} in the VPC {vpc_id}"
            )


def _private_name(service: str) -> str:
    """Turn com.amazonaws.eu-central-2.rds into rds.eu-central-2.amazonaws.com."""
    _, _, region, name = service.split(".", 3)
    return f"{'.'.join(reversed(name.split('.')))}.{region}.amazonaws.com"


def _check_subnets(call: Call, vpc_id: str, service: str, ids: list[str]) -> None:
    found = [_backend(call).get_subnet(item) for item in ids]
    served = settings.endpoint_zones.get(service.split(".", 3)[-1])
    for item in found:
        if served is not None and item.availability_zone not in served:
            raise _invalid(
                f"The VPC endpoint service {service} does not support the availability zone of the subnet: {item.id}."
            )
    if any(item.vpc_id != vpc_id for item in found):
        raise _invalid("A subnet does not belong to the VPC of the endpoint", "InvalidSubnetID.NotFound")
    zones = [item.availability_zone for item in found]
    if len(set(zones)) < len(zones):
        raise _invalid("Found another VPC endpoint subnet in the availability zone", "DuplicateSubnetsInSameZone")


def _check_policy(text: str | None) -> None:
    if not text:
        return
    try:
        statements = json.loads(text)["Statement"]
    except (ValueError, KeyError, TypeError) as error:
        raise _invalid("Policy document is not valid", "MalformedPolicyDocument") from error
    if not statements:
        raise _invalid("Policy document has no statement", "MalformedPolicyDocument")


def _check_service(call: Call, service: str, kind: str) -> None:
    if service not in _service_names(call):
        raise _invalid(f"The Vpc Endpoint Service '{service}' does not exist", "InvalidServiceName")
    if kind == "Gateway" and service.rsplit(".", 1)[-1] not in ("s3", "dynamodb", "s3express"):
        raise _invalid(f"The service {service} does not support the endpoint type Gateway")


def _service_names(call: Call) -> set[str]:
    services = _backend(call).describe_vpc_endpoint_services(
        service_names=[], filters=[], max_results=10000, next_token=None, region=call.region
    )
    return set(services["serviceNames"])


@operation("ec2", "CreateVpcEndpoint")
def create_endpoint(call: Call) -> Any:
    """Create an endpoint."""
    params, kind = call.params, call.params.get("VpcEndpointType", "Gateway")
    vpc_id, service = params["VpcId"], params["ServiceName"]
    backend = _backend(call)
    backend.get_vpc(vpc_id)
    _check_service(call, service, kind)
    _check_policy(params.get("PolicyDocument"))
    private = kind == "Interface" and params.get("PrivateDnsEnabled", True)
    if kind == "Interface":
        present = [item for item in _live_endpoints(call, vpc_id) if item.vpc_endpoint_type == "Interface"]
        quotas.check("L-29B6F2EB", len(present))
        _check_subnets(call, vpc_id, service, params.get("SubnetIds") or [])
        check_security_groups(call, params.get("SecurityGroupIds"), vpc_id)
        if private:
            _check_private_dns(call, vpc_id, service)
    else:
        gateways = [item for item in backend.vpc_end_points.values() if item.vpc_endpoint_type == "Gateway"]
        quotas.check("L-1B52E74A", len(gateways))
        _check_routes(call, vpc_id, service, params.get("RouteTableIds") or [])
    result = call.forward()
    endpoint = backend.vpc_end_points[result["VpcEndpoint"]["VpcEndpointId"]]
    endpoint.vpc_endpoint_type = kind
    endpoint.private_dns_enabled = private
    endpoint.policy_document = params.get("PolicyDocument") or _DEFAULT_POLICY
    endpoint.route_table_ids = endpoint.route_table_ids or []
    if kind == "Interface" and not endpoint.security_group_ids:
        endpoint.security_group_ids = [item.id for item in backend.groups[vpc_id].values() if item.name == "default"]
    _name_endpoint(endpoint)
    _link_interfaces(backend, endpoint)
    phase = Phase("ec2", "available")
    _phases(call, "endpoints")[endpoint.id] = phase
    phase.begin("pending", seconds=None if kind == "Interface" else 0)
    endpoint.state = phase.started if kind == "Interface" else "available"
    result["VpcEndpoint"] |= {
        "VpcEndpointType": kind,
        "State": endpoint.state,
        "PrivateDnsEnabled": private,
        "DnsEntries": endpoint.dns_entries_shown,
        "PolicyDocument": endpoint.policy_document,
        "Groups": endpoint.groups if kind == "Interface" else [],
    }
    return result


def _check_routes(call: Call, vpc_id: str, service: str, ids: list[str]) -> None:
    for table_id in ids:
        _backend(call).get_route_table(table_id)
        for item in _live_endpoints(call, vpc_id):
            if item.service_name == service and table_id in (item.route_table_ids or []):
                raise _invalid(
                    f"route table {table_id} already has a route with destination-prefix-list-id of {service}",
                    "RouteAlreadyExists",
                )


def _name_endpoint(endpoint: Any) -> None:
    """Give an interface endpoint the names that AWS gives it."""
    entries: list[dict[str, str]] = []
    if endpoint.vpc_endpoint_type == "Interface":
        _, _, region, name = endpoint.service_name.split(".", 3)
        suffix = "".join(random.choice("0123456789abcdefghijklmnopqrstuvwxyz") for _ in range(8))
        regional = f"{endpoint.id}-{suffix}.{'.'.join(reversed(name.split('.')))}.{region}.vpce.amazonaws.com"
        present = next((item["dns_name"] for item in endpoint.dns_entries or [] if "vpce-" in item["dns_name"]), "")
        regional = present if present.endswith(".vpce.amazonaws.com") else regional
        entries.append({"dns_name": regional, "hosted_zone_id": "Z1234567890EMU"})
        if endpoint.private_dns_enabled:
            entries.append({"dns_name": _private_name(endpoint.service_name), "hosted_zone_id": "ZPRIVATE00EMU"})
    endpoint.dns_entries = entries
    endpoint.dns_entries_shown = [
        {"DnsName": item["dns_name"], "HostedZoneId": item["hosted_zone_id"]} for item in entries
    ]


def _link_interfaces(backend: Any, endpoint: Any) -> None:
    """Keep one interface for each subnet of the endpoint."""
    if endpoint.vpc_endpoint_type != "Interface":
        return
    wanted, kept = list(endpoint.subnet_ids or []), []
    for eni_id in endpoint.network_interface_ids:
        eni = backend.enis.get(eni_id)
        if eni is not None and eni.subnet.id in wanted:
            wanted.remove(eni.subnet.id)
            kept.append(eni_id)
        else:
            backend.enis.pop(eni_id, None)
    kept.extend(backend.create_network_interface(subnet_id, None).id for subnet_id in wanted)
    endpoint.network_interface_ids = kept
    for eni_id in kept:
        groups = [backend.get_security_group_from_id(group_id) for group_id in endpoint.security_group_ids]
        _belong(backend.enis[eni_id], "vpc_endpoint", f"VPC Endpoint Interface {endpoint.id}", groups)


def _belong(eni: Any, kind: str, description: str, groups: list[Any]) -> None:
    """Mark an interface as one that AWS made for a resource."""
    eni.requester_managed, eni.status, eni.interface_type = True, "in-use", kind
    eni.description, eni._group_set = description, groups


@operation("ec2", "ModifyVpcEndpoint")
def modify_endpoint(call: Call) -> Any:
    """Change an endpoint that is available."""
    params, backend = call.params, _backend(call)
    endpoint = backend.vpc_end_points.get(params["VpcEndpointId"])
    if endpoint is None:
        raise AwsError(
            "InvalidVpcEndpointId.NotFound", f"The Vpc Endpoint Id '{params['VpcEndpointId']}' does not exist", 400
        )
    if endpoint.state != "available":
        raise _invalid(f"The endpoint {endpoint.id} is in state {endpoint.state}", "IncorrectState")
    _check_policy(params.get("PolicyDocument"))
    removed = set(params.get("RemoveSubnetIds") or [])
    subnets = [item for item in [*(endpoint.subnet_ids or []), *params.get("AddSubnetIds", [])] if item not in removed]
    _check_subnets(call, endpoint.vpc_id, endpoint.service_name, list(dict.fromkeys(subnets)))
    check_security_groups(call, params.get("AddSecurityGroupIds"), endpoint.vpc_id)
    private = params.get("PrivateDnsEnabled", endpoint.private_dns_enabled)
    if private and not endpoint.private_dns_enabled:
        _check_private_dns(call, endpoint.vpc_id, endpoint.service_name, endpoint.id)
    left = set(endpoint.security_group_ids) - set(params.get("RemoveSecurityGroupIds") or [])
    if endpoint.vpc_endpoint_type == "Interface" and not left | set(params.get("AddSecurityGroupIds") or []):
        raise _invalid("At least one security group must remain on the endpoint")
    _check_routes(call, endpoint.vpc_id, endpoint.service_name, params.get("AddRouteTableIds") or [])
    response = call.forward()
    _modify_routes(call, endpoint)
    endpoint.private_dns_enabled = private
    if params.get("ResetPolicy"):
        endpoint.policy_document = _DEFAULT_POLICY
    _name_endpoint(endpoint)
    _link_interfaces(backend, endpoint)
    return response


def _modify_routes(call: Call, endpoint: Any) -> None:
    backend = _backend(call)
    for table_id in call.params.get("RemoveRouteTableIds") or []:
        _delete_route(backend, endpoint, table_id)
    for table_id in call.params.get("AddRouteTableIds") or []:
        if endpoint.destination_prefix_list_id:
            backend.create_route(
                table_id, None, gateway_id=endpoint.id, destination_prefix_list_id=endpoint.destination_prefix_list_id
            )


@operation("ec2", "DescribeVpcEndpointServices")
def describe_services(call: Call) -> Any:
    """List services with endpoints; some may have interface endpoints in some zones only."""
    result = call.forward()
    for item in result["ServiceDetails"]:
        zones = settings.endpoint_zones.get(item["ServiceName"].split(".", 3)[-1])
        if zones is not None and item["ServiceType"] == [{"ServiceType": "Interface"}]:
            item["AvailabilityZones"] = zones
    return result


@operation("ec2", "DescribeVpcEndpoints")
def describe_endpoints(call: Call) -> Any:
    """List endpoints."""
    result = call.forward()
    for item in result["VpcEndpoints"]:
        item["VpcEndpointType"] = item.get("VpcEndpointType", "Gateway")
        item["RequesterManaged"] = False
        item["IpAddressType"] = "ipv4"
    return result


@operation("ec2", "DeleteVpcEndpoints")
def delete_endpoints(call: Call) -> Any:
    """Delete endpoints; those that do not exist are reported."""
    backend, failed = _backend(call), []
    for endpoint_id in call.params["VpcEndpointIds"]:
        endpoint = backend.vpc_end_points.get(endpoint_id)
        if endpoint is None:
            error = {
                "Code": "InvalidVpcEndpoint.NotFound",
                "Message": f"The Vpc Endpoint Id '{endpoint_id}' does not exist",
            }
            failed.append({"ResourceId": endpoint_id, "Error": error})
            continue
        if endpoint.vpc_endpoint_type != "Interface":
            _delete_routes(backend, endpoint)
        phase = _phases(call, "endpoints").setdefault(endpoint_id, Phase("ec2", "available"))
        phase.begin("deleting", GONE)
        endpoint.state = "deleting"
    return {"Unsuccessful": failed}


def _delete_routes(backend: Any, endpoint: Any) -> None:
    for table_id in endpoint.route_table_ids or []:
        _delete_route(backend, endpoint, table_id)


def _delete_route(backend: Any, endpoint: Any, table_id: str) -> None:
    table, prefix_list = backend.route_tables.get(table_id), endpoint.destination_prefix_list_id
    if table is None or not prefix_list:
        return
    for route_id, route in list(table._routes.items()):
        if route.destination_prefix_list and route.destination_prefix_list.id == prefix_list:
            del table._routes[route_id]


# NAT gateways and addresses


@operation("ec2", "CreateNatGateway")
def create_gateway(call: Call) -> Any:
    """Create a NAT gateway in a subnet, with a free address unless it is private."""
    params, backend = call.params, _backend(call)
    backend.get_subnet(params["SubnetId"])
    if params.get("ConnectivityType", "public") == "public":
        allocation = params.get("AllocationId")
        if not allocation:
            raise AwsError("MissingParameter", "The request must contain the parameter AllocationId", 400)
        address = backend.address_by_allocation([allocation])[0]
        if address.association_id:
            raise _invalid(f"Elastic IP address [{allocation}] is already associated", "Resource.AlreadyAssociated")
        quotas.check("L-FE5A380F", len(_beside(call, params["SubnetId"])))
    result = call.forward()
    gateway = backend.nat_gateways[result["NatGateway"]["NatGatewayId"]]
    _belong(gateway._eni, "nat_gateway", f"Interface for NAT Gateway {gateway.id}", [])
    phase = Phase("ec2", "available")
    phase.begin("pending", _outcome(call, gateway))
    _phases(call, "gateways")[gateway.id] = phase
    result["NatGateway"]["State"] = phase.started
    return result


def _beside(call: Call, subnet_id: str) -> list[Any]:
    """Return the NAT gateways in the zone of a subnet."""
    backend = _backend(call)
    zone = backend.get_subnet(subnet_id).availability_zone
    return [item for item in _live_gateways(call) if backend.get_subnet(item.subnet_id).availability_zone == zone]


def _outcome(call: Call, gateway: Any) -> str:
    """Return the state that a gateway reaches: a public one fails in a VPC without an internet gateway."""
    attached = {item.vpc.id for item in _backend(call).internet_gateways.values() if item.vpc is not None}
    if gateway.connectivity_type == "private" or gateway.vpc_id in attached:
        return "available"
    reason = f"Network {gateway.vpc_id} has no Internet gateway attached"
    _failures(call)[gateway.id] = {"FailureCode": "Gateway.NotAttached", "FailureMessage": reason}
    return "failed"


def _failures(call: Call) -> dict[str, dict[str, str]]:
    return state.store("ec2", call.account, call.region)["failures"]


@operation("ec2", "DescribeNatGateways")
def describe_gateways(call: Call) -> Any:
    """List NAT gateways, with the reasons of those that failed."""
    result = call.forward()
    for item in result["NatGateways"]:
        if item["State"] == "failed":
            item.update(_failures(call)[item["NatGatewayId"]])
    return result


@operation("ec2", "DeleteNatGateway")
def delete_gateway(call: Call) -> Any:
    """Delete a NAT gateway; its address is free once that is done."""
    gateway_id = call.params["NatGatewayId"]
    gateway = _backend(call).nat_gateways.get(gateway_id)
    if gateway is None:
        raise AwsError("NatGatewayNotFound", f"The Nat Gateway {gateway_id} was not found", 400)
    phase = _phases(call, "gateways").setdefault(gateway_id, Phase("ec2", "available"))
    if gateway.state != "deleted":
        if gateway.state != "failed":
            _lingering(call).update({entry["allocationId"]: True for entry in gateway.address_set})
        phase.begin("deleting", "deleted")
        gateway.state = "deleting"
    return {"NatGatewayId": gateway_id}


def _lingering(call: Call) -> dict[str, Any]:
    """Return the addresses of deleted gateways that nobody tried to release yet."""
    return state.store("ec2", call.account, call.region)["lingering"]


def _live_gateways(call: Call) -> list[Any]:
    return [item for item in _backend(call).nat_gateways.values() if item.state not in ("deleted", "failed")]


@operation("ec2", "AllocateAddress")
def allocate_address(call: Call) -> Any:
    """Allocate an address within the quota."""
    quotas.check("L-0263D0A3", len(_backend(call).addresses))
    return call.pass_through()


@operation("ec2", "ReleaseAddress")
def release_address(call: Call) -> Any:
    """Release an address that nothing uses. A moment after its gateway went, AWS denies that it is ours."""
    allocation = call.params.get("AllocationId")
    for item in _live_gateways(call):
        if any(address.get("allocationId") == allocation for address in item.address_set):
            raise AwsError("InvalidIPAddress.InUse", f"Address {allocation} is in use.", 400)
    if _lingering(call).pop(allocation, None):
        raise AwsError("AuthFailure", "You do not have permission to access the specified resource.", 400)
    return call.pass_through()


@operation("ec2", "DetachInternetGateway")
def detach_gateway(call: Call) -> Any:
    """Detach an internet gateway from a VPC without public addresses."""
    vpc_id = call.params["VpcId"]
    if any(item.vpc_id == vpc_id and item.connectivity_type != "private" for item in _live_gateways(call)):
        raise _violation(
            f"Network {vpc_id} has some mapped public address(es). Please unmap those public address(es) "
            "before detaching the gateway."
        )
    return call.pass_through()


# Deletions


def _node_zones(call: Call) -> list[tuple[str, str, set[str]]]:
    """Return (subnet group's subnet, its zone, security groups) of every database and cache node."""
    found = []
    rds = state.store("rds", call.account, call.region)
    for item in rds["instances"].values():
        cluster = rds["clusters"].get(item["cluster"])
        group = rds["subnet_groups"].get(cluster["values"]["DBSubnetGroup"]) if cluster else None
        ids = {entry["VpcSecurityGroupId"] for entry in cluster["values"]["VpcSecurityGroups"]} if cluster else set()
        found += [
            (entry[0], entry[1], ids)
            for entry in (group or {"subnets": []})["subnets"]
            if entry[1] == item["values"]["AvailabilityZone"]
        ]
    cache = state.store("elasticache", call.account, call.region)
    for item in cache["groups"].values():
        group = cache["subnet_groups"].get(item["config"]["subnet_group"] or "")
        zones = {member["az"] for member in item["members"]}
        found += [
            (entry[0], entry[1], set(item["config"]["security_groups"]))
            for entry in (group or {"subnets": []})["subnets"]
            if entry[1] in zones
        ]
    return found


def _sweep_nodes(call: Call) -> None:
    from .common import sweep

    for service, names in (("rds", ("instances", "clusters")), ("elasticache", ("groups",))):
        for name in names:
            sweep(state.store(service, call.account, call.region)[name])


@operation("ec2", "DescribeNetworkInterfaces")
def describe_interfaces(call: Call) -> Any:
    """List interfaces, those of databases and caches among them."""
    result = call.forward()
    _sweep_nodes(call)
    chosen = {item["Name"]: set(item["Values"]) for item in call.params.get("Filters") or []}
    for number, (subnet_id, zone, groups) in enumerate(_node_zones(call)):
        vpc_id = _backend(call).get_subnet(subnet_id).vpc_id
        keys = {"group-id": groups, "subnet-id": {subnet_id}, "vpc-id": {vpc_id}}
        if not call.params.get("NetworkInterfaceIds") and all(keys.get(key, set()) & chosen[key] for key in chosen):
            result["NetworkInterfaces"].append(
                {
                    "NetworkInterfaceId": f"eni-{number:017x}",
                    "SubnetId": subnet_id,
                    "VpcId": vpc_id,
                    "AvailabilityZone": zone,
                    "Description": "RDSNetworkInterface",
                    "Groups": [{"GroupId": group_id, "GroupName": group_id} for group_id in sorted(groups)],
                    "InterfaceType": "interface",
                    "RequesterManaged": True,
                    "Status": "in-use",
                    "TagSet": [],
                }
            )
    return result


@operation("ec2", "DeleteRouteTable")
def delete_route_table(call: Call) -> Any:
    """Delete a route table that nothing follows; the main one goes with its VPC."""
    table_id = call.params["RouteTableId"]
    if getattr(_backend(call).get_route_table(table_id), "main_association_id", None):
        raise _violation(f"The routeTable '{table_id}' has dependencies and cannot be deleted.")
    return call.pass_through()


@operation("ec2", "DeleteSubnet")
def delete_subnet(call: Call) -> Any:
    """Delete a subnet without interfaces."""
    subnet_id = call.params["SubnetId"]
    _sweep_nodes(call)
    used = {eni.subnet.id for eni in _backend(call).enis.values()} | {item[0] for item in _node_zones(call)}
    used |= functions.used_network(call)[0]
    if subnet_id in used:
        raise _violation(f"The subnet '{subnet_id}' has dependencies and cannot be deleted.")
    call.forward()
    for item in [*_backend(call).network_acls.values(), *_backend(call).route_tables.values()]:
        for key, tied in list(item._associations.items()):
            if getattr(tied, "subnet_id", tied) == subnet_id:
                del item._associations[key]
    return {}


@operation("ec2", "DeleteSecurityGroup")
def delete_group(call: Call) -> Any:
    """Delete a security group that nothing uses or refers to."""
    group_id, backend = call.params.get("GroupId"), _backend(call)
    group = backend.get_security_group_from_id(group_id) if group_id else None
    if group is None:
        return call.pass_through()
    if group.name == "default":
        raise AwsError(
            "CannotDelete", f'the specified group: "{group_id}" name: "default" cannot be deleted by a user', 400
        )
    _sweep_nodes(call)
    used = {item for node in _node_zones(call) for item in node[2]}
    clusters = state.store("rds", call.account, call.region)["clusters"].values()
    used |= {entry["VpcSecurityGroupId"] for item in clusters for entry in item["values"]["VpcSecurityGroups"]}
    used |= {item for endpoint in backend.vpc_end_points.values() for item in endpoint.security_group_ids}
    used |= {item.id for eni in backend.enis.values() for item in eni.group_set}
    used |= functions.used_network(call)[1]
    if group_id in used or _referred(backend, group):
        raise _violation(f"resource {group_id} has a dependent object")
    return call.pass_through()


def _referred(backend: Any, group: Any) -> bool:
    for other in backend.groups[group.vpc_id].values():
        for rule in [*other.ingress_rules, *other.egress_rules]:
            if other.id != group.id and rule.source_group.get("GroupId") == group.id:
                return True
    return False


@operation("ec2", "CreateVpc")
def create_vpc(call: Call) -> Any:
    """Let the members of the new VPC's default security group reach each other, as AWS does."""
    quotas.check("L-F678F1CE", len(_backend(call).vpcs))
    result = call.forward()
    backend = _backend(call)
    group = backend.get_security_group_from_name("default", vpc_id=result["Vpc"]["VpcId"])
    member = {"GroupId": group.id, "OwnerId": call.account}
    backend.authorize_security_group_ingress(group.id, "-1", None, None, [], source_groups=[member])
    return result


@operation("ec2", "DeleteVpc")
def delete_vpc(call: Call) -> Any:
    """Delete a VPC that holds only what AWS put there."""
    vpc_id, backend = call.params["VpcId"], _backend(call)
    attached = [item for item in backend.internet_gateways.values() if item.vpc is not None and item.vpc.id == vpc_id]
    groups = [item for item in backend.groups[vpc_id].values() if item.name != "default"]
    acls = [item for item in backend.network_acls.values() if item.vpc_id == vpc_id and not item.default]
    if attached or groups or acls or _live_endpoints(call, vpc_id):
        raise _violation(f"The vpc '{vpc_id}' has dependencies and cannot be deleted.")
    return call.pass_through()
