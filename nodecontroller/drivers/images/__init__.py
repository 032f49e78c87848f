# SPDX-License-Identifier: BSD-2-Clause
"""Where images come from, and the cache that keeps them."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from nodecontroller.core.disks import Fetched, Source


class ImageUnavailable(Exception):
    """An image could not be had; the text says which and why."""


class DiskFull(Exception):
    """There is no room to keep what was asked for."""


class Images(Protocol):
    """Fetches images. An image that is here stays as it is for as long as a link to it lives."""

    async def fetch(self, source: Source, into: Path) -> Fetched:
        """Make ``source`` available as the file ``into``, read-only.

        Raises ImageUnavailable or DiskFull; then ``into`` does not exist. May be cancelled.
        """
        ...
