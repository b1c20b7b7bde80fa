# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Aurora PostgreSQL as the RDS API reference describes it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from emulator.provisioning import settings

MONITORING = "monitoring.rds.amazonaws.com"


@pytest.fixture
def rds(client: Any) -> Any:
    return client("rds")


@pytest.fixture
def request_(rds: Any, network: Any, key: str) -> dict[str, Any]:
    """A valid request for a cluster, whose subnet and parameter groups exist."""
    rds.create_db_subnet_group(DBSubnetGroupName="isolated", DBSubnetGroupDescription="d", SubnetIds=network["subnets"])
    rds.create_db_cluster_parameter_group(
        DBClusterParameterGroupName="tuned", DBParameterGroupFamily="aurora-postgresql14", Description="d"
    )
    return {
        "DBClusterIdentifier": "Aurora-One",
        "Engine": "aurora-postgresql",
        "EngineVersion": "14.19",
        "MasterUsername": "dbadmin",
        "ManageMasterUserPassword": True,
        "MasterUserSecretKmsKeyId": key,
        "DatabaseName": "appdb",
        "DBSubnetGroupName": "isolated",
        "VpcSecurityGroupIds": [network["group"]],
        "StorageEncrypted": True,
        "KmsKeyId": key,
        "BackupRetentionPeriod": 7,
        "PreferredBackupWindow": "03:00-04:00",
        "PreferredMaintenanceWindow": "sun:04:00-sun:05:00",
        "DBClusterParameterGroupName": "tuned",
    }


def _instance(rds: Any, number: int, **changes: Any) -> Any:
    params = {
        "DBInstanceIdentifier": f"aurora-one-{number}",
        "DBClusterIdentifier": "aurora-one",
        "Engine": "aurora-postgresql",
        "DBInstanceClass": "db.r6g.large",
    }
    return rds.create_db_instance(**params | changes)["DBInstance"]


def _cluster(rds: Any) -> Any:
    return rds.describe_db_clusters(DBClusterIdentifier="aurora-one")["DBClusters"][0]


def test_a_cluster_is_created_without_instances(rds: Any, request_: Any, key: str) -> None:
    created = rds.create_db_cluster(**request_)["DBCluster"]
    assert (created["Status"], created["DBClusterIdentifier"]) == ("creating", "aurora-one")
    assert created["MasterUserSecret"]["SecretStatus"] == "creating"
    shown = _cluster(rds)
    assert (shown["Status"], shown["DBClusterMembers"], shown["MasterUserSecret"]["KmsKeyId"]) == ("available", [], key)
    assert shown["EngineLifecycleSupport"] == "open-source-rds-extended-support"
    assert shown["EngineMode"] == "provisioned"
    assert shown["KmsKeyId"] == key


def test_the_managed_secret_is_a_real_one(rds: Any, request_: Any, client: Any, admin: Any, refused: Any) -> None:
    rds.create_db_cluster(**request_)
    arn, secrets = _cluster(rds)["MasterUserSecret"]["SecretArn"], client("secretsmanager")
    shown = secrets.describe_secret(SecretId=arn)
    assert shown["Name"].startswith("rds!cluster-")
    assert (shown["OwningService"], shown["RotationRules"]) == ("rds", {"AutomaticallyAfterDays": 7})
    before = json.loads(secrets.get_secret_value(SecretId=arn)["SecretString"])
    assert set(before) == {"username", "password"}
    assert set(before["password"]) & set(":?#[]%()<*!")
    with refused("InvalidRequestException", "managed by another service"):
        secrets.put_secret_value(SecretId=arn, SecretString="mine")
    with refused("InvalidRequestException"):
        secrets.delete_secret(SecretId=arn)
    assert admin("POST", "/rds/aurora-one/rotate")[0] == 200
    assert json.loads(secrets.get_secret_value(SecretId=arn)["SecretString"])["password"] != before["password"]
    assert admin("POST", "/rds/none/rotate")[0] == 404


