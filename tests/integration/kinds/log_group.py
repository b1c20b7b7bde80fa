# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The log group under the common rhythm."""

from __future__ import annotations

from typing import Any

from ansible_collections.dataai.platform.plugins.module_utils.kinds.log_group import LogGroup

from .case import Case, Item

NAME = "/acme/app/test/api"


def case(account: Any) -> Case:
    """Return the case for an empty account."""
    logs = account.client("logs")

    def drift() -> None:
        logs.delete_retention_policy(logGroupName=NAME)

    def verify(item: Item) -> None:
        (group,) = logs.describe_log_groups(logGroupNamePrefix=NAME)["logGroups"]
        assert group["retentionInDays"] == item["retention_days"]
        assert logs.list_tags_for_resource(resourceArn=group["logGroupArn"])["tags"] == item["tags"]

    create = {"name": NAME, "retention_days": 30, "tags": {"Purpose": "api"}}
    return Case(
        kind=LogGroup,
        create=create,
        update={**create, "retention_days": 365, "tags": {"Purpose": "audit", "Owner": "team"}},
        drift=drift,
        verify=verify,
        missing=(({**create, "retention_days": 31}, "retention_days"), ({**create, "name": "a b"}, "name")),
        immutable=(({**create, "log_group_class": "INFREQUENT_ACCESS"}, "log_group_class"),),
    )
