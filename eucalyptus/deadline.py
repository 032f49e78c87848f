# SPDX-License-Identifier: BSD-2-Clause
"""A moment by which a peer must have done something, moved with every request and hardly ever met.

A delayed call of the reactor costs more to make and to cancel than to read a request's head; so
one is kept, and when it comes too early it looks again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Deadline:
    """``missed`` is called when the deadline has passed.

    ``later(seconds, function)`` makes a delayed call of the clock that ``now()`` reads.
    """

    __slots__ = ("_at", "_call", "_due", "_has_ended", "_later", "_missed", "_now")

    def __init__(
        self,
        later: Callable[[float, Callable[[], None]], Any],
        now: Callable[[], float],
        missed: Callable[[], object],
    ) -> None:
        self._later, self._now, self._missed = later, now, missed
        self._at: float | None = None
        self._call: Any = None
        self._due = 0.0
        self._has_ended = False

    def move(self, seconds: float | None) -> None:
        """The deadline is ``seconds`` from now, at once when that is past; None: there is none."""
        if seconds is None or self._has_ended:
            self._at = None
            return
        seconds = max(seconds, 0.0)  # a reactor takes no time that is past
        self._at = at = self._now() + seconds
        if self._call is None:
            self._due, self._call = at, self._later(seconds, self._look)
        elif at < self._due:
            self._due = at
            self._call.reset(seconds)

    def end(self) -> None:
        """Nobody waits any more, nor will; nothing is left with the clock."""
        self._at, self._has_ended = None, True
        if self._call is not None:
            self._call.cancel()
            self._call = None

    def _look(self) -> None:
        self._call = None
        if self._at is None:
            return
        left = self._at - self._now()
        if left > 0:
            self._due, self._call = self._at, self._later(left, self._look)
        else:
            self._at = None
            self._missed()
