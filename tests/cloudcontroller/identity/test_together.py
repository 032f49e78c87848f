# SPDX-License-Identifier: BSD-2-Clause
"""Many questions at once are few for the database, and each gets its own answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from twisted.internet.defer import Deferred

from cloudcontroller.identity.together import MOST, Together


class Slow:
    """Answers when it is told to; knows names of even length, as their length."""

    def __init__(self) -> None:
        self.asked: list[Sequence[str]] = []
        self._waiting: list[Deferred[None]] = []

    async def __call__(self, names: Sequence[str]) -> Mapping[str, int]:
        self.asked.append(names)
        waiting: Deferred[None] = Deferred()
        self._waiting.append(waiting)
        await waiting
        return {name: len(name) for name in names if len(name) % 2 == 0}

    def answer(self) -> None:
        """The question under way is answered."""
        self._waiting.pop(0).callback(None)

    def fail(self) -> None:
        """The question under way fails."""
        self._waiting.pop(0).errback(ValueError("away"))


def asking(together: Together[int], name: str) -> Deferred[Any]:
    """Ask for one name."""
    return Deferred.fromCoroutine(together.get(name))


def test_what_comes_meanwhile_is_asked_together() -> None:
    """One question, then one for all the others; the same name twice is one name."""
    slow = Slow()
    together = Together(slow)
    first = asking(together, "aa")
    others = [asking(together, name) for name in ("b", "cccc", "cccc")]
    assert slow.asked == [("aa",)]
    slow.answer()
    assert slow.asked[1:] == [("b", "cccc")]
    slow.answer()
    assert [first.result, *(other.result for other in others)] == [2, None, 4, 4]
    again = asking(together, "aa")
    slow.answer()
    assert again.result == 2 and len(slow.asked) == 3


def test_a_failure_is_everybodys_and_not_for_long() -> None:
    """Those who asked hear it; the next question is put as if nothing had been."""
    slow = Slow()
    together = Together(slow)
    failed: list[Any] = []
    asking(together, "aa").addErrback(failed.append)
    late = asking(together, "bb")
    slow.fail()
    assert isinstance(failed[0].value, ValueError)
    slow.answer()
    assert late.result == 2


def test_questions_are_bounded() -> None:
    """However many strangers come, no question grows beyond measure."""
    slow = Slow()
    together = Together(slow)
    answers = [asking(together, f"{number:06}") for number in range(2 * MOST + 2)]
    for _ in range(4):
        slow.answer()
    assert [len(names) for names in slow.asked] == [1, MOST, MOST, 1]
    assert all(answer.result == 6 for answer in answers)
