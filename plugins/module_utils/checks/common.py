# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules for what belongs to the whole estate: account, environment, region and names."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..aws.session import Aws, wrong_account
from ..core import names
from ..core.limits import TagLimits
from ..core.partitions import BEDROCK, PROMETHEUS, partition_of
from . import given

#: A short word, of which names are made.
MONIKER = re.compile(r"[a-z][a-z0-9]{0,19}(-[a-z0-9]+)*")


#: How a database is named.
DATABASE_NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")

#: What may be said of a database beside its name.
_DATABASE = {"name", "owner", "extensions", "grants", "login"}


#: Where an estate is at home; stands in for a region that is none.
HOME = "eu-central-2"

#: What every name of an estate is made of.
NAME_VARIABLES = ("org_moniker", "product_moniker", "environment_name")

#: Tag to the variable that its value is made of.
TAG_VARIABLES = {
    "org:Name": "org",
    "product:Id": "product",
    "product:Environment": "environment_name",
    "governance:SemanticVersion": "semantic_version",
    "automation:Pipeline": "automation_pipeline",
    "cost:CostCenter": "product",
    "cost:Project": "cost_project",
    "org:Domain": "org_domain",
    "org:DataResidency": "org_data_residency",
}


#: Every tag that the collection sets, each in one spelling: ElastiCache's API and IAM's take two as one.
OWN_TAGS = (*TAG_VARIABLES, "automation:ManagedBy", "layer:Name", "Name", "Purpose", "Tier", "Model")

#: Tags that an inventory may add; S3 and most others take 50 in all.
_MOST_TAGS = 20

#: What nothing but an inventory, or the play, says of an estate, and what stands in where it is none.
IDENTITY = ("aws_account_id", "org", "org_moniker", "product", "product_moniker", "environment_name")
NOBODY = "no inventory says which estate this is about"
_STAND_INS = {
    "org_moniker": "org",
    "product_moniker": "app",
    "environment_name": "env",
    "aws_account_id": "0" * 12,
}
_ACCOUNT = re.compile(r"\d{12}")


def identity_problems(v: Mapping[str, Any]) -> tuple[list[str], dict[str, str]]:
    """Return what is wrong with what every name is made of, and values to go on with.

    Nothing else is told of names that a wrong moniker makes.

    Args:
        v: the variables of ``IDENTITY`` as they are given.
    """
    if not any(v.get(name) for name in IDENTITY):
        missing = f"{', '.join(IDENTITY[:-1])} and {IDENTITY[-1]} are all empty"
        return [f"{NOBODY} ({missing}); did you forget -i inventories/NAME?"], {}
    rules = dict.fromkeys(_STAND_INS, (MONIKER, "a short word of lower-case letters, digits and hyphens"))
    rules["aws_account_id"] = (_ACCOUNT, "the 12 digits of the account that may be deployed to")
    wrong = {name: rule for name, (form, rule) in rules.items() if not form.fullmatch(str(v.get(name) or ""))}
    found = [f"{name} is '{v.get(name) or ''}'; it must be {rule}" for name, rule in wrong.items()]
    return found, {name: _STAND_INS[name] for name in wrong}


def problems(v: Mapping[str, Any]) -> Iterable[str]:
    """Check owner, region and every name that follows; ``identity_problems`` has told what is wrong with its parts."""
    account = str(v.get("aws_account_id") or "")
    if re.match("aws|ssm", str(v.get("org_moniker") or "")):
        yield (
            f"org_moniker is '{v['org_moniker']}'; the paths of parameters begin with it, and Systems Manager takes "
            "none that begins with aws or ssm"
        )
    for name in ("org", "product"):
        if not v.get(name):
            yield f"{name} is empty; it names the owner in tags"
    yield from _additional_tags(v)
    yield from _names(v, account)
    yield from _databases(v)
    yield from given.problems(v)


def _additional_tags(v: Mapping[str, Any]) -> Iterable[str]:
    """Check tags beside those of the collection; what characters services take, all tags are asked in the rehearsal."""
    added = v.get("additional_tags") or {}
    if not isinstance(added, Mapping):
        return
    if len(added) > _MOST_TAGS:
        yield f"additional_tags has {len(added)} tags; {_MOST_TAGS} at most leave room for the collection's own"
    for key, value in added.items():
        if str(key).lower() in {own.lower() for own in OWN_TAGS}:
            yield f"additional_tags has {key}, which the collection sets itself; choose another key"
        elif isinstance(value, (Mapping, list)) or value is None:
            yield f"additional_tags.{key} is no text; a tag has a text for its value"


def _names(v: Mapping[str, Any], account: str) -> Iterable[str]:
    try:
        made = names.names(
            org_moniker=str(v.get("org_moniker") or ""),
            product_moniker=str(v.get("product_moniker") or ""),
            environment=str(v.get("environment_name") or ""),
            region=str(v.get("aws_region") or ""),
            account=account,
            bucket_suffix=str(v.get("common_bucket_suffix") or ""),
        )
    except ValueError as error:
        yield f"aws_region: {error}"
        return
    if v.get("org_moniker") and v.get("product_moniker") and v.get("environment_name"):
        yield from names.problems(made)


