# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is to be seeded: the secrets by the nature of their values, and what is wrong with a wish."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..core.values import canonical, is_unknown
from . import endpoint_schema
from .derive import TEMPLATES
from .generators import GENERATORS

NATURES = ("fact", "generated", "derived", "access_key", "manual")

#: What ``force`` may hold in the place of names.
ALL = "all"


@dataclass(frozen=True)
class Spec:
    """One secret, or the pair of an access key.

    Attributes:
        name: name of the secret; of an access key the one with its id.
        nature: one of ``NATURES``.
        value: value of a fact. Nothing sensitive.
        ca_bundle: where a fact is to be had that is a bundle of certificates: ``file``, ``url``, ``fallback_file``.
        generator: how a generated value is made.
        username: user whose password a generated value is; the secret holds both.
        cache_user: id of the ElastiCache user whose password a generated value is.
        by_name_only: ``all`` does not replace it.
        template: how a derived value is made.
        source: name or full ARN of the secret that a derived value is made from.
        parameters: what else a derived value is made from. Nothing sensitive.
        secret_key_name: name of the secret with the other half of an access key.
        user_name: IAM user of an access key.
        hint: how a manual value is to be had.
        skip_reason: why nothing is to be seeded; empty where it is.
    """

    name: str
    nature: str
    value: str | None = None
    ca_bundle: Mapping[str, str] | None = None
    generator: str | None = None
    username: str | None = None
    cache_user: str | None = None
    by_name_only: bool = False
    template: str | None = None
    source: str | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    secret_key_name: str | None = None
    user_name: str | None = None
    hint: str = ""
    skip_reason: str = ""

    @property
    def names(self) -> list[str]:
        """Names of the secrets that it fills."""
        return [self.name, *([self.secret_key_name] if self.secret_key_name else [])]


def parsed(entries: Iterable[Mapping[str, Any]]) -> list[Spec]:
    """Return specs from the options of the module."""
    return [Spec(**canonical(entry)) for entry in entries]


def problems(specs: Sequence[Spec], force: Sequence[str], *, check: bool) -> list[str]:
    """Return what is wrong, one sentence each. A plan may not know all values yet."""
    found: list[str] = []
    for name, times in Counter(name for spec in specs for name in spec.names).items():
        if times > 1:
            found.append(f"secret {name}: named {times} times; every secret is seeded by one entry")
    for spec in specs:
        if not spec.skip_reason:
            found += [f"secret {spec.name}: {text}" for text in _NEEDS[spec.nature](spec, check)]
    return found + _force_problems(specs, force)


def _force_problems(specs: Sequence[Spec], force: Sequence[str]) -> list[str]:
    found = []
    by_name = {name: spec for spec in specs for name in spec.names}
    for name in force:
        if name == ALL:
            continue
        if name not in by_name:
            found.append(f"force names {name}, which is not among the secrets ({', '.join(sorted(by_name))})")
        elif by_name[name].nature not in ("generated", "access_key"):
            found.append(
                f"force names {name}, whose value is {by_name[name].nature}: "
                "only generated values and access keys are replaced"
            )
    return found


def _fact(spec: Spec, check: bool) -> Iterable[str]:
    if spec.ca_bundle is not None:
        if not spec.ca_bundle.get("file") and not spec.ca_bundle.get("url"):
            yield "ca_bundle needs a file or a url"
        return
    if not spec.value or (is_unknown(spec.value) and not check):
        yield "its value is not known; the resource that it describes was not created"
    elif len(spec.value.encode()) > 65536:
        yield f"its value has {len(spec.value.encode())} bytes; a secret holds 65536"


def _generated(spec: Spec, check: bool) -> Iterable[str]:
    if spec.generator not in GENERATORS:
        yield f"generator is {spec.generator}; known are {', '.join(GENERATORS)}"
    if spec.cache_user is not None and (not spec.cache_user or (is_unknown(spec.cache_user) and not check)):
        yield "its cache_user is not known; the user was not created"


def _derived(spec: Spec, check: bool) -> Iterable[str]:
    if spec.template is None or spec.template not in TEMPLATES:
        yield f"template is {spec.template}; known are {', '.join(TEMPLATES)}"
        return
    missing = [name for name in TEMPLATES[spec.template][1] if spec.parameters.get(name) in (None, "")]
    if missing:
        yield f"parameters lack {', '.join(missing)}"
    elif spec.template == "endpoint_definitions" and not is_unknown(spec.parameters):
        document = [{**spec.parameters, "key": "sk-"}]
        yield from (f"its definitions cannot be used: {text}" for text in endpoint_schema.problems(document))
    if not spec.source:
        yield "source is required"
    elif is_unknown([spec.source, spec.parameters]) and not check:
        yield "its source or a parameter is not known; the resource that it comes from was not created"


def _access_key(spec: Spec, _check: bool) -> Iterable[str]:
    if not spec.secret_key_name or not spec.user_name:
        yield "an access key needs secret_key_name and user_name"


def _manual(_spec: Spec, _check: bool) -> Iterable[str]:
    return ()


_NEEDS = {
    "fact": _fact,
    "generated": _generated,
    "derived": _derived,
    "access_key": _access_key,
    "manual": _manual,
}


def forced(given: Any) -> list[str]:
    """Return the names in ``force``: a list, a JSON list (as extra variables bring it), or names with commas.

    A text that only looks like JSON is returned as one name, which is then reported as unknown.
    """
    if isinstance(given, str):
        if given.strip().startswith("["):
            try:
                given = json.loads(given)
            except ValueError:
                return [given]
        else:
            given = given.split(",")
    return [str(name).strip() for name in given or () if str(name).strip()]
