# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Cluster parameter groups of Aurora."""

from __future__ import annotations

from ..aws.parameter_groups import ParameterGroup, Words
from ..aws.parameters import Entry
from ..aws.tags import RDS
from ..core.kind import Deviation, Manual


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
    fields = ParameterGroup.declared(
        words.booleans,
        example="aurora-postgresql14",
        values=(
            "; sizes and times may have a unit, such as C(64MB) or C(10s); formulas such as "
            "C({DBInstanceClassMemory/12038}) and lists are taken as well"
        ),
        name=words.name,
    )
    deviations = (Deviation("parameters", "required", "CreateDBClusterParameterGroup makes a group without any"),)

    def method(self, entry: Entry) -> dict[str, str]:
        """Dynamic parameters apply at once, all others with the next reboot."""
        return {"ApplyMethod": "immediate" if entry.get("ApplyType") == "dynamic" else "pending-reboot"}


MANUAL = Manual(
    short="Manage cluster parameter groups of Amazon Aurora",
    about=(
        (
            "Creates, changes and deletes DB cluster parameter groups. Dynamic parameters apply "
            "at once, static ones with the next reboot."
        ),
        (
            "The values in effect are compared, so that a value that equals the family's default "
            "is no change. Names and values that AWS would refuse are refused before the group is "
            "made."
        ),
        (
            "Uses C(rds:DescribeDBClusterParameterGroups), C(rds:DescribeDBClusterParameters), "
            "C(rds:DescribeEngineDefaultClusterParameters), C(rds:ListTagsForResource), "
            "C(rds:CreateDBClusterParameterGroup), C(rds:ModifyDBClusterParameterGroup), "
            "C(rds:ResetDBClusterParameterGroup), C(rds:AddTagsToResource), "
            "C(rds:RemoveTagsFromResource) and C(rds:DeleteDBClusterParameterGroup)."
        ),
    ),
    examples="""
- name: Only connections with TLS
  dataai.platform.db_cluster_parameter_group:
    name: param-group-acme-app-prod-euc2-aurora
    family: aurora-postgresql14
    description: Aurora PostgreSQL of acme
    parameters:
      rds.force_ssl: 1
""",
    sample={
        "param-group-acme-app-prod-euc2-aurora": {
            "arn": "arn:aws:rds:eu-central-2:123456789012:cluster-pg:param-group-acme-app-prod-euc2-aurora",
            "family": "aurora-postgresql14",
            "parameters": {"rds.force_ssl": "1"},
        }
    },
)
