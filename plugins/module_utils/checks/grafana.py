# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules for the input of role grafana."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..core.values import canonical, is_unknown


def problems(v: Mapping[str, Any]) -> Iterable[str]:
    """Check the region, the sign-in and the network; nothing where Grafana is switched off."""
    if not v.get("enable_managed_grafana", True):
        return
    regions = v.get("grafana_regions") or []
    if regions and v.get("aws_region") not in regions:
        yield (
            f"enable_managed_grafana is true, but Amazon Managed Grafana is not offered in aws_region "
            f"{v.get('aws_region')}: switch it off, or deploy to {', '.join(regions)}"
        )
    yield from _saml_problems(v)
    yield from _subnet_problems(v)
    version = v.get("grafana_version")
    if version and not re.fullmatch(r"\d+\.\d+", str(version)):
        yield f"grafana_version is '{version}'; it must be two numbers, such as 10.4"


def _saml_problems(v: Mapping[str, Any]) -> Iterator[str]:
    providers = v.get("grafana_authentication_providers")
    saml = canonical(v.get("grafana_saml_configuration") or {})
    if providers is not None and not providers:
        yield "grafana_authentication_providers is empty; it must hold SAML, AWS_SSO or both"
    if not saml:
        return
    if providers and "SAML" not in providers:
        yield "grafana_saml_configuration is given, so grafana_authentication_providers must hold SAML"
    if ("idp_metadata_url" in saml) == ("idp_metadata_xml" in saml):
        yield "grafana_saml_configuration must hold idp_metadata_url or idp_metadata_xml, one of them"


def _subnet_problems(v: Mapping[str, Any]) -> Iterator[str]:
    subnets = v.get("grafana_subnet_ids")
    if subnets and not is_unknown(subnets) and not 2 <= len(subnets) <= 6:
        yield f"grafana_subnet_ids names {len(subnets)} subnets; it must be 2 to 6, in two or more availability zones"
