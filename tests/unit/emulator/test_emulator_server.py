# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The instrument itself: call log, faults, provisioning times, validation, reset."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ConnectionClosedError

from emulator import validate
from emulator.calllog import CallLog, classify
from emulator.faults import Fault


def test_health_names_the_account(admin: Any) -> None:
    status, health = admin("GET", "/health")
    assert (status, health["status"], health["account"]) == (200, "ok", "123456789012")
    assert admin("GET", "/nothing")[0] == 404


@pytest.mark.parametrize(
    ("service", "operation", "access"),
    [
        ("ec2", "DescribeVpcs", "read"),
        ("s3", "HeadBucket", "read"),
        ("s3", "PutObject", "write"),
        ("secretsmanager", "BatchGetSecretValue", "read"),
        ("kms", "Decrypt", "read"),
        ("rds", "ModifyDBCluster", "write"),
        ("sts", "AssumeRole", "read"),
        ("elasticache", "TestFailover", "write"),
        ("logs", "FilterLogEvents", "read"),
        ("ec2", "GetawayNothing", "write"),
    ],
)
def test_access_follows_the_operation(service: str, operation: str, access: str) -> None:
    assert classify(service, operation) == access


def test_calls_are_recorded_without_values(client: Any, admin: Any) -> None:
    client("secretsmanager").create_secret(Name="plain", SecretString="sensitive-value")
    client("secretsmanager").describe_secret(SecretId="plain")
    _, calls = admin("GET", "/calls")
    assert [(call["service"], call["operation"], call["access"], call["status"]) for call in calls] == [
        ("secretsmanager", "CreateSecret", "write", 200),
        ("secretsmanager", "DescribeSecret", "read", 200),
    ]
    assert calls[0]["region"] == "eu-central-2"
    assert calls[0]["access_key_id"] == "test"
    assert "sensitive-value" not in json.dumps(calls)


def test_calls_can_be_selected_and_cleared(client: Any, admin: Any) -> None:
    client("iam").list_roles()
    client("iam").create_user(UserName="one")
    _, writes = admin("GET", "/calls?access=write")
    assert [call["operation"] for call in writes] == ["CreateUser"]
    assert admin("GET", f"/calls?since={writes[0]['number']}")[1] == []
    admin("DELETE", "/calls")
    assert admin("GET", "/calls")[1] == []


def test_errors_are_recorded_with_their_code(client: Any, admin: Any, refused: Any) -> None:
    with refused("ResourceNotFoundException"):
        client("secretsmanager").get_secret_value(SecretId="none")
    with refused("NoSuchEntity"):
        client("iam").get_role(RoleName="none")
    assert [call["error"] for call in admin("GET", "/calls")[1]] == ["ResourceNotFoundException", "NoSuchEntity"]


def test_call_log_file_has_one_object_per_line(tmp_path: Path) -> None:
    log = CallLog(str(tmp_path / "calls.jsonl"))
    values: dict[str, Any] = {
        "service": "s3",
        "operation": "PutObject",
        "access": "write",
        "status": 200,
        "error": None,
    }
    log.add(**values, region="eu-central-2", access_key_id="test", duration_ms=1.0)
    assert json.loads((tmp_path / "calls.jsonl").read_text())["operation"] == "PutObject"


def test_throttling_hits_as_often_as_asked(client: Any, admin: Any, refused: Any) -> None:
    admin("POST", "/faults", [{"service": "rds", "operation": "Describe*", "kind": "throttle", "times": 1}])
    with refused("Throttling"):
        client("rds").describe_db_clusters()
    assert client("rds").describe_db_clusters()["DBClusters"] == []
    assert admin("GET", "/faults")[1][0]["hits"] == 1


def test_fault_after_the_operation_leaves_its_effect(client: Any, admin: Any, refused: Any) -> None:
    admin("POST", "/faults", [{"operation": "CreateSecret", "kind": "5xx", "when": "after", "times": 1}])
    with refused("InternalServerException"):
        client("secretsmanager").create_secret(Name="kept")
    assert client("secretsmanager").describe_secret(SecretId="kept")["Name"] == "kept"


