# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Aurora cluster with its instances under the common rhythm."""

from __future__ import annotations

import json
from typing import Any

from ansible_collections.dataai.platform.plugins.module_utils.kinds.db_cluster import DbCluster

from .case import Case, Item

NAME = "aurora-acme-test"

#: Options of the cluster that DescribeDBClusters answers under another name, in the same form.
REPORTED = {
    "port": "Port",
    "master_username": "MasterUsername",
    "database_name": "DatabaseName",
    "engine_version": "EngineVersion",
    "storage_encrypted": "StorageEncrypted",
    "kms_key_arn": "KmsKeyId",
    "subnet_group": "DBSubnetGroup",
    "parameter_group": "DBClusterParameterGroup",
    "backup_retention_days": "BackupRetentionPeriod",
    "backup_window": "PreferredBackupWindow",
    "maintenance_window": "PreferredMaintenanceWindow",
    "log_exports": "EnabledCloudwatchLogsExports",
    "deletion_protection": "DeletionProtection",
    "iam_authentication": "IAMDatabaseAuthenticationEnabled",
    "copy_tags_to_snapshot": "CopyTagsToSnapshot",
    "engine_lifecycle_support": "EngineLifecycleSupport",
    "performance_insights": "PerformanceInsightsEnabled",
    "performance_insights_retention_days": "PerformanceInsightsRetentionPeriod",
    "database_insights_mode": "DatabaseInsightsMode",
}


def surroundings(account: Any) -> dict[str, Any]:
    """Make what a cluster needs and return its references."""
    ec2, rds = account.client("ec2"), account.client("rds")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{n}.0/24", AvailabilityZone=f"eu-central-2{zone}")["Subnet"]
        for n, zone in enumerate("ab")
    ]
    ids = [subnet["SubnetId"] for subnet in subnets]
    rds.create_db_subnet_group(DBSubnetGroupName="isolated", DBSubnetGroupDescription="isolated", SubnetIds=ids)
    for name in ("first", "second"):
        rds.create_db_cluster_parameter_group(
            DBClusterParameterGroupName=name, DBParameterGroupFamily="aurora-postgresql14", Description=name
        )
    trusted = {"Effect": "Allow", "Principal": {"Service": "monitoring.rds.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role = account.client("iam").create_role(
        RoleName="monitoring", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trusted]})
    )
    return {
        "groups": [
            ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"] for name in ("one", "two")
        ],
        "keys": [account.client("kms").create_key()["KeyMetadata"]["Arn"] for _ in range(2)],
        "role": role["Role"]["Arn"],
    }


