# SPDX-License-Identifier: BSD-2-Clause
"""Signatures already seen, shared by all front workers and kept over restarts."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Collection
from dataclasses import dataclass, field

from sqlalchemy import delete, select
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from eucalyptus.database.run import Database, Tx
from eucalyptus.database.schema import replay

KEPT = 3600.0
"""Seconds for which an expired key is still refused: a clock that jumped ahead may come back."""
SWEEP_SECONDS = 30.0
SWEEP_AGAIN = 1.0
"""Seconds between sweeps while there is more to sweep than one takes."""
SWEEP_ROWS = 5000
REMEMBERED = 4096
"""Keys that a worker knows without asking: whoever repeats a message repeats it often."""


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


@dataclass(slots=True)
class _Entering:
    """Keys that go to the database together, by when they expire, and who waits."""

    expires: dict[bytes, float] = field(default_factory=dict)
    now: float = math.inf
    done: list[Deferred[Collection[bytes]]] = field(default_factory=list)


class DatabaseReplayStore:
    """A ReplayStore in the cloud's database. It sweeps by itself now and then.

    What arrives while the database is busy with earlier keys is entered together.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._swept = 0.0
        self._next = _Entering()
        self._busy = False
        self._entered: OrderedDict[bytes, float] = OrderedDict()

    async def enter(self, key: bytes, expires: float, now: float) -> bool:
        """Remember ``key`` until KEPT after ``expires``; False when it was seen before.

        When True is answered every worker knows it, and nothing that is made durable later can be
        without it. Raises UNAVAILABLE while the database is away, so that a replay never passes
        for want of memory.
        """
        if now - KEPT <= self._entered.get(key, -math.inf):
            return False
        if now - self._swept > SWEEP_SECONDS:
            self._swept = now
            if await self._database.statement(sweep, now) == SWEEP_ROWS:
                self._swept = now - SWEEP_SECONDS + SWEEP_AGAIN
        if key in self._next.expires:
            return False
        entered: Deferred[Collection[bytes]] = Deferred()
        self._next.expires[key] = expires
        self._next.now = min(self._next.now, now)
        self._next.done.append(entered)
        if not self._busy:
            Deferred.fromCoroutine(self._enter_all())
        fresh = key in await entered
        self._entered[key] = expires
        if len(self._entered) > REMEMBERED:
            self._entered.popitem(last=False)
        return fresh

    async def _enter_all(self) -> None:
        """Enter batches until nobody waits."""
        self._busy = True
        while self._next.done:
            batch, self._next = self._next, _Entering()
            try:
                entered: Collection[bytes] | Failure = await self._enter(batch)
            except Exception:
                entered = Failure()
            for waiting in batch.done:
                waiting.callback(entered)
        self._busy = False

    async def _enter(self, batch: _Entering) -> Collection[bytes]:
        # In one order everywhere, or two workers could wait for each other's rows.
        keys = sorted(batch.expires)
        rows = await self._database.brief(
            _ENTER, keys, [batch.expires[key] for key in keys], batch.now - KEPT
        )
        return {bytes(row[0]) for row in rows}
