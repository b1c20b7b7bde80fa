# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filters of the role s3_vpc_only: from its variables to the items of its modules."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.dataai.platform.plugins.module_utils.aws import buckets as policies

Settings = Mapping[str, Any]


def named_buckets(buckets: Settings, names: Settings, lifecycle: Settings) -> dict[str, dict[str, Any]]:
    """Return the settings of each bucket, its name and lifecycle filled in.

    Args:
        buckets: key to settings, as the variable has them.
        names: every name of the estate; ``bucket_{key}`` is used where a bucket has no name of its own.
        lifecycle: the lifecycle settings that a bucket does not set itself.

    Raises:
        AnsibleFilterError: a bucket has no name.
    """
    result = {}
    for key, given in buckets.items():
        settings = {**lifecycle, **{name: value for name, value in (given or {}).items() if value is not None}}
        settings["name"] = settings.get("name") or names.get(f"bucket_{key}")
        if not settings["name"]:
            raise AnsibleFilterError(f"s3_vpc_only_buckets.{key} needs a name")
        settings["purpose"] = settings.get("purpose") or key.replace("_", "-")
        result[key] = settings
    return result


def bucket_items(buckets: Settings, common: Settings, tags: Settings, minimum_size: str) -> list[dict[str, Any]]:
    """Return the items for the module s3_bucket.

    Args:
        buckets: what ``named_buckets`` returned.
        common: fields that all buckets share.
        tags: tags that all buckets share.
        minimum_size: the transition minimum size, sent where there are rules.
    """
    items = []
    for settings in buckets.values():
        rules = policies.lifecycle_rules(settings)
        item = {**common, "name": settings["name"], "lifecycle_rules": rules}
        if rules:
            item["transition_minimum_size"] = minimum_size
        if item.get("logging"):
            item["logging"] = {**item["logging"], "target_prefix": f"{settings['name']}/"}
        item["tags"] = {**tags, "Name": settings["name"], "Purpose": settings["purpose"]}
        items.append(item)
    return items


def buckets_to_delete(buckets: Settings, force: bool) -> list[dict[str, Any]]:
    """Return the items that take ``buckets`` down, with all that is in them where ``force`` says so."""
    return [{"name": settings["name"], "force_destroy": bool(force)} for settings in buckets.values()]


def bucket_policy_items(
    buckets: Settings,
    endpoint_id: str,
    exempt_principal_arns: Sequence[str],
    bedrock: Settings,
    partition: str = "aws",
) -> list[dict[str, Any]]:
    """Return the items for the module s3_bucket_policy.

    Args:
        buckets: what ``named_buckets`` returned.
        endpoint_id: the gateway endpoint that data must come through; empty for no such rule.
        exempt_principal_arns: who may come from anywhere.
        bedrock: ``bucket``, ``account``, ``region`` and ``prefix`` of a delivery by Bedrock; empty for none.
        partition: the partition of AWS.
    """
    items = []
    for settings in buckets.values():
        name = settings["name"]
        statements = []
        if endpoint_id:
            statements.append(
                policies.deny_data_outside_endpoint(name, endpoint_id, exempt_principal_arns, partition=partition)
            )
        statements.append(policies.deny_insecure_transport(name, partition=partition))
        if bedrock and bedrock["bucket"] == name:
            where = {key: str(bedrock[key]) for key in ("account", "region", "prefix")}
            statements.append(policies.allow_bedrock_delivery(name, partition=partition, **where))
        items.append({"bucket": name, "policy": policies.document(*statements)})
    return items


def access_log_policy(bucket: str, sources: Sequence[str], account: str, partition: str = "aws") -> dict[str, Any]:
    """Return the policy of the bucket ``bucket`` that receives the access logs of ``sources``."""
    delivery = policies.allow_log_delivery(bucket, sources, account, partition=partition)
    return policies.document(delivery, policies.deny_insecure_transport(bucket, partition=partition))


def bucket_consumer_policy(buckets: Settings, key_arn: str, region: str, partition: str = "aws") -> dict[str, Any]:
    """Return the policy of a user of all ``buckets`` and their key."""
    names = (settings["name"] for settings in buckets.values())
    return policies.consumer(names, key_arn, region, partition=partition)


class FilterModule:
    """Filters of the collection."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filters by name."""
        return {
            "access_log_policy": access_log_policy,
            "bucket_consumer_policy": bucket_consumer_policy,
            "bucket_items": bucket_items,
            "bucket_policy_items": bucket_policy_items,
            "buckets_to_delete": buckets_to_delete,
            "named_buckets": named_buckets,
        }
