# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Flow logs of VPCs, written to CloudWatch Logs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ..aws.ec2 import by_name, name_field, name_problems, tag_specification
from ..aws.forms import LOG_GROUP_NAME, ROLE, VPC
from ..aws.patience import patiently
from ..aws.session import Aws
from ..aws.tags import EC2, EC2_TAGS, mapping
from ..core.errors import Exists, Failure
from ..core.kind import READY, Deviation, Field, Item, Kind, Live, Manual, broken
from ..core.values import is_unknown

#: Seconds within which a new IAM role is known everywhere.
ROLE_SECONDS = 60.0


class FlowLog(Kind[Aws]):
    """A flow log of a VPC, found by its tag ``Name``. AWS can change nothing of one but its tags."""

    type = "flow_log"
    noun = "flow log"
    aws_type = "AWS::EC2::FlowLog"
    replaceable = True
    fields = (
        name_field("flow log"),
        Field(
            "vpc_id",
            "Id of the VPC whose traffic is logged. Needed to create it.",
            required=True,
            immutable=True,
            form=VPC,
            property="ResourceId",
        ),
        Field(
            "log_group_name",
            "Name of the log group. Needed to create it.",
            required=True,
            immutable=True,
            form=LOG_GROUP_NAME,
            max_length=512,
        ),
        Field(
            "role_arn",
            "ARN of the role with which C(vpc-flow-logs.amazonaws.com) writes. Needed to create it.",
            required=True,
            immutable=True,
            form=ROLE,
            property="DeliverLogsPermissionArn",
        ),
        Field(
            "traffic_type",
            "Which traffic is logged.",
            choices=("ALL", "ACCEPT", "REJECT"),
            default="ALL",
            immutable=True,
        ),
        Field(
            "max_aggregation_interval",
            "Seconds that one record covers at most.",
            type="int",
            choices=(60, 600),
            immutable=True,
        ),
        Field(
            "log_format",
            "The fields of a record, such as V(${version} ${srcaddr}); AWS's own format where left out.",
            immutable=True,
        ),
    )
    deviations = (Deviation("ResourceType", "required", "this kind makes flow logs of VPCs alone"),)
    tag_limits = EC2_TAGS
    outputs = ("id",)

    def problems(self, item: Item) -> Iterable[str]:
        """Check the name."""
        yield from name_problems(item)

    def read(self, aws: Aws, items: Sequence[Item], *, everything: bool = False) -> dict[str, Live]:
        """List by name."""
        within = [item for item in items if not is_unknown(item.get("vpc_id"))]
        if not within and not everything:
            return {}
        entries = by_name(aws, "describe_flow_logs", "FlowLogs", within, everything=everything)
        found = {}
        for name, entry in entries.items():
            values = {
                "name": name,
                "id": entry["FlowLogId"],
                "vpc_id": entry["ResourceId"],
                "log_group_name": entry.get("LogGroupName"),
                "role_arn": entry.get("DeliverLogsPermissionArn"),
                "traffic_type": entry.get("TrafficType"),
                "max_aggregation_interval": entry.get("MaxAggregationInterval"),
                "log_format": entry.get("LogFormat"),
            }
            failed = entry.get("DeliverLogsStatus") == "FAILED" and entry.get("DeliverLogsErrorMessage")
            found[name] = Live(values, mapping(entry.get("Tags")), broken(f"delivery: {failed}") if failed else READY)
        return found

    def create(self, aws: Aws, want: Item) -> None:
        """Create the flow log. AWS reports refusals in the answer instead of failing the call."""
        request = {
            "ResourceIds": [want["vpc_id"]],
            "ResourceType": "VPC",
            "TrafficType": want.get("traffic_type") or "ALL",
            "LogDestinationType": "cloud-watch-logs",
            "LogGroupName": want["log_group_name"],
            "DeliverLogsPermissionArn": want["role_arn"],
            **tag_specification("vpc-flow-log", want.get("tags"), want["name"]),
        }
        if want.get("max_aggregation_interval"):
            request["MaxAggregationInterval"] = want["max_aggregation_interval"]
        if want.get("log_format"):
            request["LogFormat"] = want["log_format"]

        def attempt() -> None:
            answer = aws.service("ec2").create_flow_logs(**request)
            _raise_refusals("CreateFlowLogs", want["name"], answer)

        patiently(attempt, ("InvalidParameter", "Unable to assume given IAM role"), seconds=ROLE_SECONDS)

    def replace(self, aws: Aws, want: Item, live: Live) -> None:
        """Put a new flow log beside the old one, or, where AWS sees the same twice in them, in its place."""
        try:
            self.create(aws, want)
        except Exists:
            self.delete(aws, want, live)
            self.create(aws, want)
        else:
            self.delete(aws, want, live)

    def delete(self, aws: Aws, want: Item, live: Live) -> None:
        """Stop logging; what was written stays."""
        answer = aws.service("ec2").delete_flow_logs(FlowLogIds=[live["id"]])
        _raise_refusals("DeleteFlowLogs", want["name"], answer)

    def retag(self, aws: Aws, live: Live, add: Mapping[str, str], remove: Sequence[str]) -> None:
        """Tag by id."""
        EC2.apply(aws, live["id"], add, remove)


def _raise_refusals(operation: str, name: str, answer: Mapping[str, object]) -> None:
    refused = answer.get("Unsuccessful")
    for refusal in refused if isinstance(refused, list) else ():
        error = refusal["Error"]
        kind = Exists if error["Code"].endswith("AlreadyExists") else Failure
        if not error["Code"].endswith("NotFound"):
            raise kind(f"ec2:{operation} {name}", error["Message"], code=error["Code"])


MANUAL = Manual(
    short="Manage flow logs of VPCs",
    about=(
        (
            "Creates, replaces and deletes flow logs of VPCs that go to CloudWatch Logs. One is "
            "found by its tag C(Name)."
        ),
        "AWS can change nothing of a flow log but its tags.",
        (
            "Uses C(ec2:DescribeFlowLogs), C(ec2:CreateFlowLogs), C(ec2:DeleteFlowLogs), "
            "C(ec2:CreateTags), C(ec2:DeleteTags) and C(iam:PassRole)."
        ),
    ),
    examples="""
- name: Log all traffic of a VPC
  dataai.platform.flow_log:
    name: flow-acme-app-prod-euc2
    vpc_id: vpc-0123456789abcdef0
    log_group_name: /acme/app/prod/vpc-flow-logs
    role_arn: arn:aws:iam::123456789012:role/role-acme-app-prod-euc2-flow-logs
    max_aggregation_interval: 60
""",
    sample={"flow-acme-app-prod-euc2": {"id": "fl-0123456789abcdef0", "vpc_id": "vpc-0123456789abcdef0"}},
    tags="The tag C(Name) is always C(name).",
)
