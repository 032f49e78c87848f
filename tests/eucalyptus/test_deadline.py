# SPDX-License-Identifier: BSD-2-Clause
"""A deadline is met or missed when it says, however often it was moved."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.task import Clock

from eucalyptus.deadline import Deadline

MOVES = st.lists(st.tuples(st.integers(0, 20), st.none() | st.integers(1, 20)), max_size=20)
"""After so many seconds the deadline is moved, or taken away."""


@given(MOVES)
def test_it_is_missed_once_and_when_it_says(moves: list[tuple[int, int | None]]) -> None:
    """As if a call had been cancelled and made anew each time."""
    clock, missed = Clock(), list[float]()
    deadline = Deadline(clock.callLater, clock.seconds, lambda: missed.append(clock.seconds()))
    expected, at = list[float](), float("inf")
    for wait, seconds in [*moves, (100, None)]:
        clock.pump([1.0] * wait)
        if at <= clock.seconds():
            expected.append(at)
            at = float("inf")
        at = float("inf") if seconds is None else clock.seconds() + seconds
        deadline.move(seconds)
    assert missed == expected


def test_one_call_serves_many_moves() -> None:
    """Which is what it is for; and at the end none is left."""
    clock = Clock()
    deadline = Deadline(clock.callLater, clock.seconds, lambda: None)
    for _ in range(100):
        clock.advance(0.5)
        deadline.move(60.0)
        deadline.move(None)
        deadline.move(30.0)
        assert len(clock.getDelayedCalls()) == 1
    deadline.end()
    deadline.move(1.0)
    assert not clock.getDelayedCalls(), "an end is the end"
    deadline.end()


def test_what_is_past_is_missed_at_once() -> None:
    """No reactor takes a time that is past."""
    clock, missed, asked = Clock(), list[float](), list[float]()

    def later(seconds: float, work: Callable[[], object]) -> object:
        asked.append(seconds)
        return clock.callLater(seconds, work)

    deadline = Deadline(later, clock.seconds, lambda: missed.append(clock.seconds()))
    deadline.move(-0.5)
    clock.advance(0)
    assert asked == [0.0] and missed == [0.0]
