# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tasks of roles, gone through before a run as a plan on an empty account, to hear what the kinds refuse."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.dataai.platform.plugins.module_utils.aws.kinds import KINDS, kind_class
from ansible_collections.dataai.platform.plugins.module_utils.core import limits
from ansible_collections.dataai.platform.plugins.module_utils.core.arguments import argument_spec, wanted_items
from ansible_collections.dataai.platform.plugins.module_utils.core.kind import Item, Kind
from ansible_collections.dataai.platform.plugins.module_utils.core.limits import TagLimits
from ansible_collections.dataai.platform.plugins.module_utils.core.values import is_unknown
from ansible_collections.dataai.platform.plugins.plugin_utils.known_variables import KnownVariables, reference

COLLECTION = "dataai.platform"
ROLES = Path(__file__).resolve().parents[2] / "roles"
IMPORT, SET_FACT = "ansible.builtin.import_tasks", "ansible.builtin.set_fact"

#: What modules that are no kinds answer where nothing is there and nothing stands in the way. Whatever else is not
#: known stays undefined, and what refers to it becomes UNKNOWN.
ANSWERS: dict[str, dict[str, Any]] = {
    "graph": {"problems": [], "failed_roles": {}, "refused": False},
    "consumer_info": {"secrets": {}, "profiles": {}, "missing_secrets": []},
    "postgresql_databases": {"skipped_reason": ""},
    "secret_values": {"reminders": [], "skipped_secrets": {}, "access_keys": []},
    "ssm_parameter_info": {"parameters": {}},
    "bedrock_models_info": {
        "unavailable": {},
        "application_profiles": [],
        "foundation_models": [],
        "inference_profiles": [],
    },
}

_WORD = re.compile(r"\w+")

#: What stands for an id of the layer below that is not there.
_BELOW = re.compile(r"\{below\.0\.(\w+)\}")

#: Types that UNKNOWN, a text, cannot be turned into.
_NO_TEXT = ("int", "float", "bool", "dict")


@dataclass
class Refusals:
    """What kinds refuse.

    Attributes:
        problems: resource and sentence; where the sentence begins with a variable, that takes the resource's place.
        lacking: ids of the layer below that are used, and neither given nor made before.
        tags: key and value of a tag to the limits, the reason and the noun of each sort of resource that refuses it.
    """

    problems: list[tuple[str, str]] = field(default_factory=list)
    lacking: set[str] = field(default_factory=set)
    tags: dict[tuple[str, str], list[tuple[TagLimits, str, str]]] = field(default_factory=dict)


class Rehearsal:
    """Goes through roles one after the other. Results and facts of one are known to the next.

    Ansible's own objects for roles and tasks copy every file several times, which takes longer than all else here. The
    tasks of this collection are plain (a test holds that): blocks, imported files, modules by full names, no loops.

    Args:
        loader: Ansible's loader of files.
        known: all that is known before the run, defaults and variables of the roles included.
    """

    def __init__(self, loader: Any, known: KnownVariables) -> None:
        self._loader, self._variables = loader, known
        self.refusals = Refusals()

    def role(self, name: str, tasks: str = "main.yml") -> None:
        """Go through the tasks of a role of this collection, or through those of one of its files."""
        self._variables.set({"role_path": str(ROLES / name)})
        self._file(ROLES / name / "tasks" / tasks, (), {})

    # --- tasks ------------------------------------------------------------------------------------------------------

    def _file(self, path: Path, conditions: tuple[Any, ...], own: Mapping[str, Any]) -> None:
        tasks = self._loader.load_from_file(str(path), trusted_as_template=True, unsafe=True)  # no copy: only read
        for task in tasks or ():
            self._task(task, path.parent, conditions, own)

    def _task(self, task: Mapping[str, Any], folder: Path, conditions: tuple[Any, ...], own: Mapping[str, Any]) -> None:
        """Go through a task, or those of a block or of another file. What stands in rescue runs where one failed."""
        conditions = (*conditions, *_listed(task.get("when")))
        own = {**own, **(task.get("vars") or {})}
        if "block" in task:
            for entry in (*task["block"], *(task.get("always") or ())):
                self._task(entry, folder, conditions, own)
        elif IMPORT in task:
            self._file(folder / task[IMPORT], conditions, own)
        elif not any(action == SET_FACT or action.startswith(f"{COLLECTION}.") for action in task):
            return
        elif all(self._variables.holds(condition, own) for condition in conditions):
            self._run(task, own)
        else:
            self._register(task, {"skipped": True, "changed": False})

    def _run(self, task: Mapping[str, Any], own: Mapping[str, Any]) -> None:
        for action, arguments in task.items():
            prefix, _dot, name = action.rpartition(".")
            if action == SET_FACT:
                self._variables.set(self._variables.resolve(arguments, own))
            elif prefix == COLLECTION and name in KINDS:
                self._register(task, self._kind(name, arguments, own))
            elif prefix == COLLECTION:
                self._register(task, ANSWERS.get(name))

    def _register(self, task: Mapping[str, Any], result: Mapping[str, Any] | None) -> None:
        if task.get("register") and result is not None:
            self._variables.set({task["register"]: result})

    # --- one kind ---------------------------------------------------------------------------------------------------

    def _kind(self, name: str, arguments: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any] | None:
        """Ask a kind what it refuses, and return what it would answer on an empty account."""
        kind = kind_class(name)()
        given = self._variables.resolve(arguments, own)
        self.refusals.lacking.update(_BELOW.findall(repr(given)))
        if not isinstance(given.get("items", []), list):
            return None  # a template that cannot be resolved yet
        known = _without_unknown(given, _spec(name))
        checked = ArgumentSpecValidator(_spec(name)).validate(known)
        named = self._variables_of(arguments)
        for text in checked.error_messages:
            self._tell(kind.noun, _renamed(text, named))
        if checked.error_messages:  # of how to go about it, perhaps, and not of the resources
            items_alone = {option: value for option, value in known.items() if option in _of_items(name)}
            checked = ArgumentSpecValidator(_spec(name)).validate(items_alone)
        if checked.error_messages:
            return None
        items = wanted_items(kind, checked.validated_parameters)
        if checked.validated_parameters["state"] == "present":
            for place, item in enumerate(items):
                unknown = _left_out(given, known, _spec(name), place)
                self._ask(kind, item, unknown, self._variables_of(_raw_item(arguments, place)))
        return {"resources": {item.get(kind.key): _projected(kind, item) for item in items}}

    def _ask(self, kind: Kind[Any], item: Item, unknown: set[str], named: Mapping[str, str]) -> None:
        """Ask about one item. What a kind says of arguments that are unknown yet is no refusal."""
        key = item.get(kind.key)
        where = f"{kind.noun} {key}"
        if not key:
            self._tell(kind.noun, f"{kind.key} is required")
            return
        for text in dict.fromkeys([*limits.problems(kind.fields, item), *kind.problems(item)]):
            if not unknown & set(_WORD.findall(text)):
                renamed = _renamed(text, named)
                self._tell("" if renamed.split(" ", 1)[0] in named.values() else where, renamed)
        if not kind.tagged:
            return
        tags = item.get("tags") or {}
        if len(tags) > kind.tag_limits.most:
            self._tell(where, f"tags are {len(tags)}; the service takes {kind.tag_limits.most} at most")
        for tag, value in tags.items():
            for text in kind.tag_limits.problems({tag: value}):
                refused = self.refusals.tags.setdefault((tag, str(value)), [])
                if (kind.tag_limits, text, kind.noun) not in refused:
                    refused.append((kind.tag_limits, text, kind.noun))

    def _tell(self, where: str, text: str) -> None:
        if (where, text) not in self.refusals.problems:
            self.refusals.problems.append((where, text))

    def _variables_of(self, raw: Any) -> dict[str, str]:
        """Return the arguments that are plain references to variables of users, argument to variable."""
        if referred := reference(raw):
            raw = self._variables.raw(referred)
        if not isinstance(raw, Mapping):
            return {}
        found = {str(name): self._variable(value) for name, value in raw.items()}
        return {name: variable for name, variable in found.items() if variable}

    def _variable(self, raw: Any) -> str:
        """Return the variable of users that a text refers to, at once or through one of the role's own."""
        referred = reference(raw)
        if referred.startswith("_"):  # a role's own
            referred = reference(self._variables.raw(referred))
        return "" if referred.startswith("_") else referred


