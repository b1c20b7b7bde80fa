#!/usr/bin/python
# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: consumer_info
short_description: Read what consumers of the layer need to know of it
version_added: 1.0.0
description:
  - Returns the secrets of an environment by their tags, and its application inference profiles by their names, with
    what each leads to. No value of a secret is read.
  - Uses C(secretsmanager:ListSecrets), C(secretsmanager:DescribeSecret) (for those that the listing should have
    and lacks, as it may be minutes old), C(bedrock:ListInferenceProfiles), C(bedrock:ListTagsForResource) and
    C(bedrock:ListFoundationModels).
author:
  - dataai.platform authors (@dataai)
options:
  owner_tags:
    description: Tags that mark the secrets of the environment.
    type: dict
    required: true
  secrets:
    description: Names of secrets that should be there, besides those of O(layer_secrets).
    type: list
    elements: str
    default: []
  layer_secrets:
    description: The secrets that role C(dataai.platform.secrets) makes whatever its variables should be there too.
    type: bool
    default: true
  profile_prefix:
    description: What the names of the profiles begin with.
    type: str
    required: true
attributes:
  check_mode:
    description: Only reads, so it does the same in check mode.
    support: full
  diff_mode:
    description: Changes nothing, so there is no diff.
    support: none
extends_documentation_fragment:
  - dataai.platform.resource.calls
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Read what there is
  dataai.platform.consumer_info:
    region: eu-central-2
    owner_tags:
      product:Id: chat
      product:Environment: prod
    secrets: [psql-host, redis-host]
    profile_prefix: acme-chat-prod-euc2-
  register: live
"""

RETURN = r"""
secrets:
  description: The secrets by name.
  returned: success
  type: dict
  sample:
    psql-host:
      arn: arn:aws:secretsmanager:eu-central-2:123456789012:secret:psql-host-AbCdEf
      has_value: true
missing_secrets:
  description: Those that should be there and do not exist, belong to somebody else, or are pending deletion.
  returned: success
  type: list
  elements: str
profiles:
  description:
    - The application inference profiles by the part of their name after O(profile_prefix).
    - C(source_arn) is empty where the profile was made from a foundation model.
  returned: success
  type: dict
  sample:
    titan-embed-text-v2:
      arn: arn:aws:bedrock:eu-central-2:123456789012:application-inference-profile/abcdef123456
      source: amazon.titan-embed-text-v2:0
      source_arn: ""
      models: ["arn:aws:bedrock:eu-central-2::foundation-model/amazon.titan-embed-text-v2:0"]
      destination_regions: [eu-central-2]
      mode: embedding
region:
  description: The region that was asked.
  returned: success
  type: str
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.dataai.platform.plugins.module_utils.aws import consumers
from ansible_collections.dataai.platform.plugins.module_utils.aws.session import Aws
from ansible_collections.dataai.platform.plugins.module_utils.checks.secrets import NAMES
from ansible_collections.dataai.platform.plugins.module_utils.core.errors import Failure


def main():
    module = AnsibleAWSModule(
        argument_spec={
            "owner_tags": {"type": "dict", "required": True},
            "secrets": {"type": "list", "elements": "str", "default": [], "no_log": False},
            "layer_secrets": {"type": "bool", "default": True, "no_log": False},
            "profile_prefix": {"type": "str", "required": True},
        },
        supports_check_mode=True,
    )
    aws, params = Aws(module), module.params
    expected = {*params["secrets"], *(NAMES if params["layer_secrets"] else ())}
    try:
        secrets = consumers.secrets(aws, params["owner_tags"], expected)
        profiles = consumers.profiles(aws, params["profile_prefix"])
    except Failure as failure:
        module.fail_json(msg=str(failure))
    module.exit_json(
        changed=False,
        secrets=secrets,
        missing_secrets=sorted(expected - secrets.keys()),
        profiles=profiles,
        region=module.region,
    )


if __name__ == "__main__":
    main()
