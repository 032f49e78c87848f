# SPDX-License-Identifier: BSD-2-Clause
"""Forgetting instances that are long over, and removing folders that nobody owns."""

from __future__ import annotations

from pathlib import Path

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall
from twisted.logger import Logger

from nodecontroller.core.lifecycle import State
from nodecontroller.world import World

EVERY = 2
"""Looks of the watch per sweep."""
LOW = 0.1
"""The part of the disk that should be free."""


class Sweep:
    """A sweep for every second look. A folder without an owner is removed by the second sweep that
    finds it, so that one whose record is just being written is safe."""

    log = Logger()

    def __init__(self, world: World) -> None:
        self._world = world
        self._next: IDelayedCall | None = None
        self._seen: set[Path] = set()
        self._is_low = self._stopped = False

    def start(self) -> None:
        """Sweep from now on."""
        self._schedule()

    def stop(self) -> None:
        """Sweep no more."""
        self._stopped = True
        if self._next is not None and self._next.active():
            self._next.cancel()

    def _schedule(self) -> None:
        if not self._stopped:
            pause = EVERY * self._world.settings.period
            self._next = self._world.tools.reactor.callLater(pause, self._begin)

    def _begin(self) -> None:
        Deferred.fromCoroutine(self._turn())

    async def _turn(self) -> None:
        try:
            await self.sweep()
        except Exception:
            self.log.failure("a sweep failed")
        finally:
            self._schedule()

    async def sweep(self) -> None:
        """Sweep once."""
        await self._forget()
        await self._remove_orphans()
        self._look_at_room()

    async def _forget(self) -> None:
        world = self._world
        for record in world.roster.all():
            is_over = record.state is State.TEARDOWN
            if is_over and world.roster.age(record.id) >= world.settings.teardown:
                await world.roster.forget(record.id)

    async def _remove_orphans(self) -> None:
        world = self._world
        if world.settings.keep_files or not world.standing.is_reachable:
            return
        orphans = {p for p in await world.drivers.disks.folders() if not self._is_owned(p)}
        for folder in sorted(orphans & self._seen):
            self.log.warn("{folder} belongs to no instance and is removed", folder=str(folder))
            await world.drivers.disks.remove(folder)
        self._seen = orphans - self._seen

    def _is_owned(self, folder: Path) -> bool:
        """Whether an instance, a stranger's domain or an unreadable record has that name."""
        world = self._world
        strangers = {domain.name for domain in world.standing.strangers}
        if folder.name in world.roster.damaged or folder.name in strangers:
            return True
        record = world.roster.get(folder.name)
        return record is not None and world.folder(record) == folder

    def _look_at_room(self) -> None:
        size, free = self._world.standing.disk
        is_low = bool(size) and free < size * LOW
        if is_low and not self._is_low:
            self.log.error(
                "fault 1003: {free} of {size} bytes are free where instances live. Remove what is "
                "not needed from {path}, or give it a larger file system.",
                free=free, size=size, path=str(self._world.settings.instance_path),
            )  # fmt: skip
        self._is_low = is_low
