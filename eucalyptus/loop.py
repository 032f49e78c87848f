# SPDX-License-Identifier: BSD-2-Clause
"""Work that is done again and again: at its own pace, and at once when it is woken."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger

from eucalyptus.contracts.refusals import Refused

Work = Callable[[], Awaitable[float]]
"""Does one round and says after how many seconds the next is due."""

RETRY = 2.0
"""Seconds until a round that failed is tried again."""

_log = Logger()


class Loop:
    """Runs ``work`` now, then whenever it said, and at once after ``wake``; never twice at a time.

    A round that fails is logged and tried again; a loop ends only by ``stop``.
    """

    def __init__(self, clock: IReactorTime, name: str, work: Work) -> None:
        self.name = name
        self._clock, self._work = clock, work
        self._due: IDelayedCall | None = None
        self._running = self._again = self._stopped = False
        self._ended: list[Deferred[None]] = []

    def start(self) -> None:
        """Do the first round."""
        self._stopped = False
        self.wake()

    def wake(self) -> None:
        """Do a round at once, or right after the one that is running."""
        if self._stopped:
            return
        if self._running:
            self._again = True
            return
        if self._due is not None:
            self._due.cancel()
        self._due = self._clock.callLater(0, self._begin)

    def wake_within(self, seconds: float) -> None:
        """Do the next round no later than that from now."""
        if self._stopped or self._running or self._due is None:
            return
        if self._due.getTime() > self._clock.seconds() + seconds:
            self._due.reset(seconds)

    async def stop(self) -> None:
        """Start no further round and wait for the one that is running."""
        self._stopped = True
        if self._due is not None:
            self._due.cancel()
            self._due = None
        if self._running:
            ended: Deferred[None] = Deferred()
            self._ended.append(ended)
            await ended

    def _begin(self) -> None:
        self._due = None
        self._running = True
        Deferred.fromCoroutine(self._round())

    async def _round(self) -> None:
        try:
            pause = await self._work()
        except Refused as refused:
            _log.warn("{name}: {why}", name=self.name, why=refused.message)
            pause = RETRY
        except Exception:
            _log.failure("{name}: a round failed", name=self.name)
            pause = RETRY
        self._running = False
        waiting, self._ended = self._ended, []
        for ended in waiting:
            ended.callback(None)
        if not self._stopped:
            again, self._again = self._again, False
            self._due = self._clock.callLater(0 if again else max(pause, 0.0), self._begin)
