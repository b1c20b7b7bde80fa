# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The DB cluster parameter group under the common rhythm."""

from __future__ import annotations

from typing import Any

from ansible_collections.dataai.platform.plugins.module_utils.kinds.db_cluster_parameter_group import (
    DbClusterParameterGroup,
)

from .case import Case, Item

NAME = "param-group-acme-test"

#: More than one call may set: 20 at most.
MANY = {
    "log_min_duration_statement": "1000", "log_lock_waits": "1", "log_temp_files": "10240", "work_mem": "8192",
    "maintenance_work_mem": "262144", "random_page_cost": "1.1", "track_io_timing": "1",
    "idle_in_transaction_session_timeout": "3600000", "autovacuum_vacuum_scale_factor": "0.05",
    "autovacuum_analyze_scale_factor": "0.02", "log_autovacuum_min_duration": "10000", "log_connections": "1",
    "log_disconnections": "1", "statement_timeout": "0", "lock_timeout": "0", "deadlock_timeout": "1000",
    "log_statement": "ddl", "autovacuum_naptime": "15", "autovacuum_max_workers": "3", "effective_io_concurrency": "8",
    "rds.force_ssl": "1", "default_statistics_target": "200",
}  # fmt: skip


def case(account: Any) -> Case:
    """Return the case for an empty account."""
    rds = account.client("rds")

    def entries() -> dict[str, dict[str, Any]]:
        pages = rds.get_paginator("describe_db_cluster_parameters").paginate(DBClusterParameterGroupName=NAME)
        return {entry["ParameterName"]: entry for page in pages for entry in page["Parameters"]}

    def drift() -> None:
        parameter = {"ParameterName": "rds.force_ssl", "ParameterValue": "0", "ApplyMethod": "immediate"}
        rds.modify_db_cluster_parameter_group(DBClusterParameterGroupName=NAME, Parameters=[parameter])

    def verify(item: Item) -> None:
        (group,) = rds.describe_db_cluster_parameter_groups(DBClusterParameterGroupName=NAME)[
            "DBClusterParameterGroups"
        ]
        assert group["DBParameterGroupFamily"] == item["family"]
        in_effect = entries()
        found = {name: in_effect[name].get("ParameterValue") for name in item["parameters"]}
        assert found == {name: str(value) for name, value in item["parameters"].items()}
        others = [name for name, entry in in_effect.items() if entry["Source"] == "user" and name not in found]
        assert others == []
        tags = rds.list_tags_for_resource(ResourceName=group["DBClusterParameterGroupArn"])["TagList"]
        assert {tag["Key"]: tag["Value"] for tag in tags} == item["tags"]

    create = {
        "name": NAME,
        "family": "aurora-postgresql14",
        "description": "Aurora of acme",
        # Two of them are the defaults of the family: AWS does not mark those as the user's.
        "parameters": {
            "rds.force_ssl": 1,
            "log_statement": "ddl",
            "autovacuum_max_workers": 5,
            "log_temp_files": 0,
            "track_io_timing": 1,
            "log_autovacuum_min_duration": 10000,
            "work_mem": 65536,
            "random_page_cost": 1.1,
            "shared_preload_libraries": "pg_stat_statements,auto_explain",
            "shared_buffers": "{DBInstanceClassMemory/12038}",
        },
        "tags": {"Purpose": "database"},
    }
    spelled = {
        **create["parameters"], "rds.force_ssl": True, "track_io_timing": "on", "log_statement": "DDL",
        "log_autovacuum_min_duration": "10s", "work_mem": "64MB", "random_page_cost": "1.10",
        "shared_preload_libraries": ["pg_stat_statements", "auto_explain"],
        "shared_buffers": "{DBInstanceClassMemory / 12038}",
    }  # fmt: skip
    family = {"name": NAME, "family": "aurora-postgresql14", "description": "Aurora of acme"}
    return Case(
        kind=DbClusterParameterGroup,
        create=create,
        update={**create, "parameters": MANY, "tags": {"Purpose": "databases", "Owner": "team"}},
        drift=drift,
        verify=verify,
        missing=(
            ({"name": NAME, "family": "aurora-postgresql14"}, "description"),
            ({**family, "parameters": {"work_men": 1}}, "work_men is not a parameter of aurora-postgresql14; did you"),
            ({**family, "parameters": {"archive_timeout": 60}}, "archive_timeout cannot be changed"),
            ({**family, "parameters": {"work_mem": "32kB"}}, "work_mem is '32kB'; AWS accepts 64-2147483647"),
            ({**family, "parameters": {"rds.force_ssl": {"on": True}}}, "rds.force_ssl must be"),
        ),
        immutable=(
            ({**create, "parameters": {"no_such_parameter": 1}}, "no_such_parameter is not a parameter"),
            ({**create, "family": "aurora-postgresql15"}, "family"),
            ({**create, "description": "x"}, "descr"),
        ),
        unchanged=({**create, "parameters": spelled}, {"name": NAME.upper()}),
    )
