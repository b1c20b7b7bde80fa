# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets Manager as its API reference describes it."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

TOKEN = "t" * 32


@pytest.fixture
def secrets(client: Any) -> Any:
    return client("secretsmanager")


def test_a_secret_without_a_value_is_an_empty_container(secrets: Any, refused: Any, key: str) -> None:
    secrets.create_secret(Name="empty", KmsKeyId=key, Tags=[{"Key": "a", "Value": "b"}], Description="d")
    shown = secrets.describe_secret(SecretId="empty")
    assert "VersionIdsToStages" not in shown
    assert (shown["KmsKeyId"], shown["Tags"], shown["Description"]) == (key, [{"Key": "a", "Value": "b"}], "d")
    with refused("ResourceNotFoundException", "AWSCURRENT"):
        secrets.get_secret_value(SecretId="empty")


def test_a_token_makes_a_put_repeatable(secrets: Any, refused: Any) -> None:
    secrets.create_secret(Name="one")
    first = secrets.put_secret_value(SecretId="one", SecretString="a", ClientRequestToken=TOKEN)
    again = secrets.put_secret_value(SecretId="one", SecretString="a", ClientRequestToken=TOKEN)
    assert first["VersionId"] == again["VersionId"] == TOKEN
    with refused("ResourceExistsException"):
        secrets.put_secret_value(SecretId="one", SecretString="b", ClientRequestToken=TOKEN)
    with refused("ResourceExistsException"):
        secrets.update_secret(SecretId="one", SecretString="a", ClientRequestToken=TOKEN)


def test_labels_move_with_a_new_value(secrets: Any) -> None:
    old = secrets.create_secret(Name="one", SecretString="old")["VersionId"]
    new = secrets.put_secret_value(SecretId="one", SecretString="new")["VersionId"]
    assert secrets.describe_secret(SecretId="one")["VersionIdsToStages"] == {old: ["AWSPREVIOUS"], new: ["AWSCURRENT"]}
    assert secrets.get_secret_value(SecretId="one", VersionStage="AWSPREVIOUS")["SecretString"] == "old"
    pending = secrets.put_secret_value(SecretId="one", SecretString="next", VersionStages=["AWSPENDING"])["VersionId"]
    assert secrets.get_secret_value(SecretId="one")["SecretString"] == "new"
    secrets.update_secret_version_stage(
        SecretId="one", VersionStage="AWSCURRENT", MoveToVersionId=pending, RemoveFromVersionId=new
    )
    assert secrets.get_secret_value(SecretId="one")["SecretString"] == "next"


def test_the_first_version_is_always_current(secrets: Any) -> None:
    secrets.create_secret(Name="one")
    stages = secrets.put_secret_value(SecretId="one", SecretString="a", VersionStages=["MINE"])["VersionStages"]
    assert stages == ["AWSCURRENT", "MINE"]


@pytest.mark.parametrize(
    ("operation", "params"),
    [
        ("put_secret_value", {"SecretString": "x"}),
        ("get_secret_value", {}),
        ("update_secret", {"Description": "x"}),
        ("tag_resource", {"Tags": [{"Key": "a", "Value": "b"}]}),
        ("delete_secret", {}),
    ],
)
def test_a_secret_pending_deletion_is_refused(secrets: Any, refused: Any, operation: str, params: Any) -> None:
    secrets.create_secret(Name="one", SecretString="x")
    secrets.delete_secret(SecretId="one", RecoveryWindowInDays=7)
    with refused("InvalidRequestException"):
        getattr(secrets, operation)(SecretId="one", **params)


def test_the_name_is_held_until_restored(secrets: Any, refused: Any) -> None:
    secrets.create_secret(Name="one", SecretString="x")
    secrets.delete_secret(SecretId="one")
    with refused("InvalidRequestException", "scheduled for deletion"):
        secrets.create_secret(Name="one")
    assert "DeletedDate" in secrets.describe_secret(SecretId="one")
    secrets.restore_secret(SecretId="one")
    assert secrets.get_secret_value(SecretId="one")["SecretString"] == "x"


def test_force_deletes_at_once_and_needs_no_secret(secrets: Any, refused: Any) -> None:
    secrets.create_secret(Name="one")
    secrets.delete_secret(SecretId="one", ForceDeleteWithoutRecovery=True)
    secrets.create_secret(Name="one")
    secrets.delete_secret(SecretId="none", ForceDeleteWithoutRecovery=True)
    with refused("ResourceNotFoundException"):
        secrets.delete_secret(SecretId="none")


