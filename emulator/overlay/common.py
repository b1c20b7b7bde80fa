# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What several overlays need: other services' resources, tags, windows, identifiers."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from .. import state
from ..call import AwsError, Call, page
from ..provisioning import Phase, settings

GONE = "gone"
Tags = dict[str, str]

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAILY = re.compile(r"(\d\d):(\d\d)-(\d\d):(\d\d)")
_WEEKLY = re.compile(r"(mon|tue|wed|thu|fri|sat|sun):(\d\d):(\d\d)-(mon|tue|wed|thu|fri|sat|sun):(\d\d):(\d\d)")
_WEEK = 7 * 24 * 60


def now() -> datetime:
    """Return the present time in UTC."""
    return datetime.now(UTC)


def sweep(table: dict[str, Any]) -> None:
    """Drop the records whose deletion has finished. A record holds its `Phase` under "phase"."""
    for key in [key for key, record in table.items() if _gone(record)]:
        del table[key]


def _gone(record: Any) -> bool:
    phase = record.get("phase") if isinstance(record, dict) else None
    return isinstance(phase, Phase) and phase.status == GONE


def tags_from(items: list[dict[str, str]] | None) -> Tags:
    """Turn a list of Key and Value into a dictionary."""
    return {item["Key"]: item.get("Value", "") for item in items or []}


def tags_to(tags: Tags) -> list[dict[str, str]]:
    """Turn a dictionary into a list of Key and Value."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def key_arn(call: Call, key_id: str, code: str) -> str:
    """Return the ARN of a usable KMS key, given by ARN, id or alias.

    Raises:
        AwsError: with `code` if the key does not exist in this region or cannot be used.
    """
    from moto.kms.models import kms_backends

    backend = kms_backends[call.account][call.region]
    if key_id.startswith("arn:") and f":{call.region}:" not in key_id:
        raise AwsError(code, f"The KMS key {key_id} is not in the region {call.region}", 400)
    alias = key_id[key_id.find("alias/") :] if "alias/" in key_id else None
    plain = backend.get_key_id_from_alias(alias) if alias else key_id.rsplit("/", maxsplit=1)[-1]
    key = backend.keys.get(plain) if plain else None
    if key is None:
        raise AwsError(
            code,
            f"The specified KMS key [{key_id}] does not exist, is not enabled or you do not have "
            "permissions to access it.",
            400,
        )
    if key.key_state != "Enabled":
        raise AwsError(code, f"The KMS key {key.arn} is in state {key.key_state}", 400)
    return str(key.arn)


def aws_managed_key(call: Call, service: str) -> str:
    """Return the ARN of the key that AWS keeps for a service (alias/aws/...)."""
    from moto.kms.models import kms_backends

    backend = kms_backends[call.account][call.region]
    key_id = backend.get_key_id_from_alias(f"alias/aws/{service}")
    key_id = key_id or backend._generate_default_keys(f"alias/aws/{service}")
    return call.arn(f"key/{key_id}", "kms")


def subnets(call: Call, ids: list[str], code: str = "InvalidSubnet") -> list[Any]:
    """Return moto's subnets.

    Raises:
        AwsError: with `code` if one does not exist or they are in different VPCs.
    """
    from moto.ec2.models import ec2_backends

    known = {
        subnet_id: subnet
        for zone in ec2_backends[call.account][call.region].subnets.values()
        for subnet_id, subnet in zone.items()
    }
    missing = [item for item in ids if item not in known]
    if missing:
        raise AwsError(code, f"Some input subnets in :[{', '.join(missing)}] are invalid.", 400)
    found = [known[item] for item in ids]
    if len({item.vpc_id for item in found}) > 1:
        raise AwsError(code, "The subnets are not all in the same VPC.", 400)
    return found


def check_security_groups(call: Call, ids: list[str] | None, vpc_id: str | None) -> None:
    """Refuse security groups that do not exist or belong to another VPC.

    Raises:
        AwsError: InvalidParameterValue.
    """
    from moto.ec2.models import ec2_backends

    backend = ec2_backends[call.account][call.region]
    for group_id in ids or []:
        group = backend.get_security_group_from_id(group_id)
        if group is None:
            raise AwsError("InvalidParameterValue", f"Invalid security group , groupId= {group_id}, groupName=.", 400)
        if vpc_id and group.vpc_id != vpc_id:
            raise AwsError(
                "InvalidParameterValue",
                f"The security group {group_id} and the subnet group are in different VPCs",
                400,
            )


def default_security_group(call: Call, vpc_id: str) -> list[str]:
    """Return the id of a VPC's default security group, in a list."""
    from moto.ec2.models import ec2_backends

    groups = ec2_backends[call.account][call.region].groups.get(vpc_id, {})
    return [group.id for group in groups.values() if group.name == "default"]


