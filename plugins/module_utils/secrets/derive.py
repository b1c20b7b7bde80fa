# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Values that follow from other secrets. Pure functions: no AWS, no Ansible, so that any runtime can use them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from ..core.values import Secret

Parameters = Mapping[str, Any]

#: Raised by one whenever a template makes another value from the same source, so that all are rebuilt.
TEMPLATE_VERSION = 1


class Unusable(Exception):
    """A source has not the form that the template needs. The message never quotes the source."""


def credentials(source: Secret) -> tuple[str, str]:
    """Return user name and password from the secret that RDS manages, ``{"username": ..., "password": ...}``.

    Raises:
        Unusable: it has another form.
    """
    try:
        found = json.loads(source.reveal())
    except ValueError:
        raise Unusable("it is not JSON") from None
    if not isinstance(found, dict) or not all(isinstance(found.get(key), str) for key in ("username", "password")):
        raise Unusable("it lacks username and password")
    return found["username"], found["password"]


def password(source: Secret, _parameters: Parameters) -> Secret:
    """Return the password alone."""
    return Secret(credentials(source)[1])


def connection_string(source: Secret, parameters: Parameters) -> Secret:
    """Return a PostgreSQL URL. RDS's passwords hold characters that a URL reserves, so each part is encoded.

    Args:
        source: the secret that RDS manages; where ``username`` says who logs in, a secret with the password alone.
        parameters: ``host``, ``port``, ``database`` and ``sslmode``, and perhaps ``username``.
    """
    named = parameters.get("username")
    found = (str(named), source.reveal()) if named else credentials(source)
    user, secret = (quote(part, safe="") for part in found)
    database = quote(str(parameters["database"]), safe="")
    return Secret(
        f"postgresql://{user}:{secret}@{parameters['host']}:{parameters['port']}/{database}"
        f"?sslmode={parameters['sslmode']}"
    )


def endpoint_definitions(source: Secret, parameters: Parameters) -> Secret:
    """Return the JSON list from which the chat service's Azure SDK factory learns of the LiteLLM proxy.

    Args:
        source: LiteLLM's master key.
        parameters: ``endpoint``, ``location`` and ``models`` (``modelName``, ``modelVersion``, ``deploymentName``).
    """
    return Secret(json.dumps(definitions(source.reveal(), parameters), separators=(",", ":")))


def definitions(key: str, parameters: Parameters) -> list[dict[str, Any]]:
    """Return the endpoint definitions with a key, in the form of ``endpoint_schema.SCHEMA``."""
    definition = {
        "endpoint": parameters["endpoint"],
        "key": key,
        "location": parameters["location"],
        "models": [
            {name: str(model[name]) for name in ("modelName", "modelVersion", "deploymentName")}
            for model in parameters["models"]
        ],
    }
    return [definition]


#: Name of a template to its function and to the parameters that it needs.
TEMPLATES: Mapping[str, tuple[Callable[[Secret, Parameters], Secret], tuple[str, ...]]] = {
    "password": (password, ()),
    "connection_string": (connection_string, ("host", "port", "database", "sslmode")),
    "endpoint_definitions": (endpoint_definitions, ("endpoint", "location", "models")),
}


def derive(template: str, source: Secret, parameters: Parameters) -> Secret:
    """Return the value that ``template`` makes.

    Raises:
        Unusable: the source has another form than the template needs.
    """
    return TEMPLATES[template][0](source, parameters)
