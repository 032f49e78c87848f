# SPDX-License-Identifier: BSD-2-Clause
"""The loop: its pace, waking, failing, stopping. On a Clock."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from eucalyptus.contracts.refusals import UNAVAILABLE
from eucalyptus.loop import RETRY, Loop


class Rounds:
    """Counts rounds; each waits for ``gate`` when there is one."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.times: list[float] = []
        self.gate: Deferred[None] | None = None
        self.fail: Exception | None = None
        self.loop = Loop(self.clock, "test", self.round)

    def round(self) -> Awaitable[float]:
        """One round, due again in 10 seconds."""
        return self._round()

    async def _round(self) -> float:
        self.times.append(self.clock.seconds())
        if self.gate is not None:
            await self.gate
        if self.fail is not None:
            raise self.fail
        return 10.0

    def advance(self, *seconds: float) -> None:
        """Let time pass in steps."""
        for step in seconds:
            self.clock.advance(step)


def test_rounds_come_at_their_pace_and_when_woken() -> None:
    """At once, every ten seconds, and whenever somebody wakes it; then ten seconds anew."""
    one = Rounds()
    one.loop.start()
    one.advance(0, 10, 4)
    one.loop.wake()
    one.loop.wake()
    one.advance(0, 9, 1)
    assert one.times == [0, 10, 14, 24]


def test_waking_within_only_shortens() -> None:
    """A round that is due sooner stays due sooner."""
    one = Rounds()
    one.loop.start()
    one.advance(0)
    one.loop.wake_within(3)
    one.loop.wake_within(7)
    one.advance(3)
    assert one.times == [0, 3]


def test_never_twice_at_a_time() -> None:
    """Woken while it runs, it runs again right after."""
    one = Rounds()
    one.gate = Deferred()
    one.loop.start()
    one.advance(0)
    one.loop.wake()
    one.loop.wake()
    one.advance(0, 100)
    assert one.times == [0]
    gate, one.gate = one.gate, None
    gate.callback(None)
    one.advance(0)
    assert one.times == [0, 100]


def test_a_failing_round_is_tried_again() -> None:
    """Whether it was refused or has a bug."""
    one = Rounds()
    one.fail = UNAVAILABLE(reason="Gone.")
    one.loop.start()
    one.advance(0, RETRY)
    assert one.times == [0, RETRY]


def test_a_stopped_loop_waits_for_its_round() -> None:
    """And starts no other."""
    one = Rounds()
    one.gate = Deferred()
    one.loop.start()
    one.advance(0)
    ended: list[Any] = []
    Deferred.fromCoroutine(one.loop.stop()).addBoth(ended.append)
    one.loop.wake()
    assert not ended
    one.gate.callback(None)
    assert ended == [None]
    one.advance(0, 100)
    assert one.times == [0]
    one.gate = None
    one.loop.start()
    one.advance(0)
    assert len(one.times) == 2
