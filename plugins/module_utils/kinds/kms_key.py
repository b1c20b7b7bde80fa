# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A customer managed KMS key, known by its alias."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ..aws.policy import document, normal_policy, text
from ..aws.session import Aws, Service
from ..aws.tags import mapping, pairs
from ..core.errors import Denied, Exists, Failure, Missing
from ..core.kind import READY, Delta, Deviation, Field, Form, Item, Kind, Live, Manual, busy

#: A key with this tag is to have the alias that the tag names. It marks a key between its creation and its alias, and
#: a key whose deletion this kind has scheduled: both are taken up again instead of making a second key.
MARK = "dataai.platform:alias"

#: What a key of this kind is: it encrypts, and the same key decrypts.
SYMMETRIC, ENCRYPT = "SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT"

#: States of a key on its way out, the second of one whose replicas in other regions go first.
_LEAVING = ("PendingDeletion", "PendingReplicaDeletion")

#: States that end by what people do outside of KMS's API for keys, and what that is.
_FOR_PEOPLE = {
    "PendingImport": "import its key material, or give the alias to a key of KMS",
    "Unavailable": "connect the key store that holds its material",
    "PendingReplicaDeletion": "its replicas in other regions go first; cancel the deletion of the key by hand",
}

#: What AWS rotates by where no period was given, in days.
DEFAULT_PERIOD = 365

_ALIAS = Form(
    r"alias/(?!aws/)[a-zA-Z0-9/_-]+", "'alias/' and letters, digits, / _ -, and must not begin with 'alias/aws/'"
)


