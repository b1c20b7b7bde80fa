# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every kind against AWS's own schema of its resource: what is fixed, what is needed, and what values are taken."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.dataai.platform.plugins.module_utils.aws.kinds import KINDS, kind_class
from ansible_collections.dataai.platform.plugins.module_utils.checks import grafana
from ansible_collections.dataai.platform.plugins.module_utils.core import limits
from ansible_collections.dataai.platform.plugins.module_utils.core.kind import Field, Kind

from .schemas import Node, Place, regions, schema, speaks_of_characters, takes, takes_list, types

ROOT = Path(__file__).resolve().parents[3]

TYPED = [name for name in KINDS if kind_class(name).aws_type]

#: Texts of which most fields take one, as a start.
SAMPLES = (
    "app", "a1b2c3d4e5", "alias/app", "/", "/team/app", "/team/", "/app/", "rate(1 day)", "cron(0 3 * * ? *)",
    "123456789012",     "arn:aws:iam::123456789012:role/app", "arn:aws:iam::aws:policy/ReadOnlyAccess",
    "arn:aws:kms:eu-central-2:123456789012:key/mrk-0123456789abcdef0123456789abcdef",
    "arn:aws:kms:eu-central-2:123456789012:alias/app",
    "arn:aws:logs:eu-central-2:123456789012:log-group:/app:*",
    "arn:aws:events:eu-central-2:123456789012:rule/app", "subnet-0123456789abcdef0", "sg-0123456789abcdef0",
    "vpc-0123456789abcdef0", "rtb-0123456789abcdef0", "pl-0123456789abcdef0", "vpce-0123456789abcdef0",
    "lambda:InvokeFunction", "app.handler", "10.0.0.0/16",
)  # fmt: skip

#: Characters that are put into, before and behind a text that is taken.
CHARACTERS = [chr(code) for code in range(0x20, 0x7F)] + ["\t", "\n", "é", "一", "--", "..", "//", "  "]

#: What goes only together with something else beside it.
BESIDE: Mapping[tuple[str, str], Mapping[str, Any]] = {
    ("db_cluster", "database_insights_mode"): {
        "performance_insights": True,
        "performance_insights_retention_days": 465,
    },
    ("grafana_workspace", "account_access_type"): {"organizational_units": ["ou-abcd-12345678"]},
    ("security_group", "ingress.from_port"): {"protocol": "icmp"},
    ("security_group", "ingress.to_port"): {"protocol": "icmp"},
    ("security_group", "egress.from_port"): {"protocol": "icmp"},
    ("security_group", "egress.to_port"): {"protocol": "icmp"},
    ("lambda_function", "subnet_ids"): {"security_group_ids": ["sg-0123456789abcdef0"]},
    ("lambda_function", "security_group_ids"): {"subnet_ids": ["subnet-0123456789abcdef0"]},
}

#: Lengths of texts that are tried beside the limits.
LENGTHS = (1, 64, 128, 256, 512, 1024, 2048)

#: Numbers that are tried beside the limits.
NUMBERS = (-2, -1, 0, 1, 2, 31, 10**6)


def camel(name: str) -> str:
    """Return the name of a field as schemas spell it."""
    return "".join(part.capitalize() for part in name.split("_"))


