# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a kind calls, read from its source, and what botocore's models say of it."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import botocore.session
from botocore import xform_name
from botocore.model import ListShape, OperationModel, Shape, StringShape

from ansible_collections.dataai.platform.plugins.module_utils.aws.kinds import kind_class
from ansible_collections.dataai.platform.plugins.module_utils.aws.session import Service

#: What the gateway offers beside the operations.
GATEWAY = {name for name, _ in inspect.getmembers(Service) if not name.startswith("_")}


@cache
def operations(service: str) -> Mapping[str, OperationModel]:
    """Return the operations of a service, under the names of a client's methods."""
    model = botocore.session.get_session().get_service_model(service)
    return {xform_name(name): model.operation_model(name) for name in model.operation_names}


@dataclass(frozen=True)
class Calls:
    """What a kind calls.

    Attributes:
        operations: models of the operations that its source names.
        unknown: calls and parameters that botocore does not know, one sentence each.
    """

    operations: Mapping[str, OperationModel]
    unknown: list[str]

    @property
    def parameters(self) -> dict[str, list[dict[str, Any]]]:
        """What the models say of each parameter that writes, by its name in lower case, in the words of a schema."""
        found: dict[str, list[dict[str, Any]]] = {}
        for name, model in self.operations.items():
            if name.startswith(("describe_", "list_", "get_", "delete_")) or model.input_shape is None:
                continue
            for member, shape in model.input_shape.members.items():
                node = as_schema(shape)
                if node not in found.setdefault(member.lower(), []):
                    found[member.lower()].append(node)
        return found


def as_schema(shape: Shape) -> dict[str, Any]:
    """Return what a shape says in the words of a resource schema."""
    if isinstance(shape, ListShape):
        node = {"type": "array", "items": as_schema(shape.member)}
        words = {"min": "minItems", "max": "maxItems"}
    elif isinstance(shape, StringShape):
        node = {"type": "string", **({"enum": list(shape.enum)} if shape.enum else {})}
        words = {"min": "minLength", "max": "maxLength", "pattern": "pattern"}
    else:
        node = {"type": {"integer": "integer", "long": "integer", "float": "number"}.get(shape.type_name, "object")}
        words = {"min": "minimum", "max": "maximum"}
    return {**node, **{word: shape.metadata[name] for name, word in words.items() if name in shape.metadata}}


@cache
def of_kind(name: str) -> Calls:
    """Return what the kind of a name calls."""
    tree = ast.parse(inspect.getsource(inspect.getmodule(kind_class(name)) or kind_class(name)))
    services = sorted({service for node in ast.walk(tree) if (service := _service(node))})
    known = {method: model for service in services for method, model in operations(service).items()}
    named = {word for node in ast.walk(tree) for word in _words(node)}
    variables = _variables(tree)
    unknown = [text for node in ast.walk(tree) for text in _unknown(node, known, variables)]
    return Calls({method: known[method] for method in sorted(named & known.keys())}, unknown)


def _service(node: ast.AST) -> str:
    """Return the service that ``aws.service("name")`` asks for, or that a table of an API's words is of."""
    if isinstance(node, ast.keyword) and node.arg == "service" and isinstance(node.value, ast.Constant):
        return str(node.value.value)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "service":
        return str(ast.literal_eval(node.args[0])) if isinstance(node.args[0], ast.Constant) else ""
    return ""


def _words(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Attribute):
        yield node.attr
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value


def _variables(tree: ast.AST) -> set[str]:
    """Return the names under which a source keeps services."""
    found = {
        argument.arg
        for node in ast.walk(tree)
        if isinstance(node, ast.arg)
        for argument in [node]
        if isinstance(argument.annotation, ast.Name) and argument.annotation.id == "Service"
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            found.update(_assigned(node.targets[0], node.value))
    return found


def _assigned(target: ast.expr, value: ast.expr) -> Iterator[str]:
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        for one, other in zip(target.elts, value.elts, strict=True):
            yield from _assigned(one, other)
    elif isinstance(target, ast.Name) and _service(value):
        yield target.id


def _unknown(node: ast.AST, known: Mapping[str, OperationModel], variables: set[str]) -> Iterator[str]:
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
        return
    receiver, method = node.func.value, node.func.attr
    if not (_service(receiver) or (isinstance(receiver, ast.Name) and receiver.id in variables)):
        return
    if method in known:
        shape = known[method].input_shape
        members = shape.members if shape is not None else {}
        yield from (
            f"line {node.lineno}: {method} has no parameter {word.arg}"
            for word in node.keywords
            if word.arg and word.arg not in members
        )
    elif method not in GATEWAY:
        yield f"line {node.lineno}: there is no operation {method}"
