# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write all that follows from the kinds: their modules, the registry, the action group and the routes.

`--check` writes nothing and exits with 1, naming the files that are out of date.
"""

from __future__ import annotations

import argparse
import sys
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import yaml

from ansible_collections.dataai.platform.plugins.module_utils.core.arguments import argument_spec
from ansible_collections.dataai.platform.plugins.module_utils.core.kind import Field, Kind, Manual

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "ansible_collections.dataai.platform.plugins.module_utils.kinds"
WIDTH = 118

HEAD = """\
# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""

MODULE = """\
#!/usr/bin/python
{head}
# Written by tools/kind_files.py from plugins/module_utils/kinds/{name}.py.

from __future__ import annotations

DOCUMENTATION = r\"\"\"
{documentation}\"\"\"

EXAMPLES = r\"\"\"
{examples}\"\"\"

RETURN = r\"\"\"
{returned}\"\"\"

from ansible_collections.dataai.platform.plugins.module_utils.aws.run import run
{imported}


def main():
    run({kind})


if __name__ == "__main__":
    main()
"""

REGISTRY = '''\
{head}
# Written by tools/kind_files.py from plugins/module_utils/kinds.

"""The kinds of resources by name. Each is imported only when it is asked for."""

from __future__ import annotations

from typing import Any

from ..core.kind import Kind

#: Name of the module of a kind to the name of its class, in a file of that name.
KINDS = {{
{table}}}


def kind_class(name: str) -> type[Kind[Any]]:  # noqa: C901 - a table, spelt out for Ansible
    """Return the class of a kind.

    Ansible packs what import statements name, so each kind has one. It does not see those under ``match``.

    Raises:
        KeyError: there is no such kind.
    """
    # pylint: disable=import-outside-toplevel
{imports}    raise KeyError(name)
'''

#: What every module of a kind returns beside the resources.
RETURNED = {
    "region": {"description": "The region that the task worked in.", "returned": "success", "type": "str"},
    "account": {
        "description": "The account of the credentials.",
        "returned": (
            "when something is changed, or in check mode would be, and O(aws_account_id) or its variable is given"
        ),
        "type": "str",
    },
    "estate": {
        "description": (
            "The estate that the play's variables describe, by which results of several estates are told apart."
        ),
        "returned": "where these variables are there",
        "type": "str",
        "sample": "123456789012/eu-central-2/acme-dai-prod",
    },
    "mode": {
        "description": "What the playbooks run as.",
        "returned": "with C(estate)",
        "type": "str",
        "sample": "apply",
    },
    "problems": {
        "description": "Every reason why the task failed, one sentence each; a single one is C(msg).",
        "returned": "failure, where there are several",
        "type": "list",
        "elements": "str",
    },
    "refused": {
        "description": (
            "What a run would refuse to change, each with what is wanted, what is there and why. The playbooks that "
            "plan and verify go on beyond it."
        ),
        "returned": "in a plan and a verification of the playbooks, where something is refused",
        "type": "list",
        "elements": "dict",
    },
}

REMAINS = {
    "description": (
        "What a deletion has left, such as a snapshot, or until when it can be taken back; one sentence each."
    ),
    "returned": "when a deletion leaves something",
    "type": "list",
    "elements": "str",
}


class _Inline(list[Any]):
    """A list that is written in one line."""


class _Dumper(yaml.SafeDumper):
    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


_Dumper.add_representer(
    _Inline, lambda dumper, entries: dumper.represent_sequence("tag:yaml.org,2002:seq", entries, flow_style=True)
)


def dumped(content: Mapping[str, Any], indent: int = 0) -> str:
    """Return YAML, every line of it indented by so many blanks and none too long."""
    text: str = yaml.dump(content, Dumper=_Dumper, sort_keys=False, width=sys.maxsize, allow_unicode=True)
    return "".join(f"{folded(' ' * indent + line)}\n" for line in text.splitlines())


def folded(line: str) -> str:
    """Return a line of YAML in lines that are not too long, which YAML reads as one."""
    inside = " " * (len(line) - len(line.lstrip(" -")) + (0 if line.lstrip().startswith("- ") else 2))
    return textwrap.fill(line, WIDTH, subsequent_indent=inside, break_long_words=False, break_on_hyphens=False)


