# SPDX-License-Identifier: BSD-2-Clause
"""Doing for many at once what costs about the same as for one: a commit, a sync of the disk."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from threading import Lock
from typing import Generic, TypeVar, overload

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from eucalyptus.contracts.refusals import Refused

A = TypeVar("A")
B = TypeVar("B")


class Company(Sequence[A], Generic[A, B]):
    """Those who go together, in the order in which they came. It grows only when told to."""

    def __init__(self, waiting: deque[tuple[A, Deferred[B]]], most: int) -> None:
        self._waiting, self._most = waiting, most
        self._lock = Lock()
        self._members: list[tuple[A, Deferred[B]]] = []
        self._has_left = False
        self.join()

    def join(self) -> None:
        """Take along who waits by now. It may be called in a thread; once done, nobody joins."""
        with self._lock:
            while self._waiting and len(self._members) < self._most and not self._has_left:
                self._members.append(self._waiting.popleft())

    def leave(self) -> Sequence[Deferred[B]]:
        """Nobody joins any more; gives those to tell."""
        with self._lock:
            self._has_left = True
        return [done for _, done in self._members]

    def __len__(self) -> int:
        return len(self._members)

    @overload
    def __getitem__(self, at: int) -> A: ...

    @overload
    def __getitem__(self, at: slice) -> Sequence[A]: ...

    def __getitem__(self, at: int | slice) -> A | Sequence[A]:
        if isinstance(at, slice):
            return [one for one, _ in self._members[at]]
        return self._members[at][0]


class Together(Generic[A, B]):
    """What comes while something is under way is done together, next.

    ``work`` gives an outcome for each of what it is handed, in order; a Refused or a Failure among
    them is raised for its caller alone, what ``work`` raises itself for all. At most ``most`` go
    together. Work that has to wait itself may let those ``join`` who came meanwhile.
    ``soon`` calls a function in the reactor's next turn, for work so short that the first should
    wait for whatever else comes in this one; without it nobody waits for company.
    """

    def __init__(
        self,
        work: Callable[[Company[A, B]], Awaitable[Sequence[B | Refused | Failure]]],
        most: int = 64,
        soon: Callable[[Callable[[], object]], object] = lambda begin: begin(),
    ) -> None:
        self._work, self._most, self._soon = work, most, soon
        self._waiting: deque[tuple[A, Deferred[B]]] = deque()
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
            company = Company(self._waiting, self._most)
            try:
                outcomes = await self._work(company)
                _tell(company.leave(), outcomes)
            except BaseException:
                # Whatever it is, it is theirs to hear who wait.
                waiting = company.leave()
                _tell(waiting, [Failure()] * len(waiting))
        self._is_busy = False


def _tell(waiting: Sequence[Deferred[B]], outcomes: Sequence[B | Refused | Failure]) -> None:
    for done, outcome in zip(waiting, outcomes, strict=True):
        if done.called:
            continue
        if isinstance(outcome, (Refused, Failure)):
            done.errback(outcome)
        else:
            done.callback(outcome)
