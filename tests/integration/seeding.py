# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An estate to seed, a gateway whose process dies, and what must hold whatever happened."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from ansible_collections.dataai.platform.plugins.module_utils.aws.session import Aws
from ansible_collections.dataai.platform.plugins.module_utils.core.wait import Clock
from ansible_collections.dataai.platform.plugins.module_utils.secrets.seed import Outcome, Seeding, Wish
from ansible_collections.dataai.platform.plugins.module_utils.secrets.spec import Spec, parsed

from .conftest import REGION, EmbeddedAws, ModuleTwin

USER, MASTER = "s3-user", "master"
DATABASES = ("app-repository", "chat", "ingestion", "litellm", "scope-management", "theme")
ROOT = Path(__file__).resolve().parents[2]
CA = ROOT / "inventories" / "files" / "test-rds-ca.pem"
MODELS = [{"modelName": "gpt-4o", "modelVersion": "2024-11-20", "deploymentName": "gpt-4o"}]

FACTS: list[dict[str, Any]] = [
    {"name": name, "nature": "fact", "value": f"value of {name}"}
    for name in ("psql-host", "psql-port", "psql-username", "redis-host", "redis-port", "s3-endpoint", "s3-region")
]
BUNDLE: dict[str, Any] = {"name": "rds-ca-bundle", "nature": "fact", "ca_bundle": {"url": "https://ca.example/b.pem"}}
GENERATED: list[dict[str, Any]] = [
    {"name": "encryption-key-ingestion", "nature": "generated", "generator": "hex_32"},
    {"name": "litellm-proxy-master-key", "nature": "generated", "generator": "litellm_key"},
    {"name": "litellm-salt-key", "nature": "generated", "generator": "litellm_key", "by_name_only": True},
]
DEFINITIONS: dict[str, Any] = {
    "name": "azure-openai-endpoint-definitions",
    "nature": "derived",
    "template": "endpoint_definitions",
    "source": "litellm-proxy-master-key",
    "parameters": {"endpoint": "http://litellm.unique.svc:4000", "location": REGION, "models": MODELS},
}
FOLLOWERS: list[dict[str, Any]] = [
    {"name": "psql-password", "nature": "derived", "template": "password", "source": MASTER},
    *(
        {
            "name": f"psql-connection-string-{key}",
            "nature": "derived",
            "template": "connection_string",
            "source": MASTER,
            "parameters": {"host": "db", "port": 5432, "database": key.replace("-", "_"), "sslmode": "require"},
        }
        for key in DATABASES
    ),
]
PAIR: dict[str, Any] = {
    "name": "s3-access-key-id",
    "nature": "access_key",
    "secret_key_name": "s3-secret-access-key",
    "user_name": USER,
}
MANUAL: dict[str, Any] = {"name": "manual-zitadel-scope-mgmt-pat", "nature": "manual", "hint": "make one in Zitadel"}
ALL = [*FACTS, BUNDLE, *GENERATED, DEFINITIONS, *FOLLOWERS, PAIR, MANUAL]
#: One of each nature: enough to be killed at every call of.
FEW = [FACTS[0], GENERATED[1], DEFINITIONS, FOLLOWERS[0], FOLLOWERS[1], PAIR]


class Killed(BaseException):
    """The process was killed here."""


