# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""States between well and gone: what failed is made again, and what only people can mend is told by name."""

from __future__ import annotations

from time import sleep
from typing import Any

import pytest

from ansible_collections.dataai.platform.plugins.module_utils.aws.session import Aws
from ansible_collections.dataai.platform.plugins.module_utils.core.errors import Refused
from ansible_collections.dataai.platform.plugins.module_utils.core.kind import Kind, PhaseName
from ansible_collections.dataai.platform.plugins.module_utils.core.plan import Action, Options
from ansible_collections.dataai.platform.plugins.module_utils.core.reconcile import reconcile
from ansible_collections.dataai.platform.plugins.module_utils.core.report import Report
from ansible_collections.dataai.platform.plugins.module_utils.kinds.grafana_workspace import GrafanaWorkspace
from ansible_collections.dataai.platform.plugins.module_utils.kinds.kms_key import KmsKey
from ansible_collections.dataai.platform.plugins.module_utils.kinds.lambda_function import LambdaFunction
from ansible_collections.dataai.platform.plugins.module_utils.kinds.lambda_function import _phase as phase
from ansible_collections.dataai.platform.plugins.module_utils.kinds.prometheus_workspace import PrometheusWorkspace
from ansible_collections.dataai.platform.plugins.module_utils.kinds.secret import Secret

from .conftest import EmbeddedAws, ModuleTwin
from .kinds import lambda_function

GRAFANA = "eu-central-1"
ALL = {"absent": True, "acknowledged": ["all"]}
OWNER = {"product:Id": "ai", "product:Environment": "test"}


def run(kind: type[Kind[Any]], aws: Aws, item: dict[str, Any], **options: Any) -> Report:
    """Reconcile one item."""
    return reconcile(kind(), aws, [item], Options(timeout=30, **options))


def fail_next(account: EmbeddedAws, service: str, status: str) -> None:
    """Let the next change of a service end in a status."""
    account.admin("PUT", "settings", {"failures": {service: status}})


def test_a_function_that_could_not_be_made_is_made_anew(aws: Aws, account: EmbeddedAws) -> None:
    item = lambda_function.case(account).create
    fail_next(account, "lambda", "Failed")
    (failure,) = run(LambdaFunction, aws, item).errors.values()
    assert "InternalError: The function could not be created" in str(failure)
    assert "status" in run(LambdaFunction, aws, item, check=True).steps[0].fields
    assert run(LambdaFunction, aws, item).errors == {}
    found = account.client("lambda").get_function(FunctionName=item["name"])["Configuration"]
    assert (found["State"], found["Timeout"]) == ("Active", item["timeout"])
    assert run(LambdaFunction, aws, item).steps[0].action is Action.NONE


def test_a_failed_update_of_a_function_is_made_again(aws: Aws, account: EmbeddedAws) -> None:
    item = lambda_function.case(account).create
    run(LambdaFunction, aws, item)
    fail_next(account, "lambda", "Failed")
    (failure,) = run(LambdaFunction, aws, {**item, "timeout": 60}).errors.values()
    assert "The update failed" in str(failure)
    assert run(LambdaFunction, aws, {**item, "timeout": 60}).errors == {}
    assert run(LambdaFunction, aws, {**item, "timeout": 60}).steps[0].action is Action.NONE


@pytest.mark.parametrize(
    ("state", "name"),
    [
        ({"State": "Inactive", "StateReasonCode": "Idle"}, PhaseName.READY),  # the next invocation brings it back
        ({"State": "Active", "LastUpdateStatus": "InProgress"}, PhaseName.BUSY),
        ({"State": "Deleting"}, PhaseName.BUSY),
        ({"State": "Failed", "StateReasonCode": "InvalidSubnet"}, PhaseName.BROKEN),
    ],
)
def test_states_of_functions(state: dict[str, str], name: PhaseName) -> None:
    assert phase(state).name is name


def test_network_interfaces_of_a_function_need_its_role_to_go(account: EmbeddedAws) -> None:
    """The embedded AWS tells the truth about Lambda: without the role they stay, and with them the group."""
    item = lambda_function.case(account).create
    functions, ec2, iam = (account.client(name) for name in ("lambda", "ec2", "iam"))
    aws = Aws(ModuleTwin(account))

    def group_goes(role_first: bool) -> bool:
        group = ec2.create_security_group(
            GroupName=f"f{role_first}",
            Description="x",
            VpcId=ec2.describe_subnets(SubnetIds=item["subnet_ids"])["Subnets"][0]["VpcId"],
        )["GroupId"]
        assert run(LambdaFunction, aws, {**item, "security_group_ids": [group]}).errors == {}
        account.admin("PUT", "settings", {"provisioning_seconds": {"lambda-interfaces": 0.5}})
        functions.delete_function(FunctionName=item["name"])
        with pytest.raises(ec2.exceptions.ClientError, match="DependencyViolation"):
            ec2.delete_security_group(GroupId=group)
        if role_first:
            iam.delete_role_policy(RoleName="role-acme-test", PolicyName="network")
            iam.delete_role(RoleName="role-acme-test")
        sleep(0.6)
        try:
            ec2.delete_security_group(GroupId=group)
        except ec2.exceptions.ClientError:
            return False
        return True

    assert group_goes(role_first=False)
    assert not group_goes(role_first=True)


