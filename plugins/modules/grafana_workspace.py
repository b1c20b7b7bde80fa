#!/usr/bin/python
# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Written by tools/kind_files.py from plugins/module_utils/kinds/grafana_workspace.py.

from __future__ import annotations

DOCUMENTATION = r"""
module: grafana_workspace
short_description: Manage workspaces of Amazon Managed Grafana
version_added: 1.0.0
description:
  - Creates, changes and deletes workspaces with their sign-in, their way into a VPC and the ways into them. A
    workspace is found by its name; two workspaces of one name are reported as a failure.
  - The service is offered in some regions only.
  - A change that AWS gave up (C(UPDATE_FAILED)) is made again. A workspace that could not be made holds nothing and
    has to be deleted.
  - Makes the service-linked role of Grafana first, where the account has none; it stays when all else is deleted.
  - Uses C(iam:GetRole), C(iam:CreateServiceLinkedRole), C(grafana:ListWorkspaces), C(grafana:DescribeWorkspace),
    C(grafana:CreateWorkspace), C(grafana:UpdateWorkspace), C(grafana:DeleteWorkspace),
    C(grafana:DescribeWorkspaceAuthentication), C(grafana:UpdateWorkspaceAuthentication),
    C(grafana:DescribeWorkspaceConfiguration), C(grafana:UpdateWorkspaceConfiguration), C(grafana:TagResource),
    C(grafana:UntagResource), C(iam:PassRole) and C(sts:GetCallerIdentity).
author:
  - dataai.platform authors (@dataai)
options:
  items:
    description:
      - Several workspaces in one task. Mutually exclusive with O(name).
    type: list
    elements: dict
    suboptions: &item
      name:
        description: Name of the workspace, 1-255 letters, digits and any of C(-._~).
        type: str
      description:
        description: Description, at most 2048 characters.
        type: str
      role_arn:
        description: ARN of the role in which the workspace reads its data sources.
        type: str
      account_access_type:
        description: Whose data the workspace can read. Required to create it.
        type: str
        choices: [CURRENT_ACCOUNT, ORGANIZATION]
      organizational_units:
        description: Organizational units whose data it can read. Required with O(account_access_type=ORGANIZATION).
        type: list
        elements: str
      permission_type:
        description:
          - Who manages the role's permissions. Required to create the workspace.
          - It can go from V(SERVICE_MANAGED) to V(CUSTOMER_MANAGED) and not back.
        type: str
        choices: [CUSTOMER_MANAGED, SERVICE_MANAGED]
      authentication_providers:
        description: How users sign in. Required to create the workspace.
        type: list
        elements: str
        choices: [SAML, AWS_SSO]
      saml_configuration:
        description:
          - The identity provider for V(SAML) in O(authentication_providers). Without it nobody can sign in.
          - What is left out keeps the value that it has.
        type: dict
        suboptions:
          idp_metadata_url:
            description: URL of the provider's metadata. Mutually exclusive with
              O(saml_configuration.idp_metadata_xml).
            type: str
          idp_metadata_xml:
            description: The provider's metadata. Mutually exclusive with O(saml_configuration.idp_metadata_url).
            type: str
          assertion_attributes:
            description: The attributes of an assertion that hold what Grafana wants to know of a user.
            type: dict
            suboptions:
              name:
                description: Attribute with the name to show.
                type: str
              login:
                description: Attribute with the login name.
                type: str
              email:
                description: Attribute with the mail address.
                type: str
              groups:
                description: Attribute with the groups.
                type: str
              role:
                description: Attribute that O(saml_configuration.role_values) speaks of.
                type: str
              org:
                description: Attribute with the organisation.
                type: str
          role_values:
            description: Which values of the role attribute make a user more than a viewer.
            type: dict
            suboptions:
              admin:
                description: Values that make an administrator.
                type: list
                elements: str
              editor:
                description: Values that make an editor.
                type: list
                elements: str
          allowed_organizations:
            description: Values of the organisation attribute that may sign in.
            type: list
            elements: str
          login_validity_minutes:
            description: Minutes until a user must sign in again.
            type: int
      data_sources:
        description: Data sources to offer.
        type: list
        elements: str
        choices: [AMAZON_OPENSEARCH_SERVICE, CLOUDWATCH, PROMETHEUS, XRAY, TIMESTREAM, SITEWISE, ATHENA, REDSHIFT,
          TWINMAKER]
      notification_destinations:
        description: Where alerts may be sent.
        type: list
        elements: str
        choices: [SNS]
      vpc_configuration:
        description: The VPC that the workspace reaches out into, for its data sources. It does not restrict who
          reaches the workspace. An empty mapping stands for none.
        type: dict
        suboptions:
          subnet_ids:
            description: Ids of 2-6 subnets in two or more availability zones.
            type: list
            elements: str
          security_group_ids:
            description: Ids of 1-5 security groups.
            type: list
            elements: str
      network_access_control:
        description: Who reaches the workspace. An empty mapping stands for everybody, two empty lists for nobody.
        type: dict
        suboptions:
          prefix_list_ids:
            description: Ids of prefix lists of addresses that reach it.
            type: list
            elements: str
          vpce_ids:
            description: Ids of C(grafana-workspace) VPC endpoints that reach it.
            type: list
            elements: str
      grafana_version:
        description: Version of Grafana, such as V(10.4). It can be raised and not lowered.
        type: str
      kms_key_arn:
        description: ARN of the key that encrypts the workspace. It cannot be changed.
        type: str
      tags:
        description: Tags to set.
        type: dict
  wait_timeout:
    description: Seconds to wait at most.
    type: int
    default: 1800
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
- name: A workspace that reads from a VPC and is reached from it only
  dataai.platform.grafana_workspace:
    region: eu-central-1
    name: grafana-acme-chat-prod-euc1
    role_arn: arn:aws:iam::123456789012:role/role-acme-chat-prod-euc1-grafana
    account_access_type: CURRENT_ACCOUNT
    permission_type: CUSTOMER_MANAGED
    authentication_providers: [SAML]
    saml_configuration:
      idp_metadata_url: https://idp.example.com/metadata
      assertion_attributes:
        role: role
      role_values:
        admin: [platform-admins]
    data_sources: [PROMETHEUS, CLOUDWATCH]
    vpc_configuration:
      subnet_ids: [subnet-0123456789abcdef0, subnet-0123456789abcdef1]
      security_group_ids: [sg-0123456789abcdef0]
    network_access_control:
      vpce_ids: [vpce-0123456789abcdef0]
      prefix_list_ids: []
"""

RETURN = r"""
changes:
  description: What was changed, or in check mode would be.
  returned: always
  type: list
  elements: dict
resources:
  description: The workspaces by O(name), as they are after the task (in check mode as they will be).
  returned: success
  type: dict
  sample:
    grafana-acme-chat-prod-euc1:
      id: g-1a2b3c4d5e
      arn: arn:aws:grafana:eu-central-1:123456789012:/workspaces/g-1a2b3c4d5e
      endpoint: g-1a2b3c4d5e.grafana-workspace.eu-central-1.amazonaws.com
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
from ansible_collections.dataai.platform.plugins.module_utils.kinds.grafana_workspace import GrafanaWorkspace


def main():
    run(GrafanaWorkspace)


if __name__ == "__main__":
    main()