def test_a_schedule_can_be_set_without_rotating(rds: Any, request_: Any, client: Any) -> None:
    rds.create_db_cluster(**request_)
    arn, secrets = _cluster(rds)["MasterUserSecret"]["SecretArn"], client("secretsmanager")
    before = secrets.get_secret_value(SecretId=arn)["VersionId"]
    secrets.rotate_secret(
        SecretId=arn, RotateImmediately=False, RotationRules={"ScheduleExpression": "cron(0 4 1 * ? *)"}
    )
    assert secrets.get_secret_value(SecretId=arn)["VersionId"] == before
    secrets.rotate_secret(SecretId=arn)
    assert secrets.get_secret_value(SecretId=arn)["VersionId"] != before


@pytest.mark.parametrize(
    ("change", "code", "text"),
    [
        ({"DBClusterIdentifier": "a--b"}, "InvalidParameterValue", "identifier"),
        ({"DBClusterIdentifier": "a" * 64}, "InvalidParameterValue", "identifier"),
        ({"EngineVersion": "14.99"}, "InvalidParameterCombination", "Cannot find version 14.99"),
        ({"EngineVersion": "15.10"}, "InvalidParameterCombination", "DBParameterGroupFamily"),
        ({"PreferredBackupWindow": "04:30-05:30"}, "InvalidParameterValue", "must not overlap"),
        ({"BackupRetentionPeriod": 36}, "InvalidParameterValue", "retention"),
        ({"BackupRetentionPeriod": 0}, "InvalidParameterValue", "retention"),
        ({"MasterUserPassword": "secret-12345"}, "InvalidParameterCombination", "ManageMasterUserPassword"),
        ({"ManageMasterUserPassword": False}, "InvalidParameterCombination", "MasterUserSecretKmsKeyId"),
        ({"Port": 22}, "InvalidParameterValue", "port"),
        ({"EnableCloudwatchLogsExports": ["audit"]}, "InvalidParameterCombination", "log types"),
        ({"DBSubnetGroupName": "none"}, "DBSubnetGroupNotFoundFault", ""),
        ({"DBClusterParameterGroupName": "none"}, "DBClusterParameterGroupNotFound", ""),
        ({"KmsKeyId": "alias/none"}, "KMSKeyNotAccessibleFault", ""),
        ({"VpcSecurityGroupIds": ["sg-00000000"]}, "InvalidParameterValue", "security group"),
        ({"DBClusterInstanceClass": "db.r6g.large"}, "InvalidParameterCombination", "DBClusterInstanceClass"),
        ({"ServerlessV2ScalingConfiguration": {"MinCapacity": 4, "MaxCapacity": 2}}, "InvalidParameterValue", "ACU"),
        ({"ServerlessV2ScalingConfiguration": {"MinCapacity": 0.5}}, "InvalidParameterValue", "both"),
        ({"EnablePerformanceInsights": True, "PerformanceInsightsRetentionPeriod": 30}, "InvalidParameterValue", "731"),
        ({"DatabaseInsightsMode": "advanced"}, "InvalidParameterCombination", "465"),
        ({"MasterUsername": "admin"}, "InvalidParameterValue", "reserved"),
        ({"EngineLifecycleSupport": "forever"}, "InvalidParameterValue", "EngineLifecycleSupport"),
    ],
)
def test_bad_clusters_are_refused(
    rds: Any, request_: Any, client: Any, refused: Any, change: Any, code: str, text: str
) -> None:
    with refused(code, text):
        rds.create_db_cluster(**request_ | change)
    assert rds.describe_db_clusters()["DBClusters"] == []
    assert client("secretsmanager").list_secrets()["SecretList"] == []


