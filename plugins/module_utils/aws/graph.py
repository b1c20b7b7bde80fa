# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The body of the module that runs what tasks have declared: batches in, one graph, results out."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.common.warnings import warn
from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ..core.arguments import argument_spec, wanted_items
from ..core.errors import Refused, told
from ..core.graph import Batch, Outcome, keys, run
from ..core.kind import Kind
from ..core.plan import Action
from ..core.progress import SILENT, Progress
from ..core.reconcile import reconcile
from ..core.report import Report, some
from .kinds import kind_class
from .run import options, result_of, warnings_of
from .session import Aws

SPEC: dict[str, Any] = {
    "aws_account_id": {"type": "str"},
    "batches": {
        "type": "list",
        "elements": "dict",
        "required": True,
        "options": {
            "name": {"type": "str", "required": True},
            "kind": {"type": "str", "required": True},
            "args": {"type": "dict", "required": True},
            "check": {"type": "bool", "default": False},
            "role": {"type": "str", "default": ""},
        },
    },
    "apart": {"type": "bool", "default": False},
    "known": {"type": "dict", "default": {}},
    "progress": {"type": "path"},
}


def main() -> None:
    """Run the module and exit."""
    module = AnsibleAWSModule(argument_spec=SPEC, supports_check_mode=True)
    aws = Aws(module)
    batches = [
        Batch(one["name"], kind_class(one["kind"]), one["args"], one["check"] or module.check_mode, one["role"])
        for one in module.params["batches"]
    ]
    with _progress(module.params["progress"]) as progress:
        outcomes = run(batches, _reconciling(aws), module.params["known"], progress, apart=module.params["apart"])
    results = [{"batch": name, **_result(aws, outcome)} for name, outcome in outcomes.items()]
    for outcome in outcomes.values():
        for text in warnings_of(outcome.kind, outcome.report) if outcome.report else ():
            warn(text)
    changed = any(result["changed"] for result in results)
    shown = {"diff": _together([result["diff"] for result in results if "diff" in result])} if module._diff else {}
    refused = any(outcome.refused for outcome in outcomes.values())
    module.exit_json(changed=changed, refused=refused, results=results, **shown)


@contextlib.contextmanager
def _progress(path: str | None) -> Iterator[Progress]:
    """Yield what writes lines to a file that the caller has made; nothing where there is none, or none here."""
    with contextlib.ExitStack() as stack:
        progress = SILENT
        if path is not None and Path(path).is_file():
            with contextlib.suppress(OSError):  # another user's, perhaps
                file = stack.enter_context(Path(path).open("a", encoding="utf-8", buffering=1))
                progress = Progress(lambda line: _write(file, f"{line}\n"))
                stack.enter_context(progress.ticking())
        yield progress


def _write(file: IO[str], text: str) -> None:
    """Write, if that is possible: what goes on is not worth less where it cannot be told."""
    with contextlib.suppress(OSError):
        file.write(text)


def _reconciling(aws: Aws) -> Any:
    """Return what plans or carries out a batch."""

    def work(kind: Kind[Any], args: Mapping[str, Any], check: bool) -> Report:
        params = checked(kind, args)
        report = reconcile(kind, aws, wanted_items(kind, params), options(params, check=check))
        if any(step.action is not Action.NONE for step in report.steps):
            aws.refuse_other_account()
        return report

    return work


def checked(kind: Kind[Any], args: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of a kind's module with defaults, in their types.

    Raises:
        Refused: some are wrong.
    """
    given = {name: value for name, value in args.items() if name not in ("region", "aws_account_id")}
    found = ArgumentSpecValidator(argument_spec(type(kind))).validate(given)
    if found.error_messages:
        who = f"{kind.noun} {some(keys(type(kind), args))}"
        raise Refused([f"{who}: {text}" for text in found.error_messages])
    return dict(found.validated_parameters)


def _result(aws: Aws, outcome: Outcome) -> dict[str, Any]:
    """Return the result that the module of the kind would have had."""
    failed = {"failed": True, **told(outcome.problems)} if outcome.problems else {}
    if outcome.report is None:
        return {"changed": False, "changes": [], "resources": {}, "planned": outcome.planned, **failed}
    return {**result_of(outcome.kind, aws, outcome.report, planned=outcome.planned), **failed}


def _together(diffs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return several differences as one."""
    return {side: {name: entry for one in diffs for name, entry in one[side].items()} for side in ("before", "after")}
