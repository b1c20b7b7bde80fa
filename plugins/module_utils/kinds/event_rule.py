# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""EventBridge rules on the default event bus, by pattern or by schedule, with all their targets."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..aws.forms import ARN, ROLE
from ..aws.session import Aws, Service
from ..aws.tags import EVENTS, pairs
from ..core.errors import Failure, Missing
from ..core.kind import Delta, Deviation, Field, Form, Item, Kind, Live, Manual
from ..core.values import json_document, or_none, sort_key

_NAME = Form(r"[.\-_A-Za-z0-9]+", "letters, digits and . - _")

_TARGET = (
    Field("id", "Id of the target within the rule.", required=True, form=_NAME, min_length=1, max_length=64),
    Field("arn", "ARN of what is invoked.", required=True, form=ARN, min_length=1, max_length=1600),
    Field("role_arn", "ARN of the role in which it is invoked, for targets that need one.", form=ROLE, max_length=1600),
    Field("input", "What is sent in the place of the event.", type="dict"),
    Field(
        "dead_letter_arn",
        "ARN of the queue for events that could not be delivered.",
        form=ARN,
        max_length=1600,
        property="DeadLetterConfig.Arn",
    ),
    Field(
        "maximum_retry_attempts",
        "How often delivery is tried again, 0-185. AWS says 185 where it is left out.",
        type="int",
        minimum=0,
        maximum=185,
        property="RetryPolicy.MaximumRetryAttempts",
    ),
    Field(
        "maximum_event_age_seconds",
        "How long delivery is tried, 60-86400 seconds. AWS says 86400 where it is left out.",
        type="int",
        minimum=60,
        maximum=86400,
        property="RetryPolicy.MaximumEventAgeInSeconds",
    ),
)

#: Targets of a rule at most (the quota that no request raises), and per request.
MOST_TARGETS = 5

#: Characters of a constant input, as JSON.
LONGEST_INPUT = 8192

#: When a rule may act.
SCHEDULE = re.compile(r"cron\((\S+ ){5}\S+\)|rate\((1 (minute|hour|day)|([2-9]|[1-9]\d+) (minutes|hours|days))\)")

#: The members of a target that options stand for.
_MANAGED = ("Id", "Arn", "RoleArn", "Input", "DeadLetterConfig", "RetryPolicy")

#: How long AWS tries where a target says nothing.
_RETRIES = {"maximum_retry_attempts": 185, "maximum_event_age_seconds": 86400}


def targets(entries: Any) -> Any:
    """Return targets in the order and with the members in which they are compared."""
    given = ({name: value for name, value in entry.items() if value not in (None, "")} for entry in entries)
    return sorted(({**_RETRIES, **entry} for entry in given), key=sort_key)


