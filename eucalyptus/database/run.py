# SPDX-License-Identifier: BSD-2-Clause
"""The one door to SQL: ``await database.run(work, …)`` from the reactor.

``work(tx, …)`` is an ordinary function; it runs in a small thread pool inside one transaction,
touches nothing but ``tx`` and returns frozen values, never rows.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, TypeVar

from twisted.internet import defer, threads
from twisted.logger import Logger
from twisted.python.threadpool import ThreadPool

from eucalyptus.contracts.refusals import UNAVAILABLE
from eucalyptus.database.lane import Lane, Rows
from eucalyptus.database.listening import Heard, Listening
from eucalyptus.database.transactions import Kind, Transactions, Tx, notify

__all__ = ["Database", "Tx", "notify"]

P = ParamSpec("P")
T = TypeVar("T")

PATIENCE = 4.0
"""Seconds after which a caller hears that the database is away (the promise is five)."""
LIMIT = 40.0
"""Seconds after which nobody waits for running work any more, whatever became of it."""
QUEUE = 512
"""Pieces of work that may wait for a thread; more would only wait until they are too late."""

_log = Logger()


class Database:
    """A database as a daemon sees it.

    ``threads`` bounds both threads and connections, ``queue`` the work that is under way or waits
    for them.
    """

    def __init__(self, url: str, *, reactor: Any, threads: int = 4, queue: int = QUEUE) -> None:
        self.url = url
        self._most, self._count = queue, 0
        self._reactor = reactor
        self._transactions = Transactions(url, connections=threads, clock=reactor.seconds)
        self._pool = ThreadPool(0, threads, name="database")
        self._pool.start()
        self._lines = ThreadPool(0, 1, name="database-line")
        self._lines.start()
        self._listening = Listening(url, reactor, self._lines)
        self._lane = Lane(url, reactor)
        self._trigger = reactor.addSystemEventTrigger("during", "shutdown", self._stop)

    async def run(
        self, work: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Do ``work(tx, *args)`` in one SERIALIZABLE transaction; it may be run several times.

        Raises UNAVAILABLE within five seconds while the database is away; nothing happened then,
        unless the sentence says that the outcome is unknown. What ``work`` raises rolls back.
        """
        return await self._defer("serializable", work, args, kwargs)

    async def read(
        self, work: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """The same for work that only reads: one consistent snapshot, never a conflict."""
        return await self._defer("snapshot", work, args, kwargs)

    async def statement(
        self, work: Callable[Concatenate[Tx, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """The same in READ COMMITTED, for work whose one statement is atomic by itself."""
        return await self._defer("statement", work, args, kwargs)

    async def brief(self, statement: str, *values: object, repeatable: bool = False) -> Rows:
        """The rows of one cheap SQL statement, atomic by itself, run without a thread.

        What it changed is on the disk no later than whatever is made durable after it, which is
        less than ``statement`` promises. ``repeatable`` ones are asked again when the connection
        breaks. Raises UNAVAILABLE.
        """
        return await self._lane.ask(statement, *values, repeatable=repeatable)

    def soon(self, call: Callable[[], object]) -> None:
        """Call in the reactor's next turn."""
        self._reactor.callLater(0, call)

    def listen(self, channel: str, callback: Heard) -> Callable[[], None]:
        """Call ``callback(payload)`` on the reactor for each NOTIFY; returns how to stop.

        It is called with "" when notices may have been missed (first opening, reconnection).
        """
        return self._listening.listen(channel, callback)

    @property
    def in_use(self) -> int:
        """Connections handed out at this moment."""
        return self._transactions.in_use

    async def close(self) -> None:
        """Stop listening, wait for running work, close every connection."""
        self._reactor.removeSystemEventTrigger(self._trigger)
        self._listening.close()
        self._lane.close()
        await threads.deferToThread(self._halt)

    def _stop(self) -> None:
        self._listening.close()
        self._lane.close()
        self._halt()

    def _halt(self) -> None:
        self._transactions.close()
        self._pool.stop()
        self._lines.stop()
        self._transactions.close()

    def _done(self, outcome: T) -> T:
        self._count -= 1
        return outcome

    async def _defer(self, kind: Kind, work: Callable[..., T], args: Any, kwargs: Any) -> T:
        if self._count >= self._most:
            raise UNAVAILABLE(reason=f"{self._most} requests wait for the database.")
        until = self._reactor.seconds() + PATIENCE

        def attempt() -> T:
            return self._transactions.run(kind, until, work, *args, **kwargs)

        working: defer.Deferred[T] = threads.deferToThreadPool(self._reactor, self._pool, attempt)
        self._count += 1
        working.addBoth(self._done)
        working.addTimeout(LIMIT, self._reactor)
        try:
            return await working
        except defer.TimeoutError:
            _log.error(
                "work {work} took longer than {limit} s", work=work.__qualname__, limit=LIMIT
            )
            raise UNAVAILABLE(
                reason="The database does not answer; the outcome is not known."
            ) from None
