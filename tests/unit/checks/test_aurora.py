# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules of role aurora."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.dataai.platform.plugins.module_utils.checks import aurora
from ansible_collections.dataai.platform.plugins.module_utils.core.errors import Denied
from ansible_collections.dataai.platform.plugins.module_utils.core.values import UNKNOWN

ROLE = Path(__file__).parents[3] / "roles" / "aurora" / "defaults" / "main.yml"

GOOD: dict[str, Any] = {
    "enable_aurora": True,
    "common_names": {"aurora_cluster": "aurora-acme-app-prod-euc2-postgres"},
    "aurora_engine_version": "14.19",
    "aurora_mode": "provisioned",
    "aurora_instance_class": "db.r6g.large",
    "aurora_instance_count": 2,
    "aurora_promotion_tiers": [],
    "aurora_port": 5432,
    "aurora_master_username": "dbadmin",
    "aurora_database_name": "appdb",
    "aurora_backup_retention_days": 7,
    "aurora_backup_window": "03:00-04:00",
    "aurora_maintenance_window": "sun:04:00-sun:05:00",
    "aurora_monitoring_interval": 60,
    "aurora_performance_insights_enabled": True,
    "aurora_performance_insights_retention_days": 7,
    "aurora_database_insights_mode": "standard",
    "aurora_log_exports": ["postgresql"],
    "aurora_log_retention_days": 365,
    "aurora_ingress_source": "private_subnets",
    "aurora_private_subnet_cidrs": ["10.0.11.0/24"],
    "aurora_subnet_ids": ["subnet-1", "subnet-2"],
}

BAD = [
    ({"aurora_wait_timeout": 0}, "aurora_wait_timeout is 0; it must be at least 1 second"),
    (
        {"aurora_kms_key_arn": "alias/a", "aurora_performance_insights_kms_key_arn": "alias/a"},
        "aurora_kms_key_arn is an alias",
    ),
    ({"aurora_port": 80}, "aurora_port is 80; it must be 1150 to 65535"),
    ({"aurora_port": 65536}, "aurora_port is 65536"),
    ({"aurora_backup_retention_days": 0}, "aurora_backup_retention_days is 0; it must be 1 to 35"),
    ({"aurora_backup_retention_days": 36}, "aurora_backup_retention_days is 36"),
    ({"aurora_instance_count": 17}, "aurora_instance_count is 17"),
    (
        {"aurora_instance_count": 0},
        "aurora_instance_count is 0; it must be 1 (a writer, without which nobody can connect) to 16",
    ),
    ({"aurora_instance_count": -1}, "aurora_instance_count is -1; it must be 1 "),
    ({"aurora_instance_count": None}, "aurora_instance_count is empty; give it a value, such as 2"),
    ({"aurora_instance_class": ""}, "aurora_instance_class is empty"),
    ({"aurora_instance_class": "r6g.large"}, "aurora_instance_class is 'r6g.large'; it must be the name of a class"),
    ({"aurora_engine_version": None}, "aurora_engine_version is empty"),
    ({"aurora_master_username": ""}, "aurora_master_username is empty"),
    ({"aurora_database_name": None}, "aurora_database_name is empty"),
    ({"aurora_port": None}, "aurora_port is empty"),
    ({"aurora_backup_window": ""}, "aurora_backup_window is an empty text; give it a value, or null"),
    ({"aurora_backup_window": "03:00-03:00"}, "lasts 0 minutes"),
    ({"aurora_parameters": {"work_mem": {"kB": 4}}}, "aurora_parameters: work_mem must be a text, a number"),
    (
        {
            "aurora_mode": "serverless",
            "aurora_serverless_min_capacity": 1,
            "aurora_serverless_max_capacity": 2,
            "aurora_serverless_seconds_until_auto_pause": 600,
        },
        "aurora_serverless_seconds_until_auto_pause is 600 with aurora_serverless_min_capacity 1",
    ),
    ({"aurora_backup_window": "04:30-05:30"}, "aurora_backup_window 04:30-05:30 overlaps aurora_maintenance_window"),
    ({"aurora_backup_window": "03:00-03:20"}, "lasts 20 minutes; it must last at least 30"),
    ({"aurora_backup_window": "3:00-4:00"}, "is not a daily window in UTC"),
    ({"aurora_maintenance_window": "sunday:04:00-sunday:05:00"}, "is not a weekly window in UTC"),
    ({"aurora_instance_class": "db.serverless"}, "aurora_instance_class is db.serverless, which needs"),
    ({"aurora_mode": "serverless"}, "aurora_mode is serverless, which needs aurora_serverless_min_capacity"),
    (
        {"aurora_mode": "serverless", "aurora_serverless_min_capacity": 4, "aurora_serverless_max_capacity": 2},
        "aurora_serverless_min_capacity is 4, more than aurora_serverless_max_capacity 2",
    ),
    (
        {"aurora_mode": "serverless", "aurora_serverless_min_capacity": 0.3, "aurora_serverless_max_capacity": 2},
        "aurora_serverless_min_capacity is 0.3; it must be 0 to 256",
    ),
    ({"aurora_monitoring_interval": 7}, "aurora_monitoring_interval is 7"),
    ({"aurora_performance_insights_retention_days": 94}, "aurora_performance_insights_retention_days is 94"),
    ({"aurora_database_insights_mode": "advanced"}, "aurora_database_insights_mode is advanced"),
    ({"aurora_master_username": "db-admin"}, "aurora_master_username is 'db-admin'"),
    ({"aurora_password_rotation_schedule": "weekly"}, "aurora_password_rotation_schedule is 'weekly'; it must be"),
    ({"aurora_master_secret_recovery_window_days": 5}, "aurora_master_secret_recovery_window_days is 5; Secrets"),
    (
        {"aurora_password_mode": "supplied", "aurora_password_rotation_schedule": "rate(30 days)"},
        "aurora_password_rotation_schedule is set although",
    ),
    ({"aurora_database_name": "app-db"}, "aurora_database_name is 'app-db'"),
    ({"aurora_promotion_tiers": [0]}, "aurora_promotion_tiers names 1 tiers for 2 instances"),
    ({"aurora_promotion_tiers": [0, 16]}, "aurora_promotion_tiers has 16; it must be 0 to 15"),
    ({"aurora_log_exports": ["audit"]}, "aurora_log_exports has 'audit'; it must be one of postgresql"),
    ({"aurora_log_retention_days": 31}, "aurora_log_retention_days is 31"),
    ({"aurora_engine_version": "14"}, "aurora_engine_version is '14'"),
    ({"aurora_subnet_ids": ["subnet-1"]}, "aurora_subnet_ids names 1 subnets"),
    ({"aurora_private_subnet_cidrs": []}, "aurora_private_subnet_cidrs is empty"),
    ({"aurora_parameters": {"rds.force_ssl": 0}}, "set aurora_force_ssl instead"),
    ({"aurora_kms_key_arn": "arn:aws:kms:eu-central-2:1:alias/x"}, "aurora_kms_key_arn is an alias"),
]


