# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The master password of a cluster: in a secret that RDS manages and rotates, or in one that is supplied.

Of a supplied secret the version that the cluster was given is remembered in a tag of the cluster, so that a new
version is noticed without reading either. The password goes from the secret to RDS inside one process.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..core.errors import Failure
from ..core.kind import Item
from ..core.values import UNKNOWN, Secret, is_unknown
from ..secrets.derive import Unusable, credentials
from ..secrets.store import State, Store
from .session import Aws
from .tags import RDS

#: Tag of a cluster: the version of the supplied secret whose password it has.
VERSION_TAG = "automation:MasterUserSecretVersion"


@dataclass(frozen=True)
class Supplied:
    """A supplied secret without its value.

    Attributes:
        arn: its ARN; UNKNOWN where it does not exist yet.
        version: id of its current version; UNKNOWN where it has no value yet.
    """

    arn: str = UNKNOWN
    version: str = UNKNOWN


def is_supplied(want: Item) -> bool:
    """Tell whether the password is to come from a secret that RDS does not manage."""
    return want.get("manage_master_user_password") is False and bool(want.get("master_user_secret"))


def supplied(aws: Aws, want: Item) -> Supplied:
    """Describe the supplied secret of a wanted cluster."""
    name = str(want["master_user_secret"])
    if is_unknown(name):
        return Supplied()
    state = Store(aws).describe(name)
    return Supplied(state.arn or UNKNOWN, state.current or UNKNOWN)


def password(aws: Aws, want: Item) -> tuple[Secret, str]:
    """Return the supplied password and the version of the secret that it is from.

    Raises:
        Failure: the secret does not exist, has no value, or not the form of one that RDS manages.
    """
    what, store = f"secret {want['master_user_secret']}", Store(aws)
    state: State = store.describe(str(want["master_user_secret"]))
    if not state.arn or state.current is None:
        missing = "has no value" if state.arn else "does not exist"
        raise Failure(what, f"it {missing}", next_step='give it the value {"username": ..., "password": ...}')
    try:
        user, text = credentials(store.read(state))
    except Unusable as unusable:
        raise Failure(what, f"it cannot be used: {unusable}") from None
    if user != want["master_username"]:
        raise Failure(what, f"it is not for the master user, {want['master_username']}")
    return Secret(text), state.current


def remember(aws: Aws, arn: str, version: str | None) -> None:
    """Tag the cluster with the version that it was given; without one take the tag away."""
    if version is None:
        RDS.apply(aws, arn, {}, [VERSION_TAG])
    else:
        RDS.apply(aws, arn, {VERSION_TAG: version}, [])


# --- rotation -------------------------------------------------------------------------------------------------------


def schedule(aws: Aws, secret_arn: str) -> str | None:
    """Return when a managed secret is rotated, as ``rate(...)`` or ``cron(...)``; ``None`` where it is not."""
    found = aws.service("secretsmanager").describe_secret(SecretId=secret_arn)
    if not found.get("RotationEnabled"):
        return None
    rules: Mapping[str, Any] = found.get("RotationRules") or {}
    days = rules.get("AutomaticallyAfterDays")
    return rules.get("ScheduleExpression") or (f"rate({days} days)" if days else None)


def set_schedule(aws: Aws, secret_arn: str, expression: str) -> None:
    """Set when a managed secret is rotated. RotateSecret rotates at once unless it is told not to."""
    aws.service("secretsmanager").rotate_secret(
        SecretId=secret_arn, RotationRules={"ScheduleExpression": expression}, RotateImmediately=False
    )
