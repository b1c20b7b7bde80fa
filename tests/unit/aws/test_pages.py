# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Listings are read to their end, also those for which botocore has no paginator."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from ansible_collections.dataai.platform.plugins.module_utils.aws.session import Service

#: Service, listing, where it has its entries, what names one, and where an answer tells the next page.
LISTINGS = [
    ("wafv2", "list_web_acls", "WebACLs", "Name", "NextMarker", "NextMarker", {"Scope": "REGIONAL"}),
    ("events", "list_event_buses", "EventBuses", "Name", "NextToken", "NextToken", {}),
    ("lakeformation", "list_resources", "ResourceInfoList", "ResourceArn", "NextToken", "NextToken", {}),
    ("ecs", "describe_capacity_providers", "capacityProviders", "name", "nextToken", "nextToken", {}),
    ("logs", "describe_query_definitions", "queryDefinitions", "name", "nextToken", "nextToken", {}),
    ("cloudfront", "list_functions", "FunctionList.Items", "Name", "FunctionList.NextMarker", "Marker", {}),
]

#: Members that botocore's models require and that say nothing here.
FILLED = {
    "cloudfront": {
        "FunctionConfig": {"Comment": "", "Runtime": "cloudfront-js-2.0"},
        "FunctionMetadata": {"FunctionARN": "arn", "LastModifiedTime": datetime(2026, 1, 1, tzinfo=UTC)},
    },
}


def page(result: str, entries: list[dict[str, Any]], token: dict[str, str]) -> dict[str, Any]:
    """Return an answer with its entries and, at ``Member`` or ``Member.Member``, what tells the next page."""
    answer: dict[str, Any] = {}
    for path, value in {result: entries, **token}.items():
        *above, last = path.split(".")
        inside = answer
        for part in above:
            inside = inside.setdefault(part, {})
        inside[last] = value
    return answer


@pytest.mark.parametrize(("service", "operation", "result", "name", "told", "given", "asked"), LISTINGS)
def test_every_page_is_read(
    service: str, operation: str, result: str, name: str, told: str, given: str, asked: dict[str, str]
) -> None:
    client = boto3.client(service, "eu-central-2", aws_access_key_id="a", aws_secret_access_key="b")
    assert not client.can_paginate(operation)
    entries = [{name: f"arn:aws:s3:::name-{number}", **FILLED.get(service, {})} for number in range(3)]
    pages = [page(result, [entry], {told: str(number)} if number < 2 else {}) for number, entry in enumerate(entries)]
    for one in pages if "." in result else ():
        one[result.partition(".")[0]].update(MaxItems=100, Quantity=1)
    with Stubber(client) as stub:
        for number, one in enumerate(pages):
            stub.add_response(operation, one, {**asked, **({given: str(number - 1)} if number else {})})
        found = list(Service(service, client).pages(operation, result, **asked))
        stub.assert_no_pending_responses()
    assert [one[name] for one in found] == [one[name] for one in entries]
