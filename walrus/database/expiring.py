# SPDX-License-Identifier: BSD-2-Clause
"""What lifecycle rules have had their time: found page by page, in the order of keys.

What is found may change before it is removed; so a removal checks again, under the key's lock.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, func, literal, not_, select, true, tuple_
from sqlalchemy.dialects.postgresql import JSONB

from walrus.core.lifecycle import Chosen
from walrus.core.listing import following
from walrus.database.objects import LISTED
from walrus.database.schema import objects, uploads
from walrus.database.uploads import Which

PAGE = 100
"""How many are found at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expired:
    """A version that has had its time."""

    key: str
    version: str
    rank: int
    modified: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What to look for in a bucket: versions that are chosen and were modified (or succeeded)
    no later than ``since``, behind the one found last."""

    bucket: str
    chosen: Chosen
    since: datetime
    behind: Expired | None = None
    spared: int = 0
    """How many of a key's noncurrent versions, the newest, are left alone."""

    @property
    def first(self) -> str:
        """The first key that can be found: a page never reads again what lies before."""
        return self.behind.key if self.behind else self.chosen.prefix


def _among(table: Any, search: Search) -> Any:
    """Rows of the objects that are chosen, behind the last one."""
    chosen, behind = search.chosen, search.behind
    end = following(chosen.prefix)
    place = tuple_(table.key, table.rank)
    return and_(
        table.bucket == search.bucket,
        table.key >= search.first,
        table.key < end if end else true(),
        table.tags.contains(literal(dict(chosen.tags), JSONB)) if chosen.tags else true(),
        table.size > chosen.larger if chosen.larger is not None else true(),
        table.size < chosen.smaller if chosen.smaller is not None else true(),
        place > tuple_(literal(behind.key), literal(behind.rank)) if behind else true(),
    )


def _found(tx: Connection, table: Any, condition: Any) -> Sequence[Expired]:
    columns = (table.key, table.version, table.rank, table.modified)
    wanted = select(*columns).where(condition).order_by(table.key, table.rank).limit(PAGE)
    return [Expired(**row) for row in tx.execute(wanted).mappings()]


def current(tx: Connection, search: Search) -> Sequence[Expired]:
    """Objects as readers see them."""
    old = objects.c.modified <= search.since
    return _found(tx, objects.c, and_(LISTED, old, _among(objects.c, search)))


def lone_markers(tx: Connection, search: Search) -> Sequence[Expired]:
    """Delete markers that hide nothing any more."""
    table = objects.c
    older = objects.alias("older").c
    same = and_(older.bucket == table.bucket, older.key == table.key, older.rank > table.rank)
    lone = and_(table.latest, table.delete_marker, not_(select(older.key).where(same).exists()))
    return _found(tx, table, and_(lone, table.modified <= search.since, _among(table, search)))


def noncurrent(tx: Connection, search: Search) -> Sequence[Expired]:
    """Versions that were succeeded by another one so long ago."""
    table = objects.c
    successor = func.lag(table.modified).over(partition_by=table.key, order_by=table.rank)
    place = func.row_number().over(partition_by=table.key, order_by=table.rank)
    end = following(search.chosen.prefix)
    # Places are counted among all versions of a key, so the other conditions come afterwards.
    whole = select(objects, successor.label("succeeded"), place.label("place")).where(
        table.bucket == search.bucket, table.key >= search.first,
        table.key < end if end else true(),
    )  # fmt: skip
    ranked = whole.subquery().c
    old = and_(ranked.succeeded <= search.since, ranked.place > 1 + search.spared)
    return _found(tx, ranked, and_(not_(ranked.latest), old, _among(ranked, search)))


def stale_uploads(tx: Connection, search: Search) -> Sequence[Which]:
    """Uploads in parts that have been under way for so long."""
    table, end = uploads.c, following(search.chosen.prefix)
    wanted = select(table.bucket, table.key, table.id).where(
        table.bucket == search.bucket, table.key >= search.chosen.prefix,
        table.key < end if end else true(), table.initiated <= search.since,
    )  # fmt: skip
    return [Which(**row) for row in tx.execute(wanted.limit(PAGE)).mappings()]
