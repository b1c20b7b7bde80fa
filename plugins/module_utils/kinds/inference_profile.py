# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bedrock application inference profiles: a name, tags and metrics of one's own for a model or a system profile."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any
from uuid import uuid4

from ..aws.bedrock import FOUNDATION_MODEL, INFERENCE_PROFILE, bare_id, base_model, model_arns, profiles, regions_of
from ..aws.policy import arn
from ..aws.session import Aws
from ..aws.tags import BEDROCK, BEDROCK_TAGS
from ..core.errors import Failure, Missing
from ..core.kind import READY, Delta, Deviation, Field, Form, Item, Kind, Live, Manual, busy, oldest
from ..core.values import last_part
from ..core.wait import Clock, poll

#: Seconds in which CreateInferenceProfile may answer ConflictException and still succeed later.
CONFLICT_SECONDS = 120.0

#: The same while the old profile of the same name is still there: then the name itself may be what conflicts.
REPLACE_SECONDS = 20.0

_NAME = Form(r"([0-9a-zA-Z][ _-]?)+", "letters and digits, each followed by at most one blank, hyphen or underscore")
_DESCRIPTION = Form(
    r"([0-9a-zA-Z:.][ _-]?)+",
    "letters, digits, colons and full stops, each followed by at most one blank, hyphen or underscore (no commas, no "
    "parentheses)",
)


