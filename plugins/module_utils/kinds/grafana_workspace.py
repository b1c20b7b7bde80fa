# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Workspaces of Amazon Managed Grafana: access, sign-in, network in both directions, version."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from ..aws import service_roles
from ..aws.forms import KEY, PREFIX_LIST, ROLE, SECURITY_GROUP, SUBNET, VPC_ENDPOINT
from ..aws.session import Aws
from ..aws.tags import GRAFANA
from ..core.errors import Missing
from ..core.kind import READY, Delta, Deviation, Field, Form, Item, Kind, Live, Manual, Phase, broken, busy, oldest
from ..core.values import canonical, is_unknown, or_none, sort_key, unordered, unordered_or_none, version

#: What Amazon Managed Grafana can be given a role for. AWS's schema lacks the last one, which botocore's model has.
DATA_SOURCES = (
    "AMAZON_OPENSEARCH_SERVICE", "CLOUDWATCH", "PROMETHEUS", "XRAY", "TIMESTREAM", "SITEWISE", "ATHENA", "REDSHIFT",
    "TWINMAKER",
)  # fmt: skip

_VERSION = Form(r"\d+\.\d+\S*", "a version such as 10.4")
_NAME = Form(r"[a-zA-Z0-9\-._~]+", "letters, digits and - . _ ~")

_ATTRIBUTES = tuple(
    Field(name, says, min_length=1, max_length=256)
    for name, says in {
        "name": "Attribute with the name to show.",
        "login": "Attribute with the login name.",
        "email": "Attribute with the mail address.",
        "groups": "Attribute with the groups.",
        "role": "Attribute that O(saml_configuration.role_values) speaks of.",
        "org": "Attribute with the organisation.",
    }.items()
)

_SAML = (
    Field(
        "idp_metadata_url",
        "URL of the provider's metadata. Mutually exclusive with O(saml_configuration.idp_metadata_xml).",
        min_length=1,
        max_length=2048,
        property="IdpMetadata.Url",
    ),
    Field(
        "idp_metadata_xml",
        "The provider's metadata. Mutually exclusive with O(saml_configuration.idp_metadata_url).",
        property="IdpMetadata.Xml",
    ),
    Field(
        "assertion_attributes",
        "The attributes of an assertion that hold what Grafana wants to know of a user.",
        type="dict",
        options=_ATTRIBUTES,
    ),
    Field(
        "role_values",
        "Which values of the role attribute make a user more than a viewer.",
        type="dict",
        options=tuple(
            Field(name, f"Values that make an {who}.", type="list", elements="str", min_length=1, max_length=256)
            for name, who in {"admin": "administrator", "editor": "editor"}.items()
        ),
    ),
    Field(
        "allowed_organizations",
        "Values of the organisation attribute that may sign in.",
        type="list",
        elements="str",
        min_length=1,
        max_length=256,
    ),
    Field(
        "login_validity_minutes",
        "Minutes until a user must sign in again.",
        type="int",
        property="LoginValidityDuration",
    ),
)

_VPC = (
    Field(
        "subnet_ids",
        "Ids of 2-6 subnets in two or more availability zones.",
        type="list",
        elements="str",
        form=SUBNET,
        max_length=255,
        min_items=2,
        max_items=6,
        unique=True,
    ),
    Field(
        "security_group_ids",
        "Ids of 1-5 security groups.",
        type="list",
        elements="str",
        form=SECURITY_GROUP,
        max_length=255,
        min_items=1,
        max_items=5,
        unique=True,
    ),
)

_ACCESS = (
    Field(
        "prefix_list_ids",
        "Ids of prefix lists of addresses that reach it.",
        type="list",
        elements="str",
        form=PREFIX_LIST,
        max_length=100,
        max_items=5,
        unique=True,
    ),
    Field(
        "vpce_ids",
        "Ids of C(grafana-workspace) VPC endpoints that reach it.",
        type="list",
        elements="str",
        form=VPC_ENDPOINT,
        max_length=100,
        max_items=5,
        unique=True,
    ),
)

#: Field to the parameter of CreateWorkspace and UpdateWorkspace, and the member of the answer.
_SETTINGS = {
    "description": ("workspaceDescription", "description"),
    "role_arn": ("workspaceRoleArn", "workspaceRoleArn"),
    "account_access_type": ("accountAccessType", "accountAccessType"),
    "organizational_units": ("workspaceOrganizationalUnits", "organizationalUnits"),
    "permission_type": ("permissionType", "permissionType"),
    "data_sources": ("workspaceDataSources", "dataSources"),
    "notification_destinations": ("workspaceNotificationDestinations", "notificationDestinations"),
}

