# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is asked of AWS before the first write, so that no option stops halfway."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ansible_collections.dataai.platform.plugins.module_utils.checks import (
    bedrock,
    common,
    consumers,
    elasticache,
    leftovers,
)
from ansible_collections.dataai.platform.plugins.module_utils.core.errors import Denied, Missing

NAMES = {"common_names": {"id": "acme-app-prod-euc2", "redis_user_group": "users-acme-app-prod-euc2"}}


class Api:
    """A service that answers what it is given."""

    region = "eu-central-2"

    def __init__(self, **answers: Any) -> None:
        self.answers = answers

    def service(self, _name: str) -> Api:
        return self

    def pages(self, operation: str, _result: str, **_request: Any) -> Iterator[Any]:
        return iter(self._answer(operation))

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        return lambda **_request: self._answer(operation)

    def _answer(self, operation: str) -> Any:
        answer = self.answers[operation]
        if isinstance(answer, Exception):
            raise answer
        return answer


def profiles(*keys: str) -> dict[str, Any]:
    listed = [{"inferenceProfileName": f"acme-app-prod-euc2-{key}"} for key in keys]
    return {"list_inference_profiles": [*listed, {"inferenceProfileName": "other-app-titan"}]}


def test_a_user_group_that_nothing_makes_is_refused_with_the_switch_that_makes_one() -> None:
    api = Api(describe_user_groups=Missing("DescribeUserGroups", "none", code="UserGroupNotFound"))
    given = {"elasticache_user_group_ids": ["apps"]}
    (found,) = elasticache._user_group_problems(api, given, [])  # type: ignore[arg-type]
    assert found.startswith("elasticache_user_group_ids names apps, and there is no such user group in eu-central-2")
    assert "enable_elasticache_users: true" in found
    there = Api(describe_user_groups={"UserGroups": [{}]})
    assert list(elasticache._user_group_problems(there, given, [])) == []  # type: ignore[arg-type]


def test_profiles_that_a_shorter_list_takes_away_are_named() -> None:
    given = {**NAMES, "bedrock_prune_profiles": True, "bedrock_inference_profiles": {"opus": {}}}
    (warned,) = bedrock._leaving(Api(**profiles("opus", "titan", "cohere")), given)  # type: ignore[arg-type]
    assert warned.startswith("bedrock_inference_profiles names cohere, titan no more: a run deletes these 2 profiles")
    assert "another ARN" in warned
    for quiet in ({"bedrock_prune_profiles": False}, {"bedrock_inference_profiles": {"opus": {}, "titan": {}}}):
        assert bedrock._leaving(Api(**profiles("opus", "titan")), {**given, **quiet}) == []  # type: ignore[arg-type]
    emptied: list[str] = []
    assert (
        list(bedrock.api_problems(Api(**profiles("opus")), {**given, "bedrock_inference_profiles": {}}, emptied)) == []
    )  # type: ignore[arg-type]
    assert "this profile" in emptied[0]


def test_a_workload_that_names_no_profile_is_refused_with_those_there_are() -> None:
    given = {**NAMES, "consumers_workloads": {"chat": ["opus", "opsu"], "all-of-them": "all"}}
    (found,) = consumers.api_problems(Api(**profiles("opus", "titan")), given, [])  # type: ignore[arg-type]
    assert found == (
        "consumers_workloads.chat names opsu, and there is no such inference profile; there are opus, titan"
    )
    warnings: list[str] = []
    denied = Api(list_inference_profiles=Denied("ListInferenceProfiles", "no"))
    assert list(consumers.api_problems(denied, given, warnings)) == []  # type: ignore[arg-type]
    assert warnings[0].startswith("consumers_workloads was not checked")


def test_what_a_switch_leaves_behind_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    off = {**NAMES, "enable_elasticache_users": False}
    group = {"UserGroupId": "users-acme-app-prod-euc2", "ARN": "arn", "Status": "active", "UserIds": ["a"]}
    api = Api(describe_user_groups=[group], list_tags_for_resource={"TagList": []})
    (warned,) = leftovers.warnings(api, off)  # type: ignore[arg-type]
    assert warned.startswith("enable_elasticache_users is false, and the cache user group users-acme")
    assert list(leftovers.warnings(Api(describe_user_groups=[]), off)) == []  # type: ignore[arg-type]
    assert list(leftovers.warnings(api, {**off, "enable_elasticache_users": True})) == []  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("tags", "words"),
    [
        ({"layer:name": "mine"}, "additional_tags has layer:name, which the collection sets itself"),
        ({"team": ["a"]}, "additional_tags.team is no text"),
        ({f"t{number}": "x" for number in range(21)}, "additional_tags has 21 tags; 20 at most"),
    ],
)
def test_tags_that_cannot_be_added(tags: dict[str, Any], words: str) -> None:
    (found,) = common._additional_tags({"additional_tags": tags})
    assert found.startswith(words)
    assert list(common._additional_tags({"additional_tags": {"team": "search", "floor": 1}})) == []
