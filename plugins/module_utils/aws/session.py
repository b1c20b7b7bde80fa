# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The gateway to the SDK: clients, calls with translated errors, and listings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import sha256
from threading import Lock, local
from typing import Any
from uuid import uuid4

try:
    from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
    from botocore.parsers import ResponseParserError
except ImportError:  # AnsibleAWSModule reports the missing library by name
    BotoCoreError = ClientError = HTTPClientError = ResponseParserError = Exception

from ..core.errors import Exists, Failure, Missing, Refused, Unanswered
from .answers import found_at
from .errors import subject, translate
from .repetition import READS, REMOVALS, Lost, is_repeatable, is_unanswered, token_member
from .withhold import withhold

#: AWS's own retry rules: throttling and passing faults are tried again, with growing pauses.
RETRIES = {"retries": {"mode": "standard", "max_attempts": 10}, "max_pool_connections": 32}


#: What answers call the page after them. Parameters that ask for it have the same name, or that without ``next``.
TOKENS = ("NextToken", "nextToken", "NextMarker", "nextMarker", "Marker", "nextPageToken")


def next_page(answer: Mapping[str, Any], result: str, takes: Mapping[str, Any]) -> dict[str, str]:
    """Return the parameter that asks for the page after ``answer``; empty where there is none.

    Args:
        answer: one page of a listing.
        result: where it has the entries. CloudFront tells the next page beside these.
        takes: the parameters of the listing.
    """
    above = found_at(answer, result.rpartition(".")[0]) or {}
    for token in TOKENS:
        value = answer.get(token) or above.get(token)
        parameter = next((name for name in (token, token[4:]) if name in takes), None)
        if value and parameter:
            return {parameter: value}
    return {}


def wrong_account(allowed: str, account: str) -> str:
    """Return the sentence that refuses credentials of another account than the one that may be written to."""
    return (
        f"aws_account_id is '{allowed}', but the credentials belong to account {account}: "
        "use the credentials of the account that the inventory names"
    )


class Service:
    """One client whose operations raise ``Failure`` (or ``Missing``, ``Exists``, ``Denied``, ``Unsupported``).

    The SDK repeats what AWS did not answer only where repeating is safe (``repetition``); anything else that changes
    something raises ``Unanswered``, and whoever called looks before it goes on.

    ``before_write`` is called before each operation that is not known to change nothing; it raises to prevent it.
    """

    def __init__(self, name: str, client: Any, before_write: Callable[[], None] = lambda: None) -> None:
        self.name, self.client, self._before_write = name, client, before_write
        self._call = local()  # what is known of the call that a thread is making
        self._tokens: dict[str, str] = {}  # of the requests whose answers are lost
        service_id = client.meta.service_model.service_id.hyphenize()
        client.meta.events.register_first(f"needs-retry.{service_id}", self._needs_retry)

    def __getattr__(self, operation: str) -> Callable[..., dict[str, Any]]:
        method = getattr(self.client, operation)

        def call(**params: Any) -> dict[str, Any]:
            model = self._model(operation)
            if not READS.match(model.name):
                self._before_write()
            request = {**params, **self._token(model, params)}
            self._call.unanswered = False
            try:
                answer = dict(method(**request))
            except (ClientError, BotoCoreError, ResponseParserError, Lost) as error:
                self._call.unanswered |= isinstance(error, ResponseParserError)  # done, or half an error's page
                failure = self._judged(model, self._failure(error, operation, params))
                if failure is None:
                    return {}
                self._remember(model, params, request, failure)
                raise failure from None
            return answer

        return call

    def _model(self, operation: str) -> Any:
        named = self.client.meta.method_to_api_mapping[operation]
        return self.client.meta.service_model.operation_model(named)

    # --- answers that are lost --------------------------------------------------------------------------------------

    def _needs_retry(
        self, operation: Any, response: Any = None, caught_exception: BaseException | None = None, **_event: Any
    ) -> None:
        """Keep the SDK from sending again what must not be sent blindly, and remember that an answer is lost."""
        if not is_unanswered(operation, response, caught_exception):
            return
        error = (response[1].get("Error") or {}) if response else {}
        self._call.unanswered = True
        if not is_repeatable(self.name, operation):
            raise Lost(str(caught_exception or error.get("Message") or "a server error"), str(error.get("Code", "")))

    def _judged(self, model: Any, failure: Failure) -> Failure | None:
        """Return what a failure means after an answer was lost; ``None`` where it means that all is done.

        A refusal of the repetition does not tell whether the first call was carried out. What is to go and is not found
        has gone.
        """
        if not self._call.unanswered or READS.match(model.name):
            return failure
        if isinstance(failure, Missing):
            return None if REMOVALS.match(model.name) else failure
        if isinstance(failure, Exists):
            return failure
        hint = failure.next_step or "run again: it looks before it does anything twice"
        return Unanswered(failure.what, failure.why, next_step=hint, code=failure.code)

    def _token(self, model: Any, params: dict[str, Any]) -> dict[str, str]:
        """Return the client token of a request: of its own, or the one with which its answer was lost before."""
        member = token_member(model)
        if member is None or params.get(member) is not None:
            return {}
        return {member: self._tokens.pop(_digest(model, params), None) or str(uuid4())}

    def _remember(self, model: Any, params: dict[str, Any], request: dict[str, Any], failure: Failure) -> None:
        member = token_member(model)
        if member and isinstance(failure, Unanswered) and member not in params:
            self._tokens[_digest(model, params)] = request[member]

    def takes(self, operation: str) -> Mapping[str, Any]:
        """Return the parameters of an operation with their shapes, as botocore's model has them."""
        shape = self._model(operation).input_shape
        return shape.members if shape is not None else {}

    def pages(self, operation: str, result: str, **params: Any) -> Iterator[Any]:
        """Yield every entry under ``result`` of a listing, over all its pages."""
        what = self._what(operation, params)
        try:
            if self.client.can_paginate(operation):
                for page in self.client.get_paginator(operation).paginate(**params):
                    yield from found_at(page, result) or ()
                return
        except (ClientError, BotoCoreError, ResponseParserError) as error:
            raise translate(error, what) from None
        yield from self._by_tokens(operation, result, params)

    def _by_tokens(self, operation: str, result: str, params: dict[str, Any]) -> Iterator[Any]:
        """Yield every entry of a listing for which botocore has no paginator: some of those have pages, too."""
        asked: dict[str, Any] | None = params
        while asked is not None:
            answer = getattr(self, operation)(**asked)
            yield from found_at(answer, result) or ()
            token = next_page(answer, result, self.takes(operation))
            asked = {**params, **token} if token else None

    def _failure(self, error: Exception, operation: str, params: dict[str, Any]) -> Failure:
        failure = translate(error, self._what(operation, params))
        if isinstance(error, Lost):
            return withhold(Failure(failure.what, failure.why, code=error.code), params)
        # An error of the connection quotes nothing but the endpoint, which a fact that is written may hold as well.
        return failure if isinstance(error, HTTPClientError) else withhold(failure, params)

    def _what(self, operation: str, params: dict[str, Any]) -> str:
        named = self.client.meta.method_to_api_mapping.get(operation, operation)
        return f"{self.name}:{named} {subject(params)}".rstrip()