class QuickClock(Clock):
    """A clock on which waiting takes no time to speak of."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def now(self) -> float:
        return time.monotonic() + self.ahead

    def sleep(self, seconds: float) -> None:
        self.ahead += seconds
        time.sleep(0.005)


#: A call of a run: operation, what it is for, and the how-manieth of its like.
Point = tuple[str, str, int]


class Frail(Aws):
    """A gateway whose process dies before or after one of its calls, and makes no call after that.

    Args:
        sdk: the gateway to AWS.
        die_at: number of the fatal call.
        point: the fatal call, where it is known by what it does.
        when: ``before`` or ``after`` AWS has carried it out.
        end: ends the process.
        ledger: file that outlives the process; takes the secret halves of the keys that AWS has made.

    Attributes:
        made: secret halves by id of every access key that AWS has made through any such gateway.
        points: the calls so far.
    """

    made: dict[str, str] = {}  # noqa: RUF012 - shared on purpose: tests compare what several runs made

    def __init__(
        self,
        sdk: Aws,
        *,
        die_at: int = 0,
        point: Point | None = None,
        when: str = "before",
        end: Callable[[], None] | None = None,
        ledger: Path | None = None,
    ) -> None:
        self.sdk = sdk
        self.die_at, self.point, self.when, self.end, self.ledger = die_at, point, when, end, ledger
        self.calls, self.dead = 0, False
        self.points: list[Point] = []
        self.lock = threading.Lock()
        self.disturb: dict[str, Callable[[dict[str, Any]], None]] = {}

    def service(self, name: str) -> Any:
        return _FrailService(self, self.sdk.service(name))

    def begin(self, operation: str, params: dict[str, Any]) -> bool:
        """Count a call and tell whether it is the fatal one."""
        with self.lock:
            if self.dead:
                raise Killed
            self.calls += 1
            subject = _name(str(params.get("SecretId", params.get("UserName"))))
            like = sum(point[:2] == (operation, subject) for point in self.points)
            self.points.append((operation, subject, like))
            self.dead = self.calls == self.die_at or self.points[-1] == self.point
            return self.dead

    def die(self) -> None:
        """End the process, or this thread of the run."""
        if self.end:
            self.end()
        raise Killed

    def keep(self, key: dict[str, str]) -> None:
        """Note an access key."""
        Frail.made[key["AccessKeyId"]] = key["SecretAccessKey"]
        if self.ledger:
            with self.ledger.open("a") as stream:
                stream.write(f"{key['AccessKeyId']} {key['SecretAccessKey']}\n")


def _name(subject: str) -> str:
    """Return the name in an ARN, which ends in random characters, or the name itself."""
    return subject.rpartition(":")[2][:-7] if subject.startswith("arn:") else subject


class _FrailService:
    def __init__(self, aws: Frail, service: Any) -> None:
        self._aws, self._service = aws, service

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        method = getattr(self._service, operation)

        def call(**params: Any) -> Any:
            fatal = self._aws.begin(operation, params)
            if fatal and self._aws.when == "before":
                self._aws.die()
            if operation in self._aws.disturb:
                self._aws.disturb[operation](params)
            answer = method(**params)
            if operation == "create_access_key":
                self._aws.keep(answer["AccessKey"])
            if fatal:
                self._aws.die()
            return answer

        return call


def forked(work: Callable[[], int], *, seconds: int = 120) -> int:
    """Start ``work`` in a process of its own and return its id. It exits with what ``work`` returns."""
    pid = os.fork()
    if pid:
        return pid
    signal.alarm(seconds)
    code = 70
    try:
        code = work()
    finally:
        os._exit(code)


def ended(pid: int) -> int:
    """Wait for a process and return its exit code, negative where a signal ended it."""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


@cache
def _client(url: str, service: str) -> Any:
    return EmbeddedAws(url).client(service)


class Estate:
    """An account with empty containers, a master secret and the S3 user, and what must hold in it."""

    def __init__(self, account: EmbeddedAws, entries: list[dict[str, Any]] = ALL) -> None:
        self.account, self.sdk = account, Aws(ModuleTwin(account))
        self.secrets, self.iam = _client(account.url, "secretsmanager"), _client(account.url, "iam")
        self.iam.create_user(UserName=USER)
        self.secrets.create_secret(Name=MASTER, SecretString=self.master("p:?#[]%()<*!1"))
        for name in {name for spec in parsed(entries) for name in spec.names}:
            self.secrets.create_secret(Name=name)

    @staticmethod
    def master(password: str) -> str:
        """Return what RDS would store."""
        return json.dumps({"username": "dbadmin", "password": password})

    def seed(
        self, entries: list[dict[str, Any]] = ALL, aws: Frail | None = None, clock: Clock | None = None, **wish: Any
    ) -> Outcome:
        """Run once."""
        wish.setdefault("grace", 0.0)
        specs: list[Spec] = parsed(entries)
        gateway, clock = aws or Frail(self.sdk), clock or QuickClock()
        return Seeding(gateway, specs, Wish(**wish), fetch=lambda _url: CA.read_text(), clock=clock).run()

    def seeded(self, entries: list[dict[str, Any]] = ALL, **wish: Any) -> list[str]:
        """Run once without an error, and return the names that changed."""
        outcome = self.seed(entries, **wish)
        assert outcome.errors == {}
        return [name for _action, _kind, name in outcome.changes]

    def value(self, name: str) -> str:
        """Return a current value."""
        return str(self.secrets.get_secret_value(SecretId=name)["SecretString"])

    def versions(self) -> dict[str, str | None]:
        """Return the current version of every secret."""
        found = {}
        for entry in self.secrets.get_paginator("list_secrets").paginate().search("SecretList[]"):
            stages = entry.get("SecretVersionsToStages", {})
            found[entry["Name"]] = next((key for key, names in stages.items() if "AWSCURRENT" in names), None)
        return found

    def active_keys(self) -> list[str]:
        """Return the ids of the user's active access keys."""
        keys = self.iam.list_access_keys(UserName=USER)["AccessKeyMetadata"]
        return [key["AccessKeyId"] for key in keys if key["Status"] == "Active"]

    def check(self, entries: list[dict[str, Any]] = ALL) -> None:
        """Assert that every secret has its value, that all agree, and that one key is in use."""
        names = {name for spec in parsed(entries) for name in spec.names if spec.nature != "manual"}
        values = {name: self.value(name) for name in names}
        password = json.loads(self.value(MASTER))["password"]
        assert values["psql-password"] == password
        for name in names:
            if name.startswith("psql-connection-string-"):
                url = urlsplit(values[name])
                assert unquote(str(url.password)) == password
                assert url.path[1:] == name.removeprefix("psql-connection-string-").replace("-", "_")
        (definition,) = json.loads(values["azure-openai-endpoint-definitions"])
        assert definition["key"] == values["litellm-proxy-master-key"]
        assert values["psql-host"] == "value of psql-host"
        assert self.active_keys() == [values["s3-access-key-id"]]
        assert Frail.made[values["s3-access-key-id"]] == values["s3-secret-access-key"]
