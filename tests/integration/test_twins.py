# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two of one name, as parallel runs and lost answers leave them: ours that nothing uses go, in one line of the plan."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from ansible_collections.dataai.platform.plugins.module_utils.aws.session import Aws
from ansible_collections.dataai.platform.plugins.module_utils.core.errors import Refused
from ansible_collections.dataai.platform.plugins.module_utils.core.plan import Action, Options
from ansible_collections.dataai.platform.plugins.module_utils.core.reconcile import reconcile
from ansible_collections.dataai.platform.plugins.module_utils.kinds.inference_profile import InferenceProfile
from ansible_collections.dataai.platform.plugins.module_utils.kinds.internet_gateway import InternetGateway
from ansible_collections.dataai.platform.plugins.module_utils.kinds.kms_key import MARK, KmsKey
from ansible_collections.dataai.platform.plugins.module_utils.kinds.nat_gateway import NatGateway
from ansible_collections.dataai.platform.plugins.module_utils.kinds.network_acl import NetworkAcl
from ansible_collections.dataai.platform.plugins.module_utils.kinds.prometheus_workspace import PrometheusWorkspace
from ansible_collections.dataai.platform.plugins.module_utils.kinds.route_table import RouteTable
from ansible_collections.dataai.platform.plugins.module_utils.kinds.vpc_endpoint import MADE_HERE, VpcEndpoint

from ..clock import HastyClock
from .conftest import EmbeddedAws

NAME, TAGS = "acme-app-test", {"product:Environment": "test"}
GONE = Options(absent=True, timeout=60)


@pytest.fixture(autouse=True)
def _hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    HastyClock(monkeypatch)


