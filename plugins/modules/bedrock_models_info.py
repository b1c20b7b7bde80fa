#!/usr/bin/python
# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: bedrock_models_info
short_description: Tell which models Bedrock offers in a region
version_added: 1.0.0
description:
  - Returns the foundation models and system inference profiles of a region with their lifecycle, the ways in which
    they can be invoked and the regions that they route to.
  - With O(sources) it also tells from which of these an application inference profile can be made, and why not from
    the others.
  - Uses C(bedrock:ListFoundationModels) and C(bedrock:ListInferenceProfiles). A source that is in no listing is asked
    for with C(bedrock:GetFoundationModel), C(bedrock:GetInferenceProfile) and
    C(bedrock:GetFoundationModelAvailability). What the caller may not list is left out, with a warning.
author:
  - dataai.platform authors (@dataai)
options:
  provider:
    description: Return only the foundation models of this provider, such as V(Amazon). Upper and lower case are equal.
    type: str
  output_modality:
    description: Return only the foundation models with this kind of output.
    type: str
    choices: [TEXT, IMAGE, EMBEDDING]
  inference_type:
    description: Return only the foundation models that can be invoked in this way.
    type: str
    choices: [ON_DEMAND, PROVISIONED, INFERENCE_PROFILE]
  sources:
    description:
      - Models and profiles to look for, by a name that the answer calls them by. Each is a dictionary of C(source), the
        id or ARN, and C(source_type), C(inference-profile) or C(foundation-model); other entries are passed over.
    type: dict
    default: {}
  warn:
    description: Issue a warning for each of O(sources) that cannot be used.
    type: bool
    default: true
attributes:
  check_mode:
    description: Only reads, so it does the same in check mode.
    support: full
  diff_mode:
    description: Changes nothing, so there is no diff.
    support: none
extends_documentation_fragment:
  - dataai.platform.resource.calls
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Ask for the models of one provider
  dataai.platform.bedrock_models_info:
    region: eu-central-2
    provider: Amazon
  register: models

- name: Ask whether a model can still be used
  dataai.platform.bedrock_models_info:
    region: eu-central-2
    sources:
      claude-3-haiku:
        source_type: foundation-model
        source: anthropic.claude-3-haiku-20240307-v1:0
  register: models
"""

RETURN = r"""
foundation_models:
  description: The foundation models, by id in order.
  returned: success
  type: list
  elements: dict
  sample:
    - model_id: amazon.titan-embed-text-v2:0
      model_arn: arn:aws:bedrock:eu-central-2::foundation-model/amazon.titan-embed-text-v2:0
      model_name: Titan Text Embeddings V2
      provider_name: Amazon
      input_modalities: [TEXT]
      output_modalities: [EMBEDDING]
      inference_types_supported: [ON_DEMAND]
      lifecycle_status: ACTIVE
      end_of_life: ""
inference_profiles:
  description: The system profiles, by id in order.
  returned: success
  type: list
  elements: dict
  sample:
    - profile_id: global.cohere.embed-v4:0
      profile_arn: arn:aws:bedrock:eu-central-2:123456789012:inference-profile/global.cohere.embed-v4:0
      profile_name: Global Cohere Embed v4
      status: ACTIVE
      destination_regions: [eu-central-2, global]
application_profiles:
  description: The names of the account's application inference profiles, in order.
  returned: success
  type: list
  elements: str
unavailable:
  description: Those of O(sources) that cannot be used, by name, each with the verdict and a sentence that explains it.
  returned: success
  type: dict
  sample:
    claude-3-haiku:
      verdict: past its end of life
      withdrawn: true
      reason: anthropic.claude-3-haiku-20240307-v1:0 reached its end of life on 2026-09-10
region:
  description: The region that was asked.
  returned: success
  type: str
