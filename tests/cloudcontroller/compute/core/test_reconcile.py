# SPDX-License-Identifier: BSD-2-Clause
"""Reconciliation: the original's order, the timers, and what must never happen."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudcontroller.compute.core.lifecycle import (
    TABLE,
    TIMERS,
    Event,
    Reason,
    Timers,
    VmState,
    timers,
)
from cloudcontroller.compute.core.reconcile import (
    Believed,
    Change,
    Report,
    Said,
    reconcile,
    strays,
    volatile,
)
from eucalyptus.machine import WrongState, step

NOW = 1_000_000_000.0
LIMITS = Timers()
S = VmState


def believed(state: VmState, age: float = 0.0, **parts: Any) -> Believed:
    """An instance that entered ``state`` ``age`` seconds ago and was made an hour before."""
    facts: dict[str, Any] = {"instance_id": "i-00000001", "changed": NOW - age,
                             "created": NOW - age - 3600}  # fmt: skip
    return Believed(state=state, **{**facts, **parts})


def one(
    instance: Believed, said: Said | None = None, *, silent: bool = False, **parts: Any
) -> Change | None:
    """The change of one instance when its cluster says ``said`` (None: nothing of it)."""
    report = Report(instance_id=instance.instance_id, said=said, **parts) if said else None
    reported = None if silent else ({report.instance_id: report} if report else {})
    changes = reconcile([instance], reported, NOW, LIMITS)
    return changes[0] if changes else None


def state(change: Change | None) -> VmState | None:
    """The new state, if any."""
    return change.state if change else None


def test_every_state_has_its_code() -> None:
    """EC2's numbers; a buried one is shown as terminated."""
    codes = {s.value: s.code for s in S}
    assert codes == {"pending": 0, "running": 16, "shutting-down": 32, "terminated": 48,
                     "stopping": 64, "stopped": 80, "buried": 128}  # fmt: skip
    assert S.BURIED.shown is S.TERMINATED
    assert set(TABLE) == set(S)


def test_the_timers_are_the_originals() -> None:
    """Declared properties, their defaults, in seconds."""
    assert timers(lambda p: p.read(p.default)) == Timers()
    assert Timers().unreported == 180 * 86400
    assert len(TIMERS) == 12


def test_a_wrong_event_names_both() -> None:
    """step refuses what the table has not."""
    with pytest.raises(WrongState, match="STOP_ASKED is not possible in state PENDING"):
        step(TABLE, S.PENDING, Event.STOP_ASKED)


def test_extant_makes_pending_running() -> None:
    """And notes node and guest."""
    change = one(believed(S.PENDING), Said.EXTANT, node="http://n", guest="poweredOn")
    assert change is not None and change.state is S.RUNNING and change.seen
    assert change.report is not None and change.report.node == "http://n"


def test_a_running_instance_is_touched_now_and_then() -> None:
    """Only every quarter of an hour, unless there is news of it."""
    known = believed(S.RUNNING, reported=NOW - 10, node="n", guest="g")
    assert one(known, Said.EXTANT, node="n", guest="g") is None
    assert one(replace(known, reported=NOW - 900), Said.EXTANT, node="n", guest="g") is not None
    assert one(known, Said.EXTANT, node="other", guest="g") is not None


def test_teardown_finishes_what_was_ending() -> None:
    """shutting-down -> terminated, its address free; stopping -> stopped."""
    change = one(believed(S.SHUTTING_DOWN), Said.TEARDOWN)
    assert change is not None and change.state is S.TERMINATED and change.frees
    assert state(one(believed(S.STOPPING), Said.TEARDOWN)) is S.STOPPED


@pytest.mark.parametrize("before", [S.PENDING, S.RUNNING])
def test_teardown_is_believed_after_the_settle_time(before: VmState) -> None:
    """40 seconds; EBS ones stop instead."""
    assert one(believed(before, 39), Said.TEARDOWN) is None
    assert state(one(believed(before, 40), Said.TEARDOWN)) is S.SHUTTING_DOWN
    assert state(one(believed(before, 40, on_volume=True), Said.TEARDOWN)) is S.STOPPED


def test_past_its_expiration_it_ends() -> None:
    """EBS ones stop."""
    due = believed(S.RUNNING, 100, expires=NOW - 1)
    change = one(due, Said.EXTANT)
    assert change is not None
    assert (change.state, change.reason) == (S.SHUTTING_DOWN, Reason.EXPIRED)
    assert state(one(replace(due, on_volume=True), Said.EXTANT)) is S.STOPPED
    assert state(one(replace(due, expires=NOW + 1), Said.EXTANT)) is None


def test_what_should_end_and_is_still_there_is_told_again() -> None:
    """A minute after it was last told."""
    ending = believed(S.SHUTTING_DOWN, 100, asked=NOW - 59)
    assert one(ending, Said.EXTANT) is None
    change = one(replace(ending, asked=NOW - 60), Said.EXTANT)
    assert change is not None and change.repeat and change.state is None
    over = believed(S.TERMINATED, 100, reason=Reason.USER_TERMINATED)
    change = one(over, Said.EXTANT)
    assert change is not None and change.repeat


def test_what_was_given_up_by_mistake_is_welcome_back() -> None:
    """Only what ended because nobody reported it."""
    lost = believed(S.TERMINATED, 100, reason=Reason.UNREPORTED)
    assert state(one(lost, Said.EXTANT)) is S.RUNNING
    assert state(one(replace(lost, reason=Reason.FAILED), Said.EXTANT)) is None