#: Changes that AWS gave up. Making them again is all that helps; until then the status stays.
_RETRIED = ("UPDATE_FAILED", "UPGRADE_FAILED", "VERSION_UPDATE_FAILED")

_BUSY = ("CREATING", "UPDATING", "UPGRADING", "VERSION_UPDATING", "DELETING")


def _network(value: Any) -> Any:
    """Compare the lists of a network setting without order; an empty mapping stands for "none"."""
    return {name: sorted(set(ids)) for name, ids in value.items()} or None


class GrafanaWorkspace(Kind[Aws]):
    """A workspace, found by its name. Its dashboards die with it."""

    type = "grafana_workspace"
    noun = "Grafana workspace"
    aws_type = "AWS::Grafana::Workspace"
    stateful = True
    timeout = 1800
    usually = "3 to 5 minutes"
    fields = (
        Field(
            "name",
            "Name of the workspace, 1-255 letters, digits and any of C(-._~).",
            form=_NAME,
            min_length=1,
            max_length=255,
        ),
        Field("description", "Description, at most 2048 characters.", max_length=2048, normalise=or_none),
        Field("role_arn", "ARN of the role in which the workspace reads its data sources.", form=ROLE, max_length=2048),
        Field(
            "account_access_type",
            "Whose data the workspace can read. Required to create it.",
            choices=("CURRENT_ACCOUNT", "ORGANIZATION"),
            required=True,
        ),
        Field(
            "organizational_units",
            "Organizational units whose data it can read. Required with O(account_access_type=ORGANIZATION).",
            type="list",
            elements="str",
            normalise=unordered_or_none,
        ),
        Field(
            "permission_type",
            (
                "Who manages the role's permissions. Required to create the workspace.",
                "It can go from V(SERVICE_MANAGED) to V(CUSTOMER_MANAGED) and not back.",
            ),
            choices=("CUSTOMER_MANAGED", "SERVICE_MANAGED"),
            required=True,
        ),
        Field(
            "authentication_providers",
            "How users sign in. Required to create the workspace.",
            type="list",
            elements="str",
            choices=("SAML", "AWS_SSO"),
            required=True,
            min_items=1,
            unique=True,
            normalise=unordered,
        ),
        Field(
            "saml_configuration",
            (
                "The identity provider for V(SAML) in O(authentication_providers). Without it nobody can sign in.",
                "What is left out keeps the value that it has.",
            ),
            type="dict",
            options=_SAML,
        ),
        Field(
            "data_sources",
            "Data sources to offer.",
            type="list",
            elements="str",
            choices=DATA_SOURCES,
            normalise=unordered_or_none,
        ),
        Field(
            "notification_destinations",
            "Where alerts may be sent.",
            type="list",
            elements="str",
            choices=("SNS",),
            normalise=unordered_or_none,
        ),
        Field(
            "vpc_configuration",
            "The VPC that the workspace reaches out into, for its data sources. It does not "
            "restrict who reaches the workspace. An empty mapping stands for none.",
            type="dict",
            options=_VPC,
            normalise=_network,
        ),
        Field(
            "network_access_control",
            "Who reaches the workspace. An empty mapping stands for everybody, two empty lists for nobody.",
            type="dict",
            options=_ACCESS,
            normalise=_network,
        ),
        Field(
            "grafana_version",
            "Version of Grafana, such as V(10.4). It can be raised and not lowered.",
            normalise=version(2),
            form=_VERSION,
            max_length=255,
        ),
        Field(
            "kms_key_arn",
            "ARN of the key that encrypts the workspace. It cannot be changed.",
            immutable=True,
            form=KEY,
            property="",
        ),
    )
    deviations = (
        Deviation("kms_key_arn", "property", "CreateWorkspace takes a key, which AWS's type does not have yet"),
        Deviation("data_sources", "looser", "botocore's model has TWINMAKER as well"),
    )
    outputs = ("id", "arn", "endpoint", "status")

    def __init__(self) -> None:
        super().__init__()
        self._leaving: set[str] = set()

    def problems(self, item: Item) -> Iterable[str]:
        """Check what goes together, and the sign-in."""
        if item.get("account_access_type") == "ORGANIZATION" and not item.get("organizational_units"):
            yield "organizational_units is required with account_access_type ORGANIZATION"
        yield from _vpc_problems(canonical(item.get("vpc_configuration") or {}))
        yield from _saml_problems(item)

    def blockers(self, want: Item, live: Live | None, *, absent: bool) -> Iterable[str]:
        """Refuse the two changes that AWS makes in one direction only."""
        if absent or live is None:
            return
        if want.get("permission_type") == "SERVICE_MANAGED" and live["permission_type"] == "CUSTOMER_MANAGED":
            yield f"{self.noun} {want['name']}: permission_type cannot go back from CUSTOMER_MANAGED to SERVICE_MANAGED"
        wanted = want.get("grafana_version")
        if wanted and _numbers(wanted) < _numbers(live["grafana_version"]):
            yield (
                f"{self.noun} {want['name']}: grafana_version is {live['grafana_version']} and cannot be lowered "
                f"to {wanted}; set it to {live['grafana_version']} or leave it out"
            )

    def differences(self, want: Item, live: Live) -> dict[str, tuple[Any, Any]]:
        """Leave out a SAML configuration that holds all that is wanted: AWS fills in defaults for the rest.

        A change that AWS gave up is made again.
        """
        found = super().differences(want, live)
        pair = found.get("saml_configuration")
        if pair and pair[0] and not is_unknown(pair[1]) and _holds(pair[0], canonical(pair[1])):
            del found["saml_configuration"]
        if live["status"] in _RETRIED and want.get("account_access_type") is not None:
            found["status"] = (live["status"], "ACTIVE")
        return found

    # --- reading ----------------------------------------------------------------------------------------------------

    def read(self, aws: Aws, items: Sequence[Item], *, everything: bool = False) -> dict[str, Live]:
        """List once, then describe those that are asked for. Names are not unique in AWS."""
        wanted = {item["name"]: item for item in items}
        found: dict[str, list[Mapping[str, Any]]] = {}
        for entry in aws.service("grafana").pages("list_workspaces", "workspaces"):
            name = entry.get("name", "")
            if (everything or name in wanted) and self._counts(entry):
                found.setdefault(name, []).append(entry)
        there = {name: self._oldest(aws, entries, wanted.get(name, {})) for name, entries in found.items()}
        return {name: live for name, live in there.items() if live is not None}

    def _oldest(self, aws: Aws, entries: Sequence[Mapping[str, Any]], want: Item) -> Live | None:
        """Return the workspace that people know; those that were made after it are its twins."""
        by_age = [str(entry["id"]) for entry in sorted(entries, key=lambda entry: entry["created"])]
        return oldest((identity, self._live(aws, identity, want)) for identity in by_age)

    def _counts(self, entry: Mapping[str, Any]) -> bool:
        """Leave out what goes already, unless this run deletes it and waits for it."""
        return entry["status"] != "DELETING" or entry["id"] in self._leaving

    def _live(self, aws: Aws, identity: str, want: Item) -> Live | None:
        try:
            workspace = aws.service("grafana").describe_workspace(workspaceId=identity)["workspace"]
        except Missing:
            return None
        values = {
            "name": workspace.get("name"),
            **{name: workspace.get(member) for name, (_parameter, member) in _SETTINGS.items()},
            "authentication_providers": workspace["authentication"].get("providers"),
            "saml_configuration": self._saml(aws, identity, want),
            **{name: _network_of(name, workspace) for name in _NETWORKS},
            "grafana_version": workspace["grafanaVersion"],
            "kms_key_arn": workspace.get("kmsKeyId"),
            "id": identity,
            "arn": self._arn(aws, identity),
            "endpoint": workspace["endpoint"],
            "status": workspace["status"],
        }
        return Live(values, workspace.get("tags") or {}, _phase(workspace))

    @staticmethod
    def _arn(aws: Aws, identity: str) -> str:
        return f"arn:{aws.partition}:grafana:{aws.region}:{aws.account}:/workspaces/{identity}"

    @staticmethod
    def _saml(aws: Aws, identity: str, want: Item) -> dict[str, Any] | None:
        """Return the SAML configuration in the words of the option, ``None`` where there is none or nobody asks."""
        if want.get("saml_configuration") is None:
            return None
        answer = aws.service("grafana").describe_workspace_authentication(workspaceId=identity)
        config = (answer["authentication"].get("saml") or {}).get("configuration")
        if not config:
            return None
        metadata = config.get("idpMetadata") or {}
        return canonical(
            {
                "idp_metadata_url": metadata.get("url"),
                "idp_metadata_xml": metadata.get("xml"),
                "assertion_attributes": config.get("assertionAttributes"),
                "role_values": config.get("roleValues"),
                "allowed_organizations": config.get("allowedOrganizations"),
                "login_validity_minutes": config.get("loginValidityDuration"),
            }
        )

    # --- changing ---------------------------------------------------------------------------------------------------

    def create(self, aws: Aws, want: Item) -> bool:
        """Create the workspace; SAML is configured once it is active."""
        request: dict[str, Any] = {
            "workspaceName": want["name"],
            "authenticationProviders": want["authentication_providers"],
            **{parameter: want[name] for name, (parameter, _member) in _SETTINGS.items() if want.get(name) is not None},
        }
        request.update(_networks(want, _NETWORKS))
        if want.get("grafana_version"):
            request["grafanaVersion"] = want["grafana_version"]
        if want.get("kms_key_arn"):
            request["kmsKeyId"] = want["kms_key_arn"]
        if want.get("tags"):
            request["tags"] = GRAFANA.encode(want["tags"])
        create = partial(aws.service("grafana").create_workspace, **request)
        service_roles.linked(aws, service_roles.GRAFANA, create)
        return bool(want.get("saml_configuration"))

    def update(self, aws: Aws, want: Item, live: Live, delta: Delta) -> bool:
        """Make one kind of change at a time: while AWS is working on one it takes no other."""
        todo = (
            ([*_SETTINGS, *_NETWORKS, "status"], self._set),
            (["authentication_providers", "saml_configuration"], self._authenticate),
            (["grafana_version"], self._upgrade),
        )
        due = [change for names, change in todo if delta.any(*names)]
        if due:
            due[0](aws, want, live, delta)
        return len(due) > 1

    @staticmethod
    def _set(aws: Aws, want: Item, live: Live, delta: Delta) -> None:
        again = "status" in delta
        request = {
            parameter: want[name]
            for name, (parameter, _member) in _SETTINGS.items()
            if name in delta or (again and want.get(name) is not None)
        }
        changed = [name for name in _NETWORKS if name in delta]
        request.update(_networks(want, changed))
        request.update({_NETWORKS[name][1]: True for name in changed if not canonical(want[name])})
        aws.service("grafana").update_workspace(workspaceId=live["id"], **request)

    @staticmethod
    def _authenticate(aws: Aws, want: Item, live: Live, delta: Delta) -> None:
        """Write the whole sign-in: the call replaces it, so what is not ours to manage is sent as it was."""
        providers = want.get("authentication_providers") or live["authentication_providers"]
        request: dict[str, Any] = {"authenticationProviders": providers}
        wanted = canonical(want.get("saml_configuration") or {})
        if "SAML" in providers:
            answer = aws.service("grafana").describe_workspace_authentication(workspaceId=live["id"])
            found = (answer["authentication"].get("saml") or {}).get("configuration")
            if wanted:
                request["samlConfiguration"] = _saml_request({**(live["saml_configuration"] or {}), **wanted}, wanted)
            elif found:
                request["samlConfiguration"] = found
        aws.service("grafana").update_workspace_authentication(workspaceId=live["id"], **request)

    @staticmethod
    def _upgrade(aws: Aws, want: Item, live: Live, delta: Delta) -> None:
        grafana = aws.service("grafana")
        current = grafana.describe_workspace_configuration(workspaceId=live["id"])["configuration"]
        grafana.update_workspace_configuration(
            workspaceId=live["id"], configuration=current, grafanaVersion=want["grafana_version"]
        )

    def delete(self, aws: Aws, want: Item, live: Live) -> None:
        """Delete the workspace with its dashboards."""
        self._leaving.add(live["id"])
        if live["status"] == "DELETING":
            return
        try:
            aws.service("grafana").delete_workspace(workspaceId=live["id"])
        except Missing:
            return

    def retag(self, aws: Aws, live: Live, add: Mapping[str, str], remove: Sequence[str]) -> None:
        """Change tags."""
        GRAFANA.apply(aws, live["arn"], add, remove)


