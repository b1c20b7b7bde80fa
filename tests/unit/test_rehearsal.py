# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every resource of a run is asked for what it refuses before the first write, from the inventory alone."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.dataai.platform.plugins.module_utils.aws.kinds import KINDS
from ansible_collections.dataai.platform.plugins.plugin_utils.rehearsal import ANSWERS, COLLECTION, IMPORT

pytestmark = pytest.mark.xdist_group("rehearsal")

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENTS = sorted(file.parent.name for file in ROOT.glob("inventories/*/hosts.yml"))

#: Everything that can be switched on.
EVERYTHING = {
    "enable_managed_grafana": True,
    "enable_secret_sync": True,
    "enable_database_access": True,
    "enable_elasticache_users": True,
    "postgresql_login_per_database": True,
    "s3_vpc_only_access_logging_enabled": True,
}

#: What is wrong, several things in a run, and the words of the one sentence for each.
WRONG: list[tuple[dict[str, Any], list[list[str]]]] = [
    (
        {
            "org": "Müller & Söhne",
            "product": "Zürich",
            "org_domain": "a" * 257,
            "aurora_port": 80,
            "aurora_wait_timeout": "long",
            "network_flow_log_traffic_type": "NONE",
            "bedrock_log_retention_days": 17,
        },
        [
            ["org is not right for the tags of inference profile", "'org:Name: Müller & Söhne'", "ASCII"],
            ["product is not right for the tags of inference profile"],
            ["org_domain is not right for the tags", "'org:Domain' has 257 characters; it may have 256"],
            ["aurora_port is 80"],
            ["aurora_wait_timeout", "int"],
            ["network_flow_log_traffic_type", "REJECT"],
            ["bedrock_log_retention_days", "17"],
        ],
    ),
    (
        {"additional_tags": {"team": "Büro", "floor": 3}},
        [["additional_tags.team is not right for the tags of inference profile", "ASCII"]],
    ),
    (
        {"org": "Müller & Söhne", "product": "Zürich", "bedrock_inference_profiles": {}},
        [["org is not right for the tags", "other sorts of resources", "letters, digits, blanks"]],
    ),
]

PARTITIONS = {
    "us-gov-west-1": ("aws-us-gov", "amazonaws.com"),
    "eusc-de-east-1": ("aws-eusc", "amazonaws.eu"),
    "cn-north-1": ("aws-cn", "amazonaws.com.cn"),
}

KEYS = {
    f"kms_key_{name}_arn": f"arn:aws:kms:eu-central-2:123456789012:key/1234abcd-12ab-34cd-56ef-12345678{number}0ab"
    for number, name in enumerate(("general", "secrets_manager", "cloudwatch_logs", "prometheus"))
}
LESS = {"elasticache_slow_log_enabled": False, "database_access_ssm_endpoint_enabled": False}

RUNS: dict[str, tuple[str, dict[str, Any]]] = {
    **{name: (name, EVERYTHING if number % 2 else {}) for number, name in enumerate(ENVIRONMENTS)},
    **{f"wrong {number}": ("prod", changes) for number, (changes, _words) in enumerate(WRONG)},
    **{region: ("prod", {"aws_region": region, **EVERYTHING}) for region in PARTITIONS},
    "a text that holds a word": ("sbx", {"destroy_acknowledge": "aurora-wall-dai-sbx-euc2-postgres"}),
    "less, and keys of another tool": ("prod", {**LESS, "infrastructure": KEYS}),
}


