# SPDX-License-Identifier: BSD-2-Clause
"""Transactions that end well: retried when PostgreSQL asks for it, refused when it is away.

Blocking; daemons go through ``run.Database``, command lines use this directly.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Concatenate, Literal, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.exc import DBAPIError
from twisted.logger import Logger

from eucalyptus.contracts.refusals import UNAVAILABLE

P = ParamSpec("P")
T = TypeVar("T")
Tx = Connection
"""What ``work`` is handed: it touches nothing else."""

Kind = Literal["serializable", "snapshot", "statement"]

_AGAIN = {"40001", "40P01"}
"""Serialization failure and deadlock: the same work may well succeed the next time."""
_BUSY = {"55P03", "53300", "57014"}
"""Lock not available, too many connections, statement cancelled by its time limit."""
_LOST = {"57P01", "57P02", "57P03", "08000", "08003", "08006", "08001", "08004"}
"""Shut down, crashed, starting up, or the connection broke."""
_FULL = {"53100", "53200", "58030"}
"""Disk full, out of memory, input/output error."""

_CONNECT = {
    "connect_timeout": 3,
    "application_name": "eucalyptus",
    # What is prepared is planned once: planning it again for every use would cost the most of it.
    "options": "-c lock_timeout=4s -c statement_timeout=30s -c plan_cache_mode=force_generic_plan"
    " -c idle_in_transaction_session_timeout=60s -c timezone=UTC",
}
_log = Logger()


def notify(tx: Tx, channel: str, payload: str = "") -> None:
    """Tell every listener of ``channel``, when and only when this transaction commits."""
    tx.execute(
        text("SELECT pg_notify(:channel, :payload)"), {"channel": channel, "payload": payload}
    )


def why_busy(code: str | None) -> str:
    """The sentence for an SQLSTATE after which another try may succeed, "" for any other."""
    if code in _AGAIN:
        return "Too many changes were made at the same time."
    if code in _BUSY:
        return "The database is busy."
    return "The database cannot save at the moment." if code in _FULL else ""


class _UnknownOutcome(Exception):
    """The connection broke while committing: the work may be done or not."""


class Transactions:
    """A pool of connections to one database and the rules by which work is retried on them.

    ``clock`` gives seconds; ``pause`` waits so many seconds (tests hand in their own).
    """

    def __init__(
        self,
        url: str,
        *,
        connections: int = 4,
        clock: Callable[[], float],
        pause: Callable[[float], object] | None = None,
    ) -> None:
        self.url = url
        engine = create_engine(
            url, pool_size=connections, max_overflow=0, pool_timeout=4, connect_args=_CONNECT,
            pool_recycle=3600,
        )  # fmt: skip
        self._pool = engine.pool
        self._engines: dict[Kind, Engine] = {
            "serializable": engine.execution_options(isolation_level="SERIALIZABLE"),
            "snapshot": engine.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            ),
            "statement": engine.execution_options(isolation_level="READ COMMITTED"),
        }
        self._closed = threading.Event()
        self._clock = clock
        self._pause = pause or self._closed.wait

    def run(
        self,
        kind: Kind,
        until: float,
        work: Callable[Concatenate[Tx, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Do ``work(tx, …)`` in one transaction, trying again until the moment ``until``.

        Raises UNAVAILABLE when the database stays away or busy; nothing was done then, unless
        the sentence says that the outcome is unknown. What ``work`` raises rolls back.
        """
        attempt = 0
        while True:
            if self._clock() >= until:
                raise UNAVAILABLE(reason="The database is overloaded.")
            try:
                return self._once(kind, lambda tx: work(tx, *args, **kwargs))
            except DBAPIError as failure:
                reason = self._why(failure, quiet=attempt > 0)
            except _UnknownOutcome:
                raise UNAVAILABLE(
                    reason="The database went away while saving; the outcome is not known."
                ) from None
            attempt += 1
            delay = min(0.005 * 2 ** min(attempt, 6), 0.25)
            if self._closed.is_set() or self._clock() + delay >= until:
                raise UNAVAILABLE(reason=reason)
            self._pause(delay)

    def _once(self, kind: Kind, work: Callable[[Tx], T]) -> T:
        with self._engines[kind].connect() as tx:
            transaction = tx.begin()
            try:
                made = work(tx)
            except BaseException:
                transaction.rollback()
                raise
            try:
                transaction.commit()
            except DBAPIError as failure:
                if failure.connection_invalidated and kind != "snapshot":
                    raise _UnknownOutcome from failure
                raise
            return made

    def _why(self, failure: DBAPIError, *, quiet: bool) -> str:
        """The sentence for a failure worth another try; any other is our bug and goes on."""
        code = getattr(failure.orig, "pgcode", None)
        if busy := why_busy(code):
            if code in _FULL:
                _log.error("database refuses to save: {why}", why=str(failure.orig).strip())
            return busy
        if failure.connection_invalidated or code in _LOST or _never_connected(failure):
            if not quiet:
                _log.warn("database away: {why}", why=str(failure.orig).strip())
            return "The database cannot be reached."
        raise failure

    def close(self) -> None:
        """Close every idle connection; work under way keeps its own until it ends."""
        self._closed.set()
        self._pool.dispose()

    @property
    def in_use(self) -> int:
        """Connections that are handed out at this moment."""
        return int(self._pool.checkedout())  # type: ignore[attr-defined]


def _never_connected(failure: DBAPIError) -> bool:
    """Whether opening the connection failed (libpq gives no SQLSTATE then)."""
    original: Any = failure.orig
    return type(original).__name__ == "OperationalError" and original.pgcode is None
