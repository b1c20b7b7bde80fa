# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The body of every resource module: options in, ``reconcile``, result out."""

from __future__ import annotations

from typing import Any

from ansible.module_utils.common.warnings import warn
from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ..core.errors import Failure, Refused, describe
from ..core.kind import Kind
from ..core.plan import Options
from ..core.reconcile import reconcile
from .session import Aws


def argument_spec(kind: type[Kind[Any]]) -> dict[str, Any]:
    """Return the options of the module of ``kind``: those of one item, the batch, and how to go about it."""
    item = {entry.name: entry.argument() for entry in kind.fields}
    if kind.tagged:
        item["tags"] = {"type": "dict", "no_log": False}
    spec: dict[str, Any] = dict(item)
    spec["aws_account_id"] = {"type": "str"}
    spec["state"] = {"type": "str", "choices": ["present", "absent"], "default": "present"}
    spec["wait"] = {"type": "bool", "default": True}
    spec["wait_timeout"] = {"type": "int", "default": kind.timeout}
    if not kind.singleton:
        spec["items"] = {"type": "list", "elements": "dict", "options": item}
        spec["workers"] = {"type": "int", "default": 8}
        if kind.tagged:
            spec["prune"] = {"type": "bool", "default": False}
            spec["owned_by"] = {"type": "dict"}
    if kind.tagged:
        spec["purge_tags"] = {"type": "bool", "default": False}
    if kind.stateful:
        spec["acknowledge"] = {"type": "list", "elements": "str", "default": []}
    if kind.replaceable:
        spec["replace"] = {"type": "bool", "default": False}
    return spec


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
        report = reconcile(kind, aws, _items(kind, module.params), _options(module))
        result = report.result(kind)
        result.update(aws.account_of_changes(result["changes"]), region=module.region, planned=module.check_mode)
    except Refused as refusal:
        module.fail_json(msg=describe(refusal.problems), problems=refusal.problems, changes=[])
    except Failure as failure:
        module.fail_json(msg=str(failure), problems=[str(failure)], changes=[])
    for key in sorted(report.deferred):
        warn(f"{kind.noun} {key}: AWS is still working on it; its change is left to a later task or run")
    for text in (*report.spared(kind), *kind.remarks):
        warn(text)
    if report.errors:
        problems = [str(error) for error in report.errors.values()]
        result["changes"] = [entry for entry in result["changes"] if entry["name"] not in report.errors]
        module.fail_json(msg=describe(problems), problems=problems, **result)
    module.exit_json(**result)


def _items(kind: Kind[Any], params: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the wanted items, without what the user left out."""
    names = [*kind.field_names(), "tags"]
    given = params.get("items") if params.get("items") is not None else [params]
    return [{name: item.get(name) for name in names if item.get(name) is not None} for item in given]


def _options(module: AnsibleAWSModule) -> Options:
    params = module.params
    return Options(
        absent=params["state"] == "absent",
        check=module.check_mode,
        prune=bool(params.get("prune")),
        owned_by=params.get("owned_by"),
        replace=bool(params.get("replace")),
        acknowledged=params.get("acknowledge") or (),
        purge_tags=bool(params.get("purge_tags")),
        wait=params["wait"],
        timeout=params["wait_timeout"],
        workers=params.get("workers") or 8,
    )
