# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The body of every resource module: options in, ``reconcile``, result out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ansible.module_utils.common.warnings import warn
from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ..core.arguments import argument_spec, wanted_items
from ..core.errors import Failure, Refused, folded, told
from ..core.kind import Kind
from ..core.plan import Options
from ..core.reconcile import reconcile
from ..core.report import Report, failing
from .session import Aws


def run(kind_class: type[Kind[Any]], *, by_name: bool = False) -> None:
    """Run the module of ``kind_class`` and exit.

    Args:
        kind_class: the kind.
        by_name: the option ``kind`` has chosen it.
    """
    batch = [] if kind_class.singleton else ["items"]
    module = AnsibleAWSModule(
        argument_spec={**argument_spec(kind_class), **({"kind": {"type": "str"}} if by_name else {})},
        supports_check_mode=True,
        required_one_of=[[kind_class.key, *batch]] if batch else [],
        mutually_exclusive=[[kind_class.key, *batch]] if batch else [],
    )
    kind, aws = kind_class(), Aws(module)
    try:
        report, problems = _reconciled(kind, aws, module)
        result = result_of(kind, aws, report, planned=module.check_mode)
    except Refused as refusal:
        module.fail_json(**told(refusal.problems), changes=[])
    except Failure as failure:
        module.fail_json(**told([failing(kind, failure)]), changes=[])
    for text in warnings_of(kind, report):
        warn(text)
    problems += report.problems(kind)
    if problems:
        module.fail_json(**told(problems), **result)
    module.exit_json(**result)


def _reconciled(kind: Kind[Any], aws: Aws, module: AnsibleAWSModule) -> tuple[Report, list[str]]:
    """Return the report, and in a plan what a run would refuse, which hides nothing of the others."""
    try:
        items = wanted_items(kind, module.params)
        return reconcile(kind, aws, items, options(module.params, check=module.check_mode)), []
    except Refused as refusal:
        if refusal.plan is None:
            raise
        return refusal.plan, refusal.problems


def options(params: Mapping[str, Any], *, check: bool) -> Options:
    """Return how a batch is to be reconciled, by the options of its module."""
    return Options(
        absent=params["state"] == "absent",
        check=check,
        prune=bool(params.get("prune")),
        owned_by=params.get("owned_by"),
        replace=bool(params.get("replace")),
        acknowledged=params.get("acknowledge") or (),
        purge_tags=bool(params.get("purge_tags")),
        wait=params["wait"],
        timeout=params["wait_timeout"],
        workers=params.get("workers") or 8,
    )


def result_of(kind: Kind[Any], aws: Aws, report: Report, *, planned: bool) -> dict[str, Any]:
    """Return what the module of a kind returns.

    Raises:
        Refused: something is, or would be, changed in another account than the one that may be written to.
    """
    result = report.result(kind)
    result.update(aws.account_of_changes(result["changes"]), region=aws.region, planned=planned)
    result.update({"remains": folded(kind.remains)} if kind.remains else {})
    return result


def warnings_of(kind: Kind[Any], report: Report) -> Iterator[str]:
    """Yield what a user is told beside the changes."""
    for key in sorted(report.deferred):
        yield f"{kind.noun} {key}: AWS is still working on it; its change is left to a later task or run"
    yield from (*report.spared(kind), *kind.remarks)
