# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Secrets Manager secrets as containers: name, description, key and tags. Their values are seeded elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from ..aws.patience import patiently
from ..aws.session import Aws
from ..aws.tags import SECRETS, mapping, pairs
from ..core.errors import Exists, Failure, Missing
from ..core.kind import Delta, Field, Form, Item, Kind, Live, Manual
from ..core.values import is_unknown, last_part, texts
from ..core.wait import Clock, poll

#: Seconds in which AWS finishes a deletion without a recovery window, and frees the name.
RELEASE_SECONDS = 180.0

#: What encrypts secrets that name no key.
AWS_KEY = "alias/aws/secretsmanager"

#: Secrets described at the same time.
READERS = 8

#: Refusals of a deletion while the replicas are on their way out.
_REPLICATING = ("InvalidRequestException", "replica")

NAME = re.compile(r"[A-Za-z0-9/_+=.@-]{1,512}")


def key_id(value: Any) -> Any:
    """Compare an ARN and the id or name at its end as equal, and AWS's own key and none: AWS leaves that out."""
    return None if str(value).endswith(AWS_KEY) else last_part("/")(value)


class Secret(Kind[Aws]):
    """A secret without regard to its value. It is created empty, and no value is ever read here."""

    type = "secret"
    noun = "secret"
    aws_type = "AWS::SecretsManager::Secret"
    stateful = True
    fields = (
        Field(
            "name",
            "Name of the secret, 1-512 letters, digits and any of C(/_+=.@-).",
            form=Form(NAME.pattern, "letters, digits and / _ + = . @ -"),
            min_length=1,
            max_length=512,
        ),
        Field("description", "What the secret is for, up to 2048 characters.", max_length=2048),
        Field(
            "kms_key_arn",
            (
                "ARN of the key that encrypts the values.",
                "A new key re-encrypts the values that are there where the caller may encrypt with it.",
            ),
            normalise=key_id,
            max_length=2048,
            property="KmsKeyId",
        ),
        Field(
            "recovery_window_days",
            (
                "For how long a deleted secret can be restored, 7-30 days; V(0) deletes at once and for good.",
                "AWS takes 30 days where it is left out.",
            ),
            type="int",
            create_only=True,
            property="",
        ),
        Field(
            "owner_tags",
            "Tags that tell whose secret it is. A secret with one of these keys and another value "
            "is refused, and one pending deletion is restored, and any deleted, only where all of "
            "them are there.",
            type="dict",
            create_only=True,
            spelled=texts,
            property="",
        ),
    )
    outputs = ("arn", "replica_regions")

    def problems(self, item: Item) -> Iterable[str]:
        """Check the recovery window."""
        window = item.get("recovery_window_days")
        if window is not None and window != 0 and not 7 <= window <= 30:
            yield f"recovery_window_days is {window}; it is 7-30, or 0 to delete at once and for good"

    # --- looking ----------------------------------------------------------------------------------------------------

    def read(self, aws: Aws, items: Sequence[Item], *, everything: bool = False) -> dict[str, Live]:
        """Describe each secret by name, several at a time; list them only for ``prune``.

        ListSecrets may lag five minutes behind, which would make a secret that was just deleted look alive.
        """
        names = [item["name"] for item in items if not is_unknown(item["name"])]
        secrets = aws.service("secretsmanager")
        with ThreadPoolExecutor(max_workers=READERS) as pool:
            found = {live["name"]: live for live in pool.map(lambda name: described(secrets, name), names) if live}
        if everything:
            listing = secrets.pages("list_secrets", "SecretList", IncludePlannedDeletion=True)
            found = {**{entry["Name"]: from_aws(entry) for entry in listing}, **found}
        return found

    def differences(self, want: Item, live: Live) -> dict[str, tuple[Any, Any]]:
        """Add the pending deletion, which a wanted secret must not have."""
        found = super().differences(want, live)
        return {**found, "pending_deletion": (True, False)} if live["pending_deletion"] else found

    def predict(self, want: Item) -> Mapping[str, Any]:
        """A secret that was just made is not pending deletion, and nowhere else."""
        return {"pending_deletion": False, "replica_regions": []}

    def gone(self, want: Item, live: Live) -> bool:
        """Tell whether the secret waits for the end of its window, unless it is to go at once."""
        return bool(live["pending_deletion"]) and want.get("recovery_window_days") != 0

    def blockers(self, want: Item, live: Live | None, *, absent: bool) -> Iterable[str]:
        """Refuse secrets of a service and of another owner. A pending deletion is undone for a proven owner only."""
        if live is None:
            return
        other = managed(live) or foreign(want, live)
        if other:
            yield (
                f"secret {live['name']}: {other}; names of secrets are shared by an account and region, so use "
                "another account or region"
            )
        elif live["pending_deletion"] and not absent and not proven(want, live):
            yield (
                f"secret {live['name']}: a secret of this name is pending deletion and its tags do not prove it ours; "
                "restore it by hand, or wait for the end of its recovery window"
            )

    def spared(self, want: Item, live: Live) -> str:
        """Leave what is another owner's, and where an owner is given, what no tag proves to be the owner's."""
        other = managed(live) or foreign(want, live)
        if not other and want.get("owner_tags") and not proven(want, live):
            other = "no tag proves it this environment's"
        return f"{other}, and stays" if other else ""

    # --- changing ---------------------------------------------------------------------------------------------------

    def create(self, aws: Aws, want: Item) -> bool | None:
        """Create the secret empty. A name that a deletion still holds is waited for."""
        request = {"Name": want["name"]}
        request.update({"Description": want["description"]} if want.get("description") else {})
        request.update({"KmsKeyId": want["kms_key_arn"]} if want.get("kms_key_arn") else {})
        if want.get("tags"):
            request["Tags"] = pairs(want["tags"])
        secrets = aws.service("secretsmanager")
        error, _created = poll(
            lambda: _create(secrets, request), lambda seen: seen is None, clock=Clock(), timeout=RELEASE_SECONDS
        )
        if error is None:
            return None
        if described(secrets, want["name"]) is not None:  # somebody scheduled its deletion meanwhile
            return True
        raise error

    def update(self, aws: Aws, want: Item, live: Live, delta: Delta) -> None:
        """Undo a pending deletion first: a secret that has one accepts nothing else."""
        secrets = aws.service("secretsmanager")
        if "pending_deletion" in delta:
            if not proven(want, live):
                raise Failure(f"secret {want['name']}", "its deletion is pending and its tags do not prove it ours")
            secrets.restore_secret(SecretId=live["arn"])
        request = {}
        if "description" in delta:
            request["Description"] = want["description"]
        if "kms_key_arn" in delta:
            request["KmsKeyId"] = want["kms_key_arn"]
        if request:
            secrets.update_secret(SecretId=live["arn"], **request)

    def delete(self, aws: Aws, want: Item, live: Live) -> None:
        """Schedule the deletion; with a window of 0 days delete at once. Its replicas go first, as AWS wants it."""
        secrets = aws.service("secretsmanager")
        window = want.get("recovery_window_days")
        how: dict[str, Any] = {} if window is None else {"RecoveryWindowInDays": window}
        if window == 0:
            how = {"ForceDeleteWithoutRecovery": True}
        try:
            if live["replica_regions"]:
                secrets.remove_regions_from_replication(
                    SecretId=live["arn"], RemoveReplicaRegions=live["replica_regions"]
                )
            answer = patiently(
                lambda: secrets.delete_secret(SecretId=live["arn"], **how), _REPLICATING, seconds=RELEASE_SECONDS
            )
        except Missing:
            return
        if window != 0:
            text = f"secret {live['name']}: pending deletion until {answer['DeletionDate']:%Y-%m-%d}"
            self.remains.append((live["name"], text))

    def retag(self, aws: Aws, live: Live, add: Mapping[str, str], remove: Sequence[str]) -> None:
        """Tag by full ARN: a name that ends in six characters after a hyphen may be mistaken for a partial ARN."""
        SECRETS.apply(aws, live["arn"], add, remove)


