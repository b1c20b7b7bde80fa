# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Measure whole runs on the estate ``local``: ``python benchmarks/estate.py [--rounds 3] [--slow] [--json FILE]``.

Runs on an AWS that takes no time are set beside an empty playbook, which is run just before each. With ``--slow`` what
AWS takes its time for does so, and runs are set beside the longest chain of it.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

from embedded import CREDENTIALS, PLAYBOOK, ROOT, embedded_aws

#: Seconds that AWS takes here for what is slow there, by service, and how long any call takes (ms).
SLOW: dict[str, float] = {"default": 0, "rds": 60, "elasticache": 90, "ec2": 30, "aps": 5}
LATENCY = 80
#: The longest chains of that: an instance is made once its cluster is; the network goes when nothing stands in it.
LONGEST = {"site": 120.0, "destroy": 120.0}
EMPTY = [{"hosts": "localhost", "gather_facts": False, "tasks": []}]


class Estate:
    """Runs of playbooks against an embedded AWS."""

    def __init__(self, url: str, folder: Path) -> None:
        self._url = url
        self._empty = folder / "empty.json"
        self._empty.write_text(json.dumps(EMPTY))
        self._environment = {
            **os.environ,
            **CREDENTIALS,
            "AWS_ENDPOINT_URL": url,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
            "ANSIBLE_WARM_START_WAIT": "60",
        }
        self._arguments = ["-i", str(ROOT / "inventories" / "local"), "-e", f"common_build_directory={folder}/build"]

    def ask(self, path: str, method: str = "GET", body: Any = None) -> Any:
        """Return an answer of the embedded AWS about itself."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self._url}/_emulator/{path}", data=data, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def time(self, playbook: str = "") -> float:
        """Return how long a playbook of the collection takes, the empty one by default (seconds)."""
        path = ROOT / "playbooks" / playbook if playbook else self._empty
        started = time.monotonic()
        command = [str(PLAYBOOK), *self._arguments, str(path)]
        done = subprocess.run(command, cwd=ROOT, env=self._environment, capture_output=True, text=True, check=False)
        taken = time.monotonic() - started
        if done.returncode:
            raise RuntimeError(done.stdout[-3000:] + done.stderr[-2000:])
        return taken

    def calls(self) -> list[dict[str, Any]]:
        """Return the calls since the last time that this was asked."""
        found: list[dict[str, Any]] = self.ask("calls")
        self.ask("calls", "DELETE")
        return found


def beside_empty(estate: Estate, rounds: int) -> dict[str, dict[str, float]]:
    """Return medians of runs beside an empty playbook: a first one, a second, and a third with latency."""
    pairs: dict[str, list[tuple[float, float]]] = {
        "first site": [],
        "site again": [],
        f"again, {LATENCY} ms a call": [],
    }
    calls: list[int] = []
    estate.time("site.yml")  # what the first run of a day compiles
    for _round in range(rounds):
        estate.ask("reset", "POST")
        for name, latency in zip(pairs, (0, 0, LATENCY), strict=True):
            estate.ask("settings", "PUT", {"latency_ms": latency})
            estate.calls()
            empty = estate.time()
            pairs[name].append((estate.time("site.yml"), empty))
            made = estate.calls()
            if name == "site again":
                calls.append(len(made))
                writes = [call["operation"] for call in made if call["access"] == "write"]
                if writes:
                    raise RuntimeError(f"a run that changes nothing writes: {writes}")
        estate.ask("settings", "PUT", {"latency_ms": 0})
    found = {
        name: {
            "seconds": statistics.median(taken for taken, _empty in times),
            "times an empty playbook": statistics.median(taken / empty for taken, empty in times),
        }
        for name, times in pairs.items()
    }
    found["site again"]["calls"] = statistics.median(calls)
    return found


def beside_chain(estate: Estate) -> dict[str, dict[str, float]]:
    """Return runs on an AWS that takes its time, beside the longest chain of it."""
    estate.ask("reset", "POST")
    estate.ask("settings", "PUT", {"latency_ms": LATENCY, "provisioning_seconds": SLOW})
    found = {}
    for name, chain in LONGEST.items():
        taken = estate.time(f"{name}.yml")
        found[f"slow {name}"] = {"seconds": taken, "times the longest chain": taken / chain}
    return found


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description="Measure whole runs beside an empty playbook.")
    parser.add_argument("--rounds", type=int, default=3, help="how often each is measured; medians are shown")
    parser.add_argument("--slow", action="store_true", help="measure also on an AWS that takes its time")
    parser.add_argument("--json", type=Path, help="write the figures there")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, embedded_aws() as url:
        estate = Estate(url, Path(folder))
        found = beside_empty(estate, options.rounds) if options.rounds else {}
        if options.slow:
            found |= beside_chain(estate)
    found["memory"] = {"largest process, MB": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024}
    for name, figures in found.items():
        print(f"{name:24}", "  ".join(f"{what} {value:.1f}" for what, value in figures.items()))
    if options.json:
        options.json.write_text(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    main()
