# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What functions may log: their own lines, and nothing of what they read."""

from __future__ import annotations

import logging

#: At DEBUG the SDK logs answers as they come, with the values of secrets in them.
TALKATIVE = ("boto3", "botocore", "s3transfer", "urllib3")


def logger(name: str) -> logging.Logger:
    """Return the logger of a function, and keep the SDK's above DEBUG whatever the root logger is set to.

    Lambda sets the root logger to the level that the function is configured with.
    """
    for library in TALKATIVE:
        logging.getLogger(library).setLevel(logging.INFO)
    own = logging.getLogger(name)
    own.setLevel(logging.INFO)
    return own
