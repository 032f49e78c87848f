# SPDX-License-Identifier: BSD-2-Clause
"""The states of an instance: every one leads to its end, and the cluster is never misled."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eucalyptus.machine import WrongState
from nodecontroller.core.lifecycle import (
    ENDING,
    OVER,
    STARTED,
    TABLE,
    Event,
    State,
    outward,
)
from nodecontroller.core.record import Record, first, moved
from tests.nodecontroller.house import run_request


def test_every_state_has_its_row() -> None:
    """None is forgotten, and every event is used."""
    assert set(TABLE) == set(State)
    assert {event for row in TABLE.values() for event in row} == set(Event)


def test_every_state_can_end() -> None:
    """From anywhere, TERMINATED or what follows from it leads to TEARDOWN."""
    for state in State:
        seen, at = set(), state
        while at is not State.TEARDOWN:
            assert at not in seen
            seen.add(at)
            row = TABLE[at]
            at = row.get(Event.TERMINATED) or row[Event.CLEANED]


def test_only_cleaning_makes_a_teardown() -> None:
    """So Teardown means: nothing is left."""
    makers = {e for row in TABLE.values() for e, to in row.items() if to is State.TEARDOWN}
    assert makers == {Event.CLEANED}
    assert {s for s in State if Event.CLEANED in TABLE[s]} == ENDING


@pytest.mark.parametrize(
    ("state", "was_extant", "wanted"),
    [
        (State.STAGING, False, "Pending"),
        (State.BOOTING, False, "Extant"),
        (State.RUNNING, True, "Extant"),
        (State.SHUTOFF, True, "Extant"),
        (State.SHUTOFF, False, "Pending"),
        (State.CANCELED, False, "Pending"),
        (State.TEARDOWN, True, "Teardown"),
    ],
)
def test_the_cluster_is_told_three_states(state: State, was_extant: bool, wanted: str) -> None:
    """An ending instance keeps the word it had."""
    assert outward(state, was_extant) == wanted


def test_a_move_that_is_not_in_the_table_is_refused() -> None:
    """With the names of state and event."""
    record = first(run_request(), 0.0)
    with pytest.raises(WrongState, match="CLEANED is not possible in state STAGING"):
        moved(record, Event.CLEANED, now=1.0)


@given(st.lists(st.sampled_from(Event), max_size=30))
def test_the_cluster_never_sees_an_instance_go_back(events: list[Event]) -> None:
    """Pending, then Extant, then Teardown; whatever happens."""
    record: Record = first(run_request(), 0.0)
    order, last = ("Pending", "Extant", "Teardown"), 0
    for at, event in enumerate(events):
        try:
            record = moved(record, event, now=float(at), reason=event.name)
        except WrongState:
            continue
        rank = order.index(outward(record.state, record.was_extant))
        assert rank >= last
        last = rank
    assert (record.ended > 0 or not events) or record.state is not State.TEARDOWN
    assert not (record.state in STARTED and record.state in OVER)