def _digest(model: Any, params: dict[str, Any]) -> str:
    """Return what tells a request from others without keeping what it holds."""
    return sha256(repr((model.name, sorted(params.items()))).encode()).hexdigest()


class Aws:
    """AWS as kinds see it: ``aws.service("logs").create_log_group(logGroupName=...)``.

    Args:
        module: an ``AnsibleAWSModule`` (or anything with ``client(name, ...)`` and ``region``). Its option
            ``aws_account_id`` names the only account that may be written to; without it any may.
    """

    def __init__(self, module: Any) -> None:
        self._module = module
        self._allowed: str | None = (getattr(module, "params", None) or {}).get("aws_account_id")
        self._services: dict[str, Service] = {}
        self._lock, self._asking = Lock(), Lock()
        self._identity: dict[str, str] | None = None
        self.region: str = module.region

    def service(self, name: str) -> Service:
        """Return the gateway to one service. Clients are built once, and never by two threads at a time."""
        with self._lock:
            if name not in self._services:
                self._services[name] = Service(name, self._client(name), self.refuse_other_account)
            return self._services[name]

    def _client(self, name: str) -> Any:
        from botocore.config import Config

        return self._module.client(name, config=Config(**RETRIES))

    def refuse_other_account(self) -> None:
        """Ask once whose the credentials are, and refuse any other account than the one that may be written to.

        Every write comes by here first, whatever was checked before it, so that no way to start a run leads around it.

        Raises:
            Refused: the credentials belong to another account.
        """
        if self._allowed is not None and self.account != self._allowed:
            raise Refused([wrong_account(self._allowed, self.account)])

    def account_of_changes(self, changes: Sequence[Any]) -> dict[str, str]:
        """Return ``account``, for the result of a task that changes something, or in a plan would.

        It is left out where nothing changes, and where no account was named that may be written to: nobody needs it
        then, and STS is not asked for it.

        Raises:
            Refused: as ``refuse_other_account``.
        """
        if not changes or self._allowed is None:
            return {}
        self.refuse_other_account()
        return {"account": self.account}

    @property
    def account(self) -> str:
        """The account of the credentials (12 digits), from sts:GetCallerIdentity, asked once."""
        return self._caller()["Account"]

    @property
    def partition(self) -> str:
        """The partition of the credentials, such as ``aws`` or ``aws-cn``."""
        return self._caller()["Arn"].split(":")[1]

    def _caller(self) -> dict[str, str]:
        with self._asking:
            if self._identity is None:
                self._identity = self.service("sts").get_caller_identity()
            return self._identity