def test_instances_inherit_and_the_first_one_writes(rds: Any, request_: Any, service_role: Any, key: str) -> None:
    role = service_role("monitoring", MONITORING)
    rds.create_db_cluster(**request_, EnablePerformanceInsights=True, PerformanceInsightsKMSKeyId=key)
    first = _instance(rds, 1, MonitoringInterval=60, MonitoringRoleArn=role, PromotionTier=0)
    _instance(rds, 2, PromotionTier=2)
    assert first["DBInstanceStatus"] == "creating"
    shown = rds.describe_db_instances(Filters=[{"Name": "db-cluster-id", "Values": ["aurora-one"]}])["DBInstances"]
    assert [item["AvailabilityZone"] for item in shown] == ["eu-central-2a", "eu-central-2b"]
    assert (shown[0]["MonitoringInterval"], shown[0]["MonitoringRoleArn"]) == (60, role)
    assert (shown[1]["PerformanceInsightsEnabled"], shown[1]["PerformanceInsightsKMSKeyId"]) == (True, key)
    members = _cluster(rds)["DBClusterMembers"]
    assert [(item["IsClusterWriter"], item["PromotionTier"]) for item in members] == [(True, 0), (False, 2)]
    assert _cluster(rds)["MultiAZ"] is True


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"DBInstanceClass": "db.r99.large"}, "InvalidParameterCombination"),
        ({"DBInstanceClass": "db.serverless"}, "InvalidParameterCombination"),
        ({"MonitoringInterval": 60}, "InvalidParameterCombination"),
        ({"MonitoringInterval": 7}, "InvalidParameterValue"),
        (
            {"MonitoringInterval": 60, "MonitoringRoleArn": "arn:aws:iam::123456789012:role/none"},
            "InvalidParameterValue",
        ),
        ({"PromotionTier": 16}, "InvalidParameterValue"),
        ({"DBClusterIdentifier": "none"}, "DBClusterNotFoundFault"),
        ({"AvailabilityZone": "eu-west-1a"}, "InvalidParameterValue"),
        ({"BackupRetentionPeriod": 7}, "InvalidParameterCombination"),
    ],
)
def test_bad_instances_are_refused(rds: Any, request_: Any, refused: Any, change: Any, code: str) -> None:
    rds.create_db_cluster(**request_)
    with refused(code):
        _instance(rds, 1, **change)


def test_serverless_instances_need_capacities(rds: Any, request_: Any) -> None:
    capacity = {"MinCapacity": 0.5, "MaxCapacity": 4.0}
    rds.create_db_cluster(**request_, ServerlessV2ScalingConfiguration=capacity)
    assert _instance(rds, 1, DBInstanceClass="db.serverless")["DBInstanceClass"] == "db.serverless"
    assert _cluster(rds)["ServerlessV2ScalingConfiguration"] == capacity


def test_changes_wait_unless_applied_immediately(rds: Any, request_: Any) -> None:
    rds.create_db_cluster(**request_)
    _instance(rds, 1)
    rds.modify_db_cluster(DBClusterIdentifier="aurora-one", EngineVersion="14.20")
    shown = _cluster(rds)
    assert (shown["EngineVersion"], shown["PendingModifiedValues"]) == ("14.19", {"EngineVersion": "14.20"})
    rds.modify_db_cluster(DBClusterIdentifier="aurora-one", EngineVersion="14.20", ApplyImmediately=True)
    shown = _cluster(rds)
    assert shown["EngineVersion"] == "14.20"
    assert "PendingModifiedValues" not in shown
    rds.modify_db_instance(DBInstanceIdentifier="aurora-one-1", DBInstanceClass="db.r6g.xlarge")
    instance = rds.describe_db_instances()["DBInstances"][0]
    assert (instance["DBInstanceClass"], instance["PendingModifiedValues"]) == (
        "db.r6g.large",
        {"DBInstanceClass": "db.r6g.xlarge"},
    )


def test_versions_never_go_back(rds: Any, request_: Any, refused: Any) -> None:
    rds.create_db_cluster(**request_)
    with refused("InvalidParameterCombination", "Cannot upgrade"):
        rds.modify_db_cluster(DBClusterIdentifier="aurora-one", EngineVersion="14.18", ApplyImmediately=True)
    with refused("InvalidParameterCombination", "AllowMajorVersionUpgrade"):
        rds.modify_db_cluster(DBClusterIdentifier="aurora-one", EngineVersion="15.13", ApplyImmediately=True)


def test_a_new_parameter_group_waits_for_a_reboot(rds: Any, request_: Any) -> None:
    rds.create_db_cluster(**request_)
    _instance(rds, 1)
    rds.modify_db_cluster(DBClusterIdentifier="aurora-one", DBClusterParameterGroupName="default.aurora-postgresql14")
    assert _cluster(rds)["DBClusterMembers"][0]["DBClusterParameterGroupStatus"] == "pending-reboot"
    rds.reboot_db_instance(DBInstanceIdentifier="aurora-one-1")
    assert _cluster(rds)["DBClusterMembers"][0]["DBClusterParameterGroupStatus"] == "in-sync"


