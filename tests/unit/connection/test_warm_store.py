# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the warm connection keeps ready, and when a payload may have it."""

from __future__ import annotations

import base64
import io
import json
import os
import socket
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.dataai.platform.plugins.plugin_utils.warm import wire
from ansible_collections.dataai.platform.plugins.plugin_utils.warm.conversation import archive_of, tell, told
from ansible_collections.dataai.platform.plugins.plugin_utils.warm.files import Snapshot
from ansible_collections.dataai.platform.plugins.plugin_utils.warm.payload import Notes
from ansible_collections.dataai.platform.plugins.plugin_utils.warm.server import expanded, watched_environment
from ansible_collections.dataai.platform.plugins.plugin_utils.warm.store import Members

WARM = Path(wire.__file__).resolve().parent

#: Runs in an interpreter of its own, because it takes modules of ansible out of the interpreter that it runs in.
PROGRAM = """
import importlib.util, json, os, sys
here = sys.argv[1]
spec = importlib.util.spec_from_file_location("w", here + "/__init__.py", submodule_search_locations=[here])
sys.modules["w"] = importlib.util.module_from_spec(spec)
from w.store import Store, payload_hook
store = Store()
base = "ansible_collections.a.b.plugins.module_utils"
failed = store.load([base + ".top", base + ".broken", base + ".where"], {"ansible_collections.a.b": sys.argv[2]})
left = [name for name in sys.modules if name.startswith("ansible")]
opened = []
if len(sys.argv) > 4:
    learned = store.study(open(sys.argv[4], "rb").read())
    store.learn(learned)
    assert learned and not store.study(open(sys.argv[4], "rb").read()), "studied once"
sys.path_hooks.insert(0, payload_hook(store, opened.append))
sys.path.insert(0, sys.argv[3])
top = importlib.import_module(base + ".top")
print(json.dumps({
    "failed": failed, "left": left, "opened": opened, "kept": sorted(store.kept), "file": top.__file__,
    "stands_in": top is getattr(store.kept.get(base + ".top"), "module", None), "value": top.value(),
    "code": top.value.__code__.co_filename, "loaded": sorted(n for n in sys.modules if n.startswith(base + ".")),
    "place": str(importlib.import_module(base + ".where").PLACE),
}))
"""
BASE = "ansible_collections/a/b/plugins/module_utils"
SOURCES = {
    "top": "from .lower import NUMBER\nfrom ansible_collections.a.b.plugins.module_utils import lower\n"
    "def value():\n    return NUMBER + lower.NUMBER\n",
    "lower": "NUMBER = 1\n",
    "broken": "import nothing_of_this_name\n",
    "where": "import pathlib\nPLACE = pathlib.Path(__file__).parent\n",
}


class Scene:
    """An installed collection and a payload."""

    def __init__(self, folder: Path) -> None:
        self.installed = folder / "installed"
        utilities = self.installed / "plugins" / "module_utils"
        utilities.mkdir(parents=True)
        for name, source in SOURCES.items():
            (utilities / f"{name}.py").write_text(source)
        self.payload = folder / "ansible_x_payload_12345678" / "ansible_x_payload.zip"
        self.payload.parent.mkdir()

    def result(self, *more: str, without: str = "", **changed: str) -> dict[str, object]:
        """Import from a payload that carries the sources, with changes; say what came of it."""
        with zipfile.ZipFile(self.payload, "w", zipfile.ZIP_DEFLATED) as archive:
            folder = ""
            for part in BASE.split("/"):
                folder += f"{part}/"
                archive.writestr(f"{folder}__init__.py", "")
            for name, source in (SOURCES | changed).items():
                if name != without:
                    archive.writestr(f"{BASE}/{name}.py", source)
        command = [sys.executable, "-c", PROGRAM, WARM, self.installed, self.payload, *more]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)  # type: ignore[no-any-return]


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


