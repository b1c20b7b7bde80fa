#!/usr/bin/python
# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: resource
short_description: Manage resources of any kind of this collection
version_added: 1.0.0
description:
  - Does what the module does that has the name of the kind, such as M(dataai.platform.log_group), with all options of
    that module beside O(kind).
  - The tasks of these modules run through this one, so that Ansible packs one module for a play and not one for each
    kind of resource.
author:
  - dataai.platform authors (@dataai)
options:
  kind:
    description: Name of the module whose options the others are.
    type: str
    required: true
    choices:
      - cache_parameter_group
      - cache_subnet_group
      - cache_user
      - cache_user_group
      - db_cluster
      - db_cluster_parameter_group
      - db_subnet_group
      - event_rule
      - flow_log
      - grafana_workspace
      - iam_role
      - iam_user
      - inference_profile
      - internet_gateway
      - invocation_logging
      - kms_key
      - lambda_function
      - log_group
      - nat_gateway
      - network_acl
      - prometheus_workspace
      - replication_group
      - route_table
      - s3_bucket
      - s3_bucket_policy
      - secret
      - security_group
      - ssm_parameter
      - subnet
      - vpc
      - vpc_endpoint
requirements:
  - boto3
  - botocore
attributes:
  check_mode:
    description: Reads and reports exactly what a real run would change.
    support: full
  diff_mode:
    description: Shows what changes.
    support: full
  idempotent:
    description: A second run changes nothing and writes nothing.
    support: full
"""

EXAMPLES = r"""
- name: An encrypted log group, as with dataai.platform.log_group
  dataai.platform.resource:
    kind: log_group
    name: /acme/app/prod/api
    retention_days: 365
    region: eu-central-2
"""

RETURN = r"""
changes:
  description: What was changed, or in check mode would be.
  returned: always
  type: list
  elements: dict
resources:
  description: The resources by name, as they are after the task (in check mode as they will be).
  returned: success
  type: dict
region:
  description: The region that the task worked in.
  returned: success
  type: str
account:
  description: The account of the credentials.
  returned: when something is changed, or in check mode would be, and C(aws_account_id) or its variable is given
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
  description:
    - What a run would refuse to change, each with what is wanted, what is there and why. The playbooks that plan and
      verify go on beyond it.
  returned: in a plan and a verification of the playbooks, where something is refused
  type: list
  elements: dict
remains:
  description: What a deletion has left, such as a snapshot, or until when it can be taken back; one sentence each.
  returned: when a deletion leaves something
  type: list
  elements: str
"""

from ansible.module_utils.basic import AnsibleModule, _load_params

from ansible_collections.dataai.platform.plugins.module_utils.aws.kinds import KINDS, kind_class
from ansible_collections.dataai.platform.plugins.module_utils.aws.run import run


def main():
    kind = (_load_params() or {}).get("kind")
    if kind not in KINDS:
        kinds = {"type": "str", "required": True, "choices": sorted(KINDS)}
        AnsibleModule(argument_spec={"kind": kinds}, supports_check_mode=True)  # says what is wrong, and exits
    run(kind_class(kind), by_name=True)


if __name__ == "__main__":
    main()