def workspace(name: str = "acme") -> dict[str, Any]:
    """Return a Grafana workspace."""
    return {
        "name": name,
        "description": "one",
        "account_access_type": "CURRENT_ACCOUNT",
        "permission_type": "SERVICE_MANAGED",
        "authentication_providers": ["SAML"],
    }


def test_a_change_that_grafana_gave_up_is_made_again(account: EmbeddedAws) -> None:
    aws = Aws(ModuleTwin(account, GRAFANA))
    run(GrafanaWorkspace, aws, workspace())
    fail_next(account, "grafana", "UPDATE_FAILED")
    (failure,) = run(GrafanaWorkspace, aws, {**workspace(), "description": "two"}).errors.values()
    assert "UPDATE_FAILED" in str(failure)
    again = run(GrafanaWorkspace, aws, {**workspace(), "description": "two"})
    assert (again.errors, again.steps[0].fields) == ({}, ["status"])
    assert again.resources["acme"]["status"] == "ACTIVE"


def test_a_workspace_that_could_not_be_made_says_so_and_can_be_deleted(aws: Aws, account: EmbeddedAws) -> None:
    grafana = Aws(ModuleTwin(account, GRAFANA))
    fail_next(account, "grafana", "CREATION_FAILED")
    fail_next(account, "amp", "CREATION_FAILED")
    cases = ((GrafanaWorkspace, grafana, workspace()), (PrometheusWorkspace, aws, {"alias": "acme"}))
    for kind, gateway, item in cases:
        for _run in range(2):
            (failure,) = run(kind, gateway, item).errors.values()
            assert "CREATION_FAILED" in str(failure)
            assert "delete it, and a further run makes it anew" in str(failure)
        assert run(kind, gateway, item, **ALL).errors == {}
        assert run(kind, gateway, item).errors == {}


def test_a_deletion_that_fails_is_not_waited_for_until_the_end(account: EmbeddedAws) -> None:
    aws = Aws(ModuleTwin(account, GRAFANA))
    run(GrafanaWorkspace, aws, workspace())
    account.admin("PUT", "settings", {"provisioning_seconds": {"grafana": 1}})
    fail_next(account, "grafana", "DELETION_FAILED")
    (failure,) = run(GrafanaWorkspace, aws, workspace(), **ALL).errors.values()
    assert "AWS reports: DELETION_FAILED" in str(failure)
    assert run(GrafanaWorkspace, aws, workspace(), **ALL).errors == {}


def test_keys_that_only_people_can_mend_are_refused_by_name(aws: Aws, account: EmbeddedAws) -> None:
    kms = account.client("kms")
    specs = {
        "alias/import": {"Origin": "EXTERNAL"},
        "alias/signs": {"KeySpec": "RSA_2048", "KeyUsage": "SIGN_VERIFY"},
    }
    for alias, spec in specs.items():
        kms.create_alias(AliasName=alias, TargetKeyId=kms.create_key(**spec)["KeyMetadata"]["KeyId"])
    account.forget_calls()
    items = [{"alias": alias, "enabled": True, "rotation_enabled": False} for alias in specs]
    with pytest.raises(Refused) as refusal:
        reconcile(KmsKey(), aws, items, Options())
    first, second = refusal.value.problems
    assert "alias/import is PendingImport: import its key material" in first
    assert "alias/signs: the key there is RSA_2048 for SIGN_VERIFY" in second
    assert account.writes() == []
    report = reconcile(KmsKey(), aws, items, Options(**ALL))
    assert (report.errors, [step.action for step in report.steps]) == ({}, [Action.DELETE] * 2)


def test_a_secret_goes_with_its_replicas_and_a_replica_is_left_to_its_primary(aws: Aws, account: EmbeddedAws) -> None:
    item = {"name": "redis-host", "recovery_window_days": 7, "owner_tags": OWNER, "tags": OWNER}
    run(Secret, aws, item)
    secrets, abroad = account.client("secretsmanager"), Aws(ModuleTwin(account, "eu-west-1"))
    secrets.replicate_secret_to_regions(SecretId="redis-host", AddReplicaRegions=[{"Region": "eu-west-1"}])
    with pytest.raises(Refused, match="replica of the secret in eu-central-2"):
        run(Secret, abroad, {**item, "description": "x"})
    spared = run(Secret, abroad, item, **ALL)
    assert spared.spared(Secret()) == [
        "secret redis-host: it is a replica of the secret in eu-central-2, which manages it, and stays"
    ]
    plan = run(Secret, aws, item, check=True, **ALL).result(Secret())
    assert plan["diff"]["before"]["secret redis-host"]["replica_regions"] == ["eu-west-1"]
    assert run(Secret, aws, item, **ALL).errors == {}
    assert "DeletedDate" in secrets.describe_secret(SecretId="redis-host")
    assert account.client("secretsmanager", "eu-west-1").list_secrets()["SecretList"] == []
