# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names, values, waiting, failures and records."""

from __future__ import annotations

import json
import pickle

import pytest

from ansible_collections.dataai.platform.plugins.module_utils.core import names, record
from ansible_collections.dataai.platform.plugins.module_utils.core.errors import Failure, describe
from ansible_collections.dataai.platform.plugins.module_utils.core.values import (
    HIDDEN,
    UNKNOWN,
    Secret,
    canonical,
    is_unknown,
    json_document,
    last_part,
    version,
)
from ansible_collections.dataai.platform.plugins.module_utils.core.wait import poll

from .conftest import StillClock

ESTATE = {"org_moniker": "acme", "product_moniker": "dai", "environment": "prod", "region": "eu-central-2"}


def made(**changes: str) -> dict[str, str]:
    return names.names(**{**ESTATE, "account": "123456789012", **changes})


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("aurora_cluster", "aurora-acme-dai-prod-euc2-postgres"),
        ("aurora_subnet_group", "subnet-group-acme-dai-prod-euc2-aurora"),
        ("aurora_security_group", "acme-dai-prod-euc2-aurora"),
        ("aurora_security_group_tag", "sg-acme-dai-prod-euc2-aurora"),
        ("aurora_parameter_group", "param-group-acme-dai-prod-euc2-aurora"),
        ("redis_group", "redis-acme-dai-prod-euc2"),
        ("redis_log_group", "/acme/dai/prod/elasticache"),
        ("s3_user", "iam-user-acme-dai-prod-euc2-s3-access"),
        ("bedrock_log_group", "/acme/dai/prod/bedrock/model-invocations"),
        ("bedrock_logging_role", "role-acme-dai-prod-euc2-bedrock-logging"),
        ("prometheus_workspace", "prometheus-acme-dai-prod-euc2"),
        ("grafana_policy_vpc", "policy-acme-dai-prod-euc2-grafana-vpc"),
        ("endpoint_rds", "vpce-acme-dai-prod-euc2-aurora"),
        ("key_cloudwatch_logs", "alias/kms-acme-dai-prod-euc2-cloudwatch-logs"),
    ],
)
def test_names_are_those_of_the_estates_that_exist(key: str, name: str) -> None:
    assert made()[key] == name


def test_bucket_suffix_never_changes_and_can_be_given() -> None:
    assert made()["bucket_ai_data"] == made()["bucket_ai_data"]
    assert made()["bucket_ai_data"] != made(account="210987654321")["bucket_ai_data"]
    assert made(bucket_suffix="ab12cd34")["bucket_ai_data"] == "s3-acme-dai-prod-euc2-ai-data-ab12cd34"


@pytest.mark.parametrize(
    ("region", "code"),
    [("eu-central-2", "euc2"), ("us-east-1", "use1"), ("ap-southeast-1", "apse1"), ("us-gov-west-1", "usgovw1")],
)
def test_region_codes(region: str, code: str) -> None:
    assert names.region_code(region) == code


@pytest.mark.parametrize("region", ["", "zurich", "eu-middle-1", "eu-central"])
def test_what_is_no_region_is_refused(region: str) -> None:
    with pytest.raises(ValueError, match="is not the name of an AWS region"):
        names.region_code(region)


def test_good_names_have_no_problems() -> None:
    for environment in ("local", "prod", "stag", "qa", "feature-7"):
        assert names.problems(made(environment=environment)) == []


def test_too_long_and_wrong_names_are_told_with_their_limit() -> None:
    found = names.problems(made(org_moniker="a" * 24))
    assert any(text.startswith("redis_group") and "AWS allows 40" in text for text in found)
    assert any("aurora_cluster" in text for text in names.problems(made(product_moniker="x--y")))


def test_unknown_is_seen_at_any_depth() -> None:
    assert is_unknown({"a": ["b", {"c": f"arn:{UNKNOWN}:x"}]})
    assert not is_unknown({"a": ["b", 1, None]})


def test_canonical_drops_what_is_not_managed() -> None:
    assert canonical({"a": None, "b": [{"c": None, "d": 1}]}) == {"b": [{"d": 1}]}


def test_normalisers() -> None:
    assert version(2)("7.1.0") == version(2)("7.1")
    assert last_part("/")("arn:aws:kms:r:1:key/abc") == "abc"
    assert json_document('{"a": 1}') == {"a": 1}


def test_a_secret_cannot_be_shown_compared_or_stored() -> None:
    secret = Secret("hunter2")
    assert (str(secret), repr([secret]), f"{secret}") == (HIDDEN, f"[{HIDDEN}]", HIDDEN)
    assert secret.reveal() == "hunter2"
    for attempt in (lambda: secret == secret, lambda: hash(secret), lambda: pickle.dumps(secret)):
        with pytest.raises(TypeError):
            attempt()
    with pytest.raises(TypeError):
        json.dumps(secret)


def test_polling_looks_at_least_once_and_stops_at_the_deadline() -> None:
    clock = StillClock()
    looks: list[float] = []
    seen, done = poll(lambda: looks.append(clock.now()) or len(looks), lambda _n: False, clock=clock, timeout=60)
    assert (done, seen) == (False, len(looks))
    assert clock.now() == 60
    assert len(looks) < 20


def test_a_failure_says_what_why_and_what_next() -> None:
    failure = Failure("rds:CreateDBCluster a", "Too many.", next_step="ask for more", code="Quota")
    assert str(failure) == "rds:CreateDBCluster a: Too many [Quota]. Next: ask for more"
    assert describe(["one"]) == "one"
    assert describe(["one", "two"]) == "2 problems: (1) one; (2) two"


def result(*changes: tuple[str, str, str, list[str]]) -> dict[str, object]:
    listed = [{"action": a, "type": t, "name": n, "fields": f} for a, t, n, f in changes]
    return {"changes": listed, "unchanged": [{"type": "t", "name": "same"}]}


def test_a_resource_asked_for_and_finished_is_one_change() -> None:
    results = [
        result(("create", "db_cluster", "a", ["name"]), ("update", "t", "same", ["x"])),
        result(("update", "db_cluster", "a", ["instances"]), ("delete", "s", "z", [])),
    ]
    changes = record.merged(results, region="eu-central-2", account="1")
    assert [(c["action"], c["name"], c["fields"]) for c in changes] == [
        ("delete", "z", []),
        ("create", "a", ["instances", "name"]),
        ("update", "same", ["x"]),
    ]
    assert record.summary(changes, results) == {"create": 1, "update": 1, "replace": 0, "delete": 1, "unchanged": 0}
    assert record.lines(changes) == ["- s z", "+ db_cluster a", "~ t same (x)"]
    assert record.in_words(record.summary(changes, results)) == "1 to create, 1 to update, 1 to delete"


def test_what_is_deleted_and_put_back_was_replaced() -> None:
    """A bucket that turns out not to be empty gets its policy back."""
    results = [result(("delete", "s3_bucket_policy", "b", [])), result(("create", "s3_bucket_policy", "b", ["policy"]))]
    changes = record.merged(results, region="eu-central-2", account="1")
    assert [(c["action"], c["name"]) for c in changes] == [("replace", "b")]


def test_results_are_found_in_loops_and_beside_other_values() -> None:
    one = result(("create", "t", "a", []))
    assert record.flat_results([one, {"results": [one, one]}, "text", {"skipped": True}]) == [one, one, one]
