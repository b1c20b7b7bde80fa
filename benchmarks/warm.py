# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Measure the warm connection beside ``local``: ``python benchmarks/warm.py [--rounds 5] [--tasks 20] [--json FILE]``.

Each round runs the same playbook over both connections, one right after the other, and takes turns at who is first. A
round gives a ratio, so that a machine that is busy for a while spoils no comparison; the table shows medians. The
embedded AWS serves the AWS tasks. Needs nothing but the project's virtual environment.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from embedded import CREDENTIALS, PLAYBOOK, embedded_aws

AWS_MODULES = ("ec2_vpc_net_info", "ec2_security_group_info", "iam_role_info", "s3_bucket_info", "aws_caller_info")
KINDS = {
    "empty modules": ("ansible.builtin.ping",),
    "stock AWS modules": tuple(f"amazon.aws.{name}" for name in AWS_MODULES),
}
CONNECTIONS = ("local", "dataai.platform.warm")


class Bench:
    """Playbooks of many tasks, and their times over both connections."""

    def __init__(self, folder: Path, url: str, tasks: int) -> None:
        self._folder = folder
        self._tasks = tasks
        self._environment = {
            **os.environ,
            **CREDENTIALS,
            "AWS_ENDPOINT_URL": url,
            "AWS_REGION": "eu-central-2",
            "ANSIBLE_HOME": str(folder / "home"),
            "ANSIBLE_REMOTE_TMP": str(folder / "remote"),
            "ANSIBLE_WARM_DIRECTORY": str(folder / "warm"),
            "ANSIBLE_CONFIG": str(folder / "ansible.cfg"),
        }
        (folder / "ansible.cfg").touch()

    def time(self, kind: str, connection: str, *arguments: str, **environment: str) -> float:
        """Return how long a playbook of that kind takes over the connection, Ansible's start included (seconds)."""
        modules = KINDS[kind]
        tasks = [{modules[number % len(modules)]: {}} for number in range(self._tasks)]
        playbook, inventory = self._folder / "play.json", self._folder / "hosts.yml"
        playbook.write_text(json.dumps([{"hosts": "all", "gather_facts": False, "tasks": tasks}]))
        host = {"ansible_connection": connection, "ansible_python_interpreter": sys.executable}
        inventory.write_text(json.dumps({"all": {"hosts": {"controller": host}}}))
        command = [PLAYBOOK, "-i", inventory, playbook, *arguments]
        started = time.monotonic()
        done = subprocess.run(command, env=self._environment | environment, capture_output=True, text=True, check=False)
        taken = time.monotonic() - started
        if done.returncode:
            raise RuntimeError(done.stdout[-2000:] + done.stderr[-2000:])
        self.output = done.stdout
        return taken

    def pairs(self, kind: str, rounds: int) -> list[tuple[float, float]]:
        """Return pairs of times, local and warm; the server is there and knows the modules."""
        self.time(kind, CONNECTIONS[1], ANSIBLE_WARM_START_WAIT="60")
        found = []
        for number in range(rounds):
            order = CONNECTIONS if number % 2 == 0 else CONNECTIONS[::-1]
            times = {connection: self.time(kind, connection) for connection in order}
            found.append((times[CONNECTIONS[0]], times[CONNECTIONS[1]]))
        return found

    def cold(self, kind: str) -> float:
        """Return the time over the warm connection when no server is there."""
        return self.time(kind, CONNECTIONS[1], ANSIBLE_WARM_DIRECTORY=tempfile.mkdtemp(dir=self._folder, prefix="c"))

    def handed_over(self) -> int:
        """Return how many of the tasks the server runs."""
        self.time("empty modules", CONNECTIONS[1], "-vvv")
        return len(re.findall(r"WARM process \d+", self.output))


def servers(folder: Path) -> list[int]:
    """Return the process ids of the servers that listen in the folder."""
    listing = subprocess.run(["ps", "-axo", "pid=,args="], capture_output=True, text=True, check=True).stdout
    return [int(line.split()[0]) for line in listing.splitlines() if f'"socket": "{folder}' in line]


def memory(pid: int) -> dict[str, float]:
    """Return the memory of an idle server, as far as the system tells (MB)."""
    path = Path(f"/proc/{pid}/smaps_rollup")
    if not path.exists():
        text = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True, check=True).stdout
        return {"resident": int(text) / 1024}
    found = dict(re.findall(r"^(\w+): +(\d+) kB", path.read_text(), re.MULTILINE))
    return {"resident": int(found["Rss"]) / 1024, "proportional": int(found["Pss"]) / 1024}


def fork_memory(bench: Bench) -> dict[str, float]:
    """Return the most private memory seen of a process below the server while AWS tasks run (MB).

    ``written`` is what it does not share with the server, ``private`` counts pages of files too that only it has read.
    """
    largest = {"written": 0, "private": 0}
    environment = bench._environment
    command = [PLAYBOOK, "-i", bench._folder / "hosts.yml", bench._folder / "play.json"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as play:
        while play.poll() is None:
            for pid in servers(bench._folder):
                with contextlib.suppress(OSError):
                    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
                    sizes = dict(re.findall(r"^Private_(\w+): +(\d+) kB", text, re.MULTILINE))
                    if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1] != "1":
                        largest["written"] = max(largest["written"], int(sizes["Dirty"]))
                        largest["private"] = max(largest["private"], sum(map(int, sizes.values())))
            time.sleep(0.005)
    return {name: size / 1024 for name, size in largest.items()}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--tasks", type=int, default=20)
    parser.add_argument("--json", type=Path, help="write the figures to this file, too")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="warm-bench-", dir="/tmp"))
    report: dict[str, object] = {"tasks": options.tasks, "load": os.getloadavg()[0], "cores": os.cpu_count()}
    try:
        with embedded_aws() as url:
            bench = Bench(folder, url, options.tasks)
            load = f"load {report['load']:.1f} on {report['cores']} cores"
            print(f"{options.tasks} tasks, {options.rounds} rounds, {load}\n")
            print("| tasks | local | warm | ratio | warm, no server yet |\n|---|---|---|---|---|")
            for kind in KINDS:
                pairs = bench.pairs(kind, options.rounds)
                local, fast = (statistics.median(times) for times in zip(*pairs, strict=True))
                ratio = statistics.median(one / other for one, other in pairs)
                cold = bench.cold(kind)
                report[kind] = {"pairs": pairs, "ratio": ratio, "cold": cold}
                print(f"| {kind} | {local:.2f} s | {fast:.2f} s | {ratio:.1f} | {cold:.2f} s |", flush=True)
            report["handed over"] = bench.handed_over()
            bench.time("stock AWS modules", CONNECTIONS[1])
            report["fork"] = fork_memory(bench)
            report["server"] = [memory(pid) for pid in servers(folder / "warm")]
            print(f"\nhanded over: {report['handed over']} of {options.tasks}")
            print(f"memory (MB): idle server {report['server']}, a fork of its own {report['fork']}")
    finally:
        for pid in servers(folder):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, 15)
        shutil.rmtree(folder, ignore_errors=True)
    if options.json:
        options.json.write_text(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
