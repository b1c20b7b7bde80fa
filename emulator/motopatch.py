# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes to moto itself, for speed and quiet only."""

from __future__ import annotations

import functools
from typing import Any

from moto.core import errors
from moto.core.base_backend import BackendDict
from moto.core.model_instances import reset_model_data
from moto.iam.models import IAMBackend, ManagedPolicy
from moto.kms import models as kms_models
from moto.kms.utils import generate_private_key


@functools.cache
def _pristine(load: Any, account: str, partition: str) -> list[ManagedPolicy]:
    backend = IAMBackend.__new__(IAMBackend)
    backend.account_id, backend.region_name = account, partition
    policies: list[ManagedPolicy] = load(backend)
    return policies


def _silent(*args: Any, **kwargs: Any) -> None:
    """Say nothing about errors that a service model does not list: common errors and faults never are."""


@functools.cache
def apply() -> None:
    """Change moto, once."""
    errors.warn = _silent  # type: ignore[attr-defined, assignment]
    kms_models.generate_private_key = _private_key  # type: ignore[attr-defined, assignment]
    load = IAMBackend._init_aws_policies
    IAMBackend._init_aws_policies = functools.partialmethod(_load_copies, load)  # type: ignore[assignment]


def _load_copies(self: IAMBackend, load: Any) -> list[ManagedPolicy]:
    """Return AWS's managed policies, unattached; reading 1,300 of them again takes most of a second."""
    policies = _pristine(load, self.account_id, self.region_name)
    for item in policies:
        item.attachment_count = 0
    return policies


def _private_key(key_spec: str) -> Any:
    """Make a private key only for keys that have one; a symmetric key does not need the costly RSA key moto makes."""
    return None if key_spec == "SYMMETRIC_DEFAULT" else generate_private_key(key_spec)


def forget_everything() -> None:
    """Drop every backend. moto's own reset builds each of them again first, only to drop it."""
    for backends in list(BackendDict._instances):
        for per_account in list(backends.values()):
            for backend in list(per_account.values()):
                if backend.__class__.__name__ == "S3Backend":
                    backend.reset()
        backends.clear()
    BackendDict._instances.clear()
    reset_model_data()
