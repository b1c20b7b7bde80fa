# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ARNs and IAM policy documents, compared by meaning."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from ..core.values import as_text, is_unknown, sort_key


def arn(partition: str, service: str, region: str, account: str, resource: str) -> str:
    """Return an ARN from its parts."""
    return f"arn:{partition}:{service}:{region}:{account}:{resource}"


def document(policy: str | Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return a policy as a structure. IAM answers percent-encoded JSON, other services plain JSON."""
    if policy is None or policy == "":
        return None
    if isinstance(policy, Mapping):
        return dict(policy)
    text = policy if policy.lstrip().startswith("{") else unquote(policy)
    parsed: dict[str, Any] = json.loads(text)
    return parsed


def text(policy: str | Mapping[str, Any]) -> str:
    """Return a policy as compact JSON, as APIs take it.

    Its grammar knows texts: a number (an account, a count) or a boolean of a condition is sent as it is compared.
    """
    return json.dumps(_texts(document(policy)), separators=(",", ":"))


def _texts(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _texts(item) for key, item in value.items() if item is not None}
    if isinstance(value, (list, tuple)):
        return [_texts(item) for item in value]
    return value if value is None else as_text(value)


def normal_policy(policy: Any) -> Any:
    """Return a policy in the form in which two of the same meaning are equal.

    AWS may return one value for a list of one, reorder lists, and answer an account's principal as its root ARN.
    """
    if is_unknown(policy):
        return policy
    parsed = document(policy)
    if parsed is None:
        return None
    statements = _as_list(parsed.get("Statement", []))
    return {
        "Version": parsed.get("Version", "2008-10-17"),
        "Statement": sorted((_statement(entry) for entry in statements), key=sort_key),
    }


def _statement(entry: Mapping[str, Any]) -> dict[str, Any]:
    normal: dict[str, Any] = {}
    for name, value in entry.items():
        if name in ("Action", "NotAction"):
            normal[name] = sorted({str(action).lower() for action in _as_list(value)})
        elif name in ("Resource", "NotResource"):
            normal[name] = sorted({str(item) for item in _as_list(value)})
        elif name in ("Principal", "NotPrincipal"):
            normal[name] = _principal(value)
        elif name == "Condition":
            normal[name] = _condition(value)
        elif value not in (None, ""):
            normal[name] = value
    return normal


def _principal(value: Any) -> Any:
    if value == "*":
        return {"AWS": ["*"]}
    return {kind: sorted({root_account(str(name)) for name in _as_list(names)}) for kind, names in value.items()}


def root_account(name: str) -> str:
    """Return the account number of a root ARN: AWS accepts both and stores the ARN."""
    parts = name.split(":")
    return parts[4] if len(parts) == 6 and parts[2] == "iam" and parts[5] == "root" else name


def _condition(value: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Condition keys are compared without case; booleans arrive as texts."""
    return {
        operator: {key.lower(): sorted(set(map(as_text, _as_list(items)))) for key, items in tests.items()}
        for operator, tests in value.items()
    }


def _as_list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [value]