def test_log_exports_change_by_difference(rds: Any, request_: Any, refused: Any) -> None:
    rds.create_db_cluster(**request_, EnableCloudwatchLogsExports=["postgresql"])
    change = {"EnableLogTypes": ["instance"], "DisableLogTypes": ["postgresql"]}
    rds.modify_db_cluster(DBClusterIdentifier="aurora-one", CloudwatchLogsExportConfiguration=change)
    assert _cluster(rds)["EnabledCloudwatchLogsExports"] == ["instance"]
    with refused("InvalidParameterCombination"):
        rds.modify_db_cluster(DBClusterIdentifier="aurora-one", CloudwatchLogsExportConfiguration=change)


def test_the_managed_password_can_be_given_up(rds: Any, request_: Any, client: Any, refused: Any) -> None:
    rds.create_db_cluster(**request_)
    with refused("InvalidParameterCombination", "MasterUserPassword"):
        rds.modify_db_cluster(DBClusterIdentifier="aurora-one", ManageMasterUserPassword=False)
    rds.modify_db_cluster(
        DBClusterIdentifier="aurora-one", ManageMasterUserPassword=False, MasterUserPassword="longenough"
    )
    assert "MasterUserSecret" not in _cluster(rds)
    assert client("secretsmanager").list_secrets()["SecretList"] == []


def test_deleting_goes_by_the_rules(rds: Any, request_: Any, client: Any, refused: Any) -> None:
    rds.create_db_cluster(**request_, DeletionProtection=True)
    _instance(rds, 1)
    _instance(rds, 2)
    with refused("InvalidParameterCombination", "protected"):
        rds.delete_db_cluster(DBClusterIdentifier="aurora-one", SkipFinalSnapshot=True)
    rds.modify_db_cluster(DBClusterIdentifier="aurora-one", DeletionProtection=False)
    with refused("InvalidDBClusterStateFault", "still contains"):
        rds.delete_db_cluster(DBClusterIdentifier="aurora-one", SkipFinalSnapshot=True)
    rds.delete_db_instance(DBInstanceIdentifier="aurora-one-1", SkipFinalSnapshot=True)
    assert [item["IsClusterWriter"] for item in _cluster(rds)["DBClusterMembers"]] == [True]
    rds.delete_db_instance(DBInstanceIdentifier="aurora-one-2", SkipFinalSnapshot=True)
    with refused("InvalidParameterCombination", "FinalDBSnapshotIdentifier"):
        rds.delete_db_cluster(DBClusterIdentifier="aurora-one")
    rds.create_db_cluster_snapshot(DBClusterIdentifier="aurora-one", DBClusterSnapshotIdentifier="final")
    with refused("DBClusterSnapshotAlreadyExistsFault"):
        rds.delete_db_cluster(DBClusterIdentifier="aurora-one", FinalDBSnapshotIdentifier="final")
    rds.delete_db_cluster(DBClusterIdentifier="aurora-one", FinalDBSnapshotIdentifier="final-2")
    assert len(rds.describe_db_cluster_snapshots()["DBClusterSnapshots"]) == 2
    assert client("secretsmanager").list_secrets()["SecretList"] == []
    with refused("DBClusterNotFoundFault"):
        _cluster(rds)


def test_restoring_gives_defaults(rds: Any, request_: Any, key: str) -> None:
    rds.create_db_cluster(**request_, DeletionProtection=True)
    rds.restore_db_cluster_to_point_in_time(
        DBClusterIdentifier="restored", SourceDBClusterIdentifier="aurora-one", UseLatestRestorableTime=True
    )
    shown = rds.describe_db_clusters(DBClusterIdentifier="restored")["DBClusters"][0]
    assert (shown["DeletionProtection"], shown["DBClusterMembers"], shown["KmsKeyId"]) == (False, [], key)
    assert shown["DBClusterParameterGroup"] == "default.aurora-postgresql14"
    assert "MasterUserSecret" not in shown


def test_busy_clusters_refuse_changes(rds: Any, request_: Any, refused: Any) -> None:
    settings.provisioning_seconds = {"rds": 30.0}
    rds.create_db_cluster(**request_)
    assert _cluster(rds)["Status"] == "creating"
    with refused("InvalidDBClusterStateFault"):
        rds.modify_db_cluster(DBClusterIdentifier="aurora-one", BackupRetentionPeriod=8)
    with refused("InvalidDBClusterStateFault"):
        _instance(rds, 1)


