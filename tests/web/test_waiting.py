# SPDX-License-Identifier: BSD-2-Clause
"""Big messages and addresses that only fail wait their turn; nobody else does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from twisted.internet.defer import Deferred

from eucalyptus.contracts.refusals import AUTH_FAILURE, INTERNAL, Refused
from eucalyptus.web.arrivals import Arrived
from eucalyptus.web.waiting import HEAVY, Doubts, Queue


class Turns:
    """The reactor's next turns, taken by hand."""

    def __init__(self) -> None:
        self._calls: list[Callable[[], object]] = []

    def __call__(self, call: Callable[[], object]) -> None:
        self._calls.append(call)

    def turn(self) -> None:
        """What was asked for so far is done."""
        calls, self._calls = self._calls, []
        for call in calls:
            call()


class Line:
    """A queue, and in which order those who waited were let go."""

    def __init__(self, most: int = 8) -> None:
        self.turns = Turns()
        self.queue = Queue(self.turns, most)
        self.done: list[str] = []

    def wait(self, name: str) -> None:
        """Somebody called ``source-number`` waits."""
        waiting = Deferred.fromCoroutine(self.queue.turn(name.partition("-")[0]))
        waiting.addCallbacks(
            lambda _: self.done.append(name), lambda failure: self.done.append(f"no {name}")
        )


def arrived(source: str, size: int = 10) -> Arrived:
    """A request."""
    return Arrived(method="POST", path="/", query="", headers={}, body=b"x" * size,
                   request_id="r", source=source)  # fmt: skip


def test_one_per_turn_and_each_address_in_turn() -> None:
    """One that sends many does not make another wait for all of them."""
    line = Line()
    for name in ("a-1", "a-2", "a-3", "b-1"):
        line.wait(name)
    assert line.done == []
    for expected in (["a-1"], ["a-1", "b-1"], ["a-1", "b-1", "a-2"]):
        line.turns.turn()
        assert line.done == expected
    line.turns.turn()
    assert len(line.queue) == 0
    line.wait("c-1")
    line.turns.turn()
    assert line.done[-1] == "c-1"


def test_when_too_many_wait_the_greediest_is_told_first() -> None:
    """The queue is bounded; a newcomer from elsewhere still gets in, and nobody starves."""
    line = Line(most=4)
    for number in range(6):
        line.wait(f"a-{number}")
    assert line.done == ["no a-4", "no a-5"]
    line.wait("b-1")
    assert line.done[-1] == "no a-3" and len(line.queue) == 4
    for _ in range(4):
        line.turns.turn()
    assert sorted(line.done[3:]) == ["a-0", "a-1", "a-2", "b-1"]


def test_who_waits_is_refused_with_a_reason_and_a_time() -> None:
    """ServiceUnavailable, to be tried again."""
    queue = Queue(Turns(), most=1)
    failed: list[Any] = []
    Deferred.fromCoroutine(queue.turn("a"))
    Deferred.fromCoroutine(queue.turn("a")).addErrback(failed.append)
    refused = failed[0].value
    assert isinstance(refused, Refused)
    assert refused.refusal.code == "ServiceUnavailable" and refused.retry_after == 1


@pytest.mark.parametrize("size", [HEAVY, HEAVY + 1])
def test_heavy_messages_wait(size: int) -> None:
    """The size alone decides, whoever sends it."""
    line = Line()
    doubts = Doubts(line.queue, lambda: 0.0, lambda: 10)
    waiting = Deferred.fromCoroutine(doubts.ponder(arrived("a", size)))
    assert bool(waiting.called) is (size == HEAVY)


def test_an_address_that_only_fails_waits_until_it_rested() -> None:
    """Ten failures a second for five seconds are forgiven; errors of ours never count."""
    now = [0.0]
    line = Line()
    doubts = Doubts(line.queue, lambda: now[0], lambda: 10)

    def at_once(source: str) -> bool:
        return bool(Deferred.fromCoroutine(doubts.ponder(arrived(source))).called)

    for _ in range(60):
        doubts.failed(arrived("b"), INTERNAL(request_id="r"))
        doubts.failed(arrived("a"), AUTH_FAILURE(reason="no"))
    assert not at_once("a") and at_once("b") and at_once("c")
    now[0] = 1.0
    assert at_once("a")
