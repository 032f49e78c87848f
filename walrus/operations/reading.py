# SPDX-License-Identifier: BSD-2-Clause
"""The bytes of an object on their way out: piece after piece, each stretch checked.

A reader whose object is replaced goes on undisturbed: the files of the first pieces stay open. Of
an object of more pieces than that, the others may go meanwhile, and the reader is broken off.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Generator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from twisted.logger import Logger

from eucalyptus.contracts.s3 import INTERNAL, INVALID_REQUEST, PART_NUMBER
from walrus.core import multipart
from walrus.core.asking import Asked
from walrus.core.checksums import Checksum
from walrus.core.conditions import Slice, asked_range
from walrus.core.pieces import Cut, cut
from walrus.core.records import Piece, Stored
from walrus.database import uploads
from walrus.drivers.stores.store import Damaged, NoBlob, Reading, Store, StoreFailed
from walrus.operations.authorising import authorise
from walrus.operations.encrypting import face
from walrus.operations.receiving import refusal_of
from walrus.operations.world import Opened, Source, World

T = TypeVar("T")

_log = Logger()
_TRIES = 4
_HELD = 64
"""Files that one reader holds open at once."""


class Pieces:
    """Bytes cut out of some pieces, in their order. Blocking; one thread at a time.

    ``read`` raises NoBlob, Damaged or StoreFailed, the constructor NoBlob and StoreFailed.
    """

    def __init__(self, store: Store, cuts: Sequence[Cut]) -> None:
        self._store = store
        self._cuts = list(reversed(cuts))
        self._open: dict[Piece, Reading] = {}
        self._at = -1
        try:
            for one in cuts[:_HELD]:
                self._reading(one.piece)
        except BaseException:
            self.close()
            raise

    def read(self) -> bytes:
        """The next bytes, b"" behind the last one."""
        if not self._cuts:
            return b""
        now = self._cuts[-1]
        at = max(self._at, now.first)
        read = self._reading(now.piece).piece(at, now.end)
        self._at = at + len(read)
        if self._at == now.end:
            self._cuts.pop()
            self._open.pop(now.piece).close()
            self._at = -1
        return read

    def _reading(self, piece: Piece) -> Reading:
        if piece not in self._open:
            self._open[piece] = _whole(self._store.open(piece.blob), piece)
        return self._open[piece]

    def close(self) -> None:
        """Let go of every file."""
        while self._open:
            self._open.popitem()[1].close()


def _whole(reading: Reading, piece: Piece) -> Reading:
    """The blob, if it is what the piece says; one without seals is digested first."""
    try:
        if reading.size != piece.size:
            raise Damaged(f"{reading.size} bytes instead of {piece.size}")
        if not reading.sealed and sha256_of(reading) != piece.sha256:
            raise Damaged("its SHA-256 is another one")
    except BaseException:
        reading.close()
        raise
    return reading


def sha256_of(reading: Reading) -> str:
    """Of a whole blob, in hex; raises Damaged or StoreFailed."""
    digest, at = hashlib.sha256(), 0
    while at < reading.size:
        piece = reading.piece(at, reading.size)
        digest.update(piece)
        at += len(piece)
    return digest.hexdigest()


# --- objects --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a reader wants of an object: ``part`` is None for the whole; ``checksum`` is that of
    the wanted bytes, if there is one."""

    part: Slice | None
    checksum: Checksum | None


async def wanted_of(world: World, asked: Asked, stored: Stored) -> Wanted:
    """What a request wants of an object; raises INVALID_RANGE or INVALID_PART."""
    if PART_NUMBER in asked.query:
        return await _numbered(world, asked, stored)
    part = asked_range(asked.headers, stored.etag, stored.size)
    return Wanted(part, stored.checksum if part is None else None)


async def _numbered(world: World, asked: Asked, stored: Stored) -> Wanted:
    number = multipart.part_number(asked.query[PART_NUMBER])
    if "range" in asked.headers:
        raise INVALID_REQUEST(reason="either a range or a part can be asked for")
    if not stored.parts and number == 1:
        return Wanted(Slice(0, stored.size) if stored.size else None, stored.checksum)
    parts = await world.tables.read(uploads.parts_of, stored.assembly)
    span, part = multipart.located(parts, number)
    kept = stored.checksum
    return Wanted(span, replace(kept, value=part.checksum) if kept else None)


async def while_replaced(world: World, asked: Asked, attempt: Callable[[Asked], Awaitable[T]]) -> T:
    """What ``attempt`` gives, made again when it raises NoBlob: the object was replaced meanwhile.

    The new one may be another's, so the caller is authorised again. Raises INTERNAL when bytes
    are lost.
    """
    for _ in range(_TRIES):
        try:
            return await attempt(asked)
        except NoBlob:
            asked = await authorise(world, asked)
    target = asked.target
    _log.error("bytes are lost: {bucket}/{key}", bucket=target.bucket, key=target.key)
    raise INTERNAL()


async def pieces_of(world: World, stored: Stored) -> Sequence[Piece]:
    """The pieces of an object, in order; raises NoBlob when it was replaced meanwhile."""
    if not stored.assembly:
        return (Piece(blob=stored.blob, size=stored.size, sha256=stored.sha256),)
    parts = await world.tables.read(uploads.parts_of, stored.assembly)
    if len(parts) != stored.parts:
        raise NoBlob(stored.assembly)
    return tuple(part.piece for part in parts)


@dataclass(frozen=True, slots=True)
class Seen:
    """An object, and the store as its reader may see it."""

    stored: Stored
    store: Store


async def open_stored(world: World, stored: Stored) -> Opened:
    """An object's bytes for the cloud itself, which knows no customer's key; raises as
    ``open_seen``, and INVALID_REQUEST."""
    return await open_seen(world, Seen(stored, face(world, stored.encryption, {})))


async def open_seen(world: World, seen: Seen, part: Slice | None = None) -> Opened:
    """An object's bytes, or part of them, of which the first are read and found good.

    Raises NoBlob when the object was replaced meanwhile, INTERNAL when bytes are lost or damaged.
    """
    stored = seen.stored
    wanted = part or Slice(0, stored.size)
    cuts = tuple(cut(await pieces_of(world, stored), wanted))
    name = f"{stored.bucket}/{stored.key}"
    return await begin(world, lambda: Pieces(seen.store, cuts), Begun(wanted.length, name))


@dataclass(frozen=True, slots=True)
class Begun:
    """How many bytes are to be read, and of what, for the log."""

    length: int
    name: str


async def begin(world: World, opening: Callable[[], Source], begun: Begun) -> Opened:
    """Open a source and read its first bytes; raises NoBlob or INTERNAL."""

    def work() -> Opened:
        source = opening()
        try:
            head = source.read()
        except BaseException:
            source.close()
            raise
        return Opened(source=source, length=begun.length, head=head, name=begun.name)

    try:
        opened: Opened = await world.in_thread(work)
    except StoreFailed as failure:
        raise refusal_of(failure) from failure
    except Damaged as damage:
        _log.error("stored bytes are damaged: {name}, {why}", name=begun.name, why=str(damage))
        raise INTERNAL() from damage
    return opened


def remaining(opened: Opened) -> Generator[bytes]:
    """Everything, from the head on; closes the source. Blocking; raises Damaged, NoBlob or
    StoreFailed."""
    try:
        piece, left = opened.head, opened.length
        while left > 0:
            if not 0 < len(piece) <= left:
                raise Damaged(f"{left} bytes are missing")
            yield piece
            left -= len(piece)
            piece = opened.source.read() if left else b""
    finally:
        opened.source.close()
