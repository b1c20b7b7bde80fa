# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which handler answers which operation."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

from .call import Call

Handler = Callable[[Call], Any]

# Loaded at the first call of the service, so that the server starts fast.
OVERLAYS = {
    "amp": ("amp",),
    "bedrock": ("bedrock",),
    "ec2": ("ec2", "ec2_rules"),
    "elasticache": ("elasticache", "elasticache_parameters", "elasticache_users"),
    "grafana": ("grafana",),
    "iam": ("iam",),
    "kms": ("kms",),
    "lambda": ("functions",),
    "logs": ("logs",),
    "rds": ("rds", "rds_catalog", "rds_groups", "rds_instances"),
    "resourcegroupstaggingapi": ("tagging",),
    "s3": ("s3",),
    "secretsmanager": ("secretsmanager",),
    "service-quotas": ("quotas",),
}

# Services whose state lives here alone; what is listed is independent of that state and left to moto.
_LEFT_TO_MOTO: dict[str, tuple[str, ...]] = {
    "amp": (),
    "elasticache": (),
    "grafana": (),
    "lambda": (),
    "secretsmanager": ("GetRandomPassword",),
    "service-quotas": (),
}

_handlers: dict[tuple[str, str], Handler] = {}
_gates: dict[str, list[Callable[[Call], None]]] = {}


def operation(service: str, *names: str) -> Callable[[Handler], Handler]:
    """Register a handler: it takes a `Call` and returns a dictionary, None (empty) or a `Response`."""

    def register(handler: Handler) -> Handler:
        for name in names:
            _handlers[(service, name)] = handler
        return handler

    return register


def gate(service: str) -> Callable[[Callable[[Call], None]], Callable[[Call], None]]:
    """Register a check that runs before every operation of a service and raises `AwsError` to refuse it."""

    def register(check: Callable[[Call], None]) -> Callable[[Call], None]:
        _gates.setdefault(service, []).append(check)
        return check

    return register


def load(service: str) -> None:
    """Import the overlay of a service, if it has one."""
    for module in OVERLAYS.get(service, ()):
        importlib.import_module(f"emulator.overlay.{module}")


def find(service: str, name: str) -> Handler | None:
    """Return the handler of an operation, or None where moto answers by itself."""
    load(service)
    return _handlers.get((service, name))


def moto_answers(service: str, name: str) -> bool:
    """Tell whether an operation without a handler may be left to moto."""
    return name in _LEFT_TO_MOTO.get(service, (name,))


def check_gates(call: Call) -> None:
    """Run the checks of a service.

    Raises:
        AwsError: where a check refuses the call.
    """
    for check in _gates.get(call.service, []):
        check(call)
