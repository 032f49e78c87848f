# SPDX-License-Identifier: BSD-2-Clause
"""What we believe + what the hypervisor says -> what happened, and what to do about it.

This is the only recovery path: the same comparison runs every few seconds, after a restart, and
when the hypervisor pushes news.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from nodecontroller.core.lifecycle import ENDING, OVER, STARTED, Event, State
from nodecontroller.core.record import Record


class DomainState(Enum):
    """The hypervisor's word for a domain."""

    RUNNING = "running"
    BLOCKED = "blocked"
    PAUSED = "paused"
    SHUTDOWN = "in shutdown"
    SHUTOFF = "shut off"
    CRASHED = "crashed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    """A virtual machine as the hypervisor reports it; ``memory`` in MiB.

    ``starved``: the hypervisor paused it because what it wrote found no room on the host's disk.
    """

    name: str
    uuid: str
    state: DomainState
    memory: int = 0
    cores: int = 0
    starved: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Believed:
    """A record, how long (seconds, monotonic) it is in its state, and how often it was missed.

    ``busy``: somebody is working on it right now (staging it, ending it).
    ``announced``: the hypervisor pushed the news that its domain stopped.
    """

    record: Record
    age: float
    missed: int = 0
    busy: bool = False
    announced: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Seconds an instance may stage or boot, and how many looks may miss a domain."""

    staging: float
    booting: float
    misses: int = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What a comparison found. Instances by id.

    ``missed`` replaces the old counts. ``resume``: accepted, but nobody is staging them.
    ``end``: their domain (if any) and files are to be removed. ``prodigal``: a domain runs though
    its instance is over; it is to be destroyed. ``strangers``: domains that no record knows; they
    are reported, never touched. ``starved``: to go on as soon as the disk has room.
    """

    events: tuple[tuple[str, Event], ...] = ()
    missed: Mapping[str, int]
    resume: tuple[str, ...] = ()
    end: tuple[str, ...] = ()
    prodigal: tuple[str, ...] = ()
    strangers: tuple[Domain, ...] = ()
    starved: tuple[str, ...] = ()


_SEEN = {
    DomainState.RUNNING: (State.RUNNING, Event.SEEN_RUNNING),
    DomainState.BLOCKED: (State.BLOCKED, Event.SEEN_BLOCKED),
    DomainState.PAUSED: (State.PAUSED, Event.SEEN_PAUSED),
    DomainState.SHUTDOWN: (State.SHUTDOWN, Event.SEEN_SHUTDOWN),
    DomainState.CRASHED: (State.CRASHED, Event.SEEN_CRASHED),
}


def reconcile(believed: Sequence[Believed], reported: Iterable[Domain], limits: Limits) -> Findings:
    """Compare one complete report of the hypervisor with what we believe."""
    domains = {domain.name: domain for domain in reported}
    known = {b.record.id for b in believed}
    events: list[tuple[str, Event]] = []
    missed: dict[str, int] = {}
    for b in believed:
        domain = domains.get(b.record.id)
        if domain is None or domain.state is DomainState.SHUTOFF:
            event, count = _absent(b, limits)
            missed.update({b.record.id: count} if count else {})
        else:
            event = _present(b, domain)
        events += [(b.record.id, event)] if event else []
    idle = [b.record for b in believed if not b.busy]
    return Findings(
        events=tuple(events),
        missed=missed,
        resume=tuple(r.id for r in idle if r.state is State.STAGING and r.id not in domains),
        end=tuple(r.id for r in idle if r.state in ENDING),
        prodigal=tuple(
            r.id
            for r in idle
            if r.state in OVER
            and r.id in domains
            and domains[r.id].state is not DomainState.SHUTOFF
        ),
        strangers=tuple(d for d in domains.values() if d.name not in known),
        starved=tuple(
            b.record.id
            for b in believed
            if b.record.state not in OVER
            and b.record.id in domains
            and domains[b.record.id].starved
        ),
    )


def _present(b: Believed, domain: Domain) -> Event | None:
    state = b.record.state
    if state in OVER or b.busy:
        return None
    expected, event = _SEEN[domain.state]
    return event if state is not expected else None


def _absent(b: Believed, limits: Limits) -> tuple[Event | None, int]:
    state = b.record.state
    if state is State.STAGING:
        return (Event.STAGING_EXPIRED if b.age >= limits.staging else None), 0
    if b.busy or state in OVER:
        return None, 0
    if state is State.BOOTING and not b.announced:
        return (Event.BOOTING_EXPIRED if b.age >= limits.booting else None), 0
    if state in STARTED or state is State.SHUTDOWN:
        count = b.missed + 1
        gone = b.announced or count >= limits.misses
        return (Event.VANISHED, 0) if gone else (None, count)
    return None, 0
