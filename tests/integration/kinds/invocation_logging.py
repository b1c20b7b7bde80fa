# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The invocation logging configuration under the common rhythm."""

from __future__ import annotations

import json
from typing import Any

from ansible_collections.dataai.platform.plugins.module_utils.kinds.invocation_logging import InvocationLogging

from .case import Case, Item

GROUP = "/acme/app/test/bedrock/model-invocations"
BUCKET = "s3-acme-app-test-euc2-ai-data-0a1b2c3d"
STREAM = f"arn:aws:logs:eu-central-2:123456789012:log-group:{GROUP}:log-stream:aws/bedrock/modelinvocations"
SWITCHES = ("text", "image", "embedding", "video", "audio")


def prepare(account: Any) -> str:
    """Make what logging writes to, and return the ARN of the role that may."""
    account.client("logs").create_log_group(logGroupName=GROUP)
    s3 = account.client("s3")
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-2"})
    write = {"Effect": "Allow", "Principal": {"Service": "bedrock.amazonaws.com"}, "Action": "s3:PutObject"}
    statement = {**write, "Resource": f"arn:aws:s3:::{BUCKET}/*"}
    s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    return make_role(account)


def make_role(account: Any) -> str:
    """Make the logging role and return its ARN."""
    iam = account.client("iam")
    trust = {"Effect": "Allow", "Principal": {"Service": "bedrock.amazonaws.com"}, "Action": "sts:AssumeRole"}
    rights = {"Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"], "Resource": STREAM}
    role = iam.create_role(RoleName="bedrock-logging", AssumeRolePolicyDocument=_policy(trust))["Role"]
    iam.put_role_policy(RoleName="bedrock-logging", PolicyName="write", PolicyDocument=_policy(rights))
    arn: str = role["Arn"]
    return arn


def _policy(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def case(account: Any) -> Case:
    """Return the case for an account with a log group, a bucket and a role."""
    bedrock = account.client("bedrock")
    role = prepare(account)

    def live() -> dict[str, Any]:
        found: dict[str, Any] = bedrock.get_model_invocation_logging_configuration()["loggingConfig"]
        return found

    def drift() -> None:
        bedrock.put_model_invocation_logging_configuration(
            loggingConfig={**live(), "textDataDeliveryEnabled": False, "embeddingDataDeliveryEnabled": True}
        )

    def verify(item: Item) -> None:
        found = live()
        assert found["cloudWatchConfig"]["logGroupName"] == item["log_group_name"]
        assert found["cloudWatchConfig"]["roleArn"] == role
        large = found["cloudWatchConfig"].get("largeDataDeliveryS3Config", {})
        assert large.get("bucketName", "") == item.get("large_data_s3_bucket", "")
        assert found.get("s3Config", {}).get("bucketName", "") == item.get("s3_bucket", "")
        for name in SWITCHES:
            assert found[f"{name}DataDeliveryEnabled"] is item[f"{name}_data_delivery_enabled"]

    create = {
        "name": "model-invocations",
        "log_group_name": GROUP,
        "role_arn": role,
        **{f"{name}_data_delivery_enabled": name == "text" for name in SWITCHES},
    }
    update = {
        **create,
        "s3_bucket": BUCKET,
        "s3_prefix": "bedrock",
        "large_data_s3_bucket": BUCKET,
        "large_data_s3_prefix": "bedrock",
        "image_data_delivery_enabled": True,
    }
    return Case(
        kind=InvocationLogging,
        create=create,
        update=update,
        drift=drift,
        verify=verify,
        missing=(
            ({"name": "model-invocations"}, "log_group_name or s3_bucket"),
            ({"name": "model-invocations", "log_group_name": GROUP}, "role_arn"),
            (
                {"name": "model-invocations", "s3_bucket": BUCKET, "large_data_s3_bucket": BUCKET},
                "large_data_s3_bucket",
            ),
        ),
        unchanged=(
            {"name": "model-invocations", "log_group_name": GROUP, "role_arn": role},
            {**create, "s3_bucket": "", "s3_prefix": "", "large_data_s3_bucket": "", "large_data_s3_prefix": ""},
        ),
    )
