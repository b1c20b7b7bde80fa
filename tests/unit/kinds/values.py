# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which values a kind takes and which it refuses, against what a source says: values at and beyond every limit."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ansible_collections.dataai.platform.plugins.module_utils.core import limits
from ansible_collections.dataai.platform.plugins.module_utils.core.kind import Field, Kind

from .schemas import Node, Place, speaks_of_characters, takes, takes_list

#: Field, rule, and what is wrong.
Fault = tuple[str, str, str]

#: Texts of which most fields take one, as a start.
SAMPLES = (
    "app", "a1b2c3d4e5", "alias/app", "/", "/team/app", "/team/", "/app/", "rate(1 day)", "cron(0 3 * * ? *)",
    "123456789012",     "arn:aws:iam::123456789012:role/app", "arn:aws:iam::aws:policy/ReadOnlyAccess",
    "arn:aws:kms:eu-central-2:123456789012:key/mrk-0123456789abcdef0123456789abcdef",
    "arn:aws:kms:eu-central-2:123456789012:key/01234567-89ab-cdef-0123-456789abcdef",
    "arn:aws:kms:eu-central-2:123456789012:alias/app",
    "arn:aws:logs:eu-central-2:123456789012:log-group:/app:*",
    "arn:aws:events:eu-central-2:123456789012:rule/app", "subnet-0123456789abcdef0", "sg-0123456789abcdef0",
    "vpc-0123456789abcdef0", "rtb-0123456789abcdef0", "pl-0123456789abcdef0", "vpce-0123456789abcdef0",
    "lambda:InvokeFunction", "app.handler", "10.0.0.0/16", "on ~* +@all",
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
    if field.elements in ("int", "float"):
        return list(numbers)
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


# --- values that are tried ------------------------------------------------------------------------------------------


def faults_of_values(option: Option, node: Node, entry: Node, source: str) -> Iterator[Fault]:
    """Yield the values of which a kind and a source think differently.

    Args:
        option: the option.
        node: what the source says of its value.
        entry: what the source says of an entry, where the value is a list; else the same.
        source: its name.
    """
    field = option.field
    sort = field.elements or field.type
    if field.type == "list":
        yield from _of_lists(option, node, source)
    if sort in ("int", "float"):
        yield from _of_numbers(option, entry, source)
    elif sort == "str":
        yield from _of_texts(option, entry, source)


def _wrapped(option: Option, value: Any) -> Any:
    """Return a value as its field takes it: among others in a list."""
    field = option.field
    return [value, *entries(field, (field.min_items or 1) - 1, 1)] if field.type == "list" else value


def _of_numbers(option: Option, node: Node, source: str) -> Iterator[Fault]:
    if node.get("type") not in ("integer", "number"):
        return
    edges = [node.get("minimum"), node.get("maximum"), option.field.minimum, option.field.maximum]
    near = [int(edge) + step for edge in edges if edge is not None for step in (-1, 0, 1)]
    tried = sorted({*NUMBERS, *near, *(node.get("enum") or ()), *(option.field.choices or ())})
    refused = {value: option.refuses(_wrapped(option, value)) for value in tried}
    for value in tried:
        if not refused[value] and not takes(node, value):
            yield option.name, "looser", f"{source} refuses {value}"
        low = all(refused[other] for other in tried if other <= value)
        bounded = "enum" in node or ("minimum" if low else "maximum") in node
        if refused[value] and bounded and takes(node, value):
            yield option.name, "stricter", f"{source} takes {value}"


def _of_texts(option: Option, node: Node, source: str) -> Iterator[Fault]:
    if node.get("type") != "string":
        return
    starts = [*SAMPLES, *(node.get("enum") or ()), *(option.field.choices or ())]
    good = [text for text in starts if not option.refuses(_wrapped(option, text))]
    both = [text for text in good if takes(node, text)]
    base = next((text for text in both if "app" in text), both[0] if both else "")
    varied = [text for one in CHARACTERS for text in (f"{base}{one}", f"{one}{base}", f"{base[:3]}{one}{base[3:]}")]
    for text in [*starts, *varied, *_lengthened(option, node, base)]:
        yield from _of_text(option, node, text, source)


def _lengthened(option: Option, node: Node, base: str) -> Iterator[str]:
    """Yield texts at the limits of the length, made from one that both take."""
    limit = (option.field.min_length, option.field.max_length, node.get("minLength"), node.get("maxLength"))
    for length in sorted({edge + step for edge in (*LENGTHS, *limit) if edge is not None for step in (-1, 0, 1)}):
        more = "a" * (length - len(base))
        longer = base.replace("app", f"app{more}", 1) if "app" in base else base + more
        yield longer if more else base[: max(length, 0)]


def _of_text(option: Option, node: Node, text: str, source: str) -> Iterator[Fault]:
    is_key = option.field.name == option.kind.key
    if not text and (option.field.clears or option.field.normalise or is_key):  # none, or refused for want of a key
        return
    refused, taken = option.refuses(_wrapped(option, text)), takes(node, text)
    said = f"{text[:40]!r} ({len(text)} characters)"
    if taken and refused and (("maxLength" in node) if "aaa" in text else speaks_of_characters(node)):
        yield option.name, "stricter", f"{source} takes {said}"
    if not taken and not refused:
        yield option.name, "looser", f"{source} refuses {said}"


def _of_lists(option: Option, node: Node, source: str) -> Iterator[Fault]:
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
            yield option.name, rule, f"{source} {'takes' if taken else 'refuses'} {len(given)} entries {given[:2]}"
