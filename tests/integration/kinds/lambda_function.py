# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Lambda function under the common rhythm."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

from ansible_collections.dataai.platform.plugins.module_utils.functions.bundle import archive
from ansible_collections.dataai.platform.plugins.module_utils.kinds.lambda_function import LambdaFunction

from .case import Case, Item

NAME = "acme-test"
RULE = "arn:aws:events:eu-central-2:123456789012:rule/acme-test"
CODE = Path(__file__).parent


def role(account: Any) -> str:
    """Make a role for functions in a VPC and return its ARN."""
    iam = account.client("iam")
    statement = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    made = iam.create_role(RoleName="role-acme-test", AssumeRolePolicyDocument=trust)["Role"]
    network = {"Effect": "Allow", "Action": "ec2:CreateNetworkInterface", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [network]})
    iam.put_role_policy(RoleName="role-acme-test", PolicyName="network", PolicyDocument=document)
    return str(made["Arn"])


def network(account: Any) -> tuple[list[str], list[str]]:
    """Make a VPC; return the ids of two subnets and of two security groups."""
    ec2 = account.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{n}.0/24", AvailabilityZone=f"eu-central-2{zone}")["Subnet"]
        for n, zone in ((1, "a"), (2, "b"))
    ]
    groups = [ec2.create_security_group(GroupName=n, Description=n, VpcId=vpc)["GroupId"] for n in ("one", "two")]
    return [subnet["SubnetId"] for subnet in subnets], groups


