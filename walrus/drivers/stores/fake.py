# SPDX-License-Identifier: BSD-2-Clause
"""Blobs in memory: for laptops and tests. ``room`` bounds the bytes, to rehearse a full disk."""

from __future__ import annotations

from collections.abc import Callable, Collection

from walrus.drivers.stores.store import NoBlob, StoreFailed


class MemoryWriting:
    """One blob being written."""

    def __init__(self, store: MemoryStore, blob: str) -> None:
        self.blob = blob
        self._store = store
        self._held = bytearray()
        store.unfinished[blob] = self._held

    def write(self, data: bytes) -> None:
        """Append, as far as there is room."""
        if self._store.used + len(data) > self._store.room:
            raise StoreFailed("no room left", full=True)
        self._held += data

    def keep(self) -> None:
        """Put the blob among the kept ones."""
        self._store.kept[self.blob] = bytes(self._held)
        self._store.held.add(self.blob)
        del self._store.unfinished[self.blob]

    def release(self) -> None:
        """Forget it unless it was kept."""
        self._store.unfinished.pop(self.blob, None)
        self._store.held.discard(self.blob)


class MemoryReading:
    """One blob being read. Memory needs no seal."""

    sealed = True

    def __init__(self, held: bytes) -> None:
        self._held = held
        self.size = len(held)

    def piece(self, first: int, end: int) -> bytes:
        """The bytes from ``first`` up to ``end``."""
        return self._held[first:end]

    def close(self) -> None:
        """Nothing to let go of."""


class MemoryStore:
    """A store in a dict. ``unfinished`` and ``kept`` show what is there."""

    def __init__(self, room: int = 1 << 30) -> None:
        self.room = room
        self.unfinished: dict[str, bytearray] = {}
        self.kept: dict[str, bytes] = {}
        self.held: set[str] = set()

    @property
    def used(self) -> int:
        """Bytes in use."""
        held = sum(len(piece) for piece in self.unfinished.values())
        return held + sum(len(piece) for piece in self.kept.values())

    def prepare(self) -> None:
        """Nothing to prepare."""

    def begin(self, blob: str) -> MemoryWriting:
        """A new blob."""
        if blob in self.kept or blob in self.unfinished:
            raise StoreFailed(f"{blob} exists")
        return MemoryWriting(self, blob)

    def open(self, blob: str) -> MemoryReading:
        """The blob's bytes."""
        if blob not in self.kept:
            raise NoBlob(blob)
        return MemoryReading(self.kept[blob])

    def remove(self, blob: str) -> None:
        """Remove a blob."""
        self.kept.pop(blob, None)

    def sweep(self, named: Callable[[Collection[str]], Collection[str]]) -> int:
        """Remove kept blobs that nobody recorded; writers in this process are all alive."""
        known = frozenset(named(frozenset(self.kept)))
        orphans = [blob for blob in self.kept if blob not in known and blob not in self.held]
        for blob in orphans:
            del self.kept[blob]
        return len(orphans)