def test_denial_and_reset(client: Any, admin: Any, refused: Any) -> None:
    admin("POST", "/faults", [{"operation": "CreateUser", "kind": "access_denied"}])
    with refused("AccessDenied"):
        client("iam").create_user(UserName="one")
    admin("DELETE", "/faults")
    admin("POST", "/faults", [{"operation": "CreateUser", "kind": "reset"}])
    with pytest.raises(ConnectionClosedError):
        client("iam").create_user(UserName="one")
    assert admin("GET", "/calls")[1][-1]["error"] == "ConnectionReset"


def test_an_answer_is_lost_after_the_write_was_done(client: Any, admin: Any) -> None:
    """That of the n-th write, or the first of each distinct one; reads are left alone."""
    iam, lost = client("iam"), {"kind": "reset", "when": "after", "access": "write"}
    admin("POST", "/faults", [{**lost, "skip": 1, "times": 1}])
    iam.create_user(UserName="one")
    iam.list_users()
    with pytest.raises(ConnectionClosedError):
        iam.create_user(UserName="two")
    iam.create_user(UserName="three")
    admin("DELETE", "/faults")
    admin("POST", "/faults", [{**lost, "each_once": True}])
    for name in ("one", "two"):
        with pytest.raises(ConnectionClosedError):
            iam.delete_user(UserName=name)
    with pytest.raises(iam.exceptions.NoSuchEntityException):
        iam.delete_user(UserName="one")
    assert [user["UserName"] for user in iam.list_users()["Users"]] == ["three"]


def test_a_client_token_gives_the_same_answer_once_more(client: Any, refused: Any) -> None:
    """Other parameters with it are an error, and the answer outlives what it speaks of, as in AWS."""
    ec2 = client("ec2")
    vpc, other = (ec2.create_vpc(CidrBlock=cidr)["Vpc"]["VpcId"] for cidr in ("10.0.0.0/16", "10.1.0.0/16"))

    def table(token: str) -> str:
        return str(ec2.create_route_table(VpcId=vpc, ClientToken=token)["RouteTable"]["RouteTableId"])

    first = table("one")
    assert table("one") == first
    ec2.delete_route_table(RouteTableId=first)
    assert table("one") == first
    assert table("two") != first
    with refused("IdempotentParameterMismatch"):
        ec2.create_route_table(VpcId=other, ClientToken="one")
    amp = client("amp")
    assert len({amp.create_workspace(alias="one", clientToken="t")["workspaceId"] for _ in range(2)}) == 1
    with refused("ConflictException"):
        amp.create_workspace(alias="two", clientToken="t")


def test_latency_fault_delays_the_call(client: Any, admin: Any) -> None:
    admin("POST", "/faults", [{"operation": "ListUsers", "kind": "latency", "latency_ms": 60}])
    started = time.monotonic()
    client("iam").list_users()
    assert time.monotonic() - started >= 0.06


def test_stale_reads_answer_as_they_did_before(client: Any, admin: Any) -> None:
    secrets = client("secretsmanager")
    secrets.create_secret(Name="lagging")
    admin("POST", "/faults", [{"service": "secretsmanager", "kind": "stale", "seconds": 60, "rate": 0.5}])
    assert "VersionIdsToStages" not in secrets.describe_secret(SecretId="lagging")
    secrets.put_secret_value(SecretId="lagging", SecretString="new")
    seen = ["VersionIdsToStages" in secrets.describe_secret(SecretId="lagging") for _ in range(20)]
    assert set(seen) == {False, True}
    admin("DELETE", "/faults")
    assert "VersionIdsToStages" in secrets.describe_secret(SecretId="lagging")
    admin("POST", "/faults", [{"service": "secretsmanager", "kind": "stale", "seconds": 0}])
    assert "VersionIdsToStages" in secrets.describe_secret(SecretId="lagging")


@pytest.mark.parametrize(
    "bad", [{"kind": "meteor"}, {"rate": 2}, {"when": "during"}, {"access": "all"}, {"sevice": "rds"}]
)
def test_bad_faults_are_refused(admin: Any, bad: dict[str, Any]) -> None:
    assert admin("POST", "/faults", [bad])[0] == 400