def described(secrets: Any, name: str) -> Live | None:
    """Return a secret by its name, and nothing where there is none."""
    try:
        return from_aws(secrets.describe_secret(SecretId=name))
    except Missing:
        return None


def from_aws(entry: Mapping[str, Any]) -> Live:
    """Return a secret as DescribeSecret and ListSecrets answer it."""
    values = {
        "name": entry["Name"],
        "arn": entry["ARN"],
        "description": entry.get("Description", ""),
        "kms_key_arn": entry.get("KmsKeyId"),
        "pending_deletion": entry.get("DeletedDate") is not None,
        "replica_regions": sorted(replica["Region"] for replica in entry.get("ReplicationStatus") or ()),
    }
    return Live(values, mapping(entry.get("Tags")), raw=dict(entry))


def _create(secrets: Any, request: Mapping[str, Any]) -> Failure | None:
    """Create a secret. Return AWS's refusal where a deletion still holds the name."""
    try:
        secrets.create_secret(**request)
    except Exists:  # somebody was quicker; the engine looks at it
        return None
    except Failure as failure:
        if failure.code == "InvalidRequestException" and "scheduled for deletion" in failure.why:
            return failure
        raise
    return None


def managed(live: Live) -> str:
    """Return what else manages the secret: a service, or the region that it is replicated from; empty for nothing."""
    if live.raw.get("OwningService"):
        return f"it belongs to AWS service {live.raw['OwningService']}, which manages it"
    primary = live.raw.get("PrimaryRegion")
    if primary and primary != live["arn"].split(":")[3]:
        return f"it is a replica of the secret in {primary}, which manages it"
    return ""


