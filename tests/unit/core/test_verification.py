# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A verification reads what a plan would change as what is not as it should be."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import Any

import pytest

from ansible_collections.dataai.platform.plugins.module_utils.core.verification import (
    Check,
    Limits,
    checks,
    html,
    junit,
    lines,
    looked_at_nothing,
    summary,
    unfinished,
)


def found(result: dict[str, Any], **switches: bool) -> dict[str, Check]:
    """Return the checks of one result by id."""
    return {check.id: check for check in checks({"__role_thing_result": [result]}, switches, Limits(90))}


def change(action: str, kind: str = "log_group", name: str = "app", *fields: str) -> dict[str, Any]:
    """Return an entry of ``changes``."""
    return {"action": action, "type": kind, "name": name, "fields": list(fields)}


def test_what_would_stay_passes_and_what_would_change_fails() -> None:
    diff = {"before": {"log_group app": {"retention_days": 7}}, "after": {"log_group app": {"retention_days": 365}}}
    result = {"changes": [change("update", "log_group", "app", "retention_days")], "diff": diff}
    checked = found({**result, "unchanged": [{"type": "vpc", "name": "main"}]})
    assert checked["vpc:main"].status == "pass"
    differing = checked["log_group:app"]
    assert (differing.status, differing.source) == ("fail", "role_thing")
    assert (differing.expected, differing.found) == ({"retention_days": 365}, {"retention_days": 7})


@pytest.mark.parametrize(
    ("action", "expected", "seen"),
    [("create", "present", "absent"), ("delete", "absent", "present"), ("update", "no difference", "differs in tags")],
)
def test_an_action_says_what_is_there(action: str, expected: str, seen: str) -> None:
    check = found({"changes": [change(action, "vpc", "main", "tags")]})["vpc:main"]
    assert (check.status, check.expected, check.found) == ("fail", expected, seen)


def test_a_refusal_is_a_finding_with_what_is_wanted_and_there_and_why() -> None:
    entry = {**change("replace", "inference_profile", "titan", "source"), "problems": ["AWS cannot change source"]}
    result = {
        "refused": [{**entry, "expected": {"source": "a"}, "found": {"source": "b"}}],
        "changes": [],
        "failed": False,
    }
    check = found(result)["inference_profile:titan"]
    assert (check.status, check.resource, check.expected) == ("fail", "titan", {"source": "a"})
    assert check.found == {"source": "b", "refused": "AWS cannot change source"}
    owned = {
        **change("update", "secret", "psql"),
        "problems": ["it is another owner's"],
        "expected": "as in the inventory",
    }
    assert found({"refused": [owned], "changes": []})["secret:psql"].found == "it is another owner's"


def test_a_verification_that_looked_at_nothing_fails() -> None:
    nothing = checks({}, {"enable_aurora": False}, Limits())
    assert summary(looked_at_nothing(nothing))["fail"] == 1
    something = checks({"__a_result": [{"unchanged": [{"type": "vpc", "name": "main"}]}]}, {}, Limits())
    assert summary(looked_at_nothing(something))["fail"] == 0


def test_the_same_finding_of_several_is_one_line() -> None:
    missing = [change("create", "secret", f"psql-{number}") for number in range(31)]
    (line,) = lines(list(found({"changes": missing}).values()))
    assert "psql-0" in line
    assert "psql-30" in line


def test_what_one_task_finds_wrong_no_other_makes_right() -> None:
    good, bad = {"unchanged": [{"type": "vpc", "name": "main"}]}, {"changes": [change("create", "vpc", "main")]}
    for order in ([good, bad], [bad, good]):
        (check,) = checks({"__a_result": order}, {}, Limits())
        assert check.status == "fail"


def test_secrets_are_stale_or_empty_or_other() -> None:
    names = ("psql-password", "redis-host", "psql-host")
    actions = ("update", "create", "update")
    changes = [change(action, "secret_value", name, "value") for action, name in zip(actions, names, strict=True)]
    checked = found({"changes": changes, "stale": ["psql-password"]})
    assert [checked[f"secret_value:{name}"].found for name in names] == ["stale", "no value", "another value"]
    assert {check.status for check in checked.values()} == {"fail"}


def test_what_is_left_out_or_to_people_is_no_failure() -> None:
    reminder = "secret manual-pat has no value: set it by hand"
    checked = found(
        {"unchanged": [], "skipped_secrets": {"psql-host": "Aurora is switched off"}, "reminders": [reminder]},
        enable_managed_grafana=False,
        enable_aurora=True,
    )
    statuses = {name: check.status for name, check in checked.items()}
    assert statuses == {
        "secret_value:psql-host": "skipped",
        "reminder:manual-pat": "relaxed",
        "switch:enable_managed_grafana": "skipped",
    }
    assert checked["reminder:manual-pat"].found == reminder


@pytest.mark.parametrize(
    ("age", "rotation", "statuses"),
    [
        (90, "settled", ("pass", "pass")),
        (91, "settled", ("fail", "pass")),
        (0, "overlapping", ("pass", "relaxed")),
        (0, "deactivated", ("pass", "relaxed")),
        (0, "unfinished", ("pass", "fail")),
        (None, "absent", (None, "fail")),
    ],
)
def test_access_keys_are_judged_by_age_and_rotation(
    age: int | None, rotation: str, statuses: tuple[str | None, str]
) -> None:
    checked = found({"access_keys": [{"user_name": "s3", "age_days": age, "rotation": rotation}]})
    of_age = checked.get("access_key_age:s3")
    assert (of_age.status if of_age else None, checked["access_key_rotation:s3"].status) == statuses


def test_a_failed_task_and_a_run_without_an_end_fail() -> None:
    checked = found({"failed": True, "msg": "access denied", "changes": []})
    assert (checked["task:role_thing"].status, checked["task:role_thing"].found) == ("fail", "access denied")
    assert summary(unfinished([]))["fail"] == 1


def test_reports_show_every_check_and_escape_what_they_show() -> None:
    nasty = "<script>&\"'"
    all_checks = [
        Check(f"id:{status}", "title", status, nasty, nasty, nasty, "source")
        for status in ("fail", "relaxed", "skipped", "pass")
    ]
    suite = ET.fromstring(junit(all_checks, "prod"))  # noqa: S314 - our own text
    assert (suite.get("tests"), suite.get("failures"), suite.get("skipped")) == ("4", "1", "2")
    assert [case.get("name") for case in suite] == [check.id for check in all_checks]
    assert nasty in str(suite.findtext("testcase/failure"))
    page = html(all_checks, "prod")
    assert "<script>" not in page
    assert page.count('<td class="') == 4
    assert len(lines(all_checks)) == 2
