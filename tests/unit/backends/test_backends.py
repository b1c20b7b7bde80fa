# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Real servers behind the endpoints: they start, follow and go with their resources."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import psycopg
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from emulator.backends.postgresql import binaries
from emulator.backends.redis import binary
from emulator.backends.runtime import Unavailable
from emulator.provisioning import settings
from emulator.server import Server

REGION = "eu-central-2"
#: A client that is to be refused takes the first answer; by default it would ask again for some seconds.
AT_ONCE = Retry(NoBackoff(), 0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the certificate authority; skips where this machine has no servers."""
    try:
        binaries(), binary()
    except Unavailable as reason:
        pytest.skip(str(reason))
    return tmp_path_factory.mktemp("ca")


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[Server]:
    """An embedded AWS with real servers."""
    running = Server(backends=folder).start()
    yield running
    running.stop()


@pytest.fixture
def client(server: Server) -> Callable[[str], Any]:
    """A factory of clients for an empty account with subnet groups named `group`."""
    server.emulator.reset()
    settings.fresh_account = False

    def make(service: str) -> Any:
        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
        return boto3.client(service, region_name=REGION, endpoint_url=server.url, **keys)

    ec2 = make("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{zone}.0/24", AvailabilityZone=f"{REGION}{'ab'[zone]}")["Subnet"]
        for zone in range(2)
    ]
    ids = [subnet["SubnetId"] for subnet in subnets]
    make("rds").create_db_subnet_group(DBSubnetGroupName="group", DBSubnetGroupDescription="d", SubnetIds=ids)
    make("elasticache").create_cache_subnet_group(
        CacheSubnetGroupName="group", CacheSubnetGroupDescription="d", SubnetIds=ids
    )
    return make


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def eventually(look: Callable[[], Any], seconds: float = 60.0) -> Any:
    """Wait until something is true, and return it."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.05)
    return found


def alive(pid: int) -> bool:
    with contextlib.suppress(ProcessLookupError, FileNotFoundError):  # it may end at any moment
        os.kill(pid, 0)
        status = Path(f"/proc/{pid}/stat")
        return not status.exists() or status.read_text().rsplit(")", 1)[1].split()[0] != "Z"
    return False


def states(server: Server) -> dict[str, dict[str, Any]]:
    assert server.emulator.backends is not None
    return {entry["name"]: entry for entry in server.emulator.backends.describe()["servers"]}


def make_cluster(client: Callable[[str], Any], port: int, name: str = "one", **more: Any) -> dict[str, Any]:
    rds = client("rds")
    password = {} if "MasterUserPassword" in more else {"ManageMasterUserPassword": True}
    rds.create_db_cluster(
        DBClusterIdentifier=name,
        Engine="aurora-postgresql",
        EngineVersion="14.19",
        MasterUsername="dbadmin",
        DBSubnetGroupName="group",
        DatabaseName="appdb",
        Port=port,
        **password,
        **more,
    )
    return settled(client, name)


def settled(client: Callable[[str], Any], name: str = "one", status: str = "available") -> dict[str, Any]:
    def look() -> Any:
        (found,) = client("rds").describe_db_clusters(DBClusterIdentifier=name)["DBClusters"]
        return found if found["Status"] == status else None

    return eventually(look)


def make_group(client: Callable[[str], Any], port: int, name: str = "cache", **more: Any) -> dict[str, Any]:
    cache = client("elasticache")
    cache.create_replication_group(
        ReplicationGroupId=name,
        ReplicationGroupDescription="d",
        CacheNodeType="cache.t4g.micro",
        Engine="redis",
        TransitEncryptionEnabled=True,
        CacheSubnetGroupName="group",
        Port=port,
        **more,
    )

    def look() -> Any:
        (found,) = cache.describe_replication_groups(ReplicationGroupId=name)["ReplicationGroups"]
        return found if found["Status"] == "available" else None

    return eventually(look)


def connect(cluster: dict[str, Any], folder: Path, password: str, **changes: Any) -> psycopg.Connection[Any]:
    trust = {"sslmode": "verify-full", "sslrootcert": str(folder / "ca.pem")}
    return psycopg.connect(
        **{
            "host": cluster["Endpoint"],
            "port": cluster["Port"],
            "user": "dbadmin",
            "password": password,
            "dbname": "appdb",
            **trust,
            **changes,
        }
    )


def managed_password(client: Callable[[str], Any], cluster: dict[str, Any]) -> str:
    arn = cluster["MasterUserSecret"]["SecretArn"]
    return str(json.loads(client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"])["password"])


def test_the_database_of_a_cluster(client: Callable[[str], Any], server: Server, folder: Path) -> None:
    port = free_port()
    cluster = make_cluster(client, port)
    assert (cluster["Endpoint"], cluster["ReaderEndpoint"], cluster["Port"]) == ("localhost", "localhost", port)
    first = managed_password(client, cluster)
    with connect(cluster, folder, first) as connection:
        shown = connection.execute(
            "SELECT current_database(), current_user, rolsuper FROM pg_roles WHERE rolname = 'dbadmin'"
        )
        assert shown.fetchone() == ("appdb", "dbadmin", False)
        assert connection.execute("SELECT length(repeat('x', 3000000))").fetchone() == (3000000,)
    with pytest.raises(psycopg.OperationalError, match="TLS only"):
        connect(cluster, folder, first, sslmode="disable")
    with pytest.raises(psycopg.OperationalError, match="certificate verify failed"):
        connect(
            cluster,
            folder,
            first,
            sslrootcert=str(Path(__file__).parents[3] / "inventories/files/test-rds-ca.pem"),
        )

    client("secretsmanager").rotate_secret(SecretId=cluster["MasterUserSecret"]["SecretArn"])
    second = managed_password(client, cluster)
    assert second != first
    connect(cluster, folder, second).close()
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        connect(cluster, folder, first)

    client("rds").modify_db_cluster(
        DBClusterIdentifier="one",
        ManageMasterUserPassword=False,
        MasterUserPassword="supplied:by?hand",
        ApplyImmediately=True,
    )
    connect(cluster, folder, "supplied:by?hand").close()

    pid = states(server)["one"]["pid"]
    client("rds").delete_db_cluster(DBClusterIdentifier="one", SkipFinalSnapshot=True)
    eventually(lambda: not alive(pid))
    assert not listens(port)


def test_a_stopped_cluster_keeps_its_data(client: Callable[[str], Any], server: Server, folder: Path) -> None:
    cluster = make_cluster(client, free_port(), MasterUserPassword="supplied1")
    with connect(cluster, folder, "supplied1") as connection:
        connection.execute("CREATE TABLE kept (a int)")
    client("rds").stop_db_cluster(DBClusterIdentifier="one")
    eventually(lambda: states(server)["one"]["state"] == "stopped")
    with pytest.raises(psycopg.OperationalError):
        connect(cluster, folder, "supplied1")
    settled(client, status="stopped")
    client("rds").start_db_cluster(DBClusterIdentifier="one")
    with connect(settled(client), folder, "supplied1") as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)


def test_the_cache_of_a_group(client: Callable[[str], Any], server: Server, folder: Path) -> None:
    port = free_port()
    group = make_group(client, port)
    endpoint = group["NodeGroups"][0]["PrimaryEndpoint"]
    assert endpoint == {"Address": "localhost", "Port": port}
    with redis.Redis(host="localhost", port=port, ssl=True, ssl_ca_certs=str(folder / "ca.pem")) as cache:
        cache.set("key", "x" * 300000)
        assert cache.strlen("key") == 300000
    with redis.Redis(host="localhost", port=port, retry=AT_ONCE) as plain, pytest.raises(redis.ConnectionError):
        plain.ping()
    pid = states(server)["cache"]["pid"]
    server.emulator.reset()
    eventually(lambda: not alive(pid))
    assert not listens(port)


def test_the_token_of_a_cache(client: Callable[[str], Any], folder: Path) -> None:
    port = free_port()
    make_group(client, port, AuthToken="a" * 20)
    trust: dict[str, Any] = {"ssl": True, "ssl_ca_certs": str(folder / "ca.pem"), "retry": AT_ONCE}
    with redis.Redis(host="localhost", port=port, **trust) as stranger, pytest.raises(redis.AuthenticationError):
        stranger.ping()
    with redis.Redis(host="localhost", port=port, password="a" * 20, **trust) as cache:
        assert cache.ping()


def test_a_port_that_is_taken_is_said(
    client: Callable[[str], Any], server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        cluster = make_cluster(client, port)
    assert cluster["Endpoint"].endswith(".rds.amazonaws.com"), "the endpoint leads to nobody else's server"
    assert states(server)["one"]["state"] == "unavailable"
    assert f"port {port}" in states(server)["one"]["reason"]
    assert f"port {port}" in capsys.readouterr().err


def test_what_one_server_cannot_be_is_said(client: Callable[[str], Any], server: Server) -> None:
    client("elasticache").create_replication_group(
        ReplicationGroupId="cache",
        ReplicationGroupDescription="d",
        CacheNodeType="cache.t4g.micro",
        CacheSubnetGroupName="group",
        CacheParameterGroupName="default.redis7.cluster.on",
        Engine="redis",
        NumNodeGroups=2,
    )
    assert "cluster mode" in states(server)["cache"]["reason"]


@contextlib.contextmanager
def emulator(port: int, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run an embedded AWS as `make local` does."""
    root = Path(__file__).resolve().parents[3]
    command = [sys.executable, "-m", "emulator", "--port", str(port), "--backends", str(folder)]
    process = subprocess.Popen(command, cwd=root, stdout=subprocess.DEVNULL)
    try:
        eventually(lambda: listens(port))
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_nothing_outlives_the_emulator(folder: Path, how: signal.Signals) -> None:
    port = free_port()
    with emulator(port, folder) as process:
        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
        url = f"http://127.0.0.1:{port}"

        def make(service: str) -> Any:
            return boto3.client(service, region_name=REGION, endpoint_url=url, **keys)

        _with_service_roles(port)
        ec2 = make("ec2")
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24", AvailabilityZone=f"{REGION}a")["Subnet"]
        make("elasticache").create_cache_subnet_group(
            CacheSubnetGroupName="group", CacheSubnetGroupDescription="d", SubnetIds=[subnet["SubnetId"]]
        )
        make_group(make, free_port())
        pid = _redis_of(port)
        process.send_signal(how)
        process.wait(timeout=30)
    if how is signal.SIGKILL:
        assert alive(pid), "nobody could stop it"
        with emulator(free_port(), folder):
            assert not alive(pid), "the next one clears away what is left"
    assert not alive(pid)


def _with_service_roles(port: int) -> None:
    settings = json.dumps({"fresh_account": False}).encode()
    url = f"http://127.0.0.1:{port}/_emulator/settings"
    urllib.request.urlopen(urllib.request.Request(url, data=settings, method="PUT")).close()


def _redis_of(port: int) -> int:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/_emulator/backends") as answer:
        (entry,) = json.load(answer)["servers"]
    assert entry["state"] == "available"
    return int(entry["pid"])
