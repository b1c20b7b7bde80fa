# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lines of a file, taken up while another process writes them."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import IO

#: Seconds between two looks.
PAUSE = 0.5


@contextlib.contextmanager
def follow(file: IO[str], take: Callable[[str], None]) -> Iterator[None]:
    """Hand over each line that is written to a file, until the end and then what is left.

    Args:
        file: open for reading.
        take: takes a line without its end, in another thread.
    """
    over = threading.Event()

    def look() -> None:
        begun = ""
        while True:
            last = over.wait(PAUSE)
            *lines, begun = (begun + file.read()).split("\n")
            for line in lines:
                take(line)
            if last:
                return

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
