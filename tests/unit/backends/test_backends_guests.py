# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What somebody else on the machine can do to an embedded AWS with real servers, and what their users can do."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from emulator import peers
from emulator.backends.authority import Authority
from emulator.backends.front import Front, Loop, plain
from emulator.backends.postgresql import PostgreSQL
from emulator.backends.redis import Redis
from emulator.backends.runtime import Process, Runtime, Unavailable, server_user
from emulator.server import Server

#: A user who has nothing to do with any of it; there is no need of an account for one.
STRANGER = 54321

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as another user")


def as_stranger(program: str, *arguments: str) -> str:
    """Run a Python program as somebody else, and return what it printed."""
    for python in (sys.executable, "/usr/bin/python3"):
        try:
            done = subprocess.run(
                [python, "-I", "-c", program, *arguments],
                user=STRANGER,
                group=STRANGER,
                extra_groups=[],
                cwd="/",
                env={},
                capture_output=True,
                text=True,
                check=False,
            )
        except OSError:
            continue
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()
    pytest.skip("no Python of this machine is for other users to run")


@pytest.fixture(scope="module")
def runtime() -> Iterator[Runtime]:
    made = Runtime()
    yield made
    made.close()


@pytest.fixture(scope="module")
def database(runtime: Runtime) -> Iterator[PostgreSQL]:
    """A PostgreSQL with a master user."""
    try:
        server = PostgreSQL(runtime.new_folder("p"))
    except Unavailable as reason:
        pytest.skip(str(reason))
    server.start()
    server.set_master("dbadmin", "one", "appdb")
    yield server
    server.stop()


@pytest.fixture(scope="module")
def cache(runtime: Runtime) -> Iterator[Redis]:
    """A Redis without a password."""
    try:
        server = Redis(runtime.new_folder("r"))
    except Unavailable as reason:
        pytest.skip(str(reason))
    server.start()
    yield server
    server.stop()


