# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Service Quotas: the quotas of a network. EC2 refuses what exceeds them."""

from __future__ import annotations

from typing import Any

from ..call import AwsError, Call
from ..provisioning import settings
from ..registry import operation

#: Quota code to (service code, name, AWS's default, error of EC2).
QUOTAS: dict[str, tuple[str, str, float, str]] = {
    "L-F678F1CE": ("vpc", "VPCs per Region", 5, "VpcLimitExceeded"),
    "L-0263D0A3": ("ec2", "EC2-VPC Elastic IPs", 5, "AddressLimitExceeded"),
    "L-FE5A380F": ("vpc", "NAT gateways per Availability Zone", 5, "NatGatewayLimitExceeded"),
    "L-29B6F2EB": ("vpc", "Interface VPC endpoints per VPC", 50, "VpcEndpointLimitExceeded"),
    "L-1B52E74A": ("vpc", "Gateway VPC endpoints per Region", 20, "VpcEndpointLimitExceeded"),
}


def check(code: str, present: int) -> None:
    """Refuse one more of what there are already as many as the quota allows.

    Raises:
        AwsError: as EC2 words it.
    """
    _service, name, default, error = QUOTAS[code]
    limit = settings.quotas.get(code, default)
    if present >= limit:
        raise AwsError(error, f"The maximum number has been reached ({name}: {limit:g}).", 400)


@operation("service-quotas", "GetServiceQuota", "GetAWSDefaultServiceQuota")
def get(call: Call) -> Any:
    """Tell one quota."""
    code = call.params["QuotaCode"]
    service, name, default, _error = QUOTAS.get(code, ("", "", 0.0, ""))
    if service != call.params["ServiceCode"]:
        raise AwsError("NoSuchResourceException", "The request failed because the specified quota does not exist.", 400)
    applied = call.operation == "GetServiceQuota"
    quota = {
        "ServiceCode": service,
        "QuotaCode": code,
        "QuotaName": name,
        "QuotaArn": call.arn(f"{service}/{code}", "servicequotas"),
        "Value": float(settings.quotas.get(code, default)) if applied else float(default),
        "Unit": "None",
        "Adjustable": True,
        "GlobalQuota": False,
    }
    return {"Quota": quota}
