# SPDX-License-Identifier: BSD-2-Clause
"""Questions about single names, put to the database together.

While one question is under way those that come meanwhile are collected and become the next one.
So however many strangers show credentials that nobody has, one connection is busy with them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from itertools import islice
from typing import Generic, TypeVar

from twisted.internet.defer import Deferred

T = TypeVar("T")

MOST = 500
"""Names in one question."""


class Together(Generic[T]):
    """``ask`` gives what is known of several names; names that are not known are left out."""

    def __init__(self, ask: Callable[[Sequence[str]], Awaitable[Mapping[str, T]]]) -> None:
        self._ask = ask
        self._waiting: dict[str, list[Deferred[T | None]]] = {}
        self._asking = False

    async def get(self, name: str) -> T | None:
        """What is known of ``name`` now, not before; raises what ``ask`` raises."""
        answer: Deferred[T | None] = Deferred()
        self._waiting.setdefault(name, []).append(answer)
        if not self._asking:
            Deferred.fromCoroutine(self._work())
        return await answer

    async def _work(self) -> None:
        self._asking = True
        while self._waiting:
            names = tuple(islice(self._waiting, MOST))
            asked = {name: self._waiting.pop(name) for name in names}
            try:
                found = await self._ask(names)
            except Exception as failure:
                for answers in asked.values():
                    for answer in answers:
                        answer.errback(failure)
            else:
                for name, answers in asked.items():
                    for answer in answers:
                        answer.callback(found.get(name))
        self._asking = False
