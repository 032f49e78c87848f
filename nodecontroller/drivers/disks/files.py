# SPDX-License-Identifier: BSD-2-Clause
"""Disks as files: composed and formatted by programs that write into files, never by mounting.

A disk of an image is a qcow2 layer over a read-only base. The base of a composed disk (MBR, root
partition, blank partitions), and of a blank with a filesystem, is itself kept in the cache, so the
second instance of the same image and type costs a few written blocks.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from twisted.internet.defer import DeferredLock, DeferredSemaphore

from eucalyptus.command import CommandFailed, Finished
from nodecontroller.core import qcow2
from nodecontroller.core.disks import SECTOR, Disk, Partition
from nodecontroller.core.domain import Drive
from nodecontroller.drivers.disks import DiskFailed
from nodecontroller.drivers.images import DiskFull
from nodecontroller.drivers.images.cache import Cache, Entry, link

PATIENCE = 7200.0
"""Seconds that one step of making a disk may take."""
SWAP_HEADER = 4096
FULL = b"No space left on device"

Run = Callable[..., Awaitable[Finished]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What making disks needs: ``run`` runs programs, ``in_thread`` blocks in another thread.

    ``layers`` False makes plain copies instead of qcow2 layers (DISABLE_CACHE_SNAPSHOTS).
    """

    run: Run
    in_thread: Callable[..., Awaitable[Any]]
    slots: DeferredSemaphore
    layers: bool = True


