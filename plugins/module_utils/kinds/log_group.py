# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""CloudWatch Logs log groups, encrypted with a customer managed key and with a retention."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..aws.forms import KEY, LOG_GROUP_NAME
from ..aws.patience import patiently
from ..aws.session import Aws
from ..aws.tags import LOGS
from ..core.errors import Exists, Missing
from ..core.kind import Delta, Deviation, Field, Item, Kind, Live, Manual

#: The retentions that PutRetentionPolicy accepts, in days.
RETENTIONS = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731)
RETENTIONS += (1096, 1827, 2192, 2557, 2922, 3288, 3653)

#: Two changes of a group at a time, or a protection that was lifted a moment ago.
_BUSY = (("OperationAbortedException", ""), ("ValidationException", "deletion protection"))


class LogGroup(Kind[Aws]):
    """A log group. Its data survives neither deletion nor a loss of its key."""

    type = "log_group"
    noun = "log group"
    aws_type = "AWS::Logs::LogGroup"
    stateful = True
    fields = (
        Field(
            "name",
            "Name of the log group, 1-512 letters, digits and any of C(.-_/#).",
            form=LOG_GROUP_NAME,
            min_length=1,
            max_length=512,
            property="LogGroupName",
        ),
        Field(
            "kms_key_arn",
            (
                "ARN of the key that encrypts the events. Its policy must let C(logs.REGION.amazonaws.com) use it.",
                "A new key applies to new events only.",
            ),
            form=KEY,
            max_length=256,
            property="KmsKeyId",
        ),
        Field(
            "retention_days",
            "Days to keep events, one of the periods that CloudWatch Logs offers.",
            type="int",
            choices=RETENTIONS,
            property="RetentionInDays",
        ),
        Field(
            "log_group_class",
            "The class, fixed once the group exists.",
            choices=("STANDARD", "INFREQUENT_ACCESS"),
            immutable=True,
        ),
    )
    deviations = (
        Deviation("log_group_class", "immutable", "CreateLogGroup documents that it cannot be changed"),
        Deviation("kms_key_arn", "stricter", "an alias would never equal the key that DescribeLogGroups tells"),
        Deviation(
            "log_group_class", "stricter", "groups of class DELIVERY keep nothing; they only hand on what Lambda writes"
        ),
    )
    outputs = ("arn",)

    def read(self, aws: Aws, items: Sequence[Item], *, everything: bool = False) -> dict[str, Live]:
        """List by the longest prefix that the names share, then the tags of each."""
        names = {item["name"] for item in items}
        query = {} if everything else {"logGroupNamePrefix": common_prefix(names)}
        logs = aws.service("logs")
        found = {}
        for group in logs.pages("describe_log_groups", "logGroups", **{k: v for k, v in query.items() if v}):
            if everything or group["logGroupName"] in names:
                arn = group["arn"].removesuffix(":*")
                tags = logs.list_tags_for_resource(resourceArn=arn).get("tags", {})
                found[group["logGroupName"]] = Live(self._values(group, arn), tags, raw=group)
        return found

    @staticmethod
    def _values(group: Mapping[str, Any], arn: str) -> dict[str, Any]:
        return {
            "name": group["logGroupName"],
            "arn": arn,
            "kms_key_arn": group.get("kmsKeyId"),
            "retention_days": group.get("retentionInDays"),
            "log_group_class": group.get("logGroupClass", "STANDARD"),
        }

    def create(self, aws: Aws, want: Item) -> None:
        """Create the group. Retention is a call of its own."""
        logs = aws.service("logs")
        request = {"logGroupName": want["name"], "tags": LOGS.encode(want.get("tags"))}
        request.update({"kmsKeyId": want["kms_key_arn"]} if want.get("kms_key_arn") else {})
        request.update({"logGroupClass": want["log_group_class"]} if want.get("log_group_class") else {})
        if not request["tags"]:
            del request["tags"]
        try:
            logs.create_log_group(**request)
        except Exists:  # a service wrote its first event between our look and now
            return
        if want.get("retention_days"):
            logs.put_retention_policy(logGroupName=want["name"], retentionInDays=want["retention_days"])

    def update(self, aws: Aws, want: Item, live: Live, delta: Delta) -> None:
        """Change the retention; a new key encrypts the events from now on."""
        logs = aws.service("logs")
        if "retention_days" in delta:
            logs.put_retention_policy(logGroupName=want["name"], retentionInDays=want["retention_days"])
        if "kms_key_arn" in delta:
            logs.associate_kms_key(logGroupName=want["name"], kmsKeyId=want["kms_key_arn"])

    def delete(self, aws: Aws, want: Item, live: Live) -> None:
        """Delete the group with its events. Its protection is lifted: who deletes it has named it."""
        logs = aws.service("logs")
        try:
            if live.raw.get("deletionProtectionEnabled"):
                logs.put_log_group_deletion_protection(logGroupIdentifier=live["name"], deletionProtectionEnabled=False)
            patiently(lambda: logs.delete_log_group(logGroupName=live["name"]), *_BUSY)
        except Missing:
            return

    def retag(self, aws: Aws, live: Live, add: Mapping[str, str], remove: Sequence[str]) -> None:
        """Tag by ARN (without the ``:*`` that DescribeLogGroups appends)."""
        LOGS.apply(aws, live["arn"], add, remove)


def common_prefix(names: Iterable[str]) -> str:
    """Return the longest text that all names begin with."""
    ordered = sorted(names)
    if not ordered:
        return ""
    first, last = ordered[0], ordered[-1]
    length = next((n for n, char in enumerate(first) if last[n : n + 1] != char), len(first))
    return first[:length]


MANUAL = Manual(
    short="Manage CloudWatch Logs log groups",
    about=(
        ("Creates, changes and deletes log groups with their key and retention. One listing serves a whole batch."),
        "Named in O(acknowledge), a log group is deleted although somebody gave it deletion protection.",
        (
            "Uses C(logs:DescribeLogGroups), C(logs:ListTagsForResource), C(logs:CreateLogGroup), "
            "C(logs:PutRetentionPolicy), C(logs:AssociateKmsKey), C(logs:TagResource), "
            "C(logs:UntagResource), C(logs:PutLogGroupDeletionProtection) and "
            "C(logs:DeleteLogGroup)."
        ),
    ),
    examples="""
- name: An encrypted log group that keeps events for a year
  dataai.platform.log_group:
    name: /acme/app/prod/api
    kms_key_arn: arn:aws:kms:eu-central-2:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab
    retention_days: 365
    tags:
      Purpose: api-logs
""",
    sample={
        "/acme/app/prod/api": {
            "arn": "arn:aws:logs:eu-central-2:123456789012:log-group:/acme/app/prod/api",
            "retention_days": 365,
        }
    },
)
