# SPDX-License-Identifier: BSD-2-Clause
"""Objects as rows, and the blobs that nobody names any more.

Deletion has two phases: the transaction that forgets an object dooms its blob; the file goes
afterwards, and only then the doomed row.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Connection,
    RowMapping,
    and_,
    func,
    insert,
    null,
    select,
    union_all,
    update,
)

from eucalyptus.contracts.s3 import NO_SUCH_VERSION, OPERATION_ABORTED
from walrus.core import versions
from walrus.core.checksums import Checksum
from walrus.core.records import Bucket, Encryption, Lock, Recorded, Stored
from walrus.core.versions import ENABLED, NULL
from walrus.database.buckets import Row, owner_columns, owner_of
from walrus.database.buckets import find as find_bucket
from walrus.database.dooming import doom_object, doomed_blobs
from walrus.database.grants import from_row, to_row
from walrus.database.locks import keep_bucket, one_at_a_time
from walrus.database.schema import objects, parts, uploads

_SAME = ("bucket", "key", "version", "delete_marker", "size", "etag", "sha256", "content_type",
         "modified", "headers", "metadata", "tags", "parts")  # fmt: skip

LISTED = and_(objects.c.latest, ~objects.c.delete_marker)
"""The rows that readers see who name no version."""

Check = Callable[[Stored | None], None]
"""Sees what is about to be replaced or deleted, None if there is nothing, and may raise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """What a put or a removal did. ``stored`` is the version that came or went, None if none did;
    ``versioning`` that of the bucket; ``doomed`` the blobs that nobody names any more."""

    stored: Stored | None
    versioning: str
    doomed: tuple[str, ...] = ()


def as_stored(row: Row) -> Stored:
    """The object of a row."""
    return Stored(
        owner=owner_of(row),
        acl=from_row(row["acl"]),
        latest=row.get("latest", True),
        blob=row["blob"] or "",
        assembly=row["assembly"] or "",
        lock=Lock(mode=row["lock_mode"], until=row["lock_until"], hold=row["legal_hold"]),
        checksum=Checksum(**row["checksum"]) if row["checksum"] else None,
        encryption=Encryption(**row["encryption"]) if row["encryption"] else None,
        **{name: row[name] for name in _SAME},
    )


def _columns(stored: Stored) -> dict[str, Any]:
    return {
        **{name: getattr(stored, name) for name in _SAME},
        **owner_columns(stored.owner),
        "acl": to_row(stored.acl),
        "blob": stored.blob or None,
        "assembly": stored.assembly or None,
        "checksum": asdict(stored.checksum) if stored.checksum else null(),
        "encryption": asdict(stored.encryption) if stored.encryption else None,
        **_lock_columns(stored.lock),
    }


def as_document(stored: Stored) -> dict[str, Any]:
    """An object's columns as JSON can hold them."""
    columns = _columns(stored) | {"checksum": None}
    return {name: _plain(value) for name, value in columns.items()}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def from_document(document: Mapping[str, Any]) -> Stored:
    """The object again."""
    until = document["lock_until"]
    moments = {
        "modified": datetime.fromisoformat(document["modified"]),
        "lock_until": datetime.fromisoformat(until) if until else None,
    }
    return as_stored({**document, **moments})


def _lock_columns(lock: Lock) -> dict[str, Any]:
    return {"lock_mode": lock.mode, "lock_until": lock.until, "legal_hold": lock.hold}


def of_key(bucket: str, key: Any) -> Any:
    """The condition for all versions of a key."""
    return and_(objects.c.bucket == bucket, objects.c.key == key)


def ranked(stored: Stored, rank: Any) -> Any:
    """The condition for one version of the key of ``stored``."""
    return and_(of_key(stored.bucket, stored.key), objects.c.rank == rank)


# --- find ----------------------------------------------------------------------------------------


def find(tx: Connection, bucket: str, key: str, version: str | None = None) -> Stored | None:
    """A version of an object, the latest one unless another is named; None if there is none.

    It may be a delete marker. Raises INVALID_ARGUMENT for what cannot name a version.
    """
    found = find_row(tx, bucket, key, version)
    return as_stored(found) if found else None


def find_row(tx: Connection, bucket: str, key: str, version: str | None) -> RowMapping | None:
    """The same as a row."""
    wanted = select(objects).where(of_key(bucket, key))
    rank = None if version is None else versions.rank(version)
    if rank is not None:
        return tx.execute(wanted.where(objects.c.rank == rank)).mappings().first()
    latest = tx.execute(wanted.order_by(objects.c.rank).limit(1)).mappings().first()
    if version is None or latest is None or latest["version"] == NULL:
        return latest
    return _older_null(tx, bucket, key)


def _older_null(tx: Connection, bucket: str, key: str) -> RowMapping | None:
    older = and_(of_key(bucket, key), objects.c.version == NULL, ~objects.c.latest)
    return tx.execute(select(objects).where(older)).mappings().first()


def made_by(tx: Connection, upload: str) -> Stored | None:
    """The object that an upload in parts became, None if it became none or has gone since."""
    row = tx.execute(select(objects).where(objects.c.assembly == upload)).mappings().first()
    return as_stored(row) if row else None


def find_all(tx: Connection, bucket: str, keys: Collection[str]) -> dict[str, Stored]:
    """Those of many objects that are there, by key."""
    wanted = select(objects).where(objects.c.bucket == bucket, objects.c.key.in_(keys), LISTED)
    return {row["key"]: as_stored(row) for row in tx.execute(wanted).mappings()}


