# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How failures of this collection look on a terminal: each problem once, a line each."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from ansible.errors import AnsibleAction

#: What a result of a task that failed is not asked for, and would fill the screen with.
_LONG = ("resources", "unchanged", "refused")


def briefly(result: Mapping[str, Any]) -> dict[str, Any]:
    """Return the result of a task; of one that failed what says why, for Ansible to show one line each.

    Ansible shows the message of a failure twice, as an error and in the result. The error is left its place in the
    playbook, and says how many problems the result names.
    """
    if not result.get("failed"):
        return dict(result)
    brief = {key: value for key, value in result.items() if key not in _LONG}
    exception = result.get("exception")
    event = getattr(exception, "event", None)
    if event is not None and event.msg == result.get("msg") and not event.formatted_traceback:
        brief["exception"] = replace(exception, event=replace(event, msg=_headline(result)))
    return {**brief, "_ansible_verbose_always": True}


def failure(result: Mapping[str, Any]) -> AnsibleAction:
    """Return what an action raises to fail with a result, shown as ``briefly`` has it."""
    return AnsibleAction(_headline(result), result=briefly({"changed": False, **result, "failed": True}))


def _headline(result: Mapping[str, Any]) -> str:
    count = len(result.get("problems") or ())
    return f"{count} problems." if count else "One problem."


#: What the playbooks run as where they only report: what is refused there is reported at the end, and stops nothing.
REPORTING = ("plan", "verify")


def reported(result: Mapping[str, Any], *, check: bool, mode: str) -> dict[str, Any]:
    """Return a result that does not fail for what is refused, where the playbooks only report; any other as it is."""
    if not (result.get("refused") and check and mode in REPORTING):
        return dict(result)
    kept = {key: value for key, value in result.items() if key not in ("exception", "msg", "problems")}
    return {**kept, "failed": False}


def in_words_of(variables: Iterable[str], result: Mapping[str, Any]) -> dict[str, Any]:
    """Return a result whose advice names the variables of the role whose task it is of, and no option of a module.

    Args:
        variables: names of the role's variables.
        result: the result of a task.
    """
    known = sorted(variables)

    def said(text: Any) -> str:
        return _for_role(known, str(text))

    changed: dict[str, Any] = {}
    if result.get("failed") and "msg" in result:
        changed["msg"] = said(result["msg"])
    if "problems" in result:
        changed["problems"] = [said(text) for text in result["problems"]]
    if "refused" in result:
        changed["refused"] = [
            {**entry, "problems": [said(text) for text in entry["problems"]]} for entry in result["refused"]
        ]
    return {**result, **changed}


#: The options that advice names: their words in a variable's name, and the advice where the role has none.
_ADVICE = {
    "adopt: true": ("_adopt", ""),
    "replace: true": ("_replace_", r",? or allow a replacement with replace: true"),
}


def _for_role(variables: list[str], text: str) -> str:
    for option, (word, advice) in _ADVICE.items():
        named = [name for name in variables if word in name]
        if len(named) == 1:
            text = text.replace(option, f"{named[0]}: true")
        elif advice:
            text = re.sub(advice, "", text)
    text = _with_variables(variables, text)
    text = re.sub(r", adopt: false makes one beside it", "", text)  # what roles do not offer
    return re.sub(r"'acknowledge'( to delete it)?( \(acknowledge: \[.*?\]\))?", r"destroy_acknowledge\1", text)


def _with_variables(variables: list[str], text: str) -> str:
    """Name the variables behind the options that AWS cannot change, where the role has some."""
    fixed = re.search(r"AWS cannot change (.+?) of an existing ", text)
    if not fixed:
        return text
    found = []
    for option in fixed[1].split(", "):
        named = sorted((name for name in variables if name.endswith(f"_{option}")), key=len)
        found += named[:1]  # the others are of something else, such as elasticache_log_kms_key_arn
    return text.replace("; set it back", f"; set {' and '.join(found)} back", 1) if found else text
