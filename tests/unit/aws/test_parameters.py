# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Parameters of databases and caches: one spelling, and what AWS refuses."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.dataai.platform.plugins.module_utils.aws.parameters import Catalogue, shape_problems

RDS, CACHE = ("0", "1"), ("no", "yes")


def entry(name: str, kind: str, allowed: str | None, value: str | None = None, **more: Any) -> dict[str, Any]:
    """Return a parameter as AWS lists it."""
    listed = {"ParameterName": name, "DataType": kind, "AllowedValues": allowed, "ParameterValue": value, **more}
    return {key: value for key, value in listed.items() if value is not None}


LISTED = [
    entry("rds.force_ssl", "boolean", "0,1", "0", Source="system"),
    entry("use_plan_baselines", "boolean", "true,false"),
    entry("synchronous_commit", "string", "local,on,off", "on", Source="system"),
    entry("log_statement", "string", "none,ddl,mod,all"),
    entry("work_mem", "integer", "64-2147483647", Description="(kB) Sets the maximum memory of a query."),
    entry("shared_buffers", "integer", "16-1073741823", "{DBInstanceClassMemory/12038}", Description="(8kB) Sets it."),
    entry("statement_timeout", "integer", "0-2147483647", Description="(ms) Sets the longest time."),
    entry("archive_timeout", "integer", "0-1073741823", "300", Description="(s) Forces a switch.", IsModifiable=False),
    entry("random_page_cost", "float", "0-100000"),
    entry("max_connections", "integer", "6-262143", "LEAST({DBInstanceClassMemory/9531392},5000)", Source="system"),
    entry("log_temp_files", "integer", "-1-2147483647", "10240", Source="user"),
    entry("shared_preload_libraries", "list", "auto_explain,pg_cron,pg_stat_statements", "pg_stat_statements"),
    entry("search_path", "string", None),
    entry("activedefrag", "string", "yes,no", "no"),
    entry("timeout", "integer", "0,20-", "0"),
    entry("list-max-ziplist-size", "integer", "-5,-4,-3,-2,-1,1-", "-2"),
    entry("slowlog-log-slower-than", "integer", "-", "10000"),
]
KNOWN = Catalogue.of(RDS, LISTED, LISTED)


