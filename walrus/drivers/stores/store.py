# SPDX-License-Identifier: BSD-2-Clause
"""What a store of bytes promises. Every call blocks: operations make them in threads."""

from __future__ import annotations

import errno
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol


class NoBlob(Exception):
    """There is no blob of this name."""


class StoreFailed(Exception):
    """The store cannot keep or give bytes; ``full`` says that it only lacks room."""

    def __init__(self, reason: str, *, full: bool = False) -> None:
        super().__init__(reason)
        self.full = full


class StoreAway(StoreFailed):
    """The store cannot be reached or refuses us, now; the reason is a sentence for callers."""


class Damaged(Exception):
    """The bytes that lie in the store are not those that were written."""


@contextmanager
def failing() -> Iterator[None]:
    """Operating system errors as what they mean for the store."""
    try:
        yield
    except OSError as failure:
        full = failure.errno in (errno.ENOSPC, errno.EDQUOT)
        raise StoreFailed(str(failure), full=full) from failure


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A kept blob: its bytes with the seal, when it was written (POSIX seconds), its place."""

    blob: str
    size: int
    since: float
    where: str


class Reading(Protocol):
    """One blob being read, whatever becomes of its name meanwhile.

    ``sealed`` says that ``piece`` checks what it gives; a blob from before there were seals is
    only as good as its SHA-256.
    """

    size: int
    sealed: bool

    def piece(self, first: int, end: int) -> bytes:
        """Bytes from ``first`` up to ``end``, or fewer, but some; raises Damaged or StoreFailed."""
        ...

    def close(self) -> None:
        """Let go."""
        ...


class Writing(Protocol):
    """One blob being written. It ends with ``release`` (kept or not) exactly once."""

    blob: str

    def write(self, data: bytes) -> None:
        """Append ``data``; raises StoreFailed."""
        ...

    def keep(self) -> None:
        """Make the blob durable under its name before returning; raises StoreFailed."""
        ...

    def release(self) -> None:
        """Let go. A blob that was not kept leaves nothing behind."""
        ...


class Store(Protocol):
    """Blobs: named once, written once, then only read or removed."""

    def prepare(self) -> None:
        """Make the store usable; raises StoreFailed."""
        ...

    def begin(self, blob: str) -> Writing:
        """Start to write a new blob; its name is 32 hex digits never used before."""
        ...

    def open(self, blob: str) -> Reading:
        """The blob's bytes, readable until closed even if it is removed.

        Raises NoBlob, Damaged or StoreFailed.
        """
        ...

    def remove(self, blob: str) -> None:
        """Remove a blob if it is there."""
        ...

    def sweep(self, named: Callable[[Collection[str]], Collection[str]]) -> int:
        """Remove what crashes left: unfinished blobs, and those not among ``named``.

        ``named`` gives those of some blobs that are recorded; it is asked again after a blob is
        known to have no writer, so that none is lost whose record is just being committed.
        Gives the number of files removed.
        """
        ...


class Inspectable(Protocol):
    """A store that tells what lies in it."""

    def attach(self) -> bool:
        """Open a store that was prepared before, changing nothing; False if there is none."""
        ...

    def listed(self) -> tuple[Listed, ...]:
        """Every kept blob; raises StoreFailed."""
        ...

    def remove_idle(self, blob: str) -> None:
        """Remove a blob that nobody writes."""
        ...