def test_equal_sources_are_not_run_again(scene: Scene) -> None:
    result = scene.result()
    assert result["stands_in"] is True
    assert result["value"] == 2
    assert result["file"] == result["code"] == f"{scene.payload}/{BASE}/top.py"
    assert result["opened"] == [str(scene.payload.parent)]
    assert "ModuleNotFoundError" in str(result["failed"])
    assert result["left"] == []


def test_what_a_module_needs_comes_along(scene: Scene) -> None:
    assert f"{BASE.replace('/', '.')}.lower" in scene.result()["loaded"]  # type: ignore[operator]


def test_a_place_that_a_module_remembers_is_the_payloads(scene: Scene) -> None:
    assert scene.result()["place"] == f"{scene.payload}/{BASE}"


@pytest.mark.parametrize(
    ("changed", "value"),
    [
        ({"lower": "NUMBER = 10\n"}, 20),
        ({"top": "def value():\n    return 'another'\n"}, "another"),
        ({"where": SOURCES["where"] + "# other\n"}, 2),
    ],
)
def test_one_different_member_spoils_its_collection(scene: Scene, changed: dict[str, str], value: object) -> None:
    result = scene.result(**changed)
    assert result["stands_in"] is False
    assert result["value"] == value


def test_a_module_whose_need_is_not_carried_fails_as_always(scene: Scene) -> None:
    with pytest.raises(AssertionError, match=r"No module named 'ansible_collections\.\S*\.lower'"):
        scene.result(without="lower")


def test_learned_code_is_used_under_the_payloads_name(scene: Scene) -> None:
    source = "def value():\n    return 'learned'\n"
    result = scene.result(str(scene.payload), top=source)
    assert (result["value"], result["code"]) == ("learned", f"{scene.payload}/{BASE}/top.py")


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize("form", ["    zip_data='{}',\n", 'ZIPDATA = """{}"""\n'])
def test_members_of_a_payload_are_found(compression: int, form: str) -> None:
    def packed(year: int, extra: str = "") -> bytes:
        memory = io.BytesIO()
        with zipfile.ZipFile(memory, "w", compression=compression) as archive:
            for name, text in (("ansible/__init__.py", "1"), ("ansible/b.py", "2" + extra), ("other/c.py", "3")):
                archive.writestr(zipfile.ZipInfo(name, (year, 1, 1, 0, 0, 0)), text, compress_type=compression)
        return memory.getvalue()

    found = Members(archive_of(form.format(base64.b64encode(packed(2020)).decode()).encode()))
    assert {name: found.source(name) for name in found.names()} == {"ansible": b"1", "ansible.b": b"2"}
    assert found.source("other.c") is None
    assert found.digest == Members(packed(2021)).digest, "when it was packed is no difference"
    assert found.digest != Members(packed(2020, "0")).digest


@pytest.mark.parametrize("archive", [b"", b"PK", b"PK\5\6" + b"\1" * 18, b"\0" * 100])
def test_what_is_no_payload_is_said(archive: bytes) -> None:
    assert archive_of(b"print(1)") == b""
    if archive:
        with pytest.raises(ValueError, match="not a zip file"):
            Members(archive)