class EventRule(Kind[Aws]):
    """A rule. The targets that an item names are all it has."""

    type = "event_rule"
    noun = "EventBridge rule"
    aws_type = "AWS::Events::Rule"
    fields = (
        Field(
            "name", "Name of the rule, 1-64 letters, digits or any of C(.-_).", form=_NAME, min_length=1, max_length=64
        ),
        Field("description", "What the rule is for. An empty text is none.", normalise=or_none, max_length=512),
        Field(
            "event_pattern",
            "The events that the rule matches. This or O(schedule) is needed, and both are possible.",
            type="dict",
            normalise=json_document,
        ),
        Field(
            "schedule",
            "When the rule acts, V(cron(0 3 * * ? *\\)) or V(rate(1 day\\)), in UTC.",
            normalise=or_none,
            form=Form(SCHEDULE.pattern, "like cron(0 3 * * ? *) or rate(1 day)"),
            max_length=256,
            clears=True,
            property="ScheduleExpression",
        ),
        Field("enabled", "Whether the rule acts at all.", type="bool", default=True, property="State"),
        Field(
            "targets",
            "What the rule invokes, five at most. These targets are all it has.",
            type="list",
            elements="dict",
            options=_TARGET,
            normalise=targets,
            max_items=MOST_TARGETS,
            unique=True,
        ),
    )
    deviations = (
        Deviation("targets", "stricter", "PutTargets takes 100 in a call; a rule has five"),
        Deviation("schedule", "stricter", "the schema takes any text between the brackets; EventBridge does not"),
    )
    outputs = ("arn",)

    def problems(self, item: Item) -> Iterable[str]:
        """Check what starts the rule, and the targets."""
        pattern, schedule = item.get("event_pattern"), item.get("schedule")
        if not pattern and not schedule:
            yield "event_pattern or schedule is required"
        if pattern and len(json.dumps(pattern)) > 4096:
            yield "event_pattern is longer than the 4096 characters that EventBridge accepts"
        yield from _target_problems(item.get("targets") or ())

    def read(self, aws: Aws, items: Sequence[Item], *, everything: bool = False) -> dict[str, Live]:
        """Read each rule by name (with ``everything`` every rule of the default bus)."""
        names = [item["name"] for item in items]
        if everything:
            names += [entry["Name"] for entry in aws.service("events").pages("list_rules", "Rules")]
        found = {name: _one(aws, name) for name in dict.fromkeys(names)}
        return {name: live for name, live in found.items() if live is not None}

    def blockers(self, want: Item, live: Live | None, *, absent: bool) -> Iterable[str]:
        """Leave the rules alone that an AWS service has made for itself."""
        if live is not None and live.raw["rule"].get("ManagedBy"):
            yield f"EventBridge rule {want['name']}: {_managed(live)}"

    def spared(self, want: Item, live: Live) -> str:
        """Leave the rules that an AWS service has made for itself."""
        return _managed(live) if live.raw["rule"].get("ManagedBy") else ""

    def create(self, aws: Aws, want: Item) -> None:
        """Create the rule, then give it its targets."""
        events = aws.service("events")
        tags = {"Tags": pairs(want["tags"])} if want.get("tags") else {}
        events.put_rule(**_rule(want, {}), **tags)
        _set_targets(events, want["name"], want.get("targets") or (), ())

    def update(self, aws: Aws, want: Item, live: Live, delta: Delta) -> None:
        """Change what differs. PutRule resets what it is not given, and takes tags for new rules only."""
        events = aws.service("events")
        if delta.any("description", "event_pattern", "schedule", "enabled"):
            given = {name: value for name, value in want.items() if value is not None}
            events.put_rule(**_rule({**live.values, **given}, live.raw["rule"]))
        if "targets" in delta:
            _set_targets(events, want["name"], want["targets"], live["targets"], live.raw["targets"])

    def delete(self, aws: Aws, want: Item, live: Live) -> None:
        """Take away the targets, which EventBridge wants gone first, then the rule."""
        events = aws.service("events")
        try:
            _set_targets(events, live["name"], (), live["targets"])
            events.delete_rule(Name=live["name"])
        except Missing:
            return

    def retag(self, aws: Aws, live: Live, add: Mapping[str, str], remove: Sequence[str]) -> None:
        """Tag by ARN."""
        EVENTS.apply(aws, live["arn"], add, remove)


def _target_problems(entries: Sequence[Mapping[str, Any]]) -> Iterable[str]:
    ids = [entry["id"] for entry in entries]
    for name in sorted({name for name in ids if ids.count(name) > 1}):
        yield f"targets name the id '{name}' twice"
    for entry in entries:
        if len(json.dumps(entry.get("input") or "")) > LONGEST_INPUT:
            yield f"targets: input of '{entry['id']}' is longer than the {LONGEST_INPUT} characters of EventBridge"


def _managed(live: Live) -> str:
    return f"it belongs to the AWS service {live.raw['rule']['ManagedBy']}, which manages it"


def _rule(want: Mapping[str, Any], live: Mapping[str, Any]) -> dict[str, Any]:
    """Return a rule as PutRule takes it, with what is not ours to manage as it is in ``live`` (DescribeRule)."""
    enabled = live["State"] if live.get("State", "DISABLED") != "DISABLED" else "ENABLED"
    request: dict[str, Any] = {
        "Name": want["name"],
        "State": "DISABLED" if want.get("enabled") is False else enabled,
        "Description": want.get("description"),
        "ScheduleExpression": want.get("schedule"),
        "RoleArn": live.get("RoleArn"),
    }
    if want.get("event_pattern"):
        request["EventPattern"] = json.dumps(json_document(want["event_pattern"]), separators=(",", ":"))
    return {name: value for name, value in request.items() if value}


