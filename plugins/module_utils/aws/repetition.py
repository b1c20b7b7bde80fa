# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which calls may be sent again when the answer to the first was lost, and which tokens make that safe.

A connection that breaks, an answer that does not come in time and a server error say nothing about whether the call was
carried out. What AWS refused before it began (throttling, anything in the request) was not.
"""

from __future__ import annotations

import re
from typing import Any

try:
    from botocore.exceptions import BotoCoreError, ConnectTimeoutError, EndpointConnectionError, ProxyConnectionError
except ImportError:  # AnsibleAWSModule reports the missing library by name
    BotoCoreError = ConnectTimeoutError = EndpointConnectionError = ProxyConnectionError = Exception

#: Members of a request by which AWS knows it again, also where the service model does not mark them so.
TOKENS = ("ClientToken", "clientToken", "ClientRequestToken", "clientRequestToken", "CallerReference")

#: The words that operations begin with which change nothing.
READS = re.compile(r"(BatchGet|Describe|Get|List|Head|Simulate|Validate|Lookup|Search)(?![a-z])")

#: Operations that lead to the same however often they are carried out, or that AWS refuses the second time.
REPEATABLE = re.compile(
    r"(Put|Modify|Update|Replace|Set|Tag|Untag|Enable|Disable|Reset|Cancel|Restore|Schedule)(?![a-z])"
    r"|(Delete|Remove|Detach|Disassociate|Release|Revoke|Abort)(?![a-z])"
    r"|Add.*Tags|CreateTags$|Attach(Role|User|Group)Policy$|AssociateKmsKey$"
)

#: Operations after which there is something less; not finding it is as good.
REMOVALS = re.compile(r"(Delete|Remove|Detach|Disassociate|Release|Revoke|Abort)(?![a-z])")

#: What its name hides: a second rotation of a token takes the first one out of use.
UNREPEATABLE = {("elasticache", "ModifyReplicationGroup"), ("elasticache", "ModifyReplicationGroupShardConfiguration")}

#: How services say that they did not even begin, with a status that would say something else.
THROTTLED = {"RequestLimitExceeded", "SlowDown", "Throttling", "ThrottlingException", "BandwidthLimitExceeded"}

#: Failures of the way to AWS: the request was never sent.
_UNSENT = (EndpointConnectionError, ConnectTimeoutError, ProxyConnectionError)

#: Statuses with which a server says that something went wrong in itself or behind it.
_SERVER_ERRORS = (500, 502, 503, 504)


class Lost(Exception):
    """The answer to a call that must not be sent again blindly is lost (private to the gateway).

    Attributes:
        code: the code of the server error that came in its place; empty where nothing came.
    """

    def __init__(self, why: str, code: str = "") -> None:
        self.code = code
        super().__init__(why)


def token_member(model: Any) -> str | None:
    """Return the member of a request by which AWS knows its repetition, ``None`` where it has none.

    Args:
        model: botocore's model of the operation.
    """
    for name in model.idempotent_members:
        return str(name)
    members = model.input_shape.members if model.input_shape else {}
    return next((name for name in TOKENS if name in members), None)


def is_repeatable(service: str, model: Any) -> bool:
    """Tell whether an operation may be sent again although it may have been carried out already."""
    if token_member(model) or READS.match(model.name):
        return True
    return bool(REPEATABLE.match(model.name)) and (service, model.name) not in UNREPEATABLE


def is_unanswered(operation: Any, response: Any, caught_exception: BaseException | None) -> bool:
    """Tell whether it is unknown if a call was carried out.

    Args:
        operation: botocore's model of the operation.
        response: the answer as (HTTP response, parsed body), ``None`` where there is none.
        caught_exception: what the SDK raised instead.
    """
    if caught_exception is not None:
        return isinstance(caught_exception, BotoCoreError) and not isinstance(caught_exception, _UNSENT)
    if response is None:
        return False
    http, parsed = response
    return http.status_code in _SERVER_ERRORS and not _is_throttled(operation, parsed)


def _is_throttled(operation: Any, parsed: Any) -> bool:
    code = str(parsed.get("Error", {}).get("Code", ""))
    if code in THROTTLED:
        return True
    shapes = {shape.metadata.get("error", {}).get("code") or shape.name: shape for shape in operation.error_shapes}
    retryable = shapes[code].metadata.get("retryable") if code in shapes else None
    return bool(retryable and retryable.get("throttling"))