def case(account: Any) -> Case:
    """Return the case for an empty account."""
    functions = account.client("lambda")
    subnets, groups = network(account)
    key = account.client("kms").create_key()["KeyMetadata"]["Arn"]

    def drift() -> None:
        functions.update_function_configuration(FunctionName=NAME, Timeout=3, Environment={"Variables": {"X1": "y"}})
        functions.update_function_code(FunctionName=NAME, ZipFile=archive({"files": {"foreign.py": "x = 1\n"}}))
        functions.add_permission(
            FunctionName=NAME, StatementId="foreign", Action="lambda:InvokeFunction", Principal="210987654321"
        )
        functions.delete_function_concurrency(FunctionName=NAME)

    def verify(item: Item) -> None:
        found = functions.get_function(FunctionName=NAME)
        entry = found["Configuration"]
        plain = (entry["Runtime"], entry["Handler"], entry["Description"], entry["Timeout"], entry["MemorySize"])
        assert plain == tuple(item[name] for name in ("runtime", "handler", "description", "timeout", "memory_size"))
        assert entry["Architectures"] == [item["architecture"]]
        assert entry["CodeSha256"] == base64.b64encode(hashlib.sha256(archive(item["code"])).digest()).decode()
        assert entry["Environment"]["Variables"] == item["environment"]
        assert entry["KMSKeyArn"] == item["kms_key_arn"]
        assert sorted(entry["VpcConfig"]["SubnetIds"]) == sorted(item["subnet_ids"])
        assert entry["VpcConfig"]["SecurityGroupIds"] == item["security_group_ids"]
        assert (
            entry["LoggingConfig"].items() >= {"LogGroup": item["log_group"], "LogFormat": item["log_format"]}.items()
        )
        assert entry["TracingConfig"] == {"Mode": item["tracing_mode"]}
        assert found["Concurrency"]["ReservedConcurrentExecutions"] == item["reserved_concurrency"]
        assert found["Tags"] == item["tags"]
        policy = json.loads(functions.get_policy(FunctionName=NAME)["Policy"])["Statement"]
        assert [entry["Sid"] for entry in policy] == [entry["sid"] for entry in item["permissions"]]
        assert policy[0]["Principal"] == {"Service": "events.amazonaws.com"}
        assert policy[0]["Condition"]["ArnLike"] == {"AWS:SourceArn": item["permissions"][0]["source_arn"]}

    permission = {"sid": "rule", "principal": "events.amazonaws.com", "source_arn": RULE}
    create = {
        "name": NAME,
        "description": "for a test",
        "runtime": "python3.13",
        "handler": "kinds.case.handler",
        "role_arn": role(account),
        "architecture": "arm64",
        "timeout": 30,
        "memory_size": 128,
        "code": {"directory": str(CODE), "entry": "case.py", "files": {"settings.json": "{}"}},
        "environment": {"MODE": "test", "DEBUG": "true", "PORT": "8080", "RATE": "0.5", "EMPTY": ""},
        "kms_key_arn": key,
        "subnet_ids": subnets,
        "security_group_ids": groups[:1],
        "log_group": "/acme/test",
        "log_format": "JSON",
        "tracing_mode": "PassThrough",
        "reserved_concurrency": 1,
        "permissions": [{**permission, "source_account": "123456789012"}],
        "tags": {"Purpose": "test"},
    }
    return Case(
        kind=LambdaFunction,
        create=create,
        update={
            **create,
            "description": "for another test",
            "runtime": "python3.14",
            "handler": "kinds.case.other",
            "architecture": "x86_64",
            "timeout": 60,
            "memory_size": 256,
            "code": {**create["code"], "files": {"settings.json": '{"more": true}'}},
            "environment": {"MODE": "test", "LEVEL": "debug"},
            "subnet_ids": subnets[:1],
            "security_group_ids": groups[1:],
            "log_group": "/acme/other",
            "tracing_mode": "Active",
            "reserved_concurrency": 2,
            "permissions": [{**permission, "source_arn": f"{RULE}-2", "source_account": "123456789012"}],
            "tags": {"Purpose": "test", "Owner": "team"},
        },
        drift=drift,
        verify=verify,
        missing=(
            ({key: value for key, value in create.items() if key != "role_arn"}, "role_arn"),
            ({key: value for key, value in create.items() if key not in ("code", "architecture")}, "code"),
            ({**create, "name": "a b"}, "name"),
            ({**create, "timeout": 901}, "timeout"),
            ({**create, "memory_size": 1}, "memory_size"),
            ({**create, "security_group_ids": []}, "security_group_ids"),
            ({**create, "environment": {"AWS_REGION": "x"}}, "AWS_"),
            ({**create, "environment": {"A": 1}}, "two or more letters"),
            ({**create, "environment": {"LONG": "x" * 4096}}, "4096"),
            ({**create, "environment": {"HOSTS": ["a", "b"]}}, "environment.HOSTS is a list"),
            ({**create, "code": {"directory": "/nowhere"}}, "no directory"),
            ({**create, "code": {"directory": str(CODE), "entry": "nowhere.py"}}, "no file"),
            ({**create, "code": {}}, "needs a directory"),
            ({**create, "code": {"files": {"../x": ""}}}, "inside the archive"),
            ({**create, "code": {"files": {"x": ""}, "distributions": ["no-such-thing"]}}, "not installed"),
            ({**create, "code": {"files": {"x": ""}, "distributions": ["PyYAML"]}}, "not Python alone"),
            ({**create, "permissions": [permission, permission]}, "twice"),
            ({**create, "permissions": [{"sid": "x", "principal": "events.amazonaws.com"}]}, "source_arn"),
        ),
        unchanged=(
            {**create, "subnet_ids": [*subnets[::-1], subnets[0]]},
            {
                **create,
                "environment": {**create["environment"], "DEBUG": True, "PORT": 8080, "RATE": 0.5, "NONE": None},
            },
            {**create, "tags": {"Purpose": "test", "Nothing": None}},
            {**create, "code": {**create["code"], "directory": f"{CODE}/../kinds"}},
            {**create, "permissions": [{**create["permissions"][0], "action": None}]},
            {**create, "code": {**create["code"], "distributions": None}},
            {name: create[name] for name in ("name", "timeout")},
        ),
    )
