#!/usr/bin/python
# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Written by tools/kind_files.py from plugins/module_utils/kinds/invocation_logging.py.

from __future__ import annotations

DOCUMENTATION = r"""
module: invocation_logging
short_description: Manage Bedrock model invocation logging
version_added: 1.0.0
description:
  - Sets, changes and removes the logging of model invocations. An account has one such configuration in each region,
    without a name or an owner, and writing it overwrites all of it.
  - So a configuration that logs to another log group (or, without log groups, to another bucket) counts as somebody
    else's. It is not overwritten, unless O(adopt=true), and stays where O(state=absent).
  - Log group only means that bodies over 100 KB and binary data are not logged; O(large_data_s3_bucket) takes those.
  - Uses C(bedrock:GetModelInvocationLoggingConfiguration), C(bedrock:PutModelInvocationLoggingConfiguration),
    C(bedrock:DeleteModelInvocationLoggingConfiguration) and C(iam:PassRole). A role that was made a moment ago is
    tried for up to two minutes.
author:
  - dataai.platform authors (@dataai)
options:
  name:
    description: What reports call the configuration. AWS has no name for it.
    type: str
    default: model-invocations
  log_group_name:
    description:
      - Log group that receives the log. It must exist in the same account and region. An empty text stands for none.
      - O(log_group_name) or O(s3_bucket) is required to set the configuration.
    type: str
  role_arn:
    description: ARN of the role in which Bedrock writes to the log group. Required with O(log_group_name).
    type: str
  large_data_s3_bucket:
    description: Bucket for what is too large for the log group, or binary. An empty text stands for none.
    type: str
  large_data_s3_prefix:
    description: Prefix of the keys in O(large_data_s3_bucket).
    type: str
  s3_bucket:
    description:
      - Bucket that receives the log as well, or instead. Its policy must let C(bedrock.amazonaws.com) write to it.
      - An empty text stands for none.
    type: str
  s3_prefix:
    description: Prefix of the keys in O(s3_bucket).
    type: str
  text_data_delivery_enabled:
    description: Log texts. On where neither this option nor AWS says anything.
    type: bool
  image_data_delivery_enabled:
    description: Log images. Off where neither this option nor AWS says anything.
    type: bool
  embedding_data_delivery_enabled:
    description: Log embeddings, which are large. Off where neither this option nor AWS says anything.
    type: bool
  video_data_delivery_enabled:
    description: Log videos. Off where neither this option nor AWS says anything.
    type: bool
  audio_data_delivery_enabled:
    description: Log audio. Off where neither this option nor AWS says anything.
    type: bool
  adopt:
    description: Take over a configuration that somebody else made, and overwrite it.
    type: bool
    default: false
  wait_timeout:
    description: Seconds to wait at most.
    type: int
    default: 180
extends_documentation_fragment:
  - dataai.platform.resource
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Log texts to an encrypted log group
  dataai.platform.invocation_logging:
    region: eu-central-2
    log_group_name: /acme/chat/prod/bedrock/model-invocations
    role_arn: arn:aws:iam::123456789012:role/role-acme-chat-prod-euc2-bedrock-logging
    text_data_delivery_enabled: true
    image_data_delivery_enabled: false
    embedding_data_delivery_enabled: false
    video_data_delivery_enabled: false
    audio_data_delivery_enabled: false

- name: Stop logging there
  dataai.platform.invocation_logging:
    region: eu-central-2
    log_group_name: /acme/chat/prod/bedrock/model-invocations
    state: absent
"""

RETURN = r"""
changes:
  description: What was changed, or in check mode would be.
  returned: always
  type: list
  elements: dict
resources:
  description: The invocation loggings by O(name), as they are after the task (in check mode as they will be).
  returned: success
  type: dict
  sample:
    model-invocations:
      log_group_name: /acme/chat/prod/bedrock/model-invocations
      role_arn: arn:aws:iam::123456789012:role/role-acme-chat-prod-euc2-bedrock-logging
      text_data_delivery_enabled: true
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
from ansible_collections.dataai.platform.plugins.module_utils.kinds.invocation_logging import InvocationLogging


def main():
    run(InvocationLogging)


if __name__ == "__main__":
    main()