class InferenceProfile(Kind[Aws]):
    """An application inference profile. Only its tags can change; anything else makes a new one with a new ARN."""

    type = "inference_profile"
    noun = "inference profile"
    aws_type = "AWS::Bedrock::ApplicationInferenceProfile"
    replaceable = True
    timeout = 300
    fields = (
        Field(
            "name",
            (
                (
                    "Name of the profile, 1-64 characters. Letters and digits, each followed by at most "
                    "one blank, C(-) or C(_)."
                ),
                "Bedrock does not keep names unique. Two profiles of one name are reported as a failure.",
            ),
            form=_NAME,
            min_length=1,
            max_length=64,
            property="InferenceProfileName",
        ),
        Field(
            "source_type",
            "What O(source) is. V(inference-profile) is a system profile, which routes to several "
            "regions, V(foundation-model) a model that runs in the region itself. Required to "
            "create the profile.",
            choices=(INFERENCE_PROFILE, FOUNDATION_MODEL),
            required=True,
            immutable=True,
            property="ModelSource",
        ),
        Field(
            "source",
            (
                (
                    "Id or ARN of the system profile (such as V(eu.anthropic.claude-opus-4-6-v1)) or of "
                    "the foundation model."
                ),
                "Required to create the profile.",
            ),
            required=True,
            immutable=True,
            normalise=last_part("/"),
            property="ModelSource",
        ),
        Field(
            "description",
            "Description, 1-200 characters. Letters, digits, C(:) and C(.), each followed by at "
            "most one blank, C(-) or C(_). Commas and parentheses are not allowed.",
            immutable=True,
            form=_DESCRIPTION,
            min_length=1,
            max_length=200,
        ),
    )
    deviations = (
        Deviation(
            "source", "write-only", "Bedrock tells the models that the source stood for, and the tag Model its name"
        ),
        Deviation("source_type", "write-only", "it follows from the number of models and the tag Model"),
    )
    tag_limits = BEDROCK_TAGS
    outputs = ("arn", "id", "destination_regions", "models", "status")

    def __init__(self) -> None:
        super().__init__()
        self._deleted: set[str] = set()

    # --- reading ----------------------------------------------------------------------------------------------------

    def read(self, aws: Aws, items: Sequence[Item], *, everything: bool = False) -> dict[str, Live]:
        """List the account's profiles once; where some are wanted, the system profiles too, to know their sources."""
        bedrock = aws.service("bedrock")
        wanted = {item["name"]: item for item in items}
        there = [one for one in profiles(bedrock, "APPLICATION") if one["inferenceProfileArn"] not in self._deleted]
        found: dict[str, list[Mapping[str, Any]]] = {}  # Bedrock does not keep names unique
        for entry in sorted(there, key=lambda entry: entry["createdAt"]):
            if everything or entry["inferenceProfileName"] in wanted:
                found.setdefault(entry["inferenceProfileName"], []).append(entry)
        system = {entry["inferenceProfileId"]: model_arns(entry) for entry in self._system(bedrock, found)}
        alive = {
            name: oldest(
                (entry["inferenceProfileId"], self._live(aws, entry, wanted.get(name, {}), system)) for entry in entries
            )
            for name, entries in found.items()
        }
        return {name: live for name, live in alive.items() if live is not None}

    @staticmethod
    def _system(bedrock: Any, found: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
        return profiles(bedrock, "SYSTEM_DEFINED") if found else ()

    def _live(self, aws: Aws, entry: Mapping[str, Any], want: Item, system: Mapping[str, list[str]]) -> Live:
        identity = entry["inferenceProfileArn"]
        tags = BEDROCK.of(aws, identity)
        models = model_arns(entry)
        source_type, source = self._source(aws, models, tags.get("Model"), want, system)
        status = entry.get("status", "ACTIVE")
        values = {
            "name": entry["inferenceProfileName"],
            "source_type": source_type,
            "source": source,
            "description": entry.get("description"),
            "arn": identity,
            "id": entry["inferenceProfileId"],
            "models": models,
            "destination_regions": regions_of(models),
            "status": status,
        }
        return Live(values, tags, READY if status == "ACTIVE" else busy(status))

    def _source(
        self, aws: Aws, models: list[str], tag: str | None, want: Item, system: Mapping[str, list[str]]
    ) -> tuple[str, str]:
        """Return type and id of a profile's source. Bedrock does not tell it, only the models that it stands for."""
        source = bare_id(str(want.get("source") or ""))
        if source and self._is_from(aws, models, tag, str(want.get("source_type")), source, system):
            return str(want.get("source_type")), str(want["source"])
        if tag and base_model(tag) in {bare_id(model) for model in models}:
            return (INFERENCE_PROFILE if base_model(tag) != tag else FOUNDATION_MODEL), tag
        for name, routed in sorted(system.items()):
            if routed == models and len(models) > 1:
                return INFERENCE_PROFILE, name
        return FOUNDATION_MODEL if len(models) == 1 else INFERENCE_PROFILE, bare_id(models[0]) if models else ""

    @staticmethod
    def _is_from(
        aws: Aws, models: list[str], tag: str | None, source_type: str, source: str, system: Mapping[str, list[str]]
    ) -> bool:
        """Tell whether a profile was made from ``source``.

        The same models prove it. Destinations of global profiles move, and a source may be withdrawn: then the same
        model and a tag that names the source prove it, or, without a tag, the same model and the same reach.
        """
        if source_type == FOUNDATION_MODEL:
            own = [model for model in models if model.split(":")[3] == aws.region]
            return len(models) == 1 and own == models and bare_id(models[0]) == source
        if system.get(source) == models:
            return True
        if {bare_id(model) for model in models} != {base_model(source)}:
            return False
        if tag is not None:
            return tag == source
        return source.startswith("global.") == ("global" in regions_of(models))

    # --- changing ---------------------------------------------------------------------------------------------------

    def create(self, aws: Aws, want: Item) -> None:
        """Create the profile."""
        self._create(aws, want, CONFLICT_SECONDS)

    def update(self, aws: Aws, want: Item, live: Live, delta: Delta) -> None:
        """Nothing but tags can be updated, and the engine does that through ``retag``."""

    def replace(self, aws: Aws, want: Item, live: Live) -> None:
        """Create the new profile, then delete the old one; the other way round only where AWS refuses the name."""
        try:
            self._create(aws, want, REPLACE_SECONDS)
        except Failure as failure:
            if failure.code != "ConflictException":
                raise
            self.delete(aws, want, live)
            self._create(aws, want, CONFLICT_SECONDS)
        else:
            self.delete(aws, want, live)

    def delete(self, aws: Aws, want: Item, live: Live) -> None:
        """Delete the profile at once; a listing that still shows it a moment later is not believed."""
        with suppress(Missing):  # somebody else was quicker
            aws.service("bedrock").delete_inference_profile(inferenceProfileIdentifier=live["arn"])
        self._deleted.add(live["arn"])

    def retag(self, aws: Aws, live: Live, add: Mapping[str, str], remove: Sequence[str]) -> None:
        """Change tags."""
        BEDROCK.apply(aws, live["arn"], add, remove)

    def _create(self, aws: Aws, want: Item, patience: float) -> None:
        """Create, and try again while Bedrock answers a passing conflict. One token for all tries: one profile."""
        request = {
            "inferenceProfileName": want["name"],
            "modelSource": {"copyFrom": self._source_arn(aws, want)},
            "clientRequestToken": str(uuid4()),
        }
        if want.get("description") is not None:
            request["description"] = want["description"]
        if want.get("tags"):
            request["tags"] = BEDROCK.encode(want["tags"])
        failure, created = poll(
            lambda: self._attempt(aws, request), lambda seen: seen is None, clock=Clock(), timeout=patience
        )
        if not created and failure is not None:
            raise failure

    @staticmethod
    def _attempt(aws: Aws, request: Mapping[str, Any]) -> Failure | None:
        try:
            aws.service("bedrock").create_inference_profile(**request)
        except Failure as failure:
            if failure.code != "ConflictException":
                raise
            return failure
        return None

    @staticmethod
    def _source_arn(aws: Aws, want: Item) -> str:
        """Return the source's ARN: a foundation model belongs to no account, a system profile is seen in ours."""
        source = want["source"]
        if source.startswith("arn:"):
            return str(source)
        account = "" if want["source_type"] == FOUNDATION_MODEL else aws.account
        return arn(aws.partition, "bedrock", aws.region, account, f"{want['source_type']}/{source}")


MANUAL = Manual(
    short="Manage Bedrock application inference profiles",
    about=(
        (
            "Creates, tags, replaces and deletes application inference profiles, which give a "
            "model or a system profile an ARN, cost tags and metrics of one's own. Two listings "
            "serve a whole batch."
        ),
        (
            "Bedrock cannot change a profile. A new source or description makes a new profile "
            "with a new ARN, which its users must be told; it is refused unless O(replace=true)."
        ),
        (
            "Bedrock does not say what a profile was made from. It is known by the models that "
            "the profile routes to and, where AWS has changed those (it does for global "
            "profiles), by the tag C(Model), which should hold the id of the source."
        ),
        (
            "Uses C(bedrock:ListInferenceProfiles), C(bedrock:ListTagsForResource), "
            "C(bedrock:CreateInferenceProfile), C(bedrock:DeleteInferenceProfile), "
            "C(bedrock:TagResource), C(bedrock:UntagResource) and C(sts:GetCallerIdentity)."
        ),
    ),
    examples="""
- name: One profile for a model that stays in Switzerland
  dataai.platform.inference_profile:
    region: eu-central-2
    name: acme-chat-prod-euc2-titan-embed-text-v2
    source_type: foundation-model
    source: amazon.titan-embed-text-v2:0
    tags:
      Model: amazon.titan-embed-text-v2:0

- name: These profiles and no others of this product
  dataai.platform.inference_profile:
    region: eu-central-2
    items:
      - name: acme-chat-prod-euc2-claude-opus-4-6
        source_type: inference-profile
        source: eu.anthropic.claude-opus-4-6-v1
        tags: {Model: eu.anthropic.claude-opus-4-6-v1, "product:Id": chat}
      - name: acme-chat-prod-euc2-cohere-embed-v4
        source_type: inference-profile
        source: global.cohere.embed-v4:0
        tags: {Model: "global.cohere.embed-v4:0", "product:Id": chat}
    prune: true
    owned_by:
      "product:Id": chat
""",
    sample={
        "acme-chat-prod-euc2-claude-opus-4-6": {
            "arn": "arn:aws:bedrock:eu-central-2:123456789012:application-inference-profile/1a2b3c4d5e6f",
            "id": "1a2b3c4d5e6f",
            "source_type": "inference-profile",
            "source": "eu.anthropic.claude-opus-4-6-v1",
            "destination_regions": ["eu-central-1", "eu-central-2", "eu-north-1"],
            "models": [
                "arn:aws:bedrock:eu-central-1::foundation-model/anthropic.claude-opus-4-6-v1",
                "arn:aws:bedrock:eu-central-2::foundation-model/anthropic.claude-opus-4-6-v1",
                "arn:aws:bedrock:eu-north-1::foundation-model/anthropic.claude-opus-4-6-v1",
            ],
            "status": "ACTIVE",
        }
    },
    plural="profiles",
    tags="C(Model) should hold the id of the source.",
)