#: Field to the parameter that sets it, the one that removes it, and the members.
_NETWORKS: dict[str, tuple[str, str, dict[str, str]]] = {
    "vpc_configuration": (
        "vpcConfiguration",
        "removeVpcConfiguration",
        {"subnetIds": "subnet_ids", "securityGroupIds": "security_group_ids"},
    ),
    "network_access_control": (
        "networkAccessControl",
        "removeNetworkAccessConfiguration",
        {"prefixListIds": "prefix_list_ids", "vpceIds": "vpce_ids"},
    ),
}


def _networks(want: Item, names: Iterable[str]) -> dict[str, Any]:
    """Return the parameters of the network settings that are wanted and not empty."""
    given = {name: canonical(want.get(name) or {}) for name in names}
    return {
        _NETWORKS[name][0]: {member: value.get(option) or [] for member, option in _NETWORKS[name][2].items()}
        for name, value in given.items()
        if value
    }


def _network_of(name: str, workspace: Mapping[str, Any]) -> dict[str, list[str]] | None:
    """Return a network setting of a live workspace in the words of the option, ``None`` where there is none."""
    parameter, _remove, members = _NETWORKS[name]
    found = workspace.get(parameter)
    return None if found is None else {option: found.get(member) or [] for member, option in members.items()}


