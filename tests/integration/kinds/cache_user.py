# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The cache user under the common rhythm."""

from __future__ import annotations

from typing import Any

from ansible_collections.dataai.platform.plugins.module_utils.kinds.cache_user import CacheUser

from .case import Case, Item

NAME = "acme-test-redis"


def case(account: Any) -> Case:
    """Return the case for an empty account."""
    service = account.client("elasticache")

    def drift() -> None:
        service.modify_user(UserId=NAME, AccessString="on ~* +@all")

    def verify(item: Item) -> None:
        (user,) = service.describe_users(UserId=NAME)["Users"]
        assert (user["UserName"], user["Engine"]) == (item["user_name"], item["engine"])
        assert user["AccessString"].replace("-@all ", "") == item["access_string"]
        assert user["Authentication"]["Type"] == item["authentication"]
        tags = service.list_tags_for_resource(ResourceName=user["ARN"])["TagList"]
        assert {tag["Key"]: tag["Value"] for tag in tags} == item["tags"]

    create = {
        "user_id": NAME,
        "user_name": "application",
        "engine": "redis",
        "access_string": "on ~app:* +@read",
        "authentication": "password",
        "tags": {"Purpose": "cache"},
    }
    return Case(
        kind=CacheUser,
        create=create,
        update={**create, "engine": "valkey", "access_string": "off ~* +get", "tags": {"Purpose": "caches"}},
        drift=drift,
        verify=verify,
        missing=(
            ({"user_id": NAME, "user_name": "application", "engine": "redis"}, "access_string"),
            ({**create, "access_string": "~* +@all"}, "access_string"),
            ({**create, "user_id": "1st"}, "user_id"),
        ),
        immutable=(({**create, "user_name": "other"}, "user_name"),),
        unchanged=(
            {**create, "user_id": NAME.upper()},
            {**create, "access_string": "on  ~app:* resetchannels -@all +@read"},
        ),
    )
