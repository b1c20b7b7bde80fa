# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""CloudWatch Logs log groups, encrypted with a customer managed key and with a retention."""

from __future__ import annotations

from contextlib import suppress

from ..aws.declared import Api, Declared, Listed, Patience
from ..aws.forms import KEY, LOG_GROUP_NAME
from ..aws.session import Aws
from ..aws.tags import LOGS
from ..core.errors import Missing
from ..core.kind import Deviation, Field, Item, Live, Manual

#: The retentions that PutRetentionPolicy accepts, in days.
RETENTIONS = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731)
RETENTIONS += (1096, 1827, 2192, 2557, 2922, 3288, 3653)


class LogGroup(Declared):
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
            unsaid="STANDARD",
        ),
    )
    deviations = (
        Deviation("log_group_class", "immutable", "CreateLogGroup documents that it cannot be changed"),
        Deviation("kms_key_arn", "stricter", "an alias would never equal the key that DescribeLogGroups tells"),
        Deviation(
            "log_group_class", "stricter", "groups of class DELIVERY keep nothing; they only hand on what Lambda writes"
        ),
    )
    api = Api(
        service="logs",
        reading=Listed("describe_log_groups", "logGroups", prefix="logGroupNamePrefix"),
        create="create_log_group",
        changes=("put_retention_policy", "associate_kms_key"),
        delete="delete_log_group",
        identity={"logGroupName": "name"},
        outputs={"arn": lambda entry: entry["arn"].removesuffix(":*")},
        tags=LOGS,
        # Two changes of a group at a time, or a protection that was lifted a moment ago.
        patience={
            "delete_log_group": Patience(
                (("OperationAbortedException", ""), ("ValidationException", "deletion protection"))
            )
        },
    )

    def delete(self, aws: Aws, want: Item, live: Live) -> bool | None:
        """Lift the protection of the group first: who deletes it has named it."""
        if live.raw.get("deletionProtectionEnabled"):
            lift = aws.service("logs").put_log_group_deletion_protection
            with suppress(Missing):
                lift(logGroupIdentifier=live["name"], deletionProtectionEnabled=False)
        return super().delete(aws, want, live)


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
