# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One AWS request: decoded by botocore's model, answered by a handler or by moto, encoded by the model again."""

from __future__ import annotations

import base64
import binascii
import functools
import io
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from botocore.parsers import create_parser
from moto.core.exceptions import ServiceException
from moto.core.model import OperationModel
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import Request, determine_request_protocol
from moto.core.routing import get_service_router
from moto.core.serialize import get_serializer_class
from moto.core.utils import get_pagination_model, get_service_model
from moto.utilities.utils import get_partition

WsgiApp = Callable[..., Any]


class AwsError(ServiceException):
    """An error of the emulated service; encoded in the protocol of the request."""

    def __init__(self, code: str, message: str, status: int | None = None) -> None:
        super().__init__(code, message)
        self.status = status


@dataclass
class Response:
    """An encoded answer."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes
    error: str | None = None


@dataclass
class Call:
    """A request on its way to a handler. `params` are named as in botocore."""

    service: str
    model: OperationModel
    params: dict[str, Any]
    account: str
    region: str
    access_key_id: str
    environ: dict[str, Any]
    body: bytes
    moto: WsgiApp = field(repr=False)
    request: Request = field(repr=False)

    @property
    def operation(self) -> str:
        """The operation's name in botocore."""
        return str(self.model.name)

    @property
    def partition(self) -> str:
        """The partition of the region."""
        return str(get_partition(self.region))

    @property
    def domain(self) -> str:
        """What ends the host names of services in the region."""
        return {"aws-cn": "amazonaws.com.cn", "aws-eusc": "amazonaws.eu"}.get(self.partition, "amazonaws.com")

    @property
    def protocol(self) -> str:
        """The wire protocol of this request."""
        return determine_request_protocol(self.model.service_model, self.request.content_type)

    def arn(self, resource: str, service: str | None = None) -> str:
        """Return an ARN in this account and region."""
        return f"arn:{self.partition}:{service or self.service}:{self.region}:{self.account}:{resource}"

    def header(self, name: str) -> str | None:
        """Return a request header."""
        return self.request.headers.get(name)

    def pass_through(self) -> Response:
        """Let moto answer the request as it came."""
        return run_wsgi(self.moto, fresh_environ(self.environ, self.body))

    def forward(self) -> dict[str, Any]:
        """Let moto answer and return the answer as botocore would show it.

        Raises:
            AwsError: where moto answers with an error.
        """
        response = self.pass_through()
        return self.decode(response)

    def decode(self, response: Response) -> dict[str, Any]:
        """Decode an encoded answer to this request.

        Raises:
            AwsError: where the answer is an error.
        """
        parser = create_parser(self.protocol)
        headers = {key.lower(): value for key, value in response.headers}
        raw = {"status_code": response.status, "headers": headers, "body": response.body}
        parsed: dict[str, Any] = parser.parse(raw, self.model.output_shape)
        if response.status >= 300:
            error = parsed.get("Error", {})
            raise AwsError(error.get("Code", "InternalFailure"), error.get("Message", ""), response.status)
        parsed.pop("ResponseMetadata", None)
        return parsed

    def encode(self, result: Any) -> Response:
        """Encode a dictionary shaped like the operation's output, or an `AwsError`."""
        serializer = get_serializer_class(self.service, self.protocol)(operation_model=self.model)
        encoded = serializer.serialize({} if result is None else result)
        status = int(encoded["status_code"])
        error = None
        if isinstance(result, ServiceException):
            status = getattr(result, "status", None) or status
            error = str(result.code)
        body = encoded["body"]
        raw = body.encode("utf-8") if isinstance(body, str) else body
        headers = [(key, str(value)) for key, value in encoded["headers"].items()]
        headers.append(("x-amzn-RequestId", str(uuid.uuid4())))
        return Response(status, headers, raw, error)


