#!/usr/bin/python
# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: preflight
short_description: Check the input of roles before anything is written
version_added: 1.0.0
description:
  - Resolves the variables of the named roles, checks their types against the argument specs of the roles, their
    meaning against the rules of each role, and what only AWS knows (account, engine versions, instance classes,
    models, regions, quotas) against AWS. Reports every problem at once and writes nothing.
  - Goes through the tasks of the roles without AWS, as a plan on an empty account would, and asks each kind of resource
    what it refuses - options, names and tags. What only a run can know is passed over.
  - Variables that carry the prefix of a role and mean nothing to it are reported too.
  - An account and region has room for one environment, as the names of the secrets hold no environment and Bedrock has
    one logging configuration. Who has them already is told in one sentence.
  - The account is checked first. Where it is another one than the inventory names, nothing else is asked of AWS.
  - Uses C(sts:GetCallerIdentity) and the describing calls of the roles' services, and C(servicequotas:GetServiceQuota)
    with C(servicequotas:GetAWSDefaultServiceQuota). A call that the caller may not make is a warning, not a failure.
author:
  - dataai.platform authors (@dataai)
options:
  roles:
    description: The roles of this collection whose input is checked.
    type: list
    elements: str
    required: true
  without:
    description:
      - Those of O(roles) that the run leaves out. Their variables are checked for spelling and type alone.
    type: list
    elements: str
    default: []
  variables:
    description:
      - The resolved variables. The action of the same name fills it in; it is not meant to be given.
    type: dict
    default: {}
  assume:
    description: Variables that are taken to have these values, such as the switch of the role that is played.
    type: dict
  values_only:
    description: No resource is made where a role is played by itself, so the ids of the layer below are not needed.
    type: bool
    default: false
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
- name: Check the input of two roles
  dataai.platform.preflight:
    roles: [aurora, elasticache]
"""

RETURN = r"""
problems:
  description: Every problem, one sentence each, with the variable and what would be right; a single one is C(msg).
  returned: failure, where there are several
  type: list
  elements: str
account:
  description: The account that the credentials belong to.
  returned: always
  type: str
checked:
  description:
    - For each role whose input has no problems a digest of it, by which C(dataai.platform.checked) tells whether just
      this input was checked. Empty where there are problems.
  returned: always
  type: dict
"""

from ansible.module_utils.common.warnings import warn
from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.dataai.platform.plugins.module_utils.aws.session import Aws
from ansible_collections.dataai.platform.plugins.module_utils.checks import (
    aurora,
    bedrock,
    common,
    consumers,
    database_access,
    elasticache,
    given,
    leftovers,
    network,
    network_endpoints,
    occupancy,
)
from ansible_collections.dataai.platform.plugins.module_utils.core.errors import Failure, describe

#: The roles with questions that only AWS can answer, in the order in which they are asked.
CHECKS = {
    module.__name__.rsplit(".", 1)[-1]: module
    for module in (
        aurora,
        bedrock,
        common,
        consumers,
        database_access,
        elasticache,
        network,
        network_endpoints,
    )
}


def ask(aws, roles, variables, warnings):
    """Return the problems that AWS knows of; those of the account alone where it is the wrong one."""
    problems = list(common.api_problems(aws, variables, warnings))
    if problems:
        return problems
    problems += given.api_problems(aws, variables, warnings)
    for role in roles:
        check = getattr(CHECKS.get(role), "api_problems", None)
        if check and role != "common":
            problems += check(aws, variables, warnings)
    warnings += leftovers.warnings(aws, variables)
    problems += occupancy.api_problems(aws, roles, variables, warnings)
    return problems


def main():
    module = AnsibleAWSModule(
        argument_spec={
            "roles": {"type": "list", "elements": "str", "required": True},
            "without": {"type": "list", "elements": "str", "default": []},
            "variables": {"type": "dict", "default": {}},
            "assume": {"type": "dict"},
            "values_only": {"type": "bool", "default": False},
        },
        supports_check_mode=True,
    )
    aws = Aws(module)
    warnings = []
    try:
        problems = ask(aws, module.params["roles"], module.params["variables"], warnings)
        account = aws.account
    except Failure as failure:
        module.fail_json(msg=str(failure), account="")
    for warning in warnings:
        warn(warning)
    module.exit_json(changed=False, problems=problems, msg=describe(problems) if problems else "", account=account)


if __name__ == "__main__":
    main()
