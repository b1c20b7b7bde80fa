#!/usr/bin/python
# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Written by tools/kind_files.py from plugins/module_utils/kinds/lambda_function.py.

from __future__ import annotations

DOCUMENTATION = r"""
module: lambda_function
short_description: Manage Lambda functions
version_added: 1.1.0
description:
  - Creates, changes and deletes Lambda functions with their code, configuration and the permissions to invoke them.
  - The code is packed from files of the machine that the task runs on, always to the same bytes, and uploaded only
    where its hash differs from that of the live function.
  - A function that Lambda could not make is made anew, and a change that failed is made again. What no option stands
    for, such as the levels of the log, stays as it is.
  - Lambda makes one change of a function at a time. The task waits for each, and for a new role to be known
    everywhere.
  - Uses C(lambda:GetFunction), C(lambda:GetPolicy), C(lambda:CreateFunction), C(lambda:UpdateFunctionConfiguration),
    C(lambda:UpdateFunctionCode), C(lambda:PutFunctionConcurrency), C(lambda:DeleteFunctionConcurrency),
    C(lambda:AddPermission), C(lambda:RemovePermission), C(lambda:TagResource), C(lambda:UntagResource),
    C(lambda:DeleteFunction) and C(iam:PassRole).
author:
  - dataai.platform authors (@dataai)
options:
  items:
    description:
      - Several functions in one task. Mutually exclusive with O(name).
    type: list
    elements: dict
    suboptions: &item
      name:
        description: Name of the function, 1-64 letters, digits, hyphens or underscores.
        type: str
      description:
        description: What the function is for. An empty text is none.
        type: str
      runtime:
        description: The runtime, such as V(python3.13). Required to create the function.
        type: str
      handler:
        description: What the runtime calls, such as V(package.module.function). Required to create the function.
        type: str
      role_arn:
        description: ARN of the role in which the function runs. Required to create the function.
        type: str
      architecture:
        description: Instruction set of the machines that run the function.
        type: str
        choices: [arm64, x86_64]
      timeout:
        description: Seconds that one invocation may take, 1-900.
        type: int
      memory_size:
        description: Memory in MB, 128-10240.
        type: int
      code:
        description: What is packed. Required to create the function.
        type: dict
        suboptions:
          directory:
            description: A folder. It is packed under its own name.
            type: path
          entry:
            description: A Python file in the folder. Only this file, what it imports relatively (directly or not) and
              the packages on the way are packed.
            type: str
          distributions:
            description: Python distributions, installed for the Python that the task runs with, to pack at the top.
              Each must consist of Python alone; what they depend on is to be named as well.
            type: list
            elements: str
          files:
            description: Further files, name in the archive to text. Nothing secret.
            type: dict
      environment:
        description:
          - Environment variables. Nothing secret, as whoever may read the function reads them.
          - Numbers and booleans are written as YAML and JSON write them, V(true) as C(true). V(null) leaves a
            variable out.
        type: dict
      kms_key_arn:
        description: ARN of the key that encrypts the environment. An empty text is a key of AWS's own.
        type: str
      subnet_ids:
        description: Ids of the subnets in which the function has its network interfaces. Empty for no VPC.
        type: list
        elements: str
      security_group_ids:
        description: Ids of the security groups of these interfaces.
        type: list
        elements: str
      log_group:
        description: Name of the log group. Lambda makes one without key and retention where it does not exist.
        type: str
      log_format:
        description: Form of the log.
        type: str
        choices: [JSON, Text]
      tracing_mode:
        description: Whether AWS X-Ray samples invocations, or only follows those that others sample.
        type: str
        choices: [Active, PassThrough]
      reserved_concurrency:
        description: Invocations at the same time that are kept for, and the most of, this function. V(-1) for none.
        type: int
      permissions:
        description: Who else may invoke the function. These statements are all that its policy has.
        type: list
        elements: dict
        suboptions:
          sid:
            description: Id of the statement.
            type: str
            required: true
          principal:
            description: A service such as V(events.amazonaws.com), or an account.
            type: str
            required: true
          action:
            description: What is allowed.
            type: str
            default: lambda:InvokeFunction
          source_arn:
            description: ARN of what the service must act for. Required for a service.
            type: str
          source_account:
            description: Account of what the service must act for.
            type: str
      tags:
        description: Tags to set.
        type: dict
  wait_timeout:
    description: Seconds to wait at most.
    type: int
    default: 900
  <<: *item
extends_documentation_fragment:
  - dataai.platform.resource
  - dataai.platform.resource.batch
  - dataai.platform.resource.tags
  - dataai.platform.resource.prune
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: A function that an EventBridge rule may invoke
  dataai.platform.lambda_function:
    name: nightly
    runtime: python3.13
    architecture: arm64
    handler: nightly.main.handler
    role_arn: arn:aws:iam::123456789012:role/nightly
    timeout: 60
    memory_size: 256
    code:
      directory: files/nightly
    log_group: /acme/app/prod/nightly
    log_format: JSON
    permissions:
      - sid: schedule
        principal: events.amazonaws.com
        source_arn: arn:aws:events:eu-central-2:123456789012:rule/nightly
        source_account: "123456789012"
"""

RETURN = r"""
changes:
  description: What was changed, or in check mode would be.
  returned: always
  type: list
  elements: dict
resources:
  description: The functions by O(name), as they are after the task (in check mode as they will be).
  returned: success
  type: dict
  sample:
    nightly:
      arn: arn:aws:lambda:eu-central-2:123456789012:function:nightly
      code_sha256: 5tTG0Pf8xqFq3b4pcpJrHvQ6nLWkSu4yq2L3u3ZkE5Y=
      status: Active
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
from ansible_collections.dataai.platform.plugins.module_utils.kinds.lambda_function import LambdaFunction


def main():
    run(LambdaFunction)


if __name__ == "__main__":
    main()
