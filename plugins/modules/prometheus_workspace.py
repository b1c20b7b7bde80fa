#!/usr/bin/python
# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Written by tools/kind_files.py from plugins/module_utils/kinds/prometheus_workspace.py.

from __future__ import annotations

DOCUMENTATION = r"""
module: prometheus_workspace
short_description: Manage workspaces of Amazon Managed Service for Prometheus
version_added: 1.0.0
description:
  - Creates, changes and deletes workspaces with their log group and retention. A workspace is found by its alias; two
    workspaces of one alias are reported as a failure.
  - The key is chosen when the workspace is created and cannot be changed.
  - Uses C(aps:ListWorkspaces), C(aps:DescribeWorkspace), C(aps:CreateWorkspace), C(aps:DeleteWorkspace),
    C(aps:TagResource), C(aps:UntagResource), the logging configuration calls of C(aps) with the C(logs) delivery
    permissions that they need, and C(aps:DescribeWorkspaceConfiguration) and C(aps:UpdateWorkspaceConfiguration)
    where O(retention_days) is given.
author:
  - dataai.platform authors (@dataai)
options:
  items:
    description:
      - Several workspaces in one task. Mutually exclusive with O(alias).
    type: list
    elements: dict
    suboptions: &item
      alias:
        description: Alias of the workspace, 1-100 characters without blanks at either end.
        type: str
      kms_key_arn:
        description: ARN of the key that encrypts the metrics. It cannot be changed; without it AWS uses a key of its
          own.
        type: str
      log_group_arn:
        description:
          - ARN of the log group, with or without C(:*), that receives errors and warnings of rules and alerts.
          - An empty text stands for no logging.
        type: str
      retention_days:
        description: Days to keep metrics, 1 or more. AWS keeps them for 150 days where nothing is set.
        type: int
      tags:
        description: Tags to set.
        type: dict
  wait_timeout:
    description: Seconds to wait at most.
    type: int
    default: 600
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
- name: A workspace under a key of our own, with its log
  dataai.platform.prometheus_workspace:
    region: eu-central-2
    alias: prometheus-acme-chat-prod-euc2
    kms_key_arn: arn:aws:kms:eu-central-2:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab
    log_group_arn: arn:aws:logs:eu-central-2:123456789012:log-group:/acme/chat/prod/infrastructure
    tags:
      Purpose: metrics

- name: Delete it with its metrics
  dataai.platform.prometheus_workspace:
    region: eu-central-2
    alias: prometheus-acme-chat-prod-euc2
    state: absent
    acknowledge: [prometheus-acme-chat-prod-euc2]
"""

RETURN = r"""
changes:
  description: What was changed, or in check mode would be.
  returned: always
  type: list
  elements: dict
resources:
  description: The workspaces by O(alias), as they are after the task (in check mode as they will be).
  returned: success
  type: dict
  sample:
    prometheus-acme-chat-prod-euc2:
      workspace_id: ws-1a2b3c4d-5e6f-7a8b-9c0d-1e2f3a4b5c6d
      arn: arn:aws:aps:eu-central-2:123456789012:workspace/ws-1a2b3c4d-5e6f-7a8b-9c0d-1e2f3a4b5c6d
      endpoint: https://aps-workspaces.eu-central-2.amazonaws.com/workspaces/ws-1a2b3c4d-5e6f-7a8b-9c0d-1e2f3a4b5c6d/
      status: ACTIVE
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
"""

from ansible_collections.dataai.platform.plugins.module_utils.aws.run import run
from ansible_collections.dataai.platform.plugins.module_utils.kinds.prometheus_workspace import PrometheusWorkspace


def main():
    run(PrometheusWorkspace)


if __name__ == "__main__":
    main()
