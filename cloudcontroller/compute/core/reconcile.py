# SPDX-License-Identifier: BSD-2-Clause
"""What we believe + what a cluster says + the time -> what has happened.

A cluster that does not answer says nothing: its running instances stay as they are until
``instance_timeout`` (180 days), since a silent cluster proves nothing about its machines.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from cloudcontroller.compute.core.lifecycle import TABLE, Event, Reason, Timers, VmState
from eucalyptus.contracts.node import FAULT
from eucalyptus.machine import step

_STOPPABLE = (VmState.PENDING, VmState.RUNNING, VmState.STOPPING)


class Said(Enum):
    """The three states a cluster reports."""

    PENDING = "Pending"
    EXTANT = "Extant"
    TEARDOWN = "Teardown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Believed:
    """What the rows say of one instance. Times are POSIX seconds.

    ``changed`` is when it entered its state, ``reported`` when a cluster last spoke of it.
    ``asked`` is when its cluster was last told to end it; ``heard`` whether that was acknowledged.
    ``counted``: whether the last report of the zone's room held it.
    """

    instance_id: str
    state: VmState
    changed: float
    created: float
    reported: float | None = None
    expires: float | None = None
    on_volume: bool = False
    reason: Reason = Reason.NORMAL
    asked: float | None = None
    heard: bool = False
    reachable: bool = True
    node: str = ""
    guest: str = ""
    counted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a cluster says of one instance; ``node`` is the node controller's URL."""

    instance_id: str
    said: Said
    node: str = ""
    guest: str = ""

    @property
    def fault(self) -> str:
        """Why its node could not start it, "" when it does not say so."""
        return self.guest.partition(FAULT)[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing to write down (or, with ``repeat`` an end, with ``relaunch`` a start to be told
    the cluster again).

    ``state`` None leaves the state; ``delete`` drops the row. ``frees`` says whether the
    instance's address may go to another: only when its cluster has confirmed that it is gone.
    ``counted``: whether the room that was reported holds it, None where that is as it was.
    """

    instance_id: str
    state: VmState | None = None
    reason: Reason | None = None
    says: str = ""
    delete: bool = False
    frees: bool = False
    repeat: bool = False
    relaunch: bool = False
    seen: bool = False
    counted: bool | None = None
    reachable: bool | None = None
    report: Report | None = None


def reconcile(
    believed: Sequence[Believed],
    reported: Mapping[str, Report] | None,
    now: float,
    timers: Timers,
) -> tuple[Change, ...]:
    """The changes that follow from one report (None: the cluster did not answer).

    Applying them and asking again gives nothing new but timers that pass: it is idempotent.
    """
    changes = []
    for one in believed:
        report = reported.get(one.instance_id) if reported is not None else None
        if report is not None:
            change = _reported(one, report, now, timers)
        elif reported is not None:
            change = _unreported(one, now, timers)
        else:
            change = _silent(one, now, timers)
        if reported is not None and one.state is VmState.PENDING:
            change = _counted(one, change, report)
        if change is not None:
            changes.append(change)
    return tuple(changes)


def _counted(one: Believed, change: Change | None, report: Report | None) -> Change | None:
    """A pending instance is in the room that was reported with it, or its place must be kept: one
    that a node did not take after all, say, or one whose end is not believed yet."""
    counted = report is not None and report.said is not Said.TEARDOWN
    if one.counted is counted:
        return change
    return replace(change or Change(instance_id=one.instance_id), counted=counted)


def strays(believed: Sequence[Believed], reported: Mapping[str, Report]) -> tuple[Report, ...]:
    """What a cluster reports and no row knows; to be told to the operator, never to be ended."""
    known = {one.instance_id for one in believed}
    return tuple(report for name, report in reported.items() if name not in known)


def volatile(believed: Sequence[Believed]) -> bool:
    """Whether any instance is about to change state."""
    return any(one.state.is_volatile for one in believed)


def _moved(one: Believed, event: Event, reason: Reason | None, says: str = "") -> Change:
    return Change(
        instance_id=one.instance_id,
        state=step(TABLE, one.state, event),
        reason=reason if one.reason is Reason.NORMAL else None,
        says=says,
    )


def _reported(one: Believed, report: Report, now: float, timers: Timers) -> Change | None:
    if report.said is Said.TEARDOWN:
        return _torn_down(one, report, now, timers)
    if one.state.is_over:
        return _returned(one, report, now, timers)
    if one.state in (VmState.SHUTTING_DOWN, VmState.STOPPING):
        return _still_there(one, now, timers)
    if one.expires is not None and now >= one.expires:
        event = Event.EXPIRED_STOPPED if one.on_volume else Event.EXPIRED
        return _moved(one, event, Reason.EXPIRED, "The instance reached its expiration.")
    return _alive(one, report, now, timers)


def _torn_down(one: Believed, report: Report, now: float, timers: Timers) -> Change | None:
    if one.state in (VmState.SHUTTING_DOWN, VmState.STOPPING):
        change = _moved(one, Event.TORN_DOWN, None)
        return Change(
            instance_id=one.instance_id,
            state=change.state,
            frees=change.state is VmState.TERMINATED,
        )
    if one.state not in (VmState.PENDING, VmState.RUNNING):
        return _unreported(one, now, timers)
    if one.node and report.node not in ("", one.node):
        # Only the node that has it can say that it is gone; another one may be confused.
        return _unreported(one, now, timers)
    if now - one.changed < timers.settle:
        return None
    if one.on_volume:
        return _moved(one, Event.EXPIRED_STOPPED, Reason.INSTANCE_INITIATED)
    if one.state is VmState.PENDING:
        why = f": {report.fault}" if report.fault else ""
        says = f"The node could not start the instance{why}."
        return _moved(one, Event.TORN_DOWN, Reason.FAILED, says)
    return _moved(one, Event.TORN_DOWN, Reason.INSTANCE_INITIATED, "The instance shut down.")


def _returned(one: Believed, report: Report, now: float, timers: Timers) -> Change | None:
    if report.said is not Said.EXTANT:
        return _unreported(one, now, timers)
    if one.state is VmState.TERMINATED and one.reason.is_restorable:
        return Change(
            instance_id=one.instance_id,
            state=step(TABLE, one.state, Event.CAME_BACK),
            reason=Reason.NORMAL,
            seen=True,
            report=report,
        )
    return _still_there(one, now, timers)


def _still_there(one: Believed, now: float, timers: Timers) -> Change | None:
    if one.asked is not None and now - one.asked < timers.volatile_timeout:
        return None
    return Change(instance_id=one.instance_id, repeat=True)


def _alive(one: Believed, report: Report, now: float, timers: Timers) -> Change | None:
    starts = one.state is VmState.PENDING and report.said is Said.EXTANT
    news = report.node != one.node or report.guest != one.guest or not one.reachable
    stale = one.reported is None or now - one.reported >= timers.touch
    if not (starts or news or stale):
        return None
    return Change(
        instance_id=one.instance_id,
        state=step(TABLE, one.state, Event.REPORTED_RUNNING) if starts else None,
        seen=True,
        reachable=True if not one.reachable else None,
        report=report,
    )


def _unreported(one: Believed, now: float, timers: Timers) -> Change | None:
    """The original's order: each line is tried only when those above it do not apply."""
    fresh = now - one.created < timers.initial_report
    if one.state is VmState.PENDING and fresh:
        return None
    if one.on_volume and one.state in _STOPPABLE and _given_up(one, now, timers):
        return _moved(one, Event.TIMED_OUT_STOPPED, Reason.UNREPORTED)
    if one.state is VmState.STOPPING:
        return _moved(one, Event.VANISHED, None)
    if one.state is VmState.SHUTTING_DOWN:
        return _vanished(one, now, timers)
    over = _over(one, now, timers)
    if over is not None or one.state.is_over:
        return over
    if _given_up(one, now, timers):
        return _give_up(one)
    if one.state is VmState.RUNNING and one.reachable:
        return Change(instance_id=one.instance_id, reachable=False)
    if one.state is VmState.PENDING and now - (one.asked or 0.0) >= timers.initial_report:
        # Accepted and lost on the way (a node died with it): starting it again is harmless.
        return Change(instance_id=one.instance_id, relaunch=True)
    return None


def _vanished(one: Believed, now: float, timers: Timers) -> Change | None:
    # A cluster that has just restarted knows no instances yet: absence counts only once
    # it has acknowledged the wish to end this one (it then asks every node).
    told = one.asked if one.asked is not None else one.changed
    settled = one.reported is None or now - told >= timers.settle
    if one.heard and settled:
        change = _moved(one, Event.VANISHED, None)
        return Change(instance_id=one.instance_id, state=change.state, frees=True)
    if _given_up(one, now, timers):
        return _give_up(one)
    return None if one.heard else _still_there(one, now, timers)


def _over(one: Believed, now: float, timers: Timers) -> Change | None:
    if one.state is VmState.TERMINATED and now - one.changed >= timers.terminated:
        return _moved(one, Event.BURIED, None)
    if one.state is VmState.BURIED and now - one.changed >= timers.buried:
        return Change(instance_id=one.instance_id, delete=True, frees=True)
    return None


def _given_up(one: Believed, now: float, timers: Timers) -> bool:
    last = max(one.changed, one.reported or one.created)
    return now - last >= timers.unreported_in(one.state)


def _give_up(one: Believed) -> Change:
    return _moved(one, Event.TIMED_OUT, Reason.UNREPORTED, "No cluster has reported it for long.")


def _silent(one: Believed, now: float, timers: Timers) -> Change | None:
    over = _over(one, now, timers)
    if over is not None or one.state.is_over:
        return over
    if not _given_up(one, now, timers):
        return None
    if one.state is VmState.STOPPING or (one.on_volume and one.state in _STOPPABLE):
        return _moved(one, Event.TIMED_OUT_STOPPED, Reason.UNREPORTED)
    return _give_up(one)
