# SPDX-License-Identifier: BSD-2-Clause
"""A replay store in one file: entries are on the disk before their message is acted on.

The file is a header and records of one size. It is appended to, and rewritten when most of it has
expired. Entries that arrive together share one fsync, made in a thread.
"""

from __future__ import annotations

import hashlib
import os
import struct
import zlib
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, Final

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from eucalyptus.wire.replay import Seen

MAGIC: Final = b"EUCAREPLAY1\n"
_HEADER: Final = struct.Struct(">12sdI")
_RECORD: Final = struct.Struct(">32sdI")
_APPENDING: Final = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_DSYNC
LEAST_COMPACTED: Final = 4096
"""Records below which a rewrite is not worth its while."""

InThread = Callable[[Callable[[], None]], Awaitable[Any]]
"""Runs a function outside of the reactor's thread; ``deferToThread`` is one."""


class DamagedStore(Exception):
    """The file is no replay store. Who removes it lets messages of the last minutes in again."""


def _record(digest: bytes, expires: float) -> bytes:
    packed = struct.pack(">32sd", digest, expires)
    return packed + zlib.crc32(packed).to_bytes(4, "big")


def _header(floor: float) -> bytes:
    packed = struct.pack(">12sd", MAGIC, floor)
    return packed + zlib.crc32(packed).to_bytes(4, "big")


def _records(octets: bytes) -> Iterator[tuple[bytes, float]]:
    """The sound records; ends at the first that is torn or damaged."""
    for at in range(_HEADER.size, len(octets) - _RECORD.size + 1, _RECORD.size):
        piece = octets[at : at + _RECORD.size]
        digest, expires, check = _RECORD.unpack(piece)
        if zlib.crc32(piece[:-4]) != check:
            return
        yield digest, expires


def _read(path: Path) -> Seen:
    """What the file remembers; nothing when there is none. Raises DamagedStore."""
    if not path.exists():
        return Seen()
    octets = path.read_bytes()
    if len(octets) < _HEADER.size or octets[: len(MAGIC)] != MAGIC:
        raise DamagedStore(f"{path} is not a replay store; move it away to start anew")
    _, floor, check = _HEADER.unpack(octets[: _HEADER.size])
    if zlib.crc32(octets[: _HEADER.size - 4]) != check:
        raise DamagedStore(f"the header of {path} is damaged; move it away to start anew")
    seen = Seen(floor)
    for digest, expires in _records(octets):
        seen.add(digest, expires)
    return seen


def _sync_directory(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _rewrite(path: Path, octets: bytes) -> None:
    """Put ``octets`` in the file's place: whole and durable, or not at all."""
    fresh = path.with_name(path.name + ".new")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(octets)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    _sync_directory(path.parent)


class FileReplayStore:
    """A replay store that survives kill -9 of its daemon. One process at a time may use a file."""

    log = Logger()

    def __init__(self, path: Path, in_thread: InThread) -> None:
        """Read ``path`` and rewrite it clean; raises DamagedStore or OSError."""
        self._path = path
        self._in_thread = in_thread
        self._seen = _read(path)
        self._waiting: list[tuple[bytes, Deferred[None]]] = []
        self._writing = False
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _rewrite(path, self._octets())
        self._written = len(self._seen)

    def __len__(self) -> int:
        return len(self._seen)

    async def enter(self, key: bytes, expires: float, now: float) -> bool:
        """See ReplayStore; raises OSError when the disk takes nothing, and then admits nobody."""
        self._seen.forget(now)
        digest = hashlib.sha256(key).digest()
        if not self._seen.add(digest, expires):
            return False
        durable: Deferred[None] = Deferred()
        self._waiting.append((_record(digest, expires), durable))
        if not self._writing:
            self._writing = True
            Deferred.fromCoroutine(self._write())
        await durable
        return True

    async def _write(self) -> None:
        """Write what waits, one fsync for all of it, until nothing waits."""
        try:
            while self._waiting:
                batch, self._waiting = self._waiting, []
                await self._write_batch(batch)
        finally:
            self._writing = False

    async def _write_batch(self, batch: list[tuple[bytes, Deferred[None]]]) -> None:
        octets = b"".join(record for record, _ in batch)
        try:
            await self._in_thread(lambda: self._append(octets))
        except OSError as wrong:
            self.log.error("replay store cannot be written: {wrong}", wrong=wrong)
            for _, durable in batch:
                durable.errback(wrong)
            return
        self._written += len(batch)
        for _, durable in batch:
            durable.callback(None)
        if self._written > max(LEAST_COMPACTED, 2 * len(self._seen)):
            await self._shrink()

    async def _shrink(self) -> None:
        """Rewrite the file without what expired. A failure costs room, not safety."""
        live, octets = len(self._seen), self._octets()
        try:
            await self._in_thread(lambda: _rewrite(self._path, octets))
        except OSError as wrong:
            self.log.warn("replay store cannot be rewritten: {wrong}", wrong=wrong)
        self._written = live

    def _append(self, octets: bytes) -> None:
        # One call writes and syncs: each more would wait for the reactor's thread to make way.
        handle = os.open(self._path, _APPENDING, 0o600)
        try:
            size = os.lseek(handle, 0, os.SEEK_END)
            try:
                if os.write(handle, octets) != len(octets):
                    raise OSError("the disk is full")
            except OSError:
                # A half record would hide all that follow it.
                os.ftruncate(handle, size)
                raise
        finally:
            os.close(handle)

    def _octets(self) -> bytes:
        records = (_record(digest, expires) for digest, expires in self._seen)
        return _header(self._seen.floor) + b"".join(records)
