# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An S3 bucket with everything but its policy, which is a kind of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from ..aws.forms import BUCKET
from ..aws.lifecycle import OPTIONS, from_aws, normal, problems, to_aws
from ..aws.policy import arn
from ..aws.s3 import empty, settled, unless_exists
from ..aws.session import Aws, Service
from ..aws.tags import mapping, pairs
from ..core.errors import Denied, Failure, Missing
from ..core.kind import Delta, Deviation, Field, Item, Kind, Live, Manual
from ..core.partitions import DOMAINS
from ..core.values import last_part

#: Option to the member of the API, and what it says.
BLOCKS = {
    "block_public_acls": ("BlockPublicAcls", "Refuse public ACLs."),
    "ignore_public_acls": ("IgnorePublicAcls", "Ignore public ACLs that are there."),
    "block_public_policy": ("BlockPublicPolicy", "Refuse a public bucket policy."),
    "restrict_public_buckets": (
        "RestrictPublicBuckets",
        "Restrict access through a public policy to the account and AWS services.",
    ),
}
LOGGING = (
    Field(
        "target_bucket",
        "Bucket that receives the logs. Its policy must let C(logging.s3.amazonaws.com) write.",
        form=BUCKET,
        clears=True,
        property="DestinationBucketName",
    ),
    Field("target_prefix", "Begin of the keys of the logs.", property="LogFilePrefix"),
)
SIZES = ("all_storage_classes_128K", "varies_by_storage_class")
#: Where AWS's schema has the encryption.
_ENCRYPTION = "BucketEncryption.ServerSideEncryptionConfiguration[]"
ENCRYPTION = ("encryption", "kms_key_arn", "bucket_key_enabled")
LIFECYCLE = ("lifecycle_rules", "transition_minimum_size")

#: Marks a bucket that is there but answers to somebody else.
FOREIGN = "foreign"

#: Marks a bucket whose versions can be deleted, and whose versioning can be changed, with a second factor only.
MFA_DELETE = "mfa delete"


def without_empty(settings: Any) -> Any:
    """Compare a setting that is empty and one that was never made as equal."""
    return {name: value for name, value in settings.items() if value}


def with_all_blocks(blocks: Any) -> Any:
    """Return a public access block with every switch; what is not said is on."""
    return {name: True if blocks.get(name) is None else blocks[name] for name in BLOCKS}


