# SPDX-License-Identifier: BSD-2-Clause
"""Documents that are kept by bucket, one of each kind. They go with their bucket."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import Connection, delete, literal, select
from sqlalchemy.dialects.postgresql import insert as upsert

from eucalyptus.contracts.s3 import NO_SUCH_BUCKET
from walrus.database.schema import bucket_settings, buckets

_table = bucket_settings.c


def find(tx: Connection, bucket: str, kind: str) -> str | None:
    """The bucket's document of this kind, None if there is none."""
    wanted = select(_table.document).where(_table.bucket == bucket, _table.kind == kind)
    return tx.scalar(wanted)


def find_several(tx: Connection, bucket: str, kinds: Collection[str]) -> dict[str, str]:
    """Those of several kinds that are there, by kind."""
    wanted = select(_table.kind, _table.document).where(_table.bucket == bucket)
    rows = tx.execute(wanted.where(_table.kind.in_(kinds)))
    return {row.kind: row.document for row in rows}


def of_all_buckets(tx: Connection, kind: str) -> Mapping[str, str]:
    """Every document of a kind, by bucket."""
    rows = tx.execute(select(_table.bucket, _table.document).where(_table.kind == kind))
    return {row.bucket: row.document for row in rows}


def put(tx: Connection, bucket: str, kind: str, document: str) -> None:
    """Keep a document instead of what the bucket had of its kind; raises NO_SUCH_BUCKET."""
    values = select(buckets.c.name, literal(kind), literal(document))
    values = values.where(buckets.c.name == bucket).with_for_update(read=True, key_share=True)
    kept = upsert(bucket_settings).from_select(["bucket", "kind", "document"], values)
    kept = kept.on_conflict_do_update(
        index_elements=["bucket", "kind"], set_={"document": kept.excluded.document}
    )
    if not tx.execute(kept).rowcount:
        raise NO_SUCH_BUCKET(bucket=bucket)


def remove(tx: Connection, bucket: str, kind: str) -> None:
    """Forget the bucket's document of this kind, if it has one."""
    tx.execute(delete(bucket_settings).where(_table.bucket == bucket, _table.kind == kind))


def change(tx: Connection, bucket: str, documents: Mapping[str, str | None]) -> None:
    """Put each of several documents, by kind, or forget it where it is None; raises
    NO_SUCH_BUCKET."""
    for kind, document in documents.items():
        if document is None:
            remove(tx, bucket, kind)
        else:
            put(tx, bucket, kind, document)
