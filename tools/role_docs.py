# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write what every role shares into meta/argument_specs.yml, and the reference part of its README from it.

What stands outside the two markers is written by people and kept. `--check` writes nothing and exits with 1, naming
the READMEs that are out of date.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import yaml
from antsibull_docs_parser import dom
from antsibull_docs_parser.parser import Context, parse

ROOT = Path(__file__).resolve().parent.parent
BEGIN = "<!-- BEGIN_ANSIBLE_DOCS -->"
END = "<!-- END_ANSIBLE_DOCS -->"
LONGEST_DEFAULT = 60

#: Above what the other roles have of the options of role common, so that they may be given with the role.
SHARED = "      # What every role shares, see role common. Written by tools/role_docs.py.\n"
#: What role common works out by itself.
WORKED_OUT = "common_"


def load(file: Path) -> dict[str, Any]:
    """Read a YAML mapping; a file that does not exist is an empty one."""
    return yaml.safe_load(file.read_text(encoding="utf-8")) or {} if file.exists() else {}


def markup(part: dom.AnyPart) -> str:
    """Turn one piece of Ansible documentation markup into Markdown."""
    match part:
        case dom.TextPart():
            return part.text
        case dom.LinkPart():
            return f"[{part.text}]({part.url})"
        case dom.URLPart():
            return f"<{part.url}>"
        case dom.BoldPart():
            return f"**{part.text}**"
        case dom.ItalicPart():
            return f"*{part.text}*"
        case dom.OptionNamePart() if part.value is not None:
            return f"`{part.name}={part.value}`"
        case dom.ErrorPart():
            raise ValueError(part.message)
    names = (getattr(part, field, None) for field in ("name", "value", "text", "fqcn", "plugin"))
    name = next(name for name in names if name is not None)
    return f"`{getattr(name, 'fqcn', name)}`"


def prose(text: str | list[str] | None) -> str:
    """Return a description, of one or several paragraphs, as one line of Markdown."""
    paragraphs = [text] if isinstance(text, str) else text or []
    return " ".join(" ".join("".join(map(markup, parts)).split()) for parts in parse(paragraphs, Context()))


def cell(text: str) -> str:
    """Make text safe inside a table."""
    return text.replace("|", "\\|")


def kind_of(option: dict[str, Any]) -> str:
    """Return the type of an option, with the type of its elements."""
    kind = option.get("type", "str")
    return f"list of {option['elements']}" if kind == "list" and "elements" in option else str(kind)


def default_of(option: dict[str, Any], default: Any) -> str:
    """Return what the table says about the default value."""
    if option.get("required"):
        return "**required**"
    if default is None:
        return ""
    text = default if isinstance(default, str) and default else json.dumps(default)
    return f"`{text}`" if len(text) <= LONGEST_DEFAULT and "\n" not in text else "see `defaults/main.yml`"


def rows(options: dict[str, Any], defaults: dict[str, Any], prefix: str = "") -> list[str]:
    """Return the rows of a table of options; suboptions follow their option under a dotted name."""
    lines = []
    for name, option in options.items():
        default = option.get("default", defaults.get(name))
        text = prose(option.get("description"))
        if "choices" in option:
            text += " One of " + ", ".join(f"`{choice}`" for choice in option["choices"]) + "."
        lines.append(f"| `{prefix}{name}` | {kind_of(option)} | {cell(default_of(option, default))} | {cell(text)} |")
        brackets = "[]." if option.get("type") == "list" else "."
        lines += rows(option.get("options", {}), {}, f"{prefix}{name}{brackets}")
    return lines


def shared() -> dict[str, Any]:
    """Return the options of role common that are given to every role."""
    options = load(ROOT / "roles" / "common" / "meta" / "argument_specs.yml")["argument_specs"]["main"]["options"]
    return {name: option for name, option in options.items() if not name.startswith(WORKED_OUT)}


def with_shared(role: Path, text: str) -> str:
    """Return the argument specs of a role with what every role shares, so that Ansible takes it with the role."""
    if role.name == "common":
        return text
    own = text.partition(SHARED)[0]
    lines = [
        f"      {name}: {{type: {option['type']}, description: See role common.}}" for name, option in shared().items()
    ]
    return own + SHARED + "\n".join(lines) + "\n"


def reference(role: Path) -> str:
    """Return the generated part of a role's README."""
    specs = load(role / "meta" / "argument_specs.yml").get("argument_specs", {})
    common = set() if role.name == "common" else shared().keys()
    defaults = load(role / "defaults" / "main.yml")
    parts = []
    for entry, spec in specs.items():
        paragraphs = [prose(spec.get("short_description")).rstrip(".") + ".", prose(spec.get("description"))]
        parts += [f"## Entry point `{entry}`", *filter(None, paragraphs)]
        own = {name: option for name, option in spec.get("options", {}).items() if name not in common}
        table = rows(own, defaults)
        head = ["| Variable | Type | Default | Meaning |", "|---|---|---|---|"]
        parts.append("\n".join(head + table) if table else "It takes no variables.")
        if common:
            parts.append("Beside these it takes what every role shares, see [common](../common/README.md).")
    return "\n\n".join(parts)


def render(role: Path, readme: str) -> str:
    """Return the README of a role with its generated part brought up to date."""
    before, found, rest = readme.partition(BEGIN)
    if not found:
        before, rest = readme.rstrip() + "\n\n" if readme else f"# dataai.platform.{role.name}\n\n", END + "\n"
    after = rest.partition(END)[2]
    return f"{before}{BEGIN}\n\n{reference(role)}\n\n{END}{after}"


def main() -> int:
    """Write or check the READMEs; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, fail when a README is out of date")
    check = parser.parse_args().check
    stale = []
    for specs in sorted(ROOT.glob("roles/*/meta/argument_specs.yml")):
        role = specs.parents[1]
        for file, made in ((specs, with_shared), (role / "README.md", render)):
            old = file.read_text(encoding="utf-8") if file.exists() else ""
            new = made(role, old)
            if new != old:
                stale.append(str(file.relative_to(ROOT)))
                if not check:
                    file.write_text(new, encoding="utf-8")
    if stale:
        print(("out of date, run `make docs`: " if check else "written: ") + ", ".join(stale))
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