def log_group(call: Call, name: str) -> Any:
    """Return moto's log group of that name, or None."""
    from moto.logs.models import logs_backends

    return logs_backends[call.account][call.region].groups.get(name)


def role(call: Call, arn: str) -> Any:
    """Return moto's IAM role with that ARN, or None."""
    from moto.iam.models import iam_backends

    roles = iam_backends[call.account][call.partition].roles.values()
    return next((item for item in roles if item.arn == arn), None)


def service_role(call: Call, service: str) -> Any:
    """Return moto's service-linked role of a service, or None."""
    from moto.iam.models import iam_backends

    roles = iam_backends[call.account][call.partition].roles.values()
    return next((item for item in roles if item.path == f"/aws-service-role/{service}/"), None)


def lacks_service_role(call: Call, service: str) -> bool:
    """Tell whether a service cannot use its own role yet. The first call after the role was made still finds none."""
    if not settings.fresh_account:
        return False
    if service_role(call, service) is None:
        return True
    return bool(state.store("iam", call.account, "global")["new_service_roles"].pop(service, False))


def _minutes(hour: str, minute: str, what: str) -> int:
    if int(hour) > 23 or int(minute) > 59:
        raise AwsError("InvalidParameterValue", f"Invalid {what} format", 400)
    return int(hour) * 60 + int(minute)


def daily_window(text: str, what: str, least: int) -> tuple[int, int]:
    """Parse `hh:mm-hh:mm`; returns start and length in minutes.

    Args:
        text: the window.
        what: its name in messages.
        least: minimum length in minutes.

    Raises:
        AwsError: InvalidParameterValue.
    """
    found = _DAILY.fullmatch(text)
    if not found:
        raise AwsError("InvalidParameterValue", f"Invalid {what} format: {text}", 400)
    start, end = _minutes(found[1], found[2], what), _minutes(found[3], found[4], what)
    length = (end - start) % (24 * 60)
    if length < least:
        raise AwsError("InvalidParameterValue", f"The {what} must be at least {least} minutes.", 400)
    return start, length


def weekly_window(text: str, what: str, least: int) -> tuple[int, int]:
    """Parse `ddd:hh:mm-ddd:hh:mm`; returns start in the week and length in minutes.

    Raises:
        AwsError: InvalidParameterValue.
    """
    found = _WEEKLY.fullmatch(text.lower())
    if not found:
        raise AwsError("InvalidParameterValue", f"Invalid {what} format: {text}", 400)
    start = _DAYS.index(found[1]) * 1440 + _minutes(found[2], found[3], what)
    end = _DAYS.index(found[4]) * 1440 + _minutes(found[5], found[6], what)
    length = (end - start) % _WEEK
    if not least <= length <= 1440:
        raise AwsError("InvalidParameterValue", f"The {what} must be between {least} minutes and 24 hours.", 400)
    return start, length


def check_windows(backup: str | None, maintenance: str | None, least: int, backup_name: str) -> None:
    """Refuse windows that are malformed, too short or that overlap.

    Raises:
        AwsError: InvalidParameterValue.
    """
    daily = daily_window(backup, backup_name, least) if backup else None
    weekly = weekly_window(maintenance, "maintenance window", least) if maintenance else None
    if not daily or not weekly:
        return
    for day in range(8):
        start = day * 1440 + daily[0] - 1440
        for shift in (0, _WEEK):
            if start < weekly[0] + weekly[1] - shift and weekly[0] - shift < start + daily[1]:
                raise AwsError(
                    "InvalidParameterValue", f"The {backup_name} and maintenance window must not overlap.", 400
                )


def host(record: dict[str, Any], usual: str) -> str:
    """Return where an endpoint leads: to a real server where there is one behind the record, or by its usual name."""
    served = record.get("served")
    return (served() if served else None) or usual


def defaults_page(call: Call, head: dict[str, Any], parameters: list[dict[str, Any]]) -> dict[str, Any]:
    """Return a page of the default parameters of a family, whose members and marker stand one level deeper."""
    found = page(call, parameters, limits=(20, 100))
    return {"EngineDefaults": {**head, **{name.rpartition(".")[2]: value for name, value in found.items()}}}


def take(source: dict[str, Any], *names: str) -> dict[str, Any]:
    """Return the named members that are present."""
    return {name: source[name] for name in names if source.get(name) is not None}