def foreign(want: Item, live: Live) -> str:
    """Return the tags that name another owner; empty where none does."""
    tags = live.tags or {}
    wanted = want.get("owner_tags") or {}
    others = [f"{key}={tags[key]}" for key in sorted(wanted) if tags.get(key, wanted[key]) != wanted[key]]
    return f"it exists with {', '.join(others)}, so it is not this environment's" if others else ""


def proven(want: Item, live: Live) -> bool:
    """Tell whether all tags of the owner are there. No marks, no proof."""
    wanted = want.get("owner_tags") or {}
    return bool(wanted) and all((live.tags or {}).get(key) == value for key, value in wanted.items())


MANUAL = Manual(
    short="Manage Secrets Manager secrets without their values",
    about=(
        (
            "Creates secrets empty, changes their description, key and tags, and deletes them. "
            "Values are neither read nor written; M(dataai.platform.secret_values) seeds them."
        ),
        (
            "A secret that is pending deletion is restored, with the value that it had, where its "
            "tags prove whose it is."
        ),
        (
            "A secret that an AWS service or another region manages, or whose tags name another "
            "owner, is refused. Where secrets are deleted, such a one stays and is told, and the "
            "others go. So does one that O(owner_tags) do not prove ours."
        ),
        "A secret is deleted with its replicas in other regions, as AWS wants them gone first.",
        (
            "Uses C(secretsmanager:DescribeSecret), C(secretsmanager:ListSecrets) (for O(prune)), "
            "C(secretsmanager:CreateSecret), C(secretsmanager:UpdateSecret), "
            "C(secretsmanager:RestoreSecret), C(secretsmanager:TagResource), "
            "C(secretsmanager:UntagResource), C(secretsmanager:RemoveRegionsFromReplication) and "
            "C(secretsmanager:DeleteSecret)."
        ),
    ),
    examples="""
- name: Two empty secrets under one key
  dataai.platform.secret:
    items:
      - name: rabbitmq-password-chat
        description: Password of the chat's message broker
        kms_key_arn: arn:aws:kms:eu-central-2:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab
        tags:
          product:Environment: prod
      - name: redis-host
        kms_key_arn: arn:aws:kms:eu-central-2:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab

- name: Delete one, with a week to think better of it
  dataai.platform.secret:
    name: rabbitmq-password-chat
    recovery_window_days: 7
    state: absent
    acknowledge: [rabbitmq-password-chat]
""",
    sample={
        "redis-host": {
            "arn": "arn:aws:secretsmanager:eu-central-2:123456789012:secret:redis-host-AbCdEf",
            "description": "Host of the Redis group",
            "kms_key_arn": "arn:aws:kms:eu-central-2:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab",
            "pending_deletion": False,
            "replica_regions": [],
        }
    },
    leaves=True,
)
