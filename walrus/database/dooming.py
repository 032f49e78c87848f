# SPDX-License-Identifier: BSD-2-Clause
"""Blobs that nobody names any more: noted in the transaction that forgets them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, delete, insert, literal, select

from walrus.database.schema import doomed, parts, uploads


def doom_object(tx: Connection, gone: RowMapping | None, now: datetime) -> tuple[str, ...]:
    """Doom the bytes of a row of ``objects`` that is no more; gives the names of the blobs."""
    if gone is None:
        return ()
    if gone["assembly"]:
        return doom_parts(tx, parts.c.upload == gone["assembly"], now)
    if not gone["blob"]:
        return ()
    tx.execute(insert(doomed).values(blob=gone["blob"], since=now))
    return (gone["blob"],)


def doom_objects(tx: Connection, gone: Sequence[RowMapping], now: datetime) -> tuple[str, ...]:
    """The same for several rows."""
    blobs = [row["blob"] for row in gone if row["blob"] and not row["assembly"]]
    if blobs:
        tx.execute(insert(doomed), [{"blob": blob, "since": now} for blob in blobs])
    uploads = [row["assembly"] for row in gone if row["assembly"]]
    return (*blobs, *(doom_parts(tx, parts.c.upload.in_(uploads), now) if uploads else ()))


def doom_parts(tx: Connection, which: Any, now: datetime) -> tuple[str, ...]:
    """Forget some rows of ``parts`` and doom their blobs; gives their names."""
    gone = delete(parts).where(which).returning(parts.c.blob).cte("gone")
    noted = insert(doomed).from_select(["blob", "since"], select(gone.c.blob, literal(now)))
    return tuple(tx.scalars(noted.returning(doomed.c.blob).add_cte(gone)))


def doom_uploads(tx: Connection, bucket: str, now: datetime) -> tuple[str, ...]:
    """Forget every upload to a bucket that is under way, and doom its parts' blobs."""
    begun = delete(uploads).where(uploads.c.bucket == bucket).returning(uploads.c.id)
    ids = tx.scalars(begun).all()
    return doom_parts(tx, parts.c.upload.in_(ids), now) if ids else ()


def doomed_blobs(tx: Connection) -> tuple[str, ...]:
    """Blobs whose files are still to be removed."""
    return tuple(tx.scalars(select(doomed.c.blob)))


def forget_doomed(tx: Connection, blobs: Collection[str]) -> None:
    """The files of these blobs are gone."""
    tx.execute(delete(doomed).where(doomed.c.blob.in_(blobs)))
