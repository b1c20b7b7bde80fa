# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The gateway to the SDK: clients, calls with translated errors, and listings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from threading import Lock
from typing import Any

try:
    from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
    from botocore.parsers import ResponseParserError
except ImportError:  # AnsibleAWSModule reports the missing library by name
    BotoCoreError = ClientError = HTTPClientError = ResponseParserError = Exception

from ..core.errors import Failure
from .errors import subject, translate
from .withhold import withhold

#: AWS's own retry rules: throttling and passing faults are tried again, with growing pauses.
RETRIES = {"retries": {"mode": "standard", "max_attempts": 10}, "max_pool_connections": 32}


class Service:
    """One client whose operations raise ``Failure`` (or ``Missing``, ``Exists``, ``Denied``, ``Unsupported``)."""

    def __init__(self, name: str, client: Any) -> None:
        self.name, self.client = name, client

    def __getattr__(self, operation: str) -> Callable[..., dict[str, Any]]:
        method = getattr(self.client, operation)

        def call(**params: Any) -> dict[str, Any]:
            try:
                answer = method(**params)
            except (ClientError, BotoCoreError, ResponseParserError) as error:
                raise self._failure(error, operation, params) from None
            return dict(answer)

        return call

    def pages(self, operation: str, result: str, **params: Any) -> Iterator[Any]:
        """Yield every entry under ``result`` of a listing, over all its pages."""
        what = self._what(operation, params)
        try:
            if self.client.can_paginate(operation):
                for page in self.client.get_paginator(operation).paginate(**params):
                    yield from page.get(result) or ()
                return
        except (ClientError, BotoCoreError, ResponseParserError) as error:
            raise translate(error, what) from None
        yield from getattr(self, operation)(**params).get(result) or ()

    def _failure(self, error: Exception, operation: str, params: dict[str, Any]) -> Failure:
        failure = translate(error, self._what(operation, params))
        # An error of the connection quotes nothing but the endpoint, which a fact that is written may hold as well.
        return failure if isinstance(error, HTTPClientError) else withhold(failure, params)

    def _what(self, operation: str, params: dict[str, Any]) -> str:
        named = self.client.meta.method_to_api_mapping.get(operation, operation)
        return f"{self.name}:{named} {subject(params)}".rstrip()


class Aws:
    """AWS as kinds see it: ``aws.service("logs").create_log_group(logGroupName=...)``.

    Args:
        module: an ``AnsibleAWSModule`` (or anything with ``client(name, ...)`` and ``region``).
    """

    def __init__(self, module: Any) -> None:
        self._module = module
        self._services: dict[str, Service] = {}
        self._lock = Lock()
        self._identity: dict[str, str] | None = None
        self.region: str = module.region

    def service(self, name: str) -> Service:
        """Return the gateway to one service. Clients are built once, and never by two threads at a time."""
        with self._lock:
            if name not in self._services:
                self._services[name] = Service(name, self._client(name))
            return self._services[name]

    def _client(self, name: str) -> Any:
        from botocore.config import Config

        return self._module.client(name, config=Config(**RETRIES))

    @property
    def account(self) -> str:
        """The account of the credentials (12 digits), from sts:GetCallerIdentity, asked once."""
        return self._caller()["Account"]

    @property
    def partition(self) -> str:
        """The partition of the credentials, such as ``aws`` or ``aws-cn``."""
        return self._caller()["Arn"].split(":")[1]

    def _caller(self) -> dict[str, str]:
        if self._identity is None:
            self._identity = self.service("sts").get_caller_identity()
        return self._identity
