# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Wishes that cannot be seeded are refused, each with its reason."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.dataai.platform.plugins.module_utils.core.values import UNKNOWN
from ansible_collections.dataai.platform.plugins.module_utils.secrets.spec import forced, parsed, problems

FACT = {"name": "s3-region", "nature": "fact", "value": "eu-central-2"}
MADE = {"name": "key", "nature": "generated", "generator": "hex_32"}
URL = {
    "name": "url",
    "nature": "derived",
    "template": "connection_string",
    "source": "master",
    "parameters": {"host": "h", "port": 1, "database": "d", "sslmode": "require"},
}


def found(*entries: dict[str, Any], force: Any = (), check: bool = False) -> str:
    """Return the problems as one text."""
    return "; ".join(problems(parsed(entries), force, check=check))


def test_good_wishes_have_no_problems() -> None:
    assert found(FACT, MADE, URL, force=["all", "key"]) == ""


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({**FACT, "value": ""}, "value is not known"),
        ({**FACT, "value": UNKNOWN}, "value is not known"),
        ({**FACT, "value": "x" * 65537}, "65537 bytes"),
        ({"name": "ca", "nature": "fact", "ca_bundle": {}}, "file or a url"),
        ({**MADE, "generator": "rot13"}, "generator"),
        ({**URL, "template": "x"}, "template"),
        ({**URL, "parameters": {"host": "h", "port": 1}}, "database, sslmode"),
        ({**URL, "source": None}, "source"),
        ({**URL, "source": UNKNOWN}, "not known"),
        ({"name": "id", "nature": "access_key"}, "user_name"),
    ],
)
def test_each_mistake_is_named(entry: dict[str, Any], words: str) -> None:
    text = found(entry)
    assert words in text
    assert entry["name"] in text


def test_a_plan_need_not_know_everything() -> None:
    assert found({**FACT, "value": UNKNOWN}, {**URL, "source": UNKNOWN}, check=True) == ""


def test_what_is_skipped_need_not_be_complete() -> None:
    assert found({"name": "psql-host", "nature": "fact", "value": "", "skip_reason": "no Aurora"}) == ""


def test_a_secret_has_one_entry() -> None:
    pair = {"name": "id", "nature": "access_key", "secret_key_name": "key", "user_name": "u"}
    assert "secret key: named 2 times" in found(MADE, pair)


def test_force_names_what_can_be_replaced() -> None:
    assert "nothing" in found(MADE, force=["nothing"])
    assert "s3-region" in found(FACT, force=["s3-region"])


def test_force_comes_in_every_form_that_extra_variables_have() -> None:
    assert forced(["a", "b"]) == forced('["a", "b"]') == forced("a, b") == ["a", "b"]
    assert forced("all") == ["all"]
    assert forced(None) == forced("") == forced([]) == []
    assert forced("[a") == ["[a"]
