# SPDX-License-Identifier: BSD-2-Clause
"""Uploads in parts as rows. Every function runs in READ COMMITTED, inside the transaction that it
is given.

Whoever adds a part holds its upload's row shared; completing and aborting take it for themselves,
so no part comes late. Two that send the same part take turns.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, and_, delete, insert, select, tuple_

from eucalyptus.contracts.s3 import NO_SUCH_UPLOAD
from walrus.core import uploads as listing
from walrus.core.multipart import Initiator, Part, Upload
from walrus.core.records import Piece, Stored
from walrus.core.uploads import Ask, Page, Place
from walrus.database import objects
from walrus.database.dooming import doom_parts
from walrus.database.locks import keep_bucket, one_at_a_time
from walrus.database.objects import Changed, Check
from walrus.database.schema import parts, uploads

_SAME = ("id", "initiated", "algorithm", "kind", "told")


@dataclass(frozen=True, slots=True, kw_only=True)
class Which:
    """One upload: the id that a request names, and the key that it must belong to."""

    bucket: str
    key: str
    id: str


def _upload(row: RowMapping) -> Upload:
    return Upload(
        wish=objects.from_document(row["wish"]),
        initiator=Initiator(id=row["initiator_id"], name=row["initiator_name"]),
        **{name: row[name] for name in _SAME},
    )


def _part(row: RowMapping) -> Part:
    return Part(
        number=row["number"],
        piece=Piece(blob=row["blob"], size=row["size"], sha256=row["sha256"]),
        etag=row["etag"],
        checksum=row["checksum"],
        modified=row["modified"],
    )


def _is(which: Which) -> Any:
    same = (uploads.c.bucket == which.bucket, uploads.c.key == which.key)
    return and_(uploads.c.id == which.id, *same)


# --- one upload -----------------------------------------------------------------------------------


def begin(tx: Connection, upload: Upload) -> None:
    """Record a new upload; raises NO_SUCH_BUCKET."""
    wish = upload.wish
    keep_bucket(tx, wish.bucket)
    tx.execute(insert(uploads).values(
        **{name: getattr(upload, name) for name in _SAME},
        bucket=wish.bucket, key=wish.key, wish=objects.as_document(wish),
        initiator_id=upload.initiator.id, initiator_name=upload.initiator.name,
    ))  # fmt: skip


def find(tx: Connection, which: Which) -> Upload:
    """An upload that is under way; raises NO_SUCH_UPLOAD."""
    row = tx.execute(select(uploads).where(_is(which))).mappings().first()
    if row is None:
        raise NO_SUCH_UPLOAD(upload=which.id[:80])
    return _upload(row)


def put_part(tx: Connection, which: Which, part: Part) -> tuple[str, ...]:
    """Record a part, in place of the one that had its number; gives the blobs that are doomed.

    Raises NO_SUCH_UPLOAD.
    """
    there = select(uploads.c.id).where(_is(which)).with_for_update(read=True, key_share=True)
    if not tx.execute(there).first():
        raise NO_SUCH_UPLOAD(upload=which.id[:80])
    one_at_a_time(tx, f"{which.id}/{part.number}")
    same = and_(parts.c.upload == which.id, parts.c.number == part.number)
    gone = doom_parts(tx, same, part.modified)
    tx.execute(insert(parts).values(
        upload=which.id, number=part.number, blob=part.piece.blob, size=part.piece.size,
        etag=part.etag, sha256=part.piece.sha256, checksum=part.checksum, modified=part.modified,
    ))  # fmt: skip
    return gone


Choose = Callable[[Upload, Mapping[int, Part]], tuple[Stored, Collection[int]]]
"""The object that an upload's parts make, and the numbers of those that are in it; may raise."""


def complete(tx: Connection, which: Which, choose: Choose, check: Check) -> Changed:
    """Make the object. An upload that was completed already gives its object again.

    ``check`` sees what the object replaces. Raises NO_SUCH_UPLOAD or NO_SUCH_BUCKET.
    """
    versioning = objects.take_turn(tx, which.bucket, which.key)
    row = tx.execute(select(uploads).where(_is(which)).with_for_update()).mappings().first()
    if row is None:
        return _completed(tx, which)
    there = {part.number: part for part in parts_of(tx, which.id)}
    stored, numbers = choose(_upload(row), there)
    changed = objects.put_in_turn(tx, stored, versioning, check)
    unused = and_(parts.c.upload == which.id, parts.c.number.not_in(numbers))
    gone = doom_parts(tx, unused, stored.modified) if len(there) > len(numbers) else ()
    tx.execute(delete(uploads).where(uploads.c.id == which.id))
    return replace(changed, doomed=changed.doomed + gone)


def _completed(tx: Connection, which: Which) -> Changed:
    stored = objects.made_by(tx, which.id)
    if stored is None or (stored.bucket, stored.key) != (which.bucket, which.key):
        raise NO_SUCH_UPLOAD(upload=which.id[:80])
    return Changed(stored=stored, versioning="")


def abort(tx: Connection, which: Which, now: datetime) -> tuple[str, ...]:
    """Forget an upload and its parts; gives the blobs that are doomed. Raises NO_SUCH_UPLOAD."""
    if not tx.execute(delete(uploads).where(_is(which))).rowcount:
        raise NO_SUCH_UPLOAD(upload=which.id[:80])
    return doom_parts(tx, parts.c.upload == which.id, now)


# --- lists ----------------------------------------------------------------------------------------


def parts_of(tx: Connection, upload: str) -> tuple[Part, ...]:
    """All parts of an upload, or of the object that it became, in order."""
    wanted = select(parts).where(parts.c.upload == upload).order_by(parts.c.number)
    return tuple(_part(row) for row in tx.execute(wanted).mappings())


def listed_parts(tx: Connection, which: Which) -> tuple[Upload, tuple[Part, ...]]:
    """An upload under way and its parts, in order; raises NO_SUCH_UPLOAD."""
    return find(tx, which), parts_of(tx, which.id)


def page(tx: Connection, bucket: str, ask: Ask) -> Page:
    """One page of the uploads to a bucket that are under way."""

    def fetch(after: Place, end: str, most: int) -> Sequence[Upload]:
        place = tuple_(uploads.c.key, uploads.c.id)
        wanted = select(uploads).where(uploads.c.bucket == bucket, place > tuple_(*after))
        if end:
            wanted = wanted.where(uploads.c.key < end)
        wanted = wanted.order_by(uploads.c.key, uploads.c.id).limit(most)
        return [_upload(row) for row in tx.execute(wanted).mappings()]

    return listing.page(ask, fetch)
