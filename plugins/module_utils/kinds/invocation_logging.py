# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bedrock's model invocation logging: one configuration for a whole account and region."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..aws.forms import BUCKET, LOG_GROUP_NAME, ROLE
from ..aws.session import Aws
from ..core.errors import Failure, Missing
from ..core.kind import Delta, Field, Item, Kind, Live, Manual
from ..core.wait import Clock, poll

#: Seconds that a new role may need until Bedrock can use it.
PROPAGATION_SECONDS = 120.0

_NOT_YET = "Failed to validate permissions"


def _given(value: Any) -> Any:
    """Compare an empty text, which stands for "none", and what AWS leaves out as equal."""
    return value or None


#: Field of ours to the switch of the API, its value where neither the user nor AWS says anything, and what it logs.
_SWITCHES: Mapping[str, tuple[str, bool, str]] = {
    "text_data_delivery_enabled": ("textDataDeliveryEnabled", True, "texts"),
    "image_data_delivery_enabled": ("imageDataDeliveryEnabled", False, "images"),
    "embedding_data_delivery_enabled": ("embeddingDataDeliveryEnabled", False, "embeddings, which are large"),
    "video_data_delivery_enabled": ("videoDataDeliveryEnabled", False, "videos"),
    "audio_data_delivery_enabled": ("audioDataDeliveryEnabled", False, "audio"),
}


class InvocationLogging(Kind[Aws]):
    """The configuration. There is one per account and region, without a name or an owner of its own."""

    type = "invocation_logging"
    noun = "invocation logging"
    without_aws_type = "a setting of an account and region that CloudFormation cannot make"
    singleton = True
    tagged = False
    timeout = 180
    fields = (
        Field("name", "What reports call the configuration. AWS has no name for it.", default="model-invocations"),
        Field(
            "log_group_name",
            (
                (
                    "Log group that receives the log. It must exist in the same account and region. An "
                    "empty text stands for none."
                ),
                "O(log_group_name) or O(s3_bucket) is required to set the configuration.",
            ),
            normalise=_given,
            form=LOG_GROUP_NAME,
            max_length=512,
            clears=True,
        ),
        Field(
            "role_arn",
            "ARN of the role in which Bedrock writes to the log group. Required with O(log_group_name).",
            normalise=_given,
            form=ROLE,
            max_length=2048,
            clears=True,
        ),
        Field(
            "large_data_s3_bucket",
            "Bucket for what is too large for the log group, or binary. An empty text stands for none.",
            normalise=_given,
            form=BUCKET,
            min_length=3,
            max_length=63,
            clears=True,
        ),
        Field(
            "large_data_s3_prefix", "Prefix of the keys in O(large_data_s3_bucket).", normalise=_given, max_length=1024
        ),
        Field(
            "s3_bucket",
            (
                (
                    "Bucket that receives the log as well, or instead. Its policy must let "
                    "C(bedrock.amazonaws.com) write to it."
                ),
                "An empty text stands for none.",
            ),
            normalise=_given,
            form=BUCKET,
            min_length=3,
            max_length=63,
            clears=True,
        ),
        Field("s3_prefix", "Prefix of the keys in O(s3_bucket).", normalise=_given, max_length=1024),
        *(
            Field(
                name,
                f"Log {what}. {'On' if default else 'Off'} where neither this option nor AWS says anything.",
                type="bool",
            )
            for name, (_switch, default, what) in _SWITCHES.items()
        ),
        Field(
            "adopt",
            "Take over a configuration that somebody else made, and overwrite it.",
            type="bool",
            default=False,
            create_only=True,
        ),
    )

    def problems(self, item: Item) -> Iterable[str]:
        """Check that there is a destination, and a role for the one that needs it."""
        if not item.get("log_group_name") and not item.get("s3_bucket"):
            yield "log_group_name or s3_bucket is required, to say where the log goes"
        if item.get("log_group_name") and not item.get("role_arn"):
            yield "role_arn is required with log_group_name: Bedrock writes to the log group in this role"
        if item.get("large_data_s3_bucket") and not item.get("log_group_name"):
            yield "large_data_s3_bucket goes with log_group_name; use s3_bucket to log to S3 alone"

    def read(self, aws: Aws, items: Sequence[Item], *, everything: bool = False) -> dict[str, Live]:
        """Get the configuration, whosever it is."""
        config = current(aws)
        return {want["name"]: Live(self._values(want["name"], config), raw=config) for want in items if config}

    @staticmethod
    def _values(name: str, config: Mapping[str, Any]) -> dict[str, Any]:
        logs, bucket = config.get("cloudWatchConfig") or {}, config.get("s3Config") or {}
        large = logs.get("largeDataDeliveryS3Config") or {}
        return {
            "name": name,
            "log_group_name": logs.get("logGroupName"),
            "role_arn": logs.get("roleArn"),
            "large_data_s3_bucket": large.get("bucketName"),
            "large_data_s3_prefix": large.get("keyPrefix"),
            "s3_bucket": bucket.get("bucketName"),
            "s3_prefix": bucket.get("keyPrefix"),
            **{field: config.get(switch) for field, (switch, *_rest) in _SWITCHES.items()},
        }

    @staticmethod
    def _ours(want: Item, live: Live) -> bool:
        """Tell whether the configuration is the wanted one: it writes to the same log group, or bucket without one."""
        if want.get("log_group_name") or live["log_group_name"]:
            return _given(want.get("log_group_name")) == live["log_group_name"]
        return _given(want.get("s3_bucket")) == live["s3_bucket"]

    def blockers(self, want: Item, live: Live | None, *, absent: bool) -> Iterable[str]:
        """Refuse to overwrite what somebody else configured."""
        if not absent and live is not None and not self._ours(want, live) and not want.get("adopt"):
            yield (
                f"invocation logging of this account and region already goes to {destination(live.raw)}, and there "
                "can be only one: leave it to its owner, or take it over with adopt: true"
            )

    def spared(self, want: Item, live: Live) -> str:
        """Leave what somebody else configured."""
        ours = self._ours(want, live)
        return "" if ours else f"it goes to {destination(live.raw)}, which is not this environment's, and stays"

    def create(self, aws: Aws, want: Item) -> None:
        """Write the configuration."""
        self._put(aws, _request(want, {}))

    def update(self, aws: Aws, want: Item, live: Live, delta: Delta) -> None:
        """Write the whole configuration again, with what the user leaves to AWS as it is."""
        self._put(aws, _request(want, live.values, live.raw))

    def delete(self, aws: Aws, want: Item, live: Live) -> None:
        """Switch logging off."""
        try:
            aws.service("bedrock").delete_model_invocation_logging_configuration()
        except Missing:
            return

    def _put(self, aws: Aws, config: Mapping[str, Any]) -> None:
        """Write, and wait for a role that is so new that Bedrock cannot use it yet."""
        failure, done = poll(
            lambda: self._attempt(aws, config), lambda seen: seen is None, clock=Clock(), timeout=PROPAGATION_SECONDS
        )
        if not done and failure is not None:
            raise failure

    @staticmethod
    def _attempt(aws: Aws, config: Mapping[str, Any]) -> Failure | None:
        try:
            aws.service("bedrock").put_model_invocation_logging_configuration(loggingConfig=config)
        except Failure as failure:
            if failure.code != "ValidationException" or _NOT_YET not in failure.why:
                raise
            return failure
        return None


