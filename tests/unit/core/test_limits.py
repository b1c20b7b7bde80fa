# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The limits of fields: one sentence for each value, which names the field, the value and what would be right."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.dataai.platform.plugins.module_utils.core.kind import Field, Form, Kind
from ansible_collections.dataai.platform.plugins.module_utils.core.limits import TagLimits, problems
from ansible_collections.dataai.platform.plugins.module_utils.core.values import UNKNOWN

WORD = Form(r"[a-z]+", "lower-case letters")
TARGET = (Field("id", form=WORD, max_length=3, required=True), Field("age", type="int", minimum=60))


@pytest.mark.parametrize(
    ("field", "value", "sentences"),
    [
        (Field("days", type="int", minimum=7, maximum=30), 6, ["days is 6; it must be 7 to 30"]),
        (Field("days", type="int", minimum=7, maximum=30), 30, []),
        (Field("days", type="int", minimum=1), 0, ["days is 0; it must be 1 or more"]),
        (Field("days", type="int", choices=(1, 3)), 2, ["days is 2; it must be one of 1, 3"]),
        (Field("mode", choices=("On", "Off")), "on", ["mode is 'on'; it must be one of On, Off"]),
        (Field("name", form=WORD), "A b", ["name is 'A b'; it must be lower-case letters"]),
        (Field("name", form=WORD), "ab\n", ["name is 'ab\n'; it must be lower-case letters"]),
        (Field("name", max_length=2), "abc", ["name is 'abc'; it must have at most 2 characters, not 3"]),
        (Field("name", min_length=1), "", ["name is ''; it must have 1 or more characters, not 0"]),
        (Field("name", form=WORD, clears=True), "", []),
        (Field("name", form=WORD, sensitive=True), "S", ["name is (sensitive value); it must be lower-case letters"]),
        (
            Field("ids", type="list", elements="str", form=WORD),
            ["a", "B"],
            ["ids has 'B'; it must be lower-case letters"],
        ),
        (Field("ids", type="list", elements="str", max_items=1), ["a", "b"], ["ids has 2 entries; it takes at most 1"]),
        (Field("ids", type="list", elements="str", unique=True), ["a", "a"], ["ids names 'a' twice"]),
        (
            Field("tiers", type="list", elements="int", maximum=15, minimum=0),
            [16],
            ["tiers has 16; it must be 0 to 15"],
        ),
        (
            Field("targets", type="list", elements="dict", options=TARGET),
            [{"id": "ok"}, {"id": "long", "age": 1}],
            [
                "targets 2: id is 'long'; it must have at most 3 characters, not 4",
                "targets 2: age is 1; it must be 60 or more",
            ],
        ),
        (
            Field("target", type="dict", options=TARGET),
            {"id": "A"},
            ["target: id is 'A'; it must be lower-case letters"],
        ),
    ],
    ids=lambda value: "" if isinstance(value, Field) else str(value)[:40],
)
def test_a_wrong_value_is_one_sentence(field: Field, value: Any, sentences: list[str]) -> None:
    """And a right one is none."""
    assert list(problems([field], {field.name: value})) == sentences


@pytest.mark.parametrize("value", [UNKNOWN, f"arn:{UNKNOWN}", [UNKNOWN], [{"id": UNKNOWN}], {"id": UNKNOWN}, None])
def test_what_only_aws_knows_is_not_judged(value: Any) -> None:
    """Nor is what is left out."""
    field = Field("f", form=WORD, max_length=2, choices=("a",), options=TARGET)
    assert list(problems([field], {"f": value})) == []


def test_a_role_tells_the_limits_in_the_names_of_its_variables() -> None:
    """The label stands in the sentence."""
    found = problems([Field("port", type="int", minimum=1150)], {"port": 80}, lambda name: f"aurora_{name}")
    assert list(found) == ["aurora_port is 80; it must be 1150 or more"]


def test_a_long_value_is_not_repeated() -> None:
    """A sentence stays one line."""
    (sentence,) = problems([Field("text", max_length=100)], {"text": "x" * 5000})
    assert len(sentence) < 200


@pytest.mark.parametrize(
    ("tags", "words"),
    [
        ({"org:Name": "Müller"}, ""),
        ({"Name": UNKNOWN}, ""),
        ({"a&b": "x"}, "a&b"),
        ({"Name": "Müller & Söhne"}, "Müller & Söhne"),
        ({"aws:mine": "x"}, "AWS's own"),
        ({"k" * 129: "x"}, "1 to 128"),
        ({"Name": "v" * 257}, "may have 256"),
        ({f"key-{number}": "x" for number in range(51)}, "50 at most"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_tags_are_checked_before_any_call(tags: dict[str, str], words: str) -> None:
    """By what the service takes: by default what most services do."""
    found = list(TagLimits().problems(tags))
    assert (len(found) == 1 and words in found[0]) if words else found == []


def test_a_kind_tells_limits_tags_and_the_rest_at_once() -> None:
    """Each of them once."""

    class Thing(Kind[None]):
        """A thing with a limit and a rule of its own."""

        fields = (Field("name"), Field("size", type="int", minimum=1))

        def problems(self, item: Any) -> list[str]:
            return ["size and name do not go together"]

    item = {"name": "a", "size": 0, "tags": {"aws:x": "y"}}
    assert len(Thing().all_problems(item)) == 3
