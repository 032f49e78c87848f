# SPDX-License-Identifier: BSD-2-Clause
"""Objects as rows, and the blobs that nobody names any more.

Deletion has two phases: the transaction that forgets an object dooms its blob; the file goes
afterwards, and only then the doomed row.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, and_, delete, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from eucalyptus.contracts.s3 import NO_SUCH_BUCKET, NO_SUCH_KEY
from walrus.core import listing
from walrus.core.listing import Ask, Entry, Page, Span
from walrus.core.records import Acl, Bucket, Recorded, Stored
from walrus.database.buckets import find as find_bucket
from walrus.database.buckets import owner_columns, owner_of
from walrus.database.grants import from_row, to_row
from walrus.database.schema import buckets, doomed, objects

_SAME = ("bucket", "key", "blob", "size", "etag", "sha256", "content_type", "modified",
         "headers", "metadata")  # fmt: skip

_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 8773))")


def _stored(row: RowMapping) -> Stored:
    same = {name: row[name] for name in _SAME}
    return Stored(owner=owner_of(row), acl=from_row(row["acl"]), **same)


def _columns(stored: Stored) -> dict[str, Any]:
    same = {name: getattr(stored, name) for name in _SAME}
    return same | {"acl": to_row(stored.acl)} | owner_columns(stored.owner)


def _named(bucket: str, key: str) -> Any:
    return and_(objects.c.bucket == bucket, objects.c.key == key)


def find(tx: Connection, bucket: str, key: str) -> Stored | None:
    """The object, None if there is none."""
    row = tx.execute(select(objects).where(_named(bucket, key))).mappings().first()
    return _stored(row) if row else None


def find_all(tx: Connection, bucket: str, keys: Collection[str]) -> dict[str, Stored]:
    """Those of many objects that are there, by key."""
    wanted = select(objects).where(objects.c.bucket == bucket, objects.c.key.in_(keys))
    return {row["key"]: _stored(row) for row in tx.execute(wanted).mappings()}


def put(tx: Connection, stored: Stored, check: Callable[[str | None], None]) -> str:
    """Record an object and doom what it replaces; gives the doomed blob or "".

    ``check`` sees the ETag of the object to be replaced and may raise. Raises NO_SUCH_BUCKET.
    Runs in READ COMMITTED: one lock per key lets puts of one object take turns, not fail.
    """
    tx.execute(_ONE_AT_A_TIME, {"name": f"{stored.bucket}/{stored.key}"})
    # The lock keeps the bucket from being deleted before this transaction ends.
    bucket = select(buckets.c.name).where(buckets.c.name == stored.bucket).with_for_update(
        read=True, key_share=True
    )  # fmt: skip
    if not tx.execute(bucket).first():
        raise NO_SUCH_BUCKET(bucket=stored.bucket)
    wanted = select(objects.c.blob, objects.c.etag).where(_named(stored.bucket, stored.key))
    old = tx.execute(wanted).first()
    check(old.etag if old else None)
    columns = _columns(stored)
    tx.execute(
        upsert(objects).values(**columns).on_conflict_do_update(
            index_elements=["bucket", "key"], set_=columns
        )
    )  # fmt: skip
    return _doom(tx, old, stored.modified)


def look(tx: Connection, bucket: str, key: str) -> tuple[Bucket | None, Stored | None]:
    """A bucket and an object in it, as far as they are there."""
    there = find_bucket(tx, bucket)
    return there, find(tx, bucket, key) if there else None


def remove(tx: Connection, bucket: str, key: str, now: datetime) -> str:
    """Forget an object if it is there; gives the doomed blob or ""."""
    tx.execute(_ONE_AT_A_TIME, {"name": f"{bucket}/{key}"})
    gone = tx.execute(delete(objects).where(_named(bucket, key)).returning(objects.c.blob)).first()
    return _doom(tx, gone, now)


def _doom(tx: Connection, old: Any, now: datetime) -> str:
    if old is None:
        return ""
    tx.execute(insert(doomed).values(blob=old.blob, since=now))
    return str(old.blob)


def set_acl(tx: Connection, bucket: str, key: str, acl: Acl) -> None:
    """Replace an object's ACL; raises NO_SUCH_KEY."""
    change = update(objects).where(_named(bucket, key)).values(acl=to_row(acl))
    if not tx.execute(change).rowcount:
        raise NO_SUCH_KEY(key=key)


def page(tx: Connection, bucket: str, ask: Ask) -> Page:
    """One page of a bucket's listing."""
    columns = (objects.c.key, objects.c.etag, objects.c.size, objects.c.modified)

    def fetch(span: Span, most: int) -> Sequence[Entry]:
        key = objects.c.key
        wanted = select(*columns).where(objects.c.bucket == bucket).order_by(key).limit(most)
        wanted = wanted.where(key >= span.start if span.inclusive else key > span.start)
        if span.end:
            wanted = wanted.where(key < span.end)
        return [Entry(**row) for row in tx.execute(wanted).mappings()]

    return listing.page(ask, fetch)


def everything(tx: Connection) -> tuple[tuple[Recorded, ...], tuple[str, ...]]:
    """All objects, briefly, and all doomed blobs."""
    columns = [objects.c[name] for name in ("bucket", "key", "blob", "size", "modified")]
    recorded = tuple(Recorded(**row) for row in tx.execute(select(*columns)).mappings())
    return recorded, doomed_blobs(tx)


def doomed_blobs(tx: Connection) -> tuple[str, ...]:
    """Blobs whose files are still to be removed."""
    return tuple(tx.scalars(select(doomed.c.blob)))


def forget_doomed(tx: Connection, blobs: Collection[str]) -> None:
    """The files of these blobs are gone."""
    tx.execute(delete(doomed).where(doomed.c.blob.in_(blobs)))


def named(tx: Connection, blobs: Collection[str]) -> frozenset[str]:
    """Those among ``blobs`` that objects name."""
    return frozenset(tx.scalars(select(objects.c.blob).where(objects.c.blob.in_(blobs))))