def look(
    tx: Connection, bucket: str, key: str, version: str | None = None
) -> tuple[Bucket | None, Stored | None]:
    """A bucket and an object in it, as ``find`` finds it, as far as they are there."""
    there = find_bucket(tx, bucket)
    return there, find(tx, bucket, key, version) if there else None


# --- put -----------------------------------------------------------------------------------------


def put(tx: Connection, stored: Stored, check: Check) -> Changed:
    """Record an object as the latest version, or as the only one: the bucket's versioning says.

    ``check`` sees the object that readers saw so far. Raises NO_SUCH_BUCKET.
    Runs in READ COMMITTED: one lock per key lets puts of one object take turns, not fail.
    """
    return put_in_turn(tx, stored, take_turn(tx, stored.bucket, stored.key), check)


def put_in_turn(tx: Connection, stored: Stored, versioning: str, check: Check) -> Changed:
    """The same for who has taken its turn already, and knows the bucket's versioning by that."""
    newest = find_row(tx, stored.bucket, stored.key, None)
    check(as_stored(newest) if newest and not newest["delete_marker"] else None)
    return place(tx, stored, versioning, newest)


def take_turn(tx: Connection, bucket: str, key: str) -> str:
    """Lock a key, and keep its bucket from being deleted; gives the bucket's versioning.

    Raises NO_SUCH_BUCKET.
    """
    one_at_a_time(tx, f"{bucket}/{key}")
    return keep_bucket(tx, bucket)


def place(tx: Connection, stored: Stored, versioning: str, newest: RowMapping | None) -> Changed:
    """Make a version the latest, under its key's lock; ``newest`` is the row of the one before."""
    rank = versions.next_rank(stored.modified, newest["rank"] if newest else None)
    version = versions.name(rank) if versioning == ENABLED else NULL
    placed = replace(stored, version=version)
    replaced = _replaced(tx, placed, newest)
    if newest and newest is not replaced:
        tx.execute(update(objects).where(ranked(placed, newest["rank"])).values(latest=False))
    columns = _columns(placed) | {"rank": rank, "latest": True}
    if replaced:
        tx.execute(update(objects).where(ranked(placed, replaced["rank"])).values(columns))
    else:
        tx.execute(insert(objects).values(columns))
    return Changed(
        stored=placed, versioning=versioning, doomed=doom_object(tx, replaced, placed.modified)
    )


def _replaced(tx: Connection, placed: Stored, newest: RowMapping | None) -> RowMapping | None:
    """The null version whose place a new null version takes."""
    if placed.version != NULL:
        return None
    if newest is None or newest["version"] == NULL:
        return newest
    return _older_null(tx, placed.bucket, placed.key)


# --- change --------------------------------------------------------------------------------------


def change(tx: Connection, stored: Stored, columns: Mapping[str, object]) -> None:
    """Set columns of one version, the very one that was looked at; raises NO_SUCH_VERSION when it
    has gone meanwhile, or OPERATION_ABORTED when a null version has another in its place.

    Whoever was let in to the one has no right to the other.
    """
    rank = versions.rank(stored.version)
    if rank is not None:
        named = ranked(stored, rank)
    else:
        named = and_(of_key(stored.bucket, stored.key), objects.c.version == NULL)
    same = and_(
        objects.c.modified == stored.modified,
        objects.c.owner_account == stored.owner.account_id,
    )
    if not tx.execute(update(objects).where(named, same).values(**columns)).rowcount:
        if rank is None:
            raise OPERATION_ABORTED(what="the object")
        raise NO_SUCH_VERSION(version=stored.version)


def relock(tx: Connection, stored: Stored, lock: Callable[[Lock], Lock]) -> None:
    """Change the lock of one version to what ``lock`` makes of it, which may raise; raises
    NO_SUCH_VERSION when it has gone meanwhile.

    The key's lock lets it take turns with removals: none happens between a look at the old lock
    and the change.
    """
    take_turn(tx, stored.bucket, stored.key)
    found = find(tx, stored.bucket, stored.key, stored.version)
    if found is None:
        raise NO_SUCH_VERSION(version=stored.version)
    change(tx, stored, _lock_columns(lock(found.lock)))


# --- blobs ---------------------------------------------------------------------------------------


def everything(tx: Connection) -> tuple[tuple[Recorded, ...], tuple[str, ...]]:
    """All blobs that are named by objects and parts, briefly, and all doomed ones."""
    columns = [objects.c[name] for name in ("bucket", "key", "blob", "size", "modified")]
    wanted = select(*columns).where(objects.c.blob.is_not(None))
    recorded = tuple(Recorded(**row) for row in tx.execute(wanted).mappings())
    return recorded + _parts(tx), doomed_blobs(tx)


def _parts(tx: Connection) -> tuple[Recorded, ...]:
    made = parts.outerjoin(uploads, uploads.c.id == parts.c.upload)
    made = made.outerjoin(objects, objects.c.assembly == parts.c.upload)
    wanted = select(
        func.coalesce(uploads.c.bucket, objects.c.bucket, "").label("bucket"),
        func.coalesce(uploads.c.key, objects.c.key, "").label("key"),
        parts.c.blob, parts.c.size, parts.c.modified,
    ).select_from(made)  # fmt: skip
    return tuple(Recorded(**row) for row in tx.execute(wanted).mappings())


def named(tx: Connection, blobs: Collection[str]) -> frozenset[str]:
    """Those among ``blobs`` that objects or parts name."""
    whole = select(objects.c.blob).where(objects.c.blob.in_(blobs))
    pieces = select(parts.c.blob).where(parts.c.blob.in_(blobs))
    return frozenset(tx.scalars(union_all(whole, pieces)))
