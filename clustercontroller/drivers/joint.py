# SPDX-License-Identifier: BSD-2-Clause
"""Work that is done once however many callers wait for it, and goes on when they leave."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure


class Joint:
    """Runs at most one piece of work per key at a time."""

    def __init__(self) -> None:
        self._waiting: dict[str, list[Deferred[None]]] = {}

    def __contains__(self, key: str) -> bool:
        return key in self._waiting

    def do(self, key: str, work: Callable[[], Coroutine[Any, Any, None]]) -> Deferred[None]:
        """Start ``work`` unless some for ``key`` is under way; fires with its outcome.

        Cancelling what is returned stops the waiting, never the work.
        """
        waiter: Deferred[None] = Deferred()
        if key in self._waiting:
            self._waiting[key].append(waiter)
            return waiter
        self._waiting[key] = [waiter]
        Deferred.fromCoroutine(work()).addBoth(self._finish, key)
        return waiter

    def _finish(self, outcome: Failure | None, key: str) -> None:
        for waiter in self._waiting.pop(key):
            if not waiter.called:
                waiter.callback(outcome)  # a Failure becomes the waiter's error
