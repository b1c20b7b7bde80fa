# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Prometheus workspace under the common rhythm."""

from __future__ import annotations

from typing import Any

from ansible_collections.dataai.platform.plugins.module_utils.kinds.prometheus_workspace import PrometheusWorkspace

from .case import Case, Item

ALIAS = "prometheus-acme-app-test-euc2"
GROUPS = "arn:aws:logs:eu-central-2:123456789012:log-group:"


def case(account: Any) -> Case:
    """Return the case for an account with two log groups, a key, and a workspace whose alias begins alike."""
    amp, logs = account.client("amp"), account.client("logs")
    for name in ("/acme/one", "/acme/two"):
        logs.create_log_group(logGroupName=name)
    key, other = (account.client("kms").create_key()["KeyMetadata"]["Arn"] for _ in range(2))
    amp.create_workspace(alias=f"{ALIAS}-2")

    def live() -> dict[str, Any]:
        found = amp.list_workspaces(alias=ALIAS)["workspaces"]
        (one,) = [entry for entry in found if entry["alias"] == ALIAS]
        described: dict[str, Any] = amp.describe_workspace(workspaceId=one["workspaceId"])["workspace"]
        return described

    def drift() -> None:
        identity = live()["workspaceId"]
        amp.delete_logging_configuration(workspaceId=identity)
        amp.update_workspace_configuration(workspaceId=identity, retentionPeriodInDays=10)

    def verify(item: Item) -> None:
        found = live()
        assert found["kmsKeyArn"] == key
        assert found["tags"] == item["tags"]
        logging = amp.describe_logging_configuration(workspaceId=found["workspaceId"])["loggingConfiguration"]
        assert logging["logGroupArn"] == item["log_group_arn"] + ":*"
        settings = amp.describe_workspace_configuration(workspaceId=found["workspaceId"])["workspaceConfiguration"]
        assert settings["retentionPeriodInDays"] == item["retention_days"]

    create = {
        "alias": ALIAS,
        "kms_key_arn": key,
        "log_group_arn": f"{GROUPS}/acme/one",
        "retention_days": 150,
        "tags": {"Purpose": "metrics"},
    }
    return Case(
        kind=PrometheusWorkspace,
        create=create,
        update={
            **create,
            "log_group_arn": f"{GROUPS}/acme/two",
            "retention_days": 400,
            "tags": {"Purpose": "metrics", "Owner": "team"},
        },
        drift=drift,
        verify=verify,
        missing=(
            ({**create, "alias": "a" * 101}, "alias"),
            ({**create, "kms_key_arn": "alias/prometheus"}, "kms_key_arn"),
            ({**create, "log_group_arn": "/acme/one"}, "log_group_arn"),
            ({**create, "retention_days": 0}, "retention_days"),
        ),
        immutable=(({**create, "kms_key_arn": other}, "kms_key_arn"),),
        unchanged=({**create, "log_group_arn": f"{GROUPS}/acme/one:*"}, {"alias": ALIAS}),
    )
