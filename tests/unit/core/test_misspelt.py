# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is nearly one of our names is told; what others call their variables is theirs."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from ansible_collections.dataai.platform.plugins.module_utils.core.misspelt import distance, meant

ROLES = Path(__file__).resolve().parents[3] / "roles"
FAMILIES = [*(path.name for path in ROLES.iterdir()), "enable"]
SPECS = [yaml.safe_load(path.read_text())["argument_specs"]["main"] for path in ROLES.glob("*/meta/argument_specs.yml")]
NAMES = sorted({name for spec in SPECS for name in spec.get("options", {})})

#: Variables of widely used roles, and such as people make up, many of them with the name of a role of ours in front.
OF_OTHERS = """
    aurora_cluster aurora_db_name aurora_dns aurora_endpoint aurora_name aurora_password aurora_theme
    aurora_user automation_user aws_access_key aws_account aws_account_alias aws_account_ids aws_account_name
    aws_accounts aws_default_region aws_profile aws_region_name aws_regions aws_secret_key aws_vpc_id
    bedrock_dir bedrock_port bedrock_server_name bedrock_version common_dir common_firewall common_packages
    common_repos common_services common_tasks common_timezone common_users common_vars consumers_group
    consumers_list consumers_topic cost_center cost_centre database_host database_name database_password
    database_port database_user databases_backup databases_dir databases_list databases_path databases_user
    destroy_all elasticache_cluster_id elasticache_endpoint_url elasticache_host elasticache_nodes
    elasticache_url enable_aurora_backup enable_backup enable_docker enable_firewall enable_https enable_ipv6
    enable_logging enable_metrics enable_monitoring enable_ntp enable_redis enable_selinux enable_ssl
    enable_swap enable_tls environment environment_names environment_type environments grafana_address
    grafana_admin_password grafana_api_url grafana_dashboards grafana_datasources grafana_domain grafana_ini
    grafana_log grafana_plugins grafana_port grafana_security grafana_url grafana_yum_repo infrastructure_repo
    network_allow_service_restart network_bridge_interfaces network_cidr network_connections network_dns
    network_driver network_ether_interfaces network_gateway network_interfaces network_manager network_mode
    network_mtu network_name network_netmask network_policy network_provider network_state network_subnet
    network_subnets network_tags network_vlan network_vpc network_vpcs network_zones org_id org_name org_unit
    organisation platform_name platform_team platform_version postgresql_data_dir postgresql_database
    postgresql_hba_entries postgresql_packages postgresql_port postgresql_user postgresql_users
    postgresql_version product_id product_name product_version prometheus_alert_rules prometheus_config_dir
    prometheus_db_dir prometheus_metrics_path prometheus_port prometheus_retention prometheus_retention_time
    prometheus_scrape_configs prometheus_storage_retention prometheus_targets prometheus_version
    prometheus_web_listen_address redis_bind redis_port redis_requirepass s3_access_key s3_access_key_id
    s3_bucket s3_bucket_name s3_endpoint s3_region s3_secret_key secrets_backend secrets_dir secrets_enabled
    secrets_engine secrets_file secrets_manager secrets_path secrets_store semantic_release
"""


def near(name: str) -> str | None:
    return meant(name, NAMES, FAMILIES)


@pytest.mark.parametrize("name", OF_OTHERS.split())
def test_what_others_call_their_variables_is_theirs(name: str) -> None:
    assert near(name) is None


@pytest.mark.parametrize(
    ("name", "right"),
    [
        ("aurora_instance_cout", "aurora_instance_count"),
        ("aurora_instances_count", "aurora_instance_count"),
        ("aurora_count_instance", "aurora_instance_count"),
        ("aurora_instancecount", "aurora_instance_count"),
        ("auora_instance_count", "aurora_instance_count"),
        ("elasticache_node_typ", "elasticache_node_type"),
        ("enable_managed_grafanna", "enable_managed_grafana"),
        ("aws_regoin", "aws_region"),
        ("enviroment_name", "environment_name"),
        ("destroy_acknowlege", "destroy_acknowledge"),
        ("bedrock_inference_profile", "bedrock_inference_profiles"),
    ],
)
def test_the_nearest_name_is_told(name: str, right: str) -> None:
    assert near(name) == right


def test_nearly_every_slip_is_caught() -> None:
    """A character too few, two in the wrong order, one too many: at each place of each name of ours."""
    slips = [
        slip
        for name in NAMES
        for at in range(1, len(name) - 1)
        for slip in (
            name[:at] + name[at + 1 :],
            name[:at] + name[at + 1] + name[at] + name[at + 2 :],
            f"{name[:at]}q{name[at:]}",
        )
        if slip not in NAMES and len(name) >= 16
    ]
    caught = [slip for slip in slips[::7] if near(slip)]
    assert len(caught) >= 0.99 * len(slips[::7])


@pytest.mark.parametrize(
    ("left", "right", "slips"),
    [("abc", "abc", 0), ("abc", "acb", 1), ("abc", "ab", 1), ("abc", "axcd", 2), ("a", "wxyz", 3)],
)
def test_slips_are_counted(left: str, right: str, slips: int) -> None:
    assert distance(left, right, 2) == slips
