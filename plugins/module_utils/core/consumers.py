# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the consumers of the layer are handed: manifests, a model list, policies. Names and ARNs, and never a value."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

API_VERSION = "external-secrets.io/v1"
STORE_KINDS = ("ClusterSecretStore", "SecretStore")

#: In the place of a list of profiles: every profile.
ALL = "all"

#: What an application needs in order to invoke a model, Converse and ConverseStream included.
INVOKE = ("bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream")

#: Characters that IAM takes in a managed policy, blanks not counted.
LONGEST_POLICY = 6144

_LONGEST_NAME = 253
_LABELS = {"app.kubernetes.io/managed-by": "ansible", "app.kubernetes.io/part-of": "dataai-platform"}


def kubernetes_name(name: str) -> str:
    """Return the name that a secret gets in Kubernetes, where names are lower-case letters, digits, ``-`` and ``.``.

    Raises:
        ValueError: nothing that Kubernetes allows is left of it.
    """
    made = re.sub(r"[^a-z0-9.-]+", "-", name.lower()).strip("-.")
    made = re.sub(r"-*\.[.-]*", ".", made)  # each part between dots begins and ends with a letter or a digit
    if not made or len(made) > _LONGEST_NAME:
        raise ValueError(f"secret '{name}' cannot be given a name in Kubernetes")
    return made


def secret_store(store: Mapping[str, Any], region: str) -> dict[str, Any]:
    """Return the manifest of the store that reads Secrets Manager.

    Args:
        store: ``name``, ``kind`` (one of ``STORE_KINDS``), ``namespace`` (of a SecretStore) and, optionally,
            ``role_arn`` (a role to assume), ``service_account`` and ``service_account_namespace``.
        region: region of the secrets.
    """
    aws: dict[str, Any] = {"service": "SecretsManager", "region": region}
    if store.get("role_arn"):
        aws["role"] = store["role_arn"]
    if store.get("service_account"):
        reference = {"name": store["service_account"]}
        # In a SecretStore the account is looked for beside the store, and naming a namespace is refused.
        if store["kind"] == "ClusterSecretStore":
            reference["namespace"] = store.get("service_account_namespace") or store["namespace"]
        aws["auth"] = {"jwt": {"serviceAccountRef": reference}}
    metadata: dict[str, Any] = {"name": store["name"], "labels": dict(_LABELS)}
    if store["kind"] == "SecretStore":
        metadata["namespace"] = store["namespace"]
    return {
        "apiVersion": API_VERSION,
        "kind": store["kind"],
        "metadata": metadata,
        "spec": {"provider": {"aws": aws}},
    }


def external_secrets(
    names: Iterable[str], store: Mapping[str, Any], refresh_interval: str, key: str
) -> list[dict[str, Any]]:
    """Return one manifest for each secret: one that has no value yet fails alone.

    Args:
        names: names in Secrets Manager.
        store: see ``secret_store``; ``namespace`` is that of the secrets too.
        refresh_interval: how often a value is read, such as ``1h``.
        key: the entry of the Kubernetes secret that holds the value.

    Raises:
        ValueError: two secrets would get the same name in Kubernetes, or one none.
    """
    found: dict[str, str] = {}
    for name in sorted(names):
        made = kubernetes_name(name)
        if made in found:
            raise ValueError(f"secrets '{found[made]}' and '{name}' would both be '{made}' in Kubernetes; rename one")
        found[made] = name
    return [_external_secret(made, name, store, refresh_interval, key) for made, name in found.items()]


def _external_secret(made: str, name: str, store: Mapping[str, Any], refresh: str, key: str) -> dict[str, Any]:
    return {
        "apiVersion": API_VERSION,
        "kind": "ExternalSecret",
        "metadata": {"name": made, "namespace": store["namespace"], "labels": dict(_LABELS)},
        "spec": {
            "refreshInterval": refresh,
            "secretStoreRef": {"kind": store["kind"], "name": store["name"]},
            # A value that was delivered outlives a failing read: Retain, not Delete.
            "target": {"name": made, "creationPolicy": "Owner", "deletionPolicy": "Retain"},
            "data": [{"secretKey": key, "remoteRef": {"key": name}}],
        },
    }


