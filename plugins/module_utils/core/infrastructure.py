# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The parts of the layer below: which ids each consists of, which of them another tool gave, and what is missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

#: Part to the ids that the data-and-AI layer needs of it.
NEEDED = {
    "network": (
        "vpc_id",
        "vpc_cidr",
        "private_subnet_ids",
        "private_subnet_cidrs",
        "isolated_subnet_ids",
        "endpoint_security_group_id",
        "s3_gateway_endpoint_id",
    ),
    "keys": (
        "kms_key_general_arn",
        "kms_key_secrets_manager_arn",
        "kms_key_cloudwatch_logs_arn",
        "kms_key_prometheus_arn",
    ),
}

#: Part to what is handed on to whoever reads the outputs, and used by nothing here.
FURTHER = {
    "network": (
        "public_subnet_ids",
        "availability_zones",
        "infrastructure_log_group_name",
        "infrastructure_log_group_arn",
    ),
    "keys": (),
}

#: The one id that is needed only with Amazon Managed Prometheus.
PROMETHEUS_KEY = "kms_key_prometheus_arn"


def needed(part: str, *, prometheus: bool = True) -> list[str]:
    """Return the ids that a part consists of."""
    return [name for name in NEEDED[part] if prometheus or name != PROMETHEUS_KEY]


def has(ids: Mapping[str, Any], name: str) -> bool:
    """Tell whether an id is there; an empty one is not."""
    return ids.get(name) not in (None, "", [], ())


def given_parts(ids: Mapping[str, Any], *, prometheus: bool = True) -> list[str]:
    """Return the parts that another tool built: those whose ids are given, all of them."""
    return [part for part in NEEDED if all(has(ids, name) for name in needed(part, prometheus=prometheus))]


def missing(ids: Mapping[str, Any], *, prometheus: bool = True) -> list[str]:
    """Return the ids that are needed and not there."""
    return [name for part in NEEDED for name in needed(part, prometheus=prometheus) if not has(ids, name)]


def combined(ids: Mapping[str, Any], others: Iterable[Mapping[str, Any]], *, prometheus: bool = True) -> dict[str, Any]:
    """Return the ids that hold: those that are given, and for parts that are not given those of other sources.

    Args:
        ids: what another tool built.
        others: what was published or built here, the stronger source later.
        prometheus: whether the estate has Amazon Managed Prometheus.
    """
    given = given_parts(ids, prometheus=prometheus)
    foreign = {name for part in given for name in (*NEEDED[part], *FURTHER[part])}
    found = {name: value for source in others for name, value in source.items() if name not in foreign}
    return {**found, **{name: value for name, value in ids.items() if has(ids, name)}}