def _saml_request(saml: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Return a SAML configuration as the API takes it. Metadata is a URL or a document, never both."""
    source = "idp_metadata_xml" if "idp_metadata_xml" in wanted else "idp_metadata_url"
    request = {
        "idpMetadata": {source.rsplit("_", 1)[-1]: saml.get(source)},
        "assertionAttributes": saml.get("assertion_attributes"),
        "roleValues": saml.get("role_values"),
        "allowedOrganizations": saml.get("allowed_organizations"),
        "loginValidityDuration": saml.get("login_validity_minutes"),
    }
    return {name: value for name, value in request.items() if value is not None}


def _phase(workspace: Mapping[str, Any]) -> Phase:
    status = workspace["status"]
    if status == "ACTIVE":
        return READY
    reason = workspace.get("degradedWorkspaceReason")
    if status in _BUSY:
        return busy(status)
    text = f"{status} ({reason})" if reason else status
    if status == "CREATION_FAILED":
        text += "; it holds nothing, so delete it, and a further run makes it anew"
    return broken(text)


def _numbers(text: str) -> tuple[int, ...]:
    """Return the first two numbers of a version for comparison."""
    return tuple(int(part) for part in re.findall(r"\d+", text)[:2])


def _holds(live: Any, wanted: Any) -> bool:
    """Tell whether ``live`` holds everything in ``wanted``; lists are compared without order, texts without edges."""
    if isinstance(wanted, Mapping):
        return isinstance(live, Mapping) and all(_holds(live.get(name), value) for name, value in wanted.items())
    if isinstance(wanted, list):
        return sorted(live or [], key=sort_key) == sorted(wanted, key=sort_key)
    if isinstance(wanted, str) and isinstance(live, str):
        return live.strip() == wanted.strip()
    return bool(live == wanted)


def _vpc_problems(vpc: Mapping[str, Any]) -> Iterable[str]:
    if not vpc or is_unknown(vpc):
        return
    for name in ("subnet_ids", "security_group_ids"):
        if name not in vpc:
            yield f"vpc_configuration needs {name} as well; without both give an empty dictionary"


def _saml_problems(item: Item) -> Iterable[str]:
    saml = canonical(item.get("saml_configuration") or {})
    if not saml:
        return
    if ("idp_metadata_url" in saml) == ("idp_metadata_xml" in saml):
        yield "saml_configuration needs idp_metadata_url or idp_metadata_xml, one of them"
    providers = item.get("authentication_providers")
    if providers is not None and "SAML" not in providers:
        yield "saml_configuration is given, so authentication_providers must hold SAML"


MANUAL = Manual(
    short="Manage workspaces of Amazon Managed Grafana",
    about=(
        (
            "Creates, changes and deletes workspaces with their sign-in, their way into a VPC and "
            "the ways into them. A workspace is found by its name; two workspaces of one name are "
            "reported as a failure."
        ),
        "The service is offered in some regions only.",
        (
            "A change that AWS gave up (C(UPDATE_FAILED)) is made again. A workspace that could "
            "not be made holds nothing and has to be deleted."
        ),
        (
            "Makes the service-linked role of Grafana first, where the account has none; it stays "
            "when all else is deleted."
        ),
        (
            "Uses C(iam:GetRole), C(iam:CreateServiceLinkedRole), C(grafana:ListWorkspaces), "
            "C(grafana:DescribeWorkspace), C(grafana:CreateWorkspace), "
            "C(grafana:UpdateWorkspace), C(grafana:DeleteWorkspace), "
            "C(grafana:DescribeWorkspaceAuthentication), "
            "C(grafana:UpdateWorkspaceAuthentication), C(grafana:DescribeWorkspaceConfiguration), "
            "C(grafana:UpdateWorkspaceConfiguration), C(grafana:TagResource), "
            "C(grafana:UntagResource), C(iam:PassRole) and C(sts:GetCallerIdentity)."
        ),
    ),
    examples="""
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
""",
    sample={
        "grafana-acme-chat-prod-euc1": {
            "id": "g-1a2b3c4d5e",
            "arn": "arn:aws:grafana:eu-central-1:123456789012:/workspaces/g-1a2b3c4d5e",
            "endpoint": "g-1a2b3c4d5e.grafana-workspace.eu-central-1.amazonaws.com",
            "status": "ACTIVE",
        }
    },
    plural="workspaces",
)
