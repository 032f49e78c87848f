# SPDX-License-Identifier: BSD-2-Clause
"""The bytes of an object on their way out: piece after piece, each stretch checked.

A reader whose object is replaced goes on undisturbed: the files of the first pieces stay open. Of
an object of more pieces than that, the others may go meanwhile, and the reader is broken off.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from twisted.logger import Logger

from eucalyptus.contracts.s3 import INTERNAL
from walrus.core.conditions import Slice
from walrus.core.pieces import Cut, cut
from walrus.core.records import Piece, Stored
from walrus.drivers.stores.store import Damaged, Reading, Store, StoreFailed
from walrus.operations.receiving import refusal_of
from walrus.operations.world import Opened, Source, World

_log = Logger()
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
        if not reading.sealed and _sha256(reading) != piece.sha256:
            raise Damaged("its SHA-256 is another one")
    except BaseException:
        reading.close()
        raise
    return reading


def _sha256(reading: Reading) -> str:
    digest, at = hashlib.sha256(), 0
    while at < reading.size:
        piece = reading.piece(at, reading.size)
        digest.update(piece)
        at += len(piece)
    return digest.hexdigest()


async def pieces_of(world: World, stored: Stored) -> Sequence[Piece]:
    """The pieces of an object, in order; raises NoBlob when it was replaced meanwhile."""
    return (Piece(blob=stored.blob, size=stored.size, sha256=stored.sha256),)


async def open_stored(world: World, stored: Stored, part: Slice | None = None) -> Opened:
    """An object's bytes, or part of them, of which the first are read and found good.

    Raises NoBlob when the object was replaced meanwhile, INTERNAL when bytes are lost or damaged.
    """
    wanted = part or Slice(0, stored.size)
    cuts = tuple(cut(await pieces_of(world, stored), wanted))
    name = f"{stored.bucket}/{stored.key}"
    return await begin(world, lambda: Pieces(world.store, cuts), Begun(wanted.length, name))


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


def remaining(opened: Opened) -> Iterator[bytes]:
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
