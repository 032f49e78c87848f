# SPDX-License-Identifier: BSD-2-Clause
"""Recorded answers: a byte-identical repeat of a mutating Query request has no second effect.

Answers may hold secrets (a new access key), so they are sealed like all secrets at rest. Claims
are on the disk no later than what is done under them, which is all that is promised.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import delete, select
from twisted.internet.task import deferLater

from eucalyptus.contracts.refusals import UNAVAILABLE
from eucalyptus.database.replay import KEPT, SWEEP_AGAIN, SWEEP_SECONDS
from eucalyptus.database.run import Database, Tx
from eucalyptus.database.schema import recorded
from eucalyptus.secrets import Sealer
from eucalyptus.together import Company, Together

A = TypeVar("A")
B = TypeVar("B")

WAIT = 20.0
"""Seconds that a repeat waits for the first request to be answered."""
STEP = 0.2
SWEEP_ROWS = 1000
CLAIMS, ANSWERS = 256, 32
"""Claims, and answers, that go to the database together when they come while it is busy."""


_CLAIM = """
INSERT INTO ground.recorded AS known (key, expires)
SELECT * FROM unnest(%s::bytea[], %s::float8[])
ON CONFLICT (key) DO UPDATE SET expires = excluded.expires, answer = NULL
WHERE known.expires < %s RETURNING key
"""
"""Gives the keys of requests that are the first of their kind; they are then ours to finish."""
_ANSWER = "SELECT answer FROM ground.recorded WHERE key = %s"
_RECORD = """
UPDATE ground.recorded AS known SET answer = said.answer
FROM unnest(%s::bytea[], %s::bytea[]) AS said (key, answer) WHERE known.key = said.key
"""
_FORGET = "DELETE FROM ground.recorded WHERE key = %s"


@dataclass(frozen=True, slots=True)
class _Claim:
    """The key of a request, until when it counts, and the time (POSIX seconds)."""

    key: bytes
    expires: float
    now: float


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
        self._claiming: Together[_Claim, bool] = Together(self._claim, CLAIMS)
        self._recording: Together[tuple[bytes, bytes], None] = Together(self._record, ANSWERS)

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
            if await self._claiming.do(_Claim(key, expires, now)):
                return None
            claimed = await self._database.brief(_ANSWER, key, repeatable=True)
            if claimed and claimed[0][0] is not None:
                return self._sealer.open(bytes(claimed[0][0]))
            if claimed and self._reactor.seconds() + STEP > until:
                raise UNAVAILABLE(
                    reason="This very request was received before and has no answer yet. "
                    "Look what became of it and sign a new one."
                )
            if claimed:
                await deferLater(self._reactor, STEP)

    async def finish(self, key: bytes, answer: bytes) -> None:
        """Record the answer, good or bad, of a request that ``begin`` called new."""
        await self._recording.do((key, self._sealer.seal(answer)))

    async def forget(self, key: bytes) -> None:
        """Let the request be tried again: it failed on our side and changed nothing."""
        await self._database.brief(_FORGET, key, repeatable=True)

    async def _claim(self, claims: Company[_Claim, bool]) -> Sequence[bool]:
        await self._end_of_turn(claims)
        # In one order everywhere, or two workers could wait for each other's rows; of two claims
        # of the same key the later one is told to wait.
        first = {claim.key: claim for claim in reversed(claims)}
        keys = sorted(first)
        until = min(claim.now for claim in claims) - KEPT
        rows = await self._database.brief(_CLAIM, keys, [first[key].expires for key in keys], until)
        new = {bytes(row[0]) for row in rows}
        return [claim.key in new and claim is first[claim.key] for claim in claims]

    async def _record(self, answers: Company[tuple[bytes, bytes], None]) -> Sequence[None]:
        await self._end_of_turn(answers)
        keys, sealed = [key for key, _ in answers], [text for _, text in answers]
        await self._database.brief(_RECORD, keys, sealed, repeatable=True)
        return [None] * len(answers)

    async def _end_of_turn(self, company: Company[A, B]) -> None:
        """Whoever comes in the same turn of the reactor goes along: what was done together is
        answered in one turn, and a statement costs more than its rows."""
        await deferLater(self._reactor, 0)
        company.join()
