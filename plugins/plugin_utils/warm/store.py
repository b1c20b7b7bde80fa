# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Paths are plain strings here: they are compared, handed to the import system, and time counts.
# ruff: noqa: PTH112, PTH113, PTH118, PTH119
# ruff: noqa: PTH120, PTH123, PTH202

"""Module utilities kept ready, and the rule by which a payload may have them.

A payload carries its own copy of every module utility in a zip file. What the server loaded beforehand from the
installed files stands in for a member of that zip only if the member has the very same source, and the same holds for
everything that it imported. All else is run out of the zip, as always; only its compilation is spared if the same
source was compiled before.
"""

from __future__ import annotations

import _imp
import builtins
import hashlib
import importlib
import importlib.util
import inspect
import marshal
import os
import pkgutil
import struct
import sys
import zipimport
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import PurePath
from types import CodeType, ModuleType
from typing import Any

#: The packages that payloads carry.
CARRIED = ("ansible", "ansible_collections")
_CARRIED_PATHS = tuple(f"{name}/" for name in CARRIED)
#: Code of members that no module is kept of: so many bytes of source are compiled and kept at most.
CODE_LIMIT = 24 * 1024 * 1024
#: So many payloads are remembered at most.
VERDICT_LIMIT = 4096
_PAYLOAD = ("ansible_", "_payload.zip")
#: Stands for the path of the zip file while modules are loaded beforehand.
_NOWHERE = "/nowhere/ansible-warm"
#: A module that looks at these while it is imported will have seen something else than in a payload.
_OF_ITSELF = frozenset(("__file__", "__path__", "__spec__", "__loader__", "__cached__"))
#: This one only declares itself a package without files, wherever it is.
_SIX = "ansible.module_utils.six"
#: What importing foreign code may raise.
LOAD_ERRORS = (
    *(ImportError, AttributeError, LookupError, NameError, OSError, RuntimeError, SyntaxError, TypeError, ValueError),
)


def is_carried(name: str) -> bool:
    """Say whether payloads bring the module of that name along."""
    return name.partition(".")[0] in CARRIED


@dataclass(slots=True)
class Kept:
    """A module that was loaded beforehand.

    :param needs: the carried modules that it imports
    :param places: its globals that hold a path, as if it lay in the zip file that stands for all
    :param packages: its globals that are packages without code, of which each payload has its own
    """

    module: ModuleType
    source: bytes
    code: CodeType
    needs: list[str] = field(default_factory=list)
    places: list[tuple[str, str | PurePath]] = field(default_factory=list)
    packages: list[tuple[str, str]] = field(default_factory=list)

    @property
    def unit(self) -> str:
        """Name what it was installed with: ansible-core, or a collection."""
        return unit_of(self.module.__name__)


def unit_of(name: str) -> str:
    """Return the distribution that a module belongs to: ``ansible``, or ``ansible_collections.<namespace>.<name>``."""
    parts = name.split(".")
    return parts[0] if parts[0] == "ansible" else ".".join(parts[:3])


class _InstalledLoader(SourceFileLoader):
    """Loads an installed module utility and keeps what is needed to compare it with a payload's."""

    def __init__(self, name: str, path: str, store: Store) -> None:
        super().__init__(name, path)
        self._store = store

    def exec_module(self, module: ModuleType) -> None:
        name = module.__name__
        code = self.get_code(name)
        if code is None:
            raise ImportError(f"{name} has no code", name=name)
        self._store.kept[name] = Kept(module, self.get_data(self.path), code)
        try:
            exec(code, module.__dict__)  # noqa: S102
        except BaseException:
            del self._store.kept[name]
            raise


class _MadeUpLoader(Loader):
    """Loads a package without code."""

    def exec_module(self, module: ModuleType) -> None:
        module.__file__ = f"{_nowhere(module.__name__)}/__init__.py"


