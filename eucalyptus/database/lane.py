# SPDX-License-Identifier: BSD-2-Clause
"""A lane beside the thread pool: one asynchronous connection for cheap statements.

A thread costs a statement of one row more than the statement itself. What goes through here is
atomic by itself and is answered before it is on the disk: PostgreSQL writes its log in order, so
whatever is durable later makes it durable too (docs/decisions/0024).
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg2
import psycopg2.extensions
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall, IReadWriteDescriptor
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

from eucalyptus.contracts.refusals import UNAVAILABLE, Refused
from eucalyptus.database.listening import address
from eucalyptus.database.transactions import why_busy
from eucalyptus.deadline import Deadline

PATIENCE = 4.0
"""Seconds after which a caller hears that the database is away."""
PAUSE = 0.1
"""Seconds until a connection that could not be opened is tried again."""
MOST = 1000
"""Statements that may wait; more are refused at once."""

_OPTIONS = "-c synchronous_commit=off -c lock_timeout=3s -c statement_timeout=3s -c timezone=UTC"
_log = Logger()

Rows = Sequence[tuple[Any, ...]]


@dataclass(slots=True)
class _Asked:
    """A statement and who waits for its rows, no longer than ``until`` (the reactor's seconds).

    ``repeatable``: twice is once.
    """

    statement: str
    values: Sequence[object]
    repeatable: bool
    until: float
    waiting: Deferred[Rows] = field(default_factory=Deferred)


@implementer(IReadWriteDescriptor)
class _Wire:
    """One connection as the reactor sees it: whatever happens on it, ``moved`` is called."""

    def __init__(self, url: str, lane: Lane) -> None:
        self.connection = psycopg2.connect(**address(url), options=_OPTIONS, async_=1)
        # libpq closes its descriptor by itself when the server goes away; the reactor must be able
        # to let go of the one it watches after that, so it gets its own.
        self._fd = os.dup(self.connection.fileno())
        self._lane = lane
        self._cursor: Any = None
        self.writes = False

    def fileno(self) -> int:
        return self._fd

    def logPrefix(self) -> str:
        return "database"

    def doRead(self) -> None:
        self._lane.moved(self)

    def doWrite(self) -> None:
        self._lane.moved(self)

    def connectionLost(self, reason: Failure) -> None:
        self._lane.lost(reason.value)

    def send(self, asked: _Asked) -> None:
        if self._cursor is None:
            self._cursor = self.connection.cursor()
        self._cursor.execute(asked.statement, asked.values)

    def rows(self) -> Rows:
        found: Rows = self._cursor.fetchall() if self._cursor.description else []
        return found

    def close(self) -> None:
        self.connection.close()
        os.close(self._fd)


class Lane:
    """Statements one after the other on one connection, which is opened when first needed.

    At most ``most`` of them may wait.
    """

    def __init__(self, url: str, reactor: Any, *, most: int = MOST) -> None:
        self._url, self._reactor, self._most = url, reactor, most
        self._queue: deque[_Asked] = deque()
        self._wire: _Wire | None = None
        self._current: _Asked | None = None
        self._is_open = False
        self._again: IDelayedCall | None = None
        self._patience = Deadline(reactor.callLater, reactor.seconds, self._too_late)

    async def ask(self, statement: str, *values: object, repeatable: bool = False) -> Rows:
        """The rows that ``statement`` gives, its values in psycopg2's style (``%s``).

        Raises UNAVAILABLE within five seconds while the database is away or busy. When the
        connection breaks meanwhile nobody knows whether the statement was carried out: one that
        is ``repeatable`` is asked again, another one is refused.
        """
        if len(self._queue) >= self._most:
            raise UNAVAILABLE(reason="The database is overloaded.")
        until = self._reactor.seconds() + PATIENCE
        asked = _Asked(statement, values, repeatable, until)
        self._queue.append(asked)
        self._go_on()
        return await asked.waiting

    def close(self) -> None:
        """Let go of the connection; whoever still waits is refused."""
        if self._again is not None:
            self._again.cancel()
            self._again = None
        self._drop()
        for asked in (*self._queue, *filter(None, [self._current])):
            self._refuse(asked, "The service is stopping.")
        self._queue.clear()
        self._current = None
        self._patience.end()

    def moved(self, wire: _Wire) -> None:
        """Called by the reactor when the connection may have made progress."""
        try:
            state = wire.connection.poll()
        except psycopg2.Error as failure:
            self._failed(wire, failure)
            return
        if state == psycopg2.extensions.POLL_WRITE:
            wire.writes = True
            self._reactor.addWriter(wire)
            return
        if wire.writes:
            wire.writes = False
            self._reactor.removeWriter(wire)
        if state == psycopg2.extensions.POLL_OK:
            self._is_open = True
            self._finish(wire)

    def lost(self, why: object) -> None:
        """The connection is gone; what was on its way is unknown, the rest waits for another."""
        if self._is_open:
            _log.warn("database lane lost: {why}", why=str(why).strip())
        self._drop()
        asked, self._current = self._current, None
        if asked is not None and asked.repeatable and not asked.waiting.called:
            self._queue.appendleft(asked)
        elif asked is not None:
            self._refuse(asked, "The database went away; the outcome is not known.")
        if self._queue and self._again is None:
            self._again = self._reactor.callLater(PAUSE, self._retry)
        self._watch()

    def _retry(self) -> None:
        self._again = None
        self._go_on()

    def _go_on(self) -> None:
        self._watch()
        if self._current is not None or not self._queue or self._again is not None:
            return
        if self._wire is None:
            self._open()
        elif self._is_open:
            self._send(self._wire, self._queue.popleft())

    def _open(self) -> None:
        try:
            self._wire = _Wire(self._url, self)
        except psycopg2.Error as failure:
            self.lost(failure)
            return
        self._reactor.addReader(self._wire)
        self.moved(self._wire)

    def _send(self, wire: _Wire, asked: _Asked) -> None:
        self._current = asked
        try:
            wire.send(asked)
        except psycopg2.Error as failure:
            self._failed(wire, failure)
            return
        self.moved(wire)

    def _finish(self, wire: _Wire) -> None:
        asked, self._current = self._current, None
        if asked is not None:
            rows = wire.rows()
            if not asked.waiting.called:
                asked.waiting.callback(rows)
        self._go_on()

    def _failed(self, wire: _Wire, failure: psycopg2.Error) -> None:
        if wire.connection.closed or self._current is None or failure.pgcode is None:
            self.lost(failure)
            return
        asked, self._current = self._current, None
        busy = why_busy(failure.pgcode)
        if busy:
            self._refuse(asked, busy)
        elif not asked.waiting.called:
            asked.waiting.errback(failure)
        self._go_on()

    def _watch(self) -> None:
        """See to it that the one who has waited longest does not wait too long."""
        oldest = self._current or (self._queue[0] if self._queue else None)
        self._patience.move(oldest.until - self._reactor.seconds() if oldest else None)

    def _too_late(self) -> None:
        """Refuse the one who has waited longest, and let go of a connection that is stuck."""
        oldest = self._current or self._queue.popleft()
        self._refuse(oldest, "The database does not answer.")
        if oldest is self._current or not self._is_open:
            self.lost("no answer in time")
        self._watch()

    def _refuse(self, asked: _Asked, reason: str) -> None:
        if not asked.waiting.called:
            refused: Refused = UNAVAILABLE(reason=reason)
            asked.waiting.errback(refused)

    def _drop(self) -> None:
        wire, self._wire, self._is_open = self._wire, None, False
        if wire is not None:
            self._reactor.removeReader(wire)
            self._reactor.removeWriter(wire)
            wire.close()
