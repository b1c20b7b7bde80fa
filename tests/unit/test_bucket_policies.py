# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The bucket and consumer policies, decided action by action, and the lifecycle rules."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.dataai.platform.plugins.filter import s3_vpc_only as filters
from ansible_collections.dataai.platform.plugins.module_utils.aws import buckets as policies
from ansible_collections.dataai.platform.plugins.module_utils.aws import lifecycle

BUCKET, ENDPOINT = "acme-data", "vpce-0a1b2c3d4e5f60718"
ACCOUNT, REGION = "123456789012", "eu-central-2"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"

LISTS = Path(__file__).parent / "data"

#: The actions of S3 on objects and their listings, by the service authorization reference of November 2026.
DATA = (LISTS / "s3_data_actions.txt").read_text().split()

#: The actions that manage a bucket or something else.
MANAGEMENT = (LISTS / "s3_management_actions.txt").read_text().split()

PERSON = {"aws:PrincipalIsAWSService": "false", "aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/deployer"}
PERSON["aws:SecureTransport"] = "true"
INSIDE = {**PERSON, "aws:SourceVpce": ENDPOINT}
ELSEWHERE = {**PERSON, "aws:SourceVpce": "vpce-0ffffffffffffffff"}
SERVICE = {"aws:PrincipalIsAWSService": "true", "aws:SecureTransport": "true", "aws:SourceAccount": ACCOUNT}


def _listed(value: Any) -> list[str]:
    return [str(item) for item in value] if isinstance(value, (list, tuple)) else [str(value)]


def _holds(operator: str, key: str, wanted: Any, context: Mapping[str, str]) -> bool:
    """Decide one condition as IAM does, missing keys included."""
    plain = operator.removesuffix("IfExists")
    negated = "Not" in plain
    if key not in context:
        return negated or operator.endswith("IfExists")
    alike = fnmatchcase if "Like" in plain else str.__eq__
    return any(alike(context[key], item) for item in _listed(wanted)) is not negated


def decide(policy: Mapping[str, Any], action: str, resource: str, context: Mapping[str, str], service: str = "") -> str:
    """Return ``deny``, ``allow`` or ``nothing`` for one request, as IAM would from this policy alone."""
    effects = set()
    for statement in policy["Statement"]:
        principal = statement.get("Principal", "*")
        if principal not in ("*", {"Service": service}):
            continue
        if not any(fnmatchcase(action.lower(), item.lower()) for item in _listed(statement["Action"])):
            continue
        if not any(fnmatchcase(resource, item) for item in _listed(statement["Resource"])):
            continue
        tests = statement.get("Condition", {}).items()
        if all(_holds(operator, key, wanted, context) for operator, pair in tests for key, wanted in pair.items()):
            effects.add(statement["Effect"].lower())
    return "deny" if "deny" in effects else "allow" if effects else "nothing"


def resource_of(action: str) -> str:
    """Return what an action is decided for: the bucket, or an object in it."""
    arn = policies.bucket_arn(BUCKET)
    on_object = re.search(r"Object|Upload(?!s)|Replicat|Retention", action) and "Bucket" not in action
    return f"{arn}/some/key" if on_object and action in DATA else arn


