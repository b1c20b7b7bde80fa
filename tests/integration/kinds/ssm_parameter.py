# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The SSM parameter under the common rhythm."""

from __future__ import annotations

from typing import Any

from ansible_collections.dataai.platform.plugins.module_utils.kinds.ssm_parameter import SsmParameter

from .case import Case, Item

NAME = "/acme/app/test/infrastructure/subnet_ids"


def case(account: Any) -> Case:
    """Return the case for an empty account."""
    ssm = account.client("ssm")

    def drift() -> None:
        ssm.put_parameter(Name=NAME, Value="subnet-9", Type="StringList", Overwrite=True)

    def verify(item: Item) -> None:
        found = ssm.get_parameter(Name=NAME)["Parameter"]
        assert (found["Value"], found["Type"]) == (item["value"], "StringList")
        wanted = [{"Key": "Name", "Option": "Equals", "Values": [NAME]}]
        (described,) = ssm.describe_parameters(ParameterFilters=wanted)["Parameters"]
        assert described["Description"] == item["description"]
        tags = ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId=NAME)["TagList"]
        assert {tag["Key"]: tag["Value"] for tag in tags} == item["tags"]

    create = {
        "name": NAME,
        "value": "subnet-1,subnet-2",
        "type": "StringList",
        "description": "ids",
        "tags": {"Purpose": "ids"},
    }
    return Case(
        kind=SsmParameter,
        create=create,
        update={
            **create,
            "value": "subnet-1,subnet-2,subnet-3",
            "description": "more ids",
            "tags": {"Purpose": "facts", "Owner": "team"},
        },
        drift=drift,
        verify=verify,
        missing=(
            ({"name": NAME}, "value"),
            ({**create, "name": "a b"}, "name"),
            ({**create, "name": "/aws/x"}, "name"),
            ({**create, "value": ""}, "value"),
            ({**create, "value": "x" * 4097}, "4097"),
        ),
        immutable=(({**create, "type": "String"}, "type"),),
    )
