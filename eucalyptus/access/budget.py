# SPDX-License-Identifier: BSD-2-Clause
"""Token buckets, each kept as one number: the moment at which it will be full again.

A bucket that is full needs no memory at all, so tables of buckets clean themselves: whatever is
past is free. Moments and durations are seconds of one monotonic clock.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """``rate`` tokens a second flow into a bucket that holds ``burst``; rate 0 sets no limit."""

    rate: float
    burst: float

    @property
    def horizon(self) -> float:
        """Seconds from empty to full."""
        return self.burst / self.rate


def spend(full_at: float, cost: float, allowance: Allowance, now: float) -> tuple[float, float]:
    """Take ``cost`` tokens from the bucket that is full again at ``full_at``.

    Gives the bucket afterwards and 0.0, or the bucket as it was and the seconds to wait until the
    tokens are there. More than a whole bucket counts as a whole bucket.
    """
    if not allowance.rate:
        return now, 0.0
    # An allowance that was lowered leaves no debt beyond an empty bucket.
    full_at = min(max(full_at, now), now + allowance.horizon)
    after = full_at + min(cost, allowance.burst) / allowance.rate
    wait = after - now - allowance.horizon
    # Sums of many small numbers: a nanosecond is no reason to refuse.
    return (after, 0.0) if wait <= 1e-9 else (full_at, wait)


class Ledger(Protocol):
    """Buckets by name."""

    def spend(self, name: str, cost: float, allowance: Allowance) -> float:
        """Take tokens from the bucket ``name``: 0.0, or the seconds to wait and none is taken."""
        ...


class MemoryLedger:
    """The ledger of one process; ``most`` bounds it. ``clock`` gives monotonic seconds."""

    def __init__(self, clock: Callable[[], float], most: int = 4096) -> None:
        self._clock, self._most = clock, most
        self._full_at: OrderedDict[str, float] = OrderedDict()

    def __len__(self) -> int:
        return len(self._full_at)

    def __contains__(self, name: str) -> bool:
        """Whether anything was taken from this bucket of late: another one is full."""
        return name in self._full_at

    def spend(self, name: str, cost: float, allowance: Allowance) -> float:
        """See Ledger. Beyond ``most`` the bucket that rested longest is forgotten."""
        now = self._clock()
        after, wait = spend(self._full_at.pop(name, now), cost, allowance, now)
        if after > now:
            self._full_at[name] = after
        if len(self._full_at) > self._most:
            self._full_at.popitem(last=False)
        return wait

    def wait(self, name: str, allowance: Allowance) -> float:
        """Seconds until the bucket has a token; none is taken."""
        now = self._clock()
        return spend(self._full_at.get(name, now), 1, allowance, now)[1]
