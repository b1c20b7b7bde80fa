# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lambda and EventBridge of the embedded AWS: refusals, one change at a time, and what a policy looks like."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from emulator.provisioning import settings

RULE = "arn:aws:events:eu-central-2:123456789012:rule/nightly"


def code(text: str = "x = 1") -> bytes:
    """Return an archive with one file."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as target:
        target.writestr("main.py", text)
    return out.getvalue()


def refusal(call: Callable[..., Any], **params: Any) -> tuple[str, str]:
    """Return code and message of an error."""
    with pytest.raises(ClientError) as caught:
        call(**params)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


@pytest.fixture
def role(client: Callable[..., Any]) -> str:
    """Return a role that Lambda may assume."""
    statement = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    return str(client("iam").create_role(RoleName="nightly", AssumeRolePolicyDocument=document)["Role"]["Arn"])


@pytest.fixture
def wanted(role: str) -> dict[str, Any]:
    """Return the parameters of a function."""
    settings = {"FunctionName": "nightly", "Runtime": "python3.13", "Handler": "main.handler"}
    return {**settings, "Role": role, "Code": {"ZipFile": code()}}


def test_what_a_function_is_not_told_again_it_forgets(client: Callable[..., Any], wanted: dict[str, Any]) -> None:
    """Levels of the log, and the architecture of the code, are those of AWS where a request leaves them out."""
    functions = client("lambda")
    functions.create_function(**wanted, Architectures=["arm64"], LoggingConfig={"LogFormat": "JSON"})
    logging = {"LogFormat": "JSON", "ApplicationLogLevel": "DEBUG"}
    functions.update_function_configuration(FunctionName="nightly", LoggingConfig=logging)
    found = functions.update_function_configuration(FunctionName="nightly", LoggingConfig={"LogFormat": "JSON"})
    assert found["LoggingConfig"]["ApplicationLogLevel"] == "INFO"
    code_error = refusal(
        functions.update_function_configuration, FunctionName="nightly", LoggingConfig={**logging, "LogFormat": "Text"}
    )
    assert code_error[0] == "InvalidParameterValueException"
    assert functions.update_function_code(FunctionName="nightly", ZipFile=code())["Architectures"] == ["x86_64"]


def test_an_account_that_may_invoke_is_shown_as_its_root(client: Callable[..., Any], wanted: dict[str, Any]) -> None:
    functions = client("lambda")
    functions.create_function(**wanted)
    functions.add_permission(
        FunctionName="nightly", StatementId="x", Action="lambda:InvokeFunction", Principal="210987654321"
    )
    (statement,) = json.loads(functions.get_policy(FunctionName="nightly")["Policy"])["Statement"]
    assert statement["Principal"] == {"AWS": "arn:aws:iam::210987654321:root"}


def test_a_function_that_failed_can_only_be_deleted(client: Callable[..., Any], wanted: dict[str, Any]) -> None:
    functions = client("lambda")
    settings.failures = {"lambda": "Failed"}
    functions.create_function(**wanted)
    assert functions.get_function(FunctionName="nightly")["Configuration"]["State"] == "Failed"
    assert refusal(functions.update_function_configuration, FunctionName="nightly", Timeout=5)[0] == (
        "ResourceConflictException"
    )
    functions.delete_function(FunctionName="nightly")
    assert functions.create_function(**wanted)["FunctionName"] == "nightly"
    assert functions.get_function(FunctionName="nightly")["Configuration"]["State"] == "Active"


def test_a_function_is_pending_and_then_takes_one_change_at_a_time(
    client: Callable[..., Any], wanted: dict[str, Any]
) -> None:
    functions = client("lambda")
    settings.provisioning_seconds = 60
    assert functions.create_function(**wanted)["State"] == "Pending"
    conflict = refusal(functions.update_function_configuration, FunctionName="nightly", Timeout=5)
    assert conflict[0] == "ResourceConflictException"
    functions.delete_function(FunctionName="nightly")
    settings.provisioning_seconds = 0
    functions.create_function(**wanted)
    assert functions.get_function(FunctionName="nightly")["Configuration"]["State"] == "Active"
    settings.provisioning_seconds = 60
    answer = functions.update_function_configuration(FunctionName="nightly", Timeout=5)
    assert answer["LastUpdateStatus"] == "InProgress"
    assert refusal(functions.update_function_code, FunctionName="nightly", ZipFile=code("x = 2"))[0] == conflict[0]
    assert refusal(functions.create_function, **wanted)[0] == "ResourceConflictException"


def test_what_lambda_refuses(client: Callable[..., Any], wanted: dict[str, Any]) -> None:
    functions = client("lambda")
    stranger = wanted["Role"].replace("nightly", "nobody")
    assert "cannot be assumed by Lambda" in refusal(functions.create_function, **{**wanted, "Role": stranger})[1]
    assert "unzip" in refusal(functions.create_function, **{**wanted, "Code": {"ZipFile": b"text"}})[1]
    reserved = {**wanted, "Environment": {"Variables": {"AWS_REGION": "x"}}}
    assert "reserved" in refusal(functions.create_function, **reserved)[1]
    big = {**wanted, "Environment": {"Variables": {"X1": "x" * 4096}}}
    assert "4KB" in refusal(functions.create_function, **big)[1]
    lonely = {**wanted, "VpcConfig": {"SubnetIds": ["subnet-1"], "SecurityGroupIds": []}}
    assert refusal(functions.create_function, **lonely)[0] == "InvalidParameterValueException"
    assert functions.list_functions()["Functions"] == []
    assert refusal(functions.get_function, FunctionName="nightly")[0] == "ResourceNotFoundException"


def test_a_function_in_a_vpc_needs_a_role_for_it(client: Callable[..., Any], wanted: dict[str, Any]) -> None:
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
    group = ec2.create_security_group(GroupName="one", Description="one", VpcId=vpc)["GroupId"]
    inside = {**wanted, "VpcConfig": {"SubnetIds": [subnet], "SecurityGroupIds": [group]}}
    assert "CreateNetworkInterface" in refusal(client("lambda").create_function, **inside)[1]
    statement = {"Effect": "Allow", "Action": "ec2:CreateNetworkInterface", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    client("iam").put_role_policy(RoleName="nightly", PolicyName="network", PolicyDocument=document)
    client("lambda").create_function(**inside)
    found = client("lambda").get_function_configuration(FunctionName="nightly")["VpcConfig"]
    assert (found["VpcId"], found["SubnetIds"], found["SecurityGroupIds"]) == (vpc, [subnet], [group])


def test_a_policy_is_there_while_it_has_statements(client: Callable[..., Any], wanted: dict[str, Any]) -> None:
    functions = client("lambda")
    functions.create_function(**wanted)
    assert refusal(functions.get_policy, FunctionName="nightly")[0] == "ResourceNotFoundException"
    permission = {"FunctionName": "nightly", "StatementId": "rule", "Action": "lambda:InvokeFunction"}
    permission |= {"Principal": "events.amazonaws.com", "SourceArn": RULE, "SourceAccount": "123456789012"}
    functions.add_permission(**permission)
    assert refusal(functions.add_permission, **permission)[0] == "ResourceConflictException"
    (statement,) = json.loads(functions.get_policy(FunctionName="nightly")["Policy"])["Statement"]
    assert statement["Principal"] == {"Service": "events.amazonaws.com"}
    assert statement["Condition"]["ArnLike"] == {"AWS:SourceArn": RULE}
    functions.remove_permission(FunctionName="nightly", StatementId="rule")
    assert refusal(functions.get_policy, FunctionName="nightly")[0] == "ResourceNotFoundException"


def test_a_rule_goes_after_its_targets(client: Callable[..., Any]) -> None:
    events = client("events")
    events.put_rule(Name="nightly", ScheduleExpression="rate(1 day)", State="ENABLED")
    events.put_targets(Rule="nightly", Targets=[{"Id": "function", "Arn": RULE}])
    assert refusal(events.delete_rule, Name="nightly")[0] == "ValidationException"
    events.remove_targets(Rule="nightly", Ids=["function"])
    events.delete_rule(Name="nightly")
    assert refusal(events.describe_rule, Name="nightly")[0] == "ResourceNotFoundException"
    assert refusal(events.put_rule, Name="nightly", ScheduleExpression="daily")[0] == "ValidationException"
