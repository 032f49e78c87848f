# SPDX-License-Identifier: BSD-2-Clause
"""How much fits: what there is, what the administrator says, what lives there."""

from __future__ import annotations

import dataclasses

from hypothesis import given
from hypothesis import strategies as st

from nodecontroller.core.capacity import Amount, Host, capacity, lacks
from nodecontroller.core.lifecycle import State
from nodecontroller.core.record import Record, first
from tests.nodecontroller.house import run_request

HAS = Amount(memory=8192, disk=100, cores=4)
NO_CAPS = Amount(memory=0, disk=-1, cores=0)
HOST = Host(has=HAS, caps=NO_CAPS, disk_free=90)


def lives(state: State) -> Record:
    """An instance of 256 MiB, one core, 2 GiB."""
    return dataclasses.replace(first(run_request(), 0.0), state=state)


def test_the_host_keeps_some_memory() -> None:
    """256 MiB; disk is what is really free."""
    found = capacity(HOST, [])
    assert found.most == Amount(memory=7936, disk=100, cores=4)
    assert found.free == Amount(memory=7936, disk=90, cores=4)


def test_caps_bind_and_overcommit() -> None:
    """MAX_CORES above what there is is meant so."""
    host = Host(has=HAS, caps=Amount(memory=1000, disk=50, cores=32), disk_free=90)
    assert capacity(host, []).most == Amount(memory=1000, disk=50, cores=32)


def test_what_lives_takes_room_and_what_is_torn_down_does_not() -> None:
    """An ending instance has its room until its files are gone."""
    taken = capacity(HOST, [lives(State.STAGING), lives(State.SHUTOFF), lives(State.TEARDOWN)])
    assert taken.free == Amount(memory=7936 - 512, disk=90, cores=2)


def test_strangers_take_room() -> None:
    """They run, whoever started them."""
    found = capacity(HOST, [], [Amount(memory=1000, disk=0, cores=1)])
    assert (found.free.memory, found.free.cores) == (6936, 3)


def test_what_is_lacking_is_said() -> None:
    """All of it at once."""
    free = Amount(memory=100, disk=10, cores=1)
    assert lacks(free, free) == ""
    assert lacks(free, Amount(memory=200, disk=10, cores=2)) == (
        "100 MiB of memory free, 200 wanted; 1 cores free, 2 wanted"
    )


AMOUNTS = st.builds(
    Amount, memory=st.integers(0, 9999), disk=st.integers(0, 999), cores=st.integers(0, 99)
)


@given(AMOUNTS, AMOUNTS, st.lists(AMOUNTS, max_size=4))
def test_free_is_never_negative_and_never_above_most(
    has: Amount, caps: Amount, strangers: list[Amount]
) -> None:
    """Whatever the numbers."""
    found = capacity(Host(has=has, caps=caps, disk_free=50), [lives(State.RUNNING)], strangers)
    for part in ("memory", "disk", "cores"):
        assert 0 <= getattr(found.free, part) <= max(getattr(found.most, part), 0)
