# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Aurora PostgreSQL offers: versions, upgrade paths, instance classes, parameters."""

from __future__ import annotations

import re
from typing import Any

from ..call import AwsError, Call, page
from ..registry import operation

ENGINE = "aurora-postgresql"
LOG_TYPES = ("iam-db-auth-error", "instance", "postgresql")
_MINORS = {
    14: (18, 19, 20, 22),
    15: (10, 12, 13, 14, 15),
    16: (6, 8, 9, 10, 11),
    17: (4, 5, 6, 7),
}
VERSIONS = tuple(f"{major}.{minor}" for major, minors in _MINORS.items() for minor in minors)
_DEFAULTS = {14: "14.19", 15: "15.13", 16: "16.8", 17: "17.4"}
DEFAULT_VERSION = _DEFAULTS[17]
_R_SIZES = ("large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "12xlarge", "16xlarge")
CLASSES = (
    "db.serverless",
    "db.t3.medium",
    "db.t3.large",
    "db.t4g.medium",
    "db.t4g.large",
    *(f"db.{family}.{size}" for family in ("r5", "r6g", "r6i", "r7g") for size in _R_SIZES if (family, size)),
)

_BOOL = "0,1"
_TIME = "0-2147483647"
_CLIENT_LEVELS = "debug5,debug4,debug3,debug2,debug1,log,notice,warning,error"
_LEVELS = "debug5,debug4,debug3,debug2,debug1,info,notice,warning,error,log,fatal,panic"
_LIBRARIES = (
    "apg_plan_mgmt,auto_explain,orafce,pg_bigm,pg_cron,pg_hint_plan,pg_ivm,pg_partman_bgw,pg_prewarm,pg_similarity,"
    "pg_stat_statements,pg_tle,pgactive,pgaudit,pglogical,pgtap,plrust,plprofiler"
)
_SHARED_MEMORY = "SUM(DBInstanceClassMemory/12038,-50003)"
_VACUUM_WORKERS = "GREATEST({DBInstanceClassMemory/64371566592},3)"
_MAINTENANCE_MEMORY = "GREATEST({DBInstanceClassMemory/63963136*1024},65536)"
# name: (apply type, data type, allowed values, modifiable, default)
PARAMETERS: dict[str, tuple[str, str, str, bool, str | None]] = {
    "apg_plan_mgmt.capture_plan_baselines": ("dynamic", "string", "automatic,manual,off", True, None),
    "apg_plan_mgmt.use_plan_baselines": ("dynamic", "boolean", "true,false", True, None),
    "application_name": ("dynamic", "string", "", True, None),
    "archive_timeout": ("dynamic", "integer", "0-1073741823", False, "300"),
    "auto_explain.log_analyze": ("dynamic", "boolean", _BOOL, True, None),
    "auto_explain.log_min_duration": ("dynamic", "integer", "-1-2147483647", True, None),
    "autovacuum": ("dynamic", "boolean", _BOOL, True, None),
    "autovacuum_analyze_scale_factor": ("dynamic", "float", "0-100", True, None),
    "autovacuum_freeze_max_age": ("static", "integer", "100000-2000000000", True, None),
    "autovacuum_max_workers": ("static", "integer", "1-262143", True, _VACUUM_WORKERS),
    "autovacuum_naptime": ("dynamic", "integer", "1-2147483", True, "5"),
    "autovacuum_vacuum_cost_limit": ("dynamic", "integer", "-1-10000", True, None),
    "autovacuum_vacuum_scale_factor": ("dynamic", "float", "0-100", True, None),
    "checkpoint_timeout": ("dynamic", "integer", "30-3600", False, "60"),
    "client_encoding": ("dynamic", "string", "", True, None),
    "client_min_messages": ("dynamic", "string", _CLIENT_LEVELS, True, None),
    "deadlock_timeout": ("dynamic", "integer", "1-2147483647", True, None),
    "default_statistics_target": ("dynamic", "integer", "1-10000", True, None),
    "effective_cache_size": ("dynamic", "integer", "1-2147483647", True, _SHARED_MEMORY),
    "effective_io_concurrency": ("dynamic", "integer", "0-1000", True, None),
    "hash_mem_multiplier": ("dynamic", "float", "1-1000", True, None),
    "huge_pages": ("static", "string", "try,on,off", False, "on"),
    "idle_in_transaction_session_timeout": ("dynamic", "integer", _TIME, True, "86400000"),
    "idle_session_timeout": ("dynamic", "integer", _TIME, True, None),
    "jit": ("dynamic", "boolean", _BOOL, True, None),
    "lock_timeout": ("dynamic", "integer", _TIME, True, None),
    "log_autovacuum_min_duration": ("dynamic", "integer", "-1-2147483647", True, "10000"),
    "log_checkpoints": ("dynamic", "boolean", _BOOL, True, None),
    "log_connections": ("dynamic", "boolean", _BOOL, True, None),
    "log_disconnections": ("dynamic", "boolean", _BOOL, True, None),
    "log_duration": ("dynamic", "boolean", _BOOL, True, None),
    "log_error_verbosity": ("dynamic", "string", "terse,default,verbose", True, None),
    "log_lock_waits": ("dynamic", "boolean", _BOOL, True, None),
    "log_min_duration_statement": ("dynamic", "integer", "-1-2147483647", True, None),
    "log_min_error_statement": ("dynamic", "string", _LEVELS, True, None),
    "log_min_messages": ("dynamic", "string", _LEVELS, True, None),
    "log_rotation_age": ("dynamic", "integer", "1-1440", True, "60"),
    "log_statement": ("dynamic", "string", "none,ddl,mod,all", True, None),
    "log_temp_files": ("dynamic", "integer", "-1-2147483647", True, None),
    "logical_decoding_work_mem": ("dynamic", "integer", "64-2147483647", True, None),
    "maintenance_work_mem": ("dynamic", "integer", "1024-2147483647", True, _MAINTENANCE_MEMORY),
    "max_connections": ("static", "integer", "6-262143", True, "LEAST({DBInstanceClassMemory/9531392},5000)"),
    "max_locks_per_transaction": ("static", "integer", "10-2147483647", True, "64"),
    "max_parallel_workers": ("dynamic", "integer", "0-1024", True, "GREATEST($DBInstanceVCPU/2,8)"),
    "max_parallel_workers_per_gather": ("dynamic", "integer", "0-1024", True, None),
    "max_prepared_transactions": ("static", "integer", "0-262143", True, "0"),
    "max_replication_slots": ("static", "integer", "5-262143", True, "20"),
    "max_standby_streaming_delay": ("dynamic", "integer", "1000-30000", True, "14000"),
    "max_wal_senders": ("static", "integer", "5-262143", True, "20"),
    "max_worker_processes": ("static", "integer", "1-262143", True, "GREATEST($DBInstanceVCPU*2,8)"),
    "password_encryption": ("dynamic", "string", "md5,scram-sha-256", True, None),
    "pg_stat_statements.max": ("static", "integer", "100-2147483647", True, None),
    "pg_stat_statements.track": ("dynamic", "string", "none,top,all", True, None),
    "pgaudit.log": ("dynamic", "string", "", True, None),
    "pgaudit.role": ("dynamic", "string", "rds_pgaudit", True, None),
    "random_page_cost": ("dynamic", "float", "0-100000", True, None),
    "rds.accepted_password_auth_method": ("dynamic", "string", "md5+scram,scram", True, "md5+scram"),
    "rds.adaptive_autovacuum": ("dynamic", "boolean", _BOOL, True, "1"),
    "rds.babelfish_status": ("static", "string", "on,off,datadirectoryonly", True, "off"),
    "rds.enable_plan_management": ("static", "boolean", _BOOL, True, None),
    "rds.force_admin_logging_level": ("dynamic", "string", f"disabled,{_LEVELS}", True, None),
    "rds.force_autovacuum_logging_level": ("dynamic", "string", f"disabled,{_LEVELS}", True, "warning"),
    "rds.force_ssl": ("dynamic", "boolean", _BOOL, True, "0"),
    "rds.log_retention_period": ("dynamic", "integer", "1440-10080", True, "4320"),
    "rds.logical_replication": ("static", "boolean", _BOOL, True, "0"),
    "rds.restrict_password_commands": ("static", "boolean", _BOOL, True, None),
    "row_security": ("dynamic", "boolean", _BOOL, True, None),
    "search_path": ("dynamic", "string", "", True, None),
    "server_encoding": ("dynamic", "string", "", False, "UTF8"),
    "shared_buffers": ("static", "integer", "16-1073741823", True, _SHARED_MEMORY),
    "shared_preload_libraries": ("static", "list", _LIBRARIES, True, "pg_stat_statements"),
    "ssl": ("dynamic", "boolean", _BOOL, False, "1"),
    "ssl_ciphers": ("dynamic", "list", "", True, None),
    "ssl_max_protocol_version": ("dynamic", "string", "TLSv1,TLSv1.1,TLSv1.2,TLSv1.3", True, None),
    "ssl_min_protocol_version": ("dynamic", "string", "TLSv1,TLSv1.1,TLSv1.2,TLSv1.3", True, "TLSv1.2"),
    "statement_timeout": ("dynamic", "integer", _TIME, True, None),
    "synchronous_commit": ("dynamic", "string", "local,on,off", True, "on"),
    "tcp_keepalives_idle": ("dynamic", "integer", _TIME, True, "300"),
    "temp_buffers": ("dynamic", "integer", "100-1073741823", True, None),
    "temp_file_limit": ("dynamic", "integer", "-1-2147483647", True, None),
    "timezone": ("dynamic", "string", "", True, "UTC"),
    "track_activity_query_size": ("static", "integer", "100-1048576", True, "4096"),
    "track_functions": ("dynamic", "string", "none,pl,all", True, None),
    "track_io_timing": ("dynamic", "boolean", _BOOL, True, "1"),
    "wal_receiver_timeout": ("dynamic", "integer", "0-3600000", True, "30000"),
    "wal_sender_timeout": ("dynamic", "integer", "0-3600000", True, None),
    "work_mem": ("dynamic", "integer", "64-2147483647", True, None),
}

#: Units of the numbers; AWS says them in front of the description.
UNITS = {
    **dict.fromkeys(("archive_timeout", "checkpoint_timeout", "tcp_keepalives_idle"), "s"),
    **dict.fromkeys(("autovacuum_naptime",), "s"),
    **dict.fromkeys(("log_rotation_age",), "min"),
    **dict.fromkeys(("effective_cache_size", "shared_buffers", "temp_buffers"), "8kB"),
    **dict.fromkeys(("logical_decoding_work_mem", "maintenance_work_mem", "temp_file_limit", "work_mem"), "kB"),
    **dict.fromkeys(("log_temp_files",), "kB"),
    **dict.fromkeys(("track_activity_query_size",), "B"),
    **dict.fromkeys(("deadlock_timeout", "idle_in_transaction_session_timeout", "idle_session_timeout"), "ms"),
    **dict.fromkeys(("lock_timeout", "log_autovacuum_min_duration", "log_min_duration_statement"), "ms"),
    **dict.fromkeys(("max_standby_streaming_delay", "statement_timeout"), "ms"),
    **dict.fromkeys(("wal_receiver_timeout", "wal_sender_timeout"), "ms"),
}


def version_key(version: str) -> tuple[int, ...]:
    """Return a version as numbers, for comparing."""
    return tuple(int(part) for part in re.findall(r"\d+", version))


def family(version: str) -> str:
    """Return the parameter group family of a version."""
    return f"{ENGINE}{version_key(version)[0]}"


def families() -> list[str]:
    """Return every parameter group family."""
    return [f"{ENGINE}{major}" for major in _MINORS]


def check_engine(engine: str) -> None:
    """Refuse engines that do not exist; those that are not emulated are answered with 501.

    Raises:
        AwsError: InvalidParameterValue.
        NotImplementedError: for the engines other than Aurora PostgreSQL.
    """
    if engine == ENGINE:
        return
    if engine in ("aurora-mysql", "mysql", "postgres", "mariadb", "oracle-ee", "sqlserver-se"):
        raise NotImplementedError(engine)
    raise AwsError("InvalidParameterValue", f"Invalid DB engine: {engine}", 400)


def resolve(version: str | None) -> str:
    """Return the full version that a request for a version (or a major one) means.

    Raises:
        AwsError: InvalidParameterCombination if there is none.
    """
    if version is None:
        return DEFAULT_VERSION
    if version.isdigit() and int(version) in _DEFAULTS:
        return _DEFAULTS[int(version)]
    if version not in VERSIONS:
        raise AwsError("InvalidParameterCombination", f"Cannot find version {version} for {ENGINE}", 400)
    return version


def upgrade_targets(version: str) -> list[str]:
    """Return the versions that a cluster of `version` can be upgraded to."""
    return [item for item in VERSIONS if version_key(item) > version_key(version)]


def _show_version(call: Call, version: str) -> dict[str, Any]:
    major = version_key(version)[0]
    targets = [
        {
            "Engine": ENGINE,
            "EngineVersion": item,
            "Description": f"Aurora PostgreSQL (Compatible with PostgreSQL {item})",
            "AutoUpgrade": False,
            "IsMajorVersionUpgrade": version_key(item)[0] > major,
            "SupportsGlobalDatabases": True,
            "SupportedEngineModes": ["provisioned"],
            "SupportsBabelfish": True,
            "SupportsLocalWriteForwarding": True,
        }
        for item in upgrade_targets(version)
    ]
    return {
        "Engine": ENGINE,
        "MajorEngineVersion": str(major),
        "EngineVersion": version,
        "Status": "available",
        "DBParameterGroupFamily": family(version),
        "DBEngineDescription": "Aurora (PostgreSQL)",
        "DBEngineVersionDescription": f"Aurora PostgreSQL (Compatible with PostgreSQL {version})",
        "ValidUpgradeTarget": targets,
        "ExportableLogTypes": list(LOG_TYPES),
        "SupportsLogExportsToCloudwatchLogs": True,
        "SupportsReadReplica": False,
        "SupportedEngineModes": ["provisioned"],
        "SupportsGlobalDatabases": True,
        "SupportedFeatureNames": ["Bedrock", "Comprehend", "Lambda", "s3Export", "s3Import", "SageMaker"],
        "SupportsParallelQuery": False,
        "SupportsBabelfish": True,
        "SupportsLocalWriteForwarding": True,
        "SupportedCACertificateIdentifiers": ["rds-ca-rsa2048-g1", "rds-ca-ecc384-g1", "rds-ca-rsa4096-g1"],
        "SupportsCertificateRotationWithoutRestart": True,
        "SupportsIntegrations": True,
        "ServerlessV2FeaturesSupport": {"MinCapacity": 0.0, "MaxCapacity": 256.0},
        "TagList": [],
    }


@operation("rds", "DescribeDBEngineVersions")
def describe_versions(call: Call) -> Any:
    """List engine versions."""
    params = call.params
    if params.get("Engine"):
        check_engine(params["Engine"])
    wanted = params.get("EngineVersion")
    found = [item for item in VERSIONS if wanted is None or item == wanted or item.split(".")[0] == wanted]
    if params.get("DBParameterGroupFamily"):
        found = [item for item in found if family(item) == params["DBParameterGroupFamily"]]
    if params.get("DefaultOnly"):
        majors = {version_key(item)[0] for item in found}
        found = [_DEFAULTS[max(majors)]] if majors else []
    return page(call, [_show_version(call, item) for item in found], limits=(20, 100))


def _show_option(call: Call, version: str, name: str) -> dict[str, Any]:
    serverless = name == "db.serverless"
    return {
        "Engine": ENGINE,
        "EngineVersion": version,
        "DBInstanceClass": name,
        "LicenseModel": "postgresql-license",
        "AvailabilityZones": [{"Name": f"{call.region}{letter}"} for letter in "abc"],
        "MultiAZCapable": False,
        "ReadReplicaCapable": False,
        "Vpc": True,
        "SupportsStorageEncryption": True,
        "StorageType": "aurora",
        "SupportsIops": False,
        "SupportsEnhancedMonitoring": True,
        "SupportsIAMDatabaseAuthentication": True,
        "SupportsPerformanceInsights": True,
        "AvailableProcessorFeatures": [],
        "SupportedEngineModes": ["provisioned"],
        "SupportsStorageAutoscaling": False,
        "SupportsKerberosAuthentication": True,
        "OutpostCapable": False,
        "SupportsGlobalDatabases": not name.startswith("db.t"),
        "SupportsClusters": False,
        "SupportedNetworkTypes": ["IPV4", "DUAL"],
        "SupportsStorageThroughput": False,
        "SupportedActivityStreamModes": [] if serverless or name.startswith("db.t") else ["async", "sync"],
        "SupportsHttpEndpoint": not name.startswith("db.t"),
        "SupportsDedicatedLogVolume": False,
    }


@operation("rds", "DescribeOrderableDBInstanceOptions")
def describe_options(call: Call) -> Any:
    """List the instance classes that can be ordered for each version."""
    params = call.params
    check_engine(params["Engine"])
    versions = [item for item in VERSIONS if params.get("EngineVersion") in (None, item)]
    classes = [item for item in CLASSES if params.get("DBInstanceClass") in (None, item)]
    found = [_show_option(call, version, name) for version in versions for name in classes]
    return page(call, found, limits=(20, 10000))


def check_class(name: str, version: str) -> None:
    """Refuse an instance class that cannot be ordered.

    Raises:
        AwsError: InvalidParameterCombination.
    """
    if name not in CLASSES:
        raise AwsError(
            "InvalidParameterCombination",
            "RDS does not support creating a DB instance with the following "
            f"combination: DBInstanceClass={name}, Engine={ENGINE}, EngineVersion={version}, "
            "LicenseModel=postgresql-license. For supported combinations of instance class and database "
            "engine version, see the documentation.",
            400,
        )


@operation("rds", "DescribeCertificates")
def describe_certificates(call: Call) -> Any:
    """List the certificate authorities."""
    names = ("rds-ca-rsa2048-g1", "rds-ca-rsa4096-g1", "rds-ca-ecc384-g1")
    wanted = call.params.get("CertificateIdentifier")
    if wanted and wanted not in names:
        raise AwsError("CertificateNotFound", f"Certificate not found: {wanted}", 404)
    shown = [
        {
            "CertificateIdentifier": name,
            "CertificateType": "CA",
            "ValidFrom": "2021-05-21T22:28:10Z",
            "ValidTill": "2061-05-21T23:28:10Z",
            "CertificateArn": call.arn(f"cert:{name}").replace(call.account, ""),
            "Thumbprint": "0" * 40,
        }
        for name in names
        if wanted in (None, name)
    ]
    return page(call, shown, limits=(20, 100))
