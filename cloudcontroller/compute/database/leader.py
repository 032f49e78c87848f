# SPDX-License-Identifier: BSD-2-Clause
"""One leader among any number of daemons: whoever holds an advisory lock of the database.

The lock belongs to a connection of its own: it is free the moment its holder dies.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg2
import psycopg2.extensions
from twisted.internet import threads
from twisted.internet.task import deferLater
from twisted.logger import Logger
from twisted.python.threadpool import ThreadPool

from eucalyptus.database.listening import connect

LOCK = 8773
EVERY = 1.0
"""Seconds between two looks: for the lock while it is another's, at the connection while ours."""

_log = Logger()


class Leadership:
    """Waits for the lock, holds it, and notices when it is lost with its connection."""

    def __init__(self, url: str, reactor: Any) -> None:
        self._url, self._reactor = url, reactor
        self._pool = ThreadPool(0, 1, name="leader")
        self._pool.start()
        reactor.addSystemEventTrigger("during", "shutdown", self._pool.stop)
        self._connection: psycopg2.extensions.connection | None = None

    async def gain(self) -> None:
        """Return once this process is the leader."""
        while not await self._run(self._try):
            await deferLater(self._reactor, EVERY)
        _log.info("leading: this daemon runs the cloud's loops")

    async def lose(self) -> None:
        """Return once this process is not the leader any more."""
        while await self._run(self._holds):
            await deferLater(self._reactor, EVERY)
        _log.warn("not leading any more: the connection that held the lock is gone")

    async def give_up(self) -> None:
        """Let another lead."""
        await self._run(self._drop)

    async def _run(self, work: Callable[[], bool]) -> bool:
        done: bool = await threads.deferToThreadPool(self._reactor, self._pool, work)
        return done

    def _try(self) -> bool:
        try:
            self._connection = self._connection or connect(self._url)
            with self._connection.cursor() as cursor:
                cursor.execute("SELECT pg_try_advisory_lock(%s)", (LOCK,))
                (got,) = cursor.fetchone() or (False,)
        except psycopg2.Error:
            return self._drop()
        return bool(got)

    def _holds(self) -> bool:
        if self._connection is None:
            return False
        try:
            with self._connection.cursor() as cursor:
                cursor.execute("SELECT 1")
        except psycopg2.Error:
            return self._drop()
        return True

    def _drop(self) -> bool:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        return False
