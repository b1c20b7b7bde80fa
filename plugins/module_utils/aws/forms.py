# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What AWS's ids, ARNs and networks look like."""

from __future__ import annotations

from ..core.kind import Form


def _identity(prefix: str) -> Form:
    return Form(rf"{prefix}-[0-9a-z]+", f"an id such as {prefix}-0123456789abcdef0")


SUBNET = _identity("subnet")
SECURITY_GROUP = _identity("sg")
ROUTE_TABLE = _identity("rtb")
VPC = _identity("vpc")
PREFIX_LIST = _identity("pl")
VPC_ENDPOINT = _identity("vpce")

ACCOUNT = Form(r"\d{12}", "an account id of 12 digits")
ROLE = Form(r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]+", "the ARN of an IAM role")
MANAGED_POLICY = Form(r"arn:aws[a-z-]*:iam::(\d{12}|aws):policy/[\w+=,.@/-]+", "the ARN of a managed policy")
ARN = Form(
    r"arn:aws[a-zA-Z0-9-]*:[a-zA-Z0-9-]+:((eusc-)?[a-z]{2}(-gov|-iso[a-z]?)?-[a-z]+-\d)?:(\d{12})?:.*",
    "an ARN with a region and an account, as far as the service has them",
)
#: Ids of multi-region keys begin with mrk-.
KEY = Form(r"arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key/[a-zA-Z0-9-]+", "the ARN of a KMS key (no alias, no id)")
LOG_GROUP_NAME = Form(r"[.\-_/#A-Za-z0-9]+", "letters, digits and . - _ / #")
LOG_GROUP = Form(
    r"arn:aws[a-z-]*:logs:[a-z0-9-]+:\d{12}:log-group:[.\-_/#A-Za-z0-9]{1,512}(:\*)?", "the ARN of a log group"
)
BUCKET = Form(
    r"(?!.*\.\.)[a-z0-9][a-z0-9.-]*[a-z0-9]",
    "lower-case letters, digits, dots and hyphens, a letter or digit at both ends",
)
IAM_NAME = Form(r"[\w+=,.@-]+", "letters, digits and _ + = , . @ -")
IAM_PATH = Form(r"/|/[\x21-\x7e]+/", "a path that begins and ends with a slash")
IAM_TEXT = Form(r"[\t\n\r\x20-\x7e\xa1-\xff]*", "Latin letters, digits, blanks and signs")
RDS_NAME = Form(r"[a-zA-Z](-?[a-zA-Z0-9])*", "letters, digits and single hyphens, a letter first and no hyphen last")
#: What EC2 takes for names and descriptions of security groups and of their rules.
GROUP_TEXT = Form(r"[a-zA-Z0-9. _\-:/()#,@\[\]+=&;{}!$*]*", "letters, digits, blanks and ._-:/()#,@[]+=&;{}!$*")
