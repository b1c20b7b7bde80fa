# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The partitions of AWS: which regions belong to one, what its ARNs and host names are made of, what it lacks."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Partition:
    """A part of AWS with accounts, credentials and names of its own.

    Attributes:
        name: the second part of its ARNs.
        regions: the names of its regions match it.
        domain: ends the host names of its services, and those service principals that name a region.
        lacks: services of the estate that no region of it offers.
    """

    name: str
    regions: str
    domain: str
    lacks: tuple[str, ...] = ()


BEDROCK, PROMETHEUS, GRAFANA = "Amazon Bedrock", "Amazon Managed Prometheus", "Amazon Managed Grafana"

#: As botocore's ``partitions.json`` and ``endpoints.json`` have them; a test compares.
PARTITIONS = (
    Partition("aws", r"(us|eu|ap|sa|ca|me|af|il|mx)-\w+-\d+", "amazonaws.com"),
    Partition("aws-cn", r"cn-\w+-\d+", "amazonaws.com.cn", (BEDROCK, PROMETHEUS, GRAFANA)),
    Partition("aws-eusc", r"eusc-de-\w+-\d+", "amazonaws.eu", (GRAFANA,)),
    Partition("aws-iso", r"us-iso-\w+-\d+", "c2s.ic.gov", (GRAFANA,)),
    Partition("aws-iso-b", r"us-isob-\w+-\d+", "sc2s.sgov.gov", (PROMETHEUS, GRAFANA)),
    Partition("aws-iso-e", r"eu-isoe-\w+-\d+", "cloud.adc-e.uk", (BEDROCK, PROMETHEUS, GRAFANA)),
    Partition("aws-iso-f", r"us-isof-\w+-\d+", "csp.hci.ic.gov", (PROMETHEUS, GRAFANA)),
    Partition("aws-us-gov", r"us-gov-\w+-\d+", "amazonaws.com"),
)

#: Name of a partition to its domain.
DOMAINS = {partition.name: partition.domain for partition in PARTITIONS}


def partition_of(region: str) -> Partition:
    """Return the partition that a region belongs to.

    Raises:
        ValueError: no partition has a region of such a name.
    """
    for partition in PARTITIONS:
        if re.fullmatch(partition.regions, region):
            return partition
    raise ValueError(f"{region!r} is not the name of an AWS region, such as eu-central-2")