@dataclass(frozen=True)
class Option:
    """A field or sub-option of a kind, and where AWS's schema has it.

    Attributes:
        kind: the kind.
        field: the field.
        above: the options that it is part of, outermost first.
    """

    kind: type[Kind[Any]]
    field: Field
    above: tuple[Option, ...] = ()

    @property
    def name(self) -> str:
        """Its name, as deviations call it."""
        return ".".join(one.field.name for one in (*self.above, self))

    @property
    def path(self) -> str:
        """Its path in the schema, seen from what it is part of."""
        return camel(self.field.name) if self.field.property is None else self.field.property

    @cached_property
    def place(self) -> Place:
        """Where the schema has it."""
        return self.above[-1].place.inside(self.path) if self.above else Place.of(self.kind.aws_type, self.path)

    @property
    def is_part(self) -> bool:
        """Tell whether it is one of many parts of the resource, which come and go."""
        return bool(self.above) or (self.field.type == "list" and self.place.schema.type != self.kind.aws_type)

    def item(self, value: Any) -> dict[str, Any]:
        """Return an item with ``value`` here and no more than it takes around it."""
        for option in reversed((*self.above, self)):
            around = option.above[-1].field.options or () if option.above else self.kind.fields
            needed = {
                one.name: sample(one) for one in around if (one.required and option.above) or one.name == self.kind.key
            }
            value = {**needed, **BESIDE.get((self.kind.type, option.name), {}), option.field.name: value}
            if option.above and option.above[-1].field.type == "list":
                value = [value]
        return dict(value)

    def refuses(self, value: Any) -> bool:
        """Tell whether the kind refuses a value here: it says something that it does not say of a good one."""
        found = set(self.kind().all_problems(self.item(value)))
        return any(self.field.name in text for text in found - self._always)

    @cached_property
    def _always(self) -> set[str]:
        """What it says of a good value, for want of other options."""
        candidates = (7, 31) if self.field.type == "int" and not self.field.choices else ()
        said = (set(self.kind().all_problems(self.item(value))) for value in (sample(self.field), *candidates))
        return min(said, key=len)


def sample(field: Field) -> Any:
    """Return a value that a field takes."""
    if field.type == "list":
        return entries(field, field.min_items or 0)
    return sample_of_one(field)


def sample_of_one(field: Field) -> Any:
    """Return a value that a field takes, or an entry of the list that it takes."""
    if field.choices:
        return field.choices[0]
    sort = field.elements or field.type
    if sort in ("int", "float"):
        return field.minimum if field.minimum is not None else 1
    if sort in ("dict", "bool"):
        return {"bool": True, "dict": {one.name: sample(one) for one in field.options or () if one.required}}[sort]
    return next(text for text in SAMPLES if not limits_of_text(field, text))


def limits_of_text(field: Field, text: str) -> list[str]:
    """Return what is wrong with a text, or with an entry of a list."""
    given = [text, *entries(field, (field.min_items or 1) - 1, 1)] if field.type == "list" else text
    return list(limits.problems([field], {field.name: given}))


def entries(field: Field, count: int, first: int = 0) -> list[Any]:
    """Return so many different entries that a list takes."""
    if field.choices:
        return list(field.choices[first : first + count])
    numbers = range(first, first + count)
    if field.elements == "dict":
        like = sample_of_one(field)
        free = next(one for one in field.options or () if one.required and not one.choices)
        told = (number if free.type == "int" else f"{like[free.name]}{number:03}" for number in numbers)
        return [{**like, free.name: value} for value in told]
    one = next(text for text in SAMPLES if field.form is None or re.fullmatch(field.form.pattern, text))
    return [f"{one}{number:03}" for number in numbers]


def options(kind: type[Kind[Any]]) -> Iterator[Option]:
    """Yield all options of a kind that AWS's schema has."""
    todo = [Option(kind, field) for field in kind.fields]
    while todo:
        option = todo.pop()
        if option.path:
            yield option
            todo += [Option(kind, field, (*option.above, option)) for field in option.field.options or ()]


# --- the rules: each yields field, rule and what is wrong -----------------------------------------------------------

Fault = tuple[str, str, str]


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
        if option.field.type == "list":
            yield from _of_lists(option, node)
            node = option.place.schema.items(node)
        if option.field.type in ("bool", "dict") or option.field.elements == "dict":
            continue
        if "int" in (option.field.type, option.field.elements) or "float" in (option.field.type, option.field.elements):
            yield from _of_numbers(option, node)
        else:
            yield from _of_texts(option, node)


