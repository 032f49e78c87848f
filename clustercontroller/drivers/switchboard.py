# SPDX-License-Identifier: BSD-2-Clause
"""One conversation per node at a time, each with a limit; a silent node delays nobody else."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from twisted.internet.defer import Deferred, DeferredLock, DeferredSemaphore, TimeoutError
from twisted.internet.interfaces import IReactorTime

from clustercontroller.core.nodes import Node
from clustercontroller.drivers.nodes import Unreachable

A = TypeVar("A")
B = TypeVar("B")
T = TypeVar("T")


class Switchboard:
    """Orders the calls to nodes.

    Commands of the cloud only wait for their own node. Polls and broadcasts also share
    ``fan_out`` places, and those to silent nodes share as many others: dead hosts never keep the
    living ones waiting, and one that comes up waits for few that stay dead.
    """

    def __init__(self, clock: IReactorTime, fan_out: int) -> None:
        self._clock = clock
        self._locks: dict[str, DeferredLock] = {}
        self._lively = DeferredSemaphore(fan_out)
        self._hopeless = DeferredSemaphore(fan_out)

    async def call(
        self, node: Node, call: Callable[[str, A], Awaitable[B]], ask: A, patience: float
    ) -> B:
        """Ask one node; raises what the call raises, and Unreachable after ``patience`` seconds."""
        lock = self._locks.setdefault(node.name, DeferredLock())
        await lock.acquire()
        try:
            return await self._limited(_coroutine(call, node.url, ask), node, patience)
        finally:
            lock.release()

    async def _limited(self, work: Coroutine[Any, Any, B], node: Node, patience: float) -> B:
        answer = Deferred.fromCoroutine(work)
        answer.addTimeout(patience, self._clock)
        try:
            return await answer
        except TimeoutError as late:
            raise Unreachable(f"{node.name} did not answer within {patience:.0f} s") from late

    async def in_turn(self, node: Node, work: Callable[[], Awaitable[T]]) -> T:
        """Do a poll's or broadcast's work for a node when there is a place for it."""
        places = self._hopeless if node.missed else self._lively
        await places.acquire()
        try:
            return await work()
        finally:
            places.release()

    def forget(self, names: frozenset[str]) -> None:
        """Drop what is kept for nodes that are no longer known."""
        self._locks = {k: v for k, v in self._locks.items() if k not in names or v.locked}


async def _coroutine(call: Callable[[str, A], Awaitable[B]], url: str, ask: A) -> B:
    return await call(url, ask)
