# SPDX-License-Identifier: BSD-2-Clause
"""Keys made ahead: bounded, given out once, made at the lowest priority, forgotten at the end."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from twisted.internet import reactor
from twisted.internet.defer import Deferred, gatherResults

from cloudcontroller.compute.drivers.chance import SystemChance
from cloudcontroller.compute.drivers.keysahead import KeysAhead

Ahead = Callable[..., KeysAhead]


@pytest.fixture
def ahead() -> Iterator[Ahead]:
    """Makes pools that are stopped in the end."""
    made: list[KeysAhead] = []

    def make(**wishes: Any) -> KeysAhead:
        made.append(KeysAhead(reactor, **wishes))
        return made[-1]

    yield make
    for one in made:
        one.stop()


class Counting:
    """Numbers instead of keys, and the priority at which each was made."""

    def __init__(self) -> None:
        self.priorities: list[int] = []

    def __call__(self) -> Any:
        """The next one."""
        self.priorities.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))
        return len(self.priorities)


def test_it_fills_to_its_bound_and_no_further(ahead: Ahead, spin: Any, turn: Any) -> None:
    make = Counting()
    keys = ahead(make=make, most=3)
    keys.start()
    turn(lambda: len(keys) == 3, 5)
    assert make.priorities == [19, 19, 19]
    assert spin(keys.take()) == 1
    turn(lambda: len(keys) == 3, 5)
    assert len(make.priorities) == 4


def test_a_burst_gets_each_key_once_and_waits_only_for_the_rest(
    ahead: Ahead, spin: Any, turn: Any
) -> None:
    keys = ahead(make=Counting(), most=3)
    keys.start()
    turn(lambda: len(keys) == 3, 5)
    taken = spin(gatherResults([Deferred.fromCoroutine(keys.take()) for _ in range(8)]))
    assert len(set(taken)) == 8


def test_what_is_left_is_forgotten(ahead: Ahead, spin: Any, turn: Any) -> None:
    keys = ahead(make=Counting(), most=2)
    keys.start()
    turn(lambda: len(keys) == 2, 5)
    keys.stop()
    assert len(keys) == 0
    assert spin(keys.take()) == 3


def test_a_pool_that_cannot_make_keys_leaves_it_to_the_asking(
    ahead: Ahead, spin: Any, turn: Any
) -> None:
    failures = [OSError("no randomness")]

    def make() -> Any:
        if failures:
            raise failures.pop()
        return "key"

    keys = ahead(make=make, most=1)
    keys.start()
    turn(lambda: not failures, 5)
    assert spin(keys.take()) == "key"


def test_chance_gives_real_keys(ahead: Ahead, spin: Any, turn: Any) -> None:
    keys = ahead(most=1)
    keys.start()
    turn(lambda: len(keys) == 1, 20)
    assert spin(SystemChance(keys.take).key()).key_size == 2048
    assert spin(SystemChance().key()).key_size == 2048
