# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The interface for tests and people, under /_emulator/."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from . import state
from .call import AwsError, Response
from .provisioning import Phase, settings

if TYPE_CHECKING:
    from .server import Emulator

#: The checkout that this is the embedded AWS of.
HOME = Path(__file__).resolve().parents[1]


def answer(emulator: Emulator, environ: dict[str, Any], body: bytes) -> Response:
    """Answer one request of the admin interface; everything is JSON."""
    path = environ["PATH_INFO"].removeprefix("/_emulator").rstrip("/")
    query = {key: values[-1] for key, values in parse_qs(environ.get("QUERY_STRING", "")).items()}
    handler = _ROUTES.get((environ["REQUEST_METHOD"], path))
    if path == "/health" and not emulator.guard.knows(environ):
        return _json(200, _health_for_guests())
    try:
        if handler:
            return _json(200, handler(emulator, query, json.loads(body or b"null")))
        if environ["REQUEST_METHOD"] == "POST" and path.startswith("/rds/") and path.endswith("/rotate"):
            return _json(200, _rotate(emulator, query, path.split("/")[2]))
    except (ValueError, TypeError) as error:
        return _json(400, {"error": str(error)})
    except AwsError as error:
        return _json(404, {"error": str(error)})
    return _json(404, {"error": "no such path"})


def _json(status: int, content: Any) -> Response:
    return Response(status, [("Content-Type", "application/json")], json.dumps(content).encode())


def _health(emulator: Emulator, query: dict[str, str], body: Any) -> Any:
    return {"status": "ok", "account": emulator.account, "home": str(HOME), "pid": os.getpid()}


def _health_for_guests() -> Any:
    return {"status": "ok"}


def _calls(emulator: Emulator, query: dict[str, str], body: Any) -> Any:
    return emulator.calls.select(query.get("access"), int(query.get("since", "0")), query.get("service"))


def _clear_calls(emulator: Emulator, query: dict[str, str], body: Any) -> Any:
    emulator.calls.clear()
    return {}


def _faults(emulator: Emulator, query: dict[str, str], body: Any) -> Any:
    return emulator.faults.active()


def _add_faults(emulator: Emulator, query: dict[str, str], body: Any) -> Any:
    return {"active": emulator.faults.add(body if isinstance(body, list) else [body])}


def _clear_faults(emulator: Emulator, query: dict[str, str], body: Any) -> Any:
    emulator.faults.clear()
    return {}


def _settings(emulator: Emulator, query: dict[str, str], body: Any) -> Any:
    known = {"provisioning_seconds", "latency_ms", "bedrock", "fresh_account", "endpoint_zones", "quotas", "failures"}
    unknown = set(body) - known
    if unknown:
        raise ValueError(f"unknown settings: {', '.join(sorted(unknown))}")
    settings.provisioning_seconds = body.get("provisioning_seconds", settings.provisioning_seconds)
    settings.latency_ms = float(body.get("latency_ms", settings.latency_ms))
    settings.fresh_account = bool(body.get("fresh_account", settings.fresh_account))
    settings.failures.update(body.get("failures", {}))
    settings.bedrock_models.update(body.get("bedrock", {}).get("models", {}))
    settings.endpoint_zones.update(body.get("endpoint_zones", {}))
    settings.quotas.update(body.get("quotas", {}))
    return _show_settings(emulator, query, body)


def _show_settings(emulator: Emulator, query: dict[str, str], body: Any) -> Any:
    return {
        "provisioning_seconds": settings.provisioning_seconds,
        "latency_ms": settings.latency_ms,
        "failures": settings.failures,
        "bedrock": {"models": settings.bedrock_models},
        "fresh_account": settings.fresh_account,
        "endpoint_zones": settings.endpoint_zones,
        "quotas": settings.quotas,
    }


def _reset(emulator: Emulator, query: dict[str, str], body: Any) -> Any:
    emulator.reset()
    return {}


def _violations(emulator: Emulator, query: dict[str, str], body: Any) -> Any:
    return emulator.violations


def _rotate(emulator: Emulator, query: dict[str, str], cluster: str) -> Any:
    from .overlay import rds

    with emulator.lock:
        version = rds.rotate(emulator.account, cluster, query.get("region"))
        emulator.sync()
        return {"VersionId": version}


def _put_status(emulator: Emulator, query: dict[str, str], body: Any) -> Any:
    """Put a resource into a status that no call leads to, such as ``storage-full``."""
    with emulator.lock:
        for tables in state.stores(body["service"], emulator.account).values():
            for records in list(tables.values()):
                record = records.get(body["resource"]) if isinstance(records, dict) else None
                if isinstance(record, dict) and isinstance(record.get("phase"), Phase):
                    record["phase"].settle(body["status"])
                    return {}
    raise ValueError(f"{body['service']} has no resource {body['resource']} with a status")


def _backends(emulator: Emulator, query: dict[str, str], body: Any) -> Any:
    return emulator.backends.describe() if emulator.backends else {"enabled": False, "servers": []}


_ROUTES = {
    ("GET", "/health"): _health,
    ("GET", "/backends"): _backends,
    ("GET", "/calls"): _calls,
    ("DELETE", "/calls"): _clear_calls,
    ("GET", "/faults"): _faults,
    ("POST", "/faults"): _add_faults,
    ("DELETE", "/faults"): _clear_faults,
    ("GET", "/settings"): _show_settings,
    ("PUT", "/settings"): _settings,
    ("PUT", "/status"): _put_status,
    ("POST", "/reset"): _reset,
    ("GET", "/violations"): _violations,
}
