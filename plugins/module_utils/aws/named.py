# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Declared kinds of EC2: their names live in a tag, and not every part of EC2 knows new ones at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from ..core.kind import Field, Item, Live
from .declared import Declared, Entry
from .ec2 import by_name, live_with_twins, name_of, name_problems, once_free, once_known, tag_specification
from .session import Aws
from .tags import EC2_TAGS


class Named(Declared):
    """A resource of EC2 that is found by its tag ``Name``.

    Class attributes:
        resource_type: what tags at creation call it.
        held_by: filter that finds the network interfaces that keep it, such as ``subnet_id``; empty where none do.
    """

    resource_type: str
    held_by: str = ""
    tag_limits = EC2_TAGS

    def problems(self, item: Item) -> Iterable[str]:
        """Check the name."""
        yield from name_problems(item)

    def read(self, aws: Aws, items: Sequence[Item], *, everything: bool = False) -> dict[str, Live]:
        """List by name."""
        where = (self.api.reading.operation, self.api.reading.result)
        found = by_name(aws, *where, items, everything=everything, idle=self.is_idle)
        return {name: live_with_twins(entry, lambda one: self.live(aws, one)) for name, entry in found.items()}

    def is_idle(self, entry: Entry) -> bool:
        """Tell whether nothing uses a resource, so that it may go where another one has its name too."""
        return False

    def found(self, one: Field, entry: Entry) -> Any:
        """Return the value of a field as an entry has it."""
        return name_of(entry) if one.name == self.key else super().found(one, entry)

    def create(self, aws: Aws, want: Item) -> bool | None:
        """Create it with its name and tags."""
        service, operation = aws.service(self.api.service), self.api.create
        tags = tag_specification(self.resource_type, want.get("tags"), want["name"])
        self._call(aws, operation, {**self.request(service, operation, want, self.field_names()), **tags})
        return bool(self.settings(service, want))

    def delete(self, aws: Aws, want: Item, live: Live) -> bool | None:
        """Delete it, where interfaces keep it once AWS has removed those of its services."""
        remove = self.identity(aws.service(self.api.service), self.api.delete, live.values)
        if self.held_by:
            once_free(aws, lambda: self._call(aws, self.api.delete, remove), **{self.held_by: live["id"]})
        else:
            self._call(aws, self.api.delete, remove)
        return None

    def _call(self, aws: Aws, operation: str, request: Mapping[str, Any]) -> Any:
        """Make a call; what changes a new resource may come before it is known everywhere."""
        if operation not in self.api.changes:
            return super()._call(aws, operation, request)
        return once_known(partial(super()._call, aws, operation, request))