@pytest.mark.parametrize(
    "window",
    [
        {"RecoveryWindowInDays": 5},
        {"RecoveryWindowInDays": 31},
        {"RecoveryWindowInDays": 7, "ForceDeleteWithoutRecovery": True},
    ],
)
def test_bad_recovery_windows(secrets: Any, refused: Any, window: Any) -> None:
    secrets.create_secret(Name="one")
    with refused("InvalidParameterException"):
        secrets.delete_secret(SecretId="one", **window)


def test_listing_filters_pages_and_hides_deletions(secrets: Any) -> None:
    for number in range(5):
        secrets.create_secret(Name=f"psql-{number}", Tags=[{"Key": "layer", "Value": str(number % 2)}])
    secrets.delete_secret(SecretId="psql-0")
    listed = secrets.get_paginator("list_secrets").paginate(PaginationConfig={"PageSize": 2}).build_full_result()
    assert len(listed["SecretList"]) == 4
    assert len(secrets.list_secrets(IncludePlannedDeletion=True)["SecretList"]) == 5
    found = secrets.list_secrets(Filters=[{"Key": "tag-value", "Values": ["1"]}, {"Key": "name", "Values": ["psql"]}])
    assert {item["Name"] for item in found["SecretList"]} == {"psql-1", "psql-3"}


def test_batch_get_reports_failures_beside_values(secrets: Any) -> None:
    secrets.create_secret(Name="one", SecretString="x")
    secrets.create_secret(Name="empty")
    answer = secrets.batch_get_secret_value(SecretIdList=["one", "empty", "none"])
    assert [item["Name"] for item in answer["SecretValues"]] == ["one"]
    assert {item["ErrorCode"] for item in answer["Errors"]} == {"ResourceNotFoundException"}
    assert len(answer["Errors"]) == 2


def test_duplicates_bad_names_and_missing_keys(secrets: Any, refused: Any) -> None:
    secrets.create_secret(Name="one")
    with refused("ResourceExistsException"):
        secrets.create_secret(Name="one")
    with refused("InvalidParameterException"):
        secrets.create_secret(Name="with space")
    with refused("InvalidParameterException"):
        secrets.create_secret(Name="two", KmsKeyId="arn:aws:kms:eu-central-2:123456789012:key/none")


def test_update_changes_description_and_key_only(secrets: Any, key: str) -> None:
    secrets.create_secret(Name="one", SecretString="x")
    answer = secrets.update_secret(SecretId="one", Description="new", KmsKeyId=key)
    assert "VersionId" not in answer
    shown = secrets.describe_secret(SecretId="one")
    assert (shown["Description"], shown["KmsKeyId"]) == ("new", key)


def test_policies_and_partial_arns(secrets: Any) -> None:
    arn = secrets.create_secret(Name="one", SecretString="x")["ARN"]
    policy = '{"Version":"2012-10-17","Statement":[]}'
    secrets.put_resource_policy(SecretId=arn, ResourcePolicy=policy)
    assert secrets.get_resource_policy(SecretId=arn[:-7])["ResourcePolicy"] == policy


def test_rotation_of_an_unmanaged_secret_needs_a_function(secrets: Any, refused: Any) -> None:
    secrets.create_secret(Name="one", SecretString="x")
    with refused("InvalidRequestException"):
        secrets.rotate_secret(SecretId="one")


def test_a_secret_with_replicas_stays_and_a_replica_belongs_to_its_primary(client: Any) -> None:
    secrets, abroad = client("secretsmanager"), client("secretsmanager", "eu-west-1")
    secrets.create_secret(Name="a", SecretString="1", AddReplicaRegions=[{"Region": "eu-west-1"}])
    assert abroad.get_secret_value(SecretId="a")["SecretString"] == "1"
    assert abroad.describe_secret(SecretId="a")["PrimaryRegion"] == "eu-central-2"
    for call, words in (
        (lambda: secrets.delete_secret(SecretId="a"), "still has replica regions"),
        (lambda: abroad.delete_secret(SecretId="a"), "replica secret"),
        (lambda: abroad.put_secret_value(SecretId="a", SecretString="2"), "replica secret"),
    ):
        with pytest.raises(ClientError, match=words):
            call()
    secrets.remove_regions_from_replication(SecretId="a", RemoveReplicaRegions=["eu-west-1"])
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        abroad.describe_secret(SecretId="a")
    assert "DeletionDate" in secrets.delete_secret(SecretId="a")
