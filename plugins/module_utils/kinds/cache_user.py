# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Users of ElastiCache (role-based access)."""

from __future__ import annotations

from typing import Any

from ..aws import service_roles
from ..aws.cache_users import PASSING, PASSWORD_VERSION, spelled_access, spelled_authentication
from ..aws.declared import Api, Declared, Listed, Patience, Phases
from ..aws.patience import LETTING_GO_SECONDS
from ..aws.session import Aws
from ..aws.tags import ELASTICACHE
from ..core.kind import Delta, Deviation, Field, Form, Item, Live, Manual
from ..core.values import lower
from ..secrets.generators import alphanumeric

_ID = Form(r"[a-zA-Z][a-zA-Z0-9-]*", "letters, digits and hyphens, a letter first")
_ACCESS = Form(r"(on|off)( +\S+)+", "on or off and what the user may do, such as on ~* &* +@all")


class CacheUser(Declared):
    """A user. Its password is not among the fields: it begins with one that nobody knows."""

    type = "cache_user"
    noun = "cache user"
    aws_type = "AWS::ElastiCache::User"
    key = "user_id"
    fields = (
        Field(
            "user_id", "Id of the user, 40 characters at most. AWS stores it in lower case.", form=_ID, max_length=40
        ),
        Field(
            "user_name",
            "The name with which it logs in, fixed once it exists. Needed to create it.",
            required=True,
            immutable=True,
            min_length=1,
            max_length=40,
        ),
        Field(
            "engine",
            "The engine of the groups that it logs in to.",
            choices=("redis", "valkey"),
            required=True,
            normalise=lower,
        ),
        Field(
            "access_string",
            (
                "Whether it may log in (V(on), V(off)), and which commands, keys and channels it may use.",
                "Needed to create it.",
            ),
            required=True,
            form=_ACCESS,
            normalise=spelled_access,
        ),
        Field(
            "authentication",
            (
                (
                    "How it logs in. With V(password) it is created with a random one that nobody knows, so that "
                    "nobody can log in until M(dataai.platform.secret_values) sets another."
                ),
            ),
            choices=("password", "iam", "no-password-required"),
            required=True,
            normalise=spelled_authentication,
            property="AuthenticationMode.Type",
            sent="AuthenticationMode",
            found="Authentication.Type",
        ),
    )
    deviations = (
        Deviation("authentication", "write-only", "DescribeUsers tells it in another place than the schema"),
        Deviation("access_string", "write-only", "DescribeUsers tells it, with what AWS takes for granted"),
        Deviation("access_string", "looser", "the schema asks for one character that is no blank, wherever it stands"),
        Deviation("access_string", "stricter", "a string that says neither on nor off leaves it to the engine"),
        Deviation("user_id", "looser", "AWS stores in lower case what it is given, and the schema has what is stored"),
        Deviation("user_id", "stricter", "the schema's pattern takes a backslash by mistake; the API does not"),
        Deviation("engine", "stricter", "the model takes any letters; AWS has users of these two"),
        Deviation("tags", "looser", "the schema knows ASCII alone; tags of ElastiCache take letters of any language"),
    )
    api = Api(
        service="elasticache",
        reading=Listed("describe_users", "Users", name="UserId"),
        create="create_user",
        changes=("modify_user",),
        delete="delete_user",
        identity={"UserId": "user_id"},
        outputs={"arn": "ARN", "status": "Status"},
        tags=ELASTICACHE,
        phases=Phases("Status", ready=("active",)),
        patience={
            "modify_user": Patience(PASSING),
            # A group that is just being deleted counts as one that needs its user.
            "delete_user": Patience((*PASSING, ("DefaultUserAssociatedToUserGroup", "")), LETTING_GO_SECONDS),
        },
        role=service_roles.ELASTICACHE,
        stored=str.lower,
    )

    def is_ours_to_see(self, entry: Any) -> bool:
        """The user that every account has is not made by people."""
        return bool(entry["UserId"] != "default")

    def sent(self, one: Field, value: Any, shape: Any) -> Any:
        """Give a user that logs in with a password one that leaves this process only here."""
        if one.name != "authentication":
            return super().sent(one, value, shape)
        return {"Type": value, **({"Passwords": [alphanumeric(64)]} if value == "password" else {})}

    def update(self, aws: Aws, want: Item, live: Live, delta: Delta) -> bool | None:
        """Change what differs. A new random password is none that a secret holds."""
        if "authentication" in delta and PASSWORD_VERSION in (live.tags or {}):
            ELASTICACHE.apply(aws, live["arn"], {}, [PASSWORD_VERSION])
        return super().update(aws, want, live, delta)


MANUAL = Manual(
    short="Manage users of Amazon ElastiCache",
    about=(
        "Creates, changes and deletes users of role-based access.",
        (
            "A password is neither an option nor a result. M(dataai.platform.secret_values) sets it from a secret, and "
            "tags the user with the version of that."
        ),
        (
            "Makes the service-linked role of ElastiCache first, where the account has none; it "
            "stays when all else is deleted."
        ),
        (
            "Uses C(iam:GetRole), C(iam:CreateServiceLinkedRole), C(elasticache:DescribeUsers), "
            "C(elasticache:ListTagsForResource), C(elasticache:CreateUser), C(elasticache:ModifyUser), "
            "C(elasticache:AddTagsToResource), C(elasticache:RemoveTagsFromResource) and C(elasticache:DeleteUser)."
        ),
    ),
    examples="""
- name: Somebody who logs in, and nobody who comes without a name
  dataai.platform.cache_user:
    items:
      - user_id: acme-app-prod-euc2-redis
        user_name: application
        engine: redis
        access_string: on ~* &* +@all
        authentication: password
      - user_id: acme-app-prod-euc2-guest
        user_name: default
        engine: redis
        access_string: "off -@all"
        authentication: password
""",
    sample={
        "acme-app-prod-euc2-redis": {
            "arn": "arn:aws:elasticache:eu-central-2:123456789012:user:acme-app-prod-euc2-redis",
            "status": "active",
        }
    },
)
