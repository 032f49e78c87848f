# SPDX-License-Identifier: BSD-2-Clause
"""Signatures already seen, shared by all front workers and kept over restarts."""

from __future__ import annotations

from collections import OrderedDict

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from eucalyptus.database.run import Database, Tx
from eucalyptus.database.schema import replay

KEPT = 3600.0
"""Seconds for which an expired key is still refused: a clock that jumped ahead may come back."""
SWEEP_SECONDS = 30.0
SWEEP_AGAIN = 1.0
"""Seconds until the next sweep when one did not find the end: rows must not come faster."""
SWEEP_ROWS = 5000
REMEMBERED = 4096
"""Keys that a worker knows without asking: whoever repeats a message repeats it often."""


def enter_key(tx: Tx, key: bytes, expires: float, now: float) -> bool:
    """Insert ``key``, or take over a row that expired long ago; False when it still counts."""
    fresh = insert(replay).values(key=key, expires=expires)
    fresh = fresh.on_conflict_do_update(
        index_elements=[replay.c.key],
        set_={"expires": fresh.excluded.expires},
        where=replay.c.expires < now - KEPT,
    )
    return tx.execute(fresh.returning(replay.c.key)).first() is not None


def sweep(tx: Tx, now: float) -> int:
    """Delete rows that expired long ago, a bounded number at a time; gives how many."""
    old = select(replay.c.key).where(replay.c.expires < now - KEPT).limit(SWEEP_ROWS)
    locked = old.with_for_update(skip_locked=True)
    return tx.execute(delete(replay).where(replay.c.key.in_(locked))).rowcount


class DatabaseReplayStore:
    """A ReplayStore in the cloud's database. It sweeps by itself now and then."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._sweep_at = 0.0
        self._entered: OrderedDict[bytes, None] = OrderedDict()

    async def enter(self, key: bytes, expires: float, now: float) -> bool:
        """Remember ``key`` until KEPT after ``expires``; False when it was seen before.

        Durable when True is answered. Raises UNAVAILABLE while the database is away, so that a
        replay never passes for want of memory.
        """
        if key in self._entered:
            return False
        if now >= self._sweep_at:
            self._sweep_at = now + SWEEP_SECONDS
            if await self._database.statement(sweep, now) == SWEEP_ROWS:
                self._sweep_at = now + SWEEP_AGAIN
        fresh = await self._database.statement(enter_key, key, expires, now)
        self._entered[key] = None
        if len(self._entered) > REMEMBERED:
            self._entered.popitem(last=False)
        return fresh