def fresh_environ(environ: dict[str, Any], body: bytes) -> dict[str, Any]:
    """Return a copy of a WSGI environment whose body can be read (again)."""
    keys_of_frameworks = ("werkzeug.request", "flask.")
    copy = {key: value for key, value in environ.items() if not key.startswith(keys_of_frameworks)}
    copy.pop("HTTP_TRANSFER_ENCODING", None)
    return copy | {"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))}


def run_wsgi(app: WsgiApp, environ: dict[str, Any]) -> Response:
    """Call a WSGI application and collect its answer."""
    seen: dict[str, Any] = {}

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> None:
        seen.update(status=int(status.split(" ", 1)[0]), headers=list(headers))

    chunks = app(environ, start_response)
    try:
        body = b"".join(chunks)
    finally:
        if hasattr(chunks, "close"):
            chunks.close()
    return Response(seen["status"], seen["headers"], body)


def match_operation(service: str, request: Request) -> tuple[OperationModel, dict[str, Any]]:
    """Find the operation a request is for.

    Raises:
        werkzeug.exceptions.NotFound: if the service has no such operation.
    """
    return get_service_router(service).match(request)


def parse_params(model: OperationModel, uri_params: dict[str, Any], request: Request) -> dict[str, Any]:
    """Decode the parameters of a request."""
    protocol = determine_request_protocol(model.service_model, request.content_type)
    values = {
        "method": request.method,
        "values": request.values,
        "headers": request.headers,
        "body": request.get_data(),
        "url_path": request.path,
        "url_params": uri_params,
    }
    parsed: dict[str, Any] = PROTOCOL_PARSERS[protocol](model).parse(values)  # type: ignore[arg-type]
    return parsed


@functools.cache
def _paging(service: str, operation: str) -> dict[str, Any]:
    config = dict(get_pagination_model(service).get(operation, {}))
    for name in ("input_token", "output_token", "result_key"):
        if isinstance(config.get(name), list):
            config[name] = config[name][0]
    return config or _guess_paging(service, operation)


def _guess_paging(service: str, operation: str) -> dict[str, Any]:
    """Describe paging for an operation that botocore has no paginator for."""
    model = get_service_model(service).operation_model(operation)
    inputs = set(model.input_shape.members) if model.input_shape else set()
    outputs = model.output_shape.members if model.output_shape else {}
    token = next((name for name in ("NextToken", "nextToken", "Marker", "marker") if name in inputs), "NextToken")
    limit = next(
        (name for name in ("MaxResults", "maxResults", "MaxRecords", "MaxItems", "limit") if name in inputs), ""
    )
    result = next(name for name, shape in outputs.items() if shape.type_name == "list")
    return {"input_token": token, "output_token": token, "limit_key": limit, "result_key": result}


def page(call: Call, items: list[Any], default: int = 100, limits: tuple[int, int] | None = None) -> dict[str, Any]:
    """Return one page of `items` under the result key that botocore's paginator names.

    Args:
        call: the listing request.
        items: everything there is, in a stable order.
        default: page size where the request names none.
        limits: allowed page sizes, where the service enforces them.

    Raises:
        AwsError: for a bad token or page size.
    """
    config = _paging(call.service, call.operation)
    size = int(call.params.get(config.get("limit_key", ""), None) or default)
    if limits and not limits[0] <= size <= limits[1]:
        raise AwsError(
            "InvalidParameterValue", f"Invalid value {size} for MaxRecords. Must be between {limits[0]} and {limits[1]}"
        )
    start = _decode_token(call.params.get(config["input_token"]))
    result = {config["result_key"]: items[start : start + size]}
    if start + size < len(items):
        result[config["output_token"]] = base64.urlsafe_b64encode(f"offset={start + size}".encode()).decode()
    return result


def _decode_token(token: str | None) -> int:
    if not token:
        return 0
    try:
        name, _, value = base64.urlsafe_b64decode(token.encode()).decode().partition("=")
        if name != "offset":
            raise ValueError(name)
        return int(value)
    except (ValueError, binascii.Error) as error:
        raise AwsError("ValidationException", "The pagination token is not valid") from error
