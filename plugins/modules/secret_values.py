#!/usr/bin/python
# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: secret_values
short_description: Seed the values of Secrets Manager secrets
version_added: 1.0.0
description:
  - Gives secrets that exist their values, each by its nature, in one process. No value that is secret goes in or comes
    out, none is read where presence or origin suffices, and none is in a result, a diff or a message.
  - A fact always equals what it describes. A generated value is made once, and of several runs at the same time exactly
    one makes it. A derived value is rebuilt when, and only when, the version of its source or a parameter has changed.
    An access key is made, stored and, where it is replaced, deleted so that a run may be killed between any two calls.
  - The id of each version that is written tells what its value was made from, so a run without changes reads no value.
  - Uses C(secretsmanager:DescribeSecret), C(secretsmanager:PutSecretValue), C(secretsmanager:GetSecretValue) (sources
    of stale derived values, and facts that somebody else wrote), C(secretsmanager:UpdateSecretVersionStage),
    C(iam:ListAccessKeys), C(iam:CreateAccessKey) and C(iam:DeleteAccessKey); with O(secrets[].cache_user) also
    C(elasticache:DescribeUsers), C(elasticache:ListTagsForResource), C(elasticache:ModifyUser) and
    C(elasticache:AddTagsToResource).
author:
  - dataai.platform authors (@dataai)
options:
  secrets:
    description: The secrets to seed. They must exist, and may be empty.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the secret; for an access key of the one that holds the key's id.
        type: str
        required: true
      nature:
        description:
          - V(fact) is a value that is not sensitive, given by O(secrets[].value) or O(secrets[].ca_bundle).
          - V(generated) is random, made by O(secrets[].generator).
          - V(derived) is made by O(secrets[].template) from the secret O(secrets[].source).
          - V(access_key) is the access key of the IAM user O(secrets[].user_name).
          - V(manual) is set by people. Its absence is a reminder.
        type: str
        choices: [fact, generated, derived, access_key, manual]
        required: true
      value:
        description: Value of a fact, 65,536 bytes at most. Nothing sensitive.
        type: str
      ca_bundle:
        description: Where a fact is to be had that is a bundle of CA certificates. It is checked before it is stored.
        type: dict
        suboptions:
          file:
            description: Path of a PEM file. Wins over O(secrets[].ca_bundle.url).
            type: str
          url:
            description: Address of a PEM file.
            type: str
          fallback_file:
            description: Path of a PEM file for a secret without a value where the address cannot be reached.
            type: str
      generator:
        description: How a generated value is made. The number is that of random bytes (hex, base64url) or characters.
        type: str
        choices:
          - hex_16
          - hex_32
          - base64url_32
          - alphanumeric_32
          - alphanumeric_64
          - litellm_key
          - zitadel_master_key
      username:
        description:
          - User whose password a generated value is. The secret then holds C({"username", "password"}), as a secret
            that RDS manages does.
        type: str
      cache_user:
        description:
          - Id of the ElastiCache user whose password a generated value is. The user gets it from inside this module,
            and is tagged with the version of the secret; it is given again when, and only when, that differs.
        type: str
      by_name_only:
        description: O(force) replaces the value where it names the secret, not where it is V(all).
        type: bool
        default: false
      template:
        description:
          - V(password) is the password in a secret that RDS manages.
          - V(connection_string) is a PostgreSQL URL, percent-encoded, from such a secret and C(host), C(port),
            C(database) and C(sslmode) of O(secrets[].parameters). With C(username) there, the source is the password
            alone.
          - V(endpoint_definitions) is a JSON list from LiteLLM's master key and C(endpoint), C(location) and C(models)
            of O(secrets[].parameters).
        type: str
        choices: [password, connection_string, endpoint_definitions]
      source:
        description: Name or full ARN of the secret that a derived value is made from.
        type: str
      parameters:
        description: What else a derived value is made from. Nothing sensitive.
        type: dict
      secret_key_name:
        description: Name of the secret that holds the other half of an access key.
        type: str
      user_name:
        description: IAM user of an access key.
        type: str
      hint:
        description: How people get a manual value, for the reminder.
        type: str
      skip_reason:
        description: Leaves the secret out for this reason, which is reported.
        type: str
  force:
    description:
      - Names of secrets with generated values or access keys that are replaced. The old value stays as the previous
        version.
      - V(all) replaces all but those with O(secrets[].by_name_only).
      - The access key that is replaced is deleted at once, so consumers fail until they have read the new one.
      - A list, a JSON list, or names with commas between them.
    type: raw
  unreachable:
    description:
      - What a CA bundle that can be had neither from its address nor from a fallback is, V(warn) a warning and a
        reminder, V(fail) a failure. A secret with a value keeps it, with a warning.
    type: str
    choices: [warn, fail]
    default: warn
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
    description: Shows which secrets get a value or a new one, never a value.
    support: full
  idempotent:
    description: A second run changes nothing, makes no write call and reads no value.
    support: full
