# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which calls are sent again when an answer is lost: held against every operation that the product uses."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from botocore import xform_name
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.exceptions import ConnectionClosedError, EndpointConnectionError, ReadTimeoutError
from botocore.session import get_session

from ansible_collections.dataai.platform.plugins.module_utils.aws.repetition import is_repeatable, token_member
from ansible_collections.dataai.platform.plugins.module_utils.aws.session import RETRIES, Service
from ansible_collections.dataai.platform.plugins.module_utils.core.errors import Exists, Failure, Missing, Unanswered

from ..clock import HastyClock

PRODUCT = Path(__file__).resolve().parents[2] / "plugins" / "module_utils"
SERVICES = (
    "amp", "bedrock", "ec2", "elasticache", "events", "grafana", "iam", "kms", "lambda", "logs", "rds", "s3",
    "secretsmanager", "ssm",
)  # fmt: skip

#: What must not be sent blindly, of all that the product does.
LOOKED_AT = {
    "ec2": "AllocateAddress AssociateRouteTable AttachInternetGateway CreateInternetGateway CreateNetworkAclEntry "
    "CreateRoute CreateSecurityGroup CreateSubnet CreateVpc",
    "elasticache": "CreateCacheParameterGroup CreateCacheSubnetGroup CreateReplicationGroup DecreaseReplicaCount "
    "IncreaseReplicaCount ModifyReplicationGroup ModifyReplicationGroupShardConfiguration",
    "iam": "CreateAccessKey CreateRole CreateUser",
    "kms": "CreateAlias CreateKey",
    "lambda": "AddPermission CreateFunction",
    "logs": "CreateLogGroup",
    "rds": "CreateDBCluster CreateDBClusterParameterGroup CreateDBInstance CreateDBSubnetGroup RebootDBInstance",
    "s3": "CreateBucket",
}

#: Words that are names of operations as well.
NOT_CALLED = {"decrypt", "encrypt", "sign", "verify", "invoke", "create_connection", "create_alias", "delete_alias"}


def operations(service: str) -> list[Any]:
    """Return the models of the operations of a service whose names stand in the product's code."""
    code = "\n".join(path.read_text(encoding="utf-8") for path in PRODUCT.rglob("*.py"))
    words = set(re.findall(r"\w+", code)) - (NOT_CALLED if service != "kms" else NOT_CALLED - {"create_alias"})
    model = get_session().get_service_model(service)
    return [model.operation_model(name) for name in model.operation_names if xform_name(name) in words]


@pytest.mark.parametrize("service", SERVICES)
def test_what_is_not_the_same_twice_is_looked_at(service: str) -> None:
    found = {model.name for model in operations(service) if not is_repeatable(service, model)}
    assert found >= set(LOOKED_AT.get(service, "").split())
    assert all(re.match("Create|Add|A(llo|sso|tta)|Increase|Decrease|Modify|Reboot|Start", name) for name in found), (
        found
    )


@pytest.mark.parametrize("service", SERVICES)
def test_nothing_is_created_twice(service: str) -> None:
    """Whatever creates has a token, or is not sent again."""
    for model in operations(service):
        if model.name.startswith(("Create", "Allocate", "Run")) and model.name != "CreateTags":
            assert token_member(model) or not is_repeatable(service, model), model.name


class Wire:
    """A client that sends nothing: ``answers`` come in their order, an exception is raised."""

    def __init__(self, service: str, *answers: Any) -> None:
        self.requests: list[Any] = []
        self._answers = list(answers)
        client = get_session().create_client(
            service,
            region_name="eu-central-2",
            aws_access_key_id="x",
            aws_secret_access_key="y",
            config=Config(**RETRIES),
        )
        client.meta.events.register_first("before-send", self._send)
        self.service = Service(service, client)

    def _send(self, request: Any, **_event: Any) -> AWSResponse:
        self.requests.append(request)
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        status, body = answer
        response = AWSResponse("https://aws.example", status, {}, None)
        response._content = body.encode()
        return response


CLOSED = ConnectionClosedError(endpoint_url="https://aws.example")
LATE = ReadTimeoutError(endpoint_url="https://aws.example")
UNSENT = EndpointConnectionError(endpoint_url="https://aws.example")
NO_VPC = "<CreateVpcResponse><vpc><vpcId>vpc-1</vpcId></vpc></CreateVpcResponse>"


def ec2(code: str) -> str:
    """Return an error of EC2."""
    return f"<Response><Errors><Error><Code>{code}</Code><Message>words</Message></Error></Errors></Response>"


@pytest.fixture(autouse=True)
def _hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    HastyClock(monkeypatch)