class _Installed(MetaPathFinder):
    """Finds module utilities in ansible-core and in collections, whether or not these are on ``sys.path``.

    Packages without code of their own are the ones that payloads make up; nothing is kept of them.
    """

    def __init__(self, roots: Mapping[str, str], store: Store) -> None:
        self._roots = roots
        self._store = store

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None) -> Any:
        if not is_carried(fullname):
            return None
        place = self._place(fullname)
        if place is None:
            return None
        if os.path.isdir(place):
            return self._package(fullname, place)
        file = f"{place}.py"
        if not os.path.isfile(file):
            return None
        return importlib.util.spec_from_file_location(
            fullname, f"{_nowhere(fullname)}.py", loader=_InstalledLoader(fullname, file, self._store)
        )

    def _place(self, fullname: str) -> str | None:
        """Return the path of a module without its suffix, ``""`` for a package above all roots, None if unknown."""
        for root, path in self._roots.items():
            if fullname == root or fullname.startswith(f"{root}."):
                return os.path.join(path, *fullname[len(root) + 1 :].split("."))
            if root.startswith(f"{fullname}."):
                return path
        return None

    def _package(self, fullname: str, place: str) -> ModuleSpec:
        file = os.path.join(place, "__init__.py")
        made_up = fullname in self._roots or fullname == "ansible.module_utils" or self._above_roots(fullname)
        found = ModuleSpec(fullname, _MadeUpLoader(), is_package=True)
        if not made_up and os.path.isfile(file) and os.path.getsize(file):
            loader = _InstalledLoader(fullname, file, self._store)
            found = ModuleSpec(fullname, loader, origin=f"{_nowhere(fullname)}/__init__.py", is_package=True)
            found.has_location = True
        found.submodule_search_locations = [place]
        return found

    def _above_roots(self, fullname: str) -> bool:
        return any(root.startswith(f"{fullname}.") for root in self._roots)