@pytest.fixture(scope="module")
def runs() -> dict[str, dict[str, Any]]:
    """Return what each run was refused, and the resources that were asked."""
    given = json.dumps(list(RUNS.values()))
    command = [sys.executable, "-m", "tests.unit.rehearse"]
    done = subprocess.run(command, cwd=ROOT, input=given, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return dict(zip(RUNS, json.loads(done.stdout), strict=True))


@pytest.mark.parametrize("name", [*ENVIRONMENTS, *PARTITIONS, "less, and keys of another tool"])
def test_what_is_right_is_not_refused(name: str, runs: dict[str, dict[str, Any]]) -> None:
    """Neither inventories as they are, nor with all that can be switched on, nor elsewhere."""
    assert runs[name]["problems"] == []


def test_every_sort_of_resource_is_asked(runs: dict[str, dict[str, Any]]) -> None:
    """A role whose tasks are not gone through would be noticed here."""
    assert {kind for kind, _item in runs["us-gov-west-1"]["asked"]} == set(KINDS)


@pytest.mark.parametrize("number", range(len(WRONG)))
def test_what_a_kind_refuses_is_told_once_and_names_the_variable(number: int, runs: dict[str, dict[str, Any]]) -> None:
    """One sentence for each thing, however many resources refuse it."""
    found, wanted = runs[f"wrong {number}"]["problems"], WRONG[number][1]
    for words in wanted:
        fitting = [text for text in found if all(word in text for word in words)]
        assert len(fitting) == 1, (words, found)
    assert len(found) == len(wanted), found


#: What a role's own rules refuse, and the kinds of its resources would too: one sentence for each of the variables.
TOLD: list[tuple[dict[str, Any], list[str]]] = [
    (
        {
            "aurora_database_name": "",
            "aurora_mode": "serverless",
            "aurora_serverless_min_capacity": 0.3,
            "aurora_serverless_max_capacity": 4,
            "aurora_kms_key_arn": "alias/aurora",
            "bedrock_inference_profiles": {
                "nova": {"source": "amazon.nova-lite-v1:0", "source_type": "system-defined"}
            },
            "encryption_keys_parameter_path": "keys",
            "network_endpoint_policies": {"kms": "open"},
            "postgresql_databases": {"a b": "x"},
            "s3_vpc_only_archive_days": 10,
        },
        [
            "aurora_database_name is empty",
            "aurora_kms_key_arn is an alias",
            "aurora_serverless_min_capacity is 0.3",
            "bedrock_inference_profiles.nova.source_type",
            "encryption_keys_parameter_path is 'keys'",
            "network_endpoint_policies.kms is no policy",
            "postgresql_databases makes the secret",
            "s3_vpc_only_infrequent_access_days and s3_vpc_only_archive_days: GLACIER after 10 days",
        ],
    ),
    (
        {
            "aurora_parameters": '{"work_mem": 1}',
            "infrastructure": {"vpc_id": "vpc-x"},
            "network_interface_endpoints": "kms,sts",
            "org_moniker": "awsco",
            "postgresql_databases": {"a": {"name": None}},
            "product_moniker": "",
        },
        [
            "aurora_parameters is a text; write a dictionary, with -e as JSON: -e '{\"aurora_parameters\": {...}}'",
            "infrastructure gives only some of the ids",
            "infrastructure.vpc_id has 'vpc-x'",
            "network_interface_endpoints is a text; write a list",
            "org_moniker is 'awsco'; the paths of parameters begin with it",
            "postgresql_databases.a is 'None'",
            "product_moniker is ''",
        ],
    ),
]


def test_what_follows_from_another_problem_is_not_told() -> None:
    command = [sys.executable, "-m", "tests.unit.rehearse", "preflight"]
    given = json.dumps([("prod", changes) for changes, _texts in TOLD])
    done = subprocess.run(command, cwd=ROOT, input=given, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    for found, (_changes, wanted) in zip(json.loads(done.stdout), TOLD, strict=True):
        assert len(found) == len(wanted), found
        assert all(text.startswith(begin) for text, begin in zip(sorted(found), wanted, strict=True)), found


def test_a_text_is_one_name_and_no_blanket_acknowledgement(runs: dict[str, dict[str, Any]]) -> None:
    """The word ``all`` within a name says nothing."""
    assert runs["a text that holds a word"]["acknowledged"] == ["aurora-wall-dai-sbx-euc2-postgres"]
    assert runs["sbx"]["acknowledged"] == ["all"]


def test_conditions_and_given_ids_are_honoured(runs: dict[str, dict[str, Any]]) -> None:
    """What is off is not asked, and a key that is given encrypts the logs of a network that is built."""
    asked = runs["less, and keys of another tool"]["asked"]
    names = {item.get("name"): item for _kind, item in asked}
    assert "/acme/dai/prod/elasticache" not in names
    assert "vpce-acme-dai-prod-euc2-ssm" not in names
    assert "vpce-acme-dai-prod-euc2-aurora" in names
    assert names["/acme/dai/prod/vpc-flow-logs"]["kms_key_arn"] == KEYS["kms_key_cloudwatch_logs_arn"]
    assert names["aurora-acme-dai-prod-euc2-postgres"]["kms_key_arn"] == KEYS["kms_key_general_arn"]


@pytest.mark.parametrize("region", PARTITIONS)
def test_everything_speaks_of_the_partition_of_its_region(region: str, runs: dict[str, dict[str, Any]]) -> None:
    """No ARN of another partition, and no host name or regional principal of another domain."""
    partition, domain = PARTITIONS[region]
    text = json.dumps(runs[region]["asked"])
    assert '"arn:aws:' not in text
    assert f"arn:{partition}:iam::123456789012:root" in text
    for service in ("logs", "secretsmanager", "aps"):
        assert f'"{service}.{region}.{domain}"' in text
        assert domain == "amazonaws.com" or f'"{service}.{region}.amazonaws.com"' not in text


# --- what the rehearsal relies on -----------------------------------------------------------------------------------

KEYWORDS = {
    "name", "when", "vars", "block", "rescue", "always", "register", "module_defaults", "check_mode", "diff",
    "changed_when", "until", "retries", "delay",
}  # fmt: skip


def tasks(entries: list[dict[str, Any]], folder: Path) -> list[dict[str, Any]]:
    """Return all tasks of a file, of its blocks and of the files that it imports."""
    found = []
    for entry in entries:
        found.append(entry)
        for part in ("block", "always"):
            found += tasks(entry.get(part) or [], folder)
        if IMPORT in entry:
            found += tasks(yaml.safe_load((folder / entry[IMPORT]).read_text()), folder)
    return found


def test_tasks_are_plain() -> None:
    """A task that is included, looped or named in short would not be gone through."""
    for folder in sorted(ROOT.glob("roles/*/tasks")):
        for task in tasks(yaml.safe_load((folder / "main.yml").read_text()) or [], folder):
            actions = set(task) - KEYWORDS
            assert len(actions) == ("block" not in task), (task["name"], actions)
            prefix, dot, name = next(iter(actions), ".").rpartition(".")
            assert dot, f"{task['name']}: give the full name of {name}"
            assert not name.startswith("include_") and name != "import_role", task["name"]
            if prefix == COLLECTION and "register" in task:
                assert name in KINDS or name in ANSWERS or name == "written_files", f"{name} has no answer"
