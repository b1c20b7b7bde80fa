# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every kind against AWS's own schema of its resource: what is fixed, what is needed, and what values are taken."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.dataai.platform.plugins.module_utils.aws.kinds import KINDS, kind_class
from ansible_collections.dataai.platform.plugins.module_utils.checks import grafana
from ansible_collections.dataai.platform.plugins.module_utils.core.kind import Kind

from .operations import of_kind
from .schemas import Node, Place, regions, schema, speaks_of_characters, takes, types
from .values import CHARACTERS, Fault, faults_of_values, options

ROOT = Path(__file__).resolve().parents[3]

TYPED = [name for name in KINDS if kind_class(name).aws_type]

# --- the rules: each yields field, rule and what is wrong -----------------------------------------------------------


def of_properties(kind: type[Kind[Any]]) -> Iterator[Fault]:
    """Every field has a place in the schema, unless it is about how to go about it."""
    for field in kind.fields:
        if field.property == "" and not field.create_only:
            yield field.name, "property", "is compared although AWS's schema has nothing of the kind"
    for option in options(kind):
        try:
            node = option.place.node
        except KeyError:
            yield option.name, "property", f"AWS's schema has no {option.path}"
            return
        if option.place.listed("readOnlyProperties") and option.field.name != kind.key:
            yield option.name, "property", f"{option.path} is read-only: {node}"


def of_changes(kind: type[Kind[Any]]) -> Iterator[Fault]:
    """What AWS cannot change is immutable, and nothing else is."""
    for option in options(kind):
        if option.is_part or option.field.create_only or option.field.name == kind.key:
            continue
        fixed = option.place.listed("createOnlyProperties")
        perhaps = option.place.listed("conditionalCreateOnlyProperties")
        if fixed and not option.field.immutable:
            yield option.name, "mutable", "AWS's schema says that it cannot change"
        if option.field.immutable and not fixed and not perhaps:
            yield option.name, "immutable", "AWS's schema says that it can change"
        if option.place.listed("writeOnlyProperties"):
            yield option.name, "write-only", "it is compared although AWS's schema says that nobody can read it"


def of_needs(kind: type[Kind[Any]]) -> Iterator[Fault]:
    """What AWS needs is required, or has a default, or is the key."""
    by_path = {option.path: option for option in options(kind) if not option.above}
    whole = schema(kind.aws_type).content
    for name in whole.get("required") or ():
        option = by_path.get(name) or next((one for path, one in by_path.items() if path.startswith(f"{name}.")), None)
        if option is None:
            yield name, "required", "AWS's schema requires it and no field has it"
        elif not (option.field.required or option.field.default is not None or option.field.name == kind.key):
            yield option.name, "required", "AWS's schema requires it"


def of_tags(kind: type[Kind[Any]]) -> Iterator[Fault]:
    """A kind has tags where its resource has, and no more or longer ones."""
    content = schema(kind.aws_type).content
    taggable = bool(content.get("tagging", {}).get("taggable", "Tags" in content["properties"]))
    if kind.tagged != taggable:
        yield "tags", "tagged", f"AWS's schema says that taggable is {taggable}"
    if not (kind.tagged and taggable):
        return
    place = Place(schema(kind.aws_type), "Tags")
    entry = place.schema.items(place.node)
    members = entry.get("properties") or {}
    most = place.node.get("maxItems", kind.tag_limits.most)
    if kind.tag_limits.most > most:
        yield "tags", "looser", f"AWS's schema takes {most} tags"
    for text in ("Name", "a" * 128, "a" * 129, *(f"a{one}b" for one in CHARACTERS)):
        refused = bool(list(kind.tag_limits.problems({text: "x"})))
        if not refused and "Key" in members and not takes(members["Key"], text):
            yield "tags", "looser", f"AWS's schema refuses the key {text!r}"
        if refused and speaks_of_characters(members.get("Key", {})) and takes(members["Key"], text):
            yield "tags", "stricter", f"AWS's schema takes the key {text!r}"


def of_values(kind: type[Kind[Any]]) -> Iterator[Fault]:
    """The kind refuses the values that the schema refuses, and takes those that it takes."""
    for option in options(kind):
        node = option.place.node
        yield from faults_of_values(option, node, option.place.schema.items(node), "AWS's schema")


def of_models(kind: type[Kind[Any]]) -> Iterator[Fault]:
    """The same of botocore's models, of the parameters that have the name of the property.

    A value is refused for good reason where one of them refuses it. An empty list is not sent.
    """
    parameters = of_kind(kind.type).parameters
    for option in options(kind):
        name = option.path.rpartition(".")[2].removesuffix("[]").lower()
        found = [
            set(faults_of_values(option, without(node, "minItems"), node.get("items", node), "botocore's model"))
            for node in (parameters.get(name, ()) if not option.above else ())
        ]
        yield from (fault for faults in found for fault in faults if fault[1] == "looser")
        yield from (fault for fault in set.intersection(*found) if fault[1] == "stricter") if found else ()


def without(node: Node, word: str) -> Node:
    """Return what a source says, but for one word."""
    return {name: value for name, value in node.items() if name != word}


RULES = (of_properties, of_changes, of_needs, of_tags, of_values, of_models)


def _allowed(deviations: Mapping[tuple[str, str], str], fault: Fault) -> tuple[str, str] | None:
    name, rule, _text = fault
    return next((key for key in ((name, rule), ("*", rule)) if key in deviations), None)


@pytest.mark.parametrize("name", TYPED)
def test_a_kind_agrees_with_awss_schema(name: str) -> None:
    """Or says where it does not, and why; and says so nowhere without need."""
    kind = kind_class(name)
    deviations = {(one.field, one.rule): one.reason for one in kind.deviations}
    assert all(len(reason) > 10 for reason in deviations.values())
    faults = [fault for rule in RULES for fault in rule(kind)]
    wrong = {f"{one[0]}: {one[1]}: {one[2]}" for one in faults if _allowed(deviations, one) is None}
    assert sorted(wrong) == []
    needed = {_allowed(deviations, fault) for fault in faults}
    assert sorted(set(deviations) - needed) == [], "these deviations are no longer needed"


def test_a_kind_without_a_type_of_awss_says_why() -> None:
    """Either a kind names its type, or the reason why there is none."""
    for name in KINDS:
        kind = kind_class(name)
        assert bool(kind.aws_type) != bool(kind.without_aws_type), name


def test_a_region_without_the_service_is_refused_in_one_sentence() -> None:
    """Of all regions that lack a type of ours, which is known by AWS's list, preflight says so."""
    missing = {
        (name, region)
        for region in regions()
        for name in TYPED
        if kind_class(name).aws_type not in types(region) and not region.startswith("cn-")
    }
    # Role bedrock asks Bedrock for the source of each profile; a list would be out of date.
    kinds = {name for name, _region in missing} - {"inference_profile"}
    assert kinds == {"grafana_workspace"}
    offered = yaml.safe_load((ROOT / "roles/grafana/defaults/main.yml").read_text())["grafana_regions"]
    for region in regions():
        values = {"enable_managed_grafana": True, "aws_region": region, "grafana_regions": offered}
        refused = any("not offered in aws_region" in text for text in grafana.problems(values))
        assert refused == ("AWS::Grafana::Workspace" not in types(region)), region
