# Copyright (c) 2026 the dataai.platform authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The server of the connection plugin ``warm`` and the code that talks to it. See docs/warm.md.

Everything here but ``client.py`` runs in the server, outside of Ansible, and imports the standard library only.
"""

from __future__ import annotations
