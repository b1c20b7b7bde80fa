# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A plain parameter of SSM Parameter Store. Secrets belong in Secrets Manager."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ..aws.session import Aws, Service
from ..aws.tags import mapping, pairs
from ..core.errors import Exists, Missing
from ..core.kind import Delta, Deviation, Field, Form, Item, Kind, Live, Manual

#: Names per GetParameters, values per filter of DescribeParameters, and bytes of a standard parameter.
GET_AT_ONCE, DESCRIBE_AT_ONCE, LONGEST_VALUE = 10, 50, 4096

NAME = Form(
    r"(?!/?(?i:aws|ssm))([a-zA-Z0-9_.-]+|(/[a-zA-Z0-9_.-]+)+)",
    "letters, digits, _ . - in a path like /team/app, and must not begin with 'aws' or 'ssm'",
)


class SsmParameter(Kind[Aws]):
    """A published fact, readable by whoever may read the path."""

    type = "ssm_parameter"
    noun = "SSM parameter"
    aws_type = "AWS::SSM::Parameter"
    fields = (
        Field(
            "name",
            "Name of the parameter, such as C(/acme/app/prod/infrastructure/vpc_id).",
            form=NAME,
            max_length=1011,
        ),
        Field(
            "value",
            "The value, 4096 bytes at most; entries of a V(StringList) are separated by commas.",
            required=True,
            min_length=1,
        ),
        Field(
            "type",
            "The type, fixed once the parameter exists.",
            choices=("String", "StringList"),
            default="String",
            immutable=True,
        ),
        Field("description", "What the value is.", max_length=1024),
    )
    deviations = (
        Deviation("type", "stricter", "what is secret belongs in Secrets Manager"),
        Deviation("type", "immutable", "PutParameter documents that a new type takes a new parameter"),
        Deviation("name", "stricter", "PutParameter documents the characters, the length and the names that AWS keeps"),
        Deviation("description", "write-only", "DescribeParameters tells it"),
    )
    outputs = ("arn",)

    def problems(self, item: Item) -> Iterable[str]:
        """Check the size of the value."""
        value = item.get("value")
        if value is not None and len(value.encode()) > LONGEST_VALUE:
            yield f"value has {len(value.encode())} bytes; a standard parameter holds {LONGEST_VALUE}"

    def read(self, aws: Aws, items: Sequence[Item], *, everything: bool = False) -> dict[str, Live]:
        """Read values in batches of ten, descriptions in batches of fifty, and the tags of each that is there."""
        ssm = aws.service("ssm")
        names = [item["name"] for item in items]
        if everything:
            names += self._beside(ssm, names)
        names = list(dict.fromkeys(names))
        values = dict(self._values(ssm, names))
        described = dict(self._descriptions(ssm, list(values)))
        return {
            name: Live(
                {**value, "description": described.get(name, {}).get("Description", "")},
                self._tags(ssm, name),
                raw=described.get(name, {}),
            )
            for name, value in values.items()
        }

    @staticmethod
    def _beside(ssm: Service, names: Sequence[str]) -> list[str]:
        """Return the names of all parameters in the folders of ``names``."""
        folders = sorted({name.rpartition("/")[0] for name in names} - {""})
        return [
            entry["Name"]
            for folder in folders
            for entry in ssm.pages(
                "describe_parameters",
                "Parameters",
                ParameterFilters=[{"Key": "Path", "Option": "OneLevel", "Values": [folder]}],
            )
        ]

    @staticmethod
    def _values(ssm: Service, names: Sequence[str]) -> Iterator[tuple[str, dict[str, Any]]]:
        for first in range(0, len(names), GET_AT_ONCE):
            answer = ssm.get_parameters(Names=list(names[first : first + GET_AT_ONCE]))
            for entry in answer["Parameters"]:
                found = {"arn": entry["ARN"], "type": entry["Type"], "value": entry["Value"]}
                yield entry["Name"], {"name": entry["Name"], **found}

    @staticmethod
    def _descriptions(ssm: Service, names: Sequence[str]) -> Iterator[tuple[str, dict[str, Any]]]:
        for first in range(0, len(names), DESCRIBE_AT_ONCE):
            wanted = [{"Key": "Name", "Option": "Equals", "Values": list(names[first : first + DESCRIBE_AT_ONCE])}]
            for entry in ssm.pages("describe_parameters", "Parameters", ParameterFilters=wanted):
                yield entry["Name"], entry

    @staticmethod
    def _tags(ssm: Service, name: str) -> dict[str, str]:
        return mapping(ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId=name).get("TagList"))

    def create(self, aws: Aws, want: Item) -> None:
        """Write the first version; only then are tags taken along."""
        request = {**self._request(want), "Tags": pairs(want.get("tags"))}
        try:
            aws.service("ssm").put_parameter(**{name: value for name, value in request.items() if value})
        except Exists:
            return

    @staticmethod
    def _request(want: Item) -> dict[str, Any]:
        request = {"Name": want["name"], "Value": want["value"], "Type": want.get("type") or "String"}
        if want.get("description"):
            request["Description"] = want["description"]
        return request

    def update(self, aws: Aws, want: Item, live: Live, delta: Delta) -> None:
        """Write the next version, with what is not managed as it is."""
        given = {name: value for name, value in want.items() if value is not None}
        merged = self._request({**live.values, **given})
        aws.service("ssm").put_parameter(**{"Description": "", **_kept(live.raw), **merged}, Overwrite=True)

    def delete(self, aws: Aws, want: Item, live: Live) -> None:
        """Delete the parameter with its history."""
        try:
            aws.service("ssm").delete_parameter(Name=live["name"])
        except Missing:
            return

    def retag(self, aws: Aws, live: Live, add: Mapping[str, str], remove: Sequence[str]) -> None:
        """Tag by name."""
        ssm, named = aws.service("ssm"), {"ResourceType": "Parameter", "ResourceId": live["name"]}
        if add:
            ssm.add_tags_to_resource(**named, Tags=pairs(add))
        if remove:
            ssm.remove_tags_from_resource(**named, TagKeys=list(remove))