def _set_targets(
    events: Service, rule: str, wanted: Iterable[Any], live: Iterable[Any], raw: Sequence[Mapping[str, Any]] = ()
) -> None:
    """Make the targets exactly ``wanted``, new ones before old ones go.

    A target that stays keeps what no option stands for: ``raw`` are the entries of ListTargetsByRule.
    """
    kept = {entry["Id"]: {name: value for name, value in entry.items() if name not in _MANAGED} for entry in raw}
    new = {entry["id"]: entry for entry in targets(wanted)}
    old = {entry["id"]: entry for entry in targets(live)}
    changed = [_target(entry, kept.get(name, {})) for name, entry in new.items() if entry != old.get(name)]
    gone = [name for name in old if name not in new]
    if changed:
        _checked(f"events:PutTargets {rule}", events.put_targets(Rule=rule, Targets=changed))
    if gone:
        _checked(f"events:RemoveTargets {rule}", events.remove_targets(Rule=rule, Ids=gone))


def _checked(what: str, answer: Mapping[str, Any]) -> None:
    """Refused entries come with an answer that says that all is well."""
    refused = answer.get("FailedEntries") or ()
    if refused:
        why = "; ".join(f"{entry.get('TargetId')}: {entry.get('ErrorMessage')}" for entry in refused)
        raise Failure(what, why, code=str(refused[0].get("ErrorCode", "")))


def _target(entry: Mapping[str, Any], kept: Mapping[str, Any]) -> dict[str, Any]:
    others = ("InputPath", "InputTransformer") if "input" in entry else ()
    request: dict[str, Any] = {
        **{name: value for name, value in kept.items() if name not in others},
        "Id": entry["id"],
        "Arn": entry["arn"],
        "RetryPolicy": {
            "MaximumRetryAttempts": entry["maximum_retry_attempts"],
            "MaximumEventAgeInSeconds": entry["maximum_event_age_seconds"],
        },
    }
    request.update({"RoleArn": entry["role_arn"]} if entry.get("role_arn") else {})
    request.update({"Input": json.dumps(entry["input"], separators=(",", ":"))} if "input" in entry else {})
    request.update({"DeadLetterConfig": {"Arn": entry["dead_letter_arn"]}} if entry.get("dead_letter_arn") else {})
    return request


def _live_target(entry: Mapping[str, Any]) -> dict[str, Any]:
    retries = entry.get("RetryPolicy") or {}
    found = {
        "id": entry["Id"],
        "arn": entry["Arn"],
        "role_arn": entry.get("RoleArn"),
        "input": json_document(entry["Input"]) if entry.get("Input") else None,
        "dead_letter_arn": (entry.get("DeadLetterConfig") or {}).get("Arn"),
        "maximum_retry_attempts": retries.get("MaximumRetryAttempts"),
        "maximum_event_age_seconds": retries.get("MaximumEventAgeInSeconds"),
    }
    return {name: value for name, value in found.items() if value is not None}


def _one(aws: Aws, name: str) -> Live | None:
    events = aws.service("events")
    try:
        rule = events.describe_rule(Name=name)
        raw = list(events.pages("list_targets_by_rule", "Targets", Rule=name))
        values = {
            "name": rule["Name"],
            "arn": rule["Arn"],
            "description": rule.get("Description"),
            "event_pattern": json_document(rule["EventPattern"]) if rule.get("EventPattern") else None,
            "schedule": rule.get("ScheduleExpression"),
            "enabled": rule.get("State") != "DISABLED",
            "targets": targets(map(_live_target, raw)),
        }
        tags = EVENTS.of(aws, rule["Arn"])
    except Missing:  # gone, or on its way out while we look
        return None
    return Live(values, tags, raw={"rule": rule, "targets": raw})


MANUAL = Manual(
    short="Manage EventBridge rules",
    about=(
        (
            "Creates, changes and deletes rules of the default event bus with their targets. A "
            "target that is a Lambda function must allow the rule to invoke it, see "
            "O(dataai.platform.lambda_function#module:permissions)."
        ),
        "What no option stands for, such as the message group of a queue, stays as it is.",
        (
            "Uses C(events:DescribeRule), C(events:ListTargetsByRule), "
            "C(events:ListTagsForResource), C(events:PutRule), C(events:PutTargets), "
            "C(events:RemoveTargets), C(events:TagResource), C(events:UntagResource) and "
            "C(events:DeleteRule)."
        ),
    ),
    examples="""
- name: Invoke a function once a day
  dataai.platform.event_rule:
    name: nightly
    schedule: cron(0 3 * * ? *)
    targets:
      - id: function
        arn: arn:aws:lambda:eu-central-2:123456789012:function:nightly
        maximum_event_age_seconds: 3600
""",
    sample={
        "nightly": {"arn": "arn:aws:events:eu-central-2:123456789012:rule/nightly", "schedule": "cron(0 3 * * ? *)"}
    },
    plural="rules",
    since="1.1.0",
)
