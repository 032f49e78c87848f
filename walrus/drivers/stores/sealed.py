# SPDX-License-Identifier: BSD-2-Clause
"""The seal at the end of a kept blob: a CRC-32C of each stretch of its bytes.

A reader checks every stretch that it touches, so a range is as trustworthy as the whole, at the
price of a few microseconds. The layout behind the last byte, little-endian: four bytes for each
stretch, a mark of eight bytes, the number of the blob's bytes in eight, and the CRC-32C of the
blob's name and of all these in four. So one blob in another's place is noticed as well.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from awscrt.checksums import crc32c

from walrus.drivers.stores.store import Damaged, failing

STRETCH = 256 * 1024
_MOST = 512 * 1024
_MARK = b"\x89WALRUS1"
_HEAD, _TAIL = struct.Struct("<8sQ"), struct.Struct("<8sQI")
_AT_ONCE = 4096


def sealed_size(size: int) -> int:
    """How many bytes the file of a blob of ``size`` bytes has."""
    return size + 4 * _stretches(size) + _TAIL.size


def _stretches(size: int) -> int:
    return -(-size // STRETCH)


def _sum_of(blob: str, sums: bytes, size: int) -> int:
    value: int = crc32c(blob.encode() + sums + _HEAD.pack(_MARK, size))
    return value


class Seal:
    """The seal of a blob that is being written."""

    def __init__(self, blob: str) -> None:
        self._blob, self._size = blob, 0
        self._sums: list[int] = []

    def update(self, data: bytes) -> None:
        """Take the next bytes."""
        view = memoryview(data)
        while view:
            inside = self._size % STRETCH
            if inside == 0:
                self._sums.append(0)
            part, view = view[: STRETCH - inside], view[STRETCH - inside :]
            self._sums[-1] = crc32c(part, self._sums[-1])
            self._size += len(part)

    def closing(self) -> bytes:
        """What goes behind the last byte."""
        sums = struct.pack(f"<{len(self._sums)}I", *self._sums)
        return sums + _TAIL.pack(_MARK, self._size, _sum_of(self._blob, sums, self._size))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """What lies in a store: ``total`` bytes with the seal. ``read(length, first)`` gives bytes of
    it, ``close()`` lets go."""

    total: int
    read: Callable[[int, int], bytes]
    close: Callable[[], object]


def sealed_file(fd: int) -> Sealed:
    """An open file, which it then owns."""
    return Sealed(
        total=os.fstat(fd).st_size, read=partial(os.pread, fd), close=partial(os.close, fd)
    )


class SealedReading:
    """A sealed blob, open for reading; owns what it reads. Raises Damaged or StoreFailed."""

    def __init__(self, inner: Sealed, blob: str) -> None:
        self._inner, self._read = inner, inner.read
        try:
            with failing():
                self.size, self._sums = _unsealed(inner, blob)
        except BaseException:
            inner.close()
            raise
        self.sealed = self._sums is not None

    def piece(self, first: int, end: int) -> bytes:
        """Checked bytes from ``first`` up to ``end``, at most half a MiB of them."""
        start = first - first % STRETCH
        stop = min(start + _MOST, -(-end // STRETCH) * STRETCH, self.size)
        with failing():
            read = self._read(stop - start, start)
        if len(read) != stop - start or not self._right(read, start):
            raise Damaged(f"bytes {start} to {stop}")
        return read if (start, stop) == (first, end) else read[first - start : end - start]

    def _right(self, read: bytes, start: int) -> bool:
        if self._sums is None:
            return True
        view, number = memoryview(read), start // STRETCH
        parts = (view[at : at + STRETCH] for at in range(0, len(read), STRETCH))
        return all(crc32c(part) == self._sums[number + n] for n, part in enumerate(parts))

    def close(self) -> None:
        """Let go."""
        self._inner.close()


def _unsealed(inner: Sealed, blob: str) -> tuple[int, Sequence[int] | None]:
    """The number of a blob's bytes, and the sums of its stretches if it has a seal."""
    total = inner.total
    end = inner.read(min(total, _AT_ONCE), max(total - _AT_ONCE, 0))
    if len(end) < _TAIL.size or end[-_TAIL.size :][: len(_MARK)] != _MARK:
        return total, None
    _, size, wanted = _TAIL.unpack(end[-_TAIL.size :])
    length = 4 * _stretches(size)
    if size + length + _TAIL.size != total:
        raise Damaged(f"{total} bytes instead of {sealed_size(size)}")
    sums = end[-_TAIL.size - length : -_TAIL.size]
    if len(sums) < length:
        sums = inner.read(length, size)
    if _sum_of(blob, sums, size) != wanted:
        raise Damaged("the seal is broken")
    return size, struct.unpack(f"<{_stretches(size)}I", sums)
