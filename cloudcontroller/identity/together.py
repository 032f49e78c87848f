# SPDX-License-Identifier: BSD-2-Clause
"""Questions about single names, put to the database together.

While one question is under way those that come meanwhile are collected and become the next one.
So however many strangers show credentials that nobody has, one connection is busy with them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Generic, TypeVar

from eucalyptus import together

T = TypeVar("T")

MOST = 500
"""Names in one question."""


class Together(Generic[T]):
    """``ask`` gives what is known of several names; names that are not known are left out."""

    def __init__(self, ask: Callable[[Sequence[str]], Awaitable[Mapping[str, T]]]) -> None:
        self._ask = ask
        self._questions: together.Together[str, T | None] = together.Together(self._put, MOST)

    async def get(self, name: str) -> T | None:
        """What is known of ``name`` now, not before; raises what ``ask`` raises."""
        return await self._questions.do(name)

    async def _put(self, names: Sequence[str]) -> list[T | None]:
        found = await self._ask(tuple(dict.fromkeys(names)))
        return [found.get(name) for name in names]
