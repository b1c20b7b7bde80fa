# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One emulator for all tests of this directory, emptied before each of them; clients are plain boto3."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from emulator.provisioning import settings
from emulator.server import Server

ACCOUNT = "123456789012"
REGION = "eu-central-2"
_CONFIG = Config(retries={"total_max_attempts": 1}, parameter_validation=False, s3={"addressing_style": "path"})


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A server on a free port."""
    running = Server().start()
    yield running
    running.stop()


@pytest.fixture(autouse=True)
def empty(server: Server) -> None:
    """Begin with an empty account that answers at once and whose services have their roles."""
    settings.provisioning_seconds = 0.0
    settings.latency_ms = 0.0
    server.emulator.reset()
    settings.fresh_account = False


@pytest.fixture(scope="session")
def client(server: Server) -> Callable[..., Any]:
    """A factory of clients, kept per service and region. Parameters are not checked on the client's side."""
    cache: dict[tuple[str, str, str], Any] = {}

    def make(service: str, region: str = REGION, key: str = "test") -> Any:
        name = (service, region, key)
        if name not in cache:
            cache[name] = boto3.client(
                service,
                region_name=region,
                endpoint_url=server.url,
                aws_access_key_id=key,
                aws_secret_access_key="test",
                config=_CONFIG,
            )
        return cache[name]

    return make


@pytest.fixture(scope="session")
def admin(server: Server) -> Callable[..., Any]:
    """A caller of the admin interface; returns (HTTP status, content)."""

    def call(method: str, path: str, body: Any = None) -> tuple[int, Any]:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{server.url}/_emulator{path}", data=data, method=method)
        try:
            with urllib.request.urlopen(request) as response:
                return response.status, json.load(response)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    return call


@contextmanager
def _raises(code: str, text: str = "") -> Iterator[None]:
    with pytest.raises(ClientError) as caught:
        yield
    assert caught.value.response["Error"]["Code"] == code, caught.value
    assert text in str(caught.value)


@pytest.fixture
def refused() -> Callable[..., AbstractContextManager[None]]:
    """`with refused(code, text)`: the call ends in that AWS error."""
    return _raises


@pytest.fixture
def network(client: Callable[..., Any]) -> dict[str, Any]:
    """A VPC with three subnets in three zones and a security group."""
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
    zones = [f"{REGION}{letter}" for letter in "abc"]
    created = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=zone)["Subnet"]
        for number, zone in enumerate(zones)
    ]
    subnets = [item["SubnetId"] for item in created]
    group = ec2.create_security_group(GroupName="data", Description="data", VpcId=vpc)["GroupId"]
    return {"vpc": vpc, "subnets": subnets, "group": group}


@pytest.fixture
def key(client: Callable[..., Any]) -> str:
    """A KMS key that CloudWatch Logs may use, too."""
    statements = [
        {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "kms:*", "Resource": "*"},
        {
            "Effect": "Allow",
            "Principal": {"Service": f"logs.{REGION}.amazonaws.com"},
            "Action": ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"],
            "Resource": "*",
            "Condition": {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:{REGION}:{ACCOUNT}:*"}},
        },
    ]
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    return client("kms").create_key(Policy=policy)["KeyMetadata"]["Arn"]


@pytest.fixture
def service_role(client: Callable[..., Any]) -> Callable[..., str]:
    """A factory of roles for a service principal, with an inline policy where given; returns the ARN."""

    def make(name: str, principal: str, policy: dict[str, Any] | None = None) -> str:
        statement = {"Effect": "Allow", "Principal": {"Service": principal}, "Action": "sts:AssumeRole"}
        trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        arn = client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
        if policy:
            document = json.dumps({"Version": "2012-10-17", "Statement": [policy]})
            client("iam").put_role_policy(RoleName=name, PolicyName="inline", PolicyDocument=document)
        return str(arn)

    return make