@pytest.mark.parametrize("lost", [CLOSED, LATE, (500, ec2("InternalError")), (503, ec2("Unavailable"))])
def test_a_creation_whose_answer_is_lost_is_not_sent_again(lost: Any) -> None:
    wire = Wire("ec2", lost)
    with pytest.raises(Unanswered, match="ec2:CreateVpc"):
        wire.service.create_vpc(CidrBlock="10.0.0.0/16")
    assert len(wire.requests) == 1


@pytest.mark.parametrize("refused", [(503, ec2("RequestLimitExceeded")), (400, ec2("Throttling")), UNSENT])
def test_what_aws_did_not_begin_is_sent_again(refused: Any) -> None:
    wire = Wire("ec2", refused, (200, NO_VPC))
    assert wire.service.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"] == "vpc-1"


@pytest.mark.parametrize(
    ("service", "operation", "params", "answer"),
    [
        ("ec2", "create_nat_gateway", {"SubnetId": "subnet-1"}, "<CreateNatGatewayResponse/>"),
        ("ec2", "create_flow_logs", {"ResourceIds": ["vpc-1"], "ResourceType": "VPC"}, "<CreateFlowLogsResponse/>"),
        ("ec2", "create_vpc_endpoint", {"VpcId": "vpc-1", "ServiceName": "s3"}, "<CreateVpcEndpointResponse/>"),
        ("amp", "create_workspace", {"alias": "one"}, "{}"),
        ("secretsmanager", "put_secret_value", {"SecretId": "one", "SecretString": "x"}, "{}"),
    ],
)
def test_all_attempts_carry_the_same_token(service: str, operation: str, params: dict[str, Any], answer: str) -> None:
    """In the protocols of EC2, REST and JSON; two calls have different ones."""
    wire = Wire(service, CLOSED, (500, ""), (200, answer), (200, answer))
    getattr(wire.service, operation)(**params)
    getattr(wire.service, operation)(**params)
    bodies = [
        request.body if isinstance(request.body, bytes) else str(request.body).encode() for request in wire.requests
    ]
    tokens = [re.search(rb"(?i)token\"?[=:] ?\"?([0-9a-f-]{36})", body) for body in bodies]
    first, second, third, other = [match and match[1] for match in tokens]
    assert first == second == third != other
    assert first


def test_a_request_that_was_never_answered_keeps_its_token() -> None:
    """So that a later try in the same run is known again."""
    wire = Wire("ec2", *[CLOSED] * 11, (200, "<CreateNatGatewayResponse/>"))
    with pytest.raises(Unanswered):
        wire.service.create_nat_gateway(SubnetId="subnet-1")
    wire.service.create_nat_gateway(SubnetId="subnet-1")
    assert len({re.search(rb"ClientToken=([^&]+)", request.body.encode())[1] for request in wire.requests}) == 1


def test_what_is_gone_after_a_lost_answer_is_deleted() -> None:
    wire = Wire("ec2", CLOSED, (400, ec2("InvalidSubnetID.NotFound")))
    assert wire.service.delete_subnet(SubnetId="subnet-1") == {}
    with pytest.raises(Missing):
        Wire("ec2", (400, ec2("InvalidSubnetID.NotFound"))).service.delete_subnet(SubnetId="subnet-1")


def test_a_refusal_of_the_repetition_says_nothing_about_the_first() -> None:
    wire = Wire("ec2", CLOSED, (400, ec2("IncorrectState")))
    with pytest.raises(Unanswered):
        wire.service.modify_vpc_attribute(VpcId="vpc-1", EnableDnsSupport={"Value": True})
    with pytest.raises(Failure) as plain:
        Wire("ec2", (400, ec2("IncorrectState"))).service.delete_subnet(SubnetId="subnet-1")
    assert type(plain.value) is Failure


def test_an_answer_that_nobody_can_read_is_none() -> None:
    with pytest.raises(Unanswered):
        Wire("ec2", (200, "<CreateVpcResp")).service.create_vpc(CidrBlock="10.0.0.0/16")


@pytest.mark.parametrize(
    "code", ["InvalidSubnet.Conflict", "Resource.AlreadyAssociated", "InvalidPermission.Duplicate"]
)
def test_what_is_there_already_is_told_apart(code: str) -> None:
    with pytest.raises(Exists):
        Wire("ec2", (400, ec2(code))).service.create_subnet(VpcId="vpc-1", CidrBlock="10.0.0.0/24")


def test_no_secret_is_in_what_is_told_of_a_lost_answer() -> None:
    error = "<Error><Code>InternalFailure</Code><Message>bad hunter2hunter2</Message></Error>"
    with pytest.raises(Unanswered) as lost:
        Wire("rds", (500, f"<ErrorResponse>{error}</ErrorResponse>")).service.create_db_cluster(
            DBClusterIdentifier="one", Engine="aurora-postgresql", MasterUserPassword="hunter2hunter2"
        )
    assert "hunter2" not in str(lost.value)