class Store:
    """What the server keeps of module utilities: loaded modules, and compiled code by the hash of its source."""

    def __init__(self) -> None:
        self.kept: dict[str, Kept] = {}
        self.codes: dict[bytes, CodeType] = {}
        self.packages: dict[str, ModuleType] = {}
        self.verdicts: dict[bytes, Verdict] = {}
        self._code_bytes = 0

    def load(self, names: Sequence[str], roots: Mapping[str, str]) -> dict[str, str]:
        """Import the named module utilities; return why those that failed did.

        A module that asks where it was loaded from is kept only if the answer is to be seen among its globals, where
        it can be set right.
        """
        failed: dict[str, str] = {}
        finder = _Installed(roots, self)
        sys.meta_path.insert(0, finder)
        try:
            with self._watched_imports():
                for name in names:
                    try:
                        importlib.import_module(name)
                    except LOAD_ERRORS as error:
                        failed[name] = f"{type(error).__name__}: {error}"
        finally:
            sys.meta_path.remove(finder)
        self._take_out()
        return failed

    @contextmanager
    def _watched_imports(self) -> Iterator[None]:
        """Note which kept module imports which, also what is imported already and goes past every finder."""
        original = builtins.__import__

        def watched(
            name: str,
            globals: Mapping[str, object] | None = None,  # noqa: A002 - the names of the real one
            locals: Mapping[str, object] | None = None,  # noqa: A002
            fromlist: Sequence[str] | None = (),
            level: int = 0,
        ) -> ModuleType:
            importer = self.kept.get(str((globals or {}).get("__name__", "")))
            if importer is not None:
                importer.needs.extend(_imported(name, globals or {}, fromlist or (), level))
            return original(name, globals, locals, fromlist or (), level)

        builtins.__import__ = watched
        try:
            yield
        finally:
            builtins.__import__ = original

    def _take_out(self) -> None:
        """Remove the loaded modules from ``sys.modules``: a payload starts without them."""
        gone: set[str] = set()
        for name in [name for name in sys.modules if is_carried(name)]:
            module = sys.modules.pop(name)
            kept = self.kept.get(name)
            if kept is None:
                self.packages[name] = module
            elif name != _SIX and _looks_at_itself(kept.code) and not any(_places(kept.module)):
                gone.add(name)
        self._forget(gone)
        for name, kept in self.kept.items():
            for attribute in _OF_ITSELF & set(kept.module.__dict__) - ({"__path__"} if name == _SIX else set()):
                setattr(kept.module, attribute, None)  # importlib sets what is None
            kept.needs = [need for need in dict.fromkeys(kept.needs) if need in self.kept]
            kept.places = list(_places(kept.module))
            kept.packages = [
                (attribute, value.__name__)
                for attribute, value in kept.module.__dict__.items()
                if isinstance(value, ModuleType) and self.packages.get(value.__name__) is value
            ]

    def _forget(self, gone: set[str]) -> None:
        """Keep only the code of these modules, and of all that have imported them."""
        while gone:
            for name in gone:
                kept = self.kept.pop(name)
                self.codes[_digest(kept.source)] = kept.code
            gone = {name for name, kept in self.kept.items() if not gone.isdisjoint(kept.needs)}

    def learn(self, learned: bytes) -> None:
        """Add what :meth:`study` made of a payload, until the limits are reached."""
        digest, present, unequal, codes = marshal.loads(learned)  # noqa: S302 - from a fork that ran no module
        if len(self.verdicts) < VERDICT_LIMIT:
            self.verdicts[digest] = Verdict(frozenset(present), frozenset(unequal))
        for source_digest, code, size in codes:
            if source_digest not in self.codes and self._code_bytes + size <= CODE_LIMIT:
                self._code_bytes += size
                self.codes[source_digest] = code

    def study(self, archive: bytes) -> bytes:
        """Judge a payload's zip file and compile its members, for :meth:`learn`; nothing if that is known.

        :raises ValueError: if it is no zip file as Ansible makes it
        """
        members = Members(archive)
        if members.digest in self.verdicts:
            return b""
        verdict = self.judge(members)
        codes: list[tuple[bytes, CodeType, int]] = []
        for name in members.names():
            source = members.source(name) or b""
            kept = self.kept.get(name)
            if (kept is not None and kept.source == source) or _digest(source) in self.codes:
                continue
            try:
                code = compile(source, name, "exec", dont_inherit=True)
            except (SyntaxError, ValueError):
                continue
            codes.append((_digest(source), code, len(source)))
        return marshal.dumps((members.digest, list(verdict.present), list(verdict.unequal), codes))

    def judge(self, members: Members) -> Verdict:
        """Compare what a payload carries with what is kept, or recall the comparison."""
        known = self.verdicts.get(members.digest)
        if known is not None:
            return known
        sources = {name: members.source(name) for name in self.kept}
        unequal = {kept.unit for name, kept in self.kept.items() if sources[name] not in (None, kept.source)}
        return Verdict(frozenset(name for name, source in sources.items() if source is not None), frozenset(unequal))


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a payload compares with what is kept: the kept modules that it carries, and the units that differ."""

    present: frozenset[str]
    unequal: frozenset[str]


class Members:
    """The carried modules in a zip file, read without inflating what nobody asks for.

    :raises ValueError: if it is no zip file as Ansible makes it
    """

    _END = struct.Struct("<4s6xH4xI")
    _ENTRY = struct.Struct("<4s6xH8xI4x3H8xI")
    _LOCAL = struct.Struct("<4s22x2H")

    def __init__(self, archive: bytes) -> None:
        try:
            self._raw = dict(self._entries(archive))
        except (struct.error, UnicodeDecodeError) as error:
            raise ValueError("not a zip file") from error
        whole = hashlib.sha256()
        for path, (method, raw) in sorted(self._raw.items()):
            whole.update(b"%d %d " % (method, len(raw)) + path.encode() + b"\0")
            whole.update(raw)
        #: Tells apart what is carried, whenever and under whatever name it was packed.
        self.digest = whole.digest()

    def _entries(self, archive: bytes) -> Iterator[tuple[str, tuple[int, bytes]]]:
        end = archive.rfind(b"PK\5\6")
        if end < 0:
            raise ValueError("not a zip file")
        _mark, count, offset = self._END.unpack_from(archive, end)
        for _number in range(count):
            mark, method, size, name_size, extra, comment, at = self._ENTRY.unpack_from(archive, offset)
            if mark != b"PK\1\2":
                raise ValueError("not a zip file")
            name_at = offset + self._ENTRY.size
            path = archive[name_at : name_at + name_size].decode()
            offset = name_at + name_size + extra + comment
            if path.startswith(_CARRIED_PATHS):
                _mark, local_name, local_extra = self._LOCAL.unpack_from(archive, at)
                start = at + self._LOCAL.size + local_name + local_extra
                yield path, (method, archive[start : start + size])

    def names(self) -> Iterator[str]:
        """Yield the names of all carried modules."""
        for path in self._raw:
            if path.endswith(".py"):
                yield path[:-3].removesuffix("/__init__").replace("/", ".")

    def source(self, name: str) -> bytes | None:
        """Return the source of a module, if it is carried."""
        path = name.replace(".", "/")
        for candidate in (f"{path}.py", f"{path}/__init__.py"):
            if candidate in self._raw:
                method, raw = self._raw[candidate]
                try:
                    return zlib.decompress(raw, -zlib.MAX_WBITS) if method else raw
                except zlib.error:
                    return b""
        return None


def _imported(name: str, scope: Mapping[str, object], fromlist: Sequence[str], level: int) -> Iterator[str]:
    """Yield the carried modules that an import statement refers to; a name may turn out to be no module."""
    package = str(scope.get("__package__") or "")
    full = importlib.util.resolve_name("." * level + name, package) if level else name
    if is_carried(full):
        yield full
        yield from (f"{full}.{part}" for part in fromlist)


def _looks_at_itself(code: CodeType) -> bool:
    """Say whether code that runs at import, in the module or in a class, asks where the module came from."""
    bodies = [
        part for part in code.co_consts if isinstance(part, CodeType) and not part.co_flags & inspect.CO_OPTIMIZED
    ]
    return not _OF_ITSELF.isdisjoint(code.co_names) or any(map(_looks_at_itself, bodies))


def _nowhere(name: str) -> str:
    return f"{_NOWHERE}/{name.replace('.', '/')}"


def _places(module: ModuleType) -> Iterator[tuple[str, str | PurePath]]:
    """Yield the globals that hold a path below the one that stands for the zip file, dunder names apart."""
    for name, value in list(module.__dict__.items()):
        if isinstance(value, (str, PurePath)) and str(value).startswith(_NOWHERE) and not name.startswith("__"):
            yield name, value


def _digest(source: bytes) -> bytes:
    return hashlib.sha256(source).digest()


class Payload:
    """Decides which kept modules may stand in for the members of one zip file."""

    def __init__(self, path: str, store: Store) -> None:
        with open(path, "rb") as archive:
            verdict = store.judge(Members(archive.read()))
        self._store = store
        self._verdicts: dict[str, bool] = {}
        self._present, self._unequal = verdict.present, verdict.unequal

    def usable(self, name: str) -> bool:
        """Say whether the kept module and all that it needs are what this payload carries.

        One member that differs spoils its whole distribution: its modules may know each other in ways that imports
        do not show.
        """
        if name not in self._verdicts:
            self._verdicts[name] = True  # modules that import each other stand or fall by the rest
            kept = self._store.kept.get(name)
            self._verdicts[name] = (
                kept is not None
                and kept.unit not in self._unequal
                and name in self._present
                and all(map(self.usable, kept.needs))
            )
        return self._verdicts[name]

    def bring(self, name: str) -> None:
        """Import a module of the payload; one that is kept, without looking for it on every path."""
        if name in sys.modules:
            return
        parent, _dot, tail = name.rpartition(".")
        if not self.usable(name):
            importlib.import_module(name)
            return
        self.bring(parent)
        if name in sys.modules:
            return
        importer = pkgutil.get_importer(sys.modules[parent].__path__[0])
        spec = importer.find_spec(name) if isinstance(importer, PayloadImporter) else None
        if spec is None:
            importlib.import_module(name)
            return
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        try:
            importer.exec_module(module)
        except BaseException:
            del sys.modules[name]
            raise
        setattr(sys.modules[parent], tail, module)


class PayloadImporter(zipimport.zipimporter):
    """Imports from a payload's zip file; spares executing or compiling what the store has.

    Each module found is announced as if it came out of the zip, because in content it does.
    """

    def __init__(self, path: str, store: Store, payload: Payload) -> None:
        super().__init__(path)
        self._store = store
        self._payload = payload

    def get_filename(self, fullname: str) -> str:
        """Return the path of a member, without compiling it as the original does."""
        tail = fullname.rpartition(".")[2] + ("/__init__.py" if self.is_package(fullname) else ".py")
        return os.path.join(self.archive, self.prefix, tail)

    def get_code(self, fullname: str) -> CodeType:
        """Return the code of a member, compiled now or before."""
        path = self.get_filename(fullname)
        code = self._store.codes.get(_digest(self.get_data(path)))
        if code is None:
            return super().get_code(fullname)
        _imp._fix_co_filename(code, path)  # type: ignore[attr-defined]  # what importlib does with a moved .pyc
        return code

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:  # type: ignore[override]  # typeshed is too narrow
        """Return the module that stands in for the member, if one may."""
        return self._store.kept[spec.name].module if self._payload.usable(spec.name) else None

    def exec_module(self, module: ModuleType) -> None:
        """Run the member's code, or for a module that was run before only what importing it would bring along."""
        kept = self._store.kept.get(module.__name__)
        if kept is None or kept.module is not module:
            super().exec_module(module)
            return
        _imp._fix_co_filename(kept.code, self.get_filename(module.__name__))  # type: ignore[attr-defined]
        for name, place in kept.places:
            setattr(module, name, type(place)(str(place).replace(_NOWHERE, self.archive, 1)))
        for need in kept.needs:
            self._payload.bring(need)
        for attribute, package in kept.packages:
            module.__dict__[attribute] = importlib.import_module(package)


def payload_hook(store: Store, opened: Callable[[str], None]) -> Callable[[str], PayloadImporter]:
    """Return an entry for ``sys.path_hooks`` that takes payloads and nothing else.

    :param opened: is told the folder of each payload that is found
    """
    payloads: dict[str, Payload] = {}

    def hook(path: str) -> PayloadImporter:
        archive, suffix, _inside = path.partition(_PAYLOAD[1])
        archive += suffix
        if not (suffix and os.path.basename(archive).startswith(_PAYLOAD[0]) and os.path.isfile(archive)):
            raise ImportError(f"not a payload: {path}", path=path)
        if archive not in payloads:
            opened(os.path.dirname(archive))
            payloads[archive] = Payload(archive, store)
        return PayloadImporter(path, store, payloads[archive])

    return hook