class S3Bucket(Kind[Aws]):
    """A bucket. All its settings are read by management calls, which a VPC-only policy leaves open."""

    type = "s3_bucket"
    noun = "S3 bucket"
    aws_type = "AWS::S3::Bucket"
    stateful = True
    fields = (
        Field(
            "name",
            "Name of the bucket, 3-63 lower-case letters, digits, dots and hyphens, unique in the world.",
            form=BUCKET,
            min_length=3,
            max_length=63,
            property="BucketName",
        ),
        Field(
            "versioning",
            "Keep old versions of objects. Switching it off suspends versioning; old versions stay.",
            type="bool",
            property="VersioningConfiguration.Status",
        ),
        Field(
            "encryption",
            "How new objects are encrypted by default.",
            choices=("AES256", "aws:kms"),
            property=f"{_ENCRYPTION}.ServerSideEncryptionByDefault.SSEAlgorithm",
        ),
        Field(
            "kms_key_arn",
            "ARN of the key for V(aws:kms), which it implies. Applies to new objects.",
            normalise=last_part("/"),
            property=f"{_ENCRYPTION}.ServerSideEncryptionByDefault.KMSMasterKeyID",
        ),
        Field(
            "bucket_key_enabled",
            "Use a bucket key, which spares most calls of KMS.",
            type="bool",
            property=f"{_ENCRYPTION}.BucketKeyEnabled",
        ),
        Field(
            "public_access_block",
            "The four protections against public access.",
            type="dict",
            options=tuple(Field(name, says, type="bool", default=True) for name, (_theirs, says) in BLOCKS.items()),
            spelled=with_all_blocks,
            property="PublicAccessBlockConfiguration",
        ),
        Field(
            "object_ownership",
            "Who owns new objects. V(BucketOwnerEnforced) switches ACLs off.",
            choices=("BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter"),
            property="OwnershipControls.Rules[].ObjectOwnership",
        ),
        Field(
            "lifecycle_rules",
            "All lifecycle rules of the bucket; an empty list removes them.",
            type="list",
            elements="dict",
            options=OPTIONS,
            normalise=normal,
            unique=True,
            property="LifecycleConfiguration.Rules",
        ),
        Field(
            "transition_minimum_size",
            (
                (
                    "Which small objects the lifecycle rules leave where they are. "
                    "V(all_storage_classes_128K) leaves all below 128 KiB, V(varies_by_storage_class) "
                    "only those on their way to the classes for infrequent access."
                ),
                "It is sent with every change of the rules, since S3 would reset it.",
            ),
            choices=SIZES,
            property="LifecycleConfiguration.TransitionDefaultMinimumObjectSize",
        ),
        Field(
            "logging",
            "Where access is logged; an empty dictionary switches logging off.",
            type="dict",
            options=LOGGING,
            normalise=without_empty,
            property="LoggingConfiguration",
        ),
        Field(
            "force_destroy",
            "With O(state=absent), delete all objects with all their versions first.",
            type="bool",
            create_only=True,
            property="",
        ),
    )
    deviations = (
        Deviation(
            "lifecycle_rules.abort_incomplete_multipart_upload_days", "stricter", "S3 answers that it must be positive"
        ),
        Deviation("name", "stricter", "S3 documents 3 to 63 characters and no two dots in a row"),
        Deviation(
            "encryption", "stricter", "two layers of encryption are not wanted here, and no bucket key goes with them"
        ),
        Deviation("lifecycle_rules.transitions.storage_class", "stricter", "Glacier is an old spelling of GLACIER"),
        Deviation(
            "lifecycle_rules.noncurrent_transitions.storage_class", "stricter", "Glacier is an old spelling of GLACIER"
        ),
    )
    outputs = ("arn", "region", "domain_name")

    def problems(self, item: Item) -> Iterable[str]:
        """Check the encryption and the lifecycle rules."""
        if item.get("encryption") == "AES256" and (item.get("kms_key_arn") or item.get("bucket_key_enabled")):
            yield "kms_key_arn and bucket_key_enabled need encryption: aws:kms"
        for text in problems(item.get("lifecycle_rules") or ()):
            yield f"lifecycle_rules: {text}"
        if item.get("lifecycle_rules") == [] and item.get("transition_minimum_size"):
            yield "transition_minimum_size means nothing without lifecycle_rules"
        logging = item.get("logging") or {}
        if logging.get("target_prefix") and not logging.get("target_bucket"):
            yield "logging.target_prefix is given without logging.target_bucket"

    def read(self, aws: Aws, items: Sequence[Item], *, everything: bool = False) -> dict[str, Live]:
        """Ask each bucket for its region first: the answer tells ours, nobody's and somebody else's apart."""
        s3 = aws.service("s3")
        names = [item["name"] for item in items]
        if everything:
            names += [bucket["Name"] for bucket in s3.pages("list_buckets", "Buckets")]
        found = {name: self._one(aws, s3, name) for name in dict.fromkeys(names)}
        return {name: live for name, live in found.items() if live is not None}

    def _one(self, aws: Aws, s3: Service, name: str) -> Live | None:
        try:
            place = s3.get_bucket_location(Bucket=name, ExpectedBucketOwner=aws.account).get("LocationConstraint")
        except Missing:
            return None
        except Denied:
            return Live({"name": name}, raw=FOREIGN)
        region = {None: "us-east-1", "": "us-east-1", "EU": "eu-west-1"}.get(place, str(place))
        names = {"name": name, "arn": arn(aws.partition, "s3", "", "", name), "region": region}
        names["domain_name"] = f"{name}.s3.{region}.{DOMAINS[aws.partition]}"
        if region != aws.region:
            return Live(names)
        try:
            values, mfa_delete = self._settings(s3, name)
            return Live({**names, **values}, _tags(s3, name), raw=MFA_DELETE if mfa_delete else None)
        except Missing:  # deleted while we look
            return None

    @staticmethod
    def _settings(s3: Service, name: str) -> tuple[dict[str, Any], bool]:
        """Return the settings, and whether a version is deleted with a second factor only."""
        versioning = s3.get_bucket_versioning(Bucket=name)
        lifecycle = _or_nothing(s3.get_bucket_lifecycle_configuration, name)
        blocks = _or_nothing(s3.get_public_access_block, name).get("PublicAccessBlockConfiguration", {})
        owner = _or_nothing(s3.get_bucket_ownership_controls, name).get("OwnershipControls", {}).get("Rules") or [{}]
        logs = s3.get_bucket_logging(Bucket=name).get("LoggingEnabled") or {}
        target = {"target_bucket": logs.get("TargetBucket"), "target_prefix": logs.get("TargetPrefix")}
        values = {
            "versioning": versioning.get("Status") == "Enabled",
            **_encryption(s3, name),
            "public_access_block": {ours: bool(blocks.get(theirs)) for ours, (theirs, _says) in BLOCKS.items()},
            "object_ownership": owner[0].get("ObjectOwnership"),
            "lifecycle_rules": [from_aws(rule) for rule in lifecycle.get("Rules", ())],
            # S3 answers nothing where there are no rules, and the size means nothing there.
            "transition_minimum_size": lifecycle.get("TransitionDefaultMinimumObjectSize", SIZES[0]),
            "logging": without_empty(target),
        }
        return values, versioning.get("MFADelete") == "Enabled"

    def blockers(self, want: Item, live: Live | None, *, absent: bool) -> Iterable[str]:
        """Refuse a bucket of another account or region, and what S3 does for nobody without a second factor."""
        if live is None:
            return
        if live.raw == FOREIGN:
            yield (
                f"{self.noun} {want['name']} exists, but s3:GetBucketLocation is denied: another account owns the name "
                "(choose another name or suffix), or the caller lacks that permission"
            )
        elif "versioning" not in live.values:
            yield f"{self.noun} {want['name']} is in {live['region']}; work there, or choose another name"
        elif live.raw == MFA_DELETE:
            yield from self._second_factor(want, live, absent)

    def _second_factor(self, want: Item, live: Live, absent: bool) -> Iterable[str]:
        what = ""
        if absent and want.get("force_destroy"):
            what = "delete its versions"
        elif not absent and want.get("versioning") not in (None, live["versioning"]):
            what = "change its versioning"
        if what:
            yield (
                f"{self.noun} {want['name']} has MFA delete on, so only the root user with its device can {what}: "
                "turn MFA delete off first"
            )

    def spared(self, want: Item, live: Live) -> str:
        """Leave a bucket of this name that is in another region. One that answers to nobody may still be ours."""
        elsewhere = live.raw != FOREIGN and "versioning" not in live.values
        return f"it is in {live['region']}, not in the region that is worked in, and stays" if elsewhere else ""

    def differences(self, want: Item, live: Live) -> dict[str, tuple[Any, Any]]:
        """Compare with what a key implies."""
        return super().differences(_explicit(want), live)

    def create(self, aws: Aws, want: Item) -> None:
        """Create the bucket and give it its settings, protection first."""
        s3, name = aws.service("s3"), want["name"]
        request: dict[str, Any] = {"Bucket": name}
        if want.get("object_ownership"):
            request["ObjectOwnership"] = want["object_ownership"]
        if aws.region != "us-east-1":  # the one region that may not be named
            request["CreateBucketConfiguration"] = {"LocationConstraint": aws.region}
        unless_exists(s3.create_bucket, **request)
        given = {field for field, value in want.items() if value not in (None, [], {})}
        self._apply(s3, want, {}, given - {"object_ownership"})
        if want.get("tags"):
            _put(s3.put_bucket_tagging, name, Tagging={"TagSet": pairs(want["tags"])})

    def update(self, aws: Aws, want: Item, live: Live, delta: Delta) -> None:
        """Change what differs."""
        self._apply(aws.service("s3"), want, live.values, set(delta.fields))

    def _apply(self, s3: Service, want: Item, live: Mapping[str, Any], changed: set[str]) -> None:
        given = {name: value for name, value in _explicit(want).items() if value is not None}
        merged = {**live, **given, "lifecycle_rules": given.get("lifecycle_rules")}
        steps: tuple[tuple[tuple[str, ...], Callable[[Service, Mapping[str, Any]], None]], ...] = (
            (("public_access_block",), _put_blocks),
            (("object_ownership",), _put_ownership),
            (ENCRYPTION, _put_encryption),
            (("versioning",), _put_versioning),
            (LIFECYCLE, _put_lifecycle),
            (("logging",), _put_logging),
        )
        for fields, put in steps:
            if changed.intersection(fields):
                put(s3, merged)

    def delete(self, aws: Aws, want: Item, live: Live) -> None:
        """Delete the bucket; with ``force_destroy`` everything in it first."""
        s3, name = aws.service("s3"), live["name"]
        try:
            if want.get("force_destroy"):
                empty(s3, name)
            settled(s3.delete_bucket, Bucket=name)
        except Missing:
            return
        except Failure as failure:
            if failure.code != "BucketNotEmpty":
                raise
            hint = "set force_destroy: true to delete its objects and all their versions too, or empty it first"
            raise Failure(failure.what, failure.why, next_step=hint, code=failure.code) from None

    def retag(self, aws: Aws, live: Live, add: Mapping[str, str], remove: Sequence[str]) -> None:
        """Write all tags again: S3 knows no other way."""
        kept = {key: value for key, value in {**(live.tags or {}), **add}.items() if key not in remove}
        s3 = aws.service("s3")
        if kept:
            _put(s3.put_bucket_tagging, live["name"], Tagging={"TagSet": pairs(kept)})
        else:
            settled(s3.delete_bucket_tagging, Bucket=live["name"])


