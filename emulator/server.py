# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The WSGI application in front of moto, and the server that runs it."""

from __future__ import annotations

import json
import os
import re
import socket
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

# Read by moto when it is imported: every region exists, AWS's managed policies are there, AMIs are not needed.
os.environ.setdefault("MOTO_ALLOW_NONEXISTENT_REGION", "true")
os.environ.setdefault("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")
os.environ.setdefault("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")

from botocore.exceptions import UnknownServiceError
from moto.core.exceptions import ServiceException
from moto.core.parse import RequestParserError
from moto.moto_server.werkzeug_app import (
    BackendRequest,
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from werkzeug.exceptions import NotFound
from werkzeug.serving import BaseWSGIServer, make_server

from . import admin, motopatch, provisioning, registry, state, validate
from .call import AwsError, Call, Response, fresh_environ, match_operation, parse_params
from .calllog import CallLog, classify
from .faults import Fault, Faults, OldAnswers
from .guard import Guard
from .idempotency import Answers, distinct

if TYPE_CHECKING:
    from .backends.manager import Backends

#: What clients make anew for each try of the same request, beside its token.
MADE_ANEW = ("Passwords",)

# Where the signing name is not botocore's name of the service; several: the first that has the operation.
_SIGNING_NAMES: dict[str, tuple[str, ...]] = {
    "aps": ("amp",),
    "bedrock": ("bedrock", "bedrock-runtime", "bedrock-agent", "bedrock-agent-runtime"),
    "elasticloadbalancing": ("elbv2", "elb"),
    "email": ("sesv2", "ses"),
    "monitoring": ("cloudwatch",),
    "s3express": ("s3",),
    "servicequotas": ("service-quotas",),
    "states": ("stepfunctions",),
    "tagging": ("resourcegroupstaggingapi",),
}
_CREDENTIAL = re.compile(r"Credential=([^/,\s]+)/\d{8}/([^/]+)/([^/]+)/aws4_request")
_DEFAULT_ACCOUNT = "123456789012"

# What a call of these services changes may be the concern of a real server.
_SERVED = ("elasticache", "rds", "secretsmanager")


@dataclass
class Scope:
    """What the signature says of a request."""

    access_key_id: str
    region: str
    signing_name: str


class Emulator:
    """The application: admin interface, faults, validation, overlay, moto; and the record of all of it.

    Args:
        call_log: a file that every call is appended to.
        account: the account that every call belongs to.
        backends: folder of a certificate authority, to run real servers behind databases and caches; None for none.
            With real servers, only the user who runs this process is answered.
        host: the address that is listened on.
    """

    def __init__(
        self,
        call_log: str | None = None,
        account: str = _DEFAULT_ACCOUNT,
        backends: Path | None = None,
        host: str = "127.0.0.1",
    ) -> None:
        self.guard = Guard(private=backends is not None, host=host)
        self.calls = CallLog(call_log)
        self.faults = Faults()
        self._old_answers = OldAnswers()
        self._answers = Answers()
        self.violations: list[dict[str, str]] = []
        self._account = account
        self._moto = DomainDispatcherApplication(create_backend_app)
        # moto's backends are plain Python objects without locks: one call at a time touches them.
        self.lock = threading.RLock()
        # Otherwise moto looks the access key up in the IAM of every partition, at every call.
        os.environ["MOTO_ACCOUNT_ID"] = account
        motopatch.apply()
        self.backends = _backends(backends) if backends else None

    def __call__(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        """Answer one HTTP request."""
        body = _read_body(environ)
        environ = fresh_environ(environ, body)
        refusal = self.guard.refusal(environ)
        if refusal:
            return _send(refusal, environ, start_response)
        if environ.get("PATH_INFO", "").startswith("/_emulator/"):
            return _send(admin.answer(self, environ, body), environ, start_response)
        try:
            response = self._aws(environ, body)
        except ConnectionResetError:
            _drop_connection(environ)
            raise
        return _send(response, environ, start_response)

    def reset(self) -> None:
        """Forget all resources, calls, faults and violations, and changes to what AWS offers and grants."""
        with self.lock:
            motopatch.forget_everything()
            state.reset()
            self.calls.clear()
            self.faults.clear()
            self._old_answers.clear()
            self._answers.clear()
            self.violations.clear()
            provisioning.settings.forget()
            self.sync()

    def sync(self) -> None:
        """Let the real servers follow the resources."""
        if self.backends:
            self.backends.sync(self._account)

    def close(self) -> None:
        """Stop the real servers."""
        if self.backends:
            self.backends.close()

    @property
    def account(self) -> str:
        """The account that every call belongs to."""
        return self._account

    def _aws(self, environ: dict[str, Any], body: bytes) -> Response:
        started = time.monotonic()
        scope = _scope(environ)
        entry: dict[str, Any] = {"region": scope.region, "access_key_id": scope.access_key_id, "status": 500}
        entry |= {"service": scope.signing_name, "operation": "Unknown", "access": "write", "error": "InternalFailure"}
        try:
            response = self._dispatch(environ, body, scope, entry)
            entry |= {"status": response.status, "error": _error_code(response)}
            return response
        except ConnectionError:
            entry |= {"status": 0, "error": "ConnectionReset"}
            raise
        finally:
            entry["duration_ms"] = round((time.monotonic() - started) * 1000, 1)
            self.calls.add(**entry)

    def _dispatch(self, environ: dict[str, Any], body: bytes, scope: Scope, entry: dict[str, Any]) -> Response:
        try:
            call = self._decode(environ, body, scope)
        except (NotFound, UnknownServiceError, NotImplementedError):
            return _not_implemented(scope.signing_name, environ.get("PATH_INFO", ""))
        except (RequestParserError, ValueError, KeyError) as error:
            return Response(400, [("x-amzn-ErrorType", "SerializationException")], str(error).encode())
        dry_run = bool(call.params.get("DryRun"))
        entry |= {"service": call.service, "operation": call.operation}
        entry["access"] = classify(call.service, call.operation, dry_run)
        if provisioning.settings.latency_ms:
            time.sleep(provisioning.settings.latency_ms / 1000)
        fault = self.faults.pick(call.service, call.operation, entry["access"], lambda: distinct(call, *MADE_ANEW))
        if fault and fault.when == "before":
            answer = _apply_fault(fault, call)
            if answer:
                return answer
        response = self._read(call, fault) if entry["access"] == "read" else None
        if response is None:
            with self.lock:
                response = self._answer(call)
                if call.service in _SERVED:
                    self.sync()
        if fault and fault.when == "after":
            return _apply_fault(fault, call) or response
        return response

    def _read(self, call: Call, fault: Fault | None) -> Response | None:
        """Answer a read that a rule may make stale; None where none may."""
        if not self.faults.may_be_stale(call.service, call.operation):
            return None
        read = json.dumps([call.service, call.operation, call.region, call.params], default=str, sort_keys=True)
        if fault and fault.kind == "stale":
            old: Response | None = self._old_answers.within(read, fault.seconds)
            if old:
                return old
        with self.lock:
            response = self._answer(call)
        self._old_answers.remember(read, response)
        return response

    def _decode(self, environ: dict[str, Any], body: bytes, scope: Scope) -> Call:
        names = _SIGNING_NAMES.get(scope.signing_name, (scope.signing_name,))
        for name in names:
            request = BackendRequest(fresh_environ(environ, body))
            try:
                model, uri_params = match_operation(name, request)
            except NotFound:
                if name == names[-1]:
                    raise
                continue
            params = parse_params(model, uri_params, request)
            return Call(
                name,
                model,
                params,
                self._account,
                scope.region,
                scope.access_key_id,
                environ,
                body,
                self._moto,
                request,
            )
        raise NotFound()

    def _answer(self, call: Call) -> Response:
        try:
            handler = registry.find(call.service, call.operation)
            validate.refuse_invalid(call, self.violations)
            registry.check_gates(call)
            given = self._answers.given(call)
            if given:
                return given
            if handler is None and not registry.moto_answers(call.service, call.operation):
                raise NotImplementedError(call.operation)
            result = handler(call) if handler else call.pass_through()
        except ServiceException as error:
            return call.encode(error)
        except NotImplementedError:
            return self._refuse(call)
        if not isinstance(result, Response):
            result = call.encode(result)
        self._answers.keep(call, result)
        # moto's web framework knows no such path: the operation is missing there.
        return self._refuse(call) if result.status == 404 and result.body.startswith(b"<!doctype html>") else result

    @staticmethod
    def _refuse(call: Call) -> Response:
        _report(call.service, call.operation)
        return call.encode(AwsError("NotImplemented", f"The emulator does not implement {call.operation}", 501))


def _backends(folder: Path) -> Backends:
    """Return the real servers; who runs without them imports nothing of them."""
    from .backends.manager import Backends

    return Backends(folder)


def _read_body(environ: dict[str, Any]) -> bytes:
    stream = environ["wsgi.input"]
    if environ.get("CONTENT_LENGTH"):
        return bytes(stream.read(int(environ["CONTENT_LENGTH"])))
    return bytes(stream.read()) if environ.get("wsgi.input_terminated") else b""


def _scope(environ: dict[str, Any]) -> Scope:
    """Read the credential scope from the header, or from the query of a presigned URL."""
    from urllib.parse import unquote

    header = environ.get("HTTP_AUTHORIZATION", "")
    query = unquote(environ.get("QUERY_STRING", ""))
    found = _CREDENTIAL.search(header) or _CREDENTIAL.search(query.replace("X-Amz-Credential", "Credential"))
    if found:
        return Scope(found[1], found[2], found[3])
    return Scope("anonymous", "us-east-1", "s3")


def _not_implemented(service: str, what: str) -> Response:
    _report(service, what)
    body = f'{{"__type": "NotImplemented", "message": "The emulator does not implement {service} {what}"}}'
    headers = [("Content-Type", "application/json"), ("x-amzn-ErrorType", "NotImplemented")]
    return Response(501, headers, body.encode(), "NotImplemented")


def _drop_connection(environ: dict[str, Any]) -> None:
    """Close the connection without an answer."""
    connection = environ.get("werkzeug.socket")
    if connection is not None:
        connection.shutdown(socket.SHUT_RDWR)


def _report(service: str, what: str) -> None:
    print(f"emulator: {service} {what} is not implemented", file=sys.stderr, flush=True)


def _apply_fault(fault: Fault, call: Call) -> Response | None:
    """Do what a fault says; None means that the call goes on."""
    if fault.kind == "stale":
        return None
    if fault.kind == "latency":
        time.sleep(fault.latency_ms / 1000)
        return None
    if fault.kind == "reset":
        raise ConnectionResetError("asked for by a fault")
    code, message, status = fault.error(call.service, call.protocol)
    return call.encode(AwsError(code, message, status))


_ERROR_CODE = re.compile(rb"<Code>([^<]+)</Code>")
_ERROR_TYPE = re.compile(rb'"(?:__type|code|Code)"\s*:\s*"([^"]+)"')


def _error_code(response: Response) -> str | None:
    if response.error or response.status < 400:
        return response.error
    headers = {key.lower(): value for key, value in response.headers}
    if "x-amzn-errortype" in headers:
        return headers["x-amzn-errortype"].split("#")[-1].split(":")[0]
    found = _ERROR_CODE.search(response.body) or _ERROR_TYPE.search(response.body)
    return found[1].decode().split("#")[-1] if found else str(response.status)


def _send(response: Response, environ: dict[str, Any], start_response: Any) -> list[bytes]:
    is_head = environ.get("REQUEST_METHOD") == "HEAD"
    skip = ("transfer-encoding", "connection") + (() if is_head else ("content-length",))
    # moto would let every web page read what it answers.
    headers = [
        (key, value)
        for key, value in response.headers
        if key.lower() not in skip and not key.lower().startswith("access-control-")
    ]
    if not is_head:
        headers.append(("Content-Length", str(len(response.body))))
    start_response(f"{response.status} Emulated", headers)
    return [] if is_head or response.status in (204, 304) else [response.body]


class _RequestHandler(MotoRequestHandler):
    # A small answer would otherwise wait for the client's delayed acknowledgement of the headers.
    disable_nagle_algorithm = True

    def log_request(self, code: Any = "-", size: Any = "-") -> None:
        """Stay silent: the call log is the record."""


class Server:
    """The emulator on a socket, for tests in the same process as well as for the command line."""

    def __init__(self, host: str = "127.0.0.1", port: int = 0, **options: Any) -> None:
        self.emulator = Emulator(host=host, **options)
        self._server: BaseWSGIServer = make_server(
            host, port, self.emulator, threaded=True, request_handler=_RequestHandler
        )
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def port(self) -> int:
        """The port that is listened on."""
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        """The endpoint URL for clients."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> Self:
        """Serve in the background."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()
        self.emulator.close()

    def serve_forever(self) -> None:
        """Serve in the foreground until the process ends."""
        self._server.serve_forever()
