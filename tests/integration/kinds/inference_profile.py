# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The inference profile under the common rhythm."""

from __future__ import annotations

from typing import Any

from ansible_collections.dataai.platform.plugins.module_utils.kinds.inference_profile import InferenceProfile

from .case import Case, Item

NAME = "acme-app-test-euc2-claude-opus-4-6"
SOURCE = "eu.anthropic.claude-opus-4-6-v1"


def case(account: Any) -> Case:
    """Return the case for an empty account."""
    bedrock = account.client("bedrock")

    def live() -> dict[str, Any]:
        (found,) = bedrock.list_inference_profiles(typeEquals="APPLICATION")["inferenceProfileSummaries"]
        return found

    def drift() -> None:
        bedrock.untag_resource(resourceARN=live()["inferenceProfileArn"], tagKeys=["Model"])

    def verify(item: Item) -> None:
        found = live()
        source = bedrock.get_inference_profile(inferenceProfileIdentifier=SOURCE)
        assert found["inferenceProfileName"] == item["name"]
        assert found["description"] == item["description"]
        assert found["models"] == source["models"]
        tags = bedrock.list_tags_for_resource(resourceARN=found["inferenceProfileArn"])["tags"]
        assert {tag["key"]: tag["value"] for tag in tags} == item["tags"]

    create = {
        "name": NAME,
        "source_type": "inference-profile",
        "source": SOURCE,
        "description": "Opus for the chat: v1",
        "tags": {"Model": SOURCE, "Purpose": "chat"},
    }
    arn = f"arn:aws:bedrock:eu-central-2:123456789012:inference-profile/{SOURCE}"
    return Case(
        kind=InferenceProfile,
        create=create,
        update={**create, "tags": {"Model": SOURCE, "Purpose": "search", "Owner": "team"}},
        drift=drift,
        verify=verify,
        missing=(
            ({**create, "name": "a" * 65}, "64"),
            ({**create, "name": "a--b"}, "hyphen"),
            ({**create, "name": "a.b"}, "name"),
            ({**create, "description": "Opus, for the chat"}, "comma"),
            ({**create, "description": ""}, "description"),
            ({**create, "tags": {"Model": "a,b"}}, "tags"),
            ({"name": NAME, "source": SOURCE}, "source_type"),
            ({"name": NAME, "source_type": "inference-profile"}, "source is required"),
        ),
        immutable=(
            ({**create, "source": "eu.anthropic.claude-opus-4-5-20251101-v1:0"}, "source"),
            (
                {**create, "source_type": "foundation-model", "source": "amazon.titan-embed-text-v2:0"},
                "source, source_type",
            ),
            ({**create, "description": "Another one"}, "description"),
        ),
        unchanged=({**create, "source": arn}, {"name": NAME}),
    )