def _wrapped(option: Option, value: Any) -> Any:
    """Return a value as its field takes it: among others in a list."""
    field = option.field
    return [value, *entries(field, (field.min_items or 1) - 1, 1)] if field.type == "list" else value


def _of_numbers(option: Option, node: Node) -> Iterator[Fault]:
    if node.get("type") not in ("integer", "number"):
        return
    edges = [node.get("minimum"), node.get("maximum"), option.field.minimum, option.field.maximum]
    near = [int(edge) + step for edge in edges if edge is not None for step in (-1, 0, 1)]
    tried = sorted({*NUMBERS, *near, *(node.get("enum") or ()), *(option.field.choices or ())})
    refused = {value: option.refuses(_wrapped(option, value)) for value in tried}
    for value in tried:
        if not refused[value] and not takes(node, value):
            yield option.name, "looser", f"AWS's schema refuses {value}"
        low = all(refused[other] for other in tried if other <= value)
        bounded = "enum" in node or ("minimum" if low else "maximum") in node
        if refused[value] and bounded and takes(node, value):
            yield option.name, "stricter", f"AWS's schema takes {value}"


def _of_texts(option: Option, node: Node) -> Iterator[Fault]:
    if node.get("type") != "string":
        return
    starts = [*SAMPLES, *(node.get("enum") or ()), *(option.field.choices or ())]
    good = [text for text in starts if not option.refuses(_wrapped(option, text))]
    both = [text for text in good if takes(node, text)]
    base = next((text for text in both if "app" in text), both[0] if both else "")
    varied = [text for one in CHARACTERS for text in (f"{base}{one}", f"{one}{base}", f"{base[:3]}{one}{base[3:]}")]
    for text in [*starts, *varied, *_lengthened(option, node, base)]:
        yield from _of_text(option, node, text, "aaa" in text)


def _lengthened(option: Option, node: Node, base: str) -> Iterator[str]:
    """Yield texts at the limits of the length, made from one that both take."""
    limit = (option.field.min_length, option.field.max_length, node.get("minLength"), node.get("maxLength"))
    for length in sorted({edge + step for edge in (*LENGTHS, *limit) if edge is not None for step in (-1, 0, 1)}):
        more = "a" * (length - len(base))
        longer = base.replace("app", f"app{more}", 1) if "app" in base else base + more
        yield longer if more else base[: max(length, 0)]


def _of_text(option: Option, node: Node, text: str, padded: bool) -> Iterator[Fault]:
    is_key = option.field.name == option.kind.key
    if not text and (option.field.clears or option.field.normalise or is_key):  # none, or refused for want of a key
        return
    refused, taken = option.refuses(_wrapped(option, text)), takes(node, text)
    said = f"{text[:40]!r} ({len(text)} characters)"
    if taken and refused and (("maxLength" in node) if padded else speaks_of_characters(node)):
        yield option.name, "stricter", f"AWS's schema takes {said}"
    if not taken and not refused:
        yield option.name, "looser", f"AWS's schema refuses {said}"


def _of_lists(option: Option, node: Node) -> Iterator[Fault]:
    if not {"minItems", "maxItems"} & node.keys() and not node.get("uniqueItems"):
        return
    limit = (option.field.min_items, option.field.max_items, node.get("minItems"), node.get("maxItems"))
    most = len(option.field.choices or range(60))
    counts = {edge + step for edge in limit if edge is not None for step in (-1, 0, 1) if 0 <= edge + step <= most}
    tried = [entries(option.field, count) for count in sorted(counts) if count or not option.field.clears]
    tried += [entries(option.field, 1) * 2] if node.get("uniqueItems") else []
    for given in tried:
        refused, taken = option.refuses(given), takes_list(node, given)
        if refused == taken:
            rule = "stricter" if refused else "looser"
            yield option.name, rule, f"AWS's schema {'takes' if taken else 'refuses'} {len(given)} entries {given[:2]}"


RULES = (of_properties, of_changes, of_needs, of_tags, of_values)


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
