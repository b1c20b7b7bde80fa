# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The flow log under the common rhythm."""

from __future__ import annotations

import json
from typing import Any

from ansible_collections.dataai.platform.plugins.module_utils.kinds.flow_log import FlowLog

from .case import Case, Item

NAME = "flow-acme-app-test-euc2"


def case(account: Any) -> Case:
    """Return the case for an empty account."""
    ec2, logs, iam = account.client("ec2"), account.client("logs"), account.client("iam")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    for group in ("/acme/flow", "/acme/other"):
        logs.create_log_group(logGroupName=group)
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "vpc-flow-logs.amazonaws.com"}}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = iam.create_role(RoleName="flow", AssumeRolePolicyDocument=document)["Role"]["Arn"]

    def flow_log() -> dict[str, Any]:
        (found,) = ec2.describe_flow_logs(Filter=[{"Name": "tag:Name", "Values": [NAME]}])["FlowLogs"]
        return dict(found)

    def drift() -> None:
        ec2.delete_tags(Resources=[flow_log()["FlowLogId"]], Tags=[{"Key": "Purpose"}])

    def verify(item: Item) -> None:
        found = flow_log()
        assert (found["ResourceId"], found["LogGroupName"]) == (item["vpc_id"], item["log_group_name"])
        assert found["DeliverLogsPermissionArn"] == item["role_arn"]
        assert found["TrafficType"] == item["traffic_type"]
        assert {tag["Key"]: tag["Value"] for tag in found["Tags"]} == {"Name": NAME, **item["tags"]}

    create = {
        "name": NAME,
        "vpc_id": vpc,
        "log_group_name": "/acme/flow",
        "role_arn": role,
        "traffic_type": "ALL",
        "max_aggregation_interval": 60,
        "tags": {"Purpose": "audit"},
    }
    return Case(
        kind=FlowLog,
        create=create,
        update={**create, "tags": {"Purpose": "audit", "Owner": "team"}},
        drift=drift,
        verify=verify,
        missing=(({"name": NAME, "vpc_id": vpc}, "log_group_name is required"),),
        immutable=(
            ({**create, "log_group_name": "/acme/other"}, "log_group_name"),
            ({**create, "traffic_type": "REJECT"}, "traffic_type"),
        ),
        unchanged=({"name": NAME, "vpc_id": vpc},),
    )
