# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Workspaces of Amazon Managed Service for Prometheus, with their log group and retention."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..aws.forms import LOG_GROUP
from ..aws.session import Aws
from ..aws.tags import AMP
from ..core.errors import Missing
from ..core.kind import READY, Delta, Deviation, Field, Form, Item, Kind, Live, Manual, Phase, broken, busy, oldest

#: Without multi-region keys, whose ids begin with mrk-: the pattern of CreateWorkspace has none.
_KEY = Form(
    r"arn:aws[-a-z]*:kms:[-a-z0-9]+:\d{12}:key/[-a-f0-9]+", "the ARN of a KMS key of one region (no alias, no id)"
)
_ALIAS = Form(r"\S(.*\S)?", "a text without blanks at either end")

#: What a workspace's configuration says beside its retention.
_LIMITS = ("limitsPerLabelSet", "outOfOrderTimeWindowInSeconds", "ruleQueryOffsetInSeconds")


def _log_group(value: Any) -> Any:
    """Compare an ARN with and without ``:*``; an empty text stands for "no logging"."""
    return str(value).removesuffix(":*") or None


class PrometheusWorkspace(Kind[Aws]):
    """A workspace, found by its alias. Its metrics die with it, and its key is chosen once."""

    type = "prometheus_workspace"
    noun = "Prometheus workspace"
    aws_type = "AWS::APS::Workspace"
    key = "alias"
    stateful = True
    fields = (
        Field(
            "alias",
            "Alias of the workspace, 1-100 characters without blanks at either end.",
            form=_ALIAS,
            min_length=1,
            max_length=100,
        ),
        Field(
            "kms_key_arn",
            "ARN of the key that encrypts the metrics. It cannot be changed; without it AWS uses a key of its own.",
            immutable=True,
            form=_KEY,
            min_length=20,
            max_length=2048,
        ),
        Field(
            "log_group_arn",
            (
                "ARN of the log group, with or without C(:*), that receives errors and warnings of rules and alerts.",
                "An empty text stands for no logging.",
            ),
            normalise=_log_group,
            form=LOG_GROUP,
            max_length=512,
            clears=True,
            property="LoggingConfiguration.LogGroupArn",
        ),
        Field(
            "retention_days",
            "Days to keep metrics, 1 or more. AWS keeps them for 150 days where nothing is set.",
            type="int",
            minimum=1,
            maximum=1095,
            property="WorkspaceConfiguration.RetentionPeriodInDays",
        ),
    )
    deviations = (
        Deviation("kms_key_arn", "stricter", "CreateWorkspace takes no multi-region keys, whatever the schema says"),
    )
    outputs = ("workspace_id", "arn", "endpoint", "status")

    def __init__(self) -> None:
        super().__init__()
        self._leaving: set[str] = set()

    # --- reading ----------------------------------------------------------------------------------------------------

    def read(self, aws: Aws, items: Sequence[Item], *, everything: bool = False) -> dict[str, Live]:
        """List by alias, then describe what was found. AWS's filter is a prefix and aliases are not unique."""
        wanted = {item["alias"]: item for item in items}
        amp = aws.service("amp")
        query = {"alias": next(iter(wanted))} if len(wanted) == 1 and not everything else {}
        found: dict[str, list[Mapping[str, Any]]] = {}
        for entry in amp.pages("list_workspaces", "workspaces", **query):
            alias = entry.get("alias", "")
            if (alias in wanted or everything) and self._counts(entry):
                found.setdefault(alias, []).append(entry)
        there = {alias: self._oldest(aws, entries, wanted.get(alias, {})) for alias, entries in found.items()}
        return {alias: live for alias, live in there.items() if live is not None}

    def _oldest(self, aws: Aws, entries: Sequence[Mapping[str, Any]], want: Item) -> Live | None:
        """Return the workspace that consumers know; those that were made after it are its twins."""
        by_age = [str(entry["workspaceId"]) for entry in sorted(entries, key=lambda entry: entry["createdAt"])]
        return oldest((name, self._live(aws, name, want)) for name in by_age)

    def _counts(self, entry: Mapping[str, Any]) -> bool:
        """Leave out what goes already, unless this run deletes it and waits for it."""
        return entry["status"]["statusCode"] != "DELETING" or entry["workspaceId"] in self._leaving

    def _live(self, aws: Aws, identity: str, want: Item) -> Live | None:
        amp = aws.service("amp")
        try:
            workspace = amp.describe_workspace(workspaceId=identity)["workspace"]
        except Missing:
            return None
        logging = self._logging(aws, identity, want)
        settings = self._settings(aws, identity, want)
        values = {
            "alias": workspace.get("alias"),
            "kms_key_arn": workspace.get("kmsKeyArn"),
            "log_group_arn": _group_of(logging),
            "retention_days": settings.get("retentionPeriodInDays"),
            "workspace_id": identity,
            "arn": workspace["arn"],
            "endpoint": workspace.get("prometheusEndpoint"),
            "status": workspace["status"]["statusCode"],
        }
        parts = {"workspace": workspace, "logging": logging, "configuration": settings}
        phases = [_phase(name, part["status"]) for name, part in parts.items() if part]
        phase = next((one for one in phases if one != READY), READY)
        return Live(values, workspace.get("tags") or {}, phase, raw=logging)

    @staticmethod
    def _logging(aws: Aws, identity: str, want: Item) -> Mapping[str, Any]:
        """Return the logging configuration, empty where there is none or nobody asks for it."""
        if want.get("log_group_arn") is None:
            return {}
        try:
            answer = aws.service("amp").describe_logging_configuration(workspaceId=identity)
        except Missing:
            return {}
        config: Mapping[str, Any] = answer["loggingConfiguration"]
        return config

    @staticmethod
    def _settings(aws: Aws, identity: str, want: Item) -> Mapping[str, Any]:
        if want.get("retention_days") is None:
            return {}
        answer = aws.service("amp").describe_workspace_configuration(workspaceId=identity)
        config: Mapping[str, Any] = answer["workspaceConfiguration"]
        return config

    # --- changing ---------------------------------------------------------------------------------------------------

    def create(self, aws: Aws, want: Item) -> bool:
        """Create the workspace; log group and retention follow once it is active."""
        request: dict[str, Any] = {"alias": want["alias"]}
        if want.get("kms_key_arn"):
            request["kmsKeyArn"] = want["kms_key_arn"]
        if want.get("tags"):
            request["tags"] = AMP.encode(want["tags"])
        aws.service("amp").create_workspace(**request)
        return bool(want.get("log_group_arn")) or want.get("retention_days") is not None

    def update(self, aws: Aws, want: Item, live: Live, delta: Delta) -> None:
        """Set, move or remove the log group; set the retention."""
        amp, named = aws.service("amp"), {"workspaceId": live["workspace_id"]}
        if "retention_days" in delta:
            kept = amp.describe_workspace_configuration(**named)["workspaceConfiguration"]
            limits = {name: kept[name] for name in _LIMITS if kept.get(name) not in (None, [])}
            amp.update_workspace_configuration(**named, **limits, retentionPeriodInDays=want["retention_days"])
        if "log_group_arn" not in delta:
            return
        group = want["log_group_arn"]
        change = amp.update_logging_configuration if live.raw else amp.create_logging_configuration
        if group:
            change(**named, logGroupArn=f"{group.removesuffix(':*')}:*")
        else:
            amp.delete_logging_configuration(**named)

    def delete(self, aws: Aws, want: Item, live: Live) -> None:
        """Delete the workspace with its metrics."""
        self._leaving.add(live["workspace_id"])
        if live["status"] == "DELETING":
            return
        try:
            aws.service("amp").delete_workspace(workspaceId=live["workspace_id"])
        except Missing:
            return

    def retag(self, aws: Aws, live: Live, add: Mapping[str, str], remove: Sequence[str]) -> None:
        """Change tags."""
        AMP.apply(aws, live["arn"], add, remove)


