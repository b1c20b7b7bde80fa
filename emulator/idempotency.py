# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Client tokens: a request that comes a second time gets the answer that it had the first time."""

from __future__ import annotations

import json
from typing import Any

from botocore.model import StructureShape

from .call import AwsError, Call, Response

# What is called so in a request of these services is its token, whether the model marks it or not.
_NAMES = ("ClientToken", "clientToken", "ClientRequestToken", "clientRequestToken", "CallerReference")
# A token there is the id of a version, of which the service itself takes care.
_VERSIONED = ("secretsmanager",)
# How each service names a token that came with other parameters; everything else says ConflictException.
_CONFLICT = ("ConflictException", "The client token was used with other parameters", 409)
_MISMATCH = {"ec2": ("IdempotentParameterMismatch", "The request uses the same client token as a previous one", 400)}


def token_member(shape: StructureShape | None) -> str | None:
    """Return the member of a request that makes its repetition safe, None where it has none."""
    members = shape.members if isinstance(shape, StructureShape) else {}
    marked = (name for name, member in members.items() if member.metadata.get("idempotencyToken"))
    return next(marked, next((name for name in _NAMES if name in members), None))


def distinct(call: Call, *without: str) -> str:
    """Return what tells a request from others: all of it but its token, and members that do not count."""
    left_out = {token_member(call.model.input_shape), *without}
    params = _without(call.params, left_out)
    return json.dumps([call.service, call.operation, call.region, params], default=repr, sort_keys=True)


def _without(value: Any, names: set[str | None]) -> Any:
    if isinstance(value, dict):
        return {name: _without(entry, names) for name, entry in value.items() if name not in names}
    return [_without(entry, names) for entry in value] if isinstance(value, list) else value


class Answers:
    """The answers to requests with a token. As in AWS they outlive what they speak of."""

    def __init__(self) -> None:
        self._answers: dict[tuple[str, ...], tuple[str, Response]] = {}

    def clear(self) -> None:
        """Forget all tokens."""
        self._answers.clear()

    @staticmethod
    def _key(call: Call) -> tuple[str, ...] | None:
        member = None if call.service in _VERSIONED else token_member(call.model.input_shape)
        token = call.params.get(member) if member else None
        return (call.service, call.operation, call.region, str(token)) if token else None

    def given(self, call: Call) -> Response | None:
        """Return the answer that the same request had, None where it is new.

        Raises:
            AwsError: the token came with other parameters.
        """
        key = self._key(call)
        asked, answer = self._answers.get(key, ("", None)) if key else ("", None)
        if answer is not None and asked != distinct(call):
            raise AwsError(*_MISMATCH.get(call.service, _CONFLICT))
        return answer

    def keep(self, call: Call, answer: Response) -> None:
        """Remember the answer to a request with a token; a refusal uses none up."""
        key = self._key(call)
        if key and answer.status < 300:
            self._answers[key] = (distinct(call), answer)
