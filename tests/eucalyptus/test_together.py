# SPDX-License-Identifier: BSD-2-Clause
"""What comes while something is under way is done together, and each hears of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from eucalyptus.contracts.refusals import UNAVAILABLE, Refused
from eucalyptus.together import Company, Together


class Desk:
    """Notes what it is handed and answers when it is told to."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.handed: list[Company[int, int]] = []
        self.answers: list[Deferred[Sequence[int | Refused | Failure]]] = []
        self.together: Together[int, int] = Together(self.work, 3)

    async def work(self, batch: Company[int, int]) -> Sequence[int | Refused | Failure]:
        self.batches.append(list(batch))
        self.handed.append(batch)
        self.answers.append(Deferred())
        return await self.answers[-1]

    def ask(self, *ones: int) -> list[Deferred[int]]:
        return [Deferred.fromCoroutine(self.together.do(one)) for one in ones]


def test_the_first_waits_for_nobody_and_the_rest_go_together() -> None:
    desk = Desk()
    asked = desk.ask(1, 2, 3, 4, 5)
    assert desk.batches == [[1]]
    desk.answers[0].callback([10])
    assert desk.batches == [[1], [2, 3, 4]], "no more than three together"
    desk.answers[1].callback([20, 30, 40])
    desk.answers[2].callback([50])
    assert [one.result for one in asked] == [10, 20, 30, 40, 50]
    (again,) = desk.ask(6)
    desk.answers[3].callback([60])
    assert again.result == 60


def test_a_refusal_is_for_its_caller_alone() -> None:
    desk = Desk()
    first, second, third = desk.ask(1, 2, 3)
    desk.answers[0].callback([UNAVAILABLE(reason="x")])
    desk.answers[1].callback([20, Failure(KeyError("bug"))])
    with pytest.raises(Refused):
        first.result.raiseException()
    assert second.result == 20
    assert third.result.check(KeyError)
    for failed in (first, third):
        failed.addErrback(lambda _: None)


def test_what_the_work_raises_is_for_all_and_the_next_are_done() -> None:
    desk = Desk()
    failed = desk.ask(1)
    failed += desk.ask(2)
    desk.answers[0].errback(OSError("full"))
    desk.answers[1].errback(SystemExit())
    assert failed[0].result.check(OSError) and failed[1].result.check(SystemExit)
    for one in failed:
        one.addErrback(lambda _: None)
    (fine,) = desk.ask(3)
    desk.answers[2].callback([30])
    assert fine.result == 30


def test_who_goes_away_stops_nothing() -> None:
    desk = Desk()
    first, second = desk.ask(1, 2)
    second.addErrback(lambda _: None)
    second.cancel()
    desk.answers[0].callback([10])
    desk.answers[1].callback([20])
    assert first.result == 10 and desk.batches == [[1], [2]]


def test_who_came_meanwhile_may_join() -> None:
    desk = Desk()
    asked = desk.ask(1, 2, 3, 4)
    (going,) = desk.handed
    going.join()
    assert list(going) == [1, 2, 3], "no more than three together"
    assert going[1:] == [2, 3]
    desk.answers[0].callback([10, 20, 30])
    asked += desk.ask(5)
    going.join()
    assert list(going) == [1, 2, 3], "it is over"
    desk.answers[1].callback([40])
    desk.answers[2].callback([50])
    assert [one.result for one in asked] == [10, 20, 30, 40, 50]


def test_who_has_joined_hears_of_a_failure() -> None:
    desk = Desk()
    asked = desk.ask(1, 2)
    desk.handed[0].join()
    desk.answers[0].callback([10])
    assert asked[0].result == 10 and asked[1].result.check(ValueError), "an outcome is missing"
    asked[1].addErrback(lambda _: None)


def test_what_comes_in_one_turn_goes_together_when_it_is_to() -> None:
    """The first then waits for the end of the turn, and no longer."""
    desk, turn = Desk(), list[Callable[[], object]]()
    desk.together = Together(desk.work, 3, turn.append)
    asked = desk.ask(1, 2)
    assert not desk.batches and len(turn) == 1
    turn.pop()()
    asked += desk.ask(3)
    assert desk.batches == [[1, 2]] and not turn
    desk.answers[0].callback([10, 20])
    desk.answers[1].callback([30])
    assert [one.result for one in asked] == [10, 20, 30]
