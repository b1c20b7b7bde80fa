# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""AWS's resource schemas, as the package cfn-lint carries them: one for each type, and what types a region has."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

Node = Mapping[str, Any]

#: Where every type is; regions that hold the same are partitions of which cfn-lint knows nothing.
HOME = "us-east-1"

#: What cfn-lint's formats mean.
FORMATS = {
    "AWS::EC2::VPC.Id": r"vpc-[0-9a-z]+",
    "AWS::EC2::Subnet.Id": r"subnet-[0-9a-z]+",
    "AWS::EC2::SecurityGroup.Name": r"(?!sg-)[a-zA-Z0-9. _\-:/()#,@\[\]+=&;{}!$*]{1,255}",
    "AWS::EC2::SecurityGroup.Id": r"sg-[0-9a-z]+",
    "AWS::IAM::Role.Arn": r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]+",
    "AWS::KMS::Key.Arn": r"arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key/[a-zA-Z0-9-]+",
    "AWS::Logs::LogGroup.Name": r"[.\-_/#A-Za-z0-9]{1,512}",
}


def _folder() -> Path:
    found = find_spec("cfnlint")
    if found is None or not found.submodule_search_locations:
        raise LookupError("cfn-lint is not installed; make venv installs it")
    return Path(found.submodule_search_locations[0]) / "data" / "schemas"


@cache
def types(region: str) -> Mapping[str, str]:
    """Return the types that a region has, each with the name of its schema."""
    found: dict[str, str] = json.loads((_folder() / "providers" / f"{region}.json").read_text())
    return found


def regions() -> list[str]:
    """Return the regions of which cfn-lint knows what they lack."""
    names = sorted(path.stem for path in (_folder() / "providers").glob("*-*.json"))
    return [name for name in names if name == HOME or types(name) != types(HOME)]


@dataclass(frozen=True)
class Schema:
    """The schema of one type."""

    type: str
    content: Node

    def pointers(self, keyword: str) -> set[str]:
        """Return properties such as ``LifecycleConfiguration/Rules/*/Prefix`` that the schema lists."""
        return {one.removeprefix("/properties/") for one in self.content.get(keyword) or ()}

    def node(self, path: str) -> Node:
        """Return what the schema says of ``Member.Member[]``; the whole type for an empty path.

        Raises:
            KeyError: it has no such property.
        """
        node: Node = self.content
        for part in path.split(".") if path else ():
            node = self._resolved(self._resolved(node)["properties"][part.removesuffix("[]")])
            node = self._resolved(node["items"]) if part.endswith("[]") else node
        return node

    def items(self, node: Node) -> Node:
        """Return what the schema says of the entries of a list, or of the value itself where it is none."""
        return self._resolved(node["items"]) if "items" in node else node

    def _resolved(self, node: Node) -> Node:
        while "$ref" in node:
            node = self.content["definitions"][node["$ref"].rpartition("/")[2]]
        return node


@cache
def schema(aws_type: str) -> Schema:
    """Return the schema of a type.

    Raises:
        KeyError: AWS has no such type.
    """
    path = _folder() / "resources" / f"{types(HOME)[aws_type]}.json"
    return Schema(aws_type, json.loads(path.read_text()))


@dataclass(frozen=True)
class Place:
    """Where a schema has a field: a type and a path in it."""

    schema: Schema
    path: str

    @classmethod
    def of(cls, aws_type: str, path: str) -> Place:
        """Return the place of ``path``, which may begin with another type."""
        if not path.startswith("AWS::"):
            return cls(schema(aws_type), path)
        other, _dot, rest = path.partition(".")
        return cls(schema(other), rest)

    @property
    def node(self) -> Node:
        """What the schema says of it."""
        return self.schema.node(self.path)

    def inside(self, path: str) -> Place:
        """Return a place below this one, below its entries where it is a list."""
        if path.startswith("AWS::"):
            return Place.of("", path)
        here = f"{self.path}[]" if "items" in self.node else self.path
        return Place(self.schema, f"{here}.{path}".lstrip("."))

    def listed(self, keyword: str) -> bool:
        """Tell whether the schema lists it, or what it is part of, under a keyword such as createOnlyProperties."""
        pointer = self.path.replace("[]", "/*").replace(".", "/")
        return any(pointer == one or pointer.startswith(f"{one}/") for one in self.schema.pointers(keyword))


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    for java, python in ((r"\p{L}", "a-zA-ZÀ-ɏ一-鿿"), (r"\p{Z}", " "), (r"\p{N}", "0-9")):
        pattern = pattern.replace(java, python)
    return re.compile(pattern, re.ASCII)


def speaks_of_characters(node: Node) -> bool:
    """Tell whether a schema says what a text consists of."""
    return bool({"enum", "enumCaseInsensitive", "pattern"} & node.keys()) or node.get("format") in FORMATS


def takes(node: Node, value: str | float) -> bool:
    """Tell whether a schema takes a single value, as far as it says anything of it."""
    return not any(_refusals(node, value))


def _refusals(node: Node, value: str | float) -> Iterator[bool]:
    if "enum" in node:
        yield value not in node["enum"]
    if isinstance(value, str):
        yield not _within(len(value), node.get("minLength"), node.get("maxLength"))
        if "enumCaseInsensitive" in node:
            yield value.lower() not in node["enumCaseInsensitive"]
        for pattern in (node.get("pattern"), FORMATS.get(node.get("format", ""))):
            yield bool(pattern) and not _compiled(str(pattern)).fullmatch(value)
    else:
        yield not _within(value, node.get("minimum"), node.get("maximum"))


def takes_list(node: Node, entries: Sequence[Any]) -> bool:
    """Tell whether a schema takes a list of so many entries, the same ones among them."""
    if node.get("uniqueItems") and any(entry in entries[:number] for number, entry in enumerate(entries)):
        return False
    return _within(len(entries), node.get("minItems"), node.get("maxItems"))


def _within(value: float, low: float | None, high: float | None) -> bool:
    return (low is None or value >= low) and (high is None or value <= high)
