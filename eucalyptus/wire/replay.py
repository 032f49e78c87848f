# SPDX-License-Identifier: BSD-2-Clause
"""Messages seen before: the promise that every replay store keeps, and the store in memory.

Enter a key only after the signature was verified: forgeries must neither fill the store nor
spoil the key of the honest message that they imitate.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Protocol

BUCKET = 16.0
"""Seconds of expiry that are forgotten together."""


class ReplayStore(Protocol):
    """Remembers verified messages until they are stale."""

    async def enter(self, key: bytes, expires: float, now: float) -> bool:
        """Remember ``key`` until ``expires`` (POSIX seconds); False when it was seen before.

        True is said once per key, and only after the key is as durable as the store makes it.
        """
        ...


class Seen:
    """Keys with their expiry, and a floor: what expired before it can no longer be told apart.

    The floor is the latest expiry ever forgotten. While clocks run forward nothing below it is
    offered; when a clock jumps ahead and returns, what was forgotten meanwhile is still refused.
    """

    def __init__(self, floor: float = 0.0) -> None:
        self.floor = floor
        self._expiries: dict[bytes, float] = {}
        self._buckets: defaultdict[int, list[bytes]] = defaultdict(list)

    def __len__(self) -> int:
        return len(self._expiries)

    def __iter__(self) -> Iterator[tuple[bytes, float]]:
        return iter(self._expiries.items())

    def add(self, key: bytes, expires: float) -> bool:
        """Remember ``key``; False when it is known or below the floor."""
        if expires <= self.floor or key in self._expiries:
            return False
        self._expiries[key] = expires
        self._buckets[int(expires // BUCKET)].append(key)
        return True

    def forget(self, now: float) -> None:
        """Drop what expired, a bucket at a time."""
        for bucket in [number for number in self._buckets if (number + 1) * BUCKET <= now]:
            for key in self._buckets.pop(bucket):
                self.floor = max(self.floor, self._expiries.pop(key))


class MemoryReplayStore:
    """A store for one process, forgotten with it: for tests and rehearsals."""

    def __init__(self) -> None:
        self._seen = Seen()

    def __len__(self) -> int:
        return len(self._seen)

    async def enter(self, key: bytes, expires: float, now: float) -> bool:
        """See ReplayStore."""
        self._seen.forget(now)
        return self._seen.add(key, expires)
