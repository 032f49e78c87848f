# SPDX-License-Identifier: BSD-2-Clause
"""What is believed against what is there: the comparison behind ``euca-verify``. Pure.

Every house names an inspector in the entry point group ``eucalyptus.inspectors``: it says what
its records believe and what it sees in the world. A thing is known by its kind and id. A belief
says which kinds of things it needs; a thing that no belief needs is an orphan.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

GRACE = 60.0
"""Seconds for which a difference may be work under way (reconciliation's promise)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Belief:
    """A record: ``id`` is alive and needs one thing of each kind in ``needs``.

    It may also have those in ``may_have`` (an instance that is just being made or ended).
    ``since`` is when it began to be so (POSIX seconds).
    """

    id: str
    needs: frozenset[str] = frozenset()
    may_have: frozenset[str] = frozenset()
    since: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A thing in the world: a domain, a disk directory, a tap, a lease, a rule, a blob.

    ``since`` is when it appeared, 0 when nobody knows. ``fault`` says what is wrong with it by
    itself (a checksum that differs, a record that cannot be read). ``fix`` mends it if safe.
    """

    kind: str
    id: str
    where: str
    since: float = 0.0
    fault: str = ""
    fix: Callable[[], Awaitable[None]] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One difference. ``problem`` is "missing", "orphan" or "faulty"."""

    problem: str
    kind: str
    id: str
    where: str
    says: str
    age: float
    fix: Callable[[], Awaitable[None]] | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """What one house believes and sees, and which kinds it looked for at all."""

    beliefs: Sequence[Belief] = ()
    seen: Sequence[Seen] = ()
    looked_for: frozenset[str] = frozenset()


Inspector = Callable[[Path | None], Awaitable[Inspection]]
"""What an entry point of group ``eucalyptus.inspectors`` names; takes the settings file."""


def compare(inspections: Iterable[Inspection], now: float, grace: float = GRACE) -> list[Finding]:
    """Every difference older than ``grace`` seconds, in order of kind and id."""
    inspections = list(inspections)
    beliefs = [belief for one in inspections for belief in one.beliefs]
    things = [thing for one in inspections for thing in one.seen]
    looked_for = frozenset[str]().union(*(one.looked_for for one in inspections))
    found = [*_missing(beliefs, things, looked_for, now), *_orphans(beliefs, things, now)]
    found = [one for one in found if not one.age or one.age > grace]
    found += [_finding("faulty", t, t.fault, now) for t in things if t.fault]
    return sorted(found, key=lambda f: (f.kind, f.id, f.problem))


def _missing(
    beliefs: Sequence[Belief], things: Sequence[Seen], looked_for: frozenset[str], now: float
) -> Iterable[Finding]:
    there = {(thing.kind, thing.id) for thing in things}
    for belief in beliefs:
        age = now - belief.since
        for kind in sorted(belief.needs & looked_for):
            if (kind, belief.id) not in there:
                says = f"{belief.id} is recorded and its {kind} is not there"
                yield Finding(
                    problem="missing", kind=kind, id=belief.id, where="", says=says, age=age
                )


def _orphans(beliefs: Sequence[Belief], things: Sequence[Seen], now: float) -> Iterable[Finding]:
    wanted = {(kind, b.id) for b in beliefs for kind in b.needs | b.may_have}
    for thing in things:
        if (thing.kind, thing.id) not in wanted:
            yield _finding("orphan", thing, f"{thing.kind} {thing.id} belongs to nothing", now)


def _finding(problem: str, thing: Seen, says: str, now: float) -> Finding:
    return Finding(
        problem=problem,
        kind=thing.kind,
        id=thing.id,
        where=thing.where,
        says=says,
        age=now - thing.since if thing.since else 0.0,
        fix=thing.fix,
    )