# --- the kinds ------------------------------------------------------------------------------------------------------


def kinds() -> Iterator[tuple[str, type[Kind[Any]], Manual]]:
    """Yield name, class and manual of every kind, in order of their names."""
    for file in sorted(ROOT.glob("plugins/module_utils/kinds/[!_]*.py")):
        module = import_module(f"{PACKAGE}.{file.stem}")
        (found,) = (
            one
            for one in vars(module).values()
            if isinstance(one, type) and issubclass(one, Kind) and one.__module__ == module.__name__
        )
        if found.type != file.stem:
            raise SystemExit(f"{file.name} holds the kind {found.type}; the file has the name of its kind")
        yield file.stem, found, module.MANUAL


# --- a module -------------------------------------------------------------------------------------------------------


def told(says: str | Sequence[str]) -> str | list[str]:
    """Return a description as documentation has it."""
    return says if isinstance(says, str) else list(says)


def option(field: Field, *, part: bool = False) -> dict[str, Any]:
    """Return the documentation of an option, or of a ``part`` of one."""
    spec = field.argument()
    found: dict[str, Any] = {"description": told(field.says)}
    found.update({name: spec[name] for name in ("type", "elements") if name in spec})
    found.update({"required": True} if part and field.required else {})
    found.update({"choices": _Inline(spec["choices"])} if "choices" in spec else {})
    found.update({"default": spec["default"]} if "default" in spec else {})
    if field.options is not None:
        found["suboptions"] = {one.name: option(one, part=True) for one in field.options}
    return found


def documentation(name: str, kind: type[Kind[Any]], manual: Manual) -> str:
    """Return the documentation of the module of a kind."""
    head = {
        "module": name,
        "short_description": manual.short,
        "version_added": manual.since,
        "description": list(manual.about),
        "author": ["dataai.platform authors (@dataai)"],
    }
    item = {field.name: option(field) for field in kind.fields}
    if kind.tagged:
        item["tags"] = {"description": f"Tags to set. {manual.tags}".rstrip(), "type": "dict"}
    wait = {"wait_timeout": {"description": "Seconds to wait at most.", "type": "int", "default": kind.timeout}}
    text = dumped(head) + "options:\n"
    if kind.singleton:
        text += dumped({**item, **wait}, 2)
    else:
        several = f"Several {plural(kind, manual)} in one task. Mutually exclusive with O({kind.key})."
        batch = {"description": [several], "type": "list", "elements": "dict"}
        text += dumped({"items": batch}, 2) + "    suboptions: &item\n" + dumped(item, 6) + dumped(wait, 2)
        text += "  <<: *item\n"
    return text + dumped({"extends_documentation_fragment": [*fragments(kind)]})


def plural(kind: type[Kind[Any]], manual: Manual) -> str:
    """Return what several resources of a kind are called."""
    return manual.plural or f"{kind.noun}s"


def fragments(kind: type[Kind[Any]]) -> Iterator[str]:
    """Yield the documentation that a kind shares with others."""
    shared = "dataai.platform.resource"
    options = argument_spec(kind)
    words = {
        "batch": "workers",
        "tags": "purge_tags",
        "prune": "prune",
        "stateful": "acknowledge",
        "replace": "replace",
    }
    yield shared
    yield from (f"{shared}.{fragment}" for fragment, word in words.items() if word in options)
    yield from ("amazon.aws.common.modules", "amazon.aws.region.modules", "amazon.aws.boto3")


def imported(name: str, kind: type[Kind[Any]]) -> str:
    """Return the import of a kind, in lines that are not too long."""
    line = f"from {PACKAGE}.{name} import {kind.__name__}"
    return line if len(line) <= 120 else f"from {PACKAGE}.{name} import (\n    {kind.__name__},\n)"


