# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files for consumers: complete, valid, from the live estate, and made without reading a value."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from ansible_collections.dataai.platform.plugins.module_utils.aws import consumers
from ansible_collections.dataai.platform.plugins.module_utils.aws.session import Aws
from ansible_collections.dataai.platform.plugins.module_utils.core.plan import Options
from ansible_collections.dataai.platform.plugins.module_utils.core.reconcile import reconcile
from ansible_collections.dataai.platform.plugins.module_utils.kinds.inference_profile import InferenceProfile

from .conftest import EmbeddedAws, ModuleTwin
from .operator import Operator

OURS = {"product:Id": "data-and-ai", "product:Environment": "local"}
PREFIX = "acme-dai-local-euc2-"
OPUS, TITAN, COHERE = "eu.anthropic.claude-opus-4-6-v1", "amazon.titan-embed-text-v2:0", "global.cohere.embed-v4:0"
KIT = ("external-secrets.yaml", "invoke-policy-litellm.json", "litellm-config.yaml", "secret-store.yaml")

TEXT = {"type": "string", "minLength": 1}


def exactly(**properties: Any) -> dict[str, Any]:
    """Return the schema of an object that has these members and no others."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


#: What external-secrets.io/v1 asks of an ExternalSecret, as far as ours go; written by hand after its documentation.
EXTERNAL_SECRET = exactly(
    apiVersion={"const": "external-secrets.io/v1"},
    kind={"const": "ExternalSecret"},
    metadata=exactly(name={"type": "string", "pattern": "^[a-z0-9.-]{1,253}$"}, namespace=TEXT, labels={}),
    spec=exactly(
        refreshInterval=TEXT,
        secretStoreRef=exactly(kind={"enum": ["SecretStore", "ClusterSecretStore"]}, name=TEXT),
        target=exactly(
            name=TEXT,
            creationPolicy={"enum": ["Owner", "Orphan", "Merge", "None"]},
            deletionPolicy={"enum": ["Delete", "Merge", "Retain"]},
        ),
        data={
            "type": "array",
            "minItems": 1,
            "items": exactly(
                secretKey={"type": "string", "pattern": "^[-._a-zA-Z0-9]{1,253}$"}, remoteRef=exactly(key=TEXT)
            ),
        },
    ),
)
STORE = exactly(
    apiVersion={"const": "external-secrets.io/v1"},
    kind={"const": "ClusterSecretStore"},
    metadata=exactly(name=TEXT, labels={}),
    spec=exactly(
        provider=exactly(
            aws=exactly(
                service={"const": "SecretsManager"},
                region={"const": "eu-central-2"},
                role={"type": "string", "pattern": "^arn:aws:iam::[0-9]{12}:role/"},
                auth=exactly(jwt=exactly(serviceAccountRef=exactly(name=TEXT, namespace=TEXT))),
            )
        )
    ),
)


class Estate:
    """An account with secrets and profiles, ours and others', and a user who writes the files."""

    def __init__(self, account: EmbeddedAws, folder: Path) -> None:
        self.account, self.operator = account, Operator(account, folder)
        self.aws = Aws(ModuleTwin(account))
        secrets = account.client("secretsmanager")
        tags = [{"Key": key, "Value": value} for key, value in OURS.items()]
        for name in ("psql-host", "team/extra_one", "gone"):
            secrets.create_secret(Name=name, SecretString="c4n4ry-v4lue", Tags=tags)
        secrets.create_secret(Name="manual-zitadel-scope-mgmt-pat", Tags=tags)
        secrets.create_secret(Name="others", SecretString="x", Tags=[{"Key": "product:Id", "Value": "else"}])
        secrets.create_secret(Name="psql-port", SecretString="x", Tags=[tags[0], {**tags[1], "Value": "prod"}])
        secrets.delete_secret(SecretId="gone", RecoveryWindowInDays=7)
        self.profiles(**{f"{PREFIX}opus": OPUS, f"{PREFIX}titan": TITAN, f"{PREFIX}cohere": COHERE, "foreign": TITAN})

    def profiles(self, **sources: str) -> None:
        """Make inference profiles."""
        items = [
            {
                "name": name,
                "source": source,
                "source_type": "foundation-model" if source == TITAN else "inference-profile",
                "tags": {"Model": source},
            }
            for name, source in sources.items()
        ]
        assert reconcile(InferenceProfile(), self.aws, items, Options(timeout=60)).errors == {}

    @property
    def files(self) -> Path:
        """The folder that the files are in."""
        return self.operator.folder / "build" / "local" / "consumers"

    def text(self, name: str) -> str:
        """Return the content of a file."""
        return (self.files / name).read_text()

    def documents(self, name: str) -> list[dict[str, Any]]:
        """Return the documents of a YAML file."""
        return list(yaml.safe_load_all(self.text(name)))


@pytest.fixture
def estate(account: EmbeddedAws, tmp_path: Path) -> Estate:
    """Return an estate of which no files were written."""
    return Estate(account, tmp_path)


STORE_VARIABLES = {
    "consumers_store_role_arn": "arn:aws:iam::123456789012:role/reader",
    "consumers_store_service_account": "reader",
}


