# SPDX-License-Identifier: BSD-2-Clause
"""Token buckets that all front workers of a host share: a small file, mapped by each of them.

Each slot is two words of eight bytes: a digest of the bucket's name, and the moment at which the
bucket is full again. Nobody locks: a word is written whole, and should two workers change one
bucket in the same microsecond then one of the two requests was free. A lock would let a worker
that is stopped stop the others.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable
from pathlib import Path

from eucalyptus.access.budget import Allowance, spend
from eucalyptus.mapped import mapped

SLOTS = 8192
PROBES = 16
"""Slots in which a name may be; when all are taken the fullest bucket gives way."""
HORIZON = 3600.0
"""No bucket takes longer than this to fill: a later moment was written before a reboot."""


class SharedLedger:
    """The ledger in file ``path``; ``clock`` gives seconds of the host's monotonic clock."""

    def __init__(self, path: Path, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._file = mapped(path, SLOTS * 16)
        words = memoryview(self._file)
        self._names = words[: SLOTS * 8].cast("Q")
        self._full_at = words[SLOTS * 8 :].cast("d")

    def spend(self, name: str, cost: float, allowance: Allowance) -> float:
        """Take tokens from the bucket ``name``: 0.0, or the seconds to wait and none is taken."""
        now, word = self._clock(), _word(name)
        slot, full_at = self._find(word, now)
        after, wait = spend(full_at, cost, allowance, now)
        if not wait:
            self._names[slot] = word
            self._full_at[slot] = after
        return wait

    def _find(self, word: int, now: float) -> tuple[int, float]:
        """The slot of a name and its moment; else the best slot to begin a full bucket in."""
        best, least = 0, float("inf")
        for step in range(PROBES):
            slot = (word + step) % SLOTS
            full_at = self._full_at[slot]
            if not now < full_at < now + HORIZON:
                full_at = now
            if self._names[slot] == word:
                return slot, full_at
            if full_at < least:
                best, least = slot, full_at
        return best, now

    def close(self) -> None:
        """Unmap the file; the buckets stay for the others."""
        self._names.release()
        self._full_at.release()
        self._file.close()


@functools.lru_cache(maxsize=1024)
def _word(name: str) -> int:
    digest = hashlib.blake2b(name.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little")