def returned(kind: type[Kind[Any]], manual: Manual) -> str:
    """Return the documentation of what the module of a kind returns."""
    content = {
        "changes": {
            "description": "What was changed, or in check mode would be.",
            "returned": "always",
            "type": "list",
            "elements": "dict",
        },
        "resources": {
            "description": (
                f"The {plural(kind, manual)} by O({kind.key}), as they are after the task (in check mode as they will "
                "be)."
            ),
            "returned": "success",
            "type": "dict",
            "sample": manual.sample,
        },
        **RETURNED,
        **({"remains": REMAINS} if manual.leaves else {}),
    }
    return dumped(content)


# --- the files ------------------------------------------------------------------------------------------------------


def listed(text: str, before: str, after: str, lines: Sequence[str]) -> str:
    """Return ``text`` with other lines between the one that is ``before`` and the one that is ``after``."""
    head, found, rest = text.partition(f"{before}\n")
    kept = rest.partition(f"{after}\n")
    if not (found and kept[1]):
        raise SystemExit(f"nothing stands between {before!r} and {after!r}")
    return "".join([head, found, *(f"{line}\n" for line in lines), kept[1], kept[2]])


def others(names: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the modules written by hand that call AWS, and those of them that write or may."""
    modules = {file.stem: file.read_text(encoding="utf-8") for file in ROOT.glob("plugins/modules/[!_]*.py")}
    by_hand = {name: text for name, text in modules.items() if name not in names and "Written by tools/" not in text}
    calling = sorted(name for name, text in by_hand.items() if "amazon.aws.common.modules" in text)
    return calling, [name for name in calling if '"aws_account_id": {"type": "str"}' in by_hand[name]]


def files() -> dict[str, str]:
    """Return what the files are to hold, by path from the root."""
    known = list(kinds())
    names = [name for name, _, _ in known]
    found = {
        f"plugins/modules/{name}.py": MODULE.format(
            head=HEAD,
            name=name,
            kind=kind.__name__,
            imported=imported(name, kind),
            documentation=documentation(name, kind, manual),
            examples=manual.examples.lstrip("\n"),
            returned=returned(kind, manual),
        )
        for name, kind, manual in known
    }
    found["plugins/module_utils/aws/kinds.py"] = REGISTRY.format(
        head=HEAD,
        table="".join(f'    "{name}": "{kind.__name__}",\n' for name, kind, _ in known),
        imports="".join(
            f'    if name == "{name}":\n        from ..kinds.{name} import {kind.__name__}\n\n'
            f"        return {kind.__name__}\n"
            for name, kind, _ in known
        ),
    )
    module = "plugins/modules/resource.py"
    choices = [f"      - {name}" for name in names]
    found[module] = listed((ROOT / module).read_text(encoding="utf-8"), "    choices:", "requirements:", choices)
    found["meta/runtime.yml"] = routes(names)
    return found


def routes(names: Sequence[str]) -> str:
    """Return meta/runtime.yml with the action group and the routes."""
    calling, writing = others(names)
    text = (ROOT / "meta/runtime.yml").read_text(encoding="utf-8")
    group = [f"    - {name}" for name in sorted({*names, *calling, "resource"})]
    routed = [
        line
        for name in sorted({*names, *writing})
        for line in (f"    {name}:", "      action_plugin: dataai.platform.resource")
    ]
    comment = "# What writes: each task knows the account that it may write to, and says whose its result is."
    text = listed(text, "          - amazon.aws.aws", comment, group)
    head, found, _ = text.partition("  modules:\n")
    return "".join([head, found, *(f"{line}\n" for line in routed)])


def main() -> int:
    """Write or check the files; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, fail when a file is out of date")
    check = parser.parse_args().check
    wanted = files()
    stale = [path for path, text in wanted.items() if not (ROOT / path).exists() or (ROOT / path).read_text() != text]
    left = [
        str(file.relative_to(ROOT))
        for file in ROOT.glob("plugins/modules/[!_]*.py")
        if "# Written by tools/kind_files.py" in file.read_text() and f"plugins/modules/{file.name}" not in wanted
    ]
    if not check:
        for path in stale:
            (ROOT / path).write_text(wanted[path], encoding="utf-8")
        for path in left:
            (ROOT / path).unlink()
    if stale or left:
        print(("out of date, run `make docs`: " if check else "written: ") + ", ".join([*stale, *left]))
    return 1 if check and (stale or left) else 0


if __name__ == "__main__":
    sys.exit(main())
