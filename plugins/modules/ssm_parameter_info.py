#!/usr/bin/python
# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ssm_parameter_info
short_description: Read the parameters under a path of SSM Parameter Store
version_added: 1.0.0
description:
  - Returns the C(String) and C(StringList) parameters below a path, lists as lists. C(SecureString) parameters are
    left out and never read.
  - Uses C(ssm:GetParametersByPath) without decryption.
author:
  - dataai.platform authors (@dataai)
options:
  path:
    description: The path, beginning with a slash. Parameters in folders below it are not read.
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
- name: Read what the infrastructure layer has published
  dataai.platform.ssm_parameter_info:
    path: /acme/ai/prod/infrastructure
  register: published
"""

RETURN = r"""
parameters:
  description: The values by the last part of their name.
  returned: success
  type: dict
  sample:
    vpc_id: vpc-0a1b2c3d4e5f60718
    private_subnet_ids: [subnet-0aa, subnet-0bb]
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.dataai.platform.plugins.module_utils.aws.session import Aws
from ansible_collections.dataai.platform.plugins.module_utils.core.errors import Failure


def value(parameter):
    """Return the value of a parameter, a list where it is one."""
    return parameter["Value"].split(",") if parameter["Type"] == "StringList" else parameter["Value"]


def main():
    module = AnsibleAWSModule(
        argument_spec={"path": {"type": "str", "required": True}},
        supports_check_mode=True,
    )
    try:
        pages = Aws(module).service("ssm").pages("get_parameters_by_path", "Parameters", Path=module.params["path"])
        found = {entry["Name"].rsplit("/", 1)[-1]: value(entry) for entry in pages if entry["Type"] != "SecureString"}
    except Failure as failure:
        module.fail_json(msg=str(failure))
    module.exit_json(changed=False, parameters=found)


if __name__ == "__main__":
    main()
