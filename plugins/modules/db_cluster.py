#!/usr/bin/python
# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Written by tools/kind_files.py from plugins/module_utils/kinds/db_cluster.py.

from __future__ import annotations

DOCUMENTATION = r"""
module: db_cluster
short_description: Manage Aurora PostgreSQL clusters with their instances
version_added: 1.0.0
description:
  - Creates, changes and deletes Aurora clusters and their instances as one resource. The instances are named after
    the cluster, with C(-1), C(-2) and so on; instances with other names are left alone.
  - The master password is managed by RDS in Secrets Manager, or taken from a secret. It is never an option or a
    result.
  - A minor version to which AWS moved on by itself is not taken back. Changes that AWS keeps for the next maintenance
    window count as made.
  - A cluster that somebody stopped is started before anything else, also to be deleted; a plan says so as a change of
    its C(status). A cluster that no change can mend is refused with what to do first.
  - Makes the service-linked role of RDS first, where the account has none; it stays when all else is deleted.
  - Uses C(iam:GetRole), C(iam:CreateServiceLinkedRole), C(rds:DescribeDBClusters), C(rds:DescribeDBInstances),
    C(rds:CreateDBCluster), C(rds:ModifyDBCluster), C(rds:StartDBCluster), C(rds:DeleteDBCluster),
    C(rds:CreateDBInstance), C(rds:ModifyDBInstance), C(rds:RebootDBInstance), C(rds:DeleteDBInstance),
    C(rds:AddTagsToResource) and C(rds:RemoveTagsFromResource). RDS itself needs of the caller C(iam:PassRole) on the
    monitoring role, C(secretsmanager:CreateSecret), C(secretsmanager:TagResource), and C(kms:DescribeKey),
    C(kms:CreateGrant), C(kms:Decrypt) and C(kms:GenerateDataKey) on the keys.
author:
  - dataai.platform authors (@dataai)
options:
  items:
    description:
      - Several clusters in one task. Mutually exclusive with O(name).
    type: list
    elements: dict
    suboptions: &item
      name:
        description: Identifier of the cluster, 1-63 letters, digits and hyphens. AWS stores it in lower case.
        type: str
      engine:
        description: The database engine, fixed once the cluster exists.
        type: str
        choices: [aurora-postgresql]
        default: aurora-postgresql
      engine_version:
        description:
          - Version such as C(14.19). A cluster that runs this or a later minor version of the same major version is
            left as it is.
          - A new major version needs O(allow_major_version_upgrade) and a parameter group of its family in
            O(parameter_group).
        type: str
      allow_major_version_upgrade:
        description: Allow a new major version.
        type: bool
      master_username:
        description: Name of the master user, 1-16 letters and digits. Needed to create the cluster, fixed afterwards.
        type: str
      database_name:
        description: Name of the database that is created with the cluster, fixed afterwards.
        type: str
      port:
        description: Port, 1150 to 65535. A change restarts the instances.
        type: int
      manage_master_user_password:
        description:
          - Let RDS keep the master password in Secrets Manager and rotate it. Needed to create the cluster.
          - V(false) takes the password from O(master_user_secret). A change from one to the other keeps all data; RDS
            deletes the secret that it has managed.
        type: bool
      master_user_secret_kms_key_id:
        description: ARN or id of the key that encrypts the master user secret. AWS cannot change it while it manages
          the password.
        type: str
      master_user_secret:
        description:
          - Name or ARN of a secret with the master password, C({"username", "password"}), where RDS is not to manage
            it. The password goes from the secret to RDS inside the module.
          - The version that was handed over is remembered in the tag C(automation:MasterUserSecretVersion) of the
            cluster; a newer version is handed over.
        type: str
      password_rotation_schedule:
        description: When RDS rotates the password that it manages, V(cron(...\)) or V(rate(...\)). Setting it rotates
          nothing. Left out it stays as it is, every 7 days unless somebody changed it.
        type: str
      storage_encrypted:
        description: Encrypt the storage, fixed once the cluster exists.
        type: bool
      kms_key_arn:
        description: ARN or id of the key that encrypts the storage, fixed once the cluster exists.
        type: str
      storage_type:
        description: Kind of storage; V(aurora-iopt1) includes the cost of I/O.
        type: str
        choices: [aurora, aurora-iopt1]
      subnet_group:
        description: Name of the DB subnet group. Needed to create the cluster, fixed afterwards.
        type: str
      security_group_ids:
        description: Ids of the security groups.
        type: list
        elements: str
      parameter_group:
        description: Name of the DB cluster parameter group.
        type: str
      backup_retention_days:
        description: Days to keep automated backups, 1 to 35.
        type: int
      backup_window:
        description: Daily window of the backups in UTC, such as C(03:00-04:00), 30 minutes at least.
        type: str
      maintenance_window:
        description: Weekly window of maintenance in UTC, such as C(sun:04:00-sun:05:00), for the cluster and its
          instances.
        type: str
      log_exports:
        description: Logs to export to CloudWatch Logs.
        type: list
        elements: str
        choices: [postgresql, instance, iam-db-auth-error]
      deletion_protection:
        description: Refuse to delete the cluster. It is turned off when this module deletes an acknowledged cluster.
        type: bool
      iam_authentication:
        description: Let IAM identities log in as database users.
        type: bool
      copy_tags_to_snapshot:
        description: Give snapshots the tags of the cluster.
        type: bool
      engine_lifecycle_support:
        description: Whether the cluster goes on, at a price, after the end of standard support of its version. AWS
          enrols a cluster for which nothing is said.
        type: str
        choices: [open-source-rds-extended-support, open-source-rds-extended-support-disabled]
      serverless_scaling:
        description: Limits of instances of class C(db.serverless).
        type: dict
        suboptions:
          min_capacity:
            description: Lowest capacity in Aurora capacity units, 0 to 256 in steps of 0.5.
            type: float
          max_capacity:
            description: Highest capacity in Aurora capacity units, 1 to 256 in steps of 0.5.
            type: float
          seconds_until_auto_pause:
            description: Idle seconds after which an instance with a lowest capacity of 0 is paused, 300 to 86400.
            type: int
      performance_insights:
        description: Turn on Performance Insights for the cluster and its instances.
        type: bool
      performance_insights_kms_key_arn:
        description: ARN or id of the key of Performance Insights, fixed while it is on.
        type: str
      performance_insights_retention_days:
        description: Days to keep its data, 7, 731 or a multiple of 31 up to 713.
        type: int
      database_insights_mode:
        description: Mode of CloudWatch Database Insights. V(advanced) needs Performance Insights with 465 days or
          more.
        type: str
        choices: [standard, advanced]
      auto_minor_version_upgrade:
        description: Let AWS install new minor versions in the maintenance window.
        type: bool
      instance_count:
        description: Number of instances, 0 to 16. The last readers leave first, the writer never while another stays.
        type: int
      instance_class:
        description: Class of every instance, such as C(db.r6g.large), or C(db.serverless).
        type: str
      promotion_tiers:
        description: Priority of each instance at a failover, 0 (first) to 15, in the order of their numbers.
        type: list
        elements: int
      monitoring_interval:
        description: Seconds between the measurements of enhanced monitoring; V(0) turns it off.
        type: int
        choices: [0, 1, 5, 10, 15, 30, 60]
      monitoring_role_arn:
        description: ARN of the role with which enhanced monitoring writes to CloudWatch Logs.
        type: str
      ca_certificate:
        description: Identifier of the certificate authority of the instances, such as C(rds-ca-rsa2048-g1).
        type: str
      apply_immediately:
        description: Make changes at once. V(false) leaves those that interrupt the service to the maintenance window.
        type: bool
        default: true
      reboot_when_required:
        description: Reboot instances whose parameters wait for it. Otherwise they are named in RV(resources) under
          C(pending_reboot).
        type: bool
        default: false
      skip_final_snapshot:
        description: Delete the cluster without a last snapshot.
        type: bool
        default: false
      final_snapshot_prefix:
        description: Begin of the name of the last snapshot; the time in UTC follows. The name of the cluster with
          C(-final) by default.
        type: str
      tags:
        description: Tags to set.
        type: dict
  wait_timeout:
    description: Seconds to wait at most.
    type: int
    default: 3600
  <<: *item
extends_documentation_fragment:
  - dataai.platform.resource
  - dataai.platform.resource.batch
  - dataai.platform.resource.tags
  - dataai.platform.resource.prune
  - dataai.platform.resource.stateful
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: A writer and a reader
  dataai.platform.db_cluster:
    name: aurora-acme-app-prod-euc2-postgres
    engine_version: "14.19"
    master_username: dbadmin
    manage_master_user_password: true
    database_name: appdb
    subnet_group: subnet-group-acme-app-prod-euc2-aurora
    storage_encrypted: true
    instance_count: 2
    instance_class: db.r6g.large

- name: Take it down, with a last snapshot
  dataai.platform.db_cluster:
    name: aurora-acme-app-prod-euc2-postgres
    state: absent
    acknowledge: [aurora-acme-app-prod-euc2-postgres]
"""

