# SPDX-License-Identifier: BSD-2-Clause
"""Signatures already seen, shared by all front workers and kept over restarts."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, select

from eucalyptus.database.run import Database, Tx
from eucalyptus.database.schema import replay
from eucalyptus.together import Together

KEPT = 3600.0
"""Seconds for which an expired key is still refused: a clock that jumped ahead may come back."""
SWEEP_SECONDS = 30.0
SWEEP_AGAIN = 1.0
"""Seconds between sweeps while there is more to sweep than one takes."""
SWEEP_ROWS = 5000
REMEMBERED = 4096
"""Keys that a worker knows without asking: whoever repeats a message repeats it often."""
BATCH = 500
"""Keys in one statement."""

_ENTER = """
INSERT INTO ground.replay AS known (key, expires)
SELECT * FROM unnest(%s::bytea[], %s::float8[])
ON CONFLICT (key) DO UPDATE SET expires = excluded.expires WHERE known.expires < %s
RETURNING key
"""
"""Inserts what is new and takes over rows that expired long ago; gives the keys of both."""


def sweep(tx: Tx, now: float) -> int:
    """Delete rows that expired long ago, a bounded number at a time; gives how many."""
    old = select(replay.c.key).where(replay.c.expires < now - KEPT).limit(SWEEP_ROWS)
    locked = old.with_for_update(skip_locked=True)
    return tx.execute(delete(replay).where(replay.c.key.in_(locked))).rowcount


@dataclass(frozen=True, slots=True)
class _Key:
    """A key that is to be entered until ``expires``, by somebody for whom it is ``now``."""

    octets: bytes
    expires: float
    now: float


class DatabaseReplayStore:
    """A ReplayStore in the cloud's database. It sweeps by itself now and then.

    What comes in one turn of the reactor, or while the database is busy with earlier keys, is
    entered together.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._swept = 0.0
        self._entered: OrderedDict[bytes, float] = OrderedDict()
        self._entering: Together[_Key, bool] = Together(self._enter, BATCH, database.soon)

    async def enter(self, key: bytes, expires: float, now: float) -> bool:
        """Remember ``key`` until KEPT after ``expires``; False when it was seen before.

        When True is answered every worker knows it, and nothing that is made durable later can be
        without it. Raises UNAVAILABLE while the database is away, so that a replay never passes
        for want of memory.
        """
        if now - KEPT <= self._entered.get(key, -math.inf):
            return False
        if now - self._swept > SWEEP_SECONDS:
            await self._sweep(now)
        fresh = await self._entering.do(_Key(key, expires, now))
        self._entered[key] = expires
        if len(self._entered) > REMEMBERED:
            self._entered.popitem(last=False)
        return fresh

    async def _sweep(self, now: float) -> None:
        self._swept = now
        if await self._database.statement(sweep, now) == SWEEP_ROWS:
            self._swept = now - SWEEP_SECONDS + SWEEP_AGAIN

    async def _enter(self, batch: Sequence[_Key]) -> list[bool]:
        """Which of them are new; of those that are the same only the first."""
        expires = {key.octets: key.expires for key in reversed(batch)}
        # In one order everywhere, or two workers could wait for each other's rows.
        keys = sorted(expires)
        oldest = min(key.now for key in batch) - KEPT
        rows = await self._database.brief(_ENTER, keys, [expires[key] for key in keys], oldest)
        new = {bytes(row[0]) for row in rows}
        fresh = []
        for key in batch:
            fresh.append(key.octets in new)
            new.discard(key.octets)
        return fresh
