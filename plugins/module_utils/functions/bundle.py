# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The archive of a Lambda function, built from files of this machine: the same files make the same bytes, always."""

from __future__ import annotations

import ast
import base64
import hashlib
import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from importlib import metadata
from pathlib import Path, PurePosixPath
from typing import Any

#: What the API takes in one request, in bytes. Larger archives have to come from a bucket.
LARGEST = 50 * 1024 * 1024

#: Every entry has this time, the first that an archive can name.
_EPOCH = (1980, 1, 1, 0, 0, 0)

#: A regular file that everybody may read: the function does not run as the owner of its files.
_MODE = 0o100644 << 16

#: Machine code is bound to a platform; what is built here need not fit the one the function runs on.
_COMPILED = {".so", ".pyd", ".dylib"}

#: What installers leave beside a distribution; it differs from machine to machine.
_TRACES = {"INSTALLER", "RECORD", "REQUESTED", "direct_url.json"}

Code = Mapping[str, Any]


def problems(code: Code) -> Iterable[str]:
    """Return what is wrong with ``code``, one sentence each.

    Args:
        code: ``directory``, ``entry``, ``distributions`` and ``files`` as ``archive`` takes them.
    """
    directory, entry = code.get("directory"), code.get("entry")
    if not directory and not code.get("files"):
        yield "code needs a directory, or files"
    if directory and not Path(directory).is_dir():
        yield f"code.directory is '{directory}', which is no directory of the machine that the task runs on"
    elif directory and entry and not (Path(directory) / entry).is_file():
        yield f"code.entry is '{entry}', which is no file in {directory}"
    for name in code.get("distributions") or ():
        yield from _distribution_problems(name)
    for name in code.get("files") or ():
        if not _is_inside(name):
            yield f"code.files has '{name}'; a file is named by a path inside the archive"


def _distribution_problems(name: str) -> Iterator[str]:
    try:
        compiled = [str(file) for file in metadata.files(name) or () if file.suffix in _COMPILED]
    except metadata.PackageNotFoundError:
        yield f"code.distributions has '{name}', which is not installed for the Python that the task runs with"
        return
    if compiled:
        yield f"code.distributions has '{name}', which is not Python alone: it has {compiled[0]}"


def archive(code: Code) -> bytes:
    """Return a zip archive.

    The entries are stored as they are: what a compressor makes of them differs between versions of the compressor.

    Args:
        code: ``directory`` (a folder, which keeps its name in the archive), ``entry`` (a file in it: only that file and
            what it imports relatively, directly or not, are taken), ``distributions`` (names of installed Python
            distributions, which go to the top) and ``files`` (name in the archive to text).
    """
    contents = dict(_from_directory(code))
    for name in code.get("distributions") or ():
        contents.update(_from_distribution(name))
    contents.update({name: str(text).encode() for name, text in (code.get("files") or {}).items()})
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as target:
        for name in sorted(contents):
            info = zipfile.ZipInfo(name, _EPOCH)
            info.create_system, info.external_attr = 3, _MODE
            target.writestr(info, contents[name])
    return out.getvalue()


def code_sha256(content: bytes) -> str:
    """Return the hash of an archive as Lambda reports it."""
    return base64.b64encode(hashlib.sha256(content).digest()).decode()


def _is_inside(name: str) -> bool:
    path = PurePosixPath(name)
    return bool(name) and not path.is_absolute() and ".." not in path.parts


def _from_directory(code: Code) -> Iterator[tuple[str, bytes]]:
    if not code.get("directory"):
        return
    root = Path(code["directory"]).resolve()
    files = imported(root, code["entry"]) if code.get("entry") else _everything(root)
    for file in files:
        yield f"{root.name}/{file.relative_to(root).as_posix()}", file.read_bytes()


def _everything(root: Path) -> list[Path]:
    return [file for file in root.rglob("*") if file.is_file() and not _is_leftover(file.relative_to(root))]


def _is_leftover(path: Path | PurePosixPath) -> bool:
    hidden = any(part.startswith(".") for part in path.parts)
    return hidden or "__pycache__" in path.parts or path.suffix == ".pyc"


def _from_distribution(name: str) -> Iterator[tuple[str, bytes]]:
    for file in metadata.files(name) or ():
        if _is_inside(file.as_posix()) and not _is_leftover(file) and file.name not in _TRACES:
            yield file.as_posix(), Path(str(file.locate())).read_bytes()


def imported(root: Path, entry: str) -> list[Path]:
    """Return a file, what it imports relatively (directly or not) and the packages on the way.

    Args:
        root: the topmost package.
        entry: the file, relative to ``root``.
    """
    found: set[Path] = set()
    todo = [root / entry]
    while todo:
        file = todo.pop()
        if file not in found:
            found.add(file)
            todo += [*_packages(root, file), *_relative_imports(file)]
    return sorted(found)


def _packages(root: Path, file: Path) -> Iterator[Path]:
    for folder in file.parents:
        if (folder / "__init__.py").is_file():
            yield folder / "__init__.py"
        if folder == root:
            return


def _relative_imports(file: Path) -> Iterator[Path]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"), str(file))):
        if not isinstance(node, ast.ImportFrom) or not node.level:
            continue
        target = file.parents[node.level - 1].joinpath(*(node.module or "").split("."))
        yield from _module(target)
        for name in node.names:
            yield from _module(target / name.name)


def _module(path: Path) -> Iterator[Path]:
    for file in (path.with_name(f"{path.name}.py"), path / "__init__.py"):
        if file.is_file():
            yield file