def test_versions_and_classes_can_be_asked(rds: Any) -> None:
    paginator = rds.get_paginator("describe_db_engine_versions")
    pages = paginator.paginate(Engine="aurora-postgresql", DBParameterGroupFamily="aurora-postgresql14")
    versions = {item["EngineVersion"]: item for item in pages.build_full_result()["DBEngineVersions"]}
    assert set(versions) == {"14.18", "14.19", "14.20", "14.22"}
    targets = {
        item["EngineVersion"] for item in versions["14.19"]["ValidUpgradeTarget"] if not item["IsMajorVersionUpgrade"]
    }
    assert targets == {"14.20", "14.22"}
    assert "postgresql" in versions["14.19"]["ExportableLogTypes"]
    assert rds.describe_db_engine_versions(Engine="aurora-postgresql", EngineVersion="14.99")["DBEngineVersions"] == []
    orderable = rds.get_paginator("describe_orderable_db_instance_options").paginate(
        Engine="aurora-postgresql", EngineVersion="14.19", PaginationConfig={"PageSize": 20}
    )
    classes = {item["DBInstanceClass"] for item in orderable.build_full_result()["OrderableDBInstanceOptions"]}
    assert {"db.r6g.large", "db.t4g.medium", "db.serverless", "db.r7g.large"} <= classes


def test_parameter_groups_know_static_from_dynamic(rds: Any, request_: Any, refused: Any) -> None:
    def modify(name: str, value: str, method: str) -> None:
        wanted = [{"ParameterName": name, "ParameterValue": value, "ApplyMethod": method}]
        rds.modify_db_cluster_parameter_group(DBClusterParameterGroupName="tuned", Parameters=wanted)

    modify("rds.force_ssl", "1", "immediate")
    modify("max_connections", "500", "pending-reboot")
    with refused("InvalidParameterCombination", "static"):
        modify("max_connections", "500", "immediate")
    with refused("InvalidParameterValue", "Could not find"):
        modify("no_such_parameter", "1", "immediate")
    with refused("InvalidParameterValue"):
        modify("rds.force_ssl", "2", "immediate")
    many = [{"ParameterName": "work_mem", "ParameterValue": "64", "ApplyMethod": "immediate"}] * 21
    with refused("InvalidParameterValue", "20"):
        rds.modify_db_cluster_parameter_group(DBClusterParameterGroupName="tuned", Parameters=many)
    shown = rds.describe_db_cluster_parameters(DBClusterParameterGroupName="tuned", Source="user")["Parameters"]
    assert {item["ParameterName"]: item["ParameterValue"] for item in shown} == {
        "rds.force_ssl": "1",
        "max_connections": "500",
    }
    paginator = rds.get_paginator("describe_db_cluster_parameters")
    pages = list(paginator.paginate(DBClusterParameterGroupName="tuned", PaginationConfig={"PageSize": 20}))
    assert len(pages) > 2
    with refused("InvalidParameterValue"):
        rds.create_db_cluster_parameter_group(
            DBClusterParameterGroupName="x", DBParameterGroupFamily="aurora-postgresql9", Description="d"
        )


def test_only_what_differs_from_the_family_is_the_users(rds: Any, request_: Any) -> None:
    """A parameter that is set to the default of its family stays the system's, with its value."""
    values = {"track_io_timing": "1", "log_autovacuum_min_duration": "10000", "work_mem": "8192"}
    rds.modify_db_cluster_parameter_group(
        DBClusterParameterGroupName="tuned",
        Parameters=[
            {"ParameterName": name, "ParameterValue": value, "ApplyMethod": "immediate"}
            for name, value in values.items()
        ],
    )
    pages = rds.get_paginator("describe_db_cluster_parameters").paginate(DBClusterParameterGroupName="tuned")
    found = {entry["ParameterName"]: entry for page in pages for entry in page["Parameters"]}
    assert {name: found[name]["ParameterValue"] for name in values} == values
    assert [found[name]["Source"] for name in values] == ["system", "system", "user"]
    assert found["work_mem"]["Description"].startswith("(kB) ")