def test_the_defaults_are_fine() -> None:
    """Nothing is wrong with the production values, nor with nothing at all."""
    assert list(aurora.problems(GOOD)) == []
    assert list(aurora.problems({})) == []


def test_unknown_values_are_passed_over() -> None:
    """A plan knows no ids of a layer that is not built yet."""
    unknown = {"aurora_subnet_ids": [UNKNOWN], "aurora_private_subnet_cidrs": [UNKNOWN], "aurora_kms_key_arn": UNKNOWN}
    assert list(aurora.problems({**GOOD, **unknown})) == []


@pytest.mark.parametrize(("change", "words"), BAD, ids=lambda value: str(value)[:60])
def test_each_mistake_is_one_sentence(change: dict[str, Any], words: str) -> None:
    """The sentence names the variable, its value and what would be right."""
    (found,) = aurora.problems({**GOOD, **change})
    assert words in found


def test_several_mistakes_are_reported_together() -> None:
    """One run tells all."""
    found = list(aurora.problems({**GOOD, "aurora_port": 1, "aurora_backup_retention_days": 99}))
    assert len(found) == 2


def test_nothing_is_checked_when_switched_off() -> None:
    """What is not built needs no input."""
    assert list(aurora.problems({**GOOD, "aurora_port": 1, "enable_aurora": False})) == []


@pytest.mark.parametrize(
    ("backup", "maintenance", "overlap"),
    [
        ("03:00-04:00", "sun:04:00-sun:05:00", False),
        ("23:30-00:30", "mon:00:00-mon:00:30", True),
        ("23:30-00:30", "mon:00:30-mon:01:00", False),
        ("00:00-01:00", "sun:23:30-mon:00:30", True),
        ("22:00-23:30", "sun:23:30-mon:00:30", False),
        ("12:00-13:00", "tue:11:00-wed:10:00", True),
    ],
)
def test_windows_meet_across_midnight_and_the_end_of_the_week(backup: str, maintenance: str, overlap: bool) -> None:
    """The daily window meets the weekly one on any day, and on the way from Sunday to Monday."""
    windows = {"aurora_backup_window": backup, "aurora_maintenance_window": maintenance}
    assert any("overlaps" in text for text in aurora.problems({**GOOD, **windows})) is overlap


