# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Grafana workspace under the common rhythm, in a region that offers the service."""

from __future__ import annotations

import json
from typing import Any

from ansible_collections.dataai.platform.plugins.module_utils.kinds.grafana_workspace import GrafanaWorkspace

from .case import Case, Item

NAME = "grafana-acme-app-test-euc1"
REGION = "eu-central-1"
METADATA = "https://idp.example.com/metadata"


def network(account: Any) -> tuple[list[str], str]:
    """Make a VPC and return the ids of two subnets and a security group."""
    ec2 = account.client("ec2", REGION)
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    zones = [zone["ZoneName"] for zone in ec2.describe_availability_zones()["AvailabilityZones"][:2]]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=zone)["Subnet"]["SubnetId"]
        for number, zone in enumerate(zones)
    ]
    return subnets, ec2.create_security_group(VpcId=vpc, GroupName="grafana", Description="Grafana")["GroupId"]


def role(account: Any) -> str:
    """Make a role for the workspace and return its ARN."""
    trust = {"Effect": "Allow", "Principal": {"Service": "grafana.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    made = account.client("iam").create_role(RoleName="grafana", AssumeRolePolicyDocument=document)
    arn: str = made["Role"]["Arn"]
    return arn


def case(account: Any) -> Case:
    """Return the case for an account with a VPC and a role."""
    grafana = account.client("grafana", REGION)
    (first, second), group = network(account)
    arn = role(account)

    def live() -> dict[str, Any]:
        (one,) = [entry for entry in grafana.list_workspaces()["workspaces"] if entry["name"] == NAME]
        described: dict[str, Any] = grafana.describe_workspace(workspaceId=one["id"])["workspace"]
        return described

    def drift() -> None:
        identity = live()["id"]
        grafana.update_workspace(workspaceId=identity, workspaceDescription="by hand", removeVpcConfiguration=True)
        grafana.update_workspace_authentication(workspaceId=identity, authenticationProviders=["SAML"])

    def verify(item: Item) -> None:
        found = live()
        assert found["description"] == item["description"]
        assert found["workspaceRoleArn"] == arn
        assert found["accountAccessType"] == "CURRENT_ACCOUNT"
        assert sorted(found["dataSources"]) == sorted(item["data_sources"])
        assert sorted(found["vpcConfiguration"]["subnetIds"]) == sorted([first, second])
        access = item["network_access_control"]
        assert found.get("networkAccessControl", {}).get("vpceIds", []) == access.get("vpce_ids", [])
        assert found["grafanaVersion"] == item["grafana_version"]
        assert found["tags"] == item["tags"]
        saml = grafana.describe_workspace_authentication(workspaceId=found["id"])["authentication"]["saml"]
        assert saml["status"] == "CONFIGURED"
        assert saml["configuration"]["idpMetadata"] == {"url": METADATA}
        assert saml["configuration"]["roleValues"]["admin"] == item["saml_configuration"]["role_values"]["admin"]

    create = {
        "name": NAME,
        "description": "Metrics of the platform",
        "role_arn": arn,
        "account_access_type": "CURRENT_ACCOUNT",
        "permission_type": "CUSTOMER_MANAGED",
        "authentication_providers": ["SAML"],
        "saml_configuration": {
            "idp_metadata_url": METADATA,
            "assertion_attributes": {"role": "role"},
            "role_values": {"admin": ["admins"]},
        },
        "data_sources": ["PROMETHEUS", "CLOUDWATCH"],
        "vpc_configuration": {"subnet_ids": [first, second], "security_group_ids": [group]},
        "network_access_control": {"prefix_list_ids": [], "vpce_ids": ["vpce-0123456789abcdef0"]},
        "grafana_version": "9.4",
        "tags": {"Purpose": "dashboards"},
    }
    saml = {**create["saml_configuration"], "role_values": {"admin": ["operators"], "editor": ["developers"]}}
    return Case(
        kind=GrafanaWorkspace,
        create=create,
        update={
            **create,
            "description": "Metrics and logs of the platform",
            "saml_configuration": saml,
            "network_access_control": {},
            "grafana_version": "10.4",
            "tags": {"Purpose": "dashboards", "Owner": "team"},
        },
        drift=drift,
        verify=verify,
        missing=(
            ({**create, "name": "a b"}, "name"),
            ({**create, "account_access_type": "ORGANIZATION"}, "organizational_units"),
            ({**create, "vpc_configuration": {"subnet_ids": [first], "security_group_ids": [group]}}, "2 to 6"),
            ({**create, "saml_configuration": {"role_values": {}}}, "idp_metadata_url or idp_metadata_xml"),
            ({**create, "authentication_providers": ["AWS_SSO"]}, "authentication_providers"),
            ({"name": NAME}, "permission_type is required"),
        ),
        immutable=(
            ({**create, "kms_key_arn": f"arn:aws:kms:{REGION}:123456789012:key/1234abcd"}, "kms_key_arn"),
            ({**create, "grafana_version": "8.4"}, "grafana_version"),
            ({**create, "permission_type": "SERVICE_MANAGED"}, "permission_type"),
        ),
        unchanged=(
            {**create, "data_sources": ["CLOUDWATCH", "PROMETHEUS"]},
            {**create, "vpc_configuration": {"subnet_ids": [second, first], "security_group_ids": [group]}},
            {"name": NAME},
        ),
        region=REGION,
    )