# --- unreported, in the original's order --------------------------------------------------------
def test_a_fresh_pending_instance_is_left_alone() -> None:
    """Five minutes from its making."""
    assert one(believed(S.PENDING, created=NOW - 299)) is None
    lost = believed(S.PENDING, created=NOW - 301, changed=NOW - 301)
    change = one(lost)
    assert change is not None and change.relaunch and change.state is None
    assert one(replace(lost, asked=NOW - 299)) is None


@pytest.mark.parametrize(
    ("before", "age", "after"),
    [
        (S.PENDING, 3599, None),
        (S.PENDING, 3600, S.TERMINATED),
        (S.RUNNING, 179 * 86400, None),
        (S.RUNNING, 180 * 86400, S.TERMINATED),
        (S.STOPPING, 0, S.STOPPED),
        (S.TERMINATED, 3599, None),
        (S.TERMINATED, 3600, S.BURIED),
        (S.BURIED, 3599, None),
        (S.STOPPED, 9e8, None),
    ],
)
def test_unreported(before: VmState, age: float, after: VmState | None) -> None:
    """Each state by its own timer."""
    instance = believed(before, age, created=NOW - age, reachable=before is not S.RUNNING)
    assert state(one(instance)) is after


def test_a_buried_instance_is_deleted() -> None:
    """An hour after it was buried."""
    change = one(believed(S.BURIED, 3600))
    assert change is not None and change.delete and change.frees


def test_ebs_ones_stop_instead_of_ending() -> None:
    """The volume stays."""
    for before, age in ((S.PENDING, 3600), (S.RUNNING, 180 * 86400)):
        instance = believed(before, age, created=NOW - age, on_volume=True)
        assert state(one(instance)) is S.STOPPED


def test_absence_ends_only_what_the_cluster_was_told_to_end() -> None:
    """A cluster that has just restarted mentions nothing."""
    ending = believed(S.SHUTTING_DOWN, 5, asked=NOW - 5)
    assert one(ending) is None
    change = one(replace(ending, heard=True))
    assert change is not None and change.state is S.TERMINATED and change.frees
    was_there = replace(ending, heard=True, reported=NOW - 100)
    assert one(was_there) is None
    change = one(replace(was_there, asked=NOW - 40))
    assert change is not None and change.state is S.TERMINATED
    change = one(replace(ending, changed=NOW - 600, created=NOW - 4000))
    assert change is not None and change.state is S.TERMINATED and not change.frees


def test_a_running_instance_that_is_not_mentioned_is_unreachable() -> None:
    """And nothing else, for half a year; mentioned again, it is reachable."""
    change = one(believed(S.RUNNING, 100))
    assert change is not None and change.reachable is False and change.state is None
    lost = believed(S.RUNNING, 100, reachable=False)
    assert one(lost) is None
    change = one(lost, Said.EXTANT)
    assert change is not None and change.reachable is True


# --- what must hold whatever is said -----------------------------------------------------------
ages = st.floats(min_value=0, max_value=179 * 86400)
beliefs = st.builds(
    believed,
    st.sampled_from(S),
    ages,
    on_volume=st.booleans(),
    reported=st.none() | ages.map(lambda a: NOW - a),
    asked=st.none() | ages.map(lambda a: NOW - a),
    heard=st.booleans(),
    reachable=st.booleans(),
    reason=st.sampled_from(Reason),
)
words = st.none() | st.sampled_from(Said)


@given(beliefs.filter(lambda b: b.state is S.RUNNING))
def test_silence_never_ends_a_running_instance(instance: Believed) -> None:
    """Whatever else is the case, before 180 days."""
    assert one(instance, silent=True) is None


@given(beliefs, words, st.booleans())
def test_every_change_is_in_the_table(instance: Believed, said: Said | None, quiet: bool) -> None:
    """No state is reached that the table does not allow, and nothing is freed that may live."""
    change = one(instance, None if quiet else said, silent=quiet)
    if change is None:
        return
    if change.state is not None:
        assert change.state in TABLE[instance.state].values()
    if change.frees:
        assert change.delete or change.state is S.TERMINATED
        assert said is not Said.EXTANT or quiet
    if change.delete:
        assert instance.state is S.BURIED


@given(beliefs, words)
def test_reconciling_twice_is_reconciling_once(instance: Believed, said: Said | None) -> None:
    """After the change is written down, the same report moves it at most along, never back."""
    change = one(instance, said)
    if change is None or change.delete:
        return
    after = replace(
        instance,
        state=change.state or instance.state,
        changed=NOW if change.state else instance.changed,
        reason=change.reason if change.reason is not None else instance.reason,
        reported=NOW if change.seen else instance.reported,
        reachable=instance.reachable if change.reachable is None else change.reachable,
        asked=NOW if change.repeat else instance.asked,
        node="",
        guest="",
    )
    again = one(after, said)
    if again is not None and again.state is not None:
        assert again.state is not instance.state


def test_strays_and_volatility() -> None:
    """Reported but unknown; and whether looking often pays."""
    reports = {n: Report(instance_id=n, said=Said.EXTANT) for n in ("i-00000001", "i-2")}
    assert [s.instance_id for s in strays([believed(S.RUNNING)], reports)] == ["i-2"]
    assert volatile([believed(S.PENDING)]) and not volatile([believed(S.RUNNING)])