def case(account: Any) -> Case:
    """Return the case for an empty account."""
    rds, around = account.client("rds"), surroundings(account)

    def drift() -> None:
        rds.modify_db_cluster(DBClusterIdentifier=NAME, DeletionProtection=False, ApplyImmediately=True)
        rds.delete_db_instance(DBInstanceIdentifier=f"{NAME}-2", SkipFinalSnapshot=True)
        rds.modify_db_instance(DBInstanceIdentifier=f"{NAME}-1", MonitoringInterval=0, ApplyImmediately=True)

    def verify(item: Item) -> None:
        (cluster,) = rds.describe_db_clusters(DBClusterIdentifier=NAME)["DBClusters"]
        for option, member in REPORTED.items():
            assert cluster[member] == item[option], option
        assert [group["VpcSecurityGroupId"] for group in cluster["VpcSecurityGroups"]] == item["security_group_ids"]
        assert cluster["MasterUserSecret"]["KmsKeyId"] == item["master_user_secret_kms_key_id"]
        assert cluster["ServerlessV2ScalingConfiguration"]["MaxCapacity"] == item["serverless_scaling"]["max_capacity"]
        assert tags(cluster) == item["tags"]
        writers = [entry["IsClusterWriter"] for entry in cluster["DBClusterMembers"]]
        assert sorted(writers) == [False] * (item["instance_count"] - 1) + [True]
        verify_members(item)

    def verify_members(item: Item) -> None:
        query = [{"Name": "db-cluster-id", "Values": [NAME]}]
        instances = rds.describe_db_instances(Filters=query)["DBInstances"]
        names = {instance["DBInstanceIdentifier"] for instance in instances}
        assert names == {f"{NAME}-{n}" for n in range(1, item["instance_count"] + 1)}
        for instance in instances:
            assert instance["DBInstanceClass"] == item["instance_class"]
            assert instance["MonitoringInterval"] == item["monitoring_interval"]
            assert instance["AutoMinorVersionUpgrade"] is item["auto_minor_version_upgrade"]
            assert instance["PubliclyAccessible"] is False
            assert tags(instance) == {**item["tags"], "Name": instance["DBInstanceIdentifier"]}
        tiers = {instance["DBInstanceIdentifier"]: instance["PromotionTier"] for instance in instances}
        assert [tiers[name] for name in sorted(tiers)] == item["promotion_tiers"]

    def tags(described: dict[str, Any]) -> dict[str, str]:
        return {tag["Key"]: tag["Value"] for tag in described["TagList"]}

    create = {
        "name": NAME,
        "engine": "aurora-postgresql",
        "engine_version": "14.18",
        "master_username": "dbadmin",
        "database_name": "appdb",
        "port": 5432,
        "manage_master_user_password": True,
        "master_user_secret_kms_key_id": around["keys"][1],
        "storage_encrypted": True,
        "kms_key_arn": around["keys"][0],
        "storage_type": "aurora",
        "subnet_group": "isolated",
        "security_group_ids": around["groups"][:1],
        "parameter_group": "first",
        "backup_retention_days": 7,
        "backup_window": "03:00-04:00",
        "maintenance_window": "sun:04:00-sun:05:00",
        "log_exports": ["postgresql"],
        "deletion_protection": True,
        "iam_authentication": False,
        "copy_tags_to_snapshot": True,
        "engine_lifecycle_support": "open-source-rds-extended-support-disabled",
        "serverless_scaling": {"min_capacity": 0.5, "max_capacity": 4.0},
        "performance_insights": True,
        "performance_insights_kms_key_arn": around["keys"][0],
        "performance_insights_retention_days": 7,
        "database_insights_mode": "standard",
        "auto_minor_version_upgrade": True,
        "instance_count": 2,
        "instance_class": "db.r6g.large",
        "promotion_tiers": [0, 1],
        "monitoring_interval": 60,
        "monitoring_role_arn": around["role"],
        "tags": {"Name": NAME, "Purpose": "database"},
    }
    return Case(
        kind=DbCluster,
        create=create,
        update={
            **create,
            "engine_version": "14.19",
            "port": 5433,
            "security_group_ids": around["groups"][1:],
            "parameter_group": "second",
            "backup_retention_days": 14,
            "backup_window": "01:00-01:30",
            "maintenance_window": "sat:04:00-sat:05:00",
            "log_exports": ["instance"],
            "iam_authentication": True,
            "copy_tags_to_snapshot": False,
            "engine_lifecycle_support": "open-source-rds-extended-support",
            "serverless_scaling": {"min_capacity": 1.0, "max_capacity": 8.0},
            "performance_insights_retention_days": 465,
            "database_insights_mode": "advanced",
            "auto_minor_version_upgrade": False,
            "instance_count": 3,
            "instance_class": "db.r6g.xlarge",
            "promotion_tiers": [0, 1, 2],
            "monitoring_interval": 30,
            "tags": {"Name": NAME, "Purpose": "databases", "Owner": "team"},
        },
        drift=drift,
        verify=verify,
        missing=(
            ({**create, "master_username": None}, "master_username"),
            ({**create, "port": 80}, "port"),
            ({**create, "security_group_ids": []}, "security_group_ids is empty"),
            ({**create, "backup_retention_days": 36}, "backup_retention_days"),
            ({**create, "backup_window": "04:30-05:30"}, "overlaps"),
            ({**create, "backup_window": "23:30-00:30", "maintenance_window": "mon:00:00-mon:00:30"}, "overlaps"),
            ({**create, "backup_window": "3-4"}, "backup_window"),
            ({**create, "instance_class": "db.serverless", "serverless_scaling": None}, "min_capacity"),
            ({**create, "monitoring_role_arn": None}, "monitoring_role_arn"),
            ({**create, "database_insights_mode": "advanced"}, "465"),
            ({**create, "promotion_tiers": [1]}, "promotion_tiers"),
            ({**create, "manage_master_user_password": False}, "manage_master_user_password"),
        ),
        immutable=(
            ({**create, "kms_key_arn": around["keys"][1]}, "kms_key_arn"),
            ({**create, "master_user_secret_kms_key_id": around["keys"][0]}, "master_user_secret_kms_key_id"),
            ({**create, "database_name": "other"}, "database_name"),
            ({**create, "engine_version": "15.12"}, "allow_major_version_upgrade"),
            ({**create, "engine_version": "13.20"}, "earlier major version"),
            ({**create, "manage_master_user_password": False}, "manage_master_user_password"),
        ),
        unchanged=(
            {**create, "name": NAME.upper(), "maintenance_window": "Sun:04:00-Sun:05:00"},
            {**create, "engine_version": "14.17"},
            {**create, "kms_key_arn": around["keys"][0].rsplit("/", 1)[-1], "subnet_group": "Isolated"},
        ),
    )
