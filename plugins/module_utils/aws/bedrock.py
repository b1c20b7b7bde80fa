# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Bedrock offers in a region: foundation models, system profiles, and whether a source can be used."""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from ..core.errors import Denied, Failure, Missing, Unsupported
from .session import Aws, Service

FOUNDATION_MODEL, INFERENCE_PROFILE = "foundation-model", "inference-profile"

#: Models that existed when this was written. One that AWS offers no more but that stands here was not mistyped.
KNOWN_MODELS = frozenset(
    {
        "amazon.titan-embed-text-v2:0",
        "anthropic.claude-3-5-sonnet-20240620-v1:0",
        "anthropic.claude-3-haiku-20240307-v1:0",
        "anthropic.claude-haiku-4-5-20251001-v1:0",
        "anthropic.claude-opus-4-5-20251101-v1:0",
        "anthropic.claude-opus-4-6-v1",
        "anthropic.claude-sonnet-4-5-20250929-v1:0",
        "cohere.embed-v4:0",
    }
)

#: The parts of the world that prefix the id of a system profile.
_GEOGRAPHY = re.compile(r"^(global|eu|us|us-gov|apac|au|ca|jp|in|sa|me)\.(?=[a-z0-9-]+\.)")


class Verdict(enum.Enum):
    """What can be said of a source."""

    OFFERED = "offered"
    ENDED = "past its end of life"
    ABSENT = "not offered in this region"
    UNKNOWN = "unknown"
    PROFILE_ONLY = "offered through inference profiles only"

    @property
    def usable(self) -> bool:
        """Whether an application inference profile can be made from the source."""
        return self is Verdict.OFFERED

    @property
    def withdrawn(self) -> bool:
        """Whether AWS has, or keeps, the source away from us: no mistake of the user."""
        return self in (Verdict.ENDED, Verdict.ABSENT)


@dataclass(frozen=True)
class Finding:
    """The verdict on a source, and one sentence that explains it."""

    verdict: Verdict
    reason: str = ""


def bare_id(source: str) -> str:
    """Return the id at the end of an ARN, or the id itself."""
    return source.rsplit("/", 1)[-1]


def base_model(source: str) -> str:
    """Return the model behind an id: ``eu.anthropic.claude-opus-4-6-v1`` is ``anthropic.claude-opus-4-6-v1``."""
    return _GEOGRAPHY.sub("", bare_id(source))


def model_arns(profile: Mapping[str, Any]) -> list[str]:
    """Return the ARNs of the models that a profile routes to, sorted."""
    return sorted(entry["modelArn"] for entry in profile.get("models") or () if entry.get("modelArn"))


def regions_of(arns: Iterable[str]) -> list[str]:
    """Return the regions in which models run, sorted; ``global`` for an ARN that names none."""
    return sorted({arn.split(":")[3] or "global" for arn in arns})


