# SPDX-License-Identifier: BSD-2-Clause
"""Who has to wait before a signature is looked at: big messages, and addresses that only fail.

Nobody is locked out: an address may be a whole office behind one router. What is dear or
suspicious is merely taken one at a time, one per turn of the reactor, so that between two of them
everybody else is served; and of those that wait, each address gets its turn.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Protocol

from twisted.internet.defer import Deferred

from eucalyptus.access.budget import Allowance, MemoryLedger
from eucalyptus.contracts.refusals import UNAVAILABLE, Refused
from eucalyptus.web.arrivals import Arrived

HEAVY = 32 << 10
"""Bytes of a body from which on it is dear to parse; honest ones rarely have as many."""
MOST = 256
"""Requests that may wait in one worker."""
BURST_SECONDS = 5.0
"""An address may fail for so many seconds' worth at once before it has to wait."""

Soon = Callable[[Callable[[], object]], object]
"""Calls a function in the reactor's next turn."""


def _crowded() -> Refused:
    return UNAVAILABLE(reason="Too many requests are waiting to be looked at.")


class Queue:
    """Requests in waiting, one let go per turn; addresses take turns."""

    def __init__(self, soon: Soon, most: int = MOST) -> None:
        self._soon, self._most = soon, most
        self._waiting: OrderedDict[str, deque[Deferred[None]]] = OrderedDict()
        self._count = 0

    def __len__(self) -> int:
        return self._count

    async def turn(self, source: str) -> None:
        """Wait for a turn; raises UNAVAILABLE when there are too many, first to the greediest."""
        mine = len(self._waiting.get(source, ()))
        if self._count >= self._most:
            greediest = max(self._waiting, key=lambda name: len(self._waiting[name]))
            if len(self._waiting[greediest]) <= mine + 1:
                raise _crowded()
            self._take(greediest, last=True).errback(_crowded())
        waiting: Deferred[None] = Deferred()
        self._waiting.setdefault(source, deque()).append(waiting)
        self._count += 1
        if self._count == 1:
            self._soon(self._next)
        await waiting

    def _next(self) -> None:
        source = next(iter(self._waiting))
        self._waiting.move_to_end(source)
        let_go = self._take(source, last=False)
        if self._count:
            self._soon(self._next)
        let_go.callback(None)

    def _take(self, source: str, *, last: bool) -> Deferred[None]:
        line = self._waiting[source]
        taken = line.pop() if last else line.popleft()
        self._count -= 1
        if not line:
            del self._waiting[source]
        return taken


class Caution(Protocol):
    """Decides when a request may be looked at."""

    async def ponder(self, arrived: Arrived) -> None:
        """Return when this request may be looked at; raises UNAVAILABLE when too many wait."""
        ...

    def failed(self, arrived: Arrived, refused: Refused) -> None:
        """A request was refused before it was carried out."""
        ...


class Trust:
    """Every request is looked at at once."""

    async def ponder(self, arrived: Arrived) -> None:
        """Go on."""

    def failed(self, arrived: Arrived, refused: Refused) -> None:
        """Never mind."""


class Doubts:
    """Which requests have to wait. ``rate`` gives the failures per second that are forgiven."""

    def __init__(self, queue: Queue, clock: Callable[[], float], rate: Callable[[], int]) -> None:
        self._queue, self._rate = queue, rate
        self._failures = MemoryLedger(clock)

    async def ponder(self, arrived: Arrived) -> None:
        """See Caution."""
        if len(arrived.body) > HEAVY:
            # Apart from the same address's other requests, which need not wait for these.
            await self._queue.turn(f"{arrived.source} heavy")
        elif arrived.source in self._failures and self._must_wait(arrived.source):
            await self._queue.turn(arrived.source)

    def failed(self, arrived: Arrived, refused: Refused) -> None:
        """See Caution."""
        if not refused.refusal.is_ours:
            self._failures.spend(arrived.source, 1, self._allowance())

    def _must_wait(self, source: str) -> bool:
        return self._failures.wait(source, self._allowance()) > 0

    def _allowance(self) -> Allowance:
        rate = self._rate()
        return Allowance(rate=rate, burst=rate * BURST_SECONDS)
