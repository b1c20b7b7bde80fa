# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Variables that are resolved once, and again only when something that they refer to has changed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ansible.errors import AnsibleError, AnsibleTemplateError, AnsibleValueOmittedError

from ansible_collections.dataai.platform.plugins.module_utils.core.values import UNKNOWN

#: Stands for a value that a template leaves out.
_OMITTED = object()

#: What Ansible itself provides about all hosts.
_NOT_OURS = ("hostvars", "groups", "vars", "ansible_facts")

_WORD = re.compile(r"[A-Za-z_]\w*")

#: A reference to a variable and nothing else.
_REFERENCE = re.compile(r"\{\{\s*([A-Za-z_]\w*)\s*\}\}")


class KnownVariables:
    """What is known so far, by name. Ansible resolves a variable at each reference anew; this does it once.

    Args:
        templar: Ansible's templar.
        variables: the variables, not resolved.
    """

    def __init__(self, templar: Any, variables: Mapping[str, Any]) -> None:
        self._raw = {name: value for name, value in variables.items() if name not in _NOT_OURS}
        self._current = dict(variables)  # the same, resolved where that was possible
        self._tried: set[str] = set()
        self._resolved: set[str] = set()
        self._references: dict[str, set[str]] = {}
        self._closures: dict[str, set[str]] = {}
        self._templar = templar.copy_with_new_env(available_variables=self._current)

    def raw(self, name: str) -> Any:
        """Return a variable as it was given, ``None`` where there is none."""
        return self._raw.get(name)

    def set(self, values: Mapping[str, Any]) -> None:
        """Make values known that are resolved already, and forget what was made of earlier ones."""
        for name, value in values.items():
            self._raw[name] = self._current[name] = value
            self._references[name] = set()
        for name in self._tried - set(values):
            if not self._reached(name).isdisjoint(values):
                self._tried.discard(name)
                self._resolved.discard(name)
                self._current[name] = self._raw[name]

    def resolve(self, value: Any, own: Mapping[str, Any] | None = None) -> Any:
        """Return a value with everything resolved, and UNKNOWN in the place of what is not known yet.

        Args:
            value: text, list or mapping.
            own: variables of the task.
        """
        self._prepare(_words([value]), own)
        known = self._walk(value, own or {}, self._text_or_unknown)
        return UNKNOWN if known is _OMITTED else known

    def holds(self, condition: Any, own: Mapping[str, Any] | None = None) -> bool:
        """Tell whether a condition holds; one that cannot be evaluated yet does."""
        self._prepare(set(_WORD.findall(str(condition))), own)
        try:
            return bool(self._templar.evaluate_conditional(condition))
        except AnsibleError:
            return True

    # --- resolving --------------------------------------------------------------------------------------------------

    def _prepare(self, words: set[str], own: Mapping[str, Any] | None) -> None:
        """Resolve the variables of the words, those first that others are made of."""
        self._templar.available_variables = self._current
        for name in words | _words((own or {}).values()):
            self._make(name)
        if own:
            self._templar.available_variables = {**self._current, **own}

    def _make(self, name: str) -> None:
        if name in self._tried or name not in self._raw:
            return
        self._tried.add(name)
        for other in self._refers_to(name):
            self._make(other)
        if self._refers_to(name):
            try:
                value = self._walk(self._raw[name], {}, self._text)
            except AnsibleTemplateError:  # resolved as far as it can be where it is used
                return
            if value is _OMITTED:
                return
            self._current[name] = value
        self._resolved.add(name)

    def _walk(self, value: Any, own: Mapping[str, Any], text: Callable[[str], Any]) -> Any:
        """Return a value with every text in it resolved. What is a variable and nothing else needs no template."""
        if isinstance(value, str):
            name = reference(value)
            if name in self._resolved and name not in own:
                return self._current[name]
            return text(value) if _is_template(value) else value
        if isinstance(value, Mapping):
            found = {key: self._walk(entry, own, text) for key, entry in value.items()}
            return {key: entry for key, entry in found.items() if entry is not _OMITTED}
        if isinstance(value, (list, tuple)):
            return [entry for entry in (self._walk(one, own, text) for one in value) if entry is not _OMITTED]
        return value

    def _text(self, value: str) -> Any:
        try:
            return self._templar.template(value)
        except AnsibleValueOmittedError:
            return _OMITTED

    def _text_or_unknown(self, value: str) -> Any:
        try:
            return self._text(value)
        except AnsibleTemplateError:
            inner = self._templar.available_variables.get(reference(value))
            return self._walk(inner, {}, self._text_or_unknown) if isinstance(inner, (Mapping, list)) else UNKNOWN

    # --- what refers to what ----------------------------------------------------------------------------------------

    def _refers_to(self, name: str) -> set[str]:
        if name not in self._references:
            self._references[name] = _words([self._raw.get(name)])
        return self._references[name]

    def _reached(self, name: str) -> set[str]:
        """Return all that a variable refers to, at any distance, whether it is known or not."""
        if name not in self._closures:
            found: set[str] = set()
            waiting = [name]
            while waiting:
                one = waiting.pop()
                if one not in found:
                    found.add(one)
                    waiting += self._refers_to(one) if one in self._raw else ()
            self._closures[name] = found
        return self._closures[name]


def reference(raw: Any) -> str:
    """Return the variable that a text refers to, if it is nothing else; empty otherwise."""
    match = _REFERENCE.fullmatch(raw.strip()) if isinstance(raw, str) else None
    return match.group(1) if match else ""


def _is_template(value: str) -> bool:
    return "{{" in value or "{%" in value


def _words(values: Iterable[Any]) -> set[str]:
    """Return every word that may be a variable in the templates of values."""
    found: set[str] = set()
    for value in values:
        if isinstance(value, str):
            if _is_template(value):
                found.update(_WORD.findall(value))
        elif isinstance(value, Mapping):
            found |= _words((*value.values(), *value))
        elif isinstance(value, (list, tuple)):
            found |= _words(value)
    return found
