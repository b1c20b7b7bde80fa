# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The cache user group under the common rhythm."""

from __future__ import annotations

from typing import Any

from ansible_collections.dataai.platform.plugins.module_utils.kinds.cache_user_group import CacheUserGroup

from .case import Case, Item

NAME = "users-acme-test"


def case(account: Any) -> Case:
    """Return the case for an empty account."""
    service = account.client("elasticache")
    account.client("iam").create_service_linked_role(AWSServiceName="elasticache.amazonaws.com")
    for user_id, name in (("guest", "default"), ("other-guest", "default"), ("application", "application")):
        service.create_user(
            UserId=user_id, UserName=name, Engine="redis", AccessString="off -@all", Passwords=["not-known-to-anyone"]
        )

    def drift() -> None:
        service.modify_user_group(UserGroupId=NAME, UserIdsToRemove=["application"])

    def verify(item: Item) -> None:
        (group,) = service.describe_user_groups(UserGroupId=NAME)["UserGroups"]
        assert (sorted(group["UserIds"]), group["Engine"]) == (sorted(item["user_ids"]), item["engine"])
        tags = service.list_tags_for_resource(ResourceName=group["ARN"])["TagList"]
        assert {tag["Key"]: tag["Value"] for tag in tags} == item["tags"]

    create = {
        "user_group_id": NAME,
        "engine": "redis",
        "user_ids": ["application", "guest"],
        "tags": {"Purpose": "cache"},
    }
    return Case(
        kind=CacheUserGroup,
        create=create,
        # Who is let in without a name is replaced in one step: a group never has two of one name, nor none.
        update={**create, "user_ids": ["other-guest", "application"], "tags": {"Purpose": "caches", "Owner": "team"}},
        drift=drift,
        verify=verify,
        missing=(
            ({"user_group_id": NAME, "engine": "redis"}, "user_ids"),
            ({**create, "user_ids": []}, "user_ids"),
        ),
        unchanged=(
            {**create, "user_group_id": NAME.upper()},
            {**create, "user_ids": list(reversed(create["user_ids"]))},
        ),
    )
