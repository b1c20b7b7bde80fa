# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The embedded AWS answers clients of this machine, and no web page."""

from __future__ import annotations

import http.client
import os
import socket
from collections.abc import Iterator

import pytest

from emulator import guard as guards
from emulator import peers
from emulator.guard import Guard
from emulator.server import Server

SIGNED = "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260101/eu-central-2/s3/aws4_request, Signature=x"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    running = Server().start()
    yield running
    running.stop()


def ask(server: Server, method: str = "GET", path: str = "/", **headers: str) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, headers={"Authorization": SIGNED, **named})
    answer = connection.getresponse()
    answer.read()
    return answer


@pytest.mark.parametrize("host", ["localhost:{port}", "bucket.localhost:{port}", "127.0.0.1", "123456789012.127.0.0.1"])
def test_names_of_this_machine_are_answered(server: Server, host: str) -> None:
    assert ask(server, Host=host.format(port=server.port)).status != 403


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:{port}", "localhost.evil.example", "127.0.0.1.evil.example", "notlocalhost", ""],
)
def test_a_name_that_a_web_page_may_have_bound_to_this_machine_is_refused(server: Server, host: str) -> None:
    for path in ("/", "/_emulator/calls"):
        assert ask(server, path=path, Host=host.format(port=server.port)).status == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:1"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Origin": "https://evil.example", "Content_Type": "application/x-www-form-urlencoded"},
    ],
)
def test_web_pages_are_refused(server: Server, headers: dict[str, str]) -> None:
    for method, path in (("POST", "/_emulator/reset"), ("GET", "/"), ("OPTIONS", "/"), ("GET", "/_emulator/calls")):
        answer = ask(server, method, path, **headers)
        assert answer.status == 403
        assert not [name for name in answer.headers if name.lower().startswith("access-control-")]


def test_no_answer_is_for_every_web_page(server: Server) -> None:
    answer = ask(server, Host=f"localhost:{server.port}")
    assert answer.status == 200
    assert not [name for name in answer.headers if name.lower().startswith("access-control-")]


def test_who_gives_no_credentials_gets_nothing(server: Server) -> None:
    assert ask(server, Authorization="").status == 403
    assert ask(server, Authorization="", path="/?Action=DescribeDBClusters").status == 403
    assert ask(server, Authorization="", path="/_emulator/health").status == 200


@pytest.mark.skipif(not peers.tellable(), reason="this system does not tell whose a connection is")
def test_a_connection_is_known_by_its_owner() -> None:
    with socket.socket() as listener, socket.socket() as client:
        listener.bind(("127.0.0.1", 0))
        listener.listen(1)
        client.connect(listener.getsockname())
        ports = client.getsockname()[1], listener.getsockname()[1]
        assert peers.owner(*ports) == os.getuid()
        assert peers.admits(*ports)
        assert not peers.admits(ports[1] ^ 1, ports[1]), "a connection that is not in the table is nobody's"


def test_another_user_learns_only_that_somebody_is_there(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guards.peers, "admits", lambda *_ports: False)
    monkeypatch.setattr(server.emulator, "guard", Guard(private=True))
    for method, path in (
        ("GET", "/"),
        ("POST", "/_emulator/reset"),
        ("GET", "/_emulator/calls"),
        ("GET", "/bucket/key"),
    ):
        assert ask(server, method, path).status == 403
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.request("GET", "/_emulator/health")
    assert connection.getresponse().read() == b'{"status": "ok"}'
