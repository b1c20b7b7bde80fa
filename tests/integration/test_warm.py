# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The warm connection: the same as local, once, and nothing left behind.

Two tests can be made longer: WARM_TESTS=full runs all modules both ways instead of a sample, and kills 100 times.
"""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import yaml

from ansible_collections.dataai.platform.plugins.plugin_utils.warm import client as warm
from ansible_collections.dataai.platform.plugins.plugin_utils.warm import server as warm_server
from ansible_collections.dataai.platform.plugins.plugin_utils.warm import wire

from .conftest import CREDENTIALS, REGION, EmbeddedAws
from .warm.harness import PATIENCE, Running, Warm, eventually, parent_of, processes_below, send

TEST_SETTINGS = warm.Settings(sys.executable, ("/bin/sh", "/bin/sh"), (), {}, 1.0, "test")

FULL = os.environ.get("WARM_TESTS") == "full"
HERE = Path(__file__).parent
MODULES = Path(__file__).parents[2] / "plugins" / "modules"
pytestmark = pytest.mark.xdist_group("warm")


@pytest.fixture(scope="module")
def server() -> Iterator[Warm]:
    """A server that has loaded nothing but itself."""
    made = Warm()
    yield made
    made.close()


@pytest.fixture
def own_server() -> Iterator[Warm]:
    """A server that the test may do to what it likes."""
    made = Warm()
    yield made
    made.close()


SHOW = """
import json, os, resource, signal, sys, threading, locale, time
print(json.dumps({
    "environment": dict(os.environ), "cwd": os.getcwd(), "argv": sys.argv, "path": sys.path, "flags": list(sys.flags),
    "executable": sys.executable, "umask": os.umask(0), "main": sorted(globals()), "stdin": sys.stdin.read(),
    "encodings": [s.encoding for s in (sys.stdin, sys.stdout, sys.stderr)], "locale": locale.setlocale(locale.LC_CTYPE),
    "errors": [s.errors for s in (sys.stdin, sys.stdout, sys.stderr)],
    "descriptors": sorted(os.listdir("/proc/self/fd"))[:4], "threads": threading.active_count(),
    "limits": [resource.getrlimit(getattr(resource, n)) for n in sorted(vars(resource)) if n.startswith("RLIMIT")],
    "ignored": [n for n in range(1, 60) if n not in (9, 19, 32, 33) and signal.getsignal(n) == signal.SIG_IGN],
    "leader": os.getsid(0) == os.getpid(), "zone": time.tzname,
    "carried": [n for n in sys.modules if n.split(".")[0] in ("ansible", "ansible_collections", "ansible_warm_server")],
}))
"""


@pytest.mark.parametrize(
    "assignments", [{}, {"COLOUR": "a  b$c", "TZ": "Asia/Tokyo"}, {"PWD": "/nowhere", "AWS_PROFILE": "x"}]
)
def test_a_module_finds_what_local_gives_it(server: Warm, tmp_path: Path, assignments: dict[str, str]) -> None:
    quoted = {name: value.replace("$", r"\$") for name, value in assignments.items()}
    ours = json.loads(server.run(SHOW, assignments, str(tmp_path)).stdout)
    plain = json.loads(server.plain(SHOW, quoted, str(tmp_path)).stdout)
    assert ours.pop("leader")  # of a session of its own, where local has that of Ansible's worker
    plain.pop("leader")
    for part in ours:
        assert ours[part] == plain[part], part


@pytest.mark.parametrize(
    "program",
    [
        "",
        "print('out'); import sys; print('err', file=sys.stderr)",
        "raise SystemExit(3)",
        "raise SystemExit('a reason')",
        "import sys; sys.exit(256 + 7)",
        "import os; os._exit(9)",
        "1 / 0",
        "def f():\n    raise ValueError('no')\nf()",
        "syntax error",
        "import atexit; atexit.register(print, 'at exit'); raise SystemExit(1)",
        "import atexit; word = 'at exit'; atexit.register(lambda: print(word))",
        "import threading, time; threading.Thread(target=lambda: (time.sleep(0.1), print('thread'))).start()",
        "import os, sys; sys.stdout.flush(); os.execv('/bin/echo', ['echo', 'replaced'])",
        "import subprocess; subprocess.run(['/bin/sh', '-c', 'echo child; exit 4'], check=True)",
        "import subprocess, sys; raise SystemExit(subprocess.call([sys.executable, '-c', 'print(1)']))",
        "from multiprocessing import get_context as c; p = c('fork').Pool(2); print(p.map(abs, [-1, -2])); p.close()",
        "import os; pid = os.fork(); pid and os.waitpid(pid, 0); print('both')",
        "import sys; sys.stdout.write('x' * 3_000_000)",
        "import sys; sys.stdout.buffer.write(bytes(range(256)))",
        "import sys; sys.stdout.close()",
        "import os; os.closerange(3, 4096); os.close(0); print(os.open('/dev/null', 0))",
        "import tempfile; f = tempfile.NamedTemporaryFile(); print(f.name[:8])",
        # What only the collector of cycles ends.
        "import os; f = open(os.dup(1), 'w'); f.itself = f; f.write('written late')",
        "import os; held = [open(os.dup(1), 'w')]; held.append(held); held[0].write('written late')",
        "class Last:\n  def __del__(self): print('deleted')\nlast = Last(); last.itself = last",
        "def steps():\n  try: yield\n  finally: print('closed')\nheld = [steps()]; held.append(held); next(held[0])",
    ],
)
def test_programs_end_as_they_do_by_themselves(server: Warm, program: str) -> None:
    ours, plain = server.run(program), server.plain(program)
    assert os.waitstatus_to_exitcode(ours.status) == os.waitstatus_to_exitcode(plain.status)
    assert (ours.stdout, ours.stderr) == (plain.stdout, plain.stderr)


def test_a_module_that_is_killed_is_reported_as_killed(server: Warm) -> None:
    outcome = server.run("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")
    assert os.waitstatus_to_exitcode(outcome.status) == -signal.SIGSEGV


def test_nothing_of_a_task_reaches_the_next(server: Warm) -> None:
    secret = f"secret-{os.getpid()}-of-one-task"
    writer = "import builtins, os, json\nbuiltins.left = json.left = os.environ['KEY']\nopen('/dev/null').read()"
    seeker = (
        "import os, builtins, json\n"
        f"wanted = {secret[:3]!r} + {secret[3:]!r}\n"
        "found = [str(hasattr(builtins, 'left')), str(hasattr(json, 'left')), str(wanted in str(os.environ))]\n"
        "needle = wanted.encode()[::-1]\n"
        "for line in open('/proc/self/maps'):\n"
        "    if ' rw' not in line: continue\n"
        "    start, end = (int(n, 16) for n in line.split()[0].split('-'))\n"
        "    with open('/proc/%d/mem' % os.getppid(), 'rb') as memory:\n"
        "        try: memory.seek(start); text = memory.read(end - start)\n"
        "        except (OSError, OverflowError, ValueError): continue\n"
        "    found += ['memory'] if needle[::-1] in text else []\n"
        "print(found)"
    )
    assert server.run(writer, {"KEY": secret}).status == 0
    # The seeker reads the memory of its parent, the fork that holds the conversation, as the server left it; that
    # fork knows the seeker's own text, in which the secret stands in two halves.
    assert server.run(seeker).stdout == b"['False', 'False', 'False']\n"


def test_requests_do_not_wait_for_each_other(server: Warm) -> None:
    slow = Running(server, "import time; time.sleep(3)")
    started = time.monotonic()
    assert server.run("print(1)").stdout == b"1\n"
    assert slow.outcome is None, f"it took {time.monotonic() - started:.1f} s"
    slow.wait()


def test_the_meeting_place_must_be_private(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    settings = Warm.__new__(Warm)
    settings.settings = TEST_SETTINGS
    settings.folder = str(tmp_path)
    with pytest.raises(warm.NotStarted, match="private"):
        settings.client()
    tmp_path.chmod(0o700)
    link = tmp_path / "link"
    link.symlink_to(tmp_path)
    settings.folder = str(link)
    with pytest.raises(warm.NotStarted, match="private"):
        settings.client()


@pytest.fixture
def short_path() -> Iterator[Path]:
    """An empty folder whose path leaves room for that of a socket."""
    with TemporaryDirectory(prefix="w") as place:
        yield Path(place)


def test_nobody_else_may_change_what_lies_above_the_meeting_place(short_path: Path) -> None:
    above = short_path / "above"
    above.mkdir()
    above.chmod(0o777)
    with pytest.raises(warm.NotStarted, match="changed by another user"):
        warm.Client(TEST_SETTINGS, str(above / "place"))
    assert list(above.iterdir()) == []
    link = short_path / "link"
    link.symlink_to(above)
    with pytest.raises(warm.NotStarted, match="changed by another user"):
        warm.Client(TEST_SETTINGS, str(link / "place"))
    above.chmod(0o1777)
    warm.Client(TEST_SETTINGS, str(above / "place"))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make what belongs to another user")
def test_another_users_directories_are_not_used(short_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As after `su` without `-`, or with `sudo -E`."""
    foreign = short_path / "run"
    foreign.mkdir(mode=0o700)
    os.chown(foreign, 54321, 54321)
    with pytest.raises(warm.NotStarted, match="changed by another user"):
        warm.Client(TEST_SETTINGS, str(foreign / "ansible-warm"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(foreign))
    assert not warm.Client(TEST_SETTINGS).socket_path.startswith(str(short_path))
    assert list(foreign.iterdir()) == []


def test_nothing_is_written_through_a_link(short_path: Path) -> None:
    precious = short_path / "precious"
    precious.write_text("kept")
    place = short_path / "place"
    client = warm.Client(TEST_SETTINGS, str(place))
    Path(f"{client.socket_path.removesuffix('.sock')}.lock").symlink_to(precious)
    with pytest.raises(warm.NotStarted, match="cannot start a server"):
        client.run(warm.Task(b"", {}, {}, "/", os.getpid(), leave=True))
    failed = Path(f"{client.socket_path}.failed")
    failed.symlink_to(precious)
    warm_server._report(str(failed), "why")
    assert (failed.read_text(), failed.is_symlink(), precious.read_text()) == ("why", False, "kept")


def test_the_server_keeps_no_variable_that_only_begins_like_one_it_needs() -> None:
    secrets = {
        "LANGFUSE_SECRET_KEY": "x",
        "LD_SDK_KEY": "x",
        "PYTHON_KEYRING_PASSWORD": "x",
        "OPENSSL_KEY_PASSWORD": "x",
    }
    needed = {"LANG": "C", "LC_ALL": "C", "PYTHONPATH": "/x", "LD_PRELOAD": "/x.so", "OPENSSL_CONF": "/x"}
    assert warm.startup_environment({**secrets, **needed}) == needed


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_another_user_is_turned_away(server: Warm) -> None:
    server.run("")
    path = Path(server.client().socket_path)
    attempt = (
        "import os, socket, sys\nsock = socket.socket(socket.AF_UNIX)\n"
        "if sys.argv[2] == 'inside':\n    sock.connect(sys.argv[1]); os.setuid(65534)\n"
        "else:\n    os.setuid(65534); sock.connect(sys.argv[1])\n"
        "print(sock.recv(1))"
    )
    outside = [sys.executable, "-c", attempt, str(path), "outside"]
    assert b"PermissionError" in subprocess.run(outside, capture_output=True, check=False).stderr
    # Even with the directory opened by mistake, the server asks the kernel who calls.
    stranger = (
        "import os, socket, sys\nos.setuid(65534)\nsock = socket.socket(socket.AF_UNIX)\n"
        "sock.connect(sys.argv[1])\nprint(sock.recv(1))"
    )
    path.parent.chmod(0o711)
    path.chmod(0o666)
    try:
        heard = subprocess.run([sys.executable, "-c", stranger, str(path)], capture_output=True, check=False)
    finally:
        path.parent.chmod(0o700)
        path.chmod(0o600)
    assert heard.stdout == b"b''\n", heard.stderr
    assert server.run("print(1)").stdout == b"1\n"


def test_many_at_once_share_one_server(own_server: Warm) -> None:
    with ThreadPoolExecutor(10) as pool:
        outcomes = list(pool.map(lambda number: own_server.run(f"print({number})"), range(10)))
    assert [outcome.stdout for outcome in outcomes] == [f"{number}\n".encode() for number in range(10)]
    assert len(own_server.servers()) == 1


def test_a_changed_file_replaces_the_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "warm_probe.py").write_text("version = 1\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    made = Warm(preload=("warm_probe",))
    try:
        assert made.run("import warm_probe; print(warm_probe.version)").stdout == b"1\n"
        before = made.servers()
        (tmp_path / "warm_probe.py").write_text("version = 'two'\n")
        with pytest.raises(warm.NotStarted, match="has changed"):
            made.run("print('not on the old server')")
        eventually(lambda: before[0] not in made.servers(), "the old server is still there")
        assert made.run("import warm_probe; print(warm_probe.version)").stdout == b"two\n"
    finally:
        made.close()


def test_the_server_goes_when_it_is_idle(own_server: Warm) -> None:
    client = own_server.client(idle_timeout=0.5)
    assert client.run(own_server.task("print(1)"), PATIENCE).stdout == b"1\n"
    eventually(lambda: not own_server.servers(), "the server is still there")
    assert not Path(client.socket_path).exists()


def test_the_server_goes_with_its_playbook_if_asked(own_server: Warm) -> None:
    playbook = subprocess.Popen(["/bin/sleep", "60"])
    task = warm.Task(b"print(1)", dict(os.environ), {}, "/", playbook.pid, True)
    assert own_server.client().run(task, PATIENCE).stdout == b"1\n"
    time.sleep(1.5)
    assert own_server.servers()
    playbook.kill()
    playbook.wait()
    eventually(lambda: not own_server.servers(), "the server is still there")


@pytest.mark.parametrize("answer", [b"", b"nonsense, and more of it", b"R\0\0\0\0X", wire.REFUSED + b"\0\0\0\2no"])
def test_nonsense_from_the_server_runs_nothing_or_fails(own_server: Warm, answer: bytes) -> None:
    client = own_server.client()
    with socket.socket(socket.AF_UNIX) as listener, ThreadPoolExecutor(1) as pool:
        listener.bind(client.socket_path)
        listener.listen()

        def babble() -> None:
            peer, _address = listener.accept()
            with peer:
                peer.recv(1 << 20)
                peer.sendall(answer)
                time.sleep(0.2)

        babbling = pool.submit(babble)
        expected = warm.Lost if answer.startswith(wire.READY) else warm.NotStarted
        with pytest.raises(expected):
            client.run(own_server.task("print(1)"), PATIENCE)
        babbling.result()


def test_a_server_that_hangs_is_given_up(own_server: Warm, monkeypatch: pytest.MonkeyPatch) -> None:
    own_server.run("")
    monkeypatch.setattr(warm, "ANSWER", 0.5)
    marker = Path(own_server.folder) / "ran"
    send(signal.SIGSTOP, own_server.servers())  # from now on there is no new fork
    stopped = processes_below(own_server.folder)  # the server, and the fork that stands by for the next client
    send(signal.SIGSTOP, stopped)
    with pytest.raises(warm.NotStarted):
        own_server.run(f"open({str(marker)!r}, 'w')")
    send(signal.SIGCONT, stopped)
    own_server.run("")  # by now the server has come to the abandoned request, too
    time.sleep(0.3)
    assert not marker.exists()


def test_a_module_runs_once_whatever_is_killed(own_server: Warm) -> None:
    """Kill the server, the fork that watches or the module, at moments all over its life."""
    rounds = 100 if FULL else 24
    log = Path(own_server.folder) / "log"
    program = (
        "import os, time\nfd = os.open({log!r}, os.O_APPEND | os.O_CREAT | os.O_WRONLY)\n"
        "os.write(fd, b'{n}\\n')\ntime.sleep(0.05)\nprint('end')"
    )
    own_server.run("")
    before = time.monotonic()
    own_server.run("import time; time.sleep(0.05)")
    life = time.monotonic() - before
    ended = lost = 0
    for number in range(rounds):
        running = Running(own_server, program.format(log=str(log), n=number))
        time.sleep(max(0.15, 1.2 * life) * number / rounds)
        # The server, the fork that watches, the module, and the two that stand by for the next one.
        victims = sorted(processes_below(own_server.folder))
        if victims:
            send(signal.SIGKILL, [victims[number % len(victims)]])
        running.wait()
        runs = log.read_text().split().count(str(number)) if log.exists() else 0
        if running.outcome is not None and os.waitstatus_to_exitcode(running.outcome.status) == 0:
            ended += 1
            assert runs == 1
        elif isinstance(running.error, warm.NotStarted):
            assert runs == 0  # and local will run it
        else:
            lost += 1
            assert runs <= 1  # and it is reported as killed
    assert ended
    assert lost


def test_the_module_ends_when_its_client_does(own_server: Warm, tmp_path: Path) -> None:
    own_server.run("")
    for number in (signal.SIGTERM, signal.SIGKILL):
        begun, cleaned = tmp_path / f"begun{number}", tmp_path / f"cleaned{number}"
        program = (
            "import os, subprocess, time\n"
            "child = subprocess.Popen(['/bin/sleep', '61'])\n"
            "try:\n"  # before it says that it has begun: the end may come at once
            f"    open({str(begun)!r}, 'w').write(f'{{os.getpid()}} {{child.pid}}')\n"
            f"    time.sleep(60)\nfinally:\n    open({str(cleaned)!r}, 'w')\n"
        )
        client = os.fork()
        if client == 0:
            # A module finds ignored what its client does: SIGINT, where a shell runs the tests in the background.
            signal.signal(signal.SIGINT, signal.default_int_handler)
            own_server.run(program)
            os._exit(0)
        eventually(lambda begun=begun: begun.exists() and " " in begun.read_text(), "the module has begun")  # type: ignore[misc]
        os.kill(client, number)
        os.waitpid(client, 0)
        for pid in begun.read_text().split():
            eventually(lambda pid=pid: not Path(f"/proc/{pid}").exists(), f"process {pid} is left")  # type: ignore[misc]
        assert cleaned.exists()


def test_no_zombies_are_left(server: Warm) -> None:
    for _round in range(3):
        server.run("")
    (pid,) = server.servers()
    eventually(lambda: not _children(pid), "children are left")


def _children(pid: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                if parent_of(int(entry.name)) == pid:
                    found.append(int(entry.name))
            except OSError:
                continue
    return found


# Beside local, with Ansible itself.

#: Keys of results that are another one each time.
TIMES = frozenset(
    (
        *("start", "end", "delta", "atime", "mtime", "ctime", "inode", "elapsed", "date_time", "ansible_job_id"),
        *("_original_basename", "response_metadata"),
    )
)


class Beside:
    """Runs playbooks on two hosts, ``plain`` over local and ``warm`` over the warm connection."""

    def __init__(self, server: Warm, tmp_path: Path, aws: EmbeddedAws) -> None:
        self.server = server
        self.folder = server.folder
        self.said = ""
        self._tmp = tmp_path
        common = {"ansible_python_interpreter": sys.executable, "aws_endpoint": aws.url}
        hosts = {
            host: {**common, "ansible_connection": connection, "work": str(tmp_path / host)}
            for host, connection in (("plain", "local"), ("warm", "dataai.platform.warm"))
        }
        for host in hosts:
            (tmp_path / host).mkdir()
        self.inventory = tmp_path / "hosts.yml"
        self.inventory.write_text(json.dumps({"all": {"hosts": hosts}}))
        self._environment = {
            **os.environ,
            **CREDENTIALS,
            "AWS_REGION": REGION,
            "AWS_ENDPOINT_URL": aws.url,
            "ANSIBLE_HOME": str(tmp_path / "home"),
            "ANSIBLE_REMOTE_TMP": str(tmp_path / "remote"),
            "ANSIBLE_WARM_DIRECTORY": self.folder,
            "ANSIBLE_WARM_START_WAIT": str(PATIENCE),
            "ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json",
            "ANSIBLE_LOCALHOST_WARNING": "false",
        }

    def start(self, tasks: list[dict[str, Any]], *arguments: str, **environment: str) -> subprocess.Popen[str]:
        """Start a playbook of these tasks."""
        playbook = self._tmp / f"play{len(list(self._tmp.glob('play*')))}.yml"
        playbook.write_text(json.dumps([{"hosts": "all", "gather_facts": False, "tasks": tasks}]))
        return subprocess.Popen(
            [str(Path(sys.executable).with_name("ansible-playbook")), "-i", self.inventory, playbook, *arguments],
            env=self._environment | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=self._tmp,
            start_new_session=True,
        )

    def results(self, tasks: list[dict[str, Any]], *arguments: str) -> list[dict[str, Any]]:
        """Run a playbook; return for each task the results by host, made comparable."""
        out, err = self.start(tasks, *arguments).communicate(timeout=600)
        report = re.search(r"^\{$.*^\}$", out, re.DOTALL | re.MULTILINE)
        assert report, out[-3000:] + err[-3000:]
        self.said = out[: report.start()]
        found = [task["hosts"] for task in json.loads(report[0])["plays"][0]["tasks"]]
        return [{host: self.comparable(host, result) for host, result in task.items()} for task in found]

    def comparable(self, host: str, value: Any) -> Any:
        """Replace what is another one each time, by local too."""
        if isinstance(value, dict):
            return {key: self.comparable(host, part) for key, part in value.items() if key not in TIMES}
        if isinstance(value, list):
            return [self.comparable(host, part) for part in value]
        if isinstance(value, str):
            text = value.replace(str(self._tmp / host), "<work>")
            text = re.sub(r"\bof-(plain|warm)\b", "of-<host>", text)
            text = re.sub(r"(ansible_[\w.]+_payload_)\w{8}", r"\1<random>", text)
            return re.sub(r"ansible-tmp-[\d.]+-\d+-\d+", "ansible-tmp-<random>", text)
        return value


@pytest.fixture
def beside(tmp_path: Path, account: EmbeddedAws) -> Iterator[Beside]:
    made = Warm()
    yield Beside(made, tmp_path, account)
    made.close()


def chosen_tasks() -> list[dict[str, Any]]:
    """Return all tasks of the list, or a sample of it."""
    listed: list[dict[str, Any]] = yaml.safe_load((HERE / "warm" / "modules.yml").read_text())
    ours = [{f"dataai.platform.{path.stem}": {}} for path in sorted(MODULES.glob("*.py")) if path.stem != "run_record"]
    tasks = [*listed, *ours] if FULL else [*listed[::9], *ours[::12]]
    return [{**task, "ignore_errors": True} for task in tasks]


def difference(task: dict[str, Any]) -> dict[str, Any]:
    """Return what is not the same in the two results of a task."""
    plain, quick = task["plain"], task["warm"]
    keys = sorted(key for key in {*plain, *quick} if plain.get(key) != quick.get(key))
    return {"action": plain.get("action"), **{key: (plain.get(key), quick.get(key)) for key in keys}}


def test_modules_do_the_same_both_ways(beside: Beside) -> None:
    tasks = chosen_tasks()
    results = beside.results(tasks)
    assert len(results) == len(tasks)
    different = [difference(task) for task in results if task["plain"] != task["warm"]]
    assert not different, json.dumps(different, indent=1)
    assert any(task["warm"].get("failed") for task in results)
    assert any(not task["warm"].get("failed") for task in results)


def test_what_cannot_be_handed_over_is_the_same_and_said(beside: Beside) -> None:
    tasks: list[dict[str, Any]] = [
        {"ansible.builtin.raw": "echo raw"},
        {"ansible.builtin.command": "env", "environment": {"LC_ALL": "C"}, "register": "environment_of_task"},
        {"ansible.builtin.command": "printenv COLOUR", "environment": {"COLOUR": "it's $blue"}},
        {"ansible.builtin.command": "sleep 0.1", "async": 20, "poll": 1},
        {"ansible.builtin.copy": {"content": "x", "dest": "{{ work }}/copied"}, "diff": True},
        {"ansible.builtin.command": "sleep 30", "timeout": 2, "ignore_errors": True},
        {"ansible.builtin.ping": {"data": "hidden"}, "no_log": True},
        {"ansible.builtin.file": {"path": "{{ work }}/new", "state": "touch"}, "check_mode": True, "diff": True},
        {
            "ansible.builtin.ping": {},
            "vars": {"ansible_python_interpreter": "/usr/bin/env python3"},
            "ignore_errors": True,
        },
    ]
    results = beside.results(tasks, "-vvv")
    for index, task in enumerate(results):
        if index not in (1, 3):  # the order of an environment, the number of a job
            assert task["plain"] == task["warm"], index
    for reason in ("no module on standard input", "LC_ALL", "another interpreter"):
        assert re.search(f"<warm> WARM as local: .*{reason}", beside.said), beside.said[-2000:]
    assert [bool(task["warm"].get("failed")) for task in results[:5]] == [False] * 5
    assert "censored" in json.dumps(results[6]["warm"])


@pytest.mark.parametrize("how", ["interrupted", "killed", "killed with its workers"])
def test_a_playbook_that_is_ended_leaves_nothing(beside: Beside, tmp_path: Path, how: str) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    mark = f"6{os.getpid()}"
    play = beside.start(
        [{"ansible.builtin.ping": {}}, {"ansible.builtin.command": f"sleep {mark}"}],
        *("--limit", "warm"),
        TMPDIR=str(temporary),
        ANSIBLE_WARM_END_WITH_PLAYBOOK="true",
    )
    eventually(lambda: bool(processes_below(f"sleep {mark}")), "the module has begun")
    if how == "killed with its workers":
        os.killpg(play.pid, signal.SIGKILL)
    else:
        play.send_signal(signal.SIGINT if how == "interrupted" else signal.SIGKILL)
    play.communicate(timeout=60)
    eventually(lambda: not processes_below(f"sleep {mark}"), "the module's child is left")
    eventually(lambda: not processes_below(beside.folder), "the server is left")
    eventually(lambda: not processes_below(str(beside.inventory)), "a worker is left")
    assert not list(Path(beside.folder).iterdir())
    assert not list(temporary.glob("ansible_*payload*"))


def test_playbooks_started_at_once_share_one_server(beside: Beside) -> None:
    count = 10 if FULL else 4
    environment = {"ANSIBLE_WARM_START_WAIT": "0", "ANSIBLE_STDOUT_CALLBACK": "ansible.builtin.default"}
    tasks: list[dict[str, Any]] = [{"ansible.builtin.ping": {}}] * 8
    plays = [beside.start(tasks, "--limit", "warm", "-vvv", **environment) for _number in range(count)]
    outputs = [play.communicate(timeout=600)[0] for play in plays]
    assert [play.returncode for play in plays] == [0] * count
    used = [set(re.findall(r"WARM process \d+ of (\S+),", output)) for output in outputs]
    assert len(set.union(*used)) == 1
    assert len(beside.server.servers()) == 1


@pytest.mark.skipif(not FULL, reason="WARM_TESTS=full makes an environment of its own and installs into it: a minute")
def test_an_upgraded_sdk_is_used_by_the_next_task(beside: Beside, tmp_path: Path) -> None:
    """``pip install`` of another boto3 between two tasks of one playbook."""
    packages = tmp_path / "packages"
    pip = [str(Path(sys.executable).with_name("uv")), "pip", "install", "-q", "--no-deps", "--target", str(packages)]
    subprocess.run([*pip, "boto3==1.40.0"], check=True)
    asks = {"ansible.builtin.command": f"{sys.executable} -c 'import boto3; print(boto3.__version__)'"}
    tasks = [
        *[{"amazon.aws.aws_caller_info": {}, "vars": {"aws_retries": 1}}] * 2,
        {"ansible.builtin.command": {"argv": [*pip, "--upgrade", "boto3==1.40.1"]}},
        *[{"amazon.aws.aws_caller_info": {}}] * 2,
        asks,
    ]
    play = beside.start(
        tasks, "--limit", "warm", "-vvv", PYTHONPATH=str(packages), ANSIBLE_STDOUT_CALLBACK="ansible.builtin.default"
    )
    output, errors = play.communicate(timeout=600)
    assert play.returncode == 0, output[-3000:] + errors[-1000:]
    told = re.findall(r"WARM (process|as local: \S+ has changed)", output)
    assert told[:3] == ["process"] * 3
    assert "has changed" in told[3], told
    assert "1.40.1" in output
