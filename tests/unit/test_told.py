# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What people are told: each problem once, with the names of all that have it, and of a run what it did."""

from __future__ import annotations

import pytest

from ansible_collections.dataai.platform.plugins.module_utils.aws.kinds import KINDS, kind_class
from ansible_collections.dataai.platform.plugins.module_utils.checks.common import IDENTITY, identity_problems
from ansible_collections.dataai.platform.plugins.module_utils.core import names, record
from ansible_collections.dataai.platform.plugins.module_utils.core.errors import folded, reasons, told
from ansible_collections.dataai.platform.plugins.plugin_utils.failures import briefly, in_words_of

SECRETS = [f"psql-{number}" for number in range(31)]


def test_equal_problems_of_31_resources_are_one_sentence_with_31_names() -> None:
    (sentence,) = folded((name, f"secret {name}: AccessDenied on {name}") for name in SECRETS)
    assert sentence.startswith(f"secret {', '.join(SECRETS)}: AccessDenied")


def test_a_name_that_another_begins_with_is_told_apart() -> None:
    pairs = [("psql", "secret psql: no"), ("psql-host", "secret psql-host: no"), ("x", "secret x: other")]
    assert folded(pairs) == ["secret psql, psql-host: no", "secret x: other"]
    assert folded([("psql", "secret psql-host: no"), ("psql-host", "secret psql-host: no")]) == [
        "secret psql-host: no",
        "secret psql-host: no",
    ]
    assert folded([("", "thing: name is required")]) == ["thing: name is required"]


def test_a_problem_is_said_once() -> None:
    assert told(["one"]) == {"msg": "one"}
    assert told(["one", "two"]) == {"msg": "2 problems", "problems": ["one", "two"]}
    for problems in (["one"], ["one", "two"]):
        assert reasons(told(problems)) == problems


def test_the_last_words_of_a_module_that_died_are_kept() -> None:
    (said,) = reasons(
        {"msg": "No result.", "module_stdout": "", "module_stderr": "x" * 999 + " ImportError: no boto3\n"}
    )
    assert said.startswith("No result. xxx")
    assert said.endswith("ImportError: no boto3")


def test_what_a_run_did_is_told_by_action_and_type() -> None:
    changes = [{"action": "create", "type": "secret", "name": name, "fields": []} for name in SECRETS]
    changes += [{"action": "update", "type": "vpc", "name": "main", "fields": ["tags"]}]
    first, second = record.told(changes)
    assert first == f"created 31 secret: {', '.join(SECRETS)}"
    assert second == "changed 1 vpc: main"
    many = [
        {"action": "create", "type": f"type-{n}", "name": f"{n}-{m}" * 10, "fields": []}
        for n in range(30)
        for m in range(9)
    ]
    assert all(len(line) < 160 and line.endswith("more") for line in record.told(many))
    assert record.told([]) == []


def test_what_a_plan_refuses_is_told_once_for_all() -> None:
    entries = [{"type": "secret", "name": name, "problems": [f"secret {name}: is another owner's"]} for name in SECRETS]
    assert record.refusals([{"refused": entries}, {}]) == [f"secret {', '.join(SECRETS)}: is another owner's"]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_can_tell_what_a_deletion_leaves(kind: str) -> None:
    assert kind_class(kind)().remains == []


def test_names_that_are_too_long_are_one_sentence() -> None:
    made = names.names(
        org_moniker="a" * 24, product_moniker="dai", environment="prod", region="eu-central-2", account="1" * 12
    )
    (problem,) = names.problems(made)
    assert "other names)" in problem and "shorten org_moniker or product_moniker by" in problem


def given(**values: str) -> dict[str, str | None]:
    """Return a right identity, with changes."""
    right = dict.fromkeys(IDENTITY, "acme")
    return {**right, "aws_account_id": "1" * 12, **values}


def test_an_identity_that_is_wrong_is_told_alone() -> None:
    assert identity_problems(given()) == ([], {})
    found, stand_ins = identity_problems(given(org_moniker="Acme_Corp!"))
    assert (len(found), list(stand_ins)) == (1, ["org_moniker"])
    assert identity_problems(given(org_moniker=stand_ins["org_moniker"])) == ([], {})
    found, stand_ins = identity_problems(given(aws_account_id="42"))
    assert (len(found), list(stand_ins)) == (1, ["aws_account_id"])


def test_who_forgot_the_inventory_is_told_so() -> None:
    (found,), _stand_ins = identity_problems(dict.fromkeys(IDENTITY, ""))
    assert "did you forget -i" in found


@pytest.mark.parametrize(
    ("variables", "text", "said"),
    [
        (["bedrock_adopt_logging"], "take it over with adopt: true", "take it over with bedrock_adopt_logging: true"),
        (["bedrock_replace_profiles"], "allow it with replace: true", "allow it with bedrock_replace_profiles: true"),
        (["aurora_port"], "set it back, or allow a replacement with replace: true", "set it back"),
        (
            ["elasticache_port", "elasticache_log_kms_key_arn", "elasticache_kms_key_arn"],
            "AWS cannot change kms_key_arn, port of an existing a; set it back",
            "AWS cannot change kms_key_arn, port of an existing a; set elasticache_kms_key_arn and elasticache_port back",  # noqa: E501
        ),
        ([], "name it in 'acknowledge' to delete it (acknowledge: [x])", "name it in destroy_acknowledge to delete it"),
    ],
)  # fmt: skip
def test_advice_in_a_role_names_its_variable(variables: list[str], text: str, said: str) -> None:
    result = {"failed": True, "msg": text, "refused": [{"problems": [text]}]}
    renamed = in_words_of(variables, result)
    assert (renamed["msg"], renamed["refused"][0]["problems"]) == (said, [said])


def test_a_failure_does_not_fill_the_screen_and_keeps_its_reasons() -> None:
    result = {"failed": True, **told(["one", "two"]), "changes": [], "resources": {"a": {}}, "unchanged": [{}]}
    brief = briefly(result)
    assert not {"resources", "unchanged"} & set(brief)
    assert reasons(brief) == ["one", "two"]
    assert briefly({"changed": False, "resources": {}}) == {"changed": False, "resources": {}}
