# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Roles that belong to a service of AWS, one in each account; without its own a service refuses its first calls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..core.errors import Denied, Exists, Failure, Missing, Unsupported
from .patience import patiently
from .session import Aws


@dataclass(frozen=True)
class ServiceRole:
    """A service-linked role.

    Attributes:
        service: the service, as IAM names it.
        name: its name, which IAM gives.
    """

    service: str
    name: str

    @property
    def advice(self) -> str:
        """What to do where it is missing and the caller may not make it."""
        return (
            f"let the caller do iam:CreateServiceLinkedRole for {self.service}, or have {self.name} made once for the "
            f"account: aws iam create-service-linked-role --aws-service-name {self.service}"
        )


RDS = ServiceRole("rds.amazonaws.com", "AWSServiceRoleForRDS")
ELASTICACHE = ServiceRole("elasticache.amazonaws.com", "AWSServiceRoleForElastiCache")
GRAFANA = ServiceRole("grafana.amazonaws.com", "AWSServiceRoleForAmazonGrafana")

#: How services refuse while their role is missing, and for a while after it was made.
_REFUSALS = (
    ("ServiceLinkedRoleNotFoundFault", ""),
    ("InvalidParameterValue", "missing necessary credentials"),
    ("InvalidParameterValue", "service linked role"),
    ("InvalidParameterValue", "service-linked role"),
)


def ensure(aws: Aws, role: ServiceRole) -> None:
    """Make the role unless it is there. It is AWS's own and stays when all else is taken down.

    Raises:
        Denied: it is missing and the caller may not make it.
    """
    iam, missing = aws.service("iam"), False
    try:
        iam.get_role(RoleName=role.name)
        return
    except Missing:
        missing = True
    except (Denied, Unsupported):  # whether it is there, the service will tell
        pass
    try:
        iam.create_service_linked_role(AWSServiceName=role.service)
    except (Exists, Unsupported):
        return
    except Denied as denied:
        if missing:
            raise Denied(denied.what, denied.why, next_step=role.advice, code=denied.code) from None
    except Failure as failure:
        if failure.code != "InvalidInput" or "taken" not in failure.why:
            raise


def linked(aws: Aws, role: ServiceRole, call: Callable[[], Any], *passing: tuple[str, str]) -> Any:
    """Make a call that needs the role of its service, and wait for what passes by itself.

    Args:
        aws: the gateway.
        role: the role.
        call: one AWS call.
        passing: further refusals that pass, as for ``patiently``.

    Raises:
        Failure: another refusal, or the last one.
    """
    ensure(aws, role)
    try:
        return patiently(call, *_REFUSALS, *passing)
    except Failure as failure:
        if any(failure.code == code and words in failure.why.lower() for code, words in _REFUSALS):
            raise Failure(failure.what, failure.why, next_step=role.advice, code=failure.code) from None
        raise
