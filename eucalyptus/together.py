# SPDX-License-Identifier: BSD-2-Clause
"""Doing for many at once what costs about the same as for one: a commit, a sync of the disk."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from eucalyptus.contracts.refusals import Refused

A = TypeVar("A")
B = TypeVar("B")


class Together(Generic[A, B]):
    """What comes while something is under way is done together, next.

    ``work`` gives an outcome for each of what it is handed, in order; a Refused or a Failure among
    them is raised for its caller alone, what ``work`` raises itself for all. At most ``most`` go
    together. ``soon`` calls a function in the reactor's next turn, for work so short that the
    first should wait for whatever else comes in this one; without it nobody waits for company.
    """

    def __init__(
        self,
        work: Callable[[Sequence[A]], Awaitable[Sequence[B | Refused | Failure]]],
        most: int = 64,
        soon: Callable[[Callable[[], object]], object] = lambda begin: begin(),
    ) -> None:
        self._work, self._most, self._soon = work, most, soon
        self._waiting: list[tuple[A, Deferred[B]]] = []
        self._is_busy = False

    async def do(self, one: A) -> B:
        """Have ``one`` done; a caller that goes away does not stop it."""
        done: Deferred[B] = Deferred()
        self._waiting.append((one, done))
        if not self._is_busy:
            self._is_busy = True
            self._soon(self._begin)
        return await done

    def _begin(self) -> None:
        Deferred.fromCoroutine(self._go_on())

    async def _go_on(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
            try:
                outcomes: Sequence[B | Refused | Failure]
                outcomes = await self._work([one for one, _ in batch])
            except BaseException:
                # Whatever it is, it is theirs to hear who wait.
                outcomes = [Failure()] * len(batch)
            self._tell(batch, outcomes)
        self._is_busy = False

    def _tell(
        self, batch: Sequence[tuple[A, Deferred[B]]], outcomes: Sequence[B | Refused | Failure]
    ) -> None:
        for (_, done), outcome in zip(batch, outcomes, strict=True):
            if done.called:
                continue
            if isinstance(outcome, (Refused, Failure)):
                done.errback(outcome)
            else:
                done.callback(outcome)
