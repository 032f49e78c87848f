# SPDX-License-Identifier: BSD-2-Clause
"""Locks that end with their transaction."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, select, text

from eucalyptus.contracts.s3 import NO_SUCH_BUCKET
from walrus.database.schema import buckets

_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 8773))")
_ALL_AT_A_TIME = text(
    "SELECT pg_advisory_xact_lock(hashtextextended(name, 8773)) "
    "FROM unnest(CAST(:names AS text[])) AS name"
)


def one_at_a_time(tx: Connection, name: str) -> None:
    """Wait for whoever else does something to what ``name`` says."""
    tx.execute(_ONE_AT_A_TIME, {"name": name})


def all_at_a_time(tx: Connection, names: Sequence[str]) -> None:
    """The same for several names, in their order: it must be everybody's, or two wait for ever."""
    tx.execute(_ALL_AT_A_TIME, {"names": list(names)})


def keep_bucket(tx: Connection, bucket: str) -> str:
    """Keep a bucket from being deleted; gives its versioning. Raises NO_SUCH_BUCKET."""
    there = select(buckets.c.versioning).where(buckets.c.name == bucket).with_for_update(
        read=True, key_share=True
    )  # fmt: skip
    versioning: str | None = tx.scalar(there)
    if versioning is None:
        raise NO_SUCH_BUCKET(bucket=bucket)
    return versioning