class Rds:
    """RDS with fixed answers."""

    def __init__(self, running: str | None = None, denied: bool = False) -> None:
        self.running, self.denied = running, denied

    def pages(self, operation: str, _result: str, **query: Any) -> list[dict[str, Any]]:
        """Answer the listings that the checks make."""
        if self.denied:
            raise Denied(operation, "not allowed")
        if operation == "describe_db_clusters":
            return [{"EngineVersion": self.running}] if self.running else []
        offered = [{"EngineVersion": version} for version in ("14.9", "14.19", "15.12")]
        if operation == "describe_db_engine_versions":
            return [entry for entry in offered if query.get("EngineVersion") in (None, entry["EngineVersion"])]
        classes = [{"DBInstanceClass": name} for name in ("db.r6g.large", "db.serverless")]
        return [entry for entry in classes if query.get("DBInstanceClass") in (None, entry["DBInstanceClass"])]

    def describe_engine_default_cluster_parameters(self, **query: str) -> dict[str, Any]:
        """Answer with the parameters of a family."""
        if self.denied:
            raise Denied("describe", "not allowed")
        assert query == {"DBParameterGroupFamily": "aurora-postgresql14"}
        listed = {"ParameterName": "work_mem", "DataType": "integer", "AllowedValues": "64-2147483647"}
        return {"EngineDefaults": {"Parameters": [listed]}}


class Aws:
    """AWS with nothing but RDS."""

    region = "eu-central-2"

    def __init__(self, rds: Rds) -> None:
        self.rds = rds

    def service(self, _name: str) -> Rds:
        """Return RDS."""
        return self.rds


def asked(change: dict[str, Any], rds: Rds | None = None) -> tuple[list[str], list[str]]:
    """Return what AWS finds wrong, and the warnings."""
    warnings: list[str] = []
    found = list(aurora.api_problems(Aws(rds or Rds()), {**GOOD, **change}, warnings))  # type: ignore[arg-type]
    return found, warnings


def test_what_aws_offers_is_fine() -> None:
    """Version and class are offered."""
    assert asked({})[0] == []
    assert asked({"aurora_mode": "serverless"})[0] == []


def test_a_version_that_aws_does_not_offer_is_named_with_those_it_does() -> None:
    """In the order of versions, not of letters."""
    (found,) = asked({"aurora_engine_version": "14.99"})[0]
    assert "aurora_engine_version is 14.99" in found
    assert "it offers 14.9, 14.19" in found


def test_a_class_that_cannot_be_ordered_is_named_with_those_that_can() -> None:
    """The message lists the classes."""
    (found,) = asked({"aurora_instance_class": "db.x9.huge"})[0]
    assert "aurora_instance_class is db.x9.huge, which cannot be ordered" in found
    assert "AWS offers db.r6g.large, db.serverless" in found


def test_a_wrong_version_does_not_hide_a_wrong_class() -> None:
    """One run tells both."""
    found, _warnings = asked({"aurora_engine_version": "14.99", "aurora_instance_class": "db.x9.huge"})
    assert [text.split(" is ")[0] for text in found] == ["aurora_engine_version", "aurora_instance_class"]


def test_a_running_version_needs_no_offer() -> None:
    """A minor version that AWS withdrew for new clusters may go on."""
    assert asked({"aurora_engine_version": "14.10"}, Rds(running="14.11"))[0] == []
    assert asked({"aurora_engine_version": "14.12"}, Rds(running="14.11"))[0] != []


def test_without_permission_it_warns() -> None:
    """A caller that may not look is told so, and goes on."""
    found, warnings = asked({"aurora_engine_version": "14.99"}, Rds(denied=True))
    assert found == []
    assert any("were not checked" in text for text in warnings)


def test_parameters_that_aws_would_refuse_are_named() -> None:
    """Before the group is made without them."""
    found, warnings = asked({"aurora_parameters": {"work_men": 1, "work_mem": 1}})
    assert found == [
        "aurora_parameters: work_mem is '1'; AWS accepts 64-2147483647",
        "aurora_parameters: work_men is not a parameter of aurora-postgresql14; did you mean work_mem?",
    ]
    assert not any("not checked" in text for text in warnings)
    found, warnings = asked({"aurora_parameters": {"work_men": 1}}, Rds(denied=True))
    assert found == []
    assert any("aurora_parameters were not checked" in text for text in warnings)


def test_nobody_is_warned_in_every_run_of_what_nobody_chose(monkeypatch: pytest.MonkeyPatch) -> None:
    """The role's own version warns once its support has ended, one that was chosen half a year before."""
    default = yaml.safe_load(ROLE.read_text())["aurora_engine_version"]
    assert default == aurora.DEFAULT_VERSION

    class Day(datetime):
        today_is = datetime(2027, 1, 1, tzinfo=UTC)

        @classmethod
        def now(cls, _zone: Any = None) -> Any:
            return cls.today_is

    def warned(version: str) -> int:
        warnings: list[str] = []
        aurora._warn_of_end(version, warnings)
        return len(warnings)

    monkeypatch.setattr(aurora, "datetime", Day)
    assert (warned(default), warned("14.18"), warned("16.4")) == (0, 1, 0)
    Day.today_is = datetime(2027, 3, 1, tzinfo=UTC)
    assert warned(default) == 1