@dataclass(frozen=True)
class Catalogue:
    """Foundation models and profiles of one region.

    Attributes:
        aws: the gateway, for questions that no listing answers.
        models: foundation models by id (entries of ListFoundationModels).
        system_profiles: system profiles by id (entries of ListInferenceProfiles).
        own_profiles: the account's application profiles.
        unread: what could not be listed, one sentence each.
    """

    aws: Aws
    models: Mapping[str, Mapping[str, Any]]
    system_profiles: Mapping[str, Mapping[str, Any]]
    own_profiles: Sequence[Mapping[str, Any]] = ()
    unread: Sequence[str] = field(default_factory=tuple)

    @classmethod
    def read(cls, aws: Aws) -> Catalogue:
        """List everything, in three calls. What the caller may not list is left out and named in ``unread``."""
        bedrock = aws.service("bedrock")
        unread: list[str] = []
        models = list(_listed(lambda: bedrock.pages("list_foundation_models", "modelSummaries"), unread))
        system = list(_listed(lambda: profiles(bedrock, "SYSTEM_DEFINED"), unread))
        own = list(_listed(lambda: profiles(bedrock, "APPLICATION"), unread))
        return cls(
            aws,
            {entry["modelId"]: entry for entry in models},
            {entry["inferenceProfileId"]: entry for entry in system},
            own,
            tuple(unread),
        )

    def finding(self, source_type: str, source: str, *, now: datetime | None = None) -> Finding:
        """Tell whether an application profile can be made from a source.

        Args:
            source_type: ``foundation-model`` or ``inference-profile``.
            source: id or ARN.
            now: the time to compare ends of life with; the present where left out.
        """
        moment = now or datetime.now(UTC)
        name = bare_id(source)
        offered = self.models if source_type == FOUNDATION_MODEL else self.system_profiles
        if name not in offered and not self._confirmed(source_type, source):
            return self._not_offered(source_type, source)
        ended = self._end_of_life(base_model(name))
        if ended is not None and ended <= moment:
            return Finding(Verdict.ENDED, f"{name} reached its end of life on {ended:%Y-%m-%d}")
        if source_type == FOUNDATION_MODEL and self._profile_only(name):
            return Finding(
                Verdict.PROFILE_ONLY,
                f"{name} cannot be invoked on demand as a foundation model; "
                f"use source_type: inference-profile with {self._profiles_of(name)}",
            )
        return Finding(Verdict.OFFERED)

    def destinations(self, source_type: str, source: str) -> list[str]:
        """Return the regions that a source may route to, sorted; empty where it is not offered."""
        if source_type == FOUNDATION_MODEL:
            return [self.aws.region]
        return regions_of(model_arns(self.system_profiles.get(bare_id(source), {})))

    def hindrances(self, source_type: str, source: str) -> list[str]:
        """Return why nobody may invoke the model behind a source yet, one clause each; empty where one may.

        Raises:
            Denied: the caller may not ask.
            Unsupported: the endpoint does not know the question.
        """
        try:
            answer = self.aws.service("bedrock").get_foundation_model_availability(modelId=base_model(source))
        except (Denied, Unsupported):
            raise
        except Failure:  # no answer is no evidence
            return []
        return list(_hindrances(answer, self.aws.region if source_type == FOUNDATION_MODEL else ""))

    # --- details ----------------------------------------------------------------------------------------------------

    def _confirmed(self, source_type: str, source: str) -> bool:
        """Ask for one source by name: a listing may lag behind, or be closed to us. No answer is no evidence."""
        bedrock = self.aws.service("bedrock")
        try:
            if source_type == FOUNDATION_MODEL:
                bedrock.get_foundation_model(modelIdentifier=source)
            else:
                bedrock.get_inference_profile(inferenceProfileIdentifier=source)
        except Missing:
            return False
        except Failure as failure:
            return failure.code != "ValidationException"
        return True

    def _not_offered(self, source_type: str, source: str) -> Finding:
        name, region = bare_id(source), self.aws.region
        other = INFERENCE_PROFILE if source_type == FOUNDATION_MODEL else FOUNDATION_MODEL
        elsewhere = self.system_profiles if source_type == FOUNDATION_MODEL else self.models
        if name in elsewhere:
            return Finding(Verdict.UNKNOWN, f"{name} is no {source_type}; set source_type: {other}")
        if self._heard_of(base_model(name)):
            return Finding(Verdict.ABSENT, f"{name} is not offered as {source_type} in {region}")
        return Finding(Verdict.UNKNOWN, f"Bedrock in {region} knows no {source_type} {name}; check the id")

    def _heard_of(self, model: str) -> bool:
        """Tell whether a model id is, or was, a real one: then its absence is AWS's doing and no slip of the pen."""
        if model in KNOWN_MODELS or model in self.models:
            return True
        listed = [*self.system_profiles.values(), *self.own_profiles]
        if any(bare_id(arn) == model for profile in listed for arn in model_arns(profile)):
            return True
        try:
            answer = self.aws.service("bedrock").get_foundation_model_availability(modelId=model)
        except Failure:
            return False
        return answer.get("regionAvailability") == "NOT_AVAILABLE"

    def _end_of_life(self, model: str) -> datetime | None:
        lifecycle = self.models.get(model, {}).get("modelLifecycle") or {}
        ended: datetime | None = lifecycle.get("endOfLifeTime")
        return ended

    def _profile_only(self, model: str) -> bool:
        supported = self.models.get(model, {}).get("inferenceTypesSupported")
        return bool(supported) and "ON_DEMAND" not in supported

    def _profiles_of(self, model: str) -> str:
        names = sorted(name for name in self.system_profiles if base_model(name) == model)
        return " or ".join(names) or "one of its system profiles"


def _hindrances(answer: Mapping[str, Any], region: str) -> Iterator[str]:
    """Read an answer of GetFoundationModelAvailability. A profile may route to other regions than ``region``."""
    agreement = answer.get("agreementAvailability") or {}
    status = agreement.get("status", "AVAILABLE")
    if status == "PENDING":
        yield "its agreement is pending"
    elif status == "ERROR":
        yield f"its agreement failed ({agreement.get('errorMessage') or 'AWS says no more'})"
    elif status != "AVAILABLE":
        yield "its agreement is not accepted"
    if answer.get("authorizationStatus", "AUTHORIZED") != "AUTHORIZED":
        yield "the account is not authorised for it"
    if answer.get("entitlementAvailability", "AVAILABLE") != "AVAILABLE":
        yield "the account has no entitlement to it"
    if region and answer.get("regionAvailability", "AVAILABLE") != "AVAILABLE":
        yield f"it is not available in {region}"


def profiles(bedrock: Service, kind: str) -> Iterator[dict[str, Any]]:
    """Yield inference profiles of one type, ``SYSTEM_DEFINED`` or ``APPLICATION``, in as few pages as possible."""
    yield from bedrock.pages("list_inference_profiles", "inferenceProfileSummaries", typeEquals=kind, maxResults=1000)


def _listed(entries: Callable[[], Iterable[Any]], unread: list[str]) -> list[Any]:
    """Return a listing, or nothing and the reason where the caller may not list it or the endpoint cannot."""
    try:
        return list(entries())
    except (Denied, Unsupported) as failure:
        unread.append(str(failure))
        return []


def application_profiles(aws: Aws, prefix: str) -> list[str]:
    """Return the application inference profiles whose name begins with ``prefix``, by the rest of the name."""
    listed = aws.service("bedrock").pages(
        "list_inference_profiles", "inferenceProfileSummaries", typeEquals="APPLICATION"
    )
    names = sorted(str(entry["inferenceProfileName"]) for entry in listed)
    return [name.removeprefix(prefix) for name in names if name.startswith(prefix)]
