# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the collection's code names of AWS's APIs, held against the service models of any version of botocore."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from botocore import xform_name
from botocore.loaders import Loader
from botocore.model import ServiceModel, Shape

ROOT = Path(__file__).resolve().parents[2]


class Models:
    """The service models in one folder ``botocore/data``."""

    def __init__(self, data: Path) -> None:
        self._loader = Loader(extra_search_paths=[str(data)], include_default_search_paths=False)
        self._models: dict[str, ServiceModel] = {}

    @property
    def services(self) -> list[str]:
        """Names of all services."""
        return list(self._loader.list_available_services("service-2"))

    def service(self, name: str) -> ServiceModel:
        """Return the model of one service."""
        if name not in self._models:
            self._models[name] = ServiceModel(self._loader.load_service_model(name, "service-2"), name)
        return self._models[name]


def words(root: Path = ROOT / "plugins") -> set[str]:
    """Return every text, attribute and argument name of the product's code."""
    return {word for path in sorted(root.rglob("*.py")) for word in _words(ast.parse(path.read_text(encoding="utf-8")))}


def _words(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.keyword) and node.arg:
            yield node.arg


def services(root: Path = ROOT / "plugins") -> set[str]:
    """Return the services that the product's code asks for."""
    return {
        node.args[0].value
        for path in sorted(root.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("service", "client")
        and node.args
        and isinstance(node.args[0], ast.Constant)
        and isinstance(node.args[0].value, str)
    }


def lacking(low: Models, high: Models, named: set[str], used: set[str]) -> list[str]:
    """Return what the code names and only the newer models have: services, operations, and members of them.

    Args:
        low: the older models.
        high: the newer models.
        named: the words of the code.
        used: the services that it asks for.
    """
    found = []
    for service in sorted(used):
        if service not in low.services:
            found.append(service)
            continue
        old, new = low.service(service), high.service(service)
        for operation in sorted(name for name in new.operation_names if xform_name(name) in named):
            if operation not in old.operation_names:
                found.append(f"{service}:{operation}")
                continue
            before, after = old.operation_model(operation), new.operation_model(operation)
            for side in ("input_shape", "output_shape"):
                pair = getattr(before, side), getattr(after, side)
                found += [f"{service}:{operation} {path}" for path in _members(*pair, named)]
    return found


def _members(old: Any, new: Any, named: set[str], seen: tuple[str, ...] = ()) -> Iterator[str]:
    """Yield the paths of named members that only ``new`` has."""
    old, new = _inner(old), _inner(new)
    if new is None or new.type_name != "structure" or new.name in seen:
        return
    present = old.members if old is not None and old.type_name == "structure" else {}
    for name, shape in new.members.items():
        if name not in named:
            continue
        if name not in present:
            yield name
        else:
            yield from (f"{name}.{path}" for path in _members(present[name], shape, named, (*seen, new.name)))


def _inner(shape: Shape | None) -> Any:
    """Return what a list or map is made of in the end."""
    while shape is not None and shape.type_name in ("list", "map"):
        shape = shape.member if shape.type_name == "list" else shape.value  # type: ignore[attr-defined]
    return shape
