# SPDX-License-Identifier: BSD-2-Clause
"""Recorded answers: a byte-identical repeat of a mutating Query request has no second effect.

Answers may hold secrets (a new access key), so they are sealed like all secrets at rest.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from twisted.internet.task import deferLater

from eucalyptus.contracts.refusals import UNAVAILABLE
from eucalyptus.database.replay import KEPT, SWEEP_AGAIN, SWEEP_SECONDS
from eucalyptus.database.run import Database, Tx
from eucalyptus.database.schema import recorded
from eucalyptus.secrets import Sealer

WAIT = 20.0
"""Seconds that a repeat waits for the first request to be answered."""
STEP = 0.2
SWEEP_ROWS = 1000


def claim(tx: Tx, key: bytes, expires: float, now: float) -> bool:
    """Whether this request is the first of its kind; the row is then ours to finish."""
    first = insert(recorded).values(key=key, expires=expires)
    first = first.on_conflict_do_update(
        index_elements=[recorded.c.key],
        set_={"expires": first.excluded.expires, "answer": None},
        where=recorded.c.expires < now - KEPT,
    )
    return tx.execute(first.returning(recorded.c.key)).first() is not None


def answer_of(tx: Tx, key: bytes) -> tuple[bool, bytes | None]:
    """(whether the key is claimed, its sealed answer once there is one)."""
    row = tx.execute(select(recorded.c.answer).where(recorded.c.key == key)).first()
    return row is not None, row.answer if row else None


def record(tx: Tx, key: bytes, answer: bytes) -> None:
    """Keep the answer of a claimed request."""
    tx.execute(update(recorded).where(recorded.c.key == key).values(answer=answer))


def forget(tx: Tx, key: bytes) -> None:
    """Give up a claim, so that the same request may be tried again."""
    tx.execute(delete(recorded).where(recorded.c.key == key))


def sweep(tx: Tx, now: float) -> int:
    """Delete rows that expired long ago, a bounded number at a time; gives how many."""
    old = select(recorded.c.key).where(recorded.c.expires < now - KEPT).limit(SWEEP_ROWS)
    locked = old.with_for_update(skip_locked=True)
    return tx.execute(delete(recorded).where(recorded.c.key.in_(locked))).rowcount


class RecordedAnswers:
    """Answers of mutating requests by a digest of the whole signed request."""

    def __init__(
        self, database: Database, sealer: Sealer, reactor: Any, *, wait: float = WAIT
    ) -> None:
        self._database, self._sealer, self._reactor = database, sealer, reactor
        self._wait = wait
        self._sweep_at = 0.0

    async def begin(self, key: bytes, expires: float, now: float) -> bytes | None:
        """None when the request is new and is to be carried out, else the answer it got.

        After None exactly one of ``finish`` and ``forget`` is to be called. A repeat that comes
        while the first is under way waits for it; raises UNAVAILABLE when that takes too long, as
        after a crash in the middle: then nobody knows and nothing is done a second time.
        """
        if now >= self._sweep_at:
            self._sweep_at = now + SWEEP_SECONDS
            if await self._database.statement(sweep, now) == SWEEP_ROWS:
                self._sweep_at = now + SWEEP_AGAIN
        until = self._reactor.seconds() + self._wait
        while True:
            if await self._database.statement(claim, key, expires, now):
                return None
            claimed, answer = await self._database.statement(answer_of, key)
            if answer is not None:
                return self._sealer.open(answer)
            if claimed and self._reactor.seconds() + STEP > until:
                raise UNAVAILABLE(
                    reason="This very request was received before and has no answer yet. "
                    "Look what became of it and sign a new one."
                )
            if claimed:
                await deferLater(self._reactor, STEP)

    async def finish(self, key: bytes, answer: bytes) -> None:
        """Record the answer, good or bad, of a request that ``begin`` called new."""
        await self._database.statement(record, key, self._sealer.seal(answer))

    async def forget(self, key: bytes) -> None:
        """Let the request be tried again: it failed on our side and changed nothing."""
        await self._database.statement(forget, key)
