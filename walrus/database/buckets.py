# SPDX-License-Identifier: BSD-2-Clause
"""Buckets as rows. Every function runs inside the transaction that it is given."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, delete, func, insert, select, update

from eucalyptus.contracts.s3 import (
    BUCKET_DIFFERS,
    BUCKET_EXISTS,
    BUCKET_NOT_EMPTY,
    NO_SUCH_BUCKET,
    TOO_MANY_BUCKETS,
)
from walrus.core import lifecycle, log_documents
from walrus.core.guarding import KINDS
from walrus.core.records import Bucket, DefaultRetention, Owner
from walrus.database.dooming import doom_uploads
from walrus.database.grants import from_row, to_row
from walrus.database.schema import bucket_settings, buckets, objects

DOCUMENTS = (
    select(func.jsonb_object_agg(bucket_settings.c.kind, bucket_settings.c.document))
    .where(
        bucket_settings.c.bucket == buckets.c.name,
        bucket_settings.c.kind.in_((*KINDS, lifecycle.KIND, log_documents.KIND)),
    )
    .correlate(buckets)
    .scalar_subquery()
    .label("documents")
)
"""What decides about access, expiry and logs is read with the bucket, for every request."""


Row = RowMapping | Mapping[str, Any]
"""A row of a table, or its columns kept elsewhere."""


def owner_of(row: Row) -> Owner:
    """The owner that a row names."""
    return Owner(
        account_id=row["owner_account"],
        canonical_id=row["owner_canonical"],
        name=row["owner_name"],
    )


def owner_columns(owner: Owner) -> dict[str, str]:
    """The columns that name an owner."""
    return {
        "owner_account": owner.account_id,
        "owner_canonical": owner.canonical_id,
        "owner_name": owner.name,
    }


def as_bucket(row: Row) -> Bucket:
    """The bucket of a row."""
    retention, documents = row["default_retention"], row.get("documents") or {}
    return Bucket(
        name=row["name"], owner=owner_of(row), acl=from_row(row["acl"]), created=row["created"],
        versioning=row["versioning"], lock_enabled=row["lock_enabled"],
        default_retention=DefaultRetention(**retention) if retention else None,
        settings={kind: text for kind, text in documents.items() if kind in KINDS},
        lifecycle=documents.get(lifecycle.KIND, ""),
        logging=documents.get(log_documents.KIND, ""),
        encryption=row["encryption"],
    )  # fmt: skip


def find(tx: Connection, name: str) -> Bucket | None:
    """The bucket ``name``, None if there is none."""
    row = tx.execute(select(buckets, DOCUMENTS).where(buckets.c.name == name)).mappings().first()
    return as_bucket(row) if row else None


def owned(
    tx: Connection, account_id: str, prefix: str, after: str, most: int
) -> tuple[Bucket, ...]:
    """Buckets of an account by name: so many behind ``after``, beginning with ``prefix``."""
    wanted = select(buckets).where(
        buckets.c.owner_account == account_id,
        buckets.c.name > after,
        buckets.c.name.startswith(prefix, autoescape=True),
    )
    found = tx.execute(wanted.order_by(buckets.c.name).limit(most)).mappings()
    return tuple(as_bucket(row) for row in found)


def belongings(tx: Connection, account_id: str) -> Sequence[str]:
    """What an account still keeps here, in words: the entry point of ``eucalyptus.belongings``."""
    mine = buckets.c.owner_account == account_id
    number = tx.scalar(select(func.count()).select_from(buckets).where(mine)) or 0
    return (f"{number} bucket{'s' if number > 1 else ''}",) if number else ()


def create(tx: Connection, bucket: Bucket, limit: int) -> None:
    """Add a bucket, or find that the same is there already.

    Raises BUCKET_EXISTS, BUCKET_DIFFERS or TOO_MANY_BUCKETS.
    """
    there = find(tx, bucket.name)
    if there is not None:
        if there.owner.account_id != bucket.owner.account_id:
            raise BUCKET_EXISTS(bucket=bucket.name)
        if (there.acl, there.lock_enabled) != (bucket.acl, bucket.lock_enabled):
            raise BUCKET_DIFFERS(bucket=bucket.name)
        return
    mine = buckets.c.owner_account == bucket.owner.account_id
    if tx.scalar(select(func.count()).select_from(buckets).where(mine)) >= limit:  # type: ignore[operator]
        raise TOO_MANY_BUCKETS(limit=limit)
    tx.execute(
        insert(buckets).values(
            name=bucket.name, acl=to_row(bucket.acl), created=bucket.created,
            versioning=bucket.versioning, lock_enabled=bucket.lock_enabled,
            **owner_columns(bucket.owner),
        )
    )  # fmt: skip
    for kind, document in bucket.settings.items():
        columns = {"bucket": bucket.name, "kind": kind, "document": document}
        tx.execute(insert(bucket_settings).values(columns))


def change(tx: Connection, name: str, columns: Mapping[str, object]) -> None:
    """Set columns of a bucket; raises NO_SUCH_BUCKET."""
    if not tx.execute(update(buckets).where(buckets.c.name == name).values(**columns)).rowcount:
        raise NO_SUCH_BUCKET(bucket=name)


def revise(tx: Connection, name: str, decide: Callable[[Bucket], Mapping[str, object]]) -> None:
    """Set the columns that ``decide`` names when it sees the bucket as it now is; it may raise.

    Raises NO_SUCH_BUCKET.
    """
    wanted = select(buckets).where(buckets.c.name == name).with_for_update(key_share=True)
    row = tx.execute(wanted).mappings().first()
    if row is None:
        raise NO_SUCH_BUCKET(bucket=name)
    change(tx, name, decide(as_bucket(row)))


def remove(tx: Connection, name: str, now: datetime) -> tuple[str, ...]:
    """Delete an empty bucket and the uploads to it; gives the blobs that are doomed.

    Raises NO_SUCH_BUCKET or BUCKET_NOT_EMPTY.
    Runs in READ COMMITTED: the lock waits for every put under way, the count then sees them.
    """
    if not tx.execute(
        select(buckets.c.name).where(buckets.c.name == name).with_for_update()
    ).first():
        raise NO_SUCH_BUCKET(bucket=name)
    if tx.execute(select(objects.c.key).where(objects.c.bucket == name).limit(1)).first():
        raise BUCKET_NOT_EMPTY(bucket=name)
    gone = doom_uploads(tx, name, now)
    tx.execute(delete(buckets).where(buckets.c.name == name))
    return gone
