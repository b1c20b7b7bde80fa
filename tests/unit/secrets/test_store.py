# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What seeding believes of Secrets Manager, whose answers lag behind and whom others write to as well."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.dataai.platform.plugins.module_utils.core.errors import Exists, Failure
from ansible_collections.dataai.platform.plugins.module_utils.core.values import Secret
from ansible_collections.dataai.platform.plugins.module_utils.secrets.generators import generate
from ansible_collections.dataai.platform.plugins.module_utils.secrets.store import CURRENT, PREVIOUS, State, Store
from ansible_collections.dataai.platform.plugins.module_utils.secrets.tokens import mark

from ...clock import StillClock

MARK = mark("a fact")


class Replica:
    """Secrets Manager with one secret, seen through a replica that shows what the test wants."""

    def __init__(self, *shown: str | None) -> None:
        self.shown, self.written, self.answers = list(shown), [], []

    def service(self, _name: str) -> Replica:
        return self

    def describe_secret(self, **_params: Any) -> dict[str, Any]:
        current = self.shown.pop(0) if len(self.shown) > 1 else self.shown[0]
        return {"ARN": "arn", "VersionIdsToStages": {current: [CURRENT], "before": [PREVIOUS]} if current else {}}

    def put_secret_value(self, **params: Any) -> dict[str, Any]:
        self.written.append(params["ClientRequestToken"])
        answer = self.answers.pop(0) if self.answers else [CURRENT]
        if isinstance(answer, Failure):
            raise answer
        return {"VersionStages": answer}

    def update_secret_version_stage(self, **_params: Any) -> None:
        raise Failure("secretsmanager:UpdateSecretVersionStage", "RemoveFromVersionId is another version")


def store(replica: Any) -> Store:
    """Return a store on a replica, with a clock of its own."""
    return Store(replica, StillClock())


def test_a_state_names_both_labels() -> None:
    assert store(Replica("now")).describe("name") == State("name", "arn", False, "now", "before")


def test_an_answer_from_before_the_own_write_is_not_believed() -> None:
    replica = Replica("old", "old", "newer")
    seeding = store(replica)
    after = seeding.write(seeding.describe("name"), Secret("value"), MARK)
    assert after.current == replica.written[0]
    behind = seeding.describe("name")
    assert (behind.current, behind.previous) == (after.current, "old")
    assert seeding.describe("name").current == "newer"  # what others wrote later is


def test_an_answer_without_any_version_is_not_believed_either() -> None:
    seeding = store(Replica(None))
    made, won = seeding.generate(seeding.describe("name"), "hex_16")
    assert won
    assert seeding.describe("name").current == made.current
    assert seeding.caught_up(State("another name for it", "arn")).current == made.current


def test_the_loser_of_a_first_value_knows_the_winners_version() -> None:
    replica = Replica(None)
    replica.answers = [Exists("put", "taken")]
    seeding = store(replica)
    theirs, won = seeding.generate(seeding.describe("name"), "hex_16")
    assert (theirs.current, won) == (replica.written[0], False)


def test_the_loser_of_a_replacement_waits_until_it_is_seen() -> None:
    replica = Replica("old", "old", "old", "theirs")
    replica.answers = [Exists("put", "taken")]
    seeding = store(replica)
    theirs, won = seeding.generate(seeding.describe("name"), "hex_16")
    assert (theirs.current, theirs.previous, won) == ("theirs", "old", False)


def test_a_version_that_was_overtaken_is_no_failure() -> None:
    replica = Replica("old", "further")
    replica.answers = [[PREVIOUS]]  # another run wrote the same, and then a third one went on
    seeding = store(replica)
    assert seeding.write(seeding.describe("name"), Secret("value"), MARK).current == "further"


def test_a_label_that_cannot_be_moved_is_a_failure() -> None:
    replica = Replica("old")
    replica.answers = [[]]
    seeding = store(replica)
    with pytest.raises(Failure, match="RemoveFromVersionId"):
        seeding.write(seeding.describe("name"), Secret("value"), MARK)


def test_credentials_are_those_of_the_user() -> None:
    made = json.loads(generate("alphanumeric_32", "dbadmin").reveal())
    assert (made["username"], len(made["password"])) == ("dbadmin", 32)