def vpc_only(*exempt: str, bedrock: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return the policy of the bucket as the role makes it."""
    buckets = filters.named_buckets({"data": {"name": BUCKET}}, {}, {})
    (item,) = filters.bucket_policy_items(buckets, ENDPOINT, exempt, bedrock or {})
    assert item["bucket"] == BUCKET
    return dict(item["policy"])


@pytest.mark.parametrize("action", DATA)
def test_data_comes_through_the_endpoint_only(action: str) -> None:
    """Every data action is denied from outside and from another endpoint, and not from inside."""
    name, resource = f"s3:{action}", resource_of(action)
    assert decide(vpc_only(), name, resource, PERSON) == "deny"
    assert decide(vpc_only(), name, resource, ELSEWHERE) == "deny"
    assert decide(vpc_only(), name, resource, {"aws:SecureTransport": "true"}) == "deny"  # anonymous
    assert decide(vpc_only(), name, resource, INSIDE) == "nothing"
    assert decide(vpc_only(), name, resource, SERVICE) == "nothing"


@pytest.mark.parametrize("action", MANAGEMENT)
def test_management_works_from_anywhere(action: str) -> None:
    """No management action is denied, so that nobody locks himself out."""
    for context in (PERSON, ELSEWHERE, INSIDE, SERVICE):
        assert decide(vpc_only(), f"s3:{action}", resource_of(action), context) == "nothing"


@pytest.mark.parametrize("action", [*DATA, *MANAGEMENT])
def test_plain_http_is_denied(action: str) -> None:
    """Everything is denied over plain HTTP, even through the endpoint and to services."""
    for context in (INSIDE, SERVICE):
        insecure = {**context, "aws:SecureTransport": "false"}
        assert decide(vpc_only(), f"s3:{action}", resource_of(action), insecure) == "deny"


def test_exempt_principals_come_from_anywhere() -> None:
    """An exempt role is not denied, another role still is, and plain HTTP stays denied."""
    role = f"arn:aws:iam::{ACCOUNT}:role/break-glass"
    policy, resource = vpc_only(role), resource_of("GetObject")
    exempt = {**PERSON, "aws:PrincipalArn": role}
    assert decide(policy, "s3:GetObject", resource, exempt) == "nothing"
    assert decide(policy, "s3:GetObject", resource, PERSON) == "deny"
    assert decide(policy, "s3:GetObject", resource, {"aws:SecureTransport": "true"}) == "deny"
    assert decide(policy, "s3:GetObject", resource, {**exempt, "aws:SecureTransport": "false"}) == "deny"


def test_bedrock_delivers_for_this_account_only() -> None:
    """Bedrock may write its logs, nothing else, and for nobody else."""
    where = {"bucket": BUCKET, "account": ACCOUNT, "region": REGION, "prefix": "bedrock"}
    policy = vpc_only(bedrock=where)
    log = f"{policies.bucket_arn(BUCKET)}/bedrock/AWSLogs/{ACCOUNT}/BedrockModelInvocationLogs/x"
    own = {**SERVICE, "aws:SourceArn": f"arn:aws:bedrock:{REGION}:{ACCOUNT}:*"}
    bedrock = "bedrock.amazonaws.com"
    assert decide(policy, "s3:PutObject", log, own, bedrock) == "allow"
    assert decide(policy, "s3:GetObject", log, own, bedrock) == "nothing"
    assert decide(policy, "s3:PutObject", resource_of("PutObject"), own, bedrock) == "nothing"
    assert decide(policy, "s3:PutObject", log, {**own, "aws:SourceAccount": "210987654321"}, bedrock) == "nothing"
    assert decide(policy, "s3:PutObject", log, {**own, "aws:SourceArn": "arn:aws:bedrock:x:y:z"}, bedrock) == "nothing"


def test_access_logs_come_from_the_buckets_only() -> None:
    """S3 may write the logs of the named buckets of this account."""
    policy, logging = filters.access_log_policy("acme-logs", [BUCKET], ACCOUNT), "logging.s3.amazonaws.com"
    log, own = "arn:aws:s3:::acme-logs/acme-data/x", {**SERVICE, "aws:SourceArn": policies.bucket_arn(BUCKET)}
    assert decide(policy, "s3:PutObject", log, own, logging) == "allow"
    assert decide(policy, "s3:PutObject", log, {**own, "aws:SourceArn": "arn:aws:s3:::other"}, logging) == "nothing"
    assert decide(policy, "s3:PutObject", log, {**own, "aws:SourceAccount": "210987654321"}, logging) == "nothing"


def test_the_policy_fits_and_the_flag_leaves_one_statement() -> None:
    """A bucket policy has 20 KB at most; without an endpoint only plain HTTP is denied."""
    assert len(str(vpc_only(*[f"arn:aws:iam::{ACCOUNT}:role/{n}" for n in range(50)]))) < 20_000
    (item,) = filters.bucket_policy_items({"data": {"name": BUCKET}}, "", (), {})
    assert [entry["Sid"] for entry in item["policy"]["Statement"]] == ["DenyInsecureTransport"]


def test_the_consumer_may_use_objects_and_nothing_else() -> None:
    """The consumer's actions, on its buckets and key alone."""
    policy = filters.bucket_consumer_policy({"a": {"name": BUCKET}, "b": {"name": "acme-ai"}}, KEY, "eu-central-2")
    allowed = {
        action for action in (*DATA, *MANAGEMENT) if decide(policy, f"s3:{action}", resource_of(action), {}) == "allow"
    }
    bucket = {"ListBucket", "GetBucketLocation", "ListBucketMultipartUploads"}
    uploads = {"AbortMultipartUpload", "ListMultipartUploadParts"}
    assert allowed == {"GetObject", "PutObject", "DeleteObject"} | bucket | uploads
    assert decide(policy, "s3:GetObject", "arn:aws:s3:::acme-ai/x", {}) == "allow"
    assert decide(policy, "s3:GetObject", "arn:aws:s3:::acme-other/x", {}) == "nothing"
    context = "kms:EncryptionContext:aws:s3:arn"
    through_s3 = {"kms:ViaService": f"s3.{REGION}.amazonaws.com", context: policies.bucket_arn(BUCKET)}
    for action in ("kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"):
        assert decide(policy, action, KEY, through_s3) == "allow"
        assert decide(policy, action, KEY, {**through_s3, context: f"{policies.bucket_arn('acme-ai')}/x"}) == "allow"
        assert decide(policy, action, f"{KEY[:-1]}c", through_s3) == "nothing"
        assert decide(policy, action, KEY, {}) == "nothing", "the caller himself may not use the key"
        assert (
            decide(policy, action, KEY, {**through_s3, "kms:ViaService": "rds.eu-central-2.amazonaws.com"}) == "nothing"
        )
        assert decide(policy, action, KEY, {**through_s3, context: "arn:aws:s3:::acme-data-of-others"}) == "nothing"
    assert decide(policy, "kms:ScheduleKeyDeletion", KEY, through_s3) == "nothing"


SETTINGS = {
    "infrequent_access_days": 30,
    "archive_days": 90,
    "archive_class": "GLACIER",
    "noncurrent_infrequent_access_days": 30,
    "noncurrent_expiration_days": 365,
    "abort_upload_days": 7,
}


def test_lifecycle_rules() -> None:
    """The defaults give three rules without a problem; zero means never."""
    rules = policies.lifecycle_rules(SETTINGS)
    assert [rule["id"] for rule in rules] == ["transitions", "noncurrent-versions", "unfinished-uploads"]
    assert [(s["days"], s["storage_class"]) for s in rules[0]["transitions"]] == [(30, "STANDARD_IA"), (90, "GLACIER")]
    assert list(lifecycle.problems(rules)) == []
    assert policies.lifecycle_rules({**dict.fromkeys(SETTINGS, 0), "archive_class": "GLACIER"}) == []


def test_rules_survive_the_way_to_aws_and_back() -> None:
    """What is written is what is read; what is foreign to us stays visible."""
    rules = policies.lifecycle_rules(SETTINGS)
    assert lifecycle.normal([lifecycle.from_aws(lifecycle.to_aws(rule)) for rule in rules]) == lifecycle.normal(rules)
    foreign = lifecycle.to_aws(rules[0]) | {"Filter": {"Prefix": "", "ObjectSizeGreaterThan": 1}}
    assert lifecycle.normal([lifecycle.from_aws(foreign)]) != lifecycle.normal(rules[:1])


def test_buckets_get_names_and_items() -> None:
    """Names come from the estate where a bucket has none; each bucket logs under its own name."""
    names = {"bucket_ai_data": "acme-ai"}
    buckets = filters.named_buckets({"ai_data": {"archive_days": 120}}, names, SETTINGS)
    common = {"versioning": True, "logging": {"target_bucket": "acme-logs"}}
    (item,) = filters.bucket_items(buckets, common, {"a": "b"}, "all_storage_classes_128K")
    assert item["name"] == "acme-ai"
    assert item["lifecycle_rules"][0]["transitions"][1]["days"] == 120
    assert item["logging"] == {"target_bucket": "acme-logs", "target_prefix": "acme-ai/"}
    assert item["tags"] == {"a": "b", "Name": "acme-ai", "Purpose": "ai-data"}
    with pytest.raises(Exception, match=r"s3_vpc_only_buckets\.other needs a name"):
        filters.named_buckets({"other": {}}, names, SETTINGS)
