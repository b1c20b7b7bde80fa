# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The certificate authority of a machine."""

from __future__ import annotations

import ssl
import stat
from pathlib import Path

from ansible_collections.dataai.platform.plugins.module_utils.secrets import ca_bundle
from emulator.backends.authority import Authority


def test_it_is_made_once(tmp_path: Path) -> None:
    made = Authority(tmp_path / "ca").certificate_file.read_bytes()
    assert Authority(tmp_path / "ca").certificate_file.read_bytes() == made


def test_its_key_is_nobody_elses_to_read(tmp_path: Path) -> None:
    Authority(tmp_path)
    assert stat.S_IMODE((tmp_path / "ca-key.pem").stat().st_mode) == 0o600


def test_a_broken_one_is_made_anew(tmp_path: Path) -> None:
    Authority(tmp_path)
    (tmp_path / "ca-key.pem").write_text("no key")
    Authority(tmp_path).server_context(tmp_path)


def test_it_can_be_seeded_as_the_bundle(tmp_path: Path) -> None:
    assert ca_bundle.problem(Authority(tmp_path).certificate_file.read_text()) == ""


def test_a_client_that_trusts_it_trusts_its_servers(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    server = authority.server_context(tmp_path)
    client = ssl.create_default_context(cafile=str(authority.certificate_file))
    for name in ("localhost", "127.0.0.1", "::1"):
        ways = ssl.MemoryBIO(), ssl.MemoryBIO()
        ends = [
            client.wrap_bio(ways[0], ways[1], server_hostname=name),
            server.wrap_bio(ways[1], ways[0], server_side=True),
        ]
        for _round in range(3):
            for end in ends:
                try:
                    end.do_handshake()
                except ssl.SSLWantReadError:
                    continue
        assert ends[0].getpeercert()
    assert not (tmp_path / "server.pem").exists()
