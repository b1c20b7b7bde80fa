# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Written by tools/kind_files.py from plugins/module_utils/kinds.

"""The kinds of resources by name. Each is imported only when it is asked for."""

from __future__ import annotations

from typing import Any

from ..core.kind import Kind

#: Name of the module of a kind to the name of its class, in a file of that name.
KINDS = {
    "cache_parameter_group": "CacheParameterGroup",
    "cache_subnet_group": "CacheSubnetGroup",
    "cache_user": "CacheUser",
    "cache_user_group": "CacheUserGroup",
    "db_cluster": "DbCluster",
    "db_cluster_parameter_group": "DbClusterParameterGroup",
    "db_subnet_group": "DbSubnetGroup",
    "event_rule": "EventRule",
    "flow_log": "FlowLog",
    "grafana_workspace": "GrafanaWorkspace",
    "iam_role": "IamRole",
    "iam_user": "IamUser",
    "inference_profile": "InferenceProfile",
    "internet_gateway": "InternetGateway",
    "invocation_logging": "InvocationLogging",
    "kms_key": "KmsKey",
    "lambda_function": "LambdaFunction",
    "log_group": "LogGroup",
    "nat_gateway": "NatGateway",
    "network_acl": "NetworkAcl",
    "prometheus_workspace": "PrometheusWorkspace",
    "replication_group": "ReplicationGroup",
    "route_table": "RouteTable",
    "s3_bucket": "S3Bucket",
    "s3_bucket_policy": "S3BucketPolicy",
    "secret": "Secret",
    "security_group": "SecurityGroup",
    "ssm_parameter": "SsmParameter",
    "subnet": "Subnet",
    "vpc": "Vpc",
    "vpc_endpoint": "VpcEndpoint",
}


def kind_class(name: str) -> type[Kind[Any]]:  # noqa: C901 - a table, spelt out for Ansible
    """Return the class of a kind.

    Ansible packs what import statements name, so each kind has one. It does not see those under ``match``.

    Raises:
        KeyError: there is no such kind.
    """
    # pylint: disable=import-outside-toplevel
    if name == "cache_parameter_group":
        from ..kinds.cache_parameter_group import CacheParameterGroup

        return CacheParameterGroup
    if name == "cache_subnet_group":
        from ..kinds.cache_subnet_group import CacheSubnetGroup

        return CacheSubnetGroup
    if name == "cache_user":
        from ..kinds.cache_user import CacheUser

        return CacheUser
    if name == "cache_user_group":
        from ..kinds.cache_user_group import CacheUserGroup

        return CacheUserGroup
    if name == "db_cluster":
        from ..kinds.db_cluster import DbCluster

        return DbCluster
    if name == "db_cluster_parameter_group":
        from ..kinds.db_cluster_parameter_group import DbClusterParameterGroup

        return DbClusterParameterGroup
    if name == "db_subnet_group":
        from ..kinds.db_subnet_group import DbSubnetGroup

        return DbSubnetGroup
    if name == "event_rule":
        from ..kinds.event_rule import EventRule

        return EventRule
    if name == "flow_log":
        from ..kinds.flow_log import FlowLog

        return FlowLog
    if name == "grafana_workspace":
        from ..kinds.grafana_workspace import GrafanaWorkspace

        return GrafanaWorkspace
    if name == "iam_role":
        from ..kinds.iam_role import IamRole

        return IamRole
    if name == "iam_user":
        from ..kinds.iam_user import IamUser

        return IamUser
    if name == "inference_profile":
        from ..kinds.inference_profile import InferenceProfile

        return InferenceProfile
    if name == "internet_gateway":
        from ..kinds.internet_gateway import InternetGateway

        return InternetGateway
    if name == "invocation_logging":
        from ..kinds.invocation_logging import InvocationLogging

        return InvocationLogging
    if name == "kms_key":
        from ..kinds.kms_key import KmsKey

        return KmsKey
    if name == "lambda_function":
        from ..kinds.lambda_function import LambdaFunction

        return LambdaFunction
    if name == "log_group":
        from ..kinds.log_group import LogGroup

        return LogGroup
    if name == "nat_gateway":
        from ..kinds.nat_gateway import NatGateway

        return NatGateway
    if name == "network_acl":
        from ..kinds.network_acl import NetworkAcl

        return NetworkAcl
    if name == "prometheus_workspace":
        from ..kinds.prometheus_workspace import PrometheusWorkspace

        return PrometheusWorkspace
    if name == "replication_group":
        from ..kinds.replication_group import ReplicationGroup

        return ReplicationGroup
    if name == "route_table":
        from ..kinds.route_table import RouteTable

        return RouteTable
    if name == "s3_bucket":
        from ..kinds.s3_bucket import S3Bucket

        return S3Bucket
    if name == "s3_bucket_policy":
        from ..kinds.s3_bucket_policy import S3BucketPolicy

        return S3BucketPolicy
    if name == "secret":
        from ..kinds.secret import Secret

        return Secret
    if name == "security_group":
        from ..kinds.security_group import SecurityGroup

        return SecurityGroup
    if name == "ssm_parameter":
        from ..kinds.ssm_parameter import SsmParameter

        return SsmParameter
    if name == "subnet":
        from ..kinds.subnet import Subnet

        return Subnet
    if name == "vpc":
        from ..kinds.vpc import Vpc

        return Vpc
    if name == "vpc_endpoint":
        from ..kinds.vpc_endpoint import VpcEndpoint

        return VpcEndpoint
    raise KeyError(name)
