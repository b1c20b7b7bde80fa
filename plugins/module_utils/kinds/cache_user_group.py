# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Groups of ElastiCache users, to which a replication group opens itself."""

from __future__ import annotations

from ..aws import service_roles
from ..aws.cache_users import PASSING
from ..aws.declared import Api, Declared, Listed, Patience, Phases
from ..aws.patience import LETTING_GO_SECONDS
from ..aws.session import Aws
from ..aws.tags import ELASTICACHE
from ..core.kind import Delta, Deviation, Field, Form, Item, Live, Manual
from ..core.values import lower, unordered

_ID = Form(r"[a-zA-Z][a-zA-Z0-9-]*", "letters, digits and hyphens, a letter first")


class CacheUserGroup(Declared):
    """A group of users."""

    type = "cache_user_group"
    noun = "cache user group"
    aws_type = "AWS::ElastiCache::UserGroup"
    key = "user_group_id"
    fields = (
        Field(
            "user_group_id",
            "Id of the group, 40 characters at most. AWS stores it in lower case.",
            form=_ID,
            max_length=40,
        ),
        Field(
            "engine",
            "The engine of the replication groups that it is for.",
            choices=("redis", "valkey"),
            required=True,
            normalise=lower,
        ),
        Field(
            "user_ids",
            "Ids of the users. A group for V(redis) needs exactly one whose name is C(default). Needed to create it.",
            type="list",
            elements="str",
            required=True,
            normalise=unordered,
            form=_ID,
            min_items=1,
            unique=True,
        ),
    )
    deviations = (
        Deviation("user_group_id", "looser", "AWS stores in lower case what it is given, the schema has that"),
        Deviation("user_group_id", "stricter", "the schema's pattern takes a backslash by mistake; the API does not"),
        Deviation("engine", "stricter", "the model takes any letters; AWS has groups for these two"),
        Deviation("user_ids", "stricter", "a group without a user lets nobody in, and AWS refuses it for redis"),
        Deviation("tags", "looser", "the schema knows ASCII alone; tags of ElastiCache take letters of any language"),
    )
    api = Api(
        service="elasticache",
        reading=Listed("describe_user_groups", "UserGroups", name="UserGroupId"),
        create="create_user_group",
        changes=("modify_user_group",),
        delete="delete_user_group",
        identity={"UserGroupId": "user_group_id"},
        outputs={"arn": "ARN", "status": "Status", "replication_groups": "ReplicationGroups"},
        tags=ELASTICACHE,
        phases=Phases("Status", ready=("active",)),
        patience={
            # A user that was made a moment ago may not be known yet.
            "create_user_group": Patience((*PASSING, ("UserNotFound", ""))),
            "modify_user_group": Patience((*PASSING, ("UserNotFound", ""))),
            # A replication group counts as using its users for a while after it is gone.
            "delete_user_group": Patience(PASSING, LETTING_GO_SECONDS),
        },
        role=service_roles.ELASTICACHE,
        stored=str.lower,
    )

    def update(self, aws: Aws, want: Item, live: Live, delta: Delta) -> bool | None:
        """Change the engine as any field; users are added and removed in one call, as one of each name may be there."""
        others = Delta({name: pair for name, pair in delta.fields.items() if name != "user_ids"})
        if others.fields:
            super().update(aws, want, live, others)
        if "user_ids" in delta:
            present, wanted = ({one.lower() for one in ids} for ids in (live["user_ids"], want["user_ids"]))
            changes = {"UserIdsToAdd": sorted(wanted - present), "UserIdsToRemove": sorted(present - wanted)}
            request = {"UserGroupId": self.api.stored(want[self.key])}
            self._call(aws, "modify_user_group", {**request, **{name: ids for name, ids in changes.items() if ids}})
        return None


MANUAL = Manual(
    short="Manage user groups of Amazon ElastiCache",
    about=(
        "Creates, changes and deletes groups of users.",
        "A group that a replication group uses is deleted once that has let go of it.",
        (
            "Makes the service-linked role of ElastiCache first, where the account has none; it "
            "stays when all else is deleted."
        ),
        (
            "Uses C(iam:GetRole), C(iam:CreateServiceLinkedRole), C(elasticache:DescribeUserGroups), "
            "C(elasticache:ListTagsForResource), C(elasticache:CreateUserGroup), C(elasticache:ModifyUserGroup), "
            "C(elasticache:AddTagsToResource), C(elasticache:RemoveTagsFromResource) and "
            "C(elasticache:DeleteUserGroup)."
        ),
    ),
    examples="""
- name: Those who may use the cache
  dataai.platform.cache_user_group:
    user_group_id: users-acme-app-prod-euc2
    engine: redis
    user_ids: [acme-app-prod-euc2-redis, acme-app-prod-euc2-guest]
""",
    sample={
        "users-acme-app-prod-euc2": {
            "arn": "arn:aws:elasticache:eu-central-2:123456789012:usergroup:users-acme-app-prod-euc2",
            "status": "active",
            "replication_groups": ["redis-acme-app-prod-euc2"],
        }
    },
)