RETURN = r"""
changes:
  description: What was changed, or in check mode would be.
  returned: always
  type: list
  elements: dict
resources:
  description: The clusters by O(name), as they are after the task (in check mode as they will be).
  returned: success
  type: dict
  sample:
    aurora-acme-app-prod-euc2-postgres:
      arn: arn:aws:rds:eu-central-2:123456789012:cluster:aurora-acme-app-prod-euc2-postgres
      endpoint: aurora-acme-app-prod-euc2-postgres.cluster-abc123.eu-central-2.rds.amazonaws.com
      reader_endpoint: aurora-acme-app-prod-euc2-postgres.cluster-ro-abc123.eu-central-2.rds.amazonaws.com
      port: 5432
      instances:
        - aurora-acme-app-prod-euc2-postgres-1
        - aurora-acme-app-prod-euc2-postgres-2
      pending_reboot: []
      master_user_secret_arn: arn:aws:secretsmanager:eu-central-2:123456789012:secret:rds!cluster-1a2b3c
region:
  description: The region that the task worked in.
  returned: success
  type: str
account:
  description: The account of the credentials.
  returned: when something is changed, or in check mode would be, and O(aws_account_id) or its variable is given
  type: str
estate:
  description: The estate that the play's variables describe, by which results of several estates are told apart.
  returned: where these variables are there
  type: str
  sample: 123456789012/eu-central-2/acme-dai-prod
mode:
  description: What the playbooks run as.
  returned: with C(estate)
  type: str
  sample: apply
problems:
  description: Every reason why the task failed, one sentence each; a single one is C(msg).
  returned: failure, where there are several
  type: list
  elements: str
refused:
  description: What a run would refuse to change, each with what is wanted, what is there and why. The playbooks that
    plan and verify go on beyond it.
  returned: in a plan and a verification of the playbooks, where something is refused
  type: list
  elements: dict
remains:
  description: What a deletion has left, such as a snapshot, or until when it can be taken back; one sentence each.
  returned: when a deletion leaves something
  type: list
  elements: str
"""

from ansible_collections.dataai.platform.plugins.module_utils.aws.run import run
from ansible_collections.dataai.platform.plugins.module_utils.kinds.db_cluster import DbCluster


def main():
    run(DbCluster)


if __name__ == "__main__":
    main()