def _explicit(want: Item) -> Item:
    """Return the item with the encryption that a key implies."""
    return {**want, "encryption": "aws:kms"} if want.get("kms_key_arn") else want


def _or_nothing(call: Callable[..., dict[str, Any]], name: str) -> dict[str, Any]:
    """Return a setting, an empty one where the bucket never had it."""
    try:
        return call(Bucket=name)
    except Missing as missing:
        if missing.code == "NoSuchBucket":
            raise
        return {}


def _encryption_rule(s3: Service, name: str) -> dict[str, Any]:
    configuration = _or_nothing(s3.get_bucket_encryption, name).get("ServerSideEncryptionConfiguration", {})
    return dict(next(iter(configuration.get("Rules") or ()), {}))


def _encryption(s3: Service, name: str) -> dict[str, Any]:
    rule = _encryption_rule(s3, name)
    default = rule.get("ApplyServerSideEncryptionByDefault", {})
    return {
        "encryption": default.get("SSEAlgorithm"),
        "kms_key_arn": default.get("KMSMasterKeyID"),
        "bucket_key_enabled": bool(rule.get("BucketKeyEnabled")),
    }


def _tags(s3: Service, name: str) -> dict[str, str]:
    return mapping(_or_nothing(s3.get_bucket_tagging, name).get("TagSet"))