def test_changes_of_files_are_noticed(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("1")
    snapshot = Snapshot()
    snapshot.add([str(file), str(tmp_path / "missing")])
    assert snapshot.changed() is None
    file.write_text("22")
    assert snapshot.changed() == str(file)
    snapshot = Snapshot()
    snapshot.add([str(tmp_path / "missing")])
    (tmp_path / "missing").write_text("")
    assert snapshot.changed() == str(tmp_path / "missing")


def test_what_is_read_of_the_environment_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WARM_GIVEN", "1")
    with watched_environment() as read:
        assert os.environ.get("WARM_GIVEN") == "1"
        assert "WARM_MISSING" not in os.environ
    os.environ.get("WARM_LATER")
    assert read == {"WARM_GIVEN": "1", "WARM_MISSING": None}


def test_a_star_stands_for_the_modules_of_a_package(tmp_path: Path) -> None:
    folder = tmp_path / "plugins" / "module_utils"
    folder.mkdir(parents=True)
    for name in ("__init__.py", "two.py", "one.py", "data.json"):
        (folder / name).touch()
    package = "ansible_collections.a.b.plugins.module_utils"
    roots = {"ansible_collections.a.b": str(tmp_path)}
    assert expanded(["json", f"{package}.*"], roots) == ["json", f"{package}.one", f"{package}.two"]
    assert expanded(["ansible_collections.not.there.plugins.module_utils.*"], roots) == []


def test_notes_are_read_with_care() -> None:
    notes = Notes()
    notes.add("data", "a")
    notes.add("folder", "/x")
    notes.add("data", "b\udcff")
    assert (notes.all("data"), notes.all("folder"), notes.all("none")) == (["a", "b\udcff"], ["/x"], [])
    notes.add("data", "x" * 100_000)
    assert notes.all("data") == ["a", "b\udcff"]


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    one, other = socket.socketpair()
    with one, other:
        yield one, other


def test_a_request_arrives_as_it_was_sent(pair: tuple[socket.socket, socket.socket]) -> None:
    reader, writer = os.pipe()
    header = {"environment": {"A": "\udcff"}}
    wire.send_request(pair[0], header, b"payload", [writer])
    os.close(writer)
    received, payload, (fd,) = wire.receive_request(pair[1], 1)
    os.write(fd, b"x")
    os.close(fd)
    assert (received, payload, os.read(reader, 9)) == (header, b"payload", b"x")
    os.close(reader)


@pytest.mark.parametrize("sent", [b"", b"GET / HTTP/1.1\r\n", wire.MAGIC + b"\xff" * 8])
def test_what_is_no_request_is_refused(pair: tuple[socket.socket, socket.socket], sent: bytes) -> None:
    pair[0].sendall(sent)
    pair[0].shutdown(socket.SHUT_WR)
    with pytest.raises(wire.Broken):
        wire.receive_request(pair[1], 0)


def test_messages_to_the_server_may_come_in_parts(pair: tuple[socket.socket, socket.socket]) -> None:
    tell(pair[0], b"one")
    tell(pair[0], b"two")
    stream = pair[1].recv(100)
    buffer = bytearray(stream[:5])
    assert told(buffer) == []
    buffer += stream[5:]
    assert told(buffer) == [b"one", b"two"]
    assert not buffer


def test_the_peer_is_known_and_another_is_refused(
    pair: tuple[socket.socket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    wire.check_peer(pair[0])
    monkeypatch.setattr(wire, "peer_uid", lambda _sock: os.geteuid() + 1)
    with pytest.raises(wire.Unsafe):
        wire.check_peer(pair[0])


def test_the_sdks_data_is_handed_out_once() -> None:
    program = (
        "import importlib.util, sys\n"
        "s = importlib.util.spec_from_file_location('w', sys.argv[1] + '/__init__.py', "
        "submodule_search_locations=[sys.argv[1]])\n"
        "sys.modules['w'] = importlib.util.module_from_spec(s)\n"
        "import boto3, botocore.loaders\nfrom w.sdk import SdkData\n"
        "sdk = SdkData(); sdk.locate(); sdk.learn('sts/2011-06-15/service-2'); sdk.learn('../__init__')\n"
        "plain = botocore.loaders.Loader().load_service_model('sts', 'service-2')\n"
        "listed = botocore.loaders.Loader().list_available_services('service-2')\n"
        "asked = []; sdk.install(lambda *what: asked.append(what))\n"
        "one, two = (botocore.loaders.Loader().load_service_model('sts', 'service-2') for _ in range(2))\n"
        "assert one == two == plain and one is not two\n"
        "assert asked.count(('data', 'sts/2011-06-15/service-2')) == 1\n"
        "assert botocore.loaders.Loader().list_available_services('service-2') == listed\n"
        "assert sdk.file_of('../client') is None\n"
    )
    done = subprocess.run([sys.executable, "-c", program, WARM], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
