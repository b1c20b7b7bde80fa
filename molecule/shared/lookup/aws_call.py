# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A look at AWS that shares nothing with the collection: one read-only call of boto3."""

from __future__ import annotations

from functools import cache
from typing import Any

import boto3
from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase
from botocore.exceptions import BotoCoreError, ClientError

READING = ("describe_", "get_", "head_", "list_")


@cache
def _client(service: str, region: str) -> Any:
    return boto3.client(service, region_name=region)


def _answer(client: Any, operation: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """Return the whole answer, all pages of it, or ``error`` with the code of AWS's refusal."""
    try:
        if client.can_paginate(operation):
            return dict(client.get_paginator(operation).paginate(**arguments).build_full_result())
        answer = dict(getattr(client, operation)(**arguments))
    except ClientError as error:
        return {"error": error.response["Error"]["Code"]}
    answer.pop("ResponseMetadata", None)
    return answer


class LookupModule(LookupBase):
    """``lookup('aws_call', service, operation, Argument=value)``, in the region ``aws_region``."""

    def run(self, terms: list[str], variables: dict[str, Any] | None = None, **kwargs: Any) -> list[dict[str, Any]]:
        """Ask AWS.

        Raises:
            AnsibleLookupError: the operation might write, or AWS gave no answer at all.
        """
        service, operation = terms
        if not operation.startswith(READING):
            raise AnsibleLookupError(f"aws_call only reads, and {operation} may do more")
        try:
            return [_answer(_client(service, (variables or {})["aws_region"]), operation, kwargs)]
        except BotoCoreError as error:
            raise AnsibleLookupError(f"{service} {operation}: {error}") from error