"""

from ansible.module_utils.common.warnings import warn
from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.dataai.platform.plugins.module_utils.aws.bedrock import (
    FOUNDATION_MODEL,
    INFERENCE_PROFILE,
    Catalogue,
    model_arns,
    regions_of,
)
from ansible_collections.dataai.platform.plugins.module_utils.aws.session import Aws
from ansible_collections.dataai.platform.plugins.module_utils.core.errors import Failure

SOURCE_TYPES = (INFERENCE_PROFILE, FOUNDATION_MODEL)


def model(entry):
    """Return a foundation model in the words of the result."""
    lifecycle = entry.get("modelLifecycle") or {}
    ends = lifecycle.get("endOfLifeTime")
    return {
        "model_id": entry["modelId"],
        "model_arn": entry["modelArn"],
        "model_name": entry.get("modelName", ""),
        "provider_name": entry.get("providerName", ""),
        "input_modalities": entry.get("inputModalities") or [],
        "output_modalities": entry.get("outputModalities") or [],
        "inference_types_supported": entry.get("inferenceTypesSupported") or [],
        "lifecycle_status": lifecycle.get("status", ""),
        "end_of_life": ends.isoformat() if ends else "",
    }


def profile(entry):
    """Return a system profile in the words of the result."""
    return {
        "profile_id": entry["inferenceProfileId"],
        "profile_arn": entry["inferenceProfileArn"],
        "profile_name": entry["inferenceProfileName"],
        "status": entry.get("status", ""),
        "destination_regions": regions_of(model_arns(entry)),
    }


def asked_for(entry, params):
    """Tell whether a foundation model passes the filters."""
    provider, output, inference = params["provider"], params["output_modality"], params["inference_type"]
    return (
        (not provider or entry["provider_name"].lower() == provider.lower())
        and (not output or output in entry["output_modalities"])
        and (not inference or inference in entry["inference_types_supported"])
    )


def well_formed(entry):
    """Tell whether an entry of the sources names a source and its type."""
    return isinstance(entry, dict) and bool(entry.get("source")) and entry.get("source_type") in SOURCE_TYPES


def answer(catalogue, params):
    """Return the result."""
    models = [model(entry) for _id, entry in sorted(catalogue.models.items())]
    findings = {
        name: catalogue.finding(entry["source_type"], entry["source"]) for name, entry in params["sources"].items()
    }
    return {
        "foundation_models": [entry for entry in models if asked_for(entry, params)],
        "inference_profiles": [profile(entry) for _id, entry in sorted(catalogue.system_profiles.items())],
        "application_profiles": sorted(entry["inferenceProfileName"] for entry in catalogue.own_profiles),
        "unavailable": {
            name: {
                "verdict": finding.verdict.value,
                "withdrawn": finding.verdict.withdrawn,
                "reason": finding.reason,
            }
            for name, finding in findings.items()
            if not finding.verdict.usable
        },
    }


def main():
    module = AnsibleAWSModule(
        argument_spec={
            "provider": {"type": "str"},
            "output_modality": {"type": "str", "choices": ["TEXT", "IMAGE", "EMBEDDING"]},
            "inference_type": {"type": "str", "choices": ["ON_DEMAND", "PROVISIONED", "INFERENCE_PROFILE"]},
            "sources": {"type": "dict", "default": {}},
            "warn": {"type": "bool", "default": True},
        },
        supports_check_mode=True,
    )
    mistaken = sorted(name for name, entry in module.params["sources"].items() if not well_formed(entry))
    if mistaken:
        types = " or ".join(SOURCE_TYPES)
        module.fail_json(msg=f"sources: {', '.join(mistaken)} must each have source, and source_type {types}")
    try:
        catalogue = Catalogue.read(Aws(module))
        result = answer(catalogue, module.params)
    except Failure as failure:
        module.fail_json(msg=str(failure))
    for reason in catalogue.unread:
        warn(f"not listed: {reason}")
    if module.params["warn"]:
        for name, found in sorted(result["unavailable"].items()):
            warn(f"inference profile {name} is left out: {found['reason']}")
    module.exit_json(changed=False, region=module.region, **result)


if __name__ == "__main__":
    main()