def _put(call: Callable[..., Any], name: str, **params: Any) -> None:
    """Write one setting. A bucket that was made a moment ago may not be known everywhere yet."""
    settled(call, also=("NoSuchBucket",), Bucket=name, **params)


def _put_blocks(s3: Service, want: Mapping[str, Any]) -> None:
    blocks = {theirs: want["public_access_block"].get(ours, True) for ours, (theirs, _says) in BLOCKS.items()}
    _put(s3.put_public_access_block, want["name"], PublicAccessBlockConfiguration=blocks)


def _put_ownership(s3: Service, want: Mapping[str, Any]) -> None:
    controls = {"Rules": [{"ObjectOwnership": want["object_ownership"]}]}
    _put(s3.put_bucket_ownership_controls, want["name"], OwnershipControls=controls)


def _put_encryption(s3: Service, want: Mapping[str, Any]) -> None:
    """Write the default encryption; what else the rule says, such as the types of encryption it blocks, stays."""
    algorithm = want.get("encryption") or "AES256"
    live = settled(_encryption_rule, also=("NoSuchBucket",), s3=s3, name=want["name"])
    kept = {name: value for name, value in live.items() if name != "BucketKeyEnabled"}
    rule: dict[str, Any] = {**kept, "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": algorithm}}
    if algorithm == "aws:kms":
        rule["BucketKeyEnabled"] = bool(want.get("bucket_key_enabled"))
        if want.get("kms_key_arn"):
            rule["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"] = want["kms_key_arn"]
    _put(s3.put_bucket_encryption, want["name"], ServerSideEncryptionConfiguration={"Rules": [rule]})


