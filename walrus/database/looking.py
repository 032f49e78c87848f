# SPDX-License-Identifier: BSD-2-Clause
"""The bucket of a request and the object that it names, by one statement in the lane beside the
threads: every request begins with it, and most do little else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, bindparam, select, true
from sqlalchemy.dialects.postgresql import psycopg2

from walrus.core.records import Bucket, Stored
from walrus.database.buckets import DOCUMENTS, as_bucket
from walrus.database.objects import as_stored
from walrus.database.schema import buckets, objects

_DIALECT = psycopg2.dialect(paramstyle="format")  # type: ignore[no-untyped-call]
_BUCKET = (*buckets.c, DOCUMENTS)
_WIDTH = len(_BUCKET)


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL for ``Database.brief``: its text, and its values in order, by name or as they are."""

    text: str
    names: Sequence[str]
    fixed: Mapping[str, Any]

    def values(self, **given: str) -> tuple[Any, ...]:
        """What goes with the text."""
        return tuple(given.get(name, self.fixed[name]) for name in self.names)


def _statement(wanted: Select[Any]) -> Statement:
    made = wanted.compile(dialect=_DIALECT, compile_kwargs={"render_postcompile": True})
    return Statement(str(made), made.positiontup or (), made.params)


def _look() -> Select[Any]:
    of_key = (objects.c.bucket == buckets.c.name, objects.c.key == bindparam("key", ""))
    latest = select(objects).where(*of_key).order_by(objects.c.rank).limit(1).lateral("latest")
    there = buckets.outerjoin(latest, true())
    wanted = select(*_BUCKET, *latest.c).select_from(there)
    return wanted.where(buckets.c.name == bindparam("bucket", ""))


OBJECT = _statement(_look())
"""Rows for ``looked``; wants ``bucket`` and ``key``."""
BUCKET = _statement(select(*_BUCKET).where(buckets.c.name == bindparam("bucket", "")))
"""The same without an object."""


def looked(rows: Sequence[Sequence[Any]]) -> tuple[Bucket | None, Stored | None]:
    """The bucket and its object, or the delete marker in its place, as far as they are there."""
    if not rows:
        return None, None
    row = rows[0]
    bucket = dict(zip((column.name for column in _BUCKET), row, strict=False))
    found = dict(zip(objects.c.keys(), row[_WIDTH:], strict=False))
    return as_bucket(bucket), as_stored(found) if found.get("bucket") else None
