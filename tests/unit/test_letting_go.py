# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How long a deletion waits for the network interfaces that are in its way, and what it says of them."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.dataai.platform.plugins.module_utils.aws import ec2
from ansible_collections.dataai.platform.plugins.module_utils.core.errors import Denied, Failure

from ..clock import StillClock

LAMBDA = {"NetworkInterfaceId": "eni-1", "Description": "AWS Lambda VPC ENI-sync-0a1b", "InterfaceType": "lambda"}
DATABASE = {"NetworkInterfaceId": "eni-2", "Description": "RDSNetworkInterface", "RequesterManaged": True}
CACHE = {"NetworkInterfaceId": "eni-3", "Attachment": {"InstanceOwnerId": "amazon-elasticache"}}
SERVER = {"NetworkInterfaceId": "eni-4", "Attachment": {"InstanceOwnerId": "123456789012", "InstanceId": "i-0a"}}
LOOSE = {"NetworkInterfaceId": "eni-5", "Description": "made by hand"}


class Account:
    """AWS with network interfaces of which some go after a while."""

    def __init__(self, clock: StillClock, interfaces: list[dict[str, Any]], seconds: float, *, blind: bool) -> None:
        self.clock, self.interfaces, self.seconds, self.blind = clock, interfaces, seconds, blind
        self.start = clock.now()

    def service(self, _name: str) -> Account:
        """Return itself as the service."""
        return self

    def pages(self, operation: str, _result: str, **_params: Any) -> list[dict[str, Any]]:
        """List the interfaces that are there now."""
        if self.blind:
            raise Denied(operation, "no")
        return self.interfaces if self.clock.now() - self.start < self.seconds else []

    def delete(self) -> None:
        """Refuse as long as an interface is there."""
        if self.clock.now() - self.start < self.seconds:
            raise Failure("ec2:DeleteSecurityGroup sg-1", "it has a dependent object", code="DependencyViolation")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> StillClock:
    """Return the clock that deletions wait by."""
    still = StillClock()
    monkeypatch.setattr(ec2, "Clock", lambda: still)
    return still


@pytest.mark.parametrize(
    ("interface", "seconds", "blind"),
    [(LAMBDA, 1300.0, False), (DATABASE, 150.0, False), (CACHE, 150.0, False), (SERVER, 150.0, True)],
)
def test_what_aws_takes_away_itself_is_waited_for(
    clock: StillClock, interface: dict[str, Any], seconds: float, blind: bool
) -> None:
    """Lambda for longer than others; who may not look waits as for any."""
    account = Account(clock, [interface], seconds, blind=blind)
    ec2.once_free(account, account.delete, group_id="sg-1")  # type: ignore[arg-type]


@pytest.mark.parametrize(("interface", "most"), [(SERVER, 0), (LOOSE, 0), (DATABASE, 300), (LAMBDA, 1500)])
def test_what_stays_is_named(clock: StillClock, interface: dict[str, Any], most: float) -> None:
    """Interfaces of people at once, since they go by nobody's doing but theirs."""
    account = Account(clock, [interface], 1e9, blind=False)
    with pytest.raises(Failure, match=f"it is used by {interface['NetworkInterfaceId']}") as caught:
        ec2.once_free(account, account.delete, group_id="sg-1")  # type: ignore[arg-type]
    assert caught.value.code == "DependencyViolation"
    assert clock.now() - account.start <= most


def test_another_refusal_is_not_waited_for(clock: StillClock) -> None:
    """Time changes nothing about it."""

    def refuse() -> None:
        raise Denied("ec2:DeleteSubnet subnet-1", "no")

    with pytest.raises(Denied):
        ec2.once_free(Account(clock, [LAMBDA], 1e9, blind=False), refuse, subnet_id="subnet-1")  # type: ignore[arg-type]