class KmsKey(Kind[Aws]):
    """A symmetric key. Whatever is encrypted with it is lost with it."""

    type = "kms_key"
    noun = "KMS key"
    aws_type = "AWS::KMS::Key"
    key = "alias"
    stateful = True
    fields = (
        Field(
            "alias",
            "Alias of the key, C(alias/) and letters, digits, C(/ _ -). C(alias/aws/) belongs to AWS.",
            form=_ALIAS,
            max_length=256,
            property="AWS::KMS::Alias.AliasName",
        ),
        Field("description", "What the key is for.", max_length=8192),
        Field(
            "policy",
            (
                "The key policy. It is compared by meaning.",
                (
                    "Without it a new key gets the default policy of AWS, which leaves access to IAM "
                    "policies of the account."
                ),
            ),
            type="dict",
            normalise=normal_policy,
            property="KeyPolicy",
        ),
        Field(
            "enabled",
            ("Whether the key can be used.", "Enabling a key whose deletion is pending cancels the deletion."),
            type="bool",
            default=True,
        ),
        Field(
            "rotation_enabled",
            "Whether KMS makes new key material from time to time. Old data stays readable.",
            type="bool",
            property="EnableKeyRotation",
        ),
        Field(
            "rotation_period_days",
            "Days between two rotations, 90 to 2560. KMS takes 365 where nothing was ever said.",
            type="int",
            minimum=90,
            maximum=2560,
            property="RotationPeriodInDays",
        ),
        Field(
            "deletion_window_days",
            "Days that KMS keeps a deleted key before it is lost, 7 to 30. KMS takes 30 by default.",
            type="int",
            create_only=True,
            minimum=7,
            maximum=30,
            property="PendingWindowInDays",
        ),
    )
    deviations = (
        Deviation("deletion_window_days", "stricter", "ScheduleKeyDeletion documents 7 to 30, as the schema has it"),
        Deviation(
            "alias", "stricter", "CreateAlias documents letters, digits, / _ - alone, and keeps alias/aws/ to itself"
        ),
        Deviation("rotation_period_days", "write-only", "GetKeyRotationStatus tells it"),
    )
    outputs = ("arn", "key_id")

    def __init__(self) -> None:
        super().__init__()
        self.remarks: list[str] = []
        self._tried: set[str] = set()

    def problems(self, item: Item) -> Iterable[str]:
        """Check what goes together."""
        if item.get("rotation_period_days") is not None and item.get("rotation_enabled") is False:
            yield "rotation_period_days is given although rotation_enabled is false"

    def read(self, aws: Aws, items: Sequence[Item], *, everything: bool = False) -> dict[str, Live]:
        """Describe each key by its alias (with ``everything`` every alias of the account)."""
        kms = aws.service("kms")
        aliases = [item["alias"] for item in items]
        if everything:
            listed = (entry for entry in kms.pages("list_aliases", "Aliases") if entry.get("TargetKeyId"))
            aliases += [entry["AliasName"] for entry in listed if not entry["AliasName"].startswith("alias/aws/")]
        found = {alias: self._one(kms, alias) for alias in dict.fromkeys(aliases)}
        return {alias: live for alias, live in found.items() if live is not None}

    def _one(self, kms: Service, alias: str) -> Live | None:
        try:
            key = kms.describe_key(KeyId=alias)["KeyMetadata"]
        except Missing:
            return None
        key_id, state = key["KeyId"], key.get("KeyState", "Enabled")
        rotation = self._rotation(kms, key_id)
        rotates = bool(rotation.get("KeyRotationEnabled"))
        values = {
            "alias": alias,
            "arn": key["Arn"],
            "key_id": key_id,
            "description": key.get("Description", ""),
            "policy": document(kms.get_key_policy(KeyId=key_id, PolicyName="default")["Policy"]),
            "enabled": state == "Enabled",
            "rotation_enabled": rotates,
            "rotation_period_days": rotation.get("RotationPeriodInDays", DEFAULT_PERIOD) if rotates else None,
        }
        phase = busy(state) if state in ("Creating", "Updating") else READY
        tags = self._tags(kms, key_id)
        marked = tags.pop(MARK, None) is not None
        return Live(values, tags, phase, raw={**key, "marked": marked})

    def differences(self, want: Item, live: Live) -> dict[str, tuple[Any, Any]]:
        """Add the mark, which a key loses as soon as it has its alias for good."""
        found = super().differences(want, live)
        return {**found, "marked": (True, False)} if live.raw["marked"] else found

    @staticmethod
    def _rotation(kms: Service, key_id: str) -> dict[str, Any]:
        """Return how the key rotates; KMS knows no rotation of keys whose material it did not make."""
        try:
            return kms.get_key_rotation_status(KeyId=key_id)
        except Failure as failure:
            if failure.code not in ("UnsupportedOperationException", "KMSInvalidStateException"):
                raise
            return {}

    def blockers(self, want: Item, live: Live | None, *, absent: bool) -> Iterable[str]:
        """Refuse keys that cannot do what a key of ours is for, and states that only people can end."""
        if live is None or absent:
            return
        alias, key = want["alias"], live.raw
        if key.get("KeySpec", SYMMETRIC) != SYMMETRIC or key.get("KeyUsage", ENCRYPT) != ENCRYPT:
            yield f"{self.noun} {alias}: the key there is {key['KeySpec']} for {key['KeyUsage']}, not {SYMMETRIC}"
        elif key.get("KeyState") in _FOR_PEOPLE:
            yield f"{self.noun} {alias} is {key['KeyState']}: {_FOR_PEOPLE[key['KeyState']]}"
        elif want.get("rotation_enabled") and key.get("Origin", "AWS_KMS") != "AWS_KMS":
            yield (
                f"{self.noun} {alias}: its material comes from {key['Origin']}, which KMS does not rotate; "
                "set rotation_enabled: false, or give the alias to a key of KMS"
            )

    @staticmethod
    def _tags(kms: Service, key_id: str) -> dict[str, str]:
        return mapping(kms.pages("list_resource_tags", "Tags", KeyId=key_id), "TagKey", "TagValue")

    def create(self, aws: Aws, want: Item) -> bool:
        """Make a key and then its alias, or take up the key that lost it. The rest converges in the next round."""
        kms, alias = aws.service("kms"), want["alias"]
        old = next(self._left_over(kms, alias), None)
        before = old or alias in self._tried
        self._tried.add(alias)
        key_id = old or self._new(kms, want)
        if old:
            self._revive(kms, old)
        try:
            kms.create_alias(AliasName=alias, TargetKeyId=key_id)
        except Exists:  # another run was faster: its key is the one, ours goes
            kms.schedule_key_deletion(KeyId=key_id, PendingWindowInDays=7)
            return True
        if before:  # and then perhaps more than once
            self._drop(kms, alias, key_id)
        kms.untag_resource(KeyId=key_id, TagKeys=[MARK])
        if not old and want.get("rotation_enabled"):
            self._rotate(kms, key_id, want)
        return old is not None

    def _new(self, kms: Service, want: Item) -> str:
        tags = {**(want.get("tags") or {}), MARK: want["alias"]}
        request: dict[str, Any] = {"Tags": pairs(tags, "TagKey", "TagValue")}
        if want.get("description"):
            request["Description"] = want["description"]
        if want.get("policy"):
            request["Policy"] = text(want["policy"])
        return str(kms.create_key(**request)["KeyMetadata"]["KeyId"])

    def _left_over(self, kms: Service, alias: str) -> Iterator[str]:
        """Yield the keys that are marked for ``alias``."""
        for entry in kms.pages("list_keys", "Keys"):
            try:
                if self._tags(kms, entry["KeyId"]).get(MARK) == alias:
                    yield str(entry["KeyId"])
            except (Denied, Missing):  # a key whose policy shuts us out is none of ours
                continue

    def _drop(self, kms: Service, alias: str, kept: str) -> None:
        """Schedule the deletion of the other keys that were made for ``alias`` and never got it: nothing uses them."""
        for key_id in self._left_over(kms, alias):
            state = kms.describe_key(KeyId=key_id)["KeyMetadata"].get("KeyState")
            if key_id != kept and state in ("Enabled", "Disabled"):
                kms.schedule_key_deletion(KeyId=key_id, PendingWindowInDays=7)
                self.remarks.append(f"{self.noun} {alias}: key {key_id}, made for it twice, is to be deleted in 7 days")

    @staticmethod
    def _revive(kms: Service, key_id: str) -> None:
        """Cancel a deletion (which leaves the key disabled) and enable the key."""
        state = kms.describe_key(KeyId=key_id)["KeyMetadata"].get("KeyState")
        if state == "PendingDeletion":
            kms.cancel_key_deletion(KeyId=key_id)
        if state != "Enabled":
            kms.enable_key(KeyId=key_id)

    @staticmethod
    def _rotate(kms: Service, key_id: str, want: Item) -> None:
        period = want.get("rotation_period_days")
        kms.enable_key_rotation(KeyId=key_id, **({"RotationPeriodInDays": period} if period else {}))

    def update(self, aws: Aws, want: Item, live: Live, delta: Delta) -> bool:
        """Change what differs. A key that has to be revived first shows its true settings only then."""
        kms, key_id = aws.service("kms"), live["key_id"]
        if "enabled" in delta and want["enabled"]:
            self._revive(kms, key_id)
            return True
        if "marked" in delta:
            self._drop(kms, want["alias"], key_id)
            kms.untag_resource(KeyId=key_id, TagKeys=[MARK])
        if "policy" in delta:
            kms.put_key_policy(KeyId=key_id, PolicyName="default", Policy=text(want["policy"]))
        if "description" in delta:
            kms.update_key_description(KeyId=key_id, Description=want["description"])
        if delta.any("rotation_enabled", "rotation_period_days"):
            self._set_rotation(kms, key_id, want, live)
        if "enabled" in delta:
            kms.disable_key(KeyId=key_id)
        return False

    def _set_rotation(self, kms: Service, key_id: str, want: Item, live: Live) -> None:
        wanted = want.get("rotation_enabled")
        if live["rotation_enabled"] if wanted is None else wanted:
            self._rotate(kms, key_id, want)
        else:
            kms.disable_key_rotation(KeyId=key_id)

    def delete(self, aws: Aws, want: Item, live: Live) -> None:
        """Mark the key, schedule its deletion, and free the alias: a later run finds the key by its mark."""
        kms, key_id = aws.service("kms"), live["key_id"]
        if _state(live) not in _LEAVING:
            kms.tag_resource(KeyId=key_id, Tags=pairs({MARK: live["alias"]}, "TagKey", "TagValue"))
            window = want.get("deletion_window_days")
            answer = kms.schedule_key_deletion(KeyId=key_id, **({"PendingWindowInDays": window} if window else {}))
            text = f"{self.noun} {live['alias']}: pending deletion until {answer['DeletionDate']:%Y-%m-%d}"
            self.remains.append((live["alias"], text))
        try:
            kms.delete_alias(AliasName=live["alias"])
        except Missing:
            return

    def retag(self, aws: Aws, live: Live, add: Mapping[str, str], remove: Sequence[str]) -> None:
        """Tag by id; KMS has its own spelling of tags, and none for a key on its way out."""
        kms, key_id = aws.service("kms"), live["key_id"]
        if _state(live) in _LEAVING:  # update has just revived it: the next round tags it
            return
        if add:
            kms.tag_resource(KeyId=key_id, Tags=pairs(add, "TagKey", "TagValue"))
        if remove:
            kms.untag_resource(KeyId=key_id, TagKeys=list(remove))