def _put_versioning(s3: Service, want: Mapping[str, Any]) -> None:
    status = "Enabled" if want["versioning"] else "Suspended"
    _put(s3.put_bucket_versioning, want["name"], VersioningConfiguration={"Status": status})


def _put_lifecycle(s3: Service, want: Mapping[str, Any]) -> None:
    """Replace all rules. The minimum size goes along each time: S3 resets what it is not told.

    Rules that are not ours to manage are written as they are, with all that our spelling of a rule cannot say.
    """
    wanted = want.get("lifecycle_rules")
    rules = [to_aws(rule) for rule in wanted or ()]
    if wanted is None:
        rules = _or_nothing(s3.get_bucket_lifecycle_configuration, want["name"]).get("Rules") or []
    if not rules:
        settled(s3.delete_bucket_lifecycle, Bucket=want["name"])
        return
    _put(
        s3.put_bucket_lifecycle_configuration,
        want["name"],
        LifecycleConfiguration={"Rules": rules},
        TransitionDefaultMinimumObjectSize=want.get("transition_minimum_size") or SIZES[0],
    )


def _put_logging(s3: Service, want: Mapping[str, Any]) -> None:
    """Turn access logging on or off. Who else may read the logs, and how their keys are made, stays as it is."""
    logging = want["logging"]
    answer = settled(s3.get_bucket_logging, also=("NoSuchBucket",), Bucket=want["name"])
    live = answer.get("LoggingEnabled") or {}
    kept = {name: live[name] for name in ("TargetGrants", "TargetObjectKeyFormat") if live.get(name)}
    target = {"TargetBucket": logging.get("target_bucket"), "TargetPrefix": logging.get("target_prefix") or "", **kept}
    _put(
        s3.put_bucket_logging,
        want["name"],
        BucketLoggingStatus={"LoggingEnabled": target} if logging.get("target_bucket") else {},
    )


MANUAL = Manual(
    short="Manage S3 buckets with encryption, protection and lifecycle",
    about=(
        (
            "Creates, changes and deletes buckets with versioning, default encryption, public "
            "access block, object ownership, lifecycle rules, access logging and tags. The bucket "
            "policy is M(dataai.platform.s3_bucket_policy)."
        ),
        (
            "Only management calls are made, so that a policy that denies data access from here "
            "does no harm. Only O(force_destroy) lists and deletes objects."
        ),
        "A bucket of another account under the wanted name is refused, never taken for absent.",
        (
            "S3 replaces a setting as a whole. What no option stands for, such as the types of "
            "encryption that the bucket blocks, is written as it was."
        ),
        (
            "Uses C(s3:GetBucketLocation), C(s3:ListAllMyBuckets), C(s3:CreateBucket), "
            "C(s3:DeleteBucket), and the reading and writing actions for C(BucketVersioning), "
            "C(EncryptionConfiguration), C(BucketPublicAccessBlock), C(BucketOwnershipControls), "
            "C(LifecycleConfiguration), C(BucketLogging) and C(BucketTagging); for "
            "O(force_destroy) also C(s3:ListBucketVersions), C(s3:ListBucketMultipartUploads), "
            "C(s3:AbortMultipartUpload), C(s3:DeleteObject) and C(s3:DeleteObjectVersion)."
        ),
    ),
    examples="""
- name: A private, encrypted bucket
  dataai.platform.s3_bucket:
    name: acme-app-data-1a2b3c4d
    versioning: true
    kms_key_arn: arn:aws:kms:eu-central-2:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab
    bucket_key_enabled: true
    public_access_block: {}
    object_ownership: BucketOwnerEnforced
    lifecycle_rules:
      - id: archive
        transitions:
          - days: 30
            storage_class: STANDARD_IA
          - days: 90
            storage_class: GLACIER
    transition_minimum_size: all_storage_classes_128K
""",
    sample={
        "acme-app-data-1a2b3c4d": {
            "arn": "arn:aws:s3:::acme-app-data-1a2b3c4d",
            "region": "eu-central-2",
            "domain_name": "acme-app-data-1a2b3c4d.s3.eu-central-2.amazonaws.com",
        }
    },
    plural="buckets",
)