class Network:
    """A VPC with a subnet, and what is made there twice."""

    def __init__(self, account: EmbeddedAws) -> None:
        self.ec2 = account.client("ec2")
        self.vpc = self.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        self.subnet = self.ec2.create_subnet(VpcId=self.vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
        way_out = self.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        self.ec2.attach_internet_gateway(InternetGatewayId=way_out, VpcId=self.vpc)

    @staticmethod
    def tagged(resource: str, tags: Mapping[str, str] = TAGS) -> list[Any]:
        pairs = [{"Key": key, "Value": value} for key, value in {"Name": NAME, **tags}.items()]
        return [{"ResourceType": resource, "Tags": pairs}]

    def acl(self) -> str:
        made = self.ec2.create_network_acl(VpcId=self.vpc, TagSpecifications=self.tagged("network-acl"))
        return str(made["NetworkAcl"]["NetworkAclId"])

    def table(self) -> str:
        made = self.ec2.create_route_table(VpcId=self.vpc, TagSpecifications=self.tagged("route-table"))
        return str(made["RouteTable"]["RouteTableId"])

    def gateway(self) -> str:
        made = self.ec2.create_internet_gateway(TagSpecifications=self.tagged("internet-gateway"))
        return str(made["InternetGateway"]["InternetGatewayId"])

    def address(self) -> str:
        made = self.ec2.allocate_address(Domain="vpc", TagSpecifications=self.tagged("elastic-ip"))
        return str(made["AllocationId"])

    def endpoint(self) -> str:
        service = "com.amazonaws.eu-central-2.s3"
        tags = self.tagged("vpc-endpoint", {**TAGS, **MADE_HERE})
        made = self.ec2.create_vpc_endpoint(VpcId=self.vpc, ServiceName=service, TagSpecifications=tags)
        return str(made["VpcEndpoint"]["VpcEndpointId"])


def same(network: Network, kind: Any) -> tuple[Callable[[], str], dict[str, Any]]:
    """Return how one is made by hand, and the item that wants one."""
    item = {"name": NAME, "vpc_id": network.vpc, "tags": TAGS}
    return {
        NetworkAcl: (network.acl, {**item, "subnet_ids": [network.subnet]}),
        RouteTable: (network.table, {**item, "subnet_ids": [network.subnet]}),
        InternetGateway: (network.gateway, item),
        NatGateway: (network.address, {"name": NAME, "subnet_id": network.subnet, "tags": TAGS}),
        VpcEndpoint: (network.endpoint, {**item, "service": "s3", "endpoint_type": "Gateway"}),
    }[kind]


@pytest.mark.parametrize("kind", [NetworkAcl, RouteTable, NatGateway, VpcEndpoint])
def test_of_two_that_are_ours_the_unused_one_goes(kind: Any, aws: Aws, account: EmbeddedAws) -> None:
    """It is planned and told as a deletion, and what is in use stays."""
    network = Network(account)
    make, item = same(network, kind)
    first = make()
    assert reconcile(kind(), aws, [item], Options(timeout=60)).errors == {}
    second = make()
    account.forget_calls()
    plan = reconcile(kind(), aws, [item], Options(check=True))
    assert account.writes() == []
    assert [(step.key, step.action) for step in plan.steps] == [
        (NAME, Action.NONE),
        (f"{NAME} ({second})", Action.DELETE),
    ]
    real = reconcile(kind(), aws, [item], Options(timeout=60))
    assert real.errors == {}
    assert real.result(kind())["changes"] == plan.result(kind())["changes"]
    assert first in {real.resources[NAME]["id"], real.resources[NAME].get("allocation_id")}
    assert [step.action for step in reconcile(kind(), aws, [item], Options()).steps] == [Action.NONE]


@pytest.mark.parametrize("kind", [NetworkAcl, RouteTable, InternetGateway])
def test_what_its_tags_do_not_prove_ours_stays_and_is_named(kind: Any, aws: Aws, account: EmbeddedAws) -> None:
    network = Network(account)
    make, item = same(network, kind)
    make(), make()
    account.forget_calls()
    for tags in ({}, {**TAGS, "product:Id": "other"}):
        with pytest.raises(Refused, match=f"{NAME}: others have this name"):
            reconcile(kind(), aws, [{**item, "tags": tags}], Options())
    assert account.writes() == []


@pytest.mark.parametrize("kind", [NetworkAcl, InternetGateway, NatGateway])
def test_both_go_when_the_name_is_to_be_absent(kind: Any, aws: Aws, account: EmbeddedAws) -> None:
    network = Network(account)
    make, item = same(network, kind)
    make(), make()
    absent = {name: value for name, value in item.items() if name in ("name", "vpc_id")}
    report = reconcile(kind(), aws, [absent], GONE)
    assert (report.errors, [step.action for step in report.steps]) == ({}, [Action.DELETE, Action.DELETE])
    assert [step.action for step in reconcile(kind(), aws, [absent], GONE).steps] == [Action.NONE]


def test_of_two_nat_gateways_the_one_without_a_route_goes_with_its_address(aws: Aws, account: EmbeddedAws) -> None:
    network = Network(account)
    ec2, item = network.ec2, {"name": NAME, "subnet_id": network.subnet, "tags": TAGS}
    spare, used = (
        ec2.create_nat_gateway(
            SubnetId=network.subnet,
            AllocationId=network.address(),
            TagSpecifications=network.tagged("natgateway"),
        )["NatGateway"]["NatGatewayId"]
        for _ in range(2)
    )
    ec2.create_route(RouteTableId=network.table(), DestinationCidrBlock="0.0.0.0/0", NatGatewayId=used)
    for deleted in (f"{NAME} ({spare})", f"{NAME} (eipalloc-"):
        report = reconcile(NatGateway(), aws, [item], Options(timeout=60))
        assert (report.errors, report.resources[NAME]["id"]) == ({}, used)
        assert [step.action for step in report.steps] == [Action.NONE, Action.DELETE]
        assert report.steps[1].key.startswith(deleted)
    assert [step.action for step in reconcile(NatGateway(), aws, [item], Options()).steps] == [Action.NONE]
    assert len(ec2.describe_addresses()["Addresses"]) == 1


def test_of_two_profiles_the_one_that_consumers_know_stays(aws: Aws, account: EmbeddedAws) -> None:
    item = {"name": NAME, "source_type": "foundation-model", "source": "amazon.titan-embed-text-v2:0", "tags": TAGS}
    assert reconcile(InferenceProfile(), aws, [item], Options()).errors == {}
    source = f"arn:aws:bedrock:eu-central-2::foundation-model/{item['source']}"
    tags = [{"key": key, "value": value} for key, value in TAGS.items()]
    bedrock = account.client("bedrock")
    (first,) = bedrock.list_inference_profiles(typeEquals="APPLICATION")["inferenceProfileSummaries"]
    bedrock.create_inference_profile(inferenceProfileName=NAME, modelSource={"copyFrom": source}, tags=tags)
    report = reconcile(InferenceProfile(), aws, [item], Options(timeout=60))
    assert (report.errors, [step.action for step in report.steps]) == ({}, [Action.NONE, Action.DELETE])
    (left,) = bedrock.list_inference_profiles(typeEquals="APPLICATION")["inferenceProfileSummaries"]
    assert left["inferenceProfileArn"] == first["inferenceProfileArn"]


def test_a_second_workspace_goes_only_when_it_is_named(aws: Aws, account: EmbeddedAws) -> None:
    """Nobody can tell whether there are metrics in it."""
    item, amp = {"alias": NAME, "tags": TAGS}, account.client("amp")
    first, second = (amp.create_workspace(alias=NAME, tags=TAGS)["workspaceId"] for _ in range(2))
    with pytest.raises(Refused, match="acknowledge") as refused:
        reconcile(PrometheusWorkspace(), aws, [item], Options())
    assert second in str(refused.value)
    named = Options(acknowledged=[f"{NAME} ({second})"], timeout=60)
    assert reconcile(PrometheusWorkspace(), aws, [item], named).errors == {}
    assert [entry["workspaceId"] for entry in amp.list_workspaces()["workspaces"]] == [first]


def test_keys_that_were_made_twice_and_never_used_are_scheduled(aws: Aws, account: EmbeddedAws) -> None:
    """A key without an alias but with our mark was made by a run that did not get to the alias."""
    kms, alias = account.client("kms"), f"alias/{NAME}"
    made = [kms.create_key(Tags=[{"TagKey": MARK, "TagValue": alias}])["KeyMetadata"]["KeyId"] for _ in range(3)]
    kind = KmsKey()
    report = reconcile(kind, aws, [{"alias": alias, "enabled": True}], Options(timeout=60))
    assert report.errors == {}
    states = {key: kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] for key in made}
    assert sorted(states.values()) == ["Enabled", "PendingDeletion", "PendingDeletion"]
    assert states[report.resources[alias]["key_id"]] == "Enabled"
    assert [key for key in made if any(key in text for text in kind.remarks)] == [
        key for key in made if states[key] == "PendingDeletion"
    ]
