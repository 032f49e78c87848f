# SPDX-License-Identifier: BSD-2-Clause
"""An object's bytes are those of its pieces, one after the other; a range is cut out of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from walrus.core.conditions import Slice
from walrus.core.records import Piece


@dataclass(frozen=True, slots=True)
class Cut:
    """Bytes ``first`` up to ``end`` of one piece."""

    piece: Piece
    first: int
    end: int


def size_of(pieces: Iterable[Piece]) -> int:
    """How many bytes they have together."""
    return sum(piece.size for piece in pieces)


def cut(pieces: Iterable[Piece], part: Slice) -> Iterator[Cut]:
    """The bytes of ``part`` of the object that ``pieces`` make; empty pieces give nothing."""
    start = 0
    for piece in pieces:
        first, end = max(part.first - start, 0), min(part.end - start, piece.size)
        if first < end:
            yield Cut(piece, first, end)
        start += piece.size
