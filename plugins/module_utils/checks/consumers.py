# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules for the files of consumers: what Kubernetes and IAM accept as names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from ..aws.bedrock import application_profiles
from ..aws.session import Aws
from ..core.consumers import ALL
from ..core.errors import Denied, Unsupported

_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")

#: Variable to what its value must look like, and to an example.
_FORMS = {
    "consumers_namespace": (_LABEL, "unique"),
    "consumers_store_name": (_LABEL, "aws-secrets-manager"),
    "consumers_store_service_account": (re.compile(rf"({_LABEL.pattern})?"), "external-secrets"),
    "consumers_store_service_account_namespace": (_LABEL, "external-secrets"),
    "consumers_secret_key": (re.compile(r"[-._a-zA-Z0-9]{1,253}"), "value"),
    "consumers_refresh_interval": (re.compile(r"0|([0-9]+(h|m|s))+"), "1h"),
    "consumers_store_role_arn": (
        re.compile(r"(arn:[a-z-]+:iam::\d{12}:role/\S+)?"),
        "arn:aws:iam::1:role/a",
    ),
}


def problems(v: Mapping[str, Any]) -> Iterable[str]:
    """Check the variables of the role."""
    for name, (form, example) in _FORMS.items():
        if name in v and not form.fullmatch(str(v[name])):
            yield f"{name} is '{v[name]}'; it must look like {example}"
    for workload, wanted in (v.get("consumers_workloads") or {}).items():
        if not _LABEL.fullmatch(str(workload)):
            yield f"consumers_workloads names '{workload}'; a workload is lower-case letters, digits and hyphens"
        if wanted != ALL and not _is_list_of_names(wanted):
            yield f"consumers_workloads.{workload} must be a list of keys of inference profiles, or {ALL}"


def _is_list_of_names(wanted: Any) -> bool:
    return isinstance(wanted, list) and bool(wanted) and all(isinstance(key, str) and key for key in wanted)


def api_problems(aws: Aws, v: Mapping[str, Any], warnings: list[str]) -> Iterable[str]:
    """Check that the profiles which workloads may invoke are there."""
    named = {
        str(workload): [str(key) for key in wanted]
        for workload, wanted in (v.get("consumers_workloads") or {}).items()
        if _is_list_of_names(wanted)
    }
    if not named:
        return
    try:
        there = application_profiles(aws, f"{(v.get('common_names') or {}).get('id', '')}-")
    except (Denied, Unsupported) as failure:
        warnings.append(f"consumers_workloads was not checked: {failure}")
        return
    for workload, keys in named.items():
        missing = [key for key in keys if key not in there]
        if missing:
            yield (
                f"consumers_workloads.{workload} names {', '.join(missing)}, and there is no such inference profile; "
                f"there {'are ' + ', '.join(there) if there else 'is none'}"
            )
