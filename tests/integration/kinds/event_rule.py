# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The EventBridge rule under the common rhythm."""

from __future__ import annotations

import json
from typing import Any

from ansible_collections.dataai.platform.plugins.module_utils.kinds.event_rule import EventRule

from .case import Case, Item

NAME = "rule-acme-test"
FUNCTION = "arn:aws:lambda:eu-central-2:123456789012:function:acme-test"
QUEUE = "arn:aws:sqs:eu-central-2:123456789012:acme-test"
PATTERN = {
    "source": ["aws.secretsmanager"],
    "$or": [{"detail-type": ["Secret Label Updated"]}, {"detail": {"eventName": ["RotationSucceeded"]}}],
}


def case(account: Any) -> Case:
    """Return the case for an empty account."""
    events = account.client("events")

    def drift() -> None:
        events.disable_rule(Name=NAME)
        events.put_targets(Rule=NAME, Targets=[{"Id": "foreign", "Arn": QUEUE}])

    def verify(item: Item) -> None:
        rule = events.describe_rule(Name=NAME)
        assert rule["State"] == "ENABLED"
        assert rule["Description"] == item["description"]
        assert json.loads(rule["EventPattern"]) == item["event_pattern"]
        assert rule.get("ScheduleExpression") == item.get("schedule")
        found = {entry["Id"]: entry for entry in events.list_targets_by_rule(Rule=NAME)["Targets"]}
        assert sorted(found) == sorted(entry["id"] for entry in item["targets"])
        for entry in item["targets"]:
            retries = found[entry["id"]]["RetryPolicy"]
            assert found[entry["id"]]["Arn"] == entry["arn"]
            assert retries["MaximumEventAgeInSeconds"] == entry.get("maximum_event_age_seconds", 86400)
            assert json.loads(found[entry["id"]].get("Input", "null")) == entry.get("input")
        tags = events.list_tags_for_resource(ResourceARN=rule["Arn"])["Tags"]
        assert {tag["Key"]: tag["Value"] for tag in tags} == item["tags"]

    create = {
        "name": NAME,
        "description": "for a test",
        "event_pattern": PATTERN,
        "enabled": True,
        "targets": [{"id": "function", "arn": FUNCTION, "maximum_event_age_seconds": 3600}],
        "tags": {"Purpose": "test"},
    }
    return Case(
        kind=EventRule,
        create=create,
        update={
            **create,
            "description": "for another test",
            "event_pattern": {"source": ["aws.rds"]},
            "schedule": "rate(1 day)",
            "targets": [
                {"id": "function", "arn": FUNCTION, "maximum_event_age_seconds": 60, "input": {"reason": "schedule"}},
                {"id": "queue", "arn": QUEUE, "dead_letter_arn": QUEUE},
            ],
            "tags": {"Purpose": "test", "Owner": "team"},
        },
        drift=drift,
        verify=verify,
        missing=(
            ({"name": NAME}, "event_pattern or schedule"),
            ({**create, "name": "a b"}, "name"),
            ({**create, "schedule": "every day"}, "schedule"),
            ({**create, "targets": create["targets"] * 2}, "twice"),
            ({**create, "targets": [{"id": str(n), "arn": QUEUE} for n in range(6)]}, "at most 5"),
            ({**create, "targets": [{"id": "x", "arn": QUEUE, "maximum_event_age_seconds": 1}]}, "60 to 86400"),
        ),
        unchanged=(
            {**create, "event_pattern": json.dumps(PATTERN)},
            {**create, "targets": [{**create["targets"][0], "maximum_retry_attempts": 185}]},
            {**create, "targets": [{**create["targets"][0], "maximum_retry_attempts": None, "role_arn": None}]},
        ),
    )
