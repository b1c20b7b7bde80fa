# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who has what an account and region has once: the names of the secrets, and Bedrock's logging.

Consumers look the secrets up by bare names, so an account and region has room for one environment of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from ..aws.session import Aws
from ..aws.tags import LOGS
from ..core.errors import Denied, Failure, Unsupported
from ..core.kind import Live
from ..kinds import invocation_logging, secret
from .secrets import names as secret_names

#: The tags that tell whose something is.
PRODUCT, ENVIRONMENT = "product:Id", "product:Environment"

#: Names that a sentence gives; the others are counted.
SHOWN = 3


@dataclass
class Neighbour:
    """What one other owner has of what is wanted here.

    Attributes:
        live: names of secrets.
        pending: names of secrets that are pending deletion.
        log: where the owner sends Bedrock's log; empty where the logging is not the owner's.
        since: the times at which all of it was made.
        deleted: the dates of the deletions.
    """

    live: list[str] = field(default_factory=list)
    pending: list[str] = field(default_factory=list)
    log: str = ""
    since: list[datetime] = field(default_factory=list)
    deleted: list[datetime] = field(default_factory=list)


def api_problems(aws: Aws, roles: Iterable[str], v: Mapping[str, Any], warnings: list[str]) -> Iterable[str]:
    """Return one sentence for each other owner of what the roles are to make.

    Args:
        aws: the gateway.
        roles: the roles whose input is checked.
        v: variables by name.
        warnings: receives what the caller may not look at.
    """
    neighbours: dict[str, Neighbour] = {}
    if "secrets" in roles:
        _asked(lambda: _secrets(aws, v, neighbours), "whether the names of the secrets are free", warnings)
    if "bedrock" in roles and v.get("enable_bedrock_logging") and not v.get("bedrock_adopt_logging"):
        _asked(lambda: _logging(aws, v, neighbours), "whose Bedrock's invocation logging is", warnings)
    for owner, found in neighbours.items():
        yield _sentence(aws, v, owner, found)


def _asked(look: Callable[[], None], what: str, warnings: list[str]) -> None:
    try:
        look()
    except (Denied, Unsupported) as failure:
        warnings.append(f"{what} was not checked: {failure}")


def _owner(tags: Mapping[str, str]) -> str:
    """Return whose something is as a sentence says it; empty where no tag tells."""
    environment, product = tags.get(ENVIRONMENT), tags.get(PRODUCT)
    named = [f"environment {environment}"] if environment else []
    return " of ".join([*named, *([f"product {product}"] if product else [])])


# --- the secrets ----------------------------------------------------------------------------------------------------


def _secrets(aws: Aws, v: Mapping[str, Any], neighbours: dict[str, Neighbour]) -> None:
    """Note the secrets that another owner has, or that hold their names although they are deleted."""
    want = {"owner_tags": {PRODUCT: v.get("product"), ENVIRONMENT: v.get("environment_name")}}
    for live in _in_the_way(aws, set(secret_names(v)), want):
        owner = secret.managed(live) or _owner(live.tags or {})
        found = neighbours.setdefault(owner, Neighbour())
        (found.pending if live["pending_deletion"] else found.live).append(live["name"])
        found.since += [live.raw["CreatedDate"]] if live.raw.get("CreatedDate") else []
        found.deleted += [live.raw["DeletedDate"]] if live["pending_deletion"] else []


def _in_the_way(aws: Aws, names: set[str], want: Mapping[str, Any]) -> Sequence[Live]:
    """Return the secrets of these names that cannot be taken. The listing lags behind, so it is not believed alone."""
    secrets = aws.service("secretsmanager")
    try:
        listed = map(secret.from_aws, secrets.pages("list_secrets", "SecretList", IncludePlannedDeletion=True))
        suspects = sorted(live["name"] for live in listed if live["name"] in names and _blocks(want, live))
    except Denied:  # who may not list may still look at each
        suspects = sorted(names)
    with ThreadPoolExecutor(max_workers=secret.READERS) as pool:
        seen = pool.map(lambda name: secret.described(secrets, name), suspects)
        return [live for live in seen if live is not None and _blocks(want, live)]


def _blocks(want: Mapping[str, Any], live: Live) -> bool:
    if secret.managed(live) or secret.foreign(want, live):
        return True
    return bool(live["pending_deletion"]) and not secret.proven(want, live)


# --- Bedrock's logging ----------------------------------------------------------------------------------------------


def _logging(aws: Aws, v: Mapping[str, Any], neighbours: dict[str, Neighbour]) -> None:
    """Note a configuration that sends the log elsewhere than this environment would."""
    config = invocation_logging.current(aws)
    group = (config.get("cloudWatchConfig") or {}).get("logGroupName")
    ours = (v.get("common_names") or {}).get("bedrock_log_group")
    if not config or ours in (None, group):
        return
    tags, since = _log_group(aws, group) if group else ({}, None)
    found = neighbours.setdefault(_owner(tags), Neighbour())
    found.log = invocation_logging.destination(config)
    found.since += [since] if since else []


def _log_group(aws: Aws, name: str) -> tuple[dict[str, str], datetime | None]:
    """Return the tags of a log group and when it was made; nothing where the caller may not look."""
    logs = aws.service("logs")
    try:
        for group in logs.pages("describe_log_groups", "logGroups", logGroupNamePrefix=name):
            if group["logGroupName"] == name:
                tags = LOGS.of(aws, group["arn"].removesuffix(":*"))
                return tags, datetime.fromtimestamp(group["creationTime"] / 1000, UTC)
    except Failure:
        pass
    return {}, None


# --- the sentence ---------------------------------------------------------------------------------------------------


def _sentence(aws: Aws, v: Mapping[str, Any], owner: str, found: Neighbour) -> str:
    """Return whose it is, since when, and what to do, in one sentence."""
    parts = []
    if found.live:
        parts.append(f"the {_counted(found.live)}")
    if found.log:
        parts.append(f"Bedrock's invocation logging (to {found.log})")
    if found.pending:
        parts.append(f"the names of {_counted(found.pending)}, pending deletion (dated {min(found.deleted):%Y-%m-%d})")
    since = f" since {min(found.since):%Y-%m-%d}" if found.since else ""
    other = owner or "somebody whom no tag names"
    return (
        f"environment {v.get('environment_name')} has no room in account {aws.account} and region {aws.region}: "
        f"{other} has {' and '.join(parts)} there{since}, and there can be one of each; {_remedy(owner, found)}"
    )


def _counted(names: Sequence[str]) -> str:
    shown = ", ".join(sorted(names)[:SHOWN]) + (", ..." if len(names) > SHOWN else "")
    return f"{len(names)} {'secret' if len(names) == 1 else 'secrets'} ({shown})"


def _remedy(owner: str, found: Neighbour) -> str:
    elsewhere = "use another account or region"
    if found.log and not found.live and not found.pending:
        return (
            "set enable_bedrock_logging: false to leave it to its owner, or bedrock_adopt_logging: true to take it "
            f"over, or {elsewhere}"
        )
    if not owner.startswith("environment"):
        return f"{elsewhere}, or take the secrets away by hand{' or wait for that' if found.pending else ''}"
    if found.live:
        return (
            f"{elsewhere}, or take {owner} down first (destroy.yml with its inventory; with "
            "secrets_recovery_window_days: 0 the names are free at once)"
        )
    return (
        f"{elsewhere}, wait until they are gone, or delete them at once and for good with destroy.yml of {owner} and "
        "secrets_recovery_window_days: 0"
    )
