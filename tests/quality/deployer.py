# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the example policies of whoever deploys allow, and which action IAM asks for before a call."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

EXAMPLES = sorted((Path(__file__).resolve().parents[2] / "docs" / "examples").glob("deployer-*.json"))

#: How IAM names a service where that is not the SDK's name.
PREFIXES = {"amp": "aps", "service-quotas": "servicequotas"}
#: What IAM asks for where that is not the name of the call.
ACTIONS = {
    "s3:DeleteBucketLifecycle": ["s3:PutLifecycleConfiguration"],
    "s3:DeleteBucketTagging": ["s3:PutBucketTagging"],
    "s3:DeleteObjects": ["s3:DeleteObject", "s3:DeleteObjectVersion"],
    "s3:GetBucketEncryption": ["s3:GetEncryptionConfiguration"],
    "s3:GetBucketLifecycleConfiguration": ["s3:GetLifecycleConfiguration"],
    "s3:GetPublicAccessBlock": ["s3:GetBucketPublicAccessBlock"],
    "s3:ListBuckets": ["s3:ListAllMyBuckets"],
    "s3:ListMultipartUploads": ["s3:ListBucketMultipartUploads"],
    "s3:ListObjectVersions": ["s3:ListBucketVersions"],
    "s3:PutBucketEncryption": ["s3:PutEncryptionConfiguration"],
    "s3:PutBucketLifecycleConfiguration": ["s3:PutLifecycleConfiguration"],
    "s3:PutPublicAccessBlock": ["s3:PutBucketPublicAccessBlock"],
}


@cache
def allowed() -> frozenset[str]:
    """Return every action, or pattern of actions, that the examples allow."""
    documents = [json.loads(file.read_text(encoding="utf-8")) for file in EXAMPLES]
    return frozenset(action for document in documents for part in document["Statement"] for action in part["Action"])


def is_allowed(action: str) -> bool:
    return any(fnmatchcase(action, pattern) for pattern in allowed())


def actions(service: str, operation: str) -> list[str]:
    """Return what IAM asks for before it lets a call through."""
    name = f"{PREFIXES.get(service, service)}:{operation}"
    return ACTIONS.get(name, [name])
