# SPDX-License-Identifier: BSD-2-Clause
"""Versions that go, one or many at once; or delete markers that come instead.

Everything runs in READ COMMITTED, under the locks of the keys: what a removal's check has seen is
what is removed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection, RowMapping, Text, delete, func, literal, select, tuple_, update
from sqlalchemy import true as always
from sqlalchemy.dialects.postgresql import ARRAY

from eucalyptus.contracts.refusals import Refused
from walrus.core import versions
from walrus.core.records import Stored
from walrus.core.versions import NULL
from walrus.database.dooming import doom_objects
from walrus.database.locks import all_at_a_time, keep_bucket
from walrus.database.objects import Changed, Check, as_stored, find_row, of_key, place, ranked
from walrus.database.schema import objects


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """What is to go: a version, or (None) the object as readers see it. ``marker`` is what then
    stands for it in a versioned bucket, and says bucket, key and the time of the removal.

    ``check`` sees the version that is to go, or, for a delete marker, the latest there is. A
    ``conditional`` removal does nothing where there is nothing.
    """

    marker: Stored
    check: Check
    version: str | None = None
    conditional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """What became of several removals, in their order; and all the blobs that are doomed."""

    outcomes: tuple[Changed | Refused, ...]
    doomed: tuple[str, ...]


def remove(tx: Connection, removal: Removal) -> Changed:
    """Forget a version if it is there, or put a delete marker; raises NO_SUCH_BUCKET, and what
    the removal's check raises, and has changed nothing then."""
    removed = _together(tx, [removal])
    (outcome,) = removed.outcomes
    if isinstance(outcome, Refused):
        raise outcome
    return replace(outcome, doomed=removed.doomed)


def remove_each(tx: Connection, removals: Sequence[Removal | Refused]) -> Removed:
    """Do each of several removals of one bucket that is not refused, or becomes refused, itself.

    They come in the order of their keys.
    """
    keys = [one.marker.key for one in removals if isinstance(one, Removal)]
    if len(keys) == len(set(keys)):
        return _together(tx, removals)
    # What is done to a key comes before what is done to it next.
    done = [_together(tx, [one]) for one in removals]
    return Removed(
        outcomes=tuple(outcome for one in done for outcome in one.outcomes),
        doomed=tuple(blob for one in done for blob in one.doomed),
    )


def _together(tx: Connection, removals: Sequence[Removal | Refused]) -> Removed:
    """Removals of different keys, which do not touch each other, by few statements."""
    named = [_named(one) for one in removals]
    asked = [one for one in named if isinstance(one, Removal)]
    if not asked:
        return Removed(outcomes=tuple(one for one in named if isinstance(one, Refused)), doomed=())
    bucket = asked[0].marker.bucket
    all_at_a_time(tx, [f"{bucket}/{one.marker.key}" for one in asked])
    batch = _Batch(tx, keep_bucket(tx, bucket), _found(tx, bucket, asked))
    outcomes = tuple(one if isinstance(one, Refused) else batch.decide(one) for one in named)
    batch.erase(asked[0].marker)
    return Removed(outcomes=outcomes, doomed=tuple(batch.doomed))


def _named(removal: Removal | Refused) -> Removal | Refused:
    """The removal, or why it names nothing that could be removed."""
    try:
        if isinstance(removal, Removal) and removal.version is not None:
            versions.rank(removal.version)
    except Refused as refused:
        return refused
    return removal


def _found(tx: Connection, bucket: str, asked: Sequence[Removal]) -> Mapping[str, RowMapping]:
    """By key, the row that each removal is about, if it is there."""
    latest = [one.marker.key for one in asked if one.version is None]
    places = [
        (one.marker.key, versions.rank(one.version))
        for one in asked
        if one.version and one.version != NULL
    ]
    rows: list[RowMapping] = []
    if latest:
        given = func.unnest(literal(latest, ARRAY(Text))).table_valued("key").render_derived()
        of_each = select(objects).where(of_key(bucket, given.c.key)).order_by(objects.c.rank)
        newest = of_each.limit(1).lateral()
        rows += tx.execute(select(newest).select_from(given.join(newest, always()))).mappings()
    if places:
        place_of = tuple_(objects.c.key, objects.c.rank)
        wanted = select(objects).where(objects.c.bucket == bucket, place_of.in_(places))
        rows += tx.execute(wanted).mappings()
    for key in [one.marker.key for one in asked if one.version == NULL]:
        found = find_row(tx, bucket, key, NULL)
        rows += [found] if found else []
    return {row["key"]: row for row in rows}


@dataclass(slots=True)
class _Batch:
    """Removals under way: decided one by one, then erased together."""

    tx: Connection
    versioning: str
    found: Mapping[str, RowMapping]
    going: list[RowMapping] = field(default_factory=list)
    doomed: list[str] = field(default_factory=list)

    def decide(self, removal: Removal) -> Changed | Refused:
        """Put the delete marker, or note the row that will go."""
        found = self.found.get(removal.marker.key)
        try:
            removal.check(as_stored(found) if found else None)
        except Refused as refused:
            return refused
        marks = removal.version is None and self.versioning
        if found is None and (removal.conditional or not marks):
            return Changed(stored=None, versioning=self.versioning)
        if found is None or marks:
            placed = place(self.tx, removal.marker, self.versioning, found)
            self.doomed += placed.doomed
            return placed
        self.going.append(found)
        return Changed(stored=as_stored(found), versioning=self.versioning)

    def erase(self, at: Stored) -> None:
        """Let go what was noted; ``at`` says bucket and time."""
        if not self.going:
            return
        places = [(row["key"], row["rank"]) for row in self.going]
        place_of = tuple_(objects.c.key, objects.c.rank)
        gone = delete(objects).where(objects.c.bucket == at.bucket, place_of.in_(places))
        self.tx.execute(gone)
        for row in self.going:
            if row["latest"] and self.versioning:
                _promote(self.tx, as_stored(row))
        self.doomed += doom_objects(self.tx, self.going, at.modified)


def _promote(tx: Connection, gone: Stored) -> None:
    """The newest version that is left becomes the latest."""
    left = select(objects.c.rank).where(of_key(gone.bucket, gone.key))
    newest = left.order_by(objects.c.rank).limit(1).scalar_subquery()
    tx.execute(update(objects).where(ranked(gone, newest)).values(latest=True))
