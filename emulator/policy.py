# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Evaluation of IAM policy documents: enough for bucket, key and role policies of a deployment."""

from __future__ import annotations

import fnmatch
import ipaddress
import json
import re
from typing import Any

Context = dict[str, str]


def as_list(value: Any) -> list[Any]:
    """Return a policy element that may be a single item as a list."""
    return [] if value is None else (value if isinstance(value, list) else [value])


def documents(principal: Any) -> list[str]:
    """Return the policies of one of moto's roles or users: inline ones, and managed ones in their default version."""
    managed = (version for item in principal.managed_policies.values() for version in item.versions)
    return [*principal.policies.values(), *(version.document for version in managed if version.is_default)]


def load(document: str | bytes | dict[str, Any] | None) -> list[dict[str, Any]]:
    """Return the statements of a policy document; none for an empty one."""
    if not document:
        return []
    policy = document if isinstance(document, dict) else json.loads(document)
    return as_list(policy.get("Statement"))


def _wild(pattern: str, value: str, ignore_case: bool = False) -> bool:
    text = "".join(".*" if char == "*" else "." if char == "?" else re.escape(char) for char in pattern)
    return re.fullmatch(text, value, re.DOTALL | (re.IGNORECASE if ignore_case else 0)) is not None


def _number(operator: str, wanted: str, value: str) -> bool:
    left, right = float(value), float(wanted)
    return {
        "Equals": left == right,
        "LessThan": left < right,
        "LessThanEquals": left <= right,
        "GreaterThan": left > right,
        "GreaterThanEquals": left >= right,
    }[operator]


def _compare(operator: str, wanted: str, value: str) -> bool:
    """Compare one value with one wanted value by the positive form of an operator."""
    if operator in ("StringLike", "ArnLike", "ArnEquals"):
        return _wild(wanted, value)
    if operator == "StringEqualsIgnoreCase":
        return wanted.lower() == value.lower()
    if operator == "Bool":
        return wanted.lower() == value.lower()
    if operator == "IpAddress":
        return ipaddress.ip_address(value) in ipaddress.ip_network(wanted, strict=False)
    if operator.startswith("Numeric"):
        return _number(operator.removeprefix("Numeric"), wanted, value)
    return wanted == value


_NEGATED = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
    "NotIpAddress": "IpAddress",
    "NumericNotEquals": "NumericEquals",
}


def _condition(operator: str, key: str, wanted: list[str], context: Context) -> bool:
    plain = operator.split(":", 1)[-1].removesuffix("IfExists")
    value = next((item for name, item in context.items() if name.lower() == key.lower()), None)
    if plain == "Null":
        return (value is None) == (str(wanted[0]).lower() == "true")
    if value is None:
        # A key that is absent satisfies ...IfExists, and every negated operator.
        return operator.endswith("IfExists") or plain in _NEGATED
    if plain in _NEGATED:
        return not any(_compare(_NEGATED[plain], str(item), value) for item in wanted)
    return any(_compare(plain, str(item), value) for item in wanted)


def conditions_hold(statement: dict[str, Any], context: Context) -> bool:
    """Tell whether all conditions of a statement hold."""
    return all(
        _condition(operator, key, as_list(wanted), context)
        for operator, keys in (statement.get("Condition") or {}).items()
        for key, wanted in keys.items()
    )


def _element(statement: dict[str, Any], name: str, value: str, ignore_case: bool) -> bool:
    if f"Not{name}" in statement:
        return not any(_wild(item, value, ignore_case) for item in as_list(statement[f"Not{name}"]))
    return any(_wild(item, value, ignore_case) for item in as_list(statement.get(name)))


def _principal(statement: dict[str, Any], principals: list[str]) -> bool:
    if "Principal" not in statement and "NotPrincipal" not in statement:
        return True
    element = statement.get("Principal", statement.get("NotPrincipal"))
    named = ["*"] if element == "*" else [item for values in element.values() for item in as_list(values)]
    hit = any(item == "*" or any(fnmatch.fnmatchcase(one, item) for one in principals) for item in named)
    return hit != ("NotPrincipal" in statement)


def decide(
    statements: list[dict[str, Any]], principals: list[str], action: str, resource: str, context: Context
) -> str | None:
    """Evaluate statements for a request.

    Args:
        statements: of one policy.
        principals: every name of the caller: its ARN, its account, or a service principal.
        action: for example `s3:GetObject`.
        resource: an ARN, or "*" where the policy hangs on the resource.
        context: condition keys and their values.

    Returns:
        "Deny", "Allow", or None where nothing speaks about the request.
    """
    result = None
    for statement in statements:
        resource_hit = (
            _element(statement, "Resource", resource, False)
            if "Resource" in statement or "NotResource" in statement
            else True
        )
        if (
            resource_hit
            and _principal(statement, principals)
            and _element(statement, "Action", action, True)
            and conditions_hold(statement, context)
        ):
            if statement.get("Effect") == "Deny":
                return "Deny"
            result = "Allow"
    return result
