# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What AWS checks in a request and botocore does not: maximum lengths, patterns, enumerations, unknown members."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape
from moto.core.utils import get_service_model

from .documented import refused

if TYPE_CHECKING:
    from .call import Call

# (service, shape): why its pattern or enumeration is not what AWS enforces.
_EXEMPT: dict[tuple[str, str], str] = {
    ("secretsmanager", "SecretNameType"): "the pattern is not in the model; see the overlay",
}
_MAX_PATTERN_INPUT = 20_000


@dataclass(frozen=True)
class Violation:
    """One broken rule. Never carries a value: it may be secret."""

    path: str
    rule: str

    def __str__(self) -> str:
        return f"{self.path}: {self.rule}"


@cache
def _compiled(pattern: str) -> re.Pattern[str] | None:
    """Compile a Smithy (Java) pattern where Python understands it."""
    text = pattern
    for java, python in (("\\p{L}", "^\\W\\d_"), ("\\p{Z}", "\\s"), ("\\p{N}", "\\d"), ("\\p{M}", ""), ("\\p{P}", "")):
        if java in text and not re.search(r"\[[^\]]*\\p\{L\}[^\]]*\]", text):
            text = text.replace(java, python)
    if "\\p{" in text:
        text = re.sub(r"\[[^\]]*\\p\{[^\]]*\]", "[\\\\s\\\\S]", text)
    try:
        return re.compile(text)
    except re.error:
        return None


def _length(shape: Shape, value: Any, path: str) -> Iterator[Violation]:
    size = len(value)
    if "max" in shape.metadata and size > int(shape.metadata["max"]):
        yield Violation(path, f"length {size} is more than {shape.metadata['max']}")
    if "min" in shape.metadata and size < int(shape.metadata["min"]):
        yield Violation(path, f"length {size} is less than {shape.metadata['min']}")


def _string(service: str, shape: StringShape, value: str, path: str) -> Iterator[Violation]:
    yield from _length(shape, value, path)
    if (service, shape.name) in _EXEMPT:
        return
    if shape.enum and value not in shape.enum:
        yield Violation(path, f"not one of the values of {shape.name}")
    pattern = shape.metadata.get("pattern")
    if pattern and len(value) <= _MAX_PATTERN_INPUT:
        compiled = _compiled(pattern)
        if compiled and not compiled.fullmatch(value):
            yield Violation(path, f"does not match {pattern}")


def _number(shape: Shape, value: float, path: str) -> Iterator[Violation]:
    if "max" in shape.metadata and value > float(shape.metadata["max"]):
        yield Violation(path, f"more than {shape.metadata['max']}")
    if "min" in shape.metadata and value < float(shape.metadata["min"]):
        yield Violation(path, f"less than {shape.metadata['min']}")


def _structure(service: str, shape: StructureShape, value: dict[str, Any], path: str) -> Iterator[Violation]:
    for name in shape.required_members:
        if value.get(name) is None:
            yield Violation(f"{path}{name}", "missing")
    if shape.is_tagged_union and len(value) != 1:
        yield Violation(path.rstrip("."), "exactly one member of the union must be set")
    for name, member in value.items():
        if name not in shape.members:
            yield Violation(f"{path}{name}", "unknown member")
        elif member is not None:
            yield from _walk(service, shape.members[name], member, f"{path}{name}")


def _walk(service: str, shape: Shape, value: Any, path: str) -> Iterator[Violation]:
    if isinstance(shape, StructureShape) and isinstance(value, dict):
        if not shape.is_document_type:
            yield from _structure(service, shape, value, f"{path}." if path else "")
    elif isinstance(shape, ListShape) and isinstance(value, list | tuple):
        yield from _length(shape, value, path)
        for index, item in enumerate(value):
            yield from _walk(service, shape.member, item, f"{path}[{index}]")
    elif isinstance(shape, MapShape) and isinstance(value, dict):
        yield from _length(shape, value, path)
        for key, item in value.items():
            yield from _walk(service, shape.key, key, f"{path}.key")
            yield from _walk(service, shape.value, item, f"{path}.value")
    elif isinstance(shape, StringShape) and isinstance(value, str):
        yield from _string(service, shape, value, path)
    elif shape.type_name in ("integer", "long", "float", "double") and isinstance(value, int | float):
        yield from _number(shape, value, path)


def violations(service: str, operation: str, params: dict[str, Any]) -> list[Violation]:
    """Check parameters against botocore's model and what AWS documents beyond it.

    Args:
        service: botocore's service name.
        operation: botocore's operation name.
        params: the parameters as a boto3 client takes them.
    """
    shape = get_service_model(service).operation_model(operation).input_shape
    documented = [Violation(name, "not as AWS documents it") for name in refused(service, operation, params)]
    return [*(_walk(service, shape, params, "") if shape else ()), *documented]


def check(service: str, operation: str, params: dict[str, Any]) -> list[str]:
    """Return every broken rule as a sentence; an empty list means that AWS's model accepts the parameters."""
    return [str(violation) for violation in violations(service, operation, params)]


def _unknown_json(shape: Shape | None, value: Any, path: str = "") -> Iterator[Violation]:
    if isinstance(shape, StructureShape) and isinstance(value, dict) and not shape.is_document_type:
        names = {member.serialization.get("name", name): member for name, member in shape.members.items()}
        for name, item in value.items():
            if name not in names:
                yield Violation(f"{path}{name}", "unknown member")
            yield from _unknown_json(names.get(name), item, f"{path}{name}.")
    elif isinstance(shape, ListShape) and isinstance(value, list):
        for index, item in enumerate(value):
            yield from _unknown_json(shape.member, item, f"{path}[{index}].")
    elif isinstance(shape, MapShape) and isinstance(value, dict):
        for item in value.values():
            yield from _unknown_json(shape.value, item, f"{path}value.")


def _unknown_members(call: Call) -> list[Violation]:
    if call.protocol not in ("json", "rest-json") or not call.body:
        return []
    shape = call.model.input_shape
    payload = shape.serialization.get("payload") if shape is not None else None
    if shape is None or payload:
        return []
    try:
        return list(_unknown_json(shape, json.loads(call.body)))
    except ValueError:
        return []


# Protocols name the same complaint differently.
_CODES = {"query": "InvalidParameterValue", "ec2": "InvalidParameterValue", "rest-xml": "InvalidRequest"}
_SERVICE_CODES = {
    "iam": "ValidationError",
    "sts": "ValidationError",
    "logs": "InvalidParameterException",
    "ssm": "ValidationException",
}


def refuse_invalid(call: Call, record: list[dict[str, str]]) -> None:
    """Refuse a request that AWS's model does not accept, and keep a record of it.

    Raises:
        AwsError: naming each member and rule.
    """
    from .call import AwsError

    found = violations(call.service, call.operation, call.params) + _unknown_members(call)
    if not found:
        return
    names = {"service": call.service, "operation": call.operation}
    record.extend(names | {"member": item.path, "rule": item.rule} for item in found)
    code = _SERVICE_CODES.get(call.service) or _CODES.get(call.protocol, "ValidationException")
    details = "; ".join(str(violation) for violation in found)
    noun = "error" if len(found) == 1 else "errors"
    raise AwsError(code, f"{len(found)} validation {noun} detected: {details}", 400)
