# SPDX-License-Identifier: BSD-2-Clause
"""LISTEN on the reactor: one connection that hears every NOTIFY and comes back when it breaks."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import psycopg2
import psycopg2.extensions
from psycopg2 import sql
from sqlalchemy.engine import make_url
from twisted.internet import threads
from twisted.internet.interfaces import IDelayedCall, IReadDescriptor
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.python.threadpool import ThreadPool
from zope.interface import implementer

Heard = Callable[[str], object]
"""Called with a payload; with "" also after a gap, when anything may have happened."""

_log = Logger()


def address(url: str) -> dict[str, Any]:
    """What psycopg2 is told to reach the database that SQLAlchemy would reach by ``url``."""
    parsed = make_url(url)
    given: dict[str, Any] = parsed.translate_connect_args(username="user", database="dbname")
    return {"connect_timeout": 3, **given, **parsed.query}


def connect(url: str) -> psycopg2.extensions.connection:
    """A raw autocommit connection."""
    opened: psycopg2.extensions.connection = psycopg2.connect(**address(url))
    opened.autocommit = True
    return opened


@implementer(IReadDescriptor)
class _Line:
    """One open listening connection as the reactor sees it."""

    def __init__(
        self,
        connection: psycopg2.extensions.connection,
        heard: Callable[[str, str], None],
        lost: Callable[[object], None],
    ) -> None:
        self._connection = connection
        # libpq closes its descriptor by itself when the server goes away; the reactor must be able
        # to let go of the one it watches after that, so it gets its own.
        self._fd = os.dup(connection.fileno())
        self._heard, self._lost = heard, lost

    def fileno(self) -> int:
        return self._fd

    def logPrefix(self) -> str:
        return "database"

    def doRead(self) -> None:
        try:
            self._connection.poll()
        except psycopg2.Error as failure:
            self._lost(failure)
            return
        while self._connection.notifies:
            notice = self._connection.notifies.pop(0)
            self._heard(notice.channel, notice.payload)

    def connectionLost(self, reason: Failure) -> None:
        self._lost(reason)

    def close(self) -> None:
        self._connection.close()
        os.close(self._fd)


class Listening:
    """Delivers NOTIFY payloads of any number of channels to their callbacks."""

    def __init__(self, url: str, reactor: Any, pool: ThreadPool) -> None:
        self._url, self._reactor, self._pool = url, reactor, pool
        self._callbacks: dict[str, list[Heard]] = {}
        self._line: _Line | None = None
        self._due: IDelayedCall | None = None
        self._opening = self._closed = self._again = False
        self._delay = 0.0

    def listen(self, channel: str, callback: Heard) -> Callable[[], None]:
        """Call ``callback`` for every notice on ``channel`` until the returned function is called.

        It is also called once with "" whenever the line was (re)opened, the first time too, since
        notices before that moment were not heard.
        """
        known = channel in self._callbacks
        self._callbacks.setdefault(channel, []).append(callback)
        if known and self._line is not None:
            self._reactor.callLater(0, self._tell, callback, "")
        else:
            self._reopen()
        return lambda: self._forget(channel, callback)

    def close(self) -> None:
        """Hear nothing any more."""
        self._closed = True
        if self._due is not None:
            self._due.cancel()
            self._due = None
        self._drop()

    def _forget(self, channel: str, callback: Heard) -> None:
        listed = self._callbacks.get(channel, [])
        if callback in listed:
            listed.remove(callback)

    def _reopen(self) -> None:
        """Open a line that knows all channels, at once but only once for many of them."""
        self._drop()
        if self._opening:
            self._again = True
        elif self._due is None and not self._closed:
            self._due = self._reactor.callLater(self._delay, self._open)

    def _open(self) -> None:
        self._due, self._opening, self._again = None, True, False
        opening = threads.deferToThreadPool(
            self._reactor, self._pool, self._dial, tuple(self._callbacks)
        )
        opening.addCallbacks(self._opened, self._failed)
        opening.addErrback(lambda failure: _log.failure("listening broke", failure))

    def _dial(self, channels: tuple[str, ...]) -> psycopg2.extensions.connection:
        opened = connect(self._url)
        with opened.cursor() as cursor:
            for channel in channels:
                cursor.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))
        return opened

    def _opened(self, connection: psycopg2.extensions.connection) -> None:
        self._opening = False
        if self._closed or self._again:
            connection.close()
            self._reopen()
            return
        self._delay = 0.0
        self._line = _Line(connection, self._heard, self._lost)
        self._reactor.addReader(self._line)
        for listed in tuple(self._callbacks.values()):
            for callback in tuple(listed):
                self._tell(callback, "")

    def _failed(self, failure: Failure) -> None:
        self._opening = False
        self._lost(failure.value)

    def _lost(self, why: object) -> None:
        if not self._closed:
            _log.warn("database line lost: {why}", why=str(why).strip())
            self._delay = min(max(self._delay * 2, 0.1), 2.0)
            self._reopen()

    def _drop(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            self._reactor.removeReader(line)
            line.close()

    def _heard(self, channel: str, payload: str) -> None:
        for callback in tuple(self._callbacks.get(channel, ())):
            self._tell(callback, payload)

    def _tell(self, callback: Heard, payload: str) -> None:
        try:
            callback(payload)
        except Exception:
            _log.failure("a listener failed on {payload!r}", payload=payload)