def litellm_config(profiles: Mapping[str, Mapping[str, Any]], region: str) -> dict[str, Any]:
    """Return the part of LiteLLM's configuration that names the models.

    LiteLLM takes format and price from ``model``, and sends the request to ``model_id``.

    Args:
        profiles: key of a profile to its ``arn``, ``source`` and ``mode`` (``chat`` or ``embedding``).
        region: region of the profiles.
    """
    return {
        "model_list": [
            {
                "model_name": key,
                "litellm_params": {
                    "model": f"bedrock/{profile['source']}",
                    "model_id": profile["arn"],
                    "aws_region_name": region,
                },
                "model_info": {"mode": profile["mode"]},
            }
            for key, profile in sorted(profiles.items())
        ]
    }


def invoke_policies(
    workloads: Mapping[str, Sequence[str] | str], profiles: Mapping[str, Mapping[str, Any]]
) -> dict[str, dict[str, Any]]:
    """Return the policy of each workload: it may invoke its profiles, and no model but through them.

    A policy that is longer than IAM takes is split by profiles, into ``name.1``, ``name.2`` and so on.

    Bedrock checks a request three times: for the application profile that is called, for the system profile that it
    was made from, and for the model in every region that it routes to.

    Args:
        workloads: name to keys of profiles, or ``all``.
        profiles: key of a profile to its ``arn``, ``source_arn`` (of the system profile; empty for a model) and
            ``models`` (ARNs).

    Raises:
        ValueError: a workload names a profile that does not exist, or none.
    """
    found: dict[str, dict[str, Any]] = {}
    for name, wanted in sorted(workloads.items()):
        parts = _split(_chosen(name, wanted, profiles))
        found.update({name if len(parts) == 1 else f"{name}.{number}": part for number, part in enumerate(parts, 1)})
    return found


def _chosen(
    workload: str, wanted: Sequence[str] | str, profiles: Mapping[str, Mapping[str, Any]]
) -> list[Mapping[str, Any]]:
    keys = sorted(profiles) if wanted == ALL else list(dict.fromkeys(wanted))
    missing = [key for key in keys if key not in profiles]
    if missing or not keys:
        raise ValueError(
            f"workload '{workload}' names {', '.join(missing) or 'no profile'}; "
            f"there are {', '.join(sorted(profiles)) or 'no profiles'}"
        )
    return [profiles[key] for key in keys]


def _split(chosen: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return one policy, or several of which each is short enough."""
    policy = _policy(chosen)
    if len(json.dumps(policy, separators=(",", ":"))) <= LONGEST_POLICY or len(chosen) == 1:
        return [policy]
    middle = len(chosen) // 2
    return _split(chosen[:middle]) + _split(chosen[middle:])


def _policy(chosen: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    called = {str(profile["arn"]) for profile in chosen}
    system = {str(profile["source_arn"]) for profile in chosen if profile["source_arn"]}
    statements = [_allow("InvokeThroughProfiles", called)]
    if system:
        statements.append(_allow("InvokeWhatProfilesWereMadeFrom", system))
    models = {str(model) for profile in chosen for model in profile["models"]}
    through = {"StringEquals": {"bedrock:InferenceProfileArn": sorted(called | system)}}
    statements.append({**_allow("InvokeModelsThroughProfilesOnly", models), "Condition": through})
    return {"Version": "2012-10-17", "Statement": statements}


def _allow(sid: str, resources: Iterable[str]) -> dict[str, Any]:
    return {"Sid": sid, "Effect": "Allow", "Action": list(INVOKE), "Resource": sorted(resources)}