@pytest.mark.parametrize(
    ("name", "value", "spelt"),
    [
        ("rds.force_ssl", True, "1"),
        ("rds.force_ssl", "on", "1"),
        ("rds.force_ssl", "FALSE", "0"),
        ("use_plan_baselines", True, "true"),
        ("use_plan_baselines", 0, "false"),
        ("synchronous_commit", "ON", "on"),
        ("synchronous_commit", False, "off"),
        ("log_statement", "DDL", "ddl"),
        ("work_mem", "64MB", "65536"),
        ("work_mem", "64 MB", "65536"),
        ("work_mem", 65536, "65536"),
        ("work_mem", "065536", "65536"),
        ("shared_buffers", "1GB", "131072"),
        ("shared_buffers", "{DBInstanceClassMemory / 12038}", "{DBInstanceClassMemory/12038}"),
        ("statement_timeout", "1min", "60000"),
        ("statement_timeout", "0.5s", "500"),
        ("random_page_cost", 1.1, "1.1"),
        ("random_page_cost", "1.10", "1.1"),
        ("random_page_cost", 4.0, "4"),
        ("random_page_cost", 1e-05, "0.00001"),
        ("max_connections", "LEAST({DBInstanceClassMemory/953}, 50)", "LEAST({DBInstanceClassMemory/953},50)"),
        ("log_temp_files", -1, "-1"),
        ("shared_preload_libraries", ["pg_stat_statements", "pg_cron"], "pg_stat_statements,pg_cron"),
        ("shared_preload_libraries", "pg_stat_statements, pg_cron", "pg_stat_statements,pg_cron"),
        ("search_path", '"$user", public', '"$user", public'),
        ("activedefrag", True, "yes"),
        ("activedefrag", "off", "no"),
        ("timeout", 0, "0"),
        ("nobody_knows", True, "1"),
        ("nobody_knows", [1, 2], "1,2"),
    ],
)  # fmt: skip
def test_one_spelling_is_compared_and_sent(name: str, value: Any, spelt: str) -> None:
    """However a value is written, it is spelt as AWS keeps it, and what is spelt so stays so."""
    assert KNOWN.spelled(name, value) == spelt
    assert KNOWN.spelled(name, spelt) == spelt
    if name != "nobody_knows":
        assert list(KNOWN.problems({name: value}, "family")) == []


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("work_men", 4096, "work_men is not a parameter of family; did you mean work_mem?"),
        ("WORK_MEM", 4096, "WORK_MEM is not a parameter of family; did you mean work_mem?"),
        ("archive_timeout", 60, "archive_timeout cannot be changed, AWS sets it"),
        ("work_mem", 32, "work_mem is '32'; AWS accepts 64-2147483647 (in kB)"),
        ("work_mem", "64parsec", "work_mem is '64parsec'; AWS accepts 64-2147483647 (in kB)"),
        ("work_mem", "10s", "work_mem is '10s'; AWS accepts"),
        ("shared_buffers", "1B", "shared_buffers is '1B'; AWS accepts 16-1073741823 (in 8kB)"),
        ("random_page_cost", "cheap", "random_page_cost is 'cheap'; AWS accepts 0-100000"),
        ("random_page_cost", -1, "random_page_cost is '-1'"),
        ("rds.force_ssl", 2, "rds.force_ssl is '2'; AWS accepts 0,1"),
        ("log_statement", "everything", "log_statement is 'everything'; AWS accepts none,ddl,mod,all"),
        ("log_temp_files", -2, "log_temp_files is '-2'; AWS accepts -1-2147483647"),
        ("shared_preload_libraries", ["pg_cron", "evil"], "shared_preload_libraries is 'pg_cron,evil'"),
        ("timeout", 10, "timeout is '10'; AWS accepts 0,20-"),
        ("list-max-ziplist-size", 0, "list-max-ziplist-size is '0'"),
    ],
)
def test_what_aws_refuses_is_said_by_name(name: str, value: Any, words: str) -> None:
    """Names that are no parameters, parameters that are AWS's, and values outside what is allowed."""
    (found,) = KNOWN.problems({name: value}, "family")
    assert words in found


@pytest.mark.parametrize(("name", "value"), [("timeout", 20), ("list-max-ziplist-size", 7), ("search_path", "x")])
def test_open_ranges_have_no_end(name: str, value: Any) -> None:
    """What is not limited is accepted; so is a value of AWS's own that stays."""
    assert list(KNOWN.problems({name: value, "archive_timeout": "5min"}, "family")) == []


def test_values_in_effect_count_whoever_set_them() -> None:
    """A wanted value that equals the default is not marked as the user's; other values of the user are to go."""
    assert KNOWN.in_effect({"rds.force_ssl": 0, "synchronous_commit": "on"}) == {
        "rds.force_ssl": "0",
        "synchronous_commit": "on",
        "log_temp_files": "10240",
    }
    assert KNOWN.in_effect(None) == {"log_temp_files": "10240"}


def test_without_a_list_nothing_is_refused() -> None:
    """Where AWS does not tell the parameters, it decides by itself."""
    unknown = Catalogue.of(CACHE, ())
    assert list(unknown.problems({"work_men": 1}, "family")) == []
    assert unknown.all_spelled({"a": True, "b": None, "c": 1.5}) == {"a": "yes", "c": "1.5"}


def test_only_plain_values_are_values() -> None:
    """A mapping is a mistake of indentation."""
    assert [text.split(" ")[1] for text in shape_problems({"a": {"b": 1}, "c": [1, [2]], "d": 1})] == ["a", "c"]