@cache
def _spec(name: str) -> dict[str, Any]:
    return argument_spec(kind_class(name))


def _of_items(name: str) -> set[str]:
    return {*kind_class(name).field_names(), "tags", "items", "state"}


def _listed(conditions: Any) -> list[Any]:
    if conditions is None:
        return []
    return conditions if isinstance(conditions, list) else [conditions]


def _raw_item(arguments: Mapping[str, Any], place: int) -> Any:
    """Return an item as it stands in the task, ``None`` where a template makes it."""
    items = arguments.get("items", [arguments])
    return items[place] if isinstance(items, list) and place < len(items) else None


def _renamed(text: str, named: Mapping[str, str]) -> str:
    """Put variables in the place of arguments. A name of one word may be a word of the sentence, but not its first."""
    for argument, variable in named.items():
        form = rf"(?<![\w.]){argument}(?![\w.])" if "_" in argument else rf"^{argument}\b"
        text = re.sub(form, variable, text)
    return text


# --- what is unknown ------------------------------------------------------------------------------------------------


def _without_unknown(given: Mapping[str, Any], spec: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out unknown values of arguments that take no text, with the whole entry of a list that holds one."""
    known: dict[str, Any] = {}
    for name, value in given.items():
        option = spec.get(name, {})
        if name == "items":
            known[name] = [_without_unknown(item, option["options"]) for item in value if isinstance(item, Mapping)]
        elif isinstance(value, list) and option.get("options"):
            known[name] = [entry for entry in value if _takes(entry, option)]
        elif _takes(value, option):
            known[name] = value
    return known


def _takes(value: Any, option: Mapping[str, Any]) -> bool:
    """Tell whether an option takes a value, as far as that is known."""
    if isinstance(value, str) and is_unknown(value):
        return not (option.get("type") in _NO_TEXT or option.get("elements") in _NO_TEXT or option.get("choices"))
    spec = option.get("options") or {}
    if spec and isinstance(value, list):
        return all(_takes(entry, option) for entry in value)
    if spec and isinstance(value, Mapping):
        return all(_takes(entry, spec.get(name, {})) for name, entry in value.items())
    return True


def _left_out(given: Mapping[str, Any], known: Mapping[str, Any], spec: Mapping[str, Any], place: int) -> set[str]:
    """Return the arguments of an item that were left out, in whole or in part, and the options of these."""
    if "items" in given:
        given, known, spec = given["items"][place], known["items"][place], spec["items"]["options"]
    left = {name for name, value in given.items() if known.get(name) != value}
    return left.union(*(spec.get(name, {}).get("options") or () for name in left))


def _projected(kind: Kind[Any], item: Item) -> dict[str, Any]:
    values = kind.shown(kind.projected(item))
    return {**values, "tags": dict(item.get("tags") or {})} if kind.tagged else values
