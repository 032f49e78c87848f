# SPDX-License-Identifier: BSD-2-Clause
"""Disks for rehearsals and tests: empty files in the right places, made by nobody."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from nodecontroller.core.disks import Disk
from nodecontroller.core.domain import Drive
from nodecontroller.drivers.images import DiskFull

GIB = 2**30


class FakeDisks:
    """Disks in folders below ``work``; ``free`` bytes are left, none of which is ever used up."""

    def __init__(self, work: Path, free: int = 500 * GIB) -> None:
        self._work = work
        self.size, self.free = free, free
        self.made: list[Disk] = []

    async def make(self, disk: Disk, images: Mapping[str, Path], folder: Path) -> Drive:
        """Make an empty file; without free bytes the disk is full."""
        if not self.free:
            raise DiskFull("the disk of the node is full")
        self.made.append(disk)
        path = folder / f"disk-{disk.device.letter}.raw"
        path.touch()
        return Drive(path=str(path), format="raw", device=disk.device, role=disk.role)

    async def prepare(self, folder: Path) -> None:
        """Make the folder."""
        folder.mkdir(parents=True, exist_ok=True)

    async def remove(self, folder: Path) -> None:
        """Remove the folder."""
        shutil.rmtree(folder, ignore_errors=True)

    async def folders(self) -> tuple[Path, ...]:
        """Every instance's folder."""
        return tuple(sorted(self._work.glob("*/*")))

    async def room(self) -> tuple[int, int]:
        """What it was told."""
        return self.size, self.free
