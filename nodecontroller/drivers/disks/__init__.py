# SPDX-License-Identifier: BSD-2-Clause
"""Making disks of images, and keeping the folders they lie in."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from nodecontroller.core.disks import Disk
from nodecontroller.core.domain import Drive


class DiskFailed(Exception):
    """A disk could not be made; the text is the tool's own."""


class Disks(Protocol):
    """Makes disks. A disk full of the node's is images.DiskFull, everything else DiskFailed."""

    async def make(self, disk: Disk, images: Mapping[str, Path], folder: Path) -> Drive:
        """Make ``disk`` in ``folder`` from ``images`` (paths by image id), over a former one."""
        ...

    async def prepare(self, folder: Path) -> None:
        """Make ``folder``, empty but for what a former attempt left."""
        ...

    async def remove(self, folder: Path) -> None:
        """Remove ``folder`` and what is in it; gone already is fine."""
        ...

    async def folders(self) -> tuple[Path, ...]:
        """Every instance's folder that exists: ``work/<owner>/<instance>``."""
        ...

    async def room(self) -> tuple[int, int]:
        """Bytes of the file system that instances live on, and how many of them are free."""
        ...