def _state(live: Live) -> str:
    return str(live.raw.get("KeyState", "Enabled"))


MANUAL = Manual(
    short="Manage customer managed KMS keys by alias",
    about=(
        "Creates, changes and deletes symmetric KMS keys with their alias, policy and rotation.",
        (
            "A key that this module has scheduled for deletion is taken up again, with all that "
            "is encrypted under it, when a key of the same alias is wanted while KMS still keeps "
            "it. The tag C(dataai.platform:alias) marks such a key."
        ),
        "Deleting schedules the deletion and removes the alias.",
        (
            "An alias of a key that cannot encrypt and decrypt, that waits for material or key "
            "store, or that KMS cannot rotate although O(rotation_enabled=true), is refused."
        ),
        (
            "Uses C(kms:DescribeKey), C(kms:GetKeyPolicy), C(kms:GetKeyRotationStatus), "
            "C(kms:ListResourceTags), C(kms:ListKeys), C(kms:ListAliases), C(kms:CreateKey), "
            "C(kms:CreateAlias), C(kms:DeleteAlias), C(kms:PutKeyPolicy), "
            "C(kms:UpdateKeyDescription), C(kms:EnableKeyRotation), C(kms:DisableKeyRotation), "
            "C(kms:EnableKey), C(kms:DisableKey), C(kms:ScheduleKeyDeletion), "
            "C(kms:CancelKeyDeletion), C(kms:TagResource) and C(kms:UntagResource)."
        ),
    ),
    examples="""
- name: A key for data at rest, with yearly rotation
  dataai.platform.kms_key:
    alias: alias/acme-app-prod
    description: Data at rest of the app
    rotation_enabled: true
    tags:
      Purpose: data

- name: Schedule the deletion of the key
  dataai.platform.kms_key:
    alias: alias/acme-app-prod
    deletion_window_days: 7
    state: absent
    acknowledge: [alias/acme-app-prod]
""",
    sample={
        "alias/acme-app-prod": {
            "arn": "arn:aws:kms:eu-central-2:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab",
            "key_id": "1234abcd-12ab-34cd-56ef-1234567890ab",
            "enabled": True,
            "rotation_enabled": True,
        }
    },
    plural="keys",
    leaves=True,
)
