# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A proxy before the embedded AWS: it knows every secret value that passes, and fails chosen calls with a loud answer.

The answer to a failed call quotes the whole request, in several forms: worse than AWS ever does.
"""

from __future__ import annotations

import http.client
import json
import re
import threading
from base64 import b64encode
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, quote, urlsplit
from xml.sax.saxutils import escape

_SERVICE = re.compile(r"Credential=[^/]+/\d{8}/[^/]+/([^/]+)/aws4_request")
_CREATED_SECRET = re.compile(r"<SecretAccessKey>([^<]+)</SecretAccessKey>")
_PASSED_ON = re.compile("^(?!connection$|transfer-encoding$|content-length$|date$|server$)", re.IGNORECASE)


@dataclass(frozen=True)
class Call:
    """One request, as far as it tells what is done to what."""

    service: str
    operation: str
    subject: str
    occurrence: int = 1

    def __str__(self) -> str:
        again = f" ({self.occurrence})" if self.occurrence > 1 else ""
        return f"{self.service}:{self.operation} {self.subject}{again}".strip()


@dataclass
class Recorder:
    """The proxy.

    Attributes:
        upstream: address of the embedded AWS.
        secrets: every secret value that has passed, by a name for it.
        calls: every call since ``restart``.
        fail: the call that fails, as ``Call`` is written, and its repetitions; without a subject, all of the operation.
        failed: how many calls have failed.
    """

    upstream: str
    secrets: dict[str, str] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    fail: str = ""
    failed: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __enter__(self) -> Self:
        recorder = self

        class Handler(_Handler):
            owner = recorder

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        """Where clients find the proxy."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def restart(self, fail: str = "") -> None:
        """Forget the calls, and fail another one from now on."""
        with self._lock:
            self.calls, self.fail, self.failed = [], fail, 0

    # --- one request ------------------------------------------------------------------------------------------------

    def begin(self, service: str, operation: str, subject: str) -> bool:
        """Note a call and tell whether it is to fail."""
        key = (service, operation, subject)
        with self._lock:
            before = sum((known.service, known.operation, known.subject) == key for known in self.calls)
            call = Call(service, operation, subject, before + 1)
            self.calls.append(call)
            hit = bool(self.fail) and (str(call) == self.fail or str(call).startswith(f"{self.fail} "))
            self.failed += hit
        return hit

    def learn(self, name: str, value: str | None) -> None:
        """Remember a secret value."""
        if value:
            with self._lock:
                self.secrets[f"{name} #{len(self.secrets)}"] = value


class _Handler(BaseHTTPRequestHandler):
    owner: Recorder
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_args: Any) -> None:
        """Stay silent."""

    def handle_any(self) -> None:
        """Pass a request on, or fail it."""
        body = self._body()
        found = _SERVICE.search(self.headers.get("Authorization", ""))
        service = found[1] if found else ""
        operation, params = _decoded(service, self.headers, body)
        subject = str(params.get("SecretId") or params.get("Name") or params.get("UserName") or "")
        for member in ("SecretString", "MasterUserPassword"):
            self.owner.learn(f"sent with {operation} {subject}", params.get(member))
        if self.owner.begin(service, operation, _name(subject)):
            self._refuse(service, body)
            return
        self._forward(body, f"{operation} {subject}")

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_PATCH = handle_any  # noqa: N815 - names of the base class

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            chunks = []
            while size := int(self.rfile.readline().split(b";")[0], 16):
                chunks.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(chunks)
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def _forward(self, body: bytes, what: str) -> None:
        target = urlsplit(self.owner.upstream)
        connection = http.client.HTTPConnection(str(target.hostname), int(target.port or 80), timeout=60)
        headers = {key: value for key, value in self.headers.items() if _PASSED_ON.match(key)}
        connection.request(self.command, self.path, body=body, headers=headers)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        self._learn_from(content, what)
        self.send_response(answer.status)
        for key, value in answer.getheaders():
            if _PASSED_ON.match(key):
                self.send_header(key, value)
        self._finish(content)

    def _learn_from(self, content: bytes, what: str) -> None:
        found = _CREATED_SECRET.search(content.decode("utf-8", "replace"))
        if found:
            self.owner.learn(f"made by {what}", found[1])
        if what.startswith("GetSecretValue"):
            self.owner.learn(f"answered to {what}", json.loads(content).get("SecretString"))

    def _refuse(self, service: str, body: bytes) -> None:
        """Answer an error whose message quotes the request as it came, in base64 and percent-encoded."""
        text = body.decode("utf-8", "replace")
        message = f"refused: {text} | {b64encode(body).decode()} | {quote(text, safe='')}"
        if self.headers.get("X-Amz-Target"):
            content = json.dumps({"__type": "ValidationException", "message": message}).encode()
        else:
            content = (
                "<ErrorResponse><Error><Type>Sender</Type><Code>ValidationError</Code>"
                f"<Message>{escape(message)}</Message></Error><RequestId>0</RequestId></ErrorResponse>"
            ).encode()
        self.send_response(400)
        self.send_header("Content-Type", "application/x-amz-json-1.1" if content.startswith(b"{") else "text/xml")
        self._finish(content)

    def _finish(self, content: bytes) -> None:
        if self.command != "HEAD":
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)


def _name(subject: str) -> str:
    """Return the name in the ARN of a secret, without what AWS appends; anything else as it is."""
    found = re.fullmatch(r"arn:.*:secret:(.+)-[A-Za-z0-9]{6}", subject)
    return found[1] if found else subject


def _decoded(service: str, headers: Any, body: bytes) -> tuple[str, dict[str, Any]]:
    """Return operation and parameters of a request, as far as they stand in the body."""
    target = headers.get("X-Amz-Target", "")
    if target:
        return target.rsplit(".", 1)[-1], json.loads(body or b"{}")
    if "x-www-form-urlencoded" in headers.get("Content-Type", ""):
        params = {key: values[-1] for key, values in parse_qs(body.decode()).items()}
        return params.get("Action", ""), params
    return f"{headers.get('X-Amz-Operation', '')}", {}