def told(server: Redis, command: str) -> str:
    """Return the first line of the answer of a Redis."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(server.socket))
        connection.sendall(command.encode() + b"\r\n")
        return connection.recv(4096).decode().splitlines()[0]


def test_the_master_user_runs_no_programs_and_reads_no_files(database: PostgreSQL) -> None:
    """Before version 16 whoever may make roles may grant every role but a superuser's."""
    with psycopg.connect(
        host=str(database.socket.parent), user="dbadmin", password="one", dbname="appdb", autocommit=True
    ) as connection:
        for role in ("pg_execute_server_program", "pg_read_server_files", "pg_write_server_files", "rdsadmin"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(f"GRANT {role} TO dbadmin".encode())
        for statement in (
            "COPY (SELECT 1) TO PROGRAM 'id'",
            "COPY (SELECT 1) TO '/tmp/written-by-postgresql'",
            "SELECT pg_read_file('/etc/passwd')",
            "SELECT lo_import('/etc/passwd')",
            "ALTER SYSTEM SET archive_command = 'id'",
            "CREATE EXTENSION file_fdw",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement.encode())


@pytest.mark.parametrize(
    "command",
    [
        *("CONFIG SET dir /tmp", "config get *", "SAVE", "BGSAVE", "BGREWRITEAOF", "REPLICAOF 127.0.0.1 1"),
        *(
            "SLAVEOF 127.0.0.1 1",
            "MODULE LOAD /tmp/x.so",
            "DEBUG SLEEP 0",
            "SHUTDOWN NOSAVE",
            "ACL SETUSER default +@all",
        ),
        *(
            "MIGRATE 127.0.0.1 1 k 0 1",
            "SYNC",
            "PSYNC ? -1",
            "CLUSTER RESET",
            "EVAL \"return redis.call('CONFIG', 'GET', 'dir')\" 0",
        ),
    ],
)
def test_a_user_of_the_cache_has_what_elasticache_gives(cache: Redis, command: str) -> None:
    answer = told(cache, command)
    assert "NOPERM" in answer or "can't run" in answer or "no permissions" in answer or "not allowed" in answer, answer
    assert told(cache, "SET key value") == "+OK"
    assert told(cache, "EVAL \"return redis.call('GET', 'key')\" 0") == "$5"


@needs_root
def test_nothing_of_a_server_is_for_a_stranger(runtime: Runtime, database: PostgreSQL, cache: Redis) -> None:
    """Neither its files nor its socket, nor a folder to put something in."""
    program = (
        "import os, sys\n"
        "for folder, _folders, files in os.walk(sys.argv[1]):\n"
        "    print(folder)\n"
        "for path in sys.argv[2:]:\n"
        "    for mode in (os.R_OK, os.W_OK):\n"
        "        if os.access(path, mode): print('open', path)\n"
    )
    found = [str(path) for path in runtime.folder.rglob("*")]
    assert str(database.socket) in found
    assert str(cache.socket) in found
    assert as_stranger(program, str(runtime.folder), str(runtime.folder), *found) == ""


@needs_root
def test_a_stranger_is_refused_at_every_port(tmp_path: Path, cache: Redis) -> None:
    if not peers.tellable():
        pytest.skip("this system does not tell whose a connection is")
    loop = Loop()
    front = Front(loop, _free_port(), cache.socket, None, plain)
    running = Server(backends=tmp_path / "ca").start()
    ping = (
        "import socket, sys\n"
        "with socket.create_connection(('127.0.0.1', int(sys.argv[1])), timeout=10) as s:\n"
        "    try:\n"
        "        s.sendall(b'PING\\r\\n'); print(s.recv(100).decode())\n"
        "    except ConnectionError:\n"
        "        pass\n"
    )
    ask = (
        "import http.client, sys\n"
        "c = http.client.HTTPConnection('127.0.0.1', int(sys.argv[1]), timeout=10)\n"
        "h = {'Authorization': 'AWS4-HMAC-SHA256 Credential=A/20260101/eu-central-2/s3/aws4_request, Signature=x'}\n"
        "for way, path in (('GET', '/'), ('POST', '/_emulator/reset'), ('GET', '/_emulator/backends')):\n"
        "    c.request(way, path, headers=h); a = c.getresponse(); a.read(); print(a.status)\n"
    )
    try:
        assert as_stranger(ping, str(front.port)) == ""
        assert as_stranger(ask, str(running.port)).split() == ["403"] * 3
        with socket.create_connection(("127.0.0.1", front.port), timeout=10) as own:
            own.sendall(b"PING\r\n")
            assert own.recv(100) == b"+PONG\r\n"
    finally:
        front.close()
        loop.close()
        running.stop()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_what_a_servers_user_plants_is_not_followed(tmp_path: Path) -> None:
    """The servers' user owns the folder that they work in; what the emulator writes lies elsewhere."""
    root = tmp_path / "run"
    runtime = Runtime(root)
    precious = tmp_path / "precious"
    precious.write_text("kept")
    home = runtime.new_folder("x")
    for name in ("server.log", "pid", "redis.conf", "password", "postgresql.conf"):
        (home / name).symlink_to(precious)
    process = Process(home, ["/bin/sh", "-c", "echo said"])
    process._process.wait()
    assert process.last_words() == "said"
    assert precious.read_text() == "kept"
    user = server_user()
    assert home.parent.stat().st_uid == os.getuid()
    assert home.stat().st_uid == (user.pw_uid if user else os.getuid())
    runtime.close()
    assert precious.read_text() == "kept"
    assert list(root.iterdir()) == []


def test_a_name_alone_makes_no_folder_ours(tmp_path: Path) -> None:
    """Somebody may have taken the name of a folder of ours, or put a link in its place."""
    root = tmp_path / "run"
    root.mkdir()
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "file").write_text("kept")
    prefix = f"dataai-emulator-{os.getuid()}-"
    (root / f"{prefix}link").symlink_to(precious)
    open_to_all = root / f"{prefix}open"
    open_to_all.mkdir()
    open_to_all.chmod(0o777)
    if os.geteuid() == 0:
        foreign = root / f"{prefix}foreign"
        foreign.mkdir()
        os.chown(foreign, STRANGER, STRANGER)
    before = sorted(root.iterdir())
    runtime = Runtime(root)
    assert runtime.cleared == []
    runtime.close()
    assert sorted(root.iterdir()) == before
    assert (precious / "file").read_text() == "kept"


def test_what_a_killed_emulator_left_goes(tmp_path: Path) -> None:
    left = Runtime(tmp_path)
    os.close(left._lock)
    runtime = Runtime(tmp_path)
    assert runtime.cleared == [left.folder.name]
    another = Runtime(tmp_path)
    assert another.cleared == [], "one that lives stays"
    another.close()
    runtime.close()


def test_a_place_that_others_can_change_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    with pytest.raises(Unavailable, match="TMPDIR"):
        Runtime(tmp_path)
    tmp_path.chmod(0o1777)
    Runtime(tmp_path).close()


@needs_root
def test_a_stranger_cannot_hold_the_lock() -> None:
    with tempfile.TemporaryDirectory() as place:
        Path(place).chmod(0o755)
        runtime = Runtime(Path(place))
        program = (
            "import os, sys\ntry:\n    os.open(sys.argv[1], os.O_RDONLY)\nexcept PermissionError:\n    print('no')\n"
        )
        assert as_stranger(program, str(runtime.folder)) == "no"
        runtime.close()


def test_the_authority_keeps_its_key(tmp_path: Path) -> None:
    Authority(tmp_path / "ca")
    assert (tmp_path / "ca" / "ca-key.pem").stat().st_mode & 0o077 == 0
