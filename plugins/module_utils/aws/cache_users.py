# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Passwords of ElastiCache users: which version of a secret a user has, and how it gets another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..core.errors import Failure, Missing
from ..core.values import HIDDEN, Secret
from .patience import patiently
from .session import Aws
from .tags import ELASTICACHE

#: Tag of a user that names the version of the secret which its password is. A user without it has a password that
#: nobody knows. AWS tells of a password neither a version nor a date.
PASSWORD_VERSION = "dataai:PasswordVersion"  # noqa: S105

#: A user takes one change at a time; how AWS refuses the next.
PASSING = (("InvalidUserState", ""), ("InvalidUserGroupState", ""))


def spelled_access(text: Any) -> Any:
    """Return an access string as it is compared.

    AWS says what it takes for granted: that nothing is allowed (``-@all``) before the first thing is, and no channel.
    The order of all else counts.
    """
    if not isinstance(text, str):
        return text
    kept: list[str] = []
    for word in text.split():
        granted = any(one.startswith("+") for one in kept)
        if word != "resetchannels" and (word != "-@all" or granted):
            kept.append(word)
    return " ".join(kept)


def spelled_authentication(kind: Any) -> Any:
    """Return a way to log in as it is given; AWS reports one of them under a shorter name."""
    return "no-password-required" if kind == "no-password" else kind


@dataclass(frozen=True)
class CacheUser:
    """A user as far as its password is concerned.

    Attributes:
        user_id: its id.
        arn: its ARN; empty where it does not exist.
        version: id of the secret's version that its password is; empty where nobody knows its password.
    """

    user_id: str
    arn: str = ""
    version: str = ""

    @property
    def action(self) -> str:
        """What setting a password is, in reports."""
        return "update" if self.version else "create"

    @classmethod
    def find(cls, aws: Aws, user_id: str) -> CacheUser:
        """Look for a user."""
        try:
            found = aws.service("elasticache").describe_users(UserId=user_id)["Users"][0]
            tags = ELASTICACHE.of(aws, found["ARN"])
        except (Missing, IndexError):
            return cls(user_id)
        has_one = (found.get("Authentication") or {}).get("Type") == "password"
        return cls(user_id, found["ARN"], tags.get(PASSWORD_VERSION, "") if has_one else "")

    def set_password(self, aws: Aws, password: Secret, version: str) -> None:
        """Make a value the user's only password. The tag comes last, so that a run that is killed is done again."""
        text, service = password.reveal(), aws.service("elasticache")
        mode = {"Type": "password", "Passwords": [text]}
        try:
            patiently(lambda: service.modify_user(UserId=self.user_id, AuthenticationMode=mode), *PASSING)
        except Failure as failure:  # whatever is quoted of the request, the value is not shown
            why = failure.why.replace(text, HIDDEN)
            raise type(failure)(failure.what, why, next_step=failure.next_step, code=failure.code) from None
        patiently(lambda: ELASTICACHE.apply(aws, self.arn, {PASSWORD_VERSION: version}, ()), *PASSING)