def _kept(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return what no field stands for as PutParameter takes it: a version without it would be without it for good."""
    kept = {name: entry[name] for name in ("AllowedPattern", "DataType", "Tier") if entry.get(name)}
    policies = [json.loads(policy["PolicyText"]) for policy in entry.get("Policies") or ()]
    return {**kept, **({"Policies": json.dumps(policies)} if policies else {})}


MANUAL = Manual(
    short="Manage plain parameters of SSM Parameter Store",
    about=(
        ("Creates, changes and deletes parameters of type String and StringList. Secrets belong in Secrets Manager."),
        "A new version keeps the pattern, the tier and the policies of the parameter.",
        ("A batch is read with one call for ten values and one for fifty descriptions, and one for the tags of each."),
        (
            "Uses C(ssm:GetParameters), C(ssm:DescribeParameters), C(ssm:ListTagsForResource), "
            "C(ssm:PutParameter), C(ssm:DeleteParameter), C(ssm:AddTagsToResource) and "
            "C(ssm:RemoveTagsFromResource)."
        ),
    ),
    examples="""
- name: Publish two facts
  dataai.platform.ssm_parameter:
    items:
      - name: /acme/app/prod/infrastructure/vpc_id
        value: vpc-0a1b2c3d4e5f60718
      - name: /acme/app/prod/infrastructure/private_subnet_ids
        type: StringList
        value: subnet-0a1b2c3d4e5f60718,subnet-0a1b2c3d4e5f60719
""",
    sample={
        "/acme/app/prod/infrastructure/vpc_id": {
            "arn": "arn:aws:ssm:eu-central-2:123456789012:parameter/acme/app/prod/infrastructure/vpc_id",
            "value": "vpc-0a1b2c3d4e5f60718",
        }
    },
    plural="parameters",
)