def current(aws: Aws) -> dict[str, Any]:
    """Return the configuration, empty where there is none: an answer without a destination is none either."""
    try:
        answer = aws.service("bedrock").get_model_invocation_logging_configuration()
    except Missing:
        return {}
    config = answer.get("loggingConfig") or {}
    return config if config.get("cloudWatchConfig") or config.get("s3Config") else {}


def destination(config: Mapping[str, Any]) -> str:
    """Return where a configuration sends the log, for a reader."""
    logs = config.get("cloudWatchConfig") or {}
    if logs.get("logGroupName"):
        return f"log group {logs['logGroupName']}"
    return f"bucket {(config.get('s3Config') or {}).get('bucketName')}"


def _request(want: Item, live: Mapping[str, Any], raw: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the configuration to write. All switches are sent: AWS takes a missing one for on.

    Members of the live configuration (``raw``) that no field stands for are sent as they are.
    """

    def value(name: str) -> Any:
        return want[name] if want.get(name) is not None else live.get(name)

    raw = raw or {}
    config: dict[str, Any] = {name: item for name, item in raw.items() if name not in ("cloudWatchConfig", "s3Config")}
    if value("log_group_name"):
        kept = raw.get("cloudWatchConfig") or {}
        config["cloudWatchConfig"] = {
            **{name: item for name, item in kept.items() if name != "largeDataDeliveryS3Config"},
            "logGroupName": value("log_group_name"),
            "roleArn": value("role_arn"),
        }
        if value("large_data_s3_bucket"):
            config["cloudWatchConfig"]["largeDataDeliveryS3Config"] = _bucket(
                value("large_data_s3_bucket"), value("large_data_s3_prefix")
            )
    if value("s3_bucket"):
        config["s3Config"] = _bucket(value("s3_bucket"), value("s3_prefix"))
    for name, (switch, default, _what) in _SWITCHES.items():
        config[switch] = default if value(name) is None else value(name)
    return config


def _bucket(name: str, prefix: str | None) -> dict[str, str]:
    return {"bucketName": name, "keyPrefix": prefix} if prefix else {"bucketName": name}


MANUAL = Manual(
    short="Manage Bedrock model invocation logging",
    about=(
        (
            "Sets, changes and removes the logging of model invocations. An account has one such "
            "configuration in each region, without a name or an owner, and writing it overwrites "
            "all of it."
        ),
        (
            "So a configuration that logs to another log group (or, without log groups, to "
            "another bucket) counts as somebody else's. It is not overwritten, unless "
            "O(adopt=true), and stays where O(state=absent)."
        ),
        (
            "Log group only means that bodies over 100 KB and binary data are not logged; "
            "O(large_data_s3_bucket) takes those."
        ),
        (
            "Uses C(bedrock:GetModelInvocationLoggingConfiguration), "
            "C(bedrock:PutModelInvocationLoggingConfiguration), "
            "C(bedrock:DeleteModelInvocationLoggingConfiguration) and C(iam:PassRole). A role "
            "that was made a moment ago is tried for up to two minutes."
        ),
    ),
    examples="""
- name: Log texts to an encrypted log group
  dataai.platform.invocation_logging:
    region: eu-central-2
    log_group_name: /acme/chat/prod/bedrock/model-invocations
    role_arn: arn:aws:iam::123456789012:role/role-acme-chat-prod-euc2-bedrock-logging
    text_data_delivery_enabled: true
    image_data_delivery_enabled: false
    embedding_data_delivery_enabled: false
    video_data_delivery_enabled: false
    audio_data_delivery_enabled: false

- name: Stop logging there
  dataai.platform.invocation_logging:
    region: eu-central-2
    log_group_name: /acme/chat/prod/bedrock/model-invocations
    state: absent
""",
    sample={
        "model-invocations": {
            "log_group_name": "/acme/chat/prod/bedrock/model-invocations",
            "role_arn": "arn:aws:iam::123456789012:role/role-acme-chat-prod-euc2-bedrock-logging",
            "text_data_delivery_enabled": True,
        }
    },
)