def _group_of(logging: Mapping[str, Any]) -> str | None:
    """Return the log group; after a failure it counts as not set, so that the next run sets it again."""
    return None if not logging or logging["status"]["statusCode"].endswith("FAILED") else logging["logGroupArn"]


def _phase(what: str, status: Mapping[str, Any]) -> Phase:
    """Return the phase of a workspace or one of its parts from AWS's status."""
    code, reason = status["statusCode"], status.get("statusReason")
    text = f"{what} {code}" + (f" ({reason})" if reason else "")
    if code == "ACTIVE":
        return READY
    if what == "workspace" and code == "CREATION_FAILED":
        return broken(f"{text}; it holds nothing, so delete it, and a further run makes it anew")
    return broken(text) if code.endswith("FAILED") else busy(text)


MANUAL = Manual(
    short="Manage workspaces of Amazon Managed Service for Prometheus",
    about=(
        (
            "Creates, changes and deletes workspaces with their log group and retention. A "
            "workspace is found by its alias; two workspaces of one alias are reported as a "
            "failure."
        ),
        "The key is chosen when the workspace is created and cannot be changed.",
        (
            "Uses C(aps:ListWorkspaces), C(aps:DescribeWorkspace), C(aps:CreateWorkspace), "
            "C(aps:DeleteWorkspace), C(aps:TagResource), C(aps:UntagResource), the logging "
            "configuration calls of C(aps) with the C(logs) delivery permissions that they need, "
            "and C(aps:DescribeWorkspaceConfiguration) and C(aps:UpdateWorkspaceConfiguration) "
            "where O(retention_days) is given."
        ),
    ),
    examples="""
- name: A workspace under a key of our own, with its log
  dataai.platform.prometheus_workspace:
    region: eu-central-2
    alias: prometheus-acme-chat-prod-euc2
    kms_key_arn: arn:aws:kms:eu-central-2:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab
    log_group_arn: arn:aws:logs:eu-central-2:123456789012:log-group:/acme/chat/prod/infrastructure
    tags:
      Purpose: metrics

- name: Delete it with its metrics
  dataai.platform.prometheus_workspace:
    region: eu-central-2
    alias: prometheus-acme-chat-prod-euc2
    state: absent
    acknowledge: [prometheus-acme-chat-prod-euc2]
""",
    sample={
        "prometheus-acme-chat-prod-euc2": {
            "workspace_id": "ws-1a2b3c4d-5e6f-7a8b-9c0d-1e2f3a4b5c6d",
            "arn": "arn:aws:aps:eu-central-2:123456789012:workspace/ws-1a2b3c4d-5e6f-7a8b-9c0d-1e2f3a4b5c6d",
            "endpoint": "https://aps-workspaces.eu-central-2.amazonaws.com/workspaces/ws-1a2b3c4d-5e6f-7a8b-9c0d-1e2f3a4b5c6d/",
            "status": "ACTIVE",
        }
    },
    plural="workspaces",
)
