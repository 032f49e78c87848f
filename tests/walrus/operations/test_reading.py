# SPDX-License-Identifier: BSD-2-Clause
"""The bytes of an object, piece after piece, from a store in memory."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from walrus.core.conditions import Slice
from walrus.core.pieces import cut
from walrus.core.records import Piece
from walrus.drivers.stores.fake import MemoryReading, MemoryStore
from walrus.drivers.stores.store import Damaged, NoBlob
from walrus.operations.reading import Pieces, remaining
from walrus.operations.world import Opened


class Counting(MemoryStore):
    """Counts the blobs that are open; ``sealed`` tells of them what it is told."""

    def __init__(self, sealed: bool = True) -> None:
        super().__init__()
        self.sealed, self.is_open = sealed, 0

    def open(self, blob: str) -> MemoryReading:
        """One more."""
        reading = _Counted(super().open(blob).piece(0, 1 << 20), self)
        reading.sealed = self.sealed
        self.is_open += 1
        return reading


class _Counted(MemoryReading):
    def __init__(self, held: bytes, store: Counting) -> None:
        super().__init__(held)
        self._counting = store

    def piece(self, first: int, end: int) -> bytes:
        """Two bytes at most, to be asked again."""
        return super().piece(first, min(end, first + 2))

    def close(self) -> None:
        """One fewer."""
        self._counting.is_open -= 1


def laid(store: MemoryStore, texts: list[bytes]) -> list[Piece]:
    """Texts as blobs."""
    store.kept |= {f"{number:032x}": text for number, text in enumerate(texts)}
    return [
        Piece(blob=f"{number:032x}", size=len(text), sha256=hashlib.sha256(text).hexdigest())
        for number, text in enumerate(texts)
    ]


def every(pieces: Pieces) -> Iterator[bytes]:
    """All that is read."""
    while read := pieces.read():
        yield read


@given(
    st.lists(st.binary(max_size=5), max_size=5), st.integers(0, 25), st.integers(0, 25),
    st.booleans(),
)  # fmt: skip
@settings(deadline=None)
def test_a_range_is_read(texts: list[bytes], first: int, end: int, sealed: bool) -> None:
    """It is the range of all bytes, and every file is closed at its end."""
    store = Counting(sealed)
    laid_out, whole = laid(store, texts), b"".join(texts)
    cuts = tuple(cut(laid_out, Slice(first, end)))
    pieces = Pieces(store, cuts)
    assert b"".join(every(pieces)) == whole[first:end]
    assert store.is_open == 0


def test_many_pieces_are_not_all_open() -> None:
    """Those behind the first are opened when their turn comes; if they have gone, NoBlob."""
    store = Counting()
    texts = [bytes([number]) for number in range(200)]
    cuts = tuple(cut(laid(store, texts), Slice(0, 200)))
    pieces = Pieces(store, cuts)
    assert store.is_open == 64
    for blob in list(store.kept)[10:]:
        store.remove(blob)
    read = [pieces.read() for _ in range(64)]
    assert read == texts[:64]
    with pytest.raises(NoBlob):
        pieces.read()
    pieces.close()
    assert store.is_open == 0


@pytest.mark.parametrize("text", [b"longer", b"texu"])
def test_other_bytes_than_recorded(text: bytes) -> None:
    """Of another size, or of another digest where no seal vouches for them."""
    store = Counting(sealed=False)
    (piece,) = laid(store, [b"text"])
    store.kept[piece.blob] = text
    with pytest.raises(Damaged):
        Pieces(store, tuple(cut([piece], Slice(0, 4))))
    assert store.is_open == 0


def test_a_source_that_ends_too_early() -> None:
    """Is not taken for the whole."""
    store = Counting()
    pieces = Pieces(store, tuple(cut(laid(store, [b"text"]), Slice(0, 4))))
    opened = Opened(source=pieces, length=9, head=pieces.read())
    with pytest.raises(Damaged):
        b"".join(remaining(opened))
