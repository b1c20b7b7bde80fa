# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Policies of IAM roles and users: the calls differ by a word."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..core.errors import Missing
from ..core.kind import Delta, Field, Item, Live
from ..core.values import or_none
from .answers import found_at
from .declared import Declared, Entry, wire
from .policy import document, normal_policy, text
from .session import Aws


@dataclass(frozen=True)
class Policies:
    """The inline and attached policies of one sort of principal.

    Attributes:
        noun: ``role`` or ``user``, as in the names of the operations.
    """

    noun: str

    def _named(self, name: str) -> dict[str, str]:
        return {f"{self.noun.capitalize()}Name": name}

    def _call(self, aws: Aws, verb: str, name: str, **params: Any) -> dict[str, Any]:
        answer: dict[str, Any] = getattr(aws.service("iam"), verb.format(self.noun))(**self._named(name), **params)
        return answer

    def inline(self, aws: Aws, name: str) -> dict[str, Any]:
        """Return the inline policies of a principal: name to document."""
        listed = aws.service("iam").pages(f"list_{self.noun}_policies", "PolicyNames", **self._named(name))
        return {
            policy: document(self._call(aws, "get_{}_policy", name, PolicyName=policy)["PolicyDocument"])
            for policy in listed
        }

    def attached(self, aws: Aws, name: str) -> list[str]:
        """Return the ARNs of the managed policies of a principal."""
        operation = f"list_attached_{self.noun}_policies"
        entries = aws.service("iam").pages(operation, "AttachedPolicies", **self._named(name))
        return sorted(entry["PolicyArn"] for entry in entries)

    def set_inline(self, aws: Aws, name: str, wanted: Mapping[str, Any], live: Mapping[str, Any]) -> None:
        """Make the inline policies exactly ``wanted``, new ones before old ones go."""
        for policy, content in wanted.items():
            if policy not in live or normal_policy(content) != normal_policy(live[policy]):
                self._call(aws, "put_{}_policy", name, PolicyName=policy, PolicyDocument=text(content))
        for policy in live:
            if policy not in wanted:
                self._call_unless_gone(aws, "delete_{}_policy", name, PolicyName=policy)

    def set_attached(self, aws: Aws, name: str, wanted: Iterable[str], live: Iterable[str]) -> None:
        """Make the attached policies exactly ``wanted``, new ones before old ones go."""
        wanted, live = set(wanted), set(live)
        for arn in sorted(wanted - live):
            self._call(aws, "attach_{}_policy", name, PolicyArn=arn)
        for arn in sorted(live - wanted):
            self._call_unless_gone(aws, "detach_{}_policy", name, PolicyArn=arn)

    def set_boundary(self, aws: Aws, name: str, arn: str) -> None:
        """Set the permissions boundary; an empty ARN removes it."""
        if arn:
            self._call(aws, "put_{}_permissions_boundary", name, PermissionsBoundary=arn)
        else:
            self._call_unless_gone(aws, "delete_{}_permissions_boundary", name)

    def _call_unless_gone(self, aws: Aws, verb: str, name: str, **params: Any) -> None:
        try:
            self._call(aws, verb, name, **params)
        except Missing:
            return


def malformed(policies: Mapping[str, Any]) -> Iterable[str]:
    """Return one sentence for each inline policy that is no JSON object."""
    for name, content in policies.items():
        try:
            parsed = document(content) if isinstance(content, (str, Mapping)) else None
        except ValueError:
            parsed = None
        if not isinstance(parsed, dict):
            yield f"inline_policies.{name} is no JSON object; a policy is a dictionary, or such a one as JSON"


def by_meaning(policies: Any) -> Any:
    """Return inline policies in the form in which two sets of the same meaning are equal."""
    return {name: normal_policy(content) for name, content in policies.items()}


#: The policies that a principal has itself, and the one that bounds them.
INLINE_POLICIES = Field(
    "inline_policies",
    "Inline policies, name to document; all others are deleted. An empty dictionary deletes all.",
    type="dict",
    normalise=by_meaning,
    property="Policies",
    sent="",
    found="InlinePolicies",
)
BOUNDARY = Field(
    "permissions_boundary",
    "ARN of the policy that bounds the permissions. An empty text removes the boundary.",
    normalise=or_none,
    min_length=20,
    max_length=2048,
    clears=True,
    found="PermissionsBoundary.PermissionsBoundaryArn",
)


class Principal(Declared):
    """A role or user with its policies. Those that an item names are all it has.

    Class attributes:
        policies: the calls for them.
    """

    policies: Policies

    def problems(self, item: Item) -> Iterable[str]:
        """Check that the inline policies are policies."""
        yield from malformed(item.get("inline_policies") or {})

    def live(self, aws: Aws, entry: Entry) -> Live:
        """Return a principal with the policies that it has."""
        name = found_at(entry, wire(self._field(self.key)))
        held = {"InlinePolicies": self.policies.inline(aws, name)}
        if "managed_policy_arns" in self.field_names():
            held["ManagedPolicyArns"] = self.policies.attached(aws, name)
        return super().live(aws, {**entry, **held})

    def create(self, aws: Aws, want: Item) -> bool | None:
        """Create the principal, then give it its policies."""
        if self.made(aws, want):
            self._hold(aws, want, {}, ("managed_policy_arns", "inline_policies"))
        return None

    def update(self, aws: Aws, want: Item, live: Live, delta: Delta) -> bool | None:
        """Change what differs."""
        super().update(aws, want, live, delta)
        if "permissions_boundary" in delta:
            self.policies.set_boundary(aws, want["name"], want["permissions_boundary"])
        self._hold(aws, want, live.values, list(delta.fields))
        return None

    def delete(self, aws: Aws, want: Item, live: Live) -> bool | None:
        """Take away the policies, which IAM wants gone before the principal."""
        self._hold(aws, {"name": live["name"]}, live.values, ("managed_policy_arns", "inline_policies"))
        return super().delete(aws, want, live)

    def _hold(self, aws: Aws, want: Item, live: Mapping[str, Any], names: Sequence[str]) -> None:
        """Make the named sorts of policies exactly what is wanted."""
        if "managed_policy_arns" in names:
            attached = live.get("managed_policy_arns") or ()
            self.policies.set_attached(aws, want["name"], want.get("managed_policy_arns") or (), attached)
        if "inline_policies" in names:
            inline = live.get("inline_policies") or {}
            self.policies.set_inline(aws, want["name"], want.get("inline_policies") or {}, inline)
