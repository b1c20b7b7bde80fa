#!/usr/bin/python
# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Written by tools/kind_files.py from plugins/module_utils/kinds/replication_group.py.

from __future__ import annotations

DOCUMENTATION = r"""
module: replication_group
short_description: Manage ElastiCache replication groups with their nodes
version_added: 1.0.0
description:
  - Creates, changes and deletes replication groups of Redis OSS and Valkey. Shards and replicas are added before the
    settings that need them, and removed after those that they carried.
  - An AUTH token is read from Secrets Manager inside the module. It is never an option, a result or part of a
    message.
  - Makes the service-linked role of ElastiCache first, where the account has none; it stays when all else is deleted.
  - Uses C(iam:GetRole), C(iam:CreateServiceLinkedRole), C(elasticache:DescribeReplicationGroups),
    C(elasticache:DescribeCacheClusters), C(elasticache:ListTagsForResource), C(elasticache:CreateReplicationGroup),
    C(elasticache:ModifyReplicationGroup), C(elasticache:ModifyReplicationGroupShardConfiguration),
    C(elasticache:IncreaseReplicaCount), C(elasticache:DecreaseReplicaCount), C(elasticache:DeleteReplicationGroup),
    C(elasticache:AddTagsToResource) and C(elasticache:RemoveTagsFromResource); with O(auth_token_secret_arn) also
    C(secretsmanager:ListSecretVersionIds) and C(secretsmanager:GetSecretValue); with O(log_delivery) ElastiCache
    needs of the caller C(logs:CreateLogDelivery), C(logs:PutResourcePolicy), C(logs:DescribeResourcePolicies) and
    C(logs:DescribeLogGroups).
author:
  - dataai.platform authors (@dataai)
options:
  items:
    description:
      - Several replication groups in one task. Mutually exclusive with O(replication_group_id).
    type: list
    elements: dict
    suboptions: &item
      replication_group_id:
        description: Identifier of the group, 1-40 letters, digits and hyphens. AWS stores it in lower case.
        type: str
      description:
        description: What the group is for. Needed to create it.
        type: str
      engine:
        description: The engine. A group of V(redis) can become one of V(valkey), not the other way round.
        type: str
        choices: [redis, valkey]
        default: redis
      engine_version:
        description: Version such as C(7.1). A group that runs this or a later minor version of the same major version
          is left as it is.
        type: str
      node_type:
        description: Type of the nodes, such as C(cache.r7g.large). Needed to create the group.
        type: str
      num_cache_clusters:
        description: Number of nodes without cluster mode, 1 to 6 (a primary and its replicas).
        type: int
      num_node_groups:
        description: Number of shards in cluster mode. The parameter group must turn cluster mode on.
        type: int
      replicas_per_node_group:
        description: Number of replicas of each shard in cluster mode, 0 to 5.
        type: int
      automatic_failover:
        description: Promote a replica when the primary fails. Needs 2 nodes.
        type: bool
      multi_az:
        description: Place the nodes in different availability zones. Needs O(automatic_failover).
        type: bool
      port:
        description: Port, fixed once the group exists.
        type: int
      subnet_group:
        description: Name of the cache subnet group, fixed once the group exists.
        type: str
      security_group_ids:
        description: Ids of the security groups.
        type: list
        elements: str
      parameter_group:
        description: Name of the cache parameter group.
        type: str
      at_rest_encryption:
        description: Encrypt the data at rest, fixed once the group exists.
        type: bool
      kms_key_arn:
        description: ARN or id of the key that encrypts the data at rest, fixed once the group exists.
        type: str
      transit_encryption:
        description: Encrypt connections with TLS.
        type: bool
      transit_encryption_mode:
        description:
          - V(required) refuses connections without TLS, V(preferred) allows both.
          - On an existing group without TLS the way leads through V(preferred).
        type: str
        choices: [required, preferred]
      user_group_ids:
        description: Id of the user group that may log in (role-based access). One at most; an empty list means none.
        type: list
        elements: str
      auth_token_secret_arn:
        description:
          - ARN of a secret whose text is the AUTH token, 16 to 128 printable characters. It is set when the group is
            created.
          - A newer version of the secret rotates the token; the one before it stays valid until the next rotation.
        type: str
      log_delivery:
        description: All logs to deliver. Those that are not named are ended.
        type: list
        elements: dict
        suboptions:
          log_type:
            description: The log.
            type: str
            required: true
            choices: [slow-log, engine-log]
          destination_type:
            description: Kind of destination.
            type: str
            choices: [cloudwatch-logs, kinesis-firehose]
            default: cloudwatch-logs
          destination:
            description: Name of the log group or delivery stream.
            type: str
            required: true
          log_format:
            description: Format of the entries.
            type: str
            choices: [json, text]
            default: json
      snapshot_window:
        description: Daily window of the snapshots in UTC, such as C(02:00-03:00), 60 minutes at least.
        type: str
      snapshot_retention_days:
        description: Days to keep automatic snapshots, 0 to 35; V(0) takes none.
        type: int
      maintenance_window:
        description: Weekly window of maintenance in UTC, such as C(sun:04:00-sun:05:00), 60 minutes at least.
        type: str
      auto_minor_version_upgrade:
        description: Let AWS install new minor versions in the maintenance window.
        type: bool
      apply_immediately:
        description: Make changes at once. V(false) leaves those that interrupt the service to the maintenance window.
        type: bool
        default: true
      skip_final_snapshot:
        description: Delete the group without a last snapshot.
        type: bool
        default: false
      final_snapshot_prefix:
        description: Begin of the name of the last snapshot; the time in UTC follows. The id of the group with
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
- name: A primary and a replica, with TLS only
  dataai.platform.replication_group:
    replication_group_id: redis-acme-app-prod-euc2
    description: Redis of acme
    engine_version: "7.1"
    node_type: cache.r7g.large
    num_cache_clusters: 2
    automatic_failover: true
    multi_az: true
    port: 6380
    subnet_group: subnet-group-acme-app-prod-euc2-redis
    at_rest_encryption: true
    transit_encryption: true
    transit_encryption_mode: required
"""

RETURN = r"""
changes:
  description: What was changed, or in check mode would be.
  returned: always
  type: list
  elements: dict
resources:
  description: The replication groups by O(replication_group_id), as they are after the task (in check mode as they
    will be).
  returned: success
  type: dict
  sample:
    redis-acme-app-prod-euc2:
      arn: arn:aws:elasticache:eu-central-2:123456789012:replicationgroup:redis-acme-app-prod-euc2
      primary_endpoint_address: master.redis-acme-app-prod-euc2.abc123.euc2.cache.amazonaws.com
      configuration_endpoint_address: null
      port: 6380
      member_clusters:
        - redis-acme-app-prod-euc2-001
        - redis-acme-app-prod-euc2-002
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
from ansible_collections.dataai.platform.plugins.module_utils.kinds.replication_group import ReplicationGroup


def main():
    run(ReplicationGroup)


if __name__ == "__main__":
    main()
