#!/usr/bin/python
# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Written by tools/kind_files.py from plugins/module_utils/kinds/inference_profile.py.

from __future__ import annotations

DOCUMENTATION = r"""
module: inference_profile
short_description: Manage Bedrock application inference profiles
version_added: 1.0.0
description:
  - Creates, tags, replaces and deletes application inference profiles, which give a model or a system profile an ARN,
    cost tags and metrics of one's own. Two listings serve a whole batch.
  - Bedrock cannot change a profile. A new source or description makes a new profile with a new ARN, which its users
    must be told; it is refused unless O(replace=true).
  - Bedrock does not say what a profile was made from. It is known by the models that the profile routes to and, where
    AWS has changed those (it does for global profiles), by the tag C(Model), which should hold the id of the source.
  - Uses C(bedrock:ListInferenceProfiles), C(bedrock:ListTagsForResource), C(bedrock:CreateInferenceProfile),
    C(bedrock:DeleteInferenceProfile), C(bedrock:TagResource), C(bedrock:UntagResource) and C(sts:GetCallerIdentity).
author:
  - dataai.platform authors (@dataai)
options:
  items:
    description:
      - Several profiles in one task. Mutually exclusive with O(name).
    type: list
    elements: dict
    suboptions: &item
      name:
        description:
          - Name of the profile, 1-64 characters. Letters and digits, each followed by at most one blank, C(-) or
            C(_).
          - Bedrock does not keep names unique. Two profiles of one name are reported as a failure.
        type: str
      source_type:
        description: What O(source) is. V(inference-profile) is a system profile, which routes to several regions,
          V(foundation-model) a model that runs in the region itself. Required to create the profile.
        type: str
        choices: [inference-profile, foundation-model]
      source:
        description:
          - Id or ARN of the system profile (such as V(eu.anthropic.claude-opus-4-6-v1)) or of the foundation model.
          - Required to create the profile.
        type: str
      description:
        description: Description, 1-200 characters. Letters, digits, C(:) and C(.), each followed by at most one
          blank, C(-) or C(_). Commas and parentheses are not allowed.
        type: str
      tags:
        description: Tags to set. C(Model) should hold the id of the source.
        type: dict
  wait_timeout:
    description: Seconds to wait at most.
    type: int
    default: 300
  <<: *item
extends_documentation_fragment:
  - dataai.platform.resource
  - dataai.platform.resource.batch
  - dataai.platform.resource.tags
  - dataai.platform.resource.prune
  - dataai.platform.resource.replace
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: One profile for a model that stays in Switzerland
  dataai.platform.inference_profile:
    region: eu-central-2
    name: acme-chat-prod-euc2-titan-embed-text-v2
    source_type: foundation-model
    source: amazon.titan-embed-text-v2:0
    tags:
      Model: amazon.titan-embed-text-v2:0

- name: These profiles and no others of this product
  dataai.platform.inference_profile:
    region: eu-central-2
    items:
      - name: acme-chat-prod-euc2-claude-opus-4-6
        source_type: inference-profile
        source: eu.anthropic.claude-opus-4-6-v1
        tags: {Model: eu.anthropic.claude-opus-4-6-v1, "product:Id": chat}
      - name: acme-chat-prod-euc2-cohere-embed-v4
        source_type: inference-profile
        source: global.cohere.embed-v4:0
        tags: {Model: "global.cohere.embed-v4:0", "product:Id": chat}
    prune: true
    owned_by:
      "product:Id": chat
"""

RETURN = r"""
changes:
  description: What was changed, or in check mode would be.
  returned: always
  type: list
  elements: dict
resources:
  description: The profiles by O(name), as they are after the task (in check mode as they will be).
  returned: success
  type: dict
  sample:
    acme-chat-prod-euc2-claude-opus-4-6:
      arn: arn:aws:bedrock:eu-central-2:123456789012:application-inference-profile/1a2b3c4d5e6f
      id: 1a2b3c4d5e6f
      source_type: inference-profile
      source: eu.anthropic.claude-opus-4-6-v1
      destination_regions:
        - eu-central-1
        - eu-central-2
        - eu-north-1
      models:
        - arn:aws:bedrock:eu-central-1::foundation-model/anthropic.claude-opus-4-6-v1
        - arn:aws:bedrock:eu-central-2::foundation-model/anthropic.claude-opus-4-6-v1
        - arn:aws:bedrock:eu-north-1::foundation-model/anthropic.claude-opus-4-6-v1
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
from ansible_collections.dataai.platform.plugins.module_utils.kinds.inference_profile import InferenceProfile


def main():
    run(InferenceProfile)


if __name__ == "__main__":
    main()
