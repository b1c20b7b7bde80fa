# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A record of every call: what was asked and how it ended, never with what values."""

from __future__ import annotations

import json
import re
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path

_READ = re.compile(
    r"(Describe|Get|List|Head|BatchGet|Search|Select|Lookup|Query|Scan|Filter|Simulate|Validate|Check|Test|Download"
    r"|Estimate|Preview|Detect)(?![a-z])"
)
# Operations whose name says nothing about it but that leave no trace in the configuration of an account.
_READ_ALSO = {
    ("bedrock-runtime", "ApplyGuardrail"),
    ("bedrock-runtime", "Converse"),
    ("bedrock-runtime", "ConverseStream"),
    ("bedrock-runtime", "CountTokens"),
    ("bedrock-runtime", "InvokeModel"),
    ("bedrock-runtime", "InvokeModelWithResponseStream"),
    ("iam", "GenerateCredentialReport"),
    ("kms", "Decrypt"),
    ("kms", "Encrypt"),
    ("kms", "GenerateDataKey"),
    ("kms", "GenerateDataKeyPair"),
    ("kms", "GenerateDataKeyWithoutPlaintext"),
    ("kms", "GenerateMac"),
    ("kms", "GenerateRandom"),
    ("kms", "ReEncrypt"),
    ("kms", "Sign"),
    ("kms", "Verify"),
    ("kms", "VerifyMac"),
    ("logs", "StartQuery"),
    ("logs", "StopQuery"),
    ("sts", "AssumeRole"),
    ("sts", "AssumeRoleWithSAML"),
    ("sts", "AssumeRoleWithWebIdentity"),
    ("sts", "DecodeAuthorizationMessage"),
}
# And the reverse: a name that begins like a read.
_WRITE_ALSO = {("rds", "TestFailover"), ("elasticache", "TestFailover"), ("elasticache", "TestMigration")}


def classify(service: str, operation: str, dry_run: bool = False) -> str:
    """Return "read" or "write" for an operation of a service, by botocore's names."""
    if dry_run or (service, operation) in _READ_ALSO:
        return "read"
    if (service, operation) in _WRITE_ALSO:
        return "write"
    return "read" if _READ.match(operation) else "write"


@dataclass
class Call:
    """One finished request."""

    number: int
    time: float
    service: str
    operation: str
    access: str
    status: int
    error: str | None
    region: str
    access_key_id: str
    duration_ms: float


class CallLog:
    """All calls in memory and, where a file is given, one JSON object per line."""

    def __init__(self, path: str | None = None) -> None:
        self._calls: list[Call] = []
        self._lock = threading.Lock()
        self._next = 1
        self._file = Path(path).open("a", encoding="utf-8", buffering=1) if path else None  # noqa: SIM115 - open as long as the log

    def add(self, **values: object) -> None:
        """Record one call; `values` are the fields of `Call` without number and time."""
        with self._lock:
            call = Call(number=self._next, time=round(time.time(), 3), **values)  # type: ignore[arg-type]
            self._next += 1
            self._calls.append(call)
            if self._file:
                self._file.write(json.dumps(asdict(call)) + "\n")

    def select(self, access: str | None = None, since: int = 0, service: str | None = None) -> list[dict[str, object]]:
        """Return the calls numbered above `since`, of one kind of access or one service where asked."""
        with self._lock:
            return [
                asdict(call)
                for call in self._calls
                if call.number > since and access in (None, call.access) and service in (None, call.service)
            ]

    def clear(self) -> None:
        """Forget the calls in memory. Numbers go on, so that `since` stays meaningful."""
        with self._lock:
            self._calls.clear()