extends_documentation_fragment:
  - dataai.platform.resource.calls
  - dataai.platform.resource.account
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: A host, a password, and a connection string that follows the password RDS manages
  dataai.platform.secret_values:
    secrets:
      - name: psql-host
        nature: fact
        value: db.cluster-abc.eu-central-2.rds.amazonaws.com
      - name: rabbitmq-password-chat
        nature: generated
        generator: alphanumeric_32
      - name: psql-connection-string-chat
        nature: derived
        template: connection_string
        source: arn:aws:secretsmanager:eu-central-2:123456789012:secret:rds!cluster-1234-AbCdEf
        parameters:
          host: db.cluster-abc.eu-central-2.rds.amazonaws.com
          port: 5432
          database: chat
          sslmode: require

- name: Replace one password
  dataai.platform.secret_values:
    secrets:
      - name: rabbitmq-password-chat
        nature: generated
        generator: alphanumeric_32
    force: [rabbitmq-password-chat]
"""

RETURN = r"""
changes:
  description: What was changed, or in check mode would be.
  returned: always
  type: list
  elements: dict
  sample:
    - action: create
      type: secret_value
      name: rabbitmq-password-chat
      fields: [value]
unchanged:
  description: Secrets whose value is as it should be.
  returned: success
  type: list
  elements: dict
skipped_secrets:
  description: Secrets that were left out, with the reason.
  returned: success
  type: dict
reminders:
  description: What is left to people, one sentence each.
  returned: success
  type: list
  elements: str
access_keys:
  description: The access keys by user, with their age in days and how far a rotation has come, and without their ids.
  returned: success
  type: list
  elements: dict
  sample:
    - {user_name: s3-user, age_days: 12, rotation: settled}
stale:
  description: Derived secrets that were built from another version of their source, or with other parameters.
  returned: success
  type: list
  elements: str
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

from ansible.module_utils.common.warnings import warn
from ansible.module_utils.urls import ConnectionError as UrlConnectionError
from ansible.module_utils.urls import open_url
from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.dataai.platform.plugins.module_utils.aws.session import Aws
from ansible_collections.dataai.platform.plugins.module_utils.core.errors import Failure, Refused, told
from ansible_collections.dataai.platform.plugins.module_utils.secrets.seed import Seeding, Wish
from ansible_collections.dataai.platform.plugins.module_utils.secrets.spec import forced, parsed, problems

#: Seconds to wait for the address of a CA bundle.
FETCH_TIMEOUT = 10

SECRET = {
    "name": {"type": "str", "required": True},
    "nature": {
        "type": "str",
        "choices": ["fact", "generated", "derived", "access_key", "manual"],
        "required": True,
    },
    "value": {"type": "str", "no_log": False},
    "ca_bundle": {
        "type": "dict",
        "options": {"file": {"type": "str"}, "url": {"type": "str"}, "fallback_file": {"type": "str"}},
    },
    "generator": {
        "type": "str",
        "choices": [
            "hex_16",
            "hex_32",
            "base64url_32",
            "alphanumeric_32",
            "alphanumeric_64",
            "litellm_key",
            "zitadel_master_key",
        ],
    },
    "username": {"type": "str"},
    "cache_user": {"type": "str"},
    "by_name_only": {"type": "bool", "default": False},
    "template": {"type": "str", "choices": ["password", "connection_string", "endpoint_definitions"]},
    "source": {"type": "str"},
    "parameters": {"type": "dict"},
    "secret_key_name": {"type": "str", "no_log": False},
    "user_name": {"type": "str"},
    "hint": {"type": "str"},
    "skip_reason": {"type": "str"},
}


def fetch(url):
    """Return the text at a URL. Raises OSError where it cannot be reached."""
    try:
        return open_url(url, timeout=FETCH_TIMEOUT, http_agent="dataai.platform").read().decode("ascii", "replace")
    except UrlConnectionError as error:
        raise OSError(str(error)) from None


def main():
    module = AnsibleAWSModule(
        argument_spec={
            "aws_account_id": {"type": "str"},
            "secrets": {"type": "list", "elements": "dict", "options": SECRET, "required": True, "no_log": False},
            "force": {"type": "raw"},
            "unreachable": {"type": "str", "choices": ["warn", "fail"], "default": "warn"},
            "grace": {"type": "float", "default": 15},
        },
        supports_check_mode=True,
    )
    specs, force = parsed(module.params["secrets"]), forced(module.params["force"])
    wrong = problems(specs, force, check=module.check_mode)
    if wrong:
        module.fail_json(**told(wrong), changes=[])
    wish = Wish(
        check=module.check_mode,
        force=force,
        tolerate_unreachable=module.params["unreachable"] == "warn",
        grace=module.params["grace"],
    )
    aws = Aws(module)
    try:
        outcome = Seeding(aws, specs, wish, fetch=fetch).run()
        result = outcome.result()
        result.update(aws.account_of_changes(result["changes"]), region=module.region)
    except Refused as refusal:
        module.fail_json(**told(refusal.problems), changes=[])
    except Failure as failure:
        module.fail_json(**told([str(failure)]), changes=[])
    for warning in outcome.warnings:
        warn(warning)
    if outcome.errors:
        failed = [str(error) for error in outcome.errors.values()]
        module.fail_json(**told(failed), **result)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
