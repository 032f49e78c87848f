# SPDX-License-Identifier: BSD-2-Clause
"""Pages of a bucket's keys and of their versions, read from the indexes in their order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, RowMapping, and_, literal, select, true, tuple_

from walrus.core import listing, versions
from walrus.core.listing import Ask, Entry, Page, Span, VersionEntry
from walrus.database.buckets import owner_of
from walrus.database.objects import LISTED
from walrus.database.schema import objects

_OF_VERSION = ("key", "etag", "size", "modified", "rank", "version", "latest", "delete_marker")
_SHOWN = [
    objects.c[name] for name in (*_OF_VERSION, "owner_account", "owner_canonical", "owner_name")
]


def page(tx: Connection, bucket: str, ask: Ask) -> Page:
    """One page of a bucket's listing."""
    columns = (objects.c.key, objects.c.etag, objects.c.size, objects.c.modified)

    def fetch(span: Span, most: int) -> Sequence[Entry]:
        wanted = select(*columns).where(LISTED, _within(bucket, span))
        wanted = wanted.order_by(objects.c.key).limit(most)
        return [Entry(**row) for row in tx.execute(wanted).mappings()]

    return listing.page(ask, fetch)


def page_of_versions(tx: Connection, bucket: str, ask: Ask, after_version: str) -> Page:
    """One page of the versions of a bucket's keys: those behind ``after_version`` ("": behind all)
    of the key ``ask.after``, then those of the keys behind it."""
    if after_version:
        ask = replace(ask, after_rank=_rank_of(tx, bucket, ask.after, after_version))

    def fetch(span: Span, most: int) -> Sequence[Entry]:
        wanted = select(*_SHOWN).where(_within(bucket, span))
        wanted = wanted.order_by(objects.c.key, objects.c.rank).limit(most)
        return [_entry(row) for row in tx.execute(wanted).mappings()]

    return listing.page(ask, fetch)


def _within(bucket: str, span: Span) -> Any:
    key, rank = objects.c.key, objects.c.rank
    if span.rank is not None:
        beginning = tuple_(key, rank) > tuple_(literal(span.start), literal(span.rank))
    else:
        beginning = key >= span.start if span.inclusive else key > span.start
    return and_(objects.c.bucket == bucket, beginning, key < span.end if span.end else true())


def _rank_of(tx: Connection, bucket: str, key: str, version: str) -> int:
    """The rank of a version; of a null version that has gone, one before all."""
    rank = versions.rank(version)
    if rank is not None:
        return rank
    null = and_(objects.c.bucket == bucket, objects.c.key == key, objects.c.version == version)
    found: int | None = tx.scalar(select(objects.c.rank).where(null))
    return versions.FIRST if found is None else found


def _entry(row: RowMapping) -> VersionEntry:
    return VersionEntry(owner=owner_of(row), **{name: row[name] for name in _OF_VERSION})
