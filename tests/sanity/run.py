# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run `ansible-test sanity` on a copy of the checkout; arguments are handed on (for example `--test validate-modules`).

ansible-test insists on a git checkout below ansible_collections/<namespace>/<name> and refuses symbolic links on
the way there. It keeps what it installs under HOME, hence a home of its own in build/, kept to be quick the next time.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HOME = ROOT / "build" / "ansible-test"
# ansible-test would fetch a script that installs pip from the internet; Python carries pip itself. Unpacking it takes a
# fraction of the time of its installation, and each of nine tests has an environment of its own.
PIP_BOOTSTRAP = Path(".ansible/test/cache/get_pip_24_2.py")
PIP_SCRIPT = """
import ensurepip, pathlib, sysconfig, zipfile
wheels = list(pathlib.Path(ensurepip.__file__).parent.glob("_bundled/*.whl"))
for wheel in wheels:
    zipfile.ZipFile(wheel).extractall(sysconfig.get_path("purelib"))
if not wheels:
    ensurepip.bootstrap()
"""
# What is not published is held by ruff, mypy and the tests instead.
UNPUBLISHED = ("emulator/", "tools/", "benchmarks/", "molecule/", "inventories/", "tests/")
NEEDED = ("tests/config.yml", "tests/sanity/ignore-")


def wanted(name: str) -> bool:
    """Say whether the file is part of the published collection or steers its sanity tests."""
    return name.startswith(NEEDED) or not name.startswith(UNPUBLISHED)


def listed_files() -> list[str]:
    """Return the published part of the checkout: tracked files, and new ones that git does not ignore."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listing = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return sorted({name for name in listing.split("\0") if name and wanted(name) and (ROOT / name).is_file()})


def link_dependency(collections: Path) -> None:
    """Put amazon.aws beside the copy: documentation fragments and module utilities come from there."""
    installed = Path(sysconfig.get_path("purelib")) / "ansible_collections" / "amazon"
    (collections / "amazon").symlink_to(installed)


def copy_checkout(target: Path) -> None:
    """Copy the checkout to the target and make it a git checkout of its own."""
    for name in listed_files():
        destination = target / name
        destination.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, destination)
    subprocess.run(["git", "init", "--quiet"], cwd=target, check=True)
    subprocess.run(["git", "add", "--all"], cwd=target, check=True)


def prepare_home() -> None:
    """Make the home folder and put the bootstrap script where ansible-test looks for it."""
    script = HOME / PIP_BOOTSTRAP
    script.parent.mkdir(parents=True, exist_ok=True)
    script.write_text(PIP_SCRIPT, encoding="utf-8")


def main() -> int:
    """Run the sanity tests and return ansible-test's exit code."""
    prepare_home()
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "ansible_collections" / "dataai" / "platform"
        target.mkdir(parents=True)
        copy_checkout(target)
        link_dependency(target.parents[1])
        runner = Path(sys.executable).with_name("ansible-test")
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        command = [sys.executable, str(runner), "sanity", "--local", "--requirements", "--python", version]
        environment = {**os.environ, "HOME": str(HOME), "LC_ALL": "C.UTF-8"}
        environment.pop("PYTHONPATH", None)
        return subprocess.run([*command, *sys.argv[1:]], cwd=target, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
