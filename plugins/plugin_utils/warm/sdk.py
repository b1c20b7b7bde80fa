# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

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
_SUFFIXES = (".json", ".json.gz")


class SdkData:
    """Parsed data files by their path without suffix, and the lists of services that the SDK makes of folders."""

    def __init__(self) -> None:
        self._parsed: dict[str, Any] = {}
        self._services: dict[str, list[str]] = {}
        self._size = 0
        self._folder = ""
        self._read: Callable[[Any, str], Any] | None = None

    def locate(self) -> None:
        """Find the SDK's data, where botocore is loaded."""
        loaders: Any = sys.modules.get("botocore.loaders")
        if loaders is not None and self._read is None:
            self._read = loaders.JSONFileLoader.load_file
            self._folder = loaders.Loader.BUILTIN_DATA_PATH + os.sep
            self._services["service-2"] = loaders.Loader().list_available_services("service-2")

    def install(self, asked: Callable[[str], None]) -> None:
        """Stand between the SDK and its files, where botocore is loaded.

        :param asked: is told each file of the SDK that a module reads
        """
        loaders: Any = sys.modules.get("botocore.loaders")
        if loaders is None or self._read is None:
            return
        read, listed = self._read, loaders.Loader.list_available_services
        own_folder = [self._folder.rstrip(os.sep)]

        def load_file(this: Any, file_path: str) -> Any:
            if file_path in self._parsed:
                return self._parsed.pop(file_path)
            if file_path.startswith(self._folder):
                asked(file_path[len(self._folder) :])
            return read(this, file_path)

        def list_available_services(this: Any, type_name: str) -> list[str]:
            installed_only = [path for path in this.search_paths if os.path.isdir(path)] == own_folder
            if not installed_only or type(this.file_loader) is not loaders.JSONFileLoader:
                return list(listed(this, type_name))
            if type_name not in self._services:
                self._services[type_name] = listed(this, type_name)
            return list(self._services[type_name])

        loaders.JSONFileLoader.load_file = load_file
        loaders.Loader.list_available_services = list_available_services

    def file_of(self, name: str) -> str | None:
        """Return the file that a name below the SDK's data folder stands for, if there is one."""
        path = os.path.normpath(os.path.join(self._folder, name))
        if not self._folder or not path.startswith(self._folder):
            return None
        return next((path + suffix for suffix in _SUFFIXES if os.path.isfile(path + suffix)), None)

    def learn(self, name: str) -> str | None:
        """Parse a data file for the forks to come; return its path if it was, None if there is no room or no file."""
        file = self.file_of(name)
        if file is None or self._read is None or self._folder + name in self._parsed:
            return None
        size = os.path.getsize(file) * (10 if file.endswith(".gz") else 1)
        if self._size + size > DATA_LIMIT:
            return None
        self._size += size
        self._parsed[self._folder + name] = self._read(sys.modules["botocore.loaders"].JSONFileLoader(), self._folder + name)
        return file
