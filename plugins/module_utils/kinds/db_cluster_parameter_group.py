# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Cluster parameter groups of Aurora."""

from __future__ import annotations

from ..aws.parameter_groups import ParameterGroup, Words
from ..aws.parameters import Entry
from ..aws.tags import RDS
from ..core.kind import Deviation


class DbClusterParameterGroup(ParameterGroup):
    """A cluster parameter group. ``parameters`` is all that differs from the defaults of its family."""

    type = "db_cluster_parameter_group"
    noun = "DB cluster parameter group"
    aws_type = "AWS::RDS::DBClusterParameterGroup"
    words = Words(
        service="rds",
        groups=("describe_db_cluster_parameter_groups", "DBClusterParameterGroups"),
        name="DBClusterParameterGroupName",
        family="DBParameterGroupFamily",
        arn="DBClusterParameterGroupArn",
        listing="describe_db_cluster_parameters",
        defaults="describe_engine_default_cluster_parameters",
        create="create_db_cluster_parameter_group",
        modify="modify_db_cluster_parameter_group",
        reset="reset_db_cluster_parameter_group",
        delete="delete_db_cluster_parameter_group",
        parameters="Parameters",
        missing="DBParameterGroupNotFound",
        state="InvalidDBParameterGroupState",
        booleans=("0", "1"),
        tags=RDS,
    )
    fields = ParameterGroup.declared(words.booleans, name=words.name)
    deviations = (Deviation("parameters", "required", "CreateDBClusterParameterGroup makes a group without any"),)

    def method(self, entry: Entry) -> dict[str, str]:
        """Dynamic parameters apply at once, all others with the next reboot."""
        return {"ApplyMethod": "immediate" if entry.get("ApplyType") == "dynamic" else "pending-reboot"}
