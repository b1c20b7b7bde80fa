# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules for the secrets: recovery window, names, the CA bundle, and what may be replaced."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from ..core.errors import Failure
from ..core.values import is_unknown
from ..kinds.secret import NAME
from ..secrets import endpoint_schema
from ..secrets.ca_bundle import from_file
from ..secrets.generators import GENERATORS
from ..secrets.spec import ALL, forced

#: The secrets that the role makes itself, beside one connection string for each database. Consumers know the names.
NAMES = (
    "psql-host",
    "psql-port",
    "psql-username",
    "psql-password",
    "rds-ca-bundle",
    "redis-host",
    "redis-port",
    "encryption-key-app-repository",
    "encryption-key-node-chat-lxm",
    "encryption-key-ingestion",
    "zitadel-db-user-password",
    "zitadel-master-key",
    "manual-zitadel-scope-mgmt-pat",
    "rabbitmq-password-chat",
    "litellm-proxy-master-key",
    "litellm-salt-key",
    "azure-openai-endpoint-definitions",
    "s3-application-data-bucket",
    "s3-application-data-bucket-arn",
    "s3-ai-data-bucket",
    "s3-ai-data-bucket-arn",
    "s3-endpoint",
    "s3-region",
    "s3-access-key-id",
    "s3-secret-access-key",
)

#: Those of them whose values can be replaced.
REPLACEABLE = (
    "encryption-key-app-repository",
    "encryption-key-node-chat-lxm",
    "encryption-key-ingestion",
    "zitadel-db-user-password",
    "zitadel-master-key",
    "rabbitmq-password-chat",
    "litellm-proxy-master-key",
    "litellm-salt-key",
    "s3-access-key-id",
    "s3-secret-access-key",
)


def problems(v: Mapping[str, Any]) -> Iterable[str]:
    """Check the variables of the role."""
    yield from _window(v.get("secrets_recovery_window_days"))
    yield from _names(v)
    yield from _bundle(v)
    yield from _addresses(v)
    yield from _definitions(v)
    yield from _force(v)


def _window(days: Any) -> Iterable[str]:
    if isinstance(days, int) and days != 0 and not 7 <= days <= 30:
        yield (
            f"secrets_recovery_window_days is {days}; Secrets Manager allows 7 to 30, and 0 stands for deletion "
            "at once and for good"
        )


def _extra(v: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [extra for extra in v.get("secrets_extra") or () if isinstance(extra, Mapping)]


def names(v: Mapping[str, Any]) -> list[str]:
    """Return the names of all secrets that the role makes."""
    strings = [f"psql-connection-string-{key}" for key in v.get("postgresql_databases") or ()]
    databases = (v.get("common_databases") or {}).values()
    logins = [entry["login_secret"] for entry in databases if entry.get("login_secret")]
    return [*NAMES, *_redis_login(v), *strings, *logins, *(str(entry.get("name") or "") for entry in _extra(v))]


def _names(v: Mapping[str, Any]) -> Iterable[str]:
    strings = [f"psql-connection-string-{key}" for key in v.get("postgresql_databases") or ()]
    logins = [f"psql-password-{key}" for key in v.get("postgresql_databases") or ()]
    extra = [str(entry.get("name") or "") for entry in _extra(v)]
    for name, times in Counter([*NAMES, *_redis_login(v), *strings, *logins, *extra]).items():
        if times > 1:
            where = "secrets_extra" if name in extra else "postgresql_databases"
            yield f"{where} names the secret '{name}' a second time; every secret needs a name of its own"
    for name in extra:
        if not NAME.fullmatch(name):
            yield f"secrets_extra names the secret '{name}'; a name is 1-512 characters of A-Z a-z 0-9 / _ + = . @ -"
    for name in strings:
        if not NAME.fullmatch(name):
            yield f"postgresql_databases makes the secret '{name}'; a key consists of A-Z a-z 0-9 / _ + = . @ -"
    for entry in _extra(v):
        if entry.get("generator") and entry["generator"] not in GENERATORS:
            known = ", ".join(GENERATORS)
            yield f"secrets_extra: the generator of '{entry.get('name')}' is '{entry['generator']}'; known are {known}"


def _bundle(v: Mapping[str, Any]) -> Iterable[str]:
    path = v.get("secrets_ca_bundle_file")
    if path and not is_unknown(path):
        try:
            from_file(str(path))
        except Failure as failure:
            yield f"secrets_ca_bundle_file is '{path}': {failure.why}; it must be a PEM file of certificate authorities"


def _addresses(v: Mapping[str, Any]) -> Iterable[str]:
    url = v.get("secrets_ca_bundle_url")
    if url and not v.get("secrets_ca_bundle_file") and not str(url).startswith("https://"):
        yield f"secrets_ca_bundle_url is '{url}'; what is trusted must come over https://"
    name = "secrets_s3_endpoint"
    if name in v and not re.fullmatch(r"https?://[^\s/]+\S*", str(v[name])):
        yield f"{name} is '{v[name]}'; it must be an address such as https://s3.eu-central-2.amazonaws.com"


def _definitions(v: Mapping[str, Any]) -> Iterable[str]:
    """Check the endpoint definitions as they will be written, with a stand-in for the key."""
    address = f"{v.get('secrets_litellm_endpoint', 'http://litellm')}{v.get('secrets_litellm_endpoint_suffix') or ''}"
    models = v.get("secrets_litellm_models", [{"modelName": "a", "modelVersion": "b", "deploymentName": "c"}])
    location = v.get("secrets_litellm_location", "anywhere")
    document = [{"endpoint": address, "key": "sk-", "location": location, "models": models}]
    wrong = [text for text in endpoint_schema.problems(document) if not is_unknown([address, location, models])]
    for text in wrong:
        if text.startswith("[0].endpoint"):
            yield (
                f"secrets_litellm_endpoint and secrets_litellm_endpoint_suffix make '{address}'; together they must be "
                "an address such as http://litellm.unique.svc:4000/v1"
            )
        else:
            place, _dot, rest = text.removeprefix("[0].").partition(" ")
            yield f"secrets_litellm_{place} {rest}; the chat cannot use such endpoint definitions"


def _redis_login(v: Mapping[str, Any]) -> list[str]:
    """Return the secrets with the user of Redis and its password; the second one can be replaced."""
    on = v.get("enable_elasticache_users") and v.get("enable_elasticache", True)
    return ["redis-username", "redis-password"] if on else []


def _force(v: Mapping[str, Any]) -> Iterable[str]:
    made = [str(entry.get("name")) for entry in _extra(v) if entry.get("generator")]
    databases = (v.get("common_databases") or {}).values()
    known = [
        *REPLACEABLE,
        *_redis_login(v)[1:],
        *made,
        *(entry["login_secret"] for entry in databases if entry.get("login_secret")),
    ]
    for name in forced(v.get("secrets_force")):
        if name not in (ALL, *known):
            yield f"secrets_force names '{name}'; what can be replaced is all or {', '.join(known)}"