class FileDisks:
    """Disks in folders below ``work``, with bases in ``cache``."""

    def __init__(self, work: Path, cache: Cache, tools: Tools) -> None:
        self._work, self._cache, self._tools = work, cache, tools
        self._composing: dict[str, DeferredLock] = {}

    async def make(self, disk: Disk, images: Mapping[str, Path], folder: Path) -> Drive:
        """Make one disk; at most as many at a time as there are slots."""
        await self._tools.slots.acquire()
        try:
            return await self._make(disk, images, folder)
        except OSError as failure:
            if failure.errno in (errno.ENOSPC, errno.EDQUOT):
                raise DiskFull("the disk of the node is full") from failure
            raise
        finally:
            self._tools.slots.release()

    async def prepare(self, folder: Path) -> None:
        """Make the folder; others may pass through it but not look around."""
        await self._tools.in_thread(_prepare, folder)

    async def remove(self, folder: Path) -> None:
        """Remove the folder and, when it was the last, its owner's."""
        await self._tools.in_thread(_remove, folder)

    async def folders(self) -> tuple[Path, ...]:
        """Every instance's folder."""
        return cast("tuple[Path, ...]", await self._tools.in_thread(_folders, self._work))

    async def room(self) -> tuple[int, int]:
        """Bytes in all, bytes free."""
        facts = await self._tools.in_thread(os.statvfs, self._work)
        return facts.f_blocks * facts.f_frsize, facts.f_bavail * facts.f_frsize

    async def _make(self, disk: Disk, images: Mapping[str, Path], folder: Path) -> Drive:
        if not disk.key and not disk.source:
            path = folder / f"disk-{disk.device.letter}.raw"
            await self._tools.in_thread(_empty, path, disk.size)
            return Drive(path=str(path), format="raw", device=disk.device, role=disk.role)
        base = folder / f"disk-{disk.device.letter}.base"
        if disk.key:
            await self._composed(disk, images, base)
        else:
            await self._tools.in_thread(self._base, images[disk.source], base, disk.size)
        return await self._over(base, disk)

    def _base(self, source: Path, base: Path, size: int) -> None:
        """Have ``base`` be ``source``, and a layer over it where there are to be layers; blocks."""
        link(source, base)
        if self._tools.layers:
            path = base.with_suffix(".qcow2")
            path.unlink(missing_ok=True)
            path.write_bytes(qcow2.layer(base.name, size))

    async def _over(self, base: Path, disk: Disk) -> Drive:
        """The disk over ``base``: its layer, or a copy."""
        if self._tools.layers:
            path = base.with_suffix(".qcow2")
            return Drive(path=str(path), format="qcow2", device=disk.device, role=disk.role)
        path = base.with_suffix(".raw")
        await self._call("cp", "--sparse=always", str(base), str(path))
        await self._tools.in_thread(_grow, path, disk.size)
        base.unlink()
        return Drive(path=str(path), format="raw", device=disk.device, role=disk.role)

    async def _composed(self, disk: Disk, images: Mapping[str, Path], base: Path) -> None:
        """Have ``base`` be the composed disk; whoever wants the same one at once waits for it."""
        lock = self._composing.setdefault(disk.key, DeferredLock())
        await lock.acquire()
        try:
            entry = self._cache.find(disk.key) or await self._compose(disk, images)
            await self._tools.in_thread(self._base, entry.path, base, disk.size)
        finally:
            lock.release()
            if not lock.locked:
                self._composing.pop(disk.key, None)

    async def _compose(self, disk: Disk, images: Mapping[str, Path]) -> Entry:
        path = self._cache.begin(disk.key)
        try:
            await self._tools.in_thread(_empty, path, disk.size)
            if disk.partitions:
                await self._call("sfdisk", "-q", str(path), input=_table(disk.partitions))
            for partition in disk.partitions:
                await self._fill(path, partition, images)
            if disk.filesystem == "swap":
                await self._call("mkswap", str(path))
            elif disk.filesystem != "none":
                await self._format(path, disk.filesystem, 0, disk.size)
            commit = self._tools.in_thread(self._cache.commit, disk.key, disk.key)
            return cast(Entry, await commit)
        except BaseException:
            self._cache.abandon(disk.key)
            raise

    async def _fill(self, path: Path, part: Partition, images: Mapping[str, Path]) -> None:
        start, size = part.start * SECTOR, part.sectors * SECTOR
        if part.source:
            await self._pour(images[part.source], path, start)
        elif part.filesystem == "swap":
            header = path.with_name(f"swap-{part.number}")
            await self._tools.in_thread(_empty, header, size)
            await self._call("mkswap", str(header))
            os.truncate(header, SWAP_HEADER)
            await self._pour(header, path, start)
            header.unlink()
        elif part.filesystem != "none":
            await self._format(path, part.filesystem, start, size)

    async def _pour(self, source: Path, target: Path, start: int) -> None:
        await self._call(
            "dd", f"if={source}", f"of={target}", "bs=1M", f"seek={start}", "oflag=seek_bytes",
            "conv=notrunc,sparse", "status=none",
        )  # fmt: skip

    async def _format(self, path: Path, filesystem: str, start: int, size: int) -> None:
        extra = f"offset={start},lazy_itable_init=1,lazy_journal_init=1"
        if filesystem == "ext2":
            extra = f"offset={start},lazy_itable_init=1"
        await self._call(
            "mke2fs", "-q", "-F", "-t", filesystem, "-E", extra, str(path), f"{size // 1024}k"
        )

    async def _call(self, *argv: str, input: bytes = b"") -> None:
        try:
            await self._tools.run(argv, input=input, timeout=PATIENCE)
        except CommandFailed as failure:
            if FULL in failure.finished.err + failure.finished.out:
                raise DiskFull("the disk of the node is full") from failure
            raise DiskFailed(str(failure)) from failure


def _table(partitions: Sequence[Partition]) -> bytes:
    lines = ["label: dos", "unit: sectors"]
    for part in partitions:
        kind = "82" if part.filesystem == "swap" else "83"
        lines.append(f"start={part.start}, size={part.sectors}, type={kind}")
    return ("\n".join(lines) + "\n").encode()


def _empty(path: Path, size: int) -> None:
    path.unlink(missing_ok=True)
    with path.open("wb") as file:
        file.truncate(size)


def _grow(path: Path, size: int) -> None:
    path.chmod(0o644)
    if path.stat().st_size < size:
        os.truncate(path, size)


def _prepare(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for place in (folder.parent, folder):
        place.chmod(0o711)


def _remove(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)
    try:
        folder.parent.rmdir()
    except OSError as failure:
        if failure.errno not in (errno.ENOTEMPTY, errno.ENOENT, errno.EEXIST):
            raise


def _folders(work: Path) -> tuple[Path, ...]:
    return tuple(sorted(p for p in work.glob("*/*") if p.is_dir()))
