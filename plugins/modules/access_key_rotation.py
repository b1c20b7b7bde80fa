#!/usr/bin/python
# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: access_key_rotation
short_description: Replace an access key in two secrets step by step, with a time in which both keys work
version_added: 1.1.0
description:
  - Each call takes one step. V(start) makes a second key and stores it, V(deactivate) takes the old one out of use,
    V(delete) deletes it. Between them consumers have time to read the new key, and a way back.
  - What is due follows from the user's keys and the version ids of the two secrets, so a run may be killed anywhere,
    and the next one goes on. M(dataai.platform.secret_values) leaves a key alone that is being replaced.
  - No value is read, and none goes in or comes out. No key id is in a result.
  - Uses C(secretsmanager:DescribeSecret), C(secretsmanager:PutSecretValue), C(iam:ListAccessKeys),
    C(iam:CreateAccessKey), C(iam:UpdateAccessKey) and C(iam:DeleteAccessKey).
author:
  - dataai.platform authors (@dataai)
options:
  user_name:
    description: The IAM user.
    type: str
    required: true
  key_id_name:
    description: Name of the secret that holds the key's id.
    type: str
    required: true
  secret_key_name:
    description: Name of the secret that holds the secret half.
    type: str
    required: true
  step:
    description:
      - The step to take. V(next) is the one that is due, once O(overlap_minutes) or O(min_age_days) have passed.
      - A step that was named is taken at once. One that is done already changes nothing.
    type: str
    choices: [next, start, deactivate, delete]
    default: next
  overlap_minutes:
    description: Minutes after the start in which V(next) leaves both keys in use.
    type: int
    default: 120
  min_age_days:
    description: V(next) starts only where the key in use is that many days old.
    type: int
    default: 0
  grace:
    description:
      - Seconds to leave an access key alone that no secret names, as another run may be storing it at the moment.
    type: float
    default: 15
attributes:
  check_mode:
    description: Reports exactly what a real run would change, and writes nothing.
    support: full
  diff_mode:
    description: Shows the status before and after.
    support: full
  idempotent:
    description: Each run takes the next step; with a named step a second run changes nothing.
    support: partial
    details: O(step=next) goes on with the rotation, which is its purpose.
extends_documentation_fragment:
  - dataai.platform.resource.calls
  - dataai.platform.resource.account
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Go on with the rotation, whatever is due
  dataai.platform.access_key_rotation:
    user_name: iam-user-acme-dai-prod-euc2-s3-access
    key_id_name: s3-access-key-id
    secret_key_name: s3-secret-access-key
"""

RETURN = r"""
step:
  description: The step that was taken, or in check mode would be.
  returned: success
  type: str
  sample: start
status:
  description: How far the rotation has come, C(settled), C(overlapping) or C(deactivated).
  returned: success
  type: str
  sample: overlapping
msg:
  description: The same in a sentence, with what comes next.
  returned: always
  type: str
changes:
  description: What was changed, or in check mode would be.
  returned: always
  type: list
  elements: dict
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
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.dataai.platform.plugins.module_utils.aws.session import Aws
from ansible_collections.dataai.platform.plugins.module_utils.core.errors import Failure, Refused, told
from ansible_collections.dataai.platform.plugins.module_utils.secrets.rotation import Rotation, Step, Wish
from ansible_collections.dataai.platform.plugins.module_utils.secrets.s3_credentials import SECONDS_OF_A_DAY
from ansible_collections.dataai.platform.plugins.module_utils.secrets.spec import Spec

FIELDS = {"secret_value": ["value"], "iam_access_key": ["status"]}


def wish(module):
    """Return the options as the rotation takes them."""
    params = module.params
    return Wish(
        step=None if params["step"] == "next" else Step(params["step"]),
        overlap=params["overlap_minutes"] * 60.0,
        min_age=params["min_age_days"] * SECONDS_OF_A_DAY,
        check=module.check_mode,
        grace=params["grace"],
    )


def main():
    module = AnsibleAWSModule(
        argument_spec={
            "aws_account_id": {"type": "str"},
            "user_name": {"type": "str", "required": True},
            "key_id_name": {"type": "str", "required": True, "no_log": False},
            "secret_key_name": {"type": "str", "required": True, "no_log": False},
            "step": {"type": "str", "choices": ["next", "start", "deactivate", "delete"], "default": "next"},
            "overlap_minutes": {"type": "int", "default": 120},
            "min_age_days": {"type": "int", "default": 0},
            "grace": {"type": "float", "default": 15},
        },
        supports_check_mode=True,
    )
    params = module.params
    spec = Spec(
        params["key_id_name"],
        "access_key",
        secret_key_name=params["secret_key_name"],
        user_name=params["user_name"],
    )
    aws = Aws(module)
    try:
        done = Rotation(aws, spec, wish(module)).run()
        account = aws.account_of_changes(done.changes)
    except Refused as refusal:
        module.fail_json(**told(refusal.problems), changes=[])
    except Failure as failure:
        module.fail_json(**told([str(failure)]), changes=[])
    module.exit_json(
        changed=bool(done.changes),
        step=done.step.value,
        status=done.status.value,
        msg=done.message,
        changes=[
            {"action": action, "type": kind, "name": name, "fields": FIELDS[kind] if action == "update" else []}
            for action, kind, name in done.changes
        ],
        diff={"before": "", "after": f"{done.message}\n"} if done.changes else {"before": "", "after": ""},
        region=module.region,
        **account,
    )


if __name__ == "__main__":
    main()
