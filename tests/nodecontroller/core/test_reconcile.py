# SPDX-License-Identifier: BSD-2-Clause
"""The comparison of belief and hypervisor: what it finds, and what it must never do."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodecontroller.core.lifecycle import OVER, TABLE, Event, State
from nodecontroller.core.reconcile import (
    Believed,
    Domain,
    DomainState,
    Findings,
    Limits,
    reconcile,
)
from nodecontroller.core.record import first
from tests.nodecontroller.house import ID, run_request

LIMITS = Limits(staging=7200, booting=60)


def believed(state: State, **facts: Any) -> Believed:
    """An instance in a state."""
    record = dataclasses.replace(first(run_request(), 0.0), state=state)
    return Believed(record=record, **{"age": 1.0, **facts})


def domain(name: str = ID, state: DomainState = DomainState.RUNNING) -> Domain:
    """A domain of the hypervisor."""
    return Domain(name=name, uuid="u", state=state)


def look(state: State, *domains: Domain, **facts: Any) -> Findings:
    """One look at one instance."""
    return reconcile([believed(state, **facts)], domains, LIMITS)


def test_a_booting_instance_runs_once_it_is_seen() -> None:
    """By whatever state the hypervisor reports."""
    assert look(State.BOOTING, domain()).events == ((ID, Event.SEEN_RUNNING),)
    paused = domain(state=DomainState.PAUSED)
    assert look(State.RUNNING, paused).events == ((ID, Event.SEEN_PAUSED),)
    assert look(State.RUNNING, domain()) == Findings(missed={})


def test_a_domain_found_while_nobody_stages_is_taken_over() -> None:
    """The node died between starting it and writing that down."""
    assert look(State.STAGING, domain()).events == ((ID, Event.SEEN_RUNNING),)
    assert look(State.STAGING, domain(), busy=True).events == ()


def test_staging_is_resumed_and_given_up_in_the_end() -> None:
    """An accepted instance is never forgotten."""
    assert look(State.STAGING).resume == (ID,)
    assert look(State.STAGING, busy=True).resume == ()
    assert look(State.STAGING, age=7200.0, busy=True).events == ((ID, Event.STAGING_EXPIRED),)


def test_a_missing_domain_is_believed_after_five_looks() -> None:
    """Or at once when the hypervisor has said that it stopped."""
    once = look(State.RUNNING)
    assert once.events == () and once.missed == {ID: 1}
    assert look(State.RUNNING, missed=4).events == ((ID, Event.VANISHED),)
    assert look(State.RUNNING, announced=True).events == ((ID, Event.VANISHED),)
    assert look(State.RUNNING, domain(), missed=4).missed == {}


def test_a_booting_instance_has_its_time() -> None:
    """60 s without a domain."""
    assert look(State.BOOTING, age=59.0) == Findings(missed={})
    assert look(State.BOOTING, age=60.0).events == ((ID, Event.BOOTING_EXPIRED),)
    assert look(State.BOOTING, announced=True).events == ((ID, Event.VANISHED),)


@pytest.mark.parametrize("state", [State.SHUTOFF, State.CANCELED, State.CRASHED])
def test_an_ending_instance_is_ended(state: State) -> None:
    """Unless somebody is at it."""
    assert look(state).end == (ID,) and look(state, busy=True).end == ()


def test_a_prodigal_domain_is_destroyed() -> None:
    """It runs though its instance is over."""
    assert look(State.TEARDOWN, domain()).prodigal == (ID,)
    assert look(State.TEARDOWN).prodigal == ()


def test_a_stranger_is_reported_and_not_touched() -> None:
    """Whatever it is called."""
    found = look(State.RUNNING, domain(), domain("i-99999999"), domain("database"))
    assert [d.name for d in found.strangers] == ["i-99999999", "database"]
    assert not found.prodigal and not found.end and not found.events


NAMES = st.sampled_from([f"i-{n:08x}" for n in range(4)])


@given(
    st.dictionaries(NAMES, st.tuples(st.sampled_from(State), st.booleans(), st.booleans())),
    st.dictionaries(NAMES, st.sampled_from(DomainState)),
    st.integers(0, 9),
)
def test_whatever_is_found_can_be_done(
    ours: dict[str, tuple[State, bool, bool]], theirs: dict[str, DomainState], missed: int
) -> None:
    """Every event is in the table; only what is ours, over and idle is destroyed or ended; every
    domain is ours or a stranger."""
    beliefs = [
        dataclasses.replace(
            believed(state, busy=busy, announced=announced, missed=missed),
            record=dataclasses.replace(first(run_request(name), 0.0), state=state),
        )
        for name, (state, busy, announced) in ours.items()
    ]
    found = reconcile(beliefs, [domain(n, s) for n, s in theirs.items()], LIMITS)
    assert all(event in TABLE[ours[name][0]] for name, event in found.events)
    for name in (*found.prodigal, *found.end):
        assert ours[name][0] in OVER and not ours[name][1]
    assert {d.name for d in found.strangers} == theirs.keys() - ours.keys()
    assert not {d.name for d in found.strangers} & {*found.prodigal, *found.end}
