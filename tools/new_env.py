# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write the inventory of a new environment: like another one, under a name and in an account of its own.

What is not given is asked for where somebody can answer. Nothing that is there is overwritten.
"""

from __future__ import annotations

import argparse
import re
import shutil
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from ansible_collections.dataai.platform.plugins.module_utils.checks.common import MONIKER
from ansible_collections.dataai.platform.plugins.module_utils.core.names import region_code

ROOT = Path(__file__).resolve().parent.parent
INVENTORIES = ROOT / "inventories"
LIKE = "prod"

#: What is asked for, in this order.
QUESTIONS = {
    "name": "Name of the environment (lower-case letters, digits, hyphens)",
    "like": "Which one is it like",
    "account": "Account that may be deployed to (12 digits; empty: to be filled in later)",
    "region": "Region (empty: as all environments)",
    "protected": "Protect what holds data from a blanket 'all' when it is taken down (yes, no)",
}


def known(inventories: Path) -> list[str]:
    """Return the environments that there are, without the one on this machine."""
    return sorted(file.parent.name for file in inventories.glob("*/hosts.yml") if file.parent.name != "local")


def problems(given: Mapping[str, str], inventories: Path) -> list[str]:
    """Return what is wrong with the answers, one sentence each."""
    found = []
    name, like, account, region = (given[key] for key in ("name", "like", "account", "region"))
    if not MONIKER.fullmatch(name):
        found.append(f"NAME is '{name}'; it must be a short word of lower-case letters, digits and hyphens")
    elif (inventories / name).exists():
        found.append(f"NAME is '{name}', and inventories/{name} is there already; choose another one")
    if like not in known(inventories):
        found.append(f"LIKE is '{like}'; it must be one of {', '.join(known(inventories))}")
    if account and not re.fullmatch(r"\d{12}", account):
        found.append(f"ACCOUNT is '{account}'; it must be the 12 digits of an account")
    if given["protected"] not in ("yes", "no"):
        found.append(f"PROTECTED is '{given['protected']}'; it must be yes or no")
    if region:
        try:
            region_code(region)
        except ValueError as error:
            found.append(f"REGION: {error}")
    return found


def written(given: Mapping[str, str], inventories: Path) -> Path:
    """Write the inventory and return its folder."""
    folder, like = inventories / given["name"], inventories / given["like"]
    partial = inventories / f".{given['name']}.new"  # what is interrupted leaves no half environment
    if partial.exists():
        shutil.rmtree(partial)
    shutil.copytree(like, partial, symlinks=True)
    file = partial / "group_vars" / "all" / "environment.yml"
    file.write_text(content(file.read_text(encoding="utf-8"), given), encoding="utf-8")
    return partial.rename(folder)


def is_disposable(inventories: Path, name: str) -> bool:
    """Tell whether an environment says that it is not protected."""
    file = inventories / name / "group_vars" / "all" / "environment.yml"
    return file.is_file() and "environment_protected: false" in file.read_text(encoding="utf-8")


def content(text: str, given: Mapping[str, str]) -> str:
    """Return the variables of the other environment with what is the new one's own."""
    own = {"environment_name": given["name"], "aws_account_id": f'"{given["account"]}"'}
    if given["region"]:
        own["aws_region"] = given["region"]
    own["environment_protected"] = str(given["protected"] == "yes").lower()
    body = text.removeprefix("---\n")
    for name, value in own.items():
        line = f"{name}: {value}"
        body, changed = re.subn(rf"^{name}:.*$", line, body, flags=re.MULTILINE)
        if not changed:
            body = re.sub(r"^(aws_account_id:.*)$", rf"\1\n{line}", body, flags=re.MULTILINE)
    body = re.sub(r"\A(#.*\n)+(?=environment_name)", "", body)  # what it says of the other environment
    if given["protected"] == "yes":
        body = re.sub(r"^(# Nothing here .*\n)?destroy_acknowledge: \[all\]\n", "", body, flags=re.MULTILINE)
    return f"---\n# Like {given['like']} but for what stands here.\n{body}"


def asked(given: Mapping[str, str | None], ask: Callable[[str], str] | None, inventories: Path) -> dict[str, str]:
    """Return all answers: those given, those asked for, and the usual ones.

    Args:
        given: option to answer, ``None`` where none is given.
        ask: puts a question; ``None`` where nobody can answer.
        inventories: the folder of all environments.
    """
    usual = {"name": "", "like": LIKE, "account": "", "region": "", "protected": "yes"}
    answers: dict[str, str] = {}
    for key, question in QUESTIONS.items():
        if key == "protected" and is_disposable(inventories, answers["like"]):
            usual[key] = "no"
        answer = given[key]
        if answer is None and ask is not None:
            hint = f" [{usual[key]}]" if usual[key] else ""
            answer = ask(f"{question}{hint}: ").strip()
        answers[key] = answer or usual[key]
    return answers


def main() -> int:
    """Ask, check, write; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    for key, question in QUESTIONS.items():
        parser.add_argument(f"--{key}", help=question)
    options = {key: value or None for key, value in vars(parser.parse_args()).items()}
    given = asked(options, input if sys.stdin.isatty() else None, INVENTORIES)
    wrong = problems(given, INVENTORIES)
    if wrong:
        print("\n".join(wrong), file=sys.stderr)
        return 2
    folder = written(given, INVENTORIES).relative_to(ROOT)
    file = folder / "group_vars" / "all" / "environment.yml"
    print(f"written: {file}; look at it, then: make plan ENV={given['name']}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
