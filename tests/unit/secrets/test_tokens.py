# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Version ids: they tell what a value was made from, and a value that comes back is a new version."""

from __future__ import annotations

from ansible_collections.dataai.platform.plugins.module_utils.secrets import tokens

MARK = tokens.mark("fact", "s3-region", "eu-central-2")


def test_ids_fit_what_secrets_manager_takes() -> None:
    assert 32 <= len(tokens.token(MARK, None)) <= 64


def test_the_same_value_after_the_same_version_has_the_same_id() -> None:
    assert tokens.token(MARK, "v1") == tokens.token(tokens.mark("fact", "s3-region", "eu-central-2"), "v1")


def test_ids_differ_by_value_by_predecessor_and_by_attempt() -> None:
    other = tokens.mark("fact", "s3-region", "eu-central-1")
    ids = [tokens.token(MARK, None), tokens.token(MARK, "v1"), tokens.token(MARK, "v1", 1), tokens.token(other, "v1")]
    assert len(set(ids)) == len(ids)


def test_an_id_bears_its_mark_and_no_other() -> None:
    version = tokens.token(MARK, "v1")
    assert tokens.bears(version, MARK)
    assert not tokens.bears(version, tokens.mark("fact", "s3-region", "eu-central-1"))
    assert not tokens.bears(None, MARK)


def test_ids_of_others_are_not_taken_for_ours() -> None:
    for version in ("terraform-20250101120000000000000001", "0f8fad5b-d9cb-469f-a165-70867728950e", "", None):
        assert not tokens.is_ours(version)
        assert not tokens.bears(version, MARK)


def test_marks_do_not_depend_on_the_order_of_parameters() -> None:
    assert tokens.mark({"a": 1, "b": 2}) == tokens.mark({"b": 2, "a": 1})
    assert tokens.mark("a", "bc") != tokens.mark("ab", "c")
