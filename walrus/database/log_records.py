# SPDX-License-Identifier: BSD-2-Clause
"""Records of requests to logged buckets on their way into log objects."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, select

from eucalyptus.contracts.s3 import OPERATION_ABORTED
from walrus.core.log_lines import LogRecord
from walrus.core.records import Stored
from walrus.database.buckets import owner_of
from walrus.database.objects import Changed, put
from walrus.database.schema import log_records

_INTO = ("bucket", "owner_account", "owner_canonical", "owner_name", "target", "at", "line")
INSERT = (
    f"INSERT INTO walrus.log_records ({', '.join(_INTO)}) "  # noqa: S608
    "SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[], "
    "%s::timestamptz[], %s::text[])"
)
"""For the lane beside the threads; wants ``columns``."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A record that waits for its delivery."""

    id: int
    record: LogRecord


def columns(records: Sequence[LogRecord]) -> tuple[list[object], ...]:
    """What goes with ``INSERT``."""
    return (
        [one.bucket for one in records],
        [one.owner.account_id for one in records],
        [one.owner.canonical_id for one in records],
        [one.owner.name for one in records],
        [one.target for one in records],
        [one.at for one in records],
        [one.line for one in records],
    )


def following(tx: Connection, after: int, most: int) -> tuple[Waiting, ...]:
    """The next records in the order in which they were written down."""
    wanted = select(log_records).where(log_records.c.id > after).order_by(log_records.c.id)
    return tuple(
        Waiting(
            row["id"],
            LogRecord(
                bucket=row["bucket"], owner=owner_of(row), target=row["target"], at=row["at"],
                line=row["line"],
            ),
        )
        for row in tx.execute(wanted.limit(most)).mappings()
    )  # fmt: skip


def deliver(tx: Connection, ids: Collection[int], stored: Stored) -> Changed:
    """Record a log object and forget the records that are its lines, or neither.

    Raises OPERATION_ABORTED when another one has delivered some of them, and what ``objects.put``
    does.
    """
    if forget(tx, ids) != len(ids):
        raise OPERATION_ABORTED(what="the log")
    return put(tx, stored, _anything)


def forget(tx: Connection, ids: Collection[int]) -> int:
    """Forget records; gives how many there were."""
    return tx.execute(delete(log_records).where(log_records.c.id.in_(ids))).rowcount


def _anything(_: Stored | None) -> None:
    """Log objects have names of their own."""
