# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The CA bundle is checked before anybody trusts it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.dataai.platform.plugins.module_utils.core.errors import Failure
from ansible_collections.dataai.platform.plugins.module_utils.secrets import ca_bundle

ROOT = Path(__file__).resolve().parents[3]
TEST_CA = ROOT / "inventories" / "files" / "test-rds-ca.pem"


def test_good_bundles_are_taken_as_they_are() -> None:
    for path in (TEST_CA, *(ROOT / "roles" / "secrets" / "files" / "rds-ca").glob("*.pem")):
        assert ca_bundle.from_file(str(path)).strip() == path.read_text().strip()


def test_the_test_authority_has_no_key() -> None:
    assert "PRIVATE KEY" not in TEST_CA.read_text()


def test_what_is_no_bundle_is_named(tmp_path: Path) -> None:
    good = TEST_CA.read_text()
    damaged = good.replace(good.splitlines()[3], "A" * len(good.splitlines()[3]))
    cases = {
        "holds no certificate": "<html>log in first</html>",
        "certificate 2 of 2 is damaged": good + damaged,
        "65536": good * 100,
    }
    for words, text in cases.items():
        path = tmp_path / "bundle.pem"
        path.write_text(text)
        with pytest.raises(Failure, match=words) as caught:
            ca_bundle.from_file(str(path))
        assert "secrets_ca_bundle_file" in str(caught.value)


def test_an_expired_authority_is_named() -> None:
    assert "invalid since" in ca_bundle.problem(TEST_CA.read_text(), now=10**11)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    for name in ("absent", "binary"):
        with pytest.raises(Failure, match=name):
            ca_bundle.from_file(str(tmp_path / name))