def test_the_defaults_of_a_family_come_in_pages(rds: Any) -> None:
    """As botocore's paginator reads them."""
    pages = rds.get_paginator("describe_engine_default_cluster_parameters").paginate(
        DBParameterGroupFamily="aurora-postgresql14", PaginationConfig={"PageSize": 20}
    )
    names = [entry["ParameterName"] for page in pages for entry in page["EngineDefaults"]["Parameters"]]
    assert len(names) == len(set(names)) > 40


def test_a_fresh_account_has_no_role_for_rds(rds: Any, network: Any, client: Any, refused: Any) -> None:
    """The role is made once, by IAM, and is not known at once."""
    settings.fresh_account, iam = True, client("iam")
    request = {"DBSubnetGroupName": "a", "DBSubnetGroupDescription": "a", "SubnetIds": network["subnets"]}
    for _attempt in range(2):
        with refused("InvalidParameterValue", "Missing necessary credentials"):
            rds.create_db_subnet_group(**request)
    role = iam.create_service_linked_role(AWSServiceName="rds.amazonaws.com")["Role"]
    assert (role["RoleName"], role["Path"]) == ("AWSServiceRoleForRDS", "/aws-service-role/rds.amazonaws.com/")
    with refused("InvalidInput", "has been taken in this account"):
        iam.create_service_linked_role(AWSServiceName="rds.amazonaws.com")
    with refused("InvalidParameterValue", "Missing necessary credentials"):
        rds.create_db_subnet_group(**request)
    rds.create_db_subnet_group(**request)


def test_instances_of_a_stopped_cluster_stay(rds: Any, request_: Any, refused: Any) -> None:
    """It is started first."""
    rds.create_db_cluster(**request_)
    _instance(rds, 1)
    rds.stop_db_cluster(DBClusterIdentifier="aurora-one")
    with refused("InvalidDBClusterStateFault"):
        rds.delete_db_instance(DBInstanceIdentifier="aurora-one-1", SkipFinalSnapshot=True)


def test_groups_in_use_stay(rds: Any, request_: Any, network: Any, refused: Any) -> None:
    rds.create_db_cluster(**request_)
    with refused("InvalidDBParameterGroupState"):
        rds.delete_db_cluster_parameter_group(DBClusterParameterGroupName="tuned")
    with refused("InvalidDBSubnetGroupStateFault"):
        rds.delete_db_subnet_group(DBSubnetGroupName="isolated")
    with refused("DBSubnetGroupDoesNotCoverEnoughAZs"):
        rds.modify_db_subnet_group(DBSubnetGroupName="isolated", SubnetIds=network["subnets"][:1])


def test_tags(rds: Any, request_: Any, client: Any) -> None:
    arn = rds.create_db_cluster(**request_, Tags=[{"Key": "a", "Value": "1"}])["DBCluster"]["DBClusterArn"]
    rds.add_tags_to_resource(ResourceName=arn, Tags=[{"Key": "b", "Value": "2"}])
    rds.remove_tags_from_resource(ResourceName=arn, TagKeys=["a"])
    assert rds.list_tags_for_resource(ResourceName=arn)["TagList"] == [{"Key": "b", "Value": "2"}]
    found = client("resourcegroupstaggingapi").get_resources(TagFilters=[{"Key": "b"}])["ResourceTagMappingList"]
    assert [item["ResourceARN"] for item in found] == [arn]


def test_waiters_of_botocore_are_content(rds: Any, request_: Any) -> None:
    settings.provisioning_seconds = {"rds": 0.05}
    rds.create_db_cluster(**request_)
    quick = {"Delay": 0.03, "MaxAttempts": 20}
    rds.get_waiter("db_cluster_available").wait(DBClusterIdentifier="aurora-one", WaiterConfig=quick)
    _instance(rds, 1)
    rds.get_waiter("db_instance_available").wait(DBInstanceIdentifier="aurora-one-1", WaiterConfig=quick)
    rds.delete_db_instance(DBInstanceIdentifier="aurora-one-1", SkipFinalSnapshot=True)
    rds.get_waiter("db_instance_deleted").wait(DBInstanceIdentifier="aurora-one-1", WaiterConfig=quick)
    rds.delete_db_cluster(DBClusterIdentifier="aurora-one", SkipFinalSnapshot=True)
    rds.get_waiter("db_cluster_deleted").wait(DBClusterIdentifier="aurora-one", WaiterConfig=quick)
