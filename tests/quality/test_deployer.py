# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The example policies of whoever deploys allow every call that the code can make, and little else."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

import botocore
from botocore import xform_name

from .conftest import ROOT
from .deployer import EXAMPLES, actions, allowed, is_allowed
from .sdk import Models

PLUGINS = ROOT / "plugins"
#: The longest document of a managed policy, in characters without white space.
LONGEST = 6144

#: What no code here calls, and AWS asks for all the same; docs/deployer.md says when.
IMPLIED = {
    "elasticache:CreateSnapshot",
    "iam:PassRole",
    "kms:CreateGrant",
    "kms:Decrypt",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "logs:CreateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:DescribeResourcePolicies",
    "logs:GetLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:UpdateLogDelivery",
    "rds:CreateDBClusterSnapshot",
    "route53:AssociateVPCWithHostedZone",
    # Asked for once the check of quotas is there.
    "servicequotas:GetAWSDefaultServiceQuota",
    "servicequotas:GetServiceQuota",
}
#: Helpers that are handed their service, by file.
HANDED = {"aws/s3.py": "s3", "aws/iam.py": "iam"}
#: Files in which each statement speaks of another service.
TABLES = {"tags.py"}
#: What a text that is filled in at run time may be.
FILLED_IN = r"(?:role|user|ingress|egress)"


def _patterns(tree: ast.AST) -> Iterator[str]:
    """Yield the names in the code as patterns: what a text takes in at run time may be anything."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


@cache
def _operations(models: Models, service: str) -> dict[str, str]:
    """Return the operations of a service by the names of their methods."""
    return {xform_name(operation): operation for operation in models.service(service).operation_names}


def _calls(file: Path, models: Models) -> Iterator[tuple[str, str]]:
    """Yield service and operation of every call that a file names; in a table of services, line by line."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    for part in tree.body if file.name in TABLES else [tree]:
        yield from _called_in(part, file, models)


def _called_in(tree: ast.AST, file: Path, models: Models) -> Iterator[tuple[str, str]]:
    words = set(_patterns(tree))
    open_ended = [word for word in words if "{}" in word and re.fullmatch(r"\w+_(\w|\{\})+", word)]
    shape = re.compile("|".join(re.escape(word).replace(r"\{\}", FILLED_IN) for word in open_ended) or r"(?!)")
    handed = HANDED.get(file.relative_to(PLUGINS / "module_utils").as_posix() if "module_utils" in file.parts else "")
    for service in {word for word in words if word in models.services} | ({handed} if handed else set()):
        yield from (
            (service, operation)
            for name, operation in _operations(models, service).items()
            if name in words or shape.fullmatch(name)
        )


@cache
def called() -> frozenset[tuple[str, str]]:
    """Return service and operation of every call that the product can make, its functions in Lambda apart."""
    models = Models(Path(botocore.__file__).parent / "data")
    files = [file for file in sorted(PLUGINS.rglob("*.py")) if "functions" not in file.parts]
    return frozenset(call for file in files for call in _calls(file, models))


def test_every_call_of_the_code_is_allowed() -> None:
    assert len(called()) > 200
    refused = {action for call in called() for action in actions(*call) if not is_allowed(action)}
    assert sorted(refused) == []


def test_nothing_is_allowed_that_is_not_needed() -> None:
    needed = {action for call in called() for action in actions(*call)} | IMPLIED
    assert sorted(pattern for pattern in allowed() if not any(fnmatchcase(one, pattern) for one in needed)) == []


def test_the_policies_can_be_attached() -> None:
    assert EXAMPLES
    for file in EXAMPLES:
        document: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        assert len(json.dumps(document, separators=(",", ":"))) <= LONGEST, file.name
        names = [part["Sid"] for part in document["Statement"]]
        assert len(names) == len(set(names)), file.name
