# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A message that quotes a secret of its request is not passed on, and every other message is."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import quote, quote_plus

import pytest

from ansible_collections.dataai.platform.plugins.module_utils.aws.withhold import WITHHELD, withhold
from ansible_collections.dataai.platform.plugins.module_utils.core.errors import Denied, Failure

KEY = 'sk-"Zq7/pL+9x%Tt?Yw&3<K'
DOCUMENT = json.dumps([{"key": KEY, "models": ["gpt-4o"]}])


def why(message: str, **params: Any) -> str:
    """Return the reason that is passed on."""
    return withhold(Failure("secretsmanager:PutSecretValue a", message), params).why


@pytest.mark.parametrize("lead", ["", "a", "ab", "abc"])
@pytest.mark.parametrize("secret", [KEY, DOCUMENT], ids=["plain", "in-json"])
def test_a_quotation_in_any_form_is_withheld(secret: str, lead: str) -> None:
    text = lead + KEY + lead
    encoded = base64.b64encode(text.encode()).decode()
    forms = [text, json.dumps(text), json.dumps(json.dumps(text)), quote(text, safe=""), quote_plus(text), encoded]
    forms += [KEY[:14], KEY[-14:]]
    assert [form for form in forms if why(f"Invalid value: {form}!", SecretString=secret) != WITHHELD] == []


@pytest.mark.parametrize("name", ["SecretString", "MasterUserPassword", "AuthToken", "Passwords"])
def test_every_parameter_that_holds_a_secret_counts(name: str) -> None:
    value = [KEY] if name == "Passwords" else KEY
    assert why(f"bad {KEY}", **{name: value}) == WITHHELD


def test_other_messages_are_passed_on() -> None:
    message = "User: arn:aws:iam::123456789012:user/a is not authorized to perform: secretsmanager:PutSecretValue"
    assert why(message, SecretString=KEY, SecretId="a") == message
    assert why(f"Invalid name {KEY}", Name=KEY) == f"Invalid name {KEY}"


def test_what_failed_and_what_to_do_are_kept() -> None:
    failure = Denied("a:B c", f"no {KEY}", next_step="do this", code="AccessDenied")
    passed = withhold(failure, {"SecretString": KEY})
    assert isinstance(passed, Denied)
    assert (passed.what, passed.next_step, passed.code) == ("a:B c", "do this", "AccessDenied")
    assert KEY not in str(passed)