def test_the_files_are_complete_valid_and_written_once(estate: Estate) -> None:
    plan = estate.operator.succeed("consumers", "--check", "--diff", variables=STORE_VARIABLES)
    assert plan.changed == 1
    assert not estate.files.exists()
    estate.account.forget_calls()
    run = estate.operator.succeed("consumers", variables=STORE_VARIABLES)
    assert run.changed == 1
    assert tuple(sorted(path.name for path in estate.files.iterdir())) == KIT

    manifests = estate.documents("external-secrets.yaml")
    for manifest in manifests:
        Draft202012Validator(EXTERNAL_SECRET).validate(manifest)
    keys = [manifest["spec"]["data"][0]["remoteRef"]["key"] for manifest in manifests]
    assert keys == ["manual-zitadel-scope-mgmt-pat", "psql-host", "team/extra_one"]
    (store,) = estate.documents("secret-store.yaml")
    Draft202012Validator(STORE).validate(store)
    assert {manifest["spec"]["secretStoreRef"]["name"] for manifest in manifests} == {store["metadata"]["name"]}
    assert "without a value: manual-zitadel-scope-mgmt-pat" in run.text
    assert "s3-region" in run.text.partition("missing: ")[2]  # it belongs to the layer and is not there

    (config,) = estate.documents("litellm-config.yaml")
    live = consumers.profiles(estate.aws, PREFIX)
    assert {entry["model_name"]: entry["litellm_params"]["model_id"] for entry in config["model_list"]} == {
        key: profile["arn"] for key, profile in live.items()
    }
    assert {entry["model_name"]: entry["model_info"]["mode"] for entry in config["model_list"]} == {
        "opus": "chat",
        "titan": "embedding",
        "cohere": "embedding",
    }

    operations = {call["operation"] for call in estate.account.calls()}
    assert not operations & {"GetSecretValue", "BatchGetSecretValue"}
    assert estate.account.writes() == []
    assert estate.account.violations() == []
    before = {path: path.stat().st_mtime_ns for path in estate.files.iterdir()}
    assert estate.operator.succeed("consumers", variables=STORE_VARIABLES).changed == 0
    assert {path: path.stat().st_mtime_ns for path in estate.files.iterdir()} == before


def test_policies_hold_what_bedrock_checks_and_follow_the_workloads(estate: Estate) -> None:
    workloads = {"consumers_workloads": {"chat": ["opus", "titan"], "search": ["cohere"]}}
    estate.operator.succeed("consumers", variables=workloads)
    bedrock = estate.account.client("bedrock")
    for workload, keys in workloads["consumers_workloads"].items():
        policy = json.loads(estate.text(f"invoke-policy-{workload}.json"))
        needed = set()
        for summary in bedrock.list_inference_profiles(typeEquals="APPLICATION")["inferenceProfileSummaries"]:
            if summary["inferenceProfileName"].removeprefix(PREFIX) in keys:
                needed |= {summary["inferenceProfileArn"], *(model["modelArn"] for model in summary["models"])}
        for summary in bedrock.list_inference_profiles(typeEquals="SYSTEM_DEFINED")["inferenceProfileSummaries"]:
            if summary["inferenceProfileId"] in {{"opus": OPUS, "cohere": COHERE}.get(key) for key in keys}:
                needed.add(summary["inferenceProfileArn"])
        assert {arn for statement in policy["Statement"] for arn in statement["Resource"]} == needed
    changed = estate.operator.succeed("consumers", variables={"consumers_workloads": {"chat": ["opus", "titan"]}})
    assert changed.changed == 1
    assert sorted(path.name for path in estate.files.glob("invoke-policy-*")) == ["invoke-policy-chat.json"]
    wrong = estate.operator.play("consumers", variables={"consumers_workloads": {"chat": ["opus-typo"]}})
    assert wrong.code != 0
    assert "consumers_workloads.chat names opus-typo, and there is no such inference profile; there are" in wrong.text


def test_a_listing_that_lags_hides_nothing_that_should_be_there(estate: Estate) -> None:
    class Lagging:
        """A gateway whose listings are from before anything was made."""

        def __init__(self, aws: Aws) -> None:
            self.service_of = aws.service

        def service(self, name: str) -> Any:
            real = self.service_of(name)
            real.pages = lambda *_args, **_params: iter(())
            return real

    found = consumers.secrets(Lagging(estate.aws), OURS, ["psql-host", "psql-port", "gone", "nowhere"])
    assert list(found) == ["psql-host"]
    assert found["psql-host"]["has_value"]


def test_the_manifests_meet_the_published_definitions(estate: Estate) -> None:
    folder = os.environ.get("EXTERNAL_SECRETS_CRDS")
    if not folder:
        pytest.skip("set EXTERNAL_SECRETS_CRDS to config/crds/bases of external-secrets to check against its CRDs")
    for variables in ({}, STORE_VARIABLES, {**STORE_VARIABLES, "consumers_store_kind": "SecretStore"}):
        estate.operator.succeed("consumers", variables=variables)
        for manifest in [*estate.documents("external-secrets.yaml"), *estate.documents("secret-store.yaml")]:
            definition = yaml.safe_load(
                (Path(folder) / f"external-secrets.io_{manifest['kind'].lower()}s.yaml").read_text()
            )
            (version,) = [one for one in definition["spec"]["versions"] if one["name"] == "v1"]
            Draft202012Validator(_closed(version["schema"]["openAPIV3Schema"])).validate(manifest)


def _closed(schema: Any) -> Any:
    """Return a Kubernetes schema that refuses members which it does not name, as the API server drops them."""
    if isinstance(schema, list):
        return [_closed(entry) for entry in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: _closed(value) for key, value in schema.items()}
    if isinstance(schema.get("properties"), dict) and "additionalProperties" not in schema:
        closed["additionalProperties"] = False
    return closed
