# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Paths are plain strings here: they are compared, handed to the import system, and time counts.
# ruff: noqa: PTH113, PTH118
# ruff: noqa: PTH120, PTH202

"""The AWS SDK's data files, parsed once.

Parsing the JSON model of a service is most of what creating an SDK client costs. The server parses each model that a
module asked for, once, and its forks hand the result to the SDK in place of the file. Each fork hands it out once
only: a second session in the same module parses for itself, so that no two sessions ever share an object. Only data
that is installed with the SDK is kept; nothing of a session, client or credential is ever made in the server.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

#: So many bytes of JSON are kept parsed at most; parsed they take two to four times as much memory.
DATA_LIMIT = 16 * 1024 * 1024
#: So many lists and files are kept at most.
ASKED_LIMIT = 1000
_SUFFIXES = (".json", ".json.gz")


class SdkData:
    """Parsed data files by their path without suffix, and the lists of services that the SDK makes of folders."""

    def __init__(self) -> None:
        self._parsed: dict[str, Any] = {}
        self._services: dict[tuple[str, ...], list[str]] = {}
        self._size = 0
        self._asked: set[tuple[str, str]] = set()
        self._folders: list[str] = []
        self._read: Callable[[Any, str], Any] | None = None

    def locate(self) -> list[str]:
        """Find the SDK's data, where botocore is loaded; return the folders."""
        loaders: Any = sys.modules.get("botocore.loaders")
        if loaders is None:
            return []
        boto3 = sys.modules.get("boto3")
        self._read = loaders.JSONFileLoader.load_file
        self._folders = [loaders.Loader.BUILTIN_DATA_PATH]
        if boto3 is not None and boto3.__file__ is not None:
            self._folders.append(os.path.join(os.path.dirname(boto3.__file__), "data"))
        self.learn_services("service-2")
        self.learn_services("endpoint-rule-set-1")
        return self._folders

    def learn_services(self, type_name: str) -> None:
        """List the services of a type, for the search paths that boto3 and botocore have where a user adds none."""
        if self._folders and ("services", type_name) not in self._asked and len(self._asked) < ASKED_LIMIT:
            self._asked.add(("services", type_name))
            for count in range(1, len(self._folders) + 1):
                folders = self._folders[:count]
                loader = sys.modules["botocore.loaders"].Loader(None, None, None, False)
                loader.search_paths.extend(folders)
                self._services[type_name, *folders] = loader.list_available_services(type_name)

    def install(self, asked: Callable[[str, str], None]) -> None:
        """Stand between the SDK and its files, where botocore is loaded.

        :param asked: is told ``data`` and a file of the SDK, or ``services`` and a type that are not kept ready
        """
        loaders: Any = sys.modules.get("botocore.loaders")
        if loaders is None or self._read is None:
            return
        own_data = self._folders[0] + os.sep
        read, listed = self._read, loaders.Loader.list_available_services

        def load_file(this: Any, file_path: str) -> Any:
            if file_path in self._parsed:
                return self._parsed.pop(file_path)
            if file_path.startswith(own_data):
                asked("data", file_path[len(own_data) :])
            return read(this, file_path)

        def list_available_services(this: Any, type_name: str) -> list[str]:
            known = self._services.get((type_name, *filter(os.path.isdir, this.search_paths)))
            if known is None or not isinstance(this.file_loader, loaders.JSONFileLoader):
                asked("services", type_name)
                return list(listed(this, type_name))
            return list(known)

        loaders.JSONFileLoader.load_file = load_file
        loaders.Loader.list_available_services = list_available_services

    def file_of(self, name: str) -> str | None:
        """Return the file that a name below the SDK's data folder stands for, if there is one."""
        if not self._folders:
            return None
        path = os.path.normpath(os.path.join(self._folders[0], name))
        if not path.startswith(self._folders[0] + os.sep):
            return None
        return next((path + suffix for suffix in _SUFFIXES if os.path.isfile(path + suffix)), None)

    def learn(self, name: str) -> None:
        """Parse a data file for the forks to come, if there is such a file, and room."""
        file = self.file_of(name)
        if file is None or self._read is None or ("data", name) in self._asked:
            return
        size = os.path.getsize(file) * (10 if file.endswith(".gz") else 1)
        if self._size + size > DATA_LIMIT:
            return
        self._size += size
        self._asked.add(("data", name))
        path = os.path.join(self._folders[0], name)
        self._parsed[path] = self._read(sys.modules["botocore.loaders"].JSONFileLoader(), path)
        # In a cycle that the collector does not look at, it lives as long as the process: to take it apart at the end
        # of each fork would take as long as to parse it.
        kept: list[Any] = [self._parsed[path]]
        kept.append(kept)
        for operation in self._parsed[path].get("operations", ()):
            sys.modules["botocore"].xform_name(operation)