def stand_in_names(region: str) -> dict[str, str]:
    """Return names to go on with where those of the estate are wrong, so that nothing else is told for it."""
    return names.names(
        org_moniker="acme", product_moniker="dai", environment="prod", region=region, account="123456789012"
    )


def _databases(v: Mapping[str, Any]) -> Iterable[str]:
    given = v.get("postgresql_databases") or {}
    databases = {key: entry.get("name") if isinstance(entry, Mapping) else entry for key, entry in given.items()}
    for key, entry in given.items():
        unknown = sorted(set(entry) - _DATABASE) if isinstance(entry, Mapping) else []
        if unknown:
            yield f"postgresql_databases.{key} has {', '.join(unknown)}; known are {', '.join(sorted(_DATABASE))}"
    for key, name in databases.items():
        if not DATABASE_NAME.fullmatch(str(name)):
            yield f"postgresql_databases.{key} is '{name}'; a database is named by a-z, 0-9 and _, 63 at most"
    doubled = sorted({name for name in databases.values() if list(databases.values()).count(name) > 1})
    for name in doubled:
        yield f"postgresql_databases names the database '{name}' twice; each key needs its own"


def wait_problems(v: Mapping[str, Any], name: str) -> Iterable[str]:
    """Check how long a role is to wait, in seconds."""
    timeout = v.get(name)
    if timeout is not None and timeout < 1:
        yield f"{name} is {timeout}; it must be at least 1 second"


def api_problems(aws: Aws, v: Mapping[str, Any], warnings: list[str]) -> Iterable[str]:
    """Check that the credentials belong to the account that may be deployed to, and to the region's partition."""
    wanted = str(v.get("aws_account_id") or "")
    partition = partition_of(aws.region).name
    if aws.partition != partition:
        yield (
            f"aws_region is {aws.region}, a region of partition {partition}, but the credentials belong to partition "
            f"{aws.partition}: use credentials of an account there, or a region of {aws.partition}"
        )
        return
    if aws.account != wanted:
        yield wrong_account(wanted, aws.account)


# --- region and partition -------------------------------------------------------------------------------------------


def region_problems(region: str, prometheus: bool) -> tuple[list[str], str]:
    """Return what is wrong with the region, and the region to go on with.

    Args:
        region: the region of the inventory.
        prometheus: whether the estate has Amazon Managed Prometheus.
    """
    known = _regions()
    try:
        partition = partition_of(region)
    except ValueError:
        partition = None
    if partition is None or (known and region not in known):
        near = difflib.get_close_matches(region, known or [HOME], n=1)
        meant = f"did you mean {near[0]}?" if near else f"give the name of one, such as {HOME}"
        return [f"aws_region is '{region}', which is no region that the installed botocore knows; {meant}"], (
            near[0] if near else HOME
        )
    lacking = [service for service in (BEDROCK, PROMETHEUS) if service in partition.lacks]
    if BEDROCK in lacking:
        reason = f"partition {partition.name} has no {' and no '.join(lacking)}, which the estate needs"
        return [f"aws_region is {region}, but {reason}; choose a region of another partition"], region
    if lacking and prometheus:
        reason = f"partition {partition.name} of aws_region {region} has no {PROMETHEUS}"
        return [f"enable_managed_prometheus is true, but {reason}; switch it off"], region
    return [], region


def _regions() -> list[str]:
    """Return the regions that the SDK knows, none where there is no SDK."""
    try:
        from botocore.loaders import create_loader  # pylint: disable=import-outside-toplevel
    except ImportError:
        return []
    partitions = create_loader().load_data("partitions")["partitions"]
    return sorted(name for partition in partitions for name in partition["regions"] if not name.endswith("-global"))


# --- tags -----------------------------------------------------------------------------------------------------------


def tag_problems(refused: Mapping[tuple[str, str], Sequence[tuple[TagLimits, str, str]]]) -> Iterable[str]:
    """Say of each tag that is refused why, in the words of the narrowest of the services that it goes to.

    Args:
        refused: key and value to the limits, the reason and the noun of each sort of resource that refuses it.
    """
    told: set[str] = set()
    for (key, value), entries in refused.items():
        narrowest, reason, _noun = min(entries, key=lambda entry: _width(entry[0]))
        nouns = [noun for limits, _reason, noun in entries if limits == narrowest]
        where = nouns[0] if len(nouns) == 1 else f"{nouns[0]} and {len(nouns) - 1} other sorts of resources"
        subject = TAG_VARIABLES.get(key, f"additional_tags.{key}" if key not in OWN_TAGS else f"tag {key}")
        if not told & {subject, value}:
            told |= {subject, value}
            yield f"{subject} is not right for the tags of {where}: {reason}"


def _width(limits: TagLimits) -> int:
    """Return how many of some characters a service takes in tags."""
    return sum(re.fullmatch(limits.pattern, character) is not None for character in "ü&<")
