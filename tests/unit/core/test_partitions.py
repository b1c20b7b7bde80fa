# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The partitions are those of the SDK, and every region has a code of its own."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.loaders import create_loader

from ansible_collections.dataai.platform.plugins.module_utils.checks.common import region_problems
from ansible_collections.dataai.platform.plugins.module_utils.core.names import names, problems, region_code
from ansible_collections.dataai.platform.plugins.module_utils.core.partitions import (
    BEDROCK,
    GRAFANA,
    PARTITIONS,
    PROMETHEUS,
    partition_of,
)

SDK: dict[str, dict[str, Any]] = {entry["id"]: entry for entry in create_loader().load_data("partitions")["partitions"]}
REGIONS = {region: name for name, entry in SDK.items() for region in entry["regions"] if not region.endswith("-global")}


def test_they_are_those_of_the_sdk() -> None:
    """Name, domain and what is missing."""
    assert {one.name: one.domain for one in PARTITIONS} == {
        name: entry["outputs"]["dnsSuffix"] for name, entry in SDK.items()
    }
    services = {"bedrock": BEDROCK, "aps": PROMETHEUS, "grafana": GRAFANA}
    for entry in create_loader().load_data("endpoints")["partitions"]:
        partition = next(one for one in PARTITIONS if one.name == entry["partition"])
        lacking = {words for name, words in services.items() if not entry["services"].get(name, {}).get("endpoints")}
        assert set(partition.lacks) == lacking, partition.name


@pytest.mark.parametrize("region", REGIONS)
def test_a_region_has_a_partition_and_names(region: str) -> None:
    """Every region that the SDK knows is understood, and its names are accepted."""
    assert partition_of(region).name == REGIONS[region]
    where = {"org_moniker": "acme", "product_moniker": "dai", "environment": "prod", "account": "123456789012"}
    assert problems(names(region=region, **where)) == []


def test_codes_are_short_and_different() -> None:
    """Two regions never share a name."""
    assert len({region_code(region) for region in REGIONS}) == len(REGIONS)
    assert [region_code(region) for region in ("eu-central-2", "us-gov-west-1", "eusc-de-east-1")] == [
        "euc2", "usgovw1", "euscdee1",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("region", "words", "instead"),
    [
        ("eu-central-2", "", "eu-central-2"),
        ("us-gov-west-1", "", "us-gov-west-1"),
        ("eusc-de-east-1", "", "eusc-de-east-1"),
        ("eu-centrl-2", "did you mean eu-central-2?", "eu-central-2"),
        ("eu-west-9", "did you mean eu-west-", ""),
        ("Zurich", "give the name of one", "eu-central-2"),
        ("", "give the name of one", "eu-central-2"),
        ("cn-north-1", "partition aws-cn has no Amazon Bedrock", "cn-north-1"),
        ("us-isob-east-1", "enable_managed_prometheus is true", "us-isob-east-1"),
    ],
)
def test_a_wrong_region_is_one_sentence(region: str, words: str, instead: str) -> None:
    """The nearest name is told, and taken to go on with."""
    found, taken = region_problems(region, prometheus=True)
    assert len(found) == bool(words)
    assert not words or words in found[0]
    assert not instead or taken == instead


def test_a_partition_without_prometheus_does_without() -> None:
    """Switched off, it is not missed."""
    assert region_problems("us-isob-east-1", prometheus=False) == ([], "us-isob-east-1")