def test_rate_is_a_probability() -> None:
    assert Fault(rate=0.0).matches("rds", "CreateDBCluster")
    assert not Fault(times=0).matches("rds", "CreateDBCluster")


def test_settings_are_kept_and_unknown_ones_refused(admin: Any) -> None:
    status, content = admin("PUT", "/settings", {"provisioning_seconds": {"rds": 2}, "latency_ms": 1})
    assert (status, content["provisioning_seconds"], content["latency_ms"]) == (200, {"rds": 2}, 1.0)
    assert admin("PUT", "/settings", {"speed": 1})[0] == 400


def test_reset_forgets_moto_and_overlay(client: Any, admin: Any) -> None:
    client("iam").create_user(UserName="one")
    client("secretsmanager").create_secret(Name="one")
    admin("POST", "/reset")
    assert client("iam").list_users()["Users"] == []
    assert client("secretsmanager").list_secrets()["SecretList"] == []


def test_requests_are_checked_against_the_model(client: Any, admin: Any, refused: Any) -> None:
    with refused("ValidationException", "length 65537 is more than 65536"):
        client("secretsmanager").create_secret(Name="big", SecretString="x" * 65537)
    _, found = admin("GET", "/violations")
    assert found == [
        {
            "service": "secretsmanager",
            "operation": "CreateSecret",
            "member": "SecretString",
            "rule": "length 65537 is more than 65536",
        },
    ]


def test_check_finds_what_botocore_does_not() -> None:
    source = {"copyFrom": "arn:aws:bedrock:eu-central-2::foundation-model/amazon.titan-embed-text-v2:0"}
    params = {"inferenceProfileName": "a--b", "description": "one, two", "modelSource": source, "colour": "red"}
    found = validate.check("bedrock", "CreateInferenceProfile", params)
    assert [item.split(":")[0] for item in found] == ["inferenceProfileName", "description", "colour"]
    assert (
        validate.check("bedrock", "CreateInferenceProfile", {"inferenceProfileName": "ab", "modelSource": source}) == []
    )


@pytest.mark.parametrize(
    ("service", "operation", "params", "rule"),
    [
        ("ec2", "CreateFlowLogs", {"ResourceIds": ["vpc-1"], "ResourceType": "Planet"}, "not one of the values"),
        ("secretsmanager", "DeleteSecret", {}, "missing"),
        ("amp", "UpdateWorkspaceConfiguration", {"workspaceId": "ws-1", "retentionPeriodInDays": 0}, "less than 1"),
    ],
)
def test_check_names_the_rule(service: str, operation: str, params: dict[str, Any], rule: str) -> None:
    assert any(rule in item for item in validate.check(service, operation, params))


def test_unknown_members_in_json_are_refused(client: Any, server: Any, admin: Any) -> None:
    import urllib.error
    import urllib.request

    scope = "test/20261121/eu-central-2/secretsmanager/aws4_request"
    headers = {
        "X-Amz-Target": "secretsmanager.CreateSecret",
        "Content-Type": "application/x-amz-json-1.1",
        "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, Signature=x",
    }
    request = urllib.request.Request(server.url, data=b'{"Name": "x", "Colour": "red"}', headers=headers)
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request)
    assert caught.value.code == 400
    assert admin("GET", "/violations")[1][0]["member"] == "Colour"


def test_what_nobody_implements_is_answered_with_501(client: Any, refused: Any) -> None:
    with refused("NotImplemented"):
        client("grafana", "eu-central-1").create_workspace_api_key(
            workspaceId="g-0123456789", keyName="k", keyRole="ADMIN", secondsToLive=60
        )


def test_the_command_line_serves_and_stops(tmp_path: Path) -> None:
    root = Path(__file__).parents[3]
    command = [sys.executable, "-m", "emulator", "--port", "0", "--call-log", str(tmp_path / "calls")]
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("embedded AWS on http://127.0.0.1:")
        process.terminate()
        assert process.wait(timeout=60) == 0
